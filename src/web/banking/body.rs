//! A JSON body held against its table, and read with typed questions; every fault is told at once.
//!
//! [`Body::read`] walks the table. A handler then reads what is well-formed, adds the faults that no table
//! can know of, and lets [`Body::judge`] decide: nothing is done before it says so.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::id::ConsentId;
use crate::json;
use crate::money::Amount;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;

use super::error::{Error, Fault, Kind, Place};
use super::shape::{Member, read_money, walk};

/// A body under reading.
#[derive(Debug)]
pub(super) struct Body {
    members: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Body {
    /// The body of a call, held against its table.
    ///
    /// # Errors
    /// 400 `invalid_format` when it is not one JSON object.
    pub(super) fn read(call: &Call<'_>, table: &[Member]) -> Result<Self, Error> {
        object(call).map(|members| Self::of(members, table))
    }

    /// An object held against a table.
    pub(super) fn of(members: Map<String, Value>, table: &[Member]) -> Self {
        let faults = walk(table, &members);
        Self { members, faults }
    }

    /// What stands at a pointer, if it has no fault.
    pub(super) fn value(&self, pointer: &str) -> Option<&Value> {
        let steps = pointer.strip_prefix('/')?.split('/');
        let mut members = steps.clone();
        let first = self.members.get(members.next()?)?;
        let value = members.try_fold(first, |value, step| value.get(step))?;
        let is_within = |at: &str| {
            let below = at.strip_prefix(pointer);
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        let is_faulty = |fault: &Fault| matches!(&fault.place, Place::Pointer(at) if is_within(at));
        (!self.faults.iter().any(is_faulty)).then_some(value)
    }

    /// Whether anything was sent at a pointer, well-formed or not.
    pub(super) fn has(&self, pointer: &str) -> bool {
        let steps = pointer.split('/').skip(1);
        let mut members = steps;
        let first = members.next().and_then(|step| self.members.get(step));
        first
            .is_some_and(|first| (members.try_fold(first, |value, step| value.get(step))).is_some())
    }

    /// A text without a fault.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.value(pointer)?.as_str()
    }

    /// The texts of a list without a fault.
    pub(super) fn texts(&self, pointer: &str) -> Option<impl Iterator<Item = &str>> {
        let items = self.value(pointer)?.as_array()?;
        Some(items.iter().filter_map(Value::as_str))
    }

    /// A yes or no without a fault.
    pub(super) fn boolean(&self, pointer: &str) -> Option<bool> {
        self.value(pointer)?.as_bool()
    }

    /// A date-time without a fault.
    pub(super) fn timestamp(&self, pointer: &str) -> Option<Timestamp> {
        Timestamp::parse(self.text(pointer)?).ok()
    }

    /// Money without a fault.
    pub(super) fn money(&self, pointer: &str) -> Option<Amount> {
        read_money(self.value(pointer)?)?.ok()
    }

    /// Whether the consent it names, if any, is the one its call is made under.
    pub(super) fn expect_consent(&mut self, consent: &ConsentId) {
        let pointer = "/consent_id";
        if self
            .text(pointer)
            .is_some_and(|named| named != consent.as_str())
        {
            let message = format!("must be {consent}, which X-Consent-ID names");
            self.fault(Kind::InvalidField, pointer, message);
        }
    }

    /// Adds a fault that the table could not know of.
    pub(super) fn fault(&mut self, kind: Kind, pointer: &str, message: impl Into<String>) {
        self.faults.push(fault(kind, pointer, message));
    }

    /// The members as they were sent, or a refusal with every fault, in document order.
    ///
    /// # Errors
    /// 400 with the first fault's word.
    pub(super) fn judge(self, call: &mut Call<'_>) -> Result<Map<String, Value>, Error> {
        let members = self.finish();
        let members = members.map_err(|faults| Error::of_faults(&BODY, faults))?;
        call.trail.passed(&BODY);
        Ok(members)
    }

    /// The members as they were sent, or every fault, in document order.
    ///
    /// # Errors
    /// The faults, of which there is one at least.
    pub(super) fn finish(mut self) -> Result<Map<String, Value>, Vec<Fault>> {
        if self.faults.is_empty() {
            return Ok(self.members);
        }
        let document = Value::Object(self.members);
        self.faults.sort_by_cached_key(|fault| match &fault.place {
            Place::Pointer(pointer) => position(&document, pointer),
            _ => Vec::new(),
        });
        Err(self.faults)
    }
}

/// The body as an object.
///
/// # Errors
/// 400 `invalid_format` when it is not one JSON object.
pub(super) fn object(call: &Call<'_>) -> Result<Map<String, Value>, Error> {
    json::read_object(&call.request.body).map_err(|error| {
        let fault = fault(Kind::InvalidFormat, "", error.to_string());
        Error::of_fault(&BODY, fault)
    })
}

/// The refusal of a body that passed its table and still cannot be read: a second lock on the same door.
pub(super) fn unread() -> Error {
    let mismatch = Mismatch::new("every required member", "a body that lacks one");
    Kind::InvalidField.because(&BODY, mismatch)
}

/// A fault at a member.
pub(super) fn fault(kind: Kind, pointer: &str, message: impl Into<String>) -> Fault {
    Fault {
        kind,
        message: message.into(),
        place: Place::Pointer(pointer.to_owned()),
    }
}

/// Where a pointer leads, step by step; what is not there comes after everything that is.
fn position(document: &Value, pointer: &str) -> Vec<usize> {
    let mut value = Some(document);
    let mut place = Vec::new();
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        let (index, next) = match value {
            Some(Value::Object(object)) => {
                let index = object.keys().position(|key| *key == name);
                (index, object.get(&name))
            }
            Some(Value::Array(items)) => {
                let index = name.parse().ok();
                (index, index.and_then(|index: usize| items.get(index)))
            }
            _ => (None, None),
        };
        place.push(index.unwrap_or(usize::MAX));
        value = next;
    }
    place
}

/// Also the rule of faults that only show when members are compared.
pub(super) static BODY: Rule = Rule {
    name: "request.body",
    clause: "Hamster Bank API, sections 1, 8 and 15",
    sentence: "The body is a JSON object, every member has its form, and none is unknown.",
};

#[cfg(test)]
mod tests {
    use super::super::shape::{Shape, optional, required};
    use super::*;

    static INNER: &[Member] = &[
        required("first", Shape::Boolean),
        optional("second", Shape::DateTime),
    ];
    static TABLE: &[Member] = &[
        optional("inner", Shape::Object(INNER)),
        optional("text", Shape::Text { max: 5 }),
    ];

    fn body(text: &str) -> Body {
        Body::of(json::read_object(text.as_bytes()).unwrap(), TABLE)
    }

    #[test]
    fn what_has_a_fault_reads_as_absent() {
        let body = body(r#"{"inner":{"first":1,"second":"2025-01-02"},"text":"abcdef"}"#);
        assert_eq!(body.boolean("/inner/first"), None);
        assert!(body.timestamp("/inner/second").is_some());
        assert_eq!(body.value("/inner"), None);
        assert_eq!(body.text("/text"), None);
        assert_eq!(body.text("/absent"), None);
    }

    #[test]
    fn a_place_in_the_document_orders_what_the_table_and_the_handler_found() {
        let document = serde_json::json!({ "b": { "x": 1 }, "a/b": [1, 2] });
        let mut pointers = [
            "/missing", "/a~1b/1", "/b/y", "/a~1b", "/b/x", "/b", "/a~1b/0",
        ];
        pointers.sort_by_key(|pointer| position(&document, pointer));
        assert_eq!(
            pointers,
            [
                "/b", "/b/x", "/b/y", "/a~1b", "/a~1b/0", "/a~1b/1", "/missing"
            ]
        );
    }
}
