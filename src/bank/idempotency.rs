//! Requests that may come again: which key stands for which thing made (API contract, section 6.2).
//!
//! A key is remembered if and only if something was made under it, for a day of bank time, also when the
//! answer never arrived. While its first request is under way it is taken, and nothing is made under it
//! by another.

use std::collections::{BTreeMap, VecDeque};

use time::Duration;

use crate::clock::Timestamp;
use crate::id::ClientId;

/// All keys of a bank.
#[derive(Clone, Debug, Default)]
pub(crate) struct Idempotency {
    clients: BTreeMap<ClientId, Keys>,
}

/// The keys of one client.
#[derive(Clone, Debug, Default)]
struct Keys {
    entries: BTreeMap<(Endpoint, Box<str>), Entry>,
    /// In the order they were remembered: the oldest goes first.
    in_order: VecDeque<(Timestamp, Endpoint, Box<str>)>,
}

#[derive(Clone, Debug)]
struct Entry {
    digest: [u8; 32],
    /// What was made; nothing yet while the first request is under way.
    made: Option<(String, Timestamp)>,
}

/// Where a key counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Endpoint {
    PaymentConsents,
    Payments,
}

/// A key as one client sent it to one endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    /// Whose.
    pub(crate) client: ClientId,
    /// Where.
    pub(crate) endpoint: Endpoint,
    /// What it sent.
    pub(crate) text: Box<str>,
}

/// What a key turned out to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Begun {
    /// It stands for another request.
    Conflict,
    /// Nothing was made under it; it is taken from now on.
    Fresh,
    /// Its first request is under way.
    InProgress,
    /// It stands for this request, which made this.
    Replay(String),
}

impl Idempotency {
    /// Takes a key, if it is free, for a request with this digest.
    pub(crate) fn begin(&mut self, key: &Key, digest: [u8; 32], now: Timestamp) -> Begun {
        let keys = self.clients.entry(key.client.clone()).or_default();
        keys.forget_until(now.plus(-REMEMBERED_FOR));
        let place = (key.endpoint, key.text.clone());
        match keys.entries.get(&place) {
            Some(entry) if entry.digest != digest => Begun::Conflict,
            Some(Entry {
                made: Some((id, _)),
                ..
            }) => Begun::Replay(id.clone()),
            Some(_) => Begun::InProgress,
            None => {
                let entry = Entry { digest, made: None };
                keys.entries.insert(place, entry);
                Begun::Fresh
            }
        }
    }

    /// Remembers what was made under a key that was taken.
    pub(crate) fn finish(&mut self, key: &Key, made: &str, now: Timestamp) {
        let Some(keys) = self.clients.get_mut(&key.client) else {
            return;
        };
        let place = (key.endpoint, key.text.clone());
        if let Some(entry) = keys.entries.get_mut(&place) {
            entry.made = Some((made.to_owned(), now));
            keys.in_order
                .push_back((now, key.endpoint, key.text.clone()));
        }
        while keys.in_order.len() > KEYS_MAX {
            keys.forget_oldest();
        }
    }

    /// Lets go of a key under which nothing was made.
    pub(crate) fn abandon(&mut self, key: &Key) {
        let Some(keys) = self.clients.get_mut(&key.client) else {
            return;
        };
        let place = (key.endpoint, key.text.clone());
        if (keys.entries.get(&place)).is_some_and(|entry| entry.made.is_none()) {
            keys.entries.remove(&place);
        }
        if keys.entries.is_empty() {
            self.clients.remove(&key.client);
        }
    }
}

impl Keys {
    fn forget_until(&mut self, moment: Timestamp) {
        while (self.in_order.front()).is_some_and(|(at, ..)| *at <= moment) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, endpoint, text)) = self.in_order.pop_front() {
            self.entries.remove(&(endpoint, text));
        }
    }
}

/// How long a key is remembered.
const REMEMBERED_FOR: Duration = Duration::hours(24);

/// A client that pays more often than this in a day loses its oldest keys: some 2 MB a client.
const KEYS_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);

    fn key(client: &str, endpoint: Endpoint, text: &str) -> Key {
        Key {
            client: ClientId::new(client),
            endpoint,
            text: text.into(),
        }
    }

    fn payment(text: &str) -> Key {
        key("acorn", Endpoint::Payments, text)
    }

    #[test]
    fn a_key_is_taken_while_its_request_is_under_way_and_free_when_nothing_came_of_it() {
        let mut known = Idempotency::default();
        assert_eq!(known.begin(&payment("k"), [1; 32], NOON), Begun::Fresh);
        assert_eq!(known.begin(&payment("k"), [1; 32], NOON), Begun::InProgress);
        assert_eq!(known.begin(&payment("k"), [2; 32], NOON), Begun::Conflict);
        known.abandon(&payment("k"));
        assert_eq!(known.begin(&payment("k"), [2; 32], NOON), Begun::Fresh);
    }

    #[test]
    fn what_was_made_is_remembered_for_a_day_and_no_longer() {
        let mut known = Idempotency::default();
        known.begin(&payment("k"), [1; 32], NOON);
        known.finish(&payment("k"), "pay_1", NOON);
        known.abandon(&payment("k"));
        let almost = NOON.plus(REMEMBERED_FOR).plus(Duration::milliseconds(-1));
        let replay = Begun::Replay("pay_1".to_owned());
        assert_eq!(known.begin(&payment("k"), [1; 32], almost), replay);
        assert_eq!(known.begin(&payment("k"), [2; 32], almost), Begun::Conflict);
        let late = NOON.plus(REMEMBERED_FOR);
        assert_eq!(known.begin(&payment("k"), [2; 32], late), Begun::Fresh);
    }

    #[test]
    fn keys_of_other_clients_and_endpoints_are_others() {
        let mut known = Idempotency::default();
        known.begin(&payment("k"), [1; 32], NOON);
        known.finish(&payment("k"), "pay_1", NOON);
        for other in [
            key("burrow", Endpoint::Payments, "k"),
            key("acorn", Endpoint::PaymentConsents, "k"),
            key("acorn", Endpoint::Payments, "K"),
        ] {
            assert_eq!(
                known.begin(&other, [1; 32], NOON),
                Begun::Fresh,
                "{other:?}"
            );
        }
    }

    #[test]
    fn a_client_that_keeps_too_many_loses_its_oldest() {
        let mut known = Idempotency::default();
        for number in 0..=KEYS_MAX {
            let key = payment(&number.to_string());
            known.begin(&key, [1; 32], NOON);
            known.finish(&key, "pay", NOON);
        }
        assert_eq!(known.begin(&payment("0"), [1; 32], NOON), Begun::Fresh);
        let replay = Begun::Replay("pay".to_owned());
        assert_eq!(known.begin(&payment("1"), [1; 32], NOON), replay);
    }
}
