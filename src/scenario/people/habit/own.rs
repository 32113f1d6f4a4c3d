//! Money among friends and among somebody's own accounts: payments, transfers, interest, and the
//! sweep that keeps a balance at its height.

use time::{Date, Duration};

use super::Setting;
use super::bill::due_day;
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Scheme, SortCodeAccountNumber};
use crate::banking::transaction::Counterparty;
use crate::scenario::people::chance::Chance;
use crate::scenario::people::window::moment;
use crate::scenario::plan::{Friends, Spread, Sweep, Transfer};

/// Payments to and from a few friends, booked at once.
pub(super) fn friends(setting: &mut Setting<'_>, friends: &Friends, chance: &mut Chance) {
    let known: Vec<_> = (0..friends.count)
        .map(|_| {
            // Sort codes that begin with 00 are given to no bank.
            let number = chance.below(100_000_000);
            let account = SortCodeAccountNumber::new(chance.below(10_000), number);
            setting.book.counterparty(Counterparty {
                name: chance.name(),
                account: account
                    .map(|account| (Scheme::SortCodeAccountNumber, account.to_string())),
                agent: None,
            })
        })
        .collect();
    let words = WORDS.map(|word| setting.book.text(word));
    for day in setting.writer.window.days() {
        if !chance.percent(u32::from(friends.percent_a_day)) {
            continue;
        }
        let amount = chance.about(friends.median, Spread::Usual).max(ROUND);
        // People pay one another round sums.
        let amount = amount - amount % ROUND;
        let is_received = chance.percent(u32::from(friends.received_percent));
        let minor_units = if is_received { amount } else { -amount };
        let at = moment(day, chance.between(9 * 3600, 23 * 3600));
        let (friend, words) = (chance.pick(&known).copied(), chance.pick(&words).copied());
        let reference = format!("FPS{:010}", chance.below(u32::MAX));
        let code = TransactionCode::FasterPayment;
        if let Some(row) = setting.writer.at_once(code, minor_units, at) {
            row.counterparty = friend;
            row.information = words;
            row.reference = Some(setting.book.text(&reference));
        }
    }
}

/// A fixed sum to another of her accounts each month.
pub(super) fn transfer(setting: &mut Setting<'_>, transfer: &Transfer) {
    for (year, month) in setting.writer.window.months() {
        let day = due_day(year, month, transfer.day);
        move_to(setting, transfer.to, transfer.amount, day);
    }
}

/// Interest at the end of each month, on the height the balance is kept at.
pub(super) fn interest(setting: &mut Setting<'_>, basis_points: i64) {
    let amount = setting.plan.balance * basis_points / BASIS_POINT_MONTHS;
    if amount == 0 {
        return;
    }
    let information = setting.book.text("INTEREST");
    for (year, month) in setting.writer.window.months() {
        let day = calendar::last_working_day(year, month);
        if let Some(row) = (setting.writer).due(TransactionCode::Interest, amount, day) {
            row.information = Some(information);
        }
    }
}

/// What is left of each full month leaves on the first working day of the next, in round sums. What is
/// missing is made up for by later months first.
pub(super) fn sweep(setting: &mut Setting<'_>, sweep: &Sweep) {
    let mut left = 0;
    for (day, sum) in setting.writer.booked_by_month() {
        left += sum;
        let next = calendar::day_of_month(day.year(), day.month(), 31) + Duration::DAY;
        let due = due_day(next.year(), next.month(), 1);
        let amount = left - left.rem_euclid(SWEEP_STEP);
        if amount <= 0 || due > setting.writer.window.today {
            continue;
        }
        left -= amount;
        match sweep {
            Sweep::Own(place) => move_to(setting, *place, amount, due),
            Sweep::Payee(payee) => {
                let counterparty = setting.payee(payee);
                let information = setting.book.text("SAVINGS");
                let at = moment(due, 6 * 3600);
                let code = TransactionCode::FasterPayment;
                if let Some(row) = setting.writer.at_once(code, -amount, at) {
                    row.counterparty = Some(counterparty);
                    row.information = Some(information);
                }
            }
        }
    }
}

/// Both legs of a transfer to another of her accounts.
fn move_to(setting: &mut Setting<'_>, place: usize, amount: i64, day: Date) {
    let information = setting.book.text("TRANSFER");
    let at = moment(day, 6 * 3600);
    let code = TransactionCode::InternalTransfer;
    let Some(row) = setting.writer.at_once(code, -amount, at) else {
        return;
    };
    row.information = Some(information);
    let entry = row.clone();
    (setting.writer).other_leg(setting.first_account + place, entry);
}

/// What friends write; scripts and emoji as they come.
const WORDS: [&str; 8] = [
    "Pizza 🍕",
    "cinema tickets",
    "Happy birthday! 🎂",
    "lunch",
    "Спасибо",
    "petrol share",
    "grüße & danke",
    "お土産",
];
/// Friends round to fifty pence.
const ROUND: i64 = 50;
/// Sweeps are multiples of ten.
const SWEEP_STEP: i64 = 1_000;
/// Twelve months of ten thousand basis points.
const BASIS_POINT_MONTHS: i64 = 120_000;
