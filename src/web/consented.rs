//! Where a consent meets a grant: this file and those below it know both, and no other.
//!
//! The authorization server remembers which consent a grant stands for; the consent remembers who
//! approved what. When a consent ends, by anybody's hand or by time, its grants end here.

pub(crate) mod approval;
pub(crate) mod hand;
mod request;

use crate::bank::State;
use crate::clock::Timestamp;
use crate::consent::{
    AccountAccess, Consent, ConsentType, Event, IllegalMove, Party, Permissions,
    State as ConsentState,
};
use crate::fault::{Decided, Twist};
use crate::id::{AccountId, ClientId, CustomerId};
use crate::oauth::access::{BoundToken, Granted};
use crate::oauth::grant::Revocation;
use crate::oauth::scope::ScopeToken;
use crate::rule::{Mismatch, Rule};

use super::banking::error::{Error, Kind};
use super::call::Call;

pub(crate) use approval::{
    check_customer, check_picked, check_subject, decide, deny, expected_customer, grant,
};
pub(crate) use request::{check_pushed_request, check_request};

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

    /// What it lets read; a consent of another type nothing at all.
    pub(crate) fn account_access(&self) -> &AccountAccess {
        self.consent.terms.account_access().unwrap_or(&NOTHING)
    }

    /// What it opens.
    pub(crate) fn permissions(&self) -> &Permissions {
        &self.account_access().permissions
    }

    /// The accounts she picked; the one that a payment or a funds confirmation is about.
    pub(crate) fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }
}

/// The scopes any of which suits a consent of this type (API contract, section 5.3).
pub(crate) const fn scopes(consent_type: ConsentType) -> &'static [ScopeToken] {
    match consent_type {
        ConsentType::AccountAccess => &[ScopeToken::Accounts, ScopeToken::Transactions],
        ConsentType::Payment => &[ScopeToken::Payments],
        ConsentType::FundsConfirmation => &[ScopeToken::Fundsconfirmations],
    }
}

/// Ends the grants of the consent behind `token` if that consent is no longer in force. One that its
/// payment has used up keeps them: the payment may still be asked for.
pub(crate) fn settle(state: &mut State, token: &str, now: Timestamp) {
    let Some(id) = state.oauth.consent_of(token) else {
        return;
    };
    let holds = state
        .consents
        .find(id.as_str(), now)
        .is_some_and(|consent| consent.approved().is_some());
    if !holds {
        state.oauth.revoke_consent(&id, Revocation::ConsentEnded);
    }
}

/// Moves a consent, and ends its grants when it leaves `authorized` for an end. An id that is not the
/// client's own moves nothing.
///
/// # Errors
/// When the move is illegal; nothing has changed then.
pub(crate) fn end(
    state: &mut State,
    (id, client): (&str, &ClientId),
    event: Event,
    now: Timestamp,
) -> Result<(), IllegalMove> {
    let Some(consent) = state.consents.find_own(id, client, now) else {
        return Ok(());
    };
    consent.apply(event, now)?;
    if consent.approved().is_none() {
        let id = consent.id.clone();
        state.oauth.revoke_consent(&id, Revocation::ConsentEnded);
    }
    Ok(())
}

/// Ends a consent in force as a fault of the call wants it, if one does and it can be ended so: whoever uses
/// it next finds it ended, and so do its tokens.
pub(crate) fn end_on_purpose(
    state: &mut State,
    faults: &mut Decided,
    (id, client): (&str, &ClientId),
    now: Timestamp,
) {
    let end_of = |twist: &Twist| match twist {
        Twist::Consent(twist) => twist.end(),
        _ => None,
    };
    let Some(consent) = (faults.has(|twist| end_of(twist).is_some()))
        .then(|| state.consents.find_own(id, client, now))
        .flatten()
        .filter(|consent| consent.approved().is_some())
    else {
        return;
    };
    let trial = consent.clone();
    let can_end = |event: &Event| trial.clone().apply(event.clone(), now).is_ok();
    let taken = faults.take(|twist| end_of(twist).filter(can_end));
    // The first is the end; two that want different ends would have been in each other's way.
    if let Some(event) = taken.into_iter().next() {
        let _ = end(state, (id, client), event, now);
    }
}

/// Takes a client out: what it holds ends, and its consents go with it.
pub(crate) fn remove_client(state: &mut State, client: &ClientId) {
    state.oauth.remove_client(client);
    state.consents.forget_client(client);
    state.idempotency.forget_client(client);
    state.api_keys.forget_client(client);
    state.rates.forget_client(client);
    state.unattended.forget_client(client);
    state.recent.forget_client(client);
}

/// The consent that the header names and the token is bound to, whatever its state.
///
/// # Errors
/// Known 401, token match 403, type 403: in this order.
pub(crate) fn identify(
    call: &mut Call<'_>,
    (token, granted): (&BoundToken, &Granted),
    named: &str,
    consent_type: ConsentType,
) -> Result<Consent, Error> {
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
    if consent.consent_type() != consent_type {
        let (expected, received) = (consent_type.as_str(), consent.consent_type().as_str());
        let mismatch = Mismatch::new(expected, received);
        return Err(Kind::WrongConsentType.because(&CONSENT_TYPE, mismatch));
    }
    call.trail.passed(&CONSENT_TYPE);
    Ok(consent)
}

/// The proof that a consent is in force.
///
/// # Errors
/// 401, 403 or 409, by its state.
pub(crate) fn enter(call: &mut Call<'_>, consent: Consent) -> Result<Consented, Error> {
    let approval = in_force(&consent)?;
    let (customer, accounts) = (approval.customer, approval.accounts.clone());
    call.trail.passed(&CONSENT_IN_FORCE);
    Ok(Consented {
        customer,
        consent,
        accounts,
    })
}

fn in_force(consent: &Consent) -> Result<&crate::consent::Approval, Error> {
    let kind = match &consent.state {
        ConsentState::Authorized(approval) => return Ok(approval),
        ConsentState::Consumed(_) => Kind::ConsentConsumed,
        ConsentState::Expired => Kind::InvalidConsent,
        ConsentState::Revoked(_) => Kind::ConsentRevoked,
        ConsentState::AwaitingAuthorization | ConsentState::Rejected(_) => {
            Kind::ConsentNotAuthorized
        }
    };
    let mismatch = Mismatch::new("a consent that is authorized", consent.state.as_str());
    Err(kind.because(&CONSENT_IN_FORCE, mismatch))
}

/// Who ended a consent, for its JSON.
pub(crate) const fn revoked_by(state: &ConsentState) -> Option<Party> {
    match state {
        ConsentState::Revoked(party) => Some(*party),
        _ => None,
    }
}

/// What a consent that is not for reading lets read.
static NOTHING: AccountAccess = AccountAccess {
    permissions: Permissions::NONE,
    transactions_from: None,
    transactions_to: None,
};

/// Every rule of this file and of those below it, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[
    &CONSENT_KNOWN,
    &CONSENT_MATCHES,
    &CONSENT_TYPE,
    &CONSENT_IN_FORCE,
    &request::CONSENT_KNOWN,
    &request::CONSENT_READY,
    &request::SCOPE_SUITS,
    &approval::CUSTOMER_KNOWN,
    &approval::SAME_CUSTOMER,
    &approval::SUBJECT,
    &approval::DEBTOR_ACCOUNT,
    &approval::ACCOUNTS_HERS,
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
static CONSENT_TYPE: Rule = Rule {
    name: "consent.type",
    clause: "Hamster Bank API, sections 1.2 and 8",
    sentence: "The consent is of the type the resource is for.",
};
static CONSENT_IN_FORCE: Rule = Rule {
    name: "consent.in_force",
    clause: "Hamster Bank API, sections 1.2 and 5.2",
    sentence: "The consent is authorized, has not ended, and has not been used up.",
};
