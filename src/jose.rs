//! Signed JSON: keys, JWS and the claims inside (RFC 7515, 7517, 7518, 7519).
//!
//! Parsing is our own and strict, because leniency hides a TPP's mistakes; josekit signs and
//! verifies. Only PS256 and ES256 exist here: FAPI 1.0 Advanced, section 8.6, allows no other.
//! Nothing read from a JWS can be had without saying `unverified`, except through
//! `UnverifiedJws::verify`.

mod claims;
mod detached;
mod encryption;
mod flaw;
mod jws;
mod key_set;
mod signing_key;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

pub(crate) use claims::VerifiedClaims;
pub(crate) use detached::DetachedJws;
pub(crate) use encryption::{ContentEncryption, Encryption, EncryptionFault, KeyManagement};
pub(crate) use flaw::Flaw;
pub(crate) use jws::{Jws, Malformed, SignatureFault, UnverifiedJws};
pub(crate) use key_set::{KeySet, KeySetFault};
pub(crate) use signing_key::{SigningKey, jwks};

/// A signature algorithm that FAPI allows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

impl Algorithm {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Es256, Self::Ps256];

    /// The registered name.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
        }
    }

    /// The algorithm of this name, to the letter.
    #[must_use]
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a JWS says it is signed with, whatever that is: `RS256` and `none` must be named when they
/// are refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ClaimedAlgorithm(String);

impl ClaimedAlgorithm {
    /// The algorithm, if it is one we know.
    #[must_use]
    pub(crate) fn known(&self) -> Option<Algorithm> {
        Algorithm::parse(&self.0)
    }
}

/// Prints the name, cut to a length that fits a sentence.
impl fmt::Display for ClaimedAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().take(40).try_for_each(|c| write!(f, "{c}"))
    }
}

/// `s_hash`, `c_hash`, `at_hash`: the left half of the SHA-256 (OIDC Core, section 3.3.2.11). Both of
/// our algorithms hash with SHA-256.
#[must_use]
pub(crate) fn half_hash(value: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(value).into();
    let (left, _) = digest.split_at(16);
    URL_SAFE_NO_PAD.encode(left)
}

/// The `code_challenge` of a `code_verifier` by the method S256 (RFC 7636, section 4.2).
#[must_use]
pub(crate) fn pkce_s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_rfc_7636_appendix_b() {
        assert_eq!(
            pkce_s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn the_c_hash_of_openid_connect_core_appendix_a_4() {
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        assert_eq!(half_hash(code), "LDktKdoQak3Pk0cnXxCltA");
    }

    #[test]
    fn names_are_known_to_the_letter() {
        assert_eq!(Algorithm::parse("PS256"), Some(Algorithm::Ps256));
        assert_eq!(Algorithm::parse("ES256"), Some(Algorithm::Es256));
        for name in [
            "", "none", "RS256", "HS256", "PS384", "ps256", "ES256K", "EdDSA",
        ] {
            assert_eq!(Algorithm::parse(name), None, "{name:?}");
            assert_eq!(ClaimedAlgorithm(name.to_owned()).to_string(), name);
        }
        assert_eq!(ClaimedAlgorithm("x".repeat(9999)).to_string().len(), 40);
    }
}
