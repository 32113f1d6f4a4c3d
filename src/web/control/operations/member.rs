//! A member of a body or of an answer, or a parameter.

use serde_json::{Value, json};

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it may hold.
    pub(crate) kind: Kind,
    /// What it is, in a sentence.
    pub(crate) about: &'static str,
    /// Whether it has to be there.
    pub(crate) is_required: bool,
}

/// What a member may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Anything at all.
    Any,
    /// A whole number.
    Count,
    /// What a definition of this name says.
    Defined(&'static str),
    /// A length of time, such as `91d`.
    Duration,
    /// Yes or no.
    Flag,
    /// A list.
    List,
    /// A list of what a definition of this name says.
    ListOf(&'static str),
    /// A moment (RFC 3339).
    Moment,
    /// An object.
    Object,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// A text or an object.
    TextOrObject,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Member {
    /// One that need not be there.
    pub(crate) const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            about,
            is_required: false,
        }
    }

    /// One that has to be there.
    pub(crate) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            about,
            is_required: true,
        }
    }

    /// The same, where it need not be there.
    pub(crate) const fn or_not(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Its JSON Schema.
    pub(crate) fn schema(&self) -> Value {
        let mut schema = self.kind.schema();
        if let Some(members) = schema.as_object_mut() {
            members.insert("description".to_owned(), self.about.into());
        }
        schema
    }
}

impl Kind {
    fn schema(self) -> Value {
        match self {
            Self::Any => json!({}),
            Self::Count => json!({ "type": "integer", "minimum": 0 }),
            Self::Defined(name) => json!({ "$ref": format!("{DEFINITIONS}/{name}") }),
            Self::Duration => json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::List => json!({ "type": "array" }),
            Self::ListOf(name) => {
                let item = Self::Defined(name).schema();
                json!({ "type": "array", "items": item })
            }
            Self::Moment => json!({ "type": "string", "format": "date-time" }),
            Self::Object => json!({ "type": "object" }),
            Self::Text => json!({ "type": "string" }),
            Self::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Self::TextOrObject => json!({ "type": ["string", "object"] }),
            Self::Word(words) => json!({ "type": "string", "enum": words }),
        }
    }
}

/// Where definitions stand in the document.
pub(crate) const DEFINITIONS: &str = "#/components/schemas";
