//! Exchange: what one currency costs in another on a day, and sums converted by it.
//!
//! The market is made up and stands still, save for a small wave by which each currency moves from day
//! to day: the same date has the same rates in every bank, so that a test can compute them. Whole
//! millionths and whole minor units all the way; no floats.

use std::fmt;

use time::Date;

use crate::money::{Amount, Currency};

/// Units of another currency for one of the unit currency, in millionths; never zero.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Rate(i64);

impl Rate {
    /// The rate of this many millionths, if it is one.
    #[must_use]
    pub(crate) const fn from_millionths(millionths: i64) -> Option<Self> {
        if millionths > 0 {
            Some(Self(millionths))
        } else {
            None
        }
    }

    /// Reads a decimal number such as `1.1700`, of at most six decimals.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str, length| {
            (1..=length).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 7) || !is_number(fraction, 6) {
            return None;
        }
        let millionths: i64 = format!("{fraction:0<6}").parse().ok()?;
        Self::from_millionths(whole.parse::<i64>().ok()? * ONE + millionths)
    }

    /// What the ledger notes.
    #[must_use]
    pub(crate) const fn millionths(self) -> i64 {
        self.0
    }

    /// What `amount` of the other currency costs in `unit`: divided by the rate, half up at the minor
    /// unit; `None` when that is more than can be counted.
    #[must_use]
    pub(crate) fn cost(self, amount: Amount, unit: Currency) -> Option<Amount> {
        let numerator = i128::from(amount.minor_units) * minor_units_of(unit) * i128::from(ONE);
        let denominator = minor_units_of(amount.currency) * i128::from(self.0);
        let minor_units = i64::try_from(divide_half_up(numerator, denominator)).ok()?;
        Some(Amount::new(minor_units, unit))
    }
}

/// Prints four decimals at least, as banks quote: `1.1700`, `0.005234`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, millionths) = (self.0 / ONE, self.0 % ONE);
        if millionths % 100 == 0 {
            return write!(f, "{whole}.{:04}", millionths / 100);
        }
        let text = format!("{whole}.{millionths:06}");
        f.write_str(text.trim_end_matches('0'))
    }
}

/// A rate the bank has agreed on with a customer: what a payment at an agreed rate names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Contract {
    /// What both call it.
    pub(crate) id: String,
    /// What the rate is a price of.
    pub(crate) unit_currency: Currency,
    /// The other currency.
    pub(crate) currency: Currency,
    /// Units of the other for one of the unit currency.
    pub(crate) rate: Rate,
}

/// The market's rate on a day: units of `other` for one `unit`.
#[must_use]
pub(crate) fn market(unit: Currency, other: Currency, on: Date) -> Rate {
    let of = |currency| i128::from(for_one_pound(currency, on));
    let exact = divide_half_up(of(other) * i128::from(ONE), of(unit));
    // Quoted to four decimals; a small rate keeps all six, or little would be left of it.
    let quoted = if exact < 100_000 {
        exact
    } else {
        divide_half_up(exact, 100) * 100
    };
    Rate(i64::try_from(quoted).unwrap_or(i64::MAX).max(1))
}

/// `amount` in another currency, by the market of a day; `None` when it cannot be counted.
#[must_use]
pub(crate) fn convert(amount: Amount, to: Currency, on: Date) -> Option<Amount> {
    if amount.currency == to {
        return Some(amount);
    }
    market(to, amount.currency, on).cost(amount, to)
}

/// Millionths of a currency for one pound on a day: its place in [`POUND`], moved by a triangular wave of
/// one percent at most. Periods are primes of days, so that no two currencies move alike.
fn for_one_pound(currency: Currency, on: Date) -> i64 {
    let index = Currency::ALL.iter().position(|known| *known == currency);
    let (base, period) = index
        .and_then(|index| POUND.get(index))
        .copied()
        .unwrap_or((ONE, 1));
    if period == 1 {
        return base;
    }
    let phase = i64::from(on.to_julian_day()).rem_euclid(2 * period);
    let height = phase.min(2 * period - phase) * 2 - period;
    base + base * height / (period * 100)
}

fn minor_units_of(currency: Currency) -> i128 {
    10_i128.pow(currency.decimals())
}

/// Of numbers above zero.
fn divide_half_up(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

/// One, in millionths.
const ONE: i64 = 1_000_000;

/// Of each currency, in the order of [`Currency::ALL`]: millionths of it for one pound, and the days it
/// takes from the bottom of its wave to the top. Made up, near what they were when the guides were written.
const POUND: [(i64, i64); 16] = [
    (1_930_000, 41),
    (477_000, 43),
    (1_710_000, 47),
    (1_092_000, 53),
    (28_700_000, 59),
    (8_680_000, 61),
    (1_164_000, 67),
    (ONE, 1),
    (440_000_000, 71),
    (174_000_000, 73),
    (187_000_000, 79),
    (13_200_000, 83),
    (2_050_000, 89),
    (5_070_000, 97),
    (13_150_000, 101),
    (1_268_000, 103),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn rates_read_and_print_as_banks_quote() {
        for (text, millionths, printed) in [
            ("1.1700", 1_170_000, "1.1700"),
            ("1.17", 1_170_000, "1.1700"),
            ("187", 187_000_000, "187.0000"),
            ("0.005234", 5_234, "0.005234"),
            ("0.00523", 5_230, "0.00523"),
        ] {
            let rate = Rate::parse(text).unwrap();
            assert_eq!(rate.millionths(), millionths, "{text}");
            assert_eq!(rate.to_string(), printed, "{text}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "0",
            "0.000000",
            "-1.17",
            "+1",
            "1e3",
            "1,17",
            "1.1234567",
            "12345678",
            " 1",
            "1.1.1",
            "NaN",
        ] {
            assert_eq!(Rate::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_a_transfer_costs_is_rounded_half_up_at_the_minor_unit() {
        use Currency::{Bhd, Eur, Gbp, Jpy};
        for (amount, rate, unit, cost) in [
            (Amount::new(10_000, Eur), "1.1640", Gbp, 8591),
            (Amount::new(10_000, Eur), "1.1700", Gbp, 8547),
            (Amount::new(1, Eur), "2.0000", Gbp, 1),
            (Amount::new(1, Eur), "2.000001", Gbp, 0),
            (Amount::new(187, Jpy), "187", Gbp, 100),
            (Amount::new(100, Gbp), "0.0053", Jpy, 189),
            (Amount::new(477, Bhd), "0.4770", Gbp, 100),
        ] {
            let counted = Rate::parse(rate).unwrap().cost(amount, unit).unwrap();
            assert_eq!(counted, Amount::new(cost, unit), "{amount} at {rate}");
        }
        let most = Amount::new(i64::MAX, Eur);
        assert_eq!(Rate(1).cost(most, Gbp), None);
    }

    #[test]
    fn the_market_is_the_same_on_the_same_day_and_moves_by_the_day_alone() {
        let day = date!(2024 - 01 - 15);
        let rate = market(Currency::Gbp, Currency::Eur, day);
        assert_eq!(rate, market(Currency::Gbp, Currency::Eur, day));
        let week: std::collections::BTreeSet<_> = (0..7)
            .map(|days| {
                market(
                    Currency::Gbp,
                    Currency::Eur,
                    day + time::Duration::days(days),
                )
            })
            .collect();
        assert!(week.len() > 3, "{week:?}");
        assert_eq!(
            market(Currency::Eur, Currency::Eur, day).to_string(),
            "1.0000"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn the_market_stays_near_its_table_and_there_and_back_costs_nearly_nothing(
            unit in 0..16_usize, other in 0..16_usize, day in 0..100_000_i64,
        ) {
            let (unit, other) = (Currency::ALL[unit], Currency::ALL[other]);
            let on = date!(1950 - 01 - 01) + time::Duration::days(day);
            let base = POUND[other as usize].0 * 1000 / POUND[unit as usize].0;
            let rate = market(unit, other, on).millionths() / 1000;
            prop_assert!((rate - base).abs() <= base / 40 + 1, "{rate} {base}");
            let amount = Amount::new(100_000_000, unit);
            let there = convert(amount, other, on).unwrap();
            let back = convert(there, unit, on).unwrap();
            prop_assert!((back.minor_units - amount.minor_units).abs() <= 200_000, "{back}");
        }
    }
}
