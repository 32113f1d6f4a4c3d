//! The family `tls` on real sockets: a client that checks finds the one flaw, before it has sent anything.

use http::Method;
use serde_json::{Value, json};

use super::line::{End, OpenBank, Version};
use crate::support::TestBank;

#[test]
fn a_client_that_checks_finds_the_flaw_and_no_other() {
    let bank = OpenBank::open();
    for (fault, found) in [
        ("tls.server_cert.expired", "Expired"),
        ("tls.server_cert.wrong_host", "not valid for"),
        ("tls.server_cert.untrusted_issuer", "UnknownIssuer"),
    ] {
        for version in Version::BOTH {
            let id = bank.arm(&json!({"when": {"times": 1}, "then": [{"fault": fault}]}));
            let error = bank.shake(version).unwrap_err();
            let found = found.to_lowercase();
            assert!(error.to_lowercase().contains(&found), "{fault}: {error}");
            assert_eq!(bank.counts(&id), (1, 1), "{fault}");
            // The next connection is shown the right one.
            let got = bank.get(version, "/.well-known/jwks.json", None);
            assert_eq!(got.end, End::Whole, "{fault}: {got:?}");
        }
    }
}

/// Goal: what the bank did to a connection is told as a fault that fired, whatever the client made of it; that the
/// client then went away is an entry of its own.
#[test]
fn a_connection_that_was_spoiled_is_in_the_journal() {
    let bank = OpenBank::open();
    let rule = json!({"name": "old", "when": {"times": 1}, "then": [{"fault": "tls.server_cert.expired"}]});
    let id = bank.arm(&rule);
    bank.shake(Version::Http1).unwrap_err();
    let entries = loop {
        let told = bank
            .control("GET", "/requests?kind=connection", &json!(null))
            .1;
        let items = told["items"].as_array().unwrap().clone();
        if let Ok(both) = <[Value; 2]>::try_from(items) {
            break both;
        }
        std::thread::yield_now();
    };
    let [spoiled, failed] = entries;
    assert_eq!(spoiled["verdict"], "fault", "{spoiled:#}");
    let note = json!({
        "fault": "tls.server_cert.expired", "fired": true, "held_back": null,
        "rule": id, "name": "old", "parameters": {},
    });
    assert_eq!(spoiled["faults"], json!([note]));
    assert_eq!(failed["verdict"], "handshake_failed", "{failed:#}");
    assert_eq!(failed["faults"], json!([]));
}

/// Goal: a bank without a listener of its own cannot have its connections spoiled, by no way of saying so.
#[test]
fn a_bank_by_path_takes_no_faults_of_connections() {
    let main = TestBank::open();
    let bank = main.beside(&json!({"at": "path"}));
    for fault in ["tls.server_cert.expired", "transport.refuse"] {
        let rule = json!({"when": {"times": 1}, "then": [{"fault": fault}]});
        let fine = json!({"when": "always", "then": [{"fault": "http.empty_200"}]});
        let scenario = json!({"version": 1, "name": "spoiled", "faults": [fine, rule]});
        let order = json!({"at": "path", "scenario": scenario});
        for (answer, pointer) in [
            (bank.operator().post("/faults", &rule), "/then/0/fault"),
            (
                main.operator().post("/banks", &order),
                "/scenario/faults/1/then/0/fault",
            ),
            (
                bank.operator().call(Method::PUT, "/scenario", &scenario),
                "/faults/1/then/0/fault",
            ),
        ] {
            let problem: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(answer.status(), 422, "{fault}: {problem:#}");
            assert_eq!(problem["pointer"], pointer, "{problem:#}");
            let expected = "a fault of requests: a bank by path has no connections of its own";
            assert_eq!(problem["expected"], expected);
        }
        assert_eq!(
            main.operator().get("/banks")["items"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(bank.operator().get("/faults")["items"], json!([]));
    }
}

/// Goal: at accept nobody has shown a certificate, so no rule can wait for one there.
#[test]
fn a_fault_of_connections_asks_for_no_certificate() {
    let bank = OpenBank::open();
    let when = json!({"certificate": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"});
    for fault in ["tls.server_cert.expired", "transport.refuse"] {
        let rule = json!({"when": when, "then": [{"fault": fault}]});
        let (status, problem) = bank.control("POST", "/faults", &rule);
        assert_eq!((status, &problem["pointer"]), (422, &json!("/when")));
        let expected = problem["expected"].as_str().unwrap();
        assert!(
            expected.starts_with("connection, between, ttl and counts alone"),
            "{expected}"
        );
    }
}
