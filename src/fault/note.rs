//! What became of one fault of one call, for the journal.

use std::sync::Arc;

use serde_json::Value;

use crate::id::FaultRuleId;

use super::arguments::Arguments;
use super::armed::Armed;
use super::rule::Act;
use super::write;

/// What became of a fault, or of a rule's hold, that a call or connection matched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Note {
    /// Whose it is.
    pub(crate) whose: Whose,
    /// Its id; of a rule that is held back whole the ids of all its faults, and [`HOLD`] of one without any.
    pub(crate) fault: Box<str>,
    /// What was said about it; not told of a rule that is held back whole.
    pub(crate) arguments: Option<Arc<Arguments>>,
    /// Why it did not fire; none when it did.
    pub(crate) held_back: Option<Box<str>>,
}

/// Who brought a fault: a rule, or the request's own header.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Whose {
    /// The rule; none for the header.
    pub(crate) rule: Option<FaultRuleId>,
    /// What people call the rule.
    pub(crate) name: Option<Box<str>>,
}

impl Whose {
    /// A rule's.
    pub(super) fn rules(armed: &Armed) -> Self {
        Self {
            rule: Some(armed.id),
            name: armed.rule.name.clone(),
        }
    }

    /// How people are told: the rule's name, else its id.
    pub(super) fn label(&self) -> String {
        match (&self.name, self.rule) {
            (Some(name), _) => format!("rule {name}"),
            (None, Some(rule)) => format!("rule {rule}"),
            (None, None) => "the request's own header".to_owned(),
        }
    }
}

impl Note {
    /// Of a rule that matched and did not fire.
    pub(super) fn held_back(armed: &Armed, why: impl Into<Box<str>>) -> Self {
        Self {
            whose: Whose::rules(armed),
            fault: armed.faults().into(),
            arguments: None,
            held_back: Some(why.into()),
        }
    }

    /// Of a rule's hold, which held the call unless there is a reason why not.
    pub(super) fn hold(whose: Whose, held_back: Option<&str>) -> Self {
        Self {
            whose,
            fault: HOLD.into(),
            arguments: None,
            held_back: held_back.map(Into::into),
        }
    }

    /// Of one fault that fired, unless there is a reason why not.
    pub(super) fn act((whose, act): (Whose, &Act), held_back: Option<&str>) -> Self {
        Self {
            whose,
            fault: act.entry.id.into(),
            arguments: Some(Arc::clone(&act.arguments)),
            held_back: held_back.map(Into::into),
        }
    }

    /// What was said about the fault, as JSON; none where nothing was, or too much to be kept of every call.
    pub(crate) fn parameters(&self) -> Option<Box<str>> {
        let said = write::said(self.arguments.as_deref()?);
        let text = Value::Object(said).to_string();
        let is_worth_it = text != "{}" && text.len() <= PARAMETERS_BYTES_MAX;
        is_worth_it.then(|| text.into())
    }
}

/// What stands for a fault where a rule only holds requests.
pub(crate) const HOLD: &str = "hold";
/// All that numbers and words take; a whole body is read at its rule.
const PARAMETERS_BYTES_MAX: usize = 512;
