//! The conditions of rules as they are written: the one list that the reader of rules, the control API's
//! document, the scenario's schema and the command line go by.

use serde_json::{Value, json};

use super::comparison::TEXT_LENGTH_MAX;
use super::condition::Phase;
use super::routes::METHODS;
use crate::json;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    /// Its name.
    pub(crate) name: &'static str,
    /// What is written there.
    pub(crate) form: Form,
    /// What it asks, in a sentence.
    pub(crate) about: &'static str,
}

/// What is written as a condition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// A whole number from 1.
    Count,
    /// True or false.
    Flag,
    /// Two moments, the earlier one first.
    Moments,
    /// A text of this pattern.
    Pattern(&'static str),
    /// A route's name, or what stands above it.
    Route,
    /// A number from 0 to 1.
    Share,
    /// Names of this pattern, each with what is asked of its value: a text, or of any kind.
    Tests(&'static str, Values),
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// What values may be that are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Values {
    /// Whatever JSON has.
    Json,
    /// Texts alone.
    Texts,
}

impl Condition {
    const fn new(name: &'static str, form: Form, about: &'static str) -> Self {
        Self { name, form, about }
    }
}

impl Form {
    /// What a text of the command line means, if it is read as this.
    pub(crate) fn of_text(self, text: &str) -> Value {
        let read = match self {
            Self::Count | Self::Flag | Self::Moments | Self::Tests(..) => {
                json::read(text.as_bytes()).ok()
            }
            Self::Pattern(_) | Self::Route | Self::Share | Self::Text | Self::Word(_) => None,
        };
        read.unwrap_or_else(|| text.into())
    }

    /// What is right, for editors (JSON Schema); `defined` is where a definition of this name stands.
    pub(super) fn schema(self, defined: impl Fn(&str) -> Value) -> Value {
        match self {
            Self::Count => json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Moments => json!({
                "type": "array",
                "items": { "type": "string" },
                "minItems": 2,
                "maxItems": 2,
            }),
            Self::Pattern(pattern) => {
                json!({ "type": "string", "pattern": pattern, "maxLength": TEXT_LENGTH_MAX })
            }
            Self::Route => defined(ROUTE),
            Self::Share => json!({
                "type": ["number", "string"],
                "minimum": 0,
                "maximum": 1,
                "pattern": "^(0(\\.[0-9]{1,9})?|1(\\.0{1,9})?)$",
            }),
            Self::Tests(names, values) => json!({
                "type": "object",
                "minProperties": 1,
                "maxProperties": TESTS_MAX,
                "propertyNames": { "pattern": names },
                "additionalProperties": defined(match values {
                    Values::Json => TEST,
                    Values::Texts => TEST_OF_TEXT,
                }),
            }),
            Self::Text => {
                json!({ "type": "string", "minLength": 1, "maxLength": TEXT_LENGTH_MAX })
            }
            Self::Word(words) => json!({ "type": "string", "enum": words }),
        }
    }
}

/// Every name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CONDITIONS.iter().map(|condition| condition.name)
}

/// All of them, in the order they are told.
pub(crate) const CONDITIONS: &[Condition] = &[
    Condition::new(
        "route",
        Form::Route,
        "Only on a route, or below a prefix, such as banking.accounts.",
    ),
    Condition::new("method", Form::Word(METHODS), "Only with this method."),
    Condition::new(
        "path",
        Form::Pattern("^(/|\\?|\\*\\*|\\*[/?])"),
        "Only on this path, with * for what is in a segment and ** for anything.",
    ),
    Condition::new("client_id", Form::Text, "Only for this TPP."),
    Condition::new(
        "customer_id",
        Form::Text,
        "Only for this customer, by username or id.",
    ),
    Condition::new("consent_id", Form::Text, "Only for this consent."),
    Condition::new(
        "consent_type",
        Form::Word(CONSENT_TYPES),
        "Only for consents of this type.",
    ),
    Condition::new(
        "account_id",
        Form::Pattern("^acc_[0-9]{10,}$"),
        "Only for this account.",
    ),
    Condition::new(
        "payment_id",
        Form::Pattern("^pay_[0-9]{10,}$"),
        "Only for this payment.",
    ),
    Condition::new(
        "certificate",
        Form::Pattern("^[A-Za-z0-9_-]{43}$"),
        "Only for this certificate (x5t#S256).",
    ),
    Condition::new(
        "claim",
        Form::Tests("^.", Values::Json),
        "Only with these claims in a JWT of the request, each by its name or a JSON pointer.",
    ),
    Condition::new(
        "connection",
        Form::Count,
        "Only on the connection of this number.",
    ),
    Condition::new(
        "between",
        Form::Moments,
        "Between two bank times, the earlier one first.",
    ),
    Condition::new(
        "ttl",
        Form::Pattern("^0*[1-9][0-9]*(ms|s|m|h|d)$"),
        "For how long, in real time, such as 30s.",
    ),
    Condition::new(
        "header",
        Form::Tests(super::arguments::TOKEN, Values::Texts),
        "Only with these headers.",
    ),
    Condition::new(
        "query",
        Form::Tests("^.", Values::Texts),
        "Only with these parameters in the query.",
    ),
    Condition::new(
        "form",
        Form::Tests("^.", Values::Texts),
        "Only with these fields of a form.",
    ),
    Condition::new(
        "body",
        Form::Tests("^/", Values::Json),
        "Only with these members of a JSON body, each by its JSON pointer.",
    ),
    Condition::new(
        "phase",
        Form::Word(&[Phase::Before.as_str(), Phase::After.as_str()]),
        "Before, or after, the effect of the call took place.",
    ),
    Condition::new(
        "nth",
        Form::Count,
        "Only on the match of this number, from 1.",
    ),
    Condition::new("after", Form::Count, "Not on the first so many matches."),
    Condition::new(
        "every",
        Form::Count,
        "Only on every so many-th match, counted behind `after`.",
    ),
    Condition::new("times", Form::Count, "How often it fires."),
    Condition::new(
        "share",
        Form::Share,
        "On this share of the matches, from 0 to 1; which ones, the seed decides.",
    ),
    Condition::new(
        "hold",
        Form::Flag,
        "True: has requests wait until the rule is released.",
    ),
];

/// The types of consents, as the consents' own paths name them.
pub(super) const CONSENT_TYPES: &[&str] = &["account-access", "payment", "funds-confirmation"];
/// More names than these in one condition nobody reads.
pub(super) const TESTS_MAX: usize = 16;

/// The definition of a route's name.
pub(super) const ROUTE: &str = "FaultRoute";
/// The definition of what is asked of a value.
pub(super) const TEST: &str = "FaultTest";
/// The same, of a text.
pub(super) const TEST_OF_TEXT: &str = "FaultTestOfText";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_what_it_stands_for() {
        for (name, text, value) in [
            ("times", "2", json!(2)),
            ("times", "two", json!("two")),
            ("hold", "true", json!(true)),
            ("client_id", "12", json!("12")),
            ("consent_id", "null", json!("null")),
            ("share", "0.50", json!("0.50")),
            ("between", "[\"a\",\"b\"]", json!(["a", "b"])),
            ("query", "{\"a\":1}", json!({"a": 1})),
        ] {
            let condition = CONDITIONS.iter().find(|known| known.name == name).unwrap();
            assert_eq!(condition.form.of_text(text), value, "{name} {text}");
        }
    }

    #[test]
    fn every_condition_is_told_in_a_sentence() {
        for condition in CONDITIONS {
            assert!(condition.about.ends_with('.'), "{}", condition.name);
        }
    }
}
