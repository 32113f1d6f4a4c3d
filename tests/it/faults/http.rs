//! The family `http`: a strict reader finds the one thing that is wrong with an answer, and no other.

use http::{Method, Response};
use serde_json::{Value, json};
use time::Duration;

use super::{arm, counts};
use crate::support::{Call, Grant, START, TestBank, Variant};

const INTERACTION_ID: &str = "7ab8c1de-1f3c-4f07-8a0e-6a4e4a0ad9d5";

/// A list of accounts, asked for with this fault.
fn list<'a>(grant: &Grant<'a>, fault: &str) -> Call<'a> {
    let call = grant.get("/accounts");
    let call = call.header("x-fapi-interaction-id", INTERACTION_ID);
    match fault {
        "" => call,
        fault => call.header("x-hamster-fault", fault),
    }
}

/// Everything that a strict reader finds wrong with it, beside the answer that is right.
fn defects(found: &Response<Vec<u8>>, right: &Response<Vec<u8>>) -> Vec<String> {
    let header = |name: &str| {
        let mut values = found.headers().get_all(name).iter();
        let value = values
            .next()
            .map(|value| value.to_str().unwrap().to_owned());
        assert!(values.next().is_none(), "{name} stands twice");
        value
    };
    let mut defects = Vec::new();
    if found.status() != 200 {
        defects.push(format!("status {}", found.status().as_u16()));
    }
    let content_type = header("content-type");
    if content_type.as_deref() != Some("application/json; charset=utf-8") {
        let told = content_type.as_deref().unwrap_or("none");
        defects.push(format!("content-type {told}"));
    }
    let (body, whole) = (found.body(), right.body());
    if body.is_empty() {
        defects.push("no body".to_owned());
    } else if serde_json::from_slice::<Value>(body).is_err() {
        let is_cut = whole.starts_with(body) && std::str::from_utf8(body).is_ok();
        defects.push(format!("no JSON, cut: {is_cut}"));
    } else if body != whole {
        defects.push("another body".to_owned());
    }
    if header("x-fapi-interaction-id").as_deref() != Some(INTERACTION_ID) {
        defects.push("x-fapi-interaction-id".to_owned());
    }
    let date = header("date").unwrap_or_default();
    if date != http_date(Duration::ZERO) {
        defects.push(format!("date {date}"));
    }
    if let Some(told) = header("retry-after") {
        defects.push(format!("retry-after {told}"));
    }
    for (name, value) in found.headers() {
        let usual = right.headers().contains_key(name);
        let told = ["retry-after", "x-hamster-fault-fired", "cache-control"];
        if !usual && !told.contains(&name.as_str()) {
            defects.push(format!("{name}: {}", value.to_str().unwrap()));
        }
    }
    defects
}

/// The test's time so much later, as HTTP writes it (RFC 9110, section 5.6.7).
fn http_date(by: Duration) -> String {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    (START + by).format(&format).unwrap()
}

/// Goal: each fault breaks what it says and leaves everything else as it was.
#[test]
fn each_fault_breaks_one_thing() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let right = list(&grant, "").send_raw();
    assert_eq!(defects(&right, &right), Vec::<String>::new());
    let (soon, hour) = (Duration::seconds(5), Duration::HOUR);
    let date = |by| format!("date {}", http_date(by));
    let retry_after = |told: String| format!("retry-after {told}");
    let none = || "content-type none".to_owned();
    let empty = || "no body".to_owned();
    let html = || "content-type text/html; charset=utf-8".to_owned();
    let status = |code: u16| format!("status {code}");
    let cut = || "no JSON, cut: true".to_owned();
    for (fault, expected) in [
        ("http.status", vec![status(503), none(), empty()]),
        (
            "http.status; status=418",
            vec![status(418), none(), empty()],
        ),
        (
            "http.retry_after.seconds",
            vec![status(429), none(), empty(), retry_after("5".to_owned())],
        ),
        (
            "http.retry_after.seconds; status=503; retry_after=1h",
            vec![status(503), none(), empty(), retry_after("3600".to_owned())],
        ),
        (
            "http.retry_after.http_date",
            vec![status(429), none(), empty(), retry_after(http_date(soon))],
        ),
        (
            "http.retry_after.http_date; retry_after=1h",
            vec![status(429), none(), empty(), retry_after(http_date(hour))],
        ),
        (
            "http.html_error",
            vec![status(502), html(), "no JSON, cut: false".to_owned()],
        ),
        ("http.empty_200", vec![none(), empty()]),
        ("http.malformed_json.cut", vec![cut()]),
        ("http.malformed_json.cut; after_bytes=1", vec![cut()]),
        ("http.malformed_json.cut; after_bytes=1000000", vec![cut()]),
        ("http.wrong_content_type.html", vec![html()]),
        (
            "http.interaction_id.not_echoed",
            vec!["x-fapi-interaction-id".to_owned()],
        ),
        ("http.date_skew", vec![date(Duration::minutes(10))]),
        ("http.date_skew; by=1h; value=behind", vec![date(-hour)]),
    ] {
        let found = list(&grant, fault).send_raw();
        assert_eq!(defects(&found, &right), expected, "{fault}");
        let fired = found.headers().get("x-hamster-fault-fired").unwrap();
        let id = fault.split(';').next().unwrap();
        assert_eq!(fired, id);
        // Nothing stays of it.
        let after = list(&grant, "").send_raw();
        assert_eq!(defects(&after, &right), Vec::<String>::new(), "{fault}");
    }
}

#[test]
fn a_status_brings_the_body_and_headers_it_was_given() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    for (with, content_type, body) in [
        (
            json!({"body": "later\n"}),
            "text/plain; charset=utf-8",
            "later\n",
        ),
        (
            json!({"body": {"code": "down"}}),
            "application/json; charset=utf-8",
            "{\"code\":\"down\"}",
        ),
        (
            json!({"body": "{}", "headers": {"content-type": "application/problem+json", "x-a": "b"}}),
            "application/problem+json",
            "{}",
        ),
    ] {
        let mut fault = json!({"fault": "http.status", "status": 500});
        for (name, value) in with.as_object().unwrap() {
            fault[name] = value.clone();
        }
        arm(
            &bank,
            &json!({"when": {"route": "oauth.jwks", "times": 1}, "then": [fault]}),
        );
        let found = tpp.call(Method::GET, "/.well-known/jwks.json").send_raw();
        assert_eq!(found.status(), 500);
        assert_eq!(found.headers()["content-type"], content_type);
        assert_eq!(found.body(), body.as_bytes());
        assert_eq!(
            found.headers().contains_key("x-a"),
            with.get("headers").is_some()
        );
    }
}

/// Goal: by `phase` the call has done nothing, or everything, when the answer is another.
#[test]
fn a_stand_in_comes_before_or_after_the_effect() {
    for (phase, effect) in [("before", 0), ("after", 1)] {
        let bank = TestBank::open();
        let call =
            (bank.tpp("acorn-budget")).post_consent(&json!({"permissions": ["ReadAccounts"]}));
        arm(
            &bank,
            &json!({
                "when": {"route": "consents.create", "phase": phase, "times": 1},
                "then": [{"fault": "http.status"}],
            }),
        );
        assert_eq!(call.send_raw().status(), 503);
        let made = bank.operator().get("/consents")["items"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(made, effect, "{phase}");
    }
}

#[test]
fn what_is_not_json_is_not_cut_and_the_fault_did_not_fire() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let consent = tpp.create_consent(&["ReadAccounts"]);
    for fault in ["http.malformed_json.cut", "http.wrong_content_type.html"] {
        let armed = arm(
            &bank,
            &json!({"when": {"route": "consents.delete"}, "then": [{"fault": fault}]}),
        );
        let token = tpp.client_credentials("consents");
        let call = tpp.call(Method::DELETE, &format!("/consents/{consent}"));
        let answer = call.bearer(&token).send();
        assert_eq!(answer.status(), 204);
        assert_eq!(counts(&bank, &armed), (1, 0), "{fault}");
    }
}

/// Goal: one fault breaks one thing: no header that frames the answer, or that the bank sets anyway, and no body
/// where there can be none.
#[test]
fn a_status_cannot_break_a_second_thing() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    for (fault, pointer, expected) in [
        (
            json!({"headers": {"content-length": "3"}, "body": "four"}),
            "/then/0/headers",
            "none that frames the answer",
        ),
        (
            json!({"headers": {"Transfer-Encoding": "chunked"}}),
            "/then/0/headers",
            "none that frames the answer",
        ),
        (
            json!({"headers": {"connection": "x-secret"}}),
            "/then/0/headers",
            "none that frames the answer",
        ),
        (
            json!({"headers": {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}}),
            "/then/0/headers",
            "none that the bank sets itself",
        ),
        (
            json!({"headers": {"x-fapi-interaction-id": INTERACTION_ID}}),
            "/then/0/headers",
            "none that the bank sets itself",
        ),
        (
            json!({"headers": {"x-hamster-request": "req_1"}}),
            "/then/0/headers",
            "x-hamster-*",
        ),
        (
            json!({"status": 204, "body": "x"}),
            "/then/0/body",
            "no body",
        ),
        (
            json!({"status": 304, "body": {"a": 1}}),
            "/then/0/body",
            "no body",
        ),
    ] {
        let mut rule = json!({"when": "always", "then": [fault]});
        rule["then"][0]["fault"] = "http.status".into();
        let answer = bank.operator().post("/faults", &rule);
        assert_eq!(answer.status(), 422, "{rule}");
        let problem: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(problem["pointer"], pointer, "{problem}");
        let told = problem["expected"].as_str().unwrap();
        assert!(told.contains(expected), "{told}");
    }
    for fault in [
        "http.status; headers={\"content-length\":\"3\"}",
        "http.status; status=204; body=x",
    ] {
        let answer = list(&grant, fault).send();
        assert_eq!(answer.json()["code"], "invalid_fault", "{fault}");
        answer.refused(400, "invalid_fault", "fault.fits");
    }
    let right = list(&grant, "").send_raw();
    assert_eq!(defects(&right, &right), Vec::<String>::new());
    for status in ["204", "205", "304"] {
        let found = list(&grant, &format!("http.status; status={status}")).send_raw();
        assert_eq!(found.status().as_str(), status);
        assert!(found.body().is_empty(), "{status}");
    }
}

#[test]
fn what_a_status_says_of_the_rate_stands() {
    let limited = "limits: {sandbox: 100}";
    let bank = TestBank::varied(&Variant::default().bank(limited));
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let found = list(&grant, "").send_raw();
    assert!(found.headers()["x-ratelimit-remaining"] != "0");
    arm(
        &bank,
        &json!({
            "when": {"route": "banking", "phase": "after", "times": 1},
            "then": [{
                "fault": "http.status", "status": 429,
                "headers": {"x-ratelimit-remaining": "0", "retry-after": "9"},
            }],
        }),
    );
    let found = list(&grant, "").send_raw();
    assert_eq!(found.status(), 429);
    assert_eq!(found.headers()["x-ratelimit-remaining"], "0");
    assert_eq!(found.headers()["retry-after"], "9");
}

#[test]
fn a_date_is_off_by_hours_and_days_and_in_both_directions() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let right = list(&grant, "").send_raw();
    for (parameters, by) in [
        ("by=14h", Duration::hours(14)),
        ("by=12h; value=behind", -Duration::hours(12)),
        ("by=7d; value=behind", -Duration::days(7)),
    ] {
        let found = list(&grant, &format!("http.date_skew; {parameters}")).send_raw();
        let expected = vec![format!("date {}", http_date(by))];
        assert_eq!(defects(&found, &right), expected, "{parameters}");
    }
}
