//! What comes and goes on fixed days: income, standing orders, direct debits, fees.

use time::{Date, Duration, Month};

use super::{Setting, bank};
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::schedule::direct_debit::{RETURNED_AFTER, UNPAID, UNPAID_FEE};
use crate::banking::schedule::{self, PaidSoFar};
use crate::banking::transaction::Rare;
use crate::clock::Timestamp;
use crate::money::{Amount, Currency};
use crate::scenario::people::chance::Chance;
use crate::scenario::people::window::{Window, day_of_week, moment};
use crate::scenario::plan::habit::{
    Course, DirectDebit, Fee, Income, Payment, Rhythm, StandingOrder,
};

/// Income from one payer.
pub(super) fn income(setting: &mut Setting<'_>, income: &Income, chance: &mut Chance) {
    let payer = match &income.iban {
        Some(iban) => setting.book.counterparty(bank::abroad(&income.payer, iban)),
        None => setting.known_by_name(&income.payer),
    };
    let information = setting.book.text(&income.information);
    let currency = setting.plan.currency;
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
            // Bacs pays with the first second of a day.
            TransactionCode::Bacs | TransactionCode::Salary => {
                setting.writer.due(income.code, minor_units, day)
            }
            // Others arrive in the course of the day and are booked at once.
            code => {
                let at = moment(day, chance.between(8 * 3600, 20 * 3600));
                setting.writer.at_once(code, minor_units, at)
            }
        };
        if let Some(row) = row {
            row.counterparty = Some(payer);
            row.information = Some(information);
            row.rare = particulars(income, currency, (row.minor_units, row.booked_at), chance);
        }
    }
}

/// What a payment from abroad has beside its amount.
fn particulars(
    income: &Income,
    currency: Currency,
    (minor_units, at): (i64, Timestamp),
    chance: &mut Chance,
) -> Option<Box<Rare>> {
    let charge = income.charge.map(|charge| Amount::new(charge, currency));
    let exchange = income
        .exchange
        .map(|exchange| exchange.of_day(chance).received(minor_units, currency, at));
    let is_plain = charge.is_none() && exchange.is_none();
    (!is_plain).then(|| Box::new(Rare { charge, exchange }))
}

/// A payment the customer makes herself, again and again.
pub(super) fn payment(setting: &mut Setting<'_>, payment: &Payment, chance: &mut Chance) {
    let payee = setting.payee(&payment.to);
    let information = setting.book.text(&payment.reference);
    for day in pay_days(setting.writer.window, payment.every, chance) {
        let amount = match payment.spread {
            Some(spread) => chance.about(payment.amount, spread),
            None => payment.amount,
        };
        let second = chance.between(9 * 3600, 17 * 3600);
        let is_month = payment.months.is_empty() || payment.months.contains(&day.month().into());
        if !is_month {
            continue;
        }
        let row = match payment.code {
            TransactionCode::Bacs => setting.writer.due(payment.code, -amount, day),
            code => (setting.writer).at_once(code, -amount, moment(day, second)),
        };
        if let Some(row) = row {
            row.counterparty = Some(payee);
            row.information = Some(information);
        }
    }
}

/// A standing order: its day, or the next working day. Answers what it has paid.
pub(super) fn standing_order(setting: &mut Setting<'_>, order: &StandingOrder) -> PaidSoFar {
    let payee = setting.payee(&order.to);
    let information = setting.book.text(&order.reference);
    let window = setting.writer.window;
    let mut paid = PaidSoFar::default();
    for nominal in nominals(window, &order.course) {
        let day = order.course.rhythm.moved(nominal);
        let usual = before_raises(order.amount, order.raise_percent, window.years_ago(day));
        let first = order.first_amount.filter(|_| paid.count == 0);
        let minor_units = first.unwrap_or(usual);
        let code = TransactionCode::StandingOrder;
        let Some(row) = (setting.writer).due(code, -minor_units, day) else {
            continue;
        };
        row.counterparty = Some(payee);
        row.information = Some(information);
        let (at, row) = (row.booked_at, row.clone());
        paid.add(schedule::Payment { at, minor_units });
        setting.credit_neighbour(&order.to, row);
    }
    paid
}

/// A direct debit: its day, or the next working day; now and then returned. Answers what was collected.
pub(super) fn direct_debit(setting: &mut Setting<'_>, debit: &DirectDebit) -> PaidSoFar {
    let mut paid = PaidSoFar::default();
    if debit.is_never_collected {
        return paid;
    }
    let originator = setting.known_by_name(&debit.originator);
    let information = setting.book.text(&debit_information(debit));
    let reference = setting.book.text(&debit.mandate);
    let unpaid = setting.book.text(UNPAID);
    let window = setting.writer.window;
    for nominal in nominals(window, &debit.course) {
        let Some(minor_units) = debit.season.minor_units_on(nominal) else {
            continue;
        };
        let day = debit.course.rhythm.moved(nominal);
        let code = TransactionCode::DirectDebit;
        let Some(row) = (setting.writer).due(code, -minor_units, day) else {
            continue;
        };
        row.counterparty = Some(originator);
        row.information = Some(information);
        row.reference = Some(reference);
        let at = row.booked_at;
        let ago = window.months_ago(day);
        let mut returned = debit.returned_months_ago.iter().copied().map(i32::from);
        if !returned.any(|months| months == ago) {
            paid.add(schedule::Payment { at, minor_units });
            continue;
        }
        // A return is two rows: the debit, and later that day a credit.
        let at = at.plus(RETURNED_AFTER);
        if let Some(row) = (setting.writer).at_once(code, minor_units, at) {
            row.counterparty = Some(originator);
            row.information = Some(unpaid);
            row.reference = Some(reference);
            unpaid_fee(setting, at);
        }
    }
    paid
}

/// What stands on the statement for a direct debit.
pub(in crate::scenario::people) fn debit_information(debit: &DirectDebit) -> String {
    format!("{} {}", debit.originator.to_uppercase(), debit.mandate)
}

fn unpaid_fee(setting: &mut Setting<'_>, at: Timestamp) {
    let fee = setting.plan.habits.unpaid_fee;
    if fee == 0 {
        return;
    }
    let information = setting.book.text(UNPAID_FEE);
    if let Some(row) = (setting.writer).at_once(TransactionCode::Fee, -fee, at) {
        row.information = Some(information);
    }
}

/// The nominal days of an arrangement that a history may hold.
fn nominals(window: Window, course: &Course) -> impl Iterator<Item = Date> {
    let first = calendar::day_of_month(window.first.year(), window.first.month(), 1);
    let last = window.last + Duration::days(31);
    let (since, ended) = (course.since_months_ago, course.ended_months_ago);
    let is_of_it = move |day: &Date| {
        let ago = window.months_ago(*day);
        since.is_none_or(|since| ago <= i32::from(since))
            && ended.is_none_or(|ended| ago >= i32::from(ended))
    };
    course.rhythm.nominals(first, last).filter(is_of_it)
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

/// The days of a rhythm, those before and after the window included.
pub(super) fn pay_days(window: Window, every: Rhythm, chance: &mut Chance) -> Vec<Date> {
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
        Rhythm::WorkingDays => (window.days())
            .filter(|date| calendar::is_working_day(*date))
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
