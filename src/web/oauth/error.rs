//! Refusals in the words of RFC 6749, section 5.2, with the bank's own envelope beside them.

use http::StatusCode;
use http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use schemars::JsonSchema;
use serde::Serialize;

use crate::fault;
use crate::oauth::error::{ErrorCode, Refusal, Twist, allowed_in_description};
use crate::oauth::registration::REGISTER;
use crate::web::banking::error::{Error, Kind};
use crate::web::call::Call;
use crate::wire::header;
use crate::wire::reply::Reply;

/// The answer to a client that was refused.
pub(crate) fn reply(refusal: &Refusal, call: &Call<'_>) -> Reply {
    let description = refusal.description(call.bank.settings.explain);
    let body = RefusalJson {
        error: refusal.code.as_str(),
        error_description: &description,
        code: refusal.code.as_str(),
        message: &description,
        id: call.interaction_id,
    };
    let reply = secret(Reply::json(refusal.code.status(), &body));
    let reply = match challenge(refusal.code, call) {
        Some(challenge) => reply.with_header(WWW_AUTHENTICATE, challenge),
        None => reply,
    };
    match refusal.code {
        // A code, a pushed request or a token of the client's ends within minutes.
        ErrorCode::TemporarilyUnavailable => reply.with_header(RETRY_AFTER, "60"),
        _ => reply,
    }
}

/// The `WWW-Authenticate` header of a 401.
fn challenge(code: ErrorCode, call: &Call<'_>) -> Option<&'static str> {
    let head = &call.request.head;
    let tried = head.headers.contains_key(AUTHORIZATION);
    match code {
        // RFC 6750, section 3: a call without a token learns no error code.
        ErrorCode::InvalidToken if !tried => Some(BEARER),
        ErrorCode::InvalidToken => Some(r#"Bearer realm="hamsterbank", error="invalid_token""#),
        // RFC 6749, section 5.2: a 401 to an Authorization header names the scheme that was used, though
        // none helps where clients authenticate. Registrations know no other than Bearer.
        ErrorCode::InvalidClient if tried => {
            let used = header::bearer(&head.headers);
            let is_other = matches!(used, Err(header::BearerFault::OtherScheme { .. }));
            let is_registration = head.path.starts_with(REGISTER);
            Some(if is_other && !is_registration {
                r#"Basic realm="hamsterbank""#
            } else {
                BEARER
            })
        }
        _ => None,
    }
}

/// The answer of an endpoint that was told to refuse, with whatever word.
pub(super) fn reply_on_purpose(twist: &Twist, call: &Call<'_>) -> Reply {
    let body = RefusalJson {
        error: &twist.word,
        error_description: Twist::DESCRIPTION,
        code: &twist.word,
        message: Twist::DESCRIPTION,
        id: call.interaction_id,
    };
    secret(Reply::json(twist.status(), &body))
}

/// Picks what an endpoint is told to refuse with.
pub(super) fn asked(twist: &fault::Twist) -> Option<Twist> {
    match twist {
        fault::Twist::Error(twist) => Some(twist.clone()),
        _ => None,
    }
}

/// A mistake that is not OAuth's own (no such path, body too long), with the members of both worlds.
pub(crate) fn reply_as_oauth(error: &Error, call: &Call<'_>) -> Reply {
    let description = error.message(call.bank.settings.explain);
    let body = RefusalJson {
        error: word_of(error.kind).as_str(),
        error_description: &description
            .chars()
            .map(allowed_in_description)
            .collect::<String>(),
        code: error.kind.code(),
        message: &description,
        id: call.interaction_id,
    };
    let reply = secret(Reply::json(error.kind.status(), &body));
    match error.challenge() {
        Some(challenge) => reply.with_header(WWW_AUTHENTICATE, &challenge),
        None => reply,
    }
}

// RFC 6750, section 3.1, has two words of its own for the one resource under /oauth/, userinfo.
const fn word_of(kind: Kind) -> ErrorCode {
    match kind {
        Kind::InvalidToken | Kind::MissingToken => ErrorCode::InvalidToken,
        Kind::InsufficientScope => ErrorCode::InsufficientScope,
        // RFC 6749, section 5.2: who calls is not who the key says.
        Kind::InvalidApiKey => ErrorCode::InvalidClient,
        Kind::RateLimitExceeded => ErrorCode::TemporarilyUnavailable,
        _ => ErrorCode::InvalidRequest,
    }
}

/// A success in JSON that nobody may keep (RFC 6749, section 5.1).
pub(crate) fn success(status: StatusCode, body: &impl Serialize) -> Reply {
    secret(Reply::json(status, body))
}

fn secret(reply: Reply) -> Reply {
    reply
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(PRAGMA, "no-cache")
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Refusal")]
pub(crate) struct RefusalJson<'a> {
    error: &'a str,
    error_description: &'a str,
    code: &'a str,
    message: &'a str,
    id: &'a str,
}

/// What a token is asked for with.
const BEARER: &str = r#"Bearer realm="hamsterbank""#;
