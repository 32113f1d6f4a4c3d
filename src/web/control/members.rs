//! Members of a body: read, and refused with where they stand and what was near.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::banking::account::AccountStatus;
use crate::id::{AccountId, CustomerId};
use crate::json;
use crate::oauth::client::Client;

use super::ControlCall;
use super::error::Problem;

/// The body as an object.
pub(super) fn members(call: &ControlCall<'_>) -> Result<Map<String, Value>, Problem> {
    json::read_object(&call.request.body).map_err(|error| Problem::not_json(&error))
}

/// The text of a member, if it is there.
pub(super) fn text<'b>(
    members: &'b Map<String, Value>,
    pointer: &str,
    member: &str,
) -> Result<Option<&'b str>, Problem> {
    let Some(value) = members.get(member) else {
        return Ok(None);
    };
    let wrong = || Problem::invalid(&format!("{pointer}/{member}"), "a text", value.to_string());
    value.as_str().map(Some).ok_or_else(wrong)
}

/// Refuses a member that nobody knows.
pub(super) fn check_members(
    pointer: &str,
    members: &Map<String, Value>,
    known: &[&str],
) -> Result<(), Problem> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Problem::unknown_name(
            &format!("{pointer}/{name}"),
            name,
            known,
        )),
        None => Ok(()),
    }
}

/// A member that is not there, or what it holds.
pub(super) fn needed<T>(value: Option<T>, pointer: &str, expected: &str) -> Result<T, Problem> {
    value.ok_or_else(|| Problem::invalid(pointer, expected, "it is missing".to_owned()))
}

/// The client that `client_id` names.
pub(super) fn client(
    call: &ControlCall<'_>,
    members: &Map<String, Value>,
) -> Result<Arc<Client>, Problem> {
    let pointer = "/client_id";
    let id = needed(text(members, "", "client_id")?, pointer, "a client's id")?;
    let (found, known) = call
        .bank
        .state(|state| (state.oauth.client(id), state.oauth.all_clients()));
    found.ok_or_else(|| {
        let ids: Vec<_> = known.iter().map(|client| client.id.as_str()).collect();
        Problem::unknown_name(pointer, id, &ids)
    })
}

/// The customer whose username or id a member holds.
pub(super) fn customer(
    call: &ControlCall<'_>,
    members: &Map<String, Value>,
    pointer: &str,
    member: &str,
) -> Result<Option<CustomerId>, Problem> {
    let Some(name) = text(members, pointer, member)? else {
        return Ok(None);
    };
    let (found, known) = call.bank.state(|state| {
        let found = state.book.customer(name).map(|customer| customer.id);
        (found, state.book.customers())
    });
    found.map(Some).ok_or_else(|| {
        let names: Vec<_> = known
            .iter()
            .map(|customer| customer.username.as_str())
            .collect();
        Problem::unknown_name(&format!("{pointer}/{member}"), name, &names)
    })
}

/// The accounts of hers that `account_ids` lists, if it is there; deleted ones cannot be shared.
pub(super) fn picked(
    call: &ControlCall<'_>,
    body: &Map<String, Value>,
    customer: CustomerId,
) -> Result<Option<Vec<AccountId>>, Problem> {
    let Some(value) = body.get("account_ids") else {
        return Ok(None);
    };
    let hers: Vec<_> = call.bank.state(|state| {
        let accounts = state.book.accounts_of(customer).into_iter();
        let accounts = accounts.filter(|account| account.status != AccountStatus::Deleted);
        accounts.map(|account| account.id).collect()
    });
    let expected = "a list of at least one account's id";
    let wrong = || Problem::invalid("/account_ids", expected, value.to_string());
    let ids = value
        .as_array()
        .filter(|ids| !ids.is_empty())
        .ok_or_else(wrong)?;
    let mut picked = Vec::with_capacity(ids.len().min(hers.len()));
    for (index, id) in ids.iter().enumerate() {
        let id = id.as_str().ok_or_else(wrong)?;
        let pointer = format!("/account_ids/{index}");
        let known = AccountId::parse(id).filter(|id| hers.contains(id));
        let known = known.ok_or_else(|| {
            let hers: Vec<_> = hers.iter().map(ToString::to_string).collect();
            let hers: Vec<_> = hers.iter().map(String::as_str).collect();
            Problem::unknown_name(&pointer, id, &hers)
        })?;
        if picked.contains(&known) {
            let detail = format!("{known} stands there twice");
            return Err(Problem::invalid(&pointer, "each account once", detail));
        }
        picked.push(known);
    }
    Ok(Some(picked))
}
