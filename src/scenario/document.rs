//! A scenario's text as a document: YAML in, values out. A key that is written twice is a mistake with a
//! place, and what stood there first is read on.
//!
//! The reader bounds depth and the unfolding of aliases.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::json::visit_plain_values;

/// A document, and the paths of keys that were written once more.
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) repeated: Vec<String>,
}

/// Reads one document.
///
/// # Errors
/// When it is none.
pub(super) fn read(source: &str) -> Result<Document, serde_yaml::Error> {
    let repeated = RefCell::default();
    let root = Node {
        path: String::new(),
        repeated: &repeated,
    };
    let value = root.deserialize(serde_yaml::Deserializer::from_str(source))?;
    let repeated = repeated.into_inner();
    Ok(Document { value, repeated })
}

/// Where a member of a map is.
pub(super) fn member_path(path: &str, name: &str) -> String {
    if path.is_empty() {
        return name.to_owned();
    }
    format!("{path}.{name}")
}

/// A value under reading.
struct Node<'r> {
    path: String,
    repeated: &'r RefCell<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true or false, a list, or a map whose keys are texts")
    }

    visit_plain_values!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Node {
            path: format!("{}[{}]", self.path, list.len()),
            repeated: self.repeated,
        })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = member_path(&self.path, &name);
            let repeated = self.repeated;
            if map.contains_key(&name) {
                repeated.borrow_mut().push(path.clone());
            }
            let value = members.next_value_seed(Node { path, repeated })?;
            map.entry(name).or_insert(value);
        }
        Ok(Value::Object(map))
    }
}
