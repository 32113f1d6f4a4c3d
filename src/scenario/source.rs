//! Where a scenario comes from, so that it can be read again, and what was said over it.

use std::path::PathBuf;

use super::{ClockStart, Error, Scenario};
use crate::entropy::Seed;
use crate::oauth::profile::Profile;

/// Where a scenario comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// Compiled in, under this name.
    BuiltIn(String),
    /// A file.
    File(PathBuf),
    /// Somebody gave it as it is.
    Given,
}

/// What flags, or the order for a bank, say over the scenario.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Overrides {
    /// When bank time begins; its rate stays the scenario's.
    pub(crate) clock: Option<ClockStart>,
    /// The set of checks.
    pub(crate) profile: Option<Profile>,
    /// The seed.
    pub(crate) seed: Option<Seed>,
}

impl Scenario {
    /// The scenario with something said over it, which stays said when it is read again.
    #[must_use]
    pub(crate) fn with(mut self, overrides: Overrides) -> Self {
        let bank = &mut self.bank;
        if let Some(start) = overrides.clock {
            bank.clock = bank.clock.beginning(match start {
                ClockStart::At(at) => Some(at),
                ClockStart::AtRate { start, .. } => start,
                ClockStart::Now => None,
            });
        }
        if let Some(profile) = overrides.profile {
            bank.profile = profile;
        }
        if let Some(seed) = overrides.seed {
            bank.seed = seed;
        }
        self.overrides = overrides;
        self
    }

    /// The scenario as its source says it now.
    ///
    /// # Errors
    /// When its file cannot be read any more, or is wrong.
    pub(crate) fn read_again(&self) -> Result<Self, Error> {
        let mut again = match &self.source {
            Source::BuiltIn(name) => Self::builtin(name)?,
            Source::File(path) => Self::load(path)?,
            Source::Given => return Ok(self.clone()),
        };
        again.bank.kept_per_client = self.bank.kept_per_client;
        Ok(again.with(self.overrides))
    }
}
