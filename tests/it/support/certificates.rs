//! Certificates that no honest CA would issue, and some that one would.

use openssl::nid::Nid;
use openssl::x509::X509;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, IsCa,
    Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
};
use time::OffsetDateTime;
use time::macros::datetime;

/// A CA of a test's own, or the bank's.
pub(crate) struct Certificates {
    issuer: Issuer<'static, KeyPair>,
    ca_pem: String,
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
        let ca_pem = cert_pem.to_owned();
        Self { issuer, ca_pem }
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

    /// The CA's own certificate.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
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

    /// The same, with these roles in QCStatements as ETSI TS 119 495 has them; among `PSP_PI`, `PSP_AI`,
    /// `PSP_IC`.
    pub(crate) fn like_with_roles(&self, other_pem: &str, roles: &[&str]) -> Identity {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.custom_extensions = vec![CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 5, 5, 7, 1, 3],
            qc_statements(roles),
        )];
        params.distinguished_name = subject_of(other_pem);
        self.sign_params(params, (BEGIN, END))
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
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = name;
        self.sign_params(params, dates)
    }

    fn sign_params(
        &self,
        mut params: CertificateParams,
        dates: (OffsetDateTime, OffsetDateTime),
    ) -> Identity {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        (params.not_before, params.not_after) = dates;
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            cert_pem: cert.pem(),
            key_pem: key.serialize_pem(),
        }
    }
}

/// The PSD2 statement (0.4.0.19495.2) of these roles, granted by the competent authority of the UK.
fn qc_statements(roles: &[&str]) -> Vec<u8> {
    let role = |name: &&str| {
        let last = match *name {
            "PSP_PI" => 2,
            "PSP_AI" => 3,
            "PSP_IC" => 4,
            other => panic!("a TPP cannot be {other}"),
        };
        let oid = der(6, &[4, 0, 0x81, 0x98, 0x27, 1, last]);
        der(0x30, &[oid, der(0x0c, name.as_bytes())].concat())
    };
    let roles: Vec<u8> = roles.iter().flat_map(role).collect();
    let content = [
        der(0x30, &roles),
        der(0x0c, b"Financial Conduct Authority"),
        der(0x0c, b"GB-FCA"),
    ];
    let oid = der(6, &[4, 0, 0x81, 0x98, 0x27, 2]);
    let statement = der(0x30, &[oid, der(0x30, &content.concat())].concat());
    der(0x30, &statement)
}

/// Tag, length, content; lengths here fit seven bits or eight.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("a short value");
    let head = if length < 0x80 {
        vec![tag, length]
    } else {
        vec![tag, 0x81, length]
    };
    [head.as_slice(), content].concat()
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
