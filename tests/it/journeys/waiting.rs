//! Customers who take their time: listed while they do, and decided by hand.

use http::{Method, Response};
use serde_json::{Value, json};

use super::{Visit, effects, every_way, playing, script};
use crate::support::{Operator, TestBank, Variant, Way};

/// Long enough that only a hand ends it, short enough that a broken test ends by itself.
const LONG: &str = "[{login: hazel}, {wait: 2m}, approve]";

/// The one who waits, as soon as she does.
fn pending(bank: &TestBank) -> Value {
    let list = bank.operator().get("/journeys/pending?wait=60s");
    assert_eq!(list["satisfied"], true);
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list:#}");
    list["items"][0].clone()
}

fn decide(bank: &TestBank, id: &str, body: &Value) -> Response<Vec<u8>> {
    let path = format!("/journeys/pending/{id}/decision");
    bank.operator().post(&path, body)
}

#[track_caller]
fn decided(bank: &TestBank, body: &Value) {
    let waiting = pending(bank);
    let answer = decide(bank, waiting["id"].as_str().unwrap(), body);
    let told: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(answer.status(), 200, "{told:#}");
    assert_eq!(
        (&told["id"], &told["decision"]),
        (&waiting["id"], &body["decision"])
    );
}

#[test]
fn a_script_that_waits_goes_on_by_itself() {
    let bank = playing("[{login: hazel}, {wait: 1ms}, {otp: right}, {wait: 2ms}, approve]");
    every_way(|client, way| {
        let visit = Visit::of(bank.tpp(client), way);
        let tokens = visit.granted(&visit.opens());
        assert_eq!(visit.accounts(&tokens).len(), 8);
    });
    assert_eq!(
        bank.operator().get("/journeys/pending"),
        json!({ "items": [] })
    );
}

#[test]
fn who_waits_is_listed_with_all_that_is_known() {
    let bank = playing(LONG);
    let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_JARM);
    let answer = visit.customer().opens_meanwhile(&visit.url, || {
        let mut waiting = pending(&bank);
        let number = waiting["id"]
            .as_str()
            .unwrap()
            .trim_start_matches("journey_")
            .to_owned();
        assert_eq!(waiting["request_id"], format!("req_{number}"));
        waiting
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !["id", "request_id"].contains(&&**name));
        assert_eq!(
            waiting,
            json!({
                "client_id": "acorn-budget",
                "consent_id": visit.consent,
                "consent_type": "account-access",
                "customer_id": "cus_0000000001",
                "script": "s",
                "rule": "rule \"all\"",
                "began_at": "2025-06-16T10:30:00Z",
                "lapses_at": "2025-06-16T10:40:00Z",
                "resumes_at": "2025-06-16T10:32:00Z",
            })
        );
        decided(&bank, &json!({ "decision": "approve" }));
        assert_eq!(
            bank.operator().get("/journeys/pending"),
            json!({ "items": [] })
        );
    });
    visit.granted(&answer);
    assert_eq!(effects(&answer)[1], "decided over the control API");
}

#[test]
fn a_waiting_customer_is_decided_for_in_every_way() {
    let bank = playing(LONG);
    for (decision, code, rule, status) in [
        (
            json!({ "decision": "reject" }),
            "access_denied",
            "journey.approval",
            "rejected",
        ),
        (
            json!({ "decision": "error" }),
            "server_error",
            "journey.failure",
            "awaiting_authorization",
        ),
        (
            json!({ "decision": "error", "error": "interaction_required" }),
            "interaction_required",
            "journey.failure",
            "awaiting_authorization",
        ),
    ] {
        every_way(|client, way| {
            let visit = Visit::of(bank.tpp(client), way);
            let act = || decided(&bank, &decision);
            let answer = visit.customer().opens_meanwhile(&visit.url, act);
            visit.denied(&answer, code, rule);
            assert_eq!(visit.shown()["status"], status);
        });
    }
    let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_HYBRID);
    let act = || decided(&bank, &json!({ "decision": "abandon" }));
    let answer = visit.customer().opens_meanwhile(&visit.url, act);
    assert_eq!((answer.status(), answer.header("location")), (200, None));
    answer.check_verdict("journey.abandoned");
}

#[test]
fn an_approval_by_hand_may_name_customer_and_accounts() {
    let bank = playing(LONG);
    for (body, accounts) in [
        (
            json!({ "decision": "approve", "account_ids": ["acc_1234567890"] }),
            vec!["acc_1234567890"],
        ),
        (
            json!({
                "decision": "approve", "customer_id": "rowan", "account_ids": ["acc_1087654321"],
            }),
            vec!["acc_1087654321"],
        ),
    ] {
        let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_JARM);
        let answer = visit
            .customer()
            .opens_meanwhile(&visit.url, || decided(&bank, &body));
        let tokens = visit.granted(&answer);
        assert_eq!(visit.accounts(&tokens), accounts);
    }
}

#[test]
fn whoever_approves_by_hand_is_whom_the_client_asked_for() {
    let bank = playing(LONG);
    let (tpp, way) = (bank.tpp("acorn-budget"), Way::PUSHED_JARM);
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let claims = json!({
        "openbanking_intent_id": { "value": consent }, "sub": { "value": "cus_0000000001" },
    });
    let request = tpp.request(way, &consent);
    let request = request.claim("claims", json!({ "id_token": claims }));
    let visit = Visit::with(tpp, way, (consent, request));
    let answer = visit.customer().opens_meanwhile(&visit.url, || {
        decided(
            &bank,
            &json!({ "decision": "approve", "customer_id": "rowan" }),
        );
    });
    visit.denied(&answer, "login_required", "authorize.subject");
    assert_eq!(visit.shown()["status"], "awaiting_authorization");
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn a_decision_that_makes_no_sense_changes_nothing() {
    let bank = playing(LONG);
    let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_JARM);
    let approve = |extra: Value| {
        let mut body = json!({ "decision": "approve" });
        let extra = extra.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(extra);
        body
    };
    let cases = [
        (json!({}), "invalid_value", "/decision"),
        (json!({ "decision": 1 }), "invalid_value", "/decision"),
        (json!({ "decision": "aprove" }), "unknown_name", "/decision"),
        (json!({ "decision": "revoke" }), "unknown_name", "/decision"),
        (
            json!({ "decision": "error", "error": "invalid_client" }),
            "unknown_name",
            "/error",
        ),
        (
            json!({ "decision": "reject", "account_ids": [] }),
            "unknown_name",
            "/account_ids",
        ),
        (
            approve(json!({ "accounts": [] })),
            "unknown_name",
            "/accounts",
        ),
        (
            approve(json!({ "customer_id": "hasel" })),
            "unknown_name",
            "/customer_id",
        ),
        (
            approve(json!({ "account_ids": [] })),
            "invalid_value",
            "/account_ids",
        ),
        (
            approve(json!({ "account_ids": "all" })),
            "invalid_value",
            "/account_ids",
        ),
        (
            approve(json!({ "account_ids": [1] })),
            "invalid_value",
            "/account_ids",
        ),
        (
            approve(json!({ "account_ids": ["acc_1234567890", "acc_9999999999"] })),
            "unknown_name",
            "/account_ids/1",
        ),
        (
            approve(json!({ "customer_id": "rowan", "account_ids": ["acc_1234567890"] })),
            "unknown_name",
            "/account_ids/0",
        ),
    ];
    let answer = visit.customer().opens_meanwhile(&visit.url, || {
        let waiting = pending(&bank);
        let id = waiting["id"].as_str().unwrap();
        for (body, code, pointer) in &cases {
            let answer = decide(&bank, id, body);
            let told: Value = serde_json::from_slice(answer.body()).expect("JSON");
            assert_eq!(answer.status(), 422, "{body}: {told:#}");
            assert_eq!(
                (&told["code"], &told["pointer"]),
                (&json!(code), &json!(pointer))
            );
        }
        for id in ["journey_0000000000", "journey_1", "rule_0000000001", "x"] {
            let answer = decide(&bank, id, &json!({ "decision": "approve" }));
            assert_eq!(answer.status(), 404, "{id}");
        }
        let mut request =
            Operator::request(Method::POST, &format!("/journeys/pending/{id}/decision"));
        *request.body_mut() = b"decision=approve".to_vec();
        assert_eq!(bank.operator().send(request).status(), 415);
        decided(&bank, &json!({ "decision": "approve" }));
        let late = decide(&bank, id, &json!({ "decision": "reject" }));
        assert_eq!(late.status(), 404, "a journey is decided once");
    });
    visit.granted(&answer);
}

#[test]
fn a_session_lasts_ten_minutes_of_the_bank_s_time_and_the_consent_outlasts_it() {
    every_way(|client, way| {
        let bank = playing(LONG);
        let visit = Visit::of(bank.tpp(client), way);
        let answer = visit.customer().opens_meanwhile(&visit.url, || {
            let waiting = pending(&bank);
            bank.operator().advance_clock("599s");
            assert_eq!(pending(&bank)["id"], waiting["id"]);
            bank.operator().advance_clock("1s");
            assert_eq!(
                bank.operator().get("/journeys/pending"),
                json!({ "items": [] })
            );
            let id = waiting["id"].as_str().unwrap();
            let late = decide(&bank, id, &json!({ "decision": "approve" }));
            assert_eq!(late.status(), 404);
        });
        visit.denied(&answer, "access_denied", "journey.session");
        let entry = answer.entry();
        assert_eq!(entry["expected"], "an end by 2025-06-16T10:40:00Z");
        assert_eq!(
            entry["received"],
            "none by 2025-06-16T10:40:00Z (script s, rule \"all\")"
        );
        assert_eq!(visit.shown()["status"], "awaiting_authorization");
    });
}

/// Goal: a client whose customers take all its seats is refused by redirect, and another's still gets one;
/// whoever goes makes room.
#[test]
fn a_client_s_flood_of_waiting_customers_takes_nothing_from_another() {
    let bank = TestBank::varied_keeping(&script(LONG), 2);
    let burrow = bank.tpp("burrow-pay");
    let consent = burrow.create_consent(&["ReadAccounts"]);
    let visit = |_| {
        Visit::again(
            bank.tpp("burrow-pay"),
            Way::BY_VALUE_HYBRID,
            consent.clone(),
        )
    };
    let [one, two, refused, four] = [1, 2, 3, 4].map(visit);
    let other = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_JARM);
    let let_go = |waiting: usize, nth: usize| {
        let path = format!("/journeys/pending?wait=60s&at_least={waiting}");
        let list = bank.operator().get(&path);
        assert_eq!(list["items"].as_array().unwrap().len(), waiting);
        let id = list["items"][nth]["id"].as_str().unwrap();
        let answer = decide(&bank, id, &json!({ "decision": "error" }));
        assert_eq!(answer.status(), 200);
    };
    let failed = |visit: &Visit<'_>, act: &dyn Fn()| {
        let answer = visit.customer().opens_meanwhile(&visit.url, act);
        visit.denied(&answer, "server_error", "journey.failure");
    };
    let full = || {
        let _ = bank.operator().get("/journeys/pending?wait=60s&at_least=2");
        let answer = refused.customer().opens_meanwhile(&refused.url, || ());
        refused.denied(&answer, "temporarily_unavailable", "limit.journeys");
        let entry = answer.entry();
        assert_eq!(
            entry["expected"],
            "at most 2 journeys of one client that wait"
        );
        assert_eq!(entry["received"], "one more");
        failed(&other, &|| let_go(3, 2));
        let_go(2, 0);
        failed(&four, &|| let_go(2, 1));
        let_go(1, 0);
    };
    failed(&one, &|| {
        let _ = pending(&bank);
        failed(&two, &full);
    });
}

#[test]
fn a_request_uri_s_life_is_asked_at_the_first_visit_alone() {
    let bank = playing(LONG);
    let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_HYBRID);
    let answer = visit.customer().opens_meanwhile(&visit.url, || {
        let _ = pending(&bank);
        bank.operator().advance_clock("5m");
        decided(&bank, &json!({ "decision": "approve" }));
    });
    visit.granted(&answer);
    visit.denied(
        &visit.opens(),
        "invalid_request_uri",
        "authorize.request_uri",
    );
}

#[test]
fn a_consent_that_ends_while_she_waits_is_not_authorized_any_more() {
    let bank = playing(LONG);
    for decision in ["approve", "reject"] {
        let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_JARM);
        let token = visit.tpp.client_credentials("consents");
        let path = format!("/consents/{}", visit.consent);
        let answer = visit.customer().opens_meanwhile(&visit.url, || {
            let _ = pending(&bank);
            let call = visit.tpp.call(Method::DELETE, &path).bearer(&token);
            assert_eq!(call.send_unwatched(), 204);
            decided(&bank, &json!({ "decision": decision }));
        });
        visit.denied(&answer, "invalid_request", "authorize.consent.state");
        assert_eq!(visit.shown()["status"], "revoked");
    }
}

#[test]
fn a_customer_who_waits_over_a_reset_is_told_on_a_page_and_changes_nothing() {
    let bank = playing(LONG);
    let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_JARM);
    let answer = visit.customer().follows(&visit.url).send_unseen(|| {
        let _ = pending(&bank);
        let reset = bank.operator().post("/reset", &json!({}));
        assert!(reset.status().is_success(), "{reset:?}");
    });
    assert_eq!(answer.status(), 400);
    assert!(answer.headers().get("location").is_none());
    let page = String::from_utf8_lossy(answer.body());
    assert!(page.contains("<dd>temporarily_unavailable</dd>"), "{page}");
    assert!(
        page.contains(&format!("<dd>{}</dd>", "journey.reset")),
        "{page}"
    );
    assert_eq!(
        bank.operator().get("/journeys/pending"),
        json!({ "items": [] })
    );
    assert_eq!(bank.operator().get("/journeys")["items"][0]["matched"], 0);
}

#[test]
fn of_two_customers_with_one_request_uri_the_first_to_decide_uses_it_up() {
    let yaml = "journeys: {rules: [{when: {nth: 1}, play: s}]}\n\
                scripts: {s: [{wait: 2m}, approve]}";
    let variant = Variant::default().journeys(yaml);
    for first in ["approve", "reject"] {
        let bank = TestBank::varied(&variant);
        let visit = Visit::of(bank.tpp("acorn-budget"), Way::PUSHED_JARM);
        // The second visit, which no rule holds up, is answered while the first still waits.
        let answer = visit.customer().opens_meanwhile(&visit.url, || {
            let _ = pending(&bank);
            assert_eq!(visit.customer().follows(&visit.url).send_unwatched(), 302);
            decided(&bank, &json!({ "decision": first }));
        });
        visit.denied(&answer, "invalid_request_uri", "authorize.request_uri");
        assert_eq!(visit.shown()["status"], "authorized");
    }
}

#[test]
fn the_list_of_who_waits_is_asked_in_its_own_words_alone() {
    let bank = TestBank::open();
    let empty = bank.operator().get("/journeys/pending?wait=1ms&at_least=2");
    assert_eq!(empty, json!({ "items": [], "satisfied": false }));
    for (query, code) in [
        ("wiat=1s", "unknown_name"),
        ("wait=soon", "invalid_value"),
        ("wait=6m", "invalid_value"),
        ("at_least=2", "invalid_value"),
        ("wait=1s&at_least=two", "invalid_value"),
    ] {
        let target = format!("/journeys/pending?{query}");
        let answer = bank
            .operator()
            .send(Operator::request(Method::GET, &target));
        let told: Value = serde_json::from_slice(answer.body()).expect("JSON");
        assert_eq!(
            (answer.status().as_u16(), &told["code"]),
            (422, &json!(code)),
            "{query}"
        );
    }
}
