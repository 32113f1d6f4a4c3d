//! What a scenario's people mean: references resolved, amounts counted, words turned into types.
//! `people` makes a book of them.

pub(crate) mod habit;

use self::habit::Habits;
use crate::banking::account::{
    AccountCategory, AccountKind, AccountStatus, CreditLine, SwitchStatus,
};
use crate::banking::identifier::SortCodeAccountNumber;
use crate::id::AccountId;
use crate::money::{Amount, Currency};

/// A customer to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CustomerPlan {
    /// What she logs in with.
    pub(crate) username: String,
    /// Her full name.
    pub(crate) name: String,
    /// Her password.
    pub(crate) password: String,
    /// Her one-time code.
    pub(crate) otp: String,
    /// Her mail.
    pub(crate) email: String,
    /// Her phone; made up when `None`.
    pub(crate) phone: Option<String>,
    /// Her address; made up when empty.
    pub(crate) address: Vec<String>,
    /// What a test may rely on.
    pub(crate) facts: Facts,
    /// Her accounts.
    pub(crate) accounts: Vec<AccountPlan>,
}

/// What a test may rely on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Facts {
    /// How many accounts she holds.
    pub(crate) accounts: usize,
    /// How many of them she shares.
    pub(crate) joint_accounts: usize,
    /// How many of them are disabled or deleted.
    pub(crate) closed_accounts: usize,
    /// Their currencies, by code.
    pub(crate) currencies: Vec<Currency>,
    /// Who paid the first salary.
    pub(crate) employer: Option<String>,
    /// What that employer pays each month.
    pub(crate) monthly_income: Option<Amount>,
    /// The day of the month her rent is due.
    pub(crate) rent_day: Option<u8>,
    /// How many direct debit mandates have collected.
    pub(crate) direct_debits: usize,
    /// How many standing orders have been paid.
    pub(crate) standing_orders: usize,
    /// In pence.
    pub(crate) overdraft: i64,
    /// In pence.
    pub(crate) credit_limit: i64,
    /// How many direct debits were returned in the last 90 days.
    pub(crate) returned_debits_90_days: usize,
    /// Whether she pays at betting shops and the like.
    pub(crate) gambles: bool,
    /// How many transactions there are, where they can be counted on one hand.
    pub(crate) transactions: Option<usize>,
}

/// An account to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AccountPlan {
    /// What the scenario calls it.
    pub(crate) name: String,
    /// Its id, when the scenario chose one.
    pub(crate) id: Option<AccountId>,
    /// Its number, when the scenario chose one.
    pub(crate) number: Option<SortCodeAccountNumber>,
    /// An IBAN served exactly as written.
    pub(crate) iban: Option<String>,
    pub(crate) kind: AccountKind,
    pub(crate) category: AccountCategory,
    pub(crate) currency: Currency,
    pub(crate) status: AccountStatus,
    pub(crate) nickname: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) roll_number: Option<String>,
    pub(crate) switch_status: Option<SwitchStatus>,
    /// Carries the members the published guides print and no others.
    pub(crate) is_as_published: bool,
    /// Usernames of the other holders.
    pub(crate) joint_with: Vec<String>,
    pub(crate) is_deposit_only: bool,
    /// The booked balance at the start, in minor units.
    pub(crate) balance: i64,
    /// The balance its history begins with, when that and not `balance` is known.
    pub(crate) opening: Option<i64>,
    pub(crate) credit_lines: Vec<CreditLine>,
    pub(crate) history: History,
    /// When a fixed term ends.
    pub(crate) matures_in_months: Option<u8>,
    pub(crate) habits: Habits,
}

/// How far back an account's rows reach, and until when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct History {
    pub(crate) months: u16,
    /// Instead of months.
    pub(crate) days: Option<u16>,
    /// Nothing has happened for so many months.
    pub(crate) ended_months_ago: Option<u8>,
}
