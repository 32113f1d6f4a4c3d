//! An entry as one line of a log, and who listens for such lines.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::entry::{Entry, Subject};

/// Who is told of each entry when it is complete, in the thread of the call: it must not wait.
#[derive(Clone)]
pub(crate) struct Listener(Arc<dyn Fn(&Entry) + Send + Sync>);

impl Listener {
    /// A listener that does this.
    pub(crate) fn new(hear: impl Fn(&Entry) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    pub(super) fn hear(&self, entry: &Entry) {
        (self.0)(entry);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Entry {
    /// When, which entry, what was asked, what was answered and how fast, by whom, and the verdict. What
    /// is not known is left out; what a caller chose cannot break the line.
    #[must_use]
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{} {}", self.head.at.real, self.id());
        // Writing to a text does not fail.
        let _ = self.write_facts_in_a_row(&mut line);
        line
    }

    fn write_facts_in_a_row(&self, line: &mut String) -> fmt::Result {
        match &self.head.subject {
            Subject::Connection(broken) => return write!(line, " connection: {}", broken.reason),
            Subject::Request(asked) => {
                let path = asked.path();
                write!(line, " {} {}", asked.method, path.escape_default())?;
            }
        }
        if let Some(answer) = self.answer() {
            let (ms, us) = (answer.duration_us / 1000, answer.duration_us % 1000);
            write!(line, " {} {ms}.{us:03}ms", answer.status)?;
        }
        let tail = self.tail.as_deref();
        if let Some(client) = tail.and_then(|tail| tail.client_id.as_ref()) {
            write!(line, " {}", client.as_str().escape_default())?;
        }
        match self.verdict() {
            Some(verdict) => write!(line, " {}", verdict.word),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::id::ClientId;
    use crate::journal::fixture::{answer, arrive};
    use crate::journal::{ConnectionFacts, ConnectionRecord, Journal, Limits};
    use crate::rule::Rule;

    static RULE: Rule = Rule {
        name: "pkce.verifier",
        clause: "RFC 7636, section 4.6",
        sentence: "The verifier hashes to the challenge.",
    };

    #[test]
    fn a_listener_hears_each_entry_once_and_complete() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let journal = Journal::new(Limits::default());
        let _ = answer(arrive(&journal, None, "/before", &[]), 200, &[], "");
        let ear = Arc::clone(&heard);
        journal.tell(Listener::new(move |entry| ear.lock().push(entry.line())));

        let _ = answer(arrive(&journal, None, "/good", &[]), 200, &[], "");
        let mut refused = arrive(&journal, Some("oauth.token"), "/oauth/token", &[]);
        refused.client(ClientId::new("acorn\nbudget"));
        refused.check_failed(RULE.finding("this", "that"));
        let _ = answer(refused, 400, &[], "");
        drop(arrive(&journal, None, "/gone\u{1b}[31m", &[]));
        let at = journal.list(&crate::journal::Filter::default())[0].head.at;
        let _ = journal.connection_failed(ConnectionRecord {
            at,
            reason: "the TLS handshake failed".to_owned(),
            fault: None,
            connection: ConnectionFacts::default(),
        });

        let heard = heard.lock();
        let ends = [
            " req_0000000002 GET /good 200 ",
            " 400 ",
            " req_0000000004 GET /gone\\u{1b}[31m aborted",
            " req_0000000005 connection: the TLS handshake failed",
        ];
        assert_eq!(heard.len(), ends.len(), "{heard:?}");
        for (line, part) in heard.iter().zip(ends) {
            assert!(line.contains(part), "{part} not in {line}");
        }
        assert!(heard[0].ends_with("ms ok"), "{}", heard[0]);
        assert!(
            heard[1].ends_with("ms acorn\\nbudget pkce.verifier"),
            "{}",
            heard[1]
        );
    }
}
