//! The family `authorize`: what comes back from the authorization endpoint.

use crate::fault::Twist;
use crate::fault::arguments::{Arguments, Kind, Parameter};
use crate::fault::facts::Asked;
use crate::oauth::callback;
use crate::oauth::error;

use super::{Acts, Entry, Leaves, Nature, together};

/// An error of this word.
macro_rules! refusal {
    ($word:literal, $clause:literal, $right_client:literal) => {
        Entry {
            id: concat!("authorize.error.", $word),
            summary: concat!(
                "The customer comes back with the error `",
                $word,
                "`, without having been asked."
            ),
            parameters: &[],
            clause: $clause,
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
        "access_denied",
        "RFC 6749, section 4.1.2.1",
        "Tells the customer that the bank or she herself said no, and offers to begin anew."
    ),
    refusal!(
        "login_required",
        "OpenID Connect Core 1.0, section 3.1.2.6",
        "Begins anew without what forbids the bank to have the customer log in."
    ),
    refusal!(
        "consent_required",
        "OpenID Connect Core 1.0, section 3.1.2.6",
        "Begins anew with a consent that the customer can be asked for."
    ),
    refusal!(
        "interaction_required",
        "OpenID Connect Core 1.0, section 3.1.2.6",
        "Begins anew and lets the bank show the customer its pages."
    ),
    refusal!(
        "invalid_scope",
        "RFC 6749, section 4.1.2.1",
        "Treats it as a mistake in its own request, and does not send the same one again."
    ),
    refusal!(
        "unauthorized_client",
        "RFC 6749, section 4.1.2.1",
        "Treats it as a mistake in its registration, and does not send the same request again."
    ),
    refusal!(
        "unsupported_response_type",
        "RFC 6749, section 4.1.2.1",
        "Treats it as a mistake in its own request, and reads the discovery document again."
    ),
    refusal!(
        "server_error",
        "RFC 6749, section 4.1.2.1",
        "Tells the customer that the bank has a problem, and offers to try again later."
    ),
    refusal!(
        "temporarily_unavailable",
        "RFC 6749, section 4.1.2.1",
        "Tells the customer that the bank is busy, and offers to try again later."
    ),
    refusal!(
        "unmet_authentication_requirements",
        "OpenID Connect Core Error Code unmet_authentication_requirements 1.0, section 2",
        "Says that the bank could not authenticate the customer as strongly as was asked."
    ),
    Entry {
        id: "authorize.state.wrong",
        summary: "The authorization response carries the state of another request.",
        clause: "RFC 6749, section 10.12; FAPI 1.0 Baseline, section 5.2.3",
        right_client: "Refuses a response whose state is not the one bound to the customer's browser, and \
                       exchanges no code of it.",
        nature: Nature::Modifier("state"),
        acts: Acts::Twist(|_| Twist::Callback(callback::Twist::StateWrong)),
        ..STATE
    },
    Entry {
        id: "authorize.state.missing",
        summary: "The authorization response carries no state, though the request had one.",
        clause: "RFC 6749, section 4.1.2; FAPI 1.0 Baseline, section 5.2.3",
        right_client: "Refuses a response without the state it sent, and exchanges no code of it.",
        nature: Nature::Modifier("state"),
        acts: Acts::Twist(|_| Twist::Callback(callback::Twist::StateMissing)),
        ..STATE
    },
    Entry {
        id: "authorize.iss.wrong",
        summary: "The authorization response carries the issuer of another bank: a mix-up.",
        clause: "RFC 9207, section 2.4",
        right_client: "Compares iss with the issuer it sent the customer to, and exchanges no code of a \
                       response from another.",
        nature: Nature::Modifier("iss"),
        fits: is_plain,
        acts: Acts::Twist(|_| Twist::Callback(callback::Twist::IssWrong)),
        ..STATE
    },
    Entry {
        id: "authorize.iss.missing_though_advertised",
        summary: "The authorization response carries no issuer, though the discovery document promises one.",
        clause: "RFC 9207, section 2.4",
        right_client: "Refuses a response without iss from a bank whose metadata says that it sends one.",
        nature: Nature::Modifier("iss"),
        fits: is_plain,
        acts: Acts::Twist(|_| Twist::Callback(callback::Twist::IssMissing)),
        ..STATE
    },
];

const ERROR: Entry = Entry {
    id: "authorize.error",
    summary: "The customer comes back with an error of any word, without having been asked.",
    parameters: &[Parameter {
        name: "value",
        kind: Kind::ErrorCode,
        default: Some("access_denied"),
        about: "The error's word; a registered one, or one that no client knows.",
    }],
    clause: "RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6",
    right_client: "Has an answer for every registered word and a common one for all others, exchanges \
                   nothing, and does not begin anew by itself.",
    routes: &["oauth.authorize"],
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Exclusive,
    phases: &[],
    fits: has_flow,
    acts: Acts::Twist(|with| {
        let word = with.text("value").unwrap_or("access_denied");
        Twist::Error(error::Twist::new(word))
    }),
};

/// What the faults of one member of the response have in common.
const STATE: Entry = Entry {
    parameters: &[],
    fits: has_state,
    ..ERROR
};

fn has_flow(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.about.flow.is_some()
}

fn has_state(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.about.flow.is_some_and(|flow| flow.has_state)
}

/// A JWT response has its issuer inside (JARM), and none beside it.
fn is_plain(asked: &Asked<'_>, _: &Arguments) -> bool {
    asked.about.flow.is_some_and(|flow| !flow.is_jwt)
}
