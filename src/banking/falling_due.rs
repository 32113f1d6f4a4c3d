//! What happens by itself when its time has come. Every thing is done once, in order, and at its own due
//! time: what it posts is dated when it fell due, however late somebody looks.

use time::Duration;

use super::agenda::{Due, Fired, FiredKind};
use super::transaction::TransactionStatus;
use super::{Book, Error};
use crate::clock::Timestamp;
use crate::id::TransactionId;

impl Book {
    /// Does everything that fell due up to `now`, and tells what was done, in order. Costs a look at the
    /// first entry when nothing is due, so that every request can begin with it.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some((at, due)) = self.agenda.take_due(now) {
            self.fall_due(due, at, &mut fired);
        }
        fired
    }

    /// Has a row that is not booked go its way by itself: a pending one is booked when that is expected, a
    /// rejected one leaves the list a week after it.
    ///
    /// # Errors
    /// When there is no such row, it is booked, or the book is full.
    pub(crate) fn expect(&mut self, id: TransactionId) -> Result<(), Error> {
        let (_, row) = self.ledger.find(id).ok_or(Error::UnknownTransaction)?;
        let (status, expected_at) = (row.status, row.position().booked_at);
        if !self.agenda.has_room() {
            return Err(Error::BookFull);
        }
        match status {
            TransactionStatus::Booked => return Err(Error::NotPending),
            TransactionStatus::Pending => self.agenda.put(expected_at, Due::Booking(id)),
            TransactionStatus::Rejected => {
                let at = expected_at.plus(REJECTED_SHOWN_FOR);
                self.agenda.put(at, Due::Forgetting(id));
            }
        }
        Ok(())
    }

    // A row may have gone another way meanwhile, by somebody's hand: then nothing is left to do, and a
    // refusal of the ledger says just that.
    fn fall_due(&mut self, due: Due, at: Timestamp, fired: &mut Vec<Fired>) {
        match due {
            Due::Booking(id) => self.fall_due_booking(id, at, fired),
            Due::DirectDebit(id) => self.fall_due_direct_debit(id, at, fired),
            Due::DirectDebitNotice(id) => self.announce_direct_debit(id),
            Due::DirectDebitReturn(id, row) => self.return_direct_debit((id, row), at, fired),
            Due::ForeignFee(id) => self.fall_due_foreign_fee(id, at, fired),
            Due::Refund(id) => self.fall_due_refund(id, at, fired),
            Due::Regular(place) => self.fall_due_regular(place, at, fired),
            Due::StandingOrder(id) => self.fall_due_standing_order(id, at, fired),
            Due::Forgetting(id) => {
                if self.drop_unbooked(id).is_ok() {
                    fired.push(Fired::new(at, FiredKind::TransactionDropped, id));
                }
            }
            Due::Payment(id) => {
                if self.step_payment(id, at).is_some() {
                    fired.push(Fired::new(at, FiredKind::PaymentStatus, id));
                }
            }
        }
    }
}

/// How long a rejected row stays in the list, from when it was expected to be booked, or was called off.
pub(super) const REJECTED_SHOWN_FOR: Duration = Duration::WEEK;
