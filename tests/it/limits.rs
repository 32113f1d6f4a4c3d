//! Limits: whoever asks for too much is told so, and nobody else loses anything by it.

use crate::support::{TestBank, Way};

/// What one client may have pushed and not used.
const PUSHED_MAX: usize = 20_000;

#[test]
fn a_client_that_floods_the_bank_with_pushed_requests_takes_nothing_from_another() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_HYBRID, &consent);
    let url = acorn.authorization_url(Way::PUSHED_HYBRID, &request);
    let burrow = bank.tpp("burrow-pay");
    let own = burrow.create_consent(&["ReadAccounts"]);
    let flood = burrow.push(&burrow.request(Way::PUSHED_HYBRID, &own));
    for _ in 0..PUSHED_MAX {
        assert_eq!(flood.clone().send_unwatched(), 201);
    }
    let refused = flood.clone().send();
    let body = refused.refused(429, "temporarily_unavailable", "limit.outstanding");
    assert!(
        body["error_description"]
            .as_str()
            .unwrap()
            .contains("20000"),
        "{body}"
    );
    // The other client's request from before the flood still stands, and it can push another.
    let landing = bank.customer("hazel").opens(&url).landing();
    assert!(landing.fragment.get("code").is_some());
    acorn.grant(&["ReadAccounts"]).get("/accounts").send().ok();
    // What is past its life makes room.
    bank.operator().advance_clock("91s");
    flood.send().created();
}

#[test]
fn a_body_over_a_mebibyte_and_headers_over_64_kib_are_not_read() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let body = vec![b'a'; 1024 * 1024 + 1];
    let big = acorn
        .post_consent(&serde_json::json!({}))
        .body(body.clone())
        .send();
    big.refused(413, "payload_too_large", "request.size");
    let form = acorn
        .token([("grant_type", "client_credentials")])
        .body(body)
        .send();
    let body = form.refused(413, "invalid_request", "request.size");
    assert_eq!(body["code"], "payload_too_large");
    let long = "h".repeat(66 * 1024);
    let headers = grant
        .get("/accounts")
        .header("x-customer-user-agent", &long)
        .send();
    headers.refused(431, "headers_too_large", "request.size");
    let just = vec![b' '; 1024 * 1024];
    let just = acorn.post_consent(&serde_json::json!({})).body(just).send();
    just.refused(400, "invalid_format", "request.body");
}
