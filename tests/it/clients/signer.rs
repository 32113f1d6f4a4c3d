//! Compact JWS made with OpenSSL alone: another hand than the one the bank verifies with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer as Signing};
use serde_json::{Value, json};

/// Signs what a TPP says.
pub(crate) struct Signer {
    key: PKey<Private>,
    kid: String,
    alg: String,
}

impl Signer {
    /// Signs with this key, under the id and by the algorithm that its JWK says.
    pub(crate) fn new(key_pem: &str, jwk: &Value) -> Self {
        let text = |name: &str| jwk[name].as_str().expect(name).to_owned();
        Self {
            key: PKey::private_key_from_pem(key_pem.as_bytes()).unwrap(),
            kid: text("kid"),
            alg: text("alg"),
        }
    }

    /// A JWT of these claims.
    pub(crate) fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": self.alg, "kid": self.kid, "typ": typ });
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let input = format!("{}.{}", part(&header), part(claims));
        let signature = match self.alg.as_str() {
            "ES256" => self.es256(input.as_bytes()),
            "PS256" => self.ps256(input.as_bytes()),
            other => panic!("FAPI has no {other}"),
        };
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    // RFC 7518, section 3.5: MGF1 and salt of the hash's own length.
    fn ps256(&self, input: &[u8]) -> Vec<u8> {
        let mut signing = Signing::new(MessageDigest::sha256(), &self.key).unwrap();
        signing.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signing.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        signing
            .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
            .unwrap();
        signing.sign_oneshot_to_vec(input).unwrap()
    }

    // RFC 7518, section 3.4: R and S side by side, not the DER that OpenSSL makes.
    fn es256(&self, input: &[u8]) -> Vec<u8> {
        let mut signing = Signing::new(MessageDigest::sha256(), &self.key).unwrap();
        let der = signing.sign_oneshot_to_vec(input).unwrap();
        let signature = EcdsaSig::from_der(&der).unwrap();
        let mut raw = signature.r().to_vec_padded(32).unwrap();
        raw.extend(signature.s().to_vec_padded(32).unwrap());
        raw
    }
}
