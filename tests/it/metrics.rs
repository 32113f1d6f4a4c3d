//! GET `/metrics`: what a monitor reads.

use std::collections::BTreeMap;

use http::Method;

use crate::support::{Operator, TestBank};

fn page(bank: &TestBank) -> String {
    let request = Operator::request(Method::GET, "/metrics");
    let answer = bank.operator().send(request);
    assert_eq!(answer.status(), 200);
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(answer.headers()["content-type"], media_type);
    String::from_utf8(answer.into_body()).unwrap()
}

/// Every line's value, after what the format demands of a page was held against it.
fn values(page: &str) -> BTreeMap<String, String> {
    let mut begun = None;
    let mut values = BTreeMap::new();
    for line in page.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            begun = Some(name.to_owned());
        } else if !line.starts_with("# HELP ") {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(series.starts_with(begun.as_deref().unwrap()), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(
                values.insert(series.to_owned(), value.to_owned()).is_none(),
                "{line} stands twice"
            );
        }
    }
    values
}

#[test]
fn what_happened_is_counted_by_route_status_and_duration() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    grant.get("/accounts").send().ok();
    grant
        .get("/balances")
        .send()
        .refused(403, "insufficient_permissions", "consent.permission");
    let _ = bank.stranger().get("/nowhere/that/anybody/chose").send();
    let page = page(&bank);
    let values = values(&page);
    for (series, value) in [
        (
            "hamsterbank_requests_total{route=\"oauth.token\",status=\"2xx\",bank=\"main\"}",
            "2",
        ),
        (
            "hamsterbank_requests_total{route=\"banking.balances.list\",status=\"4xx\",bank=\"main\"}",
            "1",
        ),
        (
            "hamsterbank_requests_total{route=\"none\",status=\"4xx\",bank=\"main\"}",
            "1",
        ),
        (
            "hamsterbank_request_duration_seconds_count{route=\"oauth.token\",bank=\"main\"}",
            "2",
        ),
        (
            "hamsterbank_request_duration_seconds_bucket{route=\"oauth.token\",le=\"+Inf\",bank=\"main\"}",
            "2",
        ),
        (
            "hamsterbank_consents{status=\"authorized\",bank=\"main\"}",
            "1",
        ),
        ("hamsterbank_tokens{kind=\"refresh\",bank=\"main\"}", "1"),
        ("hamsterbank_tokens{kind=\"access\",bank=\"main\"}", "2"),
        ("hamsterbank_clients{bank=\"main\"}", "3"),
        ("hamsterbank_journal_dropped_total{bank=\"main\"}", "0"),
        ("hamsterbank_connections_failed_total{bank=\"main\"}", "0"),
        ("hamsterbank_faults_fired_total{bank=\"main\"}", "0"),
        ("hamsterbank_clock_seconds{bank=\"main\"}", "1750069800"),
    ] {
        assert_eq!(
            values.get(series).map(String::as_str),
            Some(value),
            "{series}\n{page}"
        );
    }
    for chosen in ["nowhere", "acorn", "acc_1234567890"] {
        assert!(!page.contains(chosen), "{chosen}\n{page}");
    }
}

/// Goal: a forgotten journal does not turn counters back; a reset does, as a restart would.
#[test]
fn counters_go_on_when_the_journal_is_cleared_and_begin_again_with_a_reset() {
    let bank = TestBank::open();
    let _ = bank.jwks();
    let series = "hamsterbank_requests_total{route=\"oauth.jwks\",status=\"2xx\",bank=\"main\"}";
    let count = || values(&page(&bank)).get(series).cloned();
    let clear = Operator::request(Method::DELETE, "/requests");
    assert_eq!(bank.operator().send(clear).status(), 204);
    assert_eq!(count().as_deref(), Some("1"));
    bank.operator().post("/reset", &serde_json::json!({}));
    assert_eq!(count(), None);
}

#[test]
fn each_bank_has_meters_of_its_own() {
    let bank = TestBank::open();
    let other = bank.beside(&serde_json::json!({ "at": "path" }));
    let _ = other.jwks();
    assert!(!page(&bank).contains("oauth.jwks"));
    let name = other.name().to_owned();
    assert!(page(&other).contains(&format!(
        "route=\"oauth.jwks\",status=\"2xx\",bank=\"{name}\""
    )));
}

#[test]
fn a_rust_test_reads_events_and_metrics_by_a_method() {
    let bank = hamsterbank::Bank::builder()
        .start()
        .expect("free loopback ports");
    bank.clock().advance(time::Duration::SECOND);
    let events = bank.events("0").unwrap();
    assert!(events.contains("event: clock\n"), "{events}");
    assert!(
        bank.metrics()
            .unwrap()
            .contains("hamsterbank_clients{bank=\"main\"} 3\n")
    );
}
