//! An account with 100,000 transactions, read whole while it grows (`scenarios/heavy.yaml`).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestBank;

/// In minor units, a debit below zero.
fn signed(of: &Value) -> i64 {
    let amount = of["amount"]["amount"].as_str().unwrap().replace('.', "");
    let amount: i64 = amount.parse().unwrap();
    if of["credit_debit_indicator"] == "debit" {
        -amount
    } else {
        amount
    }
}

/// Goal: nothing is missed and nothing comes twice. Each row tells the balance after it, so that a row
/// that were missing would break the chain, and the last one is what the bank says is booked.
#[test]
fn whoever_pages_through_it_while_rows_are_added_misses_nothing() {
    let bank = TestBank::scenario("heavy");
    let mut grant =
        bank.tpp("acorn-budget")
            .grant(&["ReadAccounts", "ReadBalances", "ReadTransactions"]);
    let mut next =
        Some("/accounts/acc_1234567890/transactions?order=asc&page_size=1000".to_owned());
    let (mut seen, mut balance, mut pages) = (BTreeSet::new(), None, 0);
    let mut newest = String::new();
    while let Some(path) = next {
        let page = grant.get(&path).send().ok();
        for row in page["data"].as_array().unwrap() {
            let id = row["transaction_id"].as_str().unwrap().to_owned();
            assert!(seen.insert(id), "it comes twice: {row:#}");
            if row["status"] == "booked" {
                let after = signed(&row["running_balance"]);
                assert_eq!(balance.unwrap_or(after - signed(row)) + signed(row), after);
                balance = Some(after);
                newest = row["booking_date_time"].as_str().unwrap().to_owned();
            }
        }
        next = page["links"]["next"].as_str().map(str::to_owned);
        pages += 1;
        if pages % 20 == 0 {
            // A day of shopping.
            bank.operator().advance_clock("24h");
            grant = grant.renewed();
        }
    }
    assert!(pages > 100, "{pages}");
    assert!(seen.len() > 101_000, "{}", seen.len());
    assert!(
        newest.as_str() > "2025-06-20",
        "{newest}: the rows that were added too"
    );
    let balances = grant.get("/accounts/acc_1234567890/balances").send().ok();
    let balances = balances["data"].as_array().unwrap();
    let booked = balances.iter().find(|one| one["type"] == "interim_booked");
    assert_eq!(booked.map(signed), balance);
}
