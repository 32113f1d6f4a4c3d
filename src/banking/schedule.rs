//! What was arranged to be paid again and again: standing orders, direct debits, and what comes
//! regularly without either (API contract, sections 4.4, 4.5 and 4.8).
//!
//! Each holds when it comes next and puts that into the agenda; when its time has come it pays, or not
//! for lack of funds, and puts the time after that in. Nothing is computed ahead.

pub(crate) mod direct_debit;
mod likelihood;
pub(crate) mod raise;
pub(crate) mod regular;
pub(crate) mod standing_order;

use std::collections::BTreeMap;

use self::direct_debit::DirectDebit;
use self::regular::Regular;
use self::standing_order::StandingOrder;
use super::account::AccountStatus;
use super::beneficiary::Beneficiary;
use super::rhythm::{Moves, Pace, Rhythm};
use super::{Book, Error};
use crate::clock::Timestamp;
use crate::id::AccountId;

/// Everything arranged, in the order it was: an id is a place in its list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Schedules {
    pub(super) standing_orders: Vec<StandingOrder>,
    pub(super) direct_debits: Vec<DirectDebit>,
    pub(super) beneficiaries: Vec<Beneficiary>,
    pub(super) regulars: Vec<Regular>,
    /// What the bank asks for an item it could not pay; of accounts where it asks for anything.
    pub(super) unpaid_fees: BTreeMap<AccountId, i64>,
}

/// Whether an arrangement is in force.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum ScheduleStatus {
    Active,
    Cancelled,
    Expired,
    Suspended,
}

impl ScheduleStatus {
    /// Every status.
    pub(crate) const ALL: [Self; 4] = [
        Self::Active,
        Self::Cancelled,
        Self::Expired,
        Self::Suspended,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
        }
    }
}

/// How often, as the wire tells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Frequency {
    /// `type` on the wire.
    pub(crate) kind: FrequencyKind,
    /// When within it, or how many times.
    pub(crate) detail: FrequencyDetail,
}

/// Either of the two members a frequency has beside its type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FrequencyDetail {
    /// How many times within each period.
    CountPerPeriod(u8),
    /// The day of the week or of the month; -1 is the last.
    PointInTime(i8),
}

/// `frequency.type` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum FrequencyKind {
    AdHoc,
    AlternateMonth,
    Annual,
    Daily,
    FiveMonthly,
    FortNightly,
    FourMonthly,
    FourWeekly,
    IntraDay,
    Monthly,
    None,
    Quarterly,
    SemiAnnual,
    Weekly,
    WorkingDay,
}

impl FrequencyKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 15] = [
        Self::AdHoc,
        Self::AlternateMonth,
        Self::Annual,
        Self::Daily,
        Self::FiveMonthly,
        Self::FortNightly,
        Self::FourMonthly,
        Self::FourWeekly,
        Self::IntraDay,
        Self::Monthly,
        Self::None,
        Self::Quarterly,
        Self::SemiAnnual,
        Self::Weekly,
        Self::WorkingDay,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AdHoc => "ad_hoc",
            Self::AlternateMonth => "alternate_month",
            Self::Annual => "annual",
            Self::Daily => "daily",
            Self::FiveMonthly => "five_monthly",
            Self::FortNightly => "fortnightly",
            Self::FourMonthly => "four_monthly",
            Self::FourWeekly => "four_weekly",
            Self::IntraDay => "intra_day",
            Self::Monthly => "monthly",
            Self::None => "none",
            Self::Quarterly => "quarterly",
            Self::SemiAnnual => "semi_annual",
            Self::Weekly => "weekly",
            Self::WorkingDay => "working_day",
        }
    }

    /// How far apart its times are.
    #[must_use]
    pub(crate) const fn pace(self) -> Pace {
        match self {
            Self::AdHoc | Self::IntraDay | Self::None => Pace::Unsaid,
            Self::AlternateMonth => Pace::Months(2),
            Self::Annual => Pace::Months(12),
            Self::Daily => Pace::Days,
            Self::FiveMonthly => Pace::Months(5),
            Self::FortNightly => Pace::Weeks(2),
            Self::FourMonthly => Pace::Months(4),
            Self::FourWeekly => Pace::Weeks(4),
            Self::Monthly => Pace::Months(1),
            Self::Quarterly => Pace::Months(3),
            Self::SemiAnnual => Pace::Months(6),
            Self::Weekly => Pace::Weeks(1),
            Self::WorkingDay => Pace::WorkingDays,
        }
    }

    /// The rhythm of what comes so often on this day: payments wait for the next working day, only daily
    /// ones do not, or three of them would come on a Monday.
    #[must_use]
    pub(crate) const fn rhythm(self, day: i8, month: u8) -> Rhythm {
        let pace = self.pace();
        let moves = match pace {
            Pace::Days | Pace::Unsaid => Moves::Not,
            Pace::Months(_) | Pace::Weeks(_) | Pace::WorkingDays => Moves::Forward,
        };
        Rhythm {
            pace,
            day,
            month,
            moves,
        }
    }
}

/// One payment of an arrangement: when, and how much.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Payment {
    /// When it was booked, or will be.
    pub(crate) at: Timestamp,
    /// Above zero, whichever way it goes.
    pub(crate) minor_units: i64,
}

/// What an arrangement has paid before the bank opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PaidSoFar {
    /// How many times.
    pub(crate) count: u32,
    /// The first.
    pub(crate) first: Option<Payment>,
    /// The latest that was not returned.
    pub(crate) last: Option<Payment>,
}

impl PaidSoFar {
    /// Adds a payment.
    pub(crate) fn add(&mut self, payment: Payment) {
        self.count += 1;
        self.first = self.first.or(Some(payment));
        self.last = Some(payment);
    }
}

impl Book {
    /// Whether an account lets money go, and has that much to spend.
    pub(super) fn can_pay(&self, id: AccountId, minor_units: i64, now: Timestamp) -> bool {
        let is_open = self
            .account(id)
            .is_some_and(|account| account.status == AccountStatus::Enabled);
        let spendable = self.spendable(id, now);
        is_open && spendable.is_some_and(|amount| amount.minor_units >= minor_units)
    }

    /// Has the bank ask so much for an item of this account that it cannot pay.
    pub(crate) fn ask_unpaid_fee(&mut self, id: AccountId, minor_units: i64) {
        self.schedules.unpaid_fees.insert(id, minor_units);
    }

    pub(super) fn check_account(&self, id: AccountId) -> Result<(), Error> {
        self.place(id).map(|_| ()).ok_or(Error::UnknownAccount)
    }
}

/// The place behind an id that counts from one.
pub(super) fn index_of(number: u64) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}
