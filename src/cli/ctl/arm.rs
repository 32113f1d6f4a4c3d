//! `ctl faults arm ID`: a rule of one fault, typed: what must hold as flags, parameters as `--with name=value`.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value, json};

use crate::cli::failure::Failure;
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
        let (member, flag, help) = condition;
        let flag = Arg::new(*member).long(dashed(flag)).value_name("VALUE");
        let flag = flag.allow_negative_numbers(true);
        command.arg(flag.help(*help).conflicts_with(WHOLE))
    })
}

/// The rule that was typed; none when a whole one was given.
pub(super) fn rule(typed: &ArgMatches) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(fault) = typed.get_one::<String>(FAULT) else {
        return Ok(None);
    };
    let mut act = Map::from_iter([("fault".to_owned(), fault.as_str().into())]);
    for parameter in typed.get_many::<String>(WITH).into_iter().flatten() {
        let (name, value) = parameter.split_once('=').ok_or_else(|| {
            Failure::usage(format!("--with {parameter} is no NAME=VALUE")).about("--with")
        })?;
        act.insert(name.to_owned(), value_of(value));
    }
    let mut when = Map::new();
    for (member, _, _) in CONDITIONS {
        if let Some(text) = typed.get_one::<String>(member) {
            when.insert((*member).to_owned(), value_of(text));
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

/// A number, a word of JSON or a structure as what it is; anything else is a text.
fn value_of(text: &str) -> Value {
    json::read(text.as_bytes()).unwrap_or_else(|_| text.into())
}

const FAULT: &str = "fault";
const NAME: &str = "name";
const WITH: &str = "with";

/// Conditions: the member, its flag, what it means.
pub(super) const CONDITIONS: &[(&str, &str, &str)] = &[
    (
        "route",
        "on",
        "Only on a route, or below a prefix, such as banking.accounts",
    ),
    ("times", "times", "How often it fires"),
    ("nth", "nth", "Only on the match of this number, from 1"),
    ("after", "after", "Not on the first so many matches"),
    ("every", "every", "Only on every so many-th match"),
    (
        "share",
        "share",
        "On this share of the matches, from 0 to 1",
    ),
    ("phase", "phase", "before, or after, the effect took place"),
    (
        "hold",
        "hold",
        "true: parks requests until the rule is released",
    ),
    ("ttl", "ttl", "For how long, in real time"),
    (
        "between",
        "between",
        "Between two bank times, as a JSON list",
    ),
    ("client_id", "client_id", "Only for this TPP"),
    ("customer_id", "customer_id", "Only for this customer"),
    ("consent_id", "consent_id", "Only for this consent"),
    (
        "consent_type",
        "consent_type",
        "Only for consents of this type",
    ),
    ("account_id", "account_id", "Only for this account"),
    ("payment_id", "payment_id", "Only for this payment"),
    (
        "certificate",
        "certificate",
        "Only for this certificate (x5t#S256)",
    ),
    (
        "connection",
        "connection",
        "Only for the connection of this number",
    ),
    ("method", "method", "Only with this method"),
    ("path", "path", "Only on this path, with * for a segment"),
    ("header", "header", "Only with these headers, as JSON"),
    ("query", "query", "Only with these parameters, as JSON"),
    ("form", "form", "Only with these fields of a form, as JSON"),
    (
        "body",
        "body",
        "Only with these members at JSON pointers, as JSON",
    ),
    ("claim", "claim", "Only with these claims, as JSON"),
];
