//! Rows by somebody's hand: put in, booked, or called off, whatever would become of them by themselves.

use super::agenda::Due;
use super::code::TransactionCode;
use super::falling_due::REJECTED_SHOWN_FOR;
use super::transaction::{
    CardInstrument, Counterparty, CurrencyExchange, Entry, Rare, TransactionStatus, TransactionView,
};
use super::{Book, Error};
use crate::clock::Timestamp;
use crate::id::{AccountId, TransactionId};
use crate::money::Amount;

/// A row to be put in, with names where the ledger keeps numbers.
#[derive(Clone, Debug)]
pub(crate) struct NewRow {
    /// Booked or pending.
    pub(crate) status: TransactionStatus,
    /// When it is booked, or when that is expected.
    pub(crate) booked_at: Timestamp,
    /// When interest counts it.
    pub(crate) value_at: Timestamp,
    /// Of the account's currency; a debit is below zero.
    pub(crate) amount: Amount,
    /// What kind of row it is.
    pub(crate) code: TransactionCode,
    /// The narrative.
    pub(crate) information: Option<String>,
    /// What a scheme calls it.
    pub(crate) reference: Option<String>,
    /// The shop and its category.
    pub(crate) merchant: Option<(String, u16)>,
    /// Who is on the other side.
    pub(crate) counterparty: Option<Counterparty>,
    /// The card it was made with.
    pub(crate) card: Option<CardInstrument>,
    /// What the bank took for it.
    pub(crate) charge: Option<Amount>,
    /// What it was in another currency.
    pub(crate) exchange: Option<CurrencyExchange>,
}

/// What became of a pending row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Moved {
    /// Its id while it was pending.
    pub(crate) pending: TransactionId,
    /// The row as it is now; none when it is gone.
    pub(crate) row: Option<TransactionView>,
}

impl Moved {
    /// The id it is booked under; none when it is not.
    #[must_use]
    pub(crate) fn booked(&self) -> Option<TransactionId> {
        let row = self.row.as_ref();
        let booked = row.filter(|row| row.status == TransactionStatus::Booked);
        booked.map(|row| row.transaction_id)
    }
}

/// Why a row is not moved; nothing has changed then.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Unmoved {
    /// It is pending no more, and stands so.
    Final(Box<TransactionView>),
    /// The book cannot hold what would become of it.
    Refused(Error),
    /// No row has this id, or it has been dropped.
    Unknown,
}

impl Book {
    /// Puts a row into an account, and its other side on the bank's own. A pending one whose booking is
    /// expected later than `now` is booked then; any other stays pending until somebody moves it.
    ///
    /// # Errors
    /// When there is no such account, the sums would no longer fit, or the book is full.
    pub(crate) fn put_in(
        &mut self,
        account: AccountId,
        row: NewRow,
        now: Timestamp,
    ) -> Result<TransactionView, Error> {
        let is_awaited = row.status == TransactionStatus::Pending && row.booked_at > now;
        // Those that are gone count too: their texts, merchants and counterparties have stayed.
        if is_awaited && !self.agenda.has_room() || self.ledger.postings() >= POSTINGS_MAX {
            return Err(Error::BookFull);
        }
        let (_, slot) = self.place(account).ok_or(Error::UnknownAccount)?;
        let entry = self.entry_of(row);
        let id = self.ledger.post(slot, entry)?;
        if is_awaited {
            self.expect(id)?;
        }
        self.transaction(id).ok_or(Error::UnknownTransaction)
    }

    /// Books a pending row now, in the bank's way, which says what becomes of its id, amount and date.
    ///
    /// # Errors
    /// See [`Unmoved`].
    pub(crate) fn book_now(&mut self, id: TransactionId, now: Timestamp) -> Result<Moved, Unmoved> {
        self.check_pending(id)?;
        let booked = self.book_in_its_way(id, now.whole_second());
        let booked = booked.map_err(Unmoved::Refused)?;
        Ok(Moved {
            pending: id,
            row: booked.and_then(|booked| self.transaction(booked)),
        })
    }

    /// Calls a pending row off: it is rejected, and leaves the list a week from now.
    ///
    /// # Errors
    /// See [`Unmoved`].
    pub(crate) fn call_off(&mut self, id: TransactionId, now: Timestamp) -> Result<Moved, Unmoved> {
        self.check_pending(id)?;
        self.reject(id).map_err(Unmoved::Refused)?;
        // It follows from a row that is there already, so that it finds room.
        self.agenda
            .put(now.plus(REJECTED_SHOWN_FOR), Due::Forgetting(id));
        Ok(Moved {
            pending: id,
            row: self.transaction(id),
        })
    }

    fn check_pending(&self, id: TransactionId) -> Result<(), Unmoved> {
        let row = self.transaction(id).ok_or(Unmoved::Unknown)?;
        match row.status {
            TransactionStatus::Pending => Ok(()),
            TransactionStatus::Booked | TransactionStatus::Rejected => {
                Err(Unmoved::Final(Box::new(row)))
            }
        }
    }

    fn entry_of(&mut self, row: NewRow) -> Entry {
        let text = |book: &mut Self, text: Option<String>| text.map(|text| book.text(&text));
        let rare = Rare {
            charge: row.charge,
            exchange: row.exchange,
        };
        Entry {
            status: row.status,
            booked_at: row.booked_at.whole_second(),
            value_at: row.value_at.whole_second(),
            minor_units: row.amount.minor_units,
            code: row.code,
            information: text(self, row.information),
            reference: text(self, row.reference),
            merchant: (row.merchant).map(|(name, category)| self.merchant(&name, category)),
            counterparty: row.counterparty.map(|other| self.counterparty(other)),
            card: row.card,
            rare: (rare != Rare::default()).then(|| Box::new(rare)),
        }
    }
}

/// Some 100 MB of rows: ten times the largest scenario, and no loop of a test suite fills a laptop.
pub(super) const POSTINGS_MAX: usize = 1_000_000;
