//! What each permission opens: every subset against every resource (API contract, section 3).

use serde_json::json;

use crate::support::TestBank;

use super::guard::RESOURCES;

const PERMISSIONS: [&str; 5] = [
    "ReadAccounts",
    "ReadAccountsBasic",
    "ReadBalances",
    "ReadTransactions",
    "ReadTransactionsBasic",
];

/// The subset whose members are the bits of `number`.
fn subset(number: usize) -> Vec<&'static str> {
    let is_in = |index: &usize| number & (1 << index) != 0;
    (0..PERMISSIONS.len())
        .filter(is_in)
        .map(|index| PERMISSIONS[index])
        .collect()
}

#[test]
fn every_subset_of_permissions_opens_what_it_says_and_nothing_else() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    for number in 0..1 << PERMISSIONS.len() {
        let permissions = subset(number);
        let has = |wanted: &[&str]| wanted.iter().any(|one| permissions.contains(one));
        if !has(&["ReadAccounts", "ReadAccountsBasic"]) {
            let body = json!({ "permissions": permissions });
            let refused = burrow.post_consent(&body).send();
            let code = if permissions.is_empty() {
                "invalid_field"
            } else {
                "missing_field"
            };
            refused.refused(400, code, "request.body");
            continue;
        }
        let grant = burrow.grant(&permissions);
        for path in RESOURCES {
            println!("{permissions:?} at {path}");
            let is_open = match path.rsplit('/').next() {
                Some("balances") => has(&["ReadBalances"]),
                Some("transactions") => has(&["ReadTransactions", "ReadTransactionsBasic"]),
                _ => true,
            };
            let response = grant.get(path).send();
            if is_open {
                let _ = response.ok();
            } else {
                response.refused(403, "insufficient_permissions", "consent.permission");
            }
        }
    }
}

#[test]
fn permissions_for_what_is_not_read_here_can_be_asked_for_and_open_nothing() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let grant = burrow.grant(&[
        "ReadAccounts",
        "ReadBeneficiaries",
        "ReadDirectDebits",
        "ReadStandingOrders",
    ]);
    for path in ["/balances", "/transactions"] {
        let refused = grant.get(path).send();
        refused.refused(403, "insufficient_permissions", "consent.permission");
    }
}

#[test]
fn basic_hides_who_and_detail_shows_it() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let basic = burrow.grant(&["ReadAccountsBasic", "ReadTransactionsBasic"]);
    let full = burrow.grant(&["ReadAccountsBasic", "ReadAccounts", "ReadTransactions"]);
    for (path, hidden) in [
        ("/accounts", &["identifiers", "servicer"][..]),
        (
            "/transactions?page_size=1000",
            &[
                "transaction_information",
                "running_balance",
                "merchant",
                "creditor_agent",
                "creditor_account",
                "debtor_agent",
                "debtor_account",
                "ultimate_creditor",
                "ultimate_debtor",
            ],
        ),
    ] {
        let at_basic = basic.get(path).send().ok();
        let in_full = full.get(path).send().ok();
        let (at_basic, in_full) = (
            at_basic["data"].as_array().unwrap(),
            in_full["data"].as_array().unwrap(),
        );
        assert_eq!(at_basic.len(), in_full.len());
        for (less, more) in at_basic.iter().zip(in_full) {
            let mut more = more.as_object().unwrap().clone();
            more.retain(|name, _| !hidden.contains(&name.as_str()));
            assert_eq!(less.as_object().unwrap(), &more, "{path}");
        }
        // All but those who pay or are paid by way of an agent is seen at least once.
        for name in hidden
            .iter()
            .filter(|name| !name.starts_with("ultimate") && !name.ends_with("_agent"))
        {
            let is_seen = in_full.iter().any(|item| item.get(*name).is_some());
            assert!(is_seen, "{name} is never shown at all");
        }
    }
}
