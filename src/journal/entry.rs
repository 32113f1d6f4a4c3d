//! What the journal keeps of one request, or of one connection that never became a request.
//!
//! Two pieces: what is known at arrival, and what the call added by the time it ended. Both are written
//! once, so a reader takes them along and the journal's lock is never held while anybody reads.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Method, Version};

use super::block::Block;
use super::redact::Decoded;
use crate::clock::Now;
use crate::id::{ClientId, ConsentId, FaultRuleId, RequestId};
use crate::rule::{Finding, Rule};

/// One entry. Cheap to clone; a clone made before the request ended stays as it was.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(super) seq: u64,
    /// How much memory it takes; counted once, because counting visits every part.
    pub(super) bytes: usize,
    pub(super) head: Arc<Head>,
    pub(super) tail: Option<Arc<Tail>>,
}

/// What is known when a request arrives.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) at: Now,
    pub(super) connection: Arc<ConnectionFacts>,
    pub(super) subject: Subject,
}

/// What an entry is about.
#[derive(Debug)]
pub(super) enum Subject {
    /// A connection that failed before any request, or was spoiled then.
    Connection(Broken),
    /// A request.
    Request(Asked),
}

/// What was wrong with a connection.
#[derive(Debug)]
pub(super) struct Broken {
    /// In plain words.
    pub(super) reason: Box<str>,
    /// The fault that spoiled it, when one did.
    pub(super) fault: Option<FaultNote>,
}

/// A request's head.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) route: Option<&'static str>,
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) has_query: bool,
    /// Path, query (empty when there is none), then name and value of each header.
    pub(super) fields: Block,
}

/// What a connection's handshake settled; shared by all requests of the connection.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ConnectionFacts {
    /// Who called; none in memory.
    pub(crate) remote: Option<SocketAddr>,
    /// For example `TLSv1.3`; none without TLS.
    pub(crate) tls_version: Option<String>,
    /// For example `TLS13_AES_128_GCM_SHA256`.
    pub(crate) cipher: Option<String>,
    /// `x5t#S256` of the client's certificate (RFC 8705, section 3.1).
    pub(crate) certificate_thumbprint: Option<String>,
    /// Subject of the client's certificate.
    pub(crate) certificate_subject: Option<String>,
}

/// What is known when a request has ended.
#[derive(Debug, Default)]
pub(super) struct Tail {
    pub(super) ending: Ending,
    pub(super) interaction_id: Option<Box<str>>,
    pub(super) client_id: Option<ClientId>,
    pub(super) consent_id: Option<ConsentId>,
    pub(super) checks: Vec<Check>,
    pub(super) notes: Option<Box<Notes>>,
    pub(super) request_body: Option<Body>,
}

/// How a request ended.
#[derive(Debug, Default)]
pub(super) enum Ending {
    /// Nobody took the answer: the client went away.
    #[default]
    Aborted,
    /// With an answer.
    Answered(Answer),
    /// With a mistake of ours, and what it said; perhaps with an answer all the same.
    Bug(Box<str>, Option<Answer>),
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) duration_us: u64,
    /// Name and value of each header.
    pub(super) headers: Block,
    pub(super) body: Option<Body>,
}

/// One check, in the order of running.
#[derive(Debug)]
pub(super) enum Check {
    /// It refused.
    Failed(Box<Finding>),
    /// It held.
    Passed(&'static Rule),
    /// It was switched off by `lenient`.
    Skipped(&'static Rule),
}

/// What most calls have none of.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) effects: Vec<Box<str>>,
    pub(super) faults: Vec<FaultNote>,
    pub(super) lint: Vec<Box<str>>,
    pub(super) decoded: Vec<Decoded>,
}

/// A fault whose rule matched the call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FaultNote {
    /// The fault's id; of a rule that is held back whole, the ids of all its faults.
    pub(crate) fault: Box<str>,
    /// Its rule; none of the request's own header.
    pub(crate) rule: Option<FaultRuleId>,
    /// The rule's name.
    pub(crate) name: Option<Box<str>>,
    /// What was said about the fault, as JSON.
    pub(crate) parameters: Option<Box<str>>,
    /// Why it did not fire; `None` when it did.
    pub(crate) held_back: Option<Box<str>>,
}

impl FaultNote {
    /// How people are told: the fault, with what was said about it, and its rule.
    pub(super) fn label(&self) -> String {
        let mut label = self.fault.to_string();
        if let Some(parameters) = &self.parameters {
            label.push(' ');
            label.push_str(parameters);
        }
        let rule = self.rule.map(|rule| rule.to_string());
        if let Some(rule) = self.name.as_deref().or(rule.as_deref()) {
            label.push_str(" of the rule ");
            label.push_str(rule);
        }
        label
    }
}

/// A body, as far as it is kept.
#[derive(Debug)]
pub(super) struct Body {
    /// What is kept of it; `None` when it could not be told without risk.
    pub(super) kept: Option<Box<str>>,
    /// How long it was, in bytes.
    pub(super) length: usize,
    /// SHA-256 of all of it, when not all is kept.
    pub(super) digest: Option<Box<[u8; 32]>>,
    /// Who keeps secrets out of it.
    pub(super) care: Care,
}

/// When a body's secrets are masked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Care {
    /// Already: it was stored without them.
    Done,
    /// Never: it is a public document.
    Public,
    /// Whenever it is read, as a net: the bank's own banking JSON has no place for a secret.
    WhenRead,
}

/// What an entry is about, as filters and JSON name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A connection that failed before any request.
    Connection,
    /// A request.
    Request,
}

/// The outcome in one word, and the finding behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict<'a> {
    /// `ok`, the name of the rule that refused, or one of the words of [`Entry::verdict`].
    pub(crate) word: &'a str,
    /// What the rule found.
    pub(crate) finding: Option<&'a Finding>,
}

impl Entry {
    /// The entry's id, as `x-hamster-request` tells it.
    #[must_use]
    pub(crate) fn id(&self) -> RequestId {
        RequestId::new(self.seq)
    }

    /// Whether the answer is still to come.
    #[must_use]
    pub(crate) fn is_in_flight(&self) -> bool {
        self.kind() == Kind::Request && self.tail.is_none()
    }

    /// What the entry is about.
    #[must_use]
    pub(crate) fn kind(&self) -> Kind {
        match self.head.subject {
            Subject::Connection(_) => Kind::Connection,
            Subject::Request(_) => Kind::Request,
        }
    }

    /// The status of the answer, once there is one.
    #[must_use]
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status)
    }

    /// The outcome; none while the answer is still to come. The words besides `ok` and rules' names:
    ///
    /// - `aborted`: the client went away before the answer,
    /// - `bug`: a mistake of ours,
    /// - `fault`: a fault made the answer fail or stay away, no check did,
    /// - `handshake_failed`: the connection never carried a request; `fault` where one spoiled it,
    /// - `unexplained`: it failed and no check said why, which is a mistake of ours too.
    #[must_use]
    pub(crate) fn verdict(&self) -> Option<Verdict<'_>> {
        let plain = |word| Verdict {
            word,
            finding: None,
        };
        let Some(tail) = self.tail.as_deref() else {
            return Some(plain(match self.broken()?.fault {
                Some(_) => "fault",
                None => "handshake_failed",
            }));
        };
        let refusal = tail.checks.iter().find_map(|check| match check {
            Check::Failed(finding) => Some(Verdict {
                word: finding.rule.name,
                finding: Some(finding),
            }),
            Check::Passed(_) | Check::Skipped(_) => None,
        });
        Some(match &tail.ending {
            Ending::Aborted if tail.has_fired_fault() => plain("fault"),
            Ending::Aborted => plain("aborted"),
            Ending::Bug(..) => plain("bug"),
            Ending::Answered(answer) => refusal.unwrap_or_else(|| {
                if answer.status < 400 {
                    plain("ok")
                } else if tail.has_fired_fault() {
                    plain("fault")
                } else {
                    plain("unexplained")
                }
            }),
        })
    }

    /// When it arrived.
    #[must_use]
    pub(crate) fn at(&self) -> Now {
        self.head.at
    }

    /// The dotted name of its route, if it has one.
    #[must_use]
    pub(crate) fn route(&self) -> Option<&'static str> {
        self.asked()?.route
    }

    /// Whose it is, once that is known.
    #[must_use]
    pub(crate) fn client_id(&self) -> Option<&ClientId> {
        self.tail.as_deref()?.client_id.as_ref()
    }

    /// The so manieth fault that matched.
    pub(super) fn fault_at(&self, index: usize) -> Option<&FaultNote> {
        if let Some(broken) = self.broken() {
            return broken.fault.as_ref();
        }
        let notes = self.tail.as_deref()?.notes.as_deref()?;
        notes.faults.get(index)
    }

    /// What was wrong with the connection, if it is about one.
    pub(super) fn broken(&self) -> Option<&Broken> {
        match &self.head.subject {
            Subject::Connection(broken) => Some(broken),
            Subject::Request(_) => None,
        }
    }

    pub(super) fn asked(&self) -> Option<&Asked> {
        match &self.head.subject {
            Subject::Connection(_) => None,
            Subject::Request(asked) => Some(asked),
        }
    }

    pub(super) fn answer(&self) -> Option<&Answer> {
        match &self.tail.as_deref()?.ending {
            Ending::Aborted => None,
            Ending::Answered(answer) => Some(answer),
            Ending::Bug(_, answer) => answer.as_ref(),
        }
    }
}

impl Asked {
    pub(super) fn path(&self) -> std::borrow::Cow<'_, str> {
        self.fields.fields().next_text().unwrap_or_default()
    }
}

impl Tail {
    /// What most calls have none of, to write into.
    pub(super) fn notes_mut(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }

    fn has_fired_fault(&self) -> bool {
        self.fired_faults().next().is_some()
    }

    /// Status and duration, if there was an answer.
    pub(super) fn answered(&self) -> Option<(u16, u64)> {
        match &self.ending {
            Ending::Aborted | Ending::Bug(_, None) => None,
            Ending::Answered(answer) | Ending::Bug(_, Some(answer)) => {
                Some((answer.status, answer.duration_us))
            }
        }
    }

    /// Which of the faults that matched fired.
    pub(super) fn fired_faults(&self) -> impl Iterator<Item = usize> {
        let notes = self.notes.iter().flat_map(|notes| &notes.faults);
        let fired = notes
            .enumerate()
            .filter(|(_, fault)| fault.held_back.is_none());
        fired.map(|(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::journal::fixture::{CERTIFICATE, PKCE, TLS, answer, arrive, fault, get_json};
    use crate::journal::{Journal, Limits, Open};

    #[test]
    fn the_verdict_is_the_first_rule_that_refused() {
        let journal = Journal::new(Limits::default());
        let mut open = arrive(&journal, Some("oauth.token"), "/oauth/token", &[]);
        open.check_passed(&CERTIFICATE);
        open.check_failed(
            PKCE.finding("a verifier", "none")
                .with_hint("send code_verifier"),
        );
        open.check_failed(TLS.finding("x", "y"));
        let told = get_json(
            &journal,
            answer(open, 400, &[], "{\"error\":\"invalid_grant\"}"),
        );
        assert_eq!(told["verdict"], "pkce.code_verifier");
        assert_eq!(told["clause"], "RFC 7636, section 4.6");
        assert_eq!(told["expected"], "a verifier");
        assert_eq!(told["received"], "none");
        assert_eq!(told["hint"], "send code_verifier");
        let outcomes: Vec<_> = told["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| &check["outcome"])
            .collect();
        assert_eq!(outcomes, ["passed", "failed", "failed"]);
    }

    #[test]
    fn an_outcome_that_is_no_rules_has_a_word_of_its_own() {
        type Gather = fn(&mut Open);
        let fired: Gather = |open| {
            open.fault(fault("http.status", None));
        };
        let held: Gather = |open| {
            open.fault(fault("http.status", Some("not the third")));
        };
        let bug: Gather = |open| open.bug("index out of bounds");
        let nothing: Gather = |_| {};
        for (name, gather, status, word) in [
            ("a good answer", nothing, Some(200), "ok"),
            ("a redirect", nothing, Some(302), "ok"),
            ("a good answer with a fault", fired, Some(200), "ok"),
            ("no answer", nothing, None, "aborted"),
            ("a hang-up by fault", fired, None, "fault"),
            ("a bad answer by fault", fired, Some(503), "fault"),
            (
                "a bad answer beside a fault that was held back",
                held,
                Some(503),
                "unexplained",
            ),
            ("a bad answer", nothing, Some(404), "unexplained"),
            ("a panic", bug, Some(500), "bug"),
            ("a panic and no answer", bug, None, "bug"),
        ] {
            let journal = Journal::new(Limits::default());
            let mut open = arrive(&journal, None, "/", &[]);
            gather(&mut open);
            let id = open.id();
            match status {
                Some(status) => drop(answer(open, status, &[], "")),
                None => drop(open),
            }
            let told = get_json(&journal, id);
            assert_eq!(told["verdict"], word, "{name}");
            assert_eq!(told["in_flight"], false, "{name}");
            assert_eq!(told["status"], json!(status), "{name}");
        }
    }
}
