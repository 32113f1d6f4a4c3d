//! Ids of odd lengths: longer than documented, each by its own measure, and as good as any (API contract,
//! section 1).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::banking::payments::{authorized, domestic, look, pay};
use crate::support::{TestBank, Variant};

fn odd() -> Variant {
    Variant::default().bank("id_lengths: odd")
}

/// Every id in an answer, by its prefix.
fn ids(value: &Value, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                if let (true, Some(id)) = (name.ends_with("_id"), member.as_str())
                    && let Some((prefix, _)) = id.rsplit_once('_')
                {
                    let of_kind = found.entry(prefix.to_owned()).or_default();
                    of_kind.insert(id.to_owned());
                }
                ids(member, found);
            }
        }
        _ => {}
    }
}

/// All that a TPP sees of a bank.
fn seen(bank: &TestBank) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    let grant = bank.tpp("acorn-budget").grant(&[
        "ReadAccounts",
        "ReadBalances",
        "ReadTransactions",
        "ReadStandingOrders",
        "ReadDirectDebits",
        "ReadBeneficiaries",
    ]);
    for path in [
        "/accounts",
        "/balances",
        "/transactions",
        "/standing-orders",
        "/direct-debits",
        "/beneficiaries",
    ] {
        let list = grant.get(path).query("page_size=200").send().ok();
        ids(&list["data"], &mut found);
    }
    for _ in 0..6 {
        let burrow = bank.tpp("burrow-pay");
        let grant = authorized(&burrow, &domestic());
        let paid = pay(&grant, &domestic());
        assert_eq!(look(&burrow, &paid)["payment_id"], paid["payment_id"]);
        ids(&paid, &mut found);
    }
    found
}

/// Goal: ids keep their prefixes and the contract's bounds, differ in length among themselves, are those of the
/// seed, and open what they name wherever they are sent.
#[test]
fn ids_are_of_any_length_within_the_contracts_bounds_and_of_the_seed() {
    let bank = TestBank::varied(&odd());
    let found = seen(&bank);
    for (prefix, longest, usual) in [
        ("txn", 40, 14),
        ("so", 40, 13),
        ("dd", 40, 13),
        ("ben", 40, 14),
        ("pay", 40, 14),
        ("consent_pis", 128, 34),
    ] {
        let of_kind = &found[prefix];
        let lengths: BTreeSet<_> = of_kind.iter().map(String::len).collect();
        assert!(lengths.len() > 1 || of_kind.len() == 1, "{of_kind:?}");
        assert!(
            lengths.iter().all(|it| (usual..=longest).contains(it)),
            "{prefix}"
        );
        assert!(lengths.iter().any(|it| *it > usual), "{of_kind:?}");
    }
    assert!(found["txn"].len() > 100);
    // What a scenario writes out stays as it is written.
    assert!(found["acc"].contains("acc_1234567890"));
    assert_eq!(seen(&TestBank::varied(&odd())), found);
    let other = seen(&TestBank::varied(&odd().bank("seed: 8")));
    assert_ne!(other["pay"], found["pay"]);
    let usual = seen(&TestBank::open());
    assert!(usual["txn"].iter().all(|id| id.len() == 14));
}

#[test]
fn accounts_whose_ids_nobody_chose_have_odd_ones_that_open_them() {
    let bank = TestBank::varied(&odd());
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let own = grant.get("/accounts").send().ok();
    let own = own["data"].as_array().unwrap().iter();
    let own: Vec<_> = own
        .map(|account| account["account_id"].as_str().unwrap())
        .collect();
    for id in &own {
        grant.get(&format!("/accounts/{id}")).send().ok();
    }
    let drawn = own.iter().find(|id| id.len() > 14).unwrap();
    // The same number with fewer zeros before it, or more, is nobody's id.
    for strange in [
        drawn.replacen("acc_0", "acc_", 1),
        drawn.replacen("acc_", "acc_0", 1),
    ] {
        let refused = grant.get(&format!("/accounts/{strange}")).send();
        refused.refused(404, "not_found", "account.known");
    }
}

#[test]
fn a_row_is_booked_by_its_own_id_and_by_no_other_of_its_number() {
    let bank = TestBank::varied(&odd());
    let operator = bank.operator();
    let row = json!({
        "credit_debit_indicator": "debit", "status": "pending",
        "amount": {"amount": "12.30", "currency": "GBP"},
    });
    let rows: Vec<String> = (0..8)
        .map(|_| {
            let made = operator.post("/accounts/acc_1234567890/transactions", &row);
            let made: Value = serde_json::from_slice(made.body()).unwrap();
            made["transaction_id"].as_str().unwrap().to_owned()
        })
        .collect();
    let book = |id: &str| {
        let path = format!("/transactions/{id}/book");
        operator.post(&path, &json!({})).status().as_u16()
    };
    let (longer, shorter): (Vec<_>, Vec<_>) = rows.iter().partition(|id| id.len() > 14);
    assert!(!longer.is_empty(), "{rows:?}");
    for id in &longer {
        let number = id.trim_start_matches("txn_").trim_start_matches('0');
        assert_eq!(book(&format!("txn_{number:0>10}")), 404, "{id}");
    }
    for id in longer.into_iter().chain(shorter) {
        assert_eq!(book(id), 200, "{id}");
        assert_eq!(book(id), 409, "{id}");
    }
    assert_eq!(book("txn_1"), 404);
}
