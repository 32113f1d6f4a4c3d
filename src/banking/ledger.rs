//! The ledger: rows of all accounts, and the bank's own accounts on the other side of each.
//!
//! Double entry: what is booked on a customer's account is booked, with the sign turned, on the
//! contra account of its kind. Nobody reads rows of a contra account, so only its total is kept.
//! The bank's total is therefore zero in each currency at every instant.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::Error;
use super::code::Contra;
use super::intern::TextId;
use super::page::Position;
use super::rows::{Row, Rows};
use super::transaction::{CardAuthorization, CurrencyExchange, Entry, Rare, TransactionStatus};
use crate::clock::Timestamp;
use crate::id::{Lengths, TransactionId};
use crate::money::{Amount, Currency};

/// Rows and totals of the whole bank.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Ledger {
    accounts: Vec<AccountLedger>,
    contra: BTreeMap<(Currency, Contra), i128>,
    /// Where each posting stands now; its index is the sequence less one.
    places: Vec<Place>,
    rare: Vec<Rare>,
    /// How long ids are.
    lengths: Lengths,
}

/// One customer account in the ledger, by its place in it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct AccountSlot(u32);

impl AccountSlot {
    /// How many accounts were opened before it.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Ledger {
    /// A ledger whose ids are so long.
    pub(super) fn with_ids(lengths: Lengths) -> Self {
        Self {
            lengths,
            ..Self::default()
        }
    }

    /// The id of the posting that has this sequence.
    pub(super) fn id(&self, sequence: u32) -> TransactionId {
        TransactionId::of(u64::from(sequence), self.lengths)
    }

    /// Opens an account with the money it brings along.
    pub(super) fn open(&mut self, opening: Amount) -> AccountSlot {
        let slot = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        self.accounts.push(AccountLedger {
            currency: opening.currency,
            turnover: opening.minor_units.unsigned_abs(),
            rows: Rows::open(opening.minor_units),
        });
        self.counter(opening.currency, Contra::Opening, opening.minor_units);
        AccountSlot(slot)
    }

    /// Makes room for rows that are known to come.
    pub(super) fn reserve(&mut self, slot: AccountSlot, count: usize) {
        if let Some(account) = self.account_mut(slot) {
            account.rows.reserve(count);
        }
        self.places.reserve(count);
    }

    /// Posts a row, and the other side of it when it is booked.
    pub(super) fn post(&mut self, slot: AccountSlot, entry: Entry) -> Result<TransactionId, Error> {
        let sequence = u32::try_from(self.places.len() + 1).map_err(|_| Error::BookFull)?;
        let rare = self.next_rare(entry.rare.is_some())?;
        let account = self.account_mut(slot).ok_or(Error::UnknownAccount)?;
        account.count_turnover(entry.minor_units)?;
        let row = row_of(sequence, &entry, rare);
        account.rows.insert(row);
        let currency = account.currency;
        self.rare.extend(entry.rare.map(|rare| *rare));
        self.places.push(Place {
            booked_at_seconds: row.booked_at_seconds,
            slot: Some(slot),
        });
        self.counter(currency, row.code.contra(), row.booked_minor_units());
        Ok(self.id(sequence))
    }

    /// Books a pending row at `at`, for `minor_units` when the amount has changed meanwhile.
    pub(super) fn book(
        &mut self,
        id: TransactionId,
        at: Timestamp,
        minor_units: Option<i64>,
    ) -> Result<(), Error> {
        let slot = self.pending_slot(id)?;
        if let Some(changed) = minor_units {
            let account = self.account_mut(slot).ok_or(Error::UnknownAccount)?;
            account.count_turnover(changed)?;
        }
        self.rewrite(id, slot, |row| {
            row.status = TransactionStatus::Booked;
            row.booked_at_seconds = at.unix_seconds();
            row.minor_units = minor_units.unwrap_or(row.minor_units);
        })
    }

    /// Books a pending row at `at` as a posting of its own, under the next id; the pending one is gone.
    pub(super) fn book_anew(
        &mut self,
        id: TransactionId,
        at: Timestamp,
    ) -> Result<TransactionId, Error> {
        let slot = self.pending_slot(id)?;
        let sequence = u32::try_from(self.places.len() + 1).map_err(|_| Error::BookFull)?;
        let pending = *self.find(id).ok_or(Error::UnknownTransaction)?.1;
        self.drop_unbooked(id)?;
        let row = Row {
            status: TransactionStatus::Booked,
            booked_at_seconds: at.unix_seconds(),
            sequence,
            ..pending
        };
        let account = self.account_mut(slot).ok_or(Error::UnknownAccount)?;
        account.rows.insert(row);
        let currency = account.currency;
        self.places.push(Place {
            booked_at_seconds: row.booked_at_seconds,
            slot: Some(slot),
        });
        self.counter(currency, row.code.contra(), row.minor_units);
        Ok(self.id(sequence))
    }

    /// Gives a pending row another narrative.
    pub(super) fn rename(&mut self, id: TransactionId, narrative: TextId) -> Result<(), Error> {
        let slot = self.pending_slot(id)?;
        self.rewrite(id, slot, |row| row.information = Some(narrative))
    }

    /// Notes another rate beside a row that has one.
    pub(super) fn requote(&mut self, rare: NonZeroU32, exchange: CurrencyExchange) {
        if let Some(rare) = self.rare.get_mut(rare.get() as usize - 1) {
            rare.exchange = Some(exchange);
        }
    }

    /// Rejects a pending row: it stays in the list and no longer counts.
    pub(super) fn reject(&mut self, id: TransactionId) -> Result<(), Error> {
        let slot = self.pending_slot(id)?;
        self.rewrite(id, slot, |row| row.status = TransactionStatus::Rejected)
    }

    /// Takes a row that is not booked out of the list for good; its id is not used again.
    pub(super) fn drop_unbooked(&mut self, id: TransactionId) -> Result<(), Error> {
        let (slot, row) = self.find(id).ok_or(Error::UnknownTransaction)?;
        if row.status == TransactionStatus::Booked {
            return Err(Error::NotPending);
        }
        let position = row.position();
        if let Some(account) = self.account_mut(slot) {
            account.rows.remove(position);
        }
        if let Some(place) = self.place_mut(id) {
            place.slot = None;
        }
        Ok(())
    }

    /// Gives back what growing has left over.
    pub(super) fn shrink(&mut self) {
        self.places.shrink_to_fit();
        for account in &mut self.accounts {
            account.rows.shrink();
        }
    }

    /// How many rows were ever posted, those that are gone included.
    pub(super) const fn postings(&self) -> usize {
        self.places.len()
    }

    /// Has so many rows posted and dropped.
    #[cfg(test)]
    pub(super) fn post_and_drop(&mut self, count: usize) {
        let gone = Place {
            booked_at_seconds: 0,
            slot: None,
        };
        self.places.resize(self.places.len() + count, gone);
    }

    /// The rows of one account.
    pub(super) fn rows(&self, slot: AccountSlot) -> Option<&Rows> {
        self.accounts.get(slot.index()).map(|account| &account.rows)
    }

    /// What few rows have.
    pub(super) fn rare(&self, id: NonZeroU32) -> Option<&Rare> {
        self.rare.get(id.get() as usize - 1)
    }

    /// A row by its id, and whose it is.
    pub(super) fn find(&self, id: TransactionId) -> Option<(AccountSlot, &Row)> {
        let place = self.places.get(self.index(id)?)?;
        let slot = place.slot?;
        let position = Position {
            booked_at: Timestamp::from_unix_seconds(place.booked_at_seconds),
            sequence: id.number(),
        };
        Some((slot, self.rows(slot)?.get(position)?))
    }

    /// The bank's total in each currency, added up from every row: zero, or a bug.
    #[cfg(test)]
    pub(super) fn trial_balance(&self) -> BTreeMap<Currency, i128> {
        let mut totals = BTreeMap::new();
        for account in &self.accounts {
            let booked: i128 = (account.rows.iter())
                .map(|row| i128::from(row.booked_minor_units()))
                .sum();
            *totals.entry(account.currency).or_default() +=
                i128::from(account.rows.opening()) + booked;
        }
        for ((currency, _), total) in &self.contra {
            *totals.entry(*currency).or_default() += total;
        }
        totals
    }

    /// The total of one of the bank's own accounts.
    #[cfg(test)]
    pub(super) fn contra_total(&self, currency: Currency, contra: Contra) -> i128 {
        self.contra.get(&(currency, contra)).copied().unwrap_or(0)
    }

    fn pending_slot(&self, id: TransactionId) -> Result<AccountSlot, Error> {
        let (slot, row) = self.find(id).ok_or(Error::UnknownTransaction)?;
        match row.status {
            TransactionStatus::Pending => Ok(slot),
            TransactionStatus::Booked | TransactionStatus::Rejected => Err(Error::NotPending),
        }
    }

    /// Takes a row out, changes it, and puts it where it now belongs.
    fn rewrite(
        &mut self,
        id: TransactionId,
        slot: AccountSlot,
        change: impl FnOnce(&mut Row),
    ) -> Result<(), Error> {
        let position = self.find(id).map(|(_, row)| row.position());
        let position = position.ok_or(Error::UnknownTransaction)?;
        let account = self.account_mut(slot).ok_or(Error::UnknownAccount)?;
        let mut row = account
            .rows
            .remove(position)
            .ok_or(Error::UnknownTransaction)?;
        let before = row.booked_minor_units();
        change(&mut row);
        account.rows.insert(row);
        let currency = account.currency;
        if let Some(place) = self.place_mut(id) {
            place.booked_at_seconds = row.booked_at_seconds;
        }
        let moved = row.booked_minor_units() - before;
        self.counter(currency, row.code.contra(), moved);
        Ok(())
    }

    /// Books the other side of `minor_units`.
    fn counter(&mut self, currency: Currency, contra: Contra, minor_units: i64) {
        *self.contra.entry((currency, contra)).or_default() -= i128::from(minor_units);
    }

    fn next_rare(&self, is_wanted: bool) -> Result<Option<NonZeroU32>, Error> {
        if !is_wanted {
            return Ok(None);
        }
        let next = u32::try_from(self.rare.len() + 1).map_err(|_| Error::BookFull)?;
        Ok(NonZeroU32::new(next))
    }

    fn account_mut(&mut self, slot: AccountSlot) -> Option<&mut AccountLedger> {
        self.accounts.get_mut(slot.index())
    }

    fn place_mut(&mut self, id: TransactionId) -> Option<&mut Place> {
        let index = self.index(id)?;
        self.places.get_mut(index)
    }

    /// An id of another length is none of ours.
    fn index(&self, id: TransactionId) -> Option<usize> {
        let sequence = u32::try_from(id.number()).ok()?;
        let index = usize::try_from(sequence.checked_sub(1)?).ok()?;
        (self.id(sequence) == id).then_some(index)
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct AccountLedger {
    currency: Currency,
    /// The sum of all that ever moved, without signs. While it fits, no balance can overflow.
    turnover: u64,
    rows: Rows,
}

impl AccountLedger {
    fn count_turnover(&mut self, minor_units: i64) -> Result<(), Error> {
        self.turnover = (self.turnover)
            .checked_add(minor_units.unsigned_abs())
            .filter(|turnover| i64::try_from(*turnover).is_ok())
            .ok_or(Error::AmountTooLarge)?;
        Ok(())
    }
}

/// Where a posting stands: enough to find it again by its id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    booked_at_seconds: i64,
    /// `None` once the row has been dropped.
    slot: Option<AccountSlot>,
}

fn row_of(sequence: u32, entry: &Entry, rare: Option<NonZeroU32>) -> Row {
    Row {
        booked_at_seconds: entry.booked_at.unix_seconds(),
        value_at_seconds: entry.value_at.unix_seconds(),
        minor_units: entry.minor_units,
        running: 0,
        sequence,
        information: entry.information,
        reference: entry.reference,
        merchant: entry.merchant,
        counterparty: entry.counterparty,
        rare,
        card_last_four: entry.card.map_or(0, |card| card.last_four),
        card_scheme: entry.card.map(|card| card.scheme),
        card_authorization: (entry.card).map_or(CardAuthorization::None, |card| card.authorization),
        code: entry.code,
        status: entry.status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding_a_row_by_its_id_costs_sixteen_bytes_more() {
        assert_eq!(size_of::<Place>(), 16);
    }
}
