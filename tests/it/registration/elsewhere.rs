//! Another directory than the bank's own: its statements, and keys that are fetched from where they say.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use hamsterbank::InMemoryBank;
use serde_json::{Value, json};

use super::tpp::*;

#[test]
fn statements_of_a_directory_that_the_scenario_trusts_are_judged_whole() {
    let elsewhere = Elsewhere::open(1);
    let tables = [
        ("invalid_software_statement", INVALID),
        ("unapproved_software_statement", UNAPPROVED),
    ];
    for (error, table) in tables {
        for (rule, change) in table {
            let answer = elsewhere.register(&serde_json::from_str(change).unwrap());
            answer.expect(400, Some((error, rule)));
        }
    }
    let long = json!({ "software_id": "s".repeat(23) });
    let rule = "software_statement.claims";
    elsewhere
        .register(&long)
        .expect(400, Some(("invalid_software_statement", rule)));
    let nowhere = json!({ "software_jwks_endpoint": "http://127.0.0.1:1/keys" });
    elsewhere
        .register(&nowhere)
        .expect(400, Some((METADATA, "registration.keys")));
    elsewhere.register(&json!({})).expect(201, None);
}

#[test]
fn a_statement_says_that_it_is_a_jwt_or_nothing() {
    let elsewhere = Elsewhere::open(1);
    let error = "invalid_software_statement";
    let answer = elsewhere.register_as(Some("at+jwt"), &json!({}));
    answer.expect(400, Some((error, "software_statement.typ")));
    elsewhere
        .register_as(Some("jwt"), &json!({}))
        .expect(201, None);
}

#[test]
fn what_the_authority_says_must_cover_software_and_certificate() {
    let elsewhere = Elsewhere::open(1);
    let pisp = json!([{ "member_state": "GB", "roles": ["PISP"] }]);
    let both = json!([{ "member_state": "GB", "roles": ["AISP", "PISP"] }]);
    let two_roles = json!({ "software_roles": ["AISP", "PISP"] });
    for (change, rule) in [
        (
            elsewhere.authority(&json!({ "status": "Withdrawn" })),
            "registration.authority_status",
        ),
        (
            elsewhere.authority(&json!({ "authorisations": pisp })),
            "registration.authority_roles",
        ),
        (two_roles.clone(), "registration.authority_roles"),
        (
            elsewhere.authority(&json!({ "registration_id": "9" })),
            "registration.authority_id",
        ),
        (
            elsewhere.authority(&json!({ "authority_id": "BAFINDEU" })),
            "registration.authority_id",
        ),
        (
            with(
                elsewhere.authority(&json!({ "authorisations": both })),
                &two_roles,
            ),
            "registration.certificate_roles",
        ),
    ] {
        let answer = elsewhere.register(&change);
        answer.expect(400, Some(("unapproved_software_statement", rule)));
    }
    // With another number too, neither name nor organizationIdentifier of the certificate is left.
    let others =
        json!({ "org_id": "other", "software_id": "other", "software_client_id": "other" });
    let change = with(
        others,
        &elsewhere.authority(&json!({ "registration_id": "9" })),
    );
    let answer = elsewhere.register(&change);
    answer.expect(401, Some(("invalid_client", "registration.certificate")));
}

#[test]
fn a_kid_that_is_not_there_is_not_looked_for_twice_within_the_minute() {
    let elsewhere = Elsewhere::open(1);
    let client_id = elsewhere.register(&json!({})).text("client_id");
    let (bank, kit) = (&elsewhere.bank, &elsewhere.kit);
    client_credentials(bank, kit, &client_id).expect(200, None);
    let rotated = with(kit.clone(), &json!({ "signing_jwk": elsewhere.next_key }));
    let answer = client_credentials(bank, &rotated, &client_id);
    answer.expect(401, Some(("invalid_client", "client_assertion.signature")));
}

#[test]
fn an_id_token_is_encrypted_for_whoever_registered_that() {
    // Goal: the software's own set of keys holds one for encryption, under RSA-OAEP.
    let elsewhere = Elsewhere::open(1);
    let error = "registration.encryption_alg";
    let wishes = json!({ "id_token_encrypted_response_alg": "RSA1_5" });
    let answer = elsewhere.register_with(&wishes);
    answer.expect(400, Some((METADATA, error)));
    let wishes = json!({ "id_token_encrypted_response_alg": "RSA-OAEP-256" });
    let answer = elsewhere.register_with(&wishes);
    answer.expect(201, None);
    assert_eq!(
        answer.body["id_token_encrypted_response_enc"],
        "A128CBC-HS256"
    );
    let granted = grant(&elsewhere.bank, &elsewhere.kit, &answer.text("client_id"));
    assert_eq!(
        granted.id_token.split('.').count(),
        5,
        "{}",
        granted.id_token
    );
}

#[test]
fn certificates_of_a_ca_that_the_scenario_trusts_are_taken() {
    let foreign = bank();
    let pem = foreign.ca().0.replace('\n', "\n      ");
    let yaml = DIRECTORIES.replace("TRUST", &format!("trust:\n    - |\n      {pem}"));
    let builder = InMemoryBank::builder().scenario_text(yaml.clone());
    let bank = builder.clock_at(start()).in_memory().unwrap();
    let kit = onboard(&foreign, &json!({ "name": "Willow" }));
    let answer = register(&bank, &kit);
    let error = "invalid_software_statement";
    answer.expect(400, Some((error, "software_statement.known")));
    for written in [
        "no-such-file.pem",
        "{directory: Elsewhere, jwks: no-such-file.json}",
    ] {
        let yaml = DIRECTORIES.replace("TRUST", &format!("trust: [{written}]"));
        let refused = InMemoryBank::builder().scenario_text(yaml).in_memory();
        let told = refused.err().unwrap().to_string();
        assert!(told.contains("no-such-file"), "{told}");
    }
}

/// A bank that trusts another directory, and a kit whose statement that directory signs.
struct Elsewhere {
    bank: InMemoryBank,
    kit: Value,
    directory_key: Value,
    next_key: Value,
    jwks_url: String,
}

impl Elsewhere {
    /// Serves the kit's keys `times` times.
    fn open(times: usize) -> Self {
        let keys = bank();
        let directory_key: Value = {
            let acorn = keys.client("acorn-budget");
            serde_json::from_str(acorn.signing_jwk()).unwrap()
        };
        let next_key = onboard(&keys, &json!({ "name": "Next" }))["signing_jwk"].clone();
        let trust = json!({ "keys": [public(&directory_key)] }).to_string();
        let trust = format!("trust: [{{directory: Elsewhere, jwks: '{trust}'}}]");
        let bank = InMemoryBank::builder()
            .scenario_text(DIRECTORIES.replace("TRUST", &trust))
            .clock_at(start())
            .in_memory()
            .unwrap();
        let kit = onboard(&bank, &json!({ "name": "Willow", "roles": ["AISP"] }));
        let encryption = with(
            public(&next_key),
            &json!({ "use": "enc", "alg": null, "kid": "enc" }),
        );
        let keys = json!({ "keys": [kit["jwks"]["keys"][0], encryption] });
        let jwks_url = serve(keys.to_string(), times);
        Self {
            bank,
            kit,
            directory_key,
            next_key,
            jwks_url,
        }
    }

    /// Registers with a statement whose claims are changed.
    fn register(&self, change: &Value) -> Answer {
        self.register_as(None, change)
    }

    fn register_as(&self, typ: Option<&str>, change: &Value) -> Answer {
        self.send(&json!({ "software_statement": self.statement(typ, change) }))
    }

    /// Registers with members besides the statement.
    fn register_with(&self, members: &Value) -> Answer {
        let statement = self.statement(None, &json!({}));
        self.send(&with(json!({ "software_statement": statement }), members))
    }

    fn send(&self, body: &Value) -> Answer {
        let certificate = cert(&self.kit);
        send(
            &self.bank,
            ("POST", "/register"),
            JSON,
            &body.to_string(),
            certificate,
        )
    }

    fn statement(&self, typ: Option<&str>, change: &Value) -> String {
        let claims = claims_of(&self.kit, "software_statement");
        let elsewhere = json!({ "iss": "Elsewhere", "software_jwks_endpoint": self.jwks_url });
        let claims = with(with(claims, &elsewhere), change);
        sign_with(("PS256", typ), &self.directory_key, &claims)
    }

    /// A change of what the competent authority says.
    fn authority(&self, change: &Value) -> Value {
        let name = "organisation_competent_authority_claims";
        let claims = claims_of(&self.kit, "software_statement");
        json!({ name: with(claims[name].clone(), change) })
    }
}

/// Answers so many calls with this document, on a port of the system's choice.
fn serve(document: String, times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for _ in 0..times {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 2048]);
            let length = document.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all(format!("{head}{document}").as_bytes());
        }
    });
    format!("http://{address}/keys")
}

/// Rule and change.
type Table = &'static [(&'static str, &'static str)];

const INVALID: Table = &[
    ("software_statement.age", r#"{"iat": 1705224600}"#),
    ("software_statement.age", r#"{"iat": 1705318200}"#),
    ("software_statement.age", r#"{"iat": null}"#),
    ("software_statement.age", r#"{"exp": 1705314540}"#),
    ("software_statement.jti", r#"{"jti": null}"#),
    ("software_statement.jti", r#"{"jti": ""}"#),
    (
        "software_statement.claims",
        r#"{"software_id": "no base 62"}"#,
    ),
    ("software_statement.claims", r#"{"software_id": null}"#),
    ("software_statement.claims", r#"{"software_client_id": 7}"#),
    ("software_statement.claims", r#"{"org_id": null}"#),
    (
        "software_statement.claims",
        r#"{"software_redirect_uris": []}"#,
    ),
    ("software_statement.claims", r#"{"software_roles": "AISP"}"#),
    (
        "software_statement.claims",
        r#"{"software_jwks_endpoint": "http://evil.example/keys"}"#,
    ),
];

const UNAPPROVED: Table = &[
    (
        "software_statement.org_status",
        r#"{"org_status": "Revoked"}"#,
    ),
    ("software_statement.org_status", r#"{"org_status": null}"#),
    (
        "software_statement.roles",
        r#"{"software_roles": ["ASPSP"]}"#,
    ),
    (
        "registration.authority_status",
        r#"{"organisation_competent_authority_claims": null}"#,
    ),
];
