//! The bank misbehaves on purpose: how rules are armed, matched and counted, and family by family that each
//! fault does exactly one wrong thing.

mod banking;
mod consent;
mod control;
mod header;
mod hold;
mod http;
mod identity;
mod line;
mod payment;
mod rules;
mod scenarios;
mod tls;
mod token;
mod transport;

use ::http::Method;
use serde_json::{Value, json};

use crate::support::{Operator, TestBank};

/// Arms a rule; answers its id.
#[track_caller]
fn arm(bank: &TestBank, rule: &Value) -> String {
    let answer = bank.operator().post("/faults", rule);
    let told: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(answer.status(), 201, "{told:#}");
    told["id"].as_str().expect("an id").to_owned()
}

/// Arms a fault wherever it can act; answers its rule's id.
#[track_caller]
fn arm_always(bank: &TestBank, fault: &str) -> String {
    arm(bank, &json!({"when": "always", "then": [{"fault": fault}]}))
}

/// A rule as it stands.
#[track_caller]
fn told(bank: &TestBank, id: &str) -> Value {
    bank.operator().get(&format!("/faults/{id}"))
}

/// How often a rule matched, and how often it fired.
#[track_caller]
fn counts(bank: &TestBank, id: &str) -> (u64, u64) {
    let told = told(bank, id);
    let number = |name: &str| told[name].as_u64().expect("a number");
    (number("matched"), number("fired"))
}

/// A control call without a body.
fn operate(bank: &TestBank, method: Method, target: &str) -> ::http::Response<Vec<u8>> {
    bank.operator().send(Operator::request(method, target))
}
