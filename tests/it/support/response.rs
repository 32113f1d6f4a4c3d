//! What came back, held to what must always be true.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};

use super::{Landing, document};

/// An answer, and the one journal entry that tells of it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    entry: Value,
}

/// What the harness must remember of a request to judge its answer.
pub(super) struct Asked {
    method: Method,
    path: String,
    interaction_id: Option<String>,
}

impl Asked {
    pub(super) fn of(request: &http::Request<Vec<u8>>) -> Self {
        let mut sent = request.headers().get_all(INTERACTION_ID).iter();
        let single = sent.next().filter(|_| sent.next().is_none());
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            interaction_id: single.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned()),
        }
    }
}

impl Asked {
    fn is_public(&self) -> bool {
        self.path.starts_with("/.well-known/") || self.path == "/openapi.json"
    }
}

impl Response {
    #[track_caller]
    pub(super) fn checked(asked: &Asked, answer: http::Response<Vec<u8>>, entry: Value) -> Self {
        let (parts, body) = answer.into_parts();
        let response = Self {
            status: parts.status,
            headers: parts.headers,
            body,
            entry,
        };
        if !response.is_mangled() {
            response.check_headers(asked);
            response.check_body(asked);
            response.check_document(asked);
        }
        response.check_entry(asked);
        response
    }

    /// The faults that fired, by their ids.
    pub(crate) fn fired(&self) -> Vec<&str> {
        let faults = self.entry["faults"].as_array().into_iter().flatten();
        let fired = faults.filter(|fault| fault["fired"] == true);
        fired.filter_map(|fault| fault["fault"].as_str()).collect()
    }

    /// Whether the bank was told to send something that is not an answer of its own.
    fn is_mangled(&self) -> bool {
        let families = ["grease.", "http.", "jwks.unavailable.", "transport."];
        let fired = self.fired();
        (fired.iter()).any(|id| families.iter().any(|family| id.starts_with(family)))
    }

    /// The answer is JSON and says that all went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.told());
        self.json()
    }

    /// The answer is JSON and says that something was made.
    #[track_caller]
    pub(crate) fn created(self) -> Value {
        assert_eq!(self.status, StatusCode::CREATED, "{}", self.told());
        self.json()
    }

    /// The answer is empty and has this status.
    #[track_caller]
    pub(crate) fn empty(self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.told());
        assert!(self.body.is_empty(), "{}", self.told());
    }

    /// The browser is sent on.
    #[track_caller]
    pub(crate) fn landing(&self) -> Landing {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.told());
        let location = self.headers[LOCATION].to_str().expect("an ASCII address");
        Landing::read(location)
    }

    /// The client was refused, told `code`, and the journal says which rule it broke.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str, rule: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.told());
        let body = self.json();
        self.check_error(&body, code);
        self.check_verdict(rule);
        body
    }

    /// The browser was sent back with `code` in the standard parameters alone, and the journal says why.
    #[track_caller]
    pub(crate) fn refused_by_redirect(self, code: &str, rule: &str) -> Landing {
        let landing = self.landing();
        let answer = if landing.query.get("error").is_some() {
            &landing.query
        } else {
            &landing.fragment
        };
        assert_eq!(answer.get("error"), Some(code), "{}", self.told());
        for name in answer.names() {
            let standard = [
                "error",
                "error_description",
                "state",
                "iss",
                "dummy1",
                "dummy2",
            ];
            assert!(standard.contains(&name), "{name}: {}", self.told());
        }
        self.check_verdict(rule);
        landing
    }

    /// The browser was sent back with a signed refusal, and the journal says why.
    #[track_caller]
    pub(crate) fn refused_by_jarm(
        self,
        jwks: &Value,
        code: &str,
        rule: &str,
    ) -> Map<String, Value> {
        let claims = self.landing().jarm(jwks);
        assert_eq!(claims["error"], code, "{}", self.told());
        assert!(!claims.contains_key("code"), "{}", self.told());
        self.check_verdict(rule);
        claims
    }

    /// The customer sees a page that names `code`, and is sent nowhere.
    #[track_caller]
    pub(crate) fn refused_by_page(self, code: &str, rule: &str) -> String {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.told());
        let page = self.text().to_owned();
        assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
        assert!(page.contains(&format!("<dd>{code}</dd>")), "{page}");
        self.check_verdict(rule);
        page
    }

    /// The journal's entry of this call.
    pub(crate) const fn entry(&self) -> &Value {
        &self.entry
    }

    /// The status.
    pub(crate) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header that stands once, or not at all.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("ASCII"));
        assert!(
            values.next().is_none(),
            "{name} stands twice: {}",
            self.told()
        );
        value
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let content_type = self.header(CONTENT_TYPE.as_str());
        let json = Some("application/json; charset=utf-8");
        assert_eq!(content_type, json, "{}", self.told());
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The body as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    // HOUSE, 10: allowed header names, no-store where required, request id, date.
    #[track_caller]
    fn check_headers(&self, asked: &Asked) {
        for name in self.headers.keys() {
            // Public documents may be read by any page; nothing else is for pages of other sites.
            let is_public = name == "access-control-allow-origin" && asked.is_public();
            let is_allowed = is_public || ALLOWED_HEADERS.contains(&name.as_str());
            assert!(is_allowed, "{name}: {}", self.told());
        }
        let date = self.header("date").expect("a Date");
        assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
        let number = self.entry["id"].as_str();
        assert_eq!(self.header("x-hamster-request"), number, "{}", self.told());
        let interaction_id = self.header(INTERACTION_ID).expect(INTERACTION_ID);
        assert!(is_uuid(interaction_id), "{interaction_id}");
        if let Some(sent) = asked.interaction_id.as_deref().filter(|sent| is_uuid(sent)) {
            assert_eq!(interaction_id, sent, "the interaction id is echoed");
        }
        let secret = [
            "/oauth/par",
            "/oauth/token",
            "/oauth/introspect",
            "/oauth/revoke",
        ];
        let is_page = self.header(CONTENT_TYPE.as_str()) == Some("text/html; charset=utf-8");
        if secret.contains(&asked.path.as_str()) || is_page {
            let cache = self.header(CACHE_CONTROL.as_str());
            assert_eq!(cache, Some("no-store"), "{}", self.told());
        }
        if self.status == StatusCode::UNAUTHORIZED && !asked.path.starts_with("/oauth/") {
            let challenge = self.header(WWW_AUTHENTICATE.as_str()).unwrap_or_default();
            // A consent is not proven by a header, nor is a client that has yet to register.
            let is_other = ["\"invalid_consent\"", "\"invalid_client\""]
                .iter()
                .any(|code| self.text().contains(code));
            let is_key = self.text().contains("\"invalid_api_key\"");
            let scheme = if is_key { "ApiKey " } else { "Bearer " };
            assert!(challenge.starts_with(scheme) || is_other, "{}", self.told());
        }
    }

    #[track_caller]
    fn check_body(&self, asked: &Asked) {
        match self.header(CONTENT_TYPE.as_str()) {
            _ if asked.method == Method::HEAD => {}
            None => assert!(self.body.is_empty(), "{}", self.told()),
            Some("application/json; charset=utf-8") => {
                let body = self.json();
                assert!(body.is_object(), "{body}");
                assert_no_empties(&body);
            }
            Some("text/html; charset=utf-8") => assert!(self.text().ends_with("</html>\n")),
            Some(other) => panic!("unexpected content type {other}: {}", self.told()),
        }
    }

    #[track_caller]
    fn check_entry(&self, asked: &Asked) {
        let entry = &self.entry;
        assert_eq!(entry["kind"], "request", "{entry:#}");
        assert_eq!(entry["in_flight"], false, "{entry:#}");
        // What a fault swallows on its way to the socket has no status, and in memory there is no socket.
        if !entry["status"].is_null() || entry["verdict"] != "fault" {
            assert_eq!(entry["status"], self.status.as_u16(), "{entry:#}");
        }
        assert_eq!(entry["method"], asked.method.as_str(), "{entry:#}");
        let verdict = entry["verdict"].as_str().expect("a verdict");
        assert!(!["unexplained", "bug"].contains(&verdict), "{entry:#}");
        if self.status.as_u16() >= 400 {
            assert_ne!(verdict, "ok", "{entry:#}");
        }
        // A fault needs no rule to make an answer fail.
        if verdict != "ok" && verdict != "fault" {
            for name in ["clause", "expected", "received"] {
                let told = entry[name].as_str().unwrap_or_default();
                assert!(!told.is_empty(), "{name} is missing: {entry:#}");
            }
        }
    }

    #[track_caller]
    fn check_document(&self, asked: &Asked) {
        let is_json = self.header(CONTENT_TYPE.as_str()) == Some("application/json; charset=utf-8");
        let body = (is_json && asked.method != Method::HEAD).then(|| self.json());
        let status = self.status.as_u16();
        document::check(asked.method.as_str(), &asked.path, status, body.as_ref());
    }

    // The envelope of every JSON refusal; under /oauth/ RFC 6749's members lead.
    #[track_caller]
    fn check_error(&self, body: &Value, code: &str) {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        if body.get("error").is_some() {
            assert_eq!(text("error"), code, "{}", self.told());
            let description = text("error_description");
            let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
            assert!(description.chars().all(allowed), "{description}");
            assert!(!description.is_empty(), "{}", self.told());
        } else {
            assert_eq!(text("code"), code, "{}", self.told());
        }
        assert!(!text("code").is_empty(), "{}", self.told());
        assert!(!text("message").is_empty(), "{}", self.told());
        assert_eq!(
            Some(text("id")),
            self.header(INTERACTION_ID),
            "{}",
            self.told()
        );
        if let Some(errors) = body.get("errors") {
            assert_eq!(errors[0]["code"], code, "the first fault's code leads");
        }
    }

    #[track_caller]
    pub(crate) fn check_verdict(&self, rule: &str) {
        assert_eq!(self.entry["verdict"], rule, "{}", self.told());
    }

    /// All there is to know when a test fails.
    fn told(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let headers = &self.headers;
        let keys = ["verdict", "expected", "received", "hint", "path"];
        let facts: Vec<_> = keys
            .iter()
            .map(|key| format!("{key}: {}", self.entry[*key]))
            .collect();
        format!("{} {headers:?}\n{body}\n{}", self.status, facts.join("\n"))
    }
}

// API contract, section 1: absent values are omitted; lists may be empty.
#[track_caller]
fn assert_no_empties(value: &Value) {
    match value {
        Value::Null => panic!("null on the wire"),
        Value::String(text) => assert!(!text.is_empty(), "an empty text on the wire"),
        Value::Array(items) => items.iter().for_each(assert_no_empties),
        Value::Object(members) => {
            assert!(!members.is_empty(), "an empty object on the wire");
            // The pointer to a whole document is the empty text (RFC 6901, section 5).
            let told = members.iter().filter(|(name, _)| *name != "pointer");
            told.for_each(|(_, value)| assert_no_empties(value));
        }
        Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    let digits = |c: char| c == '-' || c.is_ascii_hexdigit();
    groups == [8, 4, 4, 4, 12] && text.chars().all(digits)
}

const INTERACTION_ID: &str = "x-fapi-interaction-id";

/// Every header the bank may send; another is a leak until somebody adds it here.
const ALLOWED_HEADERS: &[&str] = &[
    "allow",
    "cache-control",
    "content-security-policy",
    "content-type",
    "date",
    "location",
    "pragma",
    "retry-after",
    "www-authenticate",
    "x-idempotency-replayed",
    "x-jws-signature",
    "x-fapi-interaction-id",
    "x-hamster-fault-fired",
    "x-hamster-request",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];
