//! The words of `ctl`, from the table of operations: `control.consents.age` is `ctl consents age`, its path's
//! variables and the members it cannot do without come in order, and the others are flags.

use clap::{Arg, ArgMatches, Args as _, Command};
use http::Method;

use crate::cli::typed::ControlArgs;
use crate::web::control::operations::{self, EVENT_STREAM, Kind, Member, Operation, Takes, Tells};

use super::{arm, played};

/// One command.
#[derive(Debug)]
pub(super) struct Verb {
    /// What is typed after `ctl`.
    pub(super) words: Vec<String>,
    /// What it does, in a line.
    summary: &'static str,
    pub(super) method: Method,
    /// The path, with its variables.
    pub(super) path: &'static str,
    pub(super) operation: &'static Operation,
    /// The one member it sends, when the operation takes one of several.
    pub(super) only: Option<(&'static str, Kind)>,
}

impl Verb {
    /// Whether its answer goes on for as long as there is something to tell.
    pub(super) fn has_no_end(&self) -> bool {
        matches!(self.operation.tells, Tells::Text(media_type) if media_type == EVENT_STREAM)
    }

    /// Whether there is a body even when nobody typed a member.
    pub(super) const fn sends_body(&self) -> bool {
        !matches!(self.operation.takes, Takes::Nothing)
    }
}

/// Every command.
pub(super) fn verbs() -> impl Iterator<Item = Verb> {
    operations::all().flat_map(|(_, operation)| {
        let words = operation.route.trim_start_matches("control.").split('.');
        let mut words: Vec<_> = words.map(str::to_owned).collect();
        let (method, path) = operations::address(operation);
        let verb = |words, summary, only| Verb {
            words,
            summary,
            method: method.clone(),
            path,
            operation,
            only,
        };
        match operation.takes {
            Takes::OneOf(members) => {
                words.pop();
                let of = |member: &Member| {
                    let mut words = words.clone();
                    words.push(dashed(member.name));
                    verb(words, member.about, Some((member.name, member.kind)))
                };
                members.iter().map(of).collect::<Vec<_>>()
            }
            _ => vec![verb(words, operation.summary, None)],
        }
    })
}

/// Adds every command.
pub(super) fn below(command: Command) -> Command {
    let command = ControlArgs::augment_args(command)
        .mut_args(|flag| flag.global(true))
        .subcommand_required(true)
        .arg_required_else_help(true);
    verbs().fold(command, |command, verb| {
        let words = verb.words.clone();
        grown(command, &words, &verb)
    })
}

/// The command with one more below it, and what stands between.
fn grown(command: Command, words: &[String], verb: &Verb) -> Command {
    let Some((first, rest)) = words.split_first() else {
        return command;
    };
    if rest.is_empty() && command.find_subcommand(first).is_none() {
        return command.subcommand(leaf(first, verb));
    }
    let command = if command.find_subcommand(first).is_some() {
        command
    } else {
        let noun = Command::new(first.clone()).about(about(first));
        command.subcommand(noun.subcommand_required(true).arg_required_else_help(true))
    };
    command.mut_subcommand(first, |below| grown(below, rest, verb))
}

fn leaf(word: &str, verb: &Verb) -> Command {
    // A member that can only be `true` is not typed.
    let about = verb.summary.trim_end_matches(" (`true`).");
    let about = about.trim_end_matches('.').to_owned();
    let mut command = Command::new(word.to_owned()).about(about.clone());
    for name in variables(verb.path) {
        let help = name.strip_suffix("_id").unwrap_or(name).replace('_', " ");
        command = command.arg(needed(name).help(format!("Which {help}, by its id")));
    }
    if verb.operation.route == arm::ROUTE {
        return arm::command(command);
    }
    if verb.operation.route == played::ROUTE {
        return played::command(command);
    }
    if let Some((name, kind)) = verb.only {
        return match kind {
            Kind::Flag => command,
            kind => command.arg(needed(name).help(placeholder(kind))),
        };
    }
    let sends_body = verb.sends_body();
    for member in verb.operation.takes.members() {
        command = command.arg(argument(member, sends_body));
    }
    for member in verb.operation.query {
        command = command.arg(flag(member));
    }
    if sends_body {
        let whole = Arg::new(WHOLE).long("json").value_name("FILE|-|{…}");
        let help = match verb.operation.takes {
            Takes::And(_, others) => format!("A JSON object with {others}"),
            _ => "A JSON object with what is not typed".to_owned(),
        };
        command = command.arg(whole.help(help));
    }
    command
}

/// What comes in order and has to be there.
fn needed(name: &'static str) -> Arg {
    Arg::new(name)
        .required(true)
        .value_name(name.to_uppercase())
        .allow_negative_numbers(true)
}

/// What is needed comes in order, unless it stands in `--json`.
fn argument(member: &Member, has_whole: bool) -> Arg {
    if !member.is_required {
        return flag(member);
    }
    let argument = needed(member.name).help(member.about.trim_end_matches('.'));
    let argument = match member.kind {
        Kind::Word(words) => argument.value_parser(words.to_vec()),
        _ => argument,
    };
    if has_whole {
        argument.required(false).required_unless_present(WHOLE)
    } else {
        argument
    }
}

fn flag(member: &Member) -> Arg {
    let flag = Arg::new(member.name)
        .long(dashed(member.name))
        .value_name(placeholder(member.kind))
        .allow_negative_numbers(true)
        .help(member.about.trim_end_matches('.'));
    match member.kind {
        Kind::Word(words) => flag.value_parser(words.to_vec()).value_name("WORD"),
        Kind::Flag => flag
            .value_parser(["true", "false"])
            .num_args(0..=1)
            .default_missing_value("true"),
        _ => flag,
    }
}

const fn placeholder(kind: Kind) -> &'static str {
    match kind {
        Kind::Any | Kind::Defined(_) | Kind::List | Kind::ListOf(_) | Kind::Object => "JSON",
        Kind::Count => "N",
        Kind::Duration => "DURATION",
        Kind::Flag => "true|false",
        Kind::Moment => "TIME",
        Kind::Text => "TEXT",
        Kind::Texts => "TEXT,…",
        Kind::TextOrObject => "TEXT|{…}",
        Kind::Word(_) => "WORD",
    }
}

/// The names of a path's variables.
pub(super) fn variables(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// What `--json` was given.
pub(super) fn whole<'t>(verb: &Verb, typed: &'t ArgMatches) -> Option<&'t str> {
    let takes_it = verb.sends_body() && verb.only.is_none();
    takes_it
        .then(|| typed.get_one::<String>(WHOLE))?
        .map(String::as_str)
}

/// A member's name as a flag's.
pub(super) fn dashed(name: &str) -> String {
    name.replace('_', "-")
}

/// What a noun is about.
fn about(noun: &str) -> &'static str {
    let nouns = [
        ("accounts", "Accounts"),
        ("banks", "The banks of the process"),
        ("clients", "TPPs and their API keys"),
        ("clock", "The bank's time"),
        (
            "consents",
            "Consents, by the customer's and the bank's hand",
        ),
        ("customers", "Who banks there"),
        ("faults", "What the bank is to do wrong"),
        ("journeys", "What customers do when a TPP sends them"),
        ("keys", "Keys"),
        ("payments", "Payments"),
        ("requests", "The journal"),
        ("scenario", "What the bank plays"),
        ("snapshots", "Whole states, kept and restored"),
        ("tokens", "Tokens, made and ended by hand"),
        ("transactions", "Rows, put and moved by hand"),
    ];
    let known = nouns.iter().find(|(known, _)| *known == noun);
    known.map_or("More", |(_, about)| about)
}

/// The name of the argument of `--json`; no member is called so.
pub(super) const WHOLE: &str = "--json";
