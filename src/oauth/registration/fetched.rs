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
    at_real: Timestamp,
    keys: Result<KeySet, String>,
}

impl FetchedKeys {
    /// The keys last read at this URL.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) fn of(&self, url: &str) -> Result<KeySet, String> {
        match self.by_url.get(url) {
            Some(fetched) => fetched.keys.clone(),
            None => Err("it was not fetched".to_owned()),
        }
    }

    /// Whether the URL may be read now: at most once a minute, whatever comes of it.
    pub(crate) fn may_fetch(&self, url: &str, now_real: Timestamp) -> bool {
        let last = self.by_url.get(url);
        last.is_none_or(|last| last.at_real.plus(PAUSE) <= now_real)
    }

    /// Remembers what was read; a failure does not take away what was read before.
    pub(crate) fn remember(
        &mut self,
        url: &str,
        read: Result<KeySet, String>,
        now_real: Timestamp,
    ) {
        let former = self.by_url.remove(url).map(|fetched| fetched.keys);
        self.make_room();
        let keys = match (former, read) {
            (Some(Ok(former)), Err(_)) => Ok(former),
            (_, read) => read,
        };
        let fetched = Fetched {
            at_real: now_real,
            keys,
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
            .min_by_key(|(_, fetched)| fetched.at_real);
        if let Some(oldest) = oldest.map(|(url, _)| url.clone()) {
            self.by_url.remove(&oldest);
        }
    }
}

/// SECURITY contract, 8.1: a new `kid` is honored within a minute.
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
        assert!(fetched.may_fetch(URL, START));
        assert!(fetched.of(URL).is_err());
        fetched.remember(URL, Err("no".to_owned()), START);
        assert!(!fetched.may_fetch(URL, START));
        assert_eq!(fetched.of(URL).unwrap_err(), "no");
        assert!(!fetched.may_fetch(URL, START.plus(Duration::seconds(59))));
        let later = START.plus(Duration::seconds(60));
        assert!(fetched.may_fetch(URL, later));
        fetched.remember(URL, Ok(KeySet::default()), later);
        let last = later.plus(Duration::seconds(60));
        fetched.remember(URL, Err("no".to_owned()), last);
        assert!(fetched.of(URL).is_ok());
        assert!(!fetched.may_fetch(URL, last));
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
