//! The drawer consents are kept in: bounded, and never opened without settling what time has changed.

use std::collections::{HashMap, VecDeque};

use crate::clock::Timestamp;
use crate::entropy::Stream;
use crate::id::{ClientId, ConsentId};

use super::{AccountAccess, Consent, ConsentType, Event, State};

/// All consents of one bank.
#[derive(Clone, Debug)]
pub(crate) struct Consents {
    by_id: HashMap<ConsentId, Consent>,
    /// Oldest first, so that the oldest ended one can make room.
    in_order: VecDeque<ConsentId>,
    ids: Stream,
}

impl Consents {
    /// An empty drawer whose ids are drawn from `ids`.
    pub(crate) fn new(ids: Stream) -> Self {
        Self {
            by_id: HashMap::new(),
            in_order: VecDeque::new(),
            ids,
        }
    }

    /// Keeps a new consent that awaits its customer.
    ///
    /// # Errors
    /// When [`CONSENTS_MAX`] are kept already and none of them has ended.
    pub(crate) fn create(
        &mut self,
        client_id: ClientId,
        terms: AccountAccess,
        now: Timestamp,
    ) -> Result<Consent, TooManyConsents> {
        self.make_room(now)?;
        let prefix = ConsentType::AccountAccess.id_prefix();
        let id = ConsentId::new(format!("{prefix}{}", self.ids.token()));
        let consent = Consent {
            id: id.clone(),
            client_id,
            terms,
            created_at: now,
            status_updated_at: now,
            state: State::AwaitingAuthorization,
        };
        self.in_order.push_back(id.clone());
        self.by_id.insert(id, consent.clone());
        Ok(consent)
    }

    /// The consent with this id, settled.
    pub(crate) fn find(&mut self, id: &str, now: Timestamp) -> Option<&mut Consent> {
        let consent = self.by_id.get_mut(id)?;
        consent.settle(now);
        Some(consent)
    }

    /// The consent with this id if it is this client's own; a foreign one looks as if it were unknown.
    pub(crate) fn find_own(
        &mut self,
        id: &str,
        client_id: &ClientId,
        now: Timestamp,
    ) -> Option<&mut Consent> {
        self.find(id, now)
            .filter(|consent| consent.client_id == *client_id)
    }

    /// Deletes what a client's customers have not answered yet.
    pub(crate) fn withdraw_awaiting(&mut self, client_id: &ClientId, now: Timestamp) {
        for consent in self.by_id.values_mut() {
            consent.settle(now);
            if consent.client_id == *client_id && consent.state == State::AwaitingAuthorization {
                // A deletion is legal from there.
                let _ = consent.apply(Event::Delete, now);
            }
        }
    }

    /// Settles every consent, and tells which ended by their date after `from` and until `to`, in order.
    pub(crate) fn expired_between(
        &mut self,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<(Timestamp, ConsentId)> {
        let mut expired = Vec::new();
        for consent in self.by_id.values_mut() {
            consent.settle(to);
            let at = consent.status_updated_at;
            if consent.state == State::Expired && from < at && at <= to {
                expired.push((at, consent.id.clone()));
            }
        }
        expired.sort();
        expired
    }

    fn make_room(&mut self, now: Timestamp) -> Result<(), TooManyConsents> {
        if self.by_id.len() < CONSENTS_MAX {
            return Ok(());
        }
        let ended = self.in_order.iter().position(|id| {
            self.by_id.get_mut(id).is_none_or(|consent| {
                consent.settle(now);
                !consent.can_be_authorized()
            })
        });
        let id = ended.and_then(|index| self.in_order.remove(index));
        self.by_id.remove(&id.ok_or(TooManyConsents)?);
        Ok(())
    }
}

/// No more consents can be kept, and none has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooManyConsents;

/// A hundred thousand consents are some 40 MB: more than any test suite makes, less than a laptop minds.
pub(crate) const CONSENTS_MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::{LONGEST_LIFE, Permission, Permissions};
    use crate::entropy::Seed;

    const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

    fn terms() -> AccountAccess {
        AccountAccess {
            permissions: Permissions::from_iter([Permission::ReadAccounts]),
            expires_at: START.plus(LONGEST_LIFE),
            transactions_from: None,
            transactions_to: None,
        }
    }

    fn acorn() -> ClientId {
        ClientId::new("acorn-budget")
    }

    #[test]
    fn a_foreign_consent_looks_unknown() {
        let mut consents = Consents::new(Seed(1).stream("consents"));
        let id = consents.create(acorn(), terms(), START).unwrap().id;
        assert!(consents.find_own(id.as_str(), &acorn(), START).is_some());
        let burrow = ClientId::new("burrow-pay");
        assert!(consents.find_own(id.as_str(), &burrow, START).is_none());
        assert!(
            consents
                .find_own("consent_ais_x", &acorn(), START)
                .is_none()
        );
    }

    #[test]
    fn a_full_drawer_lets_go_of_an_ended_consent_and_of_no_other() {
        let mut consents = Consents::new(Seed(1).stream("consents"));
        let ids: Vec<_> = (0..CONSENTS_MAX)
            .map(|_| consents.create(acorn(), terms(), START).unwrap().id)
            .collect();
        assert_eq!(
            consents.create(acorn(), terms(), START).unwrap_err(),
            TooManyConsents
        );
        let ended = consents.find(ids[7].as_str(), START).unwrap();
        ended.apply(Event::Delete, START).unwrap();
        assert!(consents.create(acorn(), terms(), START).is_ok());
        assert!(consents.find(ids[7].as_str(), START).is_none());
        assert!(consents.find(ids[0].as_str(), START).is_some());
    }
}
