//! The public face: a bank in a Rust test.
//!
//! [`Bank`] listens on real sockets, on a thread and a runtime of its own; [`InMemoryBank`] is called
//! without any. Both close when dropped, and neither shares anything with another.

mod in_memory;
mod running;
mod snapshot;

use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::bank::opening::ClientKit;
use crate::clock::{Clock, Timestamp};
use crate::entropy::Seed;
use crate::pki::{self, Authority};
use crate::scenario::Scenario;
use crate::server::{Certs, StartError};
use crate::web::banks::Banks;

pub use in_memory::InMemoryBank;
pub use running::{Bank, ClockHandle};
pub use snapshot::Snapshot;
use snapshot::reset;

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

/// What a scenario's TPP holds: all it needs to call the bank.
#[derive(Clone, Debug)]
pub struct TppKit {
    kit: ClientKit,
    ca: rustls::pki_types::CertificateDer<'static>,
}

impl TppKit {
    fn of(banks: &Banks, bank: &str, client_id: &str, authority: &Authority) -> Option<Self> {
        let place = banks.find(bank)?;
        let mut kits = place.clients.iter();
        let kit = kits.find(|kit| kit.client.id.as_str() == client_id)?;
        Some(Self {
            kit: kit.clone(),
            ca: authority.cert_der().clone(),
        })
    }

    /// Its `client_id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.kit.client.id.as_str()
    }

    /// The redirect URIs it registered.
    #[must_use]
    pub fn redirect_uris(&self) -> &[String] {
        &self.kit.client.redirect_uris
    }

    /// `private_key_jwt` or `tls_client_auth`.
    #[must_use]
    pub fn token_endpoint_auth_method(&self) -> &'static str {
        self.kit.client.authentication.method()
    }

    /// The certificate it presents in TLS, in PEM.
    #[must_use]
    pub fn transport_cert_pem(&self) -> &str {
        &self.kit.transport.cert_pem
    }

    /// That certificate's key, as PKCS#8 PEM.
    #[must_use]
    pub fn transport_key_pem(&self) -> &str {
        &self.kit.transport.key_pem
    }

    /// The key it signs assertions and request objects with, as PKCS#8 PEM.
    #[must_use]
    pub fn signing_key_pem(&self) -> &str {
        &self.kit.signing_key_pem
    }

    /// The same key as a private JWK with `kid` and `alg`.
    #[must_use]
    pub fn signing_jwk(&self) -> &str {
        &self.kit.signing_jwk
    }

    /// PS256 or ES256.
    #[must_use]
    pub const fn signing_alg(&self) -> &'static str {
        self.kit.signing_alg.as_str()
    }

    /// A TLS configuration that trusts the bank's CA and presents the transport certificate.
    ///
    /// # Errors
    /// When the kit's own PEM cannot be read back, which would be a mistake of ours.
    pub fn rustls_config(&self) -> Result<Arc<rustls::ClientConfig>, OpenError> {
        pki::client_config(&self.ca, Some(&self.kit.transport))
            .map(Arc::new)
            .map_err(|fault| OpenError(fault.to_string()))
    }
}
