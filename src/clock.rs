//! The only source of "now": one clock a bank, movable forward, and the machine's own time beside it.
//!
//! Two times matter to a bank that plays with time. *Bank time* ages tokens, consents and banking
//! data, and tests move it. *Real time* is what the TPP's own clock shows: certificates and whatever
//! the bank signs for a TPP to verify follow it. Both travel together as a [`Now`].
//!
//! Nothing else in the house reads a clock; `.clippy.toml` and `tests/it/tidy.rs` hold that.

mod duration;
mod timestamp;

use std::sync::Arc;

use parking_lot::Mutex;
use time::{Duration, OffsetDateTime};

pub(crate) use duration::parse_duration;
pub(crate) use timestamp::Timestamp;

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
    first: First,
}

/// How a clock begins, and begins again.
#[derive(Clone, Copy, Debug)]
struct First {
    /// None begins with real time.
    start: Option<Timestamp>,
    mode: ClockMode,
}

/// A clock's time at one moment, and how it runs from there: kept by a snapshot, and put back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    now: Now,
    mode: ClockMode,
}

impl Standing {
    /// Both times at that moment.
    pub(crate) const fn now(self) -> Now {
        self.now
    }
}

impl Clock {
    /// Bank time is real time.
    #[must_use]
    pub(crate) fn system() -> Self {
        Self::new(RealTime::System, None, ClockMode::Follow)
    }

    /// Bank time begins at `start` and runs with real time.
    #[must_use]
    pub(crate) fn starting_at(start: Timestamp) -> Self {
        Self::new(RealTime::System, Some(start), ClockMode::Follow)
    }

    /// Another clock of the same real time, whose bank time begins at `start`, or with real time.
    #[must_use]
    pub(crate) fn beside(&self, start: Option<Timestamp>, mode: ClockMode) -> Self {
        Self::new(self.real.clone(), start, mode)
    }

    /// Where bank time began, if it did not begin with real time.
    #[must_use]
    pub(crate) const fn start(&self) -> Option<Timestamp> {
        self.first.start
    }

    /// For tests: both times stand at `at`; only bank time can be moved.
    #[must_use]
    pub(crate) fn fixed(at: Timestamp) -> Self {
        Self::new(RealTime::Fixed(at), Some(at), ClockMode::Frozen)
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

    /// How it stands now.
    pub(crate) fn standing(&self) -> Standing {
        let real = self.real.now();
        let course = self.course.lock();
        let bank = course.bank_time(real);
        let now = Now { bank, real };
        Standing {
            now,
            mode: course.mode,
        }
    }

    /// How it would stand if it began now.
    pub(crate) fn first(&self) -> Standing {
        let real = self.real.now();
        let bank = self.first.start.unwrap_or(real);
        let now = Now { bank, real };
        Standing {
            now,
            mode: self.first.mode,
        }
    }

    /// A clock of its own at that bank time, from where it runs on as it did then. This alone goes back, and
    /// only together with the bank itself.
    #[must_use]
    pub(crate) fn resumed(&self, standing: Standing) -> Self {
        let course = Course {
            mode: standing.mode,
            bank: standing.now.bank,
            real: self.real.now(),
        };
        Self {
            real: self.real.clone(),
            course: Arc::new(Mutex::new(course)),
            first: self.first,
        }
    }

    fn new(real: RealTime, start: Option<Timestamp>, mode: ClockMode) -> Self {
        let now = real.now();
        let course = Course {
            mode,
            bank: start.unwrap_or(now),
            real: now,
        };
        Self {
            real,
            course: Arc::new(Mutex::new(course)),
            first: First { start, mode },
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
    fn a_clock_begins_again_or_where_it_stood_and_the_former_goes_its_own_way() {
        let clock = Clock::fixed(NOON);
        clock.advance(Duration::days(1));
        let kept = clock.standing();
        clock.advance(Duration::days(91));
        clock.follow();
        let resumed = clock.resumed(kept);
        clock.advance(Duration::days(1));
        assert_eq!(resumed.now().bank, NOON.plus(Duration::days(1)));
        assert_eq!(resumed.mode(), ClockMode::Frozen);
        assert_eq!(resumed.resumed(resumed.first()).now().bank, NOON);
        let fast = clock.beside(Some(NOON), ClockMode::Rate(60));
        fast.freeze();
        assert_eq!(fast.resumed(fast.first()).mode(), ClockMode::Rate(60));
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
}
