//! A signed JWT in compact form: read strictly, distrusted until verified (RFC 7515, section 7.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::key_set::{KeyMisfit, KeySet};
use super::{Algorithm, ClaimedAlgorithm, VerifiedClaims};
use crate::json;

/// The entrance to everything signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jws;

impl Jws {
    /// Reads a JWT in compact form.
    ///
    /// # Errors
    /// When it is anything else, or larger than any honest one.
    pub(crate) fn parse(text: &str) -> Result<UnverifiedJws, Malformed> {
        if text.len() > JWS_BYTES_MAX {
            return Err(Malformed::TooLong { bytes: text.len() });
        }
        let segments: Vec<&str> = text.split('.').collect();
        let &[header, claims, signature] = segments.as_slice() else {
            return Err(Malformed::Segments {
                count: segments.len(),
            });
        };
        let header_bytes = decode(header, "header")?;
        let claims_bytes = decode(claims, "payload")?;
        let signature = decode(signature, "signature")?;
        let header = Header::read(&header_bytes)?;
        let claims = json::read_object(&claims_bytes)
            .map_err(|error| Malformed::Claims(error.to_string()))?;
        // Everything before the last dot is what was signed.
        let signed = text.rsplit_once('.').map_or("", |(signed, _)| signed);
        Ok(UnverifiedJws {
            header,
            claims,
            signed: signed.to_owned(),
            signature,
        })
    }
}

/// A JWT that says something; nobody knows yet whether its sender said it.
#[derive(Clone, Debug)]
pub(crate) struct UnverifiedJws {
    header: Header,
    claims: Map<String, Value>,
    signed: String,
    signature: Vec<u8>,
}

impl UnverifiedJws {
    /// What it says it is signed with.
    #[cfg(test)]
    pub(crate) const fn claimed_algorithm(&self) -> &ClaimedAlgorithm {
        &self.header.algorithm
    }

    /// Which key it says it is signed with.
    pub(crate) fn claimed_kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// What it says it is, for example `oauth-authz-req+jwt`.
    #[cfg(test)]
    pub(crate) fn claimed_typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// The claims before anything is proved: good for finding out whose keys to verify with, and for
    /// the journal.
    pub(crate) const fn unverified_claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Verifies the signature with a sender's keys and one of the algorithms it may use.
    ///
    /// With a `kid`, only keys of that id are tried; without, all that fit the algorithm.
    ///
    /// # Errors
    /// The reason why the signature is not that sender's.
    pub(crate) fn verify(
        self,
        keys: &KeySet,
        allowed: &[Algorithm],
    ) -> Result<VerifiedClaims, SignatureFault> {
        let claimed = &self.header.algorithm;
        let algorithm = claimed
            .known()
            .filter(|known| allowed.contains(known))
            .ok_or_else(|| SignatureFault::AlgorithmNotAllowed {
                claimed: claimed.clone(),
            })?;
        let candidates = keys.candidates(self.claimed_kid(), algorithm)?;
        let mut is_good = false;
        for key in candidates {
            is_good |= key.verifies(self.signed.as_bytes(), &self.signature)?;
        }
        if !is_good {
            return Err(SignatureFault::BadSignature);
        }
        Ok(VerifiedClaims::new(self.claims, self.header))
    }
}

/// The members of a JOSE header that mean anything to us. `jwk`, `jku`, `x5u` and `x5c` do not: a
/// sender's keys are those registered, never those it brings along.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) algorithm: ClaimedAlgorithm,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let members =
            json::read_object(bytes).map_err(|error| Malformed::Header(error.to_string()))?;
        // RFC 7515, section 4.1.11: what is critical and not understood must be refused. We
        // understand no extension; `b64` (RFC 7797) would change what was signed.
        for name in ["crit", "b64"] {
            if let Some(value) = members.get(name) {
                return Err(Malformed::Extension(clipped(&format!("{name}: {value}"))));
            }
        }
        let text = |name: &'static str| match members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Malformed::Header(format!("`{name}` must be a string"))),
        };
        let algorithm =
            text("alg")?.ok_or_else(|| Malformed::Header("`alg` is missing".to_owned()))?;
        Ok(Self {
            algorithm: ClaimedAlgorithm(algorithm),
            kid: text("kid")?,
            typ: text("typ")?,
        })
    }
}

#[cfg(test)]
impl Default for Header {
    fn default() -> Self {
        Self {
            algorithm: ClaimedAlgorithm("ES256".to_owned()),
            kid: None,
            typ: None,
        }
    }
}

/// Why a text is no JWT that we read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Malformed {
    /// A payload where a detached signature leaves it out.
    #[error("a detached signature leaves the payload out: `header..signature`")]
    Attached,
    /// Padding, a foreign character, stray bits.
    #[error("the {part} is not base64url without padding")]
    Base64 {
        /// Which segment.
        part: &'static str,
    },
    /// The payload is no JSON object for us.
    #[error("the payload is not the JSON object of a JWT: {0}")]
    Claims(String),
    /// An extension that changes the meaning.
    #[error("the header asks for an extension that is not understood, {0}")]
    Extension(String),
    /// The header is no JOSE header for us.
    #[error("the header is not a JOSE header: {0}")]
    Header(String),
    /// Not three segments.
    #[error("expected three segments with dots between them, received {count}{}",
        if *count == 5 { ", as an encrypted JWT has" } else { "" })]
    Segments {
        /// How many there are.
        count: usize,
    },
    /// Larger than any honest JWT.
    #[error("expected at most {JWS_BYTES_MAX} bytes, received {bytes}")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
}

/// Why a signature does not prove its sender.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum SignatureFault {
    /// `none`, `RS256`, or simply not the one registered.
    #[error("`alg` is `{claimed}`, which is not allowed here")]
    AlgorithmNotAllowed {
        /// What the header says.
        claimed: ClaimedAlgorithm,
    },
    /// The key is right and the signature is not.
    #[error("the signature does not fit the content and the key")]
    BadSignature,
    /// The key named cannot be used so.
    #[error("the key{} {misfit}", named(kid.as_deref()))]
    KeyMismatch {
        /// The key's id, if the header names one.
        kid: Option<String>,
        /// What does not fit.
        misfit: KeyMisfit,
    },
    /// Nobody registered such a key.
    #[error("no registered key fits{}", named(kid.as_deref()))]
    UnknownKey {
        /// The key's id, if the header names one.
        kid: Option<String>,
    },
}

fn named(kid: Option<&str>) -> String {
    kid.map(|kid| format!(" `{}`", clipped(kid)))
        .unwrap_or_default()
}

fn clipped(text: &str) -> String {
    text.chars().take(100).collect()
}

fn decode(segment: &str, part: &'static str) -> Result<Vec<u8>, Malformed> {
    URL_SAFE_NO_PAD
        .decode(segment)
        .map_err(|_| Malformed::Base64 { part })
}

/// A payment with every member filled is about 4 kB, a software statement 8: this is far beyond.
pub(crate) const JWS_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests;
