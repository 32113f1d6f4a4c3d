//! The awaiting step before a handler: keys of software that another directory vouches for are fetched from
//! where its statement says they are.
//!
//! Handlers wait for nothing, so what they may need is made ready here: wherever such a client signs, or has
//! something encrypted for it, and at a registration. What was read serves for a minute; then its next use
//! reads it anew, so that a key that was withdrawn stops, and one that took its place is known. The bank's own
//! directory is never asked over the wire, and only an address in a statement with a good signature is.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::bank::Bank;
use crate::bank::turns::{Taken, Turn};
use crate::clock::{Now, Timestamp};
use crate::jose::{Jws, KeySet};
use crate::json;
use crate::oauth::client_auth::claimed_client_id;
use crate::oauth::metadata::{AUTHORIZE, INTROSPECT, PAR, REVOKE, TOKEN};
use crate::oauth::registration::REGISTER;
use crate::oauth::registration::statement;
use crate::rule::Trail;
use crate::wire::form::Form;
use crate::wire::header::{self, X_JWS_SIGNATURE};
use crate::wire::request::Head;

/// Fetches the keys that a call needs when those the bank has are a minute old, and tells what went wrong
/// with that. Calls that need the same ones wait for the same fetch.
pub(super) async fn make_ready(
    bank: &Arc<Bank>,
    head: &Head,
    body: Option<&Bytes>,
    now: Now,
) -> Option<String> {
    if bank.directories.iter().all(|known| known.is_built_in) {
        return None;
    }
    let url = needed(bank, head, body)?;
    let is_due = || bank.state(|state| state.fetched_keys.is_due(&url, now.real));
    while is_due() {
        match bank.fetching.take(&url) {
            Turn::Others(waiting) => waiting.over().await,
            Turn::Own(turn) => {
                // Another's turn may have ended since the first look.
                if is_due() {
                    let waiting = turn.waiting();
                    // A task of its own, so that nobody who leaves takes it along.
                    tokio::spawn(fetch(Arc::clone(bank), url.clone(), turn, now.real));
                    waiting.over().await;
                }
                break;
            }
        }
    }
    bank.state(|state| state.fetched_keys.trouble(&url))
}

/// Fetches keys while it is this turn's, and remembers what came of it.
async fn fetch(bank: Arc<Bank>, url: String, turn: Taken, now_real: Timestamp) {
    let read = bank.fetcher.fetch(&url).await;
    let read = read
        .map_err(|fault| fault.to_string())
        .and_then(|text| json::read(&text).map_err(|error| error.to_string()))
        .and_then(|jwks| KeySet::from_jwks(&jwks).map_err(|fault| fault.to_string()));
    bank.state(|state| {
        if let Ok(keys) = &read {
            state.oauth.replace_keys(&url, keys);
        }
        state.fetched_keys.remember(&url, read, now_real);
    });
    drop(turn);
}

/// Where the keys are that a call needs, if they are to be fetched at all.
fn needed(bank: &Bank, head: &Head, body: Option<&Bytes>) -> Option<String> {
    let path = head.path.as_str();
    if path == REGISTER || path.starts_with("/register/") {
        return for_registration(bank, body?);
    }
    match path {
        AUTHORIZE => {
            let query = head.query_form().ok()?;
            let signs = query.get("request").is_some();
            for_client(bank, query.get("client_id")?, signs)
        }
        PAR | TOKEN | INTROSPECT | REVOKE => {
            let form = Form::parse(body?).ok()?;
            let signed = ["client_assertion", "request"];
            let signs = signed.iter().any(|name| form.get(name).is_some());
            for_client(bank, claimed_client_id(&form).ok()?.as_str(), signs)
        }
        _ => {
            let signs = head.headers.contains_key(&X_JWS_SIGNATURE);
            let token = header::bearer(&head.headers).ok().filter(|_| signs)?;
            let holder = bank.state(|state| state.oauth.behind(token).map(|known| known.client))?;
            for_client(bank, holder.as_str(), signs)
        }
    }
}

fn for_registration(bank: &Bank, body: &Bytes) -> Option<String> {
    let text = str::from_utf8(body).ok()?.trim();
    let members = match Jws::parse(text) {
        Ok(jws) => jws.unverified_claims().clone(),
        Err(_) => json::read_object(text.as_bytes()).ok()?,
    };
    let text = members.get("software_statement").and_then(Value::as_str)?;
    // The handler verifies it again, and notes in the journal what it found.
    let verified = statement::verify(text, &bank.directories, &mut Trail::default());
    let (claims, directory) = verified.ok()?;
    if directory.is_built_in {
        return None;
    }
    claims.str("software_jwks_endpoint").map(str::to_owned)
}

fn for_client(bank: &Bank, claimed: &str, signs: bool) -> Option<String> {
    bank.state(|state| {
        let registration = state.oauth.registration(claimed)?;
        let is_read = signs || registration.client.id_token_encryption.is_some();
        let candidate = &registration.candidate;
        let is_elsewhere = is_read && !candidate.is_built_in;
        is_elsewhere.then(|| candidate.software.jwks_endpoint.clone())
    })
}

#[cfg(test)]
mod tests;
