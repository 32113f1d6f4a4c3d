//! Requests that may come again: which key stands for which thing made (API contract, section 6.2).
//!
//! A key is remembered if and only if something was made under it, for a day of bank time, also when the
//! answer never arrived. While its first request is under way it is taken, and nothing is made under it
//! by another. What it stands for is kept as long as the key is: whoever makes room asks [`Idempotency::needs`].

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
    /// What must be there to answer those that are remembered.
    needed: BTreeMap<Box<str>, Need>,
}

/// How many keys need a thing, and when the last of them was remembered.
#[derive(Clone, Copy, Debug)]
struct Need {
    keys: u32,
    last: Timestamp,
}

#[derive(Clone, Debug)]
struct Entry {
    digest: [u8; 32],
    /// What was made, and under which consent where that was used up; nothing yet while the first request is under
    /// way.
    made: Option<(Box<str>, Option<Box<str>>)>,
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
            }) => Begun::Replay(id.to_string()),
            Some(_) => Begun::InProgress,
            None => {
                let entry = Entry { digest, made: None };
                keys.entries.insert(place, entry);
                Begun::Fresh
            }
        }
    }

    /// Remembers what was made under a key that was taken, and which consent it used up, if any.
    pub(crate) fn finish(
        &mut self,
        key: &Key,
        (made, under): (&str, Option<&str>),
        now: Timestamp,
    ) {
        let Some(keys) = self.clients.get_mut(&key.client) else {
            return;
        };
        let place = (key.endpoint, key.text.clone());
        if let Some(entry) = keys.entries.get_mut(&place) {
            entry.made = Some((made.into(), under.map(Into::into)));
            for id in [Some(made), under].into_iter().flatten() {
                keys.need(id, now);
            }
            keys.in_order
                .push_back((now, key.endpoint, key.text.clone()));
        }
        while keys.in_order.len() > KEYS_MAX {
            keys.forget_oldest();
        }
    }

    /// Whether a request of a client's may come again that is answered with this payment, or by way of this
    /// consent.
    pub(crate) fn needs(&self, client: &ClientId, id: &str, now: Timestamp) -> bool {
        let keys = self.clients.get(client);
        let need = keys.and_then(|keys| keys.needed.get(id));
        need.is_some_and(|need| need.last > now.plus(-REMEMBERED_FOR))
    }

    /// Forgets the keys of a client that is gone.
    pub(crate) fn forget_client(&mut self, client: &ClientId) {
        self.clients.remove(client);
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
            let entry = self.entries.remove(&(endpoint, text));
            if let Some((made, under)) = entry.and_then(|entry| entry.made) {
                self.need_no_more(&made);
                if let Some(under) = under {
                    self.need_no_more(&under);
                }
            }
        }
    }

    fn need(&mut self, id: &str, now: Timestamp) {
        let none = Need { keys: 0, last: now };
        let need = self.needed.entry(id.into()).or_insert(none);
        need.keys += 1;
        need.last = need.last.max(now);
    }

    fn need_no_more(&mut self, id: &str) {
        if let Some(need) = self.needed.get_mut(id) {
            need.keys -= 1;
            if need.keys == 0 {
                self.needed.remove(id);
            }
        }
    }
}

/// How long a key is remembered.
const REMEMBERED_FOR: Duration = Duration::hours(24);

/// A client that pays more often than this in a day loses its oldest keys: some 3 MB a client. Of what a client
/// may keep of payments, and of consents, this is less than half: there is always something that may go.
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
        known.finish(&payment("k"), ("pay_1", None), NOON);
        known.abandon(&payment("k"));
        let almost = NOON.plus(REMEMBERED_FOR).plus(Duration::milliseconds(-1));
        let replay = Begun::Replay("pay_1".to_owned());
        assert_eq!(known.begin(&payment("k"), [1; 32], almost), replay);
        assert_eq!(known.begin(&payment("k"), [2; 32], almost), Begun::Conflict);
        let late = NOON.plus(REMEMBERED_FOR);
        assert_eq!(known.begin(&payment("k"), [2; 32], late), Begun::Fresh);
    }

    #[test]
    fn what_was_made_is_needed_as_long_as_its_key_is_remembered() {
        let mut known = Idempotency::default();
        let acorn = ClientId::new("acorn");
        let needs = |known: &Idempotency, id: &str, now| known.needs(&acorn, id, now);
        let consent = key("acorn", Endpoint::PaymentConsents, "k");
        let earlier = NOON.plus(-Duration::HOUR);
        known.begin(&consent, [1; 32], earlier);
        known.finish(&consent, ("consent_1", None), earlier);
        known.begin(&payment("k"), [1; 32], NOON);
        assert!(!needs(&known, "pay_1", NOON));
        known.finish(&payment("k"), ("pay_1", Some("consent_1")), NOON);
        let almost = NOON.plus(REMEMBERED_FOR).plus(Duration::milliseconds(-1));
        assert!(needs(&known, "pay_1", NOON) && needs(&known, "pay_1", almost));
        assert!(!needs(&known, "pay_2", NOON));
        let burrow = ClientId::new("burrow");
        assert!(!known.needs(&burrow, "pay_1", NOON));
        // The payment is asked for by way of its consent, whose own key is forgotten first.
        known.begin(&payment("other"), [1; 32], almost);
        assert!(needs(&known, "consent_1", almost));
        // Whether or not anybody has asked for the key since.
        let late = NOON.plus(REMEMBERED_FOR);
        assert!(!needs(&known, "pay_1", late));
        assert!(!needs(&known, "consent_1", late));
        known.begin(&payment("another"), [1; 32], late);
        assert!(!needs(&known, "pay_1", NOON) && !needs(&known, "consent_1", NOON));
        known.finish(&payment("another"), ("pay_2", None), late);
        assert!(needs(&known, "pay_2", late));
        known.forget_client(&acorn);
        assert!(!needs(&known, "pay_2", late));
        known.finish(&payment("another"), ("pay_3", None), late);
        known.abandon(&payment("another"));
        assert!(!needs(&known, "pay_3", late));
    }

    #[test]
    fn keys_of_other_clients_and_endpoints_are_others() {
        let mut known = Idempotency::default();
        known.begin(&payment("k"), [1; 32], NOON);
        known.finish(&payment("k"), ("pay_1", None), NOON);
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
            known.finish(&key, (&format!("pay_{number}"), None), NOON);
        }
        let needs = |made| known.needs(&ClientId::new("acorn"), made, NOON);
        assert!(!needs("pay_0") && needs("pay_1"));
        assert_eq!(known.begin(&payment("0"), [1; 32], NOON), Begun::Fresh);
        let replay = Begun::Replay("pay_1".to_owned());
        assert_eq!(known.begin(&payment("1"), [1; 32], NOON), replay);
    }
}
