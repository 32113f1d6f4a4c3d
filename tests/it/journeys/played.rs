//! Scripts, step by step: what the TPP gets, what becomes of the consent, what the journal tells.

use http::Method;
use serde_json::json;

use super::{Visit, effects, every_way, playing};
use crate::support::{TestBank, Variant, Way};

#[test]
fn a_customer_who_rejects_is_sent_back_with_access_denied_and_the_consent_is_rejected_for_good() {
    let bank = playing("[{login: rowan}, {otp: right}, {accounts: all}, reject]");
    every_way(|client, way| {
        let visit = Visit::of(bank.tpp(client), way);
        let answer = visit.opens();
        visit.denied(&answer, "access_denied", "journey.approval");
        let received = answer.entry()["received"].as_str().unwrap();
        assert_eq!(received, "her rejection (script s, rule \"all\")");
        let rejected = format!("consent {} rejected", visit.consent);
        assert_eq!(
            effects(&answer),
            ["rule \"all\" plays script s", rejected.as_str()]
        );
        let shown = visit.shown();
        assert_eq!(shown["status"], "rejected");
        assert_eq!(shown["status_reason"][0]["code"], "denied_by_customer");
        // She has decided: neither this request nor another can ask her again.
        let code = if way.is_pushed {
            "invalid_request_uri"
        } else {
            "invalid_request"
        };
        let rule = if way.is_pushed {
            "authorize.request_uri"
        } else {
            "authorize.consent.state"
        };
        visit.denied(&visit.opens(), code, rule);
    });
}

#[test]
fn a_customer_who_goes_away_is_sent_nowhere_and_may_come_back() {
    let yaml = "journeys: {rules: [{when: {nth: 1}, play: leave}]}\nscripts: {leave: [abandon]}";
    every_way(|client, way| {
        let bank = TestBank::varied(&Variant::default().journeys(yaml));
        let visit = Visit::of(bank.tpp(client), way);
        let answer = visit.opens();
        assert_eq!((answer.status(), answer.header("location")), (200, None));
        assert!(answer.text().contains("The customer went away"));
        for leak in [
            "href",
            "http",
            "<script",
            "<form",
            client,
            visit.consent.as_str(),
        ] {
            assert!(!answer.text().contains(leak), "{leak}");
        }
        answer.check_verdict("journey.abandoned");
        assert_eq!(visit.shown()["status"], "awaiting_authorization");
        // FAPI module 49: the request_uri was not used up.
        visit.granted(&visit.opens());
        assert_eq!(visit.shown()["status"], "authorized");
    });
}

#[test]
fn a_wrong_code_or_two_and_then_the_right_one_is_a_success() {
    for steps in [
        "[{login: hazel}, {otp: wrong}, {otp: right}, approve]",
        "[{otp: wrong}, {otp: wrong}, {otp: right}, {accounts: all}, approve]",
        "[approve]",
    ] {
        let bank = playing(steps);
        every_way(|client, way| {
            let visit = Visit::of(bank.tpp(client), way);
            let tokens = visit.granted(&visit.opens());
            assert_eq!(visit.accounts(&tokens).len(), 8, "{steps}");
        });
    }
}

#[test]
fn three_wrong_codes_lock_the_customer_out() {
    let bank = playing("[{otp: wrong}, {otp: wrong}, {otp: wrong}]");
    every_way(|client, way| {
        let visit = Visit::of(bank.tpp(client), way);
        let answer = visit.opens();
        visit.denied(&answer, "access_denied", "journey.code");
        assert!(
            answer.entry()["received"]
                .as_str()
                .unwrap()
                .starts_with("3 wrong ones")
        );
        let shown = visit.shown();
        assert_eq!(shown["status"], "rejected");
        assert_eq!(shown["status_reason"][0]["code"], "authentication_failed");
    });
}

#[test]
fn the_bank_s_own_failures_leave_everything_as_it_was() {
    for code in [
        "server_error",
        "temporarily_unavailable",
        "access_denied",
        "unauthorized_client",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "interaction_required",
        "account_selection_required",
        "consent_required",
    ] {
        let yaml = format!(
            "journeys: {{rules: [{{when: {{times: 1}}, play: fail}}]}}\n\
             scripts: {{fail: [{{login: hazel}}, {{error: {code}}}]}}"
        );
        for way in [Way::PUSHED_HYBRID, Way::PUSHED_JARM] {
            let bank = TestBank::varied(&Variant::default().journeys(&yaml));
            let visit = Visit::of(bank.tpp("acorn-budget"), way);
            visit.denied(&visit.opens(), code, "journey.failure");
            assert_eq!(visit.shown()["status"], "awaiting_authorization");
            visit.granted(&visit.opens());
        }
    }
}

#[test]
fn a_customer_shares_the_accounts_she_picks_and_no_other() {
    let two = ["acc_1234567890", "acc_1087654321"];
    let bank = playing("[{login: hazel}, {accounts: [acc_1087654321, acc_1234567890]}, approve]");
    every_way(|client, way| {
        let visit = Visit::of(bank.tpp(client), way);
        let tokens = visit.granted(&visit.opens());
        assert_eq!(visit.accounts(&tokens), two);
        let token = tokens["access_token"].as_str().unwrap();
        let foreign = "/open-banking/v1/accounts/acc_1011111111";
        let call = visit.tpp.call(Method::GET, foreign).bearer(token);
        let refused = call.consent(&visit.consent).send();
        assert!(refused.status() >= 400, "an account she did not pick");
    });
}

#[test]
fn accounts_that_are_not_hers_are_denied_whoever_wrote_the_script() {
    // Without `login` the list was checked against the first customer; the TPP brings another.
    let bank = playing("[{accounts: [acc_1234567890]}, approve]");
    every_way(|client, way| {
        let tpp = bank.tpp(client);
        let consent = tpp.create_consent(&["ReadAccounts"]);
        let request = tpp.request(way, &consent).claim("login_hint", "rowan");
        let visit = Visit::with(tpp, way, (consent, request));
        visit.denied(&visit.opens(), "access_denied", "journey.accounts");
        assert_eq!(visit.shown()["status"], "awaiting_authorization");
    });
}

#[test]
fn who_logs_in_is_whom_the_script_names_then_the_client_then_the_scenario() {
    let by_default = "journeys: {customer: clementine}\nscripts: {}";
    let by_script = "journeys: {customer: clementine, rules: [{play: s}]}\n\
                     scripts: {s: [{login: rowan}, approve]}";
    for (name, yaml, hint, holder) in [
        ("the scenario", by_default, None, "Clementine"),
        ("the client", by_default, Some("hazel"), "Hazel"),
        ("the script", by_script, None, "Rowan"),
        (
            "the script before the client",
            by_script,
            Some("hazel"),
            "Rowan",
        ),
        (
            "the script, where the client names nobody",
            by_script,
            Some("nobody"),
            "Rowan",
        ),
    ] {
        let bank = TestBank::varied(&Variant::default().journeys(yaml));
        let tpp = bank.tpp("acorn-budget");
        let consent = tpp.create_consent(&["ReadAccounts"]);
        let mut request = tpp.request(Way::PUSHED_JARM, &consent);
        if let Some(hint) = hint {
            request = request.claim("login_hint", hint);
        }
        let grant = tpp.grant_for(Way::PUSHED_JARM, &request, &consent);
        let accounts = grant.get("/accounts").send().ok();
        assert!(
            accounts.to_string().contains(holder),
            "{name}: {accounts:#}"
        );
    }
}

#[test]
fn a_script_cannot_make_up_a_customer_nobody_named() {
    let bank = playing("[reject]");
    let tpp = bank.tpp("acorn-budget");
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp
        .request(Way::PUSHED_HYBRID, &consent)
        .claim("login_hint", "nobody");
    let visit = Visit::with(tpp, Way::PUSHED_HYBRID, (consent, request));
    visit.denied(&visit.opens(), "login_required", "authorize.customer");
}

#[test]
fn a_re_authentication_that_is_denied_leaves_the_consent_and_its_tokens() {
    for (steps, rule) in [
        ("[reject]", "journey.approval"),
        ("[{otp: wrong}, {otp: wrong}, {otp: wrong}]", "journey.code"),
    ] {
        let yaml = format!(
            "journeys: {{rules: [{{when: {{nth: 2}}, play: deny}}]}}\nscripts: {{deny: {steps}}}"
        );
        every_way(|client, way| {
            let bank = TestBank::varied(&Variant::default().journeys(&yaml));
            let first = Visit::of(bank.tpp(client), way);
            let tokens = first.granted(&first.opens());
            let second = Visit::again(bank.tpp(client), way, first.consent.clone());
            let answer = second.opens();
            second.denied(&answer, "access_denied", rule);
            let stays = format!("consent {} stays as it was", first.consent);
            assert_eq!(effects(&answer)[1], stays);
            assert_eq!(first.shown()["status"], "authorized");
            assert_eq!(first.accounts(&tokens).len(), 8);
        });
    }
}

/// Goal: nobody takes over what another customer gave, not even after she took it back.
#[test]
fn a_consent_is_renewed_by_the_customer_who_gave_it() {
    for takes_back in [false, true] {
        every_way(|client, way| {
            let bank = TestBank::open();
            let first = Visit::of(bank.tpp(client), way);
            let tokens = first.granted(&first.opens());
            if takes_back {
                let path = format!("/consents/{}/decision", first.consent);
                let revoked = bank.operator().post(&path, &json!({"decision": "revoke"}));
                assert_eq!(revoked.status(), 200);
            }
            let before = first.shown();
            let tpp = bank.tpp(client);
            let request = tpp
                .request(way, &first.consent)
                .claim("login_hint", "rowan");
            let second = Visit::with(tpp, way, (first.consent.clone(), request));
            let answer = second.opens();
            second.denied(&answer, "access_denied", "authorize.consent.customer");
            assert_eq!(
                answer.entry()["expected"],
                "cus_0000000001, who gave the consent"
            );
            assert_eq!(answer.entry()["received"], "cus_0000000002");
            assert_eq!(first.shown(), before);
            if !takes_back {
                assert_eq!(first.accounts(&tokens).len(), 8);
            }
            let again = Visit::again(bank.tpp(client), way, first.consent.clone());
            again.granted(&again.opens());
        });
    }
}

#[test]
fn a_request_that_is_refused_anyway_plays_nothing() {
    let bank = playing("[approve]");
    let acorn = || bank.tpp("acorn-budget");
    let matched = || bank.operator().get("/journeys")["items"][0]["matched"].clone();
    let request = |way| {
        let consent = acorn().create_consent(&["ReadAccounts"]);
        acorn().request(way, &consent)
    };
    let only = serde_json::json!({ "id_token": {
        "openbanking_intent_id": { "value": acorn().create_consent(&["ReadAccounts"]) },
        "acr": { "essential": true, "value": "urn:of:no:bank" },
    }});
    for (name, request, rule) in [
        (
            "an acr the bank does not perform",
            request(Way::BY_VALUE_HYBRID).claim("claims", only),
            "authorize.acr",
        ),
        (
            "a consent of nobody",
            acorn().request(Way::BY_VALUE_HYBRID, "consent_ais_none"),
            "authorize.consent.known",
        ),
        (
            "a bad audience",
            request(Way::BY_VALUE_HYBRID).claim("aud", "https://other.example"),
            "request_object.aud",
        ),
    ] {
        println!("{name}");
        bank.customer("hazel")
            .opens(&request.url())
            .check_verdict(rule);
        assert_eq!(matched(), 0, "{name}");
    }
    let good = request(Way::BY_VALUE_HYBRID);
    let head = bank.stranger().call(Method::HEAD, &good.url()).send();
    assert_eq!((head.status(), matched()), (200, 0.into()));
    let answer = bank.customer("hazel").opens(&good.url());
    answer.check_verdict("ok");
    assert_eq!(matched(), 1);
}

#[test]
fn automatic_approval_is_what_happens_where_no_rule_matches() {
    let yaml = "journeys:\n  rules:\n    - {when: {client_id: burrow-pay}, play: deny}\n    \
                - {when: {customer: rowan}, play: deny}\n    \
                - {when: {amount_over: \"0\"}, play: deny}\n    \
                - {when: {consent_type: account-access, nth: 2}, play: deny}\n\
                scripts: {deny: [reject]}";
    let bank = TestBank::varied(&Variant::default().journeys(yaml));
    for (name, client, denied) in [
        ("the first", "acorn-budget", false),
        ("the second", "clover-check", true),
        ("another client", "burrow-pay", true),
        ("the fourth", "acorn-budget", false),
    ] {
        println!("{name}");
        let visit = Visit::of(bank.tpp(client), Way::PUSHED_JARM);
        let answer = visit.opens();
        if denied {
            visit.denied(&answer, "access_denied", "journey.approval");
        } else {
            visit.granted(&answer);
            assert!(!effects(&answer)[0].contains("plays"), "{name}");
        }
    }
}

#[test]
fn a_bank_that_does_not_explain_tells_the_standard_s_sentence_and_the_journal_the_rest() {
    let yaml = "journeys: {rules: [{play: s}]}\nscripts: {s: [reject]}";
    let variant = Variant::default().bank("explain: false").journeys(yaml);
    let bank = TestBank::varied(&variant);
    let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_HYBRID);
    let answer = visit.opens();
    let landing = answer.landing();
    let told = landing.fragment.get("error_description");
    assert_eq!(told, Some("the customer or the bank denied the request"));
    visit.denied(&answer, "access_denied", "journey.approval");
}

// The story of the scenario `rejected-consent`.
#[test]
fn in_the_scenario_of_rejected_consents_everybody_is_refused_and_asks_again_in_vain() {
    let bank = TestBank::scenario("rejected-consent");
    for client in ["acorn-budget", "burrow-pay", "clover-check"] {
        for way in Way::ALL {
            for _ in 0..2 {
                let visit = Visit::of(bank.tpp(client), way);
                let answer = visit.opens();
                visit.denied(&answer, "access_denied", "journey.approval");
                assert_eq!(
                    effects(&answer)[0],
                    "rule \"hazel says no\" plays script say-no"
                );
                assert_eq!(visit.shown()["status"], "rejected");
            }
        }
    }
}
