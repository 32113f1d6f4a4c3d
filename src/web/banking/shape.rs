//! What a request's body must look like: static tables that are both the check and the published schema.
//!
//! A [`Shape`] says the form of one value. [`walk()`] holds a body against a table of members and tells
//! every fault with its pointer; [`schema::schema`] prints the same table as JSON Schema. Since both read one
//! table, what is published and what is checked cannot drift apart. What a table cannot say (a date in
//! the past, an account that is nobody's) a handler adds through [`super::body::Body`].

mod form;
pub(super) mod pool;
pub(crate) mod schema;
mod walk;

use super::error::Kind;

pub(super) use form::{Class, Form, Run};
#[cfg(test)]
pub(super) use walk::MONEY;
pub(super) use walk::{read_money, walk};

/// The form of one value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// `true` or `false`.
    Boolean,
    /// An ISO 4217 code the bank knows.
    Currency,
    /// RFC 3339, or a date alone, which means its midnight in UTC.
    DateTime,
    /// A text of a closed form: digits, codes, numbers written as text.
    Form(&'static Form),
    /// A list with at least one item and at most `max`.
    List { of: &'static Shape, max: usize },
    /// `{"amount": "12.30", "currency": "GBP"}`.
    Money(Least),
    /// An object with at least one member, none of them unknown.
    Object(&'static [Member]),
    /// A text of at most `max` Unicode scalar values, without control characters.
    Text { max: usize },
    /// One of some words.
    Words(&'static Words),
}

/// The least amount of money that makes sense.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Least {
    /// Nothing at all will do.
    Zero,
    /// There must be some.
    AboveZero,
}

/// A closed list of words.
#[derive(Debug)]
pub(super) struct Words {
    /// The words.
    pub(super) list: &'static [&'static str],
    /// What another word is called: `invalid_field`, or one of the `unsupported_…`.
    pub(super) otherwise: Kind,
}

impl Words {
    /// Words beside which every other is an invalid value.
    pub(super) const fn new(list: &'static [&'static str]) -> Self {
        Self {
            list,
            otherwise: Kind::InvalidField,
        }
    }
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Its name.
    pub(super) name: &'static str,
    /// Its form.
    pub(super) shape: Shape,
    /// Whether the object is incomplete without it.
    pub(super) is_required: bool,
}

/// A member without which the object is incomplete.
pub(super) const fn required(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        is_required: true,
    }
}

/// A member that may be left out.
pub(super) const fn optional(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        is_required: false,
    }
}
