//! GET and POST `/clock`: the bank's time, read and moved.

use http::StatusCode;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::json;
use crate::scenario::{is_in_calendar, parse_duration};
use crate::wire::reply::Reply;

use super::error::Problem;
use super::{ControlCall, clock_json};

/// GET `/clock`.
pub(super) fn show_clock(call: &ControlCall<'_>) -> Reply {
    Reply::json(StatusCode::OK, &clock_json(call.bank))
}

/// POST `/clock`: one of `advance`, `set`, `freeze`, `rate`, `follow`.
pub(super) fn move_clock(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let body = json::read_object(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    let members: Vec<_> = body.iter().collect();
    let [(name, value)] = members.as_slice() else {
        let detail = format!("{} members were sent", members.len());
        return Err(Problem::invalid(
            "",
            format!("exactly one of {}", MOVES.join(", ")),
            detail,
        ));
    };
    if !MOVES.contains(&name.as_str()) {
        return Err(Problem::unknown_name(&format!("/{name}"), name, MOVES));
    }
    let clock = &call.bank.clock;
    let standing = || clock.now().bank;
    let from = standing();
    let (from, to) = match name.as_str() {
        "advance" => {
            let by = duration(value)?;
            within_calendar("/advance", standing().plus(by.max(time::Duration::ZERO)))?;
            clock.advance(by)
        }
        "set" => clock
            .set(within_calendar("/set", moment(value)?)?)
            .map_err(|backwards| {
                let expected = format!("a moment not before {}", backwards.now);
                Problem::invalid("/set", expected, backwards.to_string())
            })?,
        "rate" => {
            clock.run_at_rate(rate(value)?);
            (from, standing())
        }
        other => {
            let freezes = other == "freeze";
            yes(&format!("/{other}"), value)?;
            if freezes {
                clock.freeze();
            } else {
                clock.follow();
            }
            (from, standing())
        }
    };
    let fired = expired_consents(call, from, to);
    let body = json!({
        "from": from.to_string(),
        "to": to.to_string(),
        "count": fired.len(),
        "fired": fired,
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

// Consents settle whenever they are looked at; here they are looked at so that the answer can tell.
fn expired_consents(call: &ControlCall<'_>, from: Timestamp, to: Timestamp) -> Vec<Value> {
    let expired = call
        .bank
        .state(|state| state.consents.expired_between(from, to));
    let told = expired.into_iter().map(
        |(at, id)| json!({ "at": at.to_string(), "kind": "consent_expired", "id": id.as_str() }),
    );
    told.collect()
}

// Where a scenario may begin bank time, its clock may go: calendars are known there.
fn within_calendar(pointer: &str, to: Timestamp) -> Result<Timestamp, Problem> {
    if is_in_calendar(to) {
        return Ok(to);
    }
    Err(Problem::invalid(
        pointer,
        "a moment from 1900 to 2199",
        to.to_string(),
    ))
}

fn duration(value: &Value) -> Result<time::Duration, Problem> {
    value.as_str().and_then(parse_duration).ok_or_else(|| {
        Problem::invalid(
            "/advance",
            "a duration such as 250ms, 90s, 5m, 12h, 91d",
            value.to_string(),
        )
    })
}

fn moment(value: &Value) -> Result<Timestamp, Problem> {
    let read = value.as_str().and_then(|text| Timestamp::parse(text).ok());
    read.ok_or_else(|| {
        Problem::invalid(
            "/set",
            "a moment such as 2026-11-20T09:00:00Z",
            value.to_string(),
        )
    })
}

fn rate(value: &Value) -> Result<u32, Problem> {
    let read = value.as_u64().and_then(|rate| u32::try_from(rate).ok());
    read.filter(|rate| (1..=RATE_MAX).contains(rate))
        .ok_or_else(|| {
            let expected = format!("a whole number from 1 to {RATE_MAX}");
            Problem::invalid("/rate", expected, value.to_string())
        })
}

fn yes(pointer: &str, value: &Value) -> Result<(), Problem> {
    if *value == Value::Bool(true) {
        return Ok(());
    }
    Err(Problem::invalid(pointer, "true", value.to_string()))
}

const MOVES: &[&str] = &["advance", "set", "freeze", "rate", "follow"];

/// A year in about a minute; faster than that a test wants `advance`.
const RATE_MAX: u32 = 1_000_000;
