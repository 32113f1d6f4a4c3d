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
use crate::id::{AccountId, CustomerId, Lengths};

/// The book of these people at `now`.
pub(super) fn open(
    plans: &[CustomerPlan],
    (seed, lengths): (Seed, Lengths),
    now: Timestamp,
) -> Book {
    let mut book = Book::with_ids(lengths);
    for (index, plan) in plans.iter().enumerate() {
        sound(book.add_customer(customer(plan, index, seed)));
    }
    let mut numbers = Numbers::given(plans, (seed, lengths));
    let mut accounts = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        for account in &plan.accounts {
            let window = Window::of(account.history, now);
            let holders = holders(plans, index, account);
            let opened = numbers.account(plan, account, (holders, window));
            accounts.push((opened, plan, account, window));
        }
    }
    let (diary, so_far) = write(&mut book, (plans, seed), &accounts, now);
    let ids = post(&mut book, diary, accounts);
    arrange(&mut book, (plans, seed), (&ids, so_far), now);
    // What was let go or announced before the bank opened is as late as it is.
    book.settle(now);
    book.shrink();
    book
}

/// An account to open: whose plan it is and the time its history covers.
type Opened<'plan> = (Account, &'plan CustomerPlan, &'plan AccountPlan, Window);

/// Lets everybody keep all habits. Cards are settled once all is spent, and what is left over is moved
/// once that is known: an account's rows may come from another's habits.
fn write(
    book: &mut Book,
    (plans, seed): (&[CustomerPlan], Seed),
    accounts: &[Opened<'_>],
    now: Timestamp,
) -> (Diary, Vec<SoFar>) {
    let mut diary = Diary::default();
    let mut so_far: Vec<SoFar> = accounts.iter().map(|_| SoFar::default()).collect();
    let neighbours = neighbours(plans, now);
    for stage in [habit::keep, habit::settle, habit::sweep] {
        let places = accounts.iter().zip(&mut so_far).enumerate();
        for (place, ((_, owner, plan, window), so_far)) in places {
            let last_four = identity::card_last_four(seed, owner, plan);
            let mut setting = Setting {
                book,
                writer: diary.about(place, *window, last_four),
                plan,
                owner,
                neighbours: &neighbours,
                so_far,
            };
            stage(&mut setting, &|habit: &str| {
                let name = format!("people/{}/{}/{habit}", owner.username, plan.name);
                Chance::new(seed, &name)
            });
        }
    }
    (diary, so_far)
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
            first: Window::of(plan.history, now).first,
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
    let accounts =
        (plans.iter()).flat_map(|owner| owner.accounts.iter().map(move |account| (owner, account)));
    for (((owner, account), id), paid) in accounts.zip(ids).zip(so_far) {
        let mut arranging = Arranging {
            book,
            plan: account,
            account: *id,
            all: ids,
            card: diary::card_of(identity::card_last_four(seed, owner, account)),
            now,
            stream: (seed, format!("people/{}/{}", owner.username, account.name)),
        };
        arranging.arrange(paid);
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
    (seed, lengths): (Seed, Lengths),
    wanted: impl Fn(&AccountPlan) -> bool,
) -> Vec<Vec<AccountId>> {
    let mut numbers = Numbers::given(plans, (seed, lengths));
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
fn post(book: &mut Book, diary: Diary, accounts: Vec<Opened<'_>>) -> Vec<AccountId> {
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
    for ((account, _, plan, _), (booked, count)) in accounts.into_iter().zip(totals) {
        let id = account.id;
        let opening = plan.opening.unwrap_or(plan.balance - booked);
        sound(book.open_account(account, opening));
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
