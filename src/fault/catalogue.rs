//! The catalogue: every fault there is, family by family. `hamsterbank faults`, GET `/faults/catalogue`, the
//! scenario's checks and the engine read these entries and nothing else.

mod authorize;
mod banking;
mod consent;
mod discovery;
mod grease;
mod http;
mod id_token;
mod jarm;
mod jwks;
mod payment;
mod tls;
mod token;
mod transport;

use std::time::Duration;

use crate::clock::Timestamp;
use crate::entropy::{Draws, Seed};
use crate::id::RequestId;
use crate::pki::ServerFlaw;
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
    /// What is left of it in the bank afterwards.
    pub(crate) leaves: Leaves,
    /// Whether what was said about it goes together, where each part is right by itself.
    pub(crate) check: fn(&Arguments) -> Result<(), Clash>,
    /// Whether others can act beside it.
    pub(crate) nature: Nature,
    /// Before or after the effect of a call; the first where a rule does not say, none where it cannot.
    pub(crate) phases: &'static [Phase],
    /// Whether it can act on this request, as far as its route leaves that open.
    pub(crate) fits: fn(&Asked<'_>, &Arguments) -> bool,
    /// Who performs it.
    pub(crate) acts: Acts,
}

/// What is different in the bank after a fault, and would not be after the same call without it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Leaves {
    /// Nothing: what the call itself did, if it did anything, is no matter of the fault's.
    Nothing,
    /// Something that a reset takes back.
    UntilReset,
    /// Something that stays, over a reset too.
    ForGood,
}

/// A parameter that does not go with the others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Clash {
    /// Its name.
    pub(crate) parameter: &'static str,
    /// What would be right.
    pub(crate) expected: &'static str,
}

/// Whether a fault leaves room for others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Nature {
    /// It stands in for the answer, or kills it: of several one fires.
    Exclusive,
    /// It changes one thing, which it names, for two of the same thing to be known; an empty name is shared
    /// with nobody, and a star at its beginning stands for whatever comes before the rest.
    Modifier(&'static str),
}

/// Who performs a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Acts {
    /// The server, before there is a request.
    Connection(fn(&Arguments) -> OfConnection),
    /// The shell: it changes the reply there is to the one that is sent; false where it found nothing that
    /// it could act on, and changed nothing.
    Reply(fn(&mut Reply, &Given<'_>) -> bool),
    /// The domain module that owns the thing.
    Twist(fn(&Arguments) -> Twist),
}

/// What is wrong with a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OfConnection {
    /// The server shows a certificate with this flaw.
    Certificate(ServerFlaw),
    /// It is reset, and nobody listens for so long.
    NotAtHome(Duration),
}

/// What a change of a reply can go by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// What was said about the fault.
    pub(crate) arguments: &'a Arguments,
    /// When the answer is made.
    pub(crate) now_real: Timestamp,
    chance: Chance,
    id: &'static str,
}

/// What lots of a request are drawn by: the same for the same seed and request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    /// The bank's seed.
    pub(crate) seed: Seed,
    /// The request.
    pub(crate) request: RequestId,
}

impl<'a> Given<'a> {
    /// What a fault with these arguments is given at this time.
    pub(crate) const fn new(
        entry: &'static Entry,
        arguments: &'a Arguments,
        (now_real, chance): (Timestamp, Chance),
    ) -> Self {
        Self {
            arguments,
            now_real,
            chance,
            id: entry.id,
        }
    }

    /// Lots of the fault's own.
    fn draws(&self) -> Draws {
        let Chance { seed, request } = self.chance;
        Draws::new(seed, &format!("fault {} of {request}", self.id))
    }
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

    /// What it acts on, in a word.
    pub(crate) const fn acts_on(&self) -> &'static str {
        if self.is_of_connections() {
            "connections"
        } else {
            "requests"
        }
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

/// Of [`Entry::check`]: whatever is right by itself goes with everything else.
#[expect(clippy::unnecessary_wraps, reason = "it stands where others refuse")]
fn together(_: &Arguments) -> Result<(), Clash> {
    Ok(())
}

/// The name of every family.
pub(crate) fn families() -> impl Iterator<Item = &'static str> {
    FAMILIES
        .iter()
        .filter_map(|family| Some(family.first()?.family()))
}

/// Every family, in the order they are told.
static FAMILIES: &[&[Entry]] = &[
    transport::FAULTS,
    tls::FAULTS,
    http::FAULTS,
    discovery::FAULTS,
    jwks::FAULTS,
    authorize::FAULTS,
    jarm::FAULTS,
    token::FAULTS,
    id_token::FAULTS,
    consent::FAULTS,
    payment::FAULTS,
    banking::FAULTS,
    grease::FAULTS,
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
            let is_of_reply = matches!(entry.acts, Acts::Reply(_));
            assert!(
                is_of_reply || entry.phases.is_empty(),
                "{id}: whoever performs it knows when"
            );
            let is_of_connection = matches!(entry.acts, Acts::Connection(_));
            assert_eq!(is_of_connection, entry.is_of_connections(), "{id}");
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
