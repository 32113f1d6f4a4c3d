//! What a certificate says of itself, read once: nothing here is proved (RFC 5280).

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

use crate::clock::Timestamp;

use super::key::PrivateKey;
use super::name::DistinguishedName;
use super::qc::{EXTENSION_DER, QcStatements, QcType};

/// The fields of a certificate that a bank looks at.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFacts {
    /// Whom it is about.
    pub(crate) subject: DistinguishedName,
    /// Who issued it, as it claims.
    pub(crate) issuer: DistinguishedName,
    /// First moment of its life.
    pub(crate) not_before: Timestamp,
    /// Last moment of its life.
    pub(crate) not_after: Timestamp,
    /// PSD2 roles and authority, if it has the statement and it can be read.
    pub(crate) qc: Option<QcStatements>,
    /// DNS names and IP addresses it may serve under.
    pub(super) names: Vec<String>,
    /// Whether its usage lets it authenticate somebody in TLS.
    pub(super) may_authenticate: bool,
    /// The public key's bit string.
    pub(super) public_bits: Vec<u8>,
}

impl CertificateFacts {
    /// Whether it certifies this key.
    pub(crate) fn is_of(&self, key: &PrivateKey) -> bool {
        key.public_bits() == self.public_bits
    }

    /// Reads one certificate; `None` when it is not X.509.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let qc = certificate
            .extensions()
            .iter()
            .find(|extension| extension.oid.as_bytes() == EXTENSION_DER)
            .and_then(|extension| QcStatements::from_der(extension.value));
        let validity = certificate.validity();
        Some(Self {
            subject: DistinguishedName::from_x509(certificate.subject()),
            issuer: DistinguishedName::from_x509(certificate.issuer()),
            not_before: timestamp(validity.not_before),
            not_after: timestamp(validity.not_after),
            names: names(&certificate),
            may_authenticate: may_authenticate(&certificate, qc.as_ref()),
            public_bits: certificate
                .public_key()
                .subject_public_key
                .data
                .clone()
                .into_owned(),
            qc,
        })
    }

    /// Reads the first certificate of a PEM text.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        Self::from_der(&der)
    }

    /// Whether `moment` lies within its life.
    pub(crate) fn is_current(&self, moment: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&moment)
    }
}

fn timestamp(time: ASN1Time) -> Timestamp {
    Timestamp::from_unix_seconds(time.timestamp())
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = names.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            GeneralName::IPAddress(octets) => ip_address(octets).map(|ip| ip.to_string()),
            _ => None,
        })
        .collect()
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

/// RFC 5280, section 4.2.1.3: a key usage without digitalSignature cannot sign a handshake. A seal
/// (ETSI EN 319 412-5, section 4.2.3) is for data, not for TLS, though nothing else may say so.
fn may_authenticate(certificate: &X509Certificate<'_>, qc: Option<&QcStatements>) -> bool {
    let signs = certificate.extensions().iter().all(|extension| {
        !matches!(extension.parsed_extension(), ParsedExtension::KeyUsage(usage)
            if !usage.digital_signature())
    });
    signs && qc.and_then(|qc| qc.qc_type) != Some(QcType::Seal)
}
