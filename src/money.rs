//! Money: a currency and whole minor units; exact decimal text in and out, checked sums, no floats.
//!
//! The text form is the API's: `^\d{1,13}(\.\d{1,5})?$`, unsigned, with no more decimals than the
//! currency has (ISO 4217 minor units). Direction is told apart from amount, as ISO 20022 does.

use std::fmt;

/// A currency the bank knows, by its ISO 4217 code and with the decimals that standard gives it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Currency {
    Aud,
    Bhd,
    Cad,
    Chf,
    Czk,
    Dkk,
    Eur,
    Gbp,
    Huf,
    Isk,
    Jpy,
    Nok,
    Nzd,
    Pln,
    Sek,
    Usd,
}

impl Currency {
    /// Every currency the bank knows, by code.
    pub(crate) const ALL: [Self; 16] = [
        Self::Aud,
        Self::Bhd,
        Self::Cad,
        Self::Chf,
        Self::Czk,
        Self::Dkk,
        Self::Eur,
        Self::Gbp,
        Self::Huf,
        Self::Isk,
        Self::Jpy,
        Self::Nok,
        Self::Nzd,
        Self::Pln,
        Self::Sek,
        Self::Usd,
    ];

    /// The ISO 4217 code.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Aud => "AUD",
            Self::Bhd => "BHD",
            Self::Cad => "CAD",
            Self::Chf => "CHF",
            Self::Czk => "CZK",
            Self::Dkk => "DKK",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Huf => "HUF",
            Self::Isk => "ISK",
            Self::Jpy => "JPY",
            Self::Nok => "NOK",
            Self::Nzd => "NZD",
            Self::Pln => "PLN",
            Self::Sek => "SEK",
            Self::Usd => "USD",
        }
    }

    /// Decimals of the minor unit: 2 for GBP, 0 for JPY, 3 for BHD.
    #[must_use]
    pub(crate) const fn decimals(self) -> u32 {
        match self {
            Self::Isk | Self::Jpy => 0,
            Self::Bhd => 3,
            _ => 2,
        }
    }

    /// The currency with this ISO 4217 code, in upper case as the standard writes it.
    #[must_use]
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of one currency in whole minor units. May be negative inside the bank: the ledger counts
/// debits below zero. On the wire it is unsigned, beside a [`Direction`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Amount {
    /// Pence, cents, or whatever the currency's smallest unit is.
    pub(crate) minor_units: i64,
    /// What they are units of.
    pub(crate) currency: Currency,
}

impl Amount {
    /// No money at all.
    #[must_use]
    pub(crate) const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// `minor_units` of `currency`.
    #[must_use]
    pub(crate) const fn new(minor_units: i64, currency: Currency) -> Self {
        Self {
            minor_units,
            currency,
        }
    }

    /// Reads the API's decimal text, for example `12.30`.
    ///
    /// # Errors
    /// When the text does not match the money pattern, or has decimals the currency has not.
    pub(crate) fn parse(text: &str, currency: Currency) -> Result<Self, NotAnAmount> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let lengths_fit = (1..=13).contains(&whole.len()) && (1..=5).contains(&fraction.len());
        if !lengths_fit || !all_digits(whole) || !all_digits(fraction) {
            return Err(NotAnAmount::Pattern);
        }
        let decimals = currency.decimals();
        let scale = 10_i64.pow(decimals);
        let kept = fraction.get(..decimals as usize).unwrap_or(fraction);
        let beyond = fraction.get(decimals as usize..).unwrap_or("");
        // `12` has no fraction to object to; `12.0` in JPY has.
        if !beyond.is_empty() && text.contains('.') {
            return Err(NotAnAmount::Decimals(currency));
        }
        let missing = decimals.saturating_sub(u32::try_from(kept.len()).unwrap_or(0));
        let minor = kept.parse::<i64>().unwrap_or(0) * 10_i64.pow(missing);
        let whole: i64 = whole.parse().map_err(|_| NotAnAmount::Pattern)?;
        Ok(Self::new(whole * scale + minor, currency))
    }

    /// The sum, or `None` when the currencies differ or it does not fit.
    #[must_use]
    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        let minor_units = self.minor_units.checked_add(other.minor_units)?;
        Some(Self::new(minor_units, self.currency))
    }

    /// Which way this amount moves a balance; zero is a credit (API contract, section 1).
    #[must_use]
    pub(crate) const fn direction(self) -> Direction {
        if self.minor_units < 0 {
            Direction::Debit
        } else {
            Direction::Credit
        }
    }
}

/// Prints the exact decimal text without its sign: `-1230` pence are `12.30`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let scale = 10_u64.pow(decimals);
        let units = self.minor_units.unsigned_abs();
        match decimals {
            0 => write!(f, "{units}"),
            _ => write!(
                f,
                "{}.{:0width$}",
                units / scale,
                units % scale,
                width = decimals as usize
            ),
        }
    }
}

/// Which way money moves, seen from the account: `credit_debit_indicator` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Direction {
    /// Money comes in, or the balance is zero or more.
    Credit,
    /// Money goes out, or the balance is below zero.
    Debit,
}

impl Direction {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Credit, Self::Debit];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        }
    }
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NotAnAmount {
    /// More decimals than the currency has.
    #[error("{0} has {decimals} decimals at most", decimals = .0.decimals())]
    Decimals(Currency),
    /// Not the money pattern.
    #[error(
        "must match the money pattern: 1 to 13 digits, then optionally a point and 1 to 5 digits"
    )]
    Pattern,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_and_print_exactly() {
        for (text, currency, minor_units, printed) in [
            ("12.30", Currency::Gbp, 1230, "12.30"),
            ("12.3", Currency::Gbp, 1230, "12.30"),
            ("12", Currency::Gbp, 1200, "12.00"),
            ("0", Currency::Gbp, 0, "0.00"),
            ("0.01", Currency::Eur, 1, "0.01"),
            ("007", Currency::Jpy, 7, "7"),
            ("1.234", Currency::Bhd, 1234, "1.234"),
            (
                "9999999999999.99",
                Currency::Gbp,
                999_999_999_999_999,
                "9999999999999.99",
            ),
        ] {
            let amount = Amount::parse(text, currency).unwrap();
            assert_eq!(amount.minor_units, minor_units, "{text}");
            assert_eq!(amount.to_string(), printed, "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e5",
            "1,00",
            "0x10",
            " 1",
            "1 ",
            "NaN",
            "1.2.3",
            "10000000000000000",
            "1.234567",
            "١٢",
        ] {
            assert_eq!(
                Amount::parse(text, Currency::Gbp),
                Err(NotAnAmount::Pattern),
                "{text:?}"
            );
        }
    }

    #[test]
    fn more_decimals_than_the_currency_has_are_refused() {
        for (text, currency) in [
            ("0.001", Currency::Gbp),
            ("1.0", Currency::Jpy),
            ("1.2345", Currency::Bhd),
            ("1.000", Currency::Usd),
        ] {
            let refused = Amount::parse(text, currency);
            assert_eq!(refused, Err(NotAnAmount::Decimals(currency)), "{text}");
        }
    }

    #[test]
    fn sums_keep_to_one_currency_and_do_not_overflow() {
        let pound = Amount::new(100, Currency::Gbp);
        assert_eq!(
            pound.checked_add(pound),
            Some(Amount::new(200, Currency::Gbp))
        );
        assert_eq!(pound.checked_add(Amount::new(1, Currency::Eur)), None);
        assert_eq!(
            pound.checked_add(Amount::new(i64::MAX, Currency::Gbp)),
            None
        );
    }

    #[test]
    fn zero_is_a_credit() {
        assert_eq!(Amount::zero(Currency::Gbp).direction(), Direction::Credit);
        assert_eq!(Amount::new(-1, Currency::Gbp).direction(), Direction::Debit);
    }
}
