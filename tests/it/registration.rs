//! Dynamic client registration and the mock directory: RFC 7591, RFC 7592, the UK tool's ten scenarios.
//!
//! Everything a TPP does is done with code of this file's own: a fault in the bank's signer cannot hide one
//! in its verifier.

mod elsewhere;
mod managed;
mod narrowed;
mod refused;
pub(crate) mod tpp;
mod uk_tool;

use hamsterbank::InMemoryBank;
use serde_json::json;

use crate::support::Variant;

use tpp::*;

#[test]
fn the_guide_s_printed_call_gets_the_printed_reply() {
    let bank = scenario("docs");
    let kit = onboard(
        &bank,
        &json!({
            "name": "Your App", "roles": ["AISP"], "redirect_uris": ["https://your-app.com/callback"],
        }),
    );
    let body = json!({
        "software_statement": kit["software_statement"],
        "redirect_uris": ["https://your-app.com/callback"],
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    });
    let answer = send(&bank, ("POST", "/register"), JSON, &body.to_string(), None);
    answer.expect(201, None);
    let printed: Vec<_> = answer.body.as_object().unwrap().keys().take(7).collect();
    assert_eq!(
        printed,
        [
            "client_id",
            "client_id_issued_at",
            "registration_access_token",
            "registration_client_uri",
            "redirect_uris",
            "scope",
            "token_endpoint_auth_method"
        ]
    );
    let client_id = answer.text("client_id");
    assert_eq!(client_id.len(), 36);
    assert!(
        answer
            .text("registration_access_token")
            .starts_with("reg_token_")
    );
    assert_eq!(
        answer.body["registration_client_uri"],
        format!("/register/{client_id}")
    );
    assert_eq!(answer.body["scope"], "openid accounts transactions");
    assert_eq!(answer.body["client_id_issued_at"], START);
}

#[test]
fn a_bank_that_is_told_to_writes_whole_urls() {
    let scenario = Variant::default().bank("links: absolute").yaml();
    let builder = InMemoryBank::builder().scenario_text(scenario);
    let bank = builder.clock_at(start()).in_memory().unwrap();
    let kit = onboard(&bank, &json!({ "name": "Willow" }));
    let registered = register(&bank, &kit);
    let client_id = registered.text("client_id");
    let uri = format!("{}/register/{client_id}", bank.issuer());
    assert_eq!(registered.text("registration_client_uri"), uri);
    let links = read_accounts(&bank, &kit, &client_id).body["links"].clone();
    assert_eq!(
        links,
        json!({ "self": format!("{}{ACCOUNTS}", bank.issuer()) })
    );
}

#[test]
fn a_registered_client_reads_a_customer_s_accounts() {
    // Goal: register, consent, push, authorize, exchange, read: with a kit the bank made a moment ago.
    for wishes in [
        json!({}),
        json!({ "signing_alg": "ES256" }),
        json!({ "token_endpoint_auth_method": "tls_client_auth" }),
    ] {
        let (bank, kit) = bank_and_kit(&wishes);
        let client_id = register(&bank, &kit).text("client_id");
        assert_eq!(read_accounts(&bank, &kit, &client_id).status, 200);
    }
}

#[test]
fn the_directory_publishes_what_its_statements_point_to() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let claims = claims_of(&kit, "software_statement");
    let get = |url: &str| {
        let path = url.strip_prefix(bank.issuer()).unwrap();
        send(&bank, ("GET", path), &[], "", None)
    };
    for (claim, keys) in [
        ("software_jwks_endpoint", &kit["jwks"]["keys"]),
        ("software_jwks_revoked_endpoint", &json!([])),
        ("org_jwks_endpoint", &kit["jwks"]["keys"]),
        ("org_jwks_revoked_endpoint", &json!([])),
    ] {
        let answer = get(claims[claim].as_str().unwrap());
        assert_eq!(
            (answer.status, &answer.body["keys"]),
            (200, keys),
            "{claim}"
        );
    }
    for name in SSA_CLAIMS {
        assert!(!claims[*name].is_null(), "{name}");
    }
    let jwks = get(&format!("{}/directory/jwks", bank.issuer()));
    assert_eq!(jwks.body["keys"][0]["alg"], "PS256");
    let answer = get(&format!("{}/directory/none/none.jwks", bank.issuer()));
    assert_eq!(
        (answer.status, answer.verdict.as_str()),
        (404, "directory.published")
    );
    let revoked = onboard(
        &bank,
        &json!({ "name": "Gone", "flaw": "revoked_software" }),
    );
    let claims = claims_of(&revoked, "software_statement");
    let published = |claim: &str| get(claims[claim].as_str().unwrap()).body["keys"].clone();
    assert_eq!(published("software_jwks_endpoint"), json!([]));
    assert_eq!(
        published("software_jwks_revoked_endpoint"),
        revoked["jwks"]["keys"]
    );
}

#[test]
fn the_control_api_lists_shows_and_deletes_clients() {
    let (bank, kit) = bank_and_kit(&json!({ "signing_alg": "ES256" }));
    let client_id = register(&bank, &kit).text("client_id");
    let ids: Vec<_> = control(&bank, "GET", "/clients", "").1["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| (client["client_id"].clone(), client["registered"].clone()))
        .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.contains(&(json!(client_id), json!(true))));
    assert!(ids.contains(&(json!("acorn-budget"), json!(false))));
    // A scenario's client can be registered once more with the statement that is shown of it.
    let (status, acorn) = control(&bank, "GET", "/clients/acorn-budget", "");
    assert_eq!(status, 200);
    let certificate = bank.client("acorn-budget");
    let body = json!({ "software_statement": acorn["software_statement"] });
    let certificate = Some(certificate.transport_cert_pem());
    let answer = send(
        &bank,
        ("POST", "/register"),
        JSON,
        &body.to_string(),
        certificate,
    );
    answer.expect(201, None);
    assert_eq!(answer.body["software_id"], acorn["software_id"]);
    let path = format!("/clients/{client_id}");
    assert_eq!(control(&bank, "DELETE", &path, "").0, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(control(&bank, method, &path, "").0, 404);
    }
    let (status, problem) = control(
        &bank,
        "POST",
        "/onboard",
        r#"{"name": "W", "flaw": "wrong_kye"}"#,
    );
    assert_eq!((status, &problem["nearest"]), (422, &json!("wrong_key")));
}

#[test]
fn an_organisation_s_flood_of_clients_ends_and_takes_nothing_from_another() {
    let (bank, kit) = bank_and_kit(&json!({}));
    for _ in 0..500 {
        register(&bank, &kit).expect(201, None);
    }
    register(&bank, &kit).expect(429, Some(("temporarily_unavailable", "limit.clients")));
    let other = onboard(&bank, &json!({ "name": "Other" }));
    let registered = register(&bank, &other);
    registered.expect(201, None);
}

#[test]
fn a_grant_type_that_was_not_registered_is_refused() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let body = with(
        kit["registration"].clone(),
        &json!({ "grant_types": ["authorization_code", "implicit"] }),
    );
    let answer = send(
        &bank,
        ("POST", "/register"),
        JSON,
        &body.to_string(),
        cert(&kit),
    );
    assert_eq!(
        answer.body["grant_types"],
        json!(["authorization_code", "client_credentials"])
    );
    let client_id = answer.text("client_id");
    let granted = grant(&bank, &kit, &client_id);
    assert_eq!(granted.refresh_token, None);
    let answer = token(
        &bank,
        &kit,
        &client_id,
        &[("grant_type", "refresh_token"), ("refresh_token", "x")],
    );
    answer.expect(
        400,
        Some(("unauthorized_client", "token.grant_type_registered")),
    );
}

#[test]
fn every_call_is_journaled_under_its_route_s_name() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let registered = register(&bank, &kit);
    assert_eq!(registered.route, "register.create");
    let (id, token) = (
        registered.text("client_id"),
        registered.text("registration_access_token"),
    );
    for (method, route) in [
        ("GET", "register.get"),
        ("PUT", "register.update"),
        ("DELETE", "register.delete"),
    ] {
        assert_eq!(manage(&bank, &kit, method, &id, &token).route, route);
    }
    let url = kit["software_jwks_endpoint"].as_str().unwrap();
    let path = url.strip_prefix(bank.issuer()).unwrap();
    for (path, route) in [
        ("/directory/jwks", "directory.jwks"),
        (path, "directory.software_jwks"),
    ] {
        assert_eq!(send(&bank, ("GET", path), &[], "", None).route, route);
    }
}
