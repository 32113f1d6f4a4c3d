//! A registration as the client reads it (RFC 7591, section 3.2.1; RFC 7592, section 3).

use serde_json::{Map, Value, json};

use crate::oauth::client::Authentication;
use crate::oauth::metadata::{Endpoints, Links};

use super::metadata::Metadata;
use super::{Form, REGISTER, Registration};

impl Registration {
    /// The client's record on the wire: first what the bank's guide prints, in its order.
    pub(crate) fn document(
        &self,
        token: Option<&str>,
        (endpoints, links): (&Endpoints, Links),
    ) -> Map<String, Value> {
        let candidate = &self.candidate;
        let path = format!("{REGISTER}/{}", self.client.id);
        let uri = match (candidate.form, links) {
            (Form::Json, Links::AsDocumented) => path,
            (Form::Json, Links::Absolute) | (Form::Jose, _) => endpoints.at(&path),
        };
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
        put("client_id", self.client.id.as_str().into());
        put("client_id_issued_at", self.issued_at.unix_seconds().into());
        if let Some(token) = token {
            put("registration_access_token", token.into());
        }
        put("registration_client_uri", uri.into());
        put("redirect_uris", json!(candidate.metadata.redirect_uris));
        put("scope", candidate.metadata.scope.to_string().into());
        document.append(&mut candidate.metadata.members());
        let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
        put("software_id", candidate.software.id.as_str().into());
        put("jwks_uri", candidate.software.jwks_endpoint.as_str().into());
        put("software_statement", (*candidate.statement).into());
        document
    }
}

impl Metadata {
    /// What was registered besides addresses and scope.
    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        let method = self.authentication.method();
        put("token_endpoint_auth_method", method.into());
        if let Authentication::TlsClientAuth { .. } = &self.authentication {
            put("tls_client_auth_subject_dn", json!(self.subject_dn));
        }
        let words: Vec<_> = self.grant_types.iter().map(|it| it.as_str()).collect();
        put("grant_types", json!(words));
        let words: Vec<_> = self.response_types.iter().map(|it| it.as_str()).collect();
        put("response_types", json!(words));
        put("application_type", self.application_type.as_str().into());
        let (id_token, jarm) = (
            self.id_token_signed_response_alg,
            self.authorization_signed_response_alg,
        );
        let (request, assertion) = (
            self.request_object_signing_alg,
            self.token_endpoint_auth_signing_alg,
        );
        for (name, algorithm) in [
            ("id_token_signed_response_alg", id_token),
            ("authorization_signed_response_alg", jarm),
            ("request_object_signing_alg", request),
            ("token_endpoint_auth_signing_alg", assertion),
        ] {
            put(name, algorithm.as_str().into());
        }
        if let Some(encryption) = self.id_token_encryption {
            let (alg, enc) = (encryption.alg.as_str(), encryption.enc.as_str());
            put("id_token_encrypted_response_alg", alg.into());
            put("id_token_encrypted_response_enc", enc.into());
        }
        for (name, value) in &self.others {
            let value = match value {
                // Tokens are bound wherever there is a certificate, whatever was asked.
                Value::Bool(_) => Value::Bool(true),
                other => other.clone(),
            };
            put(name, value);
        }
        members
    }
}
