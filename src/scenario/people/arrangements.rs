//! What goes on after the bank has opened: the same habits a history was made from, handed to the book,
//! which lets them happen when they fall due.

use super::chance::Chance;
use super::habit::bill::debit_information;
use super::habit::card::{MACHINE, Shop, TEN_NOTE, favorites, likelihood};
use super::habit::{SoFar, bank, known_payee, spending_stream};
use super::sound;
use crate::banking::beneficiary;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::rhythm::{Moves, Pace, Rhythm};
use crate::banking::schedule::direct_debit::DirectDebitTerms;
use crate::banking::schedule::regular::{
    CardUse, Income, Likelihood, RegularTerms, Regularly, SweptTo, When,
};
use crate::banking::schedule::standing_order::StandingOrderTerms;
use crate::banking::schedule::{Frequency, FrequencyDetail};
use crate::banking::transaction::{CardAuthorization, CardInstrument};
use crate::banking::{Book, TextId};
use crate::clock::Timestamp;
use crate::entropy::{Seed, Spread};
use crate::id::AccountId;
use crate::scenario::plan::AccountPlan;
use crate::scenario::plan::habit::{self as plan, Course, Payee, Sweep};

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
        // What has ended does not begin again.
        if self.plan.history.ended_months_ago.is_none() {
            self.incomes();
            self.card_uses();
            self.own_money();
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
                status: order.course.status,
                frequency: pushed(order.course),
                rhythm: order.course.rhythm,
                payee: known_payee(self.book, &order.to),
                reference: self.book.text(&order.reference),
                minor_units: order.amount,
                first_minor_units: order.first_amount,
                final_minor_units: order.final_amount,
                payments_left: order.payments_left,
            };
            sound(self.book.add_standing_order(account, terms, paid, now));
        }
        for (debit, paid) in plan.habits.direct_debits.iter().zip(so_far.direct_debits) {
            let originator = self.book.counterparty(bank::named(&debit.originator));
            let terms = DirectDebitTerms {
                status: debit.course.status,
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

    fn incomes(&mut self) {
        for (index, income) in self.plan.habits.incomes.iter().enumerate() {
            let (rhythm, percent) = rhythm_of(income.every);
            // Bacs pays with the first second of a day, others in the course of it.
            let hours = match income.code {
                TransactionCode::Bacs | TransactionCode::Salary => (0, 0),
                _ => (8, 20),
            };
            let payer = self.book.counterparty(match &income.iban {
                Some(iban) => bank::abroad(&income.payer, iban),
                None => bank::named(&income.payer),
            });
            let what = Regularly::Income(Income {
                code: income.code,
                payer,
                information: self.book.text(&income.information),
                minor_units: income.amount,
                spread: income.spread,
                bonus: income.bonus,
            });
            let likelihood = Likelihood {
                percent,
                ..Likelihood::CERTAIN
            };
            let when = when(rhythm, likelihood, hours);
            self.regular(&format!("income/{index}"), when, what);
        }
    }

    fn card_uses(&mut self) {
        let habits = &self.plan.habits;
        for (index, subscription) in habits.subscriptions.iter().enumerate() {
            let shop = Shop::of(self.book, &subscription.merchant);
            let what = self.purchase(vec![shop], (subscription.amount, None));
            let rhythm = monthly(subscription.day, Moves::Not);
            let when = when(rhythm, Likelihood::CERTAIN, (4, 4));
            self.regular(&format!("subscription/{index}"), when, what);
        }
        for (index, spending) in habits.spendings.iter().enumerate() {
            // A journey was made; nobody knows of the next.
            if spending.abroad.is_some() {
                continue;
            }
            let name = spending_stream(index, spending);
            let mut chance = Chance::new(self.stream.0, &format!("{}/{name}", self.stream.1));
            let shops = favorites(self.book, spending, &mut chance);
            let what = self.purchase(shops, (spending.median, Some(spending.spread)));
            let hours = (spending.from_hour, spending.to_hour);
            let when = when(DAILY, likelihood(spending), hours);
            self.regular(&name, when, what);
        }
        for (index, cash) in habits.cash.iter().enumerate() {
            let merchant = self.book.merchant(MACHINE_NAME, MACHINE_CATEGORY);
            let what = Regularly::Card(CardUse {
                code: TransactionCode::CashWithdrawal,
                card: CardInstrument {
                    authorization: CardAuthorization::Pin,
                    ..self.card
                },
                shops: vec![(merchant, self.book.text(MACHINE))],
                minor_units: cash.most / 2,
                spread: Some(Spread::Narrow),
                step: TEN_NOTE,
            });
            // Once in so many days, on average.
            let apart = (u16::from(cash.days_min) + u16::from(cash.days_max)).max(2);
            let likelihood = Likelihood {
                percent: u8::try_from(200 / apart).unwrap_or(100).max(1),
                ..Likelihood::CERTAIN
            };
            let when = when(DAILY, likelihood, (9, 21));
            self.regular(&format!("cash/{index}"), when, what);
        }
    }

    fn purchase(&self, shops: Vec<Shop>, amount: (i64, Option<Spread>)) -> Regularly {
        let authorization = match amount.1 {
            Some(_) => CardAuthorization::Contactless,
            None => CardAuthorization::None,
        };
        let shops = shops.into_iter();
        Regularly::Card(CardUse {
            code: TransactionCode::CardPurchase,
            card: CardInstrument {
                authorization,
                ..self.card
            },
            shops: shops
                .map(|shop| (shop.merchant, shop.information))
                .collect(),
            minor_units: amount.0,
            spread: amount.1,
            step: 1,
        })
    }

    fn own_money(&mut self) {
        let habits = &self.plan.habits;
        for (index, fee) in habits.fees.iter().enumerate() {
            let what = Regularly::Fee {
                minor_units: fee.amount,
                information: self.book.text(&fee.information),
            };
            let when = when(
                monthly(fee.day, Moves::Forward),
                Likelihood::CERTAIN,
                (0, 0),
            );
            self.regular(&format!("fee/{index}"), when, what);
        }
        for (index, transfer) in habits.transfers.iter().enumerate() {
            let Some(to) = self.all.get(transfer.to).copied() else {
                continue;
            };
            let what = Regularly::Transfer {
                to,
                minor_units: transfer.amount,
                information: self.book.text("TRANSFER"),
            };
            let rhythm = monthly(transfer.day, Moves::Forward);
            let when = when(rhythm, Likelihood::CERTAIN, (6, 6));
            self.regular(&format!("transfer/{index}"), when, what);
        }
        if habits.interest_basis_points > 0 {
            let what = Regularly::Interest {
                basis_points: habits.interest_basis_points,
                information: self.book.text("INTEREST"),
            };
            let when = when(
                Rhythm::monthly(-1, Moves::Back),
                Likelihood::CERTAIN,
                (0, 0),
            );
            self.regular("interest", when, what);
        }
        if let Some((to, information)) = habits.sweep.as_ref().and_then(|sweep| self.swept(sweep)) {
            let what = Regularly::Sweep {
                to,
                height: self.plan.opening.unwrap_or(self.plan.balance),
                information,
            };
            let when = when(monthly(1, Moves::Forward), Likelihood::CERTAIN, (6, 6));
            self.regular("sweep", when, what);
        }
    }

    fn swept(&mut self, sweep: &Sweep) -> Option<(SweptTo, TextId)> {
        Some(match sweep {
            Sweep::Own(place) => (
                SweptTo::Own(*self.all.get(*place)?),
                self.book.text("TRANSFER"),
            ),
            Sweep::Payee(payee) => (
                SweptTo::Elsewhere(known_payee(self.book, payee)),
                self.book.text("SAVINGS"),
            ),
        })
    }

    fn regular(&mut self, name: &str, when: When, what: Regularly) {
        let (seed, stream) = &self.stream;
        let terms = RegularTerms {
            account: self.account,
            when,
            what,
            seed: seed.derived(&format!("{stream}/{name}/to come")),
        };
        sound(self.book.add_regular(terms, self.now));
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

/// When income comes, and how likely it is each time.
fn rhythm_of(every: plan::Rhythm) -> (Rhythm, u8) {
    let weekly = |count, day: u8| Rhythm {
        pace: Pace::Weeks(count),
        day: i8::try_from(day).unwrap_or(1),
        month: 1,
        moves: Moves::Not,
    };
    match every {
        plan::Rhythm::FourWeekly(day) => (weekly(4, day), 100),
        plan::Rhythm::Irregular(percent) => (DAILY, percent),
        plan::Rhythm::LastWorkingDay => (Rhythm::monthly(-1, Moves::Back), 100),
        plan::Rhythm::Monthly(day) => (monthly(day, Moves::Back), 100),
        plan::Rhythm::Weekly(day) => (weekly(1, day), 100),
        plan::Rhythm::WorkingDays => (WORKING_DAYS, 100),
    }
}

fn monthly(day: u8, moves: Moves) -> Rhythm {
    Rhythm::monthly(i8::try_from(day).unwrap_or(-1), moves)
}

fn when(rhythm: Rhythm, likelihood: Likelihood, (from_hour, to_hour): (u8, u8)) -> When {
    let from_second = i64::from(from_hour) * 3600;
    When {
        rhythm,
        likelihood,
        from_second,
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
const WORKING_DAYS: Rhythm = Rhythm {
    pace: Pace::WorkingDays,
    ..DAILY
};
/// Who gives cash.
const MACHINE_NAME: &str = "Hamster Bank Cash Machine";
/// ISO 18245: automated cash disbursement.
const MACHINE_CATEGORY: u16 = 6011;
