//! What is legal but unwise: noted in the journal, told to nobody else, and never a refusal.

pub(super) mod request;

use crate::oauth::client::Client;
use crate::oauth::recent::Once;
use crate::oauth::request::AuthorizationRequest;
use crate::oauth::token::Issued;
use crate::wire::header;

use super::call::Call;
use super::routes::{Handler, Route};

/// Something unwise.
#[derive(Debug)]
pub(super) struct Lint {
    /// Dotted and stable, as a rule's.
    name: &'static str,
    /// Why it is unwise, in a sentence.
    sentence: &'static str,
}

/// Looks at the head of a call to a resource.
pub(super) fn of_head(call: &mut Call<'_>, route: &Route) {
    if !matches!(route.handler, Handler::Consented(..) | Handler::Token(_)) {
        return;
    }
    let headers = &call.request.head.headers;
    match header::single(headers, &header::X_FAPI_INTERACTION_ID) {
        Ok(None) => note(call, &INTERACTION_ID_MISSING),
        Ok(Some(sent)) if header::is_uuid(sent) => {}
        Ok(Some(_)) | Err(_) => note(call, &INTERACTION_ID_MALFORMED),
    }
    request::of_fapi_headers(call);
}

/// Looks at an authorization request that passed every check.
pub(super) fn of_request(call: &mut Call<'_>, client: &Client, request: &AuthorizationRequest) {
    let values = [
        (Once::Nonce, &request.nonce, &NONCE_REUSED),
        (Once::State, &request.state, &STATE_REUSED),
        (
            Once::CodeChallenge,
            &request.code_challenge,
            &CODE_CHALLENGE_REUSED,
        ),
    ];
    let reused = call.bank.state(|state| {
        values.map(|(once, value, lint)| {
            let value = value.as_deref()?;
            state.recent.uses(&client.id, once, value).then_some(lint)
        })
    });
    for lint in reused.into_iter().flatten() {
        note(call, lint);
    }
}

/// Looks at a token that was asked for and given, by the refresh token that was presented, if one was.
pub(super) fn of_issued(
    call: &mut Call<'_>,
    client: &Client,
    (presented, issued): (Option<&str>, &Issued),
) {
    // What stays the same from one token to the next.
    let refresh_token = presented.or(issued.refresh_token.as_deref());
    let purpose = match refresh_token {
        Some(token) => token.to_owned(),
        None => format!("scope {}", issued.scope),
    };
    let now = call.now.bank;
    let life = (now, now.plus(issued.expires_in));
    let was_fresh = (call.bank).state(|state| state.recent.is_given(&client.id, &purpose, life));
    // A code has to be exchanged whatever else there is.
    if was_fresh && issued.grant.is_none() {
        note(call, &TOKEN_FRESH);
    }
}

/// Looks at the code verifier that a client chose.
pub(super) fn of_verifier(call: &mut Call<'_>, verifier: &str) {
    let mut letters: Vec<_> = verifier.bytes().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < LETTERS_MIN {
        note(call, &CODE_VERIFIER_WEAK);
    }
}

fn note(call: &mut Call<'_>, lint: &Lint) {
    call.entry.lint(format!("{}: {}", lint.name, lint.sentence));
}

static INTERACTION_ID_MISSING: Lint = Lint {
    name: "interaction_id.missing",
    sentence: "The call has no x-fapi-interaction-id; with one of its own, both sides find it in their logs \
               (FAPI 1.0 Baseline, section 6.2.2, item 4).",
};
static INTERACTION_ID_MALFORMED: Lint = Lint {
    name: "interaction_id.malformed",
    sentence: "x-fapi-interaction-id is not one UUID, so that the bank made another (RFC 9562).",
};
static NONCE_REUSED: Lint = Lint {
    name: "nonce.reused",
    sentence: "The nonce stood in an earlier request: an ID token of that one passes for this one's \
               (OpenID Connect Core, section 15.5.2).",
};
static STATE_REUSED: Lint = Lint {
    name: "state.reused",
    sentence: "The state stood in an earlier request: an answer to that one passes for this one's \
               (RFC 6749, section 10.12).",
};
static CODE_CHALLENGE_REUSED: Lint = Lint {
    name: "code_challenge.reused",
    sentence: "The code challenge stood in an earlier request: whoever knows its verifier can use this code \
               too (RFC 7636, section 4.1).",
};
static CODE_VERIFIER_WEAK: Lint = Lint {
    name: "code_verifier.weak",
    sentence: "The code verifier has fewer different characters than chance would give it; 32 random bytes, \
               base64url-encoded, cannot be guessed (RFC 7636, section 7.1).",
};
static TOKEN_FRESH: Lint = Lint {
    name: "token.fresh",
    sentence: "The access token before this one, for the same purpose, has more than half of its life left: \
               use a token until it ends, and real banks will count fewer calls.",
};

/// Of 43 random characters of base64url some 31 differ, of 64 random hexadecimal digits some 16.
const LETTERS_MIN: usize = 12;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_lint_has_a_name_of_its_own_and_a_sentence() {
        let all = [
            &INTERACTION_ID_MISSING,
            &INTERACTION_ID_MALFORMED,
            &NONCE_REUSED,
            &STATE_REUSED,
            &CODE_CHALLENGE_REUSED,
            &CODE_VERIFIER_WEAK,
            &TOKEN_FRESH,
        ];
        let all = || all.iter().chain(request::ALL);
        let names: BTreeSet<_> = all().map(|lint| lint.name).collect();
        assert_eq!(names.len(), all().count());
        for lint in all() {
            assert!(
                lint.name.contains('.') && lint.sentence.ends_with('.'),
                "{}",
                lint.name
            );
            assert!(!lint.sentence.contains("  "), "{}", lint.sentence);
        }
    }
}
