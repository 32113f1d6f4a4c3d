//! Live events: what just happened, in order, for whoever watches and for whoever comes back.
//!
//! An event is a few words that name a thing; what is to be told of a request is looked up when somebody is
//! told, so that nobody who calls the bank waits for those who watch it. The latest are kept, under numbers
//! that go on; what belongs to another bank, or to this one before a reset, has another name before them.

use std::collections::VecDeque;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::Journal;
use crate::clock::Timestamp;
use crate::entropy;
use crate::id::{ClientId, ConsentId, PaymentId, RequestId};

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Happened {
    /// Somebody moved the bank's clock, or changed how it runs.
    Clock {
        /// The bank's time before.
        from: Timestamp,
        /// The bank's time after.
        to: Timestamp,
    },
    /// A consent was created, or changed its status.
    Consent {
        id: ConsentId,
        status: &'static str,
        /// Since when it has this status, in bank time.
        at: Timestamp,
    },
    /// A fault fired on a request: the so manieth of those that matched.
    Fault { request: RequestId, index: usize },
    /// A payment was taken on, or changed its status.
    Payment {
        id: PaymentId,
        status: &'static str,
        /// Since when it has this status, in bank time.
        at: Timestamp,
    },
    /// A request was answered, or a connection failed before there was one.
    Request(RequestId),
}

/// The latest events of one bank.
#[derive(Debug)]
pub(super) struct Events {
    name: String,
    ring: Mutex<Ring>,
    changes: Notify,
}

/// Events without gaps, the last of them with the number `last`.
#[derive(Debug, Default)]
struct Ring {
    last: u64,
    kept: VecDeque<Happened>,
}

/// Where somebody stands who watches: all up to here was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Watched(u64);

/// An event as it is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    /// By which whoever comes back is known.
    pub(crate) id: String,
    /// `clock`, `consent`, `fault`, `payment` or `request`.
    pub(crate) kind: &'static str,
    pub(crate) data: Value,
}

/// Events that whoever watches has not seen are no longer there, or never were here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Missed {
    /// How many, where that is known.
    pub(crate) count: Option<u64>,
    /// From where there are events again.
    pub(crate) go_on: Watched,
}

impl Events {
    pub(super) fn new() -> Self {
        let [a, b, c, d] = entropy::secret_bytes();
        Self {
            name: format!("{a:02x}{b:02x}{c:02x}{d:02x}"),
            ring: Mutex::default(),
            changes: Notify::new(),
        }
    }

    fn publish(&self, happened: Happened) {
        let mut ring = self.ring.lock();
        ring.last += 1;
        if ring.kept.len() == EVENTS_MAX {
            ring.kept.pop_front();
        }
        ring.kept.push_back(happened);
        drop(ring);
        self.changes.notify_waiters();
    }

    /// The next events after `watched`, at most so many, and the number of the first.
    fn after(&self, Watched(seen): Watched, most: usize) -> Result<(u64, Vec<Happened>), Missed> {
        let ring = self.ring.lock();
        let first = ring.first();
        if seen + 1 < first {
            return Err(Missed {
                count: Some(first - seen - 1),
                go_on: Watched(first - 1),
            });
        }
        let skipped = usize::try_from(seen + 1 - first).unwrap_or(usize::MAX);
        let next = ring.kept.iter().skip(skipped).take(most);
        Ok((seen + 1, next.cloned().collect()))
    }
}

impl Ring {
    /// The number of the oldest that is kept, or of the next one.
    fn first(&self) -> u64 {
        self.last + 1 - self.kept.len() as u64
    }
}

impl Journal {
    /// Tells whoever watches.
    pub(crate) fn publish(&self, happened: Happened) {
        self.events.publish(happened);
    }

    /// Where somebody begins who wants what happens from now on.
    pub(crate) fn watch(&self) -> Watched {
        Watched(self.events.ring.lock().last)
    }

    /// Where somebody begins who wants all that is kept.
    pub(crate) fn watch_from_first(&self) -> Watched {
        Watched(self.events.ring.lock().first() - 1)
    }

    /// Where somebody goes on who saw the event of this id.
    ///
    /// # Errors
    /// When the id is none of this bank's since its last reset.
    pub(crate) fn watch_after(&self, id: &str) -> Result<Watched, Missed> {
        let number = id.strip_prefix(self.events.name.as_str());
        let number = number.and_then(|rest| rest.strip_prefix('-')?.parse().ok());
        let last = self.events.ring.lock().last;
        number
            .filter(|number| *number <= last)
            .map(Watched)
            .ok_or_else(|| Missed {
                count: None,
                go_on: self.watch_from_first(),
            })
    }

    /// The next events after `watched`, at most so many, and where it stands then.
    ///
    /// # Errors
    /// When some of them are gone.
    pub(crate) fn events_after(
        &self,
        watched: Watched,
        most: usize,
    ) -> Result<(Vec<Told>, Watched), Missed> {
        let (first, happened) = self.events.after(watched, most)?;
        let told = (first..).zip(&happened).map(|(number, happened)| Told {
            id: format!("{}-{number}", self.events.name),
            kind: happened.kind(),
            data: self.data_of(happened),
        });
        let told: Vec<_> = told.collect();
        Ok((told, Watched(first + happened.len() as u64 - 1)))
    }

    /// Resolves at the first event after this was called: make it, then look, then await it.
    pub(crate) fn happens(&self) -> Notified<'_> {
        self.events.changes.notified()
    }

    /// Tells of an entry that is complete.
    pub(super) fn publish_entry(&self, id: RequestId, fired: impl Iterator<Item = usize>) {
        for index in fired {
            self.publish(Happened::Fault { request: id, index });
        }
        self.publish(Happened::Request(id));
    }

    fn data_of(&self, happened: &Happened) -> Value {
        match happened {
            Happened::Clock { from, to } => {
                json!({ "from": from.to_string(), "to": to.to_string() })
            }
            Happened::Consent { id, status, at } => {
                json!({ "consent_id": id.as_str(), "status": status, "at": at.to_string() })
            }
            Happened::Fault { request, index } => {
                let entry = self.get(*request);
                let note = entry.as_ref().and_then(|entry| entry.fault_at(*index));
                json!({
                    "request_id": request.to_string(),
                    "fault": note.map(|note| &note.fault),
                    "rule": note.and_then(|note| note.rule).map(|rule| rule.to_string()),
                })
            }
            Happened::Payment { id, status, at } => {
                json!({ "payment_id": id.to_string(), "status_code": status, "at": at.to_string() })
            }
            Happened::Request(id) => self.request_data(*id),
        }
    }

    fn request_data(&self, id: RequestId) -> Value {
        let Some(entry) = self.get(id) else {
            return json!({ "request_id": id.to_string(), "gone": true });
        };
        let asked = entry.asked();
        json!({
            "request_id": id.to_string(),
            "at": entry.at().bank.to_string(),
            "client_id": entry.client_id().map(ClientId::as_str),
            "route": entry.route(),
            "method": asked.map(|asked| asked.method.as_str()),
            "path": asked.map(|asked| asked.path()),
            "status": entry.status(),
            "duration_us": entry.answer().map(|answer| answer.duration_us),
            "verdict": entry.verdict().map(|verdict| verdict.word),
        })
    }
}

impl Happened {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Clock { .. } => "clock",
            Self::Consent { .. } => "consent",
            Self::Fault { .. } => "fault",
            Self::Payment { .. } => "payment",
            Self::Request(_) => "request",
        }
    }
}

/// What a browser that lost its connection for some seconds may miss; some 60 bytes each.
const EVENTS_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Limits;
    use crate::journal::fixture::{NOON, answer, arrive, fault, limits};

    fn clock() -> Happened {
        Happened::Clock {
            from: NOON,
            to: NOON,
        }
    }

    #[test]
    fn whoever_watches_is_told_in_order_and_goes_on_where_she_was() {
        let journal = Journal::new(Limits::default());
        journal.publish(clock());
        let from_now = journal.watch();
        answer(
            arrive(&journal, Some("oauth.jwks"), "/jwks", &[]),
            200,
            &[],
            "",
        );
        journal.publish(Happened::Consent {
            id: ConsentId::new("consent_ais_1"),
            status: "authorized",
            at: NOON,
        });
        let (told, watched) = journal.events_after(from_now, 10).unwrap();
        let kinds: Vec<_> = told.iter().map(|told| told.kind).collect();
        assert_eq!(kinds, ["request", "consent"]);
        assert_eq!(told[0].data["route"], "oauth.jwks");
        assert_eq!(told[1].data["status"], "authorized");
        assert_eq!(journal.events_after(watched, 10).unwrap().0, []);
        assert_eq!(journal.watch_after(&told[1].id), Ok(watched));
        let again = journal.watch_after(&told[0].id).unwrap();
        assert_eq!(journal.events_after(again, 10).unwrap().0, told[1..]);
        let all = journal.events_after(journal.watch_from_first(), 2).unwrap();
        assert_eq!(all.0.len(), 2);
    }

    #[test]
    fn what_is_gone_is_said_to_be_missed() {
        let journal = Journal::new(Limits::default());
        let start = journal.watch();
        for _ in 0..EVENTS_MAX + 3 {
            journal.publish(clock());
        }
        let missed = journal.events_after(start, 10).unwrap_err();
        assert_eq!(missed.count, Some(3));
        let (told, _) = journal.events_after(missed.go_on, 10).unwrap();
        assert_eq!(told.len(), 10);
        let afresh = journal.afresh();
        for id in [told[0].id.as_str(), "", "7", "x-1"] {
            let missed = afresh.watch_after(id).unwrap_err();
            assert_eq!((missed.count, missed.go_on), (None, afresh.watch()), "{id}");
        }
        let name = told[0].id.split('-').next().unwrap();
        assert!(journal.watch_after(&format!("{name}-999999")).is_err());
    }

    #[test]
    fn a_fault_that_fired_is_told_before_its_request_and_one_held_back_is_not() {
        let journal = Journal::new(Limits::default());
        let mut open = arrive(&journal, None, "/", &[]);
        for (id, held_back) in [("a", Some("not the third")), ("b", None)] {
            open.fault(fault(id, held_back));
        }
        answer(open, 200, &[], "");
        let (told, _) = journal
            .events_after(journal.watch_from_first(), 10)
            .unwrap();
        let kinds: Vec<_> = told.iter().map(|told| told.kind).collect();
        assert_eq!(kinds, ["fault", "request"]);
        assert_eq!(told[0].data["fault"], "b");
        assert_eq!(told[0].data["rule"], "fault_0000000001");
    }

    #[test]
    fn a_request_of_which_the_entry_went_is_told_as_gone() {
        let journal = Journal::new(limits(1, usize::MAX));
        for _ in 0..2 {
            answer(arrive(&journal, None, "/", &[]), 200, &[], "");
        }
        let (told, _) = journal
            .events_after(journal.watch_from_first(), 10)
            .unwrap();
        assert_eq!(told[0].data["gone"], true);
        assert_eq!(told[1].data["status"], 200);
    }
}
