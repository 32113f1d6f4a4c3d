//! Standing orders and direct debits once the clock moves: what becomes of one the account cannot pay, of
//! the fee for it, of a payee who banks here too, and of the last payment of all.

use serde_json::{Value, json};

use crate::support::{Grant, TestBank, Variant};

const EVERYTHING: &[&str] = &[
    "ReadAccounts",
    "ReadBalances",
    "ReadStandingOrders",
    "ReadTransactions",
];

/// A row in a few words: when, status, signed amount, what it says.
fn rows(grant: &Grant<'_>, account: &str) -> Vec<String> {
    let path = format!("/accounts/{account}/transactions?order=asc");
    let page = grant.get(&path).send().ok();
    let rows = page["data"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let sign = if row["credit_debit_indicator"] == "debit" {
            "-"
        } else {
            ""
        };
        format!(
            "{} {} {sign}{} {}",
            &text(&row["booking_date_time"])[..16],
            text(&row["status"]),
            text(&row["amount"]["amount"]),
            text(&row["transaction_information"]),
        )
    })
    .collect()
}

fn booked_balance(grant: &Grant<'_>, account: &str) -> Value {
    let path = format!("/accounts/{account}/balances");
    let balances = grant.get(&path).send().ok();
    let balances = balances["data"].as_array().unwrap();
    let booked = balances.iter().find(|one| one["type"] == "interim_booked");
    booked.unwrap()["amount"]["amount"].clone()
}

/// Money that is missing is not taken: the row is rejected, costs the fee, and leaves after a week.
#[test]
fn a_standing_order_without_funds_is_rejected_and_costs_the_fee() {
    let poor = Variant::default().account(
        "poor",
        &[
            "id: acc_9000000001",
            "balance: '10.00'",
            "history_months: 0",
            "unpaid_fee: '5.00'",
            "standing_orders: [{to: {name: Oak Lettings, sort_code: '002015', number: '31415926'}, reference: RENT, amount: '300.00', day: 18}]",
        ],
    );
    let bank = TestBank::varied(&poor);
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let moved = bank.operator().advance_clock("2d");
    let fired = moved["fired"].as_array().unwrap();
    assert!(fired.iter().any(|fired| fired["kind"] == "standing_order"));
    let grant = grant.renewed();
    let rejected = "2025-06-18T00:00 rejected -300.00 RENT";
    let fee = "2025-06-18T00:00 booked -5.00 UNPAID ITEM FEE";
    assert_eq!(rows(&grant, "acc_9000000001"), [rejected, fee]);
    assert_eq!(booked_balance(&grant, "acc_9000000001"), "5.00");
    bank.operator().advance_clock("8d");
    let grant = grant.renewed();
    assert_eq!(rows(&grant, "acc_9000000001"), [fee]);
}

/// Who collects learns afterwards: taken at midnight, given back on the same day, and the fee on top.
#[test]
fn a_direct_debit_without_funds_is_announced_taken_and_returned() {
    let poor = Variant::default().account(
        "poor",
        &[
            "id: acc_9000000001",
            "balance: '10.00'",
            "history_months: 0",
            "unpaid_fee: '5.00'",
            "direct_debits: [{originator: Warren Water, mandate: 'WW-1', amount: '50.00', day: 18}]",
        ],
    );
    let bank = TestBank::varied(&poor);
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    for (by, balance, expected) in [
        ("1d", "10.00", vec![]),
        (
            "8h",
            "10.00",
            vec!["2025-06-18T00:00 pending -50.00 WARREN WATER WW-1"],
        ),
        (
            "6h",
            "40.00",
            vec!["2025-06-18T00:00 booked -50.00 WARREN WATER WW-1"],
        ),
        (
            "15h",
            "5.00",
            vec![
                "2025-06-18T00:00 booked -50.00 WARREN WATER WW-1",
                "2025-06-18T15:00 booked 50.00 UNPAID",
                "2025-06-18T15:00 booked -5.00 UNPAID ITEM FEE",
            ],
        ),
    ] {
        bank.operator().advance_clock(by);
        let grant = grant.renewed();
        assert_eq!(rows(&grant, "acc_9000000001"), expected, "{by}");
        assert_eq!(booked_balance(&grant, "acc_9000000001"), balance, "{by}");
    }
}

/// Each is judged by what the ones before it have left, not by what all of them together ask for.
#[test]
fn of_the_direct_debits_of_one_day_those_that_are_covered_are_paid() {
    const ACORN: (&str, &str) = ("Acorn Energy", "AE-1");
    const BURROW: (&str, &str) = ("Burrow Water", "BW-1");
    const CLOVER: (&str, &str) = ("Clover Phones", "CP-1");
    for (why, asked, returned, left) in [
        (
            "both covered",
            vec![(ACORN, 40), (BURROW, 60)],
            vec![],
            "0.00",
        ),
        (
            "only the first",
            vec![(ACORN, 60), (BURROW, 60)],
            vec![60],
            "35.00",
        ),
        (
            "only the second",
            vec![(ACORN, 101), (BURROW, 60)],
            vec![101],
            "35.00",
        ),
        (
            "the first and the third",
            vec![(ACORN, 60), (BURROW, 70), (CLOVER, 30)],
            vec![70],
            "5.00",
        ),
        (
            "neither",
            vec![(ACORN, 101), (BURROW, 102)],
            vec![101, 102],
            "90.00",
        ),
    ] {
        let debits: Vec<_> = (asked.iter())
            .map(|((originator, mandate), amount)| {
                format!("{{originator: {originator}, mandate: '{mandate}', amount: '{amount}.00', day: 18}}")
            })
            .collect();
        let debits = format!("direct_debits: [{}]", debits.join(", "));
        let account = [
            "id: acc_9000000001",
            "balance: '100.00'",
            "history_months: 0",
            "unpaid_fee: '5.00'",
            &debits,
        ];
        let bank = TestBank::varied(&Variant::default().account("tight", &account));
        let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
        bank.operator().advance_clock("3d");
        let grant = grant.renewed();
        let rows = rows(&grant, "acc_9000000001");
        let given_back: Vec<_> = (rows.iter())
            .filter(|row| row.ends_with(" UNPAID"))
            .cloned()
            .collect();
        let expected: Vec<_> = (returned.iter())
            .map(|amount| format!("2025-06-18T15:00 booked {amount}.00 UNPAID"))
            .collect();
        assert_eq!(given_back, expected, "{why}");
        let fees = rows.iter().filter(|row| row.ends_with("UNPAID ITEM FEE"));
        assert_eq!(fees.count(), returned.len(), "{why}");
        assert_eq!(booked_balance(&grant, "acc_9000000001"), left, "{why}");
    }
}

#[test]
fn a_payee_at_this_bank_is_paid_too_and_the_last_payment_is_the_last() {
    let pair = Variant::default()
        .account(
            "payer",
            &[
                "id: acc_9000000001",
                "number: '91919191'",
                "balance: '100.00'",
                "history_months: 0",
                "standing_orders: [{to: {name: Hazel Wheelwright, sort_code: '608371', number: '92929292'}, reference: SHARE, amount: '25.00', final_amount: '7.00', payments_left: 2, every: working_day}]",
            ],
        )
        .account(
            "payee",
            &[
                "id: acc_9000000002",
                "number: '92929292'",
                "balance: '1.00'",
                "history_months: 0",
            ],
        );
    let bank = TestBank::varied(&pair);
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    bank.operator().advance_clock("5d");
    let grant = grant.renewed();
    // The first one was paid on the morning the bank opened.
    let sent = [
        "2025-06-16T00:00 booked -25.00 SHARE",
        "2025-06-17T00:00 booked -25.00 SHARE",
        "2025-06-18T00:00 booked -7.00 SHARE",
    ];
    assert_eq!(rows(&grant, "acc_9000000001"), sent);
    let received = [
        "2025-06-16T00:00 booked 25.00 SHARE",
        "2025-06-17T00:00 booked 25.00 SHARE",
        "2025-06-18T00:00 booked 7.00 SHARE",
    ];
    assert_eq!(rows(&grant, "acc_9000000002"), received);
    assert_eq!(booked_balance(&grant, "acc_9000000001"), "68.00");
    assert_eq!(booked_balance(&grant, "acc_9000000002"), "33.00");
    let orders = grant
        .get("/accounts/acc_9000000001/standing-orders")
        .send()
        .ok();
    let order = &orders["data"][0];
    assert!(order.get("next_payment_date_time").is_none(), "{order:#}");
    assert_eq!(order["number_of_payments"], json!(3));
    let payer = &grant
        .get("/accounts/acc_9000000002/transactions")
        .send()
        .ok()["data"][0];
    assert_eq!(payer["debtor_account"]["id"], "608371-91919191");
    assert_eq!(payer["debtor_account"]["name"], "Hazel Wheelwright");
}

/// As a single payment to it would be refused: nobody loses money to an account that takes none.
#[test]
fn a_standing_order_to_an_account_that_cannot_be_credited_is_rejected_without_a_fee() {
    let rejected = "2025-06-18T00:00 rejected -25.00 SHARE";
    for (status, row, left) in [
        ("enabled", "2025-06-18T00:00 booked -25.00 SHARE", "75.00"),
        ("deleted", rejected, "100.00"),
        ("disabled", rejected, "100.00"),
        ("pending", rejected, "100.00"),
        ("proforma", rejected, "100.00"),
    ] {
        let status_line = format!("status: {status}");
        let payer = [
            "id: acc_9000000001",
            "balance: '100.00'",
            "history_months: 0",
            "unpaid_fee: '5.00'",
            "standing_orders: [{to: {name: Hazel Wheelwright, sort_code: '608371', number: '92929292'}, reference: SHARE, amount: '25.00', day: 18}]",
        ];
        let payee = [
            "id: acc_9000000002",
            "number: '92929292'",
            "balance: '1.00'",
            "history_months: 0",
            &status_line,
        ];
        let pair = Variant::default()
            .account("payer", &payer)
            .account("payee", &payee);
        let bank = TestBank::varied(&pair);
        let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
        bank.operator().advance_clock("3d");
        let grant = grant.renewed();
        assert_eq!(rows(&grant, "acc_9000000001"), [row], "{status}");
        assert_eq!(booked_balance(&grant, "acc_9000000001"), left, "{status}");
        // An account in any other status is shared with nobody.
        if status == "enabled" {
            assert_eq!(booked_balance(&grant, "acc_9000000002"), "26.00");
        }
    }
}
