//! `hamsterbank checks`: what the bank enforces, from the very tables that enforce it.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::web::control::checks::described;
use crate::web::rules::{self, Listed};

use super::failure::Failure;
use super::output;
use super::typed::{ChecksArgs, Form};

/// Prints the list.
pub(super) fn run(arguments: &ChecksArgs, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let rules = rules::all();
    let text = match arguments.output {
        Form::Human => page(&rules),
        Form::Json => {
            let items: Vec<_> = rules.iter().map(|listed| described(listed, None)).collect();
            format!("{}\n", json!({ "items": items }))
        }
    };
    output::write(out, text.as_bytes())
}

fn page(rules: &[Listed]) -> String {
    let head = ["CHECK", "PROFILE", "WHERE", "STANDARD AND SECTION"].map(str::to_owned);
    let rows = rules.iter().map(|listed| {
        [
            listed.rule.name.to_owned(),
            listed.reach.as_str().to_owned(),
            places(listed).join(", "),
            listed.rule.clause.to_owned(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    format!(
        "{}\n{} checks. Those marked `always` cannot be switched off; of the others a scenario may name \
         some under\n`bank.lenient`, one by one (pkce.verifier) or a family at once (pkce).\n",
        output::table(&rows),
        rules.len(),
    )
}

fn places(listed: &Listed) -> Vec<&'static str> {
    listed.places.iter().map(|place| place.as_str()).collect()
}
