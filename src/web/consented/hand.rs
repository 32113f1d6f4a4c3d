//! The operator's hand: a consent authorized, decided or made old with no browser in between.
//!
//! It moves a consent only where the customer, the bank or time could have moved it, and what follows for
//! its tokens is the same.

mod mint;

use std::fmt;

use crate::bank::State;
use crate::clock::Timestamp;
use crate::consent::{
    Approval, Consent, Event, IllegalMove, RejectionReason, Terms, TooManyConsents,
};
use crate::id::{AccountId, ClientId, CustomerId};

pub(crate) use mint::{Minting, NoToken, mint};

use super::approval::approval_of;

/// Who approves, and of which accounts; those that automatic approval chooses when none are named.
pub(crate) type Approver<'a> = (CustomerId, Option<&'a [AccountId]>);

/// Why the hand cannot do it. Nothing has changed then.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    /// The customer cannot approve it.
    Approval(RejectionReason),
    /// It is about other accounts than those that were chosen.
    Accounts(Vec<AccountId>),
    /// The client keeps as many consents as it may.
    Room(TooManyConsents),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approval(reason) => write!(f, "{}: {}", reason.as_str(), reason.description()),
            Self::Accounts(about) => {
                let about: Vec<_> = about.iter().map(ToString::to_string).collect();
                write!(f, "the consent is about {} alone", about.join(", "))
            }
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
    let created = state.consents.create(client, (terms, expires_at), now);
    let created = created.map_err(Refused::Room)?;
    let Some(consent) = state.consents.find(created.id.as_str(), now) else {
        return Ok(created);
    };
    // What awaits its customer may be approved.
    let _: Result<(), IllegalMove> = consent.apply(Event::Approve(approval), now);
    Ok(consent.clone())
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
