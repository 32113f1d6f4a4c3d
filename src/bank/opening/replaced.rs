//! Another scenario in the place of the one a bank plays. Its name, addresses, keys and certificates stay, and
//! its journal begins anew, as at a reset.

use std::sync::Arc;

use crate::bank::{Bank, Origin, State};
use crate::clock::Now;
use crate::pki::{Store, TestKeys};
use crate::scenario::{ClientPlan, Scenario};

use super::{
    ClientKit, Opening, OpeningError, client, clock_beside, first_state, kit, settings, subject,
    trust,
};
use crate::bank::keys::KeyRing;
use crate::jose::SigningKey;

/// The bank that takes the place of `former`; `store` is where kits of its new clients are kept.
///
/// # Errors
/// When its clients cannot have keys or certificates, or what it trusts cannot be read.
pub(crate) fn replaced(
    former: &Bank,
    scenario: Scenario,
    store: Option<&Store>,
) -> Result<Bank, OpeningError> {
    let before = &former.settings;
    let opening = Opening {
        name: &before.name,
        issuer: &before.endpoints.issuer,
        connections: before.connections,
        clock: clock_beside(&former.clock, scenario.bank.clock),
        authority: former.directory.shared_authority(),
        store,
        test_keys: before.test_keys,
    };
    let now = opening.clock.now();
    let kits = scenario.clients.iter();
    let kits = kits.map(|plan| kept_kit(former, plan, &opening, now));
    let kits: Arc<[_]> = kits.collect::<Result<Vec<_>, _>>()?.into();
    let settings = settings(&scenario, &opening);
    let directory = trust::directory(&opening, settings.seed)?;
    let trusted = trust::trusted(&scenario, &opening, &directory)?;
    let origin = Origin {
        scenario: Arc::new(scenario),
        kits,
    };
    let state = first_state(&origin, &settings, now)?;
    let keys = KeyRing::clone(&former.keys());
    let clock = opening.clock.clone();
    let bank = Bank::new(settings, clock, (keys, directory), trusted, (state, origin));
    Ok(bank.with_journal(former.journal.afresh()))
}

/// What survives a reload is kept here, and nowhere else.
pub(crate) fn inherit(state: &mut State, before: &State) {
    state.journeys.keep_counts(&before.journeys);
    state.faults.keep_ids_of(&before.faults);
    state.faults.keep_counters_of(&before.faults);
}

/// What the client of this id held, if its certificate and key still fit; else new ones.
fn kept_kit(
    former: &Bank,
    plan: &ClientPlan,
    opening: &Opening<'_>,
    now: Now,
) -> Result<ClientKit, OpeningError> {
    let origin = &former.origin;
    let mut held = origin.scenario.clients.iter().zip(&*origin.kits);
    let fits = |before: &ClientPlan| {
        before.client_id == plan.client_id
            && before.signing_alg == plan.signing_alg
            // What lies in files of its own is read anew: it may be renewed by now.
            && (&before.own, &plan.own) == (&None, &None)
            && subject(before) == subject(plan)
    };
    let Some((_, held)) = held.find(|(before, _)| fits(before)) else {
        let (id, seed) = (plan.client_id.as_str(), former.settings.seed);
        let roles = [format!("transport/{id}"), format!("signing/{id}")];
        let roles = roles.each_ref().map(String::as_str);
        let pair = TestKeys::pick_distinct(seed, opening.name, &roles);
        return match pair.as_slice() {
            [transport, signing] => kit(plan, [*transport, *signing], opening, now),
            _ => Err(OpeningError::Unreadable(plan.client_id.clone())),
        };
    };
    let key = SigningKey::from_pem(&held.signing_key_pem)?;
    Ok(ClientKit {
        client: Arc::new(client(plan, &key, &held.transport)?),
        ..held.clone()
    })
}
