//! `/banks`: further banks in this process, opened and closed.

pub(super) mod order;

use http::StatusCode;
use serde_json::{Value, json};

use crate::bank::opening::OpeningError;
use crate::web::banks::opening::OpenFault;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;

/// POST `/banks`: 201 with its ready document.
pub(super) async fn open_bank(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let order = order::read(&call.request.body, call.banks.usual())?;
    let place = call
        .banks
        .open(order)
        .await
        .map_err(|fault| problem(&fault))?;
    Ok(Reply::json(StatusCode::CREATED, &place.ready_now()))
}

/// GET `/banks`.
pub(super) fn list_banks(call: &ControlCall<'_>) -> Reply {
    let banks = call.banks.list();
    let items: Vec<Value> = banks.iter().map(|place| place.summary()).collect();
    Reply::json(StatusCode::OK, &json!({ "items": items }))
}

/// DELETE `/banks/{bank}`.
pub(super) async fn close_bank(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let name = call.variable("bank");
    if name == call.banks.main().name {
        let words = ("main_bank", "The main bank ends with its process");
        let detail = format!("{name} is the bank this process was started for");
        return Err(Problem::new(StatusCode::CONFLICT, words, detail));
    }
    if call.banks.close(name).await {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    }
    Err(Problem::not_found(&format!("bank {name:?}")))
}

fn problem(fault: &OpenFault) -> Problem {
    let detail = fault.to_string();
    match fault {
        OpenFault::Bind(_) => {
            let words = ("address_unavailable", "Nobody can listen there");
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
        OpenFault::Full => {
            let words = ("too_many_banks", "There is room for no more banks");
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
        OpenFault::NameTaken(_) => {
            let words = ("name_taken", "Another bank has the name");
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
        OpenFault::NoListeners => Problem::invalid("/at", "path", detail),
        OpenFault::Opening(OpeningError::Trust { .. }) => {
            Problem::invalid("/scenario", "files that can be read", detail)
        }
        OpenFault::Opening(OpeningError::Misfit(misfit)) => {
            let pointer = format!("/scenario{}", misfit.pointer());
            Problem::invalid(&pointer, misfit.expected, misfit.to_string())
        }
        OpenFault::Doors(_) | OpenFault::Opening(_) | OpenFault::Store(_) => {
            Problem::failed(detail)
        }
    }
}
