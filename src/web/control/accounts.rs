//! `/customers` and `/accounts`: who banks here and what they have, everything, unmasked.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bank::State;
use crate::banking::account::Account;
use crate::banking::customer::Customer;
use crate::clock::Timestamp;
use crate::id::AccountId;
use crate::web::banking::accounts::AccountJson;
use crate::web::banking::balances::BalanceJson;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;
use super::page::Page;

/// GET `/customers`: in the order of the scenario, with what they log in with.
pub(super) fn list_customers(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let page = Page::read(call)?;
    let customers = call.bank.state(|state| {
        let customers = state.book.customers().into_iter();
        let customers = customers.map(|customer| (customer.id.to_string(), customer));
        let some = page.some_of(customers.collect())?;
        let json = |(id, customer): (String, Customer)| (id, customer_json(state, &customer));
        Ok(some.into_iter().map(json).collect())
    })?;
    Ok(page.reply::<Value>(call, customers))
}

/// GET `/accounts`: in the order they were opened, with holders and balances.
pub(super) fn list_accounts(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let page = Page::read(call)?;
    let now = call.bank.clock.now().bank;
    let accounts = call.bank.state(|state| {
        let accounts = state.book.accounts().into_iter();
        let accounts = accounts.map(|account| (account.id.to_string(), account));
        let some = page.some_of(accounts.collect())?;
        let json = |(id, account): (String, Account)| (id, account_json(state, &account, now));
        Ok(some.into_iter().map(json).collect())
    })?;
    Ok(page.reply::<Value>(call, accounts))
}

/// The account that the path names.
pub(super) fn named_account(call: &ControlCall<'_>) -> Result<Arc<Account>, Problem> {
    let named = call.variable("account_id");
    let id = AccountId::parse(named);
    let account = id.and_then(|id| call.bank.state(|state| state.book.account(id)));
    account.ok_or_else(|| Problem::not_found(&format!("account {named:?}")))
}

fn customer_json(state: &State, customer: &Customer) -> Value {
    let accounts = state.book.accounts_of(customer.id);
    let accounts: Vec<_> = accounts.iter().map(|it| it.id.to_string()).collect();
    json!({
        "customer_id": customer.id.to_string(),
        "username": customer.username,
        "name": customer.name,
        "password": customer.password.reveal(),
        "otp": customer.otp.reveal(),
        "email": customer.email,
        "phone": customer.phone,
        "address": customer.address,
        "account_ids": accounts,
    })
}

/// As the bank's own API shows it, and what that keeps to itself.
fn account_json(state: &State, account: &Account, now: Timestamp) -> Value {
    let mut shown = json!(AccountJson::whole(account));
    let holders: Vec<_> = account.holders.iter().map(ToString::to_string).collect();
    let balances = state.book.balances(account.id, now);
    let balances: Vec<_> = balances.iter().map(BalanceJson::of).collect();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("customer_ids".to_owned(), json!(holders));
        shown.insert("deposit_only".to_owned(), account.is_deposit_only.into());
        shown.insert("balances".to_owned(), json!(balances));
    }
    shown
}
