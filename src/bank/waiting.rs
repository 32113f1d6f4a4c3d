//! Customers who wait: journeys under way that are neither decided nor over, and the hand that may decide
//! them meanwhile.
//!
//! They are not part of the bank's state: each is a connection held open, which no snapshot could keep.
//! Nobody waits under the lock; who waits holds a [`Seat`], and leaves when it is dropped.

use std::collections::BTreeMap;
use std::fmt;
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
use crate::oauth::expiring::{Full, Room};

/// Everybody who waits.
#[derive(Debug)]
pub(crate) struct WaitingRoom {
    room: Room,
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
    /// An empty room; at `each` client's so many may wait, if not [`SEATS_PER_CLIENT`].
    pub(crate) fn new(each: Option<usize>) -> Self {
        Self {
            room: Room {
                each: each.unwrap_or(SEATS_PER_CLIENT),
                together: SEATS_MAX,
            },
            seats: Mutex::default(),
            changes: Notify::default(),
        }
    }

    /// Takes a seat.
    ///
    /// # Errors
    /// When the client's customers take all they may, or more than its share while all clients' together
    /// take [`SEATS_MAX`].
    pub(crate) fn enter(self: &Arc<Self>, waiting: Waiting) -> Result<Seat, NoSeat> {
        let id = waiting.id;
        let (decide, decided) = oneshot::channel();
        let facts = Arc::new(waiting);
        let mut seats = self.seats.lock();
        let own = seats.values().map(|taken| &taken.facts.client_id);
        let own = own.filter(|client| **client == facts.client_id).count();
        self.room.check(own, seats.len()).map_err(NoSeat)?;
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoSeat(Full);

impl fmt::Display for NoSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Full::Each(max) => write!(f, "at most {max} journeys of one client that wait"),
            Full::Together(max) => {
                write!(f, "few journeys of one client, while {max} of all wait")
            }
        }
    }
}

/// Each holds a connection open; a suite of two hundred tests with five browsers each fits.
const SEATS_PER_CLIENT: usize = 1_000;
/// Five such suites at once are more than one machine serves.
const SEATS_MAX: usize = 5 * SEATS_PER_CLIENT;

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
        let room = Arc::new(WaitingRoom::new(None));
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
        let room = Arc::new(WaitingRoom::new(None));
        let seat = room.enter(waiting(1)).unwrap();
        room.lapse(Timestamp::from_unix_seconds(-1));
        assert_eq!(room.list().len(), 1);
        room.lapse(Timestamp::from_unix_seconds(0));
        assert!(!room.decide(JourneyId::new(1), rejection()));
        let within = std::time::Duration::from_secs(1);
        let woken = tokio::time::timeout(within, seat.wait(Duration::hours(1)));
        assert_eq!(woken.await, Ok(None));
    }

    /// Takes seats for a client until it gets no more; answers them, and why.
    fn fill(room: &Arc<WaitingRoom>, client: &str, first: u64) -> (Vec<Seat>, NoSeat) {
        let mut seats = Vec::new();
        for number in first.. {
            let waiting = Waiting {
                client_id: ClientId::new(client),
                ..waiting(number)
            };
            match room.enter(waiting) {
                Ok(seat) => seats.push(seat),
                Err(full) => return (seats, full),
            }
        }
        unreachable!("numbers do not end")
    }

    #[test]
    fn a_client_has_its_fill_of_seats_and_its_share_in_a_full_room() {
        let mut room = WaitingRoom::new(Some(300));
        room.room.together = 400;
        let room = Arc::new(room);
        let (mut acorn, why) = fill(&room, "acorn", 0);
        assert_eq!((acorn.len(), why), (300, NoSeat(Full::Each(300))));
        let full = NoSeat(Full::Together(400));
        let (burrow, why) = fill(&room, "burrow", 1_000);
        assert_eq!((burrow.len(), why), (100, full));
        let (clover, why) = fill(&room, "clover", 2_000);
        assert_eq!((clover.len(), why), (100, full));
        // Who has more than its share does not get a seat back while the room is full.
        drop(acorn.pop());
        assert_eq!(room.enter(waiting(3_000)).unwrap_err(), full);
        assert_eq!(room.list().len(), 499);
    }

    #[tokio::test]
    async fn who_goes_away_gives_up_her_seat() {
        let room = Arc::new(WaitingRoom::new(Some(2)));
        let (seats, _) = fill(&room, "acorn", 0);
        let changed = room.changed();
        drop(seats);
        changed.await;
        assert!(room.list().is_empty() && room.find(JourneyId::new(0)).is_none());
        assert!(!room.decide(JourneyId::new(0), rejection()));
    }
}
