//! What a condition asks of one value: that it is there, equal, in order, or of a shape.
//!
//! Numbers are compared as decimals, written as numbers or as texts (`"100.00"`), so that amounts compare
//! exactly; no float is involved.

use std::cmp::Ordering;

use serde_json::{Value, json};

/// What is asked of one value; all of it must hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Test(pub(super) Vec<(Operator, Value)>);

/// One question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    /// A decimal not below.
    AtLeast,
    /// A decimal not above.
    AtMost,
    /// A text with this in it.
    Contains,
    /// The same value; a number is the same as its text.
    Equals,
    /// A text of this shape; see [`Glob`].
    Like,
    /// Another value, or none.
    Not,
    /// A decimal strictly above.
    Over,
    /// Whether there is a value at all.
    Present,
    /// A decimal strictly below.
    Under,
}

impl Operator {
    /// Every one.
    pub(crate) const ALL: [Self; 9] = [
        Self::AtLeast,
        Self::AtMost,
        Self::Contains,
        Self::Equals,
        Self::Like,
        Self::Not,
        Self::Over,
        Self::Present,
        Self::Under,
    ];

    /// The word in a rule.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
            Self::Contains => "contains",
            Self::Equals => "equals",
            Self::Like => "like",
            Self::Not => "not",
            Self::Over => "over",
            Self::Present => "present",
            Self::Under => "under",
        }
    }

    /// What it asks, in a sentence.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::AtLeast => "A decimal not below this.",
            Self::AtMost => "A decimal not above this.",
            Self::Contains => "A text with this in it.",
            Self::Equals => "The same value; a number is the same as its text.",
            Self::Like => {
                "A text of this shape, with * for what is in a segment and ** for anything."
            }
            Self::Not => "Another value, or none.",
            Self::Over => "A decimal strictly above this.",
            Self::Present => "Whether there is a value at all.",
            Self::Under => "A decimal strictly below this.",
        }
    }

    /// What may stand behind it.
    pub(super) const fn operand(self) -> &'static str {
        match self {
            Self::AtLeast | Self::AtMost | Self::Over | Self::Under => "a number, such as 100.00",
            Self::Contains | Self::Like => "a text",
            Self::Equals | Self::Not => "a text, a number, true, false or null",
            Self::Present => "true or false",
        }
    }

    /// The same, for editors (JSON Schema); null only where values can be null.
    pub(super) fn schema(self, has_null: bool) -> Value {
        match self {
            Self::AtLeast | Self::AtMost | Self::Over | Self::Under => json!({
                "type": ["number", "string"],
                "pattern": format!("^-?[0-9]{{1,{DIGITS_MAX}}}(\\.[0-9]{{1,{DIGITS_MAX}}})?$"),
            }),
            Self::Contains | Self::Like => {
                json!({ "type": "string", "maxLength": TEXT_LENGTH_MAX })
            }
            Self::Equals | Self::Not if has_null => {
                json!({ "type": ["string", "number", "boolean", "null"] })
            }
            Self::Equals | Self::Not => json!({ "type": ["string", "number", "boolean"] }),
            Self::Present => json!({ "type": "boolean" }),
        }
    }

    /// Whether `value` may stand behind it.
    pub(super) fn takes(self, value: &Value) -> bool {
        match self {
            Self::AtLeast | Self::AtMost | Self::Over | Self::Under => Decimal::of(value).is_some(),
            Self::Contains | Self::Like => {
                (value.as_str()).is_some_and(|text| text.len() <= TEXT_LENGTH_MAX)
            }
            Self::Equals | Self::Not => !(value.is_array() || value.is_object()),
            Self::Present => value.is_boolean(),
        }
    }

    fn holds(self, wanted: &Value, found: Option<&Value>) -> bool {
        let Some(found) = found else {
            return match self {
                Self::Present => wanted == &Value::Bool(false),
                Self::Not => true,
                _ => false,
            };
        };
        let ordered = || Decimal::of(found)?.compare(&Decimal::of(wanted)?);
        let text = |test: fn(&str, &str) -> bool| match (found, wanted) {
            (Value::String(found), Value::String(wanted)) => test(found, wanted),
            _ => false,
        };
        match self {
            Self::AtLeast => ordered().is_some_and(Ordering::is_ge),
            Self::AtMost => ordered().is_some_and(Ordering::is_le),
            Self::Contains => text(|found, wanted| found.contains(wanted)),
            Self::Equals => is_same(wanted, found),
            Self::Like => text(|found, wanted| Glob::new(wanted).matches(found)),
            Self::Not => !is_same(wanted, found),
            Self::Over => ordered().is_some_and(Ordering::is_gt),
            Self::Present => wanted == &Value::Bool(true),
            Self::Under => ordered().is_some_and(Ordering::is_lt),
        }
    }
}

impl Test {
    /// Whether the value is as asked; none is a value that is not there.
    pub(crate) fn holds(&self, found: Option<&Value>) -> bool {
        let mut questions = self.0.iter();
        questions.all(|(operator, wanted)| operator.holds(wanted, found))
    }

    /// The same for a text.
    pub(crate) fn holds_for(&self, found: Option<&str>) -> bool {
        let found = found.map(|text| Value::String(text.to_owned()));
        self.holds(found.as_ref())
    }
}

// Forms, queries and headers have texts only: what a rule writes as a number is meant as it is printed.
fn is_same(wanted: &Value, found: &Value) -> bool {
    wanted == found
        || match (wanted, found) {
            (Value::Number(_) | Value::Bool(_), Value::String(text)) => {
                *text == wanted.to_string().as_str()
            }
            (Value::String(text), Value::Number(_) | Value::Bool(_)) => {
                *text == found.to_string().as_str()
            }
            _ => false,
        }
}

/// A decimal number: its sign, its digits before the point and those behind it, without idle zeros.
#[derive(Debug, Eq, PartialEq)]
struct Decimal {
    is_negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |part: &str| {
            !part.is_empty()
                && part.len() <= DIGITS_MAX
                && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            is_negative: is_negative && !is_zero,
            whole,
            fraction,
        })
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it stands at the end of a chain of options"
    )]
    fn compare(&self, other: &Self) -> Option<Ordering> {
        let size = |one: &Self, two: &Self| {
            let by_length = one.whole.len().cmp(&two.whole.len());
            by_length
                .then_with(|| one.whole.cmp(&two.whole))
                .then_with(|| one.fraction.cmp(&two.fraction))
        };
        Some(match (self.is_negative, other.is_negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        })
    }
}

/// A shape of texts: `*` stands for anything but a slash, `**` for anything at all, `?` for one character.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Glob(Box<str>);

impl Glob {
    /// The shape written like this.
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it could be the shape of any path: one that begins with a slash.
    pub(crate) fn is_of_paths(&self) -> bool {
        let rest = self.0.trim_start_matches('*');
        self.0.starts_with("**") || rest.starts_with(['/', '?'])
    }

    /// Whether a text has this shape. Takes pattern times text steps, whatever the pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        // `reached[n]`: the pattern so far may stand for the first n characters.
        let mut reached = vec![false; text.len() + 1];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        let mut pattern = self.0.chars().peekable();
        while let Some(wanted) = pattern.next() {
            reached = match wanted {
                '*' => {
                    let crosses = pattern.next_if_eq(&'*').is_some();
                    any(&reached, &text, |c| crosses || c != '/')
                }
                '?' => one(&reached, &text, |_| true),
                literal => one(&reached, &text, |c| c == literal),
            };
        }
        reached.last() == Some(&true)
    }
}

/// After any number of characters that `fit`.
fn any(reached: &[bool], text: &[char], fit: impl Fn(char) -> bool) -> Vec<bool> {
    let mut before = reached.first() == Some(&true);
    let mut next = vec![before];
    for (character, here) in text.iter().zip(reached.iter().skip(1)) {
        before = *here || (before && fit(*character));
        next.push(before);
    }
    next
}

/// After one character that `fits`.
fn one(reached: &[bool], text: &[char], fits: impl Fn(char) -> bool) -> Vec<bool> {
    let steps = text.iter().zip(reached);
    std::iter::once(false)
        .chain(steps.map(|(character, before)| *before && fits(*character)))
        .collect()
}

/// More digits than any amount has.
const DIGITS_MAX: usize = 40;
/// A rule is read by people.
pub(super) const TEXT_LENGTH_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_holds_or_does_not() {
        use Operator::{AtLeast, AtMost, Contains, Equals, Like, Not, Over, Present, Under};
        for (operator, wanted, found, holds) in [
            (Equals, json!("a"), Some(json!("a")), true),
            (Equals, json!("a"), Some(json!("A")), false),
            (Equals, json!("a"), None, false),
            (Equals, json!(5), Some(json!("5")), true),
            (Equals, json!("5"), Some(json!(5)), true),
            (Equals, json!(true), Some(json!("true")), true),
            (Equals, json!(null), Some(json!("null")), false),
            (Not, json!("a"), None, true),
            (Not, json!("a"), Some(json!("a")), false),
            (Present, json!(true), Some(json!(null)), true),
            (Present, json!(true), None, false),
            (Present, json!(false), None, true),
            (Over, json!("100.00"), Some(json!("100.00")), false),
            (Over, json!("100.00"), Some(json!("100.01")), true),
            (Over, json!(100), Some(json!("99.99")), false),
            (Over, json!(9), Some(json!("10")), true),
            (Over, json!(-2), Some(json!(-1)), true),
            (Over, json!(0), Some(json!("-0.00")), false),
            (Over, json!(0), Some(json!("ten")), false),
            (Under, json!("0.5"), Some(json!(0.25)), true),
            (AtLeast, json!("1.50"), Some(json!("1.5")), true),
            (AtMost, json!(-1), Some(json!("-1.0")), true),
            (AtMost, json!(-1), Some(json!(0)), false),
            (Contains, json!("b"), Some(json!("abc")), true),
            (Contains, json!("b"), Some(json!(["b"])), false),
            (Like, json!("a*c"), Some(json!("abbc")), true),
        ] {
            let test = Test(vec![(operator, wanted.clone())]);
            let told = format!("{} {wanted} {found:?}", operator.as_str());
            assert_eq!(test.holds(found.as_ref()), holds, "{told}");
        }
    }

    #[test]
    fn a_star_stops_at_a_slash_and_two_do_not() {
        for (pattern, text, matches) in [
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/b/b/c", false),
            ("/a/**", "/a/b/b/c", true),
            ("**/c", "/a/b/c", true),
            ("/a/?", "/a/b", true),
            ("/a/?", "/a/", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a", "ab", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("é*", "éa", true),
        ] {
            assert_eq!(
                Glob::new(pattern).matches(text),
                matches,
                "{pattern} {text}"
            );
        }
    }
}
