//! Dynamic client registration, and what the built-in directory publishes.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::oauth::registration::REGISTER;

use super::access::jwks;
use super::{Body, Operation, REGISTRATION, Sends};

/// In the order of the table of routes.
pub(super) const ALL: &[Operation] = &[
    Operation {
        sends: Sends::JsonOrJwt(metadata),
        answers: &[(201, Body::Json(registered))],
        ..Operation::new(
            ("POST", REGISTER),
            "createRegistration",
            REGISTRATION,
            "Register a client (RFC 7591)",
        )
    },
    Operation {
        answers: &[(200, Body::Json(registered))],
        ..Operation::new(
            ("GET", "/register/{client_id}"),
            "showRegistration",
            REGISTRATION,
            "Read a registration (RFC 7592)",
        )
    },
    Operation {
        sends: Sends::JsonOrJwt(metadata),
        answers: &[(200, Body::Json(registered))],
        ..Operation::new(
            ("PUT", "/register/{client_id}"),
            "updateRegistration",
            REGISTRATION,
            "Replace a registration (RFC 7592)",
        )
    },
    Operation {
        answers: &[(204, Body::Empty)],
        ..Operation::new(
            ("DELETE", "/register/{client_id}"),
            "deleteRegistration",
            REGISTRATION,
            "Delete a registration (RFC 7592)",
        )
    },
    Operation {
        answers: &[(200, Body::Json(jwks))],
        ..Operation::new(
            ("GET", "/directory/jwks"),
            "showDirectoryJwks",
            REGISTRATION,
            "Keys for verifying software statements",
        )
    },
    Operation {
        answers: &[(200, Body::Json(jwks))],
        refusals: &[404],
        ..Operation::new(
            ("GET", "/directory/{org_id}/{file}"),
            "showSoftwareJwks",
            REGISTRATION,
            "Keys of a software, or of an organisation",
        )
    },
    Operation {
        answers: &[(200, Body::Json(jwks))],
        refusals: &[404],
        ..Operation::new(
            ("GET", "/directory/{org_id}/revoked/{file}"),
            "showRevokedSoftwareJwks",
            REGISTRATION,
            "Keys taken out of use",
        )
    },
];

/// Members the bank does not know are ignored, as RFC 7591 says.
fn metadata(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": true,
        "properties": {
            "software_statement": { "type": "string", "description": "A directory's statement of the software, a signed JWT." },
            "redirect_uris": { "type": "array", "items": { "type": "string", "format": "uri", "maxLength": 256 } },
            "token_endpoint_auth_method": { "enum": ["private_key_jwt", "tls_client_auth"] },
            "tls_client_auth_subject_dn": { "type": "string", "maxLength": 128 },
            "grant_types": { "type": "array", "items": { "type": "string" } },
            "response_types": { "type": "array", "items": { "type": "string" } },
            "scope": { "type": "string" },
            "application_type": { "enum": ["web", "native"] },
            "id_token_signed_response_alg": { "enum": ["PS256", "ES256"] },
            "request_object_signing_alg": { "enum": ["PS256", "ES256"] },
            "token_endpoint_auth_signing_alg": { "enum": ["PS256", "ES256"] },
            "software_id": { "type": "string" },
            "jwks_uri": { "type": "string", "format": "uri" },
        },
        "required": ["software_statement"],
    })
}

fn registered(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": true,
        "properties": {
            "client_id": { "type": "string", "maxLength": 36 },
            "client_id_issued_at": { "type": "integer" },
            "registration_access_token": { "type": "string" },
            "registration_client_uri": { "type": "string" },
            "redirect_uris": { "type": "array", "items": { "type": "string" } },
            "scope": { "type": "string" },
            "token_endpoint_auth_method": { "type": "string" },
            "grant_types": { "type": "array", "items": { "type": "string" } },
            "response_types": { "type": "array", "items": { "type": "string" } },
            "software_statement": { "type": "string" },
        },
        "required": ["client_id", "redirect_uris", "scope", "token_endpoint_auth_method"],
    })
}
