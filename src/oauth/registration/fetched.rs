//! Keys that were fetched from where a software statement says they are: kept a while, bounded.
//!
//! Who fetches, and when, is decided in `web/keys.rs`; here is what is remembered of it.

use std::collections::HashMap;

use time::Duration;

use crate::clock::Timestamp;
use crate::jose::KeySet;

/// What came of fetching keys, by URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct FetchedKeys {
    by_url: HashMap<String, Fetched>,
}

#[derive(Clone, Debug)]
struct Fetched {
    tried_at_real: Timestamp,
    /// What was read last, and when.
    read: Option<(KeySet, Timestamp)>,
    /// Why the last try brought nothing.
    fault: Option<String>,
}

impl FetchedKeys {
    /// The keys last read at this URL.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) fn of(&self, url: &str) -> Result<KeySet, String> {
        let fetched = self.by_url.get(url);
        if let Some((keys, _)) = fetched.and_then(|fetched| fetched.read.as_ref()) {
            return Ok(keys.clone());
        }
        let fault = fetched.and_then(|fetched| fetched.fault.clone());
        Err(fault.unwrap_or_else(|| "it was not fetched".to_owned()))
    }

    /// Whether the URL is to be read before its keys are used: once a minute, whatever came of it last.
    pub(crate) fn is_due(&self, url: &str, now_real: Timestamp) -> bool {
        let last = self.by_url.get(url);
        last.is_none_or(|last| last.tried_at_real.plus(PAUSE) <= now_real)
    }

    /// What is to be told of keys that could not be read when they were due.
    pub(crate) fn trouble(&self, url: &str) -> Option<String> {
        let fetched = self.by_url.get(url)?;
        let fault = fetched.fault.as_ref()?;
        let stays = match &fetched.read {
            Some((_, at)) => format!("those read at {at} stay in use"),
            None => "nothing newer is known".to_owned(),
        };
        Some(format!(
            "the keys at {url} cannot be read: {fault}; {stays}"
        ))
    }

    /// Remembers what was read; a failure does not take away what was read before.
    pub(crate) fn remember(
        &mut self,
        url: &str,
        read: Result<KeySet, String>,
        now_real: Timestamp,
    ) {
        let former = self.by_url.remove(url).and_then(|fetched| fetched.read);
        self.make_room();
        let (read, fault) = match read {
            Ok(keys) => (Some((keys, now_real)), None),
            Err(fault) => (former, Some(fault)),
        };
        let fetched = Fetched {
            tried_at_real: now_real,
            read,
            fault,
        };
        self.by_url.insert(url.to_owned(), fetched);
    }

    fn make_room(&mut self) {
        if self.by_url.len() < URLS_MAX {
            return;
        }
        let oldest = self
            .by_url
            .iter()
            .min_by_key(|(_, fetched)| fetched.tried_at_real);
        if let Some(oldest) = oldest.map(|(url, _)| url.clone()) {
            self.by_url.remove(&oldest);
        }
    }
}

/// SECURITY contract, 8.1: a new key is honored within a minute; so is the want of an old one.
const PAUSE: Duration = Duration::minutes(1);

/// One for each software that was ever registered from elsewhere; a set of keys is some 5 kB.
const URLS_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);
    const URL: &str = "https://keystore.example/org/software.jwks";

    #[test]
    fn a_url_is_read_once_a_minute_and_a_failure_takes_nothing_away() {
        let mut fetched = FetchedKeys::default();
        assert!(fetched.is_due(URL, START));
        assert!(fetched.of(URL).is_err());
        fetched.remember(URL, Err("no".to_owned()), START);
        assert!(!fetched.is_due(URL, START));
        assert_eq!(fetched.of(URL).unwrap_err(), "no");
        assert!(!fetched.is_due(URL, START.plus(Duration::seconds(59))));
        let later = START.plus(Duration::seconds(60));
        assert!(fetched.is_due(URL, later));
        fetched.remember(URL, Ok(KeySet::default()), later);
        assert_eq!(fetched.trouble(URL), None);
        let last = later.plus(Duration::seconds(60));
        fetched.remember(URL, Err("no".to_owned()), last);
        assert!(fetched.of(URL).is_ok());
        let told = fetched.trouble(URL).unwrap();
        let read = format!("no; those read at {later} stay in use");
        assert!(told.contains(URL) && told.ends_with(&read), "{told}");
        assert!(!fetched.is_due(URL, last));
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut fetched = FetchedKeys::default();
        for number in 0..=URLS_MAX {
            let seconds = i64::try_from(number).unwrap();
            let url = format!("{URL}?{number}");
            let at = START.plus(Duration::seconds(seconds));
            fetched.remember(&url, Ok(KeySet::default()), at);
        }
        assert_eq!(fetched.by_url.len(), URLS_MAX);
        assert!(!fetched.by_url.contains_key(&format!("{URL}?0")));
    }
}
