//! What a bank signs with: the keys it opens with, and those of a rotation.

use crate::bank::Settings;
use crate::bank::keys::KeyRing;
use crate::clock::Now;
use crate::entropy::Seed;
use crate::jose::{Algorithm, SigningKey};
use crate::pki::{PeerCertificate, PspRole, TestKeys, TppSubject, fresh_p256_key, fresh_rsa_key};

use super::{Opening, OpeningError};

/// The keys a bank opens with.
///
/// # Errors
/// When a key or its seal cannot be made.
pub(super) fn bank_keys(
    opening: &Opening<'_>,
    seed: Seed,
    now: Now,
) -> Result<KeyRing, OpeningError> {
    let ps256 = if opening.test_keys {
        TestKeys::pick(seed, opening.name, "signing").to_owned()
    } else {
        fresh_rsa_key()?
    };
    let with_seal = |pem: String| {
        let seal = opening
            .authority
            .issue_signing(&own_subject(), &pem, now.real)?;
        let certificate = PeerCertificate::from_pem(&seal.cert_pem);
        let key = SigningKey::from_pem(&pem)?;
        let der = certificate
            .as_ref()
            .and_then(|certificate| certificate.chain().first());
        Ok::<_, OpeningError>(match der {
            Some(der) => key.with_certificate(der),
            None => key,
        })
    };
    Ok(KeyRing::new(
        with_seal(ps256)?,
        with_seal(fresh_p256_key()?)?,
    ))
}

/// A signing key that is none of those with these ids, for a rotation.
///
/// # Errors
/// When a key cannot be made.
pub(crate) fn next_signing_key(
    settings: &Settings,
    algorithm: Algorithm,
    published: &[String],
) -> Result<SigningKey, OpeningError> {
    if algorithm == Algorithm::Es256 {
        return Ok(SigningKey::from_pem(&fresh_p256_key()?)?);
    }
    if settings.test_keys {
        // The pool is small: when every key of it is published already, a fresh one is made after all.
        for round in 0..POOL_ROUNDS {
            let role = format!("signing/{round}");
            let pooled = TestKeys::pick(settings.seed, &settings.name, &role);
            let key = SigningKey::from_pem(pooled)?;
            if !published.iter().any(|kid| kid == key.kid()) {
                return Ok(key);
            }
        }
    }
    Ok(SigningKey::from_pem(&fresh_rsa_key()?)?)
}

/// Whom the bank's own seals are about.
fn own_subject() -> TppSubject {
    TppSubject {
        country: "GB".to_owned(),
        organisation: "Hamster Bank (a mock, not a bank)".to_owned(),
        organization_identifier: "PSDGB-FCA-000000".to_owned(),
        common_name: "hamster-bank".to_owned(),
        roles: vec![PspRole::AccountServicing],
    }
}

/// Enough draws to find one of sixteen keys that is not among a handful.
const POOL_ROUNDS: u32 = 64;
