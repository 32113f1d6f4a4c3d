//! The JWT around a signed registration (OBIE Dynamic Client Registration 3.3): who made it, for whom, when.
//!
//! Its signature is verified before, with a key of the software's JWK Set; its members are judged after.

use std::sync::Arc;

use time::Duration;

use crate::clock::{Now, Timestamp};
use crate::jose::{Algorithm, KeySet, SignatureFault, UnverifiedJws, VerifiedClaims};
use crate::oauth::check::assertion::{EXPIRY_SKEW, FUTURE_SKEW, described, seconds};
use crate::oauth::check::{Check, Place};
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::profile::Reach;
use crate::rule::{Mismatch, Rule, Trail};
use crate::wire::header::is_uuid;

use super::statement::Software;

/// A registration with a good signature, about to be judged.
pub(crate) struct SignedRegistration {
    /// What it claims.
    pub(crate) claims: VerifiedClaims,
    /// Whose software it is.
    pub(crate) software: Arc<Software>,
    /// The only `aud` it may have.
    pub(crate) issuer: Arc<str>,
    /// When it arrived.
    pub(crate) now: Now,
}

/// Verifies the signature with the keys that the software statement points to.
///
/// # Errors
/// `invalid_client_metadata`.
pub(crate) fn verify(
    jws: UnverifiedJws,
    software: &Software,
    keys: &KeySet,
    trail: &mut Trail,
) -> Result<VerifiedClaims, Refusal> {
    let verified = jws.verify(keys, &Algorithm::ALL).map_err(|fault| {
        let expected = format!(
            "a PS256 or ES256 signature by a key at {}",
            software.jwks_endpoint
        );
        let mismatch = Mismatch::new(expected, fault.to_string());
        match fault {
            SignatureFault::AlgorithmNotAllowed { .. } => {
                mismatch.with_hint("FAPI 1.0 Advanced allows PS256 and ES256 alone")
            }
            _ => mismatch,
        }
    });
    trail
        .judge(&SIGNATURE, verified)
        .map_err(|finding| ErrorCode::InvalidClientMetadata.because(finding))
}

/// In the order they are asked.
pub(crate) static CHECKS: &[Check<SignedRegistration>] = &[
    row(
        Rule {
            name: "registration_jwt.iss",
            clause: "OBIE Dynamic Client Registration 3.3, section Obtaining a Software Statement",
            sentence: "The issuer of a signed registration is the software.",
        },
        issuer_is_the_software,
    ),
    row(
        Rule {
            name: "registration_jwt.aud",
            clause: "OBIE Dynamic Client Registration 3.3; RFC 7519, section 4.1.3",
            sentence: "The audience of a signed registration is the bank's issuer, or contains it.",
        },
        audience_is_the_issuer,
    ),
    row(
        Rule {
            name: "registration_jwt.exp",
            clause: "OBIE Dynamic Client Registration 3.3; RFC 7519, section 4.1.4",
            sentence: "A signed registration ends within the hour, and has not ended.",
        },
        has_not_ended,
    ),
    row(
        Rule {
            name: "registration_jwt.iat",
            clause: "OBIE Dynamic Client Registration 3.3; RFC 7519, section 4.1.6",
            sentence: "A signed registration says when it was made, and not in the future.",
        },
        was_made,
    ),
    row(
        Rule {
            name: "registration_jwt.jti",
            clause: "OBIE Dynamic Client Registration 3.3",
            sentence: "A signed registration has a UUID of its own.",
        },
        has_a_uuid,
    ),
];

const fn row(
    rule: Rule,
    run: fn(&SignedRegistration) -> Result<(), Mismatch>,
) -> Check<SignedRegistration> {
    Check {
        rule,
        code: ErrorCode::InvalidClientMetadata,
        places: &[Place::Register],
        reach: Reach::EveryProfile,
        run,
    }
}

fn issuer_is_the_software(signed: &SignedRegistration) -> Result<(), Mismatch> {
    if signed.claims.str("iss") == Some(&signed.software.id) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("iss to be the software_id {}", signed.software.id),
        described(signed.claims.map().get("iss")),
    ))
}

fn audience_is_the_issuer(signed: &SignedRegistration) -> Result<(), Mismatch> {
    let claimed = signed.claims.audience().unwrap_or_default();
    if claimed.contains(&&*signed.issuer) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("aud to be, or contain, {}", signed.issuer),
        described(signed.claims.map().get("aud")),
    ))
}

fn has_not_ended(signed: &SignedRegistration) -> Result<(), Mismatch> {
    let Some(exp) = seconds(&signed.claims, "exp") else {
        let received = described(signed.claims.map().get("exp"));
        return Err(Mismatch::new("exp in seconds", received));
    };
    let in_time = |now: Timestamp| now < exp.plus(EXPIRY_SKEW) && exp <= now.plus(LONGEST_LIFE);
    if signed.now.either(in_time) {
        return Ok(());
    }
    let expected = format!(
        "exp in the future, within an hour; it is {}",
        signed.now.real
    );
    Err(Mismatch::new(expected, format!("exp {exp}")))
}

fn was_made(signed: &SignedRegistration) -> Result<(), Mismatch> {
    let Some(iat) = seconds(&signed.claims, "iat") else {
        let received = described(signed.claims.map().get("iat"));
        return Err(Mismatch::new("iat in seconds", received));
    };
    if signed.now.either(|now| iat <= now.plus(FUTURE_SKEW)) {
        return Ok(());
    }
    let expected = format!("iat not in the future; it is {}", signed.now.real);
    Err(Mismatch::new(expected, format!("iat {iat}")))
}

fn has_a_uuid(signed: &SignedRegistration) -> Result<(), Mismatch> {
    if signed.claims.str("jti").is_some_and(is_uuid) {
        return Ok(());
    }
    let received = described(signed.claims.map().get("jti"));
    Err(Mismatch::new("jti to be a UUID", received))
}

/// The rules that are no rows of the table.
pub(crate) static RULES: &[&Rule] = &[&READABLE, &SIGNATURE, &REPLAY];

/// Asked where the body is read.
pub(crate) static READABLE: Rule = Rule {
    name: "registration_jwt.readable",
    clause: "OBIE Dynamic Client Registration 3.3; RFC 7515, section 7.1",
    sentence: "A signed registration is a JWT in compact form.",
};
static SIGNATURE: Rule = Rule {
    name: "registration_jwt.signature",
    clause: "OBIE Dynamic Client Registration 3.3; FAPI 1.0 Advanced, section 8.6",
    sentence: "A signed registration is signed PS256 or ES256 by a key of the software's JWK Set.",
};
/// Remembered by the server: asked in `AuthorizationServer::register`.
pub(super) static REPLAY: Rule = Rule {
    name: "registration_jwt.replay",
    clause: "Hamster Bank API, section 10",
    sentence: "A signed registration registers once.",
};

/// Twice what the UK's tool signs; its `jti` is remembered as long.
const LONGEST_LIFE: Duration = Duration::hours(1);
