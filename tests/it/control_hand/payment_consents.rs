//! POST `/consents` for payments: authorized without a journey, and as strict as the bank's own endpoint.

use http::Method;
use serde_json::{Value, json};

use super::{made, refused, steer};
use crate::banking::payments::{domestic, with, without};
use crate::support::{Grant, TestBank, Variant};

/// A right body, for Burrow Pay and Hazel.
fn asked(body: Value) -> Value {
    let mut body = body;
    let members = [
        ("client_id", "burrow-pay"),
        ("customer_id", "hazel"),
        ("consent_type", "payment"),
    ];
    for (name, value) in members {
        body[name] = value.into();
    }
    body
}

/// Goal: the consent is an order like any other, which the TPP submits once.
#[test]
fn a_payment_consent_made_by_hand_is_paid_once() {
    let bank = TestBank::open();
    let mut wish = asked(domestic());
    wish["account_ids"] = json!(["acc_1234567890"]);
    let told = made(&bank, "/consents", &wish);
    assert_eq!(told["status"], "authorized");
    assert_eq!(told["payment_type"], "domestic");
    assert_eq!(told["account_ids"], json!(["acc_1234567890"]));
    let consent = told["consent_id"].as_str().unwrap();
    let token = json!({ "client_id": "burrow-pay", "consent_id": consent });
    let token = made(&bank, "/tokens", &token);
    let grant = Grant {
        tpp: bank.tpp("burrow-pay"),
        consent: consent.to_owned(),
        access_token: token["access_token"].as_str().unwrap().to_owned(),
        refresh_token: String::new(),
    };
    let other = with(domestic(), "/instruction/instructed_amount/amount", "10.01");
    let answer = grant.post("/payments", &other).send();
    assert_eq!(answer.status(), 400, "not what she agreed to");
    grant.post("/payments", &domestic()).send().created();
    let used = json!({ "client_id": "burrow-pay", "consent_id": consent });
    let code = (409, "consent_not_authorized");
    refused((&bank, "/tokens"), &used, code, (None, None));
}

#[test]
fn what_the_bank_would_refuse_a_tpp_it_refuses_the_operator_and_keeps_nothing() {
    let bank = TestBank::open();
    let path = (&bank, "/consents");
    let amount = "/instruction/instructed_amount/amount";
    for (body, code, pointer) in [
        (
            without(domestic(), "/instruction"),
            "missing_field",
            "/instruction",
        ),
        (
            without(domestic(), "/payment_type"),
            "missing_field",
            "/payment_type",
        ),
        (
            with(domestic(), "/payment_type", "giro"),
            "invalid_field",
            "/payment_type",
        ),
        (with(domestic(), amount, "10,00"), "invalid_field", amount),
        (
            with(domestic(), amount, "25000.01"),
            "amount_exceeds_limit",
            amount,
        ),
        (
            with(domestic(), "/instruction/instrument", "fps"),
            "unexpected_field",
            "/instruction/instrument",
        ),
        (
            with(
                domestic(),
                "/instruction/debtor_account",
                json!({"scheme": "PAN", "id": "4000000000000002"}),
            ),
            "unsupported_scheme",
            "/instruction/debtor_account/scheme",
        ),
    ] {
        refused(path, &asked(body), (422, code), (Some(pointer), None));
    }
    let misspelt = with(asked(domestic()), "/instrucion", json!({}));
    let place = (Some("/instrucion"), Some("instruction"));
    refused(path, &misspelt, (422, "unknown_name"), place);
    let of_rowan =
        json!({"scheme": "SortCodeAccountNumber", "id": "608371-12345678", "name": "Hazel"});
    let mut of_rowan = with(asked(domestic()), "/instruction/debtor_account", of_rowan);
    of_rowan["customer_id"] = "rowan".into();
    let place = (Some("/instruction/debtor_account"), None);
    refused(path, &of_rowan, (422, "invalid_value"), place);
    assert_eq!(bank.operator().get("/consents"), json!({ "items": [] }));
}

#[test]
fn where_no_payment_may_wait_one_that_is_late_is_refused() {
    let bank = TestBank::varied(&Variant::default().bank("cut_off: reject"));
    bank.operator().advance_clock("12h");
    let chaps = with(domestic(), "/instruction/local_instrument", "chaps");
    let (status, told) = steer(&bank, (Method::POST, "/consents"), &asked(chaps));
    assert_eq!(
        (status, &told["code"]),
        (422, &json!("after_cut_off")),
        "{told:#}"
    );
}
