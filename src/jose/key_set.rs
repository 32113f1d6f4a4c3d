//! The public keys of one sender: a client's, a directory's (RFC 7517).

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, JwsVerifier, PS256};
use serde_json::{Map, Value};

use super::Algorithm;
use super::encryption::KeyManagement;
use super::jws::SignatureFault;

/// Keys to verify with. Each makes its verifier once, when first used: decoding a key costs more than
/// verifying with it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySet {
    keys: Arc<[VerificationKey]>,
}

impl KeySet {
    /// Reads a JWK Set. Keys of kinds we do not know are kept, to be named when somebody uses them
    /// (RFC 7517, section 5).
    ///
    /// # Errors
    /// When it is no JWK Set, or one of its keys must not be there.
    pub(crate) fn from_jwks(jwks: &Value) -> Result<Self, KeySetFault> {
        let keys = jwks
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(KeySetFault::NotAJwks)?;
        if keys.len() > KEYS_MAX {
            return Err(KeySetFault::TooMany { count: keys.len() });
        }
        let keys = keys.iter().enumerate();
        let keys: Result<_, _> = keys
            .map(|(index, key)| VerificationKey::from_jwk(key, index))
            .collect();
        Ok(Self { keys: keys? })
    }

    /// Whether there is no key at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The ids of the keys that have one.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| key.kid.as_deref())
    }

    /// Whether something can be encrypted to its owner in this way.
    pub(crate) fn can_encrypt(&self, alg: KeyManagement) -> bool {
        self.encryption_key(alg).is_some()
    }

    /// The first key that something may be encrypted to in this way.
    pub(super) fn encryption_key(&self, alg: KeyManagement) -> Option<&Map<String, Value>> {
        let is_or_absent = |key: &Map<String, Value>, name: &str, wanted: &str| {
            key.get(name).is_none_or(|value| value == wanted)
        };
        self.keys.iter().map(|key| &key.members).find(|key| {
            key.get("kty").is_some_and(|kty| kty == alg.key_type())
                && is_or_absent(key, "use", "enc")
                && is_or_absent(key, "alg", alg.as_str())
        })
    }

    /// The keys to try: those named, else all that fit.
    pub(super) fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Vec<&VerificationKey>, SignatureFault> {
        let named: Vec<_> = self
            .keys
            .iter()
            .filter(|key| kid.is_none() || key.kid.as_deref() == kid)
            .collect();
        let fitting: Vec<_> = named
            .iter()
            .copied()
            .filter(|key| key.misfit(algorithm).is_none())
            .collect();
        if !fitting.is_empty() {
            return Ok(fitting);
        }
        let kid = kid.map(str::to_owned);
        // A key that was named can be told what is wrong with it; without a name, none was meant.
        let misfit = named.first().and_then(|key| key.misfit(algorithm));
        Err(match misfit.filter(|_| kid.is_some()) {
            Some(misfit) => SignatureFault::KeyMismatch { kid, misfit },
            None => SignatureFault::UnknownKey { kid },
        })
    }
}

/// One public key.
#[derive(Debug)]
pub(super) struct VerificationKey {
    kid: Option<String>,
    /// What a key of its kind can verify; `None` for kinds we do not know.
    kind: Option<Algorithm>,
    members: Map<String, Value>,
    verifier: OnceLock<Box<dyn JwsVerifier>>,
}

impl VerificationKey {
    fn from_jwk(jwk: &Value, index: usize) -> Result<Self, KeySetFault> {
        let members = jwk.as_object().ok_or(KeySetFault::NotAKey { index })?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let kty = text("kty").ok_or(KeySetFault::NotAKey { index })?;
        if kty == "oct"
            || PRIVATE_MEMBERS
                .iter()
                .any(|name| members.contains_key(*name))
        {
            return Err(KeySetFault::NotPublic { index });
        }
        let number = |name: &str| {
            let text = text(name).ok_or(KeySetFault::NotAKey { index })?;
            let bytes = URL_SAFE_NO_PAD.decode(text);
            bytes.map_err(|_| KeySetFault::NotAKey { index })
        };
        let kind = match kty {
            "RSA" => {
                let bits = bits(&number("n")?);
                if bits < RSA_BITS_MIN {
                    return Err(KeySetFault::Weak { index, bits });
                }
                // A key of 64 kbit would make one verification a denial of service.
                if bits > RSA_BITS_MAX || bits_of_exponent(&number("e")?) > RSA_EXPONENT_BITS_MAX {
                    return Err(KeySetFault::NotAKey { index });
                }
                Some(Algorithm::Ps256)
            }
            "EC" if text("crv") == Some("P-256") => {
                if number("x")?.len() != 32 || number("y")?.len() != 32 {
                    return Err(KeySetFault::NotAKey { index });
                }
                Some(Algorithm::Es256)
            }
            _ => None,
        };
        Ok(Self {
            kid: text("kid").map(str::to_owned),
            kind,
            members: members.clone(),
            verifier: OnceLock::new(),
        })
    }

    /// Why this key cannot verify that algorithm, if so.
    fn misfit(&self, algorithm: Algorithm) -> Option<KeyMisfit> {
        let text = |name: &str| self.members.get(name).and_then(Value::as_str);
        if self.kind != Some(algorithm) {
            return Some(KeyMisfit::Kind { algorithm });
        }
        if let Some(declared) = text("alg").filter(|declared| *declared != algorithm.as_str()) {
            return Some(KeyMisfit::Algorithm {
                declared: declared.chars().take(40).collect(),
            });
        }
        let is_for_signatures = text("use").is_none_or(|purpose| purpose == "sig");
        let verifies = self.members.get("key_ops").is_none_or(|operations| {
            let operations = operations.as_array().into_iter().flatten();
            operations
                .into_iter()
                .any(|operation| operation == "verify")
        });
        (!is_for_signatures || !verifies).then_some(KeyMisfit::Use)
    }

    /// Whether the signature is this key's over that message.
    pub(super) fn verifies(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, SignatureFault> {
        if self.kind == Some(Algorithm::Es256) && !is_pair_of_numbers(signature) {
            return Ok(false);
        }
        let verifier = if let Some(verifier) = self.verifier.get() {
            verifier
        } else {
            // Kept when it could be made, and tried again when it could not.
            let made = self.make_verifier().ok_or_else(|| self.unusable())?;
            self.verifier.get_or_init(|| made)
        };
        Ok(verifier.verify(message, signature).is_ok())
    }

    fn unusable(&self) -> SignatureFault {
        SignatureFault::KeyMismatch {
            kid: self.kid.clone(),
            misfit: KeyMisfit::Unusable,
        }
    }

    fn make_verifier(&self) -> Option<Box<dyn JwsVerifier>> {
        // Only what makes the key: its uses were checked, and josekit has rules of its own for them.
        let names = ["kty", "crv", "x", "y", "n", "e"];
        let number = |name: &str| Some((name.to_owned(), self.members.get(name)?.clone()));
        let members: Map<_, _> = names.into_iter().filter_map(number).collect();
        let jwk = Jwk::from_map(members).ok()?;
        Some(match self.kind? {
            Algorithm::Es256 => Box::new(ES256.verifier_from_jwk(&jwk).ok()?),
            Algorithm::Ps256 => Box::new(PS256.verifier_from_jwk(&jwk).ok()?),
        })
    }
}

/// What does not fit about a key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum KeyMisfit {
    /// Its `alg` is another.
    #[error("is registered for `alg` `{declared}`")]
    Algorithm {
        /// What the JWK says.
        declared: String,
    },
    /// An elliptic key for PS256, an RSA key for ES256, or neither.
    #[error("is of a kind that cannot verify {algorithm}")]
    Kind {
        /// What the header asks for.
        algorithm: Algorithm,
    },
    /// Its numbers make no key.
    #[error("cannot be used: its numbers make no key")]
    Unusable,
    /// For encryption, or not for verifying.
    #[error("is not registered for signatures (`use`, `key_ops`)")]
    Use,
}

/// Why a JWK Set is not one we take.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum KeySetFault {
    /// No object with an array `keys`.
    #[error("expected a JWK Set, an object with an array `keys`")]
    NotAJwks,
    /// A key without what makes it one.
    #[error(
        "key {index} of the JWK Set is not a JWK: `kty`, or a number of its kind, is missing or damaged"
    )]
    NotAKey {
        /// Its place, from 0.
        index: usize,
    },
    /// A secret where only public keys belong.
    #[error(
        "key {index} of the JWK Set holds private or symmetric key material: publish public keys only, \
             and take this one out of use"
    )]
    NotPublic {
        /// Its place, from 0.
        index: usize,
    },
    /// More keys than any honest sender has.
    #[error("expected at most {KEYS_MAX} keys in the JWK Set, received {count}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// RSA of fewer than 2048 bits.
    #[error("key {index} of the JWK Set has {bits} bits, expected at least {RSA_BITS_MIN}")]
    Weak {
        /// Its place, from 0.
        index: usize,
        /// The bits it has.
        bits: usize,
    },
}

/// RFC 7518, section 3.4: R and S of 32 octets each, and neither is zero in an honest signature.
/// (josekit would write a zero as an empty INTEGER, which is no DER.)
fn is_pair_of_numbers(signature: &[u8]) -> bool {
    signature.len() == 64
        && signature
            .chunks(32)
            .all(|number| number.iter().any(|byte| *byte != 0))
}

fn bits(number: &[u8]) -> usize {
    let significant = number.iter().skip_while(|byte| **byte == 0);
    let (length, first) = (significant.clone().count(), significant.copied().next());
    let zeros = first.map_or(0, u8::leading_zeros);
    (length * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0))
}

/// Zero and one are no exponents, so they count as too large.
fn bits_of_exponent(number: &[u8]) -> usize {
    match bits(number) {
        0 | 1 => usize::MAX,
        bits => bits,
    }
}

/// RFC 7517 and 7518: what only the owner of a key has.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// RFC 7518, section 3.5.
const RSA_BITS_MIN: usize = 2048;
/// Four times the common size.
const RSA_BITS_MAX: usize = 8192;
/// 65537 has 17; OpenSSL itself takes at most 64 with large keys.
const RSA_EXPONENT_BITS_MAX: usize = 64;
/// Without a `kid` every fitting key is tried, so this bounds the work of one request.
const KEYS_MAX: usize = 32;

#[cfg(test)]
mod tests;
