//! Clients that bring certificate and keys of their own, from a CA of their own (control contract, section 5).

use std::fmt::Write as _;
use std::path::Path;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};

use crate::support::{Certificates, Identity, TestBank, Variant};

/// A TPP as it comes from elsewhere: its CA, its certificate with the key, and what it signs with.
struct Elsewhere {
    ca: Certificates,
    identity: Identity,
    signing_key: String,
}

impl Elsewhere {
    fn new() -> Self {
        let ca = Certificates::foreign();
        let identity = ca.issue("willow.example");
        Self {
            ca,
            identity,
            signing_key: p256(),
        }
    }

    /// Its members, with what is given put in place of some.
    fn lines(&self, method: &str, changes: &[(&str, Option<&str>)]) -> Vec<String> {
        let members = [
            ("transport_cert", self.identity.cert_pem.as_str()),
            ("transport_key", &self.identity.key_pem),
            ("signing_key", &self.signing_key),
        ];
        let changed = members.into_iter().filter_map(|(name, own)| {
            let change = changes.iter().find(|(changed, _)| *changed == name);
            Some((name, change.map_or(Some(own), |(_, value)| *value)?))
        });
        let fixed = [
            format!("token_endpoint_auth_method: {method}"),
            "signing_alg: ES256".to_owned(),
            "redirect_uris: [\"https://localhost:9443/callback\"]".to_owned(),
        ];
        let own = changed.map(|(name, value)| format!("{name}: {}", json!(value)));
        fixed.into_iter().chain(own).collect()
    }

    /// A scenario with it; its CA is trusted, or not.
    fn yaml(&self, method: &str, trusts: bool, changes: &[(&str, Option<&str>)]) -> String {
        let lines = self.lines(method, changes);
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let variant = Variant::default().client("willow", &lines);
        let trust = format!("trust: [{}]", json!(self.ca.ca_pem()));
        if trusts {
            variant.bank(&trust).yaml()
        } else {
            variant.yaml()
        }
    }
}

fn p256() -> String {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    key.serialize_pem()
}

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[track_caller]
fn walks(bank: &TestBank, own: &Elsewhere) {
    let willow = bank.tpp("willow");
    assert_eq!(willow.kit().transport_cert_pem(), own.identity.cert_pem);
    willow.token(CREDENTIALS).send().ok();
    let grant = willow.grant(&["ReadAccounts"]);
    grant.get("/accounts").send().ok();
    // The CA that the bank makes itself is trusted still.
    bank.tpp("acorn-budget").token(CREDENTIALS).send().ok();
}

#[test]
fn a_client_proves_itself_by_a_certificate_and_a_key_of_its_own() {
    let own = Elsewhere::new();
    for method in ["private_key_jwt", "tls_client_auth"] {
        walks(&TestBank::of_text(&own.yaml(method, true, &[])), &own);
    }
}

/// Goal: the same in a bank by path, whose CAs are its own: the main bank trusts none of them.
#[test]
fn a_bank_by_path_has_such_clients_and_trusts_their_ca_alone() {
    let own = Elsewhere::new();
    let main = TestBank::open();
    let yaml = own.yaml("tls_client_auth", true, &[]);
    let beside = main.beside(&json!({ "scenario": yaml }));
    walks(&beside, &own);
    let refused = main.tpp("burrow-pay").token(CREDENTIALS);
    let refused = refused.certificate(&own.identity.cert_pem).send();
    refused.refused(401, "invalid_client", "certificate.trusted");
    let untrusting = main.beside(&json!({ "scenario": own.yaml("tls_client_auth", false, &[]) }));
    let refused = untrusting.tpp("willow").token(CREDENTIALS).send();
    refused.refused(401, "invalid_client", "certificate.trusted");
}

#[test]
fn what_a_client_brings_is_read_from_files_and_told_where_it_lies() {
    let own = Elsewhere::new();
    let folder = tempfile::TempDir::new().unwrap();
    let mut yaml =
        "version: 1\nname: own\nextends: default\nclients:\n  - client_id: willow\n".to_owned();
    writeln!(
        yaml,
        "    redirect_uris: [\"https://localhost:9443/callback\"]"
    )
    .unwrap();
    writeln!(yaml, "    signing_alg: ES256").unwrap();
    let mut paths = Vec::new();
    for (name, pem) in [
        ("transport_cert", &own.identity.cert_pem),
        ("transport_key", &own.identity.key_pem),
        ("signing_key", &own.signing_key),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        writeln!(yaml, "    {name}: {}", json!(path)).unwrap();
        paths.push(path);
    }
    let bank = hamsterbank::Bank::builder().scenario_text(&yaml);
    let bank = bank.start().unwrap();
    let clients = bank.ready()["clients"].as_array().unwrap();
    let willow = clients
        .iter()
        .find(|it| it["client_id"] == "willow")
        .unwrap();
    for (name, path) in [
        "transport_cert_file",
        "transport_key_file",
        "signing_key_file",
    ]
    .iter()
    .zip(&paths)
    {
        assert_eq!(willow[name].as_str().map(Path::new), Some(path.as_path()));
    }
    assert_eq!(willow.get("signing_jwk_file"), None);
}

#[test]
fn what_does_not_fit_is_refused_before_the_bank_opens() {
    let own = Elsewhere::new();
    let (other_key, rsa) = (p256(), TestBank::open());
    let rsa = rsa.tpp("acorn-budget").kit().signing_key_pem().to_owned();
    for (member, value, told) in [
        ("transport_cert", None, "transport_cert"),
        (
            "transport_key",
            None,
            "transport_cert, transport_key and signing_key go together",
        ),
        (
            "signing_key",
            None,
            "transport_cert, transport_key and signing_key go together",
        ),
        (
            "transport_cert",
            Some("/nowhere/at.all"),
            "transport_cert of client willow",
        ),
        (
            "transport_cert",
            Some(other_key.as_str()),
            "it is no certificate in PEM",
        ),
        (
            "transport_key",
            Some(&other_key),
            "it is not the key of transport_cert",
        ),
        (
            "transport_key",
            Some(&own.identity.cert_pem),
            "expected an unencrypted PKCS#8 key",
        ),
        (
            "signing_key",
            Some(&rsa),
            "it is a key for PS256, and signing_alg is ES256",
        ),
        (
            "signing_key",
            Some(&own.identity.cert_pem),
            "expected an unencrypted PKCS#8 key",
        ),
    ] {
        let yaml = own.yaml("private_key_jwt", true, &[(member, value)]);
        let refused = hamsterbank::InMemoryBank::builder()
            .scenario_text(yaml)
            .in_memory();
        let refused = refused.expect_err(told).to_string();
        assert!(refused.contains(told), "{member}: {refused}");
    }
}

#[test]
fn a_client_that_is_made_may_bring_its_own() {
    let own = Elsewhere::new();
    let yaml = own.yaml("private_key_jwt", true, &[]);
    let bank = TestBank::of_text(&yaml);
    let mut entry = json!({
        "client_id": "poplar",
        "signing_alg": "ES256",
        "redirect_uris": ["https://localhost:9443/callback"],
        "transport_cert": own.identity.cert_pem,
        "transport_key": own.identity.key_pem,
        "signing_key": p256(),
    });
    let post = |entry: &Value| {
        let answer = bank.operator().post("/clients", entry);
        let document: Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), document)
    };
    for (member, value) in [
        ("transport_key", p256()),
        ("transport_cert", "/nowhere/at.all".to_owned()),
        ("signing_key", own.identity.cert_pem.clone()),
    ] {
        let mut wrong = entry.clone();
        wrong[member] = value.into();
        let (status, problem) = post(&wrong);
        assert_eq!((status, &problem["code"]), (422, &"invalid_value".into()));
        assert_eq!(problem["pointer"], format!("/{member}"), "{problem}");
    }
    let mut lacking = entry.clone();
    lacking.as_object_mut().unwrap().remove("signing_key");
    let (status, problem) = post(&lacking);
    assert_eq!((status, &problem["pointer"]), (422, &"/signing_key".into()));
    let (status, made) = post(&entry);
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["transport_cert_pem"], own.identity.cert_pem);
    entry = json!({ "transport_key": p256() });
    let changed = bank
        .operator()
        .call(http::Method::PATCH, "/clients/poplar", &entry);
    assert_eq!(changed.status(), 422);
}
