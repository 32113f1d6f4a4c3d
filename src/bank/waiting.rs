//! Customers who wait: journeys under way that are neither decided nor over, and the hand that may decide
//! them meanwhile.
//!
//! They are not part of the bank's state: each is a connection held open, which no snapshot could keep.
//! Nobody waits under the lock; who waits holds a [`Seat`], and leaves when it is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::sync::oneshot;

use crate::clock::Timestamp;
use crate::consent::ConsentType;
use crate::id::{ClientId, ConsentId, CustomerId, JourneyId, RequestId};
use crate::journey::Ending;

/// Everybody who waits.
#[derive(Debug, Default)]
pub(crate) struct WaitingRoom {
    seats: Mutex<BTreeMap<JourneyId, Taken>>,
    changes: Notify,
}

#[derive(Debug)]
struct Taken {
    facts: Arc<Waiting>,
    decide: oneshot::Sender<Decision>,
}

/// Somebody who waits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Waiting {
    /// The journey.
    pub(crate) id: JourneyId,
    /// The request that brought her.
    pub(crate) request_id: RequestId,
    /// Who asks.
    pub(crate) client_id: ClientId,
    /// What she is asked to decide.
    pub(crate) consent_id: ConsentId,
    /// What that is for.
    pub(crate) consent_type: ConsentType,
    /// Who she is.
    pub(crate) customer: CustomerId,
    /// What plays.
    pub(crate) script: Box<str>,
    /// The name of the rule by which it plays, or its id.
    pub(crate) rule: Box<str>,
    /// When her journey began, in bank time.
    pub(crate) began_at: Timestamp,
    /// When her session is over, in bank time.
    pub(crate) lapses_at: Timestamp,
    /// When the script goes on by itself, in real time.
    pub(crate) resumes_at: Timestamp,
}

/// What was decided for somebody who waited.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Decision {
    /// How her journey ends.
    pub(crate) ending: Ending,
    /// Who it is after all, when that was said.
    pub(crate) customer: Option<CustomerId>,
}

/// A place in the room; given up when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    room: Arc<WaitingRoom>,
    id: JourneyId,
    decided: oneshot::Receiver<Decision>,
}

impl WaitingRoom {
    /// Takes a seat.
    ///
    /// # Errors
    /// When all [`SEATS_MAX`] are taken.
    pub(crate) fn enter(self: &Arc<Self>, waiting: Waiting) -> Result<Seat, NoSeat> {
        let id = waiting.id;
        let (decide, decided) = oneshot::channel();
        let facts = Arc::new(waiting);
        let mut seats = self.seats.lock();
        if seats.len() >= SEATS_MAX {
            return Err(NoSeat);
        }
        seats.insert(id, Taken { facts, decide });
        drop(seats);
        self.changes.notify_waiters();
        Ok(Seat {
            room: Arc::clone(self),
            id,
            decided,
        })
    }

    /// Everybody, in the order of arrival.
    pub(crate) fn list(&self) -> Vec<Arc<Waiting>> {
        let seats = self.seats.lock();
        seats
            .values()
            .map(|taken| Arc::clone(&taken.facts))
            .collect()
    }

    /// Who waits under this id.
    pub(crate) fn find(&self, id: JourneyId) -> Option<Arc<Waiting>> {
        let seats = self.seats.lock();
        seats.get(&id).map(|taken| Arc::clone(&taken.facts))
    }

    /// Decides for somebody; false when she does not wait any more, and then nothing happens.
    pub(crate) fn decide(&self, id: JourneyId, decision: Decision) -> bool {
        let mut seats = self.seats.lock();
        let decided = seats
            .remove(&id)
            .is_some_and(|taken| taken.decide.send(decision).is_ok());
        drop(seats);
        self.changes.notify_waiters();
        decided
    }

    /// Wakes everybody whose session is over at `now`.
    pub(crate) fn lapse(&self, now: Timestamp) {
        let mut seats = self.seats.lock();
        let before = seats.len();
        // Who is not there any more to be decided for goes on, and finds her session over.
        seats.retain(|_, taken| taken.facts.lapses_at > now);
        if seats.len() != before {
            drop(seats);
            self.changes.notify_waiters();
        }
    }

    /// Resolves when somebody comes or goes after this call.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changes.notified()
    }

    fn leave(&self, id: JourneyId) {
        let left = self.seats.lock().remove(&id);
        if left.is_some() {
            self.changes.notify_waiters();
        }
    }
}

impl Seat {
    /// Waits until somebody decides or the session is over, at most so long.
    pub(crate) async fn wait(mut self, patience: Duration) -> Option<Decision> {
        let patience = patience.unsigned_abs();
        if let Ok(decided) = tokio::time::timeout(patience, &mut self.decided).await {
            return decided.ok();
        }
        // Whoever decided before she left was told that it counts.
        self.room.leave(self.id);
        self.decided.try_recv().ok()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.leave(self.id);
    }
}

/// Why nobody else may wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at most {SEATS_MAX} journeys wait at a time")]
pub(crate) struct NoSeat;

/// Each holds a connection open; a suite of two hundred tests with five browsers each fits.
const SEATS_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(number: u64) -> Waiting {
        let now = Timestamp::from_unix_seconds(0);
        Waiting {
            id: JourneyId::new(number),
            request_id: RequestId::new(number),
            client_id: ClientId::new("acorn"),
            consent_id: ConsentId::new("consent_ais_x"),
            consent_type: ConsentType::AccountAccess,
            customer: CustomerId::new(1),
            script: "slow".into(),
            rule: "rule_0000000001".into(),
            began_at: now,
            lapses_at: now,
            resumes_at: now,
        }
    }

    fn rejection() -> Decision {
        Decision {
            ending: Ending::Rejected,
            customer: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_decision_ends_the_wait_and_is_made_once() {
        let room = Arc::new(WaitingRoom::default());
        let seat = room.enter(waiting(1)).unwrap();
        let other = room.enter(waiting(2)).unwrap();
        assert!(room.decide(JourneyId::new(1), rejection()));
        assert!(!room.decide(JourneyId::new(1), rejection()));
        assert!(!room.decide(JourneyId::new(3), rejection()));
        assert_eq!(seat.wait(Duration::hours(1)).await, Some(rejection()));
        assert_eq!(room.list().len(), 1);
        assert_eq!(other.wait(Duration::hours(1)).await, None);
        assert!(room.list().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_is_over_ends_the_wait_undecided() {
        let room = Arc::new(WaitingRoom::default());
        let seat = room.enter(waiting(1)).unwrap();
        room.lapse(Timestamp::from_unix_seconds(-1));
        assert_eq!(room.list().len(), 1);
        room.lapse(Timestamp::from_unix_seconds(0));
        assert!(!room.decide(JourneyId::new(1), rejection()));
        let within = std::time::Duration::from_secs(1);
        let woken = tokio::time::timeout(within, seat.wait(Duration::hours(1)));
        assert_eq!(woken.await, Ok(None));
    }

    #[tokio::test]
    async fn who_goes_away_gives_up_her_seat_and_a_full_room_takes_nobody() {
        let room = Arc::new(WaitingRoom::default());
        let seats: Vec<_> = (0..SEATS_MAX as u64)
            .map(|number| room.enter(waiting(number)).unwrap())
            .collect();
        assert_eq!(room.enter(waiting(5_000)).unwrap_err(), NoSeat);
        let changed = room.changed();
        drop(seats);
        changed.await;
        assert!(room.list().is_empty() && room.find(JourneyId::new(0)).is_none());
        assert!(!room.decide(JourneyId::new(0), rejection()));
    }
}
