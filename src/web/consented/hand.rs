//! The operator's hand: a consent authorized, decided or made old with no browser in between.
//!
//! It moves a consent only where the customer, the bank or time could have moved it, and what follows for
//! its tokens is the same.

mod mint;

use std::fmt;

use time::Duration;

use crate::bank::State;
use crate::clock::Timestamp;
use crate::consent::{
    Approval, Consent, Event, IllegalMove, RejectionReason, Terms, TooManyConsents,
};
use crate::id::{AccountId, ClientId, CustomerId};
use crate::oauth::grant::Revocation;

pub(crate) use mint::{Minting, NoToken, mint};

use super::approval::approval_of;

/// Who approves, and of which accounts; those that automatic approval chooses when none are named.
pub(crate) type Approver<'a> = (CustomerId, Option<&'a [AccountId]>);

/// Why the hand cannot do it. Nothing has changed then.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    /// The customer cannot approve it.
    Approval(RejectionReason),
    /// Another customer gave it.
    Customer(CustomerId),
    /// It is about other accounts than those that were chosen.
    Accounts(Vec<AccountId>),
    /// It cannot move so from where it stands.
    Move(IllegalMove),
    /// The client keeps as many consents as it may.
    Room(TooManyConsents),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer(first) => write!(f, "{first} gave it, and nobody else renews it"),
            Self::Approval(reason) => write!(f, "{}: {}", reason.as_str(), reason.description()),
            Self::Accounts(about) => {
                let about: Vec<_> = about.iter().map(ToString::to_string).collect();
                write!(f, "the consent is about {} alone", about.join(", "))
            }
            Self::Move(illegal) => write!(f, "{illegal}"),
            Self::Room(full) => write!(f, "the client keeps {} consents already", full.kept),
        }
    }
}

/// A new consent that its customer has approved.
///
/// # Errors
/// When she cannot approve it, or the client has no room for it.
pub(crate) fn create_authorized(
    state: &mut State,
    client: ClientId,
    (terms, expires_at): (Terms, Option<Timestamp>),
    approver: Approver<'_>,
    now: Timestamp,
) -> Result<Consent, Refused> {
    let approval = approved(state, &terms, approver, now)?;
    let created = state.create_consent(client, (terms, expires_at), now);
    let created = created.map_err(Refused::Room)?;
    let Some(consent) = state.consents.find(created.id.as_str(), now) else {
        return Ok(created);
    };
    // What awaits its customer may be approved.
    let _: Result<(), IllegalMove> = consent.apply(Event::Approve(approval), now);
    Ok(consent.clone())
}

/// What the hand decides.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Decision<'a> {
    /// A customer says yes; again, when it is a re-authentication.
    Approve(Approver<'a>),
    /// A customer says no.
    Reject,
    /// The customer who approved ends it at the bank.
    Revoke,
    /// The bank says that its time is over.
    Expire,
}

/// Moves a consent as decided, and ends the tokens that end with it; `None` when there is no such one.
///
/// # Errors
/// When the move is illegal, or the customer cannot approve; nothing has changed then.
pub(crate) fn decide(
    state: &mut State,
    id: &str,
    decision: Decision<'_>,
    now: Timestamp,
) -> Option<Result<Consent, Refused>> {
    let consent = state.consents.find(id, now)?.clone();
    let (event, ends) = match decision {
        Decision::Approve(approver) => match approved_again(state, &consent, approver, now) {
            Ok(approval) => (Event::Approve(approval), Revocation::Reauthorized),
            Err(refused) => return Some(Err(refused)),
        },
        Decision::Reject => {
            let reason = RejectionReason::DeniedByCustomer;
            (Event::Reject(reason), Revocation::ConsentEnded)
        }
        Decision::Revoke => (Event::RevokeByCustomer, Revocation::ConsentEnded),
        Decision::Expire => (Event::Expire, Revocation::ConsentEnded),
    };
    let consent = state.consents.find(id, now)?;
    if let Err(illegal) = consent.apply(event, now) {
        return Some(Err(Refused::Move(illegal)));
    }
    let moved = consent.clone();
    // Every move ends what was granted before: by its end, or because it is granted anew.
    state.oauth.revoke_consent(&moved.id, ends);
    Some(Ok(moved))
}

/// What a customer approves of a consent, if it can still be approved: that is told first, whatever the
/// accounts are.
fn approved_again(
    state: &State,
    consent: &Consent,
    approver: Approver<'_>,
    now: Timestamp,
) -> Result<Approval, Refused> {
    if !consent.can_be_authorized() {
        return Err(Refused::Move(IllegalMove {
            state: consent.state.as_str(),
            event: "be approved",
        }));
    }
    if let Some(first) = consent.given_by.filter(|first| *first != approver.0) {
        return Err(Refused::Customer(first));
    }
    approved(state, &consent.terms, approver, now)
}

/// Makes a consent as old as if it had come `by` earlier, with all that this brings; `None` when there is
/// no such one.
pub(crate) fn age(state: &mut State, id: &str, by: Duration, now: Timestamp) -> Option<Consent> {
    let consent = state.consents.find(id, now)?;
    consent.age(by, now);
    let aged = consent.clone();
    state.oauth.end_consent_by(&aged.id, aged.expires_at);
    if aged.approved().is_none() {
        (state.oauth).revoke_consent(&aged.id, Revocation::ConsentEnded);
    }
    Some(aged)
}

/// What a customer approves: all the accounts she chose, or none of it.
fn approved(
    state: &State,
    terms: &Terms,
    (customer, chosen): Approver<'_>,
    now: Timestamp,
) -> Result<Approval, Refused> {
    let is_late = (terms.payment()).is_some_and(|terms| terms.schedule.is_over(now));
    if is_late {
        return Err(Refused::Approval(RejectionReason::AfterCutOff));
    }
    let approval = approval_of(&state.book, terms, customer, chosen).map_err(Refused::Approval)?;
    let holds = |id: &AccountId| approval.accounts.contains(id);
    if chosen.is_some_and(|chosen| !chosen.iter().all(holds)) {
        return Err(Refused::Accounts(approval.accounts));
    }
    Ok(approval)
}
