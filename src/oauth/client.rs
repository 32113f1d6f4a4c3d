//! A registered TPP application: what it may do, and how it proves that it is itself.

use std::sync::Arc;

use crate::id::ClientId;
use crate::jose::{Algorithm, Encryption, KeySet};
use crate::pki::{DistinguishedName, Thumbprint};

use super::request::ResponseType;
use super::scope::{Scope, ScopeToken};
use super::token::GrantType;

/// A client as the bank knows it. Shared, never changed in place.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Its id.
    pub(crate) id: ClientId,
    /// Its name, for people.
    pub(crate) name: Arc<str>,
    /// How it authenticates, and by nothing else.
    pub(crate) authentication: Authentication,
    /// The public keys its assertions and request objects are signed with.
    pub(crate) keys: KeySet,
    /// The transport certificate it was given or registered with, where the bank knows one.
    pub(crate) certificate: Option<Thumbprint>,
    /// Where answers may be sent, to the letter.
    pub(crate) redirect_uris: Vec<String>,
    /// What it may ask the token endpoint for.
    pub(crate) grant_types: Vec<GrantType>,
    /// What it may ask the authorization endpoint for.
    pub(crate) response_types: Vec<ResponseType>,
    /// All it may ever ask for.
    pub(crate) scope: Scope,
    /// What its ID tokens are signed with.
    pub(crate) id_token_signed_response_alg: Algorithm,
    /// How its ID tokens are encrypted, if it wants that.
    pub(crate) id_token_encryption: Option<Encryption>,
    /// What its JWT authorization responses are signed with.
    pub(crate) authorization_signed_response_alg: Algorithm,
    /// What it signs request objects with.
    pub(crate) request_object_signing_alg: Algorithm,
}

/// `token_endpoint_auth_method`, with what it needs.
#[derive(Clone, Debug)]
pub(crate) enum Authentication {
    /// A JWT signed with one of the client's keys (OpenID Connect Core, section 9).
    PrivateKeyJwt {
        /// `token_endpoint_auth_signing_alg`.
        signing_alg: Algorithm,
    },
    /// The client certificate's subject (RFC 8705, section 2.1).
    TlsClientAuth {
        /// `tls_client_auth_subject_dn`.
        subject: DistinguishedName,
    },
}

impl Authentication {
    /// The registered word.
    pub(crate) const fn method(&self) -> &'static str {
        match self {
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
            Self::TlsClientAuth { .. } => "tls_client_auth",
        }
    }
}

impl Client {
    /// What it may have without a customer, when it names no scope: client credentials.
    pub(crate) fn scope_without_customer(&self) -> Scope {
        self.scope.without(Scope::from_iter([ScopeToken::Openid]))
    }

    /// What it may ask a customer for: managing consents is its own business.
    pub(crate) fn scope_with_customer(&self) -> Scope {
        self.scope.without(Scope::from_iter([ScopeToken::Consents]))
    }

    /// Whether it registered this grant type.
    pub(crate) fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// Whether answers may be sent to exactly this address.
    pub(crate) fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris
            .iter()
            .any(|registered| registered == uri)
    }
}
