//! Accounts and balances (API contract, sections 4.1, 4.2 and 4.9).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::TestBank;

#[test]
fn the_accounts_of_the_default_customer_are_those_the_guides_speak_of() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let accounts = grant.get("/accounts").send().ok();
    insta::assert_json_snapshot!("accounts", accounts);
}

#[test]
fn one_account_is_its_entry_in_the_list() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let list = grant.get("/accounts").send().ok();
    assert_eq!(list["links"], json!({ "self": "/accounts" }));
    for account in list["data"].as_array().unwrap() {
        let id = account["account_id"].as_str().unwrap();
        let one = grant.get(&format!("/accounts/{id}")).send().ok();
        assert_eq!(&one["data"], account);
        assert_eq!(one["links"], json!({ "self": format!("/accounts/{id}") }));
    }
    let refused = grant
        .get("/accounts/acc_1234567890")
        .query("page_size=1")
        .send();
    let body = refused.refused(400, "invalid_request", "request.query");
    assert_eq!(body["errors"][0]["parameter"], "page_size");
}

#[test]
fn only_the_accounts_she_shares_can_be_read() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let hazel = acorn.grant(&["ReadAccounts", "ReadBalances", "ReadTransactions"]);
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(crate::support::Way::PUSHED_JARM, &consent);
    let request = request.claim("login_hint", "clementine");
    let clementine = acorn.grant_for(crate::support::Way::PUSHED_JARM, &request, &consent);
    let hers = clementine.get("/accounts").send().ok()["data"][0]["account_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for tail in ["", "/balances", "/transactions"] {
        let refused = hazel.get(&format!("/accounts/{hers}{tail}")).send();
        refused.refused(403, "account_not_consented", "account.consented");
        for id in [
            "acc_0000000000",
            "acc_",
            "acc_1234567890x",
            "1234567890",
            "ACC_1234567890",
            "%61cc",
            "txn_1",
        ] {
            println!("{id}{tail}");
            let refused = hazel.get(&format!("/accounts/{id}{tail}")).send();
            refused.refused(404, "not_found", "account.known");
        }
    }
}

#[test]
fn a_joint_account_is_shared_by_both_of_its_holders() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let ids = |customer: &str| {
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let request = acorn
            .request(crate::support::Way::PUSHED_JARM, &consent)
            .claim("login_hint", customer);
        let grant = acorn.grant_for(crate::support::Way::PUSHED_JARM, &request, &consent);
        let list = grant.get("/accounts").send().ok();
        let data = list["data"].as_array().unwrap().clone();
        data.into_iter()
            .map(|account| account["account_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (hazel, rowan) = (ids("hazel"), ids("rowan"));
    assert_eq!(hazel.iter().filter(|id| rowan.contains(id)).count(), 1);
}

fn minor(value: &Value) -> i64 {
    let text = value["amount"]["amount"].as_str().unwrap();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let amount: i64 = digits.parse().unwrap();
    match value["credit_debit_indicator"].as_str().unwrap() {
        "credit" => amount,
        "debit" => -amount,
        other => panic!("{other}"),
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn the_balances_are_those_written_and_hold_the_equations_of_the_contract() {
    let bank = TestBank::open();
    let grant =
        bank.tpp("acorn-budget")
            .grant(&["ReadAccounts", "ReadBalances", "ReadTransactions"]);
    let accounts = grant.get("/accounts").send().ok();
    let mut booked = BTreeMap::new();
    for account in accounts["data"].as_array().unwrap() {
        let id = account["account_id"].as_str().unwrap();
        let balances = grant.get(&format!("/accounts/{id}/balances")).send().ok();
        let of = |kind: &str| {
            let balances = balances["data"].as_array().unwrap();
            balances
                .iter()
                .find(|balance| balance["type"] == kind)
                .unwrap_or_else(|| panic!("{kind} of {id}"))
                .clone()
        };
        let page = grant
            .get(&format!(
                "/accounts/{id}/transactions?status=pending&page_size=1000"
            ))
            .send()
            .ok();
        let pending: Vec<i64> = page["data"].as_array().unwrap().iter().map(minor).collect();
        let interim_booked = minor(&of("interim_booked"));
        let lines = of("interim_available")["credit_lines"].clone();
        let included: i64 = lines
            .as_array()
            .into_iter()
            .flatten()
            .filter(|line| line["included"] == true)
            .map(|line| {
                line["amount"]["amount"]
                    .as_str()
                    .unwrap()
                    .replace('.', "")
                    .parse::<i64>()
                    .unwrap()
            })
            .sum();
        let held: i64 = pending.iter().filter(|amount| **amount < 0).sum();
        assert_eq!(
            minor(&of("expected")),
            interim_booked + pending.iter().sum::<i64>(),
            "{id}"
        );
        assert_eq!(
            minor(&of("interim_available")),
            interim_booked + held + included,
            "{id}"
        );
        let newest = grant
            .get(&format!(
                "/accounts/{id}/transactions?status=booked&page_size=1"
            ))
            .send()
            .ok();
        if let Some(row) = newest["data"].get(0) {
            assert_eq!(minor(&row["running_balance"]), interim_booked, "{id}");
        }
        let nickname = account["nickname"].as_str().unwrap().to_owned();
        booked.insert(nickname, interim_booked);
    }
    let written = [
        ("Main Account", 543_210),
        ("Joint Account", 1_250_000),
        ("Overdrawn", -25_000),
        ("Zero Balance", 0),
        ("Easy Saver", 1_000_000),
        ("Fixed Term ISA", 2_000_000),
        ("Euro Account", 250_000),
        ("USD Account", 800_000),
    ];
    let written = written.map(|(name, amount)| (name.to_owned(), amount));
    assert_eq!(booked, BTreeMap::from(written));
}

#[test]
fn all_balances_are_those_of_each_account_in_turn() {
    let bank = TestBank::open();
    let grant = bank
        .tpp("acorn-budget")
        .grant(&["ReadAccounts", "ReadBalances"]);
    let all = grant.get("/balances").send().ok();
    let accounts = grant.get("/accounts").send().ok();
    let mut each = Vec::new();
    for account in accounts["data"].as_array().unwrap() {
        let path = format!(
            "/accounts/{}/balances",
            account["account_id"].as_str().unwrap()
        );
        let own = grant.get(&path).send().ok();
        assert_eq!(own["links"]["self"], path.as_str());
        each.extend(own["data"].as_array().unwrap().clone());
    }
    assert_eq!(all["data"], Value::Array(each));
}
