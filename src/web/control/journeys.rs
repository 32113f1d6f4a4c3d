//! `/journeys`: what customers do, as rules.

pub(super) mod pending;

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::consent::ConsentType;
use crate::id::{ClientId, JourneyRuleId};
use crate::journey::rulebook::{Armed, Rule, Threshold, When};
use crate::journey::script::Script;
use crate::json;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;
use super::members::{check_members, customer, text};

/// GET `/journeys`: the rules, oldest first, and the scripts they may play.
pub(super) fn list_rules(call: &ControlCall<'_>) -> Reply {
    let (rules, scripts) = call.bank.state(|state| {
        let journeys = &state.journeys;
        (journeys.rules().to_vec(), journeys.scripts().to_vec())
    });
    let items: Vec<_> = rules.iter().map(rule_json).collect();
    let scripts = scripts
        .iter()
        .map(|script| (script.name().to_owned(), steps_json(script)));
    let scripts: Map<_, _> = scripts.collect();
    let body = json!({ "default": "auto", "scripts": scripts, "items": items });
    Reply::json(StatusCode::OK, &body)
}

/// POST `/journeys`: one more rule, newer than all others.
pub(super) fn arm_rule(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let body = json::read_object(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    check_members("", &body, &["name", "when", "play"])?;
    let rule = Rule {
        name: name(call, &body)?,
        when: when(call, &body)?,
        play: play(call, &body)?,
    };
    let armed = call.bank.state(|state| state.journeys.arm(rule));
    let armed = armed.map_err(|full| {
        let words = ("too_many_rules", "No more rules can be armed");
        Problem::new(StatusCode::CONFLICT, words, full.to_string())
    })?;
    Ok(Reply::json(StatusCode::CREATED, &rule_json(&armed)))
}

/// DELETE `/journeys`: every rule, those of the scenario too; from then on every customer approves.
pub(super) fn disarm_rules(call: &ControlCall<'_>) -> Reply {
    call.bank.state(|state| state.journeys.disarm_all());
    Reply::empty(StatusCode::NO_CONTENT)
}

/// DELETE `/journeys/{rule_id}`.
pub(super) fn disarm_rule(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let named = call.variable("rule_id");
    let disarmed = JourneyRuleId::parse(named)
        .and_then(|id| call.bank.state(|state| state.journeys.disarm(id)));
    match disarmed {
        Some(_) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        None => Err(Problem::not_found(&format!("journey rule {named:?}"))),
    }
}

fn name(call: &ControlCall<'_>, body: &Map<String, Value>) -> Result<Option<Box<str>>, Problem> {
    let Some(name) = text(body, "", "name")? else {
        return Ok(None);
    };
    let is_taken = call.bank.state(|state| {
        let mut names = state
            .journeys
            .rules()
            .iter()
            .map(|armed| armed.rule.name.as_deref());
        names.any(|taken| taken == Some(name))
    });
    if name.is_empty() || name.len() > NAME_LENGTH_MAX || is_taken {
        let expected = format!("a name of 1 to {NAME_LENGTH_MAX} bytes that no other rule has");
        return Err(Problem::invalid("/name", expected, name.to_owned()));
    }
    Ok(Some(name.into()))
}

fn play(call: &ControlCall<'_>, body: &Map<String, Value>) -> Result<Arc<Script>, Problem> {
    let Some(name) = text(body, "", "play")? else {
        return Err(Problem::invalid(
            "/play",
            "the name of a script",
            "none".to_owned(),
        ));
    };
    let scripts = call.bank.state(|state| state.journeys.scripts().to_vec());
    let named = scripts.iter().find(|script| script.name() == name);
    named.cloned().ok_or_else(|| {
        let names: Vec<_> = scripts.iter().map(|script| script.name()).collect();
        Problem::unknown_name("/play", name, &names)
    })
}

fn when(call: &ControlCall<'_>, body: &Map<String, Value>) -> Result<When, Problem> {
    let Some(value) = body.get("when") else {
        return Ok(When::default());
    };
    let conditions = value
        .as_object()
        .ok_or_else(|| Problem::invalid("/when", "an object of conditions", value.to_string()))?;
    check_members("/when", conditions, CONDITIONS)?;
    let consent_type = match text(conditions, "/when", "consent_type")? {
        None => None,
        Some(word) => {
            let known = ConsentType::ALL
                .into_iter()
                .find(|kind| kind.as_str() == word);
            let words = ConsentType::ALL.map(ConsentType::as_str);
            let unknown = || Problem::unknown_name("/when/consent_type", word, &words);
            Some(known.ok_or_else(unknown)?)
        }
    };
    let amount_over = match text(conditions, "/when", "amount_over")? {
        None => None,
        Some(text) => Some(Threshold::parse(text).ok_or_else(|| {
            let expected = "an amount such as \"100.00\"";
            Problem::invalid("/when/amount_over", expected, text.to_owned())
        })?),
    };
    Ok(When {
        client_id: client(call, conditions)?,
        customer: customer(call, conditions, "/when", "customer")?,
        consent_type,
        amount_over,
        nth: count(conditions, "nth")?,
        times: count(conditions, "times")?,
    })
}

fn client(
    call: &ControlCall<'_>,
    conditions: &Map<String, Value>,
) -> Result<Option<ClientId>, Problem> {
    let Some(id) = text(conditions, "/when", "client_id")? else {
        return Ok(None);
    };
    let clients = call.bank.state(|state| state.oauth.all_clients());
    if !clients.iter().any(|client| client.id.as_str() == id) {
        let ids: Vec<_> = clients.iter().map(|client| client.id.as_str()).collect();
        return Err(Problem::unknown_name("/when/client_id", id, &ids));
    }
    Ok(Some(ClientId::new(id)))
}

fn count(conditions: &Map<String, Value>, member: &str) -> Result<Option<u32>, Problem> {
    let Some(value) = conditions.get(member) else {
        return Ok(None);
    };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| *number > 0)
        .map(Some)
        .ok_or_else(|| {
            let pointer = format!("/when/{member}");
            Problem::invalid(&pointer, "a whole number from 1", value.to_string())
        })
}

fn rule_json(armed: &Armed) -> Value {
    let rule = &armed.rule;
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("id", armed.id.to_string().into());
    if let Some(name) = &rule.name {
        put("name", (**name).into());
    }
    put("when", when_json(&rule.when));
    put("play", rule.play.name().into());
    let source = if armed.is_of_scenario {
        "scenario"
    } else {
        "control"
    };
    put("source", source.into());
    put("matched", armed.matched.into());
    put("played", armed.played.into());
    if let Some(remaining) = armed.remaining() {
        put("remaining", remaining.into());
    }
    Value::Object(shown)
}

fn when_json(when: &When) -> Value {
    let conditions = [
        (
            "client_id",
            when.client_id.as_ref().map(|id| json!(id.as_str())),
        ),
        ("customer", when.customer.map(|id| json!(id.to_string()))),
        (
            "consent_type",
            when.consent_type.map(|kind| json!(kind.as_str())),
        ),
        (
            "amount_over",
            when.amount_over.map(|amount| json!(amount.to_string())),
        ),
        ("nth", when.nth.map(|nth| json!(nth))),
        ("times", when.times.map(|times| json!(times))),
    ];
    let told = conditions.into_iter();
    told.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

fn steps_json(script: &Script) -> Value {
    script.steps().iter().map(ToString::to_string).collect()
}

const CONDITIONS: &[&str] = &[
    "client_id",
    "customer",
    "consent_type",
    "amount_over",
    "nth",
    "times",
];
/// A name is read in a line of the journal.
const NAME_LENGTH_MAX: usize = 64;
