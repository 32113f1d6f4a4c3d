//! What grows with the years goes on growing when the clock is moved by years.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, Month};

use super::quarter::{Quarter, rows, told};
use crate::banking::Book;
use crate::banking::transaction::TransactionView;
use crate::clock::Timestamp;
use crate::id::AccountId;
use crate::scenario::tests::MOMENTS;

const SALARY: &str = "SUNFLOWER ANALYTICS SALARY";
const RENT: &str = "RENT FLAT 4";

/// Three years and a month in steps of so many days.
fn lived(moment: &str, step: i64) -> (Book, Timestamp) {
    let (mut book, start) = Quarter::opened("salaried-renter", moment);
    let end = start.plus(Duration::days(3 * 365 + 31));
    let mut now = start;
    while now < end {
        now = now.plus(Duration::days(step)).min(end);
        book.settle(now);
    }
    (book, start)
}

fn account_with(book: &Book, words: &str) -> AccountId {
    let accounts = book.accounts().into_iter().map(|account| account.id);
    let mut with = accounts.filter(|id| !told(&rows(book, *id), words).is_empty());
    with.next().expect("an account with such a row")
}

/// The amounts of each year, by how many years of days lie between it and the opening.
fn by_year(rows: &[TransactionView], start: Timestamp) -> BTreeMap<i64, BTreeSet<i64>> {
    let mut years: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for row in rows {
        let days = (row.booked_at.date() - start.date()).whole_days();
        let amounts = years.entry(days / 365).or_default();
        amounts.insert(row.amount.minor_units);
    }
    years
}

#[track_caller]
fn assert_each(years: &BTreeMap<i64, BTreeSet<i64>>, expected: &[(i64, i64)]) {
    for (year, amount) in expected {
        assert_eq!(years[year], BTreeSet::from([*amount]), "{year}");
    }
}

/// Goal: the salary that is stated holds when the bank opens; a year before it was less by the raise, and each
/// year after it is more by the raise, as is the rent; what a bonus adds does not grow.
#[test]
fn a_salary_and_a_rent_grow_each_year_before_and_after_the_opening() {
    for moment in MOMENTS {
        let (book, start) = lived(moment, 5);
        let rows = rows(&book, account_with(&book, SALARY));
        let (with_bonus, plain): (Vec<_>, Vec<_>) = told(&rows, SALARY)
            .into_iter()
            .partition(|row| row.booked_at.date().month() == Month::December);
        let years = by_year(&plain, start);
        let salary = [(-1, 257_281), (0, 265_000), (1, 272_950), (2, 281_138)];
        assert_each(&years, &salary);
        for row in with_bonus {
            let plain = row.amount.minor_units - 80_000;
            let year = (row.booked_at.date() - start.date()).whole_days() / 365;
            let known = salary.into_iter().chain([(-2, 249_787), (3, 289_572)]);
            assert!(known.into_iter().any(|it| it == (year, plain)), "{moment}");
        }
        let paid = told(&rows, RENT);
        let rent = [(-1, -91_346), (0, -95_000), (1, -98_800), (2, -102_752)];
        assert_each(&by_year(&paid, start), &rent);
    }
}

#[test]
fn raises_come_whatever_the_steps_of_the_clock() {
    let (small, _) = lived(MOMENTS[0], 3);
    let (large, _) = lived(MOMENTS[0], 400);
    let account = account_with(&small, SALARY);
    let seen = |book: &Book| told(&rows(book, account), SALARY);
    assert_eq!(seen(&small), seen(&large));
}

/// Goal: a TPP that reads the order is told the amount that will be paid.
#[test]
fn a_standing_order_says_beforehand_what_it_will_pay() {
    let (mut book, start) = Quarter::opened("salaried-renter", MOMENTS[0]);
    let mut now = start;
    let account = account_with(&book, RENT);
    let next = |book: &Book| {
        let orders = book.standing_orders(&[account]);
        let rent = orders.into_iter().find(|order| &*order.reference == RENT);
        rent.unwrap().next.unwrap()
    };
    for _ in 0..26 {
        let told = next(&book);
        now = told.at.max(now);
        book.settle(now);
        let paid = self::told(&rows(&book, account), RENT);
        let last = paid.last().unwrap();
        assert_eq!(last.amount.minor_units, -told.minor_units);
    }
    assert_eq!(next(&book).minor_units, 102_752);
}
