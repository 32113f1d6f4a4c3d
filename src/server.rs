//! A server: the doors of one process and the bank behind them; closed when dropped.

mod options;
mod start_error;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bank::Bank;
use crate::bank::opening::{self, Opening, OpeningError};
use crate::clock::Stopwatch;
use crate::entropy;
use crate::fault::connections::Connections;
use crate::pki::{Authority, Disguises, KeySource, ServerIdentity, ServerSpec, Store, TestKeys};
use crate::scenario::Scenario;
use crate::web::BankDoor;
use crate::web::banks::opening::{Ground, Listening};
use crate::web::banks::{At, Banks, Belongings, Place};
use crate::web::control::ControlDoor;
use crate::web::ready::{self, Facts};
use crate::wire::server::listen::{Bound, ListenAddr, bind};
use crate::wire::server::{Doors, Limits, Protocol};

pub(crate) use options::{Certs, Options};
pub(crate) use start_error::StartError;

/// An open server.
pub(crate) struct Server {
    banks: Arc<Banks>,
    authority: Arc<Authority>,
    control_token: Option<String>,
    lacks_ipv6: bool,
    doors: Doors,
    control: Option<Doors>,
}

impl Server {
    /// Opens the doors of a scenario's bank. When this returns, every listener answers.
    ///
    /// # Errors
    /// See [`StartError`].
    pub(crate) async fn open(scenario: &Scenario, options: &Options) -> Result<Self, StartError> {
        let stopwatch = Stopwatch::start();
        let listeners = Listeners::bind(options).await?;
        let issuer = listeners.issuer(options)?;
        let opened = Opened::new(scenario, options, &issuer)?;
        let hints = opened.bank.trust().hints(scenario.bank.hints_client_cas);
        let tls = Disguises::of_server(&opened.authority, &opened.identity, hints);
        let (tls, disguises) = tls.map_err(OpeningError::Tls)?;
        let control_token = control_token(options);
        let control_url = (listeners.control.as_ref()).and_then(|bound| url("http", bound));
        let authority = Arc::clone(&opened.authority);
        let ground = Ground {
            authority: Arc::clone(&authority),
            ca_file: opened.store.as_ref().map(Store::ca_pem_path),
            test_keys: opened.test_keys,
            scenario: scenario.clone(),
            issuer,
            clock: opened.bank.clock.clone(),
            control_url,
            control_token: control_token.clone(),
            listening: Some(Listening {
                address: options.listen.clone(),
                ports: options.bank_ports,
                plain_http: options.plain_http,
                identity: opened.identity,
            }),
            listener: options.listener.clone(),
            trouble: options.trouble.clone(),
        };
        let ready = ready::document(&Facts {
            bank: &opened.bank,
            authority: &authority,
            ca_file: ground.ca_file.as_deref(),
            control_url: ground.control_url.clone(),
            control_token: control_token.as_deref(),
            ready_file: options.ready_file.as_deref(),
            started_in_ms: stopwatch.elapsed_ms(),
        });
        let belongings = Belongings {
            store: opened.store.map(Arc::new),
            ..Belongings::default()
        };
        let main = Place::new((MAIN_BANK, At::Port), opened.bank, ready, belongings);
        let banks = Arc::new(Banks::new(main, ground));
        let lacks_ipv6 = listeners.bank.lacks_ipv6;
        let door = BankDoor::shared(Arc::clone(&banks)).disguised(disguises);
        let doors = Doors::open(
            listeners.bank.listeners,
            Protocol::of(options.plain_http, tls),
            Arc::new(door.believing_header(options.plain_http)),
            Limits::default(),
        )?;
        let door = Arc::new(ControlDoor {
            banks: Arc::clone(&banks),
            hostnames: options.hostnames.clone(),
            token: control_token.clone(),
        });
        let control = listeners
            .control
            .map(|bound| Doors::open(bound.listeners, Protocol::Plain, door, Limits::default()));
        Ok(Self {
            banks,
            authority,
            control_token,
            lacks_ipv6,
            doors,
            control: control.transpose()?,
        })
    }

    /// All banks of the process.
    pub(crate) const fn banks(&self) -> &Arc<Banks> {
        &self.banks
    }

    /// The main bank, as it stands now.
    pub(crate) fn bank(&self) -> Arc<Bank> {
        self.banks.main().branch.bank()
    }

    /// Reads the main bank's scenario again. What goes wrong is told as the options say, and changes nothing.
    pub(crate) async fn reload(&self) {
        // Told already.
        let _ = self.banks.reload(self.banks.main()).await;
    }

    /// The ready document.
    pub(crate) fn ready(&self) -> &Value {
        &self.banks.main().ready
    }

    /// The CA's certificate.
    pub(crate) fn ca_pem(&self) -> &str {
        self.authority.cert_pem()
    }

    /// The bearer token of the control API, if it needs one.
    pub(crate) fn control_token(&self) -> Option<&str> {
        self.control_token.as_deref()
    }

    /// Whether `localhost` is 127.0.0.1 alone on this machine.
    pub(crate) const fn lacks_ipv6(&self) -> bool {
        self.lacks_ipv6
    }

    /// Closes the doors: answers under way have a moment to finish.
    pub(crate) async fn close(self) {
        if let Some(control) = self.control {
            control.close(GRACE).await;
        }
        self.banks.close_all().await;
        self.doors.close(GRACE).await;
        self.banks.close_main().await;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("ready", self.ready())
            .finish_non_exhaustive()
    }
}

/// The listeners of both doors, bound before anything else: their ports are part of the issuer.
struct Listeners {
    bank: Bound,
    control: Option<Bound>,
}

impl Listeners {
    async fn bind(options: &Options) -> Result<Self, StartError> {
        let bank = listen(&options.listen, "--listen").await?;
        let control = match &options.control_listen {
            Some(address) => Some(listen(address, "--control-listen").await?),
            None => None,
        };
        Ok(Self { bank, control })
    }

    fn issuer(&self, options: &Options) -> Result<String, StartError> {
        if let Some(given) = &options.public_url {
            return Ok(given.trim_end_matches('/').to_owned());
        }
        let scheme = if options.plain_http { "http" } else { "https" };
        url(scheme, &self.bank).ok_or(StartError::NoAddress)
    }
}

async fn listen(address: &ListenAddr, flag: &'static str) -> Result<Bound, StartError> {
    bind(address)
        .await
        .map_err(|source| StartError::Bind { flag, source })
}

/// The bank and its certificates, before any door opens.
struct Opened {
    bank: Bank,
    authority: Arc<Authority>,
    test_keys: bool,
    identity: ServerIdentity,
    store: Option<Store>,
}

impl Opened {
    fn new(scenario: &Scenario, options: &Options, issuer: &str) -> Result<Self, StartError> {
        let clock = options.clock.clone();
        let clock = clock.unwrap_or_else(|| opening::clock_of(scenario.bank.clock));
        let now_real = clock.now().real;
        let store = match &options.certs {
            Certs::Directory(directory) => Some(Store::open(directory)?),
            Certs::Memory => None,
            Certs::Temporary => Some(Store::ephemeral()?),
        };
        let authority = Arc::new(match &store {
            Some(store) => store.authority(now_real)?,
            None => Authority::mint(now_real).map_err(OpeningError::Authority)?,
        });
        let test_keys = options.allow_test_keys || is_loopback(issuer);
        let spec = server_spec(scenario, options, issuer, test_keys);
        let identity = match &store {
            Some(store) => store.server_identity(&authority, &spec, now_real)?,
            None => spec.issue(&authority, now_real)?,
        };
        let opening = Opening {
            name: MAIN_BANK,
            issuer,
            connections: Connections::of_listener(options.plain_http),
            clock,
            authority: &authority,
            store: store.as_ref(),
            test_keys,
        };
        let (bank, _) = opening::open(scenario, &opening)?;
        if let Some(listener) = options.listener.clone() {
            bank.journal.tell(listener);
        }
        Ok(Self {
            bank,
            authority,
            test_keys,
            identity,
            store,
        })
    }
}

/// The URL of a listener: `localhost` wherever loopback was asked for by that name.
fn url(scheme: &str, bound: &Bound) -> Option<String> {
    let address = bound.listeners.first()?.local_addr().ok()?;
    let host = if address.ip().is_loopback() || address.ip().is_unspecified() {
        "localhost".to_owned()
    } else if address.is_ipv6() {
        format!("[{}]", address.ip())
    } else {
        address.ip().to_string()
    };
    Some(format!("{scheme}://{host}:{}", address.port()))
}

fn is_loopback(issuer: &str) -> bool {
    let host = host_of(issuer);
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback_ip = |ip: std::net::IpAddr| ip.is_loopback();
    host == "localhost" || literal.parse().is_ok_and(is_loopback_ip)
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

fn server_spec(
    scenario: &Scenario,
    options: &Options,
    issuer: &str,
    test_keys: bool,
) -> ServerSpec {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let of_issuer = host_of(issuer)
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    for name in options.hostnames.iter().chain([&of_issuer]) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let pooled = TestKeys::pick(scenario.bank.seed, MAIN_BANK, "tls");
    ServerSpec {
        names,
        rsa_key: if test_keys {
            KeySource::Pool(pooled)
        } else {
            KeySource::FreshRsa
        },
    }
}

// Whoever can reach the control API can do anything, so beyond loopback it asks for a token.
fn control_token(options: &Options) -> Option<String> {
    let beyond = options
        .control_listen
        .as_ref()
        .is_some_and(|address| !address.is_loopback());
    let made = || beyond.then(entropy::secret);
    options.control_token.clone().or_else(made)
}

/// What a running answer has to finish when the doors close.
const GRACE: Duration = Duration::from_millis(200);

/// The bank `serve` starts with.
const MAIN_BANK: &str = "main";
