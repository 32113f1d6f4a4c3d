//! GET `/events`: what happens in the bank as it happens, as server-sent events (the HTML standard, section
//! 9.2). Whoever comes back says the last id it saw, and misses nothing, or is told that it did.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderName;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use crate::bank::Bank;
use crate::journal::{Missed, Watched};
use crate::wire::header;
use crate::wire::reply::{Reply, Source};

use super::ControlCall;
use super::error::Problem;

/// Opens the stream: from now on, or after the event of `Last-Event-ID` (or of the parameter of that name,
/// since a browser sends no header of its own at first). The id 0 is before all that is kept.
pub(super) fn stream_events(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let sent = header::single(&call.request.head.headers, &LAST_EVENT_ID);
    let sent = sent.map_err(|fault| {
        Problem::invalid("Last-Event-ID", "one id of an event", fault.to_string())
    })?;
    let bank = call.branch.bank();
    let journal = &bank.journal;
    // What a reconnecting browser adds is later than what its address says.
    let (watched, missed) = match sent.or_else(|| call.query.get("last_event_id")) {
        None | Some("") => (journal.watch(), None),
        Some("0") => (journal.watch_from_first(), None),
        Some(id) => match journal.watch_after(id) {
            Ok(watched) => (watched, None),
            Err(missed) => (missed.go_on, Some(missed)),
        },
    };
    let mut opening = format!("retry: {RETRY_MS}\n\n");
    if let Some(missed) = missed {
        opening.push_str(&told_missed(missed));
    }
    let watch = Watch {
        bank,
        watched,
        opening: Some(opening.into()),
        is_over: false,
    };
    Ok(Reply::streamed("text/event-stream; charset=utf-8", watch)
        .with_header(CACHE_CONTROL, "no-store"))
}

/// Somebody who watches.
struct Watch {
    bank: Arc<Bank>,
    watched: Watched,
    /// What is said before all events.
    opening: Option<Bytes>,
    is_over: bool,
}

impl Source for Watch {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Bytes>> + Send + '_>> {
        Box::pin(self.piece())
    }
}

impl Watch {
    async fn piece(&mut self) -> Option<Bytes> {
        if let Some(opening) = self.opening.take() {
            return Some(opening);
        }
        if self.is_over {
            return None;
        }
        let bank = Arc::clone(&self.bank);
        loop {
            // Listening begins before looking, so that nothing comes in between unheard.
            let happens = bank.journal.happens();
            if let Some(text) = self.look() {
                return Some(text.into());
            }
            tokio::select! {
                () = happens => {}
                () = tokio::time::sleep(KEEP_ALIVE) => return Some(Bytes::from_static(b":\n\n")),
                () = bank.retired() => {
                    self.is_over = true;
                    // What happened in its last moment comes first.
                    let mut last = self.look().unwrap_or_default();
                    let why = json!({ "reason": "the bank was reset, restored or closed" });
                    last.push_str(&event(None, "closed", &why));
                    return Some(last.into());
                }
            }
        }
    }

    /// What happened since, if anything.
    fn look(&mut self) -> Option<String> {
        match self.bank.journal.events_after(self.watched, AT_ONCE) {
            Err(missed) => {
                self.watched = missed.go_on;
                Some(told_missed(missed))
            }
            Ok((told, watched)) => {
                self.watched = watched;
                let mut text = String::new();
                for told in &told {
                    text.push_str(&event(Some(&told.id), told.kind, &told.data));
                }
                Some(text).filter(|text| !text.is_empty())
            }
        }
    }
}

/// Events that cannot be told any more are an event of their own, never silence.
fn told_missed(missed: Missed) -> String {
    let data = json!({
        "missed": missed.count,
        "reason": match missed.count {
            Some(_) => "they went to make room",
            None => "the id is none of this bank's since its last reset",
        },
    });
    event(None, "evicted", &data)
}

/// One event; JSON has no line break in it.
fn event(id: Option<&str>, kind: &str, data: &Value) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    if let Some(id) = id {
        let _ = writeln!(text, "id: {id}");
    }
    let _ = write!(text, "event: {kind}\ndata: {data}\n\n");
    text
}

/// The HTML standard, section 9.2.4.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How long a browser waits before it comes back.
const RETRY_MS: u32 = 1000;
/// So many events are told in one piece.
const AT_ONCE: usize = 100;
/// Proxies close what is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
