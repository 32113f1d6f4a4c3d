//! `/faults`: what the bank does wrong on purpose, as rules, and the catalogue they are made of.

use http::StatusCode;
use serde_json::{Value, json};

use crate::fault::armed::{RULES_MAX, TooManyRules};
use crate::fault::read::{self, Complaint, Known};
use crate::fault::rule::Rule;
use crate::fault::{catalogue, write};
use crate::id::FaultRuleId;
use crate::json;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;
use super::members::check_members;

/// GET `/faults`: the rules, oldest first; `?state=unfired` tells those that never fired.
pub(super) fn list_faults(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let only_unfired = is_unfired_asked(call)?;
    let rules = call.bank.state(|state| state.faults.rules().to_vec());
    let told = rules
        .iter()
        .filter(|armed| !only_unfired || armed.fired == 0);
    let items: Vec<_> = told.map(write::armed).collect();
    Ok(Reply::json(StatusCode::OK, &json!({ "items": items })))
}

/// GET `/faults/catalogue`: every fault there is.
pub(super) fn show_catalogue(_call: &ControlCall<'_>) -> Reply {
    let items: Vec<_> = catalogue::all().map(write::entry).collect();
    Reply::json(StatusCode::OK, &json!({ "items": items }))
}

/// POST `/faults`: one more rule, newer than all others.
pub(super) fn arm_fault(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let body = json::read(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    let rule = read::rule(&body, &known(call)).map_err(|wrong| refused("", wrong))?;
    let now = call.bank.clock.now().real;
    let armed = call.bank.state(|state| {
        let is_taken = |name| {
            (state.faults.rules())
                .iter()
                .any(|armed| armed.rule.name == name)
        };
        if rule.name.is_some() && is_taken(rule.name.clone()) {
            return Err(name_taken("/name", &rule));
        }
        state.faults.arm(rule, now).map_err(too_many)
    })?;
    Ok(Reply::json(StatusCode::CREATED, &write::armed(&armed)))
}

/// PUT `/faults`: these rules in the place of all there are, or nothing changes.
pub(super) fn replace_faults(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let body = json::read_object(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    check_members("", &body, &["items"])?;
    let Some(items) = body.get("items").and_then(Value::as_array) else {
        let found = body.get("items").unwrap_or(&Value::Null).to_string();
        return Err(Problem::invalid("/items", "a list of rules", found));
    };
    if items.len() > RULES_MAX {
        return Err(too_many(TooManyRules));
    }
    let known = known(call);
    let mut rules: Vec<Rule> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("/items/{index}");
        let rule = read::rule(item, &known).map_err(|wrong| refused(&pointer, wrong))?;
        if rule.name.is_some() && rules.iter().any(|other| other.name == rule.name) {
            return Err(name_taken(&format!("{pointer}/name"), &rule));
        }
        rules.push(rule);
    }
    let now = call.bank.clock.now().real;
    let replaced = call.bank.state(|state| state.faults.replace(rules, now));
    replaced.map_err(too_many)?;
    call.bank.holding.release_all();
    let rules = call.bank.state(|state| state.faults.rules().to_vec());
    let items: Vec<_> = rules.iter().map(write::armed).collect();
    Ok(Reply::json(StatusCode::OK, &json!({ "items": items })))
}

/// DELETE `/faults`: every rule, those of the scenario too; who is held is let go.
pub(super) fn disarm_faults(call: &ControlCall<'_>) -> Reply {
    call.bank.state(|state| state.faults.disarm_all());
    call.bank.holding.release_all();
    Reply::empty(StatusCode::NO_CONTENT)
}

/// GET `/faults/{fault_id}`.
pub(super) fn show_fault(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let id = named(call)?;
    let armed = call.bank.state(|state| state.faults.rule(id).cloned());
    let armed = armed.ok_or_else(|| unknown(call))?;
    Ok(Reply::json(StatusCode::OK, &write::armed(&armed)))
}

/// DELETE `/faults/{fault_id}`; who is held is let go.
pub(super) fn disarm_fault(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let id = named(call)?;
    let disarmed = call.bank.state(|state| state.faults.disarm(id));
    disarmed.ok_or_else(|| unknown(call))?;
    call.bank.holding.release(id);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// POST `/faults/{fault_id}/release`: whoever the rule holds goes on; it stays armed.
pub(super) fn release_fault(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let id = named(call)?;
    let is_known = call.bank.state(|state| state.faults.rule(id).is_some());
    if !is_known {
        return Err(unknown(call));
    }
    let released = call.bank.holding.release(id);
    Ok(Reply::json(
        StatusCode::OK,
        &json!({ "released": released }),
    ))
}

fn is_unfired_asked(call: &ControlCall<'_>) -> Result<bool, Problem> {
    match call.query.get("state") {
        None => Ok(false),
        Some("unfired") => Ok(true),
        Some(other) => Err(Problem::unknown_name("state", other, &["unfired"])),
    }
}

fn named(call: &ControlCall<'_>) -> Result<FaultRuleId, Problem> {
    FaultRuleId::parse(call.variable("fault_id")).ok_or_else(|| unknown(call))
}

fn unknown(call: &ControlCall<'_>) -> Problem {
    Problem::not_found(&format!(
        "the rule for faults {:?}",
        call.variable("fault_id")
    ))
}

/// Whom rules may name in this bank.
fn known(call: &ControlCall<'_>) -> Known {
    call.bank.state(|state| {
        let clients = state.oauth.all_clients();
        let customers = state.book.customers();
        let accounts = customers
            .iter()
            .flat_map(|customer| state.book.accounts_of(customer.id));
        Known {
            clients: clients.iter().map(|client| client.id.to_string()).collect(),
            customers: customers
                .iter()
                .map(|customer| (customer.username.clone(), customer.id))
                .collect(),
            accounts: accounts.map(|account| account.id).collect(),
            connections: call.bank.settings.connections,
        }
    })
}

/// The first thing that is wrong with a rule, below `pointer`.
fn refused(pointer: &str, complaints: Vec<Complaint>) -> Problem {
    let Some(first) = complaints.into_iter().next() else {
        return Problem::invalid(pointer, "a rule", String::new());
    };
    let at = format!("{pointer}{}", first.pointer);
    if first.known.is_empty() {
        return Problem::invalid(&at, first.expected, first.found);
    }
    let known: Vec<_> = first.known.iter().map(String::as_str).collect();
    Problem::unknown_name(&at, &first.found, &known).expecting(first.expected)
}

fn name_taken(pointer: &str, rule: &Rule) -> Problem {
    let found = rule.name.as_deref().unwrap_or_default().to_owned();
    Problem::invalid(pointer, "a name that no other rule has", found)
}

fn too_many(full: TooManyRules) -> Problem {
    let words = ("too_many_rules", "No more rules can be armed");
    Problem::new(StatusCode::CONFLICT, words, full.to_string())
}
