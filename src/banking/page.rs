//! Pages of transactions: which rows, in which order, from where.
//!
//! A position names a row, not a count of rows, so rows that come later never shift or repeat a page.

use super::transaction::{TransactionStatus, TransactionView};
use crate::clock::Timestamp;
use crate::money::Direction;

/// Where a row stands in the order of the book: booking time, then posting sequence. The sequence is
/// unique across the bank, so one position serves one account and many.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Position {
    /// When it is booked, or when that is expected.
    pub(crate) booked_at: Timestamp,
    /// The how-manyeth posting of the bank it is: the number of its transaction id.
    pub(crate) sequence: u64,
}

/// Which end of the book comes first.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Order {
    /// What the API answers unless asked.
    #[default]
    NewestFirst,
    /// `order=asc`.
    OldestFirst,
}

/// Which rows are wanted. The default is all of them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct TransactionFilter {
    /// Booked at this moment or later.
    pub(crate) from: Option<Timestamp>,
    /// Booked at this moment or earlier.
    pub(crate) to: Option<Timestamp>,
    /// In one of these states.
    pub(crate) statuses: Statuses,
    /// Credits or debits alone.
    pub(crate) direction: Option<Direction>,
}

impl TransactionFilter {
    /// This filter, narrowed to what a consent lets see.
    #[must_use]
    pub(crate) fn within(self, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self {
            // `None` sorts first: right for the later of two starts.
            from: self.from.max(from),
            to: match (self.to, to) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            ..self
        }
    }

    pub(super) fn admits(&self, status: TransactionStatus, direction: Direction) -> bool {
        self.statuses.contains(status) && self.direction.is_none_or(|wanted| wanted == direction)
    }
}

impl Default for TransactionFilter {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            statuses: Statuses::ALL,
            direction: None,
        }
    }
}

/// A set of transaction states.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Statuses(u8);

impl Statuses {
    /// Rows in any state.
    pub(crate) const ALL: Self = Self(0b111);
    /// Rows in no state: add some.
    pub(crate) const NONE: Self = Self(0);

    /// This set and `status`.
    #[must_use]
    pub(crate) const fn with(self, status: TransactionStatus) -> Self {
        Self(self.0 | (1 << status as u8))
    }

    /// Whether `status` is in it.
    #[must_use]
    pub(crate) const fn contains(self, status: TransactionStatus) -> bool {
        self.0 & (1 << status as u8) != 0
    }
}

/// What part of the filtered rows is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PageRequest {
    /// Beyond this row; from the beginning when `None`.
    pub(crate) after: Option<Position>,
    /// At most so many rows.
    pub(crate) size: usize,
    /// Which end comes first.
    pub(crate) order: Order,
}

/// Some rows, and where to go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Page {
    /// The rows in the order asked for.
    pub(crate) rows: Vec<TransactionView>,
    /// The last row's position, when there are more beyond it.
    pub(crate) next: Option<Position>,
    /// The position of the row before it: whoever goes on from there is shown the last row twice.
    pub(crate) before_last: Option<Position>,
}

/// What can be wrong with a page on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// The next page begins with this page's last row.
    RepeatsRow,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_narrows_a_filter_and_never_widens_it() {
        let at = |seconds| Some(Timestamp::from_unix_seconds(seconds));
        for (why, asked, allowed, left) in [
            ("nothing said", (None, None), (None, None), (None, None)),
            (
                "consent alone",
                (None, None),
                (at(1), at(9)),
                (at(1), at(9)),
            ),
            ("filter alone", (at(2), at(3)), (None, None), (at(2), at(3))),
            (
                "filter inside",
                (at(2), at(3)),
                (at(1), at(9)),
                (at(2), at(3)),
            ),
            (
                "filter outside",
                (at(0), at(99)),
                (at(1), at(9)),
                (at(1), at(9)),
            ),
            (
                "no overlap",
                (at(20), at(30)),
                (at(1), at(9)),
                (at(20), at(9)),
            ),
        ] {
            let filter = TransactionFilter {
                from: asked.0,
                to: asked.1,
                ..TransactionFilter::default()
            };
            let narrowed = filter.within(allowed.0, allowed.1);
            assert_eq!((narrowed.from, narrowed.to), left, "{why}");
        }
    }

    #[test]
    fn a_set_of_states_holds_what_was_put_in() {
        let set = Statuses::NONE.with(TransactionStatus::Pending);
        assert!(set.contains(TransactionStatus::Pending));
        assert!(!set.contains(TransactionStatus::Booked));
        assert!(!set.contains(TransactionStatus::Rejected));
        let all = TransactionStatus::ALL
            .into_iter()
            .fold(Statuses::NONE, Statuses::with);
        assert_eq!(all, Statuses::ALL);
    }
}
