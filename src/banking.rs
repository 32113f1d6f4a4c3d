//! The book: customers, their accounts, and the ledger their balances are derived from.
//!
//! Pure values: no wire, no clock, no chance of its own. Every question takes the bank's time, every
//! answer is a copy.

pub(crate) mod account;
pub(crate) mod agenda;
pub(crate) mod balance;
pub(crate) mod beneficiary;
pub(crate) mod by_hand;
pub(crate) mod calendar;
pub(crate) mod code;
pub(crate) mod customer;
pub(crate) mod exchange;
mod falling_due;
pub(crate) mod identifier;
mod intern;
mod ledger;
pub(crate) mod london;
pub(crate) mod page;
pub(crate) mod payment;
pub(crate) mod pending_to_booked;
pub(crate) mod rail;
mod reading;
pub(crate) mod rhythm;
mod rows;
pub(crate) mod schedule;
pub(crate) mod timeline;
pub(crate) mod transaction;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use self::account::Account;
use self::agenda::Agenda;
use self::balance::{Balance, BalanceKind};
use self::customer::Customer;
use self::identifier::{Identifier, Scheme};
use self::intern::Interner;
pub(crate) use self::intern::TextId;
use self::ledger::{AccountSlot, Ledger};
use self::payment::Payments;
use self::pending_to_booked::{Lineage, PendingToBooked};
use self::schedule::Schedules;
use self::timeline::Timelines;
use self::transaction::{Counterparty, CounterpartyId, Entry, MerchantId, TransactionView};
use crate::clock::Timestamp;
use crate::id::{AccountId, CustomerId, Lengths, TransactionId};
use crate::money::Amount;

/// Everything the bank knows of its customers' money.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Book {
    customers: Vec<Customer>,
    /// In the order they were opened: that of every list of accounts, and of the ledger's slots.
    accounts: Vec<Arc<Account>>,
    by_account_id: BTreeMap<AccountId, AccountSlot>,
    ledger: Ledger,
    pending_to_booked: PendingToBooked,
    lineage: Lineage,
    texts: Interner,
    merchants: Vec<(TextId, u16)>,
    known_merchants: BTreeMap<(TextId, u16), MerchantId>,
    counterparties: Vec<Arc<Counterparty>>,
    known_counterparties: BTreeMap<Arc<Counterparty>, CounterpartyId>,
    payments: Payments,
    timelines: Timelines,
    /// What will happen by itself.
    agenda: Agenda,
    schedules: Schedules,
    /// How long ids are.
    lengths: Lengths,
}

/// Changes.
impl Book {
    /// A book that nothing is written in yet, and whose ids are so long.
    #[must_use]
    pub(crate) fn with_ids(lengths: Lengths) -> Self {
        Self {
            ledger: Ledger::with_ids(lengths),
            lengths,
            ..Self::default()
        }
    }

    /// Takes on a customer.
    ///
    /// # Errors
    /// When her id or username is taken.
    pub(crate) fn add_customer(&mut self, customer: Customer) -> Result<(), Error> {
        let is_taken = (self.customers.iter())
            .any(|known| known.id == customer.id || known.username == customer.username);
        if is_taken {
            return Err(Error::Taken);
        }
        self.customers.push(customer);
        Ok(())
    }

    /// Opens an account that brings `opening_minor_units` along.
    ///
    /// # Errors
    /// When its id is taken, or a holder is no customer.
    pub(crate) fn open_account(
        &mut self,
        account: Account,
        opening_minor_units: i64,
    ) -> Result<(), Error> {
        if self.by_account_id.contains_key(&account.id) {
            return Err(Error::Taken);
        }
        let is_customer = |id: &CustomerId| self.customers.iter().any(|known| known.id == *id);
        if !account.holders.iter().all(is_customer) {
            return Err(Error::UnknownCustomer);
        }
        let opening = Amount::new(opening_minor_units, account.currency);
        self.by_account_id
            .insert(account.id, self.ledger.open(opening));
        self.accounts.push(Arc::new(account));
        Ok(())
    }

    /// Posts one row, with its other side on the bank's own account of that kind.
    ///
    /// # Errors
    /// When there is no such account, or the sums would no longer fit.
    pub(crate) fn post(&mut self, id: AccountId, entry: Entry) -> Result<TransactionId, Error> {
        let slot = *self.by_account_id.get(&id).ok_or(Error::UnknownAccount)?;
        self.ledger.post(slot, entry)
    }

    /// Books a pending row at `at`; `minor_units` when its amount has changed meanwhile.
    ///
    /// # Errors
    /// When there is no such row, it is not pending, or the sums would no longer fit.
    pub(crate) fn book(
        &mut self,
        id: TransactionId,
        at: Timestamp,
        minor_units: Option<i64>,
    ) -> Result<(), Error> {
        self.ledger.book(id, at, minor_units)
    }

    /// Rejects a pending row: listed still, counted no more.
    ///
    /// # Errors
    /// When there is no such row or it is not pending.
    pub(crate) fn reject(&mut self, id: TransactionId) -> Result<(), Error> {
        self.ledger.reject(id)
    }

    /// Takes a pending or rejected row out of the list for good.
    ///
    /// # Errors
    /// When there is no such row or it is booked.
    pub(crate) fn drop_unbooked(&mut self, id: TransactionId) -> Result<(), Error> {
        self.ledger.drop_unbooked(id)
    }

    /// Makes room for rows that are known to come.
    pub(crate) fn reserve(&mut self, id: AccountId, count: usize) {
        if let Some(slot) = self.by_account_id.get(&id) {
            self.ledger.reserve(*slot, count);
        }
    }

    /// Gives back memory that growing has left over.
    pub(crate) fn shrink(&mut self) {
        self.ledger.shrink();
    }

    /// The id of a text for rows to name.
    pub(crate) fn text(&mut self, text: &str) -> TextId {
        self.texts.intern(text)
    }

    /// The id of a merchant for rows to name.
    pub(crate) fn merchant(&mut self, name: &str, category_code: u16) -> MerchantId {
        let merchant = (self.texts.intern(name), category_code);
        let next = MerchantId(number_of(self.merchants.len()));
        let id = *self.known_merchants.entry(merchant).or_insert(next);
        if id == next {
            self.merchants.push(merchant);
        }
        id
    }

    /// The id of a counterparty for rows to name.
    pub(crate) fn counterparty(&mut self, counterparty: Counterparty) -> CounterpartyId {
        if let Some(id) = self.known_counterparties.get(&counterparty) {
            return *id;
        }
        let id = CounterpartyId(number_of(self.counterparties.len()));
        let counterparty = Arc::new(counterparty);
        self.counterparties.push(Arc::clone(&counterparty));
        self.known_counterparties.insert(counterparty, id);
        id
    }
}

/// Questions.
impl Book {
    /// All customers, in the order of the scenario.
    #[must_use]
    pub(crate) fn customers(&self) -> Vec<Customer> {
        self.customers.clone()
    }

    /// The customer with this username, or this id as it is printed.
    #[must_use]
    pub(crate) fn customer(&self, username_or_id: &str) -> Option<Customer> {
        let id = CustomerId::parse(username_or_id);
        (self.customers.iter())
            .find(|known| known.username == username_or_id || Some(known.id) == id)
            .cloned()
    }

    /// The accounts a customer holds, alone or with others.
    #[must_use]
    pub(crate) fn accounts_of(&self, customer: CustomerId) -> Vec<Account> {
        (self.accounts.iter())
            .filter(|account| account.holders.contains(&customer))
            .map(|account| Account::clone(account))
            .collect()
    }

    /// All accounts of the bank.
    #[must_use]
    pub(crate) fn accounts(&self) -> Vec<Account> {
        (self.accounts.iter())
            .map(|account| Account::clone(account))
            .collect()
    }

    /// One account.
    #[must_use]
    pub(crate) fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.place(id).map(|(account, _)| Arc::clone(account))
    }

    /// The account of this bank that `scheme` knows by this identification, in its printed form.
    #[must_use]
    pub(crate) fn account_by_identifier(&self, scheme: Scheme, id: &str) -> Option<AccountId> {
        let names_it = |known: &Identifier| known.scheme == scheme && known.id == id;
        (self.accounts.iter())
            .find(|account| account.identifiers.iter().any(names_it))
            .map(|account| account.id)
    }

    /// The account of this bank that somebody names, in any form the scheme accepts.
    #[must_use]
    pub(crate) fn account_named(&self, named: &Identifier) -> Option<Arc<Account>> {
        let printed = named.printed();
        let id = self.account_by_identifier(named.scheme, &printed)?;
        self.account(id)
    }

    /// All balances of an account; empty for an account that is not.
    #[must_use]
    pub(crate) fn balances(&self, id: AccountId, now: Timestamp) -> Vec<Balance> {
        let rows = |(account, slot)| Some((account, self.ledger.rows(slot)?));
        self.place(id)
            .and_then(rows)
            .map(|(account, rows)| balance::all(account, rows, now))
            .unwrap_or_default()
    }

    /// One balance of an account.
    #[must_use]
    pub(crate) fn balance(
        &self,
        id: AccountId,
        kind: BalanceKind,
        now: Timestamp,
    ) -> Option<Amount> {
        let (account, slot) = self.place(id)?;
        let rows = self.ledger.rows(slot)?;
        Some(balance::derive(kind, account, rows, now))
    }

    /// What may be spent from an account: the figure of funds checks and of payments.
    #[must_use]
    pub(crate) fn spendable(&self, id: AccountId, now: Timestamp) -> Option<Amount> {
        let (account, slot) = self.place(id)?;
        Some(balance::spendable(account, self.ledger.rows(slot)?, now))
    }

    /// One transaction, whatever its account, by its id or the one it had while it was pending.
    #[must_use]
    pub(crate) fn transaction(&self, id: TransactionId) -> Option<TransactionView> {
        let (slot, row) = self.ledger.find(self.lineage.newest(id))?;
        Some(self.view(self.accounts.get(slot.index())?, row))
    }

    /// When the first and the last row of some accounts are booked.
    #[must_use]
    pub(crate) fn span(&self, accounts: &[AccountId]) -> Option<(Timestamp, Timestamp)> {
        (accounts.iter())
            .filter_map(|id| self.ledger.rows(self.place(*id)?.1)?.span())
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// How many rows the bank has.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn transaction_count(&self) -> usize {
        (self.by_account_id.values())
            .filter_map(|slot| self.ledger.rows(*slot))
            .map(rows::Rows::len)
            .sum()
    }

    /// The bank's total in each currency, added up from every row: zero, or a bug.
    #[cfg(test)]
    pub(crate) fn trial_balance(&self) -> BTreeMap<crate::money::Currency, i128> {
        self.ledger.trial_balance()
    }

    /// What is on its way between two accounts of this bank: zero when nothing is.
    #[cfg(test)]
    pub(crate) fn in_transfer(&self, currency: crate::money::Currency) -> i128 {
        self.ledger.contra_total(currency, code::Contra::Transfers)
    }

    fn place(&self, id: AccountId) -> Option<(&Arc<Account>, AccountSlot)> {
        let slot = *self.by_account_id.get(&id)?;
        Some((self.accounts.get(slot.index())?, slot))
    }
}

/// Why the book refused a change; nothing has changed then.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    /// The sums of the account would no longer fit.
    #[error("the account has moved all the money that can be counted")]
    AmountTooLarge,
    /// More postings than there are ids.
    #[error("the book is full")]
    BookFull,
    /// Only a pending row can be booked, rejected or dropped.
    #[error("the transaction is no longer pending")]
    NotPending,
    /// The id or username is another's.
    #[error("the id or name is taken")]
    Taken,
    /// No account has this id.
    #[error("there is no such account")]
    UnknownAccount,
    /// No customer has this id.
    #[error("there is no such customer")]
    UnknownCustomer,
    /// No row has this id, or it has been dropped.
    #[error("there is no such transaction")]
    UnknownTransaction,
}

/// Numbers count from one, so that "none" costs no byte.
fn number_of(index: usize) -> NonZeroU32 {
    let number = u32::try_from(index).unwrap_or(u32::MAX - 1) + 1;
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}
