//! Rules are matched and counted at arrival: what each condition means, and that "once" is once.

use http::Method;
use serde_json::{Value, json};

use super::{arm, arm_always, counts, operate, told};
use crate::banking::payments::{authorized, domestic, pay};
use crate::support::{START, TestBank, Tpp, Variant, Way};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const SUFFIX: &str = "discovery.issuer_mismatch.suffix";

/// The ids of faults that fire on a call of the discovery document.
fn discover(bank: &TestBank) -> bool {
    let answer = bank.stranger().get(DISCOVERY).send();
    !answer.fired().is_empty()
}

#[test]
fn counts_decide_which_matches_fire() {
    for (when, fires) in [
        (json!({"nth": 2}), [false, true, false, false, false]),
        (json!({"after": 3}), [false, false, false, true, true]),
        (json!({"every": 2}), [false, true, false, true, false]),
        (json!({"times": 2}), [true, true, false, false, false]),
        (
            json!({"after": 1, "times": 1}),
            [false, true, false, false, false],
        ),
        (json!({"share": 0}), [false; 5]),
        (json!({"share": 1}), [true; 5]),
        (json!({"share": "1.0"}), [true; 5]),
    ] {
        let bank = TestBank::open();
        let id = arm(&bank, &json!({"when": when, "then": [{"fault": SUFFIX}]}));
        let fired = [(); 5].map(|()| discover(&bank));
        assert_eq!(fired, fires, "{when}");
        let times = fires.iter().filter(|fired| **fired).count() as u64;
        assert_eq!(counts(&bank, &id), (5, times), "{when}");
    }
}

#[test]
fn what_matched_and_did_not_fire_is_in_the_journal_with_why() {
    let bank = TestBank::open();
    arm(
        &bank,
        &json!({"name": "second", "when": {"nth": 2}, "then": [{"fault": SUFFIX}]}),
    );
    let answer = bank.stranger().get(DISCOVERY).send();
    assert_eq!(
        answer.entry()["faults"],
        json!([{
            "fault": "discovery.issuer_mismatch.suffix", "fired": false,
            "held_back": "match 1, and it fires on match 2",
            "rule": "fault_0000000001", "name": "second", "parameters": {},
        }])
    );
    assert_eq!(answer.ok()["issuer"], bank.issuer());
}

#[test]
fn the_newest_exclusive_fault_fires_and_the_other_keeps_its_times() {
    let bank = TestBank::open();
    let refuse = |word: &str| json!({"when": {"times": 1}, "then": [{"fault": "token.error", "value": word}]});
    let older = arm(&bank, &refuse("older"));
    let newer = arm(&bank, &refuse("newer"));
    let tpp = bank.tpp("acorn-budget");
    let words = [(); 3].map(|()| {
        let params = [("grant_type", "client_credentials"), ("scope", "consents")];
        let answer = tpp.token(params).send();
        answer.json()["error"].as_str().map(str::to_owned)
    });
    assert_eq!(
        words,
        [Some("newer".to_owned()), Some("older".to_owned()), None]
    );
    assert_eq!(counts(&bank, &older), (3, 1));
    assert_eq!(counts(&bank, &newer), (3, 1));
}

#[test]
fn modifiers_all_apply_and_of_two_of_one_thing_the_newest_wins() {
    let bank = TestBank::open();
    let lifetime = |seconds: u64| json!({"when": "always", "then": [{"fault": "token.lifetime", "seconds": seconds}]});
    let older = arm(&bank, &lifetime(7));
    arm(&bank, &lifetime(9));
    arm_always(&bank, "token.no_refresh_token");
    let tpp = bank.tpp("acorn-budget");
    let (code, request) = tpp.code(Way::PUSHED_JARM);
    let answer = tpp.exchange(&code, &request).send();
    assert_eq!(answer.fired(), ["token.lifetime", "token.no_refresh_token"]);
    let lost = &answer.entry()["faults"][2];
    assert_eq!(lost["fired"], false);
    let why = "of two that change one thing the newest rule's does, and that is token.lifetime of rule \
               fault_0000000002";
    assert_eq!(lost["held_back"], why);
    let done = &answer.entry()["faults"][0];
    assert_eq!(
        (&done["rule"], &done["parameters"]),
        (&json!("fault_0000000002"), &json!({"seconds": 9}))
    );
    let tokens = answer.ok();
    assert_eq!(tokens["expires_in"], 9);
    assert_eq!(tokens.get("refresh_token"), None);
    // Tokens of the client's own on the way to the code count too.
    let (matched, fired) = counts(&bank, &older);
    assert!(matched > 0 && fired == 0, "{matched} {fired}");
}

/// Goal: a fault whose work nobody sees, because another ended the answer or stood in for it, did not fire.
#[test]
fn what_nobody_sees_is_given_back() {
    let ended = "another fault took the place of the answer, or ended it";
    let idle = "the call came to no point where it could act";
    for (phase, exclusive, other, why) in [
        (
            "before",
            "transport.close.no_response",
            "http.date_skew",
            idle,
        ),
        (
            "after",
            "transport.close.no_response",
            "http.date_skew",
            idle,
        ),
        (
            "before",
            "transport.black_hole",
            "http.interaction_id.not_echoed",
            idle,
        ),
        ("before", "transport.garbage", "transport.throttle", idle),
        (
            "after",
            "transport.reset.before_headers",
            "http.malformed_json.cut",
            idle,
        ),
        (
            "after",
            "http.status",
            "discovery.issuer_mismatch.suffix",
            ended,
        ),
        (
            "after",
            "transport.truncate",
            "discovery.issuer_mismatch.suffix",
            ended,
        ),
    ] {
        let bank = TestBank::open();
        let rule = |when: Value, fault: &str| json!({"when": when, "then": [{"fault": fault}]});
        let unseen = arm(&bank, &rule(json!({"times": 1}), other));
        let seen = arm(&bank, &rule(json!({"times": 1, "phase": phase}), exclusive));
        let answer = bank.stranger().get(DISCOVERY).send();
        assert_eq!(answer.fired(), [exclusive], "{exclusive} {other}");
        assert_eq!(counts(&bank, &seen), (1, 1), "{exclusive} {other}");
        assert_eq!(counts(&bank, &unseen), (1, 0), "{exclusive} {other}");
        assert_eq!(
            answer.entry()["faults"][1]["held_back"],
            why,
            "{exclusive} {other}"
        );
        // It is there for the next call.
        let next = bank.stranger().get(DISCOVERY).send();
        assert_eq!(next.fired(), [other], "{exclusive} {other}");
        assert_eq!(counts(&bank, &unseen), (2, 1), "{exclusive} {other}");
    }
}

/// Goal: an answer that never comes can still be waited for.
#[test]
fn a_call_may_be_late_and_then_end() {
    let bank = TestBank::open();
    let then = json!([
        {"fault": "transport.latency", "delay": "1ms"}, {"fault": "transport.close.no_response"},
    ]);
    arm(&bank, &json!({"when": "always", "then": then}));
    let answer = bank.stranger().get(DISCOVERY).send();
    assert_eq!(
        answer.fired(),
        ["transport.latency", "transport.close.no_response"]
    );
}

/// Goal: one signature is spoiled in one way; of two rules about it the newest acts, whatever they call it.
#[test]
fn a_signature_is_spoiled_once() {
    for (older, newer) in [
        ("jwks.kid_unknown", "jarm.signature"),
        ("jarm.alg_none", "jwks.kid_unknown"),
    ] {
        let bank = TestBank::open();
        let rule =
            |fault: &str| json!({"when": {"route": "oauth.authorize"}, "then": [{"fault": fault}]});
        let loser = arm(&bank, &rule(older));
        let winner = arm(&bank, &rule(newer));
        let tpp = bank.tpp("acorn-budget");
        let consent = tpp.create_consent(&["ReadAccounts"]);
        let request = tpp.request(Way::PUSHED_JARM, &consent);
        let url = tpp.authorization_url(Way::PUSHED_JARM, &request);
        let landing = bank.customer("hazel").opens(&url);
        assert_eq!(landing.fired(), [newer]);
        assert_eq!(
            (counts(&bank, &loser), counts(&bank, &winner)),
            ((1, 0), (1, 1))
        );
        let why = format!(
            "of two that change one thing the newest rule's does, and that is {newer} of rule {winner}"
        );
        assert_eq!(landing.entry()["faults"][1]["held_back"], why);
    }
}

/// Goal: every condition of a rule is asked, and holds for the call it means and no other.
#[test]
fn every_condition_means_one_thing() {
    let bank = TestBank::open();
    let grant = bank
        .tpp("acorn-budget")
        .grant(&["ReadAccounts", "ReadBalances"]);
    let thumbprint = {
        let answer = grant.get("/accounts").send();
        answer.entry()["connection"]["certificate_thumbprint"].clone()
    };
    let consent = grant.consent.as_str();
    for (when, holds) in [
        (json!({"route": "banking"}), true),
        (json!({"route": "banking.accounts.get"}), true),
        (json!({"route": "banking.accounts.list"}), false),
        (json!({"route": "consents"}), false),
        (json!({"method": "GET"}), true),
        (json!({"method": "POST"}), false),
        (json!({"path": "/open-banking/*/accounts/*"}), true),
        (json!({"path": "/open-banking/*"}), false),
        (json!({"path": "/open-banking/**"}), true),
        (json!({"client_id": "acorn-budget"}), true),
        (json!({"client_id": "burrow-pay"}), false),
        (json!({"customer_id": "hazel"}), true),
        (json!({"customer_id": "rowan"}), false),
        (json!({"consent_id": consent}), true),
        (json!({"consent_id": "consent_ais_other"}), false),
        (json!({"consent_type": "account-access"}), true),
        (json!({"consent_type": "payment"}), false),
        (json!({"account_id": "acc_1234567890"}), true),
        (json!({"account_id": "acc_1087654321"}), false),
        (json!({"payment_id": "pay_0000000001"}), false),
        (json!({"certificate": thumbprint}), true),
        (
            json!({"certificate": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}),
            false,
        ),
        (
            json!({"between": ["2025-06-16T10:00:00Z", "2025-06-16T11:00:00Z"]}),
            true,
        ),
        (
            json!({"between": ["2025-06-16T11:00:00Z", "2025-06-16T12:00:00Z"]}),
            false,
        ),
        (json!({"ttl": "1h"}), true),
        (json!({"header": {"X-Test": "yes"}}), true),
        (json!({"header": {"x-test": {"contains": "es"}}}), true),
        (json!({"header": {"x-test": "no"}}), false),
        (json!({"header": {"x-other": {"present": false}}}), true),
        (json!({"query": {"a": 1}}), true),
        (json!({"query": {"a": {"over": "1.00"}}}), false),
        (json!({"form": {"grant_type": "refresh_token"}}), false),
        (json!({"claim": {"scope": "openid"}}), false),
        (json!({"body": {"/a": 1}}), false),
    ] {
        let then = json!([{"fault": "token.expired_early"}]);
        // Of the share of none, so that every condition meets the same token.
        let mut when = when;
        when["share"] = json!(0);
        let id = arm(&bank, &json!({"when": when, "then": then}));
        let call = grant
            .get("/accounts/acc_1234567890?a=1")
            .header("x-test", "yes");
        let status = call.send_unwatched();
        assert_eq!(counts(&bank, &id).0 == 1, holds, "{when}");
        assert!(status < 500, "{when}");
        operate(&bank, Method::DELETE, &format!("/faults/{id}"));
    }
}

#[test]
fn forms_bodies_and_claims_are_read_as_they_were_sent() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let matches = |when: Value, act: &dyn Fn(&Tpp<'_>)| {
        let mut when = when;
        when["share"] = json!(0);
        let id = arm(
            &bank,
            &json!({"when": when, "then": [{"fault": "token.error"}, {"fault": "token.lifetime"}]}),
        );
        act(&tpp);
        let matched = counts(&bank, &id).0;
        operate(&bank, Method::DELETE, &format!("/faults/{id}"));
        matched
    };
    let credentials: &dyn Fn(&Tpp<'_>) = &|tpp| drop(tpp.client_credentials("consents"));
    assert_eq!(
        matches(
            json!({"form": {"grant_type": "client_credentials"}}),
            credentials
        ),
        1
    );
    assert_eq!(
        matches(
            json!({"form": {"grant_type": "refresh_token"}}),
            credentials
        ),
        0
    );
    assert_eq!(
        matches(json!({"claim": {"iss": "acorn-budget"}}), credentials),
        1
    );
    assert_eq!(
        matches(
            json!({"claim": {"/exp": {"over": START.unix_timestamp()}}}),
            credentials
        ),
        1
    );
    assert_eq!(
        matches(json!({"claim": {"iss": "burrow-pay"}}), credentials),
        0
    );
    let holds = json!({
        "when": {"route": "consents.create", "share": 0,
            "body": {"/permissions/0": "ReadAccounts", "/permissions/1": {"present": false}}},
        "then": [{"fault": "token.expired_early"}],
    });
    let id = arm(&bank, &holds);
    tpp.create_consent(&["ReadAccounts"]);
    tpp.create_consent(&["ReadBalances", "ReadAccounts"]);
    assert_eq!(counts(&bank, &id).0, 1);
}

#[test]
fn a_fault_matches_only_where_it_can_act() {
    let bank = TestBank::open();
    let id = arm_always(&bank, "id_token.nonce.wrong");
    let tpp = bank.tpp("acorn-budget");
    tpp.client_credentials("consents");
    bank.stranger().get(DISCOVERY).send().ok();
    assert_eq!(counts(&bank, &id), (0, 0));
    // With a JWT response there is no ID token before the token endpoint.
    let (code, request) = tpp.code(Way::PUSHED_JARM);
    assert_eq!(counts(&bank, &id), (0, 0));
    tpp.exchange(&code, &request).send().ok();
    assert_eq!(counts(&bank, &id), (1, 1));
    // In the hybrid flow it is the first one, from the authorization endpoint.
    let (code, request) = tpp.code(Way::PUSHED_HYBRID);
    assert_eq!(counts(&bank, &id), (2, 2));
    tpp.exchange(&code, &request).send().ok();
    assert_eq!(counts(&bank, &id), (2, 2));
}

#[test]
fn a_firing_that_found_nothing_to_break_is_given_back() {
    let bank = TestBank::open();
    let rule = json!({"when": {"times": 1}, "then": [{"fault": "id_token.nonce.wrong"}]});
    let id = arm(&bank, &rule);
    let tpp = bank.tpp("acorn-budget");
    let reject = json!({"when": {"times": 1}, "play": "reject"});
    assert_eq!(bank.operator().post("/journeys", &reject).status(), 201);
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(Way::PUSHED_HYBRID, &consent);
    let url = tpp.authorization_url(Way::PUSHED_HYBRID, &request);
    let denied = bank.customer("hazel").opens(&url);
    assert!(denied.fired().is_empty());
    let note = &denied.entry()["faults"][0];
    assert!(
        note["held_back"].as_str().unwrap().contains("no point"),
        "{note}"
    );
    assert_eq!(counts(&bank, &id), (1, 0));
    assert_eq!(told(&bank, &id)["request_ids"], json!([]));
    let _ = tpp.code(Way::PUSHED_HYBRID);
    assert_eq!(counts(&bank, &id), (2, 1));
}

/// Goal: who decides may become known only when her script plays; a rule about her is asked then, and counts
/// the call once.
#[test]
fn what_becomes_known_under_way_is_asked_then_and_counted_once() {
    let yaml = "journeys: {rules: [{play: other}]}\nscripts: {other: [{login: rowan}, approve]}";
    let bank = TestBank::varied(&Variant::default().journeys(yaml));
    let rule = |customer: &str| {
        json!({"when": {"customer_id": customer, "consent_type": "account-access"},
            "then": [{"fault": "authorize.state.missing"}]})
    };
    let rowan = arm(&bank, &rule("rowan"));
    let tpp = bank.tpp("acorn-budget");
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(Way::PUSHED_HYBRID, &consent);
    let url = tpp.authorization_url(Way::PUSHED_HYBRID, &request);
    let landing = bank.customer("rowan").opens(&url);
    assert_eq!(landing.fired(), ["authorize.state.missing"]);
    assert_eq!(landing.landing().fragment.get("state"), None);
    assert_eq!(counts(&bank, &rowan), (1, 1));
}

/// Goal: what stands in a request, or is settled by the consent behind it, is known before anything happens: the
/// call has no effect.
#[test]
fn a_call_is_stopped_for_what_it_asks() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let grant = authorized(&tpp, &domestic());
    let stop = |when: Value| {
        let mut rule = json!({"when": when, "then": [{"fault": "http.status", "status": 503}]});
        rule["when"]["phase"] = "before".into();
        arm(&bank, &rule)
    };
    let rules = [
        json!({"route": "consents.create", "consent_type": "account-access"}),
        json!({"route": "banking.payments.create", "account_id": "acc_1234567890"}),
    ];
    let [made, by_payer] = rules.map(stop);
    let stopped = [
        tpp.post_consent(&json!({"permissions": ["ReadAccounts"]}))
            .send(),
        grant.post("/payments", &domestic()).send(),
    ];
    for answer in stopped {
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.entry()["effects"], json!([]));
    }
    for id in [made, by_payer] {
        assert_eq!(counts(&bank, &id), (1, 1));
        operate(&bank, Method::DELETE, &format!("/faults/{id}"));
    }
    // The consent was not used up.
    pay(&grant, &domestic());
}

/// Goal: fifty calls at once spend a rule that fires once exactly once, however often that is tried.
#[test]
fn once_is_once_under_fifty_calls_at_once() {
    let bank = TestBank::open();
    for _ in 0..20 {
        let id = arm(
            &bank,
            &json!({"when": {"times": 1}, "then": [{"fault": SUFFIX}]}),
        );
        let answers = bank.stranger().get(DISCOVERY).send_in_parallel(50);
        let wrong = answers.iter().filter(|(_, body)| {
            let document: Value = serde_json::from_slice(body).unwrap();
            document["issuer"] != bank.issuer()
        });
        assert_eq!(wrong.count(), 1);
        assert_eq!(counts(&bank, &id), (50, 1));
        operate(&bank, Method::DELETE, "/faults");
    }
}
