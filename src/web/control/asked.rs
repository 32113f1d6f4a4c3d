//! What a call says beside its path, held against the words of its operation before anything is done: a
//! misspelt parameter would be an answer to another question, and pass for one to this.

use http::StatusCode;

use crate::json;
use crate::wire::form::Form;
use crate::wire::request::Request;

use super::error::Problem;
use super::members::check_members;
use super::operations::{self, Takes};

/// The query of a call to the route of this name.
///
/// # Errors
/// When it cannot be read, or holds a parameter that the operation does not know; and when there is a body
/// where the operation takes none.
pub(super) fn read(route: &str, request: &Request) -> Result<Form, Problem> {
    let operation = operations::of(route).map(|(_, operation)| operation);
    let known = operation.map_or(&[][..], |operation| operation.query);
    let known: Vec<_> = known.iter().map(|member| member.name).collect();
    let query = request.head.query_form().map_err(|error| {
        let words = ("invalid_query", "The query cannot be read");
        Problem::new(StatusCode::BAD_REQUEST, words, error.to_string())
    })?;
    if let Some(unknown) = query.unknown(&known).next() {
        return Err(Problem::unknown_name(unknown, unknown, &known));
    }
    if operation.is_some_and(|operation| matches!(operation.takes, Takes::Nothing)) {
        takes_nothing(request)?;
    }
    Ok(query)
}

/// A call without members: an empty body, an empty object, or the `null` that some libraries write for none.
fn takes_nothing(request: &Request) -> Result<(), Problem> {
    if matches!(request.body.trim_ascii(), b"" | b"null") {
        return Ok(());
    }
    let body = json::read_object(&request.body).map_err(|error| Problem::not_json(&error))?;
    check_members("", &body, &[])
}
