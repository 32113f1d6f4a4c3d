//! The bank's wall clock: Europe/London, where cut-offs are read.
//!
//! Summer time is the standing rule (Summer Time Order 2002): from 01:00 UTC on the last Sunday of March
//! until 01:00 UTC on the last Sunday of October, one hour ahead. Earlier years had other rules; a mock
//! bank keeps to one.

use time::{Date, Duration, Month, OffsetDateTime, Time};

use super::calendar;
use crate::clock::Timestamp;

/// Date and time on the bank's wall.
#[must_use]
pub(crate) fn date_and_time(at: Timestamp) -> (Date, Time) {
    let local = OffsetDateTime::from(at.plus(offset(at)));
    (local.date(), local.time())
}

/// The moment when the bank's wall clock shows `hour` o'clock on `date`.
#[must_use]
pub(crate) fn moment(date: Date, hour: u8) -> Timestamp {
    let standard = Timestamp::from_date(date).plus(Duration::hours(i64::from(hour)));
    let summer = standard.plus(-SUMMER);
    // No hour that the bank's rules name is one of the two a year that are skipped or come twice.
    if offset(summer) == SUMMER {
        summer
    } else {
        standard
    }
}

/// When the bank begins its day's work: the first working day after `at`'s, at [`OPENING_HOUR`].
#[must_use]
pub(crate) fn next_opening(at: Timestamp) -> Timestamp {
    let (today, _) = date_and_time(at);
    let tomorrow = today.next_day().unwrap_or(today);
    moment(calendar::working_day_on_or_after(tomorrow), OPENING_HOUR)
}

fn offset(at: Timestamp) -> Duration {
    let year = at.date().year();
    let begins = last_sunday(year, Month::March);
    let ends = last_sunday(year, Month::October);
    let one_o_clock = |date| Timestamp::from_date(date).plus(Duration::hours(1));
    if one_o_clock(begins) <= at && at < one_o_clock(ends) {
        SUMMER
    } else {
        Duration::ZERO
    }
}

fn last_sunday(year: i32, month: Month) -> Date {
    let last = calendar::day_of_month(year, month, 31);
    let beyond = i64::from(last.weekday().number_days_from_sunday());
    last.checked_sub(Duration::days(beyond)).unwrap_or(last)
}

/// Summer is an hour ahead.
const SUMMER: Duration = Duration::HOUR;

/// CHAPS opens at six in the morning; the other schemes that keep hours are close to it.
pub(crate) const OPENING_HOUR: u8 = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, time};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_wall_clock_is_an_hour_ahead_in_summer_alone() {
        for (utc, date, time) in [
            (
                "2024-01-15T16:59:59Z",
                date!(2024 - 01 - 15),
                time!(16:59:59),
            ),
            (
                "2024-03-31T00:59:59Z",
                date!(2024 - 03 - 31),
                time!(00:59:59),
            ),
            (
                "2024-03-31T01:00:00Z",
                date!(2024 - 03 - 31),
                time!(02:00:00),
            ),
            (
                "2024-07-01T23:30:00Z",
                date!(2024 - 07 - 02),
                time!(00:30:00),
            ),
            (
                "2024-10-27T00:59:59Z",
                date!(2024 - 10 - 27),
                time!(01:59:59),
            ),
            (
                "2024-10-27T01:00:00Z",
                date!(2024 - 10 - 27),
                time!(01:00:00),
            ),
            (
                "2025-03-30T01:00:00Z",
                date!(2025 - 03 - 30),
                time!(02:00:00),
            ),
            (
                "2025-10-26T01:00:00Z",
                date!(2025 - 10 - 26),
                time!(01:00:00),
            ),
        ] {
            assert_eq!(date_and_time(at(utc)), (date, time), "{utc}");
        }
    }

    #[test]
    fn an_hour_on_the_wall_is_one_moment() {
        for (date, hour, utc) in [
            (date!(2024 - 01 - 15), 17, "2024-01-15T17:00:00Z"),
            (date!(2024 - 07 - 15), 17, "2024-07-15T16:00:00Z"),
            (date!(2024 - 03 - 31), 6, "2024-03-31T05:00:00Z"),
            (date!(2024 - 10 - 27), 6, "2024-10-27T06:00:00Z"),
        ] {
            assert_eq!(moment(date, hour), at(utc), "{date} {hour}");
        }
    }

    #[test]
    fn the_bank_opens_on_the_next_working_day() {
        for (now, opens) in [
            ("2024-01-15T10:00:00Z", "2024-01-16T06:00:00Z"),
            ("2024-01-19T18:00:00Z", "2024-01-22T06:00:00Z"),
            ("2024-03-28T12:00:00Z", "2024-04-02T05:00:00Z"),
            ("2024-12-24T20:00:00Z", "2024-12-27T06:00:00Z"),
            // Half past midnight in London, though still the day before in UTC.
            ("2024-07-01T23:30:00Z", "2024-07-03T05:00:00Z"),
        ] {
            assert_eq!(next_opening(at(now)), at(opens), "{now}");
        }
    }
}
