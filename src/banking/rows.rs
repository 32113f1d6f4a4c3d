//! The rows of one account, in the order of booking, each with the balance after it.
//!
//! Order is (booking time, posting sequence). A row carries its running balance, and marks tell where rows
//! of one status and direction stand, so a page costs what the page costs, whatever it filters. The price
//! is paid by a back-dated row, which moves the balance of all rows after it.
//!
//! A row is 64 bytes: one line of a processor's cache. Its marks take a byte more.

mod marks;

use std::num::NonZeroU32;
use std::ops::Range;

use self::marks::Marks;

use super::code::TransactionCode;
use super::intern::TextId;
use super::page::{Order, Position, TransactionFilter};
use super::transaction::{
    CardAuthorization, CardScheme, CounterpartyId, MerchantId, TransactionStatus,
};
use crate::clock::Timestamp;
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
    /// Where the rows of each [`kind_of`] stand.
    marks: [Marks; KINDS],
    /// The sums of pending debits and of pending credits, signed.
    pending: [i64; 2],
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
        let own = kind_of(row.status, row.direction());
        for (kind, marks) in self.marks.iter_mut().enumerate() {
            marks.insert(at, kind == own);
        }
        self.count_pending(&row, row.minor_units);
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, position: Position) -> Option<Row> {
        let key = key_of(position);
        let at = self.index_of(key);
        self.list.get(at).filter(|row| row.key() == key)?;
        let row = self.list.remove(at);
        self.rebalance_from(at);
        for marks in &mut self.marks {
            marks.remove(at);
        }
        self.count_pending(&row, -row.minor_units);
        Some(row)
    }

    /// Gives back what growing has left over.
    pub(super) fn shrink(&mut self) {
        self.list.shrink_to_fit();
        self.marks.iter_mut().for_each(Marks::shrink);
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
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The balance before the first row.
    #[cfg(test)]
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
        let [debits, credits] = self.pending;
        match direction {
            Direction::Credit => credits,
            Direction::Debit => debits,
        }
    }

    /// The row that was booked last, by the sequence it was posted with.
    pub(super) fn last_booked(&self) -> Option<u32> {
        let marks = self.marks_of(|status, _| status == TransactionStatus::Booked);
        let last = marks.filter_map(|marks| marks.last_before(self.list.len()));
        Some(self.list.get(last.max()?)?.sequence)
    }

    /// How many booked rows stand after a position, up to the end of its day.
    pub(super) fn booked_later_that_day(&self, position: Position) -> u32 {
        let (seconds, sequence) = key_of(position);
        let tomorrow = seconds - seconds.rem_euclid(DAY_SECONDS) + DAY_SECONDS;
        let (from, to) = (
            self.index_of((seconds, sequence + 1)),
            self.index_of((tomorrow, 0)),
        );
        self.marks_of(|status, _| status == TransactionStatus::Booked)
            .map(|marks| {
                marks
                    .count_before(to)
                    .saturating_sub(marks.count_before(from))
            })
            .sum()
    }

    /// When the first and the last row are booked.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = (self.list.first()?, self.list.last()?);
        Some((first.position().booked_at, last.position().booked_at))
    }

    /// All rows, oldest first.
    #[cfg(test)]
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Row> {
        self.list.iter()
    }

    /// The rows a filter lets through, beyond `after` in the given order.
    pub(super) fn scan(
        &self,
        filter: &TransactionFilter,
        after: Option<Position>,
        order: Order,
    ) -> Scan<'_> {
        let (low, high) = bounds(filter, after, order);
        let (from, to) = (self.index_of(low), self.index_of(high));
        let wanted = self.marks_of(|status, direction| filter.admits(status, direction));
        let start = match order {
            Order::NewestFirst => to,
            Order::OldestFirst => from,
        };
        let ahead = wanted.map(|marks| (marks, following(marks, start, order)));
        Scan {
            list: &self.list,
            ahead: ahead.collect(),
            range: from..to,
            order,
        }
    }

    /// The marks of the rows whose status and direction are wanted.
    fn marks_of(
        &self,
        is_wanted: impl Fn(TransactionStatus, Direction) -> bool,
    ) -> impl Iterator<Item = &Marks> {
        let kinds = (TransactionStatus::ALL.into_iter())
            .flat_map(|status| DIRECTIONS.map(|direction| (status, direction)));
        let wanted = kinds.filter(move |(status, direction)| is_wanted(*status, *direction));
        wanted.filter_map(|(status, direction)| self.marks.get(kind_of(status, direction)))
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

    /// Adds to the pending sums what a row brings, or takes what it had brought.
    fn count_pending(&mut self, row: &Row, minor_units: i64) {
        let [debits, credits] = &mut self.pending;
        let sum = match row.direction() {
            Direction::Credit => credits,
            Direction::Debit => debits,
        };
        if row.status == TransactionStatus::Pending {
            *sum += minor_units;
        }
    }
}

/// Rows of one account under way to a page: only what passes is looked at.
pub(super) struct Scan<'rows> {
    list: &'rows [Row],
    /// For each wanted kind of row its marks, and where the next of that kind stands.
    ahead: Vec<(&'rows Marks, Option<usize>)>,
    range: Range<usize>,
    order: Order,
}

impl<'rows> Iterator for Scan<'rows> {
    type Item = &'rows Row;

    fn next(&mut self) -> Option<&'rows Row> {
        let (range, order) = (self.range.clone(), self.order);
        let heads = self.ahead.iter_mut();
        let heads = heads.filter_map(|(marks, next)| Some((next.as_ref().copied()?, marks, next)));
        let (at, marks, next) = match order {
            Order::NewestFirst => heads.max_by_key(|(at, ..)| *at)?,
            Order::OldestFirst => heads.min_by_key(|(at, ..)| *at)?,
        };
        if !range.contains(&at) {
            return None;
        }
        *next = match order {
            Order::NewestFirst => following(marks, at, order),
            Order::OldestFirst => following(marks, at + 1, order),
        };
        self.list.get(at)
    }
}

/// The next marked row from a place on: after it, or, newest first, before it.
fn following(marks: &Marks, place: usize, order: Order) -> Option<usize> {
    match order {
        Order::NewestFirst => marks.last_before(place),
        Order::OldestFirst => marks.first_from(place),
    }
}

/// The place of a row's marks among those of all kinds.
const fn kind_of(status: TransactionStatus, direction: Direction) -> usize {
    let is_credit = matches!(direction, Direction::Credit);
    2 * (status as usize) + is_credit as usize
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
const DIRECTIONS: [Direction; 2] = [Direction::Debit, Direction::Credit];
/// Each status with each direction.
const KINDS: usize = TransactionStatus::ALL.len() * DIRECTIONS.len();

#[cfg(test)]
mod tests {
    use super::marks::steps;
    use super::*;
    use crate::banking::page::Statuses;

    #[test]
    fn a_row_is_one_cache_line() {
        assert_eq!(size_of::<Row>(), 64);
    }

    /// A hundred thousand debits of one day, two of each second, and among them two credits.
    fn many_rows() -> Rows {
        let mut rows = Rows::open(0);
        for sequence in 1..=MANY {
            let (status, minor_units) = match sequence {
                RARE => (TransactionStatus::Pending, 1),
                RARER => (TransactionStatus::Booked, 1),
                _ => (TransactionStatus::Booked, -1),
            };
            rows.insert(row(sequence, status, minor_units));
        }
        rows
    }

    fn row(sequence: u32, status: TransactionStatus, minor_units: i64) -> Row {
        let at = i64::from(sequence) / 2;
        Row {
            booked_at_seconds: at,
            value_at_seconds: at,
            minor_units,
            running: 0,
            sequence,
            information: None,
            reference: None,
            merchant: None,
            counterparty: None,
            rare: None,
            card_last_four: 0,
            card_scheme: None,
            card_authorization: CardAuthorization::None,
            code: TransactionCode::FasterPayment,
            status,
        }
    }

    /// Goal: a page costs what is on it, not what it passes over.
    #[test]
    fn a_page_of_rare_rows_looks_at_no_others() {
        let rows = many_rows();
        let only = |status| Statuses::NONE.with(status);
        let all = TransactionFilter::default();
        for (why, filter, found) in [
            ("everything", all, 50),
            (
                "credits",
                TransactionFilter {
                    direction: Some(Direction::Credit),
                    ..all
                },
                2,
            ),
            (
                "booked credits",
                TransactionFilter {
                    direction: Some(Direction::Credit),
                    statuses: only(TransactionStatus::Booked),
                    ..all
                },
                1,
            ),
            (
                "pending rows",
                TransactionFilter {
                    statuses: only(TransactionStatus::Pending),
                    ..all
                },
                1,
            ),
            (
                "rejected rows",
                TransactionFilter {
                    statuses: only(TransactionStatus::Rejected),
                    ..all
                },
                0,
            ),
        ] {
            for order in [Order::NewestFirst, Order::OldestFirst] {
                let page = || rows.scan(&filter, None, order).take(50).count();
                let (count, steps) = steps::of(page);
                assert_eq!(count, found, "{why}");
                assert!(
                    steps <= KINDS + found,
                    "{why}: {steps} lookups for {found} rows"
                );
            }
        }
    }

    /// Goal: a reference that counts the rest of the day costs the same for the first row of a day and
    /// the last.
    #[test]
    fn the_place_in_a_day_is_known_without_counting_the_day() {
        let rows = many_rows();
        for sequence in [1, RARE, MANY] {
            let position = row(sequence, TransactionStatus::Booked, -1).position();
            let (count, steps) = steps::of(|| rows.booked_later_that_day(position));
            let pending = u32::from(sequence < RARE);
            assert_eq!(count, MANY - sequence - pending, "after {sequence}");
            assert_eq!(steps, 4, "two directions, from and to");
        }
    }

    #[test]
    fn the_sums_of_pending_rows_follow_them_in_and_out() {
        let mut rows = Rows::open(0);
        let sums = |rows: &Rows| DIRECTIONS.map(|direction| rows.pending(direction));
        for (sequence, status, minor_units) in [
            (1, TransactionStatus::Pending, -5),
            (2, TransactionStatus::Pending, 7),
            (3, TransactionStatus::Booked, -11),
            (4, TransactionStatus::Rejected, -13),
        ] {
            rows.insert(row(sequence, status, minor_units));
        }
        assert_eq!(sums(&rows), [-5, 7]);
        for (sequence, left) in [(3, [-5, 7]), (1, [0, 7]), (4, [0, 7]), (2, [0, 0])] {
            let position = row(sequence, TransactionStatus::Booked, 0).position();
            assert!(rows.remove(position).is_some());
            assert_eq!(sums(&rows), left, "without {sequence}");
        }
    }

    const MANY: u32 = 100_000;
    const RARE: u32 = 50_000;
    const RARER: u32 = 49_999;
}
