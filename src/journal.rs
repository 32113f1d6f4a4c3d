//! The record of every request: what was asked, what was decided, and why.
//!
//! One journal a bank, behind its own lock, so that reading it never waits for the bank and the bank never
//! for a reader. An entry is made when a request arrives and finished with the answer. The journal is
//! bounded in entries and in bytes; the oldest entries go first and are counted, because a count that
//! silently misses some would be a false pass in somebody's test.
//!
//! It knows nothing of banks: rules, findings and ids come as values. Secrets are masked before anything is
//! stored (see [`redact`]).

mod block;
mod entry;
mod events;
mod explain;
#[cfg(test)]
mod fixture;
mod har;
mod line;
mod meters;
mod open;
mod pretty;
mod project;
mod query;
mod redact;
mod weight;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use http::{HeaderMap, Method, Version};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::clock::{Now, Timestamp};
use crate::id::RequestId;
use block::{Block, BlockWriter};
use entry::{Asked, Broken, Head, Subject, Tail};
pub(crate) use entry::{ConnectionFacts, Entry, FaultNote, Kind};
use events::Events;
pub(crate) use events::{Happened, Missed, Watched};
pub(crate) use har::archive;
pub(crate) use line::Listener;
use meters::Meters;
pub(crate) use meters::{BOUNDS_US, Readings, RouteReadings};
pub(crate) use open::{Answered, Open};
pub(crate) use query::{Evicted, Filter, StatusFilter};
use redact::{Redactor, Side};

/// How much a journal keeps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    /// So many entries.
    pub(crate) entries: usize,
    /// So many bytes of memory, all entries together.
    pub(crate) bytes: usize,
    /// So many bytes of each body; of the rest only length and digest.
    pub(crate) body_bytes: usize,
}

impl Default for Limits {
    /// A long test run, and what a container can spare for it (control contract, section 8).
    fn default() -> Self {
        Self {
            entries: 10_000,
            bytes: 64 << 20,
            body_bytes: 64 << 10,
        }
    }
}

/// A bank's journal.
#[derive(Debug)]
pub(crate) struct Journal {
    limits: Limits,
    shelf: Mutex<Shelf>,
    changes: Notify,
    events: Events,
    meters: Meters,
    listener: OnceLock<Listener>,
}

/// A request at the door.
#[derive(Clone, Debug)]
pub(crate) struct Arrival<'a> {
    /// When it arrived.
    pub(crate) at: Now,
    /// The dotted name of its route; none when there is no such route.
    pub(crate) route: Option<&'static str>,
    /// The method.
    pub(crate) method: &'a Method,
    /// The version of HTTP it came in.
    pub(crate) version: Version,
    /// The path, without the prefix of a bank served by path.
    pub(crate) path: &'a str,
    /// What follows the question mark, if there is one.
    pub(crate) query: Option<&'a str>,
    /// The headers.
    pub(crate) headers: &'a HeaderMap,
    /// What the handshake settled.
    pub(crate) connection: Arc<ConnectionFacts>,
}

/// A connection that never became a request.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionRecord {
    /// When it failed.
    pub(crate) at: Now,
    /// Why, in plain words.
    pub(crate) reason: String,
    /// The fault that spoiled it, when one did.
    pub(crate) fault: Option<FaultNote>,
    /// Who called, and how far the handshake came.
    pub(crate) connection: ConnectionFacts,
}

impl Journal {
    /// An empty journal.
    #[must_use]
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            shelf: Mutex::new(Shelf::default()),
            changes: Notify::new(),
            events: Events::new(),
            meters: Meters::default(),
            listener: OnceLock::new(),
        })
    }

    /// An empty journal with the same limits and the same listener; numbers begin at one.
    pub(crate) fn afresh(&self) -> Arc<Self> {
        self.with(Shelf::default())
    }

    /// A journal with the same entries. Calls under way go on in this one alone: in the copy nobody takes
    /// their answers.
    pub(crate) fn copy(&self) -> Arc<Self> {
        let mut shelf = self.shelf.lock().clone();
        for entry in &mut shelf.entries {
            if entry.tail.is_none() && matches!(entry.head.subject, Subject::Request(_)) {
                entry.tail = Some(Arc::default());
            }
        }
        self.with(shelf)
    }

    fn with(&self, shelf: Shelf) -> Arc<Self> {
        Arc::new(Self {
            limits: self.limits,
            shelf: Mutex::new(shelf),
            changes: Notify::new(),
            events: Events::new(),
            meters: Meters::default(),
            listener: self.listener.clone(),
        })
    }

    /// From now on `listener` is told of each entry that is complete; the first listener stays.
    pub(crate) fn tell(&self, listener: Listener) {
        let _ = self.listener.set(listener);
    }

    /// Makes the entry of a request that arrived.
    pub(crate) fn arrive(self: &Arc<Self>, arrival: Arrival<'_>) -> Open {
        let mut redactor = Redactor::default();
        let head = Head {
            at: arrival.at,
            subject: Subject::Request(Asked {
                route: arrival.route,
                method: arrival.method.clone(),
                version: arrival.version,
                has_query: arrival.query.is_some(),
                fields: asked_fields(&arrival, &mut redactor),
            }),
            connection: arrival.connection,
        };
        let id = self.add(head);
        Open::new(Arc::clone(self), id, arrival.route, redactor)
    }

    /// Makes the entry of a connection that failed before any request.
    pub(crate) fn connection_failed(&self, record: ConnectionRecord) -> RequestId {
        let faults = usize::from(record.fault.is_some());
        let id = self.add(Head {
            at: record.at,
            connection: Arc::new(record.connection),
            subject: Subject::Connection(Broken {
                reason: record.reason.into(),
                fault: record.fault,
            }),
        });
        if let Some(listener) = self.listener.get()
            && let Some(entry) = self.get(id)
        {
            listener.hear(&entry);
        }
        self.meters.count_connection(faults);
        self.publish_entry(id, 0..faults);
        id
    }

    /// Forgets all entries. Numbers go on, and nothing counts as dropped; calls under way leave no entry.
    pub(crate) fn clear(&self) {
        let mut shelf = self.shelf.lock();
        let forgotten = shelf.clear();
        drop(shelf);
        drop(forgotten);
        self.changes.notify_waiters();
    }

    /// Resolves at the first change after this was called: make it, then look, then await it.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changes.notified()
    }

    /// The entry of this id, if it is still there.
    #[must_use]
    pub(crate) fn get(&self, id: RequestId) -> Option<Entry> {
        self.shelf.lock().find(id.number()).cloned()
    }

    /// What the meters show.
    pub(crate) fn readings(&self) -> Readings {
        self.meters.read()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.shelf.lock().entries.len()
    }

    /// How many entries went to make room, since the last clear.
    #[must_use]
    pub(crate) fn dropped(&self) -> u64 {
        self.shelf.lock().dropped
    }

    /// How much memory the entries take, in bytes.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        self.shelf.lock().bytes
    }

    fn add(&self, head: Head) -> RequestId {
        let bytes = head.bytes();
        let head = Arc::new(head);
        let mut shelf = self.shelf.lock();
        let seq = shelf.last + 1;
        shelf.last = seq;
        let entry = Entry {
            seq,
            bytes,
            head,
            tail: None,
        };
        shelf.bytes += bytes;
        shelf.entries.push_back(entry);
        shelf.make_room(self.limits);
        drop(shelf);
        self.changes.notify_waiters();
        RequestId::new(seq)
    }

    /// Adds what a call gathered to its entry, if that is still there.
    fn close(&self, (id, route): (RequestId, Option<&'static str>), tail: Tail) {
        let bytes = tail.bytes();
        self.meters
            .count(route, tail.answered(), tail.fired_faults().count());
        let tail = Arc::new(tail);
        let mut shelf = self.shelf.lock();
        let Some(entry) = shelf.find_mut(id.number()) else {
            return;
        };
        entry.tail = Some(Arc::clone(&tail));
        entry.bytes += bytes;
        let listener = self.listener.get();
        let told = listener.map(|listener| (listener, entry.clone()));
        shelf.bytes += bytes;
        shelf.make_room(self.limits);
        drop(shelf);
        self.changes.notify_waiters();
        if let Some((listener, entry)) = told {
            listener.hear(&entry);
        }
        self.publish_entry(id, tail.fired_faults());
    }
}

/// The entries, in order and without gaps, and what went before them.
#[derive(Clone, Debug, Default)]
struct Shelf {
    /// The number of the latest entry.
    last: u64,
    entries: VecDeque<Entry>,
    bytes: usize,
    /// How many entries went to make room, since the last clear.
    dropped: u64,
    /// The number of the latest of them.
    dropped_last: u64,
    /// When that one arrived, in bank time.
    dropped_last_at: Option<Timestamp>,
}

impl Shelf {
    /// Lets the oldest go until the rest fits, whether their answer has come or not.
    fn make_room(&mut self, limits: Limits) {
        while self.entries.len() > limits.entries || self.bytes > limits.bytes {
            let Some(oldest) = self.entries.pop_front() else {
                return;
            };
            self.bytes -= oldest.bytes;
            self.dropped += 1;
            self.dropped_last = oldest.seq;
            self.dropped_last_at = Some(oldest.head.at.bank);
        }
    }

    /// Takes all entries out.
    fn clear(&mut self) -> VecDeque<Entry> {
        self.bytes = 0;
        self.dropped = 0;
        self.dropped_last = 0;
        self.dropped_last_at = None;
        std::mem::take(&mut self.entries)
    }

    fn find(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(self.index(seq)?)
    }

    fn find_mut(&mut self, seq: u64) -> Option<&mut Entry> {
        let index = self.index(seq)?;
        self.entries.get_mut(index)
    }

    /// Where the entry of this number would be.
    fn index(&self, seq: u64) -> Option<usize> {
        let first = self.entries.front()?.seq;
        usize::try_from(seq.checked_sub(first)?).ok()
    }
}

/// Copies what an [`Asked`] keeps, secrets masked.
fn asked_fields(arrival: &Arrival<'_>, redactor: &mut Redactor) -> Block {
    let query = redactor.query(arrival.query.unwrap_or_default());
    let room = arrival.path.len() + query.len() + open::header_bytes(arrival.headers);
    let mut writer = BlockWriter::with_room(room + SPARE_BYTES);
    writer.put(arrival.path.as_bytes());
    writer.put(query.as_bytes());
    for (name, value) in arrival.headers {
        writer.put(name.as_str().as_bytes());
        writer.put(&redactor.header(Side::Request, name.as_str(), value.as_bytes()));
    }
    writer.finish()
}

/// For lengths, and a fingerprint that is longer than its secret.
const SPARE_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use fixture::{answer, arrive, fill, limits};

    #[test]
    fn a_copy_has_the_entries_and_its_own_future() {
        let journal = Journal::new(limits(10, usize::MAX));
        fill(&journal, 2);
        let under_way = arrive(&journal, None, "/", &[]);
        let copy = journal.copy();
        let (last, open) = (RequestId::new(3), journal.get(RequestId::new(3)).unwrap());
        assert_eq!(open.to_json()["in_flight"], true);
        assert_eq!(copy.get(last).unwrap().to_json()["verdict"], "aborted");
        answer(under_way, 200, &[], "");
        assert_eq!(copy.get(last).unwrap().to_json()["verdict"], "aborted");
        fill(&copy, 1);
        assert!(journal.get(RequestId::new(4)).is_none());
        let afresh = copy.afresh();
        fill(&afresh, 1);
        assert_eq!(
            afresh.get(RequestId::new(1)).unwrap().id(),
            RequestId::new(1)
        );
    }

    #[test]
    fn the_oldest_entries_go_first_and_are_counted() {
        let journal = Journal::new(limits(3, usize::MAX));
        fill(&journal, 5);
        let ids: Vec<_> = journal
            .list(&Filter::default())
            .iter()
            .map(|entry| entry.id().number())
            .collect();
        assert_eq!(ids, [3, 4, 5]);
        assert_eq!(journal.dropped(), 2);
        assert!(journal.get(RequestId::new(2)).is_none());
        assert!(journal.get(RequestId::new(6)).is_none());
        assert!(journal.get(RequestId::new(0)).is_none());
    }

    #[test]
    fn bytes_are_bounded_too() {
        let journal = Journal::new(limits(1000, 20_000));
        for _ in 0..100 {
            let mut open = arrive(
                &journal,
                Some("oauth.token"),
                "/oauth/token",
                &[("accept", &"x".repeat(500))],
            );
            open.request_body("a=".repeat(400).as_bytes(), None);
            answer(open, 200, &[], &"y".repeat(900));
            let shelf = journal.shelf.lock();
            assert!(shelf.bytes <= 20_000);
            assert_eq!(
                shelf.bytes,
                shelf.entries.iter().map(|entry| entry.bytes).sum::<usize>()
            );
        }
        let kept = journal.list(&Filter::default()).len();
        assert!((3..20).contains(&kept), "{kept}");
        assert_eq!(journal.dropped(), 100 - u64::try_from(kept).unwrap());
    }

    #[test]
    fn a_journal_too_small_for_one_entry_keeps_none_and_says_so() {
        let journal = Journal::new(limits(1000, 10));
        fill(&journal, 2);
        assert_eq!(journal.list(&Filter::default()).len(), 0);
        assert_eq!(
            journal.count(&Filter::default()),
            Err(Evicted {
                dropped: 2,
                last: 2
            })
        );
        let journal = Journal::new(limits(0, usize::MAX));
        fill(&journal, 1);
        assert_eq!(journal.dropped(), 1);
    }

    #[test]
    fn clear_goes_on_counting() {
        let journal = Journal::new(Limits::default());
        fill(&journal, 2);
        let late = arrive(&journal, None, "/late", &[]);
        journal.clear();
        answer(late, 200, &[], "");
        assert_eq!(journal.list(&Filter::default()).len(), 0);
        fill(&journal, 1);
        assert_eq!(journal.list(&Filter::default())[0].id(), RequestId::new(4));
    }

    #[test]
    fn a_call_that_outlives_its_entry_ends_quietly() {
        let journal = Journal::new(limits(1, usize::MAX));
        let parked = arrive(&journal, None, "/parked", &[]);
        fill(&journal, 1);
        answer(parked, 200, &[], "");
        assert_eq!(journal.dropped(), 1);
        assert_eq!(journal.list(&Filter::default()).len(), 1);
    }

    #[test]
    fn many_threads_write_while_others_read() {
        let journal = Journal::new(limits(500, usize::MAX));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| fill(&journal, 500));
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let entries = journal.list(&Filter::default());
                        assert!(entries.len() <= 500);
                        assert!(
                            entries
                                .windows(2)
                                .all(|pair| pair[0].seq + 1 == pair[1].seq)
                        );
                    }
                });
            }
        });
        assert_eq!(journal.dropped(), 1500);
        let entries = journal.list(&Filter::default());
        assert_eq!(entries.len(), 500);
        assert!(entries.iter().all(|entry| entry.status() == Some(200)));
        assert_eq!(
            journal.shelf.lock().bytes,
            entries.iter().map(|entry| entry.bytes).sum::<usize>()
        );
    }

    #[tokio::test]
    async fn a_change_between_looking_and_waiting_is_not_missed() {
        let journal = Journal::new(Limits::default());
        for change in [
            |journal: &Arc<Journal>| drop(arrive(journal, None, "/", &[])),
            |journal: &Arc<Journal>| journal.clear(),
        ] {
            let changed = journal.changed();
            change(&journal);
            changed.await;
        }
    }
}
