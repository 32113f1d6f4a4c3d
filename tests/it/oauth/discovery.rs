//! The discovery document and the published keys (SECURITY 2.1 and 4; module 1).

use serde_json::Value;

use crate::support::{TestBank, Variant};

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn words(document: &Value, member: &str) -> Vec<String> {
    let words = document[member]
        .as_array()
        .unwrap_or_else(|| panic!("{member}"));
    words
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_discovery_document_is_the_one_we_mean() {
    let bank = TestBank::open();
    let document = bank.stranger().get(DISCOVERY).send().ok();
    insta::assert_json_snapshot!("discovery", document);
}

#[test]
fn the_discovery_document_says_what_fapi_1_advanced_asks_for() {
    let bank = TestBank::open();
    let document = bank.stranger().get(DISCOVERY).send().ok();
    let issuer = document["issuer"].as_str().unwrap();
    assert_eq!(issuer, bank.issuer());
    for member in [
        "jwks_uri",
        "authorization_endpoint",
        "token_endpoint",
        "pushed_authorization_request_endpoint",
        "userinfo_endpoint",
    ] {
        let url = document[member].as_str().unwrap();
        assert!(
            url.starts_with(issuer) && url.starts_with("https://"),
            "{member}: {url}"
        );
    }
    for (member, needed) in [
        ("response_types_supported", &["code id_token", "code"][..]),
        ("response_modes_supported", &["jwt", "fragment"]),
        ("code_challenge_methods_supported", &["S256"]),
        (
            "grant_types_supported",
            &["authorization_code", "client_credentials", "refresh_token"],
        ),
        ("scopes_supported", &["openid", "accounts"]),
        ("claims_supported", &["acr", "openbanking_intent_id"]),
        ("subject_types_supported", &["public"]),
        ("acr_values_supported", &["urn:openbanking:psd2:sca"]),
        (
            "token_endpoint_auth_methods_supported",
            &["private_key_jwt", "tls_client_auth"],
        ),
        ("id_token_signing_alg_values_supported", &["PS256", "ES256"]),
        (
            "request_object_signing_alg_values_supported",
            &["PS256", "ES256"],
        ),
        (
            "token_endpoint_auth_signing_alg_values_supported",
            &["PS256", "ES256"],
        ),
    ] {
        let has = words(&document, member);
        for word in needed {
            assert!(
                has.iter().any(|known| known == word),
                "{member} lacks {word}: {has:?}"
            );
        }
    }
    for member in [
        "claims_parameter_supported",
        "request_parameter_supported",
        "tls_client_certificate_bound_access_tokens",
    ] {
        assert_eq!(document[member], true, "{member}");
    }
    assert_eq!(document["require_pushed_authorization_requests"], false);
}

#[test]
fn the_discovery_document_promises_no_unsafe_algorithm_and_no_code_in_a_query() {
    let bank = TestBank::open();
    let document = bank.stranger().get(DISCOVERY).send().ok();
    for (member, value) in document.as_object().unwrap() {
        if member.contains("_signing_alg_") {
            assert_eq!(value.as_array().unwrap().len(), 2, "{member}: {value}");
        }
    }
    assert!(!words(&document, "response_modes_supported").contains(&"query".to_owned()));
    assert!(!words(&document, "code_challenge_methods_supported").contains(&"plain".to_owned()));
    let relaxed = TestBank::varied(&Variant::default().bank("profile: relaxed"));
    let document = relaxed.stranger().get(DISCOVERY).send().ok();
    assert!(words(&document, "response_modes_supported").contains(&"query".to_owned()));
}

#[test]
fn every_alias_is_an_endpoint_that_also_stands_at_the_root() {
    let bank = TestBank::open();
    let document = bank.stranger().get(DISCOVERY).send().ok();
    let aliases = document["mtls_endpoint_aliases"].as_object().unwrap();
    assert!(!aliases.contains_key("authorization_endpoint"));
    for (name, url) in aliases {
        assert!(name.ends_with("_endpoint"), "{name}");
        assert_eq!(&document[name], url, "{name}");
    }
}

#[test]
fn every_published_key_is_public_strong_named_and_for_one_use() {
    let bank = TestBank::open();
    let jwks = bank.jwks();
    let keys = jwks["keys"].as_array().unwrap();
    let mut kids: Vec<_> = keys
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), keys.len());
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert_eq!(key["use"], "sig");
        match key["kty"].as_str() {
            // 2048 bits are 342 characters of base64url.
            Some("RSA") => assert!(key["n"].as_str().unwrap().len() >= 342),
            Some("EC") => assert_eq!(key["crv"], "P-256"),
            other => panic!("{other:?}"),
        }
    }
    let algorithms: Vec<_> = keys
        .iter()
        .map(|key| key["alg"].as_str().unwrap())
        .collect();
    assert_eq!(algorithms, ["PS256", "ES256"]);
}

#[test]
fn another_seed_is_another_bank_with_other_keys() {
    let kids = |seed: &str| {
        let bank = TestBank::varied(&Variant::default().bank(seed));
        bank.jwks().to_string()
    };
    assert_ne!(kids("seed: 7"), kids("seed: 8"));
}

#[test]
fn what_is_public_is_served_to_anybody_and_only_read() {
    let bank = TestBank::open();
    for path in [DISCOVERY, "/.well-known/jwks.json"] {
        let head = bank.stranger().call(http::Method::HEAD, path).send();
        assert_eq!(head.status(), 200);
        bank.tpp("acorn-budget")
            .call(http::Method::GET, path)
            .send()
            .ok();
        for method in [http::Method::POST, http::Method::PUT, http::Method::DELETE] {
            let refused = bank.stranger().call(method, path).send();
            assert_eq!(refused.header("allow"), Some("GET, HEAD"));
            refused.refused(405, "method_not_allowed", "request.method");
        }
    }
    let nowhere = bank
        .stranger()
        .get("/.well-known/oauth-authorization-serve")
        .send();
    nowhere.refused(404, "not_found", "request.path");
}
