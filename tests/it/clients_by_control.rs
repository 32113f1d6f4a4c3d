//! Clients that are made and changed by the control API, in a scenario's words (control contract, section 6).

use hamsterbank::InMemoryBank;
use serde_json::{Value, json};

use crate::banking::payments::domestic;
use crate::registration::tpp::{
    JSON, cert, client_credentials, control, grant, onboard, read_accounts, register, scenario,
    send,
};

/// A kit of `/clients` under the names that a kit of `/onboard` has.
fn made(bank: &InMemoryBank, entry: &Value) -> Value {
    let (status, kit) = control(bank, "POST", "/clients", &entry.to_string());
    assert_eq!(status, 201, "{kit}");
    kit
}

fn entry(changes: &Value) -> Value {
    let mut entry = json!({
        "client_id": "willow", "redirect_uris": ["http://localhost:9080/callback"],
    });
    for (name, value) in changes.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry
}

#[test]
fn a_client_that_was_made_reads_a_customer_s_accounts() {
    for wishes in [
        json!({}),
        json!({ "signing_alg": "ES256", "roles": ["AISP"], "name": "Willow Ltd" }),
        json!({ "token_endpoint_auth_method": "tls_client_auth" }),
    ] {
        let bank = scenario("default");
        let kit = made(&bank, &entry(&wishes));
        assert_eq!(kit["client_id"], "willow");
        assert_eq!(kit["signing_kid"], kit["signing_jwk"]["kid"]);
        assert_eq!(read_accounts(&bank, &kit, "willow").status, 200, "{wishes}");
        let shown = control(&bank, "GET", "/clients/willow", "").1;
        assert_eq!(shown["registered"], false);
        assert_eq!(shown["scope"], kit["scope"]);
        assert!(
            shown["software_statement"].is_string(),
            "the directory knows it too"
        );
    }
}

#[test]
fn what_is_made_has_the_members_of_the_ready_document() {
    let bank = scenario("default");
    let kit = made(&bank, &entry(&json!({})));
    let members: Vec<_> = kit.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        members,
        [
            "client_id",
            "name",
            "token_endpoint_auth_method",
            "redirect_uris",
            "scope",
            "signing_kid",
            "signing_alg",
            "id_token_signed_response_alg",
            "request_object_signing_alg",
            "transport_cert_pem",
            "transport_key_pem",
            "signing_key_pem",
            "signing_jwk",
        ]
    );
}

#[test]
fn what_cannot_be_made_is_refused_with_its_place_and_changes_nothing() {
    let bank = scenario("default");
    let before = control(&bank, "GET", "/clients", "").1;
    for (changes, status, code, pointer, nearest) in REFUSED {
        let changes = serde_json::from_str(changes).unwrap();
        let body = entry(&changes).to_string();
        let (answered, problem) = control(&bank, "POST", "/clients", &body);
        assert_eq!(
            (answered, problem["code"].as_str()),
            (*status, Some(*code)),
            "{problem}"
        );
        assert_eq!(problem["pointer"].as_str(), *pointer, "{problem}");
        assert_eq!(problem["nearest"].as_str(), *nearest, "{problem}");
    }
    assert_eq!(control(&bank, "POST", "/clients", "[]").0, 400);
    assert_eq!(control(&bank, "GET", "/clients", "").1, before);
}

#[test]
fn a_client_that_was_deleted_can_be_made_again() {
    let bank = scenario("default");
    let first = made(&bank, &entry(&json!({})));
    assert_eq!(control(&bank, "DELETE", "/clients/willow", "").0, 204);
    let answer = client_credentials(&bank, &first, "willow");
    answer.expect(401, Some(("invalid_client", "client.known")));
    let again = made(&bank, &entry(&json!({})));
    client_credentials(&bank, &again, "willow").expect(200, None);
}

/// Goal: a client that has the id of one that was deleted is another, also where that one's calls would be
/// answered again.
#[test]
fn a_client_made_again_is_not_answered_what_its_predecessor_asked_for() {
    let bank = scenario("default");
    let consent_of = |kit: &Value| {
        let token = client_credentials(&bank, kit, "willow").text("access_token");
        let headers = [
            JSON[0],
            ("authorization", &*format!("Bearer {token}")),
            ("x-idempotency-key", "key-1"),
        ];
        let call = ("POST", "/consents/payment");
        let answer = send(&bank, call, &headers, &domestic().to_string(), cert(kit));
        answer.expect(201, None);
        answer.text("consent_id")
    };
    let first = made(&bank, &entry(&json!({})));
    let consent = consent_of(&first);
    assert_eq!(consent_of(&first), consent);
    assert_eq!(control(&bank, "DELETE", "/clients/willow", "").0, 204);
    let again = made(&bank, &entry(&json!({})));
    assert_ne!(consent_of(&again), consent);
}

/// Goal: a test whose callback listens on a random port tells the bank of it, for a scenario's client and for
/// one that registered itself.
#[test]
fn redirect_uris_are_changed_and_obeyed_at_once() {
    let bank = scenario("default");
    let mut own = made(&bank, &entry(&json!({})));
    let mut kit = onboard(&bank, &json!({ "name": "Willow" }));
    let registered = register(&bank, &kit).text("client_id");
    let uris = json!(["http://127.0.0.1:54321/cb"]);
    for (kit, client_id) in [(&mut own, "willow"), (&mut kit, registered.as_str())] {
        let path = format!("/clients/{client_id}");
        let body = json!({ "redirect_uris": uris, "name": "Random" }).to_string();
        let (status, shown) = control(&bank, "PATCH", &path, &body);
        assert_eq!(
            (status, &shown["redirect_uris"], &shown["name"]),
            (200, &uris, &json!("Random"))
        );
        kit["redirect_uris"] = uris.clone();
        assert!(!grant(&bank, kit, client_id).id_token.is_empty());
    }
    let shown = control(&bank, "GET", "/clients/acorn-budget", "").1;
    assert_ne!(shown["redirect_uris"], uris);
}

#[test]
fn a_change_is_whole_or_refused() {
    let bank = scenario("default");
    let path = "/clients/clover-check";
    let before = control(&bank, "GET", path, "").1;
    for (body, code, pointer) in [
        (
            json!({ "redirect_uris": ["ftp://x"], "name": "X" }),
            "invalid_value",
            "/redirect_uris/0",
        ),
        (
            json!({ "redirect_uris": [] }),
            "invalid_value",
            "/redirect_uris",
        ),
        (json!({ "roles": ["PISP"] }), "invalid_value", "/roles"),
        (
            json!({ "signing_alg": "PS256" }),
            "invalid_value",
            "/signing_alg",
        ),
        (
            json!({ "client_id": "other" }),
            "invalid_value",
            "/client_id",
        ),
        (
            json!({ "redirect_uri": [] }),
            "unknown_name",
            "/redirect_uri",
        ),
        // Its certificate says that it is no PISP.
        (json!({ "scope": "payments" }), "unknown_name", "/scope"),
    ] {
        let (status, problem) = control(&bank, "PATCH", path, &body.to_string());
        assert_eq!(
            (status, problem["code"].as_str()),
            (422, Some(code)),
            "{problem}"
        );
        assert_eq!(problem["pointer"], pointer, "{problem}");
    }
    let mut after = control(&bank, "GET", path, "").1;
    // Made anew at each call.
    after["software_statement"] = before["software_statement"].clone();
    assert_eq!(after, before);
    assert_eq!(control(&bank, "PATCH", "/clients/nobody", "{}").0, 404);
    let narrowed = json!({ "scope": "openid accounts consents" }).to_string();
    let (status, shown) = control(&bank, "PATCH", path, &narrowed);
    assert_eq!(
        (status, shown["scope"].as_str()),
        (200, Some("openid accounts consents"))
    );
}

/// What is changed in a right entry; status, code, where, and what was near.
type Refused = (
    &'static str,
    u16,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

const REFUSED: &[Refused] = &[
    (
        r#"{ "client_id": "acorn-budget" }"#,
        409,
        "already_exists",
        None,
        None,
    ),
    (
        r#"{ "nmae": "W" }"#,
        422,
        "unknown_name",
        Some("/nmae"),
        Some("name"),
    ),
    (
        r#"{ "client_id": 7 }"#,
        422,
        "invalid_value",
        Some("/client_id"),
        None,
    ),
    (
        r#"{ "client_id": "../w" }"#,
        422,
        "invalid_value",
        Some("/client_id"),
        None,
    ),
    (
        r#"{ "redirect_uris": [] }"#,
        422,
        "invalid_value",
        Some("/redirect_uris"),
        None,
    ),
    (
        r#"{ "redirect_uris": ["http://tpp.test/cb"] }"#,
        422,
        "invalid_value",
        Some("/redirect_uris/0"),
        None,
    ),
    (
        r#"{ "roles": "AISP" }"#,
        422,
        "invalid_value",
        Some("/roles"),
        None,
    ),
    (
        r#"{ "roles": ["AISP", "PIPS"] }"#,
        422,
        "unknown_name",
        Some("/roles/1"),
        Some("PISP"),
    ),
    (
        r#"{ "responses": ["jram"] }"#,
        422,
        "unknown_name",
        Some("/responses/0"),
        Some("jarm"),
    ),
    (
        r#"{ "token_endpoint_auth_method": "private_key" }"#,
        422,
        "unknown_name",
        Some("/token_endpoint_auth_method"),
        Some("private_key_jwt"),
    ),
    (
        r#"{ "roles": ["AISP"], "scope": "payments" }"#,
        422,
        "unknown_name",
        Some("/scope"),
        None,
    ),
];
