//! `/clients`: the TPPs a bank knows, those of the scenario and those that registered themselves.

pub(super) mod api_keys;
pub(super) mod entry;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::bank::opening::ClientKit;
use crate::oauth::client::{Authentication, Client};
use crate::web::consented;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;

/// GET `/clients`.
pub(super) fn list_clients(call: &ControlCall<'_>) -> Reply {
    let clients = call.bank.state(|state| state.oauth.all_clients());
    let items: Vec<_> = clients.iter().map(|client| summary(call, client)).collect();
    Reply::json(StatusCode::OK, &json!({ "items": items }))
}

/// GET `/clients/{client_id}`: with a fresh software statement, where its software is the directory's.
pub(super) fn show_client(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    Ok(Reply::json(StatusCode::OK, &whole(call)?))
}

/// All that is to be said of the client that the path names.
fn whole(call: &ControlCall<'_>) -> Result<Map<String, Value>, Problem> {
    let named = call.variable("client_id");
    let client = call.bank.state(|state| state.oauth.client(named));
    let client = client.ok_or_else(|| Problem::not_found(&format!("client {named:?}")))?;
    let mut shown = summary(call, &client);
    let software = call.bank.state(|state| {
        let own = state.registry.software_of(&client.id);
        own.or_else(|| {
            let registration = state.oauth.registration(named)?;
            state.registry.software(&registration.candidate.software.id)
        })
    });
    if let Some(software) = software {
        let directory = &call.bank.directory;
        let statement = directory.statement(&software, call.bank.clock.now().real);
        let (org_id, id) = (&software.organisation.id, &software.id);
        let mut put = |name: &str, value: String| shown.insert(name.to_owned(), value.into());
        put("org_id", org_id.clone());
        put("software_id", id.clone());
        put("software_jwks_endpoint", directory.jwks_url(org_id, id));
        put("software_statement", statement);
    }
    Ok(shown)
}

/// DELETE `/clients/{client_id}`: as if it had deleted its own registration.
pub(super) fn delete_client(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let named = call.variable("client_id");
    let is_deleted = call.bank.state(|state| {
        let client = state.oauth.client(named)?;
        consented::remove_client(state, &client.id);
        Some(())
    });
    match is_deleted {
        Some(()) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        None => Err(Problem::not_found(&format!("client {named:?}"))),
    }
}

/// A client with a kit, as the ready document lists it, but for where its files are.
pub(crate) fn listed(kit: &ClientKit) -> Map<String, Value> {
    let client = &kit.client;
    let listed = json!({
        "client_id": client.id.as_str(),
        "name": &*client.name,
        "token_endpoint_auth_method": client.authentication.method(),
        "redirect_uris": client.redirect_uris,
        "scope": client.scope.to_string(),
        "signing_kid": kit.signing_kid,
        "signing_alg": kit.signing_alg.as_str(),
        "id_token_signed_response_alg": client.id_token_signed_response_alg.as_str(),
        "request_object_signing_alg": client.request_object_signing_alg.as_str(),
    });
    match listed {
        Value::Object(listed) => listed,
        _ => Map::new(),
    }
}

fn summary(call: &ControlCall<'_>, client: &Client) -> Map<String, Value> {
    let registration = call
        .bank
        .state(|state| state.oauth.registration(client.id.as_str()));
    let response_types: Vec<_> = client.response_types.iter().map(|it| it.as_str()).collect();
    let grant_types: Vec<_> = client.grant_types.iter().map(|it| it.as_str()).collect();
    let kids: Vec<_> = client.keys.kids().collect();
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("client_id", client.id.as_str().into());
    put("name", (*client.name).into());
    put("registered", registration.is_some().into());
    if let Some(registration) = &registration {
        put("registered_at", registration.issued_at.to_string().into());
    }
    put(
        "token_endpoint_auth_method",
        client.authentication.method().into(),
    );
    match &client.authentication {
        Authentication::PrivateKeyJwt { signing_alg } => {
            put(
                "token_endpoint_auth_signing_alg",
                signing_alg.as_str().into(),
            );
        }
        Authentication::TlsClientAuth { subject } => {
            put("tls_client_auth_subject_dn", subject.to_string().into());
        }
    }
    put("scope", client.scope.to_string().into());
    put("redirect_uris", json!(client.redirect_uris));
    put("grant_types", json!(grant_types));
    put("response_types", json!(response_types));
    for (name, algorithm) in [
        (
            "id_token_signed_response_alg",
            client.id_token_signed_response_alg,
        ),
        (
            "authorization_signed_response_alg",
            client.authorization_signed_response_alg,
        ),
        (
            "request_object_signing_alg",
            client.request_object_signing_alg,
        ),
    ] {
        put(name, algorithm.as_str().into());
    }
    put("kids", json!(kids));
    shown
}
