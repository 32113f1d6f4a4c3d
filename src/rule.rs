//! The words of a refusal: which rule was broken, where that rule stands, what it expected and what it
//! met instead. Every 4xx of the bank carries a [`Finding`]; the journal shows it whole.

use std::borrow::Cow;
use std::fmt;

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
    /// What was there instead; secrets never, only their fingerprints.
    pub(crate) received: Cow<'static, str>,
    /// What to do about it, in plain words; empty where expectation and finding say it all.
    pub(crate) hint: Cow<'static, str>,
}

impl Rule {
    /// The finding that `received` is not what this rule expected.
    pub(crate) fn finding(
        &'static self,
        expected: impl Into<Cow<'static, str>>,
        received: impl Into<Cow<'static, str>>,
    ) -> Finding {
        Finding {
            rule: self,
            expected: expected.into(),
            received: received.into(),
            hint: Cow::Borrowed(""),
        }
    }
}

impl Finding {
    /// The same finding with advice.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
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
