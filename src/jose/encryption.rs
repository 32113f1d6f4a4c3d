//! Encrypting what the bank signed for one client's eyes (RFC 7516; OpenID Connect Core, section 16.14).
//!
//! Never `RSA1_5`, never a symmetric algorithm (FAPI 1.0 Advanced, section 8.6.1).

use josekit::jwe::{self, ECDH_ES, JweEncrypter, JweHeader, RSA_OAEP, RSA_OAEP_256};
use josekit::jwk::Jwk;

use super::KeySet;

/// How something for one client is encrypted, as it registered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Encryption {
    /// `id_token_encrypted_response_alg`.
    pub(crate) alg: KeyManagement,
    /// `id_token_encrypted_response_enc`.
    pub(crate) enc: ContentEncryption,
}

/// How the content's key travels (RFC 7518, section 4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyManagement {
    /// Direct agreement on an elliptic curve.
    EcdhEs,
    /// RSAES-OAEP with SHA-1.
    RsaOaep,
    /// RSAES-OAEP with SHA-256.
    RsaOaep256,
}

impl KeyManagement {
    /// Every one the bank knows.
    pub(crate) const ALL: [Self; 3] = [Self::EcdhEs, Self::RsaOaep, Self::RsaOaep256];

    /// The registered word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::EcdhEs => "ECDH-ES",
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
        }
    }

    /// Reads it, to the letter.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// The kind of key it takes.
    pub(super) const fn key_type(self) -> &'static str {
        match self {
            Self::EcdhEs => "EC",
            Self::RsaOaep | Self::RsaOaep256 => "RSA",
        }
    }

    fn encrypter(self, key: &Jwk) -> Result<Box<dyn JweEncrypter>, EncryptionFault> {
        let made: Result<Box<dyn JweEncrypter>, _> = match self {
            Self::EcdhEs => ECDH_ES
                .encrypter_from_jwk(key)
                .map(|made| Box::new(made) as _),
            Self::RsaOaep => RSA_OAEP
                .encrypter_from_jwk(key)
                .map(|made| Box::new(made) as _),
            Self::RsaOaep256 => RSA_OAEP_256
                .encrypter_from_jwk(key)
                .map(|made| Box::new(made) as _),
        };
        made.map_err(|error| EncryptionFault::Unusable(error.to_string()))
    }
}

/// How the content itself is encrypted (RFC 7518, section 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ContentEncryption {
    /// AES-CBC with HMAC; the default of OpenID Connect registration.
    A128CbcHs256,
    /// AES-GCM with 128 bits.
    A128Gcm,
    /// AES-CBC with HMAC, 256 and 512 bits.
    A256CbcHs512,
    /// AES-GCM with 256 bits.
    A256Gcm,
}

impl ContentEncryption {
    /// Every one the bank knows.
    pub(crate) const ALL: [Self; 4] = [
        Self::A128CbcHs256,
        Self::A128Gcm,
        Self::A256CbcHs512,
        Self::A256Gcm,
    ];

    /// The registered word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A128Gcm => "A128GCM",
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// Reads it, to the letter.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

impl Encryption {
    /// A signed JWT as a nested one: encrypted to a key of `keys`, whose id the header names.
    ///
    /// # Errors
    /// When there is no key for it, or it cannot be used.
    pub(crate) fn nest(self, jws: &str, keys: &KeySet) -> Result<String, EncryptionFault> {
        let key = keys
            .encryption_key(self.alg)
            .ok_or(EncryptionFault::NoKey(self.alg.as_str()))?;
        let unusable = |error: josekit::JoseError| EncryptionFault::Unusable(error.to_string());
        let key = Jwk::from_map(key.clone()).map_err(unusable)?;
        let mut header = JweHeader::new();
        header.set_content_encryption(self.enc.as_str());
        header.set_content_type("JWT");
        if let Some(kid) = key.key_id() {
            header.set_key_id(kid);
        }
        let encrypter = self.alg.encrypter(&key)?;
        jwe::serialize_compact(jws.as_bytes(), &header, &*encrypter).map_err(unusable)
    }
}

/// Why something cannot be encrypted to a client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum EncryptionFault {
    /// None of its keys fits.
    #[error("the client has no key for {0}")]
    NoKey(&'static str),
    /// The key that fits cannot be used.
    #[error("the client's key cannot be used: {0}")]
    Unusable(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::{TestKeys, fresh_p256_key};
    use crate::{entropy::Seed, jose::SigningKey};
    use serde_json::{Map, Value, json};

    fn pair(rsa: bool) -> (KeySet, Map<String, Value>) {
        let pem = if rsa {
            TestKeys::pick(Seed(1), "main", "encryption").to_owned()
        } else {
            fresh_p256_key().unwrap()
        };
        let key = SigningKey::from_pem(&pem).unwrap();
        let for_encryption = |mut jwk: Map<String, Value>| {
            jwk.insert("use".to_owned(), "enc".into());
            jwk.remove("alg");
            jwk
        };
        let public = for_encryption(key.public_jwk());
        let keys = KeySet::from_jwks(&json!({ "keys": [public] })).unwrap();
        (keys, for_encryption(key.private_jwk()))
    }

    fn decrypt(alg: KeyManagement, private: Map<String, Value>, jwe: &str) -> (Vec<u8>, JweHeader) {
        let jwk = Jwk::from_map(private).unwrap();
        match alg {
            KeyManagement::EcdhEs => {
                let key = ECDH_ES.decrypter_from_jwk(&jwk).unwrap();
                jwe::deserialize_compact(jwe, &key).unwrap()
            }
            KeyManagement::RsaOaep => {
                let key = RSA_OAEP.decrypter_from_jwk(&jwk).unwrap();
                jwe::deserialize_compact(jwe, &key).unwrap()
            }
            KeyManagement::RsaOaep256 => {
                let key = RSA_OAEP_256.decrypter_from_jwk(&jwk).unwrap();
                jwe::deserialize_compact(jwe, &key).unwrap()
            }
        }
    }

    #[test]
    fn the_client_and_nobody_else_reads_what_was_nested() {
        for alg in KeyManagement::ALL {
            for enc in ContentEncryption::ALL {
                let (keys, private) = pair(alg.key_type() == "RSA");
                let nested = Encryption { alg, enc }
                    .nest("header.claims.signature", &keys)
                    .unwrap();
                assert_eq!(nested.split('.').count(), 5, "{alg:?} {enc:?}");
                let kid = private["kid"].as_str().unwrap().to_owned();
                let (content, header) = decrypt(alg, private, &nested);
                assert_eq!(content, b"header.claims.signature");
                assert_eq!(header.key_id(), Some(kid.as_str()));
                assert_eq!(header.content_type(), Some("JWT"));
            }
        }
    }

    #[test]
    fn without_a_key_for_it_nothing_is_encrypted() {
        let (rsa, _) = pair(true);
        let encryption = Encryption {
            alg: KeyManagement::EcdhEs,
            enc: ContentEncryption::A256Gcm,
        };
        assert_eq!(
            encryption.nest("x", &rsa),
            Err(EncryptionFault::NoKey("ECDH-ES"))
        );
    }

    #[test]
    fn weak_and_symmetric_algorithms_are_not_known() {
        for word in [
            "RSA1_5",
            "dir",
            "A128KW",
            "rsa-oaep",
            "",
            "PBES2-HS256+A128KW",
        ] {
            assert_eq!(KeyManagement::parse(word), None, "{word}");
        }
        for word in ["A128CBC", "a256gcm", "none", ""] {
            assert_eq!(ContentEncryption::parse(word), None, "{word}");
        }
    }
}
