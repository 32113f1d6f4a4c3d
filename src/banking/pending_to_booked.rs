//! How a pending row becomes a booked one. The contract promises one id for a row's whole life; many
//! banks promise less, so a scenario chooses whose ways its bank has: `bank.pending_to_booked`.
//!
//! Whatever the way, the ledger stays the ledger: every row stands in it once, sums hold, and a cursor
//! names a row by its posting, which no way touches. What only looks different (a reused id, a
//! reference that counts) is made when a row is looked at.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use time::Duration;

use super::account::Account;
use super::agenda::{Fired, FiredKind};
use super::exchange::{self, Rate};
use super::rows::{Row, Rows};
use super::transaction::{CurrencyExchange, TransactionStatus};
use super::{Book, Error, TextId, calendar};
use crate::clock::Timestamp;
use crate::id::TransactionId;

/// What a bank does when a pending row has reached the time it was expected to be booked. Each is named
/// with a public thread in which TPPs tell of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum PendingToBooked {
    /// The row is the same, and so is its id: what the contract promises. A TPP replaces by id.
    #[default]
    StableId,
    /// Banks whose card system and ledger number apart drop the pending row and post another
    /// (we-promise/sure#395). A TPP that adds by id counts it twice: it has to take away what is gone.
    NewId,
    /// Holds, tips and exchange rates: booked at another amount than authorized
    /// (whisper-money/whisper-money#840). What was bought in another currency is booked at the rate of that
    /// day, and everything else for two percent more. A TPP may not match by amount, nor keep the pending
    /// one, nor its rate.
    ChangedAmount,
    /// Banks that book what the clearing sends: card and day stand before the shop
    /// (letehaha/budget-tracker#83). A TPP may not match by text, nor sort into categories but once.
    ChangedNarrative,
    /// The shop never claimed the money, as after a car hire: the row is gone and no word is said
    /// (plaid/support#301). A TPP has to notice what is missing from an answer.
    Dropped,
    /// Banks that book with the day of the purchase: the row comes in behind rows read days ago, and the
    /// running balances after it change (actualbudget/actual#7799). A TPP that asks for what is newer
    /// than its newest row never sees it: it has to read some days again.
    BackDated,
    /// Banks that book card rows on the first of next month, valued on the real day
    /// (actualbudget/actual#724). A TPP has to show the value date, and may not leave out what is to come.
    FutureDated,
    /// Banks whose reference is the row's place in the day's list: each booking shifts the others of its
    /// day (actualbudget/actual#7799). A TPP that keys by reference writes one row over another.
    PositionalReference,
    /// Banks that hand out an id again: a row is booked under the id that the row booked before it was
    /// posted with (actualbudget/actual#5376). A TPP that keys by id alone loses one of the two.
    ReusedId,
}

impl PendingToBooked {
    /// Every way with its word in a scenario.
    pub(crate) const WORDS: [(&str, Self); 9] = [
        ("stable_id", Self::StableId),
        ("new_id", Self::NewId),
        ("changed_amount", Self::ChangedAmount),
        ("changed_narrative", Self::ChangedNarrative),
        ("dropped", Self::Dropped),
        ("back_dated", Self::BackDated),
        ("future_dated", Self::FutureDated),
        ("positional_reference", Self::PositionalReference),
        ("reused_id", Self::ReusedId),
    ];
}

/// Which row a pending one became, and under which id a row is shown. As long as the ledger at most.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Lineage {
    booked_as: BTreeMap<TransactionId, TransactionId>,
    shown_as: BTreeMap<TransactionId, TransactionId>,
}

impl Lineage {
    /// The row that `id` named last.
    pub(super) fn newest(&self, id: TransactionId) -> TransactionId {
        self.booked_as.get(&id).copied().unwrap_or(id)
    }

    /// What the API calls a row.
    pub(super) fn shown(&self, id: TransactionId) -> TransactionId {
        self.shown_as.get(&id).copied().unwrap_or(id)
    }
}

impl Book {
    /// The same book, whose pending rows are booked in this way from now on.
    #[must_use]
    pub(crate) const fn with_pending_to_booked(mut self, way: PendingToBooked) -> Self {
        self.pending_to_booked = way;
        self
    }

    /// Books a row that is still pending in the bank's way. A row that lost its id is told as dropped
    /// under the old and as booked under the new one.
    pub(super) fn fall_due_booking(
        &mut self,
        id: TransactionId,
        at: Timestamp,
        fired: &mut Vec<Fired>,
    ) {
        let Ok(booked) = self.book_in_its_way(id, at) else {
            return;
        };
        let booked = booked.map(|booked| self.lineage.shown(booked));
        if booked != Some(id) {
            fired.push(Fired::new(at, FiredKind::TransactionDropped, id));
        }
        if let Some(booked) = booked {
            fired.push(Fired::new(at, FiredKind::TransactionBooked, booked));
        }
    }

    /// Books a pending row in the bank's way: the row it is now; none when it was dropped.
    pub(super) fn book_in_its_way(
        &mut self,
        id: TransactionId,
        at: Timestamp,
    ) -> Result<Option<TransactionId>, Error> {
        use PendingToBooked as Way;
        match self.pending_to_booked {
            Way::StableId | Way::PositionalReference => self.book(id, at, None)?,
            Way::NewId => return self.book_anew(id, at).map(Some),
            // Sums that no longer fit leave the amount as it was authorized.
            Way::ChangedAmount => {
                (self.book_at_another_amount(id, at)).or_else(|_| self.book(id, at, None))?;
            }
            Way::ChangedNarrative => {
                let narrative = narrative_of_the_clearing(self, &self.pending_row(id)?);
                let narrative = self.text(&narrative);
                self.book_renamed(id, at, narrative)?;
            }
            Way::Dropped => {
                self.pending_row(id)?;
                return self.drop_unbooked(id).map(|()| None);
            }
            Way::BackDated => {
                let valued = Timestamp::from_unix_seconds(self.pending_row(id)?.value_at_seconds);
                self.book(id, valued.min(at), None)?;
            }
            Way::FutureDated => self.book(id, first_of_next_month(at), None)?,
            Way::ReusedId => self.book_under_another(id, at)?,
        }
        Ok(Some(id))
    }

    fn book_at_another_amount(&mut self, id: TransactionId, at: Timestamp) -> Result<(), Error> {
        let row = self.pending_row(id)?;
        let Some((rare, exchange)) = self.exchanged_at(&row, at) else {
            return self.book(id, at, Some(two_percent_more(row.minor_units)));
        };
        let rate = Rate::from_millionths(exchange.rate_millionths);
        let cost = rate.and_then(|rate| rate.cost(exchange.instructed, exchange.source_currency));
        let cost = cost.ok_or(Error::AmountTooLarge)?.minor_units;
        self.book(id, at, Some(cost * row.minor_units.signum()))?;
        self.ledger.requote(rare, exchange);
        Ok(())
    }

    /// What stands beside a row that paid in another currency, at the market's rate of a day.
    fn exchanged_at(&self, row: &Row, at: Timestamp) -> Option<(NonZeroU32, CurrencyExchange)> {
        let id = row.rare?;
        let exchange = self.ledger.rare(id)?.exchange.clone()?;
        let own = exchange.unit_currency == exchange.source_currency;
        let rate = exchange::market(
            exchange.source_currency,
            exchange.target_currency,
            at.date(),
        );
        let exchange = CurrencyExchange {
            rate_millionths: rate.millionths(),
            quoted_at: at.whole_second(),
            ..exchange
        };
        own.then_some((id, exchange))
    }

    fn book_anew(&mut self, id: TransactionId, at: Timestamp) -> Result<TransactionId, Error> {
        let booked = self.ledger.book_anew(id, at)?;
        self.lineage.booked_as.insert(id, booked);
        Ok(booked)
    }

    fn book_renamed(
        &mut self,
        id: TransactionId,
        at: Timestamp,
        narrative: TextId,
    ) -> Result<(), Error> {
        self.ledger.rename(id, narrative)?;
        self.book(id, at, None)
    }

    fn book_under_another(&mut self, id: TransactionId, at: Timestamp) -> Result<(), Error> {
        let (slot, _) = self.ledger.find(id).ok_or(Error::UnknownTransaction)?;
        let before = (self.ledger.rows(slot)).and_then(Rows::last_booked);
        self.book(id, at, None)?;
        if let Some(before) = before {
            self.lineage.shown_as.insert(id, self.ledger.id(before));
        }
        Ok(())
    }

    fn pending_row(&self, id: TransactionId) -> Result<Row, Error> {
        let (_, row) = self.ledger.find(id).ok_or(Error::UnknownTransaction)?;
        match row.status {
            TransactionStatus::Pending => Ok(*row),
            TransactionStatus::Booked | TransactionStatus::Rejected => Err(Error::NotPending),
        }
    }

    /// The reference a row is shown with.
    pub(super) fn reference_of(&self, account: &Account, row: &Row) -> Option<Arc<str>> {
        if self.pending_to_booked != PendingToBooked::PositionalReference {
            return row.reference.map(|text| self.texts.text(text));
        }
        let (_, slot) = self.place(account.id)?;
        let is_booked = row.status == TransactionStatus::Booked;
        let rows = self.ledger.rows(slot).filter(|_| is_booked)?;
        let position = row.position();
        let place = rows.booked_later_that_day(position) + 1;
        let day = position.booked_at.date();
        let month = u8::from(day.month());
        Some(format!("{:04}{month:02}{:02}-{place:04}", day.year(), day.day()).into())
    }
}

/// A fiftieth more, and a penny at least.
const fn two_percent_more(minor_units: i64) -> i64 {
    let fiftieth = minor_units / 50;
    let more = if fiftieth == 0 {
        minor_units.signum()
    } else {
        fiftieth
    };
    minor_units.saturating_add(more)
}

/// The last digits of the card, the day of the purchase, then what was there: `4242 16JUN25 OAK CAFE`.
fn narrative_of_the_clearing(book: &Book, row: &Row) -> String {
    let day = Timestamp::from_unix_seconds(row.value_at_seconds).date();
    let card = (row.card_scheme).map_or(String::new(), |_| format!("{:04} ", row.card_last_four));
    let month: String = day
        .month()
        .to_string()
        .to_uppercase()
        .chars()
        .take(3)
        .collect();
    let year = day.year().rem_euclid(100);
    let before = row.information.map(|text| book.texts.text(text));
    let narrative = format!(
        "{card}{:02}{month}{year:02} {}",
        day.day(),
        before.as_deref().unwrap_or_default()
    );
    narrative.trim_end().chars().take(NARRATIVE_MAX).collect()
}

fn first_of_next_month(at: Timestamp) -> Timestamp {
    let day = at.date();
    let last = calendar::day_of_month(day.year(), day.month(), 31);
    Timestamp::from_date(last).plus(Duration::DAY)
}

/// Characters of a narrative (API contract, section 4.3).
const NARRATIVE_MAX: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_amount_is_another_of_the_same_sign() {
        for (authorized, booked) in [
            (-10_000, -10_200),
            (-1, -2),
            (-49, -50),
            (-50, -51),
            (1, 2),
            (0, 0),
            (i64::MAX, i64::MAX),
        ] {
            assert_eq!(two_percent_more(authorized), booked, "{authorized}");
        }
    }

    #[test]
    fn the_first_of_next_month_is_ahead_of_every_moment_of_this_one() {
        for (at, first) in [
            ("2025-06-16T10:30:00Z", "2025-07-01T00:00:00Z"),
            ("2025-07-01T00:00:00Z", "2025-08-01T00:00:00Z"),
            ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
            ("2024-02-29T12:00:00Z", "2024-03-01T00:00:00Z"),
        ] {
            let at = Timestamp::parse(at).unwrap();
            assert_eq!(first_of_next_month(at).to_string(), first);
        }
    }

    #[test]
    fn every_way_has_one_word_and_the_first_is_the_usual_one() {
        let (word, way) = PendingToBooked::WORDS[0];
        assert_eq!((word, way), ("stable_id", PendingToBooked::default()));
        let ways = PendingToBooked::WORDS;
        for (index, (word, way)) in ways.iter().enumerate() {
            let others = &ways[..index];
            assert!(
                others
                    .iter()
                    .all(|other| other.0 != *word && other.1 != *way)
            );
        }
    }
}
