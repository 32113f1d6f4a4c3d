//! Certificates that no honest CA would issue, and some that one would.

use openssl::nid::Nid;
use openssl::x509::X509;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256,
};
use time::OffsetDateTime;
use time::macros::datetime;

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

    /// A certificate for this common name, in date.
    pub(crate) fn issue(&self, common_name: &str) -> Identity {
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, common_name);
        self.sign(name, (BEGIN, END))
    }

    /// A certificate with the subject of another, in date, for a key of its own.
    pub(crate) fn like(&self, other_pem: &str) -> Identity {
        self.sign(subject_of(other_pem), (BEGIN, END))
    }

    /// The same, valid only from `begin` to `end`.
    pub(crate) fn like_between(
        &self,
        other_pem: &str,
        begin: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Identity {
        self.sign(subject_of(other_pem), (begin, end))
    }

    fn sign(&self, name: DistinguishedName, dates: (OffsetDateTime, OffsetDateTime)) -> Identity {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = name;
        (params.not_before, params.not_after) = dates;
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            cert_pem: cert.pem(),
            key_pem: key.serialize_pem(),
        }
    }
}

fn subject_of(pem: &str) -> DistinguishedName {
    let certificate = X509::from_pem(pem.as_bytes()).unwrap();
    let mut name = DistinguishedName::new();
    for entry in certificate.subject_name().entries() {
        let text = entry.data().to_string().unwrap();
        match entry.object().nid() {
            Nid::COUNTRYNAME => {
                let country = text.as_str().try_into().unwrap();
                name.push(DnType::CountryName, DnValue::PrintableString(country));
            }
            Nid::ORGANIZATIONNAME => name.push(DnType::OrganizationName, text),
            Nid::COMMONNAME => name.push(DnType::CommonName, text),
            // organizationIdentifier, 2.5.4.97
            _ => name.push(DnType::CustomDnType(vec![2, 5, 4, 97]), text),
        }
    }
    name
}

/// In date by the tests' own time and by the machine's.
const BEGIN: OffsetDateTime = datetime!(2025-06-15 00:00:00 UTC);
const END: OffsetDateTime = datetime!(2045-06-15 00:00:00 UTC);
