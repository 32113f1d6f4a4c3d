//! Parameters of faults: what may be said about one, and what was said.

mod kind;

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use time::Duration;

use crate::clock::parse_duration;

use kind::written;

pub(crate) use kind::{Kind, Lengths, TOKEN};

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

/// What was said about a fault, with the defaults of what was not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Arguments {
    said: Vec<(&'static str, Value)>,
    defaults: Vec<(&'static str, Value)>,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
