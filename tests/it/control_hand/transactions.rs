//! Customers, accounts and rows by the operator's hand (CONTROL, sections 6 and 11).

use http::Method;
use serde_json::{Value, json};

use super::{made, refused, steer, with};
use crate::support::{Grant, TestBank, Variant};

const ROWS: &str = "/accounts/acc_1234567890/transactions";

/// The least that makes a row.
fn purchase() -> Value {
    json!({
        "credit_debit_indicator": "debit",
        "amount": {"amount": "12.30", "currency": "GBP"},
    })
}

fn reader(bank: &TestBank) -> Grant<'_> {
    bank.tpp("acorn-budget")
        .grant(&["ReadAccounts", "ReadBalances", "ReadTransactions"])
}

fn pending(bank: &TestBank) -> String {
    let row = made(
        bank,
        ROWS,
        &with(&purchase(), &json!({ "status": "pending" })),
    );
    row["transaction_id"].as_str().unwrap().to_owned()
}

/// What a TPP sees of a row.
fn seen(grant: &Grant<'_>, id: &str) -> Option<Value> {
    let list = grant.get(ROWS).query("page_size=50").send().ok();
    let rows = list["data"].as_array().unwrap().clone();
    rows.into_iter().find(|row| row["transaction_id"] == id)
}

fn balance(grant: &Grant<'_>, kind: &str) -> String {
    let list = grant.get("/accounts/acc_1234567890/balances").send().ok();
    let balances = list["data"].as_array().unwrap().clone();
    let found = balances.into_iter().find(|balance| balance["type"] == kind);
    found.unwrap()["amount"]["amount"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn the_operator_sees_everybody_with_what_they_log_in_with() {
    let bank = TestBank::open();
    let operator = bank.operator();
    let customers = operator.get("/customers");
    let hazel = &customers["items"][0];
    assert_eq!(hazel["username"], "hazel");
    assert_eq!(hazel["name"], "Hazel Wheelwright");
    assert_eq!(hazel["otp"], "123456");
    assert!(!hazel["password"].as_str().unwrap().is_empty());
    assert_eq!(hazel["account_ids"].as_array().unwrap().len(), 8);
    assert_eq!(customers["items"].as_array().unwrap().len(), 3);
    assert!(customers.get("next").is_none());
    let accounts = operator.get("/accounts");
    let main = &accounts["items"][0];
    assert_eq!(main["account_id"], "acc_1234567890");
    assert_eq!(main["identifiers"][0]["id"], "608371-12345678");
    assert_eq!(main["customer_ids"], json!([hazel["customer_id"]]));
    assert_eq!(main["deposit_only"], false);
    let booked = main["balances"].as_array().unwrap();
    let booked = booked.iter().find(|it| it["type"] == "interim_booked");
    assert_eq!(booked.unwrap()["amount"]["amount"], "5432.10");
    let joint = &accounts["items"][1];
    assert_eq!(joint["customer_ids"].as_array().unwrap().len(), 2);
}

/// Goal: every list can be followed to its end, and no item comes twice or never.
#[test]
fn lists_are_read_page_by_page() {
    let bank = TestBank::open();
    let operator = bank.operator();
    for (list, id) in [
        ("/customers", "customer_id"),
        ("/accounts", "account_id"),
        (ROWS, "transaction_id"),
    ] {
        let all = operator.get(&format!("{list}?limit=1000"));
        let all: Vec<_> = all["items"].as_array().unwrap().clone();
        let mut told = Vec::new();
        let mut next = Some(format!("{list}?limit=2"));
        while let (Some(page), true) = (&next, told.len() < 12) {
            let page = operator.get(page);
            told.extend(page["items"].as_array().unwrap().clone());
            next = page["next"].as_str().map(str::to_owned);
        }
        assert!(told.len() >= all.len().min(12), "{list}");
        for (one, other) in told.iter().zip(&all) {
            assert_eq!(one[id], other[id], "{list}");
        }
    }
    for (query, pointer) in [
        ("/customers?after=cus_0000009999", "after"),
        ("/customers?limit=0", "limit"),
        ("/accounts?page=2", "page"),
        (
            "/accounts/acc_1234567890/transactions?after=txn_0000000001",
            "after",
        ),
        (
            "/accounts/acc_1234567890/transactions?status=bokked",
            "status",
        ),
    ] {
        let (status, told) = steer(&bank, (Method::GET, query), &Value::Null);
        assert_eq!(
            (status, told["pointer"].as_str()),
            (422, Some(pointer)),
            "{query}"
        );
    }
    let missing = "/accounts/acc_0000000009/transactions";
    assert_eq!(steer(&bank, (Method::GET, missing), &Value::Null).0, 404);
    let pending = operator.get(&format!("{ROWS}?status=pending"));
    for row in pending["items"].as_array().unwrap() {
        assert_eq!(row["status"], "pending");
    }
}

#[test]
fn a_row_that_is_put_in_is_booked_now_and_counted() {
    let bank = TestBank::open();
    let grant = reader(&bank);
    let row = made(&bank, ROWS, &purchase());
    assert_eq!(row["status"], "booked");
    assert_eq!(row["booking_date_time"], "2025-06-16T10:30:00Z");
    assert_eq!(row["value_date_time"], "2025-06-16T10:30:00Z");
    assert_eq!(
        row["proprietary_bank_transaction_code"]["code"],
        "faster_payment"
    );
    assert_eq!(row["running_balance"]["amount"]["amount"], "5419.80");
    let id = row["transaction_id"].as_str().unwrap();
    assert_eq!(seen(&grant, id), Some(row.clone()));
    assert_eq!(balance(&grant, "interim_booked"), "5419.80");
    let booked = bank
        .operator()
        .get(&format!("{ROWS}?status=booked&limit=1"));
    assert_eq!(booked["items"][0], row);
}

/// Goal: what a TPP reads of a row is what was put in, member by member.
#[test]
fn a_row_is_put_in_with_every_member_that_a_row_has() {
    let bank = TestBank::open();
    let purchase = json!({
        "account_id": "acc_1234567890",
        "transaction_reference": "ARN-74537",
        "status": "pending",
        "credit_debit_indicator": "debit",
        "amount": {"amount": "85.47", "currency": "GBP"},
        "booking_date_time": "2025-06-18T00:00:00Z",
        "value_date_time": "2025-06-15T19:30:00Z",
        "charge_amount": {"amount": "2.55", "currency": "GBP"},
        "currency_exchange": {
            "source_currency": "GBP", "target_currency": "EUR", "unit_currency": "GBP",
            "exchange_rate": "1.17", "instructed_amount": {"amount": "100.00", "currency": "EUR"},
            "contract_identification": "FX-1", "quotation_date": "2025-06-15T19:30:00Z",
        },
        "bank_transaction_code": {"code": "CCRD", "sub_code": "POSD"},
        "proprietary_bank_transaction_code": {"code": "card_purchase", "issuer": "HamsterBank"},
        "card_instrument": {
            "scheme_name": "visa", "authorization_type": "contactless",
            "identification": "************4242",
        },
        "transaction_information": "ÉPICERIE DU COIN 🐹",
        "merchant": {"name": "Épicerie du Coin", "category_code": "5411"},
        "creditor_agent": {"scheme": "BICFI", "id": "HAYBFR20", "name": "Banque du Foin"},
        "creditor_account": {"name": "Épicerie du Coin SARL"},
    });
    let row = made(&bank, ROWS, &purchase);
    let added = json!({"transaction_id": row["transaction_id"], "mutability": "mutable"});
    assert_eq!(row, with(&purchase, &added));
    let transfer = json!({
        "transaction_reference": "FPS1",
        "credit_debit_indicator": "credit",
        "amount": {"amount": "0.01", "currency": "GBP"},
        "booking_date_time": "2025-06-01T09:00:00Z",
        "debtor_agent": {"scheme": "BICFI", "id": "HAYBGB20"},
        "debtor_account": {
            "scheme": "SortCodeAccountNumber", "id": "002015-31415926", "name": "Rowan",
        },
    });
    let row = made(&bank, ROWS, &transfer);
    for (name, value) in transfer.as_object().unwrap() {
        assert_eq!(row[name], *value, "{name}");
    }
    assert_eq!(row["value_date_time"], "2025-06-01T09:00:00Z");
}

#[test]
fn what_kind_of_row_it_is_follows_from_what_is_told() {
    let bank = TestBank::open();
    let shop = json!({"name": "Shop", "category_code": "742"});
    for (changes, code) in [
        (json!({}), "faster_payment"),
        (json!({"merchant": shop}), "card_purchase"),
        (
            json!({"merchant": shop, "credit_debit_indicator": "credit"}),
            "card_refund",
        ),
        (
            json!({"bank_transaction_code": {"code": "RDDT", "sub_code": "PMDD"}}),
            "direct_debit",
        ),
        (
            json!({"bank_transaction_code": {"code": "ICDT", "sub_code": "DMCT"}}),
            "faster_payment",
        ),
        (
            json!({"proprietary_bank_transaction_code": {"code": "chaps"}}),
            "chaps",
        ),
    ] {
        let row = made(&bank, ROWS, &with(&purchase(), &changes));
        assert_eq!(
            row["proprietary_bank_transaction_code"]["code"], code,
            "{changes}"
        );
    }
}

/// Goal: a wrong row is refused with where, what was expected and what was near, and nothing is put in.
#[test]
fn a_wrong_row_is_refused_and_nothing_is_put_in() {
    let bank = TestBank::open();
    let before = bank.operator().get(&format!("{ROWS}?limit=5"));
    for (changes, code, pointer, nearest) in WRONG {
        let body = with(&purchase(), &serde_json::from_str(changes).unwrap());
        refused((&bank, ROWS), &body, (422, code), (Some(pointer), *nearest));
    }
    let nobody = "/accounts/acc_0000000009/transactions";
    refused(
        (&bank, nobody),
        &purchase(),
        (404, "not_found"),
        (None, None),
    );
    let after = bank.operator().get(&format!("{ROWS}?limit=5"));
    assert_eq!(after["items"], before["items"]);
}

/// Goal: the account can count no more, and says so instead of losing money. Dinars have the most minor
/// units, so that it takes the fewest rows.
#[test]
fn sums_that_no_longer_fit_are_refused() {
    let dinars = ["number: \"66666666\"", "currency: BHD", "history_months: 0"];
    let bank = TestBank::varied(&Variant::default().account("dinars", &dinars));
    let accounts = bank.operator().get("/accounts");
    let accounts = accounts["items"].as_array().unwrap().iter();
    let account = accounts.clone().find(|it| it["currency"] == "BHD").unwrap();
    let rows = format!(
        "/accounts/{}/transactions",
        account["account_id"].as_str().unwrap()
    );
    let much = json!({"amount": {"amount": "9999999999999.999", "currency": "BHD"}});
    let much = with(&purchase(), &much);
    let mut answers = (0..930).map(|_| steer(&bank, (Method::POST, &rows), &much));
    let (status, told) = answers.find(|(status, _)| *status != 201).unwrap();
    assert_eq!(
        (status, told["code"].as_str()),
        (409, Some("amount_too_large"))
    );
}

#[test]
fn a_pending_row_is_booked_by_hand_and_once() {
    let bank = TestBank::open();
    let grant = reader(&bank);
    let id = pending(&bank);
    assert_eq!(balance(&grant, "interim_booked"), "5432.10");
    bank.operator().advance_clock("40d");
    let path = format!("/transactions/{id}/book");
    let (status, told) = steer(&bank, (Method::POST, &path), &json!({}));
    assert_eq!(status, 200, "{told:#}");
    assert_eq!(
        (&told["pending_id"], &told["booked_id"]),
        (&json!(id), &json!(id))
    );
    assert_eq!(told["transaction"]["status"], "booked");
    assert_eq!(
        told["transaction"]["booking_date_time"],
        "2025-07-26T10:30:00Z"
    );
    assert_eq!(seen(&reader(&bank), &id), Some(told["transaction"].clone()));
    for verb in ["book", "cancel"] {
        let path = format!("/transactions/{id}/{verb}");
        let (status, told) = steer(&bank, (Method::POST, &path), &json!({}));
        assert_eq!(
            (status, told["code"].as_str()),
            (409, Some("illegal_transition"))
        );
        assert_eq!(told["expected"], "a pending transaction");
    }
    for unknown in ["txn_9999999999", "x"] {
        let path = format!("/transactions/{unknown}/book");
        assert_eq!(steer(&bank, (Method::POST, &path), &json!({})).0, 404);
    }
    let path = format!("/transactions/{}/book", pending(&bank));
    refused(
        (&bank, &path),
        &json!({"at": "now"}),
        (422, "unknown_name"),
        (Some("/at"), None),
    );
}

#[test]
fn a_pending_row_is_called_off_and_leaves_after_a_week() {
    let bank = TestBank::open();
    let grant = reader(&bank);
    let expected = balance(&grant, "expected");
    let id = pending(&bank);
    assert_ne!(balance(&grant, "expected"), expected);
    let path = format!("/transactions/{id}/cancel");
    let (status, told) = steer(&bank, (Method::POST, &path), &json!({}));
    assert_eq!(status, 200, "{told:#}");
    assert_eq!(told["booked_id"], Value::Null);
    assert_eq!(told["transaction"]["status"], "rejected");
    assert_eq!(seen(&grant, &id).unwrap()["status"], "rejected");
    assert_eq!(balance(&grant, "interim_booked"), "5432.10");
    assert_eq!(balance(&grant, "expected"), expected);
    let again = steer(
        &bank,
        (Method::POST, &format!("/transactions/{id}/book")),
        &json!({}),
    );
    assert_eq!(
        (again.0, again.1["code"].as_str()),
        (409, Some("illegal_transition"))
    );
    let moved = bank.operator().advance_clock("7d");
    let fired = moved["fired"].as_array().unwrap();
    let is_it = |fired: &&Value| fired["kind"] == "transaction_dropped" && fired["id"] == id;
    assert_eq!(fired.iter().filter(is_it).count(), 1);
    let (status, _) = steer(&bank, (Method::POST, &path), &json!({}));
    assert_eq!(status, 404);
}

#[test]
fn a_pending_row_with_a_time_to_come_is_booked_by_itself_then() {
    let bank = TestBank::open();
    let later = json!({"status": "pending", "booking_date_time": "2025-06-18T00:00:00Z"});
    let row = made(&bank, ROWS, &with(&purchase(), &later));
    assert_eq!(row["value_date_time"], "2025-06-16T10:30:00Z");
    let moved = bank.operator().advance_clock("2d");
    let fired = moved["fired"].as_array().unwrap();
    let is_it = |fired: &&Value| fired["id"] == row["transaction_id"];
    let fired: Vec<_> = fired.iter().filter(is_it).collect();
    assert_eq!(fired.len(), 1);
    assert_eq!(fired[0]["kind"], "transaction_booked");
    assert_eq!(fired[0]["at"], "2025-06-18T00:00:00Z");
}

/// Goal: booking by hand goes the way of the bank, as booking by time does.
#[test]
fn the_banks_way_of_booking_says_what_becomes_of_the_row() {
    for (way, keeps_id, is_there) in [
        ("stable_id", true, true),
        ("new_id", false, true),
        ("changed_amount", true, true),
        ("changed_narrative", true, true),
        ("dropped", false, false),
        ("back_dated", true, true),
        ("future_dated", true, true),
        ("positional_reference", true, true),
        ("reused_id", false, true),
    ] {
        let variant = Variant::default().bank(&format!("pending_to_booked: {way}"));
        let bank = TestBank::varied(&variant);
        let id = pending(&bank);
        let path = format!("/transactions/{id}/book");
        let (status, told) = steer(&bank, (Method::POST, &path), &json!({}));
        assert_eq!(status, 200, "{way}: {told:#}");
        assert_eq!(told["pending_id"], id, "{way}");
        assert_eq!(told["booked_id"] == json!(id), keeps_id, "{way}: {told:#}");
        assert_eq!(told.get("transaction").is_some(), is_there, "{way}");
        if is_there {
            assert_eq!(told["transaction"]["status"], "booked", "{way}");
            assert_eq!(
                told["transaction"]["transaction_id"], told["booked_id"],
                "{way}"
            );
        } else {
            assert_eq!(told["booked_id"], Value::Null, "{way}");
        }
        if way == "new_id" {
            let (status, told) = steer(&bank, (Method::POST, &path), &json!({}));
            assert_eq!(
                (status, told["code"].as_str()),
                (409, Some("illegal_transition"))
            );
        }
        if way == "changed_amount" {
            assert_eq!(told["transaction"]["amount"]["amount"], "12.54");
        }
    }
}

#[test]
fn rows_of_one_bank_are_none_of_another() {
    let bank = TestBank::open();
    let beside = bank.beside(&json!({"at": "path"}));
    let row = made(
        &beside,
        ROWS,
        &with(&purchase(), &json!({"transaction_reference": "HERE"})),
    );
    assert_eq!(row["transaction_reference"], "HERE");
    let there = bank.operator().get(&format!("{ROWS}?limit=1"));
    assert_ne!(there["items"][0]["transaction_reference"], "HERE");
}

/// Changes to a row that make it wrong; with what word it is refused, where, and what was near.
const WRONG: &[(&str, &str, &str, Option<&str>)] = &[
    (r#"{"amount": null}"#, "invalid_value", "/amount", None),
    (r#"{"amount": "1.00"}"#, "invalid_value", "/amount", None),
    (
        r#"{"amount": {"amount": "1"}}"#,
        "invalid_value",
        "/amount/currency",
        None,
    ),
    (
        r#"{"amount": {"amount": "-1", "currency": "GBP"}}"#,
        "invalid_value",
        "/amount/amount",
        None,
    ),
    (
        r#"{"amount": {"amount": "1.001", "currency": "GBP"}}"#,
        "invalid_value",
        "/amount/amount",
        None,
    ),
    (
        r#"{"amount": {"amount": "1", "currency": "EUR"}}"#,
        "unknown_name",
        "/amount/currency",
        None,
    ),
    (
        r#"{"credit_debit_indicator": null}"#,
        "invalid_value",
        "/credit_debit_indicator",
        None,
    ),
    (
        r#"{"credit_debit_indicator": "debt"}"#,
        "unknown_name",
        "/credit_debit_indicator",
        Some("debit"),
    ),
    (r#"{"status": "rejected"}"#, "unknown_name", "/status", None),
    (
        r#"{"statsu": "booked"}"#,
        "unknown_name",
        "/statsu",
        Some("status"),
    ),
    (
        r#"{"transaction_id": "txn_1"}"#,
        "invalid_value",
        "/transaction_id",
        None,
    ),
    (
        r#"{"running_balance": {}}"#,
        "invalid_value",
        "/running_balance",
        None,
    ),
    (
        r#"{"account_id": "acc_0000000001"}"#,
        "invalid_value",
        "/account_id",
        None,
    ),
    (
        r#"{"booking_date_time": "soon"}"#,
        "invalid_value",
        "/booking_date_time",
        None,
    ),
    (
        r#"{"value_date_time": "3000-01-01"}"#,
        "invalid_value",
        "/value_date_time",
        None,
    ),
    (
        r#"{"transaction_information": ""}"#,
        "invalid_value",
        "/transaction_information",
        None,
    ),
    (
        r#"{"transaction_information": "a\nb"}"#,
        "invalid_value",
        "/transaction_information",
        None,
    ),
    (
        r#"{"proprietary_bank_transaction_code": {"code": "card_purchas"}}"#,
        "unknown_name",
        "/proprietary_bank_transaction_code/code",
        Some("card_purchase"),
    ),
    (
        r#"{"bank_transaction_code": {"code": "XXXX", "sub_code": "DMCT"}}"#,
        "invalid_value",
        "/bank_transaction_code",
        None,
    ),
    (
        r#"{"proprietary_bank_transaction_code": {"code": "salary"}, "bank_transaction_code": {"code": "ICDT", "sub_code": "DMCT"}}"#,
        "invalid_value",
        "/bank_transaction_code",
        None,
    ),
    (
        r#"{"merchant": {"name": "Shop", "category_code": "54A1"}}"#,
        "invalid_value",
        "/merchant/category_code",
        None,
    ),
    (
        r#"{"merchant": {"nam": "Shop"}}"#,
        "unknown_name",
        "/merchant/nam",
        Some("name"),
    ),
    (
        r#"{"debtor_account": {"name": "I"}}"#,
        "invalid_value",
        "/debtor_account",
        None,
    ),
    (
        r#"{"creditor_agent": {"id": "HAYBGB20"}}"#,
        "invalid_value",
        "/creditor_account",
        None,
    ),
    (
        r#"{"creditor_account": {"name": "X", "scheme": "IBAN", "id": "GB00"}}"#,
        "invalid_value",
        "/creditor_account/id",
        None,
    ),
    (
        r#"{"creditor_account": {"name": "X", "id": "1"}}"#,
        "invalid_value",
        "/creditor_account/scheme",
        None,
    ),
    (
        r#"{"card_instrument": {"scheme_name": "visa", "identification": "4242424242424242"}}"#,
        "invalid_value",
        "/card_instrument/identification",
        None,
    ),
    (
        r#"{"currency_exchange": {"exchange_rate": "0", "instructed_amount": {"amount": "1", "currency": "EUR"}}}"#,
        "invalid_value",
        "/currency_exchange/exchange_rate",
        None,
    ),
];
