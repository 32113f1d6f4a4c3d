//! Whether an authorization request and the consent it names fit each other.

use std::sync::Arc;

use crate::bank::State;
use crate::clock::Timestamp;
use crate::consent::Terms;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::request::AuthorizationRequest;
use crate::rule::{Mismatch, Rule, Trail};

use super::scopes;

/// Whether a customer may be asked to authorize the consent that a request names, and its terms.
///
/// # Errors
/// When it is not the client's, not in a state to be authorized, or not what the scope is for.
pub(crate) fn check_request(
    state: &mut State,
    (client, request): (&Client, &AuthorizationRequest),
    now: Timestamp,
    trail: &mut Trail,
) -> Result<Arc<Terms>, Refusal> {
    let invalid = |finding| ErrorCode::InvalidRequest.because(finding);
    let own = state
        .consents
        .find_own(request.consent.as_str(), &client.id, now);
    let known =
        own.ok_or_else(|| Mismatch::new("a consent of this client", request.consent.to_string()));
    let consent = trail.judge(&CONSENT_KNOWN, known).map_err(invalid)?;
    let ready = if consent.can_be_authorized() {
        Ok(())
    } else {
        Err(Mismatch::new(
            "a consent that can be authorized",
            consent.state.as_str(),
        ))
    };
    trail.judge(&CONSENT_READY, ready).map_err(invalid)?;
    let scopes = scopes(consent.consent_type());
    let suits = if request.scope.contains_any(scopes) {
        Ok(())
    } else {
        let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let purpose = consent.consent_type().as_str();
        let expected = format!("{}, for a consent for {purpose}", words.join(" or "));
        Err(Mismatch::new(expected, request.scope.to_string()))
    };
    trail
        .judge(&SCOPE_SUITS, suits)
        .map_err(|finding| ErrorCode::InvalidScope.because(finding))?;
    Ok(Arc::clone(&consent.terms))
}

/// The same of a request about to be kept, save for one question: a consent that is not the client's is
/// refused when the customer arrives, where FAPI's own conformance plan expects it.
///
/// # Errors
/// When an own consent is not in a state to be authorized, or not what the scope is for.
pub(crate) fn check_pushed_request(
    state: &mut State,
    (client, request): (&Client, &AuthorizationRequest),
    now: Timestamp,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let named = request.consent.as_str();
    if state.consents.find_own(named, &client.id, now).is_none() {
        return Ok(());
    }
    check_request(state, (client, request), now, trail).map(|_| ())
}

pub(super) static CONSENT_KNOWN: Rule = Rule {
    name: "authorize.consent.known",
    clause: "Hamster Bank API, section 5.3",
    sentence: "The consent to be authorized is the client's own.",
};
pub(super) static CONSENT_READY: Rule = Rule {
    name: "authorize.consent.state",
    clause: "Hamster Bank API, sections 5.2 and 5.3",
    sentence: "The consent to be authorized is in a state that allows it.",
};
pub(super) static SCOPE_SUITS: Rule = Rule {
    name: "authorize.consent.scope",
    clause: "Hamster Bank API, section 5.3",
    sentence: "The scope suits what the consent is for.",
};
