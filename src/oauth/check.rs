//! The table of checks: name, standard and section, where it runs, in which profile, and its function.
//!
//! A check is a pure function of what was asked, the client and the time. Order in a table is order of
//! running, and the first that fails decides. Because checks have names, a scenario can switch one off
//! (`lenient: [pkce]`) to play the careless bank, and the journal can say which one refused.

pub(crate) mod assertion;
pub(crate) mod authorization;
pub(crate) mod request_object;

use super::client_auth::SWITCHABLE;
use super::error::{ErrorCode, Refusal};
use super::profile::{Policy, Reach};
use super::registration::{metadata, organisation, signed, statement};
use super::token::{self, CODE_CHECKS, CREDENTIALS_CHECKS, REFRESH_CHECKS};
use crate::rule::{Mismatch, Rule, Trail};

/// One row of a table of checks over subjects of type `S`.
pub(crate) struct Check<S> {
    /// What it is called, where it stands, what it demands.
    pub(crate) rule: Rule,
    /// What the client is told when it fails.
    pub(crate) code: ErrorCode,
    /// Where it is asked.
    pub(crate) places: &'static [Place],
    /// Under which profiles, and whether it can be switched off.
    pub(crate) reach: Reach,
    /// The question itself.
    pub(crate) run: fn(&S) -> Result<(), Mismatch>,
}

/// Where a check is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// The authorization endpoint, for a request object by value.
    Authorize,
    /// The introspection endpoint.
    Introspect,
    /// The pushed authorization request endpoint.
    Par,
    /// The client registration endpoint.
    Register,
    /// The revocation endpoint.
    Revoke,
    /// The token endpoint.
    Token,
}

impl Place {
    /// The word in lists and in the journal.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Introspect => "introspect",
            Self::Par => "par",
            Self::Register => "register",
            Self::Revoke => "revoke",
            Self::Token => "token",
        }
    }
}

/// Every endpoint at which a client authenticates.
pub(crate) const CLIENT_ENDPOINTS: &[Place] =
    &[Place::Par, Place::Token, Place::Introspect, Place::Revoke];

/// Every rule that a scenario may switch off by name.
pub(crate) fn switchable() -> impl Iterator<Item = &'static Rule> {
    fn rows<S>(table: &'static [Check<S>]) -> impl Iterator<Item = &'static Rule> {
        let can_be_off = |check: &&'static Check<S>| check.reach != Reach::Always;
        table.iter().filter(can_be_off).map(|check| &check.rule)
    }
    SWITCHABLE
        .iter()
        .chain(token::SWITCHABLE)
        .map(|(rule, _)| *rule)
        .chain(rows(assertion::CHECKS))
        .chain(rows(request_object::CHECKS))
        .chain(rows(authorization::CHECKS))
        .chain(rows(statement::CHECKS))
        .chain(rows(signed::CHECKS))
        .chain(rows(metadata::CHECKS))
        .chain(rows(organisation::CERTIFICATE_CHECKS))
        .chain(rows(organisation::CHECKS))
        .chain(rows(CODE_CHECKS))
        .chain(rows(REFRESH_CHECKS))
        .chain(rows(CREDENTIALS_CHECKS))
}

/// Asks every check of `table` that runs at `place` under `policy`, in order, until one fails.
pub(crate) fn run<S>(
    table: &'static [Check<S>],
    subject: &S,
    (place, policy): (Place, &Policy),
    trail: &mut Trail,
) -> Result<(), Refusal> {
    for check in table.iter().filter(|check| check.places.contains(&place)) {
        if !policy.enforces(&check.rule, check.reach) {
            trail.skipped(&check.rule);
            continue;
        }
        trail
            .judge(&check.rule, (check.run)(subject))
            .map_err(|finding| check.code.because(finding))?;
    }
    Ok(())
}
