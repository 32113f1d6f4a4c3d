//! Standing orders: what a customer told the bank to pay again and again.

use std::sync::Arc;

use time::Date;

use super::raise::Raise;
use super::{Frequency, PaidSoFar, Payment, ScheduleStatus, index_of};
use crate::banking::agenda::{Due, Fired, FiredKind};
use crate::banking::code::TransactionCode;
use crate::banking::identifier::Scheme;
use crate::banking::payment::creditor_refuses;
use crate::banking::rhythm::Rhythm;
use crate::banking::transaction::{Counterparty, CounterpartyId, Entry, TransactionStatus};
use crate::banking::{Book, Error, TextId};
use crate::clock::Timestamp;
use crate::id::{AccountId, StandingOrderId};
use crate::money::{Amount, Currency};

/// What a customer told the bank.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StandingOrderTerms {
    /// Whether it is in force.
    pub(crate) status: ScheduleStatus,
    /// How often, in the words of the wire.
    pub(crate) frequency: Frequency,
    /// When.
    pub(crate) rhythm: Rhythm,
    /// Whom.
    pub(crate) payee: CounterpartyId,
    /// What the payee reads.
    pub(crate) reference: TextId,
    /// How much, as a rule.
    pub(crate) minor_units: i64,
    /// What becomes of that with the years.
    pub(crate) raise: Option<Raise>,
    /// How much the first time, when that is something else.
    pub(crate) first_minor_units: Option<i64>,
    /// How much the last time, when that is something else.
    pub(crate) final_minor_units: Option<i64>,
    /// How many more times; for ever when `None`.
    pub(crate) payments_left: Option<u32>,
}

/// A standing order the bank keeps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StandingOrder {
    id: StandingOrderId,
    account: AccountId,
    currency: Currency,
    terms: StandingOrderTerms,
    paid: PaidSoFar,
    /// The nominal day of the next payment; of active ones.
    next: Option<Date>,
}

/// A standing order in full, as the API contract, section 4.4, lists it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StandingOrderView {
    pub(crate) account_id: AccountId,
    pub(crate) standing_order_id: StandingOrderId,
    pub(crate) status: ScheduleStatus,
    pub(crate) frequency: Frequency,
    pub(crate) reference: Arc<str>,
    pub(crate) currency: Currency,
    pub(crate) first: Option<Payment>,
    pub(crate) next: Option<Payment>,
    pub(crate) last: Option<Payment>,
    pub(crate) last_of_all: Option<Payment>,
    pub(crate) number_of_payments: Option<u32>,
    pub(crate) creditor: Arc<Counterparty>,
}

impl StandingOrderTerms {
    /// The payment of a nominal day; of a special amount, or of what the usual one has become.
    fn payment_of(&self, nominal: Date, special: Option<i64>) -> Payment {
        let day = self.rhythm.moved(nominal);
        let usual = self.minor_units;
        let raised = || self.raise.map_or(usual, |raise| raise.on(day, usual));
        Payment {
            at: Timestamp::from_date(day),
            minor_units: special.unwrap_or_else(raised),
        }
    }
}

impl StandingOrder {
    /// What is paid the next time.
    fn next_payment(&self) -> Option<Payment> {
        let day = self.next?;
        let is_final = self.terms.payments_left == Some(1);
        let special = if is_final {
            self.terms.final_minor_units
        } else if self.paid.count == 0 {
            self.terms.first_minor_units
        } else {
            None
        };
        Some(self.terms.payment_of(day, special))
    }

    /// What is paid the last time of all; known when the number of payments is.
    fn last_of_all(&self) -> Option<Payment> {
        let mut day = self.next?;
        for _ in 1..self.terms.payments_left? {
            day = self.terms.rhythm.nominal_after(day)?;
        }
        Some(self.terms.payment_of(day, self.terms.final_minor_units))
    }

    /// Goes on to the time after this one, or ends.
    fn go_on(&mut self) {
        self.terms.payments_left = self.terms.payments_left.map(|left| left.saturating_sub(1));
        self.next = match self.terms.payments_left {
            Some(0) => None,
            _ => self
                .next
                .and_then(|day| self.terms.rhythm.nominal_after(day)),
        };
        if self.next.is_none() {
            self.terms.status = ScheduleStatus::Expired;
        }
    }
}

impl Book {
    /// Keeps a standing order that has paid `paid` before `now`.
    ///
    /// # Errors
    /// When there is no such account, or the agenda is full.
    pub(crate) fn add_standing_order(
        &mut self,
        account: AccountId,
        terms: StandingOrderTerms,
        paid: PaidSoFar,
        now: Timestamp,
    ) -> Result<StandingOrderId, Error> {
        let currency = self.account(account).ok_or(Error::UnknownAccount)?.currency;
        if !self.agenda.has_room() {
            return Err(Error::BookFull);
        }
        let id = StandingOrderId::of(
            self.schedules.standing_orders.len() as u64 + 1,
            self.lengths,
        );
        let is_active = terms.status == ScheduleStatus::Active;
        let next = is_active.then(|| terms.rhythm.nominal_to_come(now));
        let order = StandingOrder {
            id,
            account,
            currency,
            terms,
            paid,
            next: next.flatten(),
        };
        if let Some(next) = order.next_payment() {
            self.agenda.put(next.at, Due::StandingOrder(id));
        }
        self.schedules.standing_orders.push(order);
        Ok(id)
    }

    /// The standing orders of some accounts, account by account.
    #[must_use]
    pub(crate) fn standing_orders(&self, accounts: &[AccountId]) -> Vec<StandingOrderView> {
        let all = &self.schedules.standing_orders;
        (accounts.iter())
            .flat_map(|id| all.iter().filter(move |order| order.account == *id))
            .filter_map(|order| self.standing_order_view(order))
            .collect()
    }

    fn standing_order_view(&self, order: &StandingOrder) -> Option<StandingOrderView> {
        let terms = &order.terms;
        let total = |left: u32| order.paid.count + left;
        Some(StandingOrderView {
            account_id: order.account,
            standing_order_id: order.id,
            status: terms.status,
            frequency: terms.frequency,
            reference: self.texts.text(terms.reference),
            currency: order.currency,
            first: order.paid.first.or_else(|| order.next_payment()),
            next: order.next_payment(),
            last: order.paid.last,
            last_of_all: order.last_of_all(),
            number_of_payments: terms.payments_left.map(total),
            creditor: self.counterparty_of(terms.payee)?,
        })
    }

    /// Pays a standing order, or leaves a rejected row where the money is missing or the payee's account
    /// takes none, and goes on.
    pub(in crate::banking) fn fall_due_standing_order(
        &mut self,
        id: StandingOrderId,
        at: Timestamp,
        fired: &mut Vec<Fired>,
    ) {
        let found = index_of(id.number()).and_then(|at| self.schedules.standing_orders.get(at));
        let Some(mut order) = found.cloned() else {
            return;
        };
        let Some(payment) = order.next_payment() else {
            return;
        };
        if self.pay_standing_order(&order, payment) {
            order.paid.add(payment);
        }
        order.go_on();
        if let Some(next) = order.next_payment() {
            self.agenda.put(next.at, Due::StandingOrder(id));
        }
        let place = index_of(id.number());
        if let Some(kept) = place.and_then(|at| self.schedules.standing_orders.get_mut(at)) {
            *kept = order;
        }
        fired.push(Fired::new(at, FiredKind::StandingOrder, id));
    }

    fn pay_standing_order(&mut self, order: &StandingOrder, payment: Payment) -> bool {
        let is_covered = self.can_pay(order.account, payment.minor_units, payment.at);
        let (payee, takes_money) = self.payee_here(order);
        let is_paid = is_covered && takes_money;
        let entry = Entry {
            status: if is_paid {
                TransactionStatus::Booked
            } else {
                TransactionStatus::Rejected
            },
            information: Some(order.terms.reference),
            counterparty: Some(order.terms.payee),
            ..Entry::booked(
                TransactionCode::StandingOrder,
                -payment.minor_units,
                payment.at,
            )
        };
        let posted = self.post(order.account, entry.clone());
        match (is_paid, posted) {
            (true, Ok(_)) => {
                if let Some(payee) = payee {
                    self.post_credit(order.account, payee, entry);
                }
                true
            }
            (false, Ok(id)) => {
                // It leaves the list after a week; where the agenda is full, it stays.
                let _ = self.expect(id);
                // The fee is for money that is missing, not for an account that is somebody else's.
                if !is_covered {
                    self.take_unpaid_fee(order.account, payment.at);
                }
                false
            }
            // An account that has moved all the money that can be counted pays no more.
            (_, Err(_)) => false,
        }
    }

    /// The account of this bank that is to be credited, when it is of the order's currency; and whether the
    /// payee can be paid at all, as far as this bank knows.
    fn payee_here(&self, order: &StandingOrder) -> (Option<AccountId>, bool) {
        let named = self.counterparty_of(order.terms.payee);
        let found = named.and_then(|payee| {
            let (scheme, id) = payee.account.as_ref()?;
            self.account(self.account_by_identifier(*scheme, id)?)
        });
        let takes_money = (found.as_ref()).is_none_or(|payee| creditor_refuses(payee).is_none());
        let payee = found.filter(|payee| payee.currency == order.currency);
        (payee.map(|payee| payee.id), takes_money)
    }

    /// The other side of a payment between two accounts of this bank: what `entry` took, told from there.
    fn post_credit(&mut self, payer: AccountId, payee: AccountId, entry: Entry) {
        let payer = self.account(payer).map(|account| Counterparty {
            name: (account.holders.first())
                .and_then(|id| self.customers.iter().find(|known| known.id == *id))
                .map_or_else(String::new, |customer| customer.name.clone()),
            account: (account.identifier(Scheme::SortCodeAccountNumber))
                .map(|identifier| (identifier.scheme, identifier.id.clone())),
            agent: None,
            agent_name: None,
        });
        let payer = payer.map(|payer| self.counterparty(payer));
        let credit = Entry {
            code: TransactionCode::FasterPayment,
            minor_units: -entry.minor_units,
            counterparty: payer,
            ..entry
        };
        // The bank's sums are those of its own account of that kind; a full payee gets nothing.
        let _ = self.post(payee, credit);
    }

    pub(in crate::banking) fn counterparty_of(
        &self,
        id: CounterpartyId,
    ) -> Option<Arc<Counterparty>> {
        let index = id.0.get() as usize - 1;
        self.counterparties.get(index).map(Arc::clone)
    }
}

impl StandingOrderView {
    /// An amount of one of its payments.
    #[must_use]
    pub(crate) const fn amount(&self, payment: Payment) -> Amount {
        Amount::new(payment.minor_units, self.currency)
    }
}
