//! The stretch of time a history covers: days and months back from the bank's time.

use time::{Date, Duration, Month};

use crate::banking::calendar;
use crate::clock::Timestamp;
use crate::scenario::plan::History;

/// From the first day of a history to now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) now: Timestamp,
    /// When it ends: now, unless nothing happens any more.
    pub(super) until: Timestamp,
    pub(super) first: Date,
    /// The day it ends: today, unless nothing happens any more.
    pub(super) last: Date,
}

impl Window {
    /// So many months up to `now`.
    pub(super) fn ending(now: Timestamp, months: u16) -> Self {
        let now = now.whole_second();
        let today = now.date();
        Self {
            now,
            until: now,
            first: same_day(today, i32::from(months)),
            last: today,
        }
    }

    /// What a history covers at `now`.
    pub(super) fn of(history: History, now: Timestamp) -> Self {
        let whole = Self::ending(now, history.months);
        let first = match history.days {
            Some(days) => whole.last - Duration::days(i64::from(days)),
            None => whole.first,
        };
        let Some(ago) = history.ended_months_ago else {
            return Self { first, ..whole };
        };
        let last = same_day(whole.last, i32::from(ago));
        let until = moment(last, DAY_SECONDS - 1);
        Self {
            until,
            first,
            last,
            ..whole
        }
    }

    /// The time since it ended; empty when it has not.
    pub(super) fn afterwards(self) -> Self {
        Self {
            until: self.now,
            first: self.last + Duration::DAY,
            last: self.now.date(),
            ..self
        }
    }

    /// Each day.
    pub(super) fn days(self) -> impl Iterator<Item = Date> {
        let count = (self.last - self.first).whole_days();
        (0..=count).map(move |day| self.first + Duration::days(day))
    }

    /// Each month that begins, ends or lies in it, and the one after: a due day may move out of its
    /// month.
    pub(super) fn months(self) -> impl Iterator<Item = (i32, Month)> {
        let count = self.months_ago(self.first);
        (-1..=count)
            .rev()
            .map(move |ago| months_before(self.last, ago))
    }

    /// The same day so many months after its end.
    pub(super) fn in_months(self, months: u8) -> Date {
        same_day(self.last, -i32::from(months))
    }

    /// How many calendar months before the last one a date's month is.
    pub(super) fn months_ago(self, date: Date) -> i32 {
        month_number(self.last) - month_number(date)
    }

    /// How many whole years before its end a date is.
    pub(super) fn years_ago(self, date: Date) -> u32 {
        let days = (self.last - date).whole_days().max(0);
        u32::try_from(days / 365).unwrap_or(0)
    }

    /// Whether a date lies in it; the days to come do, unless it has ended.
    pub(super) fn has_room_for(self, date: Date) -> bool {
        date >= self.first && (self.until == self.now || date <= self.last)
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

/// The same day so many months before, or the last of that month.
fn same_day(date: Date, months: i32) -> Date {
    let (year, month) = months_before(date, months);
    calendar::day_of_month(year, month, date.day())
}

/// Year and month so many months before a date's.
pub(super) fn months_before(date: Date, months: i32) -> (i32, Month) {
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

const DAY_SECONDS: i64 = 86_400;
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
            assert_eq!(window.days().last(), Some(window.last));
            assert_eq!(window.months().count(), usize::from(months) + 2);
        }
    }

    #[test]
    fn a_window_may_be_short_or_have_ended() {
        let now = Timestamp::parse("2024-03-31T10:30:00Z").unwrap();
        let history = |days, ended_months_ago| History {
            months: 3,
            days,
            ended_months_ago,
        };
        let week = Window::of(history(Some(7), None), now);
        assert_eq!(
            (week.first, week.last),
            (date!(2024 - 03 - 24), date!(2024 - 03 - 31))
        );
        assert!(week.has_room_for(date!(2024 - 04 - 01)));
        assert!(!week.has_room_for(date!(2024 - 03 - 23)));
        let ended = Window::of(history(None, Some(1)), now);
        assert_eq!(
            (ended.first, ended.last),
            (date!(2023 - 12 - 31), date!(2024 - 02 - 29))
        );
        assert_eq!(ended.until.to_string(), "2024-02-29T23:59:59Z");
        assert!(!ended.has_room_for(date!(2024 - 03 - 01)));
        let since = ended.afterwards();
        assert_eq!(
            (since.first, since.last),
            (date!(2024 - 03 - 01), week.last)
        );
        assert_eq!(week.afterwards().days().count(), 0);
    }

    #[test]
    fn a_moment_is_that_of_its_day() {
        let noon = moment(date!(2024 - 01 - 15), 12 * 3600);
        assert_eq!(noon.to_string(), "2024-01-15T12:00:00Z");
        assert_eq!(midnight(noon), Timestamp::from_date(date!(2024 - 01 - 15)));
    }
}
