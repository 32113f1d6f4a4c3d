//! The drawer consents are kept in: bounded, and never opened without settling what time has changed.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::entropy::Stream;
use crate::id::{ClientId, ConsentId, FundsConfirmationId, Lengths};

use super::references::{References, TooManyReferences};
use super::{Consent, ConsentType, LONGEST_LIFE, State, TIME_TO_AUTHORIZE, Terms};

/// All consents of one bank.
#[derive(Clone, Debug)]
pub(crate) struct Consents {
    by_id: HashMap<ConsentId, Consent>,
    /// Of each client, oldest first, so that its oldest ended one can make room.
    by_client: HashMap<ClientId, VecDeque<ConsentId>>,
    references: References,
    ids: Stream,
    lengths: Lengths,
    each: usize,
    /// Those that may have moved since whoever watches was last told.
    touched: Vec<ConsentId>,
}

impl Consents {
    /// An empty drawer whose ids are drawn from `ids` and are so long; `each` client may keep so many, if not
    /// [`CONSENTS_PER_CLIENT`].
    pub(crate) fn new((ids, lengths): (Stream, Lengths), each: Option<usize>) -> Self {
        Self {
            by_id: HashMap::new(),
            by_client: HashMap::new(),
            references: References::new(each),
            ids,
            lengths,
            each: each.unwrap_or(CONSENTS_PER_CLIENT),
            touched: Vec::new(),
        }
    }

    /// Keeps a new consent that awaits its customer; without an end of its own it lives as long as its
    /// type may.
    ///
    /// # Errors
    /// When the client keeps as many as it may, or more than its share while all clients together keep
    /// [`CONSENTS_MAX`], and none of its own has ended that is not needed.
    pub(crate) fn create(
        &mut self,
        client_id: ClientId,
        (terms, expires_at): (Terms, Option<Timestamp>),
        is_needed: impl Fn(&ConsentId) -> bool,
        now: Timestamp,
    ) -> Result<Consent, TooManyConsents> {
        self.make_room(&client_id, is_needed, now)?;
        let longest = match terms.consent_type() {
            ConsentType::Payment => TIME_TO_AUTHORIZE,
            ConsentType::AccountAccess | ConsentType::FundsConfirmation => LONGEST_LIFE,
        };
        let id = self.new_id(terms.consent_type().id_prefix());
        let own = self.by_client.entry(client_id.clone()).or_default();
        own.push_back(id.clone());
        let consent = Consent {
            id: id.clone(),
            client_id,
            terms: Arc::new(terms),
            created_at: now,
            status_updated_at: now,
            given_by: None,
            expires_at: expires_at.unwrap_or_else(|| now.plus(longest)),
            state: State::AwaitingAuthorization,
            told: "",
        };
        self.touched.push(id.clone());
        self.by_id.insert(id, consent.clone());
        Ok(consent)
    }

    /// Takes down that a confirmation of funds is asked for; `None` when its reference was used before
    /// under this consent.
    ///
    /// # Errors
    /// When the client has used as many references as are remembered, and none of its consents has ended.
    pub(crate) fn confirm_funds(
        &mut self,
        consent: &Consent,
        reference: &str,
    ) -> Result<Option<FundsConfirmationId>, TooManyReferences> {
        let by_id = &self.by_id;
        let is_over = |id: &ConsentId| by_id.get(id).is_none_or(Consent::is_over);
        let number = self.references.take(consent, reference, is_over)?;
        Ok(number.map(|number| FundsConfirmationId::of(number, self.lengths)))
    }

    fn new_id(&self, prefix: &str) -> ConsentId {
        let token = self.ids.token();
        let longer = usize::from(self.lengths.longer(&token, 0));
        let more: String = token.chars().rev().take(longer).collect();
        ConsentId::new(format!("{prefix}{token}{more}"))
    }

    /// The consent with this id, settled.
    pub(crate) fn find(&mut self, id: &str, now: Timestamp) -> Option<&mut Consent> {
        let consent = self.by_id.get_mut(id)?;
        consent.settle(now);
        // Whoever asks may move it.
        self.touched.push(consent.id.clone());
        Some(consent)
    }

    /// Tells of each consent that moved since this was last asked: its id, its status, and since when.
    pub(crate) fn tell_moved(&mut self, mut tell: impl FnMut(&ConsentId, &'static str, Timestamp)) {
        for id in self.touched.drain(..) {
            let Some(consent) = self.by_id.get_mut(&id) else {
                continue;
            };
            let status = consent.state.as_str();
            if consent.told != status {
                consent.told = status;
                tell(&id, status, consent.status_updated_at);
            }
        }
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

    /// A page of every client's consents, or one's, oldest first: so many after the one with that id; `None`
    /// when there is no such one.
    pub(crate) fn list(
        &mut self,
        client_id: Option<&str>,
        (after, limit): (Option<&str>, usize),
        now: Timestamp,
    ) -> Option<Vec<Consent>> {
        let place = |consent: &Consent| (consent.created_at, consent.id.clone());
        let after = match after {
            Some(id) => Some(place(self.by_id.get(id)?)),
            None => None,
        };
        let mut listed = Vec::new();
        for consent in self.by_id.values_mut() {
            consent.settle(now);
            if consent.told != consent.state.as_str() {
                self.touched.push(consent.id.clone());
            }
            let is_meant = client_id.is_none_or(|id| consent.client_id.as_str() == id);
            let place = (consent.created_at, &consent.id);
            let is_later = (after.as_ref()).is_none_or(|(at, id)| place > (*at, id));
            if is_meant && is_later {
                listed.push(&*consent);
            }
        }
        listed.sort_by_key(|consent| (consent.created_at, &consent.id));
        Some(listed.into_iter().take(limit).cloned().collect())
    }

    /// How many there are of each status.
    pub(crate) fn by_status(&mut self, now: Timestamp) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for consent in self.by_id.values_mut() {
            consent.settle(now);
            if consent.told != consent.state.as_str() {
                self.touched.push(consent.id.clone());
            }
            *counts.entry(consent.state.as_str()).or_default() += 1;
        }
        counts
    }

    /// Lets go of everything of a client that is no longer registered: nobody could use it, and whoever
    /// registers again and again would leave more behind each time.
    pub(crate) fn forget_client(&mut self, client_id: &ClientId) {
        for id in self.by_client.remove(client_id).unwrap_or_default() {
            self.by_id.remove(&id);
        }
        self.references.forget_client(client_id);
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
            if consent.told != consent.state.as_str() {
                self.touched.push(consent.id.clone());
            }
            let at = consent.status_updated_at;
            if consent.state == State::Expired && from < at && at <= to {
                expired.push((at, consent.id.clone()));
            }
        }
        expired.sort();
        expired
    }

    // A client makes room with what is its own: nobody else's consent goes for it, not even an ended one.
    fn make_room(
        &mut self,
        client_id: &ClientId,
        is_needed: impl Fn(&ConsentId) -> bool,
        now: Timestamp,
    ) -> Result<(), TooManyConsents> {
        let kept = self.by_client.get(client_id).map_or(0, VecDeque::len);
        let crowded = self.by_id.len() >= CONSENTS_MAX && kept >= CONSENTS_SHARE;
        if kept < self.each && !crowded {
            return Ok(());
        }
        let full = TooManyConsents { kept };
        let own = self.by_client.get_mut(client_id).ok_or(full)?;
        let ended = own.iter().position(|id| {
            self.by_id.get_mut(id).is_none_or(|consent| {
                consent.settle(now);
                consent.is_over() && !is_needed(id)
            })
        });
        let id = ended.and_then(|index| own.remove(index)).ok_or(full)?;
        self.by_id.remove(&id);
        self.references.forget(client_id, &id);
        Ok(())
    }
}

/// No more consents can be kept for a client, and none of its own has ended that is not needed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooManyConsents {
    /// How many it has.
    pub(crate) kept: usize,
}

/// A hundred thousand consents are some 40 MB: more than any test suite makes, less than a laptop minds.
const CONSENTS_MAX: usize = 100_000;
/// So no client, nor three of them, can fill the drawer.
const CONSENTS_PER_CLIENT: usize = 25_000;
/// What a client may keep however much the others do.
const CONSENTS_SHARE: usize = 100;

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::super::tests::{START, terms};
    use super::*;
    use crate::entropy::Seed;

    fn new(kind: ConsentType) -> (Terms, Option<Timestamp>) {
        (terms(kind), None)
    }

    fn nobody(_: &ConsentId) -> bool {
        false
    }

    fn acorn() -> ClientId {
        ClientId::new("acorn-budget")
    }

    #[test]
    fn a_foreign_consent_looks_unknown() {
        let mut consents = drawer(None);
        let id = consents
            .create(acorn(), new(ConsentType::AccountAccess), nobody, START)
            .unwrap()
            .id;
        assert!(consents.find_own(id.as_str(), &acorn(), START).is_some());
        let burrow = ClientId::new("burrow-pay");
        assert!(consents.find_own(id.as_str(), &burrow, START).is_none());
        assert!(
            consents
                .find_own("consent_ais_x", &acorn(), START)
                .is_none()
        );
    }

    fn drawer(each: Option<usize>) -> Consents {
        Consents::new((Seed(1).stream("consents"), Lengths::Usual), each)
    }

    /// Creates consents until there is no more room; answers their ids.
    fn fill(consents: &mut Consents, client: &ClientId) -> Vec<ConsentId> {
        let mut ids = Vec::new();
        let terms = || new(ConsentType::AccountAccess);
        while let Ok(consent) = consents.create(client.clone(), terms(), nobody, START) {
            ids.push(consent.id);
        }
        ids
    }

    #[test]
    fn a_client_that_has_its_fill_makes_room_with_an_ended_consent_of_its_own() {
        let mut consents = drawer(Some(10));
        let terms = || new(ConsentType::AccountAccess);
        let burrow = ClientId::new("burrow-pay");
        let theirs = consents.create(burrow, terms(), nobody, START).unwrap().id;
        let ended = consents.find(theirs.as_str(), START).unwrap();
        ended.apply(Event::Delete, START).unwrap();
        let ids = fill(&mut consents, &acorn());
        assert_eq!(ids.len(), 10);
        let refused = consents.create(acorn(), terms(), nobody, START);
        assert_eq!(refused.unwrap_err(), TooManyConsents { kept: 10 });
        let ended = consents.find(ids[7].as_str(), START).unwrap();
        ended.apply(Event::Delete, START).unwrap();
        // Whoever is still answered with it keeps it.
        let is_needed = |id: &ConsentId| *id == ids[7];
        let refused = consents.create(acorn(), terms(), is_needed, START);
        assert_eq!(refused.unwrap_err(), TooManyConsents { kept: 10 });
        assert!(consents.create(acorn(), terms(), nobody, START).is_ok());
        assert!(consents.find(ids[7].as_str(), START).is_none());
        for kept in [&ids[0], &ids[9], &theirs] {
            assert!(consents.find(kept.as_str(), START).is_some());
        }
    }

    #[test]
    fn a_client_that_goes_leaves_nothing_behind() {
        let mut consents = drawer(Some(10));
        let burrow = ClientId::new("burrow-pay");
        let theirs = fill(&mut consents, &burrow);
        for _ in 0..2 {
            let ids = fill(&mut consents, &acorn());
            assert_eq!(ids.len(), 10);
            let ended = consents.find(ids[0].as_str(), START).unwrap();
            ended.apply(Event::Delete, START).unwrap();
            consents.forget_client(&acorn());
        }
        assert_eq!((consents.by_id.len(), consents.by_client.len()), (10, 1));
        assert!(consents.find(theirs[0].as_str(), START).is_some());
    }

    #[test]
    fn clients_that_fill_the_drawer_leave_every_other_its_share() {
        let mut consents = drawer(None);
        for number in 0..CONSENTS_MAX / CONSENTS_PER_CLIENT {
            let client = ClientId::new(format!("client-{number}"));
            assert_eq!(fill(&mut consents, &client).len(), CONSENTS_PER_CLIENT);
        }
        assert_eq!(fill(&mut consents, &acorn()).len(), CONSENTS_SHARE);
    }

    #[test]
    fn each_type_has_its_ids_and_its_longest_life() {
        let mut consents = drawer(None);
        for (kind, prefix, days) in [
            (ConsentType::AccountAccess, "consent_ais_", 90),
            (ConsentType::Payment, "consent_pis_", 1),
            (ConsentType::FundsConfirmation, "consent_cof_", 90),
        ] {
            let consent = consents.create(acorn(), new(kind), nobody, START).unwrap();
            assert!(consent.id.as_str().starts_with(prefix));
            let life = consent.expires_at.since(START);
            assert_eq!(life, time::Duration::days(days), "{kind:?}");
        }
    }
}
