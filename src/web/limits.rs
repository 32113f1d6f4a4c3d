//! API keys and rate limits: judged before everything else of a call that a client makes (API contract,
//! sections 14, G8 and G9, and 15).
//!
//! A call with a key counts for the key's client at once; one without counts for its client once that is
//! known. What everybody may read, and what a customer's browser does, is not counted.

use http::header::RETRY_AFTER;

use crate::clock::Timestamp;
use crate::id::ClientId;
use crate::oauth::api_key::Environment;
use crate::oauth::rate::Allowance;
use crate::rule::{Mismatch, Rule};
use crate::wire::header;
use crate::wire::reply::Reply;

use super::banking::error::{Error, Fault, Kind, Place};
use super::call::Call;
use super::routes::{Handler, Route};

/// Whose a call is by its API key.
#[derive(Clone, Debug)]
pub(crate) struct KeyHolder {
    client: ClientId,
    environment: Environment,
}

/// Judges the key of a call, and whether it comes too often.
///
/// # Errors
/// 401 for a key that does not count, or for none where one is demanded; 429.
pub(crate) fn admit(call: &mut Call<'_>, route: &Route) -> Result<(), Error> {
    if matches!(route.handler, Handler::Browser(_) | Handler::Public(_)) {
        return Ok(());
    }
    let Some(text) = presented(call)? else {
        return check_demanded(call, route);
    };
    call.entry.secret(text);
    let holder = holder_of(call, text)?;
    call.trail.passed(&KNOWN);
    call.entry.client(holder.client.clone());
    count(call, &holder.client, Some(holder.environment))?;
    call.key_holder = Some(holder);
    Ok(())
}

/// Judges the same once it is known which client calls. A call with another client's key was none of that
/// client's: it uses up nothing of its minute, and is not told of it.
///
/// # Errors
/// 401 when the call has another client's key; 429.
pub(crate) fn admit_client(call: &mut Call<'_>, client: &ClientId) -> Result<(), Error> {
    let Some(holder) = &call.key_holder else {
        return count(call, client, None);
    };
    if holder.client == *client {
        call.trail.passed(&OWN);
        return Ok(());
    }
    if let Some(allowance) = call.allowance.take() {
        call.bank
            .state(|state| state.rates.give_back(&holder.client, allowance));
    }
    let mismatch = Mismatch::new(
        format!("an API key of {client}"),
        format!("one of {}", holder.client),
    );
    Err(Kind::InvalidApiKey.because(&OWN, mismatch))
}

/// The answer with what is left of the minute; where a fault says something else of it, that stands.
pub(super) fn told(mut reply: Reply, allowance: Option<Allowance>) -> Reply {
    let Some(allowance) = allowance else {
        return reply;
    };
    let reset = allowance.reset_s.to_string();
    for (name, value) in [
        (header::X_RATELIMIT_LIMIT, allowance.limit.calls.to_string()),
        (
            header::X_RATELIMIT_REMAINING,
            allowance.remaining.to_string(),
        ),
        (header::X_RATELIMIT_RESET, reset.clone()),
    ] {
        if !reply.headers.contains_key(&name) {
            reply = reply.with_header(name, &value);
        }
    }
    if allowance.is_granted {
        reply
    } else {
        reply.with_header(RETRY_AFTER, &reset)
    }
}

fn presented<'a>(call: &Call<'a>) -> Result<Option<&'a str>, Error> {
    header::single(&call.request.head.headers, &header::X_API_KEY).map_err(|fault| {
        let fault = Fault {
            kind: Kind::InvalidHeader,
            message: fault.to_string(),
            place: Place::Header("X-API-Key"),
        };
        Error::of_fault(&KNOWN, fault)
    })
}

// Whoever registers has no key yet.
fn check_demanded(call: &mut Call<'_>, route: &Route) -> Result<(), Error> {
    if !call.bank.settings.require_api_key || route.name.as_str() == "register.create" {
        return Ok(());
    }
    let mismatch = Mismatch::new("an API key in X-API-Key", "none")
        .with_hint("this bank's scenario says require_api_key");
    Err(Kind::InvalidApiKey.because(&DEMANDED, mismatch))
}

fn holder_of(call: &Call<'_>, text: &str) -> Result<KeyHolder, Error> {
    let found = call.bank.state(|state| {
        let key = state.api_keys.find(text)?;
        let holder = KeyHolder {
            client: key.client.clone(),
            environment: key.environment,
        };
        Some(match key.withdrawn_at {
            None => Ok(holder),
            Some(at) => Err(withdrawn(&key.id.to_string(), at)),
        })
    });
    let mismatch = match found {
        Some(Ok(holder)) => return Ok(holder),
        Some(Err(mismatch)) => mismatch,
        None => {
            let expected = "an API key of a client of this bank";
            let hint = "make one: POST /clients/{client_id}/keys of the control API";
            Mismatch::new(expected, "one that is not known").with_hint(hint)
        }
    };
    Err(Kind::InvalidApiKey.because(&KNOWN, mismatch))
}

fn withdrawn(id: &str, at: Timestamp) -> Mismatch {
    Mismatch::new("an API key in force", format!("{id}, withdrawn {at}"))
}

fn count(call: &mut Call<'_>, client: &ClientId, key: Option<Environment>) -> Result<(), Error> {
    let Some(limit) = call.bank.settings.rate_limits.of(key) else {
        return Ok(());
    };
    let now = call.now.bank;
    let counted = |state: &mut crate::bank::State| state.rates.count(client, limit, now);
    let allowance = call.bank.state(counted);
    call.allowance = Some(allowance);
    if allowance.is_granted {
        call.trail.passed(&RATE);
        return Ok(());
    }
    let environment = limit.environment.as_str();
    let expected = format!("at most {} calls a minute ({environment})", limit.calls);
    let received = format!("one more since {}", allowance.began);
    let hint = format!(
        "wait {} s of the bank's time, as Retry-After says",
        allowance.reset_s
    );
    let mismatch = Mismatch::new(expected, received).with_hint(hint);
    Err(Kind::RateLimitExceeded.because(&RATE, mismatch))
}

/// Every rule of this file, for the list of checks.
pub(super) static RULES: &[&Rule] = &[&DEMANDED, &KNOWN, &OWN, &RATE];

static DEMANDED: Rule = Rule {
    name: "api_key.present",
    clause: "Hamster Bank API, section 14, G8",
    sentence: "A call of a client carries an API key where the scenario demands one.",
};
static KNOWN: Rule = Rule {
    name: "api_key.known",
    clause: "Hamster Bank API, section 14, G8",
    sentence: "An API key that is sent was given to a client, is sent once, and was not withdrawn.",
};
static OWN: Rule = Rule {
    name: "api_key.own",
    clause: "Hamster Bank API, section 14, G8",
    sentence: "An API key that is sent is the calling client's own.",
};
static RATE: Rule = Rule {
    name: "limit.requests",
    clause: "Hamster Bank API, section 14, G9; RFC 6585, section 4",
    sentence: "A client makes no more calls in a minute of the bank's time than its environment allows.",
};
