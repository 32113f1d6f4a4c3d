//! The stretch of time a history covers: days and months back from the bank's time.

use time::{Date, Duration, Month, Weekday};

use crate::banking::calendar;
use crate::clock::Timestamp;

/// From the first day of a history to now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) now: Timestamp,
    pub(super) first: Date,
    pub(super) today: Date,
}

impl Window {
    /// So many months up to `now`.
    pub(super) fn ending(now: Timestamp, months: u16) -> Self {
        let now = now.whole_second();
        let today = now.date();
        let (year, month) = months_before(today, i32::from(months));
        Self {
            now,
            first: calendar::day_of_month(year, month, today.day()),
            today,
        }
    }

    /// Each day.
    pub(super) fn days(self) -> impl Iterator<Item = Date> {
        let count = (self.today - self.first).whole_days();
        (0..=count).map(move |day| self.first + Duration::days(day))
    }

    /// Each month that begins, ends or lies in it, and the one after: a due day may move out of its
    /// month.
    pub(super) fn months(self) -> impl Iterator<Item = (i32, Month)> {
        let count = self.months_ago(self.first);
        (-1..=count)
            .rev()
            .map(move |ago| months_before(self.today, ago))
    }

    /// How many calendar months before today's a date's month is.
    pub(super) fn months_ago(self, date: Date) -> i32 {
        month_number(self.today) - month_number(date)
    }

    /// How many whole years before today a date is.
    pub(super) fn years_ago(self, date: Date) -> u32 {
        let days = (self.today - date).whole_days().max(0);
        u32::try_from(days / 365).unwrap_or(0)
    }

    /// Whether a date lies in it, today and the days to come included.
    pub(super) fn has_begun(self, date: Date) -> bool {
        date >= self.first
    }
}

/// A moment of a day.
pub(super) fn moment(date: Date, second_of_day: i64) -> Timestamp {
    let days = i64::from(date.to_julian_day()) - UNIX_EPOCH_JULIAN_DAY;
    Timestamp::from_unix_seconds(days * 86_400 + second_of_day)
}

/// The first second of a moment's day. By arithmetic, because a history asks thousands of times.
pub(super) fn midnight(moment: Timestamp) -> Timestamp {
    let seconds = moment.unix_seconds();
    Timestamp::from_unix_seconds(seconds - seconds.rem_euclid(86_400))
}

/// Monday is 1.
pub(super) fn day_of_week(date: Date) -> u8 {
    date.weekday().number_from_monday()
}

/// Whether a date is a Saturday or Sunday.
pub(super) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn months_before(date: Date, months: i32) -> (i32, Month) {
    let number = month_number(date) - months;
    let month = u8::try_from(number.rem_euclid(12) + 1).unwrap_or(1);
    (
        number.div_euclid(12),
        Month::try_from(month).unwrap_or(Month::January),
    )
}

fn month_number(date: Date) -> i32 {
    date.year() * 12 + i32::from(u8::from(date.month())) - 1
}

/// 1970-01-01.
const UNIX_EPOCH_JULIAN_DAY: i64 = 2_440_588;

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_window_reaches_back_whole_months() {
        let now = Timestamp::parse("2024-03-31T10:30:00.7Z").unwrap();
        for (months, first) in [
            (0, date!(2024 - 03 - 31)),
            (1, date!(2024 - 02 - 29)),
            (13, date!(2023 - 02 - 28)),
            (24, date!(2022 - 03 - 31)),
        ] {
            let window = Window::ending(now, months);
            assert_eq!(window.first, first, "{months}");
            assert_eq!(window.days().last(), Some(window.today));
            assert_eq!(window.months().count(), usize::from(months) + 2);
        }
    }

    #[test]
    fn a_moment_is_that_of_its_day() {
        let noon = moment(date!(2024 - 01 - 15), 12 * 3600);
        assert_eq!(noon.to_string(), "2024-01-15T12:00:00Z");
        assert_eq!(midnight(noon), Timestamp::from_date(date!(2024 - 01 - 15)));
    }
}
