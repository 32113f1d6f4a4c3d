//! Which rules never fired: a test that armed one and meant to meet its fault did not. What was taken away, what a
//! reset took and what another scenario took is remembered, or the question could be answered wrongly.

use super::armed::{Armed, Faults, RULES_MAX};

/// A rule that never fired, for whoever asks at the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Unfired {
    /// Its name or id, with its faults.
    pub(crate) label: String,
    /// How often its conditions held.
    pub(crate) matched: u64,
}

impl Faults {
    /// Remembers, in the place of `former`, which rules ever fired, and gives no id twice.
    pub(crate) fn follow(&mut self, former: &Self) {
        self.armed = self.armed.max(former.armed);
        self.gone_unfired.clone_from(&former.gone_unfired);
        for old in &former.rules {
            let mut own = self.rules.iter_mut();
            match own.find(|armed| armed.id == old.id || old.is_again(armed)) {
                Some(again) => again.fired_before |= old.has_fired(),
                None => self.note_gone(old),
            }
        }
    }

    pub(super) fn note_gone(&mut self, gone: &Armed) {
        if !gone.has_fired() && self.gone_unfired.len() < RULES_MAX {
            self.gone_unfired.push(Unfired::of(gone));
        }
    }

    /// Every rule that was armed since the bank was opened and never fired, whatever became of it.
    pub(crate) fn unfired(&self) -> Vec<Unfired> {
        let armed = self.rules.iter().filter(|armed| !armed.has_fired());
        let gone = self.gone_unfired.iter().cloned();
        gone.chain(armed.map(Unfired::of)).collect()
    }
}

impl Unfired {
    fn of(armed: &Armed) -> Self {
        Self {
            label: armed.label(),
            matched: armed.matched,
        }
    }
}

impl Armed {
    /// Whether it ever fired.
    const fn has_fired(&self) -> bool {
        self.fired > 0 || self.fired_before
    }

    /// Whether `later` is the same rule of a scenario that began again or was read again.
    pub(super) fn is_again(&self, later: &Self) -> bool {
        self.is_of_scenario && later.is_of_scenario && self.rule == later.rule
    }
}
