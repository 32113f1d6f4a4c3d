//! What persona files state is what their histories show: each fact is read out of the book and compared,
//! so that one stated wrongly and one left unstated fail alike.

use std::collections::{BTreeMap, BTreeSet};

use time::Duration;

use super::rows;
use crate::banking::Book;
use crate::banking::account::{Account, AccountKind, AccountStatus, CreditLineKind};
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::transaction::{TransactionStatus, TransactionView};
use crate::clock::Timestamp;
use crate::money::{Amount, Currency, Direction};
use crate::scenario::Scenario;
use crate::scenario::plan::Facts;
use crate::scenario::tests::{MOMENTS, at};

/// All facts of a customer, as her accounts and rows tell them.
fn observed(book: &Book, username: &str, now: Timestamp) -> Facts {
    let customer = book.customer(username).unwrap();
    let accounts = book.accounts_of(customer.id);
    let rows: Vec<_> = (accounts.iter())
        .flat_map(|account| rows(book, account.id))
        .collect();
    let count = |is: &dyn Fn(&Account) -> bool| accounts.iter().filter(|it| is(it)).count();
    let currencies: BTreeSet<_> = accounts.iter().map(|account| account.currency).collect();
    let employer = employer(&rows);
    let sum = |kind| -> i64 {
        let lines = accounts.iter().flat_map(|account| &account.credit_lines);
        lines
            .filter(|line| line.kind == kind)
            .map(|line| line.amount.minor_units)
            .sum()
    };
    Facts {
        accounts: accounts.len(),
        joint_accounts: count(&|account| account.holders.len() > 1),
        closed_accounts: count(&|account| {
            matches!(
                account.status,
                AccountStatus::Disabled | AccountStatus::Deleted
            )
        }),
        currencies: currencies.into_iter().collect(),
        monthly_income: employer.as_ref().and_then(|name| wage(&rows, name)),
        employer,
        rent_day: rent_day(&rows),
        direct_debits: distinct(&rows, TransactionCode::DirectDebit),
        standing_orders: distinct(&rows, TransactionCode::StandingOrder),
        overdraft: sum(CreditLineKind::PreAgreed),
        credit_limit: sum(CreditLineKind::Credit),
        returned_debits_90_days: (rows.iter())
            .filter(|row| row.information.as_deref() == Some("UNPAID"))
            .filter(|row| row.booked_at >= now.plus(-Duration::days(90)))
            .count(),
        gambles: (rows.iter().filter_map(|row| row.merchant.as_ref()))
            .any(|shop| shop.category_code == 7995),
        transactions: (rows.len() <= 5).then_some(rows.len()),
    }
}

fn name(row: &TransactionView) -> String {
    row.counterparty.as_ref().unwrap().name.clone()
}

fn of(rows: &[TransactionView], code: TransactionCode) -> impl Iterator<Item = &TransactionView> {
    rows.iter().filter(move |row| row.code == code)
}

fn employer(rows: &[TransactionView]) -> Option<String> {
    let first = of(rows, TransactionCode::Salary).min_by_key(|row| row.booked_at);
    first.map(name)
}

/// The latest amount, a bonus apart; `None` when it is not monthly or varies.
fn wage(rows: &[TransactionView], employer: &str) -> Option<Amount> {
    let mut wages: Vec<_> = of(rows, TransactionCode::Salary)
        .filter(|row| name(row) == employer)
        .collect();
    wages.sort_by_key(|row| row.booked_at);
    let latest: Vec<_> = wages.iter().rev().take(4).collect();
    let is_monthly = latest.windows(2).all(|pair| {
        let apart = pair[0].booked_at.since(pair[1].booked_at);
        apart > Duration::days(20)
    });
    let mut amounts: Vec<_> = latest.iter().map(|row| row.amount.minor_units).collect();
    amounts.sort_unstable();
    let least = *amounts.first()?;
    // One of four may carry the bonus.
    let same = amounts.iter().filter(|amount| **amount == least).count();
    (is_monthly && same >= 3).then(|| Amount::new(least, latest[0].amount.currency))
}

/// The day most rents are paid on, among those whose reference says so.
fn rent_day(rows: &[TransactionView]) -> Option<u8> {
    let mut days = BTreeMap::new();
    let is_rent = |row: &&TransactionView| {
        let words = row.information.as_deref();
        words.is_some_and(|words| words.split(' ').any(|word| word == "RENT"))
    };
    for row in of(rows, TransactionCode::StandingOrder).filter(is_rent) {
        *days.entry(row.booked_at.date().day()).or_insert(0) += 1;
    }
    let (day, _) = days.into_iter().max_by_key(|(_, count)| *count)?;
    for row in of(rows, TransactionCode::StandingOrder).filter(is_rent) {
        let paid = row.booked_at.date();
        let due = calendar::day_of_month(paid.year(), paid.month(), day);
        assert_eq!(paid, calendar::working_day_on_or_after(due));
    }
    Some(day)
}

/// Mandates that have collected, or orders that were paid: each has a narrative of its own.
fn distinct(rows: &[TransactionView], code: TransactionCode) -> usize {
    // One that is announced has not collected yet.
    let debits = of(rows, code)
        .filter(|row| row.status == TransactionStatus::Booked)
        .filter(|row| row.direction() == Direction::Debit);
    let kinds: BTreeSet<_> = debits
        .map(|row| (name(row), row.information.clone()))
        .collect();
    kinds.len()
}

#[test]
fn what_personas_state_is_what_their_histories_show() {
    for moment in MOMENTS {
        for scenario in ["default", "people"] {
            let scenario = Scenario::builtin(scenario).unwrap();
            let now = at(moment);
            let book = scenario.open(now);
            for plan in &scenario.customers {
                let shown = observed(&book, &plan.username, now.bank);
                assert_eq!(shown, plan.facts, "{moment} {}", plan.username);
            }
        }
    }
}

#[test]
fn there_is_a_persona_for_every_kind_of_customer() {
    let scenario = Scenario::builtin("people").unwrap();
    let book = scenario.open(at(MOMENTS[0]));
    assert!(scenario.customers.len() > 14);
    let accounts = book.accounts();
    for kind in AccountKind::ALL {
        assert!(accounts.iter().any(|it| it.kind == kind), "{kind:?}");
    }
    for status in AccountStatus::ALL {
        assert!(accounts.iter().any(|it| it.status == status), "{status:?}");
    }
    let names: BTreeSet<_> = (scenario.customers.iter())
        .map(|plan| plan.name.clone())
        .collect();
    assert_eq!(names.len(), scenario.customers.len());
    let currencies: BTreeSet<_> = accounts.iter().map(|it| it.currency).collect();
    assert!(currencies.contains(&Currency::Jpy) && currencies.contains(&Currency::Bhd));
}
