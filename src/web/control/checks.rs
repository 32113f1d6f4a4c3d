//! GET `/checks`: what this bank enforces, where it stands written, and what is switched off.

use http::StatusCode;
use serde_json::{Value, json};

use crate::oauth::check::Place;
use crate::oauth::profile::Policy;
use crate::web::rules::{self, Listed};
use crate::wire::reply::Reply;

use super::ControlCall;

/// Every rule in the order a call meets them.
pub(super) fn list_checks(call: &ControlCall<'_>) -> Reply {
    let policy = &call.bank.settings.policy;
    let items: Vec<_> = rules::all()
        .iter()
        .map(|listed| described(listed, Some(policy)))
        .collect();
    Reply::json(StatusCode::OK, &json!({ "items": items }))
}

/// A rule as lists print it; beside a bank's policy also whether that bank enforces it.
pub(crate) fn described(listed: &Listed, policy: Option<&Policy>) -> Value {
    let places: Vec<_> = listed.places.iter().copied().map(Place::as_str).collect();
    json!({
        "name": listed.rule.name,
        "clause": listed.rule.clause,
        "sentence": listed.rule.sentence,
        "profile": listed.reach.as_str(),
        "places": places,
        "error": listed.code,
        "enforced": policy.map(|policy| policy.enforces(listed.rule, listed.reach)),
    })
}
