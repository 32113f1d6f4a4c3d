//! The references of confirmations of funds: each is used once under its consent, and each client has
//! room for so many.

use std::collections::{HashMap, HashSet};

use crate::id::{ClientId, ConsentId};

use super::Consent;

/// Every reference that is remembered.
#[derive(Clone, Debug)]
pub(super) struct References {
    by_client: HashMap<ClientId, HashMap<ConsentId, HashSet<Box<str>>>>,
    confirmed: u64,
    each: usize,
}

impl References {
    /// None at first; `each` client may have so many, if not [`REFERENCES_PER_CLIENT`].
    pub(super) fn new(each: Option<usize>) -> Self {
        Self {
            by_client: HashMap::new(),
            confirmed: 0,
            each: each.unwrap_or(REFERENCES_PER_CLIENT),
        }
    }

    /// Takes a reference down; `None` when it was used before under this consent. Consents that `are_over`
    /// make room.
    pub(super) fn take(
        &mut self,
        consent: &Consent,
        reference: &str,
        are_over: impl Fn(&ConsentId) -> bool,
    ) -> Result<Option<u64>, TooManyReferences> {
        let own = self.by_client.entry(consent.client_id.clone()).or_default();
        let is_used = |used: &HashSet<Box<str>>| used.contains(reference);
        if own.get(&consent.id).is_some_and(is_used) {
            return Ok(None);
        }
        if count(own) >= self.each {
            own.retain(|id, _| !are_over(id));
        }
        if count(own) >= self.each {
            return Err(TooManyReferences { kept: self.each });
        }
        let used = own.entry(consent.id.clone()).or_default();
        used.insert(reference.into());
        self.confirmed += 1;
        Ok(Some(self.confirmed))
    }

    /// Forgets those of a consent that is no longer kept.
    pub(super) fn forget(&mut self, client: &ClientId, consent: &ConsentId) {
        if let Some(own) = self.by_client.get_mut(client) {
            own.remove(consent);
        }
    }

    /// Forgets those of a client that is no longer registered.
    pub(super) fn forget_client(&mut self, client: &ClientId) {
        self.by_client.remove(client);
    }
}

fn count(own: &HashMap<ConsentId, HashSet<Box<str>>>) -> usize {
    own.values().map(HashSet::len).sum()
}

/// No more references can be remembered for a client, and none of its consents has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooManyReferences {
    /// How many there are.
    pub(crate) kept: usize,
}

/// A shop that asks every ten seconds for five days; some 4 MB.
const REFERENCES_PER_CLIENT: usize = 50_000;

#[cfg(test)]
mod tests {
    use super::super::tests::consent;
    use super::super::{ConsentType, State};
    use super::*;

    fn named(id: &str) -> Consent {
        Consent {
            id: ConsentId::new(id),
            ..consent(ConsentType::FundsConfirmation, State::Expired)
        }
    }

    #[test]
    fn a_reference_is_used_once_under_a_consent() {
        let mut references = References::new(None);
        let (one, other) = (named("one"), named("other"));
        let mut take = |consent, reference| references.take(consent, reference, |_| false);
        let first = take(&one, "Purchase01").unwrap().unwrap();
        assert_eq!(take(&one, "Purchase01"), Ok(None));
        let second = take(&other, "Purchase01").unwrap();
        assert!(second.is_some_and(|second| second != first));
    }

    #[test]
    fn a_client_has_room_for_so_many_and_ended_consents_make_some() {
        let mut references = References::new(Some(3));
        let (one, other) = (named("one"), named("other"));
        for reference in ["a", "b", "c"] {
            assert!(matches!(
                references.take(&one, reference, |_| false),
                Ok(Some(_))
            ));
        }
        let full = Err(TooManyReferences { kept: 3 });
        assert_eq!(references.take(&other, "a", |_| false), full);
        assert_eq!(references.take(&one, "a", |_| false), Ok(None));
        let foreign = Consent {
            client_id: ClientId::new("burrow-pay"),
            ..named("foreign")
        };
        assert!(matches!(
            references.take(&foreign, "a", |_| false),
            Ok(Some(_))
        ));
        let is_one = |id: &ConsentId| *id == one.id;
        assert!(matches!(references.take(&other, "a", is_one), Ok(Some(_))));
        references.forget(&other.client_id, &other.id);
        assert!(matches!(
            references.take(&other, "a", |_| false),
            Ok(Some(_))
        ));
    }
}
