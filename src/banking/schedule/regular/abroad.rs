//! Money in two currencies: the rate of the day, and what an amount comes to.

use crate::banking::transaction::CurrencyExchange;
use crate::clock::Timestamp;
use crate::entropy::Draws;
use crate::money::{Amount, Currency};

/// A currency and what one unit of the account's own is worth in it, about, in millionths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) currency: Currency,
    pub(crate) rate_millionths: i64,
}

impl Exchange {
    /// The rate of one day, up to two in a hundred off.
    #[must_use]
    pub(crate) fn of_day(self, draws: &mut Draws) -> Self {
        let permille = draws.between(-20, 20);
        let rate_millionths = self.rate_millionths * (1_000 + permille) / 1_000;
        Self {
            // Rates are quoted to four decimals.
            rate_millionths: (rate_millionths - rate_millionths % 100).max(1),
            ..self
        }
    }

    /// What `foreign` minor units cost: amount ÷ rate, half up at the minor unit (API contract, section
    /// 15).
    #[must_use]
    pub(crate) fn cost(self, foreign: i64, own: Currency) -> i64 {
        let scale = |decimals: u32| 10_i128.pow(decimals);
        let numerator = i128::from(foreign) * 1_000_000 * scale(own.decimals());
        let denominator = i128::from(self.rate_millionths) * scale(self.currency.decimals());
        i64::try_from((2 * numerator + denominator) / (2 * denominator)).unwrap_or(i64::MAX)
    }

    /// What stands beside a purchase of `foreign` minor units from an account in `own` currency.
    #[must_use]
    pub(crate) const fn paid(
        self,
        foreign: i64,
        own: Currency,
        quoted_at: Timestamp,
    ) -> CurrencyExchange {
        CurrencyExchange {
            source_currency: own,
            target_currency: self.currency,
            unit_currency: own,
            rate_millionths: self.rate_millionths,
            instructed: Amount::new(foreign, self.currency),
            contract: None,
            quoted_at,
        }
    }

    /// What stands beside a payment that was sent in another currency and came to `minor_units` here.
    #[must_use]
    pub(crate) fn received(
        self,
        minor_units: i64,
        own: Currency,
        quoted_at: Timestamp,
    ) -> CurrencyExchange {
        let scale = |decimals: u32| 10_i128.pow(decimals);
        let numerator = i128::from(minor_units)
            * i128::from(self.rate_millionths)
            * scale(self.currency.decimals());
        let sent = numerator / (1_000_000 * scale(own.decimals()));
        CurrencyExchange {
            source_currency: self.currency,
            target_currency: own,
            ..self.paid(i64::try_from(sent).unwrap_or(i64::MAX), own, quoted_at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seed;

    #[test]
    fn foreign_amounts_round_half_up_at_the_minor_unit() {
        for (currency, rate_millionths, foreign, own) in [
            (Currency::Eur, 1_170_000, 11_700, 10_000),
            (Currency::Eur, 2_000_000, 5, 3),
            (Currency::Eur, 2_000_000, 4, 2),
            (Currency::Jpy, 190_000_000, 190, 100),
            (Currency::Bhd, 470_000, 470, 100),
        ] {
            let exchange = Exchange {
                currency,
                rate_millionths,
            };
            assert_eq!(exchange.cost(foreign, Currency::Gbp), own, "{currency}");
        }
    }

    #[test]
    fn each_day_has_a_rate_near_the_written_one() {
        let exchange = Exchange {
            currency: Currency::Usd,
            rate_millionths: 1_271_000,
        };
        let mut draws = Draws::new(Seed(1), "rates");
        for _ in 0..200 {
            let rate = exchange.of_day(&mut draws).rate_millionths;
            assert!((1_245_000..=1_297_000).contains(&rate), "{rate}");
            assert_eq!(rate % 100, 0);
        }
        let at = Timestamp::from_unix_seconds(0);
        let row = exchange.received(10_000, Currency::Gbp, at);
        assert_eq!(row.instructed, Amount::new(12_710, Currency::Usd));
    }
}
