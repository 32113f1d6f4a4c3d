//! A moment, to the millisecond, within the years that RFC 3339 can name.

use std::fmt;

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// A moment in UTC, to the millisecond, between the years 1 and 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Timestamp {
    unix_ms: i64,
}

impl Timestamp {
    /// The last moment we can name: 9999-12-31T23:59:59Z.
    pub(crate) const MAX: Self = Self::from_unix_seconds(253_402_300_799);
    /// The first moment we can name: 0001-01-01T00:00:00Z.
    pub(crate) const MIN: Self = Self::from_unix_seconds(-62_135_596_800);

    /// The moment `seconds` after 1970-01-01T00:00:00Z, kept between [`Self::MIN`] and [`Self::MAX`].
    #[must_use]
    pub(crate) const fn from_unix_seconds(seconds: i64) -> Self {
        let seconds = if seconds > 253_402_300_799 {
            253_402_300_799
        } else if seconds < -62_135_596_800 {
            -62_135_596_800
        } else {
            seconds
        };
        Self {
            unix_ms: seconds * 1000,
        }
    }

    /// Midnight UTC at the beginning of `date`.
    #[must_use]
    pub(crate) fn from_date(date: Date) -> Self {
        date.with_time(Time::MIDNIGHT).assume_utc().into()
    }

    /// Reads RFC 3339 with any offset and optional fraction, or a date alone (midnight UTC).
    ///
    /// # Errors
    /// When the text is neither.
    pub(crate) fn parse(text: &str) -> Result<Self, NotATimestamp> {
        if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(moment.into());
        }
        Date::parse(text, format_description!("[year]-[month]-[day]"))
            .map(Self::from_date)
            .map_err(|_| NotATimestamp)
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub(crate) const fn unix_seconds(self) -> i64 {
        self.unix_ms.div_euclid(1000)
    }

    /// The day in UTC.
    #[must_use]
    pub(crate) fn date(self) -> Date {
        OffsetDateTime::from(self).date()
    }

    /// The same moment without its fraction of a second.
    #[must_use]
    pub(crate) const fn whole_second(self) -> Self {
        Self::from_unix_seconds(self.unix_seconds())
    }

    /// This moment moved by `by`, which may be negative; stays between [`Self::MIN`] and [`Self::MAX`].
    #[must_use]
    pub(crate) fn plus(self, by: Duration) -> Self {
        let by_ms = i64::try_from(by.whole_milliseconds()).unwrap_or(if by.is_negative() {
            i64::MIN
        } else {
            i64::MAX
        });
        Self {
            unix_ms: self
                .unix_ms
                .saturating_add(by_ms)
                .clamp(Self::MIN.unix_ms, Self::MAX.unix_ms),
        }
    }

    /// How long after `earlier` this is; negative when it is before.
    #[must_use]
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::milliseconds(self.unix_ms - earlier.unix_ms)
    }

    /// Reads an HTTP date of the fixed form, to the letter.
    #[must_use]
    pub(crate) fn from_http_date(text: &str) -> Option<Self> {
        let read = PrimitiveDateTime::parse(text, HTTP_DATE).ok()?;
        let read = Self::from_unix_seconds(read.assume_utc().unix_timestamp());
        (read.http_date() == text).then_some(read)
    }

    /// As an HTTP date (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    #[must_use]
    pub(crate) fn http_date(self) -> String {
        OffsetDateTime::from(self)
            .format(HTTP_DATE)
            .unwrap_or_default()
    }
}

/// RFC 9110, section 5.6.7.
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// Prints RFC 3339 in UTC with whole seconds, as banking JSON does: `2024-01-15T10:30:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from(*self);
        let (date, time) = (moment.date(), moment.time());
        // A page of transactions prints a hundred of these, so the digits are laid out by hand.
        let year = date.year().unsigned_abs();
        let ([y1, y2], [y3, y4]) = (two_digits(year / 100), two_digits(year % 100));
        let [o1, o2] = two_digits(u8::from(date.month()).into());
        let [d1, d2] = two_digits(date.day().into());
        let [h1, h2] = two_digits(time.hour().into());
        let [m1, m2] = two_digits(time.minute().into());
        let [s1, s2] = two_digits(time.second().into());
        let text = [
            y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', h1, h2, b':', m1, m2, b':', s1, s2,
            b'Z',
        ];
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        let unix_ms = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000));
        Self {
            unix_ms: unix_ms
                .unwrap_or(i64::MAX)
                .clamp(Self::MIN.unix_ms, Self::MAX.unix_ms),
        }
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(moment: Timestamp) -> Self {
        Self::from_unix_timestamp_nanos(i128::from(moment.unix_ms) * 1_000_000)
            .unwrap_or(Self::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC)
    }
}

/// The last two digits of a number.
fn two_digits(number: u32) -> [u8; 2] {
    let digit = |digit: u32| b'0' + u8::try_from(digit % 10).unwrap_or_default();
    [digit(number / 10), digit(number)]
}

/// The text was neither RFC 3339 nor a date.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected RFC 3339 such as 2024-01-15T10:30:00Z, or a date such as 2024-01-15")]
pub(crate) struct NotATimestamp;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);

    #[test]
    fn rfc_3339_is_read_with_any_offset_and_printed_in_utc() {
        for (text, printed) in [
            ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00.987Z", "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00+02:00", "2024-01-15T08:30:00Z"),
            ("2024-01-15", "2024-01-15T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(
                Timestamp::parse(text).unwrap().to_string(),
                printed,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_a_moment_is_refused() {
        for text in [
            "",
            "2024-01-15T10:30:00",
            "2023-02-29",
            "2024-13-01",
            "15/01/2024",
            "2024-1-5",
            "now",
            "2024-01-15T25:00:00Z",
            "2024-01-15 ",
        ] {
            assert_eq!(Timestamp::parse(text), Err(NotATimestamp), "{text:?}");
        }
    }

    #[test]
    fn a_moment_stays_within_the_years_it_can_name() {
        assert_eq!(Timestamp::MAX.plus(Duration::days(1)), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.plus(Duration::MIN), Timestamp::MIN);
        assert_eq!(Timestamp::from_unix_seconds(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn http_dates_are_imf_fixdate() {
        assert_eq!(NOON.http_date(), "Mon, 15 Jan 2024 12:00:00 GMT");
        assert_eq!(Timestamp::from_http_date(&NOON.http_date()), Some(NOON));
        for wrong in [
            "",
            "2024-01-15T12:00:00Z",
            "Tue, 15 Jan 2024 12:00:00 GMT",
            "Mon, 15 Jan 2024 12:00:00",
            "Mon, 15 Jan 2024 24:00:00 GMT",
        ] {
            assert_eq!(Timestamp::from_http_date(wrong), None, "{wrong:?}");
        }
    }
}
