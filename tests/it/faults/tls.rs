//! The family `tls` on real sockets: a client that checks finds the one flaw, before it has sent anything.

use serde_json::json;

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

#[test]
fn the_handshake_that_failed_is_in_the_journal() {
    let bank = OpenBank::open();
    bank.arm(&json!({"when": {"times": 1}, "then": [{"fault": "tls.server_cert.expired"}]}));
    bank.shake(Version::Http1).unwrap_err();
    let (_, told) = bank.control("GET", "/requests?kind=connection&wait=10s", &json!(null));
    let entry = &told["items"][0];
    assert!(entry.to_string().contains("handshake"), "{entry:#}");
}

/// Goal: a bank without a listener of its own cannot have its connections spoiled.
#[test]
fn a_bank_by_path_takes_no_faults_of_connections() {
    let main = TestBank::open();
    let bank = main.beside(&json!({"at": "path"}));
    for fault in ["tls.server_cert.expired", "transport.refuse"] {
        let rule = json!({"when": {"times": 1}, "then": [{"fault": fault}]});
        let answer = bank.operator().post("/faults", &rule);
        assert_eq!(answer.status(), 422, "{fault}");
    }
}
