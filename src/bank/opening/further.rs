//! A client more, while the bank is open: with a kit of its own, as those of the scenario have theirs.

use std::sync::Arc;

use crate::bank::Bank;
use crate::directory::RegistryFull;
use crate::jose::{Algorithm, SigningKey};
use crate::oauth::api_key::NotKept;
use crate::pki::{KeyFault, KeySource, Kit, KitSpec, TestKeys};
use crate::scenario::ClientPlan;

use super::own::own_kit;
use super::trust::software;
use super::{ClientKit, OpeningError, client, subject};

/// Makes a client's keys and certificates, and lets bank and directory know it.
///
/// # Errors
/// When the id is taken, there is no room, or no key for it.
pub(crate) fn add_client(bank: &Bank, plan: &ClientPlan) -> Result<ClientKit, FurtherError> {
    let id = plan.client_id.as_str();
    // Asked before anything is made, and once more when it is entered.
    if bank.state(|state| state.oauth.client(id).is_some()) {
        return Err(FurtherError::Known);
    }
    let kit = kit(bank, plan)?;
    let now = bank.clock.now().bank;
    let software = |ids| software((plan, &kit), ids);
    bank.state(|state| {
        if state.oauth.client(id).is_some() {
            return Err(FurtherError::Known);
        }
        let software = software(state.registry.draw_ids())?;
        let keys = &plan.api_keys;
        let api_keys = state.api_keys.with(&plan.client_id, keys, now)?;
        state.registry.admit_client(&plan.client_id, software)?;
        state.api_keys = api_keys;
        state.oauth.enter_client(Arc::clone(&kit.client));
        Ok(())
    })?;
    Ok(kit)
}

fn kit(bank: &Bank, plan: &ClientPlan) -> Result<ClientKit, FurtherError> {
    if let Some(own) = &plan.own {
        return Ok(own_kit(plan, own)?);
    }
    let settings = &bank.settings;
    let id = plan.client_id.to_string();
    let roles = ["transport", "signing"].map(|part| format!("{part}/{id}"));
    let roles = roles.each_ref().map(String::as_str);
    let picked = TestKeys::pick_distinct(settings.seed, &settings.name, &roles);
    let mut pool = picked.into_iter().filter(|_| settings.test_keys);
    let spec = KitSpec {
        subject: subject(plan),
        // Nobody waits for an RSA key to be made.
        transport_key: pool.next().map_or(KeySource::FreshP256, KeySource::Pool),
        signing_key: match plan.signing_alg {
            Algorithm::Es256 => KeySource::FreshP256,
            Algorithm::Ps256 => {
                let pooled = pool.next().ok_or(FurtherError::NoRsaKeys)?;
                KeySource::Pool(pooled)
            }
        },
        id,
    };
    let authority = bank.directory.authority();
    let kit = Kit::issue(authority, &spec, bank.clock.now().real).map_err(OpeningError::from)?;
    let key = SigningKey::from_pem(&kit.signing.key_pem)?;
    Ok(ClientKit {
        client: Arc::new(client(plan, &key, &kit.transport)?),
        transport: kit.transport,
        signing_kid: key.kid().to_owned(),
        signing_alg: plan.signing_alg,
        signing_key_pem: kit.signing.key_pem,
        signing_jwk: serde_json::json!(key.private_jwk()).to_string(),
        files: None,
    })
}

/// Why there is no such client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FurtherError {
    /// Its id is another's.
    #[error("a client of this id is known already")]
    Known,
    /// One of its API keys cannot be kept.
    #[error(transparent)]
    ApiKey(#[from] NotKept),
    /// RSA would take its time, and published keys are not allowed.
    #[error(
        "a bank beyond loopback has no RSA keys for others unless --allow-test-keys is given: \
         ask for signing_alg ES256"
    )]
    NoRsaKeys,
    /// No room.
    #[error(transparent)]
    Full(#[from] RegistryFull),
    /// No key or certificate.
    #[error(transparent)]
    Opening(#[from] OpeningError),
}

impl From<KeyFault> for FurtherError {
    fn from(fault: KeyFault) -> Self {
        Self::Opening(fault.into())
    }
}
