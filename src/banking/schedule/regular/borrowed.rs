//! Borrowed money: cards that are paid in full, loans that shrink.

use super::Occasion;
use super::money::of_a_month;
use crate::banking::balance::BalanceKind;
use crate::banking::code::TransactionCode;
use crate::banking::payment::creditor_refuses;
use crate::banking::transaction::{CounterpartyId, Entry};
use crate::banking::{Book, TextId};
use crate::clock::Timestamp;
use crate::id::{AccountId, TransactionId};

/// What was owed on a card's statement, collected from another account of hers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct CardBill {
    /// The account that pays.
    pub(crate) from: AccountId,
    /// Who collects.
    pub(crate) cards: CounterpartyId,
    pub(crate) mandate: TextId,
    /// What stands on the card's statement.
    pub(crate) received: TextId,
    /// What stands on that of the account that pays.
    pub(crate) collected: TextId,
}

impl Book {
    /// Collects what the card owed when its statement was closed, on the nominal day. What cannot be
    /// collected is on the next statement.
    pub(super) fn collect_card_bill(
        &mut self,
        bill: &CardBill,
        occasion: &Occasion,
    ) -> Option<TransactionId> {
        let (card, at) = (occasion.account, occasion.at);
        let (account, slot) = self.place(card)?;
        creditor_refuses(account).is_none().then_some(())?;
        let closed_at = Timestamp::from_date(occasion.nominal);
        let owed = -self.ledger.rows(slot)?.booked_balance_before(closed_at);
        if owed <= 0 || !self.can_pay(bill.from, owed, at) {
            return None;
        }
        let row = |minor_units, counterparty| Entry {
            reference: Some(bill.mandate),
            counterparty,
            ..Entry::booked(TransactionCode::DirectDebit, minor_units, at)
        };
        // The credit first: where it does not fit, nothing leaves.
        self.post_named(card, row(owed, None), bill.received)?;
        self.post_named(bill.from, row(-owed, Some(bill.cards)), bill.collected)
    }

    /// What an account owes.
    pub(super) fn owed(&self, id: AccountId, now: Timestamp) -> Option<i64> {
        let booked = self.balance(id, BalanceKind::InterimBooked, now)?;
        Some(-booked.minor_units)
    }

    pub(super) fn charge_interest(
        &mut self,
        account: AccountId,
        basis_points: i64,
        (information, at): (TextId, Timestamp),
    ) -> Option<TransactionId> {
        let minor_units = of_a_month(self.owed(account, at)?, basis_points)?;
        let row = Entry::booked(TransactionCode::Interest, -minor_units, at);
        (minor_units > 0)
            .then(|| self.post_named(account, row, information))
            .flatten()
    }
}
