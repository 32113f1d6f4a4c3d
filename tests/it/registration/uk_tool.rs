//! The ten scenarios of the UK's registration tool, each in the tool's own order of calls.

use hamsterbank::InMemoryBank;
use serde_json::{Value, json};

use super::tpp::*;

#[test]
fn dcr_001_discovery_names_a_registration_endpoint() {
    let bank = bank();
    let document = send(&bank, ("GET", DISCOVERY), &[], "", None).body;
    let endpoint = document["registration_endpoint"].as_str().unwrap();
    assert_eq!(endpoint, format!("{}/register", bank.issuer()));
    assert_eq!(
        document["mtls_endpoint_aliases"]["registration_endpoint"],
        endpoint
    );
}

#[test]
fn dcr_002_a_signed_registration_gets_a_token_and_is_deleted() {
    let (bank, kit) = bank_and_kit(&json!({ "token_endpoint_auth_method": "tls_client_auth" }));
    let registered = register_signed(&bank, &kit, &signed_claims(&bank, &kit));
    registered.expect(201, None);
    let client_id = registered.text("client_id");
    let token = client_credentials(&bank, &kit, &client_id);
    token.expect(200, None);
    let access_token = token.text("access_token");
    assert_eq!(token.body["scope"], "accounts consents");
    manage(&bank, &kit, "DELETE", &client_id, &access_token).expect(204, None);
}

#[test]
fn dcr_003_after_delete_get_is_401() {
    let (bank, kit, client_id, access_token) = registered_and_token();
    manage(&bank, &kit, "DELETE", &client_id, &access_token).expect(204, None);
    let answer = manage(&bank, &kit, "GET", &client_id, &access_token);
    answer.expect(401, Some(("invalid_token", "access_token.grant")));
    assert_eq!(answer.body.get("client_id"), None);
}

#[test]
fn dcr_004_a_registration_that_is_not_the_software_s_or_is_past_is_400() {
    let (bank, kit) = bank_and_kit(&json!({}));
    for (name, change, rule) in [
        (
            "an hour past",
            json!({ "exp": START - 3600 }),
            "registration_jwt.exp",
        ),
        (
            "unknown iss",
            json!({ "iss": "unknown" }),
            "registration_jwt.iss",
        ),
        ("empty iss", json!({ "iss": "" }), "registration_jwt.iss"),
        (
            "iss of 30",
            json!({ "iss": "i".repeat(30) }),
            "registration_jwt.iss",
        ),
    ] {
        let claims = with(signed_claims(&bank, &kit), &change);
        let answer = register_signed(&bank, &kit, &claims);
        assert_eq!(answer.status, 400, "{name}");
        answer.expect(400, Some(("invalid_client_metadata", rule)));
    }
    let body = sign_as("RS256", &kit, &signed_claims(&bank, &kit));
    let answer = send(&bank, ("POST", "/register"), JOSE, &body, cert(&kit));
    answer.expect(
        400,
        Some(("invalid_client_metadata", "registration_jwt.signature")),
    );
}

#[test]
fn dcr_005_get_fits_the_schema_of_the_reply() {
    let (bank, kit, client_id, access_token) = registered_and_token();
    let answer = manage(&bank, &kit, "GET", &client_id, &access_token);
    answer.expect(200, None);
    let body = &answer.body;
    assert!(answer.text("client_id").len() <= 36);
    assert_eq!(
        body["redirect_uris"],
        json!(["https://localhost:9443/callback"])
    );
    assert_eq!(
        body["grant_types"],
        json!(["authorization_code", "client_credentials"])
    );
    assert_eq!(body["scope"], "openid accounts");
    assert_eq!(body["application_type"], "web");
    assert_eq!(body["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(body["id_token_signed_response_alg"], "PS256");
    assert_eq!(body["request_object_signing_alg"], "PS256");
    assert_eq!(body["software_statement"], kit["software_statement"]);
    assert!(answer.text("software_id").len() <= 22);
    let uri = format!("{}/register/{client_id}", bank.issuer());
    assert_eq!(
        body["registration_client_uri"], uri,
        "absolute for the signed form"
    );
}

#[test]
fn dcr_007_get_with_an_empty_or_wrong_bearer_is_401() {
    let (bank, kit, client_id, _) = registered_and_token();
    for token in ["", "wrong"] {
        let answer = manage(&bank, &kit, "GET", &client_id, token);
        assert_eq!(answer.status, 401, "{token:?}");
        assert_eq!(answer.body["error"], "invalid_token", "{token:?}");
        assert!(
            answer.challenge.starts_with("Bearer "),
            "{}",
            answer.challenge
        );
    }
}

#[test]
fn dcr_008_put_with_the_same_or_fresh_claims_is_200() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let claims = signed_claims(&bank, &kit);
    let client_id = register_signed(&bank, &kit, &claims).text("client_id");
    let access_token = client_credentials(&bank, &kit, &client_id).text("access_token");
    let fresh = with(
        claims.clone(),
        &json!({ "jti": uuid(8), "application_type": "native" }),
    );
    for (claims, application_type) in [(claims, "web"), (fresh, "native")] {
        let body = sign(&kit, &claims);
        let headers = [
            JOSE[0],
            ("authorization", &*format!("Bearer {access_token}")),
        ];
        let path = format!("/register/{client_id}");
        let answer = send(&bank, ("PUT", &path), &headers, &body, cert(&kit));
        answer.expect(200, None);
        assert_eq!(answer.body["client_id"], *client_id);
        assert_eq!(answer.body["application_type"], application_type);
    }
}

#[test]
fn dcr_009_and_010_put_and_get_of_a_deleted_client_are_401() {
    let (bank, kit, client_id, access_token) = registered_and_token();
    manage(&bank, &kit, "DELETE", &client_id, &access_token).expect(204, None);
    for method in ["PUT", "GET", "DELETE"] {
        let answer = manage(&bank, &kit, method, &client_id, &access_token);
        answer.expect(401, Some(("invalid_token", "access_token.grant")));
    }
}

#[test]
fn dcr_011_response_types_of_the_implicit_flow_are_400() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let claims = signed_claims(&bank, &kit);
    let claims = with(claims, &json!({ "response_types": ["id_token", "token"] }));
    let answer = register_signed(&bank, &kit, &claims);
    let rule = "registration.response_types";
    answer.expect(400, Some(("invalid_client_metadata", rule)));
    assert!(answer.body.is_object());
}

fn registered_and_token() -> (InMemoryBank, Value, String, String) {
    let (bank, kit) = bank_and_kit(&json!({}));
    let client_id = register_signed(&bank, &kit, &signed_claims(&bank, &kit)).text("client_id");
    let access_token = client_credentials(&bank, &kit, &client_id).text("access_token");
    (bank, kit, client_id, access_token)
}
