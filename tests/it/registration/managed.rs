//! A registered client's record: read, replaced and deleted by whoever may (RFC 7592).

use hamsterbank::InMemoryBank;
use serde_json::{Value, json};

use super::tpp::*;

#[test]
fn a_record_is_read_by_its_own_token_as_often_as_wanted() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let registered = register(&bank, &kit);
    let (client_id, token) = (
        registered.text("client_id"),
        registered.text("registration_access_token"),
    );
    for _ in 0..2 {
        let answer = manage(&bank, &kit, "GET", &client_id, &token);
        answer.expect(200, None);
        assert_eq!(answer.body, registered.body, "the token does not rotate");
    }
    manage(&bank, &kit, "DELETE", &client_id, &token).expect(204, None);
    for method in ["GET", "DELETE"] {
        let answer = manage(&bank, &kit, method, &client_id, &token);
        answer.expect(401, Some(("invalid_token", "access_token.known")));
    }
    let answer = client_credentials(&bank, &kit, &client_id);
    answer.expect(401, Some(("invalid_client", "client.known")));
}

/// Goal: access tokens are remembered for a better refusal; all else is gone, so that whoever registers
/// again and again leaves nothing behind.
#[test]
fn a_deleted_client_takes_its_tokens_and_consents_with_it() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let registered = register(&bank, &kit);
    let client_id = registered.text("client_id");
    let granted = grant(&bank, &kit, &client_id);
    let own = client_credentials(&bank, &kit, &client_id).text("access_token");
    let kept = |what: &str| {
        let (status, list) = control(&bank, "GET", &format!("/{what}?client_id={client_id}"), "");
        assert_eq!(status, 200, "{list:#}");
        list["items"].as_array().unwrap().clone()
    };
    assert_eq!(kept("consents").len(), 1);
    let before = kept("tokens");
    manage(
        &bank,
        &kit,
        "DELETE",
        &client_id,
        &registered.text("registration_access_token"),
    )
    .expect(204, None);
    assert_eq!(kept("consents"), [] as [Value; 0]);
    let after = kept("tokens");
    assert!(!after.is_empty() && after.len() < before.len());
    for token in after {
        assert_eq!(token["revoked"], "revoked because its client was deleted");
    }
    let headers = [
        (
            "authorization",
            &*format!("Bearer {}", granted.access_token),
        ),
        ("x-consent-id", &*granted.consent),
    ];
    let answer = send(&bank, ("GET", ACCOUNTS), &headers, "", cert(&kit));
    assert_eq!(
        (answer.status, answer.verdict.as_str()),
        (401, "access_token.grant")
    );
    let headers = [("authorization", &*format!("Bearer {own}"))];
    let path = format!("/consents/{}", granted.consent);
    let answer = send(&bank, ("GET", &path), &headers, "", cert(&kit));
    assert_eq!(
        (answer.status, answer.verdict.as_str()),
        (401, "access_token.grant")
    );
}

#[test]
fn a_token_used_on_another_client_s_record_is_void() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let (one, other) = (register(&bank, &kit), register(&bank, &kit));
    let (one_id, other_id) = (one.text("client_id"), other.text("client_id"));
    let registration_token = one.text("registration_access_token");
    let access_token = client_credentials(&bank, &kit, &one_id).text("access_token");
    for (token, afterwards) in [
        (registration_token, "access_token.known"),
        (access_token, "access_token.grant"),
    ] {
        manage(&bank, &kit, "GET", &one_id, &token).expect(200, None);
        let answer = manage(&bank, &kit, "DELETE", &other_id, &token);
        answer.expect(401, Some(("invalid_token", "registration.own")));
        let answer = manage(&bank, &kit, "GET", &one_id, &token);
        answer.expect(401, Some(("invalid_token", afterwards)));
    }
    let token = other.text("registration_access_token");
    manage(&bank, &kit, "GET", &other_id, &token).expect(200, None);
    let unknown = manage(&bank, &kit, "GET", &uuid(0), &token);
    unknown.expect(401, Some(("invalid_token", "registration.own")));
}

#[test]
fn a_customer_s_token_and_a_scenario_s_client_manage_nothing() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let client_id = register(&bank, &kit).text("client_id");
    let granted = grant(&bank, &kit, &client_id);
    let answer = manage(&bank, &kit, "GET", &client_id, &granted.access_token);
    answer.expect(401, Some(("invalid_token", "registration.own")));
    let acorn = bank.client("acorn-budget");
    let acorn = json!({
        "signing_jwk": serde_json::from_str::<Value>(acorn.signing_jwk()).unwrap(),
        "transport_cert_pem": acorn.transport_cert_pem(),
        "token_endpoint_auth_method": "private_key_jwt",
    });
    let token = client_credentials(&bank, &acorn, "acorn-budget").text("access_token");
    let answer = manage(&bank, &acorn, "GET", "acorn-budget", &token);
    answer.expect(401, Some(("invalid_token", "registration.known")));
}

#[test]
fn a_replaced_record_drops_what_is_absent() {
    let record = Record::kept();
    let changed = json!({ "client_id": record.id, "redirect_uris": ["https://b.example/cb"] });
    let answer = record.put(&changed, &record.token, cert(&record.kit));
    answer.expect(200, None);
    let body = &answer.body;
    assert_eq!(body["redirect_uris"], json!(["https://b.example/cb"]));
    assert_eq!(body.get("client_name"), None);
    assert_eq!(body["registration_access_token"], *record.token);
    assert_eq!(
        body["client_id_issued_at"],
        record.body["client_id_issued_at"]
    );
}

#[test]
fn a_refused_replacement_keeps_the_old_record() {
    let record = Record::kept();
    let other = onboard(&record.bank, &json!({ "name": "Other" }));
    let other_ssa = json!({ "software_statement": other["software_statement"] });
    let bad_ssa = json!({ "software_statement": tampered(&record.kit) });
    let statement = "invalid_software_statement";
    for (change, error, rule) in [
        (bad_ssa, statement, "software_statement.signature"),
        (
            json!({ "software_statement": null }),
            statement,
            "software_statement.present",
        ),
        (
            other_ssa,
            "unapproved_software_statement",
            "registration.same_software",
        ),
        (
            json!({ "jwks_uri": "https://evil.example/jwks" }),
            METADATA,
            "registration.jwks",
        ),
        (
            json!({ "jwks": { "keys": [] } }),
            METADATA,
            "registration.jwks",
        ),
        (
            json!({ "client_id": uuid(1) }),
            METADATA,
            "registration.client_id",
        ),
        (
            json!({ "redirect_uris": ["https://evil.example/cb"] }),
            "invalid_redirect_uri",
            "registration.redirect_uri_in_statement",
        ),
    ] {
        let answer = record.put(&change, &record.token, cert(&record.kit));
        answer.expect(400, Some((error, rule)));
        record.assert_unchanged(rule);
    }
}

#[test]
fn a_replacement_by_somebody_else_keeps_the_old_record() {
    let record = Record::kept();
    let other = onboard(&record.bank, &json!({ "name": "Other" }));
    let foreign = onboard(
        &record.bank,
        &json!({ "name": "Other", "flaw": "foreign_ca" }),
    );
    let (client, own) = ("invalid_client", cert(&record.kit));
    for (token, certificate, error, rule) in [
        (&*record.token, None, client, "certificate.present"),
        (
            &*record.token,
            cert(&foreign),
            client,
            "certificate.trusted",
        ),
        (
            &*record.token,
            cert(&other),
            client,
            "registration.certificate",
        ),
        ("wrong", own, "invalid_token", "access_token.known"),
        ("", own, "invalid_token", "registration.token"),
    ] {
        let answer = record.put(&json!({}), token, certificate);
        answer.expect(401, Some((error, rule)));
        record.assert_unchanged(rule);
    }
}

/// A registration with a name and one of its software's two addresses.
struct Record {
    bank: InMemoryBank,
    kit: Value,
    id: String,
    token: String,
    body: Value,
}

impl Record {
    fn kept() -> Self {
        let (one, two) = ("https://a.example/cb", "https://b.example/cb");
        let (bank, kit) = bank_and_kit(&json!({ "redirect_uris": [one, two] }));
        let change = json!({ "client_name": "Old", "redirect_uris": [one] });
        let body = with(kit["registration"].clone(), &change).to_string();
        let registered = send(&bank, ("POST", "/register"), JSON, &body, cert(&kit));
        registered.expect(201, None);
        Self {
            id: registered.text("client_id"),
            token: registered.text("registration_access_token"),
            body: registered.body,
            bank,
            kit,
        }
    }

    /// Replaces the record by what the kit says to register, changed.
    fn put(&self, change: &Value, token: &str, certificate: Option<&str>) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [JSON[0], ("authorization", bearer.as_str())];
        let path = format!("/register/{}", self.id);
        let body = with(self.kit["registration"].clone(), change).to_string();
        send(&self.bank, ("PUT", &path), &headers, &body, certificate)
    }

    #[track_caller]
    fn assert_unchanged(&self, after: &str) {
        let kept = manage(&self.bank, &self.kit, "GET", &self.id, &self.token);
        assert_eq!(kept.body, self.body, "after {after}");
    }
}

#[test]
fn a_client_that_registered_no_code_grant_is_refused_before_a_customer_sees_it() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let registration = with(
        kit["registration"].clone(),
        &json!({ "grant_types": ["client_credentials"] }),
    );
    let kit = with(kit, &json!({ "registration": registration }));
    let client_id = register(&bank, &kit).text("client_id");
    let request = json!({
        "iss": client_id, "aud": bank.issuer(), "client_id": client_id, "nbf": START, "exp": START + 300,
        "response_type": "code", "response_mode": "jwt", "redirect_uri": kit["redirect_uris"][0],
        "nonce": "n", "scope": "openid accounts", "consent_id": "consent_ais_x",
        "code_challenge_method": "S256",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    });
    let request = sign(&kit, &request);
    let pushed = post(
        &bank,
        &kit,
        &client_id,
        "/oauth/par",
        &[("request", &request)],
    );
    let rule = "authorize.grant_type.registered";
    pushed.expect(400, Some(("unauthorized_client", rule)));
}
