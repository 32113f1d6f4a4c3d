//! A kit that no bank made: fresh keys, and a CA and a directory that vouch for nobody else.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::directory::{Directory, Flaw, Onboarding, OnboardingError, Registry};
use crate::entropy::{self, Seed};
use crate::pki::Authority;

use super::OnboardArgs;

/// The kit's document, with whom a bank must be told to trust.
pub(super) fn kit(
    arguments: &OnboardArgs,
    onboarding: &Onboarding,
) -> Result<Map<String, Value>, Failure> {
    if onboarding.flaw == Some(Flaw::RevokedSoftware) {
        let message = "only a bank's own directory can tell it that software was revoked: \
                       --flaw revoked_software needs --control";
        return Err(Failure::usage(message).about("--flaw"));
    }
    let now = Clock::system().now();
    let seed = Seed(u64::from_be_bytes(entropy::secret_bytes()));
    let authority = Authority::mint(now.real).map_err(OnboardingError::from);
    let authority = Arc::new(authority.map_err(|error| failure(&error))?);
    let (name, addresses) = (
        &onboarding.name,
        (arguments.bank_url.as_str(), arguments.jwks_url.as_str()),
    );
    let directory = Directory::stand_alone(name, addresses, authority, seed)
        .map_err(|fault| failure(&OnboardingError::Key(fault)))?;
    let ids = Registry::new(seed).draw_ids();
    let kit = directory
        .onboard(onboarding, ids, now)
        .map_err(|error| failure(&error))?;
    let mut document = kit.document();
    // In a kit that a bank makes `ca_pem` is the bank's own CA; this one is not.
    let ca = document.shift_remove("ca_pem").unwrap_or_default();
    document.insert("tpp_ca_pem".to_owned(), ca);
    document.insert("directory".to_owned(), directory.name().into());
    document.insert("directory_jwks".to_owned(), directory.jwks());
    Ok(document)
}

fn failure(error: &OnboardingError) -> Failure {
    let told = error.to_string();
    match error {
        OnboardingError::Name => Failure::usage(told).about("--name"),
        OnboardingError::Roles => Failure::usage(told).about("--roles"),
        OnboardingError::RedirectUri { .. } | OnboardingError::RedirectUris => {
            Failure::usage(told).about("--redirect-uri")
        }
        _ => Failure::failed("kit_failed", told),
    }
}
