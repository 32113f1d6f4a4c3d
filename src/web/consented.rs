//! Where a consent meets a grant: the only file that knows both.
//!
//! The authorization server remembers which consent a grant stands for; the consent remembers who
//! approved what. When a consent ends, by anybody's hand or by time, its grants end here.

use crate::bank::State;
use crate::banking::account::{Account, AccountStatus};
use crate::clock::Timestamp;
use crate::consent::{Approval, Consent, Event, Party, Permissions, State as ConsentState};
use crate::id::{AccountId, ClientId, ConsentId, CustomerId};
use crate::oauth::access::{BoundToken, Granted};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::grant::{Grant, Revocation};
use crate::oauth::request::AuthorizationRequest;
use crate::oauth::scope::ScopeToken;
use crate::rule::{Mismatch, Rule, Trail};

use super::banking::error::{Error, Kind};
use super::call::Call;

/// The proof that a call is made under a consent in force, by the client it was given to.
#[derive(Clone, Debug)]
pub(crate) struct Consented {
    customer: CustomerId,
    consent: Consent,
    accounts: Vec<AccountId>,
}

impl Consented {
    /// Who allowed it.
    pub(crate) const fn customer(&self) -> CustomerId {
        self.customer
    }

    /// The consent.
    pub(crate) const fn consent(&self) -> &Consent {
        &self.consent
    }

    /// What it opens.
    pub(crate) const fn permissions(&self) -> &Permissions {
        &self.consent.terms.permissions
    }

    /// The accounts she picked.
    pub(crate) fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }
}

/// Ends the grants of the consent behind `token` if that consent is no longer in force.
pub(crate) fn settle(state: &mut State, token: &str, now: Timestamp) {
    let Some(id) = state.oauth.consent_of(token) else {
        return;
    };
    let in_force = state
        .consents
        .find(id.as_str(), now)
        .is_some_and(|consent| consent.approval().is_some());
    if !in_force {
        state.oauth.revoke_consent(&id, Revocation::ConsentEnded);
    }
}

/// Moves a consent, and ends its grants when it leaves `authorized`.
pub(crate) fn end(
    state: &mut State,
    (id, client): (&str, &ClientId),
    event: Event,
    now: Timestamp,
) -> Option<()> {
    let consent = state.consents.find_own(id, client, now)?;
    // Every event that ends a consent is legal from everywhere, or changes nothing.
    let _ = consent.apply(event, now);
    let id = consent.id.clone();
    state.oauth.revoke_consent(&id, Revocation::ConsentEnded);
    Some(())
}

/// Takes a client out: what it holds ends, and what its customers have not answered yet is withdrawn.
pub(crate) fn remove_client(state: &mut State, client: &ClientId, now: Timestamp) {
    state.oauth.remove_client(client);
    state.consents.withdraw_awaiting(client, now);
}

/// Enters a resource under the consent that the header names and the token is bound to.
///
/// # Errors
/// Known 401, token match 403, state 401 or 403: in this order.
pub(crate) fn enter(
    call: &mut Call<'_>,
    token: &BoundToken,
    granted: &Granted,
    named: &str,
) -> Result<Consented, Error> {
    let now = call.now.bank;
    let found = call.bank.state(|state| {
        let own = state.consents.find_own(named, token.client(), now);
        own.map(|consent| consent.clone())
    });
    let consent = found.ok_or_else(|| {
        let mismatch = Mismatch::new("a consent of this client", named.to_owned());
        Kind::InvalidConsent.because(&CONSENT_KNOWN, mismatch)
    })?;
    call.trail.passed(&CONSENT_KNOWN);
    call.entry.consent(consent.id.clone());
    if granted.consent != consent.id {
        let mismatch = Mismatch::new(
            format!("{}, to which the token is bound", granted.consent),
            consent.id.to_string(),
        );
        return Err(Kind::ConsentMismatch.because(&CONSENT_MATCHES, mismatch));
    }
    call.trail.passed(&CONSENT_MATCHES);
    let approval = in_force(&consent)?;
    call.trail.passed(&CONSENT_IN_FORCE);
    Ok(Consented {
        customer: approval.customer,
        accounts: approval.accounts.clone(),
        consent,
    })
}

fn in_force(consent: &Consent) -> Result<&Approval, Error> {
    let kind = match &consent.state {
        ConsentState::Authorized(approval) => return Ok(approval),
        ConsentState::Expired => Kind::InvalidConsent,
        ConsentState::Revoked(_) => Kind::ConsentRevoked,
        ConsentState::AwaitingAuthorization | ConsentState::Rejected(_) => {
            Kind::ConsentNotAuthorized
        }
    };
    let mismatch = Mismatch::new("a consent that is authorized", consent.state.as_str());
    Err(kind.because(&CONSENT_IN_FORCE, mismatch))
}

/// Whether a customer may be asked to authorize the consent that a request names.
///
/// # Errors
/// When it is not the client's, not in a state to be authorized, or not what the scope is for.
pub(crate) fn check_request(
    state: &mut State,
    (client, request): (&Client, &AuthorizationRequest),
    now: Timestamp,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let invalid = |finding| ErrorCode::InvalidRequest.because(finding);
    let own = state
        .consents
        .find_own(request.consent.as_str(), &client.id, now);
    let known =
        own.ok_or_else(|| Mismatch::new("a consent of this client", request.consent.to_string()));
    let consent = trail
        .judge(&REQUEST_CONSENT_KNOWN, known)
        .map_err(invalid)?;
    let ready = if consent.can_be_authorized() {
        Ok(())
    } else {
        Err(Mismatch::new(
            "a consent that can be authorized",
            consent.state.as_str(),
        ))
    };
    trail
        .judge(&REQUEST_CONSENT_READY, ready)
        .map_err(invalid)?;
    let scopes = [ScopeToken::Accounts, ScopeToken::Transactions];
    let suits = if request.scope.contains_any(&scopes) {
        Ok(())
    } else {
        Err(Mismatch::new(
            format!(
                "accounts or transactions, for a consent to {}",
                consent.consent_type().as_str()
            ),
            request.scope.to_string(),
        ))
    };
    trail
        .judge(&REQUEST_SCOPE_SUITS, suits)
        .map_err(|finding| ErrorCode::InvalidScope.because(finding))
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
    check_request(state, (client, request), now, trail)
}

/// What the customer whom automatic approval stands for picks: every account that is not deleted.
///
/// # Errors
/// When the request's `login_hint` names nobody.
pub(crate) fn approve_automatically(
    state: &State,
    request: &AuthorizationRequest,
    trail: &mut Trail,
) -> Result<Approval, Refusal> {
    let customer = match request.login_hint.as_deref() {
        Some(hint) => state.book.customer(hint),
        None => state.book.customers().into_iter().next(),
    };
    let customer = customer.ok_or_else(|| {
        let received = request.login_hint.as_deref().unwrap_or("none").to_owned();
        Mismatch::new(
            "a customer's username or id in login_hint, or no login_hint",
            received,
        )
    });
    let customer = trail
        .judge(&CUSTOMER_KNOWN, customer)
        .map_err(|finding| ErrorCode::LoginRequired.because(finding))?;
    let accounts = state.book.accounts_of(customer.id);
    let is_open = |account: &Account| account.status != AccountStatus::Deleted;
    Ok(Approval {
        customer: customer.id,
        accounts: accounts
            .into_iter()
            .filter(is_open)
            .map(|account| account.id)
            .collect(),
    })
}

/// Records an approval, voids what an earlier one gave, and issues the code.
///
/// # Errors
/// When the consent cannot be authorized any more, or the client has too much outstanding.
pub(crate) fn grant(
    state: &mut State,
    grant: Grant,
    (request, approval): (&AuthorizationRequest, Approval),
    now: Timestamp,
) -> Result<(String, Grant), Refusal> {
    let id: ConsentId = grant.consent.clone();
    state.oauth.check_room(&grant.client.id, now)?;
    let consent = state
        .consents
        .find_own(id.as_str(), &grant.client.id, now)
        .ok_or_else(|| {
            let mismatch = Mismatch::new("a consent of this client", id.to_string());
            ErrorCode::InvalidRequest.because(mismatch.under(&REQUEST_CONSENT_KNOWN))
        })?;
    consent
        .apply(Event::Approve(approval), now)
        .map_err(|illegal| {
            let mismatch = Mismatch::new("a consent that can be authorized", illegal.to_string());
            ErrorCode::InvalidRequest.because(mismatch.under(&REQUEST_CONSENT_READY))
        })?;
    let grant = Grant {
        ends_at: consent.terms.expires_at,
        ..grant
    };
    state.oauth.revoke_consent(&id, Revocation::Reauthorized);
    let code = state.oauth.grant(grant.clone(), request, now)?;
    Ok((code, grant))
}

/// Who ended a consent, for its JSON.
pub(crate) const fn revoked_by(state: &ConsentState) -> Option<Party> {
    match state {
        ConsentState::Revoked(party) => Some(*party),
        _ => None,
    }
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[
    &CONSENT_KNOWN,
    &CONSENT_MATCHES,
    &CONSENT_IN_FORCE,
    &REQUEST_CONSENT_KNOWN,
    &REQUEST_CONSENT_READY,
    &REQUEST_SCOPE_SUITS,
    &CUSTOMER_KNOWN,
];

static CONSENT_KNOWN: Rule = Rule {
    name: "consent.known",
    clause: "Hamster Bank API, section 1.2",
    sentence: "X-Consent-ID names a consent of the client.",
};
static CONSENT_MATCHES: Rule = Rule {
    name: "consent.matches",
    clause: "Hamster Bank API, sections 1.1 and 1.2",
    sentence: "X-Consent-ID names the consent the access token is bound to.",
};
static CONSENT_IN_FORCE: Rule = Rule {
    name: "consent.in_force",
    clause: "Hamster Bank API, sections 1.2 and 5.2",
    sentence: "The consent is authorized and has not ended.",
};
static REQUEST_CONSENT_KNOWN: Rule = Rule {
    name: "authorize.consent.known",
    clause: "Hamster Bank API, section 5.3",
    sentence: "The consent to be authorized is the client's own.",
};
static REQUEST_CONSENT_READY: Rule = Rule {
    name: "authorize.consent.state",
    clause: "Hamster Bank API, sections 5.2 and 5.3",
    sentence: "The consent to be authorized is in a state that allows it.",
};
static REQUEST_SCOPE_SUITS: Rule = Rule {
    name: "authorize.consent.scope",
    clause: "Hamster Bank API, section 5.3",
    sentence: "The scope suits what the consent is for.",
};
static CUSTOMER_KNOWN: Rule = Rule {
    name: "authorize.customer",
    clause: "OpenID Connect Core, section 3.1.2.1 (login_hint)",
    sentence: "There is a customer to approve.",
};
