//! Working days of England and Wales: weekends and bank holidays by rule, Easter computed.
//!
//! The rules are the standing ones (Banking and Financial Dealings Act 1971 and the custom of Good
//! Friday, Christmas Day and their substitutes). Days proclaimed once, such as a coronation, are not
//! in them: a mock bank must give the same answer for years nobody has proclaimed anything about.

use time::{Date, Duration, Month, Weekday};

/// Whether banks are open.
#[must_use]
pub(crate) fn is_working_day(date: Date) -> bool {
    !is_weekend(date) && !is_bank_holiday(date)
}

/// `date` itself when it is a working day, else the next one.
#[must_use]
pub(crate) fn working_day_on_or_after(date: Date) -> Date {
    step_until_working(date, Duration::DAY)
}

/// `date` itself when it is a working day, else the one before.
#[must_use]
pub(crate) fn working_day_on_or_before(date: Date) -> Date {
    step_until_working(date, -Duration::DAY)
}

/// The last working day of a month.
#[must_use]
pub(crate) fn last_working_day(year: i32, month: Month) -> Date {
    working_day_on_or_before(day_of_month(year, month, 31))
}

/// The `day` of a month, or its last when it has fewer.
#[must_use]
pub(crate) fn day_of_month(year: i32, month: Month, day: u8) -> Date {
    let day = day.clamp(1, month.length(year));
    // Only years beyond 9999 have no such date, and `Timestamp` cannot name them.
    Date::from_calendar_date(year, month, day).unwrap_or(Date::MAX)
}

/// Whether `date` is a bank holiday in England and Wales.
#[must_use]
pub(crate) fn is_bank_holiday(date: Date) -> bool {
    let (year, month, day) = date.to_calendar_date();
    let weekday = date.weekday();
    match month {
        // 1 January; on a weekend, the Monday after instead.
        Month::January => {
            (day == 1 && !is_weekend(date)) || (matches!(day, 2 | 3) && weekday == Weekday::Monday)
        }
        Month::March | Month::April => {
            let easter = easter_sunday(year);
            date == easter - 2 * Duration::DAY || date == easter + Duration::DAY
        }
        // Early May: the first Monday. Spring: the last.
        Month::May => weekday == Weekday::Monday && (day <= 7 || day > 24),
        // Summer: the last Monday.
        Month::August => weekday == Weekday::Monday && day > 24,
        Month::December => is_christmas_holiday(day, weekday),
        _ => false,
    }
}

/// Easter Sunday by the Gregorian computus (Meeus, Jones and Butcher).
#[must_use]
pub(crate) fn easter_sunday(year: i32) -> Date {
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let shift = (golden + 11 * epact + 22 * weekday) / 451;
    let from_march = epact + weekday - 7 * shift + 22;
    day_of_month(year, Month::March, 1) + Duration::days(i64::from(from_march) - 1)
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Christmas and Boxing Day; those on a weekend are made good on the next weekdays.
fn is_christmas_holiday(day: u8, weekday: Weekday) -> bool {
    match day {
        25 | 26 => !matches!(weekday, Weekday::Saturday | Weekday::Sunday),
        // Boxing Day on a Saturday is made good on Monday the 28th, Christmas Day on a Saturday or
        // Sunday on the 27th or with Boxing Day on the two days after.
        27 => matches!(weekday, Weekday::Monday | Weekday::Tuesday),
        28 => matches!(weekday, Weekday::Monday | Weekday::Tuesday),
        _ => false,
    }
}

fn step_until_working(date: Date, step: Duration) -> Date {
    let mut candidate = date;
    while !is_working_day(candidate) {
        match candidate.checked_add(step) {
            Some(next) => candidate = next,
            None => break,
        }
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn bank_holidays_are_those_the_government_published() {
        for holiday in [
            date!(2021 - 01 - 01),
            date!(2021 - 04 - 02),
            date!(2021 - 04 - 05),
            date!(2021 - 05 - 03),
            date!(2021 - 05 - 31),
            date!(2021 - 08 - 30),
            date!(2021 - 12 - 27),
            date!(2021 - 12 - 28),
            date!(2022 - 01 - 03),
            date!(2022 - 12 - 26),
            date!(2022 - 12 - 27),
            date!(2023 - 01 - 02),
            date!(2024 - 03 - 29),
            date!(2024 - 04 - 01),
            date!(2024 - 12 - 25),
            date!(2024 - 12 - 26),
            date!(2025 - 04 - 18),
            date!(2025 - 04 - 21),
            date!(2026 - 04 - 03),
            date!(2026 - 04 - 06),
            date!(2026 - 12 - 25),
            date!(2026 - 12 - 28),
            date!(2028 - 01 - 03),
        ] {
            assert!(is_bank_holiday(holiday), "{holiday}");
        }
    }

    #[test]
    fn each_year_has_eight_bank_holidays_all_on_weekdays() {
        for year in 2000..2100 {
            let first = day_of_month(year, Month::January, 1);
            let holidays: Vec<_> = (0..i64::from(time::util::days_in_year(year)))
                .map(|day| first + Duration::days(day))
                .filter(|date| is_bank_holiday(*date))
                .collect();
            assert_eq!(holidays.len(), 8, "{year}: {holidays:?}");
            assert!(!holidays.iter().any(|date| is_weekend(*date)), "{year}");
        }
    }

    #[test]
    fn ordinary_days_are_no_holidays() {
        for date in [
            date!(2022 - 01 - 04),
            date!(2024 - 03 - 28),
            date!(2024 - 04 - 02),
            date!(2024 - 05 - 13),
            date!(2024 - 08 - 19),
            date!(2024 - 12 - 27),
            date!(2023 - 12 - 28),
        ] {
            assert!(is_working_day(date), "{date}");
        }
    }

    #[test]
    fn easter_falls_where_the_almanac_says() {
        for (year, easter) in [
            (1961, date!(1961 - 04 - 02)),
            (2000, date!(2000 - 04 - 23)),
            (2008, date!(2008 - 03 - 23)),
            (2024, date!(2024 - 03 - 31)),
            (2025, date!(2025 - 04 - 20)),
            (2038, date!(2038 - 04 - 25)),
        ] {
            assert_eq!(easter_sunday(year), easter);
        }
    }

    #[test]
    fn days_move_to_working_days() {
        assert_eq!(
            working_day_on_or_after(date!(2024 - 03 - 29)),
            date!(2024 - 04 - 02)
        );
        assert_eq!(
            working_day_on_or_before(date!(2024 - 12 - 26)),
            date!(2024 - 12 - 24)
        );
        assert_eq!(last_working_day(2024, Month::June), date!(2024 - 06 - 28));
        assert_eq!(
            day_of_month(2023, Month::February, 31),
            date!(2023 - 02 - 28)
        );
    }
}
