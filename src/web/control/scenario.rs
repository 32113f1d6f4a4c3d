//! `/scenario`: what the bank plays, read back, replaced, and read again.

use http::StatusCode;
use serde_json::Value;

use crate::bank::opening::OpeningError;
use crate::json;
use crate::web::banks::reload::ReloadFault;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::banks::order;
use super::error::Problem;

/// GET `/scenario`: a scenario that loads again to the bank as it opened, with all that was left out.
pub(super) fn show_scenario(call: &ControlCall<'_>) -> Reply {
    // Not the call's own: after a change, the bank that stands there now.
    let bank = call.branch.bank();
    let began = bank.clock.start().unwrap_or(bank.opened_at);
    let document = bank.origin.scenario.document_of(began);
    Reply::json(StatusCode::OK, &document)
}

/// PUT `/scenario`: a scenario, or the name of a built-in one.
pub(super) async fn replace_scenario(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let document = json::read(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    let scenario = match &document {
        Value::Object(_) | Value::String(_) => order::scenario_of(&document, "")?,
        other => {
            let expected = "a scenario, or the name of a built-in one";
            return Err(Problem::invalid("", expected, json::kind(other).to_owned()));
        }
    };
    let replaced = call.place.replace(scenario).await;
    replaced.map_err(|fault| problem(&fault))?;
    Ok(show_scenario(call))
}

/// POST `/scenario/reload`: what the bank was opened with, read again.
pub(super) async fn reload_scenario(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let reloaded = call.banks.reload(call.place).await;
    reloaded.map_err(|fault| problem(&fault))?;
    Ok(show_scenario(call))
}

fn problem(fault: &ReloadFault) -> Problem {
    match fault {
        ReloadFault::Scenario(error) => Problem::of_scenario(error, ""),
        ReloadFault::Opening(OpeningError::Misfit(misfit)) => {
            Problem::invalid(&misfit.pointer(), misfit.expected, misfit.to_string())
        }
        ReloadFault::Opening(error) => {
            let words = (
                "scenario_unusable",
                "No bank can be opened with this scenario",
            );
            Problem::new(StatusCode::CONFLICT, words, error.to_string())
        }
    }
}
