//! The family `jarm`: the signed JWT that an authorization response may be.

use crate::fault::Twist;
use crate::fault::arguments::Arguments;
use crate::fault::facts::Asked;
use crate::jose::Flaw;
use crate::oauth::callback::Twist::{
    ResponseAudWrong, ResponseExpired, ResponseIssWrong, ResponseSeal,
};

use super::{Acts, Entry, Leaves, Nature, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "jarm.iss.wrong",
        summary: "The JWT response names another issuer.",
        right_client: "Refuses a response whose iss is not the bank it sent the customer to, and exchanges \
                       no code of it.",
        nature: Nature::Modifier("jarm.iss"),
        acts: Acts::Twist(|_| Twist::Callback(ResponseIssWrong)),
        ..COMMON
    },
    Entry {
        id: "jarm.aud.wrong",
        summary: "The JWT response is meant for another client.",
        right_client: "Refuses a response whose aud does not hold its own client_id, and exchanges no code \
                       of it.",
        nature: Nature::Modifier("jarm.aud"),
        acts: Acts::Twist(|_| Twist::Callback(ResponseAudWrong)),
        ..COMMON
    },
    Entry {
        id: "jarm.exp.expired",
        summary: "The JWT response expired six minutes ago.",
        right_client: "Refuses a response whose exp is past by its own clock, whatever skew it allows, and \
                       exchanges no code of it.",
        nature: Nature::Modifier("jarm.exp"),
        acts: Acts::Twist(|_| Twist::Callback(ResponseExpired)),
        ..COMMON
    },
    Entry {
        id: "jarm.signature",
        summary: "The signature of the JWT response verifies with no key.",
        right_client: "Verifies the signature before it reads anything else, and refuses the response.",
        nature: Nature::Modifier("jarm.seal"),
        acts: Acts::Twist(|_| Twist::Callback(ResponseSeal(Flaw::Corrupt))),
        ..COMMON
    },
    Entry {
        id: "jarm.alg_none",
        summary: "The JWT response says that it is not signed, and is not.",
        clause: "JARM, section 2.4; RFC 8725, section 3.1",
        right_client: "Takes the algorithms it registered and no other, and refuses the response.",
        nature: Nature::Modifier("jarm.seal"),
        acts: Acts::Twist(|_| Twist::Callback(ResponseSeal(Flaw::AlgNone))),
        ..COMMON
    },
];

const COMMON: Entry = Entry {
    id: "jarm",
    summary: "",
    parameters: &[],
    clause: "JARM, section 2.4",
    right_client: "",
    routes: &["oauth.authorize"],
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Exclusive,
    phases: &[],
    fits: is_jwt,
    acts: Acts::Twist(|_| Twist::Callback(ResponseIssWrong)),
};

fn is_jwt(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.about.flow.is_some_and(|flow| flow.is_jwt)
}
