//! The family `token`: the token endpoint, and tokens at the resources.

use http::StatusCode;
use time::Duration;

use crate::fault::Twist;
use crate::fault::arguments::{Arguments, Kind, Parameter};
use crate::fault::condition::Phase;
use crate::fault::facts::Asked;
use crate::oauth::access;
use crate::oauth::error;
use crate::oauth::token;
use crate::wire::disturbance::{Disturbance, Ending, Scope};

use super::{Acts, Entry, Leaves, Nature, anywhere, together};

/// An error of this word.
macro_rules! refusal {
    ($word:literal, $right_client:literal) => {
        Entry {
            id: concat!("token.error.", $word),
            summary: concat!(
                "The token endpoint refuses a client that proved itself with the error `",
                $word,
                "`."
            ),
            parameters: &[],
            right_client: $right_client,
            acts: Acts::Twist(|_| Twist::Error(error::Twist::new($word))),
            ..ERROR
        }
    };
}

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    ERROR,
    refusal!(
        "invalid_grant",
        "Takes the code or refresh token for dead, and asks the customer again."
    ),
    refusal!(
        "invalid_client",
        "Looks at its own keys, certificate and registration, and does not send the same again."
    ),
    refusal!(
        "invalid_request",
        "Treats it as a mistake of its own, and does not send the same again."
    ),
    refusal!(
        "unauthorized_client",
        "Treats it as a mistake in its registration, and does not send the same again."
    ),
    refusal!(
        "unsupported_grant_type",
        "Treats it as a mistake of its own, and reads the discovery document again."
    ),
    refusal!(
        "invalid_scope",
        "Asks for no more than was granted, or asks the customer again."
    ),
    Entry {
        id: "token.expired_early",
        summary: "A good access token is answered 401, although `expires_in` says that it is alive; it is \
                  dead from then on.",
        parameters: &[],
        clause: "RFC 6750, section 3.1; RFC 6749, section 5.1",
        right_client: "Refreshes the token once, calls once more with the new one, and gives up with a \
                       clear error if that is refused too.",
        routes: &["banking", "consents", "oauth.userinfo"],
        leaves: Leaves::UntilReset,
        acts: Acts::Twist(|_| Twist::AccessToken(access::Twist::Expired)),
        fits: anywhere,
        ..ERROR
    },
    Entry {
        id: "token.lifetime",
        summary: "The access token lives so many seconds, and says so.",
        parameters: &[Parameter {
            name: "seconds",
            kind: Kind::Integer(1, 86_400),
            default: Some("5"),
            about: "How long it lives; never longer than the consent.",
        }],
        clause: "RFC 6749, section 5.1",
        right_client: "Goes by expires_in, and refreshes ahead of the end instead of waiting for a 401.",
        leaves: Leaves::UntilReset,
        nature: Nature::Modifier("lifetime"),
        fits: anywhere,
        acts: Acts::Twist(|with| {
            let seconds = with.integer("seconds").unwrap_or(5);
            Twist::Token(token::Twist::Lifetime(Duration::seconds(seconds)))
        }),
        ..ERROR
    },
    Entry {
        id: "token.refresh_expired",
        summary: "The refresh token expires the moment it is used: the endpoint answers `invalid_grant`, \
                  now and from then on.",
        parameters: &[],
        right_client: "Forgets the refresh token, keeps the account connected in name alone, and asks the \
                       customer to authorize anew.",
        leaves: Leaves::UntilReset,
        fits: is_refresh,
        acts: Acts::Twist(|_| Twist::Token(token::Twist::RefreshExpired)),
        ..ERROR
    },
    Entry {
        id: "token.refresh_revoked",
        summary: "The grant behind the refresh token is ended the moment it is used: the endpoint answers \
                  `invalid_grant`, and every access token of the grant is dead with it.",
        parameters: &[],
        right_client: "Forgets every token of the grant, and asks the customer to authorize anew.",
        leaves: Leaves::UntilReset,
        fits: is_refresh,
        acts: Acts::Twist(|_| Twist::Token(token::Twist::RefreshRevoked)),
        ..ERROR
    },
    Entry {
        id: "token.answer_lost.code",
        summary: "A code is exchanged, and the connection is closed without the tokens; on HTTP/2 the stream \
                  is reset.",
        clause: "RFC 6749, sections 4.1.2 and 4.1.3",
        right_client: "Takes the code for used, does not send it again, and asks the customer anew.",
        fits: is_code,
        ..LOST
    },
    Entry {
        id: "token.answer_lost.refresh",
        summary: "An access token is made, and the connection is closed without it; on HTTP/2 the stream is \
                  reset.",
        clause: "RFC 6749, section 6",
        right_client: "Refreshes again with the same refresh token, and asks the customer only when that is \
                       refused.",
        fits: is_refresh,
        ..LOST
    },
    Entry {
        id: "token.no_refresh_token",
        summary: "A code brings no refresh token, where it always did.",
        parameters: &[],
        clause: "RFC 6749, section 5.1",
        right_client: "Uses the access token while it lives, and asks the customer again afterwards: the \
                       refresh token is optional.",
        leaves: Leaves::UntilReset,
        nature: Nature::Modifier("refresh_token"),
        fits: is_code,
        acts: Acts::Twist(|_| Twist::Token(token::Twist::NoRefreshToken)),
        ..ERROR
    },
];

const ERROR: Entry = Entry {
    id: "token.error",
    summary: "The token endpoint refuses a client that proved itself with an error of any word.",
    parameters: &[
        Parameter {
            name: "value",
            kind: Kind::ErrorCode,
            default: Some("invalid_grant"),
            about: "The error's word; a registered one, or one that no client knows.",
        },
        Parameter {
            name: "status",
            kind: Kind::Integer(400, 599),
            default: None,
            about: "The status; by itself the word's own, 400 or 401.",
        },
    ],
    clause: "RFC 6749, section 5.2",
    right_client: "Has an answer for every registered word and a common one for all others, and sends \
                   nothing again that will be refused again.",
    routes: &["oauth.token"],
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Exclusive,
    phases: &[],
    fits: anywhere,
    acts: Acts::Twist(|with| {
        let status = with.integer("status");
        let status = status.and_then(|status| u16::try_from(status).ok());
        Twist::Error(error::Twist {
            word: with.text("value").unwrap_or("invalid_grant").into(),
            status: status.and_then(|status| StatusCode::from_u16(status).ok()),
        })
    }),
};

/// What the losses of an answer have in common.
const LOST: Entry = Entry {
    parameters: &[],
    phases: &[Phase::After],
    acts: Acts::Reply(|reply, _| {
        // Where no token was made there is nothing to lose.
        let is_made = reply.status.is_success();
        if is_made {
            let closed = Disturbance::End(Ending::Close, Scope::Stream);
            reply.disturbances.push(closed);
        }
        is_made
    }),
    ..ERROR
};

fn is_refresh(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.is_grant("refresh_token")
}

fn is_code(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.is_grant("authorization_code")
}
