//! `ctl scenario replace NAME|FILE`: a scenario is named, or written in a file, as everywhere else. What the
//! other commands type member by member would be a bank in a line.

use std::io::Read as _;

use clap::{Arg, ArgMatches, Command};
use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::serve::plan;

/// The route this is the command of.
pub(super) const ROUTE: &str = "control.scenario.replace";

/// The command.
pub(super) fn command(command: Command) -> Command {
    let scenario = Arg::new(SCENARIO).required(true).value_name("NAME|FILE|-");
    command.arg(scenario.help("A built-in scenario's name, a YAML or JSON file, or - for stdin"))
}

/// The body of the call.
pub(super) fn body(typed: &ArgMatches) -> Result<Value, Failure> {
    let said = typed.get_one::<String>(SCENARIO).map_or("", String::as_str);
    scenario(said)
}

/// A scenario as the control API takes it: a name, or what is written in a file.
pub(super) fn scenario(said: &str) -> Result<Value, Failure> {
    if said != "-" && !plan::names_file(said) {
        return Ok(said.into());
    }
    let text = if said == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(said)
    };
    let text = text.map_err(|error| Failure::usage(format!("cannot read {said}: {error}")))?;
    // A text of one line would be a name.
    Ok(format!("{text}\n").into())
}

const SCENARIO: &str = "scenario";
