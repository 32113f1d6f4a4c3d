//! Time does things: what fell due is done before anybody looks.

use crate::banking::agenda::{Fired, FiredKind};
use crate::clock::{Clock, Timestamp};
use crate::journal::Happened;

use super::Bank;

/// A move of the bank's clock, and what it brought about.
#[derive(Debug)]
pub(crate) struct Moved {
    /// The bank's time before.
    pub(crate) from: Timestamp,
    /// The bank's time after.
    pub(crate) to: Timestamp,
    /// What fell due after `from` and until `to`, in order.
    pub(crate) fired: Vec<Fired>,
}

impl Bank {
    /// Does what fell due up to `now`. Both doors begin with it, since the clock also runs by itself.
    pub(crate) fn settle(&self, now: Timestamp) -> Vec<Fired> {
        self.state(|state| state.book.settle(now))
    }

    /// Moves the clock and does what falls due on the way, in one step: nobody gets between the two, or
    /// what he brought about would be missing from the answer.
    ///
    /// # Errors
    /// When `change` refuses; nothing has moved then.
    pub(crate) fn move_clock<E>(
        &self,
        change: impl FnOnce(&Clock) -> Result<(Timestamp, Timestamp), E>,
    ) -> Result<Moved, E> {
        let moved = self.state(|state| {
            let (from, to) = change(&self.clock)?;
            self.journal.publish(Happened::Clock { from, to });
            // What fell due before the move is not of it.
            state.book.settle(from);
            let expired = state.consents.expired_between(from, to);
            let mut fired: Vec<_> = (expired.into_iter())
                .map(|(at, id)| Fired::new(at, FiredKind::ConsentExpired, id))
                .collect();
            fired.extend(state.book.settle(to));
            // Stable, so that a consent ends before what falls due in the same instant: its last moment
            // is the one before, and whoever held it sees nothing of what comes then.
            fired.sort_by_key(|fired| fired.at);
            Ok(Moved { from, to, fired })
        })?;
        self.waiting.lapse(moved.to);
        Ok(moved)
    }
}
