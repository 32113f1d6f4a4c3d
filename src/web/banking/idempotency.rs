//! `x-idempotency-key`: the same call twice makes one thing (API contract, sections 1.1, 1.2 and 6.2).

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::bank::Bank;
use crate::bank::idempotency::{Begun, Endpoint, Key};
use crate::id::ClientId;
use crate::json;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::wire::header::{self, X_IDEMPOTENCY_KEY};
use crate::wire::reply::Reply;

use super::error::{Error, Fault, Kind, Place};

/// What a key turned out to be.
pub(super) enum Claim<'a> {
    /// The call is new: what is made under it is to be remembered by this.
    Fresh(Claimed<'a>),
    /// The call came before and made this.
    Replay(String),
}

/// A key taken for one call, or none when it sent none. Dropped without having been finished, it is free
/// again: nothing was made then.
pub(super) struct Claimed<'a> {
    bank: &'a Bank,
    key: Option<Key>,
}

impl Claimed<'_> {
    /// The key to finish when something is made.
    pub(super) const fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.bank.state(|state| state.idempotency.abandon(key));
        }
    }
}

/// Takes the key of a call; `beside` is what the call says beside its body.
///
/// This comes before the state of a consent is looked at: a replay finds it used up. A key that cannot be
/// one is refused later, in its place among the headers.
///
/// # Errors
/// 409 when the key stands for another call, or its first is under way.
pub(super) fn claim<'a>(
    call: &mut Call<'a>,
    client: &ClientId,
    endpoint: Endpoint,
    beside: &str,
) -> Result<Claim<'a>, Error> {
    let bank = call.bank;
    let Ok(Some(text)) = sent(call) else {
        return Ok(Claim::Fresh(Claimed { bank, key: None }));
    };
    let key = Key {
        client: client.clone(),
        endpoint,
        text: text.into(),
    };
    let digest = digest(&call.request.body, beside);
    let now = call.now.bank;
    let begun = bank.state(|state| state.idempotency.begin(&key, digest, now));
    let (kind, received) = match begun {
        Begun::Fresh => {
            call.trail.passed(&KEY_FREE);
            let key = Some(key);
            return Ok(Claim::Fresh(Claimed { bank, key }));
        }
        Begun::Replay(made) => {
            call.trail.passed(&KEY_FREE);
            call.entry.effect(format!("replayed what made {made}"));
            return Ok(Claim::Replay(made));
        }
        Begun::Conflict => (Kind::IdempotencyConflict, "a key of another request"),
        Begun::InProgress => (
            Kind::IdempotencyInProgress,
            "a key whose request is under way",
        ),
    };
    let mismatch = Mismatch::new("a key not used before, or the same request again", received);
    Err(kind.because(&KEY_FREE, mismatch))
}

/// Whether the header, if there is one, is a key.
///
/// # Errors
/// 400 `invalid_header`.
pub(super) fn check_header(call: &mut Call<'_>) -> Result<(), Error> {
    match sent(call) {
        Ok(_) => {
            call.trail.passed(&KEY_FORM);
            Ok(())
        }
        Err(message) => Err(Error::of_fault(
            &KEY_FORM,
            Fault {
                kind: Kind::InvalidHeader,
                message,
                place: Place::Header("x-idempotency-key"),
            },
        )),
    }
}

/// An answer that was given before, as things stand now.
pub(super) fn replayed(reply: Reply) -> Reply {
    reply.with_header(header::X_IDEMPOTENCY_REPLAYED, "true")
}

fn sent<'a>(call: &Call<'a>) -> Result<Option<&'a str>, String> {
    let sent = header::single(&call.request.head.headers, &X_IDEMPOTENCY_KEY);
    match sent.map_err(|fault| fault.to_string())? {
        None => Ok(None),
        Some(text) if (1..=KEY_MAX).contains(&text.chars().count()) => Ok(Some(text)),
        Some(text) => {
            let found = text.chars().count();
            Err(format!(
                "must have 1 to {KEY_MAX} characters, and has {found}"
            ))
        }
    }
}

/// What makes a request the same: its JSON whatever the order of members, or else its bytes.
fn digest(body: &[u8], beside: &str) -> [u8; 32] {
    let canonical = json::read(body).map(|mut document| {
        document.sort_all_objects();
        Value::to_string(&document)
    });
    let mut hash = Sha256::new();
    hash.update(beside);
    hash.update([0]);
    match canonical {
        Ok(text) => hash.update(text),
        Err(_) => hash.update(body),
    }
    hash.finalize().into()
}

/// The contract's bound, and the UK standard's.
const KEY_MAX: usize = 40;

/// Every rule of this file, for the list of checks.
pub(super) static RULES: &[&Rule] = &[&KEY_FREE, &KEY_FORM];

static KEY_FREE: Rule = Rule {
    name: "idempotency.key",
    clause: "Hamster Bank API, sections 1.2 and 6.2",
    sentence: "An idempotency key stands for one request for a day.",
};
static KEY_FORM: Rule = Rule {
    name: "idempotency.header",
    clause: "Hamster Bank API, sections 1.1 and 6.2",
    sentence: "An idempotency key has 1 to 40 characters and is sent once.",
};
