//! What each operation of the control API takes and tells, in words: the one place from which its OpenAPI
//! document and the commands of `hamsterbank ctl` are made. A test holds it against the table of routes and
//! against what the handlers refuse.

mod banks;
mod clients;
mod customers;
mod faults;
mod journal;
mod member;

use http::Method;

use super::routes::ROUTES;

pub(crate) use member::{DEFINITIONS, Kind, Member};

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    /// The name of its route.
    pub(crate) route: &'static str,
    /// What it does, in a line.
    pub(crate) summary: &'static str,
    /// What its query may hold.
    pub(crate) query: &'static [Member],
    /// What its body may hold.
    pub(crate) takes: Takes,
    /// What it answers when it is done.
    pub(crate) tells: Tells,
}

/// A body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// None, `null`, or an empty object.
    Nothing,
    /// These members and no others.
    Members(&'static [Member]),
    /// Exactly one of these members.
    OneOf(&'static [Member]),
    /// These members, and those of something that is described elsewhere.
    And(&'static [Member], &'static str),
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tells {
    /// 204.
    Nothing,
    /// 200, an object with at least these members.
    Document(&'static [Member]),
    /// 201, the same of something new.
    Made(&'static [Member]),
    /// 200, a list of objects with at least these members, perhaps a page of it.
    Items(&'static [Member]),
    /// 200, a text of this media type.
    Text(&'static str),
}

impl Operation {
    /// An operation that takes nothing.
    const fn new(route: &'static str, summary: &'static str, tells: Tells) -> Self {
        Self {
            route,
            summary,
            query: &[],
            takes: Takes::Nothing,
            tells,
        }
    }

    const fn asks(mut self, query: &'static [Member]) -> Self {
        self.query = query;
        self
    }

    const fn takes(mut self, takes: Takes) -> Self {
        self.takes = takes;
        self
    }
}

impl Takes {
    /// The members that are named here.
    pub(crate) const fn members(self) -> &'static [Member] {
        match self {
            Self::Nothing => &[],
            Self::Members(members) | Self::OneOf(members) | Self::And(members, _) => members,
        }
    }
}

/// The operation of a route, and the name of its group.
pub(crate) fn of(route: &str) -> Option<(&'static str, &'static Operation)> {
    all().find(|(_, operation)| operation.route == route)
}

/// Where an operation is found.
pub(crate) fn address(operation: &Operation) -> (Method, &'static str) {
    let route = ROUTES
        .iter()
        .find(|route| route.name.as_str() == operation.route);
    route.map_or((Method::GET, ""), |route| {
        (route.method.clone(), route.path)
    })
}

/// Every operation with the name of its group, in the order in which one reads them.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static Operation)> {
    GROUPS.iter().flat_map(|(group, _, operations)| {
        operations.iter().map(move |operation| (*group, operation))
    })
}

/// Groups: name, what it is about, operations.
pub(crate) static GROUPS: &[(&str, &str, &[Operation])] = &[
    (
        "banks",
        "The banks of the process, their time and their state.",
        banks::ALL,
    ),
    (
        "clients",
        "TPPs: what they hold, and what they may.",
        clients::ALL,
    ),
    (
        "customers",
        "Customers, their accounts, consents, payments and journeys.",
        customers::ALL,
    ),
    (
        "faults",
        "What the bank does wrong on purpose.",
        faults::ALL,
    ),
    (
        "journal",
        "What was asked, what was checked, what was answered, why.",
        journal::ALL,
    ),
];

/// The media type of what is told as it happens (the HTML standard, section 9.2).
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// Of every list that has pages.
const PAGE: [Member; 2] = [
    Member::optional(
        "after",
        Kind::Text,
        "The id of the last item of the page before.",
    ),
    Member::optional("limit", Kind::Count, "How many items at most."),
];

#[cfg(test)]
mod tests;
