//! Unattended access: the few calls a day that a TPP may make while its customer is away (API contract,
//! section 5.4).

use crate::support::{Grant, TestBank, Variant};

const MAIN: &str = "/accounts/acc_1234567890/balances";
const PRESENT: (&str, &str) = ("x-fapi-customer-ip-address", "203.0.113.7");

fn strict() -> TestBank {
    TestBank::varied(&Variant::default().bank("unattended_limit: 4"))
}

fn grant(bank: &TestBank) -> Grant<'_> {
    let permissions = ["ReadAccounts", "ReadBalances", "ReadTransactions"];
    bank.tpp("acorn-budget").grant(&permissions)
}

#[test]
fn the_fifth_look_of_a_day_is_refused_until_midnight() {
    let bank = strict();
    let reader = grant(&bank);
    for _ in 0..4 {
        reader.get(MAIN).send().ok();
    }
    let refused = reader.get(MAIN).send();
    // Half past ten in the morning.
    assert_eq!(refused.header("retry-after"), Some("48600"));
    assert_eq!(refused.header("x-ratelimit-limit"), Some("4"));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    refused.refused(429, "rate_limit_exceeded", "limit.unattended");
    // Another account, another endpoint, and all accounts at once are counted by themselves.
    for path in [
        "/accounts/acc_1087654321/balances",
        "/accounts/acc_1234567890/transactions",
        "/balances",
        "/accounts",
    ] {
        for _ in 0..4 {
            reader.get(path).send().ok();
        }
        let refused = reader.get(path).send();
        refused.refused(429, "rate_limit_exceeded", "limit.unattended");
    }
    let burrow = bank
        .tpp("burrow-pay")
        .grant(&["ReadAccounts", "ReadBalances"]);
    burrow.get(MAIN).send().ok();
    bank.operator().advance_clock("14h");
    reader.renewed().get(MAIN).send().ok();
}

#[test]
fn a_customer_who_is_there_is_not_counted() {
    let bank = strict();
    let reader = grant(&bank);
    let (name, address) = PRESENT;
    for _ in 0..6 {
        reader.get(MAIN).header(name, address).send().ok();
    }
    for _ in 0..4 {
        reader.get(MAIN).send().ok();
    }
    let refused = reader.get(MAIN).send();
    refused.refused(429, "rate_limit_exceeded", "limit.unattended");
    reader.get(MAIN).header(name, address).send().ok();
    // What is no address does not say that anybody is there.
    for nobody in ["", "zz", "hazel", "203.0.113"] {
        let refused = reader.get(MAIN).header(name, nobody).send();
        refused.refused(429, "rate_limit_exceeded", "limit.unattended");
    }
    // A new token or a new consent is not a new day.
    let again = grant(&bank).get(MAIN).send();
    again.refused(429, "rate_limit_exceeded", "limit.unattended");
}

#[test]
fn what_is_refused_for_another_reason_is_not_counted() {
    let bank = strict();
    let reader = bank
        .tpp("acorn-budget")
        .grant(&["ReadAccounts", "ReadBalances"]);
    for _ in 0..6 {
        let stranger = reader.get("/accounts/acc_9999999999/balances").send();
        stranger.refused(404, "not_found", "account.known");
        let hidden = reader.get("/accounts/acc_1234567890/transactions").send();
        hidden.refused(403, "insufficient_permissions", "consent.permission");
    }
    reader.get(MAIN).send().ok();
}

#[test]
fn nobody_is_counted_unless_the_scenario_says_so() {
    let bank = TestBank::open();
    let reader = grant(&bank);
    for _ in 0..8 {
        reader.get(MAIN).send().ok();
    }
}
