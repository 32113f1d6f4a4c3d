//! A fault that a request asks for itself: `x-hamster-fault: <id>[; param=value]…`.
//!
//! It needs no rule and touches no counter, so that tests in parallel do not see each other's.

use std::sync::Arc;

use http::HeaderName;
use serde_json::Map;

use super::catalogue::{self, Entry};
use super::facts::Asked;
use super::read;
use super::rule::Act;

/// Whether calls may ask for faults of their own.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Permission {
    /// They may.
    #[default]
    Allow,
    /// A call that does is refused.
    Forbid,
}

/// Why such a header cannot be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    /// There is no fault of this id.
    Unknown(String),
    /// There is one, and it cannot be had like this.
    Unfit {
        /// What would be right.
        expected: String,
        /// What is there.
        found: String,
    },
}

/// Reads the header of a request.
///
/// # Errors
/// When it names no fault, or one that cannot act on the request, or a parameter is wrong.
pub(crate) fn read(text: &str, asked: &Asked<'_>) -> Result<Act, Refused> {
    let mut parts = split(text).into_iter();
    let id = parts.next().unwrap_or_default();
    let id = id.trim();
    let entry = catalogue::find(id).ok_or_else(|| Refused::Unknown(id.to_owned()))?;
    let mut said = Map::new();
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part.as_str(), ""));
        let (name, value) = (name.trim(), unquoted(value.trim()));
        let mut parameters = entry.parameters.iter();
        let kind = parameters.find(|parameter| parameter.name == name);
        let value = kind.map_or_else(|| value.clone().into(), |known| known.kind.of_text(&value));
        said.insert(name.to_owned(), value);
    }
    // An ID token of this very answer is meant, whichever endpoint makes it.
    if let Some(endpoint) = endpoint(entry, asked) {
        said.entry("at").or_insert_with(|| endpoint.into());
    }
    let arguments = read::arguments(entry, &said).map_err(|complaints| {
        let first = complaints.into_iter().next();
        first.map_or_else(
            || Refused::Unknown(id.to_owned()),
            |complaint| Refused::Unfit {
                expected: format!("{}: {}", complaint.pointer, complaint.expected),
                found: complaint.found,
            },
        )
    })?;
    let arguments = Arc::new(arguments);
    fitting(Act { entry, arguments }, asked)
}

/// The fault, if it can act on the request: what does nothing must not be said to have fired.
fn fitting(act: Act, asked: &Asked<'_>) -> Result<Act, Refused> {
    let Entry {
        id,
        routes,
        summary,
        ..
    } = act.entry;
    let is_there = asked.route.is_some_and(|route| act.can_act_within(route));
    if is_there && act.entry.can_act_on(asked, &act.arguments) {
        return Ok(act);
    }
    let found = asked.route.unwrap_or("no route");
    let (expected, found) = match *routes {
        [] => (
            format!("a fault of requests: {id} acts before there is one, so a rule arms it"),
            found.to_owned(),
        ),
        _ if is_there => (
            format!("a request to which this can happen: \"{summary}\""),
            format!("another request of {found}"),
        ),
        routes => (
            format!("{id} within {}", routes.join(", ")),
            found.to_owned(),
        ),
    };
    Err(Refused::Unfit { expected, found })
}

/// The endpoint that a request calls, as the faults name it that act at one of two.
fn endpoint(entry: &Entry, asked: &Asked<'_>) -> Option<&'static str> {
    let mut parameters = entry.parameters.iter();
    parameters.find(|parameter| parameter.name == "at")?;
    match asked.route? {
        "oauth.authorize" => Some("front"),
        "oauth.token" => Some("back"),
        _ => None,
    }
}

/// Parts between semicolons, but for those between quotes.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in text.chars() {
        match character {
            ';' if !is_quoted => {
                parts.push(String::new());
                continue;
            }
            '"' if !is_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        is_escaped = character == '\\' && is_quoted && !is_escaped;
        if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    parts
}

/// RFC 9110, section 5.6.4: what stands between quotes, its escapes read.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let Some(inner) = inner else {
        return text.to_owned();
    };
    let mut read = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        read.push(match character {
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        });
    }
    read
}

/// Asks for a fault on this very request.
pub(crate) const X_HAMSTER_FAULT: HeaderName = HeaderName::from_static("x-hamster-fault");
/// Says which fault, so asked for, was performed.
pub(crate) const X_HAMSTER_FAULT_FIRED: HeaderName =
    HeaderName::from_static("x-hamster-fault-fired");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_at_semicolons_outside_of_quotes() {
        for (text, parts) in [
            ("a.b", vec!["a.b"]),
            ("a.b; c=1;d=2", vec!["a.b", " c=1", "d=2"]),
            ("a;b=\"x;y\\\"z;\";c", vec!["a", "b=\"x;y\\\"z;\"", "c"]),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
        assert_eq!(unquoted("\"x;y\\\"z\""), "x;y\"z");
        assert_eq!(unquoted("plain"), "plain");
    }
}
