//! Direct debits: what somebody else collects under a customer's mandate. Announced as a pending row the
//! evening before, collected at the beginning of the day; where the money is missing, given back in the
//! afternoon: two rows, the debit and a credit `UNPAID`.

use std::sync::Arc;

use time::{Date, Duration, Month};

use super::{Frequency, PaidSoFar, Payment, ScheduleStatus, index_of};
use crate::banking::agenda::{Due, Fired, FiredKind};
use crate::banking::code::TransactionCode;
use crate::banking::rhythm::Rhythm;
use crate::banking::transaction::{CounterpartyId, Entry, TransactionStatus};
use crate::banking::{Book, Error, TextId};
use crate::clock::Timestamp;
use crate::id::{AccountId, DirectDebitId, TransactionId};
use crate::money::{Amount, Currency};

/// What a mandate says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DirectDebitTerms {
    /// Whether it is in force.
    pub(crate) status: ScheduleStatus,
    /// How often, in the words of the wire.
    pub(crate) frequency: Frequency,
    /// When.
    pub(crate) rhythm: Rhythm,
    /// Who collects.
    pub(crate) originator: CounterpartyId,
    /// What stands on the statement.
    pub(crate) information: TextId,
    /// The mandate.
    pub(crate) mandate: TextId,
    /// How much, when.
    pub(crate) season: Season,
}

/// How much is collected in which month.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Season {
    /// In an ordinary month.
    pub(crate) minor_units: i64,
    /// How much more from November to February: energy and the like.
    pub(crate) winter_percent: u8,
    /// Months without a collection, 1 to 12.
    pub(crate) skip_months: Vec<u8>,
}

impl Season {
    /// What is collected on this nominal day, if anything.
    #[must_use]
    pub(crate) fn minor_units_on(&self, nominal: Date) -> Option<i64> {
        let month = nominal.month();
        if self.skip_months.contains(&u8::from(month)) {
            return None;
        }
        let percent = match month {
            Month::November | Month::December | Month::January | Month::February => {
                i64::from(self.winter_percent)
            }
            _ => 0,
        };
        Some(self.minor_units * (100 + percent) / 100)
    }
}

/// A direct debit the bank keeps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DirectDebit {
    id: DirectDebitId,
    account: AccountId,
    currency: Currency,
    terms: DirectDebitTerms,
    previous: Option<Payment>,
    /// The nominal day of the next collection; of active ones.
    next: Option<Date>,
    /// The pending row of the next collection, from the evening before.
    announced: Option<TransactionId>,
    /// The booked row of a collection that was not covered, until it is given back.
    bounced: Option<TransactionId>,
}

/// A direct debit in full, as the API contract, section 4.5, lists it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DirectDebitView {
    pub(crate) account_id: AccountId,
    pub(crate) direct_debit_id: DirectDebitId,
    pub(crate) name: String,
    pub(crate) status: ScheduleStatus,
    pub(crate) mandate: Arc<str>,
    pub(crate) frequency: Frequency,
    pub(crate) previous: Option<(Timestamp, Amount)>,
}

impl DirectDebit {
    fn next_payment(&self) -> Option<Payment> {
        let day = self.next?;
        Some(Payment {
            at: Timestamp::from_date(self.terms.rhythm.moved(day)),
            minor_units: self.terms.season.minor_units_on(day)?,
        })
    }

    fn go_on_from(&mut self, nominal: Option<Date>) {
        let (rhythm, season) = (self.terms.rhythm, &self.terms.season);
        let mut days = std::iter::successors(nominal, |day| rhythm.nominal_after(*day));
        // A mandate that skips every month never comes; fifteen times are more than a year of any pace
        // that has months.
        self.next = days
            .by_ref()
            .take(NOMINALS_TRIED)
            .find(|day| season.minor_units_on(*day).is_some());
    }
}

impl Book {
    /// Keeps a direct debit that has collected `paid` before `now`.
    ///
    /// # Errors
    /// When there is no such account, or the agenda is full.
    pub(crate) fn add_direct_debit(
        &mut self,
        account: AccountId,
        terms: DirectDebitTerms,
        paid: PaidSoFar,
        now: Timestamp,
    ) -> Result<DirectDebitId, Error> {
        let currency = self.account(account).ok_or(Error::UnknownAccount)?.currency;
        if !self.agenda.has_room() {
            return Err(Error::BookFull);
        }
        let id = DirectDebitId::of(self.schedules.direct_debits.len() as u64 + 1, self.lengths);
        let is_active = terms.status == ScheduleStatus::Active;
        let to_come = terms.rhythm.nominal_to_come(now);
        let mut debit = DirectDebit {
            id,
            account,
            currency,
            terms,
            previous: paid.last,
            next: None,
            announced: None,
            bounced: None,
        };
        debit.go_on_from(to_come.filter(|_| is_active));
        self.announce_later(&debit);
        self.schedules.direct_debits.push(debit);
        Ok(id)
    }

    /// The direct debits of some accounts, account by account.
    #[must_use]
    pub(crate) fn direct_debits(&self, accounts: &[AccountId]) -> Vec<DirectDebitView> {
        let all = &self.schedules.direct_debits;
        (accounts.iter())
            .flat_map(|id| all.iter().filter(move |debit| debit.account == *id))
            .filter_map(|debit| {
                let amount = |payment: Payment| Amount::new(payment.minor_units, debit.currency);
                Some(DirectDebitView {
                    account_id: debit.account,
                    direct_debit_id: debit.id,
                    name: self.counterparty_of(debit.terms.originator)?.name.clone(),
                    status: debit.terms.status,
                    mandate: self.texts.text(debit.terms.mandate),
                    frequency: debit.terms.frequency,
                    previous: debit.previous.map(|paid| (paid.at, amount(paid))),
                })
            })
            .collect()
    }

    /// Shows the collection of tomorrow as a pending row.
    pub(in crate::banking) fn announce_direct_debit(&mut self, id: DirectDebitId) {
        let found = self.direct_debit(id).and_then(|debit| {
            let payment = debit.next_payment()?;
            let status = TransactionStatus::Pending;
            let entry = entry(debit, status, (-payment.minor_units, payment.at));
            Some((debit.account, entry, payment.at))
        });
        let Some((account, entry, at)) = found else {
            return;
        };
        // An account that has moved all the money that can be counted gets no row, and pays nothing.
        let announced = self.post(account, entry).ok();
        if let Some(debit) = self.direct_debit_mut(id) {
            debit.announced = announced;
        }
        self.agenda.put(at, Due::DirectDebit(id));
    }

    /// Collects: books the row that was announced, and has it given back where the money is missing.
    pub(in crate::banking) fn fall_due_direct_debit(
        &mut self,
        id: DirectDebitId,
        at: Timestamp,
        fired: &mut Vec<Fired>,
    ) {
        let Some(mut debit) = self.direct_debit(id).cloned() else {
            return;
        };
        if let (Some(payment), Some(row)) = (debit.next_payment(), debit.announced.take()) {
            // Its own pending row is counted already: what must be there beside it is nothing.
            let is_covered = self.can_pay(debit.account, -self.uncertain(&debit), at);
            if self.book(row, at, None).is_ok() {
                if is_covered {
                    debit.previous = Some(payment);
                } else {
                    debit.bounced = Some(row);
                    self.agenda
                        .put(at.plus(RETURNED_AFTER), Due::DirectDebitReturn(id, row));
                }
            }
            fired.push(Fired::new(at, FiredKind::DirectDebit, id));
        }
        let after = debit.next;
        debit.go_on_from(after.and_then(|day| debit.terms.rhythm.nominal_after(day)));
        self.announce_later(&debit);
        if let Some(kept) = self.direct_debit_mut(id) {
            *kept = debit;
        }
    }

    /// What the account's other collections hold that may not be taken after all: those still to be judged
    /// this day, and those that will be given back. One that is covered does not fail for another's sake.
    fn uncertain(&self, judged: &DirectDebit) -> i64 {
        let amount_in = |row: Option<TransactionId>, status| {
            let found = row.and_then(|row| self.transaction(row));
            found
                .filter(|row| row.status == status)
                .map_or(0, |row| -row.amount.minor_units)
        };
        (self.schedules.direct_debits.iter())
            .filter(|debit| debit.account == judged.account && debit.id != judged.id)
            .map(|debit| {
                amount_in(debit.announced, TransactionStatus::Pending)
                    + amount_in(debit.bounced, TransactionStatus::Booked)
            })
            .sum()
    }

    /// Gives a collection back, and takes the fee for it.
    pub(in crate::banking) fn return_direct_debit(
        &mut self,
        (id, row): (DirectDebitId, TransactionId),
        at: Timestamp,
        fired: &mut Vec<Fired>,
    ) {
        let unpaid = self.text(UNPAID);
        if let Some(debit) = self.direct_debit_mut(id) {
            debit.bounced = None;
        }
        let taken = self.transaction(row).map(|row| row.amount.minor_units);
        let (Some(debit), Some(taken)) = (self.direct_debit(id), taken) else {
            return;
        };
        let account = debit.account;
        let credit = Entry {
            information: Some(unpaid),
            ..entry(debit, TransactionStatus::Booked, (-taken, at))
        };
        if self.post(account, credit).is_ok() {
            fired.push(Fired::new(at, FiredKind::DirectDebit, id));
            self.take_unpaid_fee(account, at);
        }
    }

    /// Takes what the bank asks for an item that could not be paid, where it asks for anything.
    pub(in crate::banking) fn take_unpaid_fee(&mut self, account: AccountId, at: Timestamp) {
        let fee = self.schedules.unpaid_fees.get(&account).copied();
        let Some(fee) = fee.filter(|fee| *fee > 0) else {
            return;
        };
        let information = Some(self.text(UNPAID_FEE));
        let row = Entry::booked(TransactionCode::Fee, -fee, at);
        // An account that has moved all the money that can be counted pays no fee.
        let _ = self.post(account, Entry { information, ..row });
    }

    fn announce_later(&mut self, debit: &DirectDebit) {
        if let Some(next) = debit.next_payment() {
            let evening = next.at.plus(-ANNOUNCED_BEFORE);
            self.agenda.put(evening, Due::DirectDebitNotice(debit.id));
        }
    }

    fn direct_debit(&self, id: DirectDebitId) -> Option<&DirectDebit> {
        self.schedules.direct_debits.get(index_of(id.number())?)
    }

    fn direct_debit_mut(&mut self, id: DirectDebitId) -> Option<&mut DirectDebit> {
        self.schedules.direct_debits.get_mut(index_of(id.number())?)
    }
}

fn entry(
    debit: &DirectDebit,
    status: TransactionStatus,
    (minor_units, at): (i64, Timestamp),
) -> Entry {
    Entry {
        status,
        information: Some(debit.terms.information),
        reference: Some(debit.terms.mandate),
        counterparty: Some(debit.terms.originator),
        ..Entry::booked(TransactionCode::DirectDebit, minor_units, at)
    }
}

/// From six in the evening before.
const ANNOUNCED_BEFORE: Duration = Duration::hours(6);
/// At three in the afternoon, when the clearing has closed.
pub(crate) const RETURNED_AFTER: Duration = Duration::hours(15);
/// What stands beside the money a returned debit gives back (API contract, section 15).
pub(crate) const UNPAID: &str = "UNPAID";
/// What stands beside the fee for it.
pub(crate) const UNPAID_FEE: &str = "UNPAID ITEM FEE";
/// Five months apart at most, and twelve months to skip: after so many times every month has been tried.
const NOMINALS_TRIED: usize = 400;
