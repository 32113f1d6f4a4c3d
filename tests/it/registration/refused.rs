//! What may not be registered: each rule broken once, with the word the client saw and what the journal says.

use hamsterbank::InMemoryBank;
use serde_json::json;

use super::tpp::*;

#[test]
fn what_may_not_be_registered_is_refused_with_the_rule_it_breaks() {
    let (bank, kit) = bank_and_kit(&json!({ "roles": ["AISP"] }));
    let tables = [
        ("invalid_redirect_uri", BAD_ADDRESSES),
        (METADATA, BAD_MEMBERS),
        ("invalid_software_statement", BAD_STATEMENTS),
    ];
    for (error, table) in tables {
        for (rule, change) in table {
            let change = serde_json::from_str(change).unwrap();
            let body = with(kit["registration"].clone(), &change).to_string();
            let answer = send(&bank, ("POST", "/register"), JSON, &body, cert(&kit));
            answer.expect(400, Some((error, rule)));
            assert_eq!(answer.body.get("client_id"), None, "{rule}");
        }
    }
}

#[test]
fn what_is_too_long_is_refused() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let address = format!("https://localhost:9443/{}", "c".repeat(256));
    let name = format!("CN={}", "n".repeat(126));
    let (statement, present) = ("invalid_software_statement", "software_statement.readable");
    for (change, error, rule) in [
        (
            json!({ "redirect_uris": [address] }),
            "invalid_redirect_uri",
            "registration.redirect_uri",
        ),
        (
            json!({ "client_name": "c".repeat(3000) }),
            METADATA,
            "registration.types",
        ),
        (
            json!({ "contacts": vec!["a"; 33] }),
            METADATA,
            "registration.types",
        ),
        (
            json!({ "tls_client_auth_subject_dn": name }),
            METADATA,
            "registration.subject_dn",
        ),
        (
            json!({ "software_statement": "x".repeat(17_000) }),
            statement,
            present,
        ),
        (
            json!({ "software_statement": tampered(&kit) }),
            statement,
            "software_statement.signature",
        ),
    ] {
        let body = with(kit["registration"].clone(), &change).to_string();
        let answer = send(&bank, ("POST", "/register"), JSON, &body, cert(&kit));
        answer.expect(400, Some((error, rule)));
    }
}

#[test]
fn what_is_no_registration_at_all_is_refused() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let text: &[(&str, &str)] = &[("content-type", "text/plain")];
    for (headers, body, status, error, rule) in [
        (JSON, "{", 400, METADATA, "registration.readable"),
        (JSON, "[]", 400, METADATA, "registration.readable"),
        (JOSE, "no jwt", 400, METADATA, "registration_jwt.readable"),
        (
            text,
            "{}",
            415,
            "invalid_request",
            "registration.content_type",
        ),
    ] {
        let answer = send(&bank, ("POST", "/register"), headers, body, cert(&kit));
        answer.expect(status, Some((error, rule)));
    }
}

#[test]
fn a_careless_bank_still_does_not_take_what_it_cannot_read() {
    let yaml = DIRECTORIES.replace("TRUST", "lenient: [registration]");
    let builder = InMemoryBank::builder().scenario_text(yaml);
    let bank = builder.clock_at(start()).in_memory().unwrap();
    let kit = onboard(&bank, &json!({ "name": "Willow", "roles": ["AISP"] }));
    let register = |change| {
        let body = with(kit["registration"].clone(), &change).to_string();
        send(&bank, ("POST", "/register"), JSON, &body, cert(&kit))
    };
    register(json!({ "application_type": "desktop" })).expect(201, None);
    let answer = register(json!({ "scope": "openid everything" }));
    answer.expect(400, Some((METADATA, "registration.understood")));
}

#[test]
fn a_signed_registration_is_for_this_bank_once_and_by_the_software() {
    let (bank, kit) = bank_and_kit(&json!({}));
    let other = onboard(&bank, &json!({ "name": "Other" }));
    let claims = signed_claims(&bank, &kit);
    for (change, rule) in [
        (
            json!({ "aud": "https://other.example" }),
            "registration_jwt.aud",
        ),
        (json!({ "aud": null }), "registration_jwt.aud"),
        (json!({ "exp": null }), "registration_jwt.exp"),
        (json!({ "exp": START + 2 * 3600 }), "registration_jwt.exp"),
        (json!({ "iat": START + 3600 }), "registration_jwt.iat"),
        (json!({ "iat": null }), "registration_jwt.iat"),
        (json!({ "jti": "one" }), "registration_jwt.jti"),
        (json!({ "jti": null }), "registration_jwt.jti"),
    ] {
        let answer = register_signed(&bank, &kit, &with(claims.clone(), &change));
        answer.expect(400, Some(("invalid_client_metadata", rule)));
    }
    let body = sign(&other, &claims);
    let answer = send(&bank, ("POST", "/register"), JOSE, &body, cert(&kit));
    answer.expect(
        400,
        Some(("invalid_client_metadata", "registration_jwt.signature")),
    );
    let jwt = [("content-type", "application/jwt")];
    send(
        &bank,
        ("POST", "/register"),
        &jwt,
        &sign(&kit, &claims),
        cert(&kit),
    )
    .expect(201, None);
    let answer = register_signed(&bank, &kit, &claims);
    answer.expect(
        400,
        Some(("invalid_client_metadata", "registration_jwt.replay")),
    );
}

#[test]
fn a_flawed_kit_is_refused_for_its_flaw() {
    let bank = bank();
    for (flaw, status, error, rule) in [
        (
            "expired_certificate",
            401,
            "invalid_client",
            "certificate.trusted",
        ),
        ("foreign_ca", 401, "invalid_client", "certificate.trusted"),
        (
            "revoked_software",
            400,
            "unapproved_software_statement",
            "software_statement.revoked",
        ),
        (
            "expired_ssa",
            400,
            "invalid_software_statement",
            "software_statement.age",
        ),
        (
            "bad_ssa_signature",
            400,
            "invalid_software_statement",
            "software_statement.signature",
        ),
    ] {
        let kit = onboard(&bank, &json!({ "name": "Flawed", "flaw": flaw }));
        assert_eq!(kit["flaw"], flaw);
        register(&bank, &kit).expect(status, Some((error, rule)));
    }
    let kit = onboard(&bank, &json!({ "name": "Flawed", "flaw": "wrong_key" }));
    let answer = register_signed(&bank, &kit, &signed_claims(&bank, &kit));
    answer.expect(
        400,
        Some(("invalid_client_metadata", "registration_jwt.signature")),
    );
    let client_id = register(&bank, &kit).text("client_id");
    let answer = client_credentials(&bank, &kit, &client_id);
    answer.expect(401, Some(("invalid_client", "client_assertion.signature")));
}

#[test]
fn a_kit_of_a_directory_the_bank_does_not_know_is_refused_in_words_that_say_so() {
    let bank = bank();
    let elsewhere = InMemoryBank::builder()
        .seed(7)
        .clock_at(start())
        .in_memory()
        .unwrap();
    let kit = onboard(&elsewhere, &json!({ "name": "Stranger" }));
    let own = onboard(&bank, &json!({ "name": "Own" }));
    let answer = send(
        &bank,
        ("POST", "/register"),
        JSON,
        &kit["registration"].to_string(),
        cert(&own),
    );
    answer.expect(
        400,
        Some(("invalid_software_statement", "software_statement.signature")),
    );
    let told = answer.text("error_description");
    assert!(told.contains("another bank's directory"), "{told}");
    // The same seed makes the same directory key, and yet the software is not there.
    let twin = self::bank();
    for _ in 0..2 {
        onboard(&twin, &json!({ "name": "Twin" }));
    }
    let kit = onboard(&twin, &json!({ "name": "Twin" }));
    let answer = send(
        &bank,
        ("POST", "/register"),
        JSON,
        &kit["registration"].to_string(),
        cert(&own),
    );
    answer.expect(
        400,
        Some(("invalid_software_statement", "software_statement.known")),
    );
    let ssa = with(
        claims_of(&kit, "software_statement"),
        &json!({ "iss": "OpenBanking Ltd" }),
    );
    let body = with(
        kit["registration"].clone(),
        &json!({ "software_statement": sign(&kit, &ssa) }),
    );
    let answer = send(
        &bank,
        ("POST", "/register"),
        JSON,
        &body.to_string(),
        cert(&own),
    );
    answer.expect(
        400,
        Some(("invalid_software_statement", "software_statement.directory")),
    );
    let told = answer.text("error_description");
    assert!(told.contains("a directory this bank knows"), "{told}");
}

#[test]
fn a_strict_bank_wants_the_organisation_s_own_certificate() {
    let (bank, kit) = bank_and_kit(&json!({ "roles": ["AISP"] }));
    let other = onboard(&bank, &json!({ "name": "Other", "roles": ["AISP"] }));
    let body = kit["registration"].to_string();
    let answer = send(&bank, ("POST", "/register"), JSON, &body, cert(&other));
    answer.expect(401, Some(("invalid_client", "registration.certificate")));
    let answer = send(&bank, ("POST", "/register"), JSON, &body, None);
    answer.expect(401, Some(("invalid_client", "certificate.present")));
    let registered = register(&bank, &kit);
    let path = format!("/register/{}", registered.text("client_id"));
    let bearer = format!("Bearer {}", registered.text("registration_access_token"));
    for method in ["GET", "PUT", "DELETE"] {
        let headers = [JSON[0], ("authorization", bearer.as_str())];
        for (certificate, rule) in [
            (None, "certificate.present"),
            (cert(&other), "registration.certificate"),
        ] {
            let answer = send(&bank, (method, &path), &headers, &body, certificate);
            answer.expect(401, Some(("invalid_client", rule)));
        }
    }
    let sandbox = InMemoryBank::builder()
        .scenario_text(
            DIRECTORIES
                .replace("TRUST", "")
                .replace("strict", "sandbox"),
        )
        .clock_at(start())
        .in_memory()
        .unwrap();
    let (kit, other) = (
        onboard(&sandbox, &json!({ "name": "A" })),
        onboard(&sandbox, &json!({ "name": "B" })),
    );
    let body = kit["registration"].to_string();
    send(&sandbox, ("POST", "/register"), JSON, &body, cert(&other)).expect(201, None);
}

/// Rule and change.
type Table = &'static [(&'static str, &'static str)];

const BAD_ADDRESSES: Table = &[
    ("registration.redirect_uri", r#"{"redirect_uris": []}"#),
    (
        "registration.redirect_uri",
        r#"{"redirect_uris": ["http://evil.example/cb"]}"#,
    ),
    (
        "registration.redirect_uri",
        r#"{"redirect_uris": ["https://localhost:9443/callback#here"]}"#,
    ),
    (
        "registration.redirect_uri_in_statement",
        r#"{"redirect_uris": ["https://localhost:9443/callback?more=1"]}"#,
    ),
];

const BAD_MEMBERS: Table = &[
    (
        "registration.types",
        r#"{"redirect_uris": "https://localhost:9443/callback"}"#,
    ),
    ("registration.types", r#"{"client_name": ""}"#),
    ("registration.types", r#"{"contacts": [7]}"#),
    (
        "registration.types",
        r#"{"tls_client_certificate_bound_access_tokens": "yes"}"#,
    ),
    (
        "registration.auth_method",
        r#"{"token_endpoint_auth_method": "client_secret_basic"}"#,
    ),
    (
        "registration.auth_method",
        r#"{"token_endpoint_auth_method": "none"}"#,
    ),
    (
        "registration.subject_dn",
        r#"{"token_endpoint_auth_method": "tls_client_auth"}"#,
    ),
    (
        "registration.subject_dn",
        r#"{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "no name"}"#,
    ),
    (
        "registration.grant_types",
        r#"{"grant_types": ["password"]}"#,
    ),
    ("registration.response_types", r#"{"response_types": []}"#),
    (
        "registration.response_types",
        r#"{"response_types": ["token"]}"#,
    ),
    ("registration.scope", r#"{"scope": "openid payments"}"#),
    ("registration.scope", r#"{"scope": "openid everything"}"#),
    (
        "registration.signing_alg",
        r#"{"id_token_signed_response_alg": "RS256"}"#,
    ),
    (
        "registration.signing_alg",
        r#"{"id_token_signed_response_alg": "none"}"#,
    ),
    (
        "registration.signing_alg",
        r#"{"authorization_signed_response_alg": "RS256"}"#,
    ),
    (
        "registration.signing_alg",
        r#"{"request_object_signing_alg": "HS256"}"#,
    ),
    (
        "registration.signing_alg",
        r#"{"token_endpoint_auth_signing_alg": "RS256"}"#,
    ),
    (
        "registration.encryption_alg",
        r#"{"id_token_encrypted_response_alg": "RSA1_5"}"#,
    ),
    (
        "registration.encryption_alg",
        r#"{"id_token_encrypted_response_enc": "A256GCM"}"#,
    ),
    (
        "registration.encryption_key",
        r#"{"id_token_encrypted_response_alg": "ECDH-ES"}"#,
    ),
    (
        "registration.application_type",
        r#"{"application_type": "desktop"}"#,
    ),
    ("registration.software_id", r#"{"software_id": "another"}"#),
    (
        "registration.jwks",
        r#"{"jwks_uri": "https://tpp.example/jwks"}"#,
    ),
    ("registration.jwks", r#"{"jwks": {"keys": []}}"#),
];

const BAD_STATEMENTS: Table = &[
    (
        "software_statement.present",
        r#"{"software_statement": null}"#,
    ),
    ("software_statement.present", r#"{"software_statement": 7}"#),
    (
        "software_statement.readable",
        r#"{"software_statement": "no.jwt"}"#,
    ),
];
