//! The public face: a bank in a Rust test.
//!
//! [`Bank`] listens on real sockets, on a thread and a runtime of its own; [`InMemoryBank`] is called
//! without any. Both close when dropped, and neither shares anything with another.

mod grant;
mod in_memory;
mod kit;
mod room;
mod running;
mod steered;
mod steering;

use std::path::PathBuf;

use time::OffsetDateTime;

use crate::clock::{Clock, Timestamp};
use crate::entropy::Seed;
use crate::scenario::Scenario;
use crate::server::{Certs, StartError};

pub use grant::{Grant, GrantError, Tokens};
pub use in_memory::InMemoryBank;
pub use kit::TppKit;
pub use running::Bank;
pub use steered::{
    AccountsHandle, ArmedFault, BanksHandle, ClientsHandle, ClockHandle, ConsentsHandle,
    CustomersHandle, Fault, FaultsHandle, FurtherBank, JourneysHandle, Moved, PaymentsHandle,
    RequestsHandle, ScenarioHandle, Snapshot, TokensHandle, TransactionsHandle,
};
pub use steering::Refused;

/// What a bank is to be opened with; unset is as the scenario says.
#[derive(Clone, Debug)]
#[must_use]
pub struct BankBuilder {
    scenario: ScenarioSource,
    seed: Option<u64>,
    clock: Option<OffsetDateTime>,
    kept_per_client: Option<usize>,
    has_files: bool,
}

#[derive(Clone, Debug)]
enum ScenarioSource {
    BuiltIn(String),
    File(PathBuf),
    Text(String),
}

impl Default for BankBuilder {
    fn default() -> Self {
        Self {
            scenario: ScenarioSource::BuiltIn("default".to_owned()),
            seed: None,
            clock: None,
            kept_per_client: None,
            has_files: false,
        }
    }
}

impl BankBuilder {
    /// Plays a built-in scenario, by name.
    pub fn scenario(mut self, name: impl Into<String>) -> Self {
        self.scenario = ScenarioSource::BuiltIn(name.into());
        self
    }

    /// Plays the scenario of a YAML file.
    pub fn scenario_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.scenario = ScenarioSource::File(path.into());
        self
    }

    /// Plays a scenario written out in YAML.
    pub fn scenario_text(mut self, yaml: impl Into<String>) -> Self {
        self.scenario = ScenarioSource::Text(yaml.into());
        self
    }

    /// Seeds all generated data.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Keeps at most so many consents, pushed requests, codes, tokens, seen assertions and waiting journeys
    /// for each client, so that a test of what happens then need not make a hundred thousand of them.
    pub const fn kept_per_client(mut self, max: usize) -> Self {
        self.kept_per_client = Some(max);
        self
    }

    /// Begins bank time here.
    pub const fn clock_at(mut self, start: OffsetDateTime) -> Self {
        self.clock = Some(start);
        self
    }

    /// Puts certificates and kits into a temporary folder too, for programs that want files: the ready
    /// document then says where they are, and they go with the bank.
    pub const fn with_files(mut self) -> Self {
        self.has_files = true;
        self
    }

    /// Opens the bank on free loopback ports.
    ///
    /// # Errors
    /// When the scenario is wrong, or the machine refuses a port, a thread or a file.
    pub fn start(self) -> Result<Bank, OpenError> {
        let clock = self.start_time().map(Clock::starting_at);
        let certs = if self.has_files {
            Certs::Temporary
        } else {
            Certs::Memory
        };
        Bank::start(&self.checked_scenario()?, clock, certs)
    }

    /// Opens the bank without sockets. When [`clock_at`](Self::clock_at) was given, both its times stand
    /// still there, so that every answer but its signatures can be told beforehand.
    ///
    /// # Errors
    /// When the scenario is wrong.
    pub fn in_memory(self) -> Result<InMemoryBank, OpenError> {
        let clock = self.start_time().map(Clock::fixed);
        InMemoryBank::open(&self.checked_scenario()?, clock)
    }

    fn start_time(&self) -> Option<Timestamp> {
        self.clock.map(Timestamp::from)
    }

    fn checked_scenario(&self) -> Result<Scenario, OpenError> {
        let mut scenario = match &self.scenario {
            ScenarioSource::BuiltIn(name) => Scenario::builtin(name),
            ScenarioSource::File(path) => Scenario::load(path),
            ScenarioSource::Text(yaml) => Scenario::parse("the scenario", yaml),
        }
        .map_err(StartError::from)?;
        scenario.bank.kept_per_client = self.kept_per_client;
        if let Some(seed) = self.seed {
            scenario.bank.seed = Seed(seed);
        }
        Ok(scenario)
    }
}

/// Why a bank could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(String);

impl From<StartError> for OpenError {
    fn from(error: StartError) -> Self {
        Self(error.to_string())
    }
}
