//! A bank that lives: what must hold however far its clock is moved, and in however many steps.

mod borrowed;
mod card;
mod habits;
mod mixed;
mod quarter;
mod raises;

use proptest::prelude::*;
use time::Duration;

use crate::banking::Book;
use crate::banking::agenda::{Fired, FiredKind};
use crate::banking::balance::BalanceKind;
use crate::banking::page::{Order, PageRequest, TransactionFilter};
use crate::banking::transaction::TransactionStatus;
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::money::{Currency, Direction};
use crate::scenario::Scenario;
use crate::scenario::tests::{MOMENTS, at};

fn open(seed: u64, moment: &str) -> (Book, Timestamp) {
    let mut scenario = Scenario::builtin("default").unwrap();
    scenario.bank.seed = Seed(seed);
    let now = at(moment);
    (scenario.open(now), now.bank)
}

/// Opening and booked rows make the balance, running balances chain, and the bank's total is nothing.
fn assert_adds_up(book: &Book, now: Timestamp) {
    assert!(book.trial_balance().values().all(|total| *total == 0));
    for currency in Currency::ALL {
        assert_eq!(
            book.in_transfer(currency),
            0,
            "every transfer has both legs"
        );
    }
    for account in book.accounts() {
        let request = PageRequest {
            after: None,
            size: usize::MAX,
            order: Order::OldestFirst,
        };
        let page = book.transactions(&[account.id], &TransactionFilter::default(), request);
        let booked = |row: &&_| is(row, TransactionStatus::Booked);
        let running: Vec<_> = (page.rows.iter().filter(booked))
            .map(|row| {
                (
                    row.running_balance.unwrap().minor_units,
                    row.amount.minor_units,
                )
            })
            .collect();
        assert!(
            running
                .windows(2)
                .all(|pair| pair[0].0 + pair[1].1 == pair[1].0)
        );
        let balance = |kind| book.balance(account.id, kind, now).unwrap().minor_units;
        let interim = balance(BalanceKind::InterimBooked);
        assert_eq!(running.last().map_or(interim, |last| last.0), interim);
        let pending = page
            .rows
            .iter()
            .filter(|row| is(row, TransactionStatus::Pending));
        let (mut debits, mut all) = (0, 0);
        for row in pending {
            all += row.amount.minor_units;
            if row.direction() == Direction::Debit {
                debits += row.amount.minor_units;
            }
        }
        let included = account.credit(|line| line.included).minor_units;
        assert_eq!(
            balance(BalanceKind::InterimAvailable),
            interim + debits + included
        );
        assert_eq!(balance(BalanceKind::Expected), interim + all);
        let is_late = |row: &&_| is(row, TransactionStatus::Booked) && row.booked_at > now;
        assert_eq!(
            page.rows.iter().find(is_late),
            None,
            "nothing is booked ahead of time"
        );
    }
}

fn is(row: &crate::banking::transaction::TransactionView, status: TransactionStatus) -> bool {
    row.status == status
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn one_jump_does_what_many_small_ones_do(
        seed in 1_u64..1_000,
        moment in 0..MOMENTS.len(),
        steps in prop::collection::vec(1_i64..3_000, 1..40),
    ) {
        let (mut book, start) = open(seed, MOMENTS[moment]);
        let mut jumped = book.clone();
        let (mut now, mut fired) = (start, Vec::<Fired>::new());
        for minutes in steps {
            now = now.plus(Duration::minutes(minutes));
            fired.extend(book.settle(now));
        }
        prop_assert_eq!(&jumped.settle(now), &fired);
        prop_assert!(jumped == book, "the books differ");
        prop_assert!(fired.is_sorted_by_key(|fired| fired.at));
        prop_assert!(fired.iter().all(|fired| start < fired.at && fired.at <= now));
        assert_adds_up(&book, now);
    }
}

#[test]
fn a_quarter_on_people_have_been_paid_have_paid_and_the_sums_are_right() {
    for (seed, moment) in (1..).zip(MOMENTS) {
        let (mut book, start) = open(seed, moment);
        let now = start.plus(Duration::days(90));
        let fired = book.settle(now);
        let count = |kind| fired.iter().filter(|fired| fired.kind == kind).count();
        for (kind, least) in [
            (FiredKind::StandingOrder, 9),
            (FiredKind::DirectDebit, 20),
            (FiredKind::Interest, 4),
            (FiredKind::Fee, 4),
            (FiredKind::Scheduled, 300),
            (FiredKind::TransactionBooked, 100),
        ] {
            assert!(count(kind) >= least, "{moment} {kind:?}: {}", count(kind));
        }
        assert_eq!(book.settle(now), []);
        assert_adds_up(&book, now);
    }
}
