//! What consents ask for, by type.

use serde_json::{Map, Value};

use crate::banking::identifier::Identifier;
use crate::clock::Timestamp;
use crate::money::Amount;

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

/// What a payment consent asks for: the payment to the letter, for it must be submitted so.
#[derive(Clone, Debug)]
pub(crate) struct PaymentTerms {
    /// `payment_type`.
    pub(crate) payment_type: PaymentType,
    /// `instruction`, as it was sent.
    pub(crate) instruction: Map<String, Value>,
    /// `risk`, as it was sent.
    pub(crate) risk: Option<Value>,
    /// The instructed amount, as money.
    pub(crate) instructed: Amount,
    /// The account to pay from, if the instruction names one.
    pub(crate) debtor_account: Option<Identifier>,
    /// Whether the payment tells the account to give money back to.
    pub(crate) read_refund_account: Option<bool>,
    /// Who must authorize, and until when.
    pub(crate) authorization: Option<Authorization>,
    /// `sca_support_data`, as it was sent.
    pub(crate) sca_support_data: Option<Value>,
}

/// Where a payment goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PaymentType {
    /// To an account in the United Kingdom, in pounds.
    Domestic,
    /// Anywhere else.
    International,
}

impl PaymentType {
    /// Both words.
    pub(crate) const WORDS: [&'static str; 2] =
        [Self::Domestic.as_str(), Self::International.as_str()];

    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::International => "international",
        }
    }

    /// The type of this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Domestic, Self::International]
            .into_iter()
            .find(|known| known.as_str() == word)
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
