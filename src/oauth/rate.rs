//! Rate limits: how many calls a minute a client may make, counted in bank time (API contract, section 14, G9).
//!
//! A minute begins with its first call, so that a client which keeps below its limit never meets one that
//! somebody else's clock began.

use std::collections::HashMap;

use time::Duration;

use crate::clock::Timestamp;
use crate::id::ClientId;

use super::api_key::Environment;

/// Calls a minute for each client; `None` is without limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RateLimits {
    pub(crate) sandbox: Option<u32>,
    pub(crate) production: Option<u32>,
    /// Whether a call without an API key counts as one with a sandbox key, or not at all.
    pub(crate) counts_without_key: bool,
}

/// As published: whoever sends a key is held to its limit, and test suites run.
impl Default for RateLimits {
    fn default() -> Self {
        Self {
            sandbox: Some(100),
            production: Some(1000),
            counts_without_key: false,
        }
    }
}

impl RateLimits {
    /// None at all.
    pub(crate) const OFF: Self = Self {
        sandbox: None,
        production: None,
        counts_without_key: false,
    };

    /// Under which name a call counts, and how many there may be.
    pub(crate) fn of(self, key: Option<Environment>) -> Option<Limit> {
        let without_key = || self.counts_without_key.then_some(Environment::Sandbox);
        let environment = key.or_else(without_key)?;
        let calls = match environment {
            Environment::Sandbox => self.sandbox?,
            Environment::Production => self.production?,
        };
        Some(Limit { environment, calls })
    }
}

/// What a call is held to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limit {
    pub(crate) environment: Environment,
    /// In a minute.
    pub(crate) calls: u32,
}

/// Who called how often.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates(HashMap<(ClientId, Environment), Minute>);

/// A minute under way, or the last one there was.
#[derive(Clone, Copy, Debug)]
struct Minute {
    began: Timestamp,
    calls: u32,
}

/// Where a call stands in its minute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Allowance {
    /// What it is held to.
    pub(crate) limit: Limit,
    /// Whether it is one of those that are allowed.
    pub(crate) is_granted: bool,
    /// How many may follow in this minute.
    pub(crate) remaining: u32,
    /// When the minute began.
    pub(crate) began: Timestamp,
    /// Whole seconds until the next one may begin.
    pub(crate) reset_s: i64,
}

impl Rates {
    /// Counts a call of a client that is known; refused ones are not counted.
    pub(crate) fn count(&mut self, client: &ClientId, limit: Limit, now: Timestamp) -> Allowance {
        let place = (client.clone(), limit.environment);
        let fresh = Minute {
            began: now,
            calls: 0,
        };
        let minute = self.0.entry(place).or_insert(fresh);
        if now.since(minute.began) >= MINUTE {
            *minute = fresh;
        }
        let is_granted = minute.calls < limit.calls;
        minute.calls += u32::from(is_granted);
        // A call that arrived before the one that began the minute, and was slower, counts to it too.
        let left = (MINUTE - now.since(minute.began)).min(MINUTE);
        let begun_second = i64::from(left.subsec_nanoseconds() > 0);
        Allowance {
            limit,
            is_granted,
            remaining: limit.calls.saturating_sub(minute.calls),
            began: minute.began,
            reset_s: left.whole_seconds() + begun_second,
        }
    }

    /// Takes a call back that was counted and turned out to be somebody else's. One that began a minute did not.
    pub(crate) fn give_back(&mut self, client: &ClientId, allowance: Allowance) {
        let place = (client.clone(), allowance.limit.environment);
        let minute = self.0.get_mut(&place);
        let Some(minute) = minute.filter(|minute| minute.began == allowance.began) else {
            return;
        };
        minute.calls = minute.calls.saturating_sub(u32::from(allowance.is_granted));
        if minute.calls == 0 {
            self.0.remove(&place);
        }
    }

    /// Forgets a client that is gone.
    pub(crate) fn forget_client(&mut self, client: &ClientId) {
        self.0.retain(|(owner, _), _| owner != client);
    }
}

const MINUTE: Duration = Duration::MINUTE;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);

    fn two() -> Limit {
        Limit {
            environment: Environment::Sandbox,
            calls: 2,
        }
    }

    fn count(rates: &mut Rates, client: &str, after_ms: i64) -> (bool, u32, i64) {
        let now = NOON.plus(Duration::milliseconds(after_ms));
        let allowance = rates.count(&ClientId::new(client), two(), now);
        (allowance.is_granted, allowance.remaining, allowance.reset_s)
    }

    #[test]
    fn a_minute_has_so_many_calls_and_the_next_one_has_them_again() {
        let mut rates = Rates::default();
        assert_eq!(count(&mut rates, "acorn", 0), (true, 1, 60));
        assert_eq!(count(&mut rates, "acorn", 1_500), (true, 0, 59));
        assert_eq!(count(&mut rates, "acorn", 59_999), (false, 0, 1));
        assert_eq!(count(&mut rates, "burrow", 59_999), (true, 1, 60));
        assert_eq!(count(&mut rates, "acorn", 60_000), (true, 1, 60));
        assert_eq!(count(&mut rates, "acorn", 60_000), (true, 0, 60));
        assert_eq!(count(&mut rates, "acorn", 60_000), (false, 0, 60));
    }

    #[test]
    fn a_call_taken_back_was_never_counted() {
        let mut rates = Rates::default();
        let acorn = ClientId::new("acorn");
        let at = |after_ms| NOON.plus(Duration::milliseconds(after_ms));
        let foreign = rates.count(&acorn, two(), at(0));
        rates.give_back(&acorn, foreign);
        // It did not begin the minute either.
        assert_eq!(count(&mut rates, "acorn", 1_000), (true, 1, 60));
        let foreign = rates.count(&acorn, two(), at(2_000));
        assert_eq!(count(&mut rates, "acorn", 2_000), (false, 0, 59));
        rates.give_back(&acorn, foreign);
        assert_eq!(count(&mut rates, "acorn", 2_000), (true, 0, 59));
        // One that was refused was not counted, so there is nothing to take back.
        let refused = rates.count(&acorn, two(), at(3_000));
        rates.give_back(&acorn, refused);
        assert_eq!(count(&mut rates, "acorn", 3_000), (false, 0, 58));
        // Nor is there once its minute is over, or its owner gone.
        assert_eq!(count(&mut rates, "acorn", 61_000), (true, 1, 60));
        rates.give_back(&acorn, foreign);
        assert_eq!(count(&mut rates, "acorn", 61_000), (true, 0, 60));
        rates.forget_client(&acorn);
        rates.give_back(&acorn, foreign);
        assert_eq!(count(&mut rates, "acorn", 61_000), (true, 1, 60));
    }

    #[test]
    fn a_slow_call_from_before_the_minute_began_counts_to_it() {
        let mut rates = Rates::default();
        assert_eq!(count(&mut rates, "acorn", 10_000), (true, 1, 60));
        assert_eq!(count(&mut rates, "acorn", 9_990), (true, 0, 60));
    }

    #[test]
    fn environments_are_counted_apart() {
        let mut rates = Rates::default();
        count(&mut rates, "acorn", 0);
        count(&mut rates, "acorn", 0);
        let production = Limit {
            environment: Environment::Production,
            calls: 1,
        };
        let acorn = ClientId::new("acorn");
        assert!(rates.count(&acorn, production, NOON).is_granted);
        assert!(!rates.count(&acorn, production, NOON).is_granted);
        rates.forget_client(&acorn);
        assert!(rates.count(&acorn, production, NOON).is_granted);
    }

    #[test]
    fn a_call_without_a_key_is_held_to_what_the_settings_say() {
        let calls = |limits: RateLimits, key| limits.of(key).map(|limit| limit.calls);
        let (sandbox, production) = (Some(Environment::Sandbox), Some(Environment::Production));
        let default = RateLimits::default();
        assert_eq!(calls(default, None), None);
        assert_eq!(calls(default, sandbox), Some(100));
        assert_eq!(calls(default, production), Some(1000));
        let all = RateLimits {
            counts_without_key: true,
            production: None,
            ..default
        };
        assert_eq!(calls(all, None), Some(100));
        assert_eq!(calls(all, production), None);
        assert_eq!(calls(RateLimits::OFF, None), None);
        assert_eq!(calls(RateLimits::OFF, sandbox), None);
    }
}
