//! The bank's built-in mock directory: organisations, their software, and the statements it signs for them.
//!
//! A TPP cannot register without a directory that vouches for it, so a mock bank brings one along. It is
//! two things: [`Directory`], which never changes (its name, its key, the CA it has certificates from), and
//! [`Registry`], which every onboarding changes. Nothing of it is real, and its name says so.

mod kit;
mod onboarding;
mod registry;
mod statement;

use std::sync::Arc;

use serde_json::Value;

use crate::entropy::{Seed, Stream};
use crate::jose::{self, KeySet, KeySetFault, SigningKey};
use crate::oauth::registration::statement::TrustedDirectory;
use crate::pki::{Authority, KeyFault, TestKeys, fresh_rsa_key};

#[cfg(test)]
pub(crate) use kit::KIT_FILES;
pub(crate) use kit::{Kit, kit_files};
pub(crate) use onboarding::{AuthMethod, Flaw, Onboarding, OnboardingError, ROLES};
pub(crate) use registry::{Organisation, Registry, RegistryFull, Software, SoftwareIds};

/// The part of a directory that stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    name: Arc<str>,
    /// The public URL of the bank its software is for.
    issuer: Arc<str>,
    publication: Publication,
    key: Arc<SigningKey>,
    authority: Arc<Authority>,
    keys: KitKeys,
    statement_ids: Stream,
}

/// Where the RSA keys of kits come from.
#[derive(Clone, Debug)]
pub(crate) enum KitKeys {
    /// The published test keys, chosen by seed and bank.
    Pool {
        /// The bank's seed.
        seed: Seed,
        /// The bank's name.
        bank: String,
    },
    /// Made anew for each kit, which takes its time: for a command, not for a bank that answers.
    Fresh,
    /// Nowhere: published keys are not allowed here, and making one keeps others waiting.
    Refused,
}

/// Where a directory publishes keys.
#[derive(Clone, Debug)]
enum Publication {
    /// Below the bank's own URL, served by the bank.
    Bank,
    /// At this one address, served by the TPP; nothing is said of keys taken out of use.
    Tpp(String),
}

impl Directory {
    /// The directory of a bank.
    ///
    /// # Errors
    /// When the key cannot be made.
    pub(crate) fn new(
        issuer: &str,
        authority: Arc<Authority>,
        keys: KitKeys,
        seed: Seed,
    ) -> Result<Self, KeyFault> {
        let key = match &keys {
            KitKeys::Pool { seed, bank } => {
                SigningKey::from_pem(TestKeys::pick(*seed, bank, "directory"))?
            }
            KitKeys::Fresh | KitKeys::Refused => SigningKey::from_pem(&fresh_rsa_key()?)?,
        };
        Ok(Self {
            name: NAME.into(),
            issuer: issuer.into(),
            publication: Publication::Bank,
            key: Arc::new(key),
            authority,
            keys,
            statement_ids: seed.stream(STATEMENTS),
        })
    }

    /// A directory that no bank brings along, for one TPP whose keys are published at `jwks_url`. A bank
    /// at `issuer` must be told to trust it.
    ///
    /// # Errors
    /// When the key cannot be made.
    pub(crate) fn stand_alone(
        tpp: &str,
        (issuer, jwks_url): (&str, &str),
        authority: Arc<Authority>,
        seed: Seed,
    ) -> Result<Self, KeyFault> {
        let directory = Self::new(issuer, authority, KitKeys::Fresh, seed)?;
        Ok(Self {
            // A bank takes each name once, and its own built-in directory has one already.
            name: format!("Mock Directory of {tpp}").into(),
            publication: Publication::Tpp(jwks_url.to_owned()),
            ..directory
        })
    }

    /// The same directory, of which nobody has asked anything yet.
    pub(crate) fn afresh(&self, seed: Seed) -> Self {
        Self {
            statement_ids: seed.stream(STATEMENTS),
            ..self.clone()
        }
    }

    /// The CA that its certificates come from.
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The same, for another directory of it.
    pub(crate) const fn shared_authority(&self) -> &Arc<Authority> {
        &self.authority
    }

    /// `iss` of its statements.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The keys it signs statements with, as it publishes them.
    pub(crate) fn jwks(&self) -> Value {
        jose::jwks(&[&self.key])
    }

    /// The directory as the bank trusts it.
    ///
    /// # Errors
    /// When its own key cannot be read back, which would be a mistake of ours.
    pub(crate) fn as_trusted(&self) -> Result<TrustedDirectory, KeySetFault> {
        Ok(TrustedDirectory {
            name: Arc::clone(&self.name),
            keys: KeySet::from_jwks(&self.jwks())?,
            is_built_in: true,
        })
    }

    /// Where an organisation's or a software's keys are published.
    pub(crate) fn jwks_url(&self, org_id: &str, id: &str) -> String {
        match &self.publication {
            Publication::Bank => format!("{}{DIRECTORY}/{org_id}/{id}.jwks", self.issuer),
            Publication::Tpp(url) => url.clone(),
        }
    }

    /// Where keys that were taken out of use are published, if they are.
    pub(crate) fn revoked_jwks_url(&self, org_id: &str, id: &str) -> Option<String> {
        match &self.publication {
            Publication::Bank => Some(format!(
                "{}{DIRECTORY}/{org_id}/revoked/{id}.jwks",
                self.issuer
            )),
            Publication::Tpp(_) => None,
        }
    }
}

/// What all its addresses begin with.
pub(crate) const DIRECTORY: &str = "/directory";

/// The stream of the statements' ids.
const STATEMENTS: &str = "software statements";

/// Nobody should take it for one of the real ones.
pub(crate) const NAME: &str = "Hamster Bank Mock Directory";
