//! JWTs made and judged with OpenSSL alone: the bank's own JOSE code must not agree with itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sha::sha256;
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};
use serde_json::{Map, Value, json};

/// A JWT that is still to be signed.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct Jwt {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    key: PKey<Private>,
    is_spoilt: bool,
}

impl Jwt {
    /// A JWT with `alg` and `kid` in its header.
    #[track_caller]
    pub(crate) fn new(alg: &str, kid: &str, key_pem: &str, claims: &Value) -> Self {
        Self {
            header: Map::from_iter([
                ("alg".to_owned(), json!(alg)),
                ("kid".to_owned(), json!(kid)),
            ]),
            claims: claims.as_object().expect("an object of claims").clone(),
            key: PKey::private_key_from_pem(key_pem.as_bytes()).unwrap(),
            is_spoilt: false,
        }
    }

    /// With this claim.
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Without this claim.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.shift_remove(name);
        self
    }

    /// With this member in the header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Without this member of the header.
    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.header.shift_remove(name);
        self
    }

    /// Signed by the key of another, while the header stays as it is.
    pub(crate) fn signed_by(mut self, other: &Self) -> Self {
        self.key = other.key.clone();
        self
    }

    /// With one bit of the signature turned over.
    pub(crate) fn spoilt(mut self) -> Self {
        self.is_spoilt = true;
        self
    }

    /// What it claims.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// As a detached signature: the claims, which are the message, are left out.
    pub(crate) fn detached(&self) -> String {
        let encoded = self.encoded();
        let (header, rest) = encoded.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        format!("{header}..{signature}")
    }

    /// The compact form.
    pub(crate) fn encoded(&self) -> String {
        let segment = |map: &Map<_, _>| BASE64URL.encode(Value::Object(map.clone()).to_string());
        let signed = format!("{}.{}", segment(&self.header), segment(&self.claims));
        let alg = self.header.get("alg").and_then(Value::as_str);
        let mut signature = sign(alg.unwrap_or("none"), &self.key, signed.as_bytes());
        if self.is_spoilt {
            signature[10] ^= 1;
        }
        format!("{signed}.{}", BASE64URL.encode(signature))
    }
}

fn sign(alg: &str, key: &PKey<Private>, message: &[u8]) -> Vec<u8> {
    match alg {
        "none" => Vec::new(),
        // The classic confusion: the public key, which everybody has, as a shared secret.
        "HS256" => {
            let secret = PKey::hmac(&key.public_key_to_pem().unwrap()).unwrap();
            let mut signer = Signer::new(MessageDigest::sha256(), &secret).unwrap();
            signer.sign_oneshot_to_vec(message).unwrap()
        }
        "ES256" => {
            let key = key.ec_key().expect("an elliptic key");
            let pair = EcdsaSig::sign(&sha256(message), &key).unwrap();
            let number = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).unwrap();
            [number(pair.r()), number(pair.s())].concat()
        }
        rsa => {
            let digest = match &rsa[2..] {
                "384" => MessageDigest::sha384(),
                "512" => MessageDigest::sha512(),
                _ => MessageDigest::sha256(),
            };
            let mut signer = Signer::new(digest, key).unwrap();
            if rsa.starts_with("PS") {
                signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
                signer
                    .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
                    .unwrap();
            }
            signer.sign_oneshot_to_vec(message).unwrap()
        }
    }
}

/// The claims of a JWT the bank signed: by exactly one of its published keys, named by `kid`, with the
/// algorithm that key is for, PS256 or ES256.
#[track_caller]
pub(crate) fn verified(jwt: &str, jwks: &Value) -> Map<String, Value> {
    let segments: Vec<_> = jwt.split('.').collect();
    let [header, claims, signature] = segments[..] else {
        panic!("not a JWT: {jwt}");
    };
    let header = decoded(header);
    let kid = header["kid"].as_str().expect("kid in the header");
    let keys = jwks["keys"].as_array().expect("keys");
    let named: Vec<_> = keys.iter().filter(|key| key["kid"] == kid).collect();
    let [key] = named[..] else {
        panic!("{} keys are called {kid}", named.len());
    };
    assert_eq!(key["use"], "sig");
    assert_eq!(
        key["alg"], header["alg"],
        "the key is for another algorithm"
    );
    let signed = jwt.rsplit_once('.').unwrap().0;
    let signature = BASE64URL.decode(signature).unwrap();
    let holds = verify(key, signed.as_bytes(), &signature);
    assert!(holds, "the signature does not hold: {jwt}");
    decoded(claims)
}

/// A JWT's header and claims, whoever signed it.
#[track_caller]
pub(crate) fn unverified(jwt: &str) -> (Map<String, Value>, Map<String, Value>) {
    let mut segments = jwt.split('.');
    let mut next = || decoded(segments.next().expect("a segment"));
    (next(), next())
}

/// Whether a key of a set verifies a JWT's signature.
pub(crate) fn verifies(jwk: &Value, jwt: &str) -> bool {
    let (signed, signature) = jwt.rsplit_once('.').expect("a signature");
    let signature = BASE64URL.decode(signature).expect("base64url");
    verify(jwk, signed.as_bytes(), &signature)
}

fn verify(jwk: &Value, message: &[u8], signature: &[u8]) -> bool {
    let number = |name: &str| {
        let text = jwk[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} in {jwk}"));
        BigNum::from_slice(&BASE64URL.decode(text).unwrap()).unwrap()
    };
    match jwk["alg"].as_str() {
        Some("PS256") => {
            let key = Rsa::from_public_components(number("n"), number("e")).unwrap();
            let key: PKey<Public> = PKey::from_rsa(key).unwrap();
            let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
            verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            verifier
                .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
                .unwrap();
            verifier.verify_oneshot(signature, message).unwrap()
        }
        Some("ES256") => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            let (x, y) = (number("x"), number("y"));
            let key = EcKey::from_public_key_affine_coordinates(&group, &x, &y).unwrap();
            assert_eq!(signature.len(), 64);
            let half = |range| BigNum::from_slice(&signature[range]).unwrap();
            let pair = EcdsaSig::from_private_components(half(0..32), half(32..64)).unwrap();
            pair.verify(&sha256(message), &key).unwrap()
        }
        other => panic!("FAPI knows no {other:?}"),
    }
}

fn decoded(segment: &str) -> Map<String, Value> {
    let bytes = BASE64URL.decode(segment).expect("base64url");
    serde_json::from_slice(&bytes).expect("a JSON object")
}

/// `s_hash`, `c_hash`, `at_hash` (OpenID Connect Core, section 3.3.2.11).
pub(crate) fn half_hash(text: &str) -> String {
    BASE64URL.encode(&sha256(text.as_bytes())[..16])
}

/// An S256 code challenge (RFC 7636, section 4.2).
pub(crate) fn s256(verifier: &str) -> String {
    BASE64URL.encode(sha256(verifier.as_bytes()))
}
