//! `hamsterbank faults`: the handbook of what the bank can do wrong on purpose, from the very catalogue that
//! does it.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::fault::catalogue::{self, Acts, Entry, Leaves, Nature};
use crate::fault::condition::Phase;
use crate::fault::write;
use crate::scenario::nearest;

use super::failure::Failure;
use super::output;
use super::typed::Form;

/// Flags of `faults`.
#[derive(Args, Debug)]
pub(super) struct FaultsArgs {
    /// A fault, such as `token.expired_early`, or a family, such as `token`
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,
    /// The form of stdout
    #[arg(
        long,
        value_name = "FORM",
        env = "HAMSTERBANK_OUTPUT",
        default_value = "human"
    )]
    pub(super) output: Form,
}

/// Prints all of it, a family, or one fault whole.
pub(super) fn run(arguments: &FaultsArgs, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let entries = match &arguments.id {
        None => catalogue::all().collect(),
        Some(id) => named(id)?,
    };
    let text = match (arguments.output, &arguments.id) {
        (Form::Json, _) => {
            let items: Vec<_> = entries.into_iter().map(write::entry).collect();
            format!("{}\n", json!({ "items": items }))
        }
        (Form::Human, None) => contents(&entries),
        (Form::Human, Some(_)) => {
            let pages: Vec<_> = entries.iter().map(|entry| page(entry)).collect();
            format!("{}{}", pages.join("\n"), to_have(&entries))
        }
    };
    output::write(out, text.as_bytes())
}

/// The fault of this id, or all below a prefix.
fn named(id: &str) -> Result<Vec<&'static Entry>, Failure> {
    let is_below = |entry: &&Entry| {
        let rest = entry.id.strip_prefix(id);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let entries: Vec<_> = match catalogue::find(id) {
        Some(entry) => vec![entry],
        None => catalogue::all().filter(is_below).collect(),
    };
    if !entries.is_empty() {
        return Ok(entries);
    }
    let families = catalogue::all().map(Entry::family);
    let known = catalogue::all().map(|entry| entry.id).chain(families);
    let advice = match nearest(id, known) {
        Some(near) => format!("did you mean {near}?"),
        None => "`hamsterbank faults` lists them".to_owned(),
    };
    Err(Failure::usage(format!("there is no fault {id}; {advice}")))
}

/// Family by family, a line or two each.
fn contents(entries: &[&'static Entry]) -> String {
    let mut text = String::new();
    let mut family = "";
    for entry in entries {
        if entry.family() != family {
            family = entry.family();
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.extend([format!("{}\n", family.to_uppercase())]);
        }
        text.extend([format!(
            "  {}\n{}",
            entry.id,
            folded(entry.summary, "      ")
        )]);
    }
    text.extend([format!(
        "\n{} faults. `hamsterbank faults ID` tells one whole: parameters, clause, what a right \
         client does.\n",
        entries.len()
    )]);
    text
}

/// One fault, whole.
fn page(entry: &Entry) -> String {
    let mut text = format!("{}\n\n{}\n", entry.id, folded(entry.summary, "  "));
    let routes = if entry.is_of_connections() {
        "connections, before there is a request".to_owned()
    } else {
        entry.routes.join(", ")
    };
    for (what, told) in [
        ("Breaks", entry.clause),
        ("Acts on", &routes),
        ("Acts", acts(entry)),
        ("The bank", leaves(entry)),
    ] {
        text.extend([format!(
            "  {what:<9} {}",
            folded(told, "            ").trim_start()
        )]);
    }
    text.push_str("\n  A right client\n");
    text.push_str(&folded(entry.right_client, "    "));
    text.push_str(&parameters(entry));
    text
}

/// How one has any of these.
fn to_have(entries: &[&'static Entry]) -> String {
    let id = match entries {
        [one] => one.id,
        _ => "ID",
    };
    let rule = json!({"when": {"times": 1}, "then": [{"fault": id}]});
    let mut text = format!(
        "\n  Once\n    hamsterbank ctl faults arm {id} --times 1\n    curl http://localhost:8444/faults -H \
         'content-type: application/json' -d '{rule}'\n"
    );
    if !entries.iter().all(|entry| entry.is_of_connections()) {
        text.extend([format!(
            "  On one request, by that request itself\n    x-hamster-fault: {id}\n"
        )]);
    }
    text
}

fn acts(entry: &Entry) -> &'static str {
    match (entry.nature, entry.phases, entry.acts) {
        (_, _, Acts::Connection(_)) => "alone, when a connection is made",
        (Nature::Modifier(_), ..) => {
            "beside others: the call goes its way, and one thing about the answer is wrong"
        }
        (Nature::Exclusive, [Phase::Before, Phase::After], _) => {
            "alone, instead of the call, or with `phase: after` when the call has done its work"
        }
        (Nature::Exclusive, [Phase::After, ..], _) => "alone, when the call has done its work",
        (Nature::Exclusive, _, Acts::Twist(_)) => {
            "alone, where the bank would have given what was asked"
        }
        (Nature::Exclusive, ..) => "alone, instead of the call",
    }
}

/// What the bank is like afterwards: by the fault, else by the call.
fn leaves(entry: &Entry) -> &'static str {
    match (entry.leaves, entry.nature, entry.phases) {
        (Leaves::ForGood, ..) => "is different afterwards, and stays so over a reset",
        (Leaves::UntilReset, ..) => "is different afterwards: a reset takes it back",
        (Leaves::Nothing, Nature::Modifier(_), _)
        | (Leaves::Nothing, Nature::Exclusive, [Phase::After, ..]) => {
            "is as the call would have left it without the fault"
        }
        (Leaves::Nothing, Nature::Exclusive, [Phase::Before, Phase::After]) => {
            "is as it was; with `phase: after`, as the call would have left it without the fault"
        }
        (Leaves::Nothing, Nature::Exclusive, _) => "is as it was",
    }
}

fn parameters(entry: &Entry) -> String {
    if entry.parameters.is_empty() {
        return String::new();
    }
    let mut text = "\n  Parameters\n".to_owned();
    for parameter in entry.parameters {
        let default = match parameter.default_value() {
            None => String::new(),
            Some(Value::String(text)) => format!("; {text} by itself"),
            Some(other) => format!("; {other} by itself"),
        };
        text.extend([format!("    {}\n", parameter.name)]);
        let right = format!("{}{default}.", parameter.kind.expected());
        text.push_str(&folded(
            &format!("{} Takes {right}", parameter.about),
            "      ",
        ));
    }
    text
}

/// A text in lines that fit a terminal, each behind `indent`.
fn folded(text: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = indent.to_owned();
    for word in text.split_whitespace() {
        if line.len() > indent.len() && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push_str(&line);
            lines.push('\n');
            indent.clone_into(&mut line);
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    format!("{lines}{line}\n")
}

/// What most terminals have room for.
const COLUMNS: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_the_handbook_is_too_long_and_every_fault_is_in_it() {
        let all: Vec<_> = catalogue::all().collect();
        let contents = contents(&all);
        for entry in all {
            assert!(
                contents.contains(&format!("  {}\n", entry.id)),
                "{}",
                entry.id
            );
            let page = page(entry);
            assert!(page.starts_with(entry.id) && page.ends_with('\n'));
            for line in contents.lines().chain(page.lines()) {
                assert!(line.chars().count() <= 108, "{line}");
            }
        }
    }

    #[test]
    fn a_prefix_means_all_below_it_and_a_strange_name_gets_the_nearest() {
        assert_eq!(named("id_token.nonce").unwrap().len(), 2);
        assert_eq!(named("token.lifetime").unwrap().len(), 1);
        assert!(named("token").unwrap().len() > 5);
        let failure = named("token.lifetim").unwrap_err();
        assert!(
            failure.message().contains("did you mean token.lifetime?"),
            "{failure:?}"
        );
        assert!(named("zzz").is_err());
    }
}
