//! The discovery document (SECURITY contract, sections 2.1 and 4; module 1).

use serde_json::Value;

use crate::support::TestBank;

// 1
#[test]
fn discovery_end_point_verification() {
    let bank = TestBank::open();
    let answer = bank.stranger().get(PATH).send();
    let document = answer.ok();
    assert_eq!(document["issuer"], bank.issuer());
    check_types(&document);
    check_aliases(&document);
    check_addresses(&document);
    for (name, words) in CONTAINS {
        for word in *words {
            assert!(list(&document, name).contains(word), "{name} lacks {word}");
        }
    }
    for name in ONLY_FAPI_ALGORITHMS {
        assert_eq!(list(&document, name), ["ES256", "PS256"], "{name}");
    }
    for (name, value) in FLAGS {
        assert_eq!(document[*name], *value, "{name}");
    }
    for name in document.as_object().expect("an object").keys() {
        assert!(is_registered(name), "{name} is not a registered member");
    }
}

/// Every member has the type RFC 8414 gives it.
#[track_caller]
fn check_types(document: &Value) {
    for (name, value) in document.as_object().expect("an object") {
        let fits = match name.as_str() {
            "mtls_endpoint_aliases" => value.is_object(),
            _ if name.ends_with("_supported") && value.is_array() => texts(value),
            _ if value.is_boolean() => FLAGS.iter().any(|(flag, _)| flag == name),
            _ => value.is_string(),
        };
        assert!(fits, "{name}: {value}");
    }
}

/// A list of texts in which none stands twice.
fn texts(list: &Value) -> bool {
    let list = list.as_array().expect("a list");
    let mut words: Vec<_> = list.iter().filter_map(Value::as_str).collect();
    words.sort_unstable();
    words.dedup();
    !list.is_empty() && words.len() == list.len()
}

// 2.1
#[track_caller]
fn check_aliases(document: &Value) {
    let aliases = document["mtls_endpoint_aliases"]
        .as_object()
        .expect("aliases");
    assert!(
        !aliases.contains_key("authorization_endpoint"),
        "browsers have no certificates"
    );
    assert!(aliases.contains_key("token_endpoint"), "{aliases:#?}");
    for name in aliases.keys() {
        assert!(name.ends_with("_endpoint"), "{name}");
        assert!(document.get(name).is_some(), "{name} is not at the root");
    }
}

#[track_caller]
fn check_addresses(document: &Value) {
    let issuer = document["issuer"].as_str().expect("issuer");
    let host = issuer.strip_prefix("https://").expect("https");
    assert!(!host.contains(['/', '?', '#', '@']), "{issuer}");
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "pushed_authorization_request_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    ] {
        let address = document[name].as_str().unwrap_or_default();
        assert!(
            address.starts_with(&format!("{issuer}/")),
            "{name}: {address}"
        );
    }
}

#[track_caller]
fn list<'d>(document: &'d Value, name: &str) -> Vec<&'d str> {
    let items = document[name]
        .as_array()
        .unwrap_or_else(|| panic!("{name} is no list"));
    items
        .iter()
        .map(|item| item.as_str().expect("a text"))
        .collect()
}

/// What IANA and the specifications of FAPI, JARM, PAR and mTLS register.
fn is_registered(name: &str) -> bool {
    let endpoints = [
        "introspection_endpoint",
        "revocation_endpoint",
        "token_endpoint",
    ];
    let of_endpoint = endpoints.iter().any(|endpoint| {
        let rest = name.strip_prefix(endpoint);
        matches!(
            rest,
            Some("" | "_auth_methods_supported" | "_auth_signing_alg_values_supported")
        )
    });
    let signed = ["authorization", "id_token", "request_object", "userinfo"];
    let of_jwt = signed.iter().any(|kind| {
        let rest = name.strip_prefix(kind);
        matches!(
            rest,
            Some(
                "_signing_alg_values_supported"
                    | "_encryption_alg_values_supported"
                    | "_encryption_enc_values_supported"
            )
        )
    });
    let flag = FLAGS.iter().any(|(flag, _)| *flag == name);
    let listed = CONTAINS.iter().any(|(list, _)| *list == name);
    of_endpoint || of_jwt || flag || listed || OTHERS.contains(&name)
}

const PATH: &str = "/.well-known/openid-configuration";

/// What each list must hold, for both methods, both ways to ask and both to be answered.
const CONTAINS: &[(&str, &[&str])] = &[
    ("response_types_supported", &["code", "code id_token"]),
    ("response_modes_supported", &["jwt"]),
    ("code_challenge_methods_supported", &["S256"]),
    (
        "grant_types_supported",
        &["authorization_code", "client_credentials", "refresh_token"],
    ),
    ("scopes_supported", &["openid", "accounts"]),
    ("subject_types_supported", &["public"]),
    ("claims_supported", &["acr", "openbanking_intent_id"]),
    ("acr_values_supported", &["urn:openbanking:psd2:sca"]),
    (
        "token_endpoint_auth_methods_supported",
        &["private_key_jwt", "tls_client_auth"],
    ),
];

const ONLY_FAPI_ALGORITHMS: &[&str] = &[
    "id_token_signing_alg_values_supported",
    "request_object_signing_alg_values_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "authorization_signing_alg_values_supported",
];

const FLAGS: &[(&str, bool)] = &[
    ("tls_client_certificate_bound_access_tokens", true),
    ("request_parameter_supported", true),
    ("request_uri_parameter_supported", false),
    ("require_pushed_authorization_requests", false),
    ("require_signed_request_object", true),
    ("claims_parameter_supported", true),
    ("authorization_response_iss_parameter_supported", true),
];

/// The rest of what is registered and may stand there.
const OTHERS: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "registration_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "mtls_endpoint_aliases",
    "service_documentation",
    "op_policy_uri",
    "op_tos_uri",
    "ui_locales_supported",
];
