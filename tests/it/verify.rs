//! POST `/requests/verify`: what was to happen, told with what happened instead.

use serde_json::{Value, json};

use crate::support::{TestBank, Way};

#[track_caller]
fn verify(bank: &TestBank, question: &Value) -> Value {
    let answer = bank.operator().post("/requests/verify", question);
    assert_eq!(answer.status(), 200, "{answer:?}");
    serde_json::from_slice(answer.body()).unwrap()
}

/// A bank at which acorn's customer granted, and one call was refused.
fn after_a_journey() -> TestBank {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    grant
        .get("/balances")
        .send()
        .refused(403, "insufficient_permissions", "consent.permission");
    bank
}

#[test]
fn expectations_are_counted_one_by_one() {
    let bank = after_a_journey();
    for (expectation, ok, actual) in [
        (json!({ "route": "oauth.par" }), true, 1),
        (json!({ "route": "oauth.token", "count": 2 }), true, 2),
        (json!({ "route": "oauth.token", "count": 1 }), false, 2),
        (json!({ "route": "oauth", "at_least": 4 }), true, 5),
        (json!({ "route": "oauth", "at_least": 6 }), false, 5),
        (json!({ "route": "oauth", "at_most": 4 }), false, 5),
        (
            json!({ "route": "oauth", "at_least": 1, "at_most": 5 }),
            true,
            5,
        ),
        (json!({ "route": "banking", "status": 403 }), true, 1),
        (json!({ "route": "banking", "status": "4xx" }), true, 1),
        (
            json!({ "route": "banking", "status": 200, "count": 0 }),
            true,
            0,
        ),
        (
            json!({ "route": "banking", "client_id": "burrow-pay", "at_most": 0 }),
            true,
            0,
        ),
        (json!({ "route": "register.create" }), false, 0),
    ] {
        let told = verify(&bank, &json!({ "expect": [expectation] }));
        let result = &told["results"][0];
        assert_eq!(
            (&told["ok"], &result["actual"]),
            (&ok.into(), &actual.into()),
            "{told}"
        );
        assert_eq!(
            result["request_ids"].as_array().unwrap().len(),
            actual,
            "{told}"
        );
        let shown = result["expected"].as_object().unwrap();
        assert_eq!(shown["route"], expectation["route"]);
    }
    let both = json!({ "expect": [{ "route": "oauth.par" }, { "route": "register" }] });
    assert_eq!(verify(&bank, &both)["ok"], false);
}

#[test]
fn what_came_nearest_is_told_with_what_was_different() {
    let bank = after_a_journey();
    let question = json!({ "expect": [
        { "route": "banking.balances.list", "client_id": "acorn-budget", "status": 200 },
        { "route": "banking.accounts.list", "status": "2xx" },
        { "route": "register.create" },
    ] });
    let told = verify(&bank, &question);
    let nearest = |index: usize| told["results"][index]["nearest"].as_array().unwrap();
    assert_eq!(nearest(0).len(), 1, "{told:#}");
    let miss = &nearest(0)[0];
    assert_eq!(miss["differs"], json!(["status"]));
    assert_eq!(
        (&miss["status"], &miss["verdict"], &miss["route"]),
        (
            &403.into(),
            &"consent.permission".into(),
            &"banking.balances.list".into()
        )
    );
    let entry = bank.operator().get(&format!(
        "/requests/{}",
        miss["request_id"].as_str().unwrap()
    ));
    assert_eq!(entry["status"], 403);
    assert_eq!(nearest(1)[0]["differs"], json!(["route", "status"]));
    assert_eq!(nearest(2).len(), 0);
    let met = verify(&bank, &json!({ "expect": [{ "route": "oauth.par" }] }));
    assert_eq!(met["results"][0]["nearest"], json!([]));
}

#[test]
fn in_order_each_has_its_requests_after_those_of_the_one_before() {
    let bank = after_a_journey();
    let ask = |routes: &[(&str, u64)]| {
        let expect: Vec<_> = (routes.iter())
            .map(|(route, least)| json!({ "route": route, "at_least": least }))
            .collect();
        verify(&bank, &json!({ "expect": expect, "in_order": true }))
    };
    let good = [
        ("consents.create", 1),
        ("oauth.par", 1),
        ("oauth.authorize", 1),
        ("oauth.token", 1),
        ("banking", 1),
    ];
    assert_eq!(ask(&good)["ok"], true);
    assert_eq!(
        ask(&[("oauth.token", 1), ("oauth.par", 1), ("oauth.token", 1)])["ok"],
        true
    );
    let bad = ask(&[("oauth.par", 1), ("consents.create", 1)]);
    assert_eq!(bad["ok"], false);
    assert_eq!(bad["results"][0]["ok"], true);
    assert_eq!(bad["results"][1]["out_of_order"], true, "{bad}");
    // Both token calls must have come before.
    assert_eq!(ask(&[("oauth.token", 2), ("oauth.par", 1)])["ok"], false);
    // What was not to happen has no place in an order.
    let none = json!({ "in_order": true, "expect": [
        { "route": "oauth.par" }, { "route": "register", "count": 0 }, { "route": "banking" },
    ] });
    assert_eq!(verify(&bank, &none)["ok"], true);
}

#[test]
fn within_looks_at_the_last_stretch_of_the_banks_time_and_since_at_later_entries() {
    let bank = after_a_journey();
    bank.operator().advance_clock("10m");
    let acorn = bank.tpp("acorn-budget");
    acorn
        .token([("grant_type", "client_credentials")])
        .send()
        .ok();
    let count = |narrowed: Value| {
        let mut question = json!({ "expect": [{ "route": "oauth.token", "at_least": 0 }] });
        question
            .as_object_mut()
            .unwrap()
            .extend(narrowed.as_object().unwrap().clone());
        verify(&bank, &question)["results"][0]["actual"].clone()
    };
    assert_eq!(count(json!({})), 3);
    assert_eq!(count(json!({ "within": "10m" })), 3);
    assert_eq!(count(json!({ "within": "9m" })), 1);
    let last = bank.operator().requests("route=banking");
    assert_eq!(count(json!({ "since": last[0]["seq"] })), 1);
}

#[test]
fn a_question_that_could_pass_by_mistake_is_refused() {
    let bank = TestBank::open();
    for (question, code, pointer, nearest) in REFUSED {
        let question = serde_json::from_str(question).unwrap();
        let answer = bank.operator().post("/requests/verify", &question);
        let problem: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer.status(), 422, "{problem}");
        assert_eq!(
            (problem["code"].as_str(), problem["pointer"].as_str()),
            (Some(*code), Some(*pointer)),
            "{problem}"
        );
        assert_eq!(problem["nearest"].as_str(), *nearest, "{problem}");
    }
}

/// Goal: once entries went to make room, no count of their range is told, not even by `within`; a range since
/// then, or a clear, is counted again.
#[test]
fn a_count_over_what_the_journal_dropped_is_a_conflict() {
    let bank = TestBank::open();
    let _ = bank.tpp("acorn-budget").request(Way::PUSHED_JARM, "x");
    for _ in 0..=10_000 {
        assert_eq!(bank.stranger().get("/x").send_unwatched(), 404);
    }
    let ask = |question: Value| bank.operator().post("/requests/verify", &question);
    let nothing = json!([{ "route": "oauth.par", "count": 0 }]);
    for question in [
        json!({ "expect": nothing }),
        json!({ "expect": nothing, "within": "1h" }),
    ] {
        let answer = ask(question);
        let problem: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(
            (answer.status().as_u16(), &problem["code"]),
            (409, &"evicted".into())
        );
    }
    assert_eq!(ask(json!({ "expect": nothing, "since": 1 })).status(), 200);
    bank.operator().advance_clock("2h");
    assert_eq!(
        ask(json!({ "expect": nothing, "within": "1h" })).status(),
        200
    );
}

/// A question; code, where, and what was near.
type Refused = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const REFUSED: &[Refused] = &[
    ("{}", "invalid_value", "/expect", None),
    (r#"{ "expect": [] }"#, "invalid_value", "/expect", None),
    (r#"{ "expect": [7] }"#, "invalid_value", "/expect/0", None),
    (
        r#"{ "expect": [{}] }"#,
        "invalid_value",
        "/expect/0/route",
        None,
    ),
    (
        r#"{ "expect": [{ "route": "oauth.tokn", "count": 0 }] }"#,
        "unknown_name",
        "/expect/0/route",
        Some("oauth.token"),
    ),
    (
        r#"{ "expect": [{ "route": "oauth" }, { "route": "oauth", "cuont": 0 }] }"#,
        "unknown_name",
        "/expect/1/cuont",
        Some("count"),
    ),
    (
        r#"{ "expect": [{ "route": "oauth", "status": "4x" }] }"#,
        "invalid_value",
        "/expect/0/status",
        None,
    ),
    (
        r#"{ "expect": [{ "route": "oauth", "count": -1 }] }"#,
        "invalid_value",
        "/expect/0/count",
        None,
    ),
    (
        r#"{ "expect": [{ "route": "oauth", "count": 1, "at_most": 2 }] }"#,
        "invalid_value",
        "/expect/0",
        None,
    ),
    (
        r#"{ "expect": [{ "route": "oauth", "at_least": 3, "at_most": 2 }] }"#,
        "invalid_value",
        "/expect/0",
        None,
    ),
    (
        r#"{ "expect": [{ "route": "oauth" }], "within": "5" }"#,
        "invalid_value",
        "/within",
        None,
    ),
    (
        r#"{ "expect": [{ "route": "oauth" }], "in_order": 1 }"#,
        "invalid_value",
        "/in_order",
        None,
    ),
    (
        r#"{ "expect": [{ "route": "oauth" }], "wihtin": "5s" }"#,
        "unknown_name",
        "/wihtin",
        Some("within"),
    ),
];
