//! What a parameter of a fault holds, told to the reader of rules, to people and to editors.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use time::Duration;

use crate::clock::parse_duration;
use crate::fault::write;

/// What a parameter holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A text, or a JSON document that is sent as its text.
    Body,
    /// A duration with its unit: `250ms`, `3s`.
    Duration(Lengths),
    /// An error's code, in the characters it may have (RFC 6749, sections 4.1.2.1 and 5.2).
    ErrorCode,
    /// Names and values of headers that are left to whoever answers.
    Headers,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Durations from one to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Lengths {
    least: Duration,
    most: Duration,
    /// Whether what is made of them has no smaller unit.
    are_whole_seconds: bool,
}

impl Lengths {
    /// Of somebody who waits in real time: not for nothing, and not longer than a test runs.
    pub(crate) const OF_WAITS: Self = Self {
        least: Duration::MILLISECOND,
        most: Duration::HOUR,
        are_whole_seconds: false,
    };

    /// Of whole seconds, from so many until a week.
    pub(crate) const fn of_seconds(least: i64) -> Self {
        Self {
            least: Duration::seconds(least),
            most: Duration::WEEK,
            are_whole_seconds: true,
        }
    }

    /// Of the bank's time, which may be none at all, and may be moved on by as much as a year.
    pub(crate) const OF_BANK_TIME: Self = Self {
        least: Duration::ZERO,
        most: Duration::days(365),
        are_whole_seconds: false,
    };

    fn holds(self, length: Duration) -> bool {
        let is_of_unit = !self.are_whole_seconds || length.subsec_milliseconds() == 0;
        is_of_unit && self.least <= length && length <= self.most
    }

    fn expected(self) -> String {
        let unit = if self.are_whole_seconds {
            "a duration of whole seconds"
        } else {
            "a duration"
        };
        let (least, most) = (write::duration(self.least), write::duration(self.most));
        format!("{unit} with its unit, from {least} to {most}")
    }

    fn pattern(self) -> &'static str {
        match (self.are_whole_seconds, self.least.is_zero()) {
            (true, true) => "^([0-9]+(000ms|s|m|h|d)|0+ms)$",
            (true, false) => "^0*[1-9][0-9]*(000ms|s|m|h|d)$",
            (false, true) => "^[0-9]+(ms|s|m|h|d)$",
            (false, false) => "^0*[1-9][0-9]*(ms|s|m|h|d)$",
        }
    }
}

impl Kind {
    /// The word for it in the catalogue.
    pub(crate) fn as_str(self) -> String {
        match self {
            Self::Body => "text or JSON".to_owned(),
            Self::Duration(_) => "duration".to_owned(),
            Self::ErrorCode => "text".to_owned(),
            Self::Headers => "map of headers".to_owned(),
            Self::Integer(..) => "integer".to_owned(),
            Self::Word(words) => words.join("|"),
        }
    }

    /// What is right, in words.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Body => format!("a text or a JSON document of at most {BODY_BYTES_MAX} bytes"),
            Self::Duration(lengths) => lengths.expected(),
            Self::ErrorCode => format!(
                "an error code of 1 to {CODE_LENGTH_MAX} characters, printable ASCII without \" and \\"
            ),
            Self::Headers => format!(
                "an object of header names, each once and with a text; none that frames the answer ({}), \
                 and none that the bank sets itself ({}, x-hamster-*)",
                FRAMING.join(", "),
                OWN.join(", ")
            ),
            Self::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }

    /// What of that is not in its schema's type, to stand behind what it is about; none where all is.
    pub(crate) fn bounds(self) -> Option<String> {
        match self {
            Self::Duration(Lengths { least, most, .. }) => {
                let (least, most) = (write::duration(least), write::duration(most));
                Some(format!("From {least} to {most}"))
            }
            Self::Body | Self::ErrorCode | Self::Headers | Self::Integer(..) | Self::Word(_) => {
                None
            }
        }
    }

    /// Whether it holds this.
    pub(crate) fn takes(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Body => !value.is_null() && written(value).len() <= BODY_BYTES_MAX,
            Self::Duration(lengths) => {
                let read = text.and_then(parse_duration);
                read.is_some_and(|read| lengths.holds(read))
            }
            Self::ErrorCode => text.is_some_and(|text| {
                (1..=CODE_LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_of_code)
            }),
            Self::Headers => value.as_object().is_some_and(are_headers),
            Self::Integer(least, most) => value
                .as_i64()
                .is_some_and(|number| (least..=most).contains(&number)),
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
            Self::Body | Self::Duration(_) | Self::ErrorCode | Self::Word(_) => text.into(),
        }
    }

    /// What is right, for editors (JSON Schema).
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Body => json!({
                "type": ["string", "object", "array", "number", "boolean"],
            }),
            Self::Duration(lengths) => json!({ "type": "string", "pattern": lengths.pattern() }),
            Self::ErrorCode => json!({
                "type": "string",
                "pattern": "^[ !#-\\[\\]-~]+$",
                "maxLength": CODE_LENGTH_MAX,
            }),
            Self::Headers => json!({
                "type": "object",
                "maxProperties": HEADERS_MAX,
                "propertyNames": {
                    "pattern": TOKEN,
                    "not": { "anyOf": [
                        { "enum": FRAMING },
                        { "enum": OWN },
                        { "pattern": format!("^{OWN_PREFIX}") },
                    ] },
                },
                "additionalProperties": {
                    "type": "string",
                    "pattern": "^[\\t -~]*$",
                    "maxLength": HEADER_BYTES_MAX,
                },
            }),
            Self::Integer(least, most) => {
                json!({ "type": "integer", "minimum": least, "maximum": most })
            }
            Self::Word(words) => json!({ "type": "string", "enum": words }),
        }
    }
}

/// A body as it is sent.
pub(super) fn written(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// RFC 6749, appendix A.7 and A.8: the characters of an error's code.
const fn is_of_code(byte: u8) -> bool {
    matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

fn are_headers(headers: &Map<String, Value>) -> bool {
    let mut names: Vec<_> = headers
        .keys()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.len() == headers.len()
        && headers.len() <= HEADERS_MAX
        && names.iter().all(|name| is_left(name))
        && headers.iter().all(|(name, value)| {
            let text = value.as_str().unwrap_or("\n");
            name.parse::<HeaderName>().is_ok()
                && text.len() <= HEADER_BYTES_MAX
                && HeaderValue::from_str(text).is_ok()
        })
}

/// Whether a header is left to whoever answers: what frames an answer is the server's, what every answer of the
/// bank has is the bank's.
fn is_left(name: &str) -> bool {
    !FRAMING.contains(&name) && !OWN.contains(&name) && !name.starts_with(OWN_PREFIX)
}

/// What frames an answer or belongs to its connection (RFC 9110, section 7.6.1; RFC 9113, section 8.2.2).
const FRAMING: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// What the bank itself says in every answer, or signs it with.
const OWN: &[&str] = &["date", "x-fapi-interaction-id", "x-jws-signature"];
/// What the names of its further headers begin with.
const OWN_PREFIX: &str = "x-hamster-";
/// A name of a header (RFC 9110, section 5.6.2), as a pattern.
pub(crate) const TOKEN: &str = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

/// A whole answer of the bank is seldom longer.
const BODY_BYTES_MAX: usize = 64 << 10;
/// Longer than any registered code.
const CODE_LENGTH_MAX: usize = 64;
/// More headers than any answer has.
const HEADERS_MAX: usize = 32;
/// As long as a line that servers take.
const HEADER_BYTES_MAX: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds with what they take and what not, as the reader and as the schema have it.
    #[test]
    fn a_parameter_takes_what_it_holds_and_nothing_else() {
        let waits = Kind::Duration(Lengths::OF_WAITS);
        let seconds = Kind::Duration(Lengths::of_seconds(0));
        let skew = Kind::Duration(Lengths::of_seconds(1));
        let bank = Kind::Duration(Lengths::OF_BANK_TIME);
        for (kind, value, takes) in [
            (waits, json!("250ms"), true),
            (waits, json!("1h"), true),
            (waits, json!("0s"), false),
            (waits, json!("00ms"), false),
            (waits, json!(250), false),
            (waits, json!("-1s"), false),
            (seconds, json!("0s"), true),
            (seconds, json!("0ms"), true),
            (seconds, json!("3000ms"), true),
            (seconds, json!("1500ms"), false),
            (seconds, json!("250ms"), false),
            (seconds, json!("7d"), true),
            (skew, json!("0s"), false),
            (skew, json!("14h"), true),
            (bank, json!("0s"), true),
            (bank, json!("365d"), true),
            (Kind::Integer(400, 599), json!(503), true),
            (Kind::Integer(400, 599), json!(200), false),
            (Kind::Integer(400, 599), json!("503"), false),
            (Kind::Integer(0, 9), json!(1.5), false),
            (Kind::ErrorCode, json!("no_such_word"), true),
            (Kind::ErrorCode, json!("two words!"), true),
            (Kind::ErrorCode, json!("[]"), true),
            (Kind::ErrorCode, json!(""), false),
            (Kind::ErrorCode, json!("a\"b"), false),
            (Kind::ErrorCode, json!("a\\b"), false),
            (Kind::ErrorCode, json!("a\nb"), false),
            (Kind::ErrorCode, json!("é"), false),
            (Kind::ErrorCode, json!("x".repeat(65)), false),
            (Kind::ErrorCode, json!(12), false),
            (Kind::Word(&["a", "b"]), json!("b"), true),
            (Kind::Word(&["a", "b"]), json!("c"), false),
            (Kind::Body, json!({"a": 1}), true),
            (Kind::Body, json!(null), false),
            (Kind::Headers, json!({"x-a": "b"}), true),
            (Kind::Headers, json!({}), true),
            (Kind::Headers, json!({"x a": "b"}), false),
            (Kind::Headers, json!({"x-a": "b\nc"}), false),
            (Kind::Headers, json!({"x-a": 1}), false),
            (Kind::Headers, json!({"content-length": "3"}), false),
            (Kind::Headers, json!({"transfer-encoding": "x"}), false),
            (Kind::Headers, json!({"connection": "close"}), false),
            (Kind::Headers, json!({"date": "today"}), false),
            (Kind::Headers, json!({"x-fapi-interaction-id": "1"}), false),
            (Kind::Headers, json!({"x-hamster-request": "1"}), false),
        ] {
            assert_eq!(kind.takes(&value), takes, "{kind:?} {value}");
            let is_valid = jsonschema::is_valid(&kind.schema(), &value);
            assert_eq!(is_valid, takes, "{kind:?} {value}");
        }
        // What no schema says.
        for (kind, value) in [
            (waits, json!("2h")),
            (waits, json!("61m")),
            (seconds, json!("8d")),
            (bank, json!("366d")),
            (Kind::Headers, json!({"X-A": "1", "x-a": "2"})),
            (Kind::Headers, json!({"Content-Length": "3"})),
            (Kind::Headers, json!({"X-Hamster-Fault-Fired": "x"})),
            (Kind::Body, json!("x".repeat(BODY_BYTES_MAX + 1))),
        ] {
            assert!(!kind.takes(&value), "{kind:?} {value}");
        }
    }

    #[test]
    fn a_text_is_read_as_what_it_stands_for() {
        assert_eq!(Kind::Integer(0, 9).of_text("7"), json!(7));
        assert_eq!(Kind::Integer(0, 9).of_text("x"), json!("x"));
        assert_eq!(Kind::ErrorCode.of_text("7"), json!("7"));
        assert_eq!(Kind::Headers.of_text("{\"a\":\"b\"}"), json!({"a": "b"}));
    }

    #[test]
    fn what_is_right_is_told_with_its_bounds() {
        for (kind, told) in [
            (
                Kind::Duration(Lengths::OF_WAITS),
                "a duration with its unit, from 1ms to 1h",
            ),
            (
                Kind::Duration(Lengths::of_seconds(1)),
                "a duration of whole seconds with its unit, from 1s to 7d",
            ),
            (
                Kind::Duration(Lengths::OF_BANK_TIME),
                "a duration with its unit, from 0s to 365d",
            ),
            (Kind::Integer(1, 9), "a whole number from 1 to 9"),
            (Kind::Word(&["a", "b"]), "one of a, b"),
        ] {
            assert_eq!(kind.expected(), told);
        }
    }
}
