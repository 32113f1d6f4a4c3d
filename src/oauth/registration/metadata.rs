//! What a client registers of itself (RFC 7591, section 2; API contract, sections 10 and 15).
//!
//! Unknown members are passed over, as RFC 7591 says; those the bank knows are all judged before any is used.

mod checks;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::jose::{Algorithm, ContentEncryption, Encryption, KeyManagement};
use crate::oauth::client::Authentication;
use crate::oauth::request::ResponseType;
use crate::oauth::scope::{Scope, ScopeToken};
use crate::oauth::token::GrantType;
use crate::pki::DistinguishedName;
use crate::rule::Mismatch;

use super::statement::Software;

pub(crate) use checks::CHECKS;

/// The members of a registration as they came, about to be judged.
pub(crate) struct Asked {
    /// The members; of a signed registration all of its claims.
    pub(crate) members: Map<String, Value>,
    /// What the software statement says.
    pub(crate) software: Arc<Software>,
    /// The client that is changed; none when a new one is registered.
    pub(crate) client_id: Option<String>,
}

/// What a client registered, once every check has passed.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) authentication: Authentication,
    /// `tls_client_auth_subject_dn` in the client's own writing.
    pub(crate) subject_dn: Option<String>,
    pub(crate) grant_types: Vec<GrantType>,
    pub(crate) response_types: Vec<ResponseType>,
    /// Without `consents`, which is implicit and not printed.
    pub(crate) scope: Scope,
    pub(crate) id_token_signed_response_alg: Algorithm,
    pub(crate) id_token_encryption: Option<Encryption>,
    pub(crate) authorization_signed_response_alg: Algorithm,
    pub(crate) request_object_signing_alg: Algorithm,
    pub(crate) token_endpoint_auth_signing_alg: Algorithm,
    pub(crate) application_type: String,
    /// Members that are kept for people: as they were sent.
    pub(crate) others: Map<String, Value>,
}

impl Asked {
    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let items = self.members.get(name)?.as_array()?;
        items.iter().map(Value::as_str).collect()
    }

    fn auth_method(&self) -> &str {
        let method = self.text("token_endpoint_auth_method");
        method.unwrap_or(PRIVATE_KEY_JWT)
    }

    fn algorithm(&self, name: &str) -> Algorithm {
        let named = self.text(name).and_then(Algorithm::parse);
        named.unwrap_or(Algorithm::Ps256)
    }

    /// What the members mean. Call it when the checks have passed.
    ///
    /// # Errors
    /// When something cannot be understood after all: a check was switched off.
    pub(crate) fn read(&self) -> Result<Metadata, Mismatch> {
        let redirect_uris = match self.texts("redirect_uris") {
            Some(asked) => asked.into_iter().map(str::to_owned).collect(),
            None => self.software.redirect_uris.clone(),
        };
        let response_types = self.texts("response_types");
        let response_types = response_types.map_or_else(
            || vec![ResponseType::Code],
            |words| words.into_iter().filter_map(ResponseType::parse).collect(),
        );
        let signing_alg = self.algorithm("token_endpoint_auth_signing_alg");
        Ok(Metadata {
            redirect_uris,
            authentication: self.authentication(signing_alg)?,
            subject_dn: self.text("tls_client_auth_subject_dn").map(str::to_owned),
            grant_types: self.grant_types(),
            response_types,
            scope: self.scope()?,
            id_token_signed_response_alg: self.algorithm("id_token_signed_response_alg"),
            id_token_encryption: self.encryption(),
            authorization_signed_response_alg: self.algorithm("authorization_signed_response_alg"),
            request_object_signing_alg: self.algorithm("request_object_signing_alg"),
            token_endpoint_auth_signing_alg: signing_alg,
            application_type: self.text("application_type").unwrap_or("web").to_owned(),
            others: KEPT
                .iter()
                .filter_map(|&name| Some((name.to_owned(), self.members.get(name)?.clone())))
                .collect(),
        })
    }

    // OpenID Connect Registration, section 2: the default of the content's algorithm is A128CBC-HS256.
    fn encryption(&self) -> Option<Encryption> {
        let alg = self.text(ENCRYPTION_ALG).and_then(KeyManagement::parse)?;
        let enc = self.text(ENCRYPTION_ENC).and_then(ContentEncryption::parse);
        Some(Encryption {
            alg,
            enc: enc.unwrap_or(ContentEncryption::A128CbcHs256),
        })
    }

    fn authentication(&self, signing_alg: Algorithm) -> Result<Authentication, Mismatch> {
        if self.auth_method() == TLS_CLIENT_AUTH {
            let subject = self.subject_dn()?;
            return Ok(Authentication::TlsClientAuth { subject });
        }
        Ok(Authentication::PrivateKeyJwt { signing_alg })
    }

    fn subject_dn(&self) -> Result<DistinguishedName, Mismatch> {
        let expected = "tls_client_auth_subject_dn, a distinguished name (RFC 4514)";
        let Some(text) = self.text("tls_client_auth_subject_dn") else {
            return Err(Mismatch::new(expected, "none"));
        };
        match DistinguishedName::parse(text) {
            Ok(subject) if !subject.is_empty() => Ok(subject),
            Ok(_) => Err(Mismatch::new(expected, "an empty name")),
            Err(fault) => Err(Mismatch::new(expected, fault.to_string())),
        }
    }

    // Client credentials are how a consent is made, so every client has them (API contract, G6).
    fn grant_types(&self) -> Vec<GrantType> {
        let words = self.texts("grant_types");
        let words = words.unwrap_or_else(|| vec!["authorization_code", "refresh_token"]);
        let mut grant_types = Vec::new();
        let named = words.into_iter().filter_map(GrantType::parse);
        for grant_type in named.chain([GrantType::ClientCredentials]) {
            if !grant_types.contains(&grant_type) {
                grant_types.push(grant_type);
            }
        }
        grant_types
    }

    fn scope(&self) -> Result<Scope, Mismatch> {
        let allowed = self.software.scope();
        let Some(text) = self.text("scope") else {
            return Ok(allowed);
        };
        let consents = Scope::from_iter([ScopeToken::Consents]);
        let asked = Scope::parse(text)
            .map_err(|unknown| Mismatch::new(format!("some of {allowed}"), unknown.0))?;
        let beyond = asked.without(allowed).without(consents);
        if beyond.is_empty() {
            return Ok(asked.without(consents));
        }
        Err(Mismatch::new(
            format!("some of {allowed}, which the software's roles allow"),
            format!("{text}, of which {beyond} is not the software's to have"),
        ))
    }
}

/// `token_endpoint_auth_method`.
const PRIVATE_KEY_JWT: &str = "private_key_jwt";
/// `token_endpoint_auth_method`.
const TLS_CLIENT_AUTH: &str = "tls_client_auth";
/// How an ID token's key is wrapped.
const ENCRYPTION_ALG: &str = "id_token_encrypted_response_alg";
/// How an ID token's content is encrypted.
const ENCRYPTION_ENC: &str = "id_token_encrypted_response_enc";

/// Members that come back as they were sent.
const KEPT: &[&str] = &[
    "client_name",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "tls_client_certificate_bound_access_tokens",
];
