//! Back to the beginning, or to a moment that was kept: POST `/reset`, and `/snapshots`.

use http::StatusCode;
use serde_json::json;

use crate::wire::reply::Reply;

use super::error::Problem;
use super::{ControlCall, clock_json};

/// POST `/reset`: the scenario's first state. The answer tells what time it is there.
pub(super) fn reset(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    call.branch
        .reset()
        .map_err(|error| Problem::failed(error.to_string()))?;
    let body = json!({ "clock": clock_json(&call.branch.bank()) });
    Ok(Reply::json(StatusCode::OK, &body))
}

/// POST `/snapshots`.
pub(super) fn make_snapshot(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let kept = call.branch.keep().map_err(|error| {
        let words = ("too_many_snapshots", "The bank keeps no more snapshots");
        Problem::new(StatusCode::CONFLICT, words, error.to_string())
    });
    let (id, at) = kept?;
    let body = json!({ "id": id, "at": at.to_string() });
    Ok(Reply::json(StatusCode::CREATED, &body))
}

/// POST `/snapshots/{snapshot_id}/restore`; it can be restored again.
pub(super) fn restore_snapshot(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let id = call.variable("snapshot_id");
    let at = call.branch.restore(id);
    let at = at.ok_or_else(|| unknown(id))?;
    Ok(Reply::json(
        StatusCode::OK,
        &json!({ "id": id, "at": at.to_string() }),
    ))
}

/// DELETE `/snapshots/{snapshot_id}`.
pub(super) fn delete_snapshot(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let id = call.variable("snapshot_id");
    if call.branch.forget(id) {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    }
    Err(unknown(id))
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(&format!("snapshot {id:?}"))
}
