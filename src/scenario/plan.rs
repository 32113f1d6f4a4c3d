//! What a scenario's people mean: references resolved, amounts counted, words turned into types.
//! `people` makes a book of them.

use crate::banking;
use crate::banking::account::{
    AccountCategory, AccountKind, AccountStatus, CreditLine, SwitchStatus,
};
use crate::banking::code::TransactionCode;
use crate::banking::identifier::SortCodeAccountNumber;
use crate::banking::schedule::direct_debit::Season;
pub(crate) use crate::banking::schedule::regular::Days;
use crate::banking::schedule::{FrequencyKind, ScheduleStatus};
pub(crate) use crate::entropy::Spread;
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
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Facts {
    /// What comes in each month, by its latest amount.
    pub(crate) monthly_income: Option<Amount>,
    /// The day of the month her rent is due.
    pub(crate) rent_day: Option<u8>,
    /// How many direct debit mandates collect.
    pub(crate) direct_debits: Option<usize>,
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
    pub(crate) switch_status: Option<SwitchStatus>,
    /// Carries the members the published guides print and no others.
    pub(crate) is_as_published: bool,
    /// Usernames of the other holders.
    pub(crate) joint_with: Vec<String>,
    pub(crate) is_deposit_only: bool,
    /// The booked balance at the start, in minor units.
    pub(crate) balance: i64,
    pub(crate) credit_lines: Vec<CreditLine>,
    pub(crate) history_months: u16,
    pub(crate) habits: Habits,
}

/// What happens on an account again and again. All amounts are minor units of its currency.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Habits {
    pub(crate) incomes: Vec<Income>,
    pub(crate) standing_orders: Vec<StandingOrder>,
    pub(crate) direct_debits: Vec<DirectDebit>,
    pub(crate) beneficiaries: Vec<banking::beneficiary::Payee>,
    /// What the bank takes for an item it could not pay.
    pub(crate) unpaid_fee: i64,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) spendings: Vec<Spending>,
    pub(crate) cash: Vec<Cash>,
    pub(crate) friends: Vec<Friends>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) fees: Vec<Fee>,
    /// Hundredths of a percent a year.
    pub(crate) interest_basis_points: i64,
    pub(crate) sweep: Option<Sweep>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Income {
    pub(crate) payer: String,
    pub(crate) information: String,
    pub(crate) amount: i64,
    pub(crate) every: Rhythm,
    pub(crate) code: TransactionCode,
    pub(crate) spread: Option<Spread>,
    pub(crate) raise_percent: u8,
    /// Month and amount.
    pub(crate) bonus: Option<(u8, i64)>,
}

/// When income comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rhythm {
    /// Every fourth week, on this day of it (Monday is 1).
    FourWeekly(u8),
    /// On some days: chance in percent.
    Irregular(u8),
    /// On the month's last working day.
    LastWorkingDay,
    /// On this day of the month, or the working day before it.
    Monthly(u8),
    /// On this day of each week (Monday is 1).
    Weekly(u8),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Payee {
    pub(crate) name: String,
    pub(crate) account: SortCodeAccountNumber,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StandingOrder {
    pub(crate) to: Payee,
    pub(crate) reference: String,
    pub(crate) amount: i64,
    pub(crate) course: Course,
    pub(crate) first_amount: Option<i64>,
    pub(crate) final_amount: Option<i64>,
    pub(crate) payments_left: Option<u32>,
    pub(crate) raise_percent: u8,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DirectDebit {
    pub(crate) originator: String,
    pub(crate) mandate: String,
    pub(crate) season: Season,
    pub(crate) course: Course,
    /// Set up, and nothing collected before the bank opens.
    pub(crate) is_never_collected: bool,
    pub(crate) returned_months_ago: Option<u8>,
}

/// When an arrangement pays, and whether it still does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Course {
    pub(crate) kind: FrequencyKind,
    pub(crate) rhythm: banking::rhythm::Rhythm,
    pub(crate) status: ScheduleStatus,
    pub(crate) since_months_ago: Option<u8>,
    /// Of one that is not active: when it last paid.
    pub(crate) ended_months_ago: Option<u8>,
}

/// A shop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Merchant {
    pub(crate) name: String,
    /// What stands on the statement.
    pub(crate) information: String,
    pub(crate) category_code: u16,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Subscription {
    pub(crate) merchant: Merchant,
    pub(crate) amount: i64,
    pub(crate) day: u8,
    pub(crate) since_months_ago: Option<u8>,
    /// Months ago, and the price before.
    pub(crate) rose: Option<(u8, i64)>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Spending {
    /// Every shop she might go to.
    pub(crate) merchants: Vec<Merchant>,
    pub(crate) favorites: usize,
    pub(crate) days: Days,
    pub(crate) percent_a_day: u8,
    pub(crate) median: i64,
    pub(crate) spread: Spread,
    pub(crate) from_hour: u8,
    pub(crate) to_hour: u8,
    pub(crate) december_percent: u8,
    pub(crate) refund_percent: u8,
    pub(crate) abroad: Option<Abroad>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Abroad {
    pub(crate) currency: Currency,
    /// Units of it for one of the account's currency, in millionths.
    pub(crate) rate_millionths: i64,
    pub(crate) month: u8,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cash {
    pub(crate) days_min: u8,
    pub(crate) days_max: u8,
    pub(crate) most: i64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Friends {
    pub(crate) count: u8,
    pub(crate) percent_a_day: u8,
    pub(crate) median: i64,
    pub(crate) received_percent: u8,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Transfer {
    /// Which of the customer's accounts, counted from zero.
    pub(crate) to: usize,
    pub(crate) amount: i64,
    pub(crate) day: u8,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Hold {
    pub(crate) merchant: Merchant,
    pub(crate) amount: i64,
    pub(crate) hours_ago: u16,
    /// When it is expected to be booked; `None` when it was let go.
    pub(crate) books_in_hours: Option<u16>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fee {
    pub(crate) information: String,
    pub(crate) amount: i64,
    pub(crate) day: u8,
}

/// Where what is left of a month goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Sweep {
    /// To another of the customer's accounts, counted from zero.
    Own(usize),
    /// To an account elsewhere.
    Payee(Payee),
}
