//! What becomes of payments while the bank's time passes (API contract, section 6.3; scenarios).

use serde_json::{Value, json};

use super::{authorized, codes, domestic, look, paid, pay, with};
use crate::support::TestBank;

const REFERENCE: &str = "/instruction/remittance_information/reference";
const AMOUNT: &str = "/instruction/instructed_amount/amount";

fn available(balances: &Value) -> String {
    let balances = balances["data"].as_array().unwrap();
    let it = balances
        .iter()
        .find(|it| it["type"] == "interim_available")
        .unwrap();
    it["amount"]["amount"].as_str().unwrap().to_owned()
}

#[test]
fn a_payment_is_executed_after_five_seconds_and_settled_after_ten() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let reader = acorn.grant(&["ReadAccounts", "ReadBalances", "ReadTransactions"]);
    let balance = || available(&reader.get("/accounts/acc_1234567890/balances").send().ok());
    let payment = paid(&acorn, &domestic());
    assert_eq!(balance(), "5314.10");
    let fired = bank.operator().advance_clock("5s")["fired"].clone();
    assert_eq!(fired[0]["kind"], "payment_status");
    assert_eq!(fired[0]["id"], payment["payment_id"]);
    assert_eq!(balance(), "5304.10");
    let executed = look(&acorn, &payment);
    assert_eq!(executed["status"], "processing");
    assert_eq!(executed["status_updated_at"], "2025-06-16T10:30:05Z");
    assert!(
        executed["scheme_payment_id"]
            .as_str()
            .unwrap()
            .starts_with("FPS")
    );
    bank.time_passes(time::Duration::seconds(5));
    let settled = look(&acorn, &payment);
    assert_eq!(
        (&settled["status"], &settled["status_code"]),
        (&json!("completed"), &json!("ACSC"))
    );
    bank.operator().advance_clock("1h");
    assert_eq!(codes(&look(&acorn, &payment)), "RCVD ACSP ACSC ACCC");
    assert_eq!(
        available(
            &reader
                .renewed()
                .get("/accounts/acc_1234567890/balances")
                .send()
                .ok()
        ),
        "5304.10"
    );
}

#[test]
fn both_sides_show_it_when_the_creditor_banks_here() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let to_joint =
        json!({"scheme": "SortCodeAccountNumber", "id": "60837187654321", "name": "Joint"});
    let payment = paid(
        &acorn,
        &with(domestic(), "/instruction/creditor_account", to_joint),
    );
    bank.operator().advance_clock("10s");
    let reader = acorn.grant(&["ReadAccounts", "ReadTransactions"]);
    let rows = reader
        .get("/transactions")
        .query("page_size=1000")
        .send()
        .ok();
    let reference = look(&acorn, &payment)["scheme_payment_id"].clone();
    let rows = rows["data"].as_array().unwrap();
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| row["transaction_reference"] == reference)
        .collect();
    let mut directions: Vec<_> = rows
        .iter()
        .map(|row| row["credit_debit_indicator"].as_str())
        .collect();
    directions.sort_unstable();
    assert_eq!(directions, [Some("credit"), Some("debit")]);
    let credit = rows
        .iter()
        .find(|row| row["credit_debit_indicator"] == "credit")
        .unwrap();
    assert_eq!(credit["debtor_account"]["name"], "Hazel Wheelwright");
}

/// The story of the scenario, told by its references and amounts.
#[test]
fn payments_go_wrong_as_the_scenario_tells() {
    let bank = TestBank::scenario("payments-gone-wrong");
    let acorn = bank.tpp("acorn-budget");
    for (reference, amount, expected, reason) in [
        ("FUNDS", "10.00", "RCVD RJCT", Some("AM04")),
        ("HOLD", "10.00", "RCVD PDNG ACTC ACSP ACSC ACCC", None),
        ("FRAUD", "10.00", "RCVD PDNG RJCT", Some("FR01")),
        ("RETURN", "10.00", "RCVD ACSP ACSC RJCT", Some("1161")),
        ("REFUSE", "10.00", "RCVD ACSP ACSC ACWP BLCK", Some("1100")),
        ("DUPLICATE", "10.00", "RCVD RJCT", Some("DUPL")),
        ("LIMIT", "10.00", "RCVD RJCT", Some("AM14")),
        ("STUCK", "10.00", "RCVD PDNG", None),
        ("BOARD", "10.00", "RCVD PATC ACCP ACSP ACSC ACCC", None),
        ("VETO", "10.00", "RCVD PATC RJCT", Some("DS02")),
        ("RENT", "66.66", "RCVD ACTC ACSP RJCT", Some("1161")),
        ("RENT", "5000.01", "RCVD ACSP ACWC ACSC ACCC", None),
        ("RENT", "10.00", "RCVD ACSP ACSC ACCC", None),
    ] {
        let body = with(with(domestic(), REFERENCE, reference), AMOUNT, amount);
        let payment = paid(&acorn, &body);
        bank.operator().advance_clock("4d");
        let payment = look(&acorn, &payment);
        assert_eq!(codes(&payment), expected, "{reference} {amount}");
        let found = payment["status_reason"][0]["code"].as_str();
        assert_eq!(found, reason, "{reference} {amount}");
    }
}

#[test]
fn a_second_signature_is_told_while_it_is_awaited_and_after() {
    let bank = TestBank::scenario("payments-gone-wrong");
    let acorn = bank.tpp("acorn-budget");
    let payment = paid(&acorn, &with(domestic(), REFERENCE, "BOARD"));
    assert!(payment.get("multi_authorization").is_none());
    bank.operator().advance_clock("5s");
    let waiting = look(&acorn, &payment)["multi_authorization"].clone();
    assert_eq!(waiting["status"], "awaiting");
    assert_eq!(
        (&waiting["required"], &waiting["received"]),
        (&json!(2), &json!(1))
    );
    bank.operator().advance_clock("1h");
    let given = look(&acorn, &payment)["multi_authorization"].clone();
    assert_eq!(
        (&given["status"], &given["received"]),
        (&json!("authorized"), &json!(2))
    );
}

#[test]
fn where_a_refund_would_go_is_told_to_those_who_asked() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let asked = authorized(&acorn, &with(domestic(), "/read_refund_account", true));
    assert_eq!(
        pay(&asked, &domestic())["refund_account"]["name"],
        "Hazel Wheelwright"
    );
    for body in [domestic(), with(domestic(), "/read_refund_account", false)] {
        let payment = pay(&authorized(&acorn, &body), &domestic());
        assert!(payment.get("refund_account").is_none());
    }
}
