//! Reading a JSON body member by member, so that every fault is told at once, with where it stands.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::json;
use crate::rule::Rule;
use crate::web::call::Call;

use super::error::{Error, Fault, Kind, Place};

/// The body as an object.
///
/// # Errors
/// 400 `invalid_format` when it is not one JSON object.
pub(super) fn object(call: &mut Call<'_>) -> Result<Map<String, Value>, Error> {
    match json::read_object(&call.request.body) {
        Ok(object) => Ok(object),
        Err(error) => Err(Error::of_fault(
            &BODY,
            fault(Kind::InvalidFormat, "", error.to_string()),
        )),
    }
}

/// Passes the members read, or refuses with every fault found among them.
pub(super) fn judge<T>(call: &mut Call<'_>, read: T, faults: Vec<Fault>) -> Result<T, Error> {
    if faults.is_empty() {
        call.trail.passed(&BODY);
        return Ok(read);
    }
    Err(Error::of_faults(&BODY, faults))
}

/// A fault at a member.
pub(super) fn fault(kind: Kind, pointer: &str, message: impl Into<String>) -> Fault {
    Fault {
        kind,
        message: message.into(),
        place: Place::Pointer(pointer.to_owned()),
    }
}

/// A member's name as a step of a pointer (RFC 6901, section 3).
pub(super) fn pointer_to(member: &str) -> String {
    format!("/{}", member.replace('~', "~0").replace('/', "~1"))
}

/// A member that is a text.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, Fault> {
    match value.as_str() {
        Some("") => Err(fault(Kind::InvalidField, pointer, "must not be empty")),
        Some(text) if text.chars().any(char::is_control) => Err(fault(
            Kind::InvalidField,
            pointer,
            "must hold no control characters",
        )),
        Some(text) => Ok(text),
        None => {
            let message = format!("must be a string, not {}", json::kind(value));
            Err(fault(Kind::InvalidField, pointer, message))
        }
    }
}

/// A member that is a date-time, or a date.
pub(super) fn timestamp(value: &Value, pointer: &str) -> Result<Timestamp, Fault> {
    let text = text(value, pointer)?;
    Timestamp::parse(text).map_err(|error| fault(Kind::InvalidDate, pointer, error.to_string()))
}

/// Also the rule of faults that only show when members are compared.
pub(super) static BODY: Rule = Rule {
    name: "request.body",
    clause: "Hamster Bank API, sections 1, 8 and 15",
    sentence: "The body is a JSON object, every member has its form, and none is unknown.",
};
