//! The bank's own OpenAPI document: every other test holds its answers against it (`support::document`);
//! here it is read for itself.

use std::fmt::Write as _;
use std::panic::catch_unwind;

use serde_json::{Value, json};

use crate::support::{TestBank, documented};

fn document(bank: &TestBank) -> Value {
    bank.stranger().get("/openapi.json").send().ok()
}

#[test]
fn anybody_may_read_it_and_a_page_of_another_site_too() {
    let bank = TestBank::open();
    let response = bank.stranger().get("/openapi.json").send();
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    assert_eq!(response.entry()["route"], "bank.openapi");
    let document = response.ok();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], bank.issuer());
}

#[test]
fn its_operations_are_those_we_mean() {
    let document = document(&TestBank::open());
    let mut page = String::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
            let statuses: Vec<_> = statuses.iter().map(|status| status.as_str()).collect();
            writeln!(
                page,
                "{method:6} {path}\n       {id}: {}",
                statuses.join(" ")
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!("openapi_operations", page);
}

#[test]
fn what_it_says_of_bodies_is_what_the_bank_checks() {
    let document = document(&TestBank::open());
    let body = |path: &str| {
        let pointer = format!("/paths/{}/post", path.replace('/', "~1"));
        let schema = "requestBody/content/application~1json/schema";
        document.pointer(&format!("{pointer}/{schema}")).cloned()
    };
    let access = body("/consents/account-access").unwrap();
    assert_eq!(access["required"], json!(["permissions"]));
    assert_eq!(access["additionalProperties"], false);
    assert!(access["properties"]["permissions"]["items"]["enum"].is_array());
    let funds = body("/open-banking/v1/funds-confirmations").unwrap();
    assert_eq!(funds["properties"]["reference"]["maxLength"], 35);
}

#[test]
fn wherever_a_payment_may_be_sent_it_may_be_keyed_and_signed() {
    let document = document(&TestBank::open());
    for (path, is_signed) in [
        ("/consents", true),
        ("/consents/payment", true),
        ("/open-banking/v1/payments", true),
        ("/consents/account-access", false),
        ("/consents/funds-confirmation", false),
        ("/open-banking/v1/funds-confirmations", false),
    ] {
        let parameters = document["paths"][path]["post"]["parameters"].to_string();
        for header in ["x-idempotency-key", "x-jws-signature"] {
            assert_eq!(parameters.contains(header), is_signed, "{path}: {header}");
        }
    }
}

#[test]
fn an_answer_that_it_does_not_name_would_fail_every_test() {
    let account = json!({ "data": { "account_id": "acc_1" }, "links": { "self": "/" } });
    for (why, status, path, body) in [
        ("a status", 418, "/open-banking/v1/accounts", None),
        ("a success of another path", 200, "/no/such/path", None),
        (
            "a member missing",
            200,
            "/open-banking/v1/accounts/acc_1",
            Some(&account),
        ),
        (
            "a body of another type",
            200,
            "/open-banking/v1/balances",
            Some(&json!([])),
        ),
    ] {
        let checked = catch_unwind(|| documented("GET", path, status, body));
        assert!(checked.is_err(), "{why}");
    }
}
