//! The family `token`: the token endpoint, and tokens at the resources.

use serde_json::{Value, json};

use super::{arm, arm_always, counts, operate};
use crate::support::{TestBank, Way};

fn once(bank: &TestBank, fault: &str) -> String {
    arm(
        bank,
        &json!({"when": {"times": 1}, "then": [{"fault": fault}]}),
    )
}

#[test]
fn a_good_token_is_dead_early_and_a_refresh_helps() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let other = bank.tpp("clover-check").grant(&["ReadAccounts"]);
    let rule = json!({
        "when": {"route": "banking.accounts", "times": 1},
        "then": [{"fault": "token.expired_early"}],
    });
    let id = arm(&bank, &rule);
    let refused = grant.get("/accounts").send();
    assert_eq!(refused.fired(), ["token.expired_early"]);
    let challenge = refused.header("www-authenticate").unwrap().to_owned();
    assert!(challenge.contains("invalid_token"), "{challenge}");
    refused.refused(401, "invalid_token", "access_token.expiry");
    // What the bank says of it is of one piece: it is dead wherever it is brought.
    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.expiry");
    assert_eq!(grant.tpp.introspect(&grant.access_token)["active"], false);
    grant.renewed().get("/accounts").send().ok();
    other.get("/accounts").send().ok();
    assert_eq!(counts(&bank, &id).1, 1);
}

#[test]
fn a_token_lives_as_long_as_it_says() {
    let bank = TestBank::open();
    let then = json!([{"fault": "token.lifetime", "seconds": 9}]);
    let when = json!({"form": {"grant_type": "authorization_code"}, "times": 1});
    arm(&bank, &json!({"when": when, "then": then}));
    let tpp = bank.tpp("acorn-budget");
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(Way::PUSHED_JARM, &consent);
    let code = tpp.code_for(Way::PUSHED_JARM, &request);
    let tokens = tpp.exchange(&code, &request).send().ok();
    assert_eq!(tokens["expires_in"], 9);
    let call = || {
        let call = tpp.call(http::Method::GET, "/open-banking/v1/accounts");
        call.bearer(tokens["access_token"].as_str().unwrap())
            .consent(&consent)
            .send()
    };
    bank.operator().advance_clock("8s");
    call().ok();
    bank.operator().advance_clock("1s");
    call().refused(401, "invalid_token", "access_token.expiry");
    let refreshed = tpp
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .send()
        .ok();
    assert_eq!(refreshed["expires_in"], 300);
}

/// Goal: it lives as long as it is told to, however long tokens of the bank live; but no longer than the consent.
#[test]
fn a_token_may_live_longer_than_others() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let params = [("grant_type", "client_credentials"), ("scope", "consents")];
    let call = tpp.token(params);
    let asked = call.header("x-hamster-fault", "token.lifetime; seconds=7200");
    let tokens = asked.send().ok();
    assert_eq!(tokens["expires_in"], 7200);
    let token = tokens["access_token"].as_str().unwrap();
    bank.operator().advance_clock("7199s");
    assert_eq!(tpp.introspect(token)["active"], true);
    bank.operator().advance_clock("1s");
    assert_eq!(tpp.introspect(token)["active"], false);
    let grant = tpp.grant(&["ReadAccounts"]);
    let then = json!([{"fault": "token.lifetime", "seconds": 86_400}]);
    arm(
        &bank,
        &json!({"when": {"route": "oauth.token", "times": 1}, "then": then}),
    );
    let age = format!("/consents/{}/age", grant.consent);
    bank.operator().post(&age, &json!({"by": "2159h"}));
    let tokens = tpp.refresh(&grant.refresh_token).send().ok();
    assert_eq!(tokens["expires_in"], 3600, "what is left of ninety days");
}

#[test]
fn the_endpoint_refuses_with_any_word() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    for (fault, status) in [
        ("token.error.invalid_grant", 400),
        ("token.error.invalid_client", 401),
        ("token.error.invalid_request", 400),
        ("token.error.unauthorized_client", 400),
        ("token.error.unsupported_grant_type", 400),
        ("token.error.invalid_scope", 400),
        ("token.error", 400),
    ] {
        let id = once(&bank, fault);
        let params = [("grant_type", "client_credentials"), ("scope", "consents")];
        let answer = tpp.token(params).send();
        assert_eq!(answer.status(), status, "{fault}");
        assert_eq!(answer.fired(), [fault]);
        let word = fault
            .strip_prefix("token.error.")
            .unwrap_or("invalid_grant");
        assert_eq!(answer.json()["error"], word);
        answer.check_verdict("fault");
        tpp.client_credentials("consents");
        assert_eq!(counts(&bank, &id), (2, 1));
        operate(&bank, http::Method::DELETE, "/faults");
    }
}

#[test]
fn a_refresh_token_expires_or_is_revoked_for_good() {
    for (fault, rule, is_family) in [
        ("token.refresh_expired", "refresh_token.expiry", false),
        ("token.refresh_revoked", "refresh_token.grant", true),
    ] {
        let bank = TestBank::open();
        let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
        let id = once(&bank, fault);
        // Another's refresh token is none of its own: nothing ends, and nothing fired.
        let stranger = bank.tpp("burrow-pay").refresh(&grant.refresh_token).send();
        assert!(stranger.fired().is_empty(), "{fault}");
        stranger.refused(400, "invalid_grant", "refresh_token.client");
        assert_eq!(counts(&bank, &id), (1, 0), "{fault}");
        let refused = grant.tpp.refresh(&grant.refresh_token).send();
        assert_eq!(refused.fired(), [fault]);
        refused.refused(400, "invalid_grant", rule);
        let again = grant.tpp.refresh(&grant.refresh_token).send();
        again.refused(400, "invalid_grant", rule);
        let status = grant.get("/accounts").send_unwatched();
        assert_eq!(status == 401, is_family, "{fault}");
        assert_eq!(counts(&bank, &id).1, 1, "{fault}");
    }
}

#[test]
fn a_code_brings_no_refresh_token() {
    let bank = TestBank::open();
    let id = arm_always(&bank, "token.no_refresh_token");
    let tpp = bank.tpp("acorn-budget");
    let (code, request) = tpp.code(Way::PUSHED_JARM);
    let tokens: Value = tpp.exchange(&code, &request).send().ok();
    assert_eq!(tokens.get("refresh_token"), None);
    assert_eq!(tokens["expires_in"], 300);
    let kept = bank.operator().get("/tokens?client_id=acorn-budget");
    let kept = kept["items"].as_array().unwrap().iter();
    let alive = kept.filter(|token| token["kind"] == "refresh" && token["status"] == "active");
    assert_eq!(alive.count(), 0);
    assert_eq!(counts(&bank, &id), (1, 1));
}

/// Goal: what was asked is done although its answer never arrives; how a line is closed is told in
/// `transport`.
#[test]
fn an_answer_is_lost_when_its_tokens_are_made() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let kept = || {
        let list = bank
            .operator()
            .get("/tokens?client_id=acorn-budget&limit=1000");
        list["items"].as_array().unwrap().len()
    };
    let (code, request) = tpp.code(Way::PUSHED_JARM);
    let lost = once(&bank, "token.answer_lost.code");
    let before = kept();
    let answer = tpp.exchange(&code, &request).send();
    assert_eq!(answer.fired(), ["token.answer_lost.code"]);
    assert_eq!(kept() - before, 2);
    let again = tpp.exchange(&code, &request).send();
    again.refused(400, "invalid_grant", "code.unused");
    assert_eq!(counts(&bank, &lost).1, 1);

    let grant = tpp.grant(&["ReadAccounts"]);
    let lost = once(&bank, "token.answer_lost.refresh");
    let before = kept();
    let answer = tpp.refresh(&grant.refresh_token).send();
    assert_eq!(answer.fired(), ["token.answer_lost.refresh"]);
    assert_eq!(kept() - before, 1);
    grant.renewed().get("/accounts").send().ok();
    assert_eq!(counts(&bank, &lost).1, 1);
}

#[test]
fn nothing_is_lost_where_no_token_was_made() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let lost = once(&bank, "token.answer_lost.refresh");
    let refused = grant.tpp.refresh("nonsense").send();
    refused.refused(400, "invalid_grant", "refresh_token.known");
    assert_eq!(counts(&bank, &lost).1, 0, "it waits for one that is made");
    let answer = grant.tpp.refresh(&grant.refresh_token).send();
    assert_eq!(answer.fired(), ["token.answer_lost.refresh"]);
    assert_eq!(counts(&bank, &lost).1, 1);
}
