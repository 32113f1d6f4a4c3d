//! The catalogue: every fault there is, family by family. `hamsterbank faults`, GET `/faults/catalogue`, the
//! scenario's checks and the engine read these entries and nothing else.

mod authorize;
mod discovery;
mod id_token;
mod jarm;
mod jwks;
mod token;

use crate::wire::reply::Reply;

use super::Twist;
use super::arguments::{Arguments, Parameter};
use super::condition::Phase;
use super::facts::Asked;
use super::routes;

/// One fault.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What it is called, for good: lower case, dotted, its family first.
    pub(crate) id: &'static str,
    /// What the bank does, in one sentence.
    pub(crate) summary: &'static str,
    /// What can be said about it beyond that it is wanted.
    pub(crate) parameters: &'static [Parameter],
    /// Standard and section of what it breaks.
    pub(crate) clause: &'static str,
    /// What a TPP should do.
    pub(crate) right_client: &'static str,
    /// Where it can act: names of routes, or what stands above them; none for a fault of connections.
    pub(crate) routes: &'static [&'static str],
    /// Whether something in the bank is different afterwards.
    pub(crate) leaves_state: bool,
    /// Whether others can act beside it.
    pub(crate) nature: Nature,
    /// Before or after the effect of a call; the first where a rule does not say, none where it cannot.
    pub(crate) phases: &'static [Phase],
    /// Whether it can act on this request, as far as its route leaves that open.
    pub(crate) fits: fn(&Asked<'_>, &Arguments) -> bool,
    /// Who performs it.
    pub(crate) acts: Acts,
}

/// Whether a fault leaves room for others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Nature {
    /// It stands in for the answer, or kills it: of several one fires.
    Exclusive,
    /// It changes one thing, which it names, for two of the same thing to be known; an empty name is shared
    /// with nobody.
    Modifier(&'static str),
}

/// Who performs a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Acts {
    /// The shell: from the reply there is to the one that is sent.
    Reply(fn(Reply, &Arguments) -> Reply),
    /// The domain module that owns the thing.
    Twist(fn(&Arguments) -> Twist),
}

impl Entry {
    /// Its family: what stands before the first dot.
    pub(crate) fn family(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// Whether it acts on connections, before there is a request.
    pub(crate) const fn is_of_connections(&self) -> bool {
        self.routes.is_empty()
    }

    /// Whether it could act on a route that `prefix` covers.
    pub(crate) fn can_act_within(&self, prefix: &str) -> bool {
        let mut own = self.routes.iter();
        own.any(|route| routes::is_within(prefix, route) || routes::is_within(route, prefix))
    }

    /// Whether it can act on this request.
    pub(crate) fn can_act_on(&self, asked: &Asked<'_>, arguments: &Arguments) -> bool {
        let is_there = |name: &str| {
            let mut own = self.routes.iter();
            own.any(|route| routes::is_within(name, route))
        };
        asked.route.is_some_and(is_there) && (self.fits)(asked, arguments)
    }
}

/// Every fault, family by family.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The fault of this id.
pub(crate) fn find(id: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.id == id)
}

/// Of [`Entry::fits`]: wherever its routes are.
fn anywhere(_: &Asked<'_>, _: &Arguments) -> bool {
    true
}

/// Every family, in the order they are told.
static FAMILIES: &[&[Entry]] = &[
    discovery::FAULTS,
    jwks::FAULTS,
    authorize::FAULTS,
    jarm::FAULTS,
    token::FAULTS,
    id_token::FAULTS,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_is_whole_and_no_id_stands_twice() {
        let mut ids = BTreeSet::new();
        for entry in all() {
            let id = entry.id;
            assert!(ids.insert(id), "{id} stands twice");
            let is_word = |part: &str| {
                !part.is_empty()
                    && (part.bytes()).all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
                    })
            };
            assert!(id.split('.').all(is_word) && id.contains('.'), "{id}");
            for (what, text) in [
                ("summary", entry.summary),
                ("right client", entry.right_client),
            ] {
                assert!(
                    text.ends_with('.') && text.len() > 20,
                    "{id}: {what}: {text}"
                );
            }
            assert!(!entry.clause.is_empty(), "{id}");
            for route in entry.routes {
                assert!(routes::is_known(route), "{id}: {route}");
            }
            for parameter in entry.parameters {
                assert!(parameter.is_sound(), "{id}: {}", parameter.name);
            }
            let is_twist = matches!(entry.acts, Acts::Twist(_));
            assert!(
                !is_twist || entry.phases.is_empty(),
                "{id}: the domain knows when"
            );
        }
    }

    #[test]
    fn a_family_is_one_file() {
        for family in FAMILIES {
            let names: BTreeSet<_> = family.iter().map(Entry::family).collect();
            assert_eq!(names.len(), 1, "{names:?}");
        }
        assert!(find("token.expired_early").is_some());
        assert!(find("token").is_none());
    }
}
