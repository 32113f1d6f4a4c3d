//! What comes and goes on fixed days: income, standing orders, direct debits, fees.

use time::{Date, Month};

use super::Setting;
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::transaction::TransactionStatus;
use crate::scenario::people::chance::Chance;
use crate::scenario::people::window::{Window, day_of_week, moment};
use crate::scenario::plan::{DirectDebit, Fee, Income, Rhythm, StandingOrder};

/// Income from one payer.
pub(super) fn income(setting: &mut Setting<'_>, income: &Income, chance: &mut Chance) {
    let payer = setting.known_by_name(&income.payer);
    let information = setting.book.text(&income.information);
    let window = setting.writer.window;
    for day in pay_days(window, income.every, chance) {
        let mut minor_units = match income.spread {
            Some(spread) => chance.about(income.amount, spread),
            None => income.amount,
        };
        minor_units = before_raises(minor_units, income.raise_percent, window.years_ago(day));
        let bonus = income
            .bonus
            .filter(|(month, _)| *month == u8::from(day.month()));
        minor_units += bonus.map_or(0, |(_, amount)| amount);
        let row = match income.code {
            // An instant payment arrives in the course of the day and is booked at once.
            TransactionCode::FasterPayment => {
                let at = moment(day, chance.between(8 * 3600, 20 * 3600));
                setting.writer.at_once(income.code, minor_units, at)
            }
            code => setting.writer.due(code, minor_units, day),
        };
        if let Some(row) = row {
            row.counterparty = Some(payer);
            row.information = Some(information);
        }
    }
}

/// A standing order: its day, or the next working day.
pub(super) fn standing_order(setting: &mut Setting<'_>, order: &StandingOrder) {
    let payee = setting.payee(&order.to);
    let information = setting.book.text(&order.reference);
    let window = setting.writer.window;
    for (year, month) in window.months() {
        let day = due_day(year, month, order.day);
        let amount = before_raises(order.amount, order.raise_percent, window.years_ago(day));
        if let Some(row) = (setting.writer).due(TransactionCode::StandingOrder, -amount, day) {
            row.counterparty = Some(payee);
            row.information = Some(information);
        }
    }
}

/// A direct debit: its day, or the next working day; now and then returned.
pub(super) fn direct_debit(setting: &mut Setting<'_>, debit: &DirectDebit) {
    let originator = setting.known_by_name(&debit.originator);
    let information = format!("{} {}", debit.originator.to_uppercase(), debit.mandate);
    let information = setting.book.text(&information);
    let reference = setting.book.text(&debit.mandate);
    let unpaid = setting.book.text(UNPAID);
    let window = setting.writer.window;
    for (year, month) in window.months() {
        if debit.skip_months.contains(&u8::from(month)) {
            continue;
        }
        let day = due_day(year, month, debit.day);
        let amount = in_season(debit.amount, debit.winter_percent, month);
        let Some(row) = (setting.writer).due(TransactionCode::DirectDebit, -amount, day) else {
            continue;
        };
        row.counterparty = Some(originator);
        row.information = Some(information);
        row.reference = Some(reference);
        let returned = debit.returned_months_ago.map(i32::from);
        let is_returned =
            row.status == TransactionStatus::Booked && returned == Some(window.months_ago(day));
        if !is_returned {
            continue;
        }
        // A return is two rows: the debit, and later that day a credit.
        let at = moment(day, 15 * 3600);
        if let Some(row) = (setting.writer).at_once(TransactionCode::DirectDebit, amount, at) {
            row.counterparty = Some(originator);
            row.information = Some(unpaid);
            row.reference = Some(reference);
        }
    }
}

/// What the bank takes each month.
pub(super) fn fee(setting: &mut Setting<'_>, fee: &Fee) {
    let information = setting.book.text(&fee.information);
    for (year, month) in setting.writer.window.months() {
        let day = due_day(year, month, fee.day);
        if let Some(row) = (setting.writer).due(TransactionCode::Fee, -fee.amount, day) {
            row.information = Some(information);
        }
    }
}

/// The day of a month, or the next working day.
pub(super) fn due_day(year: i32, month: Month, day: u8) -> Date {
    calendar::working_day_on_or_after(calendar::day_of_month(year, month, day))
}

fn pay_days(window: Window, every: Rhythm, chance: &mut Chance) -> Vec<Date> {
    match every {
        Rhythm::LastWorkingDay => (window.months())
            .map(|(year, month)| calendar::last_working_day(year, month))
            .collect(),
        Rhythm::Monthly(day) => (window.months())
            .map(|(year, month)| calendar::day_of_month(year, month, day))
            .map(calendar::working_day_on_or_before)
            .collect(),
        Rhythm::Weekly(day) => window
            .days()
            .filter(|date| day_of_week(*date) == day)
            .collect(),
        // The same weeks whenever the bank opens: counted from the calendar, not from today.
        Rhythm::FourWeekly(day) => (window.days())
            .filter(|date| day_of_week(*date) == day)
            .filter(|date| date.to_julian_day().div_euclid(7).rem_euclid(4) == 0)
            .collect(),
        Rhythm::Irregular(percent) => (window.days())
            .filter(|_| chance.percent(u32::from(percent)))
            .collect(),
    }
}

/// The amount so many yearly raises ago.
fn before_raises(amount: i64, raise_percent: u8, years: u32) -> i64 {
    (0..years).fold(amount, |amount, _| {
        amount * 100 / (100 + i64::from(raise_percent))
    })
}

/// Energy and the like cost more from November to February.
fn in_season(amount: i64, winter_percent: u8, month: Month) -> i64 {
    match month {
        Month::November | Month::December | Month::January | Month::February => {
            amount * (100 + i64::from(winter_percent)) / 100
        }
        _ => amount,
    }
}

/// What stands beside the money a returned debit gives back (API contract, section 15).
const UNPAID: &str = "UNPAID";
