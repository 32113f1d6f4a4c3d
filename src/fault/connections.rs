//! What connections a bank has of its own, for the faults that act on them.

use super::catalogue::Entry;
use super::rule::Rule;

/// How its callers reach it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Connections {
    /// Over another bank's, below a path of it.
    #[default]
    Shared,
    /// Over its own, without TLS.
    Plain,
    /// Over its own, with TLS.
    Tls,
}

impl Connections {
    /// Those of a listener of its own.
    pub(crate) const fn of_listener(is_plain: bool) -> Self {
        if is_plain { Self::Plain } else { Self::Tls }
    }

    /// What would be right instead of a fault that cannot act on these.
    pub(crate) fn misfit(self, entry: &Entry) -> Option<&'static str> {
        let is_of_tls = entry.family() == "tls";
        match self {
            _ if !entry.is_of_connections() => None,
            Self::Shared => {
                Some("a fault of requests: a bank by path has no connections of its own")
            }
            Self::Plain if is_of_tls => Some("a fault that needs no TLS: this bank speaks none"),
            Self::Plain | Self::Tls => None,
        }
    }

    /// Whether every fault of these rules could act.
    ///
    /// # Errors
    /// The first that could not.
    pub(crate) fn check(self, rules: &[Rule]) -> Result<(), Misfit> {
        for (rule, Rule { then, .. }) in rules.iter().enumerate() {
            for (act, entry) in then.iter().map(|act| act.entry).enumerate() {
                if let Some(expected) = self.misfit(entry) {
                    let fault = entry.id;
                    return Err(Misfit {
                        at: (rule, act),
                        fault,
                        expected,
                    });
                }
            }
        }
        Ok(())
    }
}

/// A fault that this bank could never show.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("faults[{}].then[{}].fault: expected {expected}, found {fault}", at.0, at.1)]
pub(crate) struct Misfit {
    /// Which rule's, and which of what that does, counted from 0.
    at: (usize, usize),
    /// Its id.
    pub(crate) fault: &'static str,
    /// What would be right instead.
    pub(crate) expected: &'static str,
}

impl Misfit {
    /// Where the scenario names it (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let (rule, act) = self.at;
        format!("/faults/{rule}/then/{act}/fault")
    }
}
