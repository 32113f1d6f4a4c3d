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

pub(crate) use kit::Kit;
#[expect(
    unused_imports,
    reason = "the command that writes kits is still to come"
)]
pub(crate) use kit::{KitFile, kit_files};
pub(crate) use onboarding::{AuthMethod, Flaw, Onboarding, OnboardingError};
pub(crate) use registry::{Organisation, Registry, RegistryFull, Software};

/// The part of a directory that stays as it is.
#[derive(Debug)]
pub(crate) struct Directory {
    name: Arc<str>,
    /// The bank's public URL, below which everything is published.
    issuer: Arc<str>,
    key: SigningKey,
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
    #[expect(dead_code, reason = "the command that writes kits is still to come")]
    Fresh,
    /// Nowhere: published keys are not allowed here, and making one keeps others waiting.
    Refused,
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
            key,
            authority,
            keys,
            statement_ids: seed.stream("software statements"),
        })
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
        format!("{}{DIRECTORY}/{org_id}/{id}.jwks", self.issuer)
    }

    /// Where keys that were taken out of use are published.
    pub(crate) fn revoked_jwks_url(&self, org_id: &str, id: &str) -> String {
        format!("{}{DIRECTORY}/{org_id}/revoked/{id}.jwks", self.issuer)
    }
}

/// What all its addresses begin with.
pub(crate) const DIRECTORY: &str = "/directory";

/// Nobody should take it for one of the real ones.
pub(crate) const NAME: &str = "Hamster Bank Mock Directory";
