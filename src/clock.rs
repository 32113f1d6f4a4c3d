//! The only source of "now": one clock a bank, movable forward, and the machine's own time beside it.
//!
//! Two times matter to a bank that plays with time. *Bank time* ages tokens, consents and banking
//! data, and tests move it. *Real time* is what the TPP's own clock shows: certificates and whatever
//! the bank signs for a TPP to verify follow it. Both travel together as a [`Now`].
//!
//! Nothing else in the house reads a clock; `.clippy.toml` and `tests/it/tidy.rs` hold that.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time, UtcOffset};

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

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub(crate) const fn unix_ms(self) -> i64 {
        self.unix_ms
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

    /// As an HTTP date (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    #[must_use]
    pub(crate) fn http_date(self) -> String {
        OffsetDateTime::from(self)
            .format(format_description!(
                "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
            ))
            .unwrap_or_default()
    }
}

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

/// Both times at one moment, read once a request and passed on as a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Now {
    /// The bank's time: tokens, consents and every date in banking data.
    pub(crate) bank: Timestamp,
    /// The machine's time: certificates, and what the bank signs for a TPP to verify.
    pub(crate) real: Timestamp,
}

impl Now {
    /// Whether `accepts` holds by real time or by the bank's: what a TPP signed may fit either.
    pub(crate) fn either(self, accepts: impl Fn(Timestamp) -> bool) -> bool {
        accepts(self.real) || accepts(self.bank)
    }

    /// The earlier of the two: what is past by this is past by both.
    #[must_use]
    pub(crate) fn earlier(self) -> Timestamp {
        self.real.min(self.bank)
    }
}

/// How bank time runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClockMode {
    /// Real time plus an offset.
    Follow,
    /// Stands still.
    Frozen,
    /// Runs this many times as fast as real time.
    Rate(u32),
}

/// A bank's clock. Cheap to clone; every clone is the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    real: RealTime,
    course: Arc<Mutex<Course>>,
}

impl Clock {
    /// Bank time is real time.
    #[must_use]
    pub(crate) fn system() -> Self {
        Self::new(RealTime::System, None)
    }

    /// Bank time begins at `start` and runs with real time.
    #[must_use]
    pub(crate) fn starting_at(start: Timestamp) -> Self {
        Self::new(RealTime::System, Some(start))
    }

    /// For tests: both times stand at `at`; only bank time can be moved.
    #[must_use]
    pub(crate) fn fixed(at: Timestamp) -> Self {
        let clock = Self::new(RealTime::Fixed(at), Some(at));
        clock.freeze();
        clock
    }

    /// Both times, now.
    #[must_use]
    pub(crate) fn now(&self) -> Now {
        let real = self.real.now();
        Now {
            bank: self.course.lock().bank_time(real),
            real,
        }
    }

    /// How bank time runs at present.
    #[must_use]
    pub(crate) fn mode(&self) -> ClockMode {
        self.course.lock().mode
    }

    /// Moves bank time forward by `by` and keeps the mode; a negative `by` does nothing.
    /// Answers the times before and after.
    pub(crate) fn advance(&self, by: Duration) -> (Timestamp, Timestamp) {
        let real = self.real.now();
        let mut course = self.course.lock();
        let from = course.bank_time(real);
        let to = from.plus(by.max(Duration::ZERO));
        course.anchor(to, real);
        (from, to)
    }

    /// Moves bank time forward to `to` and keeps the mode.
    ///
    /// # Errors
    /// When `to` lies before the bank's time: only a reset goes back.
    pub(crate) fn set(&self, to: Timestamp) -> Result<(Timestamp, Timestamp), Backwards> {
        let real = self.real.now();
        let mut course = self.course.lock();
        let from = course.bank_time(real);
        if to < from {
            return Err(Backwards { now: from, to });
        }
        course.anchor(to, real);
        Ok((from, to))
    }

    /// Stops bank time where it is.
    pub(crate) fn freeze(&self) {
        self.change_mode(ClockMode::Frozen);
    }

    /// Lets bank time run with real time, from where it is.
    pub(crate) fn follow(&self) {
        self.change_mode(ClockMode::Follow);
    }

    /// Lets bank time run `times` as fast as real time, from where it is.
    pub(crate) fn run_at_rate(&self, times: u32) {
        self.change_mode(ClockMode::Rate(times));
    }

    fn new(real: RealTime, start: Option<Timestamp>) -> Self {
        let now = real.now();
        let course = Course {
            mode: ClockMode::Follow,
            bank: start.unwrap_or(now),
            real: now,
        };
        Self {
            real,
            course: Arc::new(Mutex::new(course)),
        }
    }

    fn change_mode(&self, mode: ClockMode) {
        let real = self.real.now();
        let mut course = self.course.lock();
        let bank = course.bank_time(real);
        course.anchor(bank, real);
        course.mode = mode;
    }
}

/// Bank time would have gone back.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("bank time is {now} and only moves forward: {to} is in its past; a reset goes back")]
pub(crate) struct Backwards {
    /// Bank time when asked.
    pub(crate) now: Timestamp,
    /// The time asked for.
    pub(crate) to: Timestamp,
}

/// Where bank time was at one real moment, and how it has run since.
#[derive(Clone, Copy, Debug)]
struct Course {
    mode: ClockMode,
    bank: Timestamp,
    real: Timestamp,
}

impl Course {
    fn bank_time(&self, real: Timestamp) -> Timestamp {
        // The machine's clock can be set back under us; bank time never is.
        let passed = real.since(self.real).max(Duration::ZERO);
        match self.mode {
            ClockMode::Follow => self.bank.plus(passed),
            ClockMode::Frozen => self.bank,
            ClockMode::Rate(times) => {
                let times = i32::try_from(times).unwrap_or(i32::MAX);
                self.bank.plus(passed.saturating_mul(times))
            }
        }
    }

    fn anchor(&mut self, bank: Timestamp, real: Timestamp) {
        self.bank = bank;
        self.real = real;
    }
}

#[derive(Clone, Debug)]
enum RealTime {
    Fixed(Timestamp),
    System,
}

impl RealTime {
    fn now(&self) -> Timestamp {
        match self {
            Self::Fixed(at) => *at,
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one place that reads the system's time"
            )]
            Self::System => OffsetDateTime::now_utc().into(),
        }
    }
}

/// Measures how long something took, in real time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts measuring.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the monotonic clock"
    )]
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Microseconds since the start.
    #[must_use]
    pub(crate) fn elapsed_us(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Milliseconds since the start.
    #[must_use]
    pub(crate) fn elapsed_ms(self) -> u64 {
        self.elapsed_us() / 1000
    }
}

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
    fn advancing_moves_bank_time_alone_and_keeps_the_mode() {
        let clock = Clock::fixed(NOON);
        assert_eq!(
            clock.advance(Duration::days(91)),
            (NOON, NOON.plus(Duration::days(91)))
        );
        assert_eq!(clock.now().real, NOON);
        assert_eq!(clock.now().bank, NOON.plus(Duration::days(91)));
        assert_eq!(clock.mode(), ClockMode::Frozen);
    }

    #[test]
    fn bank_time_never_goes_back() {
        let clock = Clock::fixed(NOON);
        let past = NOON.plus(Duration::seconds(-1));
        assert_eq!(
            clock.set(past),
            Err(Backwards {
                now: NOON,
                to: past
            })
        );
        clock.advance(Duration::seconds(-5));
        assert_eq!(clock.now().bank, NOON);
    }

    #[test]
    fn a_rate_multiplies_what_has_passed() {
        let course = Course {
            mode: ClockMode::Rate(60),
            bank: NOON,
            real: NOON,
        };
        let later = NOON.plus(Duration::seconds(2));
        assert_eq!(course.bank_time(later), NOON.plus(Duration::minutes(2)));
        let set_back = NOON.plus(Duration::seconds(-2));
        assert_eq!(course.bank_time(set_back), NOON);
    }

    #[test]
    fn http_dates_are_imf_fixdate() {
        assert_eq!(NOON.http_date(), "Mon, 15 Jan 2024 12:00:00 GMT");
    }
}
