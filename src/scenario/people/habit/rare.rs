//! What seldom happens: cheques, single events, payments to an account that was switched.

use time::Duration;

use super::card::Shop;
use super::{Setting, bill};
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::transaction::CardAuthorization;
use crate::scenario::people::chance::Chance;
use crate::scenario::people::window::moment;
use crate::scenario::plan::habit::{Cheque, Event, Once, Redirect};

/// A cheque: credited when it is paid in, taken back when it comes back unpaid.
pub(super) fn cheque(setting: &mut Setting<'_>, cheque: &Cheque) {
    let day = setting.writer.window.last - Duration::days(i64::from(cheque.days_ago));
    let mut day = calendar::working_day_on_or_before(day);
    let drawer = setting.known_by_name(&cheque.drawer);
    let mut sides = vec![(cheque.amount, format!("CHEQUE {}", cheque.number))];
    if cheque.is_returned {
        sides.push((-cheque.amount, format!("UNPAID CHEQUE {}", cheque.number)));
    }
    for (minor_units, words) in sides {
        let information = setting.book.text(&words);
        if let Some(row) = (setting.writer).due(TransactionCode::Cheque, minor_units, day) {
            row.counterparty = Some(drawer);
            row.information = Some(information);
        }
        for _ in 0..CLEARING_DAYS {
            day = calendar::working_day_on_or_after(day + Duration::DAY);
        }
    }
}

/// A payment received or a purchase made once.
pub(super) fn once(setting: &mut Setting<'_>, once: &Once, chance: &mut Chance) {
    let day = setting.writer.window.last - Duration::days(i64::from(once.days_ago));
    let at = moment(day, chance.between(9 * 3600, 18 * 3600));
    match &once.what {
        Event::Purchase(merchant) => {
            let shop = Shop::of(setting.book, merchant);
            let how = (
                TransactionCode::CardPurchase,
                CardAuthorization::Contactless,
            );
            let booked_at = at.plus(Duration::hours(18));
            shop.sign(setting.writer.by_card(how, -once.amount, (at, booked_at)));
        }
        Event::Received { payer, information } => {
            let payer = setting.known_by_name(payer);
            let information = setting.book.text(information);
            let code = TransactionCode::FasterPayment;
            if let Some(row) = setting.writer.at_once(code, once.amount, at) {
                row.counterparty = Some(payer);
                row.information = Some(information);
            }
        }
    }
}

/// What somebody still pays into an account that was switched goes on to the new bank a minute later.
pub(super) fn redirect(setting: &mut Setting<'_>, redirect: &Redirect, chance: &mut Chance) {
    let payer = setting.known_by_name(&redirect.payer);
    let payee = setting.payee(&redirect.to);
    let information = setting.book.text(&redirect.information);
    let redirected = setting.book.text(REDIRECTED);
    let ended = setting.writer.window;
    setting.writer.window = ended.afterwards();
    for day in bill::pay_days(setting.writer.window, redirect.every, chance) {
        let amount = match redirect.spread {
            Some(spread) => chance.about(redirect.amount, spread),
            None => redirect.amount,
        };
        let at = moment(day, chance.between(8 * 3600, 20 * 3600));
        let minute_later = at.plus(Duration::MINUTE);
        // Both or none: nothing stays on an account that is no longer used.
        if minute_later > setting.writer.window.until {
            continue;
        }
        for (minor_units, at, party, words) in [
            (amount, at, payer, information),
            (-amount, minute_later, payee, redirected),
        ] {
            let code = TransactionCode::FasterPayment;
            if let Some(row) = setting.writer.at_once(code, minor_units, at) {
                row.counterparty = Some(party);
                row.information = Some(words);
            }
        }
    }
    setting.writer.window = ended;
}

/// Working days until a cheque is known to be unpaid.
const CLEARING_DAYS: u8 = 2;
/// What stands beside what was sent on.
pub(in crate::scenario::people) const REDIRECTED: &str = "REDIRECTED BY SWITCH SERVICE";
