//! Discovery, keys, and the endpoints of OAuth 2.0 and OpenID Connect.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::oauth::metadata::{
    AUTHORIZE, DISCOVERY, INTROSPECT, JWKS, PAR, REVOKE, TOKEN, USERINFO,
};
use crate::web::oauth::par::PushedJson;
use crate::web::oauth::token::TokenJson;

use super::{ACCESS, Body, Operation, Parameter, Sends};

/// In the order of the table of routes.
pub(super) const ALL: &[Operation] = &[
    Operation {
        answers: &[(200, Body::Json(open_object))],
        ..Operation::new(
            ("GET", DISCOVERY),
            "showDiscoveryDocument",
            ACCESS,
            "OpenID Connect discovery document",
        )
    },
    Operation {
        answers: &[(200, Body::Json(jwks))],
        ..Operation::new(
            ("GET", JWKS),
            "showJwks",
            ACCESS,
            "Keys for verifying what the bank signs",
        )
    },
    Operation {
        answers: &[(200, Body::Json(open_object))],
        ..Operation::new(
            ("GET", "/openapi.json"),
            "showOpenApi",
            ACCESS,
            "This document",
        )
    },
    Operation {
        sends: Sends::Form(PUSHED),
        answers: &[(
            201,
            Body::Json(SchemaGenerator::subschema_for::<PushedJson>),
        )],
        ..Operation::new(
            ("POST", PAR),
            "pushAuthorizationRequest",
            ACCESS,
            "Push an authorization request (RFC 9126)",
        )
    },
    Operation {
        query: AUTHORIZATION,
        answers: &[
            (200, Body::Page),
            (302, Body::Redirect),
            (303, Body::Redirect),
            (400, Body::Page),
        ],
        ..Operation::new(
            ("GET", AUTHORIZE),
            "authorize",
            ACCESS,
            "Where the customer's browser is sent",
        )
    },
    Operation {
        sends: Sends::Form(GRANT),
        answers: &[(
            200,
            Body::Json(SchemaGenerator::subschema_for::<TokenJson<'_>>),
        )],
        ..Operation::new(
            ("POST", TOKEN),
            "issueTokens",
            ACCESS,
            "Exchange a code, a refresh token or credentials for tokens",
        )
    },
    Operation {
        sends: Sends::Form(OF_TOKEN),
        answers: &[(200, Body::Json(introspection))],
        ..Operation::new(
            ("POST", INTROSPECT),
            "introspectToken",
            ACCESS,
            "What a token of the client's own is (RFC 7662)",
        )
    },
    Operation {
        sends: Sends::Form(OF_TOKEN),
        answers: &[(200, Body::Empty)],
        ..Operation::new(
            ("POST", REVOKE),
            "revokeToken",
            ACCESS,
            "End a token and its family (RFC 7009)",
        )
    },
    Operation {
        answers: &[(200, Body::Json(userinfo))],
        ..Operation::new(
            ("GET", USERINFO),
            "showUserinfo",
            ACCESS,
            "Who the customer is",
        )
    },
    Operation {
        answers: &[(200, Body::Json(userinfo))],
        ..Operation::new(
            ("POST", USERINFO),
            "showUserinfoByPost",
            ACCESS,
            "Who the customer is",
        )
    },
];

const PUSHED: &[Parameter] = &[
    Parameter::required("request", "A signed request object (RFC 9101)."),
    CLIENT_ID,
    ASSERTION_TYPE,
    ASSERTION,
];
const GRANT: &[Parameter] = &[
    Parameter::required("grant_type", "How the tokens are asked for.").which_is(grant_type),
    Parameter::optional(
        "scope",
        "Of credentials and refresh tokens: no more than was registered or granted.",
    ),
    Parameter::optional("code", "Of an authorization code: the code."),
    Parameter::optional(
        "redirect_uri",
        "Of an authorization code: where it was sent.",
    ),
    Parameter::optional(
        "code_verifier",
        "Of an authorization code: what the challenge was made from (RFC 7636).",
    ),
    Parameter::optional("refresh_token", "Of a refresh token: the token."),
    CLIENT_ID,
    ASSERTION_TYPE,
    ASSERTION,
];
const OF_TOKEN: &[Parameter] = &[
    Parameter::required("token", "The token."),
    Parameter::optional(
        "token_type_hint",
        "What kind it is; the bank finds it anyway.",
    ),
    CLIENT_ID,
    ASSERTION_TYPE,
    ASSERTION,
];
const AUTHORIZATION: &[Parameter] = &[
    Parameter::required("client_id", "The client."),
    Parameter::optional("request_uri", "Of a pushed request."),
    Parameter::optional("request", "A signed request object, by value."),
    Parameter::optional(
        "response_type",
        "Beside a request object: repeated from it.",
    ),
    Parameter::optional("scope", "Beside a request object: repeated from it."),
    Parameter::optional("redirect_uri", "Beside a request object: repeated from it."),
    Parameter::optional("state", "Beside a request object: not used."),
];
const CLIENT_ID: Parameter =
    Parameter::optional("client_id", "The client; required with tls_client_auth.");
const ASSERTION_TYPE: Parameter =
    Parameter::optional("client_assertion_type", "Of private_key_jwt.").which_is(assertion_type);
const ASSERTION: Parameter = Parameter::optional(
    "client_assertion",
    "Of private_key_jwt: a JWT signed by the client (RFC 7523).",
);

fn grant_type() -> Value {
    use crate::oauth::token::GrantType;
    json!({ "type": "string", "enum": GrantType::ALL.map(GrantType::as_str) })
}

fn assertion_type() -> Value {
    json!({ "const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" })
}

/// A document of a standard's own, which names its members.
pub(super) fn open_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": true })
}

/// A JWK Set (RFC 7517, section 5).
pub(super) fn jwks(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": { "keys": { "type": "array", "items": {
            "type": "object",
            "required": ["kty"],
            "properties": { "kty": { "type": "string" }, "kid": { "type": "string" } },
            "additionalProperties": true,
        } } },
        "required": ["keys"],
    })
}

fn introspection(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["active"],
        "properties": {
            "active": { "type": "boolean" },
            "scope": { "type": "string" },
            "client_id": { "type": "string" },
            "token_type": { "type": "string" },
            "exp": { "type": "integer" },
            "iat": { "type": "integer" },
            "iss": { "type": "string", "format": "uri" },
            "sub": { "type": "string" },
            "consent_id": { "type": "string" },
            "cnf": {
                "type": "object",
                "properties": { "x5t#S256": { "type": "string" } },
                "required": ["x5t#S256"],
            },
        },
    })
}

fn userinfo(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": { "sub": { "type": "string", "minLength": 1 } },
        "required": ["sub"],
    })
}
