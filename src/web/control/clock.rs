//! GET and POST `/clock`: the bank's time, read and moved.

use http::StatusCode;
use serde_json::{Value, json};

use crate::banking::agenda::Fired;
use crate::clock::{Clock, Timestamp};
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
    let moved = call.bank.move_clock(|clock| change(clock, name, value))?;
    let fired: Vec<_> = moved.fired.iter().map(fired_json).collect();
    let body = json!({
        "from": moved.from.to_string(),
        "to": moved.to.to_string(),
        "count": fired.len(),
        "fired": fired,
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

/// Moves the clock, or changes how it runs: the times before and after.
fn change(clock: &Clock, name: &str, value: &Value) -> Result<(Timestamp, Timestamp), Problem> {
    let standing = || clock.now().bank;
    let from = standing();
    match name {
        "advance" => {
            let by = duration(value)?;
            within_calendar("/advance", standing().plus(by.max(time::Duration::ZERO)))?;
            return Ok(clock.advance(by));
        }
        "set" => {
            let moved = clock.set(within_calendar("/set", moment(value)?)?);
            return moved.map_err(|backwards| {
                let expected = format!("a moment not before {}", backwards.now);
                Problem::invalid("/set", expected, backwards.to_string())
            });
        }
        "rate" => clock.run_at_rate(rate(value)?),
        other => {
            let freezes = other == "freeze";
            yes(&format!("/{other}"), value)?;
            if freezes {
                clock.freeze();
            } else {
                clock.follow();
            }
        }
    }
    Ok((from, standing()))
}

fn fired_json(fired: &Fired) -> Value {
    json!({ "at": fired.at.to_string(), "kind": fired.kind.as_str(), "id": fired.id })
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
