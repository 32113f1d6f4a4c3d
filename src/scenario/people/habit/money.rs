//! Borrowed money: cards that are paid in full, loans that shrink.

use time::Duration;

use super::bill::due_day;
use super::{Setting, own_department};
use crate::banking::code::TransactionCode;
use crate::banking::transaction::CounterpartyId;
use crate::banking::{Book, TextId, calendar};
use crate::scenario::people::window::moment;
use crate::scenario::plan::habit::{Loan, PaidInFull};

/// Two weeks after each statement, what was owed on it is collected from another account.
pub(super) fn pay_in_full(setting: &mut Setting<'_>, paid: &PaidInFull) {
    let mut booked = setting.writer.booked().into_iter().peekable();
    let bill = card_bill(setting.book, paid);
    let mut owed = 0;
    for (year, month) in setting.writer.window.months() {
        let closes = calendar::day_of_month(year, month, paid.statement_day);
        while let Some((_, minor_units)) = booked.next_if(|(at, _)| *at < moment(closes, 0)) {
            owed -= minor_units;
        }
        let due =
            calendar::working_day_on_or_after(closes + Duration::days(i64::from(TO_PAY_DAYS)));
        if owed <= 0 {
            continue;
        }
        let Some(row) = (setting.writer).due(TransactionCode::DirectDebit, owed, due) else {
            continue;
        };
        row.information = Some(bill.received);
        row.reference = Some(bill.mandate);
        let entry = row.clone();
        owed = 0;
        let row = setting.writer.other_leg(paid.from, entry);
        row.information = Some(bill.collected);
        row.counterparty = Some(bill.cards);
    }
}

/// What stands on a card's statement and on that of the account that pays it.
pub(in crate::scenario::people) struct Bill {
    pub(in crate::scenario::people) cards: CounterpartyId,
    pub(in crate::scenario::people) mandate: TextId,
    pub(in crate::scenario::people) received: TextId,
    pub(in crate::scenario::people) collected: TextId,
}

/// How a card is paid in full.
pub(in crate::scenario::people) fn card_bill(book: &mut Book, paid: &PaidInFull) -> Bill {
    Bill {
        cards: own_department(book, CARDS),
        received: book.text("PAYMENT RECEIVED THANK YOU"),
        collected: book.text(&format!("{CARDS_UPPER} {}", paid.mandate)),
        mandate: book.text(&paid.mandate),
    }
}

/// A loan paid back in equal parts. Reckoned back from what is left today: before each payment, interest
/// on what was owed then.
pub(super) fn repay(setting: &mut Setting<'_>, loan: Loan) {
    let information = setting.book.text(LOAN_PAYMENT);
    let charged = setting.book.text(INTEREST_CHARGED);
    let window = setting.writer.window;
    let mut owed = -setting.plan.balance;
    let mut months: Vec<_> = window.months().collect();
    months.reverse();
    for (year, month) in months {
        let day = due_day(year, month, loan.day);
        let at = moment(day, PAID_AT);
        if at > window.until || !window.has_room_for(day) {
            continue;
        }
        let before =
            (owed + loan.amount) * BASIS_POINT_MONTHS / (BASIS_POINT_MONTHS + loan.basis_points);
        let interest = owed + loan.amount - before;
        owed = before;
        let code = TransactionCode::Interest;
        if let Some(row) = (setting.writer).at_once(code, -interest, moment(day, 0)) {
            row.information = Some(charged);
        }
        let code = TransactionCode::InternalTransfer;
        if let Some(row) = setting.writer.at_once(code, loan.amount, at) {
            row.information = Some(information);
            let entry = row.clone();
            setting.writer.other_leg(loan.from, entry);
        }
    }
}

const CARDS: &str = "Hamster Bank Cards";
const CARDS_UPPER: &str = "HAMSTER BANK CARDS";
pub(in crate::scenario::people) const LOAN_PAYMENT: &str = "LOAN PAYMENT";
pub(in crate::scenario::people) const INTEREST_CHARGED: &str = "INTEREST CHARGED";
/// From a statement to its payment.
pub(in crate::scenario::people) const TO_PAY_DAYS: u8 = 14;
/// Six in the morning.
const PAID_AT: i64 = 6 * 3600;
/// Twelve months of ten thousand basis points.
const BASIS_POINT_MONTHS: i64 = 120_000;
