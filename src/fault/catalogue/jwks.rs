//! The family `jwks`: the bank's published keys, and which of them it signs with.

use http::StatusCode;

use crate::fault::Twist;
use crate::fault::arguments::Arguments;
use crate::fault::condition::Phase;
use crate::fault::facts::Asked;
use crate::jose::Flaw;
use crate::wire::reply::Reply;

use super::{Acts, Entry, Leaves, Nature, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "jwks.rotated.before_signing",
        summary: "The bank changes its signing key, and signs the next ID token or JWT response with the new \
                  one; the old one stays published for a day.",
        parameters: &[],
        clause: "OpenID Connect Core 1.0, section 10.1.1",
        right_client: "Meets a kid that its cached key set has not, reads the key set again, once, and \
                       accepts what the new key signed.",
        routes: SIGNERS,
        leaves: Leaves::ForGood,
        check: together,
        nature: Nature::Modifier("signing key"),
        phases: &[],
        fits: signs,
        acts: Acts::Twist(|_| Twist::RotatedKey),
    },
    Entry {
        id: "jwks.kid_unknown",
        summary: "An ID token or a JWT response names a key that the bank never published.",
        parameters: &[],
        clause: "OpenID Connect Core 1.0, section 10.1; RFC 7515, section 4.1.4",
        right_client: "Reads the key set again, once and no more often than it allows itself, and then \
                       refuses what no published key signed.",
        routes: SIGNERS,
        leaves: Leaves::Nothing,
        check: together,
        // Of whichever JWT comes first.
        nature: Nature::Modifier("*.seal"),
        phases: &[],
        fits: signs,
        acts: Acts::Twist(|_| Twist::Signature(Flaw::UnknownKid)),
    },
    Entry {
        id: "jwks.unavailable.500",
        summary: "The key set cannot be had: its address answers 500.",
        parameters: &[],
        clause: "OpenID Connect Core 1.0, section 10.1.1; RFC 7517, section 5",
        right_client: "Goes on with the keys it knows as long as they fit, and says clearly which bank's \
                       keys it could not read.",
        routes: &["oauth.jwks"],
        leaves: Leaves::Nothing,
        check: together,
        nature: Nature::Exclusive,
        phases: &[Phase::Before],
        fits: super::anywhere,
        acts: Acts::Reply(|reply, _| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            *reply = Reply::text(status, "the key set cannot be had\n");
            true
        }),
    },
];

/// Where the bank signs.
static SIGNERS: &[&str] = &["oauth.authorize", "oauth.token"];

/// Whether the bank signs something for the answer.
fn signs(asked: &Asked<'_>, _: &Arguments) -> bool {
    let Some(flow) = asked.about.flow else {
        return false;
    };
    flow.is_hybrid || flow.is_jwt || asked.is_grant("authorization_code")
}
