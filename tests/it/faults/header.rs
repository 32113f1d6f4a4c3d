//! A fault that a call asks for itself, in `x-hamster-fault`.

use serde_json::json;

use super::{arm, counts};
use crate::support::{TestBank, Variant};

#[test]
fn a_call_asks_for_a_fault_of_its_own_and_touches_no_rule() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let rule = json!({
        "when": {"route": "oauth.discovery", "times": 1},
        "then": [{"fault": "discovery.issuer_mismatch.suffix"}],
    });
    let id = arm(&bank, &rule);
    let call = grant
        .get("/accounts")
        .header("x-hamster-fault", "token.expired_early");
    let answer = call.send();
    assert_eq!(
        answer.header("x-hamster-fault-fired"),
        Some("token.expired_early")
    );
    assert_eq!(answer.fired(), ["token.expired_early"]);
    answer.refused(401, "invalid_token", "access_token.expiry");
    assert_eq!(counts(&bank, &id), (0, 0));
    let other = bank.tpp("clover-check").grant(&["ReadAccounts"]);
    let untouched = other.get("/accounts").send();
    assert_eq!(untouched.header("x-hamster-fault-fired"), None);
    untouched.ok();
}

#[test]
fn its_parameters_are_read_and_checked() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let token = |fault: &str| {
        let params = [("grant_type", "client_credentials"), ("scope", "consents")];
        tpp.token(params).header("x-hamster-fault", fault).send()
    };
    let body = token("token.lifetime; seconds=7").ok();
    assert_eq!(body["expires_in"], 7);
    let refused = token("token.error;value=\"mood; bad\";status=429");
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.json()["error"], "mood; bad");
    refused.check_verdict("fault");
    for (fault, code, rule) in [
        ("token.expird_early", "unknown_fault", "fault.known"),
        ("", "unknown_fault", "fault.known"),
        ("token.lifetime; seconds=0", "invalid_fault", "fault.fits"),
        ("token.lifetime; seconds=x", "invalid_fault", "fault.fits"),
        ("token.lifetime; second=1", "invalid_fault", "fault.fits"),
        ("token.expired_early", "invalid_fault", "fault.fits"),
        (
            "id_token.nonce.wrong; at=front",
            "invalid_fault",
            "fault.fits",
        ),
    ] {
        let answer = token(fault);
        assert_eq!(answer.status(), 400, "{fault}");
        assert_eq!(answer.json()["code"], code, "{fault}");
        answer.check_verdict(rule);
    }
    let params = [("grant_type", "client_credentials"), ("scope", "consents")];
    let twice = tpp.token(params).header("x-hamster-fault", "token.error");
    let twice = twice.and_header("x-hamster-fault", "token.error").send();
    assert_eq!(twice.json()["code"], "invalid_fault");
    twice.check_verdict("fault.fits");
}

#[test]
fn a_fault_that_finds_nothing_to_break_did_not_fire() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    // Whoever calls without a good token ends nobody's.
    let call = tpp
        .call(http::Method::GET, "/open-banking/v1/accounts")
        .bearer("none");
    let answer = call.header("x-hamster-fault", "token.expired_early").send();
    assert_eq!(answer.header("x-hamster-fault-fired"), None);
    assert!(answer.fired().is_empty());
    let note = &answer.entry()["faults"][0];
    assert_eq!(note["fault"], "token.expired_early");
    assert_eq!(note["fired"], false);
    answer.refused(401, "invalid_token", "access_token.known");
}

#[test]
fn a_scenario_may_forbid_it() {
    let bank = TestBank::varied(&Variant::default().bank("fault_header: forbid"));
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let call = grant.get("/accounts");
    let asked = call
        .clone()
        .header("x-hamster-fault", "token.expired_early");
    asked.send().refused(403, "fault_forbidden", "fault.header");
    call.send().ok();
}
