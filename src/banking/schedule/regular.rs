//! What comes and goes regularly without a mandate: incomes, payments, transfers between own accounts, what
//! the card pays, loans, the bank's own fees and interest. So a bank that is moved by a quarter has lived
//! through it.
//!
//! When and how much is drawn from streams named by the day, so that it does not matter in how many steps
//! the clock is moved, nor what else happened.

mod abroad;
mod borrowed;
mod card;
mod money;

use time::{Date, Duration};

pub(crate) use self::abroad::Exchange;
pub(crate) use self::borrowed::CardBill;
pub(crate) use self::card::{CardUse, FOREIGN_FEE, Instalment, foreign_fee};
pub(crate) use self::money::{Friends, Income, Outgoing, SweptTo};
pub(crate) use super::likelihood::{Days, Likelihood, Months};

use crate::banking::agenda::{Due, Fired, FiredKind};
use crate::banking::rhythm::Rhythm;
use crate::banking::{Book, Error, TextId};
use crate::clock::Timestamp;
use crate::entropy::{Draws, Seed};
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
    /// So many days after those of the rhythm, and then moved like them.
    pub(crate) days_later: u8,
    /// How likely it is on such a day.
    pub(crate) likelihood: Likelihood,
    /// From this second of the day.
    pub(crate) from_second: i64,
    /// Until this second of the day.
    pub(crate) to_second: i64,
    /// The last day of the rhythm; for ever when `None`.
    pub(crate) until: Option<Date>,
}

/// What comes. Amounts are minor units of the account's currency, above zero.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Regularly {
    /// Money from a payer.
    Income(Income),
    /// A payment the customer makes.
    Payment(Outgoing),
    /// Money to and from a few friends.
    Friends(Friends),
    /// The card pays in one of some shops.
    Card(CardUse),
    /// The card pays a part of a purchase.
    Instalment(Instalment),
    /// What was owed on a card's statement is collected from another account.
    CardBill(CardBill),
    /// Money to another account of the same customer.
    Transfer {
        to: AccountId,
        minor_units: i64,
        information: TextId,
    },
    /// The same, but no more than is owed there.
    Repayment {
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
    /// The bank takes so many hundredths of a percent a year of what is owed.
    InterestCharged {
        basis_points: i64,
        information: TextId,
    },
}

impl Regularly {
    /// What is told when it has happened.
    const fn kind(&self) -> FiredKind {
        match self {
            Self::Fee { .. } => FiredKind::Fee,
            Self::Interest { .. } | Self::InterestCharged { .. } => FiredKind::Interest,
            _ => FiredKind::Scheduled,
        }
    }
}

/// Something regular the bank keeps, with the nominal day it comes next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Regular {
    terms: RegularTerms,
    next: Date,
}

/// The one time that something regular happens.
struct Occasion {
    account: AccountId,
    /// The day of the rhythm.
    nominal: Date,
    at: Timestamp,
    draws: Draws,
}

impl RegularTerms {
    /// The first time on a nominal day from `nominal` on, and after `now`.
    fn next_from(&self, nominal: Option<Date>, now: Timestamp) -> Option<(Date, Timestamp)> {
        let When {
            rhythm,
            likelihood,
            until,
            ..
        } = self.when;
        std::iter::successors(nominal, |day| rhythm.nominal_after(*day))
            .take(DAYS_TRIED)
            .take_while(|day| until.is_none_or(|until| *day <= until))
            .filter(|day| likelihood.allows(*day))
            .find_map(|day| {
                let mut draws = self.draws("when", day);
                let is_drawn = draws.percent(likelihood.percent_on(day));
                let second = draws.between(self.when.from_second, self.when.to_second);
                let due = rhythm.moved(day.checked_add(self.delay())?);
                let at = Timestamp::from_date(due).plus(Duration::seconds(second));
                (is_drawn && at > now).then_some((day, at))
            })
    }

    fn delay(&self) -> Duration {
        Duration::days(i64::from(self.when.days_later))
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
        let before = Duration::WEEK + terms.delay();
        let first = now.date().checked_sub(before);
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
        let occasion = Occasion {
            account: terms.account,
            nominal: next,
            at,
            draws: terms.draws("what", next),
        };
        // What cannot be paid or counted does not happen: a card is declined, a transfer left for later.
        if let Some(id) = self.happen_regularly(&terms.what, occasion) {
            fired.push(Fired::new(at, terms.what.kind(), id));
        }
        let after = terms.when.rhythm.nominal_after(next);
        if let Some((next, at)) = terms.next_from(after, at) {
            self.agenda.put(at, Due::Regular(place));
            if let Some(kept) = self.schedules.regulars.get_mut(place as usize) {
                kept.next = next;
            }
        }
    }

    fn happen_regularly(&mut self, what: &Regularly, occasion: Occasion) -> Option<TransactionId> {
        let (account, at) = (occasion.account, occasion.at);
        match what {
            Regularly::Income(income) => self.receive(income, occasion),
            Regularly::Payment(payment) => self.pay_out(payment, occasion),
            Regularly::Friends(friends) => self.settle_up_with_friends(friends, occasion),
            Regularly::Card(card) => self.pay_by_card(card, occasion),
            Regularly::Instalment(instalment) => self.pay_instalment(instalment, &occasion),
            Regularly::CardBill(bill) => self.collect_card_bill(bill, &occasion),
            Regularly::Transfer {
                to,
                minor_units,
                information,
            } => self.move_money(
                (account, SweptTo::Own(*to)),
                *minor_units,
                (*information, at),
            ),
            Regularly::Repayment {
                to,
                minor_units,
                information,
            } => {
                let part = (*minor_units).min(self.owed(*to, at)?);
                self.move_money((account, SweptTo::Own(*to)), part, (*information, at))
            }
            Regularly::Sweep {
                to,
                height,
                information,
            } => self.sweep((account, *to), *height, (*information, at)),
            Regularly::Fee {
                minor_units,
                information,
            } => self.take_fee(account, *minor_units, (*information, at)),
            Regularly::Interest {
                basis_points,
                information,
            } => self.pay_interest(account, *basis_points, (*information, at)),
            Regularly::InterestCharged {
                basis_points,
                information,
            } => self.charge_interest(account, *basis_points, (*information, at)),
        }
    }
}

/// A year of days and more: what has not been drawn by then never is.
const DAYS_TRIED: usize = 800;
/// Twelve months of ten thousand basis points.
const BASIS_POINT_MONTHS: i128 = 120_000;
