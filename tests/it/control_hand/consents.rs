//! POST `/consents` authorizes without a journey; GET `/consents` tells of every client's.

use http::Method;
use serde_json::{Value, json};

use super::{made, reading, refused, steer, with};
use crate::support::{TestBank, Way};

#[test]
fn a_consent_that_was_made_is_the_tpp_s_and_authorized() {
    let bank = TestBank::open();
    let told = made(&bank, "/consents", &reading());
    assert_eq!(
        (&told["status"], &told["client_id"], &told["customer_id"]),
        (
            &json!("authorized"),
            &json!("acorn-budget"),
            &json!("cus_0000000001")
        )
    );
    // All of hers, as by automatic approval.
    assert_eq!(told["account_ids"].as_array().unwrap().len(), 8);
    let id = told["consent_id"].as_str().unwrap();
    let seen = bank.tpp("acorn-budget").read_consent(id).send().ok();
    for member in [
        "consent_id",
        "status",
        "permissions",
        "expiration_date",
        "account_ids",
    ] {
        assert_eq!(seen[member], told[member], "{member}");
    }
    bank.tpp("burrow-pay")
        .read_consent(id)
        .send()
        .refused(404, "consent_not_found", "consent.own");
}

/// Goal: nothing tells it from one of a journey, so that it can be authorized anew.
#[test]
fn the_customer_may_authorize_it_anew() {
    let bank = TestBank::open();
    let told = made(
        &bank,
        "/consents",
        &with(&reading(), &json!({ "account_ids": ["acc_1234567890"] })),
    );
    assert_eq!(told["account_ids"], json!(["acc_1234567890"]));
    let acorn = bank.tpp("acorn-budget");
    let id = told["consent_id"].as_str().unwrap();
    let request = acorn.request(Way::PUSHED_JARM, id);
    let grant = acorn.grant_for(Way::PUSHED_JARM, &request, id);
    let accounts = grant.get("/accounts").send().ok();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 8);
}

#[test]
fn a_funds_confirmation_is_about_the_account_it_names() {
    let bank = TestBank::open();
    let told = made(&bank, "/consents", &funds("608371-12345678"));
    assert_eq!(told["account_ids"], json!(["acc_1234567890"]));
    let seen = bank
        .tpp("acorn-budget")
        .read_consent(told["consent_id"].as_str().unwrap());
    let seen = seen.send().ok();
    assert_eq!(seen["status"], "authorized");
    assert_eq!(seen["account_ids"], Value::Null);
    let other = with(
        &funds("608371-12345678"),
        &json!({ "account_ids": ["acc_1087654321"] }),
    );
    refused(
        (&bank, "/consents"),
        &other,
        (422, "invalid_value"),
        (Some("/account_ids"), None),
    );
}

fn funds(number: &str) -> Value {
    json!({
        "client_id": "acorn-budget",
        "customer_id": "hazel",
        "consent_type": "funds-confirmation",
        "debtor_account": { "scheme": "SortCodeAccountNumber", "id": number },
    })
}

#[test]
fn what_cannot_be_made_is_refused_with_its_place_and_nothing_is_kept() {
    let bank = TestBank::open();
    let path = (&bank, "/consents");
    for (changes, code, pointer, nearest) in REFUSED {
        let changes = serde_json::from_str(changes).unwrap();
        let body = with(&reading(), &changes);
        refused(path, &body, (422, code), (Some(pointer), *nearest));
    }
    let strange = with(&funds("202015-55555555"), &json!({}));
    refused(
        path,
        &strange,
        (422, "invalid_value"),
        (Some("/debtor_account"), None),
    );
    let of_rowan = with(
        &funds("608371-12345678"),
        &json!({ "customer_id": "rowan" }),
    );
    refused(
        path,
        &of_rowan,
        (422, "invalid_value"),
        (Some("/debtor_account"), None),
    );
    let beyond_its_scope = with(
        &funds("608371-12345678"),
        &json!({ "client_id": "clover-check" }),
    );
    refused(
        path,
        &beyond_its_scope,
        (422, "invalid_value"),
        (Some("/consent_type"), None),
    );
    refused(path, &json!([]), (400, "invalid_json"), (None, None));
    assert_eq!(bank.operator().get("/consents"), json!({ "items": [] }));
}

/// Goal: all faults at once, as the bank's own endpoint tells them.
#[test]
fn every_fault_of_the_body_is_told() {
    let bank = TestBank::open();
    let body = with(
        &reading(),
        &json!({ "permissions": [], "transaction_from_date": "soon" }),
    );
    let (status, told) = steer(&bank, (Method::POST, "/consents"), &body);
    assert_eq!((status, &told["code"]), (422, &json!("invalid_field")));
    let errors = told["errors"].as_array().unwrap().iter();
    let pointers: Vec<_> = errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/permissions", "/transaction_from_date"]);
}

#[test]
fn a_client_that_keeps_its_fill_gets_no_more() {
    let bank = TestBank::keeping(2);
    for _ in 0..2 {
        made(&bank, "/consents", &reading());
    }
    refused(
        (&bank, "/consents"),
        &reading(),
        (409, "too_many_consents"),
        (None, None),
    );
}

#[test]
fn the_list_tells_of_every_client_a_page_at_a_time() {
    let bank = TestBank::open();
    bank.tpp("burrow-pay").create_consent(&["ReadAccounts"]);
    bank.operator().advance_clock("1s");
    for _ in 0..2 {
        made(&bank, "/consents", &reading());
    }
    let all = bank.operator().get("/consents");
    let statuses: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(
        statuses,
        ["awaiting_authorization", "authorized", "authorized"]
    );
    assert_eq!(all["items"][0]["customer_id"], Value::Null);
    let first = bank.operator().get("/consents?limit=2");
    assert_eq!(
        first["items"].as_array().unwrap()[..],
        all["items"].as_array().unwrap()[..2]
    );
    let second = bank.operator().get(first["next"].as_str().unwrap());
    assert_eq!(second, json!({ "items": [all["items"][2]] }));
    let own = bank.operator().get("/consents?client_id=burrow-pay");
    assert_eq!(own["items"], json!([all["items"][0]]));
    for (query, pointer) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("after=x", "after"),
        ("clientid=x", "clientid"),
    ] {
        let (status, told) = steer(
            &bank,
            (Method::GET, &format!("/consents?{query}")),
            &json!({}),
        );
        assert_eq!(
            (status, told["pointer"].as_str()),
            (422, Some(pointer)),
            "{query}"
        );
    }
}

#[test]
fn another_bank_has_its_own() {
    let bank = TestBank::open();
    let other = bank.beside(&json!({ "scenario": "default", "at": "path" }));
    let told = made(&other, "/consents", &reading());
    assert_eq!(bank.operator().get("/consents"), json!({ "items": [] }));
    assert_eq!(other.operator().get("/consents")["items"], json!([told]));
}

/// Changes of a right body, where null takes a member out: code, where, and what was near.
type Refused = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const REFUSED: &[Refused] = &[
    (
        r#"{"client_id": null}"#,
        "invalid_value",
        "/client_id",
        None,
    ),
    (
        r#"{"client_id": "acorn-bugdet"}"#,
        "unknown_name",
        "/client_id",
        Some("acorn-budget"),
    ),
    (r#"{"client_id": 7}"#, "invalid_value", "/client_id", None),
    (
        r#"{"customer_id": null}"#,
        "invalid_value",
        "/customer_id",
        None,
    ),
    (
        r#"{"customer_id": "hazle"}"#,
        "unknown_name",
        "/customer_id",
        Some("hazel"),
    ),
    (
        r#"{"consent_type": null}"#,
        "invalid_value",
        "/consent_type",
        None,
    ),
    (
        r#"{"consent_type": "account-acess"}"#,
        "unknown_name",
        "/consent_type",
        Some("account-access"),
    ),
    (
        r#"{"permisions": []}"#,
        "unknown_name",
        "/permisions",
        Some("permissions"),
    ),
    (
        r#"{"debtor_account": {}}"#,
        "unknown_name",
        "/debtor_account",
        None,
    ),
    (
        r#"{"permissions": null}"#,
        "missing_field",
        "/permissions",
        None,
    ),
    (
        r#"{"permissions": ["ReadAccounts", "ReadAll"]}"#,
        "invalid_field",
        "/permissions/1",
        None,
    ),
    (
        r#"{"permissions": ["ReadBalances"]}"#,
        "missing_field",
        "/permissions",
        None,
    ),
    (
        r#"{"expiration_date": "2025-06-16T10:30:00Z"}"#,
        "invalid_date",
        "/expiration_date",
        None,
    ),
    (
        r#"{"expiration_date": "2025-09-15"}"#,
        "expiration_too_long",
        "/expiration_date",
        None,
    ),
    (
        r#"{"account_ids": []}"#,
        "invalid_value",
        "/account_ids",
        None,
    ),
    (
        r#"{"account_ids": "all"}"#,
        "invalid_value",
        "/account_ids",
        None,
    ),
    (
        r#"{"account_ids": ["acc_1234567891"]}"#,
        "unknown_name",
        "/account_ids/0",
        Some("acc_1234567890"),
    ),
    (
        r#"{"customer_id": "rowan", "account_ids": ["acc_1234567890"]}"#,
        "unknown_name",
        "/account_ids/0",
        Some("acc_1087654321"),
    ),
    (
        r#"{"account_ids": ["acc_1234567890", "acc_1234567890"]}"#,
        "invalid_value",
        "/account_ids/1",
        None,
    ),
];
