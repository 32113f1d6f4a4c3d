//! Rules armed over the control API: the newest match wins, and a rule that could never play is refused.

use http::Method;
use serde_json::{Value, json};

use super::Visit;
use crate::support::{Operator, TestBank, Variant, Way};

#[track_caller]
fn arm(bank: &TestBank, body: &Value) -> Value {
    let answer = bank.operator().post("/journeys", body);
    let told: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(answer.status(), 201, "{told:#}");
    told
}

fn delete(bank: &TestBank, target: &str) -> u16 {
    let request = Operator::request(Method::DELETE, target);
    bank.operator().send(request).status().as_u16()
}

#[track_caller]
fn outcome(bank: &TestBank, client: &str) -> String {
    let visit = Visit::of(bank.tpp(client), Way::PUSHED_HYBRID);
    let answer = visit.opens();
    answer.entry()["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_rule_is_armed_counted_and_taken_out() {
    let bank = TestBank::open();
    let rule = json!({
        "name": "twice no",
        "when": {
            "client_id": "acorn-budget", "customer": "hazel", "consent_type": "account-access",
            "times": 2,
        },
        "play": "reject",
    });
    let armed = arm(&bank, &rule);
    assert_eq!(
        armed,
        json!({
            "id": "rule_0000000001", "name": "twice no",
            "when": {
                "client_id": "acorn-budget", "customer": "cus_0000000001",
                "consent_type": "account-access", "times": 2,
            },
            "play": "reject", "source": "control", "matched": 0, "played": 0, "remaining": 2,
        })
    );
    let outcomes = ["acorn-budget", "burrow-pay", "acorn-budget", "acorn-budget"];
    let outcomes = outcomes.map(|client| outcome(&bank, client));
    assert_eq!(
        outcomes,
        ["journey.approval", "ok", "journey.approval", "ok"]
    );
    let list = bank.operator().get("/journeys");
    assert_eq!(list["default"], "auto");
    assert_eq!(
        list["scripts"]["mistype-once"],
        json!(["otp: wrong", "otp: right", "approve"])
    );
    let item = &list["items"][0];
    assert_eq!(
        (&item["matched"], &item["played"], &item["remaining"]),
        (&json!(3), &json!(2), &json!(0))
    );
    assert_eq!(delete(&bank, "/journeys/rule_0000000001"), 204);
    assert_eq!(delete(&bank, "/journeys/rule_0000000001"), 404);
    assert_eq!(bank.operator().get("/journeys")["items"], json!([]));
}

#[test]
fn the_newest_match_wins_over_older_ones_and_the_scenario_s() {
    let yaml = "journeys: {rules: [{name: written, play: no}]}\n\
                scripts: {no: [reject], away: [abandon], broken: [{error: server_error}]}";
    let bank = TestBank::varied(&Variant::default().journeys(yaml));
    assert_eq!(outcome(&bank, "acorn-budget"), "journey.approval");
    let broken = arm(
        &bank,
        &json!({ "when": { "client_id": "acorn-budget" }, "play": "broken" }),
    );
    arm(
        &bank,
        &json!({ "when": { "client_id": "acorn-budget", "nth": 2 }, "play": "away" }),
    );
    let outcomes: Vec<_> = (0..3).map(|_| outcome(&bank, "acorn-budget")).collect();
    assert_eq!(
        outcomes,
        ["journey.failure", "journey.abandoned", "journey.failure"]
    );
    assert_eq!(outcome(&bank, "burrow-pay"), "journey.approval");
    let sources: Vec<_> = bank.operator().get("/journeys")["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["source"].clone())
        .collect();
    assert_eq!(sources, ["scenario", "control", "control"]);
    let broken = format!("/journeys/{}", broken["id"].as_str().unwrap());
    assert_eq!(delete(&bank, &broken), 204);
    assert_eq!(outcome(&bank, "acorn-budget"), "journey.approval");
    assert_eq!(delete(&bank, "/journeys"), 204);
    assert_eq!(delete(&bank, "/journeys"), 204);
    assert_eq!(outcome(&bank, "acorn-budget"), "ok");
}

#[test]
fn every_script_of_the_default_scenario_plays() {
    for (script, verdict) in [
        ("approve", "ok"),
        ("reject", "journey.approval"),
        ("abandon", "journey.abandoned"),
        ("mistype-once", "ok"),
        ("mistype-thrice", "journey.code"),
        ("share-one", "ok"),
        ("break-down", "journey.failure"),
    ] {
        let bank = TestBank::open();
        arm(&bank, &json!({ "play": script }));
        assert_eq!(outcome(&bank, "acorn-budget"), verdict, "{script}");
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn a_rule_that_could_never_play_is_refused() {
    let bank = TestBank::open();
    arm(
        &bank,
        &json!({ "name": "taken", "when": {}, "play": "approve" }),
    );
    let when = |when: Value| json!({ "when": when, "play": "reject" });
    for (body, code, pointer, nearest) in [
        (json!({}), "invalid_value", "/play", None),
        (
            json!({ "play": ["reject"] }),
            "invalid_value",
            "/play",
            None,
        ),
        (
            json!({ "play": "rejcet" }),
            "unknown_name",
            "/play",
            Some("reject"),
        ),
        (json!({ "play": "page" }), "unknown_name", "/play", None),
        (
            json!({ "play": "reject", "wehn": {} }),
            "unknown_name",
            "/wehn",
            Some("when"),
        ),
        (
            json!({ "play": "reject", "name": "taken" }),
            "invalid_value",
            "/name",
            None,
        ),
        (
            json!({ "play": "reject", "name": "" }),
            "invalid_value",
            "/name",
            None,
        ),
        (
            json!({ "play": "reject", "when": "always" }),
            "invalid_value",
            "/when",
            None,
        ),
        (
            when(json!({ "cleint_id": "x" })),
            "unknown_name",
            "/when/cleint_id",
            Some("client_id"),
        ),
        (
            when(json!({ "client_id": "acorn-buget" })),
            "unknown_name",
            "/when/client_id",
            Some("acorn-budget"),
        ),
        (
            when(json!({ "customer": "hasel" })),
            "unknown_name",
            "/when/customer",
            Some("hazel"),
        ),
        (
            when(json!({ "consent_type": "account_access" })),
            "unknown_name",
            "/when/consent_type",
            Some("account-access"),
        ),
        (
            when(json!({ "amount_over": 100 })),
            "invalid_value",
            "/when/amount_over",
            None,
        ),
        (
            when(json!({ "amount_over": "-1" })),
            "invalid_value",
            "/when/amount_over",
            None,
        ),
        (
            when(json!({ "nth": 0 })),
            "invalid_value",
            "/when/nth",
            None,
        ),
        (
            when(json!({ "nth": "2" })),
            "invalid_value",
            "/when/nth",
            None,
        ),
        (
            when(json!({ "times": 0 })),
            "invalid_value",
            "/when/times",
            None,
        ),
        (
            when(json!({ "times": 1.5 })),
            "invalid_value",
            "/when/times",
            None,
        ),
    ] {
        let answer = bank.operator().post("/journeys", &body);
        let told: Value = serde_json::from_slice(answer.body()).expect("JSON");
        assert_eq!(answer.status(), 422, "{body}: {told:#}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(
            (&told["code"], &told["pointer"]),
            (&json!(code), &json!(pointer)),
            "{body}"
        );
        assert_eq!(
            told.get("nearest").and_then(Value::as_str),
            nearest,
            "{body}"
        );
    }
    assert_eq!(
        bank.operator().get("/journeys")["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for target in ["/journeys/rule_0000000009", "/journeys/x", "/journeys/all"] {
        assert_eq!(delete(&bank, target), 404, "{target}");
    }
}

#[test]
fn the_rulebook_has_an_end() {
    let bank = TestBank::open();
    let rule = json!({ "play": "reject", "when": { "client_id": "burrow-pay" } });
    for _ in 0..1000 {
        arm(&bank, &rule);
    }
    let full = bank.operator().post("/journeys", &rule);
    let told: Value = serde_json::from_slice(full.body()).expect("JSON");
    assert_eq!(
        (full.status().as_u16(), &told["code"]),
        (409, &json!("too_many_rules"))
    );
    assert_eq!(outcome(&bank, "acorn-budget"), "ok");
}
