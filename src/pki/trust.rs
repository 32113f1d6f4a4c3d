//! Which CAs a bank believes, and what exactly is wrong with a certificate it does not.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{CertificateError, RootCertStore};

use crate::clock::Timestamp;

use super::peer::PeerCertificate;
use super::tls::{TlsFault, provider};

/// The CAs whose client certificates a bank accepts.
#[derive(Clone, Debug)]
pub(crate) struct TrustStore {
    verifier: Arc<dyn ClientCertVerifier>,
    subjects: Vec<rustls::DistinguishedName>,
    identity: Arc<()>,
}

impl TrustStore {
    /// Believes these CAs.
    ///
    /// # Errors
    /// When there is none, or one is not a certificate.
    pub(crate) fn new(anchors: &[CertificateDer<'_>]) -> Result<Self, TlsFault> {
        let mut roots = RootCertStore::empty();
        for anchor in anchors {
            roots.add(anchor.clone()).map_err(TlsFault::Anchor)?;
        }
        let subjects = roots.subjects();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|_| TlsFault::NoAnchor)?;
        Ok(Self {
            verifier,
            subjects,
            identity: Arc::new(()),
        })
    }

    /// What TLS tells clients of the CAs: their names, or nothing.
    pub(crate) fn hints(&self, are_told: bool) -> Vec<rustls::DistinguishedName> {
        if are_told {
            self.subjects()
        } else {
            Vec::new()
        }
    }

    /// The CAs' names.
    pub(crate) fn subjects(&self) -> Vec<rustls::DistinguishedName> {
        self.subjects.clone()
    }

    /// Whether the bank believes this certificate at `now_real`. The chain's signatures are checked
    /// once a connection; its dates at every call.
    ///
    /// # Errors
    /// The reason, when it does not.
    pub(crate) fn judge(
        &self,
        peer: &PeerCertificate,
        now_real: Timestamp,
    ) -> Result<(), Distrust> {
        let (Some(facts), Some((leaf, others))) = (peer.facts(), peer.chain().split_first()) else {
            return Err(Distrust::Malformed);
        };
        let passed = peer
            .passed
            .get()
            .is_some_and(|store| Arc::ptr_eq(store, &self.identity));
        // Intermediates have dates of their own: a chain with some is checked whole each time.
        if passed && others.is_empty() && facts.is_current(now_real) {
            return Ok(());
        }
        let seconds = u64::try_from(now_real.unix_seconds()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        self.verifier
            .verify_client_cert(leaf, others, now)
            .map_err(|error| Distrust::from_tls(&error, peer, now_real))?;
        if !facts.may_authenticate {
            return Err(Distrust::WrongUsage);
        }
        // Another store may have been first; then this one checks again, which is only slower.
        let _ = peer.passed.set(Arc::clone(&self.identity));
        Ok(())
    }
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Distrust {
    /// It names a CA we believe, but that CA did not sign it.
    #[error("its signature is not that of the CA it names")]
    BadSignature,
    /// It is past.
    #[error("it expired at {not_after}")]
    Expired {
        /// Its last moment.
        not_after: Timestamp,
    },
    /// It is not X.509 version 3 that we can read.
    #[error("it cannot be read as an X.509 version 3 certificate")]
    Malformed,
    /// It is to come.
    #[error("it is not valid before {not_before}")]
    NotYetValid {
        /// Its first moment.
        not_before: Timestamp,
    },
    /// No CA we believe issued it.
    #[error("no CA trusted by this bank issued it")]
    UnknownIssuer,
    /// It is for something else, for example a seal, a server's or a CA's certificate.
    #[error("its usage does not allow it to authenticate a TLS client")]
    WrongUsage,
}

impl Distrust {
    fn from_tls(error: &rustls::Error, peer: &PeerCertificate, now_real: Timestamp) -> Self {
        let rustls::Error::InvalidCertificate(error) = error else {
            return Self::Malformed;
        };
        match error {
            CertificateError::ExpiredContext { not_after, .. } => Self::Expired {
                not_after: timestamp(*not_after),
            },
            CertificateError::Expired => Self::Expired {
                not_after: peer.not_after().unwrap_or(now_real),
            },
            CertificateError::NotValidYetContext { not_before, .. } => Self::NotYetValid {
                not_before: timestamp(*not_before),
            },
            CertificateError::NotValidYet => Self::NotYetValid {
                not_before: peer.not_before().unwrap_or(now_real),
            },
            CertificateError::BadSignature => Self::BadSignature,
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Self::WrongUsage
            }
            CertificateError::BadEncoding | CertificateError::UnhandledCriticalExtension => {
                Self::Malformed
            }
            // `openssl req -x509` makes every self-signed certificate a CA; what matters first is
            // that nobody we believe issued it.
            CertificateError::Other(_)
                if peer
                    .issuer()
                    .is_some_and(|issuer| !issuer.matches(peer.subject())) =>
            {
                Self::WrongUsage
            }
            _ => Self::UnknownIssuer,
        }
    }
}

fn timestamp(time: UnixTime) -> Timestamp {
    Timestamp::from_unix_seconds(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}
