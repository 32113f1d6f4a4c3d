//! What the card goes on to pay.

use super::{Arranging, DAILY, monthly, when};
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::rhythm::Moves;
use crate::banking::schedule::regular::{CardUse, Instalment, Likelihood, Regularly, When};
use crate::banking::transaction::{CardAuthorization, CardInstrument};
use crate::entropy::Spread;
use crate::scenario::people::chance::Chance;
use crate::scenario::people::habit::card::{MACHINE, Shop, TEN_NOTE, favorites, likelihood};
use crate::scenario::people::habit::spending_stream;
use crate::scenario::people::window::months_before;

impl Arranging<'_> {
    pub(super) fn card_uses(&mut self) {
        let habits = &self.plan.habits;
        for (index, subscription) in habits.subscriptions.iter().enumerate() {
            let shop = Shop::of(self.book, &subscription.merchant);
            let what = Regularly::Card(self.purchase(vec![shop], (subscription.amount, None)));
            let rhythm = monthly(subscription.day, Moves::Not);
            let when = when(rhythm, Likelihood::CERTAIN, (4, 4));
            self.regular(&format!("subscription/{index}"), when, what);
        }
        for (index, spending) in habits.spendings.iter().enumerate() {
            let name = spending_stream(index, spending);
            let mut chance = Chance::new(self.stream.0, &format!("{}/{name}", self.stream.1));
            let shops = favorites(self.book, spending, &mut chance);
            let what = Regularly::Card(CardUse {
                abroad: spending.abroad.map(|abroad| abroad.exchange),
                refund_percent: spending.refund_percent,
                ..self.purchase(shops, (spending.median, Some(spending.spread)))
            });
            let hours = (spending.from_hour, spending.to_hour);
            let when = when(DAILY, likelihood(spending), hours);
            self.regular(&name, when, what);
        }
        for index in 0..habits.instalments.len() {
            self.instalment(index);
        }
        for index in 0..habits.cash.len() {
            self.cash(index);
        }
    }

    fn instalment(&mut self, index: usize) {
        let Some(instalment) = self.plan.habits.instalments.get(index) else {
            return;
        };
        let shop = Shop::of(self.book, &instalment.merchant);
        // In the month of today when so many months have passed, as its history has it.
        let today = self.now.date();
        let since = months_before(today, i32::from(instalment.since_months_ago));
        let last = months_before(
            today,
            i32::from(instalment.since_months_ago) - i32::from(instalment.payments) + 1,
        );
        let what = Regularly::Instalment(Instalment {
            card: self.paying(CardAuthorization::None),
            merchant: shop.merchant,
            information: shop.information,
            minor_units: instalment.amount,
            payments: instalment.payments,
            since: calendar::day_of_month(since.0, since.1, 1),
        });
        let rhythm = monthly(instalment.day, Moves::Not);
        let when = When {
            until: Some(calendar::day_of_month(last.0, last.1, 31)),
            ..when(rhythm, Likelihood::CERTAIN, (5, 5))
        };
        self.regular(&format!("instalment/{index}"), when, what);
    }

    fn cash(&mut self, index: usize) {
        let Some(cash) = self.plan.habits.cash.get(index) else {
            return;
        };
        let merchant = self.book.merchant(MACHINE_NAME, MACHINE_CATEGORY);
        let shop = Shop {
            merchant,
            information: self.book.text(MACHINE),
        };
        let what = Regularly::Card(CardUse {
            code: TransactionCode::CashWithdrawal,
            card: self.paying(CardAuthorization::Pin),
            step: TEN_NOTE,
            ..self.purchase(vec![shop], (cash.most / 2, Some(Spread::Narrow)))
        });
        // Once in so many days, on average.
        let apart = (u16::from(cash.days_min) + u16::from(cash.days_max)).max(2);
        let likelihood = Likelihood {
            percent: u8::try_from(200 / apart).unwrap_or(100).max(1),
            ..Likelihood::CERTAIN
        };
        let when = when(DAILY, likelihood, (9, 21));
        self.regular(&format!("cash/{index}"), when, what);
    }

    fn purchase(&self, shops: Vec<Shop>, (minor_units, spread): (i64, Option<Spread>)) -> CardUse {
        let authorization = match spread {
            Some(_) => CardAuthorization::Contactless,
            None => CardAuthorization::None,
        };
        let shops = shops.into_iter();
        CardUse {
            code: TransactionCode::CardPurchase,
            card: self.paying(authorization),
            shops: shops
                .map(|shop| (shop.merchant, shop.information))
                .collect(),
            minor_units,
            spread,
            step: 1,
            abroad: None,
            refund_percent: 0,
        }
    }

    const fn paying(&self, authorization: CardAuthorization) -> CardInstrument {
        CardInstrument {
            authorization,
            ..self.card
        }
    }
}

/// Who gives cash.
const MACHINE_NAME: &str = "Hamster Bank Cash Machine";
/// ISO 18245: automated cash disbursement.
const MACHINE_CATEGORY: u16 = 6011;
