//! Parameters of faults: what may be said about one, and what was said.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use time::Duration;

use crate::clock::parse_duration;

/// What may be said about a fault.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Its name in rules and in the header.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// What holds when nothing is said, as it would be written; none where nothing is then done.
    pub(crate) default: Option<&'static str>,
    /// What it means.
    pub(crate) about: &'static str,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A text, or a JSON document that is sent as its text.
    Body,
    /// A duration with its unit: `250ms`, `3s`.
    Duration,
    /// Names and values of headers.
    Headers,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// A text of at most so many bytes.
    Text(usize),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// What was said about a fault, with the defaults of what was not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Arguments {
    said: Vec<(&'static str, Value)>,
    defaults: Vec<(&'static str, Value)>,
}

impl Kind {
    /// The word for it in the catalogue.
    pub(crate) fn as_str(self) -> String {
        match self {
            Self::Body => "text or JSON".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Headers => "map of headers".to_owned(),
            Self::Integer(..) => "integer".to_owned(),
            Self::Text(_) => "text".to_owned(),
            Self::Word(words) => words.join("|"),
        }
    }

    /// What is right, in words.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Body => format!("a text or a JSON document of at most {BODY_BYTES_MAX} bytes"),
            Self::Duration => "a duration with its unit, such as 250ms, to 1h at most".to_owned(),
            Self::Headers => "an object of header names, each with a text".to_owned(),
            Self::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Self::Text(most) => format!("a text of at most {most} bytes"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }

    /// Whether it holds this.
    pub(crate) fn takes(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Body => !value.is_null() && written(value).len() <= BODY_BYTES_MAX,
            Self::Duration => {
                let read = text.and_then(parse_duration);
                read.is_some_and(|read| read <= Duration::hours(1))
            }
            Self::Headers => value.as_object().is_some_and(are_headers),
            Self::Integer(least, most) => value
                .as_i64()
                .is_some_and(|number| (least..=most).contains(&number)),
            Self::Text(most) => text.is_some_and(|text| text.len() <= most),
            Self::Word(words) => text.is_some_and(|text| words.contains(&text)),
        }
    }

    /// What a text of the header means, if it is read as this.
    pub(crate) fn of_text(self, text: &str) -> Value {
        match self {
            Self::Integer(..) => text
                .parse::<i64>()
                .map_or_else(|_| text.into(), Value::from),
            Self::Headers => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            Self::Body | Self::Duration | Self::Text(_) | Self::Word(_) => text.into(),
        }
    }
}

fn are_headers(headers: &Map<String, Value>) -> bool {
    headers.len() <= HEADERS_MAX
        && headers.iter().all(|(name, value)| {
            let text = value.as_str().unwrap_or("\n");
            name.parse::<HeaderName>().is_ok()
                && text.len() <= HEADER_BYTES_MAX
                && HeaderValue::from_str(text).is_ok()
        })
}

impl Parameter {
    /// Its default as a value.
    pub(crate) fn default_value(&self) -> Option<Value> {
        self.default.map(|text| self.kind.of_text(text))
    }

    /// Whether its default is one that it takes.
    #[cfg(test)]
    pub(crate) fn is_sound(&self) -> bool {
        let default = self.default_value();
        !self.about.is_empty() && default.is_none_or(|default| self.kind.takes(&default))
    }
}

impl Arguments {
    /// What was said, of parameters of this list; it has been looked at before.
    pub(crate) fn new(parameters: &'static [Parameter], said: &Map<String, Value>) -> Self {
        let mut arguments = Self::default();
        for parameter in parameters {
            if let Some(value) = said.get(parameter.name) {
                arguments.said.push((parameter.name, value.clone()));
            } else if let Some(value) = parameter.default_value() {
                arguments.defaults.push((parameter.name, value));
            }
        }
        arguments
    }

    /// What was said, without defaults.
    pub(crate) fn said(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.said.iter().map(|(name, value)| (*name, value))
    }

    /// A value, said or by default.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        let mut all = self.said.iter().chain(&self.defaults);
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// A duration.
    pub(crate) fn duration(&self, name: &str) -> Option<Duration> {
        parse_duration(self.text(name)?)
    }

    /// A whole number.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.value(name)?.as_i64()
    }

    /// A body as it is sent.
    pub(crate) fn body(&self, name: &str) -> Option<String> {
        self.value(name).map(written)
    }

    /// Headers, name and value.
    pub(crate) fn headers(&self, name: &str) -> Vec<(HeaderName, HeaderValue)> {
        let headers = self.value(name).and_then(Value::as_object);
        let pairs = headers.into_iter().flatten().filter_map(|(name, value)| {
            Some((
                name.parse().ok()?,
                HeaderValue::from_str(value.as_str()?).ok()?,
            ))
        });
        pairs.collect()
    }
}

fn written(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A whole answer of the bank is seldom longer.
const BODY_BYTES_MAX: usize = 64 << 10;
/// More headers than any answer has.
const HEADERS_MAX: usize = 32;
/// As long as a line that servers take.
const HEADER_BYTES_MAX: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_parameter_takes_what_it_holds_and_nothing_else() {
        for (kind, value, takes) in [
            (Kind::Duration, json!("250ms"), true),
            (Kind::Duration, json!("2h"), false),
            (Kind::Duration, json!(250), false),
            (Kind::Integer(400, 599), json!(503), true),
            (Kind::Integer(400, 599), json!(200), false),
            (Kind::Integer(400, 599), json!("503"), false),
            (Kind::Integer(0, 9), json!(1.5), false),
            (Kind::Text(3), json!("abc"), true),
            (Kind::Text(3), json!("abcd"), false),
            (Kind::Word(&["a", "b"]), json!("b"), true),
            (Kind::Word(&["a", "b"]), json!("c"), false),
            (Kind::Body, json!({"a": 1}), true),
            (Kind::Body, json!(null), false),
            (Kind::Headers, json!({"x-a": "b"}), true),
            (Kind::Headers, json!({"x a": "b"}), false),
            (Kind::Headers, json!({"x-a": "b\nc"}), false),
            (Kind::Headers, json!({"x-a": 1}), false),
        ] {
            assert_eq!(kind.takes(&value), takes, "{kind:?} {value}");
        }
        assert_eq!(Kind::Integer(0, 9).of_text("7"), json!(7));
        assert_eq!(Kind::Text(9).of_text("7"), json!("7"));
    }

    #[test]
    fn what_was_not_said_is_as_by_default() {
        const PARAMETERS: &[Parameter] = &[
            Parameter {
                name: "status",
                kind: Kind::Integer(100, 599),
                default: Some("503"),
                about: "The status.",
            },
            Parameter {
                name: "body",
                kind: Kind::Body,
                default: None,
                about: "The body.",
            },
        ];
        let said = json!({"body": {"a": 1}});
        let arguments = Arguments::new(PARAMETERS, said.as_object().unwrap());
        assert_eq!(arguments.integer("status"), Some(503));
        assert_eq!(arguments.body("body").as_deref(), Some("{\"a\":1}"));
        assert_eq!(arguments.said().count(), 1);
        assert_eq!(arguments.value("delay"), None);
    }
}
