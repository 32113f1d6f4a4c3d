//! Rules that hold requests: whoever is held waits until every rule that holds it let go, and whoever could not
//! be held any more did not cost the rule a firing.

use http::Method;
use serde_json::{Value, json};

use super::{arm, counts, operate};
use crate::support::{TestBank, Variant, Way};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Lets go whom a rule holds, as soon as it holds somebody.
fn release(bank: &TestBank, id: &str) {
    loop {
        // The call may not have arrived yet; whoever releases asks again.
        let told = operate(bank, Method::POST, &format!("/faults/{id}/release"));
        let told: Value = serde_json::from_slice(told.body()).unwrap();
        if told["released"] == 1 {
            return;
        }
        assert_eq!(told["released"], 0);
        std::thread::yield_now();
    }
}

/// Waits until a rule fired.
fn fired(bank: &TestBank, id: &str) {
    while counts(bank, id).1 == 0 {
        std::thread::yield_now();
    }
}

fn holding(when: &Value) -> Value {
    let mut rule = json!({"when": when, "then": []});
    rule["when"]["hold"] = true.into();
    rule
}

#[test]
fn a_held_call_waits_until_it_is_released() {
    let bank = TestBank::open();
    let id = arm(
        &bank,
        &holding(&json!({"route": "oauth.discovery", "times": 1})),
    );
    let stranger = bank.stranger();
    let answer = stranger
        .get(DISCOVERY)
        .send_meanwhile(|| release(&bank, &id));
    let told = json!([{
        "fault": "hold", "fired": true, "held_back": null, "rule": id, "name": null, "parameters": {},
    }]);
    assert_eq!(answer.entry()["faults"], told);
    assert_eq!(answer.ok()["issuer"], bank.issuer());
    assert_eq!(counts(&bank, &id), (1, 1));
    stranger.get(DISCOVERY).send().ok();
}

/// Goal: a rule that fired on a call holds it from then on, so who waited for the firing can let go at once.
#[test]
fn who_saw_a_rule_fire_finds_the_call_at_its_gate() {
    let bank = TestBank::open();
    let id = arm(&bank, &holding(&json!({"route": "oauth.discovery"})));
    let answer = bank.stranger().get(DISCOVERY).send_meanwhile(|| {
        fired(&bank, &id);
        let told = operate(&bank, Method::POST, &format!("/faults/{id}/release"));
        assert_eq!(told.body(), br#"{"released":1}"#);
    });
    answer.ok();
}

/// Goal: two rules hold one call, and it goes on when both let go, in either order.
#[test]
fn a_call_that_two_rules_hold_waits_for_both() {
    for phases in [
        ["before", "before"],
        ["before", "after"],
        ["after", "after"],
    ] {
        for order in [[0, 1], [1, 0]] {
            let bank = TestBank::open();
            let rules = phases.map(|phase| {
                let when = json!({"route": "oauth.discovery", "phase": phase, "times": 1});
                arm(&bank, &holding(&when))
            });
            let answer = bank.stranger().get(DISCOVERY).send_meanwhile(|| {
                for index in order {
                    release(&bank, &rules[index]);
                }
            });
            answer.ok();
            for id in &rules {
                assert_eq!(counts(&bank, id), (1, 1), "{phases:?} {order:?}");
            }
        }
    }
}

/// Goal: a rule that is taken away lets go also of those who have not come to its gate yet.
#[test]
fn a_rule_that_is_gone_holds_nobody() {
    let gone = |path: &str, bank: &TestBank| {
        assert_eq!(operate(bank, Method::DELETE, path).status(), 204);
    };
    for takes_all in [false, true] {
        let bank = TestBank::open();
        let when = || json!({"route": "oauth.discovery", "times": 1});
        let (one, other) = (arm(&bank, &holding(&when())), arm(&bank, &holding(&when())));
        let answer = bank.stranger().get(DISCOVERY).send_meanwhile(|| {
            fired(&bank, &other);
            if takes_all {
                gone("/faults", &bank);
            } else {
                gone(&format!("/faults/{other}"), &bank);
                release(&bank, &one);
            }
        });
        answer.ok();
    }
}

/// Goal: of what type a consent will be stands in its request, so the call can be held before it is made.
#[test]
fn a_consent_is_held_before_it_is_made() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let id = arm(
        &bank,
        &holding(&json!({"route": "consents.create", "consent_type": "account-access"})),
    );
    let others = tpp.post_consent_of("payment", &json!({})).send();
    assert_eq!(others.status(), 400);
    assert_eq!(counts(&bank, &id), (0, 0));
    let call = tpp.post_consent(&json!({"permissions": ["ReadAccounts"]}));
    let answer = call.send_meanwhile(|| release(&bank, &id));
    assert_eq!(answer.status(), 201);
    assert_eq!(counts(&bank, &id), (1, 1));
}

/// Goal: who decides may become known only when her script plays. She can be held after that, and a rule that
/// wanted to hold her before gets its firing back.
#[test]
fn who_cannot_be_held_any_more_costs_no_firing() {
    let yaml = "journeys: {rules: [{play: other}]}\nscripts: {other: [{login: rowan}, approve]}";
    let rule = |phase: &str| holding(&json!({"customer_id": "rowan", "phase": phase}));
    for (phase, fires) in [("before", 0), ("after", 1)] {
        let bank = TestBank::varied(&Variant::default().journeys(yaml));
        let id = arm(&bank, &rule(phase));
        let tpp = bank.tpp("acorn-budget");
        let consent = tpp.create_consent(&["ReadAccounts"]);
        let request = tpp.request(Way::PUSHED_HYBRID, &consent);
        let url = tpp.authorization_url(Way::PUSHED_HYBRID, &request);
        let rowan = bank.customer("rowan");
        let landing = match fires {
            0 => rowan.opens(&url),
            _ => rowan.opens_meanwhile(&url, || release(&bank, &id)),
        };
        assert_eq!(counts(&bank, &id), (1, fires), "{phase}");
        let told = &landing.entry()["faults"];
        let why = told[0]["held_back"].as_str();
        let expected = "the call came to no point where it could be held";
        assert_eq!(why, (fires == 0).then_some(expected), "{told}");
    }
}
