//! The rows that break careless readers, as a pack: the least and the greatest amount, leap day, the hours
//! the clocks change in, the turn of the year, two rows in one second, and a narrative as long as can be.

use time::{Date, Duration, Month, Weekday};

use super::Setting;
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::scenario::people::window::{Window, moment};

/// Writes the whole pack; what lies outside of the history is left out.
pub(super) fn cases(setting: &mut Setting<'_>) {
    let window = setting.writer.window;
    let mut rows = amounts(window.last);
    rows.extend(days(window));
    for (minor_units, day, second, words) in rows {
        let information = setting.book.text(&words);
        let party = setting.known_by_name(PARTY);
        let code = TransactionCode::FasterPayment;
        if let Some(row) = (setting.writer).at_once(code, minor_units, moment(day, second)) {
            row.counterparty = Some(party);
            row.information = Some(information);
        }
    }
}

type Case = (i64, Date, i64, String);

fn amounts(last: Date) -> Vec<Case> {
    let ago = |days: i64| last - Duration::days(days);
    vec![
        (1, ago(60), NOON, "LEAST CREDIT".to_owned()),
        (-1, ago(60), NOON + 1, "LEAST DEBIT".to_owned()),
        (GREATEST, ago(45), NOON, "GREATEST CREDIT".to_owned()),
        (-GREATEST, ago(44), NOON, "GREATEST DEBIT".to_owned()),
        (1_000, ago(30), NOON, "SAME SECOND 1".to_owned()),
        (-1_000, ago(30), NOON, "SAME SECOND 2".to_owned()),
        (250, ago(20), NOON, "ぬ🐹é ".repeat(LONGEST_WORDS)),
        (
            -250,
            ago(20),
            NOON + 60,
            "<b>&amp;\"',;|\\ not markup".to_owned(),
        ),
    ]
}

/// Days and hours that arithmetic stumbles over, each the latest there was.
fn days(window: Window) -> Vec<Case> {
    let year = window.last.year();
    let mut cases = Vec::new();
    let mut add = |minor_units, day: Date, second, words: &str| {
        cases.push((minor_units, day, second, words.to_owned()));
    };
    if let Some(leap_day) = latest(year, window, leap_day) {
        add(2_900, leap_day, NOON, "LEAP DAY");
        add(-2_900, leap_day, DAY_SECONDS - 1, "LEAP DAY LAST SECOND");
    }
    // In Britain clocks change at 01:00 UTC, both ways.
    if let Some(day) = latest(year, window, |year| Some(last_sunday(year, Month::March))) {
        add(100, day, CHANGE - 1, "CLOCKS GO FORWARD BEFORE");
        add(-100, day, CHANGE, "CLOCKS GO FORWARD AFTER");
    }
    if let Some(day) = latest(year, window, |year| Some(last_sunday(year, Month::October))) {
        add(200, day, CHANGE - 1800, "CLOCKS GO BACK FIRST 01:30");
        add(-200, day, CHANGE + 1800, "CLOCKS GO BACK SECOND 01:30");
    }
    let new_year = |year| Some(calendar::day_of_month(year, Month::January, 1));
    if let Some(day) = latest(year, window, new_year) {
        add(
            3_100,
            day - Duration::DAY,
            DAY_SECONDS - 1,
            "LAST SECOND OF THE YEAR",
        );
        add(-3_100, day, 0, "FIRST SECOND OF THE YEAR");
    }
    cases
}

/// The latest of a yearly day before the window's last, of at most eight years back: around 2100 leap
/// days are that far apart.
fn latest(year: i32, window: Window, day_of: impl Fn(i32) -> Option<Date>) -> Option<Date> {
    (year - 8..=year)
        .rev()
        .filter_map(day_of)
        .find(|day| *day < window.last)
}

fn leap_day(year: i32) -> Option<Date> {
    Date::from_calendar_date(year, Month::February, 29).ok()
}

fn last_sunday(year: i32, month: Month) -> Date {
    let last = calendar::day_of_month(year, month, 31);
    let back = match last.weekday() {
        Weekday::Sunday => 0,
        weekday => i64::from(weekday.number_from_monday()),
    };
    last - Duration::days(back)
}

/// 9,999,999.99.
const GREATEST: i64 = 999_999_999;
const NOON: i64 = 12 * 3600;
const DAY_SECONDS: i64 = 86_400;
/// 01:00 UTC.
const CHANGE: i64 = 3600;
/// A narrative has at most 500 characters.
const LONGEST_WORDS: usize = 125;
const PARTY: &str = "Ðŕ. Ægir Ñuñez-Ωμέγα 仓鼠 🐹 & Søns, Bürrow Ltd";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use time::macros::date;

    #[test]
    fn clocks_change_on_the_last_sunday() {
        for (year, march, october) in [
            (2024, date!(2024 - 03 - 31), date!(2024 - 10 - 27)),
            (2026, date!(2026 - 03 - 29), date!(2026 - 10 - 25)),
        ] {
            assert_eq!(last_sunday(year, Month::March), march);
            assert_eq!(last_sunday(year, Month::October), october);
        }
    }

    #[test]
    fn leap_day_is_found_whatever_the_year() {
        for (now, found) in [
            ("2024-02-29T12:00:00Z", date!(2020 - 02 - 29)),
            ("2024-03-01T12:00:00Z", date!(2024 - 02 - 29)),
            ("2103-06-01T12:00:00Z", date!(2096 - 02 - 29)),
        ] {
            let window = Window::ending(Timestamp::parse(now).unwrap(), 60);
            let year = window.last.year();
            assert_eq!(latest(year, window, leap_day), Some(found), "{now}");
        }
    }

    #[test]
    fn no_narrative_is_longer_than_the_contract_allows() {
        for (_, _, _, words) in amounts(date!(2026 - 11 - 20)) {
            assert!((1..=500).contains(&words.chars().count()), "{words}");
        }
    }
}
