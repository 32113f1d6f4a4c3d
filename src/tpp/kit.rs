//! What a TPP holds: who it is, its certificate, its signing key.

use crate::jose::{Algorithm, SigningKey};
use crate::pki::Credential;

/// How a client proves itself at the bank's own endpoints.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AuthMethod {
    /// By a signed assertion (OpenID Connect Core, section 9).
    PrivateKeyJwt,
    /// By the subject of its certificate (RFC 8705, section 2.1).
    TlsClientAuth,
}

impl AuthMethod {
    /// The method of this registered name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "private_key_jwt" => Some(Self::PrivateKeyJwt),
            "tls_client_auth" => Some(Self::TlsClientAuth),
            _ => None,
        }
    }
}

/// A TPP's kit, as the bank's directory would hand it out.
#[derive(Debug)]
pub(crate) struct Kit {
    /// Its id at the bank.
    pub(crate) client_id: String,
    /// Where its customers come back to.
    pub(crate) redirect_uri: String,
    /// How it proves itself.
    pub(crate) auth_method: AuthMethod,
    /// What its ID tokens must be signed with.
    pub(crate) id_token_alg: Algorithm,
    /// What it presents in TLS.
    pub(crate) transport: Credential,
    /// What it signs with.
    pub(crate) signing: SigningKey,
}
