//! The words of a refusal: which rule was broken, where that rule stands, what it expected and what it
//! met instead. Every 4xx of the bank carries a [`Finding`]; the journal shows it whole.

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest as _, Sha256};

/// A named rule with its source. Its name is what `lenient`, the journal and `hamsterbank checks` use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rule {
    /// Dotted and stable, for example `pkce.code_challenge`.
    pub(crate) name: &'static str,
    /// Standard and section, for example `RFC 7636, section 4.3`.
    pub(crate) clause: &'static str,
    /// What it demands, in one sentence of our own.
    pub(crate) sentence: &'static str,
}

/// What a broken rule found: the answer to "why was I refused".
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Finding {
    /// The rule that was broken.
    pub(crate) rule: &'static Rule,
    /// What would have been right.
    pub(crate) expected: Cow<'static, str>,
    /// What was there instead; secrets never, only their [`Fingerprint`].
    pub(crate) received: Cow<'static, str>,
    /// What to do about it, in plain words; empty where expectation and finding say it all.
    pub(crate) hint: Cow<'static, str>,
}

/// What is told of a secret instead of the secret: enough to see that two are the same.
///
/// The first 48 bits of its SHA-256. For secrets nobody can guess only: a password's fingerprint is found
/// by trying passwords.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of these bytes.
    #[must_use]
    pub(crate) fn of(secret: impl AsRef<[u8]>) -> Self {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        let head = digest.first_chunk().copied().unwrap_or_default();
        Self(u64::from_be_bytes(head) >> 16)
    }
}

/// Prints as `sha256:` and twelve hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{:012x}", self.0)
    }
}

#[cfg(test)]
impl Rule {
    /// A finding for tests of those who show findings.
    pub(crate) fn finding(
        &'static self,
        expected: impl Into<Cow<'static, str>>,
        received: impl Into<Cow<'static, str>>,
    ) -> Finding {
        Mismatch::new(expected, received).under(self)
    }
}

#[cfg(test)]
impl Finding {
    /// The same finding with advice.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// What differed from what a rule expects, before it is said which rule: what a check's function
/// answers, since the table that calls it knows the rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mismatch {
    expected: Cow<'static, str>,
    received: Cow<'static, str>,
    hint: Cow<'static, str>,
}

impl Mismatch {
    /// `received` is not what was `expected`.
    pub(crate) fn new(
        expected: impl Into<Cow<'static, str>>,
        received: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            expected: expected.into(),
            received: received.into(),
            hint: Cow::Borrowed(""),
        }
    }

    /// The same mismatch with advice.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The finding that `rule` was broken in this way.
    pub(crate) fn under(self, rule: &'static Rule) -> Finding {
        Finding {
            rule,
            expected: self.expected,
            received: self.received,
            hint: self.hint,
        }
    }
}

/// The rules a call passed on its way, in order; the journal shows them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Vec<Step>);

/// One rule on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Step {
    /// The rule that was asked.
    pub(crate) rule: &'static Rule,
    /// False when the scenario switched the rule off (`lenient`), so that nobody looked.
    pub(crate) enforced: bool,
}

impl Trail {
    /// `rule` was asked and holds.
    pub(crate) fn passed(&mut self, rule: &'static Rule) {
        self.0.push(Step {
            rule,
            enforced: true,
        });
    }

    /// `rule` is switched off.
    pub(crate) fn skipped(&mut self, rule: &'static Rule) {
        self.0.push(Step {
            rule,
            enforced: false,
        });
    }

    /// Passes on `answer`, noting `rule` as passed, or the mismatch as a finding under it.
    pub(crate) fn judge<T>(
        &mut self,
        rule: &'static Rule,
        answer: Result<T, Mismatch>,
    ) -> Result<T, Finding> {
        match answer {
            Ok(value) => {
                self.passed(rule);
                Ok(value)
            }
            Err(mismatch) => Err(mismatch.under(rule)),
        }
    }

    /// The steps so far, emptied into the caller's hands.
    pub(crate) fn take(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.0)
    }
}

/// One sentence for a client's `error_description`: what was expected, what came, what to do.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, received {}", self.expected, self.received)?;
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        write!(f, " ({}: {})", self.rule.name, self.rule.clause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_beginning_of_sha_256() {
        // printf abc | sha256sum
        assert_eq!(Fingerprint::of("abc").to_string(), "sha256:ba7816bf8f01");
        assert_eq!(Fingerprint::of("").to_string(), "sha256:e3b0c44298fc");
        assert_ne!(Fingerprint::of("abc"), Fingerprint::of("abd"));
    }
}
