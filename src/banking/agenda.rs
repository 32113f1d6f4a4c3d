//! What falls due, and when: an ordered queue of things the bank will do by itself.
//!
//! An entry names the thing, not what to do: what is done depends on how the book stands when its time
//! has come. Each thing that comes again puts its own next time in when it happens, so an idle bank
//! holds one or two entries a schedule, and a bank moved by a year passes through every one of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::clock::Timestamp;
use crate::id::{DirectDebitId, PaymentId, StandingOrderId, TransactionId};

/// Something that falls due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Due {
    /// A pending row has reached the time it was expected to be booked.
    Booking(TransactionId),
    /// A direct debit is collected.
    DirectDebit(DirectDebitId),
    /// A collection of tomorrow is announced.
    DirectDebitNotice(DirectDebitId),
    /// A collection for which the money was missing is given back.
    DirectDebitReturn(DirectDebitId, TransactionId),
    /// The bank takes its fee for a purchase in another currency.
    ForeignFee(TransactionId),
    /// A rejected row has been shown for long enough.
    Forgetting(TransactionId),
    /// A payment's timeline has its next step.
    Payment(PaymentId),
    /// A shop gives back what was bought.
    Refund(TransactionId),
    /// Something regular comes: its place in the list of them.
    Regular(u32),
    /// A standing order pays.
    StandingOrder(StandingOrderId),
}

/// Something that fell due and was done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fired {
    /// When it fell due.
    pub(crate) at: Timestamp,
    /// What happened.
    pub(crate) kind: FiredKind,
    /// The id of what it happened to, as it is printed.
    pub(crate) id: String,
}

impl Fired {
    /// `kind` happened to `id` at `at`.
    #[must_use]
    pub(crate) fn new(at: Timestamp, kind: FiredKind, id: impl fmt::Display) -> Self {
        let id = id.to_string();
        Self { at, kind, id }
    }
}

/// What may happen by itself: `fired[].kind` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum FiredKind {
    ConsentExpired,
    DirectDebit,
    Fee,
    Interest,
    PaymentStatus,
    /// Money that comes or goes regularly without a mandate: an income, a transfer, the card on file.
    Scheduled,
    StandingOrder,
    TransactionBooked,
    TransactionDropped,
}

impl FiredKind {
    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ConsentExpired => "consent_expired",
            Self::DirectDebit => "direct_debit",
            Self::Fee => "fee",
            Self::Interest => "interest",
            Self::PaymentStatus => "payment_status",
            Self::Scheduled => "scheduled",
            Self::StandingOrder => "standing_order",
            Self::TransactionBooked => "transaction_booked",
            Self::TransactionDropped => "transaction_dropped",
        }
    }
}

/// The queue: by time, and at one time in the order put in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Agenda {
    entries: BTreeMap<(Timestamp, u64), Due>,
    put_in: u64,
}

impl Agenda {
    /// Puts in something that falls due at `at`; what is due in the past is done at the next settling.
    ///
    /// Whoever brings something new from outside asks [`Self::has_room`] first. What follows from
    /// something that is there already always finds room, or a full agenda would stop a schedule for good.
    pub(crate) fn put(&mut self, at: Timestamp, due: Due) {
        self.put_in += 1;
        self.entries.insert((at, self.put_in), due);
    }

    /// Whether something new may be put in.
    #[must_use]
    pub(crate) fn has_room(&self) -> bool {
        self.entries.len() < ENTRIES_MAX
    }

    /// Takes out the next thing that is due at `now`, with its time.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let first = self.entries.first_entry()?;
        let at = first.key().0;
        (at <= now).then(|| (at, first.remove()))
    }
}

/// Some 20 MB: more things under way than any test suite has, and no TPP can fill a laptop with them.
const ENTRIES_MAX: usize = 250_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn booking(number: u64) -> Due {
        Due::Booking(TransactionId::new(number))
    }

    #[test]
    fn things_come_out_by_time_and_at_one_time_as_they_were_put_in() {
        let mut agenda = Agenda::default();
        for (seconds, number) in [(30, 1), (10, 2), (30, 3), (20, 4), (10, 5)] {
            agenda.put(at(seconds), booking(number));
        }
        let mut taken = Vec::new();
        while let Some(next) = agenda.take_due(at(30)) {
            taken.push(next);
        }
        let expected = [(10, 2), (10, 5), (20, 4), (30, 1), (30, 3)];
        let expected = expected.map(|(seconds, number)| (at(seconds), booking(number)));
        assert_eq!(taken, expected);
    }

    #[test]
    fn nothing_comes_out_before_its_time() {
        let mut agenda = Agenda::default();
        assert_eq!(agenda.take_due(Timestamp::MAX), None);
        agenda.put(at(10), booking(1));
        assert_eq!(agenda.take_due(at(9)), None);
        assert_eq!(agenda.take_due(at(10)), Some((at(10), booking(1))));
        assert_eq!(agenda.take_due(Timestamp::MAX), None);
    }

    #[test]
    fn a_full_agenda_takes_nothing_new_and_all_that_follows() {
        let mut agenda = Agenda::default();
        for number in 0..ENTRIES_MAX {
            assert!(agenda.has_room());
            agenda.put(at(10), booking(number as u64));
        }
        assert!(!agenda.has_room());
        let (_, due) = agenda.take_due(at(10)).unwrap();
        assert_eq!(due, booking(0));
        agenda.put(at(20), due);
        assert!(!agenda.has_room());
    }
}
