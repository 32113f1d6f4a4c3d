//! The test CA: minted at start, unlike any other, and saying in its own name what it is.
//!
//! Leaves follow RFC 5280 and, for TPPs, the profile of OBWAC and `OBSeal` (ETSI TS 119 495; API
//! contract, section 11). Everything is dated two days back, so that a client whose clock is behind
//! can begin at once.

mod flawed;
mod subject;

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName as RcgenName, DnType,
    DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
    SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use time::{Duration, OffsetDateTime};

use crate::clock::Timestamp;
use crate::entropy;

use super::certificate::CertificateFacts;
use super::key::{KeyFault, PrivateKey, fresh_p256_key};
use super::peer::Thumbprint;
use super::qc::{self, QcType};

pub(crate) use flawed::ServerFlaw;
pub(crate) use subject::TppSubject;

/// A test CA with its key.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    cert_pem: String,
    key_pem: String,
    facts: CertificateFacts,
}

/// A certificate (or chain) and its private key, both in PEM.
#[derive(Clone)]
pub(crate) struct Credential {
    /// The certificate.
    pub(crate) cert_pem: String,
    /// Its key, PKCS#8.
    pub(crate) key_pem: String,
}

/// What a bank shows to its clients: ECDSA in TLS 1.3, RSA in TLS 1.2.
#[derive(Clone, Debug)]
pub(crate) struct ServerIdentity {
    /// P-256.
    pub(crate) ecdsa: Credential,
    /// RSA 2048.
    pub(crate) rsa: Credential,
}

impl Authority {
    /// Makes a new CA for ten years.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(crate) fn mint(now_real: Timestamp) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate()?;
        let [a, b, c, d] = entropy::secret_bytes::<4>();
        let mut params = params(now_real, CA_LIFE);
        params.distinguished_name = name(&[
            (DnType::OrganizationName, MOCK_BANK.into()),
            // The mint's mark keeps two CAs apart in a trust store that goes by names.
            (
                DnType::CommonName,
                format!("{CA_NAME} {a:02x}{b:02x}{c:02x}{d:02x}").into(),
            ),
        ]);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let cert_pem = params.self_signed(&key)?.pem();
        Self::from_pem(&cert_pem, &key.serialize_pem())
    }

    /// Takes up a CA that [`Self::mint`] made.
    ///
    /// # Errors
    /// When either text is something else, they do not belong together, or the CA is not one of
    /// ours: a mock signs with no key that anybody might trust.
    pub(crate) fn from_pem(cert_pem: &str, key_pem: &str) -> Result<Self, AuthorityError> {
        let der = CertificateDer::from_pem_slice(cert_pem.as_bytes())
            .map_err(|_| AuthorityError::NotACertificate)?;
        let facts = CertificateFacts::from_der(&der).ok_or(AuthorityError::NotACertificate)?;
        if !is_ours(&facts.subject) {
            return Err(AuthorityError::NotOurs {
                subject: facts.subject.to_string(),
            });
        }
        let key = PrivateKey::from_pem(key_pem)?;
        if key.public_bits() != facts.public_bits {
            return Err(AuthorityError::KeyMismatch);
        }
        let pair = KeyPair::from_pem(key_pem)?;
        Ok(Self {
            issuer: Issuer::from_ca_cert_der(&der, pair)?,
            cert_pem: cert_pem.to_owned(),
            key_pem: key_pem.to_owned(),
            der,
            facts,
        })
    }

    /// The CA's certificate in PEM.
    pub(crate) fn cert_pem(&self) -> &str {
        &self.cert_pem
    }

    /// The CA's private key, PKCS#8 PEM.
    pub(crate) fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// The CA's certificate in DER.
    pub(crate) const fn cert_der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// SHA-256 of the DER in lower-case hex.
    pub(crate) fn sha256_hex(&self) -> String {
        Thumbprint::of(&self.der).hex()
    }

    /// What the CA's certificate says of itself.
    pub(crate) const fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// Issues the two certificates of a server under these names (DNS names or IP addresses), one
    /// for a fresh P-256 key, one for the RSA key given.
    ///
    /// # Errors
    /// When there is no name, one is neither DNS nor IP, or the key is no RSA key for us.
    pub(crate) fn issue_server(
        &self,
        names: &[String],
        rsa_key_pem: &str,
        now_real: Timestamp,
    ) -> Result<ServerIdentity, AuthorityError> {
        let params = self.server(names, now_real)?;
        Ok(ServerIdentity {
            ecdsa: self.sign(params.clone(), &fresh_p256_key()?)?,
            rsa: self.sign(params, rsa_key_pem)?,
        })
    }

    fn server(
        &self,
        names: &[String],
        now_real: Timestamp,
    ) -> Result<CertificateParams, AuthorityError> {
        let mut params = self.leaf(now_real);
        params.subject_alt_names = names
            .iter()
            .map(|name| alternative_name(name))
            .collect::<Result<_, _>>()?;
        let first = names.first().ok_or(AuthorityError::NoServerName)?;
        params.distinguished_name = name(&[
            (DnType::OrganizationName, MOCK_BANK.into()),
            // RFC 5280, appendix A.1: at most 64 characters. Clients read the other names.
            (
                DnType::CommonName,
                first.chars().take(64).collect::<String>().into(),
            ),
        ]);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(params)
    }

    /// Issues what a TPP presents in TLS: the profile of an OBWAC.
    ///
    /// # Errors
    /// When the subject cannot stand in a certificate, or the key is none for us.
    pub(crate) fn issue_transport(
        &self,
        subject: &TppSubject,
        key_pem: &str,
        now_real: Timestamp,
    ) -> Result<Credential, AuthorityError> {
        let mut params = self.tpp(subject, QcType::Web, now_real)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        self.sign(params, key_pem)
    }

    /// Issues what a TPP signs data with: the profile of an `OBSeal`.
    ///
    /// # Errors
    /// When the subject cannot stand in a certificate, or the key is none for us.
    pub(crate) fn issue_signing(
        &self,
        subject: &TppSubject,
        key_pem: &str,
        now_real: Timestamp,
    ) -> Result<Credential, AuthorityError> {
        let mut params = self.tpp(subject, QcType::Seal, now_real)?;
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        self.sign(params, key_pem)
    }

    fn tpp(
        &self,
        subject: &TppSubject,
        qc_type: QcType,
        now_real: Timestamp,
    ) -> Result<CertificateParams, AuthorityError> {
        let statements = subject.statements(qc_type)?;
        let extension = CustomExtension::from_oid_content(qc::EXTENSION, statements.to_der());
        let mut params = self.leaf(now_real);
        params.distinguished_name = subject.name()?;
        params.custom_extensions = vec![extension];
        Ok(params)
    }

    fn leaf(&self, now_real: Timestamp) -> CertificateParams {
        let mut params = params(now_real, LEAF_LIFE);
        // A leaf does not outlive its CA.
        params.not_after = params.not_after.min(self.facts.not_after.into());
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params
    }

    fn sign(&self, params: CertificateParams, key_pem: &str) -> Result<Credential, AuthorityError> {
        let mut params = params;
        params.serial_number = Some(serial_number());
        let key = PrivateKey::from_pem(key_pem)?;
        Ok(Credential {
            cert_pem: params.signed_by(&key, &self.issuer)?.pem(),
            key_pem: key_pem.to_owned(),
        })
    }
}

/// Prints no secret.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(..)")
    }
}

/// Why a certificate could not be issued or a CA not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    /// Not a country's code.
    #[error("expected a country's code of two capital letters, received `{0}`")]
    Country(String),
    /// The key is none for us.
    #[error("the key cannot be used")]
    Key(#[from] KeyFault),
    /// The certificate is for another key.
    #[error("the CA's certificate is for another key than the one beside it")]
    KeyMismatch,
    /// A server without names.
    #[error("expected at least one name or address for the server's certificate")]
    NoServerName,
    /// PEM of another kind, or none.
    #[error("expected a certificate in PEM, `-----BEGIN CERTIFICATE-----`")]
    NotACertificate,
    /// Somebody else's CA.
    #[error("expected a test CA minted by this program, received `{subject}`")]
    NotOurs {
        /// What it calls itself.
        subject: String,
    },
    /// Not an organizationIdentifier under PSD2.
    #[error("expected an organizationIdentifier such as PSDGB-FCA-123456, received `{0}`")]
    OrganizationIdentifier(String),
    /// The certificate's writer refuses.
    #[error("the certificate cannot be written")]
    Rcgen(#[from] rcgen::Error),
    /// Neither a DNS name nor an address.
    #[error("expected a DNS name or an IP address for the server's certificate, received `{0}`")]
    ServerName(String),
}

/// Whether a name is that of a CA this program mints.
pub(super) fn is_ours(name: &super::DistinguishedName) -> bool {
    name.common_name()
        .is_some_and(|common_name| common_name.starts_with(CA_NAME))
}

/// An IP address, in brackets or not, or else a DNS name.
pub(super) fn address(name: &str) -> Option<IpAddr> {
    let bare = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(name).parse().ok()
}

fn alternative_name(name: &str) -> Result<SanType, AuthorityError> {
    if let Some(address) = address(name) {
        return Ok(SanType::IpAddress(address));
    }
    let fault = || AuthorityError::ServerName(name.to_owned());
    let is_dns = name.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*'))
    });
    if !is_dns || name.len() > 253 {
        return Err(fault());
    }
    let name = name.to_ascii_lowercase();
    Ok(SanType::DnsName(name.try_into().map_err(|_| fault())?))
}

fn params(now_real: Timestamp, life: Duration) -> CertificateParams {
    let not_before = now_real.plus(-BACK_DATED).whole_second();
    let mut params = CertificateParams::default();
    params.not_before = OffsetDateTime::from(not_before);
    params.not_after = OffsetDateTime::from(not_before.plus(life));
    params.serial_number = Some(serial_number());
    params
}

fn name(attributes: &[(DnType, DnValue)]) -> RcgenName {
    let mut name = RcgenName::new();
    for (attribute, value) in attributes {
        name.push(attribute.clone(), value.clone());
    }
    name
}

/// Random, for a key of the pool may be certified again: Firefox refuses a number it has seen.
fn serial_number() -> SerialNumber {
    let mut bytes = entropy::secret_bytes::<16>();
    // Positive, and never with a leading zero octet (RFC 5280, section 4.1.2.2).
    let [first, ..] = &mut bytes;
    *first = (*first & 0x3f) | 0x40;
    SerialNumber::from_slice(&bytes)
}

/// How far back certificates are dated.
const BACK_DATED: Duration = Duration::days(2);
/// The CA's life.
const CA_LIFE: Duration = Duration::days(3650);
/// A leaf's life, the back-dating included: browsers and Apple's libraries take at most 398 days.
const LEAF_LIFE: Duration = Duration::days(397);
/// With the mint's mark this has 60 of the 64 characters that a common name may have.
const CA_NAME: &str = "Hamster Bank Test CA - not a real bank, never trust";
/// The organisation of the CA and the server.
const MOCK_BANK: &str = "Hamster Bank, a mock";

#[cfg(test)]
mod tests;
