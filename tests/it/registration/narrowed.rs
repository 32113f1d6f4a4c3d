//! What is taken from a registration is taken from all that was made of it (RFC 7592, section 2.2), and who
//! is refused at a registration is told by which scheme it would be let in (RFC 6750, section 3).

use hamsterbank::InMemoryBank;
use serde_json::{Value, json};

use super::tpp::*;

/// A client of two roles that can be registered for less.
struct Narrowed {
    bank: InMemoryBank,
    kit: Value,
    id: String,
    token: String,
}

impl Narrowed {
    fn registered() -> Self {
        let (bank, kit) = bank_and_kit(&json!({ "roles": ["AISP", "PISP"] }));
        let registered = register(&bank, &kit);
        Self {
            id: registered.text("client_id"),
            token: registered.text("registration_access_token"),
            bank,
            kit,
        }
    }

    /// Registers the client for this scope.
    #[track_caller]
    fn narrow(&self, scope: &str) {
        let bearer = format!("Bearer {}", self.token);
        let headers = [JSON[0], ("authorization", bearer.as_str())];
        let body = with(self.kit["registration"].clone(), &json!({ "scope": scope })).to_string();
        let path = format!("/register/{}", self.id);
        let answer = send(&self.bank, ("PUT", &path), &headers, &body, cert(&self.kit));
        answer.expect(200, None);
        assert_eq!(answer.body["scope"], scope);
    }

    fn refresh(&self, token: &str, scope: Option<&str>) -> Answer {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        fields.extend(scope.map(|scope| ("scope", scope)));
        super::tpp::token(&self.bank, &self.kit, &self.id, &fields)
    }

    fn read(&self, token: &str, consent: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-consent-id", consent),
        ];
        send(&self.bank, ("GET", ACCOUNTS), &headers, "", cert(&self.kit))
    }

    /// A request for accounts, pushed; what a browser brings.
    fn pushed(&self) -> String {
        let own = client_credentials(&self.bank, &self.kit, &self.id).text("access_token");
        let headers = [JSON[0], ("authorization", &*format!("Bearer {own}"))];
        let terms =
            json!({ "permissions": ["ReadAccounts"], "expiration_date": "2024-03-15T00:00:00Z" });
        let path = ("POST", "/consents/account-access");
        let consent = send(
            &self.bank,
            path,
            &headers,
            &terms.to_string(),
            cert(&self.kit),
        );
        let request = json!({
            "iss": self.id, "aud": self.bank.issuer(), "client_id": self.id, "nbf": START, "exp": START + 300,
            "response_type": "code", "response_mode": "jwt", "redirect_uri": self.kit["redirect_uris"][0],
            "nonce": "n", "scope": "openid accounts", "consent_id": consent.text("consent_id"),
            "code_challenge_method": "S256", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        });
        let fields = [("request", &*sign(&self.kit, &request))];
        let pushed = post(&self.bank, &self.kit, &self.id, "/oauth/par", &fields);
        pushed.expect(201, None);
        form(&[
            ("client_id", &self.id),
            ("request_uri", &pushed.text("request_uri")),
        ])
    }

    /// A browser's visit: what the journal says, and what the client was told.
    fn visit(&self, query: &str) -> (String, Value) {
        let path = format!("/oauth/authorize?{query}");
        let answer = send(&self.bank, ("GET", &path), &[], "", None);
        let (_, response) = answer.location.split_once("response=").unwrap();
        (answer.verdict.clone(), claims_in(response))
    }
}

#[test]
fn a_scope_that_was_taken_from_the_client_opens_and_renews_nothing() {
    let client = Narrowed::registered();
    let granted = grant(&client.bank, &client.kit, &client.id);
    let refresh_token = granted.refresh_token.unwrap();
    let read = || client.read(&granted.access_token, &granted.consent);
    read().expect(200, None);
    client.narrow("openid payments");
    let refused = read();
    let told = (
        refused.status,
        &refused.body["code"],
        refused.verdict.as_str(),
    );
    assert_eq!(
        told,
        (403, &json!("insufficient_scope"), "access_token.scope")
    );
    let renewed = client.refresh(&refresh_token, None);
    renewed.expect(200, None);
    assert_eq!(renewed.body["scope"], "openid");
    let refused = client.read(&renewed.text("access_token"), &granted.consent);
    assert_eq!(
        (refused.status, refused.verdict.as_str()),
        (403, "access_token.scope")
    );
    for scope in ["accounts", "openid accounts", "payments"] {
        let refused = client.refresh(&refresh_token, Some(scope));
        refused.expect(400, Some(("invalid_scope", "refresh_token.scope")));
    }
    for token in [&granted.access_token, &refresh_token] {
        let fields = [("token", token.as_str())];
        let shown = post(
            &client.bank,
            &client.kit,
            &client.id,
            "/oauth/introspect",
            &fields,
        );
        assert_eq!(shown.body["scope"], "openid", "{}", shown.body);
    }
    client.narrow("payments");
    for scope in [None, Some("openid")] {
        let refused = client.refresh(&refresh_token, scope);
        refused.expect(
            400,
            Some(("invalid_scope", "refresh_token.registered_scope")),
        );
    }
    client.narrow("openid accounts");
    let renewed = client.refresh(&refresh_token, None);
    renewed.expect(200, None);
    assert_eq!(renewed.body["scope"], "openid accounts");
    read().expect(200, None);
}

#[test]
fn a_token_of_the_client_s_own_loses_what_the_client_loses() {
    let client = Narrowed::registered();
    let own = client_credentials(&client.bank, &client.kit, &client.id);
    assert!(own.text("scope").contains("accounts"), "{}", own.body);
    client.narrow("openid payments");
    let fields = [("token", &*own.text("access_token"))];
    let shown = post(
        &client.bank,
        &client.kit,
        &client.id,
        "/oauth/introspect",
        &fields,
    );
    assert_eq!(shown.body["scope"], "payments consents");
}

#[test]
fn what_is_under_way_loses_what_the_client_loses() {
    let client = Narrowed::registered();
    let query = client.pushed();
    client.narrow("openid payments");
    let (verdict, told) = client.visit(&query);
    assert_eq!(
        (verdict.as_str(), &told["error"]),
        ("authorize.consent.scope", &json!("invalid_scope"))
    );
    client.narrow("openid accounts");
    for (scope, expected) in [
        ("payments", Err(("invalid_scope", "code.registered_scope"))),
        ("openid payments", Ok("openid")),
    ] {
        client.narrow("openid accounts");
        let (_, told) = client.visit(&client.pushed());
        client.narrow(scope);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", told["code"].as_str().unwrap()),
            (
                "redirect_uri",
                client.kit["redirect_uris"][0].as_str().unwrap(),
            ),
            (
                "code_verifier",
                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            ),
        ];
        let answer = token(&client.bank, &client.kit, &client.id, &fields);
        match expected {
            Ok(left) => {
                answer.expect(200, None);
                assert_eq!(answer.body["scope"], left);
            }
            Err(refusal) => answer.expect(400, Some(refusal)),
        }
    }
}

const BEARER: &str = r#"Bearer realm="hamsterbank""#;
const INVALID_TOKEN: &str = r#"Bearer realm="hamsterbank", error="invalid_token""#;

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn whoever_is_refused_at_a_registration_is_told_of_no_other_scheme_than_bearer() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let foreign = onboard(&bank, &json!({ "name": "Other", "flaw": "foreign_ca" }));
    let id = register(&bank, &kit).text("client_id");
    let record = format!("/register/{id}");
    let (own, other) = (cert(&kit), cert(&foreign));
    let (token, client) = ("invalid_token", "invalid_client");
    for (method, path, authorization, certificate, error, rule, challenge) in [
        (
            "GET",
            &*record,
            "",
            own,
            token,
            "registration.token",
            BEARER,
        ),
        (
            "DELETE",
            &record,
            "",
            own,
            token,
            "registration.token",
            BEARER,
        ),
        (
            "GET",
            &record,
            "Bearer wrong",
            own,
            token,
            "access_token.known",
            INVALID_TOKEN,
        ),
        (
            "GET",
            &record,
            "Bearer",
            own,
            token,
            "registration.token",
            INVALID_TOKEN,
        ),
        (
            "GET",
            &record,
            "Basic YTpi",
            own,
            token,
            "registration.token",
            INVALID_TOKEN,
        ),
        (
            "GET",
            &record,
            "Bearer wrong",
            None,
            client,
            "certificate.present",
            BEARER,
        ),
        (
            "GET",
            &record,
            "Bearer wrong",
            other,
            client,
            "certificate.trusted",
            BEARER,
        ),
        (
            "GET",
            &record,
            "Basic YTpi",
            None,
            client,
            "certificate.present",
            BEARER,
        ),
        (
            "POST",
            "/register",
            "Bearer wrong",
            None,
            client,
            "certificate.present",
            BEARER,
        ),
        (
            "POST",
            "/register",
            "bEARER wrong",
            other,
            client,
            "certificate.trusted",
            BEARER,
        ),
        (
            "POST",
            "/register",
            "",
            None,
            client,
            "certificate.present",
            "",
        ),
    ] {
        let body = kit["registration"].to_string();
        let authorization = [JSON[0], ("authorization", authorization)];
        let given = if authorization[1].1.is_empty() { 1 } else { 2 };
        let body = if method == "POST" { &*body } else { "" };
        let answer = send(
            &bank,
            (method, path),
            &authorization[..given],
            body,
            certificate,
        );
        println!("{method} {path} {:?}", authorization[1]);
        answer.expect(401, Some((error, rule)));
        assert_eq!(answer.challenge, challenge);
    }
}

#[test]
fn whoever_is_refused_as_a_client_is_told_of_the_scheme_it_used() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let id = register(&bank, &kit).text("client_id");
    for (authorization, challenge) in [
        ("Bearer wrong", BEARER),
        ("bearer wrong", BEARER),
        ("Bearer", BEARER),
        ("Basic YTpi", r#"Basic realm="hamsterbank""#),
    ] {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", authorization),
        ];
        let body = format!("grant_type=client_credentials&client_id={id}");
        let answer = send(&bank, ("POST", "/oauth/token"), &headers, &body, cert(&kit));
        answer.expect(401, Some(("invalid_client", "client.auth_method")));
        assert_eq!(answer.challenge, challenge, "{authorization}");
    }
}
