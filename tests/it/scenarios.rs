//! Scenarios at an open bank: read back, replaced, read again; and each shipped one, played (CONTROL,
//! sections 5, 6 and 11).

use http::Method;
use serde_json::{Value, json};

use crate::support::{Operator, TestBank, Variant, Way};

fn get_text(bank: &TestBank, target: &str) -> String {
    let answer = bank.operator().send(Operator::request(Method::GET, target));
    assert_eq!(answer.status(), 200, "{answer:?}");
    String::from_utf8(answer.into_body()).unwrap()
}

fn put(bank: &TestBank, scenario: &Value) -> (u16, Value) {
    let mut request = Operator::request(Method::PUT, "/scenario");
    let json = http::HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    *request.body_mut() = scenario.to_string().into_bytes();
    let answer = bank.operator().send(request);
    let told = serde_json::from_slice(answer.body()).unwrap();
    (answer.status().as_u16(), told)
}

fn reload(bank: &TestBank) -> (u16, Value) {
    let answer = bank.operator().post("/scenario/reload", &json!({}));
    let told = serde_json::from_slice(answer.body()).unwrap();
    (answer.status().as_u16(), told)
}

/// Goal: what GET `/scenario` tells opens the same bank, which tells the same, byte for byte.
#[test]
fn a_bank_tells_a_scenario_that_opens_the_same_bank() {
    for name in ["default", "docs", "payments-gone-wrong", "rejected-consent"] {
        let bank = TestBank::scenario(name);
        let told = get_text(&bank, "/scenario");
        let document: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(document["name"], name);
        let beside = bank.beside(&json!({"at": "path", "scenario": document}));
        assert_eq!(get_text(&beside, "/scenario"), told, "{name}");
        for list in ["/customers", "/accounts", "/payments", "/clients"] {
            let (one, other) = (get_text(&bank, list), get_text(&beside, list));
            if list == "/clients" {
                let ids = |text: &str| text.matches("client_id").count();
                assert_eq!(ids(&one), ids(&other), "{name}");
            } else {
                assert_eq!(one, other, "{name} {list}");
            }
        }
        let (status, again) = put(&bank, &document);
        assert_eq!((status, again.to_string()), (200, told.clone()), "{name}");
        assert_eq!(get_text(&bank, "/scenario"), told, "{name}");
    }
}

#[test]
fn what_is_in_force_is_told_with_all_that_was_left_out() {
    let bank = TestBank::open();
    let order = json!({
        "at": "path", "scenario": "version: 1\nname: mine\nextends: docs\nbank: {page_size: 7}\n",
        "seed": 7, "clock": "2030-01-01T00:00:00Z",
    });
    let beside = bank.beside(&order);
    beside.operator().advance_clock("3d");
    let told = beside.operator().get("/scenario");
    assert_eq!(
        (&told["name"], &told["bank"]["seed"]),
        (&json!("mine"), &json!(7))
    );
    // Where it began, not where it is: that is where the people's histories end.
    assert_eq!(told["bank"]["clock"], "2030-01-01T00:00:00Z");
    assert_eq!(
        (&told["bank"]["page_size"], &told["bank"]["links"]),
        (&json!(7), &json!("as_documented"))
    );
    assert_eq!(told["bank"]["tokens"]["access"], "5m");
    assert_eq!(told["bank"]["profile"], "relaxed");
    assert_eq!(told["customers"][0]["otp"], "123456");
    assert!(told.get("extends").is_none());
    assert_eq!(
        bank.operator().get("/scenario")["bank"]["clock"],
        "2025-06-16T10:30:00Z"
    );
}

/// Goal: another scenario is played at the same addresses with the same keys and certificates.
#[test]
fn a_scenario_is_replaced_and_keys_and_certificates_stay() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (jwks, before) = (bank.jwks(), bank.operator().get("/ready"));
    let grant = acorn.grant(&["ReadAccounts"]);
    let (status, told) = put(&bank, &json!("rejected-consent"));
    assert_eq!((status, &told["name"]), (200, &json!("rejected-consent")));
    bank.look_again();
    assert_eq!(bank.jwks(), jwks);
    let ready = bank.operator().get("/ready");
    assert_eq!(
        (&ready["scenario"], &before["scenario"]),
        (&json!("rejected-consent"), &json!("default"))
    );
    assert_eq!(ready["clients"], before["clients"]);
    assert_eq!(ready["instance"], before["instance"]);
    assert_eq!(ready["customers"].as_array().unwrap().len(), 1);
    let banks = bank.operator().get("/banks");
    assert_eq!(banks["items"][0]["scenario"], "rejected-consent");
    // Nothing that was granted there is granted here.
    let refused = grant.get("/accounts").send();
    refused.refused(401, "invalid_token", "access_token.known");
    // The certificate is the same, and the client is known by it.
    let again = bank.tpp("acorn-budget");
    let made = again
        .post_consent(&json!({ "permissions": ["ReadAccounts"] }))
        .send();
    assert_eq!(made.created()["status"], "awaiting_authorization");
}

/// Goal: a wrong scenario is told as its author would be told, and changes nothing.
#[test]
fn a_wrong_scenario_changes_nothing_and_says_all_that_is_wrong() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let before = get_text(&bank, "/scenario");
    let wrong = json!({
        "version": 1, "name": "wrong", "bnak": {},
        "bank": {"profile": "relaxt", "page_size": 0, "tokens": {"acces": "1s"}},
        "clients": [{"client_id": "a", "redirect_uris": ["https://localhost/"], "roles": ["AIPS"]}],
    });
    let (status, told) = put(&bank, &wrong);
    assert_eq!(
        (status, &told["code"]),
        (422, &json!("unknown_name")),
        "{told:#}"
    );
    let errors = told["errors"].as_array().unwrap();
    let shown: Vec<_> = (errors.iter())
        .map(|error| {
            (
                error["pointer"].as_str().unwrap(),
                error["nearest"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("/bank/tokens/acces", Some("access")),
            ("/bnak", Some("bank")),
            ("/bank/profile", Some("relaxed")),
            ("/bank/page_size", None),
            ("/clients/0/roles/0", Some("AISP")),
        ]
    );
    assert!(
        errors.iter().all(|error| error["expected"].is_string()),
        "{told:#}"
    );
    assert_eq!(
        (&told["pointer"], &told["nearest"]),
        (&errors[0]["pointer"], &errors[0]["nearest"])
    );
    for (scenario, status, code) in [
        (json!("defalt"), 422, "unknown_name"),
        (json!("version: 1\nname: [x\n"), 422, "invalid_value"),
        (json!(7), 422, "invalid_value"),
        (json!([]), 422, "invalid_value"),
        (
            json!({"version": 1, "name": "x", "bank": {"trust": ["/no/such/file.pem"]}}),
            409,
            "scenario_unusable",
        ),
    ] {
        let (answered, told) = put(&bank, &scenario);
        assert_eq!(
            (answered, told["code"].as_str()),
            (status, Some(code)),
            "{scenario}: {told:#}"
        );
    }
    assert_eq!(get_text(&bank, "/scenario"), before);
    grant.get("/accounts").send().ok();
    let order = json!({"at": "path", "scenario": wrong});
    let told = bank.operator().post("/banks", &order);
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    assert_eq!(told["pointer"], "/scenario/bank/tokens/acces");
}

#[test]
fn a_built_in_scenario_is_loaded_again_with_what_was_said_over_it() {
    let bank = TestBank::open();
    let order = json!({"at": "path", "scenario": "docs", "seed": 9});
    let beside = bank.beside(&order);
    assert_eq!(put(&beside, &json!("default")).0, 200);
    let (status, told) = reload(&beside);
    assert_eq!(
        (status, &told["name"], &told["bank"]["seed"]),
        (200, &json!("docs"), &json!(9))
    );
    let wrong = beside
        .operator()
        .post("/scenario/reload", &json!({"file": "x"}));
    assert_eq!(wrong.status(), 422);
}

/// Goal: a file is read again, whatever else was played meanwhile; a wrong one keeps the bank.
#[test]
fn a_file_is_read_again() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("mine.yaml");
    let write = |rest: &str| {
        let text = format!("version: 1\nname: mine\nextends: default\n{rest}");
        std::fs::write(&file, text).unwrap();
    };
    write("");
    let bank = TestBank::of_file(&file);
    write("bank: {page_size: 3}\n");
    let (status, told) = reload(&bank);
    assert_eq!(
        (status, &told["bank"]["page_size"]),
        (200, &json!(3)),
        "{told:#}"
    );
    write("bank: {page_size: 0}\n");
    let (status, told) = reload(&bank);
    assert_eq!((status, &told["pointer"]), (422, &json!("/bank/page_size")));
    assert!(
        told["detail"].as_str().unwrap().starts_with("line 4: "),
        "{told}"
    );
    assert_eq!(bank.operator().get("/scenario")["bank"]["page_size"], 3);
    std::fs::remove_file(&file).unwrap();
    let (status, told) = reload(&bank);
    assert_eq!(
        (status, &told["code"]),
        (422, &json!("scenario_unreadable"))
    );
    assert_eq!(bank.operator().get("/scenario")["bank"]["page_size"], 3);
}

/// Goal: a rule that is the same keeps its counts; one that changed, or has no name, begins anew.
#[test]
fn counts_of_rules_survive_when_name_and_content_do() {
    let rules = "journeys:\n  rules:\n    - {name: once, when: {times: 1}, play: no}\n    \
                 - {when: {times: 1}, play: no}\nscripts:\n  no: [reject]\n  later: [abandon]\n";
    let bank = TestBank::varied(&Variant::default().journeys(rules));
    let acorn = bank.tpp("acorn-budget");
    for _ in 0..2 {
        let consent = acorn.create_consent(&["ReadAccounts"]);
        acorn.visit("openid accounts", &consent).status();
    }
    let counts = |bank: &TestBank| {
        let rules = bank.operator().get("/journeys");
        let rules = rules["items"].as_array().unwrap().clone();
        let count = |rule: &Value| {
            (
                rule["matched"].as_u64().unwrap(),
                rule["played"].as_u64().unwrap(),
            )
        };
        rules.iter().map(count).collect::<Vec<_>>()
    };
    assert_eq!(counts(&bank), [(2, 1), (2, 1)]);
    let armed = bank
        .operator()
        .post("/journeys", &json!({"when": {"nth": 1}, "play": "no"}));
    assert_eq!(armed.status(), 201);
    let mut told = bank.operator().get("/scenario");
    assert_eq!(put(&bank, &told).0, 200);
    bank.look_again();
    assert_eq!(counts(&bank), [(2, 1), (0, 0)]);
    told["journeys"]["rules"][0]["play"] = json!("later");
    assert_eq!(put(&bank, &told).0, 200);
    assert_eq!(counts(&bank), [(0, 0), (0, 0)]);
}

#[test]
fn answers_carry_headers_of_a_mock_only_where_the_scenario_has_them() {
    for (line, is_there) in [
        ("response_headers: true", true),
        ("response_headers: false", false),
    ] {
        let bank = TestBank::varied(&Variant::default().bank(line));
        for path in ["/.well-known/jwks.json", "/no/such/path"] {
            let answer = bank.stranger().get(path).send_raw();
            let headers = answer.headers();
            assert_eq!(
                headers.contains_key("x-hamster-request"),
                is_there,
                "{line} {path}"
            );
            assert!(headers.contains_key("x-fapi-interaction-id"));
        }
    }
}

/// Goal: what the guides print, a plain request and a plain code without a certificate, works for the people
/// of the default scenario, and the default bank takes none of it.
#[test]
fn the_relaxed_bank_takes_what_the_guides_print() {
    for (name, is_taken) in [("relaxed", true), ("default", false)] {
        let bank = TestBank::scenario(name);
        let acorn = bank.tpp("acorn-budget");
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let redirect_uri = "https://localhost:9443/callback";
        let url = format!(
            "/oauth/authorize?response_type=code&client_id=acorn-budget&redirect_uri={redirect_uri}\
             &scope=openid%20accounts&state=xyz&consent_id={consent}"
        );
        let answer = bank.customer("hazel").opens(&url);
        if !is_taken {
            assert_eq!(
                answer.entry()["verdict"],
                "request_object.present",
                "{name}"
            );
            let landing = answer.landing();
            assert_eq!(landing.query.get("code"), None, "{name}");
            assert_eq!(landing.fragment.get("code"), None, "{name}");
            continue;
        }
        let landing = answer.landing();
        assert_eq!(
            (&*landing.base, landing.query.get("state")),
            (redirect_uri, Some("xyz"))
        );
        let exchange = acorn.token([
            ("grant_type", "authorization_code"),
            ("code", landing.query.get("code").unwrap()),
            ("redirect_uri", redirect_uri),
        ]);
        let tokens = exchange.without_certificate().send().ok();
        let accounts = bank.stranger().get("/open-banking/v1/accounts");
        let accounts = accounts
            .bearer(tokens["access_token"].as_str().unwrap())
            .consent(&consent);
        assert_eq!(accounts.send().ok()["data"].as_array().unwrap().len(), 8);
    }
}

/// Goal: whoever is sent to the bank of the demonstration can be watched, and decided for.
#[test]
fn customers_of_the_demonstration_take_their_time_each_in_her_own_way() {
    let bank = TestBank::scenario("demo");
    let people = bank.operator().get("/customers");
    let people: Vec<_> = people["items"].as_array().unwrap().iter().collect();
    assert_eq!(people.len(), 5);
    let acorn = bank.tpp("acorn-budget");
    for (customer, script) in [
        ("hazel", "slowly"),
        ("rowan", "one-account"),
        ("clementine", "all-thumbs"),
        ("alder", "on-second-thought"),
        ("juniper", "slowly"),
    ] {
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let request = acorn.request(Way::PUSHED_JARM, &consent);
        let request = request.claim("login_hint", customer);
        let url = acorn.authorization_url(Way::PUSHED_JARM, &request);
        let answer = bank.customer(customer).opens_meanwhile(&url, || {
            let list = bank.operator().get("/journeys/pending?wait=60s");
            let waiting = &list["items"][0];
            assert_eq!(
                (&waiting["script"], &waiting["consent_id"]),
                (&json!(script), &json!(consent))
            );
            let path = format!(
                "/journeys/pending/{}/decision",
                waiting["id"].as_str().unwrap()
            );
            let decided = bank.operator().post(&path, &json!({"decision": "reject"}));
            assert_eq!(decided.status(), 200, "{customer}");
        });
        let told = acorn.answer(&answer.landing(), Way::PUSHED_JARM);
        assert_eq!(told["error"], "access_denied", "{customer}");
    }
}

/// What the bank's TLS tells of the CAs it accepts.
#[derive(Debug, Default)]
struct Hints(std::sync::OnceLock<usize>);

impl rustls::client::ResolvesClientCert for Hints {
    fn resolve(
        &self,
        hints: &[&[u8]],
        _: &[rustls::SignatureScheme],
    ) -> Option<std::sync::Arc<rustls::sign::CertifiedKey>> {
        self.0.get_or_init(|| hints.len());
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn tls_names_the_cas_of_clients_only_where_the_scenario_has_them_named() {
    use rustls::pki_types::pem::PemObject as _;
    for (line, count) in [("client_ca_hints: bank", 1), ("client_ca_hints: none", 0)] {
        let text = Variant::default().bank(line).yaml();
        let bank = hamsterbank::Bank::builder()
            .scenario_text(text)
            .start()
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        let ca = bank.ca_pem().as_bytes();
        roots
            .add(rustls::pki_types::CertificateDer::from_pem_slice(ca).unwrap())
            .unwrap();
        let hints = std::sync::Arc::new(Hints::default());
        let provider = rustls::crypto::ring::default_provider();
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(hints.clone());
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let mut session = rustls::ClientConnection::new(config.into(), name).unwrap();
        let (_, port) = bank.issuer().rsplit_once(':').unwrap();
        let mut socket =
            std::net::TcpStream::connect(("localhost", port.parse().unwrap())).unwrap();
        session.complete_io(&mut socket).unwrap();
        assert_eq!(hints.0.get(), Some(&count), "{line}");
    }
}
