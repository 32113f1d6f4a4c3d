//! A rule: when, and what then.

use std::sync::Arc;

use super::arguments::Arguments;
use super::catalogue::{Entry, Nature};
use super::condition::{Phase, When};
use super::facts::Facts;
use super::routes;

/// When, and what then.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rule {
    /// What people call it.
    pub(crate) name: Option<Box<str>>,
    /// Its conditions.
    pub(crate) when: When,
    /// Its faults, at most one of them exclusive; none where it only holds requests.
    pub(crate) then: Vec<Act>,
}

/// A fault with what was said about it.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// The fault.
    pub(crate) entry: &'static Entry,
    /// Its arguments.
    pub(crate) arguments: Arc<Arguments>,
}

impl PartialEq for Act {
    fn eq(&self, other: &Self) -> bool {
        self.entry.id == other.entry.id && self.arguments == other.arguments
    }
}

impl Eq for Act {}

impl Act {
    /// Whether it stands in for the answer, or kills it.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.entry.nature == Nature::Exclusive
    }

    /// Whether one of them alone can act: both stand in for the answer, or both edit the same thing.
    pub(crate) fn is_in_the_way_of(&self, other: &Self) -> bool {
        let both_answer = self.is_exclusive() && other.is_exclusive();
        let both_edit = || same_thing(self.edits()?, other.edits()?).then_some(());
        both_answer || both_edit().is_some()
    }

    /// The thing it edits, if two of them could be in each other's way.
    fn edits(&self) -> Option<&'static str> {
        match self.entry.nature {
            Nature::Modifier(what) if !what.is_empty() => Some(what),
            Nature::Modifier(_) | Nature::Exclusive => None,
        }
    }

    /// Whether it can act on what there is: a request, or a connection that has brought none.
    pub(crate) fn can_act_on(&self, facts: &Facts<'_>) -> bool {
        match &facts.asked {
            Some(asked) => self.entry.can_act_on(asked, &self.arguments),
            None => self.entry.is_of_connections(),
        }
    }

    /// Whether it acts on the same kind of thing as another, so that one count is of both.
    pub(super) const fn counts_like(&self, other: &Self) -> bool {
        self.entry.is_of_connections() == other.entry.is_of_connections()
    }

    /// Whether it could act on a route that `prefix` covers. An ID token comes from one of two endpoints,
    /// and `at` says which.
    pub(crate) fn can_act_within(&self, prefix: &str) -> bool {
        let endpoint = self.endpoint();
        self.entry.can_act_within(prefix)
            && endpoint.is_none_or(|endpoint| routes::is_within(endpoint, prefix))
    }

    /// What would be right instead of a route where it cannot act.
    pub(super) fn expected_route(&self) -> String {
        let id = self.entry.id;
        match (self.endpoint(), self.arguments.text("at")) {
            (Some(endpoint), Some(at)) => {
                format!(
                    "{endpoint}, the only route where {id} acts with `at: {at}`, or another `at`"
                )
            }
            _ => format!(
                "a route where {id} can act, within {}",
                self.entry.routes.join(", ")
            ),
        }
    }

    /// The only endpoint that is meant, where `at` says so.
    fn endpoint(&self) -> Option<&'static str> {
        match self.arguments.text("at") {
            Some("front") => Some("oauth.authorize"),
            Some("back") => Some("oauth.token"),
            _ => None,
        }
    }

    /// When it acts, by a rule that asks for this phase or none.
    pub(crate) fn phase(&self, asked: Option<Phase>) -> Phase {
        let own = self.entry.phases.first().copied();
        asked.or(own).unwrap_or(Phase::Before)
    }
}

/// Whether two names of edited things mean the same one; a star stands for anything before the rest.
fn same_thing(one: &str, other: &str) -> bool {
    let covers = |wide: &str, narrow: &str| {
        wide.strip_prefix('*')
            .is_some_and(|end| narrow.ends_with(end))
    };
    one == other || covers(one, other) || covers(other, one)
}

impl Rule {
    /// Whether its conditions hold and any of its faults can act.
    pub(super) fn matches(&self, facts: &Facts<'_>, armed_at: crate::clock::Timestamp) -> bool {
        let is_only_a_hold = self.then.is_empty() && facts.asked.is_some();
        self.when.holds(facts, armed_at)
            && (is_only_a_hold || self.then.iter().any(|act| act.can_act_on(facts)))
    }
}
