//! The people of a scenario, brought to life: customers, their accounts, and a history that ends
//! exactly at the balances the scenario names.
//!
//! Everything is drawn from streams named after person, account and habit, and dated back from the
//! bank's time: the same seed and clock give the same book to the byte, and a habit added in one place
//! changes nothing elsewhere.

mod arrangements;
mod chance;
mod diary;
mod habit;
mod identity;
mod window;

#[cfg(test)]
mod living;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::arrangements::Arranging;
use self::chance::Chance;
use self::diary::{Diary, Written};
use self::habit::{Neighbour, Setting, SoFar};
use self::identity::Numbers;
use self::window::Window;
use super::plan::{AccountPlan, CustomerPlan};
use crate::banking::Book;
use crate::banking::account::Account;
use crate::banking::customer::{Credential, Customer};
use crate::banking::identifier::SortCodeAccountNumber;
use crate::banking::transaction::TransactionStatus;
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::id::{AccountId, CustomerId};

/// The book of these people at `now`.
pub(super) fn open(plans: &[CustomerPlan], seed: Seed, now: Timestamp) -> Book {
    let mut book = Book::default();
    for (index, plan) in plans.iter().enumerate() {
        sound(book.add_customer(customer(plan, index, seed)));
    }
    let mut numbers = Numbers::given(plans, seed);
    let mut diary = Diary::default();
    let (mut accounts, mut so_far) = (Vec::new(), Vec::new());
    let neighbours = neighbours(plans, now);
    for (index, plan) in plans.iter().enumerate() {
        let first = accounts.len();
        for (place, account) in plan.accounts.iter().enumerate() {
            let chance = |habit: &str| {
                Chance::new(
                    seed,
                    &format!("people/{}/{}/{habit}", plan.username, account.name),
                )
            };
            let window = Window::ending(now, account.history_months);
            let last_four = identity::card_last_four(seed, plan, account);
            let mut setting = Setting {
                book: &mut book,
                writer: diary.about(first + place, window, last_four),
                plan: account,
                first_account: first,
                owner: plan,
                neighbours: &neighbours,
            };
            so_far.push(habit::keep(&mut setting, chance));
            let holders = holders(plans, index, account);
            accounts.push((numbers.account(plan, account, (holders, window)), account));
        }
    }
    let ids = post(&mut book, diary, accounts);
    arrange(&mut book, (plans, seed), (&ids, so_far), now);
    // What was let go or announced before the bank opened is as late as it is.
    book.settle(now);
    book.shrink();
    book
}

/// The accounts whose numbers are known before their books are opened.
fn neighbours(
    plans: &[CustomerPlan],
    now: Timestamp,
) -> BTreeMap<SortCodeAccountNumber, Neighbour> {
    let accounts = plans.iter().flat_map(|plan| &plan.accounts).enumerate();
    let neighbour = |(place, plan): (usize, &AccountPlan)| {
        let neighbour = Neighbour {
            place,
            currency: plan.currency,
            first: Window::ending(now, plan.history_months).first,
        };
        Some((plan.number?, neighbour))
    };
    accounts.filter_map(neighbour).collect()
}

/// Hands the book what goes on.
fn arrange(
    book: &mut Book,
    (plans, seed): (&[CustomerPlan], Seed),
    (ids, so_far): (&[AccountId], Vec<SoFar>),
    now: Timestamp,
) {
    let (mut ids, mut so_far) = (ids, so_far.into_iter());
    for plan in plans {
        let Some((own, others)) = ids.split_at_checked(plan.accounts.len()) else {
            return;
        };
        ids = others;
        for ((account, id), paid) in plan.accounts.iter().zip(own).zip(so_far.by_ref()) {
            let mut arranging = Arranging {
                book,
                plan: account,
                account: *id,
                own,
                card: diary::card_of(identity::card_last_four(seed, plan, account)),
                now,
                stream: (seed, format!("people/{}/{}", plan.username, account.name)),
            };
            arranging.arrange(paid);
        }
    }
}

fn customer(plan: &CustomerPlan, index: usize, seed: Seed) -> Customer {
    let mut chance = Chance::new(seed, &format!("people/{}", plan.username));
    let (address, phone) = (chance.address(), chance.phone());
    Customer {
        id: customer_id(index),
        username: plan.username.clone(),
        name: plan.name.clone(),
        password: Credential::new(plan.password.as_str()),
        otp: Credential::new(plan.otp.as_str()),
        email: plan.email.clone(),
        phone: plan.phone.clone().unwrap_or(phone),
        address: if plan.address.is_empty() {
            address
        } else {
            plan.address.clone()
        },
    }
}

/// What [`open`] will call the accounts of each customer, those that she shares too, as far as they are
/// `wanted`: by owner, in the order written.
pub(super) fn account_ids(
    plans: &[CustomerPlan],
    seed: Seed,
    wanted: impl Fn(&AccountPlan) -> bool,
) -> Vec<Vec<AccountId>> {
    let mut numbers = Numbers::given(plans, seed);
    let mut ids = vec![Vec::new(); plans.len()];
    for (index, plan) in plans.iter().enumerate() {
        for account in &plan.accounts {
            let (_, id) = numbers.identify(plan, account);
            for holder in holders(plans, index, account) {
                if let Some(own) = ids
                    .get_mut(customer_index(holder))
                    .filter(|_| wanted(account))
                {
                    own.push(id);
                }
            }
        }
    }
    ids
}

/// The customer whose account it is, and those who share it.
fn holders(plans: &[CustomerPlan], owner: usize, account: &AccountPlan) -> Vec<CustomerId> {
    let others = (plans.iter().enumerate())
        .filter(|(index, plan)| *index != owner && account.joint_with.contains(&plan.username))
        .map(|(index, _)| customer_id(index));
    std::iter::once(customer_id(owner)).chain(others).collect()
}

/// The id of the customer with this place in the scenario.
pub(super) fn customer_id(index: usize) -> CustomerId {
    CustomerId::new(index as u64 + 1)
}

/// The place of the customer with this id.
pub(super) fn customer_index(id: CustomerId) -> usize {
    usize::try_from(id.number().saturating_sub(1)).unwrap_or(usize::MAX)
}

/// Opens the accounts with what they must have begun with, and posts all rows in the order of booking.
fn post(book: &mut Book, diary: Diary, accounts: Vec<(Account, &AccountPlan)>) -> Vec<AccountId> {
    let mut rows: Vec<Option<Written>> = diary.into_rows().into_iter().map(Some).collect();
    // Of one second, first written, first posted. Keys are sorted, since rows are heavy to move.
    let mut order: Vec<(i64, usize)> = (rows.iter().flatten().enumerate())
        .map(|(index, row)| (row.entry.booked_at.unix_seconds(), index))
        .collect();
    order.sort_unstable();
    let mut totals = vec![(0_i64, 0_usize); accounts.len()];
    for row in rows.iter().flatten() {
        if let Some((booked, count)) = totals.get_mut(row.account) {
            *count += 1;
            if row.entry.status == TransactionStatus::Booked {
                *booked += row.entry.minor_units;
            }
        }
    }
    let mut ids = Vec::with_capacity(accounts.len());
    for ((account, plan), (booked, count)) in accounts.into_iter().zip(totals) {
        let id = account.id;
        sound(book.open_account(account, plan.balance - booked));
        book.reserve(id, count);
        ids.push(id);
    }
    for (_, index) in order {
        let Some(row) = rows.get_mut(index).and_then(Option::take) else {
            continue;
        };
        let Some(id) = ids.get(row.account) else {
            continue;
        };
        let is_booked = row.entry.status == TransactionStatus::Booked;
        let id = sound(book.post(*id, row.entry));
        if !is_booked {
            sound(book.expect(id));
        }
    }
    ids
}

/// A checked scenario has unique ids and amounts that fit: a refusal is a bug of ours.
fn sound<T>(result: Result<T, crate::banking::Error>) -> T {
    #[expect(clippy::expect_used, reason = "a checked scenario makes a sound book")]
    result.expect("a checked scenario makes a sound book")
}
