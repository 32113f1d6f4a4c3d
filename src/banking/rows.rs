//! The rows of one account, in the order of booking, each with the balance after it.
//!
//! Order is (booking time, posting sequence). A row carries its running balance, so a page costs what
//! the page costs; the price is paid by a back-dated row, which moves the balance of all rows after it.
//!
//! A row is 64 bytes: one line of a processor's cache.

use std::num::NonZeroU32;

use super::code::TransactionCode;
use super::intern::TextId;
use super::page::{Order, Position, TransactionFilter};
use super::transaction::{
    CardAuthorization, CardScheme, CounterpartyId, MerchantId, TransactionStatus,
};
use crate::clock::Timestamp;
use crate::id::TransactionId;
use crate::money::Direction;

/// One row as it is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) booked_at_seconds: i64,
    pub(super) value_at_seconds: i64,
    /// Signed: a debit is below zero.
    pub(super) minor_units: i64,
    /// The balance after this row; of a row that is not booked, after the booked ones before it.
    pub(super) running: i64,
    pub(super) sequence: u32,
    pub(super) information: Option<TextId>,
    pub(super) reference: Option<TextId>,
    pub(super) merchant: Option<MerchantId>,
    pub(super) counterparty: Option<CounterpartyId>,
    pub(super) rare: Option<NonZeroU32>,
    pub(super) card_last_four: u16,
    pub(super) card_scheme: Option<CardScheme>,
    pub(super) card_authorization: CardAuthorization,
    pub(super) code: TransactionCode,
    pub(super) status: TransactionStatus,
}

impl Row {
    /// Where the row stands.
    pub(super) fn position(&self) -> Position {
        Position {
            booked_at: Timestamp::from_unix_seconds(self.booked_at_seconds),
            sequence: u64::from(self.sequence),
        }
    }

    fn key(&self) -> Key {
        (self.booked_at_seconds, u64::from(self.sequence))
    }

    /// What the row adds to the booked balance.
    pub(super) fn booked_minor_units(&self) -> i64 {
        match self.status {
            TransactionStatus::Booked => self.minor_units,
            TransactionStatus::Pending | TransactionStatus::Rejected => 0,
        }
    }

    fn direction(&self) -> Direction {
        if self.minor_units < 0 {
            Direction::Debit
        } else {
            Direction::Credit
        }
    }
}

/// A row's place in the order.
type Key = (i64, u64);

/// All rows of one account.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Rows {
    opening: i64,
    list: Vec<Row>,
    /// Keys of the rows that are not booked, in order: few, and asked for often.
    unbooked: Vec<Key>,
}

impl Rows {
    /// An account that begins with `opening`.
    pub(super) fn open(opening: i64) -> Self {
        Self {
            opening,
            ..Self::default()
        }
    }

    /// Puts a row in its place and brings the balances after it up to date.
    pub(super) fn insert(&mut self, row: Row) {
        let at = match self.list.last() {
            Some(last) if last.key() > row.key() => self.index_of(row.key()),
            _ => self.list.len(),
        };
        self.list.insert(at, row);
        self.rebalance_from(at);
        if row.status != TransactionStatus::Booked {
            let at = self.unbooked.partition_point(|key| *key < row.key());
            self.unbooked.insert(at, row.key());
        }
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, position: Position) -> Option<Row> {
        let key = key_of(position);
        let at = self.index_of(key);
        self.list.get(at).filter(|row| row.key() == key)?;
        let row = self.list.remove(at);
        self.rebalance_from(at);
        self.unbooked.retain(|unbooked| *unbooked != key);
        Some(row)
    }

    /// Gives back what growing has left over.
    pub(super) fn shrink(&mut self) {
        self.list.shrink_to_fit();
    }

    /// Makes room for as many rows as are known to come.
    pub(super) fn reserve(&mut self, count: usize) {
        self.list.reserve_exact(count);
    }

    /// The row at a position.
    pub(super) fn get(&self, position: Position) -> Option<&Row> {
        let key = key_of(position);
        self.list
            .get(self.index_of(key))
            .filter(|row| row.key() == key)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The balance before the first row.
    pub(super) fn opening(&self) -> i64 {
        self.opening
    }

    /// Opening balance and all booked rows.
    pub(super) fn booked_balance(&self) -> i64 {
        self.list.last().map_or(self.opening, |row| row.running)
    }

    /// Opening balance and the rows booked before a moment.
    pub(super) fn booked_balance_before(&self, moment: Timestamp) -> i64 {
        let end = self.index_of((moment.unix_seconds(), 0));
        let last = end.checked_sub(1).and_then(|last| self.list.get(last));
        last.map_or(self.opening, |row| row.running)
    }

    /// The sum of pending rows of one direction, signed.
    pub(super) fn pending(&self, direction: Direction) -> i64 {
        (self.unbooked.iter())
            .filter_map(|key| self.list.get(self.index_of(*key)))
            .filter(|row| row.status == TransactionStatus::Pending)
            .filter(|row| row.direction() == direction)
            .map(|row| row.minor_units)
            .sum()
    }

    /// The row that was booked last, by the id it was posted with.
    pub(super) fn last_booked(&self) -> Option<TransactionId> {
        let is_booked = |row: &&Row| row.status == TransactionStatus::Booked;
        let row = self.list.iter().rev().find(is_booked)?;
        Some(TransactionId::new(u64::from(row.sequence)))
    }

    /// How many booked rows stand after a position, up to the end of its day.
    pub(super) fn booked_later_that_day(&self, position: Position) -> usize {
        let (seconds, sequence) = key_of(position);
        let tomorrow = seconds - seconds.rem_euclid(DAY_SECONDS) + DAY_SECONDS;
        let range = self.index_of((seconds, sequence + 1))..self.index_of((tomorrow, 0));
        let rows = self.list.get(range).unwrap_or(&[]).iter();
        rows.filter(|row| row.status == TransactionStatus::Booked)
            .count()
    }

    /// When the first and the last row are booked.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = (self.list.first()?, self.list.last()?);
        Some((first.position().booked_at, last.position().booked_at))
    }

    /// All rows, oldest first.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Row> {
        self.list.iter()
    }

    /// The rows a filter lets through, beyond `after` in the given order.
    pub(super) fn scan<'rows>(
        &'rows self,
        filter: &TransactionFilter,
        after: Option<Position>,
        order: Order,
    ) -> Box<dyn Iterator<Item = &'rows Row> + 'rows> {
        let filter = *filter;
        let (low, high) = bounds(&filter, after, order);
        let passes = move |row: &&Row| filter.admits(row.status, row.direction());
        if filter.statuses.contains(TransactionStatus::Booked) {
            let range = self.index_of(low)..self.index_of(high);
            let rows = self.list.get(range).unwrap_or(&[]).iter();
            return match order {
                Order::NewestFirst => Box::new(rows.rev().filter(passes)),
                Order::OldestFirst => Box::new(rows.filter(passes)),
            };
        }
        let keys = &self.unbooked;
        let range = keys.partition_point(|key| *key < low)..keys.partition_point(|key| *key < high);
        let keys = keys.get(range).unwrap_or(&[]).iter();
        let row = |key: &Key| self.list.get(self.index_of(*key));
        match order {
            Order::NewestFirst => Box::new(keys.rev().filter_map(row).filter(passes)),
            Order::OldestFirst => Box::new(keys.filter_map(row).filter(passes)),
        }
    }

    /// The index of the first row not before `key`.
    fn index_of(&self, key: Key) -> usize {
        self.list.partition_point(|row| row.key() < key)
    }

    fn rebalance_from(&mut self, at: usize) {
        let before = at.checked_sub(1).and_then(|before| self.list.get(before));
        let mut running = before.map_or(self.opening, |row| row.running);
        for row in self.list.iter_mut().skip(at) {
            running += row.booked_minor_units();
            row.running = running;
        }
    }
}

fn key_of(position: Position) -> Key {
    (position.booked_at.unix_seconds(), position.sequence)
}

/// The keys a scan stays between: from `low`, up to but without `high`.
fn bounds(filter: &TransactionFilter, after: Option<Position>, order: Order) -> (Key, Key) {
    let first_second = |moment: Timestamp| {
        // A bound between two seconds begins at the next, since all booking times are whole.
        let seconds = moment.unix_seconds();
        seconds + i64::from(Timestamp::from_unix_seconds(seconds) < moment)
    };
    let mut low = (filter.from.map_or(i64::MIN, first_second), 0);
    let mut high = (filter.to.map_or(i64::MAX, |to| to.unix_seconds() + 1), 0);
    if let Some(after) = after {
        let (seconds, sequence) = key_of(after);
        match order {
            Order::NewestFirst => high = high.min((seconds, sequence)),
            Order::OldestFirst => low = low.max((seconds, sequence.saturating_add(1))),
        }
    }
    (low, high.max(low))
}

const DAY_SECONDS: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_cache_line() {
        assert_eq!(size_of::<Row>(), 64);
    }
}
