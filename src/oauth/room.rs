//! How much the authorization server keeps for its clients, and what the one is told that wants more.

use crate::rule::{Mismatch, Rule};

use super::error::{ErrorCode, Refusal};
use super::expiring::{Full, Room};

/// The room of each map.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rooms {
    /// Identifiers of client assertions.
    pub(super) identifiers: Room,
    /// Pushed authorization requests.
    pub(super) pushed: Room,
    /// Grants, and as many refresh tokens.
    pub(super) grants: Room,
    /// Authorization codes.
    pub(super) codes: Room,
    /// Access tokens.
    pub(super) access_tokens: Room,
    /// Identifiers of signed registrations, of each software.
    pub(super) registrations: Room,
}

impl Rooms {
    /// The usual room, or at most `max` of everything for each client: a test of what happens then need
    /// not make a hundred thousand of it.
    pub(crate) fn with_at_most(max: Option<usize>) -> Self {
        let room = |each, together| Room {
            each: max.unwrap_or(each),
            together,
        };
        Self {
            identifiers: room(IDENTIFIERS_PER_CLIENT, IDENTIFIERS_MAX),
            pushed: room(PUSHED_PER_CLIENT, PUSHED_MAX),
            grants: room(GRANTS_PER_CLIENT, GRANTS_MAX),
            codes: room(CODES_PER_CLIENT, CODES_MAX),
            access_tokens: room(ACCESS_TOKENS_PER_CLIENT, ACCESS_TOKENS_MAX),
            registrations: room(REGISTRATIONS_PER_SOFTWARE, REGISTRATIONS_MAX),
        }
    }
}

/// The refusal of a client that keeps too much at the bank.
pub(super) fn too_much(full: Full) -> Refusal {
    let expected = match full {
        Full::Each(max) => format!("at most {max} outstanding for one client"),
        Full::Together(max) => {
            format!("few outstanding for one client, while all together have {max}")
        }
    };
    let mismatch = Mismatch::new(expected, "one more");
    ErrorCode::TemporarilyUnavailable.because(mismatch.under(&OUTSTANDING))
}

pub(super) static OUTSTANDING: Rule = Rule {
    name: "limit.outstanding",
    clause: "Hamster Bank, limits; RFC 6585, section 4",
    sentence: "A client keeps no more at the bank than a test could need.",
};

// A load test of one client at a thousand journeys a second fits; its memory stays in tens of megabytes.
// Five such at once are more than one machine serves.
const PUSHED_PER_CLIENT: usize = 20_000;
const PUSHED_MAX: usize = 5 * PUSHED_PER_CLIENT;
const CODES_PER_CLIENT: usize = 20_000;
const CODES_MAX: usize = 5 * CODES_PER_CLIENT;
const ACCESS_TOKENS_PER_CLIENT: usize = 200_000;
const ACCESS_TOKENS_MAX: usize = 5 * ACCESS_TOKENS_PER_CLIENT;
const GRANTS_PER_CLIENT: usize = 100_000;
const GRANTS_MAX: usize = 5 * GRANTS_PER_CLIENT;
/// Assertions live up to an hour: this many in an hour are more than fifty a second.
const IDENTIFIERS_PER_CLIENT: usize = 200_000;
const IDENTIFIERS_MAX: usize = 5 * IDENTIFIERS_PER_CLIENT;
/// Signed registrations live for minutes, half an hour at most.
const REGISTRATIONS_PER_SOFTWARE: usize = 2_000;
const REGISTRATIONS_MAX: usize = 50 * REGISTRATIONS_PER_SOFTWARE;
