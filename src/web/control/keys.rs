//! POST `/keys/rotate`: a new signing key, now.

use http::StatusCode;
use serde_json::{Value, json};

use crate::bank::Bank;
use crate::bank::opening::{OpeningError, next_signing_key};
use crate::jose::{Algorithm, SigningKey};
use crate::json;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;

/// Rotates the key of one algorithm, or of both; `keep_old` (the default) goes on publishing the old one.
pub(super) fn rotate_keys(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let body = json::read_object(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    if let Some(unknown) = body.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(Problem::unknown_name(
            &format!("/{unknown}"),
            unknown,
            MEMBERS,
        ));
    }
    let keep_old = match body.get("keep_old") {
        None => true,
        Some(Value::Bool(keep)) => *keep,
        Some(other) => {
            return Err(Problem::invalid(
                "/keep_old",
                "true or false",
                other.to_string(),
            ));
        }
    };
    let algorithms = match body.get("alg") {
        None => Algorithm::ALL.to_vec(),
        Some(named) => vec![algorithm(named)?],
    };
    let fresh = algorithms
        .into_iter()
        .map(|algorithm| fresh_key(call.bank, algorithm))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Problem::failed(error.to_string()))?;
    let kids: Vec<_> = fresh.iter().map(|key| key.kid().to_owned()).collect();
    let now = call.bank.clock.now().real;
    call.bank.change_keys(|ring| {
        for key in fresh {
            ring.rotate(key, keep_old, now);
        }
    });
    Ok(Reply::json(
        StatusCode::OK,
        &json!({ "kids": kids, "keep_old": keep_old }),
    ))
}

fn algorithm(named: &Value) -> Result<Algorithm, Problem> {
    let known = named.as_str().and_then(Algorithm::parse);
    known.ok_or_else(|| Problem::invalid("/alg", "PS256 or ES256", named.to_string()))
}

fn fresh_key(bank: &Bank, algorithm: Algorithm) -> Result<SigningKey, OpeningError> {
    let published = bank.keys().kids();
    next_signing_key(&bank.settings, algorithm, &published)
}

const MEMBERS: &[&str] = &["alg", "keep_old"];
