//! Refusals of the control API: problem details (RFC 9457) with what was expected and the nearest right name.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::Value;

use crate::scenario::{Error, Mistake, Scenario};
use crate::web::banking::error::{Fault, Place};
use crate::wire::reply::Reply;

/// A refusal; boxed, so that the answers it is an alternative to stay small.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Details>);

#[derive(Clone, Debug, Serialize)]
struct Details {
    #[serde(rename = "status", serialize_with = "as_number")]
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FaultDetails>,
}

/// One of several faults.
#[derive(Clone, Debug, Serialize)]
struct FaultDetails {
    code: &'static str,
    detail: String,
    pointer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
}

impl Problem {
    /// A refusal with this status and word.
    pub(crate) fn new(
        status: StatusCode,
        (code, title): (&'static str, &'static str),
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Details {
            status,
            code,
            title,
            detail: detail.into(),
            pointer: None,
            expected: None,
            nearest: None,
            errors: Vec::new(),
        }))
    }

    /// The same, with what was expected.
    #[must_use]
    pub(crate) fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// 422: something has a value it cannot have.
    pub(crate) fn invalid(pointer: &str, expected: impl Into<String>, detail: String) -> Self {
        let words = ("invalid_value", "A value is not one it may be");
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, words, detail);
        problem.0.pointer = Some(pointer.to_owned());
        problem.0.expected = Some(expected.into());
        problem
    }

    /// 422: a name nobody knows, with the nearest one that is known.
    pub(crate) fn unknown_name(pointer: &str, name: &str, known: &[&str]) -> Self {
        let nearest = known
            .iter()
            .max_by_key(|candidate| similarity_per_mille(name, candidate))
            .filter(|candidate| similarity_per_mille(name, candidate) >= NEAR_PER_MILLE);
        let words = ("unknown_name", "A name is not known");
        let detail = format!("{name:?} is not known here");
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, words, detail);
        problem.0.pointer = Some(pointer.to_owned());
        problem.0.expected = Some(match known {
            [] => "none".to_owned(),
            known => format!("one of {}", known.join(", ")),
        });
        problem.0.nearest = nearest.map(|&nearest| nearest.to_owned());
        problem
    }

    /// 422: a scenario is wrong; the first mistake leads, and each says where it is below `pointer`.
    pub(crate) fn of_scenario(error: &Error, pointer: &str) -> Self {
        match error {
            Error::UnknownName { name, .. } => {
                let known: Vec<_> = Scenario::builtin_names().collect();
                Self::unknown_name(pointer, name, &known)
            }
            Error::Unreadable { .. } => {
                let words = ("scenario_unreadable", "The scenario cannot be read");
                let detail = error.to_string();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, words, detail)
            }
            Error::Wrong(mistakes) => {
                let told: Vec<_> = mistakes.iter().map(|it| it.told(pointer)).collect();
                let expected = "a scenario without mistakes".to_owned();
                let mut problem = match mistakes.first() {
                    Some(first) => Self::of_mistake(first, pointer),
                    None => Self::invalid(pointer, expected, error.to_string()),
                };
                problem.0.errors = told;
                problem
            }
        }
    }

    /// 422: an entry of a scenario that came by itself is wrong, as a scenario's author is told it.
    pub(crate) fn of_entry(mistake: &Mistake) -> Self {
        Self::of_mistake(mistake, "")
    }

    fn of_mistake(mistake: &Mistake, pointer: &str) -> Self {
        let told = mistake.told(pointer);
        let title = match told.code {
            UNKNOWN_NAME => "A name is not known",
            _ => "A value is not one it may be",
        };
        let words = (told.code, title);
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, words, told.detail);
        problem.0.pointer = Some(told.pointer);
        problem.0.expected = told.expected;
        problem.0.nearest = told.nearest;
        problem
    }

    /// 422: faults of a body of the bank's own API, each with where it stands; the first one leads.
    pub(super) fn of_faults(faults: &[Fault]) -> Self {
        let told = |fault: &Fault| FaultDetails {
            code: fault.kind.code(),
            detail: fault.message.clone(),
            pointer: match &fault.place {
                Place::Pointer(pointer) => pointer.clone(),
                Place::Header(name) => (*name).to_owned(),
                Place::Parameter(name) => name.clone(),
            },
            expected: None,
            nearest: None,
        };
        let Some(first) = faults.first().map(told) else {
            let words = ("invalid_field", "The body cannot be read");
            return Self::new(StatusCode::UNPROCESSABLE_ENTITY, words, "");
        };
        let words = (first.code, "The bank's own API would refuse the body");
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, words, first.detail);
        problem.0.pointer = Some(first.pointer);
        problem.0.errors = faults.iter().map(told).collect();
        problem
    }

    /// 400: the body is not a JSON object.
    pub(crate) fn not_json(error: &crate::json::NotJson) -> Self {
        let words = ("invalid_json", "The body is not a JSON object");
        Self::new(StatusCode::BAD_REQUEST, words, error.to_string())
    }

    /// 500: the bank could not do it, through no fault of the caller's.
    pub(crate) fn failed(detail: String) -> Self {
        let words = ("failed", "The bank could not do it");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, words, detail)
    }

    /// 500: a mistake of ours, with the message it ended in.
    pub(super) fn bug(message: &str) -> Self {
        let words = ("bug", "The bank made a mistake; please report it");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, words, message)
    }

    /// 404: no such path, or nothing under that id.
    pub(crate) fn not_found(what: &str) -> Self {
        let words = ("not_found", "There is no such thing");
        Self::new(
            StatusCode::NOT_FOUND,
            words,
            format!("{what} is not known here"),
        )
    }

    /// 405.
    pub(crate) fn method_not_allowed(method: &str, allowed: &str) -> Self {
        let words = ("method_not_allowed", "The path does not know this method");
        let detail = format!("{method} is not served here");
        let mut problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, words, detail);
        problem.0.expected = Some(allowed.to_owned());
        problem
    }

    /// A problem's document in words, for whoever does not read JSON: the first fault, then each other one on a
    /// line of its own. None when the document is no problem.
    pub(crate) fn in_words(document: &Value) -> Option<String> {
        let mut words = words_of(document)?;
        let errors = document.get("errors").and_then(Value::as_array);
        for other in errors.into_iter().flatten().skip(1).filter_map(words_of) {
            words.push_str("\nbesides: ");
            words.push_str(&other);
        }
        Some(words)
    }

    /// The answer.
    pub(crate) fn reply(&self) -> Reply {
        Reply::json(self.0.status, &self.0).with_header(CONTENT_TYPE, "application/problem+json")
    }
}

/// One fault: where, what is wrong, and what would be right, as far as that was not said yet. A long list of
/// names is left out when the one that was meant is known.
fn words_of(fault: &Value) -> Option<String> {
    let member = |name| fault.get(name).and_then(Value::as_str);
    let detail = member("detail")?;
    let said = |name| member(name).filter(|text| !text.is_empty());
    let nearest = said("nearest");
    let proposes = detail.contains("did you mean");
    let told = detail.replace('`', "");
    let expected = said("expected")
        .filter(|text| nearest.is_none() || !proposes && text.len() <= EXPECTED_LENGTH_MAX)
        .filter(|text| !told.contains(&format!("expected {text}")));
    let mut words = String::new();
    for (before, text, after) in [
        ("", said("pointer"), ": "),
        ("", Some(detail), ""),
        ("; expected ", expected, ""),
        ("; did you mean ", nearest.filter(|_| !proposes), "?"),
    ] {
        if let Some(text) = text {
            words.extend([before, text, after]);
        }
    }
    Some(words)
}

impl Mistake {
    /// The mistake as one of several, somewhere below `pointer`.
    fn told(&self, pointer: &str) -> FaultDetails {
        let path = self.path.trim_start_matches('.');
        let below = match path {
            "" => String::new(),
            path => format!("/{}", path.replace(['.', '['], "/").replace(']', "")),
        };
        FaultDetails {
            code: if self.is_unknown_name {
                UNKNOWN_NAME
            } else {
                "invalid_value"
            },
            detail: match self.line {
                Some(line) => format!("line {line}: {}", self.message),
                None => self.message.clone(),
            },
            pointer: format!("{pointer}{below}"),
            expected: self.expected.clone(),
            nearest: self.nearest.clone(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_arithmetic,
    reason = "the library measures likeness from 0.0 to 1.0, and there is no money in it"
)]
fn similarity_per_mille(one: &str, other: &str) -> u32 {
    (strsim::jaro_winkler(one, other) * 1000.0) as u32
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

const UNKNOWN_NAME: &str = "unknown_name";

/// About what two lines of a terminal hold.
const EXPECTED_LENGTH_MAX: usize = 160;

/// Names less alike than this are not worth proposing.
const NEAR_PER_MILLE: u32 = 750;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_misspelt_name_gets_the_nearest_and_a_strange_one_gets_none() {
        let known = ["advance", "freeze", "set"];
        let nearest = |name| Problem::unknown_name("/", name, &known).0.nearest;
        assert_eq!(nearest("advnace").as_deref(), Some("advance"));
        assert_eq!(nearest("xyzzy"), None);
    }

    #[test]
    fn where_nothing_is_known_nothing_is_expected() {
        let problem = Problem::unknown_name("/x", "x", &[]).0;
        assert_eq!(
            (problem.expected.as_deref(), problem.nearest),
            (Some("none"), None)
        );
    }

    #[test]
    fn a_document_is_told_with_all_that_it_knows_and_nothing_that_it_does_not() {
        for (document, words) in [
            (
                json!({ "detail": "\"advnace\" is not known here", "pointer": "/advnace",
                    "expected": "one of advance, set", "nearest": "advance" }),
                Some(
                    "/advnace: \"advnace\" is not known here; expected one of advance, set; \
                     did you mean advance?",
                ),
            ),
            (
                json!({ "detail": "no", "pointer": "", "expected": "a list" }),
                Some("no; expected a list"),
            ),
            (json!({ "detail": "no", "errors": [] }), Some("no")),
            (
                json!({ "detail": "a", "errors": [{ "detail": "a" }, { "detail": "b", "pointer": "/b" }] }),
                Some("a\nbesides: /b: b"),
            ),
            (
                json!({ "detail": "no", "expected": format!("one of {}", "x, ".repeat(99)), "nearest": "x" }),
                Some("no; did you mean x?"),
            ),
            (
                json!({ "detail": "expected a list, found 7", "expected": "a list", "pointer": "/x" }),
                Some("/x: expected a list, found 7"),
            ),
            (
                json!({ "detail": "unknown `a`; expected one of `b`, `c`", "expected": "one of b, c" }),
                Some("unknown `a`; expected one of `b`, `c`"),
            ),
            (
                json!({ "detail": "unknown `a`; did you mean `b`?", "nearest": "b", "expected": "b, c" }),
                Some("unknown `a`; did you mean `b`?"),
            ),
            (json!({ "message": "no" }), None),
            (json!("no"), None),
            (Value::Null, None),
        ] {
            assert_eq!(Problem::in_words(&document).as_deref(), words, "{document}");
        }
    }
}
