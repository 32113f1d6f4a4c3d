//! JSON read strictly: UTF-8, one document, no member twice, members in the order they were written.
//!
//! Two readers of a document with a repeated member may see two different documents; what a TPP signed or
//! ordered must mean one thing (RFC 8259, section 4; RFC 7519, section 4).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads one document.
///
/// # Errors
/// What is wrong, with line and column where known.
pub(crate) fn read(text: &[u8]) -> Result<Value, NotJson> {
    serde_json::from_slice::<Strict>(text)
        .map(|strict| strict.0)
        .map_err(|error| NotJson(error.to_string()))
}

/// Reads one document that is an object.
///
/// # Errors
/// What is wrong, or that it is something else than an object.
pub(crate) fn read_object(text: &[u8]) -> Result<Map<String, Value>, NotJson> {
    match read(text)? {
        Value::Object(object) => Ok(object),
        other => Err(NotJson(format!(
            "{} where an object was expected",
            kind(&other)
        ))),
    }
}

/// What a value is, in a word.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "an array",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
        Value::Number(_) => "a number",
        Value::Object(_) => "an object",
        Value::String(_) => "a string",
    }
}

/// The text is not the JSON that was expected.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotJson(String);

/// A value without repeated members, whatever it is read from.
#[derive(Clone, Debug)]
pub(crate) struct Strict(pub(crate) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

/// The half of a [`Visitor`] of [`Value`] in which no member can be repeated.
macro_rules! visit_plain_values {
    () => {
        fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_str<E>(self, value: &str) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_string<E>(self, value: String) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }
    };
}
pub(crate) use visit_plain_values;

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    visit_plain_values!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!(
                    "the member {name:?} stands twice"
                )));
            }
            let Strict(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let object = read_object(br#"{"b": 1, "a": [true, null, "x", -2, 1.5]}"#).unwrap();
        assert_eq!(object.keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(
            Value::Object(object).to_string(),
            r#"{"b":1,"a":[true,null,"x",-2,1.5]}"#
        );
    }

    #[test]
    fn what_is_not_one_strict_document_is_refused() {
        for text in [
            "",
            "{",
            "{} {}",
            "{'a': 1}",
            r#"{"a": 1,}"#,
            r#"{"a": 1, "a": 2}"#,
            r#"{"x": {"a": 1, "a": 1}}"#,
            r#"[{"a": 1, "\u0061": 2}]"#,
            "NaN",
            "\u{feff}{}",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(read(b"{\"a\": \"\xff\"}").is_err(), "not UTF-8");
        let deep = "[".repeat(10_000);
        assert!(read(deep.as_bytes()).is_err(), "deeply nested");
    }

    #[test]
    fn another_kind_than_an_object_is_named() {
        for (text, kind) in [("[]", "an array"), ("\"x\"", "a string"), ("null", "null")] {
            let refused = read_object(text.as_bytes()).unwrap_err();
            assert!(refused.to_string().starts_with(kind), "{refused}");
        }
    }
}
