//! Payments: what is to be done, how far it has come, and what it has left in the ledger.
//!
//! A payment moves along the status machine of [`status`], by the timeline chosen when it was handed in or
//! by the bank's hand; what each move does to the ledger is in [`posting`]. Rules are those of the API
//! contract, section 6, after the UK Open Banking Read/Write API v4.0.

mod posting;
mod status;
mod store;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value};
use time::Duration;

use super::exchange::Rate;
use super::identifier::Scheme;
use super::rail::{Charge, ChargeBearer, PaymentType, Rail};
use super::timeline::Planned;
use crate::clock::Timestamp;
use crate::id::{AccountId, ClientId, ConsentId, CustomerId, PaymentId, TransactionId};
use crate::money::{Amount, Currency};

pub(super) use self::posting::creditor_refuses;
pub(crate) use self::posting::{account_forbids, total_debit, usual_course};
pub(crate) use self::status::{Reason, StatusCode};
pub(super) use self::store::Payments;
pub(crate) use self::store::{IllegalStep, NoRoom, Submission};

/// What a TPP asks the bank to pay: read once, shared by the consent and the payment, never changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Order {
    /// Whether it stays in the country.
    pub(crate) payment_type: PaymentType,
    /// The scheme, the type's usual one when none was named.
    pub(crate) rail: Rail,
    /// How much.
    pub(crate) instructed: Amount,
    /// To whom.
    pub(crate) creditor: Creditor,
    /// What the creditor is to read.
    pub(crate) reference: Option<String>,
    /// Who pays the banks.
    pub(crate) charge_bearer: ChargeBearer,
    /// In which currency it travels.
    pub(crate) transfer_currency: Currency,
    /// What was said of the exchange.
    pub(crate) exchange: Option<ExchangeTerms>,
    /// The instruction member for member as it was sent: a payment must repeat it to the letter.
    pub(crate) instruction: Map<String, Value>,
    /// The same of the risk indicators.
    pub(crate) risk: Option<Map<String, Value>>,
}

#[cfg(test)]
impl Order {
    /// An order to pay a shop at another bank.
    pub(crate) fn sample(rail: Rail, instructed: Amount) -> Self {
        Self {
            payment_type: rail.payment_type(),
            rail,
            instructed,
            creditor: Creditor {
                name: "Acorn Stores".to_owned(),
                account: (Scheme::SortCodeAccountNumber, "202015-55555555".to_owned()),
                agent: None,
            },
            reference: Some("ORDER1001".to_owned()),
            charge_bearer: ChargeBearer::Shared,
            transfer_currency: instructed.currency,
            exchange: None,
            instruction: Map::new(),
            risk: None,
        }
    }
}

/// Who is paid.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Creditor {
    /// The name on the account.
    pub(crate) name: String,
    /// The account, in its printed form.
    pub(crate) account: (Scheme, String),
    /// The BIC of the bank that keeps it.
    pub(crate) agent: Option<String>,
}

/// What a TPP says of the exchange: `exchange_rate_information` of the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ExchangeTerms {
    /// The debtor account's currency.
    pub(crate) unit: Currency,
    /// Which kind of rate.
    pub(crate) rate_type: RateType,
    /// The rate of a contract, and the contract.
    pub(crate) agreed: Option<(Rate, String)>,
}

/// Which kind of rate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum RateType {
    Actual,
    Agreed,
    Indicative,
}

impl RateType {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Actual, Self::Agreed, Self::Indicative];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Agreed => "agreed",
            Self::Indicative => "indicative",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// A rate as the bank answers it: `exchange_rate_information` of a reply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Quote {
    /// What the rate is a price of.
    pub(crate) unit: Currency,
    /// Units of the currency of transfer for one of it.
    pub(crate) rate: Rate,
    /// Which kind of rate.
    pub(crate) rate_type: RateType,
    /// The contract it is from.
    pub(crate) contract: Option<String>,
    /// Until when it holds.
    pub(crate) expires_at: Option<Timestamp>,
}

/// A payment under way, or at its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Payment {
    /// Its id.
    pub(crate) id: PaymentId,
    /// Who sent it.
    pub(crate) client_id: ClientId,
    /// What allowed it.
    pub(crate) consent_id: ConsentId,
    /// Who allowed it.
    pub(crate) customer: CustomerId,
    /// What is to be done.
    pub(crate) order: Arc<Order>,
    /// The account that pays.
    pub(crate) debtor: AccountId,
    /// What it costs that account, without charges.
    pub(crate) debit: Amount,
    /// What the bank takes for it.
    pub(crate) charges: Vec<Charge>,
    /// The same in the account's currency.
    pub(crate) fee: Amount,
    /// At which rate, where one was asked for.
    pub(crate) quote: Option<Quote>,
    /// When it is expected to leave the account.
    pub(crate) expected_execution: Timestamp,
    /// When it is expected to be settled.
    pub(crate) expected_settlement: Timestamp,
    /// Whether the TPP asked where a refund would go.
    pub(crate) shows_refund_account: bool,
    /// Until when other authorizers may take, where the TPP said so.
    pub(crate) completion: Option<Timestamp>,
    /// Every status it has had, the first one first; never empty.
    history: Vec<StatusChange>,
    /// What its timeline still has in store.
    plan: VecDeque<Planned>,
    rows: PaymentRows,
}

/// A status with the moment it was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StatusChange {
    /// The status.
    pub(crate) status: StatusCode,
    /// Since when.
    pub(crate) at: Timestamp,
    /// Why.
    pub(crate) reason: Option<Reason>,
}

/// What a payment has left in the ledger.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct PaymentRows {
    debit: Option<TransactionId>,
    fee: Option<TransactionId>,
    /// The creditor's side, when the creditor banks here.
    credit: Option<TransactionId>,
}

/// Approval by more than one: `multi_authorization` on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct MultiAuthorization {
    /// Where it stands.
    pub(crate) status: MultiAuthorizationStatus,
    /// How many have agreed, of [`AUTHORIZERS`].
    pub(crate) received: u8,
    /// Since when.
    pub(crate) last_updated_at: Timestamp,
    /// Until when the others may take.
    pub(crate) expires_at: Timestamp,
}

/// Where an approval by more than one stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MultiAuthorizationStatus {
    Authorized,
    Awaiting,
    Rejected,
}

impl MultiAuthorizationStatus {
    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::Awaiting => "awaiting",
            Self::Rejected => "rejected",
        }
    }
}

impl Payment {
    /// Where it stands, and since when.
    #[must_use]
    pub(crate) fn current(&self) -> StatusChange {
        // A payment is made with its first status.
        self.history.last().copied().unwrap_or(StatusChange {
            status: StatusCode::Rcvd,
            at: self.expected_execution,
            reason: None,
        })
    }

    /// Every status it has had, the first one first.
    #[must_use]
    pub(crate) fn history(&self) -> &[StatusChange] {
        &self.history
    }

    /// When it was handed in.
    #[must_use]
    pub(crate) fn created_at(&self) -> Timestamp {
        self.history.first().unwrap_or(&self.current()).at
    }

    /// When it moves next by itself.
    #[must_use]
    pub(crate) fn next_step_at(&self) -> Option<Timestamp> {
        self.plan.front().map(|planned| planned.at)
    }

    /// What the scheme calls it, once it is accepted for execution.
    #[must_use]
    pub(crate) fn scheme_payment_id(&self) -> Option<String> {
        self.has_been(StatusCode::Acsp)
            .then(|| self.scheme_reference())
    }

    /// Approval by more than one, of a payment that waits or waited for it.
    #[must_use]
    pub(crate) fn multi_authorization(&self) -> Option<MultiAuthorization> {
        let is_wait = |change: &StatusChange| change.status == StatusCode::Patc;
        let index = self.history.iter().position(is_wait)?;
        let began = self.history.get(index)?;
        let after = self.history.get(index + 1);
        let (status, received) = match after.map(|change| change.status) {
            None => (MultiAuthorizationStatus::Awaiting, 1),
            Some(StatusCode::Rjct) => (MultiAuthorizationStatus::Rejected, 1),
            Some(_) => (MultiAuthorizationStatus::Authorized, AUTHORIZERS),
        };
        Some(MultiAuthorization {
            status,
            received,
            last_updated_at: after.unwrap_or(began).at,
            expires_at: (self.completion).unwrap_or_else(|| began.at.plus(TIME_TO_AUTHORIZE)),
        })
    }

    fn has_been(&self, status: StatusCode) -> bool {
        self.history.iter().any(|change| change.status == status)
    }

    /// The payment's number behind its scheme: unique, and the same in every bank of the same seed.
    fn scheme_reference(&self) -> String {
        let prefix = self.order.rail.scheme_prefix();
        format!("{prefix}{:012}", self.id.number())
    }

    fn enter(&mut self, status: StatusCode, at: Timestamp, reason: Option<Reason>) {
        self.history.push(StatusChange { status, at, reason });
        if status.is_final() {
            self.plan.clear();
        }
    }
}

/// How many must agree where one is not enough: the customer and one other.
pub(crate) const AUTHORIZERS: u8 = 2;

/// How long the others may take, when the TPP does not say: as long as a customer has for a consent.
const TIME_TO_AUTHORIZE: Duration = Duration::hours(24);
