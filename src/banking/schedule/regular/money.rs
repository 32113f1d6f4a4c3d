//! Money that comes and goes by itself: incomes, payments, friends, transfers, what the bank takes and pays.

use super::{BASIS_POINT_MONTHS, Exchange, Occasion};
use crate::banking::balance::BalanceKind;
use crate::banking::code::TransactionCode;
use crate::banking::payment::creditor_refuses;
use crate::banking::schedule::raise::Raise;
use crate::banking::transaction::{CounterpartyId, Entry, Rare};
use crate::banking::{Book, TextId};
use crate::clock::Timestamp;
use crate::entropy::Spread;
use crate::id::{AccountId, TransactionId};
use crate::money::Amount;

/// Money from a payer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Income {
    pub(crate) code: TransactionCode,
    pub(crate) payer: CounterpartyId,
    pub(crate) information: TextId,
    /// The median when it varies.
    pub(crate) minor_units: i64,
    pub(crate) spread: Option<Spread>,
    /// What becomes of it with the years.
    pub(crate) raise: Option<Raise>,
    /// Once a year, in this month, so much more.
    pub(crate) bonus: Option<(u8, i64)>,
    /// What the banks on the way kept.
    pub(crate) charge: Option<i64>,
    /// What it was sent in.
    pub(crate) exchange: Option<Exchange>,
}

/// A payment the customer makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Outgoing {
    pub(crate) code: TransactionCode,
    pub(crate) payee: CounterpartyId,
    pub(crate) information: TextId,
    /// The median when it varies.
    pub(crate) minor_units: i64,
    pub(crate) spread: Option<Spread>,
    /// The bank sends it on for her, whatever she may still do with the account.
    pub(crate) is_redirected: bool,
}

/// Money to and from a few friends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Friends {
    pub(crate) known: Vec<CounterpartyId>,
    /// One of them is written.
    pub(crate) words: Vec<TextId>,
    pub(crate) median: i64,
    /// How often it comes and does not go.
    pub(crate) received_percent: u8,
}

/// Where a sweep goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SweptTo {
    /// Another account of the same customer.
    Own(AccountId),
    /// An account elsewhere.
    Elsewhere(CounterpartyId),
}

impl Book {
    pub(super) fn receive(
        &mut self,
        income: &Income,
        mut occasion: Occasion,
    ) -> Option<TransactionId> {
        let (account, at) = (occasion.account, occasion.at);
        let currency = self.account(account)?.currency;
        let draws = &mut occasion.draws;
        let drawn = (income.spread).map(|spread| draws.about(income.minor_units, spread));
        let usual = drawn.unwrap_or(income.minor_units);
        let raised = (income.raise).map_or(usual, |raise| raise.on(at.date(), usual));
        let month = u8::from(occasion.nominal.month());
        let bonus = (income.bonus).filter(|(bonus, _)| *bonus == month);
        let minor_units = raised.saturating_add(bonus.map_or(0, |bonus| bonus.1));
        let charge = income.charge.map(|charge| Amount::new(charge, currency));
        let exchange = (income.exchange)
            .map(|exchange| exchange.of_day(draws).received(minor_units, currency, at));
        let is_plain = charge.is_none() && exchange.is_none();
        let row = Entry {
            counterparty: Some(income.payer),
            rare: (!is_plain).then(|| Box::new(Rare { charge, exchange })),
            ..Entry::booked(income.code, minor_units, at)
        };
        self.post_named(account, row, income.information)
    }

    pub(super) fn pay_out(
        &mut self,
        payment: &Outgoing,
        mut occasion: Occasion,
    ) -> Option<TransactionId> {
        let (account, at) = (occasion.account, occasion.at);
        let drawn =
            (payment.spread).map(|spread| occasion.draws.about(payment.minor_units, spread));
        let minor_units = drawn.unwrap_or(payment.minor_units);
        if !payment.is_redirected && !self.can_pay(account, minor_units, at) {
            return None;
        }
        let row = Entry {
            counterparty: Some(payment.payee),
            ..Entry::booked(payment.code, -minor_units, at)
        };
        self.post_named(account, row, payment.information)
    }

    pub(super) fn settle_up_with_friends(
        &mut self,
        friends: &Friends,
        mut occasion: Occasion,
    ) -> Option<TransactionId> {
        let (account, at) = (occasion.account, occasion.at);
        let draws = &mut occasion.draws;
        let amount = draws.about(friends.median, Spread::Usual).max(ROUND);
        // People pay one another round sums.
        let amount = amount - amount % ROUND;
        let is_received = draws.percent(u32::from(friends.received_percent));
        let friend = draws.pick(&friends.known).copied()?;
        let words = draws.pick(&friends.words).copied()?;
        let reference = format!("FPS{:010}", draws.below(u32::MAX));
        if !is_received && !self.can_pay(account, amount, at) {
            return None;
        }
        let minor_units = if is_received { amount } else { -amount };
        let row = Entry {
            counterparty: Some(friend),
            reference: Some(self.text(&reference)),
            ..Entry::booked(TransactionCode::FasterPayment, minor_units, at)
        };
        self.post_named(account, row, words)
    }

    pub(super) fn move_money(
        &mut self,
        (from, to): (AccountId, SweptTo),
        minor_units: i64,
        (information, at): (TextId, Timestamp),
    ) -> Option<TransactionId> {
        if minor_units <= 0 || !self.can_pay(from, minor_units, at) {
            return None;
        }
        match to {
            SweptTo::Own(to) => {
                // A closed or blocked account takes nothing, here as from a standing order.
                creditor_refuses(self.account(to)?.as_ref())
                    .is_none()
                    .then_some(())?;
                let row =
                    |minor_units| Entry::booked(TransactionCode::InternalTransfer, minor_units, at);
                // The credit first: where it does not fit, nothing leaves.
                self.post_named(to, row(minor_units), information)?;
                self.post_named(from, row(-minor_units), information)
            }
            SweptTo::Elsewhere(payee) => {
                let row = Entry {
                    counterparty: Some(payee),
                    ..Entry::booked(TransactionCode::FasterPayment, -minor_units, at)
                };
                self.post_named(from, row, information)
            }
        }
    }

    pub(super) fn sweep(
        &mut self,
        (from, to): (AccountId, SweptTo),
        height: i64,
        (information, at): (TextId, Timestamp),
    ) -> Option<TransactionId> {
        let booked = self.balance(from, BalanceKind::InterimBooked, at)?;
        let above = booked.minor_units - height;
        let swept = above - above.rem_euclid(SWEEP_STEP);
        self.move_money((from, to), swept, (information, at))
    }

    pub(super) fn take_fee(
        &mut self,
        account: AccountId,
        minor_units: i64,
        (information, at): (TextId, Timestamp),
    ) -> Option<TransactionId> {
        let row = Entry::booked(TransactionCode::Fee, -minor_units, at);
        self.post_named(account, row, information)
    }

    pub(super) fn pay_interest(
        &mut self,
        account: AccountId,
        basis_points: i64,
        (information, at): (TextId, Timestamp),
    ) -> Option<TransactionId> {
        let booked = self.balance(account, BalanceKind::InterimBooked, at)?;
        let minor_units = of_a_month(booked.minor_units, basis_points)?;
        let row = Entry::booked(TransactionCode::Interest, minor_units, at);
        (minor_units > 0)
            .then(|| self.post_named(account, row, information))
            .flatten()
    }

    pub(super) fn post_named(
        &mut self,
        account: AccountId,
        row: Entry,
        information: TextId,
    ) -> Option<TransactionId> {
        let information = Some(information);
        self.post(account, Entry { information, ..row }).ok()
    }
}

/// What a yearly rate comes to in a month.
pub(super) fn of_a_month(minor_units: i64, basis_points: i64) -> Option<i64> {
    let yearly = i128::from(minor_units) * i128::from(basis_points);
    i64::try_from(yearly / BASIS_POINT_MONTHS).ok()
}

/// Friends round to fifty pence.
const ROUND: i64 = 50;
/// Sweeps are multiples of ten.
const SWEEP_STEP: i64 = 1_000;
