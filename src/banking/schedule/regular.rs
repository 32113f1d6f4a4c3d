//! What comes and goes regularly without a mandate: incomes, transfers between own accounts, what the card
//! pays, the bank's own fees and interest. So a bank that is moved by a quarter has lived through it.
//!
//! When and how much is drawn from streams named by the day, so that it does not matter in how many steps
//! the clock is moved, nor what else happened.

use time::{Date, Duration};

pub(crate) use super::likelihood::{Days, Likelihood};

use crate::banking::agenda::{Due, Fired, FiredKind};
use crate::banking::balance::BalanceKind;
use crate::banking::code::TransactionCode;
use crate::banking::rhythm::Rhythm;
use crate::banking::transaction::{
    CardInstrument, CounterpartyId, Entry, MerchantId, TransactionStatus,
};
use crate::banking::{Book, Error, TextId};
use crate::clock::Timestamp;
use crate::entropy::{Draws, Seed, Spread};
use crate::id::{AccountId, TransactionId};

/// Something that comes again and again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RegularTerms {
    /// On which account.
    pub(crate) account: AccountId,
    /// When.
    pub(crate) when: When,
    /// What.
    pub(crate) what: Regularly,
    /// What it is drawn from.
    pub(crate) seed: Seed,
}

/// When something comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct When {
    /// On which days it may come.
    pub(crate) rhythm: Rhythm,
    /// How likely it is on such a day.
    pub(crate) likelihood: Likelihood,
    /// From this second of the day.
    pub(crate) from_second: i64,
    /// Until this second of the day.
    pub(crate) to_second: i64,
}

/// What comes. Amounts are minor units of the account's currency, above zero.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Regularly {
    /// Money from a payer.
    Income(Income),
    /// The card pays in one of some shops.
    Card(CardUse),
    /// Money to another account of the same customer.
    Transfer {
        to: AccountId,
        minor_units: i64,
        information: TextId,
    },
    /// What is above a height leaves in round sums.
    Sweep {
        to: SweptTo,
        height: i64,
        information: TextId,
    },
    /// The bank takes something.
    Fee {
        minor_units: i64,
        information: TextId,
    },
    /// The bank pays so many hundredths of a percent a year of the balance.
    Interest {
        basis_points: i64,
        information: TextId,
    },
}

/// Money from a payer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Income {
    pub(crate) code: TransactionCode,
    pub(crate) payer: CounterpartyId,
    pub(crate) information: TextId,
    /// The median when it varies.
    pub(crate) minor_units: i64,
    pub(crate) spread: Option<Spread>,
    /// Once a year, in this month, so much more.
    pub(crate) bonus: Option<(u8, i64)>,
}

/// What a card pays.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CardUse {
    pub(crate) code: TransactionCode,
    pub(crate) card: CardInstrument,
    /// One of them.
    pub(crate) shops: Vec<(MerchantId, TextId)>,
    pub(crate) minor_units: i64,
    pub(crate) spread: Option<Spread>,
    /// Amounts are multiples of this.
    pub(crate) step: i64,
}

/// Where a sweep goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SweptTo {
    /// Another account of the same customer.
    Own(AccountId),
    /// An account elsewhere.
    Elsewhere(CounterpartyId),
}

/// Something regular the bank keeps, with the nominal day it comes next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Regular {
    terms: RegularTerms,
    next: Date,
}

impl RegularTerms {
    /// The first time on a nominal day from `nominal` on, and after `now`.
    fn next_from(&self, nominal: Option<Date>, now: Timestamp) -> Option<(Date, Timestamp)> {
        let rhythm = self.when.rhythm;
        std::iter::successors(nominal, |day| rhythm.nominal_after(*day))
            .take(DAYS_TRIED)
            .filter(|day| self.when.likelihood.days.contain(*day))
            .find_map(|day| {
                let mut draws = self.draws("when", day);
                let is_drawn = draws.percent(self.when.likelihood.percent_on(day));
                let second = draws.between(self.when.from_second, self.when.to_second);
                let at = Timestamp::from_date(rhythm.moved(day)).plus(Duration::seconds(second));
                (is_drawn && at > now).then_some((day, at))
            })
    }

    fn draws(&self, what: &str, day: Date) -> Draws {
        Draws::new(self.seed, &format!("{what}/{}", day.to_julian_day()))
    }
}

impl Book {
    /// Keeps something regular, from `now` on.
    ///
    /// # Errors
    /// When there is no such account, or the agenda is full.
    pub(crate) fn add_regular(&mut self, terms: RegularTerms, now: Timestamp) -> Result<(), Error> {
        self.check_account(terms.account)?;
        if !self.agenda.has_room() {
            return Err(Error::BookFull);
        }
        let first = now.date().checked_sub(Duration::WEEK);
        let first = first.and_then(|day| terms.when.rhythm.nominal_after(day));
        let Some((next, at)) = terms.next_from(first, now) else {
            return Ok(());
        };
        let place = u32::try_from(self.schedules.regulars.len()).map_err(|_| Error::BookFull)?;
        self.agenda.put(at, Due::Regular(place));
        self.schedules.regulars.push(Regular { terms, next });
        Ok(())
    }

    /// Lets something regular happen, and goes on to its next time.
    pub(in crate::banking) fn fall_due_regular(
        &mut self,
        place: u32,
        at: Timestamp,
        fired: &mut Vec<Fired>,
    ) {
        let Some(Regular { terms, next }) = self.schedules.regulars.get(place as usize).cloned()
        else {
            return;
        };
        // What cannot be paid or counted does not happen: a card is declined, a transfer left for later.
        if let Some(id) = self.happen_regularly(&terms, next, at) {
            let kind = match terms.what {
                Regularly::Fee { .. } => FiredKind::Fee,
                Regularly::Interest { .. } => FiredKind::Interest,
                _ => FiredKind::Scheduled,
            };
            fired.push(Fired::new(at, kind, id));
        }
        let after = terms.when.rhythm.nominal_after(next);
        if let Some((next, at)) = terms.next_from(after, at) {
            self.agenda.put(at, Due::Regular(place));
            if let Some(kept) = self.schedules.regulars.get_mut(place as usize) {
                kept.next = next;
            }
        }
    }

    fn happen_regularly(
        &mut self,
        terms: &RegularTerms,
        day: Date,
        at: Timestamp,
    ) -> Option<TransactionId> {
        let draws = terms.draws("what", day);
        match &terms.what {
            Regularly::Income(income) => self.receive(terms.account, income, (draws, day, at)),
            Regularly::Card(card) => self.pay_by_card(terms.account, card, (draws, at)),
            Regularly::Transfer {
                to,
                minor_units,
                information,
            } => self.move_money(
                (terms.account, SweptTo::Own(*to)),
                *minor_units,
                (*information, at),
            ),
            Regularly::Sweep {
                to,
                height,
                information,
            } => {
                let booked = self.balance(terms.account, BalanceKind::InterimBooked, at)?;
                let above = booked.minor_units - height;
                let swept = above - above.rem_euclid(SWEEP_STEP);
                self.move_money((terms.account, *to), swept, (*information, at))
            }
            Regularly::Fee {
                minor_units,
                information,
            } => {
                let row = Entry::booked(TransactionCode::Fee, -minor_units, at);
                self.post_named(terms.account, row, *information)
            }
            Regularly::Interest {
                basis_points,
                information,
            } => {
                let booked = self.balance(terms.account, BalanceKind::InterimBooked, at)?;
                let yearly = i128::from(booked.minor_units) * i128::from(*basis_points);
                let minor_units = i64::try_from(yearly / BASIS_POINT_MONTHS).ok()?;
                let row = Entry::booked(TransactionCode::Interest, minor_units, at);
                (minor_units > 0)
                    .then(|| self.post_named(terms.account, row, *information))
                    .flatten()
            }
        }
    }

    fn receive(
        &mut self,
        account: AccountId,
        income: &Income,
        (mut draws, day, at): (Draws, Date, Timestamp),
    ) -> Option<TransactionId> {
        let drawn = income
            .spread
            .map(|spread| draws.about(income.minor_units, spread));
        let bonus = (income.bonus).filter(|(month, _)| *month == u8::from(day.month()));
        let minor_units = drawn.unwrap_or(income.minor_units) + bonus.map_or(0, |bonus| bonus.1);
        let row = Entry {
            counterparty: Some(income.payer),
            ..Entry::booked(income.code, minor_units, at)
        };
        self.post_named(account, row, income.information)
    }

    /// Pending until the small hours of the next day; cash is booked at once.
    fn pay_by_card(
        &mut self,
        account: AccountId,
        card: &CardUse,
        (mut draws, at): (Draws, Timestamp),
    ) -> Option<TransactionId> {
        let (merchant, information) = *draws.pick(&card.shops)?;
        let drawn = card
            .spread
            .map(|spread| draws.about(card.minor_units, spread));
        let minor_units = drawn.unwrap_or(card.minor_units).max(card.step);
        let minor_units = minor_units - minor_units % card.step;
        if !self.can_pay(account, minor_units, at) {
            return None;
        }
        let midnight = Timestamp::from_date(at.date());
        let is_cash = card.code == TransactionCode::CashWithdrawal;
        let (status, booked_at) = if is_cash {
            (TransactionStatus::Booked, at)
        } else {
            let seconds = draws.between(SETTLED_FROM, SETTLED_TO);
            (
                TransactionStatus::Pending,
                midnight.plus(Duration::seconds(seconds)),
            )
        };
        let row = Entry {
            status,
            value_at: midnight,
            merchant: Some(merchant),
            card: Some(card.card),
            ..Entry::booked(card.code, -minor_units, booked_at)
        };
        let id = self.post_named(account, row, information)?;
        if !is_cash {
            // Where the agenda is full, the row stays pending.
            let _ = self.expect(id);
        }
        Some(id)
    }

    fn move_money(
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

    fn post_named(
        &mut self,
        account: AccountId,
        row: Entry,
        information: TextId,
    ) -> Option<TransactionId> {
        let information = Some(information);
        self.post(account, Entry { information, ..row }).ok()
    }
}

/// A year of days and more: what has not been drawn by then never is.
const DAYS_TRIED: usize = 800;
/// Purchases are booked in the small hours of the next day.
const SETTLED_FROM: i64 = 86_400 + 2 * 3600;
const SETTLED_TO: i64 = 86_400 + 6 * 3600;
/// Sweeps are multiples of ten.
const SWEEP_STEP: i64 = 1_000;
/// Twelve months of ten thousand basis points.
const BASIS_POINT_MONTHS: i128 = 120_000;
