//! The same call twice makes one thing (API contract, sections 1.2, 6.2 and 15).

use super::{authorized, consent, domestic, with};
use crate::support::TestBank;

const KEY: &str = "x-idempotency-key";
const REPLAYED: &str = "x-idempotency-replayed";

#[test]
fn a_payment_sent_again_is_answered_as_it_stands_though_its_consent_is_used_up() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    let call = || grant.post("/payments", &domestic()).header(KEY, "key-1");
    let first = call().send();
    assert_eq!(first.header(REPLAYED), None);
    let first = first.created();
    bank.operator().advance_clock("5s");
    let again = call().send();
    assert_eq!(again.header(REPLAYED), Some("true"));
    let again = again.created();
    assert_eq!(again["data"]["payment_id"], first["data"]["payment_id"]);
    assert_eq!(again["data"]["status_code"], "ACSP");
    // Members in another order are the same body.
    let turned = serde_json::json!({
        "risk": domestic()["risk"], "payment_type": "domestic", "instruction": domestic()["instruction"],
    });
    let turned = grant.post("/payments", &turned).header(KEY, "key-1").send();
    assert_eq!(turned.header(REPLAYED), Some("true"));
    let other = with(domestic(), "/instruction/instructed_amount/amount", "11.00");
    let other = grant.post("/payments", &other).header(KEY, "key-1").send();
    other.refused(409, "idempotency_conflict", "idempotency.key");
    let unkeyed = grant.post("/payments", &domestic()).send();
    unkeyed.refused(409, "consent_consumed", "consent.in_force");
    let payments = bank.operator().get("/payments");
    assert_eq!(payments["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_consent_asked_for_again_is_the_same_consent() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let call =
        |body: &serde_json::Value| acorn.post_consent_of("payment", body).header(KEY, "key-1");
    let first = call(&domestic()).send().created();
    let again = call(&domestic()).send();
    assert_eq!(again.header(REPLAYED), Some("true"));
    assert_eq!(again.created(), first);
    let other = with(domestic(), "/read_refund_account", true);
    call(&other)
        .send()
        .refused(409, "idempotency_conflict", "idempotency.key");
    // A key is its client's and its endpoint's own.
    let burrow = bank.tpp("burrow-pay");
    let foreign = burrow
        .post_consent_of("payment", &domestic())
        .header(KEY, "key-1")
        .send();
    assert_eq!(foreign.header(REPLAYED), None);
    assert_ne!(foreign.created()["consent_id"], first["consent_id"]);
    let grant = acorn.grant_of("openid payments", first["consent_id"].as_str().unwrap());
    let payment = grant
        .post("/payments", &domestic())
        .header(KEY, "key-1")
        .send();
    assert_eq!(payment.header(REPLAYED), None);
    payment.created();
}

#[test]
fn a_key_is_remembered_for_a_day_of_bank_time() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let call = || {
        acorn
            .post_consent_of("payment", &domestic())
            .header(KEY, "key-1")
    };
    let first = call().send().created();
    bank.operator().advance_clock("86399s");
    assert_eq!(call().send().created()["consent_id"], first["consent_id"]);
    bank.operator().advance_clock("1s");
    let late = call().send();
    assert_eq!(late.header(REPLAYED), None);
    assert_ne!(late.created()["consent_id"], first["consent_id"]);
}

#[test]
fn a_key_under_which_nothing_was_made_is_free() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    let call = |body: &serde_json::Value| grant.post("/payments", body).header(KEY, "key-1");
    let other = with(domestic(), "/instruction/instructed_amount/amount", "11.00");
    call(&other)
        .send()
        .refused(400, "payment_mismatch", "payment.matches");
    call(&domestic())
        .body("{")
        .send()
        .refused(400, "invalid_format", "request.body");
    assert_eq!(call(&domestic()).send().header(REPLAYED), None);
    let consent_call =
        |body: &serde_json::Value| acorn.post_consent_of("payment", body).header(KEY, "key-2");
    let bad = with(domestic(), "/payment_type", "nonsense");
    consent_call(&bad)
        .send()
        .refused(400, "invalid_field", "request.body");
    consent_call(&domestic()).send().created();
}

#[test]
fn a_key_has_one_to_forty_characters_and_is_sent_once() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    let (long, longest) = ("k".repeat(41), "k".repeat(40));
    for key in ["", long.as_str()] {
        let call = grant.post("/payments", &domestic()).header(KEY, key).send();
        call.refused(400, "invalid_header", "idempotency.header");
        let call = acorn
            .post_consent_of("payment", &domestic())
            .header(KEY, key)
            .send();
        call.refused(400, "invalid_header", "idempotency.header");
    }
    let twice = grant
        .post("/payments", &domestic())
        .header(KEY, "a")
        .and_header(KEY, "b");
    twice
        .send()
        .refused(400, "invalid_header", "idempotency.header");
    // Elsewhere it means nothing.
    let elsewhere = acorn.post_consent_of(
        "funds-confirmation",
        &serde_json::json!({
            "debtor_account": {"scheme": "SortCodeAccountNumber", "id": "608371-12345678"},
        }),
    );
    elsewhere.header(KEY, &long).send().created();
    grant
        .post("/payments", &domestic())
        .header(KEY, &longest)
        .send()
        .created();
}

#[test]
fn of_many_calls_with_one_key_one_makes_something() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    let answers = grant.post("/payments", &domestic()).header(KEY, "key-1");
    let answers = answers.send_in_parallel(50);
    let mut made = std::collections::BTreeSet::new();
    for (status, body) in &answers {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        match status {
            201 => made.extend(body["data"]["payment_id"].as_str().map(str::to_owned)),
            409 => assert_eq!(body["code"], "idempotency_in_progress"),
            other => panic!("{other}: {body}"),
        }
    }
    assert_eq!(made.len(), 1);
    consent(&acorn, &domestic());
}
