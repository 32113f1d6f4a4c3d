//! The certificate a handshake proved: the client holds its key. Whether anybody should trust it is
//! asked later, of [`TrustStore::judge`](super::TrustStore::judge).

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;

use super::certificate::CertificateFacts;
use super::name::DistinguishedName;

/// A client certificate with its chain, read once a connection.
#[derive(Debug)]
pub(crate) struct PeerCertificate {
    chain: Vec<CertificateDer<'static>>,
    thumbprint: Thumbprint,
    facts: Option<CertificateFacts>,
    subject: DistinguishedName,
    /// The store whose chain check it passed, so that one connection is checked once.
    pub(super) passed: OnceLock<Arc<()>>,
}

impl PeerCertificate {
    /// The certificate and whatever came with it, the leaf first; `None` without a leaf. One that
    /// cannot be read is kept too: it is Malformed when judged.
    pub(crate) fn from_chain(chain: Vec<CertificateDer<'static>>) -> Option<Self> {
        let leaf = chain.first()?;
        let facts = CertificateFacts::from_der(leaf);
        Some(Self {
            thumbprint: Thumbprint::of(leaf),
            subject: facts
                .as_ref()
                .map(|facts| facts.subject.clone())
                .unwrap_or_default(),
            facts,
            chain,
            passed: OnceLock::new(),
        })
    }

    /// The same of certificates in DER, however damaged.
    pub(crate) fn from_der(chain: Vec<Vec<u8>>) -> Option<Self> {
        Self::from_chain(chain.into_iter().map(CertificateDer::from).collect())
    }

    /// The certificates of a PEM text, the leaf first; `None` when there is none or one is damaged.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        Self::from_chain(chain.ok()?)
    }

    /// Leaf first, as presented.
    pub(crate) fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The leaf's fingerprint (RFC 8705, section 3.1).
    pub(crate) const fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// The leaf's subject; empty when it could not be read.
    pub(crate) const fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// Whatever else the leaf says; `None` when it could not be read.
    pub(crate) const fn facts(&self) -> Option<&CertificateFacts> {
        self.facts.as_ref()
    }

    /// Who the leaf says issued it.
    pub(crate) fn issuer(&self) -> Option<&DistinguishedName> {
        self.facts().map(|facts| &facts.issuer)
    }

    /// First moment of its life.
    pub(crate) fn not_before(&self) -> Option<Timestamp> {
        self.facts().map(|facts| facts.not_before)
    }

    /// Last moment of its life.
    pub(crate) fn not_after(&self) -> Option<Timestamp> {
        self.facts().map(|facts| facts.not_after)
    }

    /// For example `PSDGB-FCA-123456`.
    pub(crate) fn organization_identifier(&self) -> Option<&str> {
        self.subject.organization_identifier()
    }

    /// Its PSD2 roles; none when it has no such statement.
    #[cfg(test)]
    pub(crate) fn roles(&self) -> &[super::qc::PspRole] {
        let qc = self.facts().and_then(|facts| facts.qc.as_ref());
        qc.map_or(&[], |qc| &qc.roles)
    }
}

/// The SHA-256 of a certificate's DER: `x5t#S256` (RFC 8705, section 3.1).
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The thumbprint of a certificate in DER.
    #[must_use]
    pub(crate) fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// Reads what `Display` prints, and nothing else.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// In lower-case hex, as `ca_sha256` is given.
    #[must_use]
    pub(crate) fn hex(&self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// Prints base64url without padding: the value of `x5t#S256`.
impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_cannot_be_read_is_kept_and_says_nothing() {
        for bytes in [&b""[..], b"no certificate", &[0x30, 0x80, 0, 0]] {
            let chain = vec![CertificateDer::from(bytes.to_vec())];
            let peer = PeerCertificate::from_chain(chain).unwrap();
            assert!(peer.facts().is_none() && peer.subject().is_empty());
            assert!(peer.issuer().is_none() && peer.roles().is_empty());
            assert_eq!(peer.thumbprint(), Thumbprint::of(bytes));
        }
        assert!(PeerCertificate::from_chain(Vec::new()).is_none());
    }

    #[test]
    fn pem_without_a_whole_certificate_is_none() {
        for pem in [
            "",
            "certificate",
            "-----BEGIN CERTIFICATE-----\nMAA=\n",
            "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
            "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
        ] {
            assert!(PeerCertificate::from_pem(pem).is_none(), "{pem:?}");
        }
    }

    #[test]
    fn a_thumbprint_reads_back_and_nothing_else_does() {
        let thumbprint = Thumbprint::of(b"der");
        let text = thumbprint.to_string();
        assert_eq!(text.len(), 43);
        assert_eq!(Thumbprint::parse(&text), Some(thumbprint));
        let padded = format!("{text}=");
        for wrong in ["", &text[1..], &padded, &thumbprint.hex()] {
            assert_eq!(Thumbprint::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(thumbprint.hex().len(), 64);
    }
}
