//! How likely something regular is on a day.

use time::{Date, Month};

use crate::banking::calendar;

/// How likely something is on a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Likelihood {
    /// In percent.
    pub(crate) percent: u8,
    /// How much more of it in November and December, in percent.
    pub(crate) december_percent: u8,
    /// On which days of the week at all.
    pub(crate) days: Days,
    /// In which months at all.
    pub(crate) months: Months,
}

impl Likelihood {
    /// Each time.
    pub(crate) const CERTAIN: Self = Self {
        percent: 100,
        december_percent: 0,
        days: Days::Any,
        months: Months::ALL,
    };

    /// Whether it may be on a day at all.
    #[must_use]
    pub(crate) fn allows(self, day: Date) -> bool {
        self.months.contain(day) && self.days.contain(day)
    }

    /// The chance of a day in percent.
    #[must_use]
    pub(crate) fn percent_on(self, day: Date) -> u32 {
        let more = match day.month() {
            Month::November | Month::December => u32::from(self.december_percent),
            _ => 0,
        };
        u32::from(self.percent) * (100 + more) / 100
    }
}

/// On which days of the week something comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Days {
    Any,
    FridaySaturday,
    Weekend,
    Working,
}

impl Days {
    /// Whether `day` is one of them.
    #[must_use]
    pub(crate) fn contain(self, day: Date) -> bool {
        let weekday = day.weekday().number_from_monday();
        match self {
            Self::Any => true,
            Self::FridaySaturday => matches!(weekday, 5 | 6),
            Self::Weekend => matches!(weekday, 6 | 7),
            Self::Working => calendar::is_working_day(day),
        }
    }
}

/// Months of the year.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Months(u16);

impl Months {
    /// The whole year.
    pub(crate) const ALL: Self = Self(0);

    /// These, and this one, 1 to 12; the first one named leaves the others out.
    #[must_use]
    pub(crate) const fn only(self, month: u8) -> Self {
        Self(self.0 | (1 << month))
    }

    /// Whether `day` is in one of them.
    #[must_use]
    pub(crate) fn contain(self, day: Date) -> bool {
        self.0 == 0 || self.0 & (1 << u8::from(day.month())) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn months_that_are_named_leave_the_others_out() {
        let quarters = [2, 5, 8, 11].into_iter().fold(Months::ALL, Months::only);
        for (day, is_in) in [
            (date!(2025 - 02 - 28), true),
            (date!(2025 - 03 - 01), false),
            (date!(2025 - 11 - 30), true),
            (date!(2025 - 12 - 31), false),
        ] {
            assert_eq!(quarters.contain(day), is_in, "{day}");
            assert!(Months::ALL.contain(day));
        }
    }
}
