//! GET `/openapi.json`: the bank's API as an OpenAPI 3.1 document.
//!
//! Nothing in it is written twice: paths and guards are rows of the table of routes, bodies are the types
//! the handlers answer with and the shapes they check. What only prose can say of a row stands in
//! [`operations`], and a test demands a description of every row.

mod operations;
pub(crate) mod schema;

use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::wire::reply::Reply;

use super::banking::error::ErrorJson;
use super::call::Call;
use super::oauth::error::RefusalJson;
use super::routes::{Handler, ROUTES, Route};

use operations::{Body, Operation, Parameter, Sends};

/// Answers the document; tools in a browser may read it.
pub(crate) fn show_document(call: &mut Call<'_>) -> Reply {
    let settings = &call.bank.settings;
    let document = document(&settings.endpoints.issuer);
    Reply::json(StatusCode::OK, &document)
        .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with_header(CACHE_CONTROL, "public, max-age=60")
}

/// The document of a bank at `issuer`.
fn document(issuer: &str) -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.transforms.push(Box::new(schema::without_null));
        });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        let Some(operation) = operations::of(route) else {
            continue;
        };
        let described = described(route, operation, &mut generator);
        let method = route.method.as_str().to_ascii_lowercase();
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(method, described);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hamster Bank Open Banking API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A mock bank for developers of third-party providers.",
            "description": ABOUT,
        },
        "servers": [{ "url": issuer }],
        "tags": operations::TAGS.iter().map(|(name, about)| json!({
            "name": name,
            "description": about,
        })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(issuer),
            "schemas": generator.take_definitions(true),
        },
    })
}

fn described(route: &Route, operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "x-hamster-route": route.name.as_str(),
        "security": security(&route.handler),
        "parameters": parameters(route, operation),
        "responses": responses(route, operation, generator),
    });
    let body = match operation.sends {
        Sends::Nothing => return described,
        Sends::Form(fields) => {
            json!({ "application/x-www-form-urlencoded": { "schema": form(fields) } })
        }
        Sends::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Sends::JsonOrJwt(schema) => json!({
            "application/json": { "schema": schema(generator) },
            "application/jose": { "schema": { "type": "string" } },
            "application/jwt": { "schema": { "type": "string" } },
        }),
    };
    if let Some(members) = described.as_object_mut() {
        let body = json!({ "required": true, "content": body });
        members.insert("requestBody".to_owned(), body);
    }
    described
}

/// Path variables, what the guard reads, and what the operation itself does.
fn parameters(route: &Route, operation: &Operation) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": { "type": "string", "minLength": 1 },
        }))
    });
    let of_guard = match route.handler {
        Handler::Browser(_) | Handler::Public(_) => operations::COMMON_HEADERS,
        Handler::Client(..) | Handler::Registration(_) | Handler::Token(_) => {
            operations::CLIENT_HEADERS
        }
        Handler::Consented(..) => operations::CONSENTED_HEADERS,
    };
    let headers = of_guard.iter().chain(operation.headers);
    in_path
        .chain(headers.map(|header| header.described("header")))
        .chain(operation.query.iter().map(|query| query.described("query")))
        .collect()
}

fn form(fields: &[Parameter]) -> Value {
    let properties: Map<_, _> = fields
        .iter()
        .map(|field| {
            let mut schema = (field.schema)();
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".to_owned(), field.about.into());
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<_> = fields
        .iter()
        .filter(|field| field.is_required)
        .map(|field| field.name)
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn responses(route: &Route, operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for (status, body) in operation.answers {
        let (about, content) = match body {
            Body::Empty => ("Done; there is nothing to tell.", None),
            Body::Page => ("A page for the customer.", Some(html())),
            Body::Redirect => ("The browser is sent back to the TPP.", None),
            Body::Json(schema) => ("The answer.", Some(content_of(&schema(generator).into()))),
        };
        responses.insert(status.to_string(), response(about, content));
    }
    let refusal = match route.handler {
        Handler::Client(..) | Handler::Registration(_) => {
            generator.subschema_for::<RefusalJson<'_>>()
        }
        _ if route.path.starts_with("/oauth/") => generator.subschema_for::<RefusalJson<'_>>(),
        _ => generator.subschema_for::<ErrorJson<'_>>(),
    };
    let refusal: Value = refusal.into();
    let refusals = operations::refusals_of(&route.handler).iter();
    for status in refusals.chain(operation.refusals) {
        responses
            .entry(status.to_string())
            .or_insert_with(|| response(reason(*status), Some(content_of(&refusal))));
    }
    for status in ["429", "503"] {
        if let Some(headers) = responses
            .get_mut(status)
            .and_then(|it| it["headers"].as_object_mut())
        {
            let retry = json!({ "description": "Seconds until it is worth another try.", "schema": { "type": "integer", "minimum": 0 } });
            headers.insert("Retry-After".to_owned(), retry);
        }
    }
    responses.sort_keys();
    Value::Object(responses)
}

/// Every answer carries these headers, whatever became of the call; what is left of the minute only where a
/// limit applies.
fn response(about: &str, content: Option<Value>) -> Value {
    let text = |about: &str| json!({ "description": about, "required": true, "schema": { "type": "string" } });
    let number = |about: &str| json!({ "description": about, "schema": { "type": "integer", "minimum": 0 } });
    let mut response = json!({
        "description": about,
        "headers": {
            "x-fapi-interaction-id": text("The id that was sent when it was a UUID, else a new one."),
            "x-hamster-request": text("The journal's entry of this call."),
            "X-RateLimit-Limit": number("Calls allowed in this minute of the bank's time, where there is a limit."),
            "X-RateLimit-Remaining": number("Calls left in it."),
            "X-RateLimit-Reset": number("Seconds left of it."),
        },
    });
    if let (Some(content), Some(response)) = (content, response.as_object_mut()) {
        response.insert("content".to_owned(), content);
    }
    response
}

fn content_of(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn html() -> Value {
    json!({ "text/html": { "schema": { "type": "string" } } })
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Refused")
}

fn security(handler: &Handler) -> Value {
    match handler {
        Handler::Browser(_) | Handler::Public(_) => json!([]),
        Handler::Client(..) => json!([{ "mutualTls": [] }]),
        Handler::Consented(..) | Handler::Token(_) => {
            json!([{ "mutualTls": [], "accessToken": [] }])
        }
        Handler::Registration(_) => {
            json!([{ "mutualTls": [] }, { "mutualTls": [], "registrationToken": [] }, { "mutualTls": [], "accessToken": [] }])
        }
    }
}

fn security_schemes(issuer: &str) -> Value {
    json!({
        "mutualTls": {
            "type": "mutualTLS",
            "description": "The client certificate of the TPP (RFC 8705).",
        },
        "accessToken": {
            "type": "http",
            "scheme": "bearer",
            "description": format!("An access token, bound to the client certificate; see {issuer}/.well-known/openid-configuration."),
        },
        "registrationToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The registration access token (RFC 7592).",
        },
    })
}

const ABOUT: &str = "Hamster Bank is not a bank. It plays one: OAuth 2.0, OpenID Connect and FAPI 1.0 Advanced, \
dynamic client registration, consents, accounts, payments and confirmation of funds. Clients must tolerate members \
that this document does not name.";

#[cfg(test)]
mod tests;
