//! Many rows at once: what a scenario wants for its volume, not for the life in it.

use time::Duration;

use super::Setting;
use super::card::Shop;
use crate::banking::code::TransactionCode;
use crate::banking::transaction::CardAuthorization;
use crate::clock::Timestamp;
use crate::scenario::people::chance::Chance;
use crate::scenario::people::window::moment;
use crate::scenario::plan::habit::{Bulk, Spread};

/// So many card purchases and refunds, spread evenly over the history, each booked when it was made.
pub(super) fn bulk(setting: &mut Setting<'_>, bulk: &Bulk, chance: &mut Chance) {
    let shops: Vec<Shop> = (bulk.merchants.iter())
        .map(|merchant| Shop::of(setting.book, merchant))
        .collect();
    let window = setting.writer.window;
    let first = moment(window.first, 0).unix_seconds();
    let length = window.now.unix_seconds() - first;
    let count = i64::from(bulk.transactions);
    for index in 0..count {
        let share = i128::from(length) * i128::from(index) / i128::from(count);
        let at = Timestamp::from_unix_seconds(first).plus(Duration::seconds(seconds(share)));
        let amount = chance.about(bulk.median, Spread::Usual).max(1);
        let (code, minor_units) = if chance.percent(u32::from(bulk.refund_percent)) {
            (TransactionCode::CardRefund, amount)
        } else {
            (TransactionCode::CardPurchase, -amount)
        };
        let how = (code, CardAuthorization::ConsumerDevice);
        let row = setting.writer.by_card(how, minor_units, (at, at));
        if let Some(shop) = chance.pick(&shops) {
            shop.sign(row);
        }
    }
}

/// A share of the window, which fits.
fn seconds(share: i128) -> i64 {
    i64::try_from(share).unwrap_or(i64::MAX)
}
