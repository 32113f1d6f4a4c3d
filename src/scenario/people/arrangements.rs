//! What goes on after the bank has opened: the same habits a history was made from, handed to the book,
//! which lets them happen when they fall due. What happened once does not happen again.

mod card;
mod money;

use super::habit::bill::debit_information;
use super::habit::own::is_given_up;
use super::habit::{SoFar, bank, known_payee};
use super::sound;
use crate::banking::Book;
use crate::banking::beneficiary;
use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::rhythm::{Moves, Pace, Rhythm};
use crate::banking::schedule::direct_debit::DirectDebitTerms;
use crate::banking::schedule::raise::Raise;
use crate::banking::schedule::regular::{Likelihood, RegularTerms, Regularly, When};
use crate::banking::schedule::standing_order::StandingOrderTerms;
use crate::banking::schedule::{Frequency, FrequencyDetail, ScheduleStatus};
use crate::banking::transaction::CardInstrument;
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::id::AccountId;
use crate::scenario::plan::AccountPlan;
use crate::scenario::plan::habit::{Course, Payee};

/// An account that stands in the book, with the plan it was made from.
pub(super) struct Arranging<'given> {
    pub(super) book: &'given mut Book,
    pub(super) plan: &'given AccountPlan,
    pub(super) account: AccountId,
    /// All accounts of the bank, by their place.
    pub(super) all: &'given [AccountId],
    pub(super) card: CardInstrument,
    pub(super) now: Timestamp,
    /// Where the streams of this account are drawn from, and what their names begin with.
    pub(super) stream: (Seed, String),
}

impl Arranging<'_> {
    /// Arranges everything.
    pub(super) fn arrange(&mut self, so_far: SoFar) {
        self.mandates(so_far);
        self.beneficiaries();
        let fee = self.plan.habits.unpaid_fee;
        if fee > 0 {
            self.book.ask_unpaid_fee(self.account, fee);
        }
        self.redirects();
        // What has ended does not begin again.
        if self.plan.history.ended_months_ago.is_none() {
            self.incomes();
            self.payments();
            self.card_uses();
            self.own_money();
            self.borrowed_money();
        }
    }

    fn mandates(&mut self, so_far: SoFar) {
        let (plan, account, now) = (self.plan, self.account, self.now);
        for (order, paid) in plan
            .habits
            .standing_orders
            .iter()
            .zip(so_far.standing_orders)
        {
            let terms = StandingOrderTerms {
                status: self.in_force(order.course.status),
                frequency: pushed(order.course),
                rhythm: order.course.rhythm,
                payee: known_payee(self.book, &order.to),
                reference: self.book.text(&order.reference),
                minor_units: order.amount,
                raise: self.raise(order.raise_percent),
                first_minor_units: order.first_amount,
                final_minor_units: order.final_amount,
                payments_left: order.payments_left,
            };
            sound(self.book.add_standing_order(account, terms, paid, now));
        }
        for (debit, paid) in plan.habits.direct_debits.iter().zip(so_far.direct_debits) {
            let originator = self.book.counterparty(bank::named(&debit.originator));
            let terms = DirectDebitTerms {
                status: self.in_force(debit.course.status),
                frequency: Frequency {
                    kind: debit.course.kind,
                    detail: FrequencyDetail::CountPerPeriod(1),
                },
                rhythm: debit.course.rhythm,
                originator,
                information: self.book.text(&debit_information(debit)),
                mandate: self.book.text(&debit.mandate),
                season: debit.season.clone(),
            };
            sound(self.book.add_direct_debit(account, terms, paid, now));
        }
    }

    /// What has become of an arrangement with its account: what is given up takes it along, and what is
    /// blocked holds it up.
    fn in_force(&self, status: ScheduleStatus) -> ScheduleStatus {
        let has_ended = self.plan.history.ended_months_ago.is_some();
        if !has_ended || status != ScheduleStatus::Active {
            return status;
        }
        if is_given_up(self.plan) {
            ScheduleStatus::Cancelled
        } else {
            ScheduleStatus::Suspended
        }
    }

    fn beneficiaries(&mut self) {
        let habits = &self.plan.habits;
        for payee in &habits.beneficiaries {
            sound(self.book.add_beneficiary(self.account, payee.clone()));
        }
        for order in &habits.standing_orders {
            let payee = saved(&order.to, &order.reference);
            sound(self.book.add_beneficiary(self.account, payee));
        }
    }

    /// What is written holds when the bank opens; with each year from then on it grows, as it did before.
    fn raise(&self, percent: u8) -> Option<Raise> {
        let from = self.now.date();
        (percent > 0).then_some(Raise { percent, from })
    }

    fn regular(&mut self, name: &str, when: When, what: Regularly) {
        self.regular_on((self.account, self.now), name, when, what);
    }

    /// Something regular on another account, or whose first time is after another moment.
    fn regular_on(
        &mut self,
        (account, from): (AccountId, Timestamp),
        name: &str,
        when: When,
        what: Regularly,
    ) {
        let (seed, stream) = &self.stream;
        let terms = RegularTerms {
            account,
            when,
            what,
            seed: seed.derived(&format!("{stream}/{name}/to come")),
        };
        sound(self.book.add_regular(terms, from));
    }
}

/// How often a standing order pays, as the wire tells it.
const fn pushed(course: Course) -> Frequency {
    let detail = match course.rhythm.pace {
        Pace::Months(_) | Pace::Weeks(_) => FrequencyDetail::PointInTime(course.rhythm.day),
        Pace::Days | Pace::Unsaid | Pace::WorkingDays => FrequencyDetail::CountPerPeriod(1),
    };
    Frequency {
        kind: course.kind,
        detail,
    }
}

fn saved(payee: &Payee, reference: &str) -> beneficiary::Payee {
    beneficiary::Payee {
        is_trusted: false,
        reference: Some(reference.to_owned()),
        creditor: Identifier {
            name: Some(payee.name.clone()),
            ..Identifier::bare(Scheme::SortCodeAccountNumber, payee.account.to_string())
        },
        agent: bank::holder(&payee.name, payee.account).agent,
    }
}

fn monthly(day: u8, moves: Moves) -> Rhythm {
    Rhythm::monthly(i8::try_from(day).unwrap_or(-1), moves)
}

fn when(rhythm: Rhythm, likelihood: Likelihood, (from_hour, to_hour): (u8, u8)) -> When {
    let from_second = i64::from(from_hour) * 3600;
    When {
        rhythm,
        days_later: 0,
        likelihood,
        from_second,
        until: None,
        // The last hour ends before the next begins; from one hour to the same is that moment.
        to_second: (i64::from(to_hour) * 3600 - 1).max(from_second),
    }
}

const DAILY: Rhythm = Rhythm {
    pace: Pace::Days,
    day: 1,
    month: 1,
    moves: Moves::Not,
};
