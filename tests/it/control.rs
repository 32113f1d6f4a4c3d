//! The control API: who may steer the bank, and what it refuses to do (control contract).

use http::header::{ALLOW, CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderName, HeaderValue, Method, Response};
use serde_json::{Value, json};

use crate::support::{Operator, TestBank};

fn problem(answer: &Response<Vec<u8>>) -> Value {
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    let problem: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(problem["status"], answer.status().as_u16());
    for member in ["code", "title", "detail"] {
        assert!(
            !problem[member].as_str().unwrap().is_empty(),
            "{member}: {problem}"
        );
    }
    problem
}

fn with(headers: &[(HeaderName, &'static str)]) -> http::Request<Vec<u8>> {
    let mut request = Operator::request(Method::GET, "/clock");
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    request
}

#[test]
fn time_goes_forward_as_told() {
    let bank = TestBank::open();
    let operator = bank.operator();
    let clock = operator.get("/clock");
    assert_eq!(
        clock,
        json!({ "now": "2025-06-16T10:30:00Z", "mode": "frozen", "offset_s": 0 })
    );
    for (by, to) in [
        ("250ms", "2025-06-16T10:30:00Z"),
        ("90s", "2025-06-16T10:31:30Z"),
        ("5m", "2025-06-16T10:36:30Z"),
        ("12h", "2025-06-16T22:36:30Z"),
        ("91d", "2025-09-15T22:36:30Z"),
    ] {
        assert_eq!(operator.advance_clock(by)["to"], to, "{by}");
    }
    let set = operator.post("/clock", &json!({ "set": "2026-01-01T00:00:00Z" }));
    assert_eq!(set.status(), 200);
    assert_eq!(operator.get("/clock")["now"], "2026-01-01T00:00:00Z");
    // What the bank does is dated by its own time; what it signs, by the machine's.
    let acorn = bank.tpp("acorn-budget");
    let made = acorn
        .post_consent(&json!({ "permissions": ["ReadAccounts"] }))
        .send();
    assert_eq!(made.header("date"), Some("Mon, 16 Jun 2025 10:30:00 GMT"));
    assert_eq!(made.created()["created_at"], "2026-01-01T00:00:00Z");
}

#[test]
fn time_never_goes_back_and_moves_by_one_clear_word() {
    let bank = TestBank::open();
    let operator = bank.operator();
    for (name, body, status, code) in [
        (
            "back",
            json!({ "set": "2025-06-16T10:29:59Z" }),
            422,
            "invalid_value",
        ),
        (
            "back by a negative step",
            json!({ "advance": "-1s" }),
            422,
            "invalid_value",
        ),
        (
            "by a number",
            json!({ "advance": 90 }),
            422,
            "invalid_value",
        ),
        (
            "by no unit",
            json!({ "advance": "90" }),
            422,
            "invalid_value",
        ),
        (
            "by an unknown unit",
            json!({ "advance": "9 moons" }),
            422,
            "invalid_value",
        ),
        (
            "to no moment",
            json!({ "set": "soon" }),
            422,
            "invalid_value",
        ),
        ("at no rate", json!({ "rate": 0 }), 422, "invalid_value"),
        (
            "at a mad rate",
            json!({ "rate": 10_000_000 }),
            422,
            "invalid_value",
        ),
        ("by no", json!({ "freeze": false }), 422, "invalid_value"),
        ("by nothing", json!({}), 422, "invalid_value"),
        (
            "by two words",
            json!({ "advance": "1s", "freeze": true }),
            422,
            "invalid_value",
        ),
        (
            "by a misspelt word",
            json!({ "advnace": "1s" }),
            422,
            "unknown_name",
        ),
        ("by a list", json!(["advance"]), 400, "invalid_json"),
    ] {
        println!("{name}");
        let answer = operator.post("/clock", &body);
        assert_eq!(answer.status(), status, "{name}");
        assert_eq!(problem(&answer)["code"], code, "{name}");
    }
    let nearest = operator.post("/clock", &json!({ "advnace": "1s" }));
    assert_eq!(problem(&nearest)["nearest"], "advance");
    assert_eq!(operator.get("/clock")["now"], "2025-06-16T10:30:00Z");
}

#[test]
fn a_page_of_another_site_cannot_steer_the_bank() {
    let bank = TestBank::open();
    let operator = bank.operator();
    for (name, headers, code) in [
        (
            "another host (DNS rebinding)",
            &[(HOST, "evil.example:8444")][..],
            "forbidden_host",
        ),
        (
            "a host that only begins well",
            &[(HOST, "localhost.evil.example")],
            "forbidden_host",
        ),
        (
            "another origin",
            &[(ORIGIN, "http://evil.example")],
            "forbidden_origin",
        ),
        (
            "the origin of another port",
            &[(ORIGIN, "http://localhost:9999")],
            "forbidden_origin",
        ),
        ("a hidden origin", &[(ORIGIN, "null")], "forbidden_origin"),
    ] {
        let answer = operator.send(with(headers));
        assert_eq!(answer.status(), 403, "{name}");
        assert_eq!(problem(&answer)["code"], code, "{name}");
    }
    let mut nowhere = Operator::request(Method::GET, "/clock");
    nowhere.headers_mut().remove(HOST);
    assert_eq!(operator.send(nowhere).status(), 403);
    for headers in [
        &[(HOST, "127.0.0.1:8444")][..],
        &[(HOST, "[::1]:8444")],
        &[(HOST, "LOCALHOST")],
        &[(ORIGIN, "http://localhost:8444")],
    ] {
        assert_eq!(operator.send(with(headers)).status(), 200, "{headers:?}");
    }
}

#[test]
fn a_form_of_another_site_is_no_command() {
    let bank = TestBank::open();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let mut request = Operator::request(Method::POST, "/clock");
        let value = HeaderValue::from_static(content_type);
        request.headers_mut().insert(CONTENT_TYPE, value);
        *request.body_mut() = br#"{"advance":"1h"}"#.to_vec();
        let answer = bank.operator().send(request);
        assert_eq!(answer.status(), 415, "{content_type}");
        assert_eq!(problem(&answer)["code"], "unsupported_media_type");
    }
    assert_eq!(bank.operator().get("/clock")["offset_s"], 0);
}

#[test]
fn what_is_not_known_is_said_with_what_would_be() {
    let bank = TestBank::open();
    let operator = bank.operator();
    for (target, status, code, nearest) in [
        ("/requests?rotue=oauth", 422, "unknown_name", "route"),
        (
            "/requests?route=oauth.tokn",
            422,
            "unknown_name",
            "oauth.token",
        ),
        ("/requests?status=ok", 422, "invalid_value", ""),
        ("/requests?kind=all", 422, "invalid_value", ""),
        ("/requests?since=now", 422, "invalid_value", ""),
        ("/requests?limit=many", 422, "invalid_value", ""),
        ("/requests?count=yes", 422, "invalid_value", ""),
        ("/requests?wait=long", 422, "invalid_value", ""),
        ("/requests?wait=6m", 422, "invalid_value", ""),
        ("/requests?at_least=2", 422, "invalid_value", ""),
        ("/requests?limit=1&limit=2", 400, "invalid_query", ""),
        ("/requests/req_0000000001", 404, "not_found", ""),
        ("/requests/nonsense", 404, "not_found", ""),
        ("/nowhere", 404, "not_found", ""),
    ] {
        let answer = operator.send(Operator::request(Method::GET, target));
        assert_eq!(answer.status(), status, "{target}");
        let problem = problem(&answer);
        assert_eq!(problem["code"], code, "{target}");
        assert_eq!(
            problem["nearest"].as_str().unwrap_or_default(),
            nearest,
            "{target}"
        );
    }
    let put = operator.send(Operator::request(Method::PUT, "/clock"));
    assert_eq!(put.status(), 405);
    assert_eq!(put.headers()[ALLOW], "GET, HEAD, POST");
    assert_eq!(problem(&put)["code"], "method_not_allowed");
}

#[test]
fn a_body_that_cannot_be_read_is_no_command() {
    let bank = TestBank::open();
    for (name, body) in [
        ("half", br#"{"advance":"#.to_vec()),
        ("not UTF-8", b"{\"advance\":\"\xff\"}".to_vec()),
        (
            "a member twice",
            br#"{"advance":"1s","advance":"2s"}"#.to_vec(),
        ),
        ("nothing", Vec::new()),
    ] {
        let mut request = Operator::request(Method::POST, "/clock");
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = body;
        let answer = bank.operator().send(request);
        assert_eq!(answer.status(), 400, "{name}");
        assert_eq!(problem(&answer)["code"], "invalid_json", "{name}");
    }
    let mut huge = Operator::request(Method::POST, "/clock");
    *huge.body_mut() = vec![b' '; 1024 * 1024 + 1];
    let answer = bank.operator().send(huge);
    assert_eq!(answer.status(), 413);
    assert_eq!(problem(&answer)["code"], "unreadable");
}

#[test]
fn steering_leaves_no_trace_in_the_journal_and_the_bank_s_door_does_not_steer() {
    let bank = TestBank::open();
    let operator = bank.operator();
    assert_eq!(operator.get("/health"), json!({ "status": "ok" }));
    assert_eq!(operator.get("/ready")["clock"]["mode"], "frozen");
    operator.advance_clock("1s");
    assert_eq!(operator.requests(""), Vec::<Value>::new());
    for path in ["/clock", "/requests", "/health", "/ready"] {
        let refused = bank.stranger().get(path).send();
        refused.refused(404, "not_found", "request.path");
    }
}

#[test]
fn what_would_count_nothing_for_ever_is_refused() {
    let bank = TestBank::open();
    for query in [
        "verdict=pkce.verifer",
        "verdict=okay",
        "limit=0",
        "limit=-1",
    ] {
        let target = format!("/requests?{query}");
        let answer = bank
            .operator()
            .send(Operator::request(Method::GET, &target));
        assert_eq!(answer.status(), 422, "{query}");
        problem(&answer);
    }
    for query in [
        "verdict=ok",
        "verdict=pkce",
        "verdict=pkce.verifier",
        "limit=1",
    ] {
        bank.operator().get(&format!("/requests?{query}"));
    }
}

#[test]
fn time_does_not_leave_the_calendar() {
    let bank = TestBank::open();
    let before = bank.operator().get("/clock");
    for body in [
        json!({ "advance": "4000000d" }),
        json!({ "set": "2200-01-01T00:00:00Z" }),
        json!({ "set": "9999-12-31T00:00:00Z" }),
    ] {
        let answer = bank.operator().post("/clock", &body);
        assert_eq!(answer.status(), 422, "{body}");
        problem(&answer);
    }
    assert_eq!(bank.operator().get("/clock"), before);
}
