//! Certificates that no honest CA would issue, and some that one would.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
};
use time::{Duration, OffsetDateTime};

use super::START;

/// A CA of a test's own, or the bank's.
pub(crate) struct Certificates {
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, both in PEM.
pub(crate) struct Identity {
    pub(crate) cert_pem: String,
    pub(crate) key_pem: String,
}

impl Certificates {
    /// The CA with this certificate and key.
    pub(super) fn of(cert_pem: &str, key_pem: &str) -> Self {
        let key = KeyPair::from_pem(key_pem).unwrap();
        let issuer = Issuer::from_ca_cert_pem(cert_pem, key).unwrap();
        Self { issuer }
    }

    /// A CA that nobody trusts, with the name of the bank's own.
    pub(crate) fn foreign() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Another CA altogether");
        let cert = params.self_signed(&key).unwrap();
        Self::of(&cert.pem(), &key.serialize_pem())
    }

    /// A certificate for this common name, valid around the tests' time.
    pub(crate) fn issue(&self, common_name: &str) -> Identity {
        self.issue_between(
            common_name,
            START - Duration::days(1),
            START + Duration::days(3650),
        )
    }

    /// A certificate that is valid only from `begin` to `end`.
    pub(crate) fn issue_between(
        &self,
        common_name: &str,
        begin: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Identity {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.not_before = begin;
        params.not_after = end;
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            cert_pem: cert.pem(),
            key_pem: key.serialize_pem(),
        }
    }
}
