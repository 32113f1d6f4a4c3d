//! Private keys: made fresh, or read from PKCS#8 far enough to know their numbers.
//!
//! OpenSSL takes most of a millisecond to decode a key, and at start nobody needs it decoded: what a
//! certificate or a JWK says about a key stands in its DER and is read here directly.

use std::fmt;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;

use super::der::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, element};

/// The two kinds of key that FAPI's algorithms need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyKind {
    /// Elliptic curve, NIST P-256: ES256.
    P256,
    /// RSA, 2048 bits or more: PS256.
    Rsa,
}

/// A private key and what its DER says of it.
pub(crate) struct PrivateKey {
    pem: String,
    pkcs8: PrivatePkcs8KeyDer<'static>,
    /// The private key as its own standard writes it: PKCS#1, or RFC 5915.
    inner: Vec<u8>,
    numbers: KeyNumbers,
    /// What a certificate holds of it, without the algorithm.
    public: Vec<u8>,
}

/// A key's numbers by their names in RFC 7518, section 6, big-endian. RSA's without leading zeros, those of P-256 always 32 bytes.
pub(crate) enum KeyNumbers {
    P256 {
        x: Vec<u8>,
        y: Vec<u8>,
        d: Vec<u8>,
    },
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
        d: Vec<u8>,
        p: Vec<u8>,
        q: Vec<u8>,
        dp: Vec<u8>,
        dq: Vec<u8>,
        qi: Vec<u8>,
    },
}

impl PrivateKey {
    /// Reads an unencrypted PKCS#8 key in PEM.
    ///
    /// # Errors
    /// When the text is something else, or the key is of a kind or size we do not take.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, KeyFault> {
        let pkcs8 = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| KeyFault::NotPkcs8Pem)?;
        let (inner, numbers, public) = read_pkcs8(pkcs8.secret_pkcs8_der())?;
        Ok(Self {
            pem: pem.to_owned(),
            inner,
            numbers,
            public,
            pkcs8,
        })
    }

    /// The kind of key.
    pub(crate) const fn kind(&self) -> KeyKind {
        match self.numbers {
            KeyNumbers::P256 { .. } => KeyKind::P256,
            KeyNumbers::Rsa { .. } => KeyKind::Rsa,
        }
    }

    /// The key's numbers, the private ones too.
    pub(crate) const fn numbers(&self) -> &KeyNumbers {
        &self.numbers
    }

    /// The key as it was read: PKCS#8 PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// PKCS#8 in DER.
    pub(crate) fn pkcs8_der(&self) -> &[u8] {
        self.pkcs8.secret_pkcs8_der()
    }

    /// The key inside PKCS#8: PKCS#1 for RSA, RFC 5915 for P-256.
    pub(crate) fn inner_der(&self) -> &[u8] {
        &self.inner
    }

    /// The public half as a certificate's bit string holds it.
    pub(super) fn public_bits(&self) -> &[u8] {
        &self.public
    }
}

/// Prints no secret.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?})", self.kind())
    }
}

/// So that a certificate for it can be issued without decoding it again.
impl PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.kind() {
            KeyKind::P256 => &PKCS_ECDSA_P256_SHA256,
            KeyKind::Rsa => &PKCS_RSA_SHA256,
        }
    }
}

/// Why a text is not a key for us.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum KeyFault {
    /// Nothing could be made: the generator failed.
    #[error("no key could be made: the system's generator of randomness failed")]
    Generation,
    /// Neither RSA nor P-256.
    #[error("expected an RSA or P-256 key that holds its public half")]
    Kind,
    /// PEM of another kind, or none.
    #[error(
        "expected an unencrypted PKCS#8 key, `-----BEGIN PRIVATE KEY-----`; \
             `openssl pkcs8 -topk8 -nodes` makes one of any other"
    )]
    NotPkcs8Pem,
    /// PKCS#8 outside, nonsense inside.
    #[error("the PKCS#8 key is damaged")]
    Damaged,
    /// RSA of fewer than 2048 bits.
    #[error("expected an RSA key of at least 2048 bits, received one of {bits}")]
    Weak {
        /// The bits it has.
        bits: usize,
    },
}

/// A new RSA key of 2048 bits as PKCS#8 PEM. Takes 40 to 500 ms.
///
/// # Errors
/// When OpenSSL cannot make one.
pub(crate) fn fresh_rsa_key() -> Result<String, KeyFault> {
    let make = || {
        let rsa = openssl::rsa::Rsa::generate(RSA_BITS_MIN)?;
        openssl::pkey::PKey::from_rsa(rsa)?.private_key_to_pem_pkcs8()
    };
    let pem = make().map_err(|_| KeyFault::Generation)?;
    String::from_utf8(pem).map_err(|_| KeyFault::Generation)
}

/// A new P-256 key as PKCS#8 PEM.
///
/// # Errors
/// When the system has no randomness to give.
pub(crate) fn fresh_p256_key() -> Result<String, KeyFault> {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| KeyFault::Generation)?;
    Ok(pair.serialize_pem())
}

/// RFC 5208: `SEQUENCE { version, algorithm, OCTET STRING { the key } }`.
fn read_pkcs8(der: &[u8]) -> Result<(Vec<u8>, KeyNumbers, Vec<u8>), KeyFault> {
    let mut outer = Reader::new(der).enter(SEQUENCE).ok_or(KeyFault::Damaged)?;
    outer.unsigned().ok_or(KeyFault::Damaged)?;
    let mut algorithm = outer.enter(SEQUENCE).ok_or(KeyFault::Damaged)?;
    let kind = algorithm
        .expect(OBJECT_IDENTIFIER)
        .ok_or(KeyFault::Damaged)?;
    let inner = outer.expect(OCTET_STRING).ok_or(KeyFault::Damaged)?;
    let (numbers, public) = match kind {
        RSA_ENCRYPTION => read_rsa(inner)?,
        EC_PUBLIC_KEY if algorithm.expect(OBJECT_IDENTIFIER) == Some(P256_CURVE) => {
            read_p256(inner).ok_or(KeyFault::Kind)?
        }
        _ => return Err(KeyFault::Kind),
    };
    Ok((inner.to_vec(), numbers, public))
}

/// RFC 8017, appendix A.1.2.
fn read_rsa(inner: &[u8]) -> Result<(KeyNumbers, Vec<u8>), KeyFault> {
    let mut fields = Reader::new(inner)
        .enter(SEQUENCE)
        .ok_or(KeyFault::Damaged)?;
    let mut number = || fields.unsigned().ok_or(KeyFault::Damaged);
    let _version = number()?;
    let (modulus, exponent) = (number()?, number()?);
    let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let bits = (modulus.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0));
    if bits < usize::try_from(RSA_BITS_MIN).unwrap_or(usize::MAX) {
        return Err(KeyFault::Weak { bits });
    }
    let numbers = KeyNumbers::Rsa {
        n: modulus.to_vec(),
        e: exponent.to_vec(),
        d: number()?.to_vec(),
        p: number()?.to_vec(),
        q: number()?.to_vec(),
        dp: number()?.to_vec(),
        dq: number()?.to_vec(),
        qi: number()?.to_vec(),
    };
    Ok((numbers, rsa_public_key(modulus, exponent)))
}

/// RFC 5915, section 3: `SEQUENCE { version, OCTET STRING, [0] curve?, [1] public key? }`.
fn read_p256(inner: &[u8]) -> Option<(KeyNumbers, Vec<u8>)> {
    let mut fields = Reader::new(inner).enter(SEQUENCE)?;
    fields.unsigned()?;
    let d = fields.expect(OCTET_STRING).filter(|d| d.len() == 32)?;
    while let Some((tag, content)) = fields.element() {
        if tag != EC_PUBLIC_KEY_TAG {
            continue;
        }
        // No unused bits, then the uncompressed point.
        let bits = Reader::new(content).expect(BIT_STRING)?;
        let point = bits.strip_prefix(&[0])?;
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        let numbers = KeyNumbers::P256 {
            x: x.to_vec(),
            y: y.to_vec(),
            d: d.to_vec(),
        };
        return (y.len() == 32).then(|| (numbers, point.to_vec()));
    }
    None
}

/// RFC 8017, appendix A.1.1: `SEQUENCE { modulus, publicExponent }`.
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let integer = |digits: &[u8]| {
        let sign = digits.first().is_none_or(|first| *first >= 0x80);
        let zero: &[u8] = if sign { &[0] } else { &[] };
        element(INTEGER, &[zero, digits].concat())
    };
    element(SEQUENCE, &[integer(modulus), integer(exponent)].concat())
}

/// Below this PS256 is refused (RFC 7518, section 3.5).
const RSA_BITS_MIN: u32 = 2048;
/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const P256_CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// The field `[1]` of RFC 5915.
const EC_PUBLIC_KEY_TAG: u8 = 0xa1;

#[cfg(test)]
mod tests {
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;

    use super::*;
    use crate::entropy::Seed;
    use crate::pki::TestKeys;

    #[test]
    fn rsa_numbers_are_those_openssl_reads() {
        let pem = TestKeys::pick(Seed(1), "main", "server");
        let rsa = PKey::private_key_from_pem(pem.as_bytes())
            .unwrap()
            .rsa()
            .unwrap();
        let key = PrivateKey::from_pem(pem).unwrap();
        let KeyNumbers::Rsa {
            n,
            e,
            d,
            p,
            q,
            dp,
            dq,
            qi,
        } = key.numbers()
        else {
            panic!("not RSA");
        };
        assert_eq!((n, e), (&rsa.n().to_vec(), &rsa.e().to_vec()));
        assert_eq!(d, &rsa.d().to_vec());
        assert_eq!(
            Some(p),
            rsa.p().map(openssl::bn::BigNumRef::to_vec).as_ref()
        );
        assert_eq!(
            Some(q),
            rsa.q().map(openssl::bn::BigNumRef::to_vec).as_ref()
        );
        assert_eq!(
            Some(dp),
            rsa.dmp1().map(openssl::bn::BigNumRef::to_vec).as_ref()
        );
        assert_eq!(
            Some(dq),
            rsa.dmq1().map(openssl::bn::BigNumRef::to_vec).as_ref()
        );
        assert_eq!(
            Some(qi),
            rsa.iqmp().map(openssl::bn::BigNumRef::to_vec).as_ref()
        );
        assert_eq!(key.public_bits(), rsa.public_key_to_der_pkcs1().unwrap());
    }

    #[test]
    fn fresh_keys_read_back() {
        let ec = PrivateKey::from_pem(&fresh_p256_key().unwrap()).unwrap();
        assert_eq!(ec.kind(), KeyKind::P256);
        let pair = KeyPair::from_pem(ec.pem()).unwrap();
        assert_eq!(ec.public_bits(), pair.public_key_raw());
        let rsa = PrivateKey::from_pem(&fresh_rsa_key().unwrap()).unwrap();
        assert_eq!(rsa.kind(), KeyKind::Rsa);
    }

    #[test]
    fn what_is_no_key_for_us_is_refused_with_its_reason() {
        let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
        let pkcs8 = |key: &PKey<_>| String::from_utf8(key.private_key_to_pem_pkcs8().unwrap());
        let weak = pkcs8(&rsa(1024)).unwrap();
        let pkcs1 = Rsa::generate(1024).unwrap().private_key_to_pem().unwrap();
        let ed25519 = pkcs8(&PKey::generate_ed25519().unwrap()).unwrap();
        let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let damaged = "-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n";
        for (case, pem, fault) in [
            ("nothing", String::new(), KeyFault::NotPkcs8Pem),
            ("prose", "a key".to_owned(), KeyFault::NotPkcs8Pem),
            (
                "PKCS#1",
                String::from_utf8(pkcs1).unwrap(),
                KeyFault::NotPkcs8Pem,
            ),
            ("1024 bits", weak, KeyFault::Weak { bits: 1024 }),
            ("Ed25519", ed25519, KeyFault::Kind),
            ("P-384", p384.serialize_pem(), KeyFault::Kind),
            ("a damaged key", damaged.to_owned(), KeyFault::Damaged),
        ] {
            assert_eq!(PrivateKey::from_pem(&pem).err(), Some(fault), "{case}");
        }
    }

    #[test]
    fn debug_prints_no_secret() {
        let key = PrivateKey::from_pem(TestKeys::pick(Seed(1), "main", "server")).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(Rsa)");
    }
}
