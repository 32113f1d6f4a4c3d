//! `hamsterbank ctl`: the control API as commands. Its words, and what each takes, are made of the table that
//! the API's own document is made of, so that no operation is without its command.

mod arm;
mod played;
mod words;

use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgMatches, Args, FromArgMatches};
use http::StatusCode;
use serde_json::{Map, Value};

use crate::json;
use crate::scenario::parse_duration;
use crate::tpp::call::{Answer, Call};
use crate::web::control::operations::{Kind, Member};
use crate::wire::form;

use super::control::Control;
use super::failure::Failure;
use super::output::{self, Heard};
use super::typed::ControlArgs;

use words::Verb;

/// What was typed after `ctl`.
#[derive(Debug)]
pub(super) struct CtlArgs {
    bank: ControlArgs,
    words: Vec<String>,
    typed: ArgMatches,
}

impl Args for CtlArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        words::below(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        words::below(command)
    }
}

impl FromArgMatches for CtlArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let bank = ControlArgs::from_arg_matches(matches)?;
        let (mut words, mut typed) = (Vec::new(), matches);
        while let Some((word, below)) = typed.subcommand() {
            words.push(word.to_owned());
            typed = below;
        }
        Ok(Self {
            bank,
            words,
            typed: typed.clone(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Does what was typed, and prints the answer.
pub(super) async fn run(arguments: &CtlArgs, out: &mut impl Heard) -> Result<ExitCode, Failure> {
    let verb = words::verbs().find(|verb| verb.words == arguments.words);
    let verb =
        verb.ok_or_else(|| Failure::usage("ctl needs a verb; see `hamsterbank ctl --help`"))?;
    let control = Control::new(&arguments.bank)?;
    let call = call(&control, &verb, &arguments.typed)?;
    if verb.has_no_end() {
        let take = |piece: &[u8]| output::write(out, piece).map(|_| out.has_reader());
        control.watch(&call, take).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let wait = wait(&verb, &arguments.typed);
    let answer = control.ask_waiting(&call, wait).await?;
    if !answer.status.is_success() {
        return Err(control.refused(&answer));
    }
    output::write(out, shown(&answer).as_bytes())
}

/// For how long the bank was asked to wait before it answers.
fn wait(verb: &Verb, typed: &ArgMatches) -> Duration {
    let mut query = verb.operation.query.iter();
    let waits = query.any(|member| member.name == WAIT);
    let wait = waits.then(|| typed.get_one::<String>(WAIT)).flatten();
    // What is no duration is refused by the bank, at once.
    let wait = wait.and_then(|text| parse_duration(text));
    wait.map_or(Duration::ZERO, time::Duration::unsigned_abs)
}

/// The call that was typed.
fn call(control: &Control<'_>, verb: &Verb, typed: &ArgMatches) -> Result<Call, Failure> {
    let mut path = verb.path.to_owned();
    for name in words::variables(verb.path) {
        let value = typed.get_one::<String>(name).map_or("", String::as_str);
        path = path.replace(&format!("{{{name}}}"), &form::segment(value));
    }
    let query = told(verb.operation.query, typed)?;
    if !query.is_empty() {
        let pairs: Vec<_> = query
            .iter()
            .map(|(name, value)| (name.as_str(), plain(value)))
            .collect();
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        path = format!("{path}?{}", form::encode(pairs));
    }
    let call = control.call(&verb.method, &path);
    match body(verb, typed)? {
        Some(body) => Ok(call.with_json(body)),
        None => Ok(call),
    }
}

/// The members that were typed, over those of `--json`.
fn body(verb: &Verb, typed: &ArgMatches) -> Result<Option<Value>, Failure> {
    if verb.operation.route == played::ROUTE {
        return played::body(typed).map(Some);
    }
    if verb.operation.route == arm::ROUTE
        && let Some(rule) = arm::rule(typed)?
    {
        return Ok(Some(Value::Object(rule)));
    }
    let mut members = match words::whole(verb, typed) {
        Some(written) => document(written)?,
        None => Map::new(),
    };
    if let Some((name, kind)) = verb.only {
        let value = match kind {
            Kind::Flag => Value::Bool(true),
            _ => typed
                .get_one::<String>(name)
                .map_or(Ok(Value::Null), |text| read((name, kind), text))?,
        };
        members.insert(name.to_owned(), value);
    } else if verb.operation.route != arm::ROUTE {
        members.extend(told(verb.operation.takes.members(), typed)?);
    }
    let is_sent = verb.sends_body() || !members.is_empty();
    Ok(is_sent.then_some(Value::Object(members)))
}

/// What was typed of these members.
fn told(members: &[Member], typed: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let mut told = Map::new();
    for member in members {
        if let Some(text) = typed.get_one::<String>(member.name) {
            let value = read((member.name, member.kind), text)?;
            told.insert(member.name.to_owned(), value);
        }
    }
    Ok(told)
}

/// A document: written out, in a file, or on stdin.
fn document(written: &str) -> Result<Map<String, Value>, Failure> {
    let text = match written {
        "-" => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map(|_| text)
                .map_err(|error| unreadable("stdin", &error))?
        }
        inline if inline.trim_start().starts_with('{') => inline.to_owned(),
        file => std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?,
    };
    json::read_object(text.as_bytes()).map_err(|error| {
        Failure::usage(format!("--json is not a JSON object: {error}")).about("--json")
    })
}

fn unreadable(what: &str, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read {what}: {error}")).about("--json")
}

/// A member's value as it was typed.
fn read((name, kind): (&str, Kind), text: &str) -> Result<Value, Failure> {
    let is_object = text.trim_start().starts_with('{');
    let refused = |expected: &str| {
        let name = words::dashed(name);
        Failure::usage(format!("{name} is {text:?}; expected {expected}"))
    };
    let expected = match kind {
        Kind::Duration | Kind::Moment | Kind::Text | Kind::Word(_) => return Ok(text.into()),
        Kind::TextOrObject if !is_object && name == SCENARIO => return played::scenario(text),
        Kind::TextOrObject if !is_object => return Ok(text.into()),
        Kind::Texts if !text.trim_start().starts_with('[') => {
            return Ok(text.split(',').map(Value::from).collect());
        }
        Kind::Count => {
            let count = text.parse::<u64>().map(Value::from);
            return count.map_err(|_| refused("a whole number"));
        }
        Kind::Any | Kind::Flag => "JSON",
        Kind::List | Kind::ListOf(_) | Kind::Texts => "a list in JSON",
        Kind::Defined(_) | Kind::Object | Kind::TextOrObject => "an object in JSON",
    };
    let value = json::read(text.as_bytes());
    let value = value.map_err(|error| refused(&format!("{expected}: {error}")))?;
    let is_right = match kind {
        Kind::List | Kind::ListOf(_) | Kind::Texts => value.is_array(),
        Kind::Object | Kind::TextOrObject => value.is_object(),
        _ => true,
    };
    is_right.then_some(value).ok_or_else(|| refused(expected))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// An answer for people and for programs: JSON over several lines, a text as it is.
fn shown(answer: &Answer) -> String {
    if answer.status == StatusCode::NO_CONTENT {
        return String::new();
    }
    let pretty = answer.json().ok();
    let pretty = pretty.and_then(|body| serde_json::to_string_pretty(&body).ok());
    let text = pretty.unwrap_or_else(|| String::from_utf8_lossy(&answer.body).into_owned());
    format!("{}\n", text.trim_end())
}

/// The member that may also be the name of a file.
const SCENARIO: &str = "scenario";

/// The parameter by which a bank is asked to wait.
const WAIT: &str = "wait";

#[cfg(test)]
mod tests;
