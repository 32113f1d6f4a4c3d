//! Dynamic client registration by the library's own call (RFC 7591, OpenID Connect Registration).
//!
//! The library knows the members that OpenID Connect registered. What the contract and JARM add to them
//! travels as its additional metadata. Managing a registration (RFC 7592) it leaves to its user.

use openidconnect::core::{
    CoreApplicationType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreRegisterErrorResponseType, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::registration::{
    AdditionalClientMetadata, ClientRegistrationRequest, ClientRegistrationResponse,
    EmptyAdditionalClientRegistrationResponse,
};
use openidconnect::{ClientId, ResponseTypes};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use super::kit::Kit;
use super::library::Metadata;
use super::transport::Transport;

/// What the library has no field for.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct DirectoryMetadata {
    software_statement: String,
    authorization_signed_response_alg: CoreJwsSigningAlgorithm,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_client_auth_subject_dn: Option<String>,
}

impl AdditionalClientMetadata for DirectoryMetadata {}

type Request = ClientRegistrationRequest<
    DirectoryMetadata,
    EmptyAdditionalClientRegistrationResponse,
    CoreApplicationType,
    CoreClientAuthMethod,
    CoreRegisterErrorResponseType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Response = ClientRegistrationResponse<
    DirectoryMetadata,
    EmptyAdditionalClientRegistrationResponse,
    CoreApplicationType,
    CoreClientAuthMethod,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A client the bank made of a kit, as the library read the bank's answer.
pub(crate) struct Registered(Response);

impl Registered {
    /// Registers a kit's software for both response modes.
    pub(crate) async fn register(kit: &Kit, metadata: &Metadata, transport: &Transport) -> Self {
        let request = request(kit);
        let endpoint = metadata.registration_endpoint().unwrap();
        let response = request.register_async(endpoint, transport).await.unwrap();
        let asked = request.client_metadata();
        assert_eq!(response.redirect_uris(), asked.redirect_uris());
        assert_eq!(response.response_types(), asked.response_types());
        assert_eq!(response.grant_types(), asked.grant_types());
        assert_eq!(
            response.token_endpoint_auth_method(),
            asked.token_endpoint_auth_method()
        );
        assert_eq!(
            response.id_token_signed_response_alg(),
            asked.id_token_signed_response_alg()
        );
        let (echoed, sent) = (response.additional_metadata(), asked.additional_metadata());
        assert_eq!(echoed.software_statement, sent.software_statement);
        assert!(
            response.client_secret().is_none(),
            "nobody shares a secret here"
        );
        Self(response)
    }

    pub(crate) fn client_id(&self) -> &ClientId {
        self.0.client_id()
    }

    /// Takes the registration back (RFC 7592, section 2.3).
    pub(crate) async fn delete(&self, transport: &Transport) {
        let uri = self.0.registration_client_uri().unwrap();
        let token = self.0.registration_access_token().unwrap();
        let request = transport.http().delete(uri.url().clone());
        let answer = request.bearer_auth(token.secret()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
}

fn request(kit: &Kit) -> Request {
    let alg = match kit.text("signing_alg") {
        "ES256" => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        "PS256" => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        other => panic!("FAPI has no {other}"),
    };
    let (method, subject) = match kit.text("token_endpoint_auth_method") {
        "private_key_jwt" => (CoreClientAuthMethod::PrivateKeyJwt, None),
        other => (
            CoreClientAuthMethod::Extension(other.to_owned()),
            Some(kit.text("tls_client_auth_subject_dn").to_owned()),
        ),
    };
    let additional = DirectoryMetadata {
        software_statement: kit.text("software_statement").to_owned(),
        authorization_signed_response_alg: alg.clone(),
        tls_client_auth_subject_dn: subject,
    };
    let code = ResponseTypes::new(vec![CoreResponseType::Code]);
    let hybrid = ResponseTypes::new(vec![CoreResponseType::Code, CoreResponseType::IdToken]);
    Request::new(kit.redirect_uris(), additional)
        .set_response_types(Some(vec![code, hybrid]))
        .set_grant_types(Some(vec![
            CoreGrantType::AuthorizationCode,
            CoreGrantType::RefreshToken,
            CoreGrantType::ClientCredentials,
        ]))
        .set_application_type(Some(CoreApplicationType::Web))
        .set_token_endpoint_auth_method(Some(method))
        .set_token_endpoint_auth_signing_alg(Some(alg.clone()))
        .set_request_object_signing_alg(Some(alg.clone()))
        .set_id_token_signed_response_alg(Some(alg))
}
