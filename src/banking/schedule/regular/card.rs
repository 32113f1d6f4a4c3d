//! What the card pays: in shops near and far, in parts, with refunds and the bank's fee for what was abroad.

use time::{Date, Duration};

use super::{Exchange, Occasion};
use crate::banking::agenda::{Due, Fired, FiredKind};
use crate::banking::code::TransactionCode;
use crate::banking::transaction::{
    CardAuthorization, CardInstrument, Entry, MerchantId, Rare, TransactionStatus,
};
use crate::banking::{Book, TextId};
use crate::clock::Timestamp;
use crate::entropy::Spread;
use crate::id::{AccountId, TransactionId};

/// What a card pays.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CardUse {
    pub(crate) code: TransactionCode,
    pub(crate) card: CardInstrument,
    /// One of them.
    pub(crate) shops: Vec<(MerchantId, TextId)>,
    /// In the shops' currency.
    pub(crate) minor_units: i64,
    pub(crate) spread: Option<Spread>,
    /// Amounts are multiples of this.
    pub(crate) step: i64,
    /// The shops' currency, when it is another.
    pub(crate) abroad: Option<Exchange>,
    /// How often the purchase is given back.
    pub(crate) refund_percent: u8,
}

/// A purchase paid in equal parts, each saying which it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Instalment {
    pub(crate) card: CardInstrument,
    pub(crate) merchant: MerchantId,
    pub(crate) information: TextId,
    pub(crate) minor_units: i64,
    /// How many parts.
    pub(crate) payments: u8,
    /// A day of the month in which the first was paid.
    pub(crate) since: Date,
}

impl Book {
    /// Pending until the small hours of the next day; cash is booked at once.
    pub(super) fn pay_by_card(
        &mut self,
        card: &CardUse,
        mut occasion: Occasion,
    ) -> Option<TransactionId> {
        let (account, at) = (occasion.account, occasion.at);
        let own = self.account(account)?.currency;
        let draws = &mut occasion.draws;
        let (merchant, information) = *draws.pick(&card.shops)?;
        let drawn = (card.spread).map(|spread| draws.about(card.minor_units, spread));
        let asked = drawn.unwrap_or(card.minor_units).max(card.step);
        let asked = asked - asked % card.step;
        let quote = (card.abroad).map(|abroad| abroad.of_day(draws));
        let minor_units = quote.map_or(asked, |quote| quote.cost(asked, own));
        let fee = quote.map_or(0, |_| foreign_fee(minor_units));
        if minor_units == 0 || !self.can_pay(account, minor_units.saturating_add(fee), at) {
            return None;
        }
        let row = Entry {
            merchant: Some(merchant),
            information: Some(information),
            card: Some(card.card),
            rare: quote.map(|quote| {
                let exchange = Some(quote.paid(asked, own, at));
                Box::new(Rare {
                    exchange,
                    ..Rare::default()
                })
            }),
            ..Entry::booked(card.code, -minor_units, at)
        };
        if card.code == TransactionCode::CashWithdrawal {
            let value_at = Timestamp::from_date(at.date());
            return self.post(account, Entry { value_at, ..row }).ok();
        }
        let settled_in = draws.between(SETTLED_FROM, SETTLED_TO);
        let (id, booked_at) = self.post_pending(account, row, settled_in)?;
        if quote.is_some() {
            self.agenda.put(booked_at, Due::ForeignFee(id));
        }
        if draws.percent(u32::from(card.refund_percent)) {
            let back_at = at.plus(Duration::days(draws.between(3, 7)));
            self.agenda.put(back_at, Due::Refund(id));
        }
        Some(id)
    }

    pub(super) fn pay_instalment(
        &mut self,
        instalment: &Instalment,
        occasion: &Occasion,
    ) -> Option<TransactionId> {
        let month = |day: Date| day.year() * 12 + i32::from(u8::from(day.month()));
        let nth = month(occasion.nominal) - month(instalment.since) + 1;
        let is_one = (1..=i32::from(instalment.payments)).contains(&nth);
        if !is_one || !self.can_pay(occasion.account, instalment.minor_units, occasion.at) {
            return None;
        }
        let words = self.texts.text(instalment.information);
        let words = format!("{words} {nth} OF {}", instalment.payments);
        let row = Entry {
            merchant: Some(instalment.merchant),
            information: Some(self.text(&words)),
            card: Some(instalment.card),
            ..Entry::booked(
                TransactionCode::CardPurchase,
                -instalment.minor_units,
                occasion.at,
            )
        };
        let posted = self.post_pending(occasion.account, row, SETTLED_FROM);
        posted.map(|(id, _)| id)
    }

    /// Gives a purchase back to the card, if it was booked.
    pub(in crate::banking) fn fall_due_refund(
        &mut self,
        purchase: TransactionId,
        at: Timestamp,
        fired: &mut Vec<Fired>,
    ) {
        let Some((account, bought)) = self.booked_purchase(purchase) else {
            return;
        };
        let row = Entry {
            code: TransactionCode::CardRefund,
            minor_units: -bought.minor_units,
            booked_at: at,
            card: bought.card.map(|card| CardInstrument {
                authorization: CardAuthorization::None,
                ..card
            }),
            ..bought
        };
        let posted = self.post_pending(account, row, SETTLED_FROM);
        let told = posted.map(|(id, _)| Fired::new(at, FiredKind::Scheduled, id));
        fired.extend(told);
    }

    /// Takes the fee for a purchase in another currency: of what it was booked for, if it was.
    pub(in crate::banking) fn fall_due_foreign_fee(
        &mut self,
        purchase: TransactionId,
        at: Timestamp,
        fired: &mut Vec<Fired>,
    ) {
        let Some((account, bought)) = self.booked_purchase(purchase) else {
            return;
        };
        let information = self.text(FOREIGN_FEE);
        let fee = foreign_fee(-bought.minor_units);
        let taken = self.take_fee(account, fee, (information, at));
        fired.extend(taken.map(|id| Fired::new(at, FiredKind::Fee, id)));
    }

    /// A purchase that was booked, as it could be posted again; whatever became of its id.
    fn booked_purchase(&self, id: TransactionId) -> Option<(AccountId, Entry)> {
        let (slot, row) = self.ledger.find(self.lineage.newest(id))?;
        let account = self.accounts.get(slot.index())?.id;
        let is_booked = row.status == TransactionStatus::Booked;
        let at = row.position().booked_at;
        let entry = Entry {
            information: row.information,
            merchant: row.merchant,
            card: row.card_scheme.map(|scheme| CardInstrument {
                scheme,
                authorization: row.card_authorization,
                last_four: row.card_last_four,
            }),
            ..Entry::booked(row.code, row.minor_units, at)
        };
        is_booked.then_some((account, entry))
    }

    /// Posts a row of now that is booked so many seconds after the day began.
    fn post_pending(
        &mut self,
        account: AccountId,
        row: Entry,
        settled_in: i64,
    ) -> Option<(TransactionId, Timestamp)> {
        let midnight = Timestamp::from_date(row.booked_at.date());
        let booked_at = midnight.plus(Duration::seconds(settled_in));
        let row = Entry {
            status: TransactionStatus::Pending,
            value_at: midnight,
            booked_at,
            ..row
        };
        let id = self.post(account, row).ok()?;
        // Where the agenda is full, the row stays pending.
        let _ = self.expect(id);
        Some((id, booked_at))
    }
}

/// What the bank takes for a purchase in another currency, of what it came to in the account's.
#[must_use]
pub(crate) const fn foreign_fee(minor_units: i64) -> i64 {
    let fee =
        minor_units / 100 * FOREIGN_FEE_PERCENT + minor_units % 100 * FOREIGN_FEE_PERCENT / 100;
    if fee < 1 { 1 } else { fee }
}

/// What stands beside that.
pub(crate) const FOREIGN_FEE: &str = "NON-STERLING TRANSACTION FEE";
/// Of the amount in the account's currency.
const FOREIGN_FEE_PERCENT: i64 = 2;
/// Purchases are booked in the small hours of the next day.
const SETTLED_FROM: i64 = 86_400 + 2 * 3600;
const SETTLED_TO: i64 = 86_400 + 6 * 3600;
