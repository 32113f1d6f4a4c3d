//! What a client assertion must hold (RFC 7523, section 3; OpenID Connect Core, section 9).
//!
//! Its signature is verified before, and its `jti` is remembered after: neither is a pure question.

use std::sync::Arc;

use time::Duration;

use super::{CLIENT_ENDPOINTS, Check};
use crate::clock::{Now, Timestamp};
use crate::jose::VerifiedClaims;
use crate::oauth::client::Client;
use crate::oauth::error::ErrorCode;
use crate::oauth::profile::Reach;
use crate::rule::{Mismatch, Rule};

/// An assertion whose signature is the client's, about to be judged.
pub(crate) struct Assertion {
    /// What it claims.
    pub(crate) claims: VerifiedClaims,
    /// Whose key signed it.
    pub(crate) client: Arc<Client>,
    /// Every `aud` that means this bank's authorization server.
    pub(crate) audiences: Arc<[String]>,
    /// When it arrived.
    pub(crate) now: Now,
}

/// In the order they are asked.
pub(crate) static CHECKS: &[Check<Assertion>] = &[
    row(
        Rule {
            name: "client_assertion.iss",
            clause: "RFC 7523, section 3, rule 1; OpenID Connect Core, section 9",
            sentence: "The issuer of a client assertion is the client_id.",
        },
        issuer_is_the_client,
    ),
    row(
        Rule {
            name: "client_assertion.sub",
            clause: "RFC 7523, section 3, rule 2B; OpenID Connect Core, section 9",
            sentence: "The subject of a client assertion is the client_id.",
        },
        subject_is_the_client,
    ),
    row(
        Rule {
            name: "client_assertion.aud",
            clause: "RFC 7523, section 3, rule 3; RFC 9126, section 2",
            sentence: "The audience is the issuer, the token endpoint or the endpoint called.",
        },
        audience_is_this_bank,
    ),
    row(
        Rule {
            name: "client_assertion.exp",
            clause: "RFC 7523, section 3, rule 4",
            sentence: "An assertion ends, has not ended, and ends within an hour.",
        },
        ends_soon,
    ),
    row(
        Rule {
            name: "client_assertion.nbf",
            clause: "RFC 7523, section 3, rules 5 and 6",
            sentence: "An assertion does not come from the future.",
        },
        has_begun,
    ),
    row(
        Rule {
            name: "client_assertion.jti",
            clause: "OpenID Connect Core, section 9",
            sentence: "An assertion has an identifier of its own.",
        },
        has_an_identifier,
    ),
];

const fn row(rule: Rule, run: fn(&Assertion) -> Result<(), Mismatch>) -> Check<Assertion> {
    Check {
        rule,
        code: ErrorCode::InvalidClient,
        places: CLIENT_ENDPOINTS,
        reach: Reach::EveryProfile,
        run,
    }
}

fn issuer_is_the_client(assertion: &Assertion) -> Result<(), Mismatch> {
    claim_is(assertion, "iss", assertion.client.id.as_str())
}

// This is also what keeps a request object, which has no `sub`, from being replayed as an assertion.
fn subject_is_the_client(assertion: &Assertion) -> Result<(), Mismatch> {
    claim_is(assertion, "sub", assertion.client.id.as_str())
}

fn audience_is_this_bank(assertion: &Assertion) -> Result<(), Mismatch> {
    let claimed = assertion.claims.audience().unwrap_or_default();
    let is_ours = |aud: &&str| assertion.audiences.iter().any(|known| known == aud);
    if claimed.iter().any(is_ours) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("aud to be one of {}", assertion.audiences.join(", ")),
        described(assertion.claims.map().get("aud")),
    ))
}

fn ends_soon(assertion: &Assertion) -> Result<(), Mismatch> {
    let claims = &assertion.claims;
    let Some(exp) = seconds(claims, "exp") else {
        return Err(Mismatch::new(
            "exp in seconds",
            described(claims.map().get("exp")),
        ));
    };
    let fits = assertion.now.either(|now| {
        now < exp.plus(EXPIRY_SKEW) && exp <= now.plus(LONGEST_LIFE).plus(FUTURE_SKEW)
    });
    if fits {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("exp in the next 60 minutes; it is {}", assertion.now.real),
        format!("exp {exp}"),
    )
    .with_hint("make a fresh assertion for each call, and check your clock"))
}

fn has_begun(assertion: &Assertion) -> Result<(), Mismatch> {
    let claims = &assertion.claims;
    for name in ["nbf", "iat"] {
        if !claims.map().contains_key(name) {
            continue;
        }
        let Some(begins) = seconds(claims, name) else {
            return Err(Mismatch::new(
                format!("{name} in seconds"),
                described(claims.map().get(name)),
            ));
        };
        if !assertion.now.either(|now| begins <= now.plus(FUTURE_SKEW)) {
            return Err(Mismatch::new(
                format!("{name} not in the future; it is {}", assertion.now.real),
                format!("{name} {begins}"),
            )
            .with_hint("check your clock"));
        }
    }
    Ok(())
}

fn has_an_identifier(assertion: &Assertion) -> Result<(), Mismatch> {
    match assertion.claims.str("jti") {
        Some(jti) if !jti.is_empty() && jti.len() <= JTI_BYTES_MAX => Ok(()),
        Some(jti) => Err(Mismatch::new(
            format!("a jti of 1 to {JTI_BYTES_MAX} bytes"),
            format!("{} bytes", jti.len()),
        )),
        None => Err(Mismatch::new(
            "a jti",
            described(assertion.claims.map().get("jti")),
        )),
    }
}

fn claim_is(assertion: &Assertion, name: &str, expected: &str) -> Result<(), Mismatch> {
    if assertion.claims.str(name) == Some(expected) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("{name} to be {expected}"),
        described(assertion.claims.map().get(name)),
    ))
}

/// A claim in whole seconds since 1970, as RFC 7519 calls a `NumericDate`; fractions are cut off.
pub(crate) fn seconds(claims: &VerifiedClaims, name: &str) -> Option<Timestamp> {
    claims.number(name).map(Timestamp::from_unix_seconds)
}

/// A claim as a refusal shows it: cut to a length a person reads.
pub(crate) fn described(claim: Option<&serde_json::Value>) -> String {
    let Some(claim) = claim else {
        return "none".to_owned();
    };
    let text = claim.to_string();
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    format!("{cut}… ({} bytes)", text.len())
}

/// The UK registration tool's assertions live 30 minutes; an hour is the contract's limit.
const LONGEST_LIFE: Duration = Duration::hours(1);

/// Clocks differ: a claim may lie this far in the future (SECURITY 6.5 allows 10 to 60 seconds).
pub(crate) const FUTURE_SKEW: Duration = Duration::seconds(30);

/// And an `exp` may be this long past.
pub(crate) const EXPIRY_SKEW: Duration = Duration::seconds(10);

/// Identifiers are remembered, so they must have a bound; UUIDs have 36 bytes.
const JTI_BYTES_MAX: usize = 256;

/// Long enough for any URL a person compares by eye.
const SHOWN_MAX: usize = 200;
