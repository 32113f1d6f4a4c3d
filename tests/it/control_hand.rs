//! The customer's and the bank's hand at the control API: consents and tokens without a journey.

mod consents;
mod decisions;
mod payment_consents;
mod tokens;
mod transactions;

use http::Method;
use serde_json::{Map, Value, json};

use crate::support::{Operator, TestBank};

/// A call of the control API with a body, if it has one: the status, and the body of the answer.
#[track_caller]
fn steer(bank: &TestBank, (method, target): (Method, &str), body: &Value) -> (u16, Value) {
    let answer = match method {
        Method::POST => bank.operator().post(target, body),
        other => bank.operator().send(Operator::request(other, target)),
    };
    let told = serde_json::from_slice(answer.body()).expect("JSON");
    (answer.status().as_u16(), told)
}

#[track_caller]
fn made(bank: &TestBank, target: &str, body: &Value) -> Value {
    let (status, told) = steer(bank, (Method::POST, target), body);
    assert_eq!(status, 201, "{told:#}");
    told
}

/// A POST that is refused: status, code, where, and what was near.
#[track_caller]
fn refused(
    (bank, target): (&TestBank, &str),
    body: &Value,
    (status, code): (u16, &str),
    (pointer, nearest): (Option<&str>, Option<&str>),
) {
    let (answered, told) = steer(bank, (Method::POST, target), body);
    assert_eq!(
        (
            answered,
            told["code"].as_str(),
            told["pointer"].as_str(),
            told["nearest"].as_str()
        ),
        (status, Some(code), pointer, nearest),
        "{body}: {told:#}"
    );
}

/// The members of `changes` in the place of those of `body`; null takes one out.
fn with(body: &Value, changes: &Value) -> Value {
    let mut changed: Map<_, _> = body.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        changed.shift_remove(name);
        if !value.is_null() {
            changed.insert(name.clone(), value.clone());
        }
    }
    Value::Object(changed)
}

/// A consent of hazel's for Acorn Budget that reads accounts.
fn reading() -> Value {
    json!({
        "client_id": "acorn-budget",
        "customer_id": "hazel",
        "consent_type": "account-access",
        "permissions": ["ReadAccounts", "ReadBalances"],
    })
}
