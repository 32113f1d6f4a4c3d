//! A detached signature: a JWS whose payload is the message body and is left out (RFC 7515, Appendix F).
//!
//! Unlike a JWT's, its header may carry critical members of a profile's own; which, and what they must
//! say, is that profile's business.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::jws::{JWS_BYTES_MAX, Malformed, SignatureFault};
use super::{Algorithm, ClaimedAlgorithm, KeySet, SigningKey};
use crate::json;

/// A detached signature somebody sent; nobody knows yet whether it fits.
#[derive(Clone, Debug)]
pub(crate) struct DetachedJws {
    algorithm: ClaimedAlgorithm,
    members: Map<String, Value>,
    header: String,
    signature: Vec<u8>,
}

impl DetachedJws {
    /// Reads `header..signature`.
    ///
    /// # Errors
    /// When it is anything else, or asks for an unencoded payload.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > JWS_BYTES_MAX {
            return Err(Malformed::TooLong { bytes: text.len() });
        }
        let segments: Vec<&str> = text.split('.').collect();
        let &[header, payload, signature] = segments.as_slice() else {
            let count = segments.len();
            return Err(Malformed::Segments { count });
        };
        if !payload.is_empty() {
            return Err(Malformed::Attached);
        }
        let decode = |segment: &str, part| {
            let decoded = URL_SAFE_NO_PAD.decode(segment);
            decoded.map_err(|_| Malformed::Base64 { part })
        };
        let members = json::read_object(&decode(header, "header")?)
            .map_err(|error| Malformed::Header(error.to_string()))?;
        // RFC 7797 would change what was signed.
        if members.contains_key("b64") {
            return Err(Malformed::Extension("b64".to_owned()));
        }
        let algorithm = members.get("alg").and_then(Value::as_str);
        let algorithm =
            algorithm.ok_or_else(|| Malformed::Header("`alg` must be a string".to_owned()))?;
        Ok(Self {
            algorithm: ClaimedAlgorithm(algorithm.to_owned()),
            signature: decode(signature, "signature")?,
            header: header.to_owned(),
            members,
        })
    }

    /// What it says it is signed with.
    pub(crate) const fn claimed_algorithm(&self) -> &ClaimedAlgorithm {
        &self.algorithm
    }

    /// Its header.
    pub(crate) const fn unverified_header(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Whether it is a sender's signature over `payload`.
    ///
    /// # Errors
    /// The reason why not.
    pub(crate) fn verify(
        &self,
        payload: &[u8],
        keys: &KeySet,
        allowed: Algorithm,
    ) -> Result<(), SignatureFault> {
        if self.algorithm.known() != Some(allowed) {
            let claimed = self.algorithm.clone();
            return Err(SignatureFault::AlgorithmNotAllowed { claimed });
        }
        let kid = self.members.get("kid").and_then(Value::as_str);
        let signed = signed(&self.header, payload);
        let mut is_good = false;
        for key in keys.candidates(kid, allowed)? {
            is_good |= key.verifies(signed.as_bytes(), &self.signature)?;
        }
        if is_good {
            Ok(())
        } else {
            Err(SignatureFault::BadSignature)
        }
    }
}

impl SigningKey {
    /// Signs a message body: `header..signature`. `members` join `alg` and `kid` in the header.
    #[must_use]
    pub(crate) fn sign_detached(&self, members: Map<String, Value>, payload: &[u8]) -> String {
        let mut header = Map::new();
        header.insert("alg".to_owned(), self.algorithm().as_str().into());
        header.insert("kid".to_owned(), self.kid().into());
        header.extend(members);
        let header = URL_SAFE_NO_PAD.encode(Value::Object(header).to_string());
        let signature = URL_SAFE_NO_PAD.encode(self.signature_of(&signed(&header, payload)));
        format!("{header}..{signature}")
    }
}

fn signed(header: &str, payload: &[u8]) -> String {
    let mut text = format!("{header}.");
    URL_SAFE_NO_PAD.encode_string(payload, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::jwks;
    use crate::pki::fresh_p256_key;
    use serde_json::json;

    fn key() -> SigningKey {
        SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap()
    }

    fn members(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_signature_holds_for_its_body_and_its_key_alone() {
        let (own, other) = (key(), key());
        let signature = own.sign_detached(members(&json!({ "x": 1 })), b"{}");
        let jws = DetachedJws::parse(&signature).unwrap();
        assert_eq!(jws.unverified_header()["x"], 1);
        assert_eq!(jws.claimed_algorithm().to_string(), "ES256");
        let set = |keys: &[&SigningKey]| KeySet::from_jwks(&jwks(keys)).unwrap();
        let es256 = Algorithm::Es256;
        assert_eq!(jws.verify(b"{}", &set(&[&other, &own]), es256), Ok(()));
        let bad = jws.verify(b"{ }", &set(&[&own]), es256);
        assert_eq!(bad, Err(SignatureFault::BadSignature));
        let unknown = jws.verify(b"{}", &set(&[&other]), es256);
        assert!(matches!(unknown, Err(SignatureFault::UnknownKey { .. })));
        let wrong = jws.verify(b"{}", &set(&[&own]), Algorithm::Ps256);
        assert!(matches!(
            wrong,
            Err(SignatureFault::AlgorithmNotAllowed { .. })
        ));
    }

    #[test]
    fn what_is_no_detached_signature_is_refused() {
        let header = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let good = header(json!({ "alg": "PS256" }));
        for (why, text) in [
            ("empty", String::new()),
            ("one segment", good.clone()),
            ("two segments", format!("{good}.c2ln")),
            ("four segments", format!("{good}..c2ln.")),
            ("a payload within", format!("{good}.e30.c2ln")),
            ("padding", format!("{good}..c2lnbg==")),
            ("no JSON", "aGk..c2ln".to_owned()),
            ("no alg", format!("{}..c2ln", header(json!({})))),
            (
                "alg is no text",
                format!("{}..c2ln", header(json!({ "alg": 1 }))),
            ),
            (
                "an unencoded payload",
                format!("{}..c2ln", header(json!({ "alg": "PS256", "b64": false }))),
            ),
            ("too long", format!("{good}..{}", "A".repeat(JWS_BYTES_MAX))),
        ] {
            assert!(DetachedJws::parse(&text).is_err(), "{why}");
        }
        assert!(DetachedJws::parse(&format!("{good}..c2ln")).is_ok());
    }
}
