//! When something that comes again comes: a pace, a day in it, and what working days make of it.
//!
//! A *nominal* day is the one that was agreed; the day something happens is that day moved to a working
//! day. The next time is counted from the nominal day, so that a weekend moves one payment and no more.

use time::{Date, Duration, Month};

use super::calendar;
use crate::clock::Timestamp;

/// When something comes again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rhythm {
    /// How far apart.
    pub(crate) pace: Pace,
    /// Day of the week from Monday, 1, or of the month; -1 is the last of a month.
    pub(crate) day: i8,
    /// A month in which it comes, 1 to 12; of paces longer than a month.
    pub(crate) month: u8,
    /// What happens on a day that banks are closed.
    pub(crate) moves: Moves,
}

/// How far apart the times of something are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pace {
    /// Each day.
    Days,
    /// Every so many months.
    Months(u8),
    /// Nobody said: it never comes by itself.
    Unsaid,
    /// Every so many weeks, counted from the calendar, so that it does not matter when a bank opens.
    Weeks(u8),
    /// Each working day.
    WorkingDays,
}

/// What happens on a day that banks are closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moves {
    /// It happens on the working day before.
    Back,
    /// It happens on the next working day.
    Forward,
    /// It happens all the same.
    Not,
}

impl Rhythm {
    /// Each month on this day, moved so.
    #[must_use]
    pub(crate) const fn monthly(day: i8, moves: Moves) -> Self {
        Self {
            pace: Pace::Months(1),
            day,
            month: 1,
            moves,
        }
    }

    /// The first nominal day after `day`.
    #[must_use]
    pub(crate) fn nominal_after(self, day: Date) -> Option<Date> {
        match self.pace {
            Pace::Days => day.next_day(),
            Pace::Months(count) => self.month_day_after(day, i32::from(count.max(1))),
            Pace::Unsaid => None,
            Pace::Weeks(count) => self.week_day_after(day, i32::from(count.max(1))),
            Pace::WorkingDays => day.next_day().map(calendar::working_day_on_or_after),
        }
    }

    /// The day on which what was agreed for a nominal day happens.
    #[must_use]
    pub(crate) fn moved(self, nominal: Date) -> Date {
        match self.moves {
            Moves::Back => calendar::working_day_on_or_before(nominal),
            Moves::Forward => calendar::working_day_on_or_after(nominal),
            Moves::Not => nominal,
        }
    }

    /// All nominal days from `first`, itself included, to `last`.
    pub(crate) fn nominals(self, first: Date, last: Date) -> impl Iterator<Item = Date> {
        let begin = first
            .previous_day()
            .and_then(|before| self.nominal_after(before));
        std::iter::successors(begin, move |day| self.nominal_after(*day))
            .take_while(move |day| *day <= last)
    }

    /// The first nominal day whose moved day begins after `now`.
    #[must_use]
    pub(crate) fn nominal_to_come(self, now: Timestamp) -> Option<Date> {
        let is_to_come = |day: &Date| Timestamp::from_date(self.moved(*day)) > now;
        let before = now.date().checked_sub(LONGEST_MOVE)?;
        std::iter::successors(self.nominal_after(before), |day| self.nominal_after(*day))
            .find(is_to_come)
    }

    fn month_day_after(self, day: Date, count: i32) -> Option<Date> {
        let wanted = u8::try_from(self.day).unwrap_or(31);
        let phase = i32::from(self.month) - 1;
        let this = day.year() * 12 + i32::from(u8::from(day.month())) - 1;
        (this..=this + count)
            .filter(|number| (number - phase).rem_euclid(count) == 0)
            .filter_map(|number| {
                let month = u8::try_from(number.rem_euclid(12) + 1).ok()?;
                let month = Month::try_from(month).ok()?;
                Some(calendar::day_of_month(number.div_euclid(12), month, wanted))
            })
            .find(|found| *found > day)
    }

    fn week_day_after(self, day: Date, count: i32) -> Option<Date> {
        // Julian day 0 is a Monday.
        let this = day.to_julian_day().div_euclid(7);
        (this..=this + count)
            .filter(|week| week.rem_euclid(count) == 0)
            .filter_map(|week| Date::from_julian_day(week * 7 + i32::from(self.day) - 1).ok())
            .find(|found| *found > day)
    }
}

/// Longer than any row of closed days: Christmas and a weekend are four.
const LONGEST_MOVE: Duration = Duration::days(8);

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn rhythm(pace: Pace, day: i8, month: u8) -> Rhythm {
        Rhythm {
            pace,
            day,
            month,
            moves: Moves::Forward,
        }
    }

    #[test]
    fn the_next_day_is_the_first_of_its_pace_after_the_last() {
        for (why, rhythm, after, next) in [
            (
                "daily",
                rhythm(Pace::Days, 1, 1),
                date!(2025 - 02 - 28),
                date!(2025 - 03 - 01),
            ),
            (
                "over Easter",
                rhythm(Pace::WorkingDays, 1, 1),
                date!(2025 - 04 - 17),
                date!(2025 - 04 - 22),
            ),
            (
                "weekly",
                rhythm(Pace::Weeks(1), 5, 1),
                date!(2025 - 06 - 16),
                date!(2025 - 06 - 20),
            ),
            (
                "monthly",
                rhythm(Pace::Months(1), 16, 1),
                date!(2025 - 06 - 16),
                date!(2025 - 07 - 16),
            ),
            (
                "a short month",
                rhythm(Pace::Months(1), 31, 1),
                date!(2025 - 01 - 31),
                date!(2025 - 02 - 28),
            ),
            (
                "the last day",
                rhythm(Pace::Months(1), -1, 1),
                date!(2024 - 02 - 01),
                date!(2024 - 02 - 29),
            ),
            (
                "quarterly",
                rhythm(Pace::Months(3), 1, 2),
                date!(2025 - 05 - 01),
                date!(2025 - 08 - 01),
            ),
            (
                "yearly",
                rhythm(Pace::Months(12), 5, 4),
                date!(2025 - 04 - 05),
                date!(2026 - 04 - 05),
            ),
            (
                "over the year",
                rhythm(Pace::Months(2), 10, 2),
                date!(2025 - 12 - 10),
                date!(2026 - 02 - 10),
            ),
        ] {
            assert_eq!(rhythm.nominal_after(after), Some(next), "{why}");
        }
        assert_eq!(
            rhythm(Pace::Unsaid, 1, 1).nominal_after(date!(2025 - 01 - 01)),
            None
        );
    }

    #[test]
    fn longer_paces_keep_their_distance() {
        for (count, days) in [(2, 14), (4, 28)] {
            let rhythm = rhythm(Pace::Weeks(count), 3, 1);
            let days_apart = |pair: &[Date]| (pair[1] - pair[0]).whole_days();
            let all: Vec<_> = rhythm
                .nominals(date!(2024 - 01 - 01), date!(2025 - 12 - 31))
                .collect();
            assert!(all.windows(2).all(|pair| days_apart(pair) == days));
        }
        let all =
            rhythm(Pace::Months(5), 1, 1).nominals(date!(2020 - 01 - 01), date!(2030 - 01 - 01));
        let months: Vec<_> = all
            .map(|day| day.year() * 12 + i32::from(u8::from(day.month())))
            .collect();
        assert!(months.len() > 20 && months.windows(2).all(|pair| pair[1] - pair[0] == 5));
    }

    #[test]
    fn a_closed_day_moves_one_time_and_not_the_next() {
        let rhythm = Rhythm::monthly(1, Moves::Forward);
        let sunday = date!(2025 - 06 - 01);
        assert_eq!(rhythm.moved(sunday), date!(2025 - 06 - 02));
        assert_eq!(rhythm.nominal_after(sunday), Some(date!(2025 - 07 - 01)));
        assert_eq!(
            Rhythm::monthly(1, Moves::Back).moved(sunday),
            date!(2025 - 05 - 30)
        );
        assert_eq!(Rhythm::monthly(1, Moves::Not).moved(sunday), sunday);
    }

    #[test]
    fn what_is_to_come_begins_after_now() {
        let rhythm = Rhythm::monthly(1, Moves::Forward);
        for (now, nominal) in [
            ("2025-06-01T23:59:59Z", date!(2025 - 06 - 01)),
            ("2025-06-02T00:00:00Z", date!(2025 - 07 - 01)),
            ("2025-06-16T10:30:00Z", date!(2025 - 07 - 01)),
        ] {
            let now = Timestamp::parse(now).unwrap();
            assert_eq!(rhythm.nominal_to_come(now), Some(nominal), "{now}");
        }
    }
}
