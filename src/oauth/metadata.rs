//! What the authorization server says of itself (OpenID Connect Discovery; RFC 8414; RFC 8705, section 5).

use std::sync::Arc;

use serde_json::{Value, json};

use crate::jose::{Algorithm, ContentEncryption, KeyManagement};

use super::id_token::ACR_SCA;
use super::profile::Profile;
use super::registration::REGISTER;
use super::request::ResponseType;
use super::scope::ScopeToken;
use super::token::GrantType;

/// The bank's addresses, all below one issuer.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    /// The bank's public URL: `iss` of all it signs.
    pub(crate) issuer: Arc<str>,
    /// Every `aud` of a client assertion that means this bank.
    pub(crate) audiences: Arc<[String]>,
}

impl Endpoints {
    /// The addresses below `issuer`, which has no trailing slash.
    pub(crate) fn below(issuer: &str) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        let audiences = [
            issuer.to_owned(),
            at(TOKEN),
            at(PAR),
            at(INTROSPECT),
            at(REVOKE),
        ];
        Self {
            issuer: issuer.into(),
            audiences: audiences.into(),
        }
    }

    /// The address of `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The discovery document with something wrong about it.
    pub(crate) fn twisted_document(&self, profile: Profile, twist: Twist) -> Value {
        let mut document = self.discovery_document(profile);
        match twist {
            Twist::IssuerSuffix => {
                if let Some(issuer) = document.get_mut("issuer") {
                    *issuer = format!("{}/another", self.issuer).into();
                }
            }
        }
        document
    }

    /// The discovery document.
    pub(crate) fn discovery_document(&self, profile: Profile) -> Value {
        let algorithms = Algorithm::ALL.map(Algorithm::as_str);
        let mut response_modes = vec!["fragment", "jwt", "query.jwt", "fragment.jwt"];
        if profile == Profile::Relaxed {
            response_modes.push("query");
        }
        json!({
            "issuer": &*self.issuer,
            "authorization_endpoint": self.at(AUTHORIZE),
            "token_endpoint": self.at(TOKEN),
            "pushed_authorization_request_endpoint": self.at(PAR),
            "introspection_endpoint": self.at(INTROSPECT),
            "revocation_endpoint": self.at(REVOKE),
            "userinfo_endpoint": self.at(USERINFO),
            "registration_endpoint": self.at(REGISTER),
            "jwks_uri": self.at(JWKS),
            // One listener serves calls with and without a certificate, so an alias is its original.
            "mtls_endpoint_aliases": {
                "token_endpoint": self.at(TOKEN),
                "pushed_authorization_request_endpoint": self.at(PAR),
                "introspection_endpoint": self.at(INTROSPECT),
                "revocation_endpoint": self.at(REVOKE),
                "userinfo_endpoint": self.at(USERINFO),
                "registration_endpoint": self.at(REGISTER),
            },
            "scopes_supported": ScopeToken::ALL.map(ScopeToken::as_str),
            "response_types_supported": ResponseType::ALL.map(ResponseType::as_str),
            "response_modes_supported": response_modes,
            "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
            "subject_types_supported": ["public"],
            "acr_values_supported": [ACR_SCA],
            "claims_supported": [
                "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "c_hash", "s_hash",
                "at_hash", "openbanking_intent_id",
            ],
            "claims_parameter_supported": true,
            "request_parameter_supported": true,
            "request_uri_parameter_supported": false,
            "require_pushed_authorization_requests": false,
            "require_signed_request_object": profile == Profile::Fapi1Advanced,
            "request_object_signing_alg_values_supported": algorithms,
            "id_token_signing_alg_values_supported": algorithms,
            "id_token_encryption_alg_values_supported": KeyManagement::ALL.map(KeyManagement::as_str),
            "id_token_encryption_enc_values_supported":
                ContentEncryption::ALL.map(ContentEncryption::as_str),
            "authorization_signing_alg_values_supported": algorithms,
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth"],
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth"],
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth"],
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "code_challenge_methods_supported": ["S256"],
            "tls_client_certificate_bound_access_tokens": true,
            "authorization_response_iss_parameter_supported": true,
        })
    }
}

/// What can be wrong with the discovery document on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// `issuer` is another than the one that was asked.
    IssuerSuffix,
}

/// How the addresses in answers are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Links {
    /// As the bank's guides print them: below the issuer, or below the resources' base.
    #[default]
    AsDocumented,
    /// Whole URLs, as RFC 7592, section 3 has them: some client libraries read no others.
    Absolute,
}

/// The authorization endpoint.
pub(crate) const AUTHORIZE: &str = "/oauth/authorize";
/// The token endpoint.
pub(crate) const TOKEN: &str = "/oauth/token";
/// The pushed authorization request endpoint.
pub(crate) const PAR: &str = "/oauth/par";
/// The introspection endpoint.
pub(crate) const INTROSPECT: &str = "/oauth/introspect";
/// The revocation endpoint.
pub(crate) const REVOKE: &str = "/oauth/revoke";
/// The userinfo endpoint.
pub(crate) const USERINFO: &str = "/oauth/userinfo";
/// The published keys.
pub(crate) const JWKS: &str = "/.well-known/jwks.json";
/// The discovery document.
pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";
