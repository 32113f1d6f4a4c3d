//! Incomes, payments, friends, own accounts and borrowed money, as they go on.

use time::Duration;

use super::{Arranging, DAILY, monthly, when};
use crate::banking::TextId;
use crate::banking::code::TransactionCode;
use crate::banking::rhythm::{Moves, Pace, Rhythm};
use crate::banking::schedule::regular::{
    CardBill, Friends, Income, Likelihood, Months, Outgoing, Regularly, SweptTo, When,
};
use crate::scenario::people::chance::Chance;
use crate::scenario::people::habit::money::{
    INTEREST_CHARGED, LOAN_PAYMENT, TO_PAY_DAYS, card_bill,
};
use crate::scenario::people::habit::own::known_friends;
use crate::scenario::people::habit::rare::REDIRECTED;
use crate::scenario::people::habit::{bank, known_payee};
use crate::scenario::plan::habit::{self as plan, Sweep};

impl Arranging<'_> {
    pub(super) fn incomes(&mut self) {
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
                raise: self.raise(income.raise_percent),
                bonus: income.bonus,
                charge: income.charge,
                exchange: income.exchange,
            });
            let likelihood = Likelihood {
                percent,
                ..Likelihood::CERTAIN
            };
            let when = when(rhythm, likelihood, hours);
            self.regular(&format!("income/{index}"), when, what);
        }
    }

    pub(super) fn payments(&mut self) {
        for (index, payment) in self.plan.habits.payments.iter().enumerate() {
            let (rhythm, percent) = rhythm_of(payment.every);
            let hours = match payment.code {
                TransactionCode::Bacs => (0, 0),
                _ => (9, 17),
            };
            let what = Regularly::Payment(Outgoing {
                code: payment.code,
                payee: known_payee(self.book, &payment.to),
                information: self.book.text(&payment.reference),
                minor_units: payment.amount,
                spread: payment.spread,
                is_redirected: false,
            });
            let months = payment.months.iter().copied();
            let likelihood = Likelihood {
                percent,
                months: months.fold(Months::ALL, Months::only),
                ..Likelihood::CERTAIN
            };
            let when = when(rhythm, likelihood, hours);
            self.regular(&format!("payment/{index}"), when, what);
        }
        for (index, friends) in self.plan.habits.friends.iter().enumerate() {
            let name = format!("friends/{index}");
            // The same friends as before: drawn from the same stream.
            let mut chance = Chance::new(self.stream.0, &format!("{}/{name}", self.stream.1));
            let (known, words) = known_friends(self.book, friends, &mut chance);
            let what = Regularly::Friends(Friends {
                known,
                words,
                median: friends.median,
                received_percent: friends.received_percent,
            });
            let likelihood = Likelihood {
                percent: friends.percent_a_day,
                ..Likelihood::CERTAIN
            };
            self.regular(&name, when(DAILY, likelihood, (9, 23)), what);
        }
    }

    /// What is still paid into an account that was switched, and a minute later the same sent on.
    pub(super) fn redirects(&mut self) {
        for (index, redirect) in self.plan.habits.redirects.iter().enumerate() {
            let name = format!("redirect/{index}");
            let (rhythm, percent) = rhythm_of(redirect.every);
            let likelihood = Likelihood {
                percent,
                ..Likelihood::CERTAIN
            };
            let comes = when(rhythm, likelihood, (8, 20));
            let goes = When {
                from_second: comes.from_second + MINUTE,
                to_second: comes.to_second + MINUTE,
                ..comes
            };
            let income = Regularly::Income(Income {
                code: TransactionCode::FasterPayment,
                payer: self.book.counterparty(bank::named(&redirect.payer)),
                information: self.book.text(&redirect.information),
                minor_units: redirect.amount,
                spread: redirect.spread,
                raise: None,
                bonus: None,
                charge: None,
                exchange: None,
            });
            let payment = Regularly::Payment(Outgoing {
                code: TransactionCode::FasterPayment,
                payee: known_payee(self.book, &redirect.to),
                information: self.book.text(REDIRECTED),
                minor_units: redirect.amount,
                spread: redirect.spread,
                is_redirected: true,
            });
            // Both are drawn from one stream, so they are of one day and one amount; and both or none.
            let later = self.now.plus(Duration::seconds(MINUTE));
            self.regular(&name, comes, income);
            self.regular_on((self.account, later), &name, goes, payment);
        }
    }

    pub(super) fn own_money(&mut self) {
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

    /// A loan that is paid back, and a card that is paid in full, each from another account.
    pub(super) fn borrowed_money(&mut self) {
        if let Some(loan) = self.plan.habits.loan {
            let rhythm = monthly(loan.day, Moves::Forward);
            let charged = Regularly::InterestCharged {
                basis_points: loan.basis_points,
                information: self.book.text(INTEREST_CHARGED),
            };
            let at_midnight = when(rhythm, Likelihood::CERTAIN, (0, 0));
            self.regular("loan/interest", at_midnight, charged);
            let repayment = Regularly::Repayment {
                to: self.account,
                minor_units: loan.amount,
                information: self.book.text(LOAN_PAYMENT),
            };
            let at_six = when(rhythm, Likelihood::CERTAIN, (6, 6));
            if let Some(from) = self.all.get(loan.from).copied() {
                self.regular_on((from, self.now), "loan", at_six, repayment);
            }
        }
        let paid_in_full = self.plan.habits.paid_in_full.as_ref();
        let from = paid_in_full.and_then(|paid| self.all.get(paid.from).copied());
        if let Some((paid, from)) = paid_in_full.zip(from) {
            let bill = card_bill(self.book, paid);
            let what = Regularly::CardBill(CardBill {
                from,
                cards: bill.cards,
                mandate: bill.mandate,
                received: bill.received,
                collected: bill.collected,
            });
            let statement = monthly(paid.statement_day, Moves::Forward);
            let when = When {
                days_later: TO_PAY_DAYS,
                ..when(statement, Likelihood::CERTAIN, (0, 0))
            };
            self.regular("paid in full", when, what);
        }
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

const WORKING_DAYS: Rhythm = Rhythm {
    pace: Pace::WorkingDays,
    ..DAILY
};
/// From what comes in to what is sent on.
const MINUTE: i64 = 60;
