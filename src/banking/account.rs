//! Accounts: what they are, who holds them, under which numbers and with what credit.
//!
//! An account holds no balance: the ledger does, and every balance is derived from its rows.

use time::Date;

use super::identifier::{Identifier, Scheme};
use crate::clock::Timestamp;
use crate::id::{AccountId, CustomerId};
use crate::money::{Amount, Currency};

/// One account, in the words of the API contract, section 4.1. What is `None` is left out on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Account {
    /// The bank's name for it.
    pub(crate) id: AccountId,
    /// Who may see it and pay from it, the first holder first.
    pub(crate) holders: Vec<CustomerId>,
    /// Whether it is open for business.
    pub(crate) status: AccountStatus,
    /// Since when `status` is so.
    pub(crate) status_updated_at: Option<Timestamp>,
    /// The one currency of its rows.
    pub(crate) currency: Currency,
    /// `account_type` on the wire.
    pub(crate) kind: AccountKind,
    /// `account_category` on the wire.
    pub(crate) category: Option<AccountCategory>,
    /// What its holder calls it.
    pub(crate) nickname: Option<String>,
    /// What the bank calls its kind.
    pub(crate) description: Option<String>,
    /// First day of business.
    pub(crate) opened_on: Option<Date>,
    /// When a fixed term ends.
    pub(crate) matures_on: Option<Date>,
    /// Whether another bank has taken it over.
    pub(crate) switch_status: Option<SwitchStatus>,
    /// What it is known by outside the bank.
    pub(crate) identifiers: Vec<Identifier>,
    /// The BIC of the bank that keeps it.
    pub(crate) servicer: Option<String>,
    /// What may be spent beyond its own money.
    pub(crate) credit_lines: Vec<CreditLine>,
    /// Money may come in and not go out: a fixed term.
    pub(crate) is_deposit_only: bool,
}

impl Account {
    /// What it is known by under `scheme`.
    #[must_use]
    pub(crate) fn identifier(&self, scheme: Scheme) -> Option<&Identifier> {
        (self.identifiers.iter()).find(|identifier| identifier.scheme == scheme)
    }

    /// The sum of the credit lines that `chosen` picks.
    #[must_use]
    pub(crate) fn credit(&self, chosen: impl Fn(&CreditLine) -> bool) -> Amount {
        let minor_units = (self.credit_lines.iter())
            .filter(|line| chosen(line))
            .map(|line| line.amount.minor_units)
            .sum();
        Amount::new(minor_units, self.currency)
    }
}

/// Whether an account is open for business.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum AccountStatus {
    Deleted,
    Disabled,
    Enabled,
    Pending,
    Proforma,
}

impl AccountStatus {
    /// Every status.
    pub(crate) const ALL: [Self; 5] = [
        Self::Deleted,
        Self::Disabled,
        Self::Enabled,
        Self::Pending,
        Self::Proforma,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Pending => "pending",
            Self::Proforma => "proforma",
        }
    }
}

/// What kind of account it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum AccountKind {
    ChargeCard,
    CreditCard,
    Current,
    EMoney,
    Loan,
    Mortgage,
    PrepaidCard,
    Savings,
}

impl AccountKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 8] = [
        Self::ChargeCard,
        Self::CreditCard,
        Self::Current,
        Self::EMoney,
        Self::Loan,
        Self::Mortgage,
        Self::PrepaidCard,
        Self::Savings,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ChargeCard => "charge_card",
            Self::CreditCard => "credit_card",
            Self::Current => "current",
            Self::EMoney => "e_money",
            Self::Loan => "loan",
            Self::Mortgage => "mortgage",
            Self::PrepaidCard => "prepaid_card",
            Self::Savings => "savings",
        }
    }
}

/// Whose business an account serves.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum AccountCategory {
    Business,
    Personal,
}

impl AccountCategory {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Business, Self::Personal];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Personal => "personal",
        }
    }
}

/// Whether another bank has taken an account over.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum SwitchStatus {
    NotSwitched,
    SwitchCompleted,
}

impl SwitchStatus {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::NotSwitched, Self::SwitchCompleted];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotSwitched => "not_switched",
            Self::SwitchCompleted => "switch_completed",
        }
    }
}

/// An amount that may be spent beyond the account's own money.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct CreditLine {
    /// Whether the available balance already counts it.
    pub(crate) included: bool,
    /// `type` on the wire.
    pub(crate) kind: CreditLineKind,
    /// How much.
    pub(crate) amount: Amount,
}

/// What kind of credit a line is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum CreditLineKind {
    Available,
    Credit,
    Emergency,
    PreAgreed,
    Temporary,
}

impl CreditLineKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 5] = [
        Self::Available,
        Self::Credit,
        Self::Emergency,
        Self::PreAgreed,
        Self::Temporary,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Credit => "credit",
            Self::Emergency => "emergency",
            Self::PreAgreed => "pre_agreed",
            Self::Temporary => "temporary",
        }
    }
}
