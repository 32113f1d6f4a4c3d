//! Nothing secret survives: by table, and by trying secrets nobody chose.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::prelude::*;

use super::*;
use crate::clock::{Now, Timestamp};
use crate::journal::{Answered, Arrival, Journal, Limits};
use crate::rule::Rule;

fn header(side: Side, name: &str, value: &str) -> String {
    let told = Redactor::default()
        .header(side, name, value.as_bytes())
        .into_owned();
    String::from_utf8(told).unwrap()
}

#[test]
fn credentials_keep_their_scheme_and_nothing_else() {
    for (value, shown, secret) in [
        ("Bearer s3cret", "Bearer ", "s3cret"),
        ("bearer s3cret", "bearer ", "s3cret"),
        ("Bearer  s3cret", "Bearer  ", "s3cret"),
        ("Basic s3cret", "Basic ", "s3cret"),
        ("DPoP s3cret more", "DPoP ", "s3cret more"),
        ("Bearer", "", "Bearer"),
        ("s3cret", "", "s3cret"),
        ("s3cret Bearer", "", "s3cret Bearer"),
        ("Bearers3cret", "", "Bearers3cret"),
        ("Bearer:s3cret", "", "Bearer:s3cret"),
        ("Token s3cret", "", "Token s3cret"),
    ] {
        let told = format!("{shown}{}", Fingerprint::of(secret));
        assert_eq!(
            header(Side::Request, "authorization", value),
            told,
            "{value}"
        );
    }
    assert_eq!(header(Side::Request, "authorization", "Bearer "), "Bearer ");
}

#[test]
fn headers_without_secrets_stay_letter_for_letter() {
    for (name, value) in [
        ("accept", "s3cret"),
        ("x-consent-id", "consent_ais_1"),
        ("www-authenticate", "Bearer error=\"invalid_token\""),
        ("location", "/open-banking/v1/consents?state=1"),
        ("x-jws-signature", "eyJhbGciOiJub25lIn0..c2ln"),
        ("cookie", ""),
    ] {
        assert_eq!(header(Side::Request, name, value), value, "{name}");
    }
}

#[test]
fn headers_with_secrets_are_told_without_them() {
    let print = Fingerprint::of("s3cret");
    for (name, value, told) in [
        (
            "cookie",
            "a=s3cret; b=s3cret",
            format!("a={print}; b={print}"),
        ),
        ("cookie", "s3cret", print.to_string()),
        ("cookie", "a=s3cret;", format!("a={print};")),
        (
            "set-cookie",
            "a=s3cret; Path=/",
            format!("a={print}; Path=/"),
        ),
        ("set-cookie", "a=s3cret", format!("a={print}")),
        ("x-api-key", "s3cret", print.to_string()),
        (
            "location",
            "/cb?state=1&code=s3cret",
            format!("/cb?state=1&code={print}"),
        ),
        (
            "referer",
            "/cb#id_token=s3cret",
            format!("/cb#id_token={print}"),
        ),
        (
            "x-anything",
            "eyJs3cret",
            Fingerprint::of("eyJs3cret").to_string(),
        ),
    ] {
        assert_eq!(header(Side::Request, name, value), told, "{name}: {value}");
    }
}

/// What is told of a body.
fn body(side: Side, body: &str, content_type: Option<&str>) -> Option<String> {
    let told = Redactor::default().body(side, body.as_bytes(), content_type);
    told.map(Cow::into_owned)
}

const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=utf-8");

#[test]
fn a_body_is_told_by_what_it_is_and_not_by_what_it_says_it_is() {
    let print = Fingerprint::of("s3cret");
    let json = format!("{{\"code\":\"{print}\"}}");
    let form = format!("code={print}");
    for (text, content_type, told) in [
        ("{\"code\":\"s3cret\"}", FORM, json),
        ("code=s3cret", Some("application/json"), form.clone()),
        ("code=s3cret", None, form),
        (
            "scope=a b&code=s3cret",
            FORM,
            format!("scope=a b&code={print}"),
        ),
        (" ", None, " ".to_owned()),
    ] {
        let body_told = body(Side::Request, text, content_type);
        assert_eq!(body_told, Some(told), "{text}");
    }
}

#[test]
fn a_body_that_cannot_be_read_safely_is_not_told() {
    for (text, content_type) in [
        ("[x]=1&code=s3cret", FORM),
        ("s3cret", None),
        ("a b code=s3cret", None),
        ("name=\"code\"\r\n\r\ns3cret", Some("multipart/form-data")),
        ("<code>s3cret</code>", Some("text/xml")),
        ("{'code':'s3cret'}", None),
    ] {
        assert_eq!(body(Side::Request, text, content_type), None, "{text}");
    }
    let not_utf8 = Redactor::default().body(Side::Request, &[0xff, b'=', b'1'], FORM);
    assert_eq!(not_utf8, None);
}

#[test]
fn the_banks_own_words_are_told_unless_they_may_hold_secrets() {
    for (text, is_told) in [
        ("all is well", true),
        ("{\"code\":\"invalid_field\"}", true),
        ("your token is s3cret", false),
        ("<input value=\"s3cret\">", false),
    ] {
        let told = body(Side::Response, text, None);
        assert_eq!(told.as_deref(), is_told.then_some(text));
    }
}

#[test]
fn a_jwt_is_masked_under_any_name() {
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJoYXplbCJ9.c2ln";
    for body in [
        format!("anything={jwt}"),
        format!("{{\"anything\":\"{jwt}\"}}"),
        format!("[\"{jwt}\"]"),
        format!(" {jwt}\n"),
    ] {
        let mut redactor = Redactor::default();
        let told = redactor
            .body(Side::Request, body.as_bytes(), None)
            .unwrap()
            .into_owned();
        assert!(!told.contains(jwt), "{told}");
        assert!(told.contains(&Fingerprint::of(jwt).to_string()), "{told}");
        assert_eq!(redactor.take_decoded().len(), 1, "{body}");
    }
}

#[test]
fn free_texts_lose_the_secrets_of_their_call() {
    let mut redactor = Redactor::default();
    redactor.query("code=invalid&otp=123456&code_verifier=s3cret-verifier&token=abc");
    let print = Fingerprint::of("s3cret-verifier");
    for (text, told) in [
        ("got s3cret-verifier", format!("got {print}")),
        (
            "\"s3cret-verifier\",s3cret-verifier",
            format!("\"{print}\",{print}"),
        ),
        ("got 123456", "got (hidden)".to_owned()),
        ("invalid_grant", "invalid_grant".to_owned()),
        ("1234567", "1234567".to_owned()),
        ("abc", "abc".to_owned()),
        ("", String::new()),
    ] {
        assert_eq!(redactor.scrub(text.into()), told, "{text}");
    }
    let long = "x".repeat(2 * NOTE_BYTES_MAX);
    assert_eq!(
        redactor.scrub_note(long.into()).len(),
        NOTE_BYTES_MAX + "…".len()
    );
}

#[test]
fn a_debugger_sees_no_secret() {
    let mut redactor = Redactor::default();
    redactor.query("code=s3cret-code");
    assert!(!format!("{redactor:?}").contains("s3cret"));
}

static RULE: Rule = Rule {
    name: "some.rule",
    clause: "somewhere",
    sentence: "Something.",
};

/// A call with the secret in one of its slots, and in what is said about it.
fn call_with_secret(slot: usize, secret: &str) -> String {
    let jwt = |claims: &str| {
        format!(
            "{}.{}.c2ln",
            URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"),
            URL_SAFE_NO_PAD.encode(claims)
        )
    };
    let mut call = Call::default();
    match slot {
        0 => call
            .request
            .push(("authorization", format!("Bearer {secret}"))),
        1 => call.request.push(("authorization", secret.to_owned())),
        2 => call
            .request
            .push(("cookie", format!("theme=dark; session={secret}"))),
        3 => call.request.push(("x-api-key", secret.to_owned())),
        4 => call.query = format!("state=1&code={secret}"),
        5 => call.query = format!("access_token={secret}"),
        6 => call.body = format!("grant_type=authorization_code&code={secret}&state=x"),
        7 => call.body = format!("username=hazel&password={secret}"),
        8 => call.body = format!("{{\"refresh_token\": \"{secret}\"}}"),
        9 => {
            call.body = format!("{{\"keys\":[{{\"kty\":\"EC\",\"d\":\"{secret}\"}}]}}");
        }
        10 => call.body = format!("request={}", jwt(&format!("{{\"request\":\"{secret}\"}}"))),
        11 => {
            call.body = jwt(&format!(
                "{{\"software_statement\":\"{}\"}}",
                jwt(&format!("{{\"token\":\"{secret}\"}}"))
            ));
        }
        12 => call.body = format!("{{\"refresh_token\": \"{secret}"),
        13 => call.answer = format!("{{\"access_token\":\"{secret}\",\"token_type\":\"Bearer\"}}"),
        14 => call.answer = format!("{{\"registration_access_token\":\"{secret}\"}}"),
        15 => call.response.push((
            "location",
            format!("https://tpp/cb?state=1#code={secret}&id_token=x"),
        )),
        16 => call.response.push((
            "location",
            format!(
                "https://tpp/cb?response={}",
                jwt(&format!("{{\"code\":\"{secret}\"}}"))
            ),
        )),
        17 => call
            .response
            .push(("set-cookie", format!("session={secret}; HttpOnly"))),
        18 => call.answer = format!("<input name=\"form_token\" value=\"{secret}\">"),
        19 => call.body = secret.to_owned(),
        _ => call.body = format!("{{'code': '{secret}'}}"),
    }
    call.told(secret)
}

const SLOTS: usize = 21;

#[derive(Default)]
struct Call {
    request: Vec<(&'static str, String)>,
    query: String,
    body: String,
    response: Vec<(&'static str, String)>,
    answer: String,
}

impl Call {
    /// All that the journal tells of the call; what is said about it repeats the secret.
    fn told(&self, secret: &str) -> String {
        let journal = Journal::new(Limits::default());
        let noon = Timestamp::from_unix_seconds(1_705_320_000);
        let mut open = journal.arrive(Arrival {
            at: Now {
                bank: noon,
                real: noon,
            },
            route: Some("oauth.token"),
            version: http::Version::HTTP_11,
            method: &Method::POST,
            path: "/oauth/token",
            query: Some(&self.query),
            headers: &headers(&self.request),
            connection: Arc::default(),
        });
        open.request_body(self.body.as_bytes(), None);
        open.secret(secret);
        open.check_failed(
            RULE.finding("a good one", format!("the bad {secret}."))
                .with_hint(format!("not '{secret}'")),
        );
        open.effect(format!("{secret} used up"));
        open.lint(format!("seen before: {secret}"));
        open.bug(format!("called unwrap on {secret}"));
        let id = open.id();
        open.finish(Answered {
            status: if self.answer.is_empty() {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::OK
            },
            headers: &headers(&self.response),
            body: if self.answer.is_empty() {
                format!("{{\"error_description\":\"received {secret}\"}}").into_bytes()
            } else {
                self.answer.clone().into_bytes()
            }
            .as_slice(),
            duration_us: 1,
        });
        let entry = journal.get(id).unwrap();
        format!("{}\n{}\n{entry:?}", entry.to_json(), entry.explain())
    }
}

fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        (
            http::HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )
    });
    pairs.collect()
}

proptest! {
    #[test]
    fn no_secret_survives(secret in "[A-Za-z0-9_-]{12,60}") {
        for slot in 0..SLOTS {
            let told = call_with_secret(slot, &secret);
            prop_assert!(!told.contains(&secret), "slot {slot}: {told}");
            let encoded = URL_SAFE_NO_PAD.encode(&secret);
            prop_assert!(!told.contains(&encoded), "slot {slot}, encoded: {told}");
        }
    }

    #[test]
    fn no_body_makes_the_redactor_fall(body in ".*", side in prop_oneof![Just(Side::Request), Just(Side::Response)]) {
        Redactor::default().body(side, body.as_bytes(), None);
        Redactor::default().body(side, body.as_bytes(), Some("application/x-www-form-urlencoded"));
        Redactor::default().query(&body);
        Redactor::default().header(side, "location", body.as_bytes());
        Redactor::default().header(side, "cookie", body.as_bytes());
    }

    #[test]
    fn json_without_secrets_stays_letter_for_letter(numbers in prop::collection::vec(any::<i64>(), 0..8), text in "[^\"\\\\]*") {
        let json = serde_json::json!({"name": text, "numbers": numbers, "code": text}).to_string();
        let told = Redactor::default().body(Side::Response, json.as_bytes(), None);
        prop_assert_eq!(told.as_deref(), Some(json.as_str()));
    }
}
