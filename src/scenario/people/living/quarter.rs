//! A quarter in the life of a persona, for tests of what goes on in it.

use std::collections::BTreeSet;

use time::{Date, Duration};

use super::assert_adds_up;
use crate::banking::Book;
use crate::banking::page::{Order, PageRequest, TransactionFilter};
use crate::banking::transaction::{TransactionStatus, TransactionView};
use crate::clock::Timestamp;
use crate::id::AccountId;
use crate::scenario::Scenario;
use crate::scenario::tests::at;

/// A persona's book, ninety days after it was opened.
pub(super) struct Quarter {
    pub(super) book: Book,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Quarter {
    pub(super) fn of(persona: &str, moment: &str) -> Self {
        Self::lived(Self::opened(persona, moment))
    }

    pub(super) fn opened(persona: &str, moment: &str) -> (Book, Timestamp) {
        let source = format!("version: 1\nname: one\ncustomers:\n  - {{persona: {persona}}}\n");
        let scenario = Scenario::parse("one.yaml", &source).unwrap();
        let now = at(moment);
        (scenario.open(now), now.bank)
    }

    /// Goes through it in odd steps.
    pub(super) fn lived((mut book, start): (Book, Timestamp)) -> Self {
        let end = start.plus(Duration::days(90));
        let mut now = start;
        while now < end {
            now = now.plus(Duration::minutes(7_001)).min(end);
            book.settle(now);
        }
        assert_adds_up(&book, end);
        Self { book, start, end }
    }

    pub(super) fn account(&self, nickname: &str) -> AccountId {
        let accounts = self.book.accounts().into_iter();
        let mut named = accounts.filter(|known| known.nickname.as_deref() == Some(nickname));
        named.next().expect("an account of that name").id
    }

    /// The rows of an account that came since the bank opened and are booked.
    pub(super) fn since(&self, nickname: &str) -> Vec<TransactionView> {
        let rows = rows(&self.book, self.account(nickname)).into_iter();
        let is_new = |row: &TransactionView| {
            row.booked_at > self.start && row.status == TransactionStatus::Booked
        };
        rows.filter(is_new).collect()
    }

    /// The same before.
    pub(super) fn before(&self, nickname: &str) -> Vec<TransactionView> {
        let mut rows = rows(&self.book, self.account(nickname));
        rows.retain(|row| row.booked_at <= self.start);
        rows
    }
}

pub(super) fn rows(book: &Book, account: AccountId) -> Vec<TransactionView> {
    let request = PageRequest {
        after: None,
        size: usize::MAX,
        order: Order::OldestFirst,
    };
    let filter = TransactionFilter::default();
    book.transactions(&[account], &filter, request).rows
}

pub(super) fn says(row: &TransactionView, words: &str) -> bool {
    row.information.as_deref() == Some(words)
}

pub(super) fn told(rows: &[TransactionView], words: &str) -> Vec<TransactionView> {
    let rows = rows.iter().filter(|row| says(row, words));
    rows.cloned().collect()
}

/// The days on which a month's day is moved to, after `start` and up to `end`.
pub(super) fn days_between(
    start: Timestamp,
    end: Timestamp,
    day: impl Fn(Date) -> Date,
) -> Vec<Date> {
    let mut found: BTreeSet<Date> = BTreeSet::new();
    for days in -40..=140 {
        found.insert(day(start.date() + Duration::days(days)));
    }
    let within = found.into_iter().filter(|day| {
        let at = Timestamp::from_date(*day);
        start < at && at <= end
    });
    within.collect()
}

pub(super) fn all_since(quarter: &Quarter) -> Vec<TransactionView> {
    let accounts = quarter.book.accounts().into_iter();
    accounts
        .flat_map(|account| rows(&quarter.book, account.id))
        .filter(|row| row.booked_at > quarter.start)
        .collect()
}
