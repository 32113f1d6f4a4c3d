//! How much memory an entry takes, allocations included, so that a limit in bytes holds.

use super::entry::{
    Answer, Body, Check, ConnectionFacts, Ending, Entry, FaultNote, Head, Notes, Subject, Tail,
};
use super::redact::Decoded;
use crate::rule::Finding;

impl Head {
    /// How much memory an entry takes that has no more than this; facts that it shares with others of
    /// its connection are counted in full.
    pub(super) fn bytes(&self) -> usize {
        let subject = match &self.subject {
            Subject::Connection(broken) => {
                allocated(broken.reason.len()) + broken.fault.as_ref().map_or(0, FaultNote::bytes)
            }
            Subject::Request(asked) => allocated(asked.fields.bytes()),
        };
        let own = size_of::<Entry>() + allocated(size_of::<Self>());
        own + self.connection.bytes() + subject
    }
}

impl ConnectionFacts {
    fn bytes(&self) -> usize {
        let texts = [
            &self.tls_version,
            &self.cipher,
            &self.certificate_thumbprint,
            &self.certificate_subject,
        ];
        let texts = texts.into_iter().flatten();
        allocated(size_of::<Self>()) + texts.map(|text| allocated(text.capacity())).sum::<usize>()
    }
}

impl Tail {
    /// How much memory this adds to an entry.
    pub(super) fn bytes(&self) -> usize {
        let interaction_id = self.interaction_id.as_ref();
        let checks = self.checks.iter().map(Check::bytes).sum::<usize>();
        let ending = match &self.ending {
            Ending::Aborted => 0,
            Ending::Answered(answer) => answer.bytes(),
            Ending::Bug(message, answer) => {
                allocated(message.len()) + answer.as_ref().map_or(0, Answer::bytes)
            }
        };
        allocated(size_of::<Self>())
            + interaction_id.map_or(0, |id| allocated(id.len()))
            + allocated(self.checks.capacity() * size_of::<Check>())
            + checks
            + self.notes.as_ref().map_or(0, |notes| notes.bytes())
            + self.request_body.as_ref().map_or(0, Body::bytes)
            + ending
    }
}

impl Answer {
    fn bytes(&self) -> usize {
        allocated(self.headers.bytes()) + self.body.as_ref().map_or(0, Body::bytes)
    }
}

impl Body {
    fn bytes(&self) -> usize {
        let kept = self.kept.as_ref().map_or(0, |text| allocated(text.len()));
        kept + self
            .digest
            .as_ref()
            .map_or(0, |digest| allocated(digest.len()))
    }
}

impl Check {
    /// What the check keeps beside its own place in the list.
    fn bytes(&self) -> usize {
        match self {
            Self::Failed(finding) => {
                let texts = [&finding.expected, &finding.received, &finding.hint];
                let texts = texts.map(|text| text.len());
                allocated(size_of::<Finding>()) + texts.into_iter().sum::<usize>()
            }
            Self::Passed(_) | Self::Skipped(_) => 0,
        }
    }
}

impl FaultNote {
    fn bytes(&self) -> usize {
        let texts = [&self.name, &self.parameters, &self.held_back];
        let texts = texts.map(|text| allocated(text.as_ref().map_or(0, |text| text.len())));
        size_of::<Self>() + allocated(self.fault.len()) + texts.into_iter().sum::<usize>()
    }
}

impl Notes {
    fn bytes(&self) -> usize {
        let texts = self.effects.iter().chain(&self.lint);
        let texts = texts.map(|text| size_of::<Box<str>>() + allocated(text.len()));
        let faults = self.faults.iter().map(FaultNote::bytes);
        let decoded = self.decoded.iter().map(|jwt| {
            let parts = [&jwt.header, &jwt.claims].into_iter().flatten();
            let parts = parts.map(|part| allocated(part.len())).sum::<usize>();
            size_of::<Decoded>() + allocated(jwt.place.len()) + parts
        });
        allocated(size_of::<Self>())
            + texts.sum::<usize>()
            + faults.sum::<usize>()
            + decoded.sum::<usize>()
    }
}

/// What an allocation of `bytes` takes, with what the allocator adds.
fn allocated(bytes: usize) -> usize {
    if bytes == 0 {
        0
    } else {
        bytes.next_multiple_of(16) + 16
    }
}
