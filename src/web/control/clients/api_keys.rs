//! `/clients/{client_id}/keys`: a client's API keys, each shown once.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use crate::id::ApiKeyId;
use crate::oauth::api_key::{ApiKey, Environment, NotKept};
use crate::oauth::client::Client;
use crate::wire::reply::Reply;

use super::super::ControlCall;
use super::super::error::Problem;
use super::super::members::{check_members, members, needed, text};

/// GET `/clients/{client_id}/keys`: those that count.
pub(in crate::web::control) fn list_keys(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let client = client(call)?;
    let items: Vec<_> = call.bank.state(|state| {
        let keys = state.api_keys.of_client(&client.id);
        keys.map(shown).collect()
    });
    Ok(Reply::json(StatusCode::OK, &json!({ "items": items })))
}

/// POST `/clients/{client_id}/keys`: the one answer that has the key itself.
pub(in crate::web::control) fn make_key(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let client = client(call)?;
    let body = members(call)?;
    check_members("", &body, &["environment"])?;
    let pointer = "/environment";
    let word = needed(text(&body, "", "environment")?, pointer, EXPECTED)?;
    let environment = (Environment::ALL.into_iter())
        // What production keys are called in their own text.
        .find(|known| known.as_str() == word || known.prefix() == format!("sk_{word}_"))
        .ok_or_else(|| Problem::unknown_name(pointer, word, &["sandbox", "production"]))?;
    let now = call.bank.clock.now().bank;
    let issued = call.bank.state(|state| {
        // It may have been deleted meanwhile.
        let known = state.oauth.client(client.id.as_str());
        known.map(|client| state.api_keys.issue(&client.id, environment, now))
    });
    let (key, secret) = issued.ok_or_else(|| unknown(call))?.map_err(refused)?;
    let mut document = shown(&key);
    if let Some(members) = document.as_object_mut() {
        members.insert("api_key".to_owned(), secret.into());
    }
    Ok(Reply::json(StatusCode::CREATED, &document))
}

/// DELETE `/clients/{client_id}/keys/{key_id}`: from now on it is refused.
pub(in crate::web::control) fn withdraw_key(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let client = client(call)?;
    let named = call.variable("key_id");
    let now = call.bank.clock.now().bank;
    let is_withdrawn = ApiKeyId::parse(named)
        .is_some_and(|id| (call.bank).state(|state| state.api_keys.withdraw(&client.id, id, now)));
    if is_withdrawn {
        Ok(Reply::empty(StatusCode::NO_CONTENT))
    } else {
        let what = format!("key {named:?} of client {}", client.id);
        Err(Problem::not_found(&what))
    }
}

fn client(call: &ControlCall<'_>) -> Result<Arc<Client>, Problem> {
    let named = call.variable("client_id");
    let client = call.bank.state(|state| state.oauth.client(named));
    client.ok_or_else(|| unknown(call))
}

fn unknown(call: &ControlCall<'_>) -> Problem {
    Problem::not_found(&format!("client {:?}", call.variable("client_id")))
}

fn refused(fault: NotKept) -> Problem {
    let words = ("too_many_keys", "No more keys can be kept");
    Problem::new(StatusCode::CONFLICT, words, fault.to_string())
}

fn shown(key: &ApiKey) -> Value {
    json!({
        "id": key.id.to_string(),
        "client_id": key.client.as_str(),
        "environment": key.environment.as_str(),
        "hint": key.hint,
        "created_at": key.created_at.to_string(),
    })
}

const EXPECTED: &str = "sandbox or production";
