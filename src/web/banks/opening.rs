//! Opening a bank beside the main one: its addresses, its kits, its doors.

use std::path::PathBuf;
use std::sync::Arc;

use crate::bank::Bank;
use crate::bank::opening::{self, Opening, OpeningError};
use crate::clock::{Clock, Stopwatch};
use crate::fault::connections::Connections;
use crate::journal::Listener;
use crate::pki::{Authority, Disguises, ServerIdentity, Store, StoreError};
use crate::scenario::Scenario;
use crate::web::BankDoor;
use crate::web::ready::{self, Facts};
use crate::wire::server::listen::{BindError, Bound, ListenAddr, bind};
use crate::wire::server::{Doors, Limits, Protocol};

use super::order::Order;
use super::reload::Trouble;
use super::{At, BANKS_MAX, BELOW, Belongings, Place};

/// What all banks of a process stand on.
#[derive(Debug)]
pub(crate) struct Ground {
    /// The CA of them all.
    pub(crate) authority: Arc<Authority>,
    /// Where its certificate lies, when it does: kits are then written to files, too.
    pub(crate) ca_file: Option<PathBuf>,
    /// Whether published keys will do.
    pub(crate) test_keys: bool,
    /// The scenario of the main bank, with what was said on the command line.
    pub(crate) scenario: Scenario,
    /// The main bank's public URL.
    pub(crate) issuer: String,
    /// Its clock, for the real time that it goes by.
    pub(crate) clock: Clock,
    /// Where the control API is, if it is open.
    pub(crate) control_url: Option<String>,
    /// Its token, if it has one.
    pub(crate) control_token: Option<String>,
    /// How banks listen; none where nobody does.
    pub(crate) listening: Option<Listening>,
    /// Who is told of each entry of their journals.
    pub(crate) listener: Option<Listener>,
    /// Who is told what goes wrong.
    pub(crate) trouble: Option<Trouble>,
}

/// How further banks listen.
#[derive(Clone, Debug)]
pub(crate) struct Listening {
    /// The main bank's address; only the port is another.
    pub(crate) address: ListenAddr,
    /// Which ports, when not any.
    pub(crate) ports: Option<(u16, u16)>,
    /// Whether they speak no TLS, and a header says who called.
    pub(crate) plain_http: bool,
    /// The server's certificates.
    pub(crate) identity: ServerIdentity,
}

/// Why a bank is not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenFault {
    /// Nobody can listen there.
    #[error("{0}")]
    Bind(#[from] BindError),
    /// Its doors cannot be opened.
    #[error("cannot open the doors: {0}")]
    Doors(#[from] std::io::Error),
    /// There is room for no more.
    #[error("a process has at most {BANKS_MAX} banks beside the main one; close one")]
    Full,
    /// Another has the name.
    #[error("there is a bank {0} already")]
    NameTaken(String),
    /// The main bank does not listen, so nobody does.
    #[error("this bank has no listeners, so another can be served by path alone")]
    NoListeners,
    /// It cannot be opened.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// Its files cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Ground {
    /// Opens a bank under a name that nobody else has.
    ///
    /// # Errors
    /// See [`OpenFault`].
    pub(super) async fn open(&self, name: &str, order: Order) -> Result<Place, OpenFault> {
        let stopwatch = Stopwatch::start();
        let at = order.at.unwrap_or(match &self.listening {
            Some(_) => At::Port,
            None => At::Path,
        });
        let bound = match at {
            At::Path => None,
            At::Port => Some(self.listen(order.port).await?),
        };
        let connections = match &bound {
            None => Connections::Shared,
            Some((listening, _)) => Connections::of_listener(listening.plain_http),
        };
        let issuer = match &bound {
            None => format!("{}{BELOW}{name}", self.issuer),
            Some((_, bound)) => with_port(&self.issuer, bound),
        };
        let hints = order.scenario.bank.hints_client_cas;
        let addresses = (issuer, connections);
        let (bank, store) = self.make(name, addresses, order.scenario).await?;
        if let Some(listener) = self.listener.clone() {
            bank.journal.tell(listener);
        }
        let control_url = self.control_url.as_ref();
        let ready = ready::document(&Facts {
            bank: &bank,
            authority: &self.authority,
            ca_file: self.ca_file.as_deref(),
            control_url: control_url.map(|url| format!("{url}/banks/{name}")),
            control_token: self.control_token.as_deref(),
            ready_file: None,
            started_in_ms: stopwatch.elapsed_ms(),
        });
        let hints = bank.trust().hints(hints);
        let place = Place::new(
            (name, at),
            bank,
            ready,
            Belongings {
                store,
                ..Belongings::default()
            },
        );
        if let Some((listening, bound)) = bound {
            let tls = Disguises::of_server(&self.authority, &listening.identity, hints);
            let (tls, disguises) = tls.map_err(OpeningError::Tls)?;
            let door = BankDoor::alone(Arc::clone(&place.branch)).disguised(disguises);
            let door = Arc::new(door.believing_header(listening.plain_http));
            let protocol = Protocol::of(listening.plain_http, tls);
            let doors = Doors::open(bound.listeners, protocol, door, Limits::default())?;
            place.belongings.lock().doors = Some(doors);
        }
        Ok(place)
    }

    /// The bank itself, with its store.
    async fn make(
        &self,
        name: &str,
        (issuer, connections): (String, Connections),
        scenario: Scenario,
    ) -> Result<(Bank, Option<Arc<Store>>), OpenFault> {
        let name = name.to_owned();
        let clock = opening::clock_beside(&self.clock, scenario.bank.clock);
        let authority = Arc::clone(&self.authority);
        let test_keys = self.test_keys;
        let has_files = self.ca_file.is_some();
        beside(move || {
            let store = has_files.then(Store::ephemeral).transpose()?;
            let opening = Opening {
                name: &name,
                issuer: &issuer,
                connections,
                clock,
                authority: &authority,
                store: store.as_ref(),
                test_keys,
            };
            let (bank, _) = opening::open(&scenario, &opening)?;
            Ok((bank, store.map(Arc::new)))
        })
        .await?
    }

    /// On that port, or on one that is free.
    async fn listen(&self, port: Option<u16>) -> Result<(&Listening, Bound), OpenFault> {
        let listening = self.listening.as_ref().ok_or(OpenFault::NoListeners)?;
        let (first, last) = match (port, listening.ports) {
            (Some(port), _) => (port, port),
            (None, Some(ports)) => ports,
            (None, None) => (0, 0),
        };
        let mut port = first;
        loop {
            match bind(&listening.address.with_port(port)).await {
                Ok(bound) => return Ok((listening, bound)),
                Err(error) if port >= last => return Err(error.into()),
                Err(_) => port += 1,
            }
        }
    }
}

/// Does what may take long where no call waits for it: without published keys every bank has some fresh
/// ones, each of which takes up to half a second.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OpeningError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| OpeningError::BrokenOff(error.to_string()))
}

/// The main bank's URL with the port of another listener.
fn with_port(issuer: &str, bound: &Bound) -> String {
    let port = bound
        .listeners
        .first()
        .and_then(|listener| listener.local_addr().ok());
    let port = port.map_or(0, |address| address.port());
    let (scheme, rest) = issuer.split_once("://").unwrap_or(("https", issuer));
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.rsplit_once(':') {
        // An IPv6 literal without a port ends in its bracket.
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    };
    format!("{scheme}://{host}:{port}")
}
