//! What the card pays: subscriptions, spending with refunds and journeys, cash, holds.

use time::Duration;

use super::Setting;
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::schedule::regular::{FOREIGN_FEE, Likelihood, Months, foreign_fee};
use crate::banking::transaction::{CardAuthorization, Entry, MerchantId, Rare, TransactionStatus};
use crate::banking::{Book, TextId};
use crate::clock::Timestamp;
use crate::scenario::people::chance::Chance;
use crate::scenario::people::window::{midnight, moment};
use crate::scenario::plan::habit::{
    Abroad, Cash, Hold, Instalment, Merchant, Spending, Subscription,
};

/// A monthly payment with the card on file.
pub(super) fn subscription(setting: &mut Setting<'_>, subscription: &Subscription) {
    let shop = Shop::of(setting.book, &subscription.merchant);
    let window = setting.writer.window;
    for (year, month) in window.months() {
        let day = calendar::day_of_month(year, month, subscription.day);
        let ago = window.months_ago(day);
        let has_begun = |since: u8| ago <= i32::from(since);
        if !subscription.since_months_ago.is_none_or(has_begun) {
            continue;
        }
        let amount = match subscription.rose {
            Some((rose_ago, before)) if ago > i32::from(rose_ago) => before,
            _ => subscription.amount,
        };
        let made_at = moment(day, 4 * 3600);
        let times = (made_at, made_at.plus(SETTLING_LEAST));
        let how = (TransactionCode::CardPurchase, CardAuthorization::None);
        let row = setting.writer.by_card(how, -amount, times);
        shop.sign(row);
    }
}

/// A purchase paid in equal parts, each saying which it is.
pub(super) fn instalment(setting: &mut Setting<'_>, instalment: &Instalment) {
    let shop = Shop::of(setting.book, &instalment.merchant);
    let window = setting.writer.window;
    for (year, month) in window.months() {
        let day = calendar::day_of_month(year, month, instalment.day);
        let nth = i32::from(instalment.since_months_ago) - window.months_ago(day) + 1;
        if !(1..=i32::from(instalment.payments)).contains(&nth) {
            continue;
        }
        let made_at = moment(day, 5 * 3600);
        let times = (made_at, made_at.plus(SETTLING_LEAST));
        let how = (TransactionCode::CardPurchase, CardAuthorization::None);
        let words = &instalment.merchant.information;
        let words = format!("{words} {nth} OF {}", instalment.payments);
        let information = setting.book.text(&words);
        let mut row = setting.writer.by_card(how, -instalment.amount, times);
        shop.sign(row.as_deref_mut());
        if let Some(row) = row {
            row.information = Some(information);
        }
    }
}

/// Purchases at a few favorite shops.
pub(super) fn spending(setting: &mut Setting<'_>, spending: &Spending, chance: &mut Chance) {
    let shops = favorites(setting.book, spending, chance);
    let likelihood = likelihood(spending);
    let fee = setting.book.text(FOREIGN_FEE);
    for day in setting.writer.window.days() {
        let is_there = likelihood.months.contain(day);
        // The draw comes first: whether banks are open costs more to know.
        if !is_there || !chance.percent(likelihood.percent_on(day)) || !spending.days.contain(day) {
            continue;
        }
        let Some(shop) = chance.pick(&shops).copied() else {
            return;
        };
        let amount = chance.about(spending.median, spending.spread).max(1);
        let hours = (i64::from(spending.from_hour), i64::from(spending.to_hour));
        let made_at = moment(day, chance.between(hours.0 * 3600, hours.1 * 3600 - 1));
        let times = (made_at, settled(made_at, chance));
        let how = (TransactionCode::CardPurchase, authorization(amount, chance));
        let paid = if let Some(abroad) = spending.abroad {
            abroad_purchase(setting, (shop, fee), (abroad, amount), times, chance)
        } else {
            shop.sign(setting.writer.by_card(how, -amount, times));
            amount
        };
        if chance.percent(u32::from(spending.refund_percent)) {
            let back_at = made_at.plus(Duration::days(chance.between(3, 7)));
            let times = (back_at, settled(back_at, chance));
            let how = (TransactionCode::CardRefund, CardAuthorization::None);
            shop.sign(setting.writer.by_card(how, paid, times));
        }
    }
}

/// Cash from machines, in notes of ten.
pub(super) fn cash(setting: &mut Setting<'_>, cash: &Cash, chance: &mut Chance) {
    let information = setting.book.text(MACHINE);
    let merchant = setting.book.merchant("Hamster Bank Cash Machine", 6011);
    let apart = (i64::from(cash.days_min), i64::from(cash.days_max));
    let window = setting.writer.window;
    let mut day = window.first + Duration::days(chance.between(0, apart.1));
    while day <= window.last {
        let made_at = moment(day, chance.between(9 * 3600, 21 * 3600));
        let tens = chance.between(1, (cash.most / TEN_NOTE).max(1));
        let how = (TransactionCode::CashWithdrawal, CardAuthorization::Pin);
        let row = setting
            .writer
            .by_card(how, -tens * TEN_NOTE, (made_at, made_at));
        if let Some(row) = row {
            row.merchant = Some(merchant);
            row.information = Some(information);
        }
        day += Duration::days(chance.between(apart.0, apart.1));
    }
}

/// A payment under way when the bank opens, or one that was let go before.
pub(super) fn hold(setting: &mut Setting<'_>, hold: &Hold) {
    let shop = Shop::of(setting.book, &hold.merchant);
    let now = setting.writer.window.now;
    let made_at = now.plus(-Duration::hours(i64::from(hold.hours_ago)));
    let expected = |hours: u16| now.plus(Duration::hours(i64::from(hours)));
    // What was let go had been expected a day after it was held.
    let books_at = (hold.books_in_hours).map_or(made_at.plus(Duration::DAY), expected);
    let how = (
        TransactionCode::CardPurchase,
        CardAuthorization::ConsumerDevice,
    );
    let mut row = setting
        .writer
        .by_card(how, -hold.amount, (made_at, books_at));
    if let Some(row) = row.as_mut().filter(|_| hold.books_in_hours.is_none()) {
        row.status = TransactionStatus::Rejected;
    }
    shop.sign(row);
    // What was bought in the end is booked a day after the hold, for another amount.
    if let Some(amount) = hold.booked_as {
        let times = (made_at, made_at.plus(SETTLING_LEAST));
        shop.sign(setting.writer.by_card(how, -amount, times));
    }
}

/// A shop as rows name it.
#[derive(Clone, Copy)]
pub(in crate::scenario::people) struct Shop {
    pub(in crate::scenario::people) merchant: MerchantId,
    pub(in crate::scenario::people) information: TextId,
}

impl Shop {
    pub(in crate::scenario::people) fn of(book: &mut Book, merchant: &Merchant) -> Self {
        Self {
            merchant: book.merchant(&merchant.name, merchant.category_code),
            information: book.text(&merchant.information),
        }
    }

    pub(super) fn sign(self, row: Option<&mut Entry>) {
        if let Some(row) = row {
            row.merchant = Some(self.merchant);
            row.information = Some(self.information);
        }
    }
}

/// The few shops of a group that this person goes to.
pub(in crate::scenario::people) fn favorites(
    book: &mut Book,
    spending: &Spending,
    chance: &mut Chance,
) -> Vec<Shop> {
    let mut shops: Vec<Shop> = (spending.merchants.iter())
        .map(|merchant| Shop::of(book, merchant))
        .collect();
    while shops.len() > spending.favorites {
        let count = u32::try_from(shops.len()).unwrap_or(u32::MAX);
        shops.swap_remove(chance.below(count) as usize);
    }
    shops
}

/// A purchase in another currency, and the bank's fee as a row of its own. Answers what it came to here.
fn abroad_purchase(
    setting: &mut Setting<'_>,
    (shop, fee): (Shop, TextId),
    (abroad, foreign): (Abroad, i64),
    times: (Timestamp, Timestamp),
    chance: &mut Chance,
) -> i64 {
    let currency = setting.plan.currency;
    let rate = abroad.exchange.of_day(chance);
    let own = rate.cost(foreign, currency);
    let how = (TransactionCode::CardPurchase, CardAuthorization::Pin);
    let mut row = setting.writer.by_card(how, -own, times);
    if let Some(row) = &mut row {
        row.rare = Some(Box::new(Rare {
            charge: None,
            exchange: Some(rate.paid(foreign, currency, times.0)),
        }));
    }
    shop.sign(row);
    let charge = foreign_fee(own);
    if let Some(row) = (setting.writer).at_once(TransactionCode::Fee, -charge, times.1) {
        row.information = Some(fee);
    }
    own
}

/// How likely a purchase is on a day, higher before Christmas.
pub(in crate::scenario::people) const fn likelihood(spending: &Spending) -> Likelihood {
    Likelihood {
        percent: spending.percent_a_day,
        december_percent: spending.december_percent,
        days: spending.days,
        months: match spending.abroad {
            Some(Abroad {
                month: Some(month), ..
            }) => Months::ALL.only(month),
            _ => Months::ALL,
        },
    }
}

/// When a purchase is booked: in the small hours, a day or so later, weekends or not.
fn settled(made_at: Timestamp, chance: &mut Chance) -> Timestamp {
    let seconds = DAY_SECONDS + chance.between(2 * 3600, 6 * 3600);
    Timestamp::from_unix_seconds(midnight(made_at).unix_seconds() + seconds)
}

/// Small amounts go by tapping, others by telephone or with the number.
fn authorization(minor_units: i64, chance: &mut Chance) -> CardAuthorization {
    if minor_units <= CONTACTLESS_MAX && chance.percent(70) {
        return CardAuthorization::Contactless;
    }
    if chance.percent(60) {
        CardAuthorization::ConsumerDevice
    } else {
        CardAuthorization::Pin
    }
}

/// A card on file settles after a day at least.
const SETTLING_LEAST: Duration = Duration::hours(22);
/// The British limit for tapping, 100.00.
const CONTACTLESS_MAX: i64 = 10_000;
const DAY_SECONDS: i64 = 86_400;
/// A note of ten, in minor units.
pub(in crate::scenario::people) const TEN_NOTE: i64 = 1_000;
pub(in crate::scenario::people) const MACHINE: &str = "CASH HAMSTER BANK WHEELCHESTER";
