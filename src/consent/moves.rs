//! Which move is legal from where, for which type of consent (API contract, section 5.2): one table.

use std::fmt;

use super::{Approval, ConsentType, Party, RejectionReason, State};

/// What may happen to a consent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// The customer approves after strong authentication; again, when it is a re-authentication.
    Approve(Approval),
    /// Its payment is accepted.
    Consume,
    /// The TPP deletes it.
    Delete,
    /// Its time is over, or the bank says so.
    Expire,
    /// The customer denies, or it cannot be carried out.
    Reject(RejectionReason),
    /// The customer ends it at the bank.
    RevokeByCustomer,
}

impl Event {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Approve(_) => "be approved",
            Self::Consume => "be consumed",
            Self::Delete => "be deleted",
            Self::Expire => "expire",
            Self::Reject(_) => "be rejected",
            Self::RevokeByCustomer => "be revoked by the customer",
        }
    }
}

/// A line of the table: for these types, from here, on this, to there.
struct Move {
    types: &'static [ConsentType],
    from: At,
    on: On,
    to: At,
}

/// A state without its facts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    Awaiting,
    Authorized,
    Consumed,
    Rejected,
    Expired,
    RevokedByCustomer,
    RevokedByTpp,
}

/// An event without its facts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum On {
    Approve,
    Consume,
    Delete,
    Expire,
    Reject,
    Revoke,
}

const ANY: &[ConsentType] = &ConsentType::ALL;
const PAYMENT: &[ConsentType] = &[ConsentType::Payment];
/// A payment that is authorized is an order, and is not taken back.
const LASTING: &[ConsentType] = &[ConsentType::AccountAccess, ConsentType::FundsConfirmation];
const ACCOUNT_ACCESS: &[ConsentType] = &[ConsentType::AccountAccess];

static MOVES: &[Move] = &[
    row(ANY, At::Awaiting, On::Approve, At::Authorized),
    row(ANY, At::Awaiting, On::Reject, At::Rejected),
    row(ANY, At::Awaiting, On::Expire, At::Rejected),
    row(ANY, At::Awaiting, On::Delete, At::RevokedByTpp),
    row(ANY, At::Authorized, On::Expire, At::Expired),
    row(LASTING, At::Authorized, On::Delete, At::RevokedByTpp),
    row(LASTING, At::Authorized, On::Revoke, At::RevokedByCustomer),
    // Re-authentication keeps expiry and permissions, and may pick other accounts.
    row(LASTING, At::Authorized, On::Approve, At::Authorized),
    row(PAYMENT, At::Authorized, On::Consume, At::Consumed),
    // The UK's v4 lets a customer who revoked at the bank change her mind at the TPP, until the end.
    row(
        ACCOUNT_ACCESS,
        At::RevokedByCustomer,
        On::Approve,
        At::Authorized,
    ),
    row(LASTING, At::RevokedByCustomer, On::Expire, At::Expired),
    row(LASTING, At::RevokedByCustomer, On::Delete, At::RevokedByTpp),
    // A DELETE of what has ended succeeds and changes nothing; so does a repeated one.
    row(ANY, At::Rejected, On::Delete, At::Rejected),
    row(ANY, At::Expired, On::Delete, At::Expired),
    row(ANY, At::RevokedByTpp, On::Delete, At::RevokedByTpp),
];

const fn row(types: &'static [ConsentType], from: At, on: On, to: At) -> Move {
    Move {
        types,
        from,
        on,
        to,
    }
}

/// The state that follows; none when the event succeeds and changes nothing.
pub(super) fn next(
    consent_type: ConsentType,
    state: &State,
    event: Event,
) -> Result<Option<State>, IllegalMove> {
    let illegal = IllegalMove {
        state: state.as_str(),
        event: event.as_str(),
    };
    let to = find(consent_type, At::of(state), On::of(&event)).ok_or(illegal)?;
    let next = match (to, event, state) {
        (At::Authorized, Event::Approve(approval), _) => State::Authorized(approval),
        (At::Consumed, Event::Consume, State::Authorized(approval)) => {
            State::Consumed(approval.clone())
        }
        (At::Rejected, Event::Reject(reason), _) => State::Rejected(reason),
        (At::Rejected, Event::Expire, _) => State::Rejected(RejectionReason::NotAuthorizedInTime),
        (At::Expired, Event::Expire, _) => State::Expired,
        (At::RevokedByCustomer, Event::RevokeByCustomer, _) => State::Revoked(Party::Customer),
        (At::RevokedByTpp, Event::Delete, state) if At::of(state) != At::RevokedByTpp => {
            State::Revoked(Party::Tpp)
        }
        _ => return Ok(None),
    };
    Ok(Some(next))
}

/// Whether a customer may approve from here.
pub(super) fn can_be_authorized(consent_type: ConsentType, state: &State) -> bool {
    find(consent_type, At::of(state), On::Approve).is_some()
}

fn find(consent_type: ConsentType, from: At, on: On) -> Option<At> {
    let is_it = |row: &&Move| row.from == from && row.on == on && row.types.contains(&consent_type);
    MOVES.iter().find(is_it).map(|row| row.to)
}

impl At {
    const fn of(state: &State) -> Self {
        match state {
            State::AwaitingAuthorization => Self::Awaiting,
            State::Authorized(_) => Self::Authorized,
            State::Consumed(_) => Self::Consumed,
            State::Rejected(_) => Self::Rejected,
            State::Expired => Self::Expired,
            State::Revoked(Party::Customer) => Self::RevokedByCustomer,
            State::Revoked(Party::Tpp) => Self::RevokedByTpp,
        }
    }
}

impl On {
    const fn of(event: &Event) -> Self {
        match event {
            Event::Approve(_) => Self::Approve,
            Event::Consume => Self::Consume,
            Event::Delete => Self::Delete,
            Event::Expire => Self::Expire,
            Event::Reject(_) => Self::Reject,
            Event::RevokeByCustomer => Self::Revoke,
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
