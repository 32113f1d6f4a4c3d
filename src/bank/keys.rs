//! What a bank signs with: one key for each algorithm, and those it signed with before.
//!
//! A rotation puts a new key in front and keeps publishing the old one for a day, so that a TPP with
//! cached keys, and one with a token signed a moment ago, both get along (OpenID Connect Core,
//! section 10.1.1).

use std::sync::Arc;

use time::Duration;

use crate::clock::Timestamp;
use crate::jose::{Algorithm, SigningKey, jwks};

/// The keys in use, and the retired ones that are still published.
#[derive(Clone, Debug)]
pub(crate) struct KeyRing {
    ps256: Arc<SigningKey>,
    es256: Arc<SigningKey>,
    retired: Vec<(Arc<SigningKey>, Timestamp)>,
}

impl KeyRing {
    /// A ring of fresh keys.
    pub(crate) fn new(ps256: SigningKey, es256: SigningKey) -> Self {
        Self {
            ps256: Arc::new(ps256),
            es256: Arc::new(es256),
            retired: Vec::new(),
        }
    }

    /// The key in use for an algorithm.
    pub(crate) fn for_algorithm(&self, algorithm: Algorithm) -> Arc<SigningKey> {
        Arc::clone(match algorithm {
            Algorithm::Es256 => &self.es256,
            Algorithm::Ps256 => &self.ps256,
        })
    }

    /// The published key set at a moment of real time.
    pub(crate) fn jwks(&self, now_real: Timestamp) -> serde_json::Value {
        let published = |at: Timestamp| now_real < at.plus(PUBLISHED_AFTER_RETIREMENT);
        let retired = self.retired.iter().filter(|(_, at)| published(*at));
        let keys: Vec<_> = [&*self.ps256, &*self.es256]
            .into_iter()
            .chain(retired.map(|(key, _)| &**key))
            .collect();
        jwks(&keys)
    }

    /// The ids of every key, in use and retired.
    pub(crate) fn kids(&self) -> Vec<String> {
        let retired = self.retired.iter().map(|(key, _)| key);
        let keys = [&self.ps256, &self.es256].into_iter().chain(retired);
        keys.map(|key| key.kid().to_owned()).collect()
    }

    /// Puts `fresh` in the place of the key of its algorithm; the old one stays published for a day, or
    /// goes at once.
    pub(crate) fn rotate(&mut self, fresh: SigningKey, keep_old: bool, now_real: Timestamp) {
        let place = match fresh.algorithm() {
            Algorithm::Es256 => &mut self.es256,
            Algorithm::Ps256 => &mut self.ps256,
        };
        let old = std::mem::replace(place, Arc::new(fresh));
        if keep_old {
            self.retired.insert(0, (old, now_real));
            self.retired.truncate(RETIRED_MAX);
        }
    }
}

/// Longer than any sensible cache of a TPP, shorter than a key should linger.
const PUBLISHED_AFTER_RETIREMENT: Duration = Duration::hours(24);

/// A client's library may read no more than a few keys.
const RETIRED_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::fresh_p256_key;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);

    fn key() -> SigningKey {
        SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap()
    }

    fn ring() -> KeyRing {
        // Which algorithm stands in the first place does not matter here.
        KeyRing::new(key(), key())
    }

    fn kids(ring: &KeyRing, at: Timestamp) -> Vec<String> {
        let set = ring.jwks(at);
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn an_old_key_stays_published_for_a_day() {
        let mut ring = ring();
        let old = ring.for_algorithm(Algorithm::Es256).kid().to_owned();
        ring.rotate(key(), true, NOON);
        assert_ne!(ring.for_algorithm(Algorithm::Es256).kid(), old);
        assert!(kids(&ring, NOON).contains(&old));
        let later = NOON.plus(Duration::hours(25));
        assert!(!kids(&ring, later).contains(&old));
    }

    #[test]
    fn an_old_key_that_is_not_kept_goes_at_once() {
        let mut ring = ring();
        let old = ring.for_algorithm(Algorithm::Es256).kid().to_owned();
        ring.rotate(key(), false, NOON);
        assert!(!kids(&ring, NOON).contains(&old));
    }

    #[test]
    fn however_often_keys_rotate_the_set_stays_small() {
        let mut ring = ring();
        for _ in 0..RETIRED_MAX + 3 {
            ring.rotate(key(), true, NOON);
        }
        assert_eq!(kids(&ring, NOON).len(), RETIRED_MAX + 2);
    }
}
