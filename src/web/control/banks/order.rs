//! What POST `/banks` asks for.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::entropy::Seed;
use crate::json;
use crate::scenario::{ClockStart, Scenario, parse_duration, parse_start};
use crate::web::banks::At;
use crate::web::banks::order::Order;
use crate::web::control::error::Problem;

/// Reads a body; what it leaves out is as in `usual`, the main bank's scenario.
///
/// # Errors
/// The first mistake, with where it stands.
pub(super) fn read(body: &[u8], usual: &Scenario) -> Result<Order, Problem> {
    let members = match body {
        b"" => Map::new(),
        body => json::read_object(body).map_err(|error| Problem::not_json(&error))?,
    };
    let is_known = |name: &&String| MEMBERS.contains(&name.as_str());
    if let Some(unknown) = members.keys().find(|name| !is_known(name)) {
        let pointer = format!("/{unknown}");
        return Err(Problem::unknown_name(&pointer, unknown, MEMBERS));
    }
    let member = |name: &str| members.get(name);
    let order = Order {
        name: member("name").map(name).transpose()?,
        scenario: scenario(&members, usual)?,
        at: member("at").map(at).transpose()?,
        port: member("port").map(port).transpose()?,
        ttl: member("ttl").map(ttl).transpose()?,
    };
    if let (Some(port), Some(At::Path)) = (order.port, order.at) {
        let expected = "no port, since a bank by path has the main bank's";
        return Err(Problem::invalid("/port", expected, port.to_string()));
    }
    Ok(order)
}

fn name(value: &Value) -> Result<String, Problem> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = |text: &&str| {
        text.len() <= NAME_LENGTH_MAX
            && text.bytes().all(is_part)
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
    };
    let named = value.as_str().filter(is_name);
    named.map(str::to_owned).ok_or_else(|| {
        let expected =
            format!("a to z, 0 to 9 and -, {NAME_LENGTH_MAX} at most, beginning with a letter");
        Problem::invalid("/name", expected, value.to_string())
    })
}

fn scenario(members: &Map<String, Value>, usual: &Scenario) -> Result<Scenario, Problem> {
    let scenario = match members.get("scenario") {
        None => usual.clone(),
        Some(value) => scenario_of(value, "/scenario")?,
    };
    let mut overrides = scenario.overrides;
    if let Some(value) = members.get("seed") {
        let expected = || Problem::invalid("/seed", "a whole number from 0", value.to_string());
        overrides.seed = Some(Seed(value.as_u64().ok_or_else(expected)?));
    }
    if let Some(value) = members.get("clock") {
        let start = value.as_str().and_then(|text| parse_start(text).ok());
        let start = start.ok_or_else(|| {
            let expected = "now, or a moment from 1900 to 2199 such as 2026-11-20T09:00:00Z";
            Problem::invalid("/clock", expected, value.to_string())
        })?;
        overrides.clock = Some(start.map_or(ClockStart::Now, ClockStart::At));
    }
    Ok(scenario.with(overrides))
}

/// The scenario that a value at `pointer` is, or names.
///
/// # Errors
/// All that is wrong with it.
pub(in crate::web::control) fn scenario_of(
    value: &Value,
    pointer: &str,
) -> Result<Scenario, Problem> {
    let scenario = match value {
        // A document in YAML has more than one line, a name has not.
        Value::String(name) if !name.contains('\n') => Scenario::builtin(name),
        Value::String(yaml) => Scenario::parse("scenario", yaml),
        // JSON is YAML.
        Value::Object(_) => Scenario::parse("scenario", &value.to_string()),
        other => {
            let expected = "a scenario's name, or a scenario";
            return Err(Problem::invalid(pointer, expected, other.to_string()));
        }
    };
    scenario.map_err(|error| Problem::of_scenario(&error, pointer))
}

fn at(value: &Value) -> Result<At, Problem> {
    let text = value.as_str().unwrap_or_default();
    let known = [At::Port, At::Path];
    let found = known.into_iter().find(|at| at.as_str() == text);
    found.ok_or_else(|| Problem::unknown_name("/at", text, &known.map(At::as_str)))
}

fn port(value: &Value) -> Result<u16, Problem> {
    let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
    let expected = "a port from 1 to 65535";
    port.filter(|port| *port > 0)
        .ok_or_else(|| Problem::invalid("/port", expected, value.to_string()))
}

fn ttl(value: &Value) -> Result<Duration, Problem> {
    let ttl = value.as_str().and_then(parse_duration);
    let ttl = ttl.filter(|ttl| ttl.is_positive() && *ttl <= TTL_MAX);
    let expected = "a duration such as 5m, a month at most";
    ttl.map(time::Duration::unsigned_abs)
        .ok_or_else(|| Problem::invalid("/ttl", expected, value.to_string()))
}

const MEMBERS: &[&str] = &["name", "scenario", "seed", "clock", "port", "at", "ttl"];

/// Half of what a label of a host name may have, and enough to name a test.
const NAME_LENGTH_MAX: usize = 32;

/// Longer than that is not a while.
const TTL_MAX: time::Duration = time::Duration::days(31);
