//! Balances, each derived from the ledger when asked (API contract, sections 4.2 and 15).
//!
//! Days end at midnight UTC, as every date on the wire does.

use time::Duration;

use super::account::{Account, CreditLine, CreditLineKind};
use super::rows::Rows;
use crate::clock::Timestamp;
use crate::id::AccountId;
use crate::money::{Amount, Direction};

/// Which balance.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum BalanceKind {
    /// At the end of yesterday (CLBD).
    ClosingBooked,
    /// Booked and all pending rows (XPCD).
    Expected,
    /// What may be spent: booked, less pending debits, plus credit lines that are included (ITAV).
    InterimAvailable,
    /// Opening balance and all booked rows (ITBD).
    InterimBooked,
    /// At the start of today (OPBD).
    OpeningBooked,
    /// At the end of the day before yesterday (PRCD).
    PreviouslyClosedBooked,
}

impl BalanceKind {
    /// The kinds every account answers, in the order of the answer.
    pub(crate) const ALL: [Self; 6] = [
        Self::InterimAvailable,
        Self::InterimBooked,
        Self::Expected,
        Self::OpeningBooked,
        Self::ClosingBooked,
        Self::PreviouslyClosedBooked,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ClosingBooked => "closing_booked",
            Self::Expected => "expected",
            Self::InterimAvailable => "interim_available",
            Self::InterimBooked => "interim_booked",
            Self::OpeningBooked => "opening_booked",
            Self::PreviouslyClosedBooked => "previously_closed_booked",
        }
    }
}

/// One balance of one account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Balance {
    /// Whose.
    pub(crate) account_id: AccountId,
    /// Which.
    pub(crate) kind: BalanceKind,
    /// Signed: below zero is a debit.
    pub(crate) amount: Amount,
    /// The moment all balances of one answer are of.
    pub(crate) at: Timestamp,
    /// The account's credit lines; of the available balance only.
    pub(crate) credit_lines: Vec<CreditLine>,
}

/// All balances of an account at `now`.
pub(super) fn all(account: &Account, rows: &Rows, now: Timestamp) -> Vec<Balance> {
    BalanceKind::ALL
        .into_iter()
        .map(|kind| Balance {
            account_id: account.id,
            kind,
            amount: derive(kind, account, rows, now),
            at: now.whole_second(),
            credit_lines: match kind {
                BalanceKind::InterimAvailable => account.credit_lines.clone(),
                _ => Vec::new(),
            },
        })
        .collect()
}

/// One balance of an account at `now`.
pub(super) fn derive(kind: BalanceKind, account: &Account, rows: &Rows, now: Timestamp) -> Amount {
    let today = Timestamp::from_date(now.date());
    let booked = rows.booked_balance();
    let minor_units = match kind {
        BalanceKind::Expected => {
            booked + rows.pending(Direction::Debit) + rows.pending(Direction::Credit)
        }
        BalanceKind::InterimAvailable => {
            let included = account.credit(|line| line.included);
            booked + rows.pending(Direction::Debit) + included.minor_units
        }
        BalanceKind::InterimBooked => booked,
        BalanceKind::ClosingBooked | BalanceKind::OpeningBooked => {
            rows.booked_balance_before(today)
        }
        BalanceKind::PreviouslyClosedBooked => {
            rows.booked_balance_before(today.plus(-Duration::DAY))
        }
    };
    Amount::new(minor_units, account.currency)
}

/// What may be spent: the available balance, and a pre-agreed line it does not already count.
pub(super) fn spendable(account: &Account, rows: &Rows, now: Timestamp) -> Amount {
    let available = derive(BalanceKind::InterimAvailable, account, rows, now);
    let beyond = account.credit(|line| line.kind == CreditLineKind::PreAgreed && !line.included);
    Amount::new(available.minor_units + beyond.minor_units, account.currency)
}
