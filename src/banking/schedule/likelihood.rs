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
}

impl Likelihood {
    /// Each time.
    pub(crate) const CERTAIN: Self = Self {
        percent: 100,
        december_percent: 0,
        days: Days::Any,
    };

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
