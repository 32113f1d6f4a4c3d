//! What permissions show and hide (API contract, section 3). Every subset of them is held against every
//! resource inside the crate, where the table of routes is.

use crate::support::TestBank;

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
