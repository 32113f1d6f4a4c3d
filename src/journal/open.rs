//! The entry of a call under way: gathers facts without a lock and writes them when the call ends.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use sha2::{Digest as _, Sha256};

use super::Journal;
use super::block::{Block, BlockWriter, trim};
use super::entry::{Answer, Body, Care, Check, Ending, FaultNote, Tail};
use super::redact::{Redactor, Side};
use crate::id::{ClientId, ConsentId, RequestId};
use crate::rule::{Finding, Rule};

/// A call under way. Dropped without [`Open::finish`], it is closed as `aborted`: the client went away.
#[derive(Debug)]
pub(crate) struct Open {
    journal: Arc<Journal>,
    id: RequestId,
    is_closed: bool,
    route: Option<&'static str>,
    facts: Tail,
    bug: Option<Box<str>>,
    redactor: Redactor,
}

/// What was answered, as it went on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered<'a> {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: &'a HeaderMap,
    /// The body.
    pub(crate) body: &'a [u8],
    /// From arrival to answer, in real time.
    pub(crate) duration_us: u64,
}

impl Open {
    pub(super) fn new(
        journal: Arc<Journal>,
        id: RequestId,
        route: Option<&'static str>,
        redactor: Redactor,
    ) -> Self {
        let facts = Tail {
            checks: Vec::with_capacity(CHECKS_USUAL),
            ..Tail::default()
        };
        Self {
            journal,
            id,
            is_closed: false,
            route,
            facts,
            bug: None,
            redactor,
        }
    }

    /// The entry's id.
    #[must_use]
    pub(crate) fn id(&self) -> RequestId {
        self.id
    }

    /// The interaction id that the answer will carry.
    pub(crate) fn interaction_id(&mut self, id: &str) {
        self.facts.interaction_id = Some(id.into());
    }

    /// The client, once it is known who it is (or claims to be).
    pub(crate) fn client(&mut self, id: ClientId) {
        self.facts.client_id = Some(id);
    }

    /// The consent that the call is about.
    pub(crate) fn consent(&mut self, id: ConsentId) {
        self.facts.consent_id = Some(id);
    }

    /// The request's body, once it was read.
    pub(crate) fn request_body(&mut self, body: &[u8], content_type: Option<&str>) {
        if body.is_empty() {
            return;
        }
        let told = self.redactor.body(Side::Request, body, content_type);
        self.facts.request_body =
            Some(kept(self.journal.limits.body_bytes, body, told, Care::Done));
    }

    /// A check ran and held.
    pub(crate) fn check_passed(&mut self, rule: &'static Rule) {
        self.facts.checks.push(Check::Passed(rule));
    }

    /// A check ran and refused; the first that did is the verdict.
    pub(crate) fn check_failed(&mut self, finding: Finding) {
        self.facts.checks.push(Check::Failed(Box::new(finding)));
    }

    /// A check is switched off by `lenient`.
    pub(crate) fn check_skipped(&mut self, rule: &'static Rule) {
        self.facts.checks.push(Check::Skipped(rule));
    }

    /// Something changed in the bank.
    pub(crate) fn effect(&mut self, what: impl Into<Box<str>>) {
        self.facts.notes_mut().effects.push(what.into());
    }

    /// Something is legal but unwise.
    pub(crate) fn lint(&mut self, what: impl Into<Box<str>>) {
        self.facts.notes_mut().lint.push(what.into());
    }

    /// A fault's rule matched the call.
    pub(crate) fn fault(&mut self, note: FaultNote) {
        self.facts.notes_mut().faults.push(note);
    }

    /// A mistake of ours was caught: what it said. The answer may still come.
    pub(crate) fn bug(&mut self, message: impl Into<Box<str>>) {
        self.bug = Some(message.into());
    }

    /// A secret that is in no place the journal knows of: it will not be told in any free text.
    pub(crate) fn secret(&mut self, secret: &str) {
        self.redactor.remember(secret);
    }

    /// Closes the entry with the answer.
    pub(crate) fn finish(mut self, answered: Answered<'_>) {
        let answer = Answer {
            status: answered.status.as_u16(),
            duration_us: answered.duration_us,
            headers: self.answered_headers(answered),
            body: self.answered_body(answered),
        };
        self.close(Some(answer));
    }

    fn answered_headers(&mut self, answered: Answered<'_>) -> Block {
        let scrubs = !answered.status.is_success() && self.redactor.has_secrets();
        let mut writer = BlockWriter::with_room(header_bytes(answered.headers));
        for (name, value) in answered.headers {
            let value = value.as_bytes();
            let told = self.redactor.header(Side::Response, name.as_str(), value);
            writer.put(name.as_str().as_bytes());
            if scrubs {
                let text = String::from_utf8_lossy(&told);
                writer.put(self.redactor.scrub(text).as_bytes());
            } else {
                writer.put(&told);
            }
        }
        writer.finish()
    }

    fn answered_body(&mut self, answered: Answered<'_>) -> Option<Body> {
        if answered.body.is_empty() {
            return None;
        }
        let limit = self.journal.limits.body_bytes;
        let care = care(self.route, answered.status);
        if care != Care::Done {
            let told = str::from_utf8(answered.body).ok().map(Cow::Borrowed);
            return Some(kept(limit, answered.body, told, care));
        }
        let content_type = answered.headers.get(http::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let mut told = self
            .redactor
            .body(Side::Response, answered.body, content_type);
        if !answered.status.is_success() {
            told = told.map(|text| self.redactor.scrub(text));
        }
        Some(kept(limit, answered.body, told, care))
    }

    /// Writes what was gathered. Nothing happens the second time.
    fn close(&mut self, answer: Option<Answer>) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        let mut tail = std::mem::take(&mut self.facts);
        tail.ending = match (self.bug.take(), answer) {
            (Some(message), answer) => Ending::Bug(self.scrubbed(message), answer),
            (None, Some(answer)) => Ending::Answered(answer),
            (None, None) => Ending::Aborted,
        };
        let decoded = self.redactor.take_decoded();
        if !decoded.is_empty() {
            tail.notes_mut().decoded = decoded;
        }
        self.scrub(&mut tail);
        trim(&mut tail.checks);
        self.journal.close((self.id, self.route), tail);
    }

    /// Takes this call's secrets out of all that was written in words.
    fn scrub(&self, tail: &mut Tail) {
        for check in &mut tail.checks {
            if let Check::Failed(finding) = check {
                **finding = self.redactor.scrub_finding((**finding).clone());
            }
        }
        let Some(notes) = &mut tail.notes else {
            return;
        };
        let whys = notes
            .faults
            .iter_mut()
            .filter_map(|fault| fault.held_back.as_mut());
        for text in notes.effects.iter_mut().chain(&mut notes.lint).chain(whys) {
            *text = self.scrubbed(std::mem::take(text));
        }
    }

    fn scrubbed(&self, text: Box<str>) -> Box<str> {
        match self.redactor.scrub_note(Cow::Owned(text.into())) {
            Cow::Owned(text) => text.into(),
            Cow::Borrowed(text) => text.into(),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close(None);
    }
}

/// What is kept of a body of which `told` may be shown: at most `limit` bytes, and the digest of the rest.
fn kept(limit: usize, body: &[u8], told: Option<Cow<'_, str>>, care: Care) -> Body {
    let is_whole = told.as_ref().is_some_and(|text| text.len() <= limit);
    let kept = told.map(|text| {
        let cut = text.floor_char_boundary(limit);
        text.get(..cut).unwrap_or_default().into()
    });
    Body {
        kept,
        length: body.len(),
        digest: (!is_whole).then(|| Box::new(Sha256::digest(body).into())),
        care,
    }
}

/// Who keeps secrets out of an answer's body: see [`Care`].
fn care(route: Option<&str>, status: StatusCode) -> Care {
    let Some(route) = route.filter(|_| status.is_success()) else {
        return Care::Done;
    };
    let row = ANSWERS
        .iter()
        .find(|row| super::query::is_below(row.0, route));
    row.map_or(Care::Done, |row| row.1)
}

/// Room for these headers in a block.
pub(super) fn header_bytes(headers: &HeaderMap) -> usize {
    let length = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        name.as_str().len() + value.len() + 2
    };
    headers.iter().map(length).sum()
}

/// Good answers without secrets, which need not be looked through while a client waits: a page of
/// transactions is 28 kB.
const ANSWERS: &[(&str, Care)] = &[
    ("bank.openapi", Care::Public),
    ("banking", Care::WhenRead),
    ("consents", Care::WhenRead),
    ("oauth.discovery", Care::WhenRead),
    ("oauth.jwks", Care::WhenRead),
];

/// A bearer call runs about so many checks.
const CHECKS_USUAL: usize = 8;

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::journal::Journal;
    use crate::journal::fixture::{answer, arrive, get_json, limits};

    #[test]
    fn a_long_body_is_cut_and_its_digest_kept() {
        let journal = Journal::new(limits(10, usize::MAX));
        let mut open = arrive(&journal, Some("oauth.token"), "/oauth/token", &[]);
        let long = "é".repeat(501);
        open.request_body(format!("scope={long}").as_bytes(), None);
        let told = get_json(&journal, answer(open, 200, &[], &"x".repeat(1000)));
        let body = &told["request"]["body"];
        assert_eq!(body["length"], 1008);
        assert_eq!(body["whole"], false);
        assert_eq!(body["text"].as_str().unwrap().len(), 1000);
        assert_eq!(body["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(told["response"]["body"]["whole"], true);
        assert_eq!(told["response"]["body"]["sha256"], Value::Null);
    }

    #[test]
    fn an_answer_without_a_place_for_secrets_is_looked_through_when_read() {
        let body = "{\"access_token\":\"s3cret\",\"code\":\"x\"}";
        for (route, status, is_told) in [
            (Some("banking.accounts.list"), 200, false),
            (Some("consents.create"), 201, false),
            (Some("oauth.jwks"), 200, false),
            (Some("banking.accounts.list"), 403, false),
            (Some("bank.openapi"), 404, false),
            (Some("oauth.token"), 200, false),
            (None, 200, false),
            (Some("bank.openapi"), 200, true),
        ] {
            let journal = Journal::new(limits(10, usize::MAX));
            let id = answer(arrive(&journal, route, "/", &[]), status, &[], body);
            let told = get_json(&journal, id).to_string();
            assert_eq!(told.contains("s3cret"), is_told, "{route:?} {status}");
            let page = journal.explain(id).unwrap();
            assert_eq!(page.contains("s3cret"), is_told, "{route:?} {status}");
        }
    }

    #[test]
    fn an_open_entry_can_go_to_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<crate::journal::Open>();
    }
}
