//! None of the anti-patterns other mock banks were found with, over everybody there is.

use std::collections::{BTreeMap, BTreeSet};

use time::{Date, Duration};

use super::{all_rows, digest, rows};
use crate::banking::Book;
use crate::banking::account::Account;
use crate::banking::balance::BalanceKind;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Iban, Scheme};
use crate::banking::transaction::{TransactionStatus, TransactionView};
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::money::{Currency, Direction};
use crate::scenario::Scenario;
use crate::scenario::tests::{MOMENTS, at};

fn people(seed: u64) -> Scenario {
    let mut scenario = Scenario::builtin("people").unwrap();
    scenario.bank.seed = Seed(seed);
    scenario
}

#[test]
fn the_same_seed_and_clock_give_the_same_people_to_the_byte() {
    let now = at(MOMENTS[0]);
    let book = people(42).open(now);
    assert_eq!(digest(&book), digest(&people(42).open(now)));
    assert_ne!(digest(&book), digest(&people(43).open(now)));
    assert_ne!(digest(&book), digest(&people(42).open(at(MOMENTS[1]))));
}

#[test]
fn no_two_rows_are_alike_and_every_row_is_plausible() {
    for seed in [42, 7] {
        let now = at(MOMENTS[0]);
        let book = people(seed).open(now);
        let mut seen = BTreeSet::new();
        for row in all_rows(&book) {
            let (id, amount) = (row.account_id, row.amount.minor_units);
            let particulars = (
                id,
                row.booked_at,
                amount,
                row.information.clone(),
                row.value_at,
            );
            assert!(seen.insert(format!("{particulars:?}")), "{row:?}");
            assert_is_plausible(&row, now.bank);
        }
        assert!(seen.len() > 10_000, "{}", seen.len());
    }
}

fn assert_is_plausible(row: &TransactionView, now: Timestamp) {
    use TransactionCode as Code;
    let words = row.information.as_deref().unwrap_or_default();
    assert!(
        !words.trim().is_empty() && words.chars().count() <= 500,
        "{row:?}"
    );
    let is_card = matches!(
        row.code,
        Code::CardPurchase | Code::CardRefund | Code::CashWithdrawal
    );
    assert_eq!(
        (row.merchant.is_some(), row.card.is_some()),
        (is_card, is_card),
        "{row:?}"
    );
    let category = row.merchant.as_ref().map(|shop| shop.category_code);
    assert!(
        category.is_none_or(|code| (700..=9999).contains(&code)),
        "{row:?}"
    );
    assert_eq!(
        row.code == Code::CashWithdrawal,
        category == Some(6011),
        "{row:?}"
    );
    let direction = match row.code {
        Code::CardRefund | Code::Salary => Some(Direction::Credit),
        Code::CardPurchase | Code::CashWithdrawal | Code::Fee | Code::StandingOrder => {
            Some(Direction::Debit)
        }
        _ => None,
    };
    assert!(direction.is_none_or(|it| it == row.direction()), "{row:?}");
    assert_ne!(row.amount.minor_units, 0);
    assert!(row.amount.minor_units.abs() < 1_000_000_000);
    let has_party = matches!(
        row.code,
        Code::Bacs | Code::FasterPayment | Code::Salary | Code::Sepa | Code::StandingOrder
    );
    let agent = row.counterparty.as_ref().map(|party| party.agent.is_some());
    assert!(!has_party || agent == Some(true), "{row:?}");
    assert!(
        row.booked_at <= now || row.status == TransactionStatus::Pending,
        "{row:?}"
    );
}

#[test]
fn amounts_are_not_uniform_and_shops_recur() {
    let book = people(42).open(at(MOMENTS[0]));
    for account in book.accounts() {
        let mut shops = BTreeMap::new();
        let mut amounts = Vec::new();
        for row in rows(&book, account.id) {
            if row.code == TransactionCode::CardPurchase {
                *shops
                    .entry(row.merchant.unwrap().name.to_string())
                    .or_insert(0) += 1;
                amounts.push(-row.amount.minor_units);
            }
        }
        if amounts.len() < 100 {
            continue;
        }
        let name = account.nickname.unwrap();
        assert!(
            amounts.len() > 5 * shops.len(),
            "{name}: {} shops",
            shops.len()
        );
        amounts.sort_unstable();
        let mean = amounts.iter().sum::<i64>() / i64::try_from(amounts.len()).unwrap();
        assert!(
            mean > amounts[amounts.len() / 2],
            "{name}: amounts lean to the right"
        );
        amounts.dedup();
        assert!(amounts.len() > 40, "{name}");
    }
}

/// Goal: dates are counted back from the clock. Four years of Gregorian days apart, with the same
/// weekdays and leap days, a story is the same story moved.
#[test]
fn the_same_story_is_told_at_two_clocks() {
    let shape = |moment: &str| {
        let now = at(moment);
        let book = people(42).open(now);
        let mut counts = BTreeMap::new();
        for row in all_rows(&book) {
            *counts.entry((row.account_id, row.code)).or_insert(0_i64) += 1;
            assert!(
                row.booked_at > now.bank.plus(-Duration::days(61 * 31)),
                "{row:?}"
            );
        }
        (counts, book.accounts().len())
    };
    let (here, accounts) = shape("2026-11-20T09:00:00Z");
    let (there, others) = shape("2054-11-20T09:00:00Z");
    assert_eq!((accounts, here.len()), (others, there.len()));
    for (key, count) in &here {
        let other = there[key];
        let slack = 4 + count / 20;
        assert!(
            (count - other).abs() <= slack,
            "{key:?}: {count} and {other}"
        );
    }
}

#[test]
fn numbers_and_addresses_are_nobody_s() {
    let book = people(42).open(at(MOMENTS[0]));
    for customer in book.customers() {
        assert!(customer.email.ends_with("@example.com"), "{customer:?}");
        assert!(customer.phone.starts_with("07700 900"), "{customer:?}");
        assert!(
            customer.address.last().unwrap().starts_with("ZZ"),
            "{customer:?}"
        );
    }
    for account in book.accounts() {
        for identifier in &account.identifiers {
            assert_is_nobody_s(identifier.scheme, &identifier.id);
        }
    }
    let parties: BTreeSet<_> = (all_rows(&book).into_iter())
        .filter_map(|row| row.counterparty)
        .collect();
    for party in &parties {
        let agent = party.agent.as_deref().unwrap();
        assert!(
            agent.len() == 8 && (agent.ends_with("20") || agent == "HMBKGB2L"),
            "{agent}"
        );
        if let Some((scheme, id)) = &party.account {
            assert_is_nobody_s(*scheme, id);
        }
    }
}

/// The payee the published guides print has a sort code of theirs; others begin with 00 or are our own.
fn assert_is_nobody_s(scheme: Scheme, id: &str) {
    let is_so = match scheme {
        Scheme::Iban => Iban::as_written(id).passes_mod_97(),
        Scheme::Pan => id.starts_with("************") && id.len() == 16,
        Scheme::Bban | Scheme::SortCodeAccountNumber => {
            id.starts_with("00") || id.starts_with("608371-") || id == "202015-55555555"
        }
    };
    assert!(is_so, "{scheme:?} {id}");
}

#[test]
fn two_to_six_in_a_hundred_recent_card_rows_are_pending() {
    for moment in MOMENTS {
        let now = at(moment);
        let book = people(42).open(now);
        let month = now.bank.plus(-Duration::days(31));
        let recent: Vec<_> = (all_rows(&book).into_iter())
            .filter(|row| row.card.is_some() && row.value_at > month)
            .filter(|row| row.status != TransactionStatus::Rejected)
            .collect();
        let is_pending = |row: &&TransactionView| row.status == TransactionStatus::Pending;
        let pending = recent.iter().filter(is_pending).count();
        let permille = pending * 1_000 / recent.len();
        assert!(
            (20..=60).contains(&permille),
            "{moment}: {pending} of {}",
            recent.len()
        );
        for row in recent.iter().filter(is_pending) {
            let wait = row.booked_at.since(now.bank);
            assert!(wait <= Duration::days(10), "{row:?}");
        }
    }
}

#[test]
fn at_least_half_of_the_people_tell_booked_from_available() {
    let now = at(MOMENTS[0]);
    let book = people(42).open(now);
    let customers = book.customers();
    let differs = |account: &Account| {
        let balance = |kind| book.balance(account.id, kind, now.bank);
        balance(BalanceKind::InterimBooked) != balance(BalanceKind::InterimAvailable)
    };
    let count = (customers.iter())
        .filter(|customer| book.accounts_of(customer.id).iter().any(differs))
        .count();
    assert!(
        2 * count >= customers.len(),
        "{count} of {}",
        customers.len()
    );
}

/// Goal: whatever the day, nobody sinks below what may be spent, every transfer has both legs, and the
/// bank's total is zero.
#[test]
fn people_may_be_opened_at_any_time_of_a_century() {
    let days = (2000..2100).step_by(9).enumerate().map(|(index, year)| {
        let day = u16::try_from(1 + index * 37 % 365).unwrap();
        Date::from_ordinal_date(year, day).unwrap().to_string()
    });
    let edges = [
        "2000-02-29",
        "2096-02-29",
        "2099-12-31",
        "2024-03-31",
        "2024-12-31",
    ];
    let mut below = Vec::new();
    for (seed, day) in (1..).zip(days.chain(edges.map(str::to_owned))) {
        let book = people(seed).open(at(&format!("{day}T18:45:10Z")));
        assert!(
            book.trial_balance().values().all(|total| *total == 0),
            "{day}"
        );
        for currency in Currency::ALL {
            assert_eq!(book.in_transfer(currency), 0, "{day}");
        }
        below.extend(sunk(&book).into_iter().map(|who| format!("{day}: {who}")));
    }
    assert!(below.is_empty(), "{}", below.join("\n"));
}

/// Accounts that were below what may be spent, debts apart.
fn sunk(book: &Book) -> Vec<String> {
    let floor = |account: &Account| -account.credit(|_| true).minor_units;
    let lowest = |account: &Account| {
        let balances = rows(book, account.id).into_iter();
        balances
            .filter_map(|row| row.running_balance)
            .map(|it| it.minor_units)
            .min()
    };
    let is_debt = |account: &Account| matches!(account.kind.as_str(), "loan" | "mortgage");
    (book.accounts().iter())
        .filter(|account| !is_debt(account))
        .filter_map(|account| {
            let lowest = lowest(account).filter(|lowest| *lowest < floor(account))?;
            let name = account.nickname.clone().unwrap_or_default();
            Some(format!("{name} {lowest} below {}", floor(account)))
        })
        .collect()
}
