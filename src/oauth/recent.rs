//! What clients used lately and should not use again, as far as nobody forbids it: whoever tells them that
//! it is unwise has to remember.

use std::collections::{HashMap, VecDeque};

use crate::clock::Timestamp;
use crate::id::ClientId;

use super::grant::TokenHash;

/// What is to be used once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Once {
    CodeChallenge,
    Nonce,
    State,
}

/// What each client used lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent(HashMap<ClientId, Own>);

#[derive(Clone, Debug, Default)]
struct Own {
    used: VecDeque<TokenHash>,
    tokens: VecDeque<Fresh>,
}

/// The latest access token for one purpose.
#[derive(Clone, Copy, Debug)]
struct Fresh {
    purpose: TokenHash,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

impl Recent {
    /// Takes down that a client uses a value; answers whether it did before.
    pub(crate) fn uses(&mut self, client: &ClientId, once: Once, value: &str) -> bool {
        let own = self.0.entry(client.clone()).or_default();
        let value = TokenHash::of(&format!("{once:?}\n{value}"));
        if own.used.contains(&value) {
            return true;
        }
        own.used.truncate(USED_MAX - 1);
        own.used.push_front(value);
        false
    }

    /// Takes down that a client was given an access token for a purpose; answers whether the former one for
    /// the same purpose had more than half of its life before it.
    pub(crate) fn is_given(
        &mut self,
        client: &ClientId,
        purpose: &str,
        (now, expires_at): (Timestamp, Timestamp),
    ) -> bool {
        let own = self.0.entry(client.clone()).or_default();
        let purpose = TokenHash::of(purpose);
        let former = own.tokens.iter().position(|fresh| fresh.purpose == purpose);
        let former = former.and_then(|index| own.tokens.remove(index));
        own.tokens.truncate(PURPOSES_MAX - 1);
        own.tokens.push_front(Fresh {
            purpose,
            issued_at: now,
            expires_at,
        });
        former.is_some_and(|former| {
            former.expires_at.since(now) * 2 > former.expires_at.since(former.issued_at)
        })
    }

    /// Forgets a client that is gone.
    pub(crate) fn forget_client(&mut self, client: &ClientId) {
        self.0.remove(client);
    }
}

/// Three values of each of a hundred authorization requests: 5 kB a client, and quickly looked through.
const USED_MAX: usize = 300;
/// Consents that are worked with side by side.
const PURPOSES_MAX: usize = 50;

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);

    #[test]
    fn a_value_is_known_the_second_time_of_the_same_client_and_use() {
        let mut recent = Recent::default();
        let (acorn, burrow) = (ClientId::new("acorn"), ClientId::new("burrow"));
        assert!(!recent.uses(&acorn, Once::Nonce, "x"));
        assert!(recent.uses(&acorn, Once::Nonce, "x"));
        assert!(!recent.uses(&acorn, Once::State, "x"));
        assert!(!recent.uses(&burrow, Once::Nonce, "x"));
        recent.forget_client(&acorn);
        assert!(!recent.uses(&acorn, Once::Nonce, "x"));
    }

    #[test]
    fn the_oldest_value_is_forgotten_first() {
        let mut recent = Recent::default();
        let acorn = ClientId::new("acorn");
        for number in 0..=USED_MAX {
            assert!(!recent.uses(&acorn, Once::State, &number.to_string()));
        }
        assert!(recent.uses(&acorn, Once::State, "1"));
        assert!(!recent.uses(&acorn, Once::State, "0"));
    }

    #[test]
    fn a_token_is_fresh_in_the_first_half_of_its_life() {
        let acorn = ClientId::new("acorn");
        for (after_s, is_fresh) in [(0, true), (149, true), (150, false), (400, false)] {
            let mut recent = Recent::default();
            let life = Duration::seconds(300);
            assert!(!recent.is_given(&acorn, "a", (NOON, NOON.plus(life))));
            assert!(!recent.is_given(&acorn, "b", (NOON, NOON.plus(life))));
            let now = NOON.plus(Duration::seconds(after_s));
            assert_eq!(
                recent.is_given(&acorn, "a", (now, now.plus(life))),
                is_fresh,
                "{after_s}"
            );
        }
    }
}
