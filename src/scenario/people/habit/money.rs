//! Borrowed money: cards that are paid in full, loans that shrink.

use time::Duration;

use super::Setting;
use super::bill::due_day;
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::scenario::people::window::moment;
use crate::scenario::plan::habit::{Loan, PaidInFull};

/// Two weeks after each statement, what was owed on it is collected from another account.
pub(super) fn pay_in_full(setting: &mut Setting<'_>, paid: &PaidInFull) {
    let mut booked = setting.writer.booked().into_iter().peekable();
    let cards = setting.own_department(CARDS);
    let received = setting.book.text("PAYMENT RECEIVED THANK YOU");
    let collected = setting
        .book
        .text(&format!("{CARDS_UPPER} {}", paid.mandate));
    let reference = setting.book.text(&paid.mandate);
    let mut owed = 0;
    for (year, month) in setting.writer.window.months() {
        let closes = calendar::day_of_month(year, month, paid.statement_day);
        while let Some((_, minor_units)) = booked.next_if(|(at, _)| *at < moment(closes, 0)) {
            owed -= minor_units;
        }
        let due = calendar::working_day_on_or_after(closes + Duration::days(TO_PAY_DAYS));
        if owed <= 0 {
            continue;
        }
        let Some(row) = (setting.writer).due(TransactionCode::DirectDebit, owed, due) else {
            continue;
        };
        row.information = Some(received);
        row.reference = Some(reference);
        let entry = row.clone();
        owed = 0;
        let row = setting.writer.other_leg(paid.from, entry);
        row.information = Some(collected);
        row.counterparty = Some(cards);
    }
}

/// A loan paid back in equal parts. Reckoned back from what is left today: before each payment, interest
/// on what was owed then.
pub(super) fn repay(setting: &mut Setting<'_>, loan: Loan) {
    let information = setting.book.text("LOAN PAYMENT");
    let charged = setting.book.text("INTEREST CHARGED");
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
/// From a statement to its payment.
const TO_PAY_DAYS: i64 = 14;
/// Six in the morning.
const PAID_AT: i64 = 6 * 3600;
/// Twelve months of ten thousand basis points.
const BASIS_POINT_MONTHS: i64 = 120_000;
