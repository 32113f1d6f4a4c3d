//! Amounts that grow by the year, as a salary or a rent does.

use time::Date;

/// By how much an amount grows each year.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Raise {
    /// Of what it was the year before.
    pub(crate) percent: u8,
    /// The day on which it is what is written: it grows each time that a year of days has passed since.
    pub(crate) from: Date,
}

impl Raise {
    /// What an amount has become on a day, to the whole minor unit.
    #[must_use]
    pub(crate) fn on(self, day: Date, minor_units: i64) -> i64 {
        let years = (day - self.from).whole_days() / DAYS_OF_A_YEAR;
        let factor = 100 + i64::from(self.percent);
        // Where it can no longer be counted it grows no more, and no row of it is booked.
        (0..years).fold(minor_units, |amount, _| {
            amount
                .checked_mul(factor)
                .map_or(amount, |grown| grown / 100)
        })
    }
}

/// As a history counts its years.
const DAYS_OF_A_YEAR: i64 = 365;

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::date;

    #[test]
    fn an_amount_grows_once_a_year_and_by_what_it_has_become() {
        let raise = Raise {
            percent: 3,
            from: date!(2024 - 02 - 29),
        };
        for (days, expected) in [
            (-800, 100_000),
            (-1, 100_000),
            (0, 100_000),
            (364, 100_000),
            (365, 103_000),
            (729, 103_000),
            (730, 106_090),
            (1_095, 109_272),
        ] {
            let day = raise.from + Duration::days(days);
            assert_eq!(raise.on(day, 100_000), expected, "{days}");
        }
    }

    #[test]
    fn an_amount_that_does_not_grow_stays_and_one_that_cannot_be_counted_does_too() {
        let from = date!(2024 - 01 - 15);
        let of = |percent| Raise { percent, from };
        assert_eq!(of(0).on(date!(2099 - 01 - 01), 265_000), 265_000);
        assert!(of(255).on(date!(9999 - 12 - 31), i64::MAX / 2) > 0);
        assert!(of(100).on(date!(9999 - 12 - 31), 1) > 0);
    }
}
