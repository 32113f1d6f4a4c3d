//! Which grants stand for a consent: ending one costs what it has, not what the bank keeps.

use std::collections::{BTreeSet, HashMap};

use crate::id::ConsentId;

use super::expiring::Index;
use super::grant::{Grant, GrantId};

/// The grants of each consent that has any.
#[derive(Clone, Debug, Default)]
pub(super) struct ByConsent {
    grants: HashMap<ConsentId, BTreeSet<GrantId>>,
}

impl ByConsent {
    /// Those of one consent, ended or not.
    pub(super) fn of(&self, consent: &ConsentId) -> BTreeSet<GrantId> {
        self.grants.get(consent).cloned().unwrap_or_default()
    }
}

impl Index<GrantId, Grant> for ByConsent {
    fn add(&mut self, id: &GrantId, grant: &Grant) {
        let of_consent = self.grants.entry(grant.consent.clone()).or_default();
        of_consent.insert(*id);
    }

    fn take_out(&mut self, id: &GrantId, grant: &Grant) {
        if let Some(of_consent) = self.grants.get_mut(&grant.consent) {
            of_consent.remove(id);
            if of_consent.is_empty() {
                self.grants.remove(&grant.consent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use time::Duration;

    use super::*;
    use crate::clock::Timestamp;
    use crate::id::{ClientId, CustomerId};
    use crate::jose::{Algorithm, KeySet};
    use crate::oauth::client::{Authentication, Client};
    use crate::oauth::expiring::{Expiring, Room};
    use crate::oauth::scope::Scope;

    const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

    fn consent(number: u8) -> ConsentId {
        ConsentId::new(format!("consent_ais_{number}"))
    }

    fn owner(number: u8) -> ClientId {
        ClientId::new(format!("client_{number}"))
    }

    fn grant(of: ConsentId, owner: ClientId) -> Grant {
        let signing_alg = Algorithm::Ps256;
        let client = Client {
            id: owner,
            name: "Acorn".into(),
            authentication: Authentication::PrivateKeyJwt { signing_alg },
            keys: KeySet::default(),
            certificate: None,
            redirect_uris: Vec::new(),
            grant_types: Vec::new(),
            response_types: Vec::new(),
            scope: Scope::default(),
            id_token_signed_response_alg: signing_alg,
            id_token_encryption: None,
            authorization_signed_response_alg: signing_alg,
            request_object_signing_alg: signing_alg,
        };
        Grant {
            client: Arc::new(client),
            customer: CustomerId::new(1),
            consent: of,
            scope: Scope::default(),
            nonce: None,
            state: None,
            authenticated_at: START,
            ends_at: START,
            is_refreshable: false,
            revoked: None,
        }
    }

    /// What the index says of every consent is what looking at all grants says, and it keeps nothing else.
    fn is_in_step(grants: &Expiring<GrantId, Grant, ByConsent>) -> bool {
        let scan = |of: &ConsentId| -> BTreeSet<GrantId> {
            let of_it = grants.iter().filter(|(_, grant)| grant.consent == *of);
            of_it.map(|(id, _)| *id).collect()
        };
        let index = grants.index();
        let listed: usize = index.grants.values().map(BTreeSet::len).sum();
        listed == grants.len()
            && index.grants.values().all(|ids| !ids.is_empty())
            && (0..CONSENTS).all(|number| index.of(&consent(number)) == scan(&consent(number)))
    }

    /// Few enough that several grants stand for each.
    const CONSENTS: u8 = 3;
    const OWNERS: u8 = 2;

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(64)
        })]

        #[test]
        fn it_is_in_step_with_the_grants_whoever_takes_them_out(
            steps in proptest::collection::vec(
                (0_u8..8, 0..CONSENTS, 0..OWNERS, 1_i64..7_200, 0_i64..1_000), 1..60,
            ),
        ) {
            let room = Room { each: 6, together: 100 };
            let mut grants = Expiring::new(room);
            let (mut now, mut made) = (START, 0);
            for (what, of, whose, life, passes) in steps {
                now = now.plus(Duration::seconds(passes));
                match what {
                    0 => grants.remove_owned(&owner(whose)),
                    1 => drop(grants.remove(&GrantId(made / 2))),
                    2 => grants.end_at(&GrantId(made), now),
                    // What is past is swept meanwhile, and more than there is room for is refused.
                    _ => {
                        made += 1;
                        let entry = (GrantId(made), grant(consent(of), owner(whose)));
                        let _ = grants.insert(entry, &owner(whose), now.plus(Duration::seconds(life)), now);
                    }
                }
                prop_assert!(is_in_step(&grants), "{grants:?}");
            }
        }
    }
}
