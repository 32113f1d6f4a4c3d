//! The family `id_token`: the ID token, from the authorization endpoint in the hybrid flow, or from the
//! token endpoint.

use crate::fault::Twist;
use crate::fault::arguments::{Arguments, Kind, Parameter};
use crate::fault::facts::Asked;
use crate::jose::Flaw;
use crate::oauth::id_token::Twist::{
    AudWrong, CHashWrong, Expired, IssWrong, NonceMissing, NonceWrong, SHashMissing, SHashWrong,
    Seal,
};

use super::{Acts, Entry, Leaves, Nature, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "id_token.iss.wrong",
        summary: "The ID token names another issuer.",
        clause: "OpenID Connect Core 1.0, section 3.1.3.7, item 2",
        right_client: "Refuses an ID token whose iss is not the bank's issuer to the letter, and uses \
                       neither code nor tokens that came with it.",
        nature: Nature::Modifier("id_token.iss"),
        acts: Acts::Twist(|_| Twist::IdToken(IssWrong)),
        ..EITHER
    },
    Entry {
        id: "id_token.aud.wrong",
        summary: "The ID token is meant for another client.",
        clause: "OpenID Connect Core 1.0, section 3.1.3.7, item 3",
        right_client: "Refuses an ID token whose aud does not hold its own client_id.",
        nature: Nature::Modifier("id_token.aud"),
        acts: Acts::Twist(|_| Twist::IdToken(AudWrong)),
        ..EITHER
    },
    Entry {
        id: "id_token.nonce.wrong",
        summary: "The ID token carries the nonce of another request.",
        clause: "OpenID Connect Core 1.0, section 3.1.3.7, item 11",
        right_client: "Refuses an ID token whose nonce is not the one it sent: it may be another's, \
                       replayed.",
        nature: Nature::Modifier("id_token.nonce"),
        fits: has_nonce,
        acts: Acts::Twist(|_| Twist::IdToken(NonceWrong)),
        ..EITHER
    },
    Entry {
        id: "id_token.nonce.missing",
        summary: "The ID token carries no nonce, though the request had one.",
        clause: "OpenID Connect Core 1.0, section 3.1.3.7, item 11",
        right_client: "Refuses an ID token without the nonce it sent: it may be another's, replayed.",
        nature: Nature::Modifier("id_token.nonce"),
        fits: has_nonce,
        acts: Acts::Twist(|_| Twist::IdToken(NonceMissing)),
        ..EITHER
    },
    Entry {
        id: "id_token.s_hash.wrong",
        summary: "The ID token is bound to another state than the one beside it.",
        clause: "FAPI 1.0 Advanced, section 5.2.3, item 2",
        right_client: "Hashes the state it received, and refuses an ID token with another s_hash.",
        nature: Nature::Modifier("id_token.s_hash"),
        acts: Acts::Twist(|_| Twist::IdToken(SHashWrong)),
        ..FRONT
    },
    Entry {
        id: "id_token.s_hash.missing",
        summary: "The ID token is bound to no state, though there is one beside it.",
        clause: "FAPI 1.0 Advanced, section 5.2.3, item 2",
        right_client: "Refuses an ID token from the authorization endpoint without s_hash.",
        nature: Nature::Modifier("id_token.s_hash"),
        acts: Acts::Twist(|_| Twist::IdToken(SHashMissing)),
        ..FRONT
    },
    Entry {
        id: "id_token.c_hash.wrong",
        summary: "The ID token is bound to another code than the one beside it.",
        clause: "OpenID Connect Core 1.0, section 3.3.2.10",
        right_client: "Hashes the code it received, refuses an ID token with another c_hash, and does not \
                       exchange the code.",
        nature: Nature::Modifier("id_token.c_hash"),
        fits: is_hybrid,
        acts: Acts::Twist(|_| Twist::IdToken(CHashWrong)),
        ..FRONT
    },
    Entry {
        id: "id_token.exp.expired",
        summary: "The ID token expired six minutes ago.",
        clause: "OpenID Connect Core 1.0, section 3.1.3.7, item 9",
        right_client: "Refuses an ID token whose exp is past by its own clock, whatever skew it allows.",
        nature: Nature::Modifier("id_token.exp"),
        acts: Acts::Twist(|_| Twist::IdToken(Expired)),
        ..EITHER
    },
    Entry {
        id: "id_token.signature.corrupt",
        summary: "The signature of the ID token verifies with no key.",
        clause: "OpenID Connect Core 1.0, section 3.1.3.7, item 6",
        right_client: "Verifies the signature, from the token endpoint too, and refuses the ID token.",
        nature: Nature::Modifier("id_token.seal"),
        acts: Acts::Twist(|_| Twist::IdToken(Seal(Flaw::Corrupt))),
        ..EITHER
    },
    Entry {
        id: "id_token.alg.none",
        summary: "The ID token says that it is not signed, and is not.",
        clause: "OpenID Connect Core 1.0, section 3.1.3.7, item 7; RFC 8725, section 3.1",
        right_client: "Takes the algorithm it registered and no other, and refuses the ID token.",
        nature: Nature::Modifier("id_token.seal"),
        acts: Acts::Twist(|_| Twist::IdToken(Seal(Flaw::AlgNone))),
        ..EITHER
    },
];

/// Of an ID token from either endpoint.
const EITHER: Entry = Entry {
    id: "id_token",
    summary: "",
    parameters: &[Parameter {
        name: "at",
        kind: Kind::Word(&["front", "back"]),
        default: None,
        about: "The endpoint it comes from: `front` for authorization, `back` for token. By itself, front \
                in the hybrid flow and back otherwise.",
    }],
    clause: "",
    right_client: "",
    routes: &["oauth.authorize", "oauth.token"],
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Exclusive,
    phases: &[],
    fits: is_there,
    acts: Acts::Twist(|_| Twist::IdToken(IssWrong)),
};

/// Of a detached signature: an ID token from the authorization endpoint.
const FRONT: Entry = Entry {
    parameters: &[],
    routes: &["oauth.authorize"],
    fits: has_state,
    ..EITHER
};

/// Whether there is an ID token in the answer, at the endpoint that is meant.
fn is_there(asked: &Asked<'_>, with: &Arguments) -> bool {
    let Some(flow) = asked.about.flow else {
        return false;
    };
    if asked.is_grant("authorization_code") {
        return match with.text("at") {
            Some(at) => at == "back",
            None => !flow.is_hybrid,
        };
    }
    asked.route == Some("oauth.authorize") && flow.is_hybrid && with.text("at") != Some("back")
}

fn has_nonce(asked: &Asked<'_>, with: &Arguments) -> bool {
    is_there(asked, with) && asked.about.flow.is_some_and(|flow| flow.has_nonce)
}

fn is_hybrid(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.about.flow.is_some_and(|flow| flow.is_hybrid)
}

fn has_state(asked: &Asked<'_>, with: &Arguments) -> bool {
    is_hybrid(asked, with) && asked.about.flow.is_some_and(|flow| flow.has_state)
}
