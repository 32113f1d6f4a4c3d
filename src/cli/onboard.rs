//! `hamsterbank onboard`: everything a TPP needs to register, as files, and the lines that do it.
//!
//! A running bank makes the kit when `--control` names one; then its directory knows the software and
//! nothing is left to do but to register. Otherwise the kit is made here, with keys, a CA and a directory
//! that are all its own, which a bank must be told to trust.

mod alone;
mod steps;
mod typed;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::directory::{Onboarding, kit_files};
use crate::oauth::registration::statement::word_of;
use crate::tpp::call::Answer;

use super::control::Control;
use super::failure::Failure;
use super::folder::{Folder, Found};
use super::output;
use super::typed::{ControlArgs, Form};

pub(super) use typed::OnboardArgs;

/// Makes a kit and writes it.
pub(super) async fn run(
    arguments: &OnboardArgs,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let may_hold = Found::Kit {
        names: NAMES,
        may_replace: arguments.replace,
    };
    // First: a bank should know of no kit that then cannot be written.
    let folder = Folder::prepare(&arguments.out, may_hold)?;
    let onboarding = arguments.onboarding(folder.root())?;
    let document = match &arguments.control {
        Some(url) => {
            let bank = ControlArgs {
                control: url.clone(),
                control_token: arguments.control_token.clone(),
            };
            ask(&Control::new(&bank)?, &onboarding).await?
        }
        None => alone::kit(arguments, &onboarding)?,
    };
    let summary = summary(&document);
    fill(&folder, &document, &summary)?;
    let root = folder.root().to_owned();
    folder.publish()?;
    let told = match arguments.output {
        Form::Human => steps::page(&summary, &root),
        Form::Json => format!("{}\n", listing(&document, summary, &root)),
    };
    output::write(out, told.as_bytes())
}

/// Has a bank make the kit.
async fn ask(
    control: &Control<'_>,
    onboarding: &Onboarding,
) -> Result<Map<String, Value>, Failure> {
    let call = control.post("/onboard", wishes(onboarding));
    let answer: Answer = control.ask(&call).await?;
    match (answer.status, answer.json()) {
        (StatusCode::CREATED, Ok(Value::Object(document))) => Ok(document),
        _ => Err(control.refused(&answer)),
    }
}

/// What the control API is asked for.
fn wishes(onboarding: &Onboarding) -> Value {
    let roles: Vec<_> = onboarding.roles.iter().map(|role| word_of(*role)).collect();
    let mut wishes = json!({
        "name": onboarding.name,
        "roles": roles,
        "redirect_uris": onboarding.redirect_uris,
        "token_endpoint_auth_method": onboarding.token_endpoint_auth_method.as_str(),
        "signing_alg": onboarding.signing_alg.as_str(),
    });
    if let (Some(flaw), Some(wishes)) = (onboarding.flaw, wishes.as_object_mut()) {
        wishes.insert("flaw".to_owned(), flaw.as_str().into());
    }
    wishes
}

fn fill(
    folder: &Folder,
    document: &Map<String, Value>,
    summary: &Map<String, Value>,
) -> Result<(), Failure> {
    for file in kit_files(document) {
        folder.write(file.name, file.contents.as_bytes(), file.is_private)?;
    }
    let pretty = serde_json::to_string_pretty(summary).unwrap_or_default();
    folder.write(SUMMARY, format!("{pretty}\n").as_bytes(), false)?;
    folder.write(README, steps::readme(document, summary).as_bytes(), false)?;
    // Private keys have no place in version control, not even these.
    folder.write(GITIGNORE, b"*\n", false)
}

/// What of a kit's document stands in no file of its own.
fn summary(document: &Map<String, Value>) -> Map<String, Value> {
    let in_files: Vec<_> = kit_files(document)
        .into_iter()
        .map(|file| file.member)
        .collect();
    let made_by = concat!("hamsterbank ", env!("CARGO_PKG_VERSION"));
    let rest = document
        .iter()
        .filter(|(name, _)| !in_files.contains(&name.as_str()));
    let rest = rest.map(|(name, value)| (name.clone(), value.clone()));
    std::iter::once(("made_by".to_owned(), made_by.into()))
        .chain(rest)
        .collect()
}

/// The summary with the absolute paths of the files, named as the ready document names them.
fn listing(document: &Map<String, Value>, summary: Map<String, Value>, root: &Path) -> Value {
    let mut listing = summary;
    for file in kit_files(document) {
        let path = root.join(file.name).display().to_string();
        listing.insert(file.path_member(), path.into());
    }
    Value::Object(listing)
}

const SUMMARY: &str = "kit.json";
const README: &str = "README.txt";
const GITIGNORE: &str = ".gitignore";

/// All that may lie in a kit: its files, and the bank's answer where the lines in it put that. The first
/// says that it is one.
const NAMES: &[&str] = &[
    SUMMARY,
    README,
    GITIGNORE,
    "ca.pem",
    "client.json",
    "directory.jwks.json",
    "jwks.json",
    "registration.json",
    "signing.jwk.json",
    "signing.key",
    "signing.pem",
    "software_statement.jwt",
    "tpp-ca.pem",
    "transport.key",
    "transport.pem",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Flaw, KIT_FILES};

    #[test]
    fn every_file_of_a_kit_may_be_replaced() {
        for (name, ..) in KIT_FILES {
            assert!(NAMES.contains(name), "{name}");
        }
    }

    #[test]
    fn a_bank_is_asked_for_what_was_typed() {
        let onboarding = Onboarding {
            flaw: Some(Flaw::ExpiredSsa),
            ..Onboarding::named("Willow")
        };
        let wishes = wishes(&onboarding);
        assert_eq!(wishes["name"], "Willow");
        assert_eq!(wishes["roles"], json!(["AISP", "PISP", "CBPII"]));
        assert_eq!(wishes["flaw"], "expired_ssa");
        assert!(super::wishes(&Onboarding::named("W")).get("flaw").is_none());
    }
}
