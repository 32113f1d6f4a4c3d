//! What a signed request object must hold as a JWT (RFC 9101; FAPI 1.0 Advanced, section 5.2.2).
//!
//! Its signature is verified before; what it asks for is judged by `authorization.rs` after.

use std::sync::Arc;

use time::Duration;

use super::assertion::{EXPIRY_SKEW, FUTURE_SKEW, described, seconds};
use super::{Check, Place};
use crate::clock::Now;
use crate::jose::VerifiedClaims;
use crate::oauth::client::Client;
use crate::oauth::error::ErrorCode;
use crate::oauth::profile::Reach;
use crate::rule::{Mismatch, Rule};

/// A request object whose signature is the client's, about to be judged.
pub(crate) struct RequestObject {
    /// What it claims.
    pub(crate) claims: VerifiedClaims,
    /// Whose key signed it.
    pub(crate) client: Arc<Client>,
    /// The only `aud` a request object may have.
    pub(crate) issuer: Arc<str>,
    /// When it arrived.
    pub(crate) now: Now,
}

/// In the order they are asked.
pub(crate) static CHECKS: &[Check<RequestObject>] = &[
    row(
        Rule {
            name: "request_object.iss",
            clause: "RFC 9101, section 4; OpenID Connect Core, section 6.1",
            sentence: "Issuer and client_id of a request object, where given, are the client's.",
        },
        names_the_client,
    ),
    row(
        Rule {
            name: "request_object.aud",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 15",
            sentence: "The audience of a request object is the issuer, or contains it.",
        },
        audience_is_the_issuer,
    ),
    row(
        Rule {
            name: "request_object.nbf",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 17",
            sentence: "A request object says since when it holds, no more than 60 minutes ago.",
        },
        began_lately,
    ),
    row(
        Rule {
            name: "request_object.exp",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 13",
            sentence: "A request object ends no later than 60 minutes after its nbf, and not yet.",
        },
        ends_soon,
    ),
    row(
        Rule {
            name: "request_object.sub",
            clause: "RFC 9101, section 10.8",
            sentence: "A request object cannot pass for a client assertion.",
        },
        is_no_assertion,
    ),
    row(
        Rule {
            name: "request_object.nested",
            clause: "RFC 9101, section 4; RFC 9126, section 2.1",
            sentence: "A request object holds no request and no request_uri.",
        },
        holds_no_other,
    ),
];

const fn row(rule: Rule, run: fn(&RequestObject) -> Result<(), Mismatch>) -> Check<RequestObject> {
    Check {
        rule,
        code: ErrorCode::InvalidRequestObject,
        places: &[Place::Par, Place::Authorize],
        reach: Reach::EveryProfile,
        run,
    }
}

fn names_the_client(object: &RequestObject) -> Result<(), Mismatch> {
    for name in ["iss", "client_id"] {
        let claim = object.claims.map().get(name);
        if claim.is_some_and(|claim| claim.as_str() != Some(object.client.id.as_str())) {
            return Err(Mismatch::new(
                format!("{name} to be {}", object.client.id),
                described(claim),
            ));
        }
    }
    Ok(())
}

// The PAR endpoint is a fine audience for a client assertion, and none for a request object.
fn audience_is_the_issuer(object: &RequestObject) -> Result<(), Mismatch> {
    let claimed = object.claims.audience().unwrap_or_default();
    if claimed.contains(&&*object.issuer) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("aud to be, or contain, {}", object.issuer),
        described(object.claims.map().get("aud")),
    ))
}

fn began_lately(object: &RequestObject) -> Result<(), Mismatch> {
    let Some(nbf) = seconds(&object.claims, "nbf") else {
        let received = described(object.claims.map().get("nbf"));
        return Err(Mismatch::new("nbf in seconds", received));
    };
    let fits = object
        .now
        .either(|now| nbf <= now.plus(FUTURE_SKEW) && now <= nbf.plus(LONGEST));
    if fits {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("nbf in the last 60 minutes; it is {}", object.now.real),
        format!("nbf {nbf}"),
    ))
}

fn ends_soon(object: &RequestObject) -> Result<(), Mismatch> {
    let Some(exp) = seconds(&object.claims, "exp") else {
        let received = described(object.claims.map().get("exp"));
        return Err(Mismatch::new("exp in seconds", received));
    };
    if !object.now.either(|now| now < exp.plus(EXPIRY_SKEW)) {
        return Err(Mismatch::new(
            format!("exp in the future; it is {}", object.now.real),
            format!("exp {exp}"),
        ));
    }
    let begins = seconds(&object.claims, "nbf").unwrap_or(object.now.real);
    if exp <= begins.plus(LONGEST) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("exp at most 60 minutes after nbf {begins}"),
        format!("exp {exp}"),
    ))
}

fn is_no_assertion(object: &RequestObject) -> Result<(), Mismatch> {
    if object.claims.str("sub") == Some(object.client.id.as_str()) {
        return Err(Mismatch::new(
            "no sub, or one that is not the client_id",
            "the client_id",
        ));
    }
    Ok(())
}

fn holds_no_other(object: &RequestObject) -> Result<(), Mismatch> {
    for name in ["request", "request_uri"] {
        if object.claims.map().contains_key(name) {
            return Err(Mismatch::new(
                "neither request nor request_uri inside",
                name,
            ));
        }
    }
    Ok(())
}

/// The longest that may lie between nbf and exp, and between nbf and now.
const LONGEST: Duration = Duration::minutes(60);
