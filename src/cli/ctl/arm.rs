//! `ctl faults arm ID`: a rule of one fault, typed: what must hold as flags, parameters as `--with name=value`.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value, json};

use crate::cli::failure::Failure;
use crate::fault::arguments::Kind;
use crate::fault::catalogue;
use crate::fault::conditions::{CONDITIONS, Condition, Form};
use crate::json;

use super::words::{WHOLE, dashed};

/// The route this is the command of.
pub(super) const ROUTE: &str = "control.faults.arm";

/// The command.
pub(super) fn command(command: Command) -> Command {
    let fault = Arg::new(FAULT)
        .value_name("ID")
        .conflicts_with(WHOLE)
        .required_unless_present(WHOLE);
    let parameter = Arg::new(WITH)
        .long("with")
        .value_name("NAME=VALUE")
        .action(ArgAction::Append)
        .conflicts_with(WHOLE)
        .help("A parameter of the fault; repeatable");
    let named = Arg::new(NAME)
        .long(NAME)
        .value_name("NAME")
        .conflicts_with(WHOLE);
    let whole = Arg::new(WHOLE).long("json").value_name("FILE|-|{…}");
    let command = command
        .arg(fault.help("The fault, such as token.expired_early; `hamsterbank faults` lists them"))
        .arg(parameter)
        .arg(named.help("The rule's name in the journal"))
        .arg(whole.help("The rule as a JSON object, instead"));
    CONDITIONS.iter().fold(command, |command, condition| {
        let flag = Arg::new(condition.name).long(dashed(flag_of(condition)));
        let help = match condition.form {
            Form::Moments | Form::Tests(..) => format!("{}, as JSON", sentence(condition.about)),
            Form::Word(words) => format!("{}: {}", sentence(condition.about), words.join(", ")),
            _ => sentence(condition.about).to_owned(),
        };
        let flag = flag.value_name("VALUE").allow_negative_numbers(true);
        command.arg(flag.help(help).conflicts_with(WHOLE))
    })
}

/// A route is asked for so often that its flag is short.
const fn flag_of(condition: &Condition) -> &'static str {
    match condition.form {
        Form::Route => "on",
        _ => condition.name,
    }
}

/// A sentence without its end, as helps are written.
fn sentence(about: &str) -> &str {
    about.trim_end_matches('.')
}

/// The rule that was typed; none when a whole one was given.
pub(super) fn rule(typed: &ArgMatches) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(fault) = typed.get_one::<String>(FAULT) else {
        return Ok(None);
    };
    let mut act = Map::from_iter([("fault".to_owned(), fault.as_str().into())]);
    let entry = catalogue::find(fault);
    for parameter in typed.get_many::<String>(WITH).into_iter().flatten() {
        let (name, value) = parameter.split_once('=').ok_or_else(|| {
            Failure::usage(format!("--with {parameter} is no NAME=VALUE")).about("--with")
        })?;
        let mut parameters = entry.iter().flat_map(|entry| entry.parameters);
        let known = parameters.find(|parameter| parameter.name == name);
        let value = known.map_or_else(|| value.into(), |known| value_of(known.kind, value));
        act.insert(name.to_owned(), value);
    }
    let mut when = Map::new();
    for Condition { name, form, .. } in CONDITIONS {
        if let Some(text) = typed.get_one::<String>(name) {
            when.insert((*name).to_owned(), form.of_text(text));
        }
    }
    let when = if when.is_empty() {
        "always".into()
    } else {
        Value::Object(when)
    };
    let mut rule = Map::from_iter([("when".to_owned(), when), ("then".to_owned(), json!([act]))]);
    if let Some(name) = typed.get_one::<String>(NAME) {
        rule.insert(NAME.to_owned(), name.as_str().into());
    }
    Ok(Some(rule))
}

/// A parameter as what it is; of bodies, objects and lists are documents, all else is a text.
fn value_of(kind: Kind, text: &str) -> Value {
    match (kind, json::read(text.as_bytes())) {
        (Kind::Body, Ok(document @ (Value::Object(_) | Value::Array(_)))) => document,
        _ => kind.of_text(text),
    }
}

const FAULT: &str = "fault";
const NAME: &str = "name";
const WITH: &str = "with";
