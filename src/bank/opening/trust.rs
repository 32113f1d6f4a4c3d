//! Whom a bank believes from the start: CAs, directories, and the software its own directory knows.

use std::sync::Arc;

use crate::bank::Trusted;
use crate::directory::{Directory, KitKeys, Organisation, Registry, Software, SoftwareIds};
use crate::entropy::Seed;
use crate::jose::{KeySet, SigningKey};
use crate::json;
use crate::oauth::registration::statement::TrustedDirectory;
use crate::pki::{TrustStore, certificates, trusting_config};
use crate::scenario::{ClientPlan, Scenario, text_of};
use crate::wire::fetch::Fetcher;

use super::{ClientKit, Opening, OpeningError, subject};

/// Whom the bank believes: its own CA and directory first; what the scenario adds is read now, and not again.
///
/// # Errors
/// When a file cannot be read, or holds something else.
pub(super) fn trusted(
    scenario: &Scenario,
    opening: &Opening<'_>,
    directory: &Directory,
) -> Result<Trusted, OpeningError> {
    let fault = |written: &str, reason: String| OpeningError::Trust {
        // What stands in the scenario itself is no path, and may be long.
        path: written.chars().take(100).collect::<String>().into(),
        reason,
    };
    let mut anchors = vec![opening.authority.cert_der().clone()];
    for written in &scenario.bank.trust {
        let pem = text_of(written).map_err(|error| fault(written, error.to_string()))?;
        let read = certificates(&pem).map_err(|error| fault(written, error.to_string()))?;
        anchors.extend(read);
    }
    let mut directories = vec![directory.as_trusted()?];
    for further in &scenario.bank.directories {
        let written = &further.jwks;
        let text = text_of(written).map_err(|error| fault(written, error.to_string()))?;
        let jwks =
            json::read(text.as_bytes()).map_err(|error| fault(written, error.to_string()))?;
        directories.push(TrustedDirectory {
            name: further.directory.as_str().into(),
            keys: KeySet::from_jwks(&jwks).map_err(|error| fault(written, error.to_string()))?,
            is_built_in: false,
        });
    }
    Ok(Trusted {
        clients: TrustStore::new(&anchors)?,
        directories: directories.into(),
        fetcher: Fetcher::new(Arc::new(trusting_config(&anchors)?)),
    })
}

/// The bank's built-in directory.
///
/// # Errors
/// When its key cannot be made.
pub(super) fn directory(opening: &Opening<'_>, seed: Seed) -> Result<Directory, OpeningError> {
    let bank = opening.name.to_owned();
    let keys = if opening.test_keys {
        KitKeys::Pool { seed, bank }
    } else {
        KitKeys::Refused
    };
    let authority = Arc::clone(opening.authority);
    Ok(Directory::new(opening.issuer, authority, keys, seed)?)
}

/// The scenario's clients are software of the directory too, so that they can register once more.
///
/// # Errors
/// When there are more of them than it keeps.
pub(super) fn registry(scenario: &Scenario, kits: &[ClientKit]) -> Result<Registry, OpeningError> {
    let mut registry = Registry::new(scenario.bank.seed);
    for (plan, kit) in scenario.clients.iter().zip(kits) {
        let software = software((plan, kit), registry.draw_ids())?;
        registry.admit_client(&plan.client_id, software)?;
    }
    Ok(registry)
}

/// What the directory knows of a client that it did not onboard.
///
/// # Errors
/// When its key cannot be read back, which would be a mistake of ours.
pub(super) fn software(
    (plan, kit): (&ClientPlan, &ClientKit),
    ids: SoftwareIds,
) -> Result<Software, OpeningError> {
    let subject = subject(plan);
    let number = subject.organization_identifier.rsplit('-').next();
    let key = SigningKey::from_pem(&kit.signing_key_pem)?;
    Ok(Software {
        id: ids.software,
        name: plan.name.clone(),
        organisation: Organisation {
            id: ids.organisation,
            name: subject.organisation.clone(),
            registration_id: number.unwrap_or_default().to_owned(),
        },
        roles: plan.roles.clone(),
        redirect_uris: plan.redirect_uris.clone(),
        jwks: vec![key.public_jwk().into()],
        keys: kit.client.keys.clone(),
        is_revoked: false,
    })
}
