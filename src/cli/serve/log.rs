//! What stderr is told: one line a request, and what is unusual.
//!
//! A call never waits for its line. Lines go to a thread of their own; where nobody reads stderr and the
//! pipe is full, they are dropped and counted, so that a test suite that forgot to read cannot stop the
//! bank.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::journal::{Entry, Listener};

use super::super::typed::Level;
use crate::web::banks::reload::Trouble;

/// The log of a server.
#[derive(Debug)]
pub(in super::super) struct Log {
    level: Level,
    /// None when nothing is told.
    pen: Option<Pen>,
    /// Ends when the last line is written.
    written: Option<Receiver<()>>,
}

/// Whoever writes lines.
#[derive(Clone, Debug)]
struct Pen {
    lines: SyncSender<String>,
    dropped: Arc<AtomicU64>,
}

impl Log {
    /// A log that tells this much. Where no thread can be had, it tells nothing.
    pub(in super::super) fn open(level: Level) -> Self {
        let silent = Self {
            level,
            pen: None,
            written: None,
        };
        if level == Level::Off {
            return silent;
        }
        let (lines, heard) = sync_channel(LINES_WAITING_MAX);
        let (done, written) = sync_channel(0);
        let pen = Pen {
            lines,
            dropped: Arc::default(),
        };
        let dropped = Arc::clone(&pen.dropped);
        let thread = thread::Builder::new()
            .name("hamsterbank-log".to_owned())
            .stack_size(STACK_BYTES);
        let started = thread.spawn(move || {
            write_all(&heard, &dropped);
            // Its end is the message.
            drop(done);
        });
        match started {
            Ok(_) => Self {
                pen: Some(pen),
                written: Some(written),
                ..silent
            },
            Err(_) => silent,
        }
    }

    /// Tells something unusual.
    pub(in super::super) fn warn(&self, sentence: &str) {
        if let Some(pen) = self.pen.as_ref().filter(|_| self.level >= Level::Warn) {
            pen.write(format!("warning: {sentence}"));
        }
    }

    /// Who tells of the journal's entries; none when nothing is told of them.
    pub(in super::super) fn listener(&self) -> Option<Listener> {
        let (level, pen) = (self.level, self.pen.clone()?);
        Some(Listener::new(move |entry| {
            if let Some(line) = line(level, entry) {
                pen.write(line);
            }
        }))
    }

    /// Who tells of troubles nobody asked for; none when nothing is told of them.
    pub(in super::super) fn trouble(&self) -> Option<Trouble> {
        let pen = self.pen.clone().filter(|_| self.level >= Level::Warn)?;
        Some(Trouble::new(move |sentence| {
            pen.write(format!("warning: {sentence}"));
        }))
    }

    /// Waits a moment for what is still to be written. Listeners must be gone by then.
    pub(in super::super) fn close(&mut self) {
        self.pen = None;
        if let Some(written) = self.written.take() {
            // It ends with an error both ways: the thread is done, or its reader does not read.
            let _ = written.recv_timeout(PATIENCE);
        }
    }
}

impl Pen {
    fn write(&self, line: String) {
        if self.lines.try_send(line).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What is told of an entry.
fn line(level: Level, entry: &Entry) -> Option<String> {
    let verdict = entry.verdict();
    let word = verdict.map_or("", |verdict| verdict.word);
    let is_ours = ["bug", "unexplained"].contains(&word);
    if level < Level::Info && !(is_ours && level >= Level::Error) {
        return None;
    }
    let line = entry.line();
    let finding = verdict.and_then(|verdict| verdict.finding);
    Some(match finding.filter(|_| level >= Level::Debug) {
        Some(finding) => format!("{line}: {}", finding.to_string().escape_debug()),
        None => line,
    })
}

fn write_all(lines: &Receiver<String>, dropped: &AtomicU64) {
    let mut stderr = io::stderr();
    for line in lines {
        // Nobody is left to tell that nobody listens.
        let _ = writeln!(stderr, "{line}");
        let count = dropped.swap(0, Ordering::Relaxed);
        if count > 0 {
            let _ = writeln!(
                stderr,
                "warning: {count} lines were dropped, nobody read them"
            );
        }
    }
}

/// A burst of as many requests as a test suite makes at once.
const LINES_WAITING_MAX: usize = 4096;
/// It only writes.
const STACK_BYTES: usize = 128 * 1024;
/// As long as answers have to finish.
const PATIENCE: Duration = Duration::from_millis(200);
