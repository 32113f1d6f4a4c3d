//! Where payments are kept, and how they move: by their timeline when time passes, or by the bank's hand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::posting::{self, Obstacle};
use super::{Order, Payment, PaymentRows, Quote, RateType, Reason, StatusChange, StatusCode};
use crate::banking::agenda::Due;
use crate::banking::rail::Charge;
use crate::banking::timeline::{Candidate, Planned, TimelineRule, Timelines, Twist};
use crate::banking::{Book, exchange};
use crate::clock::Timestamp;
use crate::id::{AccountId, ClientId, ConsentId, CustomerId, PaymentId};
use crate::money::Amount;

/// All payments of a book, by their number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::banking) struct Payments {
    by_id: BTreeMap<PaymentId, Payment>,
    /// Of each client, oldest first, so that its oldest ended one can make room.
    by_client: BTreeMap<ClientId, VecDeque<PaymentId>>,
    /// How many there have ever been.
    count: u64,
    /// How many rows they have left in the ledger, those that are gone included.
    rows: usize,
    /// How many each client may keep, if not [`PAYMENTS_PER_CLIENT`].
    each: Option<usize>,
    /// Those that moved since whoever watches was last told, and what they became.
    moved: Vec<(PaymentId, StatusCode, Timestamp)>,
}

impl Payments {
    /// Which payment of the client's own goes for another one: none while there is room.
    ///
    /// # Errors
    /// When it has its fill, and none of its own has ended that is not needed.
    fn outgoing(
        &self,
        client_id: &ClientId,
        is_needed: impl Fn(PaymentId) -> bool,
    ) -> Result<Option<usize>, NoRoom> {
        let own = self.by_client.get(client_id);
        let kept = own.map_or(0, VecDeque::len);
        let crowded = self.by_id.len() >= PAYMENTS_MAX && kept >= PAYMENTS_SHARE;
        if kept < self.each.unwrap_or(PAYMENTS_PER_CLIENT) && !crowded {
            return Ok(None);
        }
        let may_go = |id: &PaymentId| {
            let payment = self.by_id.get(id);
            payment.is_none_or(|payment| payment.current().status.is_final()) && !is_needed(*id)
        };
        let outgoing = own.and_then(|own| own.iter().position(may_go));
        outgoing.map(Some).ok_or(NoRoom::Payments(kept))
    }

    /// Keeps a payment; where its client has its fill, the oldest of its own that may go goes for it.
    fn keep(
        &mut self,
        payment: Payment,
        is_needed: impl Fn(PaymentId) -> bool,
    ) -> Result<Option<Payment>, NoRoom> {
        let outgoing = self.outgoing(&payment.client_id, is_needed)?;
        let own = self.by_client.entry(payment.client_id.clone()).or_default();
        let gone = outgoing.and_then(|index| own.remove(index));
        own.push_back(payment.id);
        let gone = gone.and_then(|gone| self.by_id.remove(&gone));
        self.by_id.insert(payment.id, payment);
        Ok(gone)
    }

    fn note_move(&mut self, payment: &Payment) {
        let StatusChange { status, at, .. } = payment.current();
        self.moved.push((payment.id, status, at));
    }

    /// Counts a row that a payment has left in the ledger.
    pub(super) const fn count_row(&mut self) {
        self.rows += 1;
    }

    #[cfg(test)]
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }
}

/// A payment handed in under an authorized consent.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    /// Who sends it.
    pub(crate) client_id: ClientId,
    /// What allows it.
    pub(crate) consent_id: ConsentId,
    /// Who allowed it.
    pub(crate) customer: CustomerId,
    /// What pays.
    pub(crate) debtor: AccountId,
    /// What is to be done.
    pub(crate) order: Arc<Order>,
    /// What the consent quoted.
    pub(crate) quote: Option<Quote>,
    /// What the consent said it would cost.
    pub(crate) charges: Vec<Charge>,
    /// Whether the TPP asked where a refund would go.
    pub(crate) shows_refund_account: bool,
    /// Until when other authorizers may take.
    pub(crate) completion: Option<Timestamp>,
    /// What goes wrong with it on purpose.
    pub(crate) twist: Option<Twist>,
}

impl Book {
    /// The same book with rules for how payments go.
    #[must_use]
    pub(crate) fn with_timelines(mut self, rules: Vec<TimelineRule>) -> Self {
        self.timelines = Timelines::new(rules);
        self
    }

    /// The same book with room for so many payments of each client, if not the usual number.
    #[must_use]
    pub(crate) const fn with_payments_kept(mut self, each: Option<usize>) -> Self {
        self.payments.each = each;
        self
    }

    /// Whether one more payment of a client can be taken on; checked before anything is changed.
    ///
    /// # Errors
    /// When the client keeps as many as it may, or more than its share while all clients together keep
    /// [`PAYMENTS_MAX`], and all of its own are under way or needed; also when the agenda is full, or payments
    /// have left [`ROWS_MAX`] rows behind.
    pub(crate) fn check_room_for_payment(
        &self,
        client_id: &ClientId,
        is_needed: impl Fn(PaymentId) -> bool,
    ) -> Result<(), NoRoom> {
        if !self.agenda.has_room() {
            return Err(NoRoom::Agenda);
        }
        if self.payments.rows >= ROWS_MAX {
            return Err(NoRoom::Rows(ROWS_MAX));
        }
        self.payments.outgoing(client_id, is_needed).map(|_| ())
    }

    /// Takes a payment on: it is received, and its timeline begins. Where its client has its fill, the
    /// oldest of the client's own that has ended goes for it, if nobody needs it any more.
    ///
    /// # Errors
    /// See [`Self::check_room_for_payment`]; also when the account that pays is none of the book's.
    pub(crate) fn submit_payment(
        &mut self,
        submission: Submission,
        is_needed: impl Fn(PaymentId) -> bool,
        now: Timestamp,
    ) -> Result<Payment, NoRoom> {
        let account = self.account(submission.debtor).ok_or(NoRoom::Account)?;
        self.check_room_for_payment(&submission.client_id, &is_needed)?;
        let today = now.date();
        let order = &submission.order;
        let quote = (submission.quote.clone()).map(|quote| at_submission(quote, order, now));
        let in_account = |amount| exchange::convert(amount, account.currency, today);
        let fee = (submission.charges.iter())
            .filter_map(|charge| in_account(charge.amount))
            .map(|amount| amount.minor_units)
            .sum();
        let plan = self.plan_payment(&submission, now);
        let (expected_execution, expected_settlement) = expectations(&plan, order, now);
        self.payments.count += 1;
        let payment = Payment {
            id: PaymentId::of(self.payments.count, self.lengths),
            debit: posting::debit_of(order, account.currency, quote.as_ref(), today),
            fee: Amount::new(fee, account.currency),
            quote,
            expected_execution,
            expected_settlement,
            history: vec![StatusChange {
                status: StatusCode::Rcvd,
                at: now,
                reason: None,
            }],
            plan,
            rows: PaymentRows::default(),
            client_id: submission.client_id,
            consent_id: submission.consent_id,
            customer: submission.customer,
            order: submission.order,
            debtor: submission.debtor,
            charges: submission.charges,
            shows_refund_account: submission.shows_refund_account,
            completion: submission.completion,
        };
        let gone = self.payments.keep(payment.clone(), is_needed)?;
        self.payments.note_move(&payment);
        if let Some(gone) = gone {
            self.drop_rejected(&gone.rows);
        }
        self.schedule_next_step(&payment);
        Ok(payment)
    }

    /// One payment.
    #[must_use]
    pub(crate) fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.by_id.get(&id)
    }

    /// The payments that moved since this was last asked, in order, what they became and when.
    pub(crate) fn moved_payments(
        &mut self,
    ) -> impl Iterator<Item = (PaymentId, StatusCode, Timestamp)> {
        self.payments.moved.drain(..)
    }

    /// The payments that are kept, newest first: all, or those older than one of them; `None` when that one
    /// is not there.
    pub(crate) fn payments_before(
        &self,
        newer: Option<PaymentId>,
    ) -> Option<impl Iterator<Item = &Payment>> {
        let by_id = &self.payments.by_id;
        let older = match newer {
            Some(id) if by_id.contains_key(&id) => by_id.range(..id),
            Some(_) => return None,
            None => by_id.range(..),
        };
        Some(older.rev().map(|(_, payment)| payment))
    }

    /// All payments that are kept, oldest first.
    pub(crate) fn payments(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.by_id.values()
    }

    /// Takes the step that a payment's timeline has for `at`; what it became, if anything.
    pub(in crate::banking) fn step_payment(
        &mut self,
        id: PaymentId,
        at: Timestamp,
    ) -> Option<StatusChange> {
        let mut payment = self.payments.by_id.remove(&id)?;
        let is_due = payment.next_step_at().is_some_and(|due| due <= at);
        let step = if is_due {
            payment.plan.pop_front()
        } else {
            None
        };
        let change = step.map(|step| self.take_step(&mut payment, step));
        if change.is_some() {
            self.payments.note_move(&payment);
            self.schedule_next_step(&payment);
        }
        self.payments.by_id.insert(id, payment);
        change
    }

    /// Moves a payment by the bank's hand, whatever its funds; its timeline has no more say then.
    ///
    /// # Errors
    /// When there is no such payment, or the move is none that the status machine allows; nothing has
    /// changed then.
    pub(crate) fn move_payment(
        &mut self,
        id: PaymentId,
        (status, reason): (StatusCode, Option<Reason>),
        now: Timestamp,
    ) -> Result<Option<Payment>, IllegalStep> {
        let Some(mut payment) = self.payments.by_id.get(&id).cloned() else {
            return Ok(None);
        };
        let from = payment.current().status;
        let illegal = IllegalStep { from, to: status };
        if !from.may_become(status) {
            return Err(illegal);
        }
        payment.plan.clear();
        self.post_step(&mut payment, status, now)
            .map_err(|_| illegal)?;
        payment.enter(status, now, reason);
        self.payments.note_move(&payment);
        self.payments.by_id.insert(id, payment.clone());
        Ok(Some(payment))
    }

    fn plan_payment(&mut self, submission: &Submission, now: Timestamp) -> VecDeque<Planned> {
        let candidate = Candidate {
            client_id: &submission.client_id,
            customer: submission.customer,
            debtor: submission.debtor,
            order: &submission.order,
        };
        let timeline = self.timelines.choose(&candidate);
        if let Some(twist) = submission.twist {
            // Whatever the hour: no cut-off holds up what goes wrong.
            return twist.timeline().plan(now).into();
        }
        let departure = submission.order.rail.departure(now);
        let planned = if departure.is_late {
            timeline.plan_held(now, departure.starts_at)
        } else {
            timeline.plan(now)
        };
        planned.into()
    }

    /// A step that is overtaken by the bank's hand finds nothing to do when its time has come.
    fn schedule_next_step(&mut self, payment: &Payment) {
        if let Some(at) = payment.next_step_at() {
            self.agenda.put(at, Due::Payment(payment.id));
        }
    }

    fn take_step(&mut self, payment: &mut Payment, step: Planned) -> StatusChange {
        let obstacle = self.obstacle(payment, step.status).or_else(|| {
            let posted = self.post_step(payment, step.status, step.at);
            // What was taken once is paid out whatever happens; what cannot be counted is not taken.
            let is_taken = step.status != StatusCode::Acsp;
            posted
                .err()
                .filter(|_| !is_taken)
                .map(|_| Obstacle(Reason::AmountOverLimit))
        });
        match obstacle {
            None => payment.enter(step.status, step.at, step.reason),
            Some(Obstacle(reason)) => payment.enter(StatusCode::Rjct, step.at, Some(reason)),
        }
        payment.current()
    }
}

/// The quote as it holds for a payment: an indicative one gives way to the market of the day.
fn at_submission(quote: Quote, order: &Order, now: Timestamp) -> Quote {
    match quote.rate_type {
        RateType::Actual | RateType::Agreed => quote,
        RateType::Indicative => Quote {
            rate: exchange::market(quote.unit, order.transfer_currency, now.date()),
            ..quote
        },
    }
}

/// When the plan, or else the usual course of things, executes and settles a payment.
fn expectations(plan: &VecDeque<Planned>, order: &Order, now: Timestamp) -> (Timestamp, Timestamp) {
    let planned = |status| {
        let step = plan.iter().find(|planned| planned.status == status);
        step.map(|planned| planned.at)
    };
    let (execution, settlement) = posting::usual_course(order.rail, now);
    let execution = planned(StatusCode::Acsp).unwrap_or(execution);
    let settlement = planned(StatusCode::Acsc).unwrap_or(settlement);
    (execution, settlement.max(execution))
}

/// A move the status machine does not allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct IllegalStep {
    /// Where the payment stands.
    pub(crate) from: StatusCode,
    /// What was tried.
    pub(crate) to: StatusCode,
}

/// Why no more payments of a client can be taken on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoRoom {
    /// The account that is to pay is none of the book's.
    Account,
    /// As much is under way in the bank as may be.
    Agenda,
    /// So many payments are kept for the client, and all of them are under way or needed.
    Payments(usize),
    /// Payments have left so many rows behind.
    Rows(usize),
}

/// As many as consents: each payment has one, and no test needs more.
const PAYMENTS_MAX: usize = 100_000;
/// So no client, nor three of them, can fill the store; and more than the idempotency keys that are
/// remembered of one, so that a request that comes again finds what it made.
const PAYMENTS_PER_CLIENT: usize = 25_000;
/// What a client may keep however much the others do.
const PAYMENTS_SHARE: usize = 100;
/// What payments leave behind outlives them: a bank forgets no row that it has booked, nor the texts, the
/// reference and the names on it. A million rows take some 300 MB, and are as many as the largest
/// account a scenario makes; those that follow from payments under way are few beside them.
pub(super) const ROWS_MAX: usize = 1_000_000;
