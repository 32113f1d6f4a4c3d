//! A fault that a call asks for itself, in `x-hamster-fault`.

use serde_json::json;

use super::{arm, counts};
use crate::support::{Response, TestBank, Tpp, Variant, Way};

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

/// An authorization with this fault asked for, and without a state if so wished.
fn visit(tpp: &Tpp<'_>, way: Way, fault: &str, has_state: bool) -> Response {
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let mut request = tpp.request(way, &consent);
    if !has_state {
        request.jwt = request.jwt.without("state");
    }
    let url = tpp.authorization_url(way, &request);
    let call = tpp.bank().customer("hazel").follows(&url);
    call.header("x-hamster-fault", fault).send()
}

#[track_caller]
fn unfit(answer: &Response, fault: &str) {
    assert_eq!(answer.status(), 400, "{fault}");
    assert_eq!(answer.json()["code"], "invalid_fault", "{fault}");
    assert_eq!(answer.header("x-hamster-fault-fired"), None, "{fault}");
    answer.check_verdict("fault.fits");
}

/// Goal: a fault that could do nothing to the call it was asked for is refused, and not said to have fired.
#[test]
fn a_fault_that_cannot_act_on_the_call_is_refused() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    for (way, fault) in [
        (Way::PUSHED_HYBRID, "jarm.iss.wrong"),
        (Way::PUSHED_HYBRID, "jarm.aud.wrong"),
        (Way::PUSHED_HYBRID, "jarm.exp.expired"),
        (Way::PUSHED_HYBRID, "jarm.signature"),
        (Way::PUSHED_HYBRID, "jarm.alg_none"),
        (Way::PUSHED_JARM, "authorize.iss.wrong"),
        (Way::PUSHED_JARM, "authorize.iss.missing_though_advertised"),
        (Way::PUSHED_JARM, "id_token.nonce.wrong"),
        (Way::PUSHED_JARM, "id_token.c_hash.wrong"),
    ] {
        unfit(&visit(&tpp, way, fault, true), fault);
    }
    for fault in ["authorize.state.missing", "authorize.state.wrong"] {
        unfit(&visit(&tpp, Way::PUSHED_JARM, fault, false), fault);
    }
    let grant = tpp.grant(&["ReadAccounts"]);
    for (call, fault) in [
        (tpp.refresh(&grant.refresh_token), "token.answer_lost.code"),
        (
            tpp.token([("grant_type", "client_credentials"), ("scope", "consents")]),
            "token.answer_lost.refresh",
        ),
        (grant.get("/accounts"), "consent.revoked_between_pages"),
    ] {
        unfit(&call.clone().header("x-hamster-fault", fault).send(), fault);
        // Nothing happened.
        call.send().ok();
    }
}

/// Goal: an ID token of the very answer is meant, so nobody has to say at which endpoint it is made.
#[test]
fn an_id_token_is_spoiled_where_it_was_asked_for() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    for way in [Way::PUSHED_HYBRID, Way::PUSHED_JARM] {
        let (code, request) = tpp.code(way);
        let call = tpp.exchange(&code, &request);
        let answer = call.header("x-hamster-fault", "id_token.iss.wrong").send();
        assert_eq!(answer.fired(), ["id_token.iss.wrong"], "{way:?}");
        answer.ok();
    }
}
