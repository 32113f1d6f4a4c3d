//! The listener's TLS: FAPI's cipher suites, two server certificates, client certificates asked for
//! but never demanded (FAPI 1.0 Advanced, section 8.5; SECURITY contract, section 3).
//!
//! Any client certificate whose key the client proves passes here; a route's guard judges it later
//! and can then say what is wrong. The crypto provider is always *ring*, named explicitly: the
//! process default may be another's.

use std::sync::{Arc, LazyLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring::cipher_suite as suite;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature_with_raw_key};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert, ServerSessionMemoryCache};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, CipherSuite, ClientConfig, DigitallySignedStruct, DistinguishedName,
    HandshakeKind, ProtocolVersion, RootCertStore, ServerConfig, ServerConnection, SignatureScheme,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::authority::{Credential, ServerIdentity};

/// A listener's configuration. `hints` are the CAs named to clients ([`TrustStore::subjects`]);
/// with none, a client sends whatever certificate it has.
///
/// [`TrustStore::subjects`]: super::TrustStore::subjects
///
/// # Errors
/// When a certificate or key of the server cannot be used.
pub(crate) fn server_config(
    identity: &ServerIdentity,
    hints: Vec<DistinguishedName>,
) -> Result<Arc<ServerConfig>, TlsFault> {
    let certificates = ServerCertificates {
        ecdsa: certified(&identity.ecdsa)?,
        rsa: certified(&identity.rsa)?,
    };
    // The versions' order is ours to choose from: rustls takes the highest that both have.
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsFault::Config)?
        .with_client_cert_verifier(Arc::new(AnyProvedCertificate { hints }))
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(TlsFault::Config)?;
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS_MAX);
    Ok(Arc::new(config))
}

/// A client's configuration that trusts one CA, for our own tour of the bank. ALPN is left empty.
///
/// # Errors
/// When the CA, the chain or the key cannot be used.
pub(crate) fn client_config(
    ca_der: &CertificateDer<'_>,
    identity: Option<&Credential>,
) -> Result<ClientConfig, TlsFault> {
    let mut roots = RootCertStore::empty();
    roots.add(ca_der.clone()).map_err(TlsFault::Anchor)?;
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsFault::Config)?
        .with_root_certificates(roots);
    let Some(identity) = identity else {
        return Ok(builder.with_no_client_auth());
    };
    let (chain, key) = read(identity)?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(TlsFault::Config)
}

/// The first certificate of a PEM text, as [`client_config`] wants its CA.
///
/// # Errors
/// When there is none.
pub(crate) fn certificate_der(pem: &str) -> Result<CertificateDer<'static>, TlsFault> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(TlsFault::Pem)
}

/// A client's configuration that trusts these CAs and shows no certificate.
///
/// # Errors
/// When one of them cannot be used.
pub(crate) fn trusting_config(anchors: &[CertificateDer<'_>]) -> Result<ClientConfig, TlsFault> {
    let mut roots = RootCertStore::empty();
    for anchor in anchors {
        roots.add(anchor.clone()).map_err(TlsFault::Anchor)?;
    }
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsFault::Config)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// The certificates of a PEM text; at least one.
///
/// # Errors
/// When there is none, or one is damaged.
pub(crate) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let read = read.map_err(TlsFault::Pem)?;
    if read.is_empty() {
        return Err(TlsFault::NoAnchor);
    }
    Ok(read)
}

/// What a handshake agreed on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TlsFacts {
    /// `TLSv1.3` or `TLSv1.2`.
    pub(crate) version: &'static str,
    /// The suite's name in the IANA registry.
    pub(crate) cipher: &'static str,
    /// Whether an earlier session was resumed.
    pub(crate) is_resumed: bool,
}

impl TlsFacts {
    /// Reads them from a connection whose handshake is complete; `None` before.
    pub(crate) fn of(connection: &ServerConnection) -> Option<Self> {
        let version = match connection.protocol_version()? {
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            ProtocolVersion::TLSv1_3 => "TLSv1.3",
            _ => return None,
        };
        let cipher = match connection.negotiated_cipher_suite()?.suite() {
            CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
            CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => {
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
            }
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => {
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
            }
            _ => return None,
        };
        Some(Self {
            version,
            cipher,
            is_resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        })
    }
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsFault {
    /// A CA to be trusted is not a certificate.
    #[error("a CA to be trusted cannot be used")]
    Anchor(#[source] rustls::Error),
    /// rustls refuses the whole.
    #[error("TLS cannot be configured")]
    Config(#[source] rustls::Error),
    /// No CA to trust.
    #[error("expected at least one CA to be trusted, received none")]
    NoAnchor,
    /// PEM that does not hold what it should.
    #[error("expected a certificate and its key in PEM")]
    Pem(#[source] rustls::pki_types::pem::Error),
}

/// The suites of FAPI 1.0 Advanced, section 8.5: those of TLS 1.3, and two of TLS 1.2 (the `DHE_RSA`
/// pair that it also permits is nothing rustls has).
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        Arc::new(CryptoProvider {
            cipher_suites: vec![
                suite::TLS13_AES_128_GCM_SHA256,
                suite::TLS13_AES_256_GCM_SHA384,
                suite::TLS13_CHACHA20_POLY1305_SHA256,
                suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            ],
            ..rustls::crypto::ring::default_provider()
        })
    });
    Arc::clone(&PROVIDER)
}

fn certified(credential: &Credential) -> Result<Arc<CertifiedKey>, TlsFault> {
    let (chain, key) = read(credential)?;
    let key = provider()
        .key_provider
        .load_private_key(key)
        .map_err(TlsFault::Config)?;
    let certified = CertifiedKey::new(chain, key);
    certified.keys_match().map_err(TlsFault::Config)?;
    Ok(Arc::new(certified))
}

type ChainAndKey = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn read(credential: &Credential) -> Result<ChainAndKey, TlsFault> {
    let chain = CertificateDer::pem_slice_iter(credential.cert_pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(TlsFault::Pem)?;
    let key =
        PrivateKeyDer::from_pem_slice(credential.key_pem.as_bytes()).map_err(TlsFault::Pem)?;
    Ok((chain, key))
}

/// ECDSA for whoever speaks TLS 1.3 and can check it (it halves our cost), RSA for everyone else:
/// TLS 1.2 under FAPI has RSA suites only.
///
/// rustls does not tell which version was chosen, so this goes by the suites offered. A client that
/// lists suites of TLS 1.3 and yet speaks only 1.2 finds no common suite; of the clients we know,
/// rustls itself does that when its versions are restricted but its suites are not.
#[derive(Debug)]
struct ServerCertificates {
    ecdsa: Arc<CertifiedKey>,
    rsa: Arc<CertifiedKey>,
}

impl ResolvesServerCert for ServerCertificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let speaks_tls13 = hello.cipher_suites().iter().any(|suite| {
            matches!(
                suite,
                CipherSuite::TLS13_AES_128_GCM_SHA256
                    | CipherSuite::TLS13_AES_256_GCM_SHA384
                    | CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            )
        });
        let checks_ecdsa = hello
            .signature_schemes()
            .contains(&SignatureScheme::ECDSA_NISTP256_SHA256);
        let chosen = if speaks_tls13 && checks_ecdsa {
            &self.ecdsa
        } else {
            &self.rsa
        };
        Some(Arc::clone(chosen))
    }
}

/// Lets any certificate pass whose key signed this very handshake.
#[derive(Debug)]
struct AnyProvedCertificate {
    hints: Vec<DistinguishedName>,
}

impl ClientCertVerifier for AnyProvedCertificate {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        // Not an omission: who issued it, and when it expires, is judged per route.
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // By the key alone, so that a certificate webpki would not even read (version 1, as a bare
        // `openssl x509 -req` makes) still gets far enough to be explained.
        let (_, certificate) = X509Certificate::from_der(cert)
            .map_err(|_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let key = SubjectPublicKeyInfoDer::from(certificate.public_key().raw);
        let algorithms = provider().signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, dss, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Sessions kept for clients of TLS 1.2 that resume by id; those with tickets cost us nothing. A
/// session with its client's chain is about 2 kB, and a test fleet has tens of clients.
const SESSIONS_MAX: usize = 256;

#[cfg(test)]
mod tests;
