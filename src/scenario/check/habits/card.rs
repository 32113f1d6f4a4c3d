//! What the card pays: subscriptions, spending, holds.

use super::{PERCENT_MAX, SPREADS, Under};
use crate::money::Currency;
use crate::scenario::merchants::Merchants;
use crate::scenario::person::habit::{
    AbroadFile, BulkFile, HoldFile, SpendingFile, SubscriptionFile,
};
use crate::scenario::plan::habit::{
    Abroad, Bulk, Days, Exchange, Hold, Merchant, Spending, Spread, Subscription,
};
use crate::scenario::text::Quoted;

impl Under<'_, '_> {
    pub(super) fn subscription(&mut self, file: &SubscriptionFile) -> Subscription {
        let amount = self.amount("amount", &file.amount);
        let before = (file.before.as_ref()).map(|before| self.amount("before", before));
        Subscription {
            merchant: self.merchant(&file.merchant),
            amount,
            day: self.day_of_month(file.day),
            since_months_ago: file.since_months_ago,
            rose: file.rose_months_ago.zip(before),
        }
    }

    pub(super) fn spending(&mut self, file: &SpendingFile) -> Spending {
        let merchants = self.group(&file.at);
        self.within("percent_a_day", file.percent_a_day, (1, PERCENT_MAX));
        let (from_hour, to_hour) = (file.from_hour.unwrap_or(8), file.to_hour.unwrap_or(20));
        self.within("to_hour", to_hour, (from_hour.saturating_add(1), 24));
        Spending {
            merchants,
            favorites: file.favorites.unwrap_or(FAVORITES).max(1),
            days: self
                .word("days", file.days.as_ref(), &DAYS)
                .unwrap_or(Days::Any),
            percent_a_day: file.percent_a_day,
            median: self.median(file),
            spread: (self.word("spread", file.spread.as_ref(), &SPREADS)).unwrap_or(Spread::Usual),
            from_hour,
            to_hour: to_hour.clamp(from_hour.saturating_add(1), 24),
            december_percent: file.december_percent,
            refund_percent: file.refund_percent,
            abroad: file.abroad.as_ref().and_then(|abroad| self.abroad(abroad)),
        }
    }

    pub(super) fn bulk(&mut self, file: &BulkFile) -> Bulk {
        let path = format!("{}.transactions", self.path);
        let transactions = u64::from(file.transactions);
        self.checker.within(&path, transactions, (1, BULK_MAX));
        self.within("refund_percent", file.refund_percent, (0, PERCENT_MAX));
        Bulk {
            merchants: self.group(&file.at),
            transactions: file.transactions,
            median: self.amount("median", &file.median),
            refund_percent: file.refund_percent,
        }
    }

    /// All merchants of a group.
    fn group(&mut self, name: &str) -> Vec<Merchant> {
        let merchants = Merchants::builtin();
        let group = merchants.group(name);
        if group.is_none() {
            let path = format!("{}.at", self.path);
            let known = merchants.group_names();
            self.checker
                .unknown(&path, "group of merchants", name, known);
        }
        group.unwrap_or_default().to_vec()
    }

    /// A journey's amounts are in its currency.
    fn median(&mut self, file: &SpendingFile) -> i64 {
        let currency = (file.abroad.as_ref()).and_then(|abroad| Currency::parse(&abroad.currency));
        let path = format!("{}.median", self.path);
        let currency = currency.unwrap_or(self.currency);
        self.checker.amount(&path, &file.median.0, currency)
    }

    pub(super) fn abroad(&mut self, file: &AbroadFile) -> Option<Abroad> {
        if let Some(month) = file.month {
            self.within("abroad.month", month, (1, 12));
        }
        Some(Abroad {
            exchange: self.exchange("abroad", (&file.currency, &file.rate))?,
            month: file.month,
        })
    }

    pub(super) fn exchange(
        &mut self,
        key: &str,
        (currency, rate): (&String, &Quoted),
    ) -> Option<Exchange> {
        let rate_millionths = self.scaled(&format!("{key}.rate"), rate, 6);
        let currencies = Currency::ALL.map(|currency| (currency.code(), currency));
        let currency = self.word(&format!("{key}.currency"), Some(currency), &currencies)?;
        (rate_millionths > 0).then_some(Exchange {
            currency,
            rate_millionths,
        })
    }

    pub(super) fn hold(&mut self, file: &HoldFile) -> Hold {
        if file.released == file.books_in_hours.is_some() {
            let expected = "either `books_in_hours` or `released: true`";
            self.checker
                .expected(&self.path.clone(), expected, &file.merchant);
        }
        Hold {
            merchant: self.merchant(&file.merchant),
            amount: self.amount("amount", &file.amount),
            hours_ago: file.hours_ago,
            books_in_hours: file.books_in_hours.map(|hours| hours.max(1)),
            booked_as: (file.booked_as.as_ref()).map(|amount| self.amount("booked_as", amount)),
        }
    }

    pub(super) fn merchant(&mut self, name: &str) -> Merchant {
        self.merchant_of("merchant", name)
    }

    pub(super) fn merchant_of(&mut self, key: &str, name: &str) -> Merchant {
        let merchants = Merchants::builtin();
        let known = merchants.named(name).cloned();
        known.unwrap_or_else(|| {
            let path = format!("{}.{key}", self.path);
            self.checker
                .unknown(&path, "merchant", name, merchants.names());
            Merchant {
                name: name.to_owned(),
                information: name.to_uppercase(),
                category_code: 0,
            }
        })
    }
}

/// Some 100 MB of rows: what a laptop has to spare.
const BULK_MAX: u64 = 1_000_000;
/// How many shops of a kind somebody goes to.
const FAVORITES: usize = 5;
const DAYS: [(&str, Days); 4] = [
    ("any", Days::Any),
    ("friday_saturday", Days::FridaySaturday),
    ("weekend", Days::Weekend),
    ("working", Days::Working),
];
