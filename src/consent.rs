//! Consents: what a customer allows a TPP to do, and the legal moves of that permission.
//!
//! A consent is created by a TPP, approved or denied by a customer, used up by a payment, ended by one of
//! them or by time. Which move is legal from where, and for which type, is one table in `moves`; time's
//! own moves happen in [`Consent::settle`], which every look at a consent goes through, so that nobody
//! sees a stale state.
//!
//! This module knows nothing of tokens: `web/consented.rs` joins the two. States and rules are those of
//! the API contract, section 5, which follows the UK Open Banking Read/Write API v4.0.

mod moves;
mod permission;
mod references;
mod store;
pub(crate) mod terms;
mod twist;
pub(crate) mod unattended;

use std::sync::Arc;

use time::Duration;

use crate::clock::Timestamp;
use crate::id::{AccountId, ClientId, ConsentId, CustomerId};

pub(crate) use moves::{Event, IllegalMove};
pub(crate) use permission::{Permission, Permissions};
pub(crate) use store::{Consents, TooManyConsents};
pub(crate) use terms::{AccountAccess, FundsTerms, PaymentTerms, Terms};
pub(crate) use twist::Twist;

/// What a consent is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ConsentType {
    /// Reading accounts, balances and transactions.
    AccountAccess,
    /// One payment.
    Payment,
    /// Asking whether an account has so much money.
    FundsConfirmation,
}

impl ConsentType {
    /// Every type, in the order lists are printed.
    pub(crate) const ALL: [Self; 3] = [Self::AccountAccess, Self::Payment, Self::FundsConfirmation];

    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AccountAccess => "account-access",
            Self::Payment => "payment",
            Self::FundsConfirmation => "funds-confirmation",
        }
    }

    /// The type of this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// What ids of such consents begin with.
    pub(crate) const fn id_prefix(self) -> &'static str {
        match self {
            Self::AccountAccess => "consent_ais_",
            Self::Payment => "consent_pis_",
            Self::FundsConfirmation => "consent_cof_",
        }
    }
}

/// A consent with its history's last page.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    /// Its id.
    pub(crate) id: ConsentId,
    /// The TPP it was created by; nobody else may see or use it.
    pub(crate) client_id: ClientId,
    /// What the TPP asked for; never changed.
    pub(crate) terms: Arc<Terms>,
    /// When the TPP created it.
    pub(crate) created_at: Timestamp,
    /// When its state last changed.
    pub(crate) status_updated_at: Timestamp,
    /// When it ends by itself.
    pub(crate) expires_at: Timestamp,
    /// Where it stands.
    pub(crate) state: State,
    /// Who gave it, the first time it was given: nobody else can renew it.
    pub(crate) given_by: Option<CustomerId>,
    /// What whoever watches was last told of that.
    pub(super) told: &'static str,
}

/// Where a consent stands, with the facts of that state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// Created, not yet decided by the customer.
    AwaitingAuthorization,
    /// The customer approved it.
    Authorized(Approval),
    /// Its payment was accepted. Final.
    Consumed(Approval),
    /// The customer denied it, it could not be carried out, or nobody decided in time. Final.
    Rejected(RejectionReason),
    /// Its time is over. Final.
    Expired,
    /// Ended by one of the parties; final when the TPP ended it.
    Revoked(Party),
}

impl State {
    /// The word on the wire.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::AwaitingAuthorization => "awaiting_authorization",
            Self::Authorized(_) => "authorized",
            Self::Consumed(_) => "consumed",
            Self::Rejected(_) => "rejected",
            Self::Expired => "expired",
            Self::Revoked(_) => "revoked",
        }
    }
}

/// Who approved what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Approval {
    /// The customer who approved.
    pub(crate) customer: CustomerId,
    /// The accounts she picked; of a payment or a funds confirmation the one it is about.
    pub(crate) accounts: Vec<AccountId>,
}

/// Why a consent was rejected: `status_reason[].code`. Those of the account are ISO 20022's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RejectionReason {
    /// The time for payments of its kind was over for the day.
    AfterCutOff,
    /// The customer failed to authenticate for good.
    AuthenticationFailed,
    /// The debtor account may not be paid from at present.
    DebtorAccountBlocked,
    /// The debtor account is closed.
    DebtorAccountClosed,
    /// The debtor account is of a kind that cannot be paid from.
    DebtorAccountForbids,
    /// The named debtor account is not this customer's, or she has none to pay from.
    DebtorAccountNotHeld,
    /// The customer said no.
    DeniedByCustomer,
    /// Nobody decided within [`TIME_TO_AUTHORIZE`] or before its expiration date.
    NotAuthorizedInTime,
}

impl RejectionReason {
    /// The code on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AfterCutOff => "after_cut_off",
            Self::AuthenticationFailed => "authentication_failed",
            Self::DebtorAccountBlocked => "AC06",
            Self::DebtorAccountClosed => "AC04",
            Self::DebtorAccountForbids => "AG01",
            Self::DebtorAccountNotHeld => "debtor_account_not_held",
            Self::DeniedByCustomer => "denied_by_customer",
            Self::NotAuthorizedInTime => "not_authorized_in_time",
        }
    }

    /// The code's meaning, for `status_reason[].description`.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::AfterCutOff => "the cut-off for payments of this kind has passed",
            Self::AuthenticationFailed => "the customer failed to authenticate",
            Self::DebtorAccountBlocked => "the debtor account is blocked",
            Self::DebtorAccountClosed => "the debtor account is closed",
            Self::DebtorAccountForbids => "payments cannot be made from an account of this kind",
            Self::DebtorAccountNotHeld => "the customer holds no such debtor account",
            Self::DeniedByCustomer => "the customer denied the consent",
            Self::NotAuthorizedInTime => "the customer did not authorize the consent in time",
        }
    }

    /// Whether it is the debtor account that stood in the way.
    pub(crate) const fn is_of_debtor_account(self) -> bool {
        matches!(
            self,
            Self::DebtorAccountBlocked
                | Self::DebtorAccountClosed
                | Self::DebtorAccountForbids
                | Self::DebtorAccountNotHeld
        )
    }
}

/// Who ended a consent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Party {
    /// The customer, at the bank.
    Customer,
    /// The TPP, by DELETE.
    Tpp,
}

impl Party {
    /// The word on the wire: `revoked_by`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Tpp => "tpp",
        }
    }
}

impl Consent {
    /// The consent's purpose.
    pub(crate) fn consent_type(&self) -> ConsentType {
        self.terms.consent_type()
    }

    /// Makes the moves that time makes by itself, dated when they fell due.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let due = match self.state {
            State::AwaitingAuthorization => {
                let patience = self.created_at.plus(TIME_TO_AUTHORIZE);
                self.expires_at.min(patience)
            }
            _ => self.expires_at,
        };
        if due <= now {
            // Of what has ended there is nothing left to expire.
            let _ = self.make(Event::Expire, due);
        }
    }

    /// Moves the consent, or says that the move is illegal from where it stands.
    ///
    /// # Errors
    /// [`IllegalMove`]; nothing has changed then.
    pub(crate) fn apply(&mut self, event: Event, now: Timestamp) -> Result<(), IllegalMove> {
        self.settle(now);
        self.make(event, now)
    }

    /// Makes the consent as old as if all of it had come `by` earlier, and the moves that time then makes.
    pub(crate) fn age(&mut self, by: Duration, now: Timestamp) {
        for at in [
            &mut self.created_at,
            &mut self.status_updated_at,
            &mut self.expires_at,
        ] {
            *at = at.plus(-by);
        }
        self.settle(now);
    }

    fn make(&mut self, event: Event, at: Timestamp) -> Result<(), IllegalMove> {
        let next = moves::next(self.consent_type(), &self.state, event)?;
        let Some(next) = next else { return Ok(()) };
        // A payment has its own clock from here on; what else is approved keeps the date it was given.
        if self.consent_type() == ConsentType::Payment && matches!(next, State::Authorized(_)) {
            self.expires_at = at.plus(TIME_TO_SUBMIT);
        }
        if let State::Authorized(approval) = &next {
            self.given_by.get_or_insert(approval.customer);
        }
        self.state = next;
        self.status_updated_at = at;
        Ok(())
    }

    /// Whether a customer may approve it now.
    pub(crate) fn can_be_authorized(&self) -> bool {
        moves::can_be_authorized(self.consent_type(), &self.state)
    }

    /// Whether nothing will come of it any more.
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.state, State::Authorized(_)) && !self.can_be_authorized()
    }

    /// Who approved what, while it is in force.
    pub(crate) const fn approval(&self) -> Option<&Approval> {
        match &self.state {
            State::Authorized(approval) => Some(approval),
            _ => None,
        }
    }

    /// Who approved what, also once its payment has been made.
    pub(crate) const fn approved(&self) -> Option<&Approval> {
        match &self.state {
            State::Authorized(approval) | State::Consumed(approval) => Some(approval),
            _ => None,
        }
    }
}

/// The longest life of a consent but a payment's (published guide: 90 days).
pub(crate) const LONGEST_LIFE: Duration = Duration::days(90);

/// How long a customer has to decide (API contract, section 15).
pub(crate) const TIME_TO_AUTHORIZE: Duration = Duration::hours(24);

/// How long a TPP has to submit an authorized payment (API contract, section 5.1).
pub(crate) const TIME_TO_SUBMIT: Duration = Duration::hours(1);

#[cfg(test)]
mod tests;
