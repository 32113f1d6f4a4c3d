//! The `openidconnect` crate's types, with what FAPI and UK Open Banking add to them.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::url::Url;
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, Client, EmptyExtraTokenFields, EndpointNotSet,
    EndpointSet, IdToken, IdTokenClaims, IdTokenFields, IntrospectionUrl, ProviderMetadata,
    RequestTokenError, RevocationUrl, StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};

/// What the library has no field for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct FapiMetadata {
    pub(crate) authorization_response_iss_parameter_supported: bool,
    pub(crate) introspection_endpoint: IntrospectionUrl,
    pub(crate) pushed_authorization_request_endpoint: Url,
    pub(crate) revocation_endpoint: RevocationUrl,
    pub(crate) tls_client_certificate_bound_access_tokens: bool,
}

impl AdditionalProviderMetadata for FapiMetadata {}

/// The claims that FAPI and UK Open Banking add to an ID token.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct FapiClaims {
    pub(crate) openbanking_intent_id: String,
    pub(crate) s_hash: Option<String>,
}

impl AdditionalClaims for FapiClaims {}

/// The discovery document as the library reads it.
pub(crate) type Metadata = ProviderMetadata<
    FapiMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// An ID token as the bank makes them.
pub(crate) type FapiIdToken = IdToken<
    FapiClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Fields = IdTokenFields<
    FapiClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What the token endpoint answers.
pub(crate) type Tokens = StandardTokenResponse<Fields, CoreTokenType>;

/// Why it did not.
pub(crate) type TokenFailure =
    RequestTokenError<reqwest::Error, StandardErrorResponse<CoreErrorResponseType>>;

/// The library's client, with all its endpoints known.
pub(crate) type Library = Client<
    FapiClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointSet,
    EndpointSet,
    EndpointSet,
    EndpointSet,
>;

/// The claims of an ID token as the bank makes them.
pub(crate) type Claims = IdTokenClaims<FapiClaims, CoreGenderClaim>;
