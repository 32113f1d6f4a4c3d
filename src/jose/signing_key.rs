//! A private key that signs: the bank's own, or one handed to a TPP in its kit.

use std::fmt;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use josekit::jws::{ES256, JwsSigner, PS256};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::pki::{KeyFault, KeyKind, KeyNumbers, PrivateKey};

use super::{Algorithm, Flaw, KeySet};

/// A private key with its id. The signer is made once, when first used: OpenSSL takes up to a
/// millisecond to decode a key, and signs in a fifth of that.
pub(crate) struct SigningKey {
    key: PrivateKey,
    kid: String,
    certificate: Option<Vec<u8>>,
    signer: OnceLock<Option<Box<dyn JwsSigner>>>,
}

impl SigningKey {
    /// Reads a PKCS#8 key in PEM. RSA signs PS256, P-256 signs ES256; the id is the thumbprint of
    /// RFC 7638.
    ///
    /// # Errors
    /// When it is no such key.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, KeyFault> {
        let key = PrivateKey::from_pem(pem)?;
        Ok(Self {
            kid: thumbprint(&public_members(&key)),
            certificate: None,
            signer: OnceLock::new(),
            key,
        })
    }

    /// The same key under another id.
    #[must_use]
    pub(crate) fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = kid.into();
        self
    }

    /// The same key with its certificate, which is then published as `x5c`.
    #[must_use]
    pub(crate) fn with_certificate(mut self, der: &[u8]) -> Self {
        self.certificate = Some(der.to_vec());
        self
    }

    /// Makes the signer now. Keys of foreign origin want this at start: what DER alone cannot show
    /// (numbers that do not fit each other) shows here.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub(crate) fn prepare(&self) -> Result<(), KeyFault> {
        let signer = self.signer().ok_or(KeyFault::Damaged)?;
        let signature = signer.sign(b"").map_err(|_| KeyFault::Damaged)?;
        let own = KeySet::from_jwks(&jwks(&[self])).map_err(|_| KeyFault::Damaged)?;
        let own = own.candidates(None, self.algorithm());
        let fits = own.is_ok_and(|keys| {
            keys.iter()
                .any(|key| key.verifies(b"", &signature) == Ok(true))
        });
        fits.then_some(()).ok_or(KeyFault::Damaged)
    }

    /// Signs claims as a JWT in compact form. Takes 20 µs for ES256, 220 for PS256.
    ///
    /// # Panics
    /// When the key is damaged; [`Self::prepare`] tells before.
    #[must_use]
    pub(crate) fn sign(&self, typ: Option<&str>, claims: &Map<String, Value>) -> String {
        let mut header = self.header();
        if let Some(typ) = typ {
            header.insert("typ".to_owned(), typ.into());
        }
        self.sealed(header, claims)
    }

    /// The same with one thing wrong about its seal.
    #[must_use]
    pub(crate) fn sign_wrongly(&self, claims: &Map<String, Value>, flaw: Flaw) -> String {
        let mut header = self.header();
        match flaw {
            Flaw::AlgNone => {
                header.insert("alg".to_owned(), "none".into());
                format!("{}.", unsigned(header, claims))
            }
            Flaw::Corrupt => {
                let mut text = unsigned(header, claims);
                let signature = self.signature_of(&text);
                let corrupt: Vec<_> = signature.iter().map(|byte| byte ^ 0x5a).collect();
                text.push('.');
                URL_SAFE_NO_PAD.encode_string(corrupt, &mut text);
                text
            }
            Flaw::UnknownKid => {
                // Of the form the bank's own have, the same each time, and nobody's thumbprint.
                let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(&self.kid));
                header.insert("kid".to_owned(), kid.into());
                self.sealed(header, claims)
            }
        }
    }

    fn header(&self) -> Map<String, Value> {
        let mut header = Map::new();
        header.insert("alg".to_owned(), self.algorithm().as_str().into());
        header.insert("kid".to_owned(), self.kid.as_str().into());
        header
    }

    fn sealed(&self, header: Map<String, Value>, claims: &Map<String, Value>) -> String {
        let mut text = unsigned(header, claims);
        let signature = self.signature_of(&text);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        text
    }

    /// The bare signature of a text.
    pub(super) fn signature_of(&self, text: &str) -> Vec<u8> {
        let signature = self
            .signer()
            .and_then(|signer| signer.sign(text.as_bytes()).ok());
        #[expect(
            clippy::expect_used,
            reason = "keys are our own, or were prepared: a failure here is a bug of ours"
        )]
        let signature = signature.expect("a key that was read signs");
        signature
    }

    /// What it signs.
    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self.key.kind() {
            KeyKind::P256 => Algorithm::Es256,
            KeyKind::Rsa => Algorithm::Ps256,
        }
    }

    /// Its id.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWK with `kid`, `alg`, `use`, and `x5c` if it has a certificate.
    #[must_use]
    pub(crate) fn public_jwk(&self) -> Map<String, Value> {
        let mut jwk = public_members(&self.key);
        jwk.insert("kid".to_owned(), self.kid.as_str().into());
        jwk.insert("alg".to_owned(), self.algorithm().as_str().into());
        jwk.insert("use".to_owned(), "sig".into());
        if let Some(der) = &self.certificate {
            // RFC 7517, section 4.7: base64, not base64url.
            jwk.insert("x5c".to_owned(), json!([STANDARD.encode(der)]));
        }
        jwk
    }

    /// The whole key as a JWK, for the kit of the TPP that owns it.
    #[must_use]
    pub(crate) fn private_jwk(&self) -> Map<String, Value> {
        let mut jwk = self.public_jwk();
        let mut put = |name: &str, number: &[u8]| {
            jwk.insert(name.to_owned(), URL_SAFE_NO_PAD.encode(number).into());
        };
        match self.key.numbers() {
            KeyNumbers::P256 { d, .. } => put("d", d),
            KeyNumbers::Rsa {
                d,
                p,
                q,
                dp,
                dq,
                qi,
                ..
            } => {
                for (name, number) in [("d", d), ("p", p), ("q", q), ("dp", dp), ("dq", dq)] {
                    put(name, number);
                }
                put("qi", qi);
            }
        }
        jwk
    }

    fn signer(&self) -> Option<&dyn JwsSigner> {
        let signer = self.signer.get_or_init(|| {
            Some(match self.key.kind() {
                KeyKind::P256 => Box::new(ES256.signer_from_der(self.key.pkcs8_der()).ok()?),
                // josekit takes PKCS#8 for PS256 only if its OID is RSASSA-PSS, which hardly
                // anybody's is; PKCS#1 has no such OID.
                KeyKind::Rsa => Box::new(PS256.signer_from_der(self.key.inner_der()).ok()?),
            })
        });
        signer.as_deref()
    }
}

/// Prints no secret.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm(), self.kid)
    }
}

/// Header and claims, with the dot between: what is signed.
fn unsigned(header: Map<String, Value>, claims: &Map<String, Value>) -> String {
    let header = Value::Object(header).to_string();
    let claims = serde_json::to_string(claims).unwrap_or_default();
    let mut text = URL_SAFE_NO_PAD.encode(header);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut text);
    text
}

/// A JWK Set of the public halves, to be published.
#[must_use]
pub(crate) fn jwks(keys: &[&SigningKey]) -> Value {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    json!({ "keys": keys })
}

/// `kty` and the public numbers, in the order RFC 7638 wants them hashed.
fn public_members(key: &PrivateKey) -> Map<String, Value> {
    let number = |number: &[u8]| Value::String(URL_SAFE_NO_PAD.encode(number));
    let members = match key.numbers() {
        KeyNumbers::P256 { x, y, .. } => vec![
            ("crv", "P-256".into()),
            ("kty", "EC".into()),
            ("x", number(x)),
            ("y", number(y)),
        ],
        KeyNumbers::Rsa { n, e, .. } => {
            vec![("e", number(e)), ("kty", "RSA".into()), ("n", number(n))]
        }
    };
    let owned = members.into_iter();
    owned
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// RFC 7638, section 3: the SHA-256 of the required members, sorted, without white space.
fn thumbprint(members: &Map<String, Value>) -> String {
    let json = serde_json::to_string(members).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(Sha256::digest(json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seed;
    use crate::pki::{TestKeys, fresh_p256_key};

    fn rsa() -> SigningKey {
        SigningKey::from_pem(TestKeys::pick(Seed(42), "main", "signing")).unwrap()
    }

    fn p256() -> SigningKey {
        SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap()
    }

    #[test]
    fn the_thumbprint_of_rfc_7638_section_3_1() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_\
                 BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_\
                 FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4\
                 vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let members = [("e", "AQAB"), ("kty", "RSA"), ("n", n)];
        let members = members.map(|(name, value)| (name.to_owned(), value.into()));
        assert_eq!(
            thumbprint(&members.into_iter().collect()),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn what_is_published_holds_no_secret() {
        for key in [rsa(), p256()] {
            let public = Value::Object(key.public_jwk());
            for secret in ["d", "p", "q", "dp", "dq", "qi", "k", "x5c"] {
                assert!(public.get(secret).is_none(), "{secret}");
            }
            assert_eq!(public["kid"], key.kid());
            assert_eq!(public["alg"], key.algorithm().as_str());
            assert_eq!(public["use"], "sig");
            assert_eq!(jwks(&[&key])["keys"][0], public);
        }
    }

    #[test]
    fn josekit_signs_with_our_private_jwk_as_with_the_pem() {
        for key in [rsa(), p256()] {
            let jwk = josekit::jwk::Jwk::from_map(key.private_jwk()).unwrap();
            let set = KeySet::from_jwks(&jwks(&[&key])).unwrap();
            let signer: Box<dyn JwsSigner> = match key.algorithm() {
                Algorithm::Es256 => Box::new(ES256.signer_from_jwk(&jwk).unwrap()),
                Algorithm::Ps256 => Box::new(PS256.signer_from_jwk(&jwk).unwrap()),
            };
            let signature = signer.sign(b"message").unwrap();
            let candidates = set.candidates(Some(key.kid()), key.algorithm()).unwrap();
            assert_eq!(candidates[0].verifies(b"message", &signature), Ok(true));
            assert_eq!(candidates[0].verifies(b"massage", &signature), Ok(false));
        }
    }

    #[test]
    fn a_certificate_is_published_as_base64() {
        let key = p256().with_kid("one").with_certificate(&[0xfb, 0xff]);
        assert_eq!(key.public_jwk()["x5c"], json!(["+/8="]));
        assert_eq!(key.public_jwk()["kid"], "one");
    }

    #[test]
    fn a_key_whose_numbers_do_not_fit_is_found_out_before_it_signs() {
        assert_eq!(rsa().prepare(), Ok(()));
        assert_eq!(p256().prepare(), Ok(()));
        assert!(SigningKey::from_pem("no key").is_err());
        // One key's public half under another's private one.
        let (one, other) = (p256(), p256());
        let mut der = one.key.pkcs8_der().to_vec();
        let point = other.key.pkcs8_der();
        let public = der.len() - 65;
        der[public..].copy_from_slice(&point[point.len() - 65..]);
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der)
        );
        let mixed = SigningKey::from_pem(&pem).unwrap();
        assert_eq!(mixed.prepare(), Err(KeyFault::Damaged));
        let debug = format!("{:?}", rsa());
        assert!(
            debug.starts_with("SigningKey(PS256 ") && debug.len() < 70,
            "{debug}"
        );
    }
}
