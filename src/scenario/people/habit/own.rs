//! Money among friends and among somebody's own accounts: payments, transfers, interest, and the
//! sweep that keeps a balance at its height.

use time::Duration;

use super::bill::due_day;
use super::{Setting, bank};
use crate::banking::account::{AccountStatus, SwitchStatus};
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::SortCodeAccountNumber;
use crate::banking::transaction::CounterpartyId;
use crate::banking::{Book, TextId};
use crate::clock::Timestamp;
use crate::scenario::people::chance::Chance;
use crate::scenario::people::window::moment;
use crate::scenario::plan::AccountPlan;
use crate::scenario::plan::habit::{Friends, Spread, Sweep, Transfer};

/// The few friends somebody has, and what they write.
pub(in crate::scenario::people) fn known_friends(
    book: &mut Book,
    friends: &Friends,
    chance: &mut Chance,
) -> (Vec<CounterpartyId>, Vec<TextId>) {
    let known = (0..friends.count).map(|_| {
        // Sort codes that begin with 00 are given to no bank.
        let number = chance.below(100_000_000);
        let account = SortCodeAccountNumber::new(chance.below(10_000), number);
        let name = chance.name();
        book.counterparty(bank::holder(&name, account.unwrap_or_default()))
    });
    let known = known.collect();
    (known, WORDS.map(|word| book.text(word)).into())
}

/// Payments to and from a few friends, booked at once.
pub(super) fn friends(setting: &mut Setting<'_>, friends: &Friends, chance: &mut Chance) {
    let (known, words) = known_friends(setting.book, friends, chance);
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
        move_to(setting, transfer.to, transfer.amount, moment(day, MOVED_AT));
    }
}

/// Interest at the end of each month, on the height the balance is kept at.
pub(super) fn interest(setting: &mut Setting<'_>, basis_points: i64) {
    let height = setting.plan.opening.unwrap_or(setting.plan.balance);
    let amount = height * basis_points / BASIS_POINT_MONTHS;
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
        if amount <= 0 || due > setting.writer.window.last {
            continue;
        }
        left -= amount;
        send(setting, sweep, amount, (moment(due, MOVED_AT), "SAVINGS"));
    }
    if is_given_up(setting.plan) {
        let booked: i64 = (setting.writer.booked().iter()).map(|(_, sum)| *sum).sum();
        let all = setting.plan.opening.map_or(0, |opening| opening + booked);
        // The last thing that happens on it.
        let at = setting.writer.window.until;
        if all > 0 {
            send(setting, sweep, all, (at, "CLOSING BALANCE"));
        }
    }
}

/// Nothing stays on an account that was closed or switched.
pub(in crate::scenario::people) fn is_given_up(plan: &AccountPlan) -> bool {
    plan.status == AccountStatus::Deleted
        || plan.switch_status == Some(SwitchStatus::SwitchCompleted)
}

fn send(setting: &mut Setting<'_>, sweep: &Sweep, amount: i64, (at, words): (Timestamp, &str)) {
    match sweep {
        Sweep::Own(place) => move_to(setting, *place, amount, at),
        Sweep::Payee(payee) => {
            let counterparty = setting.payee(payee);
            let information = setting.book.text(words);
            let code = TransactionCode::FasterPayment;
            if let Some(row) = setting.writer.at_once(code, -amount, at) {
                row.counterparty = Some(counterparty);
                row.information = Some(information);
            }
        }
    }
}

/// Both legs of a transfer to another of her accounts.
fn move_to(setting: &mut Setting<'_>, place: usize, amount: i64, at: Timestamp) {
    let information = setting.book.text("TRANSFER");
    let code = TransactionCode::InternalTransfer;
    let Some(row) = setting.writer.at_once(code, -amount, at) else {
        return;
    };
    row.information = Some(information);
    let entry = row.clone();
    setting.writer.other_leg(place, entry);
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
/// Six in the morning.
const MOVED_AT: i64 = 6 * 3600;
/// Friends round to fifty pence.
const ROUND: i64 = 50;
/// Sweeps are multiples of ten.
const SWEEP_STEP: i64 = 1_000;
/// Twelve months of ten thousand basis points.
const BASIS_POINT_MONTHS: i64 = 120_000;
