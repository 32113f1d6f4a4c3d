//! POST `/clients` and PATCH `/clients/{client_id}`: a client written as a scenario writes one.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::bank::opening::{FurtherError, OpeningError, add_client};
use crate::json;
use crate::oauth::api_key::NotKept;
use crate::oauth::client::Client;
use crate::oauth::registration::statement::word_of;
use crate::pki::PspRole;
use crate::scenario::{ClientPlan, client_of};
use crate::wire::reply::Reply;

use super::super::ControlCall;
use super::super::error::Problem;
use super::super::members::{check_members, members};

/// POST `/clients`: registers a client, with fresh certificates, and answers its kit.
pub(in crate::web::control) fn create_client(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let members = members(call)?;
    let plan = client_of(&members).map_err(|mistake| Problem::of_entry(&mistake))?;
    let kit = add_client(call.bank, &plan).map_err(|error| problem(&error, &plan))?;
    let mut document = super::listed(&kit);
    let jwk = json::read(kit.signing_jwk.as_bytes());
    let jwk = jwk.map_err(|error| Problem::failed(error.to_string()))?;
    for (name, value) in [
        ("transport_cert_pem", kit.transport.cert_pem.into()),
        ("transport_key_pem", kit.transport.key_pem.into()),
        ("signing_key_pem", kit.signing_key_pem.into()),
        ("signing_jwk", jwk),
    ] {
        document.insert(name.to_owned(), value);
    }
    Ok(Reply::json(StatusCode::CREATED, &document))
}

/// PATCH `/clients/{client_id}`: what is given replaces what was; all of it, or nothing.
pub(in crate::web::control) fn change_client(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let changes = members(call)?;
    let named = call.variable("client_id");
    let client = call.bank.state(|state| state.oauth.client(named));
    let client = client.ok_or_else(|| Problem::not_found(&format!("client {named:?}")))?;
    if let Some(fixed) = changes.keys().find(|name| FIXED.contains(&name.as_str())) {
        let expected = format!("one of {}", CHANGEABLE.join(", "));
        let detail = match fixed.as_str() {
            "api_keys" => "POST and DELETE below /clients/{client_id}/keys change them".to_owned(),
            _ => {
                format!("{fixed} stands in the client's keys and certificates: make another client")
            }
        };
        return Err(Problem::invalid(&format!("/{fixed}"), expected, detail));
    }
    check_members("", &changes, &CHANGEABLE)?;
    let plan = client_of(&merged(&changes, &client, &roles(call)))
        .map_err(|mistake| Problem::of_entry(&mistake))?;
    call.bank.state(|state| {
        let change = |client: &mut Client| apply(&changes, &plan, client);
        state.oauth.change_client(&client.id, change)
    });
    Ok(Reply::json(StatusCode::OK, &super::whole(call)?))
}

/// The changes as a whole entry, so that they are judged as one.
fn merged(changes: &Map<String, Value>, client: &Client, roles: &[PspRole]) -> Map<String, Value> {
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
    // An id from the wire may have a form of its own, and is not to be judged again.
    put("client_id", "client".into());
    put("redirect_uris", json!(client.redirect_uris));
    if !roles.is_empty() {
        let words: Vec<_> = roles.iter().map(|role| word_of(*role)).collect();
        put("roles", json!(words));
    }
    for (name, value) in changes {
        put(name, value.clone());
    }
    entry
}

/// What the client's certificate lets it do, as its directory knows it.
fn roles(call: &ControlCall<'_>) -> Vec<PspRole> {
    let named = call.variable("client_id");
    call.bank.state(|state| {
        if let Some(registration) = state.oauth.registration(named) {
            return registration.candidate.software.roles.clone();
        }
        let client = state.oauth.client(named);
        let software = client.and_then(|client| state.registry.software_of(&client.id));
        software.map_or_else(Vec::new, |software| software.roles.clone())
    })
}

fn apply(changes: &Map<String, Value>, plan: &ClientPlan, client: &mut Client) {
    for name in changes.keys() {
        match name.as_str() {
            "name" => client.name = plan.name.as_str().into(),
            "redirect_uris" => client.redirect_uris.clone_from(&plan.redirect_uris),
            "responses" => client.response_types.clone_from(&plan.response_types),
            "scope" => client.scope = plan.scope,
            "id_token_signed_response_alg" => {
                client.id_token_signed_response_alg = plan.id_token_alg;
                client.authorization_signed_response_alg = plan.id_token_alg;
            }
            // Whatever else there may be was refused before.
            _ => {}
        }
    }
}

fn problem(error: &FurtherError, plan: &ClientPlan) -> Problem {
    let told = error.to_string();
    match error {
        FurtherError::Known => {
            let words = ("already_exists", "There is such a thing already");
            let detail = format!("client {:?} is known already", plan.client_id.as_str());
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
        FurtherError::ApiKey(NotKept::Taken) => {
            let words = ("already_exists", "There is such a thing already");
            Problem::new(StatusCode::CONFLICT, words, told)
        }
        FurtherError::ApiKey(NotKept::TooMany) => Problem::invalid("/api_keys", "fewer", told),
        FurtherError::NoRsaKeys => Problem::invalid("/signing_alg", "ES256", told),
        FurtherError::Full(_) => {
            let words = ("directory_full", "The directory keeps no more software");
            Problem::new(StatusCode::CONFLICT, words, told)
        }
        FurtherError::Opening(OpeningError::Own { member, reason, .. }) => {
            let expected = "PEM that fits the client, or a file of it";
            Problem::invalid(&format!("/{member}"), expected.to_owned(), reason.clone())
        }
        FurtherError::Opening(_) => Problem::failed(told),
    }
}

/// What a PATCH may change.
const CHANGEABLE: [&str; 5] = [
    "name",
    "redirect_uris",
    "responses",
    "scope",
    "id_token_signed_response_alg",
];
/// What stands in keys and certificates, names the client, or is changed elsewhere.
const FIXED: [&str; 8] = [
    "api_keys",
    "transport_cert",
    "transport_key",
    "signing_key",
    "client_id",
    "token_endpoint_auth_method",
    "signing_alg",
    "roles",
];
