//! What consents ask for, by type.

use std::sync::Arc;

use serde_json::Value;

use crate::banking::identifier::Identifier;
use crate::banking::payment::{Order, Quote};
use crate::banking::rail::Charge;
use crate::clock::Timestamp;

use super::{ConsentType, Permissions};

/// What a TPP asked for when it created a consent.
#[derive(Clone, Debug)]
pub(crate) enum Terms {
    /// To read accounts.
    AccountAccess(AccountAccess),
    /// To make one payment.
    Payment(Box<PaymentTerms>),
    /// To ask for confirmations of funds.
    FundsConfirmation(FundsTerms),
}

impl Terms {
    /// The type they belong to.
    pub(crate) const fn consent_type(&self) -> ConsentType {
        match self {
            Self::AccountAccess(_) => ConsentType::AccountAccess,
            Self::Payment(_) => ConsentType::Payment,
            Self::FundsConfirmation(_) => ConsentType::FundsConfirmation,
        }
    }

    /// What may be read, of a consent to read.
    pub(crate) const fn account_access(&self) -> Option<&AccountAccess> {
        match self {
            Self::AccountAccess(terms) => Some(terms),
            _ => None,
        }
    }

    /// What is to be paid, of a consent to pay.
    pub(crate) const fn payment(&self) -> Option<&PaymentTerms> {
        match self {
            Self::Payment(terms) => Some(terms),
            _ => None,
        }
    }

    /// The account that the TPP named: whose funds are asked for, or from which is to be paid.
    pub(crate) const fn debtor_account(&self) -> Option<&Identifier> {
        match self {
            Self::AccountAccess(_) => None,
            Self::Payment(terms) => terms.debtor_account.as_ref(),
            Self::FundsConfirmation(terms) => Some(&terms.debtor_account),
        }
    }

    /// Where `debtor_account` stands in the request.
    pub(crate) const fn debtor_account_pointer(&self) -> &'static str {
        match self {
            Self::Payment(_) => "/instruction/debtor_account",
            Self::AccountAccess(_) | Self::FundsConfirmation(_) => "/debtor_account",
        }
    }
}

/// What an account-access consent asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountAccess {
    /// What may be read; never empty, never changed.
    pub(crate) permissions: Permissions,
    /// Transactions before this are not shared.
    pub(crate) transactions_from: Option<Timestamp>,
    /// Transactions after this are not shared.
    pub(crate) transactions_to: Option<Timestamp>,
}

/// What a payment consent asks for, and what the bank said to it.
#[derive(Clone, Debug)]
pub(crate) struct PaymentTerms {
    /// The payment, to the letter, for it must be submitted so.
    pub(crate) order: Arc<Order>,
    /// The account to pay from, if the instruction names one.
    pub(crate) debtor_account: Option<Identifier>,
    /// At which rate the bank exchanges, where one was asked for.
    pub(crate) quote: Option<Quote>,
    /// What the bank takes for it.
    pub(crate) charges: Vec<Charge>,
    /// When it is handed in, executed and settled, as far as can be said now.
    pub(crate) schedule: Schedule,
    /// Whether the payment tells the account to give money back to.
    pub(crate) read_refund_account: Option<bool>,
    /// Who must authorize, and until when.
    pub(crate) authorization: Option<Authorization>,
    /// `sca_support_data`, as it was sent.
    pub(crate) sca_support_data: Option<Value>,
}

/// The times of a payment that is authorized and submitted at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Schedule {
    /// Until when it must be submitted to leave that day.
    pub(crate) cut_off: Option<Timestamp>,
    /// Whether the bank refuses what comes later, rather than let it wait.
    pub(crate) refuses_late: bool,
    /// When it leaves the account.
    pub(crate) execution: Timestamp,
    /// When it is settled.
    pub(crate) settlement: Timestamp,
}

impl Schedule {
    /// Whether it is too late for the payment.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.refuses_late && self.cut_off.is_some_and(|cut_off| cut_off <= now)
    }
}

/// Who must authorize a payment: `authorization` of the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Authorization {
    /// By one customer, or by as many as the account asks for.
    pub(crate) kind: AuthorizationType,
    /// By when it must be done.
    pub(crate) completion_at: Option<Timestamp>,
}

/// How many may have to authorize.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AuthorizationType {
    /// As many as the account asks for.
    Any,
    /// One and no more.
    Single,
}

impl AuthorizationType {
    /// Both words.
    pub(crate) const WORDS: [&'static str; 2] = [Self::Any.as_str(), Self::Single.as_str()];

    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Single => "single",
        }
    }

    /// The type of this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Any, Self::Single]
            .into_iter()
            .find(|known| known.as_str() == word)
    }
}

/// What a funds-confirmation consent asks for.
#[derive(Clone, Debug)]
pub(crate) struct FundsTerms {
    /// The account whose funds are asked for, as it was named.
    pub(crate) debtor_account: Identifier,
}
