//! The form of a scenario: every key known, every value of its kind. All mistakes are found at once, and
//! what they leave is mended far enough that its meaning can be checked as well.

use serde_json::{Map, Value};

use super::document::member_path;
use super::schema;
use crate::json;

/// One thing whose form is wrong.
#[derive(Debug)]
pub(super) enum Slip {
    /// A key that nobody knows, and those that are known there.
    Key {
        path: String,
        name: String,
        known: Vec<String>,
    },
    /// Another kind of value.
    Kind {
        path: String,
        expected: String,
        found: String,
    },
    /// A key that must be there.
    Missing { path: String, name: String },
}

impl Slip {
    /// Where it is; a key that is missing, where it should be.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Key { path, .. } | Self::Kind { path, .. } => path.clone(),
            Self::Missing { path, name } => member_path(path, name),
        }
    }
}

/// Mends a document, and tells what was wrong with it.
pub(super) fn mend(document: &mut Value) -> Vec<Slip> {
    let mut mending = Mending {
        root: schema::form(),
        slips: Vec::new(),
    };
    mending.value(mending.root, document, "");
    mending.slips
}

struct Mending {
    root: &'static Value,
    slips: Vec<Slip>,
}

impl Mending {
    fn value(&mut self, schema: &'static Value, value: &mut Value, path: &str) {
        let schema = self.resolved(schema);
        let choices = schema.get("anyOf").and_then(Value::as_array);
        let fitting = match choices {
            None => Some(schema),
            Some(choices) => (choices.iter())
                .map(|choice| self.resolved(choice))
                .find(|choice| is_of_kind(choice, value)),
        };
        if let Some(fitting) = fitting.filter(|fitting| is_of_kind(fitting, value)) {
            self.inside(fitting, value, path);
            return;
        }
        self.slips.push(Slip::Kind {
            path: path.to_owned(),
            expected: self.expected(schema),
            found: shown(value),
        });
        *value = self.stand_in(schema);
    }

    fn inside(&mut self, schema: &'static Value, value: &mut Value, path: &str) {
        match value {
            Value::Object(members) => self.members(schema, members, path),
            Value::Array(items) => {
                if let Some(of) = schema.get("items") {
                    for (index, item) in items.iter_mut().enumerate() {
                        self.value(of, item, &format!("{path}[{index}]"));
                    }
                }
            }
            _ => {}
        }
    }

    fn members(&mut self, schema: &'static Value, members: &mut Map<String, Value>, path: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let is_closed = others == Some(&Value::Bool(false));
        let mut unknown = Vec::new();
        for (name, value) in members.iter_mut() {
            let at = member_path(path, name);
            match known.and_then(|known| known.get(name)).or(others) {
                Some(schema) if schema.is_object() => self.value(schema, value, &at),
                _ if is_closed => unknown.push(name.clone()),
                _ => {}
            }
        }
        for name in unknown {
            members.shift_remove(&name);
            self.slips.push(Slip::Key {
                path: member_path(path, &name),
                name,
                known: known.map_or_else(Vec::new, |known| known.keys().cloned().collect()),
            });
        }
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if members.contains_key(name) {
                continue;
            }
            self.slips.push(Slip::Missing {
                path: path.to_owned(),
                name: name.to_owned(),
            });
            let stand_in = known.and_then(|known| known.get(name));
            let stand_in = stand_in.map_or(Value::Null, |schema| self.stand_in(schema));
            members.insert(name.to_owned(), stand_in);
        }
    }

    fn resolved(&self, schema: &'static Value) -> &'static Value {
        let named = schema.get("$ref").and_then(Value::as_str);
        let pointer = named.and_then(|named| named.strip_prefix('#'));
        let found = pointer.and_then(|pointer| self.root.pointer(pointer));
        found.unwrap_or(schema)
    }

    fn expected(&self, schema: &'static Value) -> String {
        if let Some(title) = schema.get("title").and_then(Value::as_str) {
            return title.to_owned();
        }
        if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
            let choices = choices
                .iter()
                .map(|choice| self.expected(self.resolved(choice)));
            return choices.collect::<Vec<_>>().join(", or ");
        }
        let kinds = kinds(schema).into_iter().map(|kind| match kind {
            "array" => "a list".to_owned(),
            "boolean" => "true or false".to_owned(),
            "integer" => whole_number(schema),
            "object" => map_of(schema),
            _ => text_of(schema),
        });
        kinds.collect::<Vec<_>>().join(", or ")
    }

    /// Something of the right kind, for what cannot be read.
    fn stand_in(&self, schema: &'static Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(first) = schema.pointer("/anyOf/0") {
            return self.stand_in(first);
        }
        match kinds(schema).first() {
            Some(&"array") => Value::Array(Vec::new()),
            Some(&"boolean") => Value::Bool(false),
            Some(&"integer") => Value::from(1),
            Some(&"object") => {
                let mut members = Map::new();
                let required = schema.get("required").and_then(Value::as_array);
                for name in required.into_iter().flatten().filter_map(Value::as_str) {
                    if let Some(of) = schema.get("properties").and_then(|all| all.get(name)) {
                        members.insert(name.to_owned(), self.stand_in(of));
                    }
                }
                Value::Object(members)
            }
            _ => Value::from(""),
        }
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_of_kind(schema: &Value, value: &Value) -> bool {
    let kinds = kinds(schema);
    kinds.is_empty()
        || kinds.iter().any(|kind| match *kind {
            "array" => value.is_array(),
            "boolean" => value.is_boolean(),
            "integer" => is_within(bounds(schema), value),
            "object" => value.as_object().is_some_and(|members| {
                let count = |name| schema.get(name).and_then(Value::as_u64);
                let (least, most) = (count("minProperties"), count("maxProperties"));
                let length = members.len() as u64;
                (least.unwrap_or(0)..=most.unwrap_or(u64::MAX)).contains(&length)
            }),
            _ => value.is_string(),
        })
}

/// The least and the most a whole number may be.
fn bounds(schema: &Value) -> (i128, i128) {
    let of_format = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, u8::MAX.into()),
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        _ => (0, u64::MAX.into()),
    };
    let written = |name: &str| schema.get(name).and_then(Value::as_i64).map(i128::from);
    (
        written("minimum").unwrap_or(of_format.0),
        written("maximum").unwrap_or(of_format.1),
    )
}

fn is_within((least, most): (i128, i128), value: &Value) -> bool {
    let number = (value.as_i64().map(i128::from)).or_else(|| value.as_u64().map(i128::from));
    number.is_some_and(|number| (least..=most).contains(&number))
}

fn whole_number(schema: &Value) -> String {
    match bounds(schema) {
        (least, most) if most == i128::from(u64::MAX) => format!("a whole number from {least}"),
        (least, most) => format!("a whole number from {least} to {most}"),
    }
}

fn text_of(schema: &Value) -> String {
    let words = schema.get("enum").and_then(Value::as_array);
    let words: Vec<_> = words
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if words.is_empty() {
        return "a text, in quotes where it would be read as something else".to_owned();
    }
    format!("`{}`", words.join("`, `"))
}

fn map_of(schema: &Value) -> String {
    let known = schema.get("properties").and_then(Value::as_object);
    match known.filter(|known| known.len() <= KEYS_LISTED_MAX) {
        Some(known) => {
            let names: Vec<_> = known.keys().map(String::as_str).collect();
            format!("{{{}}}", names.join(", "))
        }
        None => "a map".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "nothing".to_owned(),
        Value::Array(_) | Value::Object(_) => json::kind(value).to_owned(),
        other => other.to_string(),
    }
}

/// More keys than these are not listed in a message.
const KEYS_LISTED_MAX: usize = 6;
