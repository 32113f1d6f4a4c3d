//! What happens on an account again and again, as it is meant.

use crate::banking;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Iban, SortCodeAccountNumber};
use crate::banking::schedule::direct_debit::Season;
pub(crate) use crate::banking::schedule::regular::{Days, Exchange};
use crate::banking::schedule::{FrequencyKind, ScheduleStatus};
pub(crate) use crate::entropy::Spread;

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
    pub(crate) bulk: Vec<Bulk>,
    pub(crate) fees: Vec<Fee>,
    /// Hundredths of a percent a year.
    pub(crate) interest_basis_points: i64,
    pub(crate) sweep: Option<Sweep>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) instalments: Vec<Instalment>,
    pub(crate) cheques: Vec<Cheque>,
    pub(crate) once: Vec<Once>,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) loan: Option<Loan>,
    pub(crate) paid_in_full: Option<PaidInFull>,
    pub(crate) has_edge_cases: bool,
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
    /// The payer's account abroad.
    pub(crate) iban: Option<Iban>,
    /// What the banks on the way kept.
    pub(crate) charge: Option<i64>,
    pub(crate) exchange: Option<Exchange>,
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
    /// On every day that banks are open.
    WorkingDays,
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
    pub(crate) returned_months_ago: Vec<u8>,
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
    pub(crate) exchange: Exchange,
    /// Of each year; `None` for all of it.
    pub(crate) month: Option<u8>,
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
    /// Its place among all accounts of the bank.
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
    /// What was booked in place of one that was let go.
    pub(crate) booked_as: Option<i64>,
}

/// Rows for their number's sake.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Bulk {
    pub(crate) merchants: Vec<Merchant>,
    pub(crate) transactions: u32,
    pub(crate) median: i64,
    pub(crate) refund_percent: u8,
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
    /// To another account here, by its place among all of the bank.
    Own(usize),
    /// To an account elsewhere.
    Payee(Payee),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Payment {
    pub(crate) to: Payee,
    pub(crate) reference: String,
    pub(crate) amount: i64,
    pub(crate) every: Rhythm,
    /// In all when empty.
    pub(crate) months: Vec<u8>,
    pub(crate) spread: Option<Spread>,
    pub(crate) code: TransactionCode,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Instalment {
    pub(crate) merchant: Merchant,
    pub(crate) amount: i64,
    pub(crate) day: u8,
    pub(crate) payments: u8,
    pub(crate) since_months_ago: u8,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Cheque {
    pub(crate) drawer: String,
    pub(crate) number: String,
    pub(crate) amount: i64,
    pub(crate) days_ago: u16,
    pub(crate) is_returned: bool,
}

/// What happened once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Once {
    pub(crate) what: Event,
    pub(crate) amount: i64,
    pub(crate) days_ago: u16,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    Purchase(Merchant),
    Received { payer: String, information: String },
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Redirect {
    pub(crate) payer: String,
    pub(crate) information: String,
    pub(crate) amount: i64,
    pub(crate) every: Rhythm,
    pub(crate) spread: Option<Spread>,
    pub(crate) to: Payee,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Loan {
    /// Hundredths of a percent a year.
    pub(crate) basis_points: i64,
    /// The place of the account it is paid back from, among all of the bank.
    pub(crate) from: usize,
    pub(crate) amount: i64,
    pub(crate) day: u8,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PaidInFull {
    /// The place of the paying account among all of the bank.
    pub(crate) from: usize,
    pub(crate) mandate: String,
    pub(crate) statement_day: u8,
}
