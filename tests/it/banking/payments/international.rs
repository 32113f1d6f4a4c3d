//! Payments abroad: rates that hold, rates that give way, and what they cost (API contract, section 6.4).

use serde_json::{Value, json};

use super::{authorized, consent, international, look, paid, pay, with, without};
use crate::support::TestBank;

const RATE: &str = "/instruction/exchange_rate_information";

fn newest_rows(bank: &TestBank, count: usize) -> Vec<Value> {
    let reader = bank
        .tpp("acorn-budget")
        .grant(&["ReadAccounts", "ReadTransactions"]);
    let list = reader.get("/accounts/acc_1234567890/transactions");
    let rows = list.query(&format!("page_size={count}")).send().ok();
    rows["data"].as_array().unwrap().clone()
}

#[test]
fn a_quote_holds_for_five_minutes() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &international());
    bank.operator().advance_clock("299s");
    let payment = pay(&grant, &international());
    assert_eq!(payment["exchange_rate_information"]["rate_type"], "actual");
    assert_eq!(payment["debtor_account"]["id"], "608371-12345678");
}

#[test]
fn an_agreed_rate_is_honoured_and_the_debit_is_exact() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let agreed = json!({"unit_currency": "GBP", "rate_type": "agreed", "exchange_rate": "1.1700",
        "contract_identification": "FX-HAMSTER-1"});
    let body = with(international(), RATE, agreed);
    let payment = paid(&acorn, &body);
    assert_eq!(
        payment["exchange_rate_information"]["contract_identification"],
        "FX-HAMSTER-1"
    );
    assert_eq!(payment["charges"][0]["amount"]["amount"], "5.00");
    bank.operator().advance_clock("10s");
    let rows = newest_rows(&bank, 20);
    let by_code = |code: &str| {
        let is_it = |row: &&Value| {
            row["transaction_reference"] == "SWIFT000000000001"
                && row["proprietary_bank_transaction_code"]["code"] == code
        };
        rows.iter().find(is_it).unwrap().clone()
    };
    // 100.00 / 1.17 = 85.4700…
    assert_eq!(
        by_code("swift")["amount"],
        json!({"amount": "85.47", "currency": "GBP"})
    );
    assert_eq!(
        by_code("swift")["currency_exchange"]["exchange_rate"],
        "1.17"
    );
    assert_eq!(by_code("fee")["amount"]["amount"], "5.00");
    assert_eq!(by_code("fee")["credit_debit_indicator"], "debit");
}

#[test]
fn charges_are_split_by_who_bears_them() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (instrument, bearer, amount) in [
        ("swift", "borne_by_debtor", Some("10.00")),
        ("swift", "shared", Some("5.00")),
        ("swift", "following_service_level", Some("5.00")),
        ("swift", "borne_by_creditor", None),
        ("sepa_credit_transfer", "shared", None),
        ("sepa_instant", "following_service_level", None),
        ("target2", "borne_by_debtor", None),
    ] {
        let body = with(international(), "/instruction/local_instrument", instrument);
        let body = with(body, "/instruction/charge_bearer", bearer);
        let charges = consent(&acorn, &body)["charges"].clone();
        let charged = charges[0]["amount"]["amount"].as_str();
        assert_eq!(charged, amount, "{instrument} {bearer}");
    }
}

#[test]
fn an_indicative_rate_is_the_market_s_on_the_day() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = with(international(), &format!("{RATE}/rate_type"), "indicative");
    let told = consent(&acorn, &body)["exchange_rate_information"].clone();
    assert!(told.get("expiration_date_time").is_none());
    bank.operator().advance_clock("2d");
    let payment = paid(&acorn, &body);
    let used = payment["exchange_rate_information"]["exchange_rate"].clone();
    assert_ne!(told["exchange_rate"], used);
    assert_eq!(
        used,
        consent(&acorn, &body)["exchange_rate_information"]["exchange_rate"]
    );
}

#[test]
fn without_a_word_on_rates_the_market_decides() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = without(international(), RATE);
    let payment = paid(&acorn, &body);
    assert!(payment.get("exchange_rate_information").is_none());
    // Hazel has a euro account: nothing is exchanged then.
    assert_eq!(payment["debtor_account"]["id"], "608371-44444444");
    bank.operator().advance_clock("1h");
    assert_eq!(look(&acorn, &payment)["status_code"], "ACCC");
}

#[test]
fn a_quote_that_has_expired_uses_nothing_up() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let created = consent(&acorn, &international());
    bank.operator().advance_clock("4m");
    let grant = acorn.grant_of("openid payments", created["consent_id"].as_str().unwrap());
    bank.operator().advance_clock("1m");
    let late = grant.post("/payments", &international()).send();
    late.refused(422, "exchange_rate_expired", "payment.quote");
    let read = acorn.read_consent(&grant.consent).send().ok();
    assert_eq!(read["status"], "authorized");
}
