//! Consents: what a customer allows a TPP to do, and the legal moves of that permission.
//!
//! A consent is created by a TPP, approved or denied by a customer, ended by either of them or by time.
//! Which move is legal from where is one table, [`Consent::apply`]; time's own moves happen in
//! [`Consent::settle`], which every look at a consent goes through, so that nobody sees a stale state.
//!
//! This module knows nothing of tokens: `web/consented.rs` joins the two. States and rules are those of
//! the API contract, section 5, which follows the UK Open Banking Read/Write API v4.0.

mod permission;
mod store;

use std::fmt;

use time::Duration;

use crate::clock::Timestamp;
use crate::id::{AccountId, ClientId, ConsentId, CustomerId};

pub(crate) use permission::{Permission, Permissions};
pub(crate) use store::Consents;

/// What a consent is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ConsentType {
    /// Reading accounts, balances and transactions.
    AccountAccess,
}

impl ConsentType {
    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AccountAccess => "account-access",
        }
    }

    /// What ids of such consents begin with.
    pub(crate) const fn id_prefix(self) -> &'static str {
        match self {
            Self::AccountAccess => "consent_ais_",
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
    /// What the TPP asked for.
    pub(crate) terms: AccountAccess,
    /// When the TPP created it.
    pub(crate) created_at: Timestamp,
    /// When its state last changed.
    pub(crate) status_updated_at: Timestamp,
    /// Where it stands.
    pub(crate) state: State,
}

/// What an account-access consent asks for.
#[derive(Clone, Debug)]
pub(crate) struct AccountAccess {
    /// What may be read; never empty, never changed.
    pub(crate) permissions: Permissions,
    /// When it ends by itself.
    pub(crate) expires_at: Timestamp,
    /// Transactions before this are not shared.
    pub(crate) transactions_from: Option<Timestamp>,
    /// Transactions after this are not shared.
    pub(crate) transactions_to: Option<Timestamp>,
}

/// Where a consent stands, with the facts of that state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// Created, not yet decided by the customer.
    AwaitingAuthorization,
    /// The customer approved it.
    Authorized(Approval),
    /// The customer denied it, or nobody decided in time. Final.
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
    /// The accounts she picked.
    pub(crate) accounts: Vec<AccountId>,
}

/// Why a consent was rejected: `status_reason[].code`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RejectionReason {
    /// The customer said no.
    DeniedByCustomer,
    /// Nobody decided within [`TIME_TO_AUTHORIZE`] or before its expiration date.
    NotAuthorizedInTime,
}

impl RejectionReason {
    /// The code on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::DeniedByCustomer => "denied_by_customer",
            Self::NotAuthorizedInTime => "not_authorized_in_time",
        }
    }

    /// The code's meaning, for `status_reason[].description`.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::DeniedByCustomer => "the customer denied the consent",
            Self::NotAuthorizedInTime => "the customer did not authorize the consent in time",
        }
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

/// What may happen to a consent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// The customer approves after strong authentication; again, when it is a re-authentication.
    Approve(Approval),
    /// The customer denies.
    Deny,
    /// The customer ends it at the bank.
    RevokeByCustomer,
    /// The TPP deletes it.
    Delete,
}

impl Consent {
    /// The consent's purpose.
    #[expect(
        clippy::unused_self,
        reason = "payments and funds confirmation will ask self"
    )]
    pub(crate) const fn consent_type(&self) -> ConsentType {
        ConsentType::AccountAccess
    }

    /// Makes the moves that time makes by itself, dated when they fell due.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        match self.state {
            State::AwaitingAuthorization => {
                let lapses_at = self
                    .terms
                    .expires_at
                    .min(self.created_at.plus(TIME_TO_AUTHORIZE));
                if lapses_at <= now {
                    self.enter(
                        State::Rejected(RejectionReason::NotAuthorizedInTime),
                        lapses_at,
                    );
                }
            }
            State::Authorized(_) | State::Revoked(Party::Customer) => {
                if self.terms.expires_at <= now {
                    self.enter(State::Expired, self.terms.expires_at);
                }
            }
            State::Expired | State::Rejected(_) | State::Revoked(Party::Tpp) => {}
        }
    }

    /// Moves the consent, or says that the move is illegal from where it stands.
    ///
    /// # Errors
    /// [`IllegalMove`]; nothing has changed then.
    pub(crate) fn apply(&mut self, event: Event, now: Timestamp) -> Result<(), IllegalMove> {
        self.settle(now);
        let next = match (&self.state, event) {
            // Re-authentication keeps expiry and permissions, and may pick other accounts. The UK's
            // v4 allows it after the customer revoked at the bank, too.
            (
                State::AwaitingAuthorization
                | State::Authorized(_)
                | State::Revoked(Party::Customer),
                Event::Approve(approval),
            ) => State::Authorized(approval),
            (State::AwaitingAuthorization, Event::Deny) => {
                State::Rejected(RejectionReason::DeniedByCustomer)
            }
            (State::Authorized(_), Event::RevokeByCustomer) => State::Revoked(Party::Customer),
            (
                State::AwaitingAuthorization
                | State::Authorized(_)
                | State::Revoked(Party::Customer),
                Event::Delete,
            ) => State::Revoked(Party::Tpp),
            // A repeated DELETE, or one of a consent that already ended, succeeds and changes nothing.
            (State::Rejected(_) | State::Expired | State::Revoked(Party::Tpp), Event::Delete) => {
                return Ok(());
            }
            // A customer who breaks off a re-authentication leaves the consent as it was.
            (State::Authorized(_) | State::Revoked(Party::Customer), Event::Deny) => return Ok(()),
            (state, event) => {
                return Err(IllegalMove {
                    state: state.as_str(),
                    event: event.as_str(),
                });
            }
        };
        self.enter(next, now);
        Ok(())
    }

    /// Whether a customer may approve it now.
    pub(crate) const fn can_be_authorized(&self) -> bool {
        matches!(
            self.state,
            State::AwaitingAuthorization | State::Authorized(_) | State::Revoked(Party::Customer)
        )
    }

    /// Who approved what, while it is in force.
    pub(crate) const fn approval(&self) -> Option<&Approval> {
        match &self.state {
            State::Authorized(approval) => Some(approval),
            _ => None,
        }
    }

    fn enter(&mut self, state: State, at: Timestamp) {
        self.state = state;
        self.status_updated_at = at;
    }
}

impl Event {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Approve(_) => "approve",
            Self::Deny => "deny",
            Self::RevokeByCustomer => "revoke",
            Self::Delete => "delete",
        }
    }
}

/// A move the table does not allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct IllegalMove {
    /// Where the consent stands.
    pub(crate) state: &'static str,
    /// What was tried.
    pub(crate) event: &'static str,
}

impl fmt::Display for IllegalMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a consent that is {} cannot {}", self.state, self.event)
    }
}

/// The longest life of an account-access consent (published guide: 90 days).
pub(crate) const LONGEST_LIFE: Duration = Duration::days(90);

/// How long a customer has to decide (API contract, section 15).
pub(crate) const TIME_TO_AUTHORIZE: Duration = Duration::hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_seconds(1_705_314_600);

    fn consent(state: State) -> Consent {
        Consent {
            id: ConsentId::new("consent_ais_test"),
            client_id: ClientId::new("acorn-budget"),
            terms: AccountAccess {
                permissions: Permissions::from_iter([Permission::ReadAccounts]),
                expires_at: START.plus(LONGEST_LIFE),
                transactions_from: None,
                transactions_to: None,
            },
            created_at: START,
            status_updated_at: START,
            state,
        }
    }

    fn approval(account: u64) -> Approval {
        Approval {
            customer: CustomerId::new(1),
            accounts: vec![AccountId::new(account)],
        }
    }

    /// Every state crossed with every event: the next state's word, or `-` for an illegal move.
    #[test]
    fn every_move_is_the_table_s() {
        let states = [
            State::AwaitingAuthorization,
            State::Authorized(approval(1)),
            State::Revoked(Party::Customer),
            State::Revoked(Party::Tpp),
            State::Rejected(RejectionReason::DeniedByCustomer),
            State::Expired,
        ];
        let events = || {
            [
                Event::Approve(approval(2)),
                Event::Deny,
                Event::RevokeByCustomer,
                Event::Delete,
            ]
        };
        let table = [
            ["authorized", "rejected", "-", "revoked"],
            ["authorized", "authorized", "revoked", "revoked"],
            ["authorized", "revoked", "-", "revoked"],
            ["-", "-", "-", "revoked"],
            ["-", "-", "-", "rejected"],
            ["-", "-", "-", "expired"],
        ];
        for (state, row) in states.into_iter().zip(table) {
            for (event, expected) in events().into_iter().zip(row) {
                let mut consent = consent(state.clone());
                let moved = consent.apply(event.clone(), START.plus(Duration::hours(1)));
                let context = format!("{state:?} {event:?}");
                if expected == "-" {
                    assert!(moved.is_err(), "{context}");
                    assert_eq!(consent.state, state, "{context}");
                } else {
                    assert_eq!(moved, Ok(()), "{context}");
                    assert_eq!(consent.state.as_str(), expected, "{context}");
                }
            }
        }
    }

    #[test]
    fn reauthentication_picks_other_accounts_and_keeps_the_expiry() {
        let mut consent = consent(State::Authorized(approval(1)));
        let expires_at = consent.terms.expires_at;
        let approve = Event::Approve(approval(2));
        consent
            .apply(approve, START.plus(Duration::days(30)))
            .unwrap();
        assert_eq!(consent.approval(), Some(&approval(2)));
        assert_eq!(consent.terms.expires_at, expires_at);
    }

    #[test]
    fn a_consent_nobody_decides_lapses_after_a_day() {
        let mut consent = consent(State::AwaitingAuthorization);
        consent.settle(
            START
                .plus(TIME_TO_AUTHORIZE)
                .plus(Duration::milliseconds(-1)),
        );
        assert_eq!(consent.state, State::AwaitingAuthorization);
        consent.settle(START.plus(Duration::days(7)));
        assert_eq!(
            consent.state,
            State::Rejected(RejectionReason::NotAuthorizedInTime)
        );
        assert_eq!(consent.status_updated_at, START.plus(TIME_TO_AUTHORIZE));
    }

    #[test]
    fn an_authorized_consent_expires_at_its_date_and_cannot_come_back() {
        let mut consent = consent(State::Authorized(approval(1)));
        let late = START.plus(Duration::days(91));
        let refused = consent.apply(Event::Approve(approval(1)), late);
        assert!(refused.is_err());
        assert_eq!(consent.state, State::Expired);
        assert_eq!(consent.status_updated_at, START.plus(LONGEST_LIFE));
    }

    #[test]
    fn what_the_tpp_deleted_stays_deleted_whatever_the_time() {
        let mut consent = consent(State::Revoked(Party::Tpp));
        consent.settle(START.plus(Duration::days(400)));
        assert_eq!(consent.state, State::Revoked(Party::Tpp));
    }
}
