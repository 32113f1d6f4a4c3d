//! The doors: listeners that accept, shake hands, serve and close.
//!
//! One connection is one task, so a handshake that stalls or a caller that dribbles holds up
//! nobody. The way of a connection: [`accept`] takes it from a listener, [`handshake`] learns who
//! calls, [`serve`] hands requests to a [`Service`] and writes its replies, [`body`] reads what a
//! request carries. [`listen`] finds the listeners. What goes wrong on purpose: [`disturb`] spoils
//! answers, [`mod@line`] lets a connection be cut, [`gate`] has nobody listen for a while.
//!
//! Time limits are tokio timers that are made when somebody waits; where nobody is connected
//! nothing ticks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::Service;
use super::request::{Head, RequestFault};
use gate::Gate;

mod accept;
mod body;
mod disturb;
mod flow;
mod gate;
mod handshake;
mod line;
pub(crate) mod listen;
mod payload;
mod serve;

/// Open doors. They close when this is dropped: at once, where [`close`](Self::close) waits a
/// little.
#[derive(Debug)]
pub(crate) struct Doors {
    #[cfg_attr(not(test), expect(dead_code, reason = "tests ask where the doors are"))]
    addresses: Vec<SocketAddr>,
    phase: watch::Sender<Phase>,
}

/// What a door speaks.
#[derive(Clone)]
pub(crate) enum Protocol {
    /// HTTP/1.1 in clear: the control door, and a bank behind somebody else's TLS.
    Plain,
    /// HTTP/1.1 and HTTP/2 over TLS, the version as ALPN chose it.
    Tls(Arc<rustls::ServerConfig>),
}

/// How much a caller may ask of us, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The largest body that is read.
    pub(crate) body_bytes: usize,
    /// How long a whole body may take.
    pub(crate) body_time: Duration,
    /// How many connections may be open; further ones wait in the listener's queue.
    pub(crate) connections: usize,
    /// How long a TLS handshake may take.
    pub(crate) handshake_time: Duration,
    /// The largest head that is taken.
    pub(crate) head_bytes: usize,
    /// A connection without a request under way is closed after once to twice this time. That ends
    /// both the caller who has gone to lunch and the one who sends a head letter by letter.
    pub(crate) quiet_time: Duration,
}

/// How open the doors are.
#[derive(Clone, Copy, Debug, Eq, PartialEq, PartialOrd)]
enum Phase {
    /// Everybody is welcome.
    Open,
    /// Nobody new; answers under way are finished.
    Draining,
    /// Everybody out.
    Cut,
}

/// What all connections of some doors share.
struct Porter<S> {
    service: Arc<S>,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    http1: auto::Builder<TokioExecutor>,
    http2: auto::Builder<TokioExecutor>,
    places: Arc<Semaphore>,
    connections: AtomicU64,
    gate: Gate,
}

/// How a task learns that the doors close.
#[derive(Clone)]
struct Closing(watch::Receiver<Phase>);

impl Doors {
    /// Opens doors on `listeners`: from now on `service` is called. Needs a tokio runtime.
    ///
    /// # Errors
    /// When a listener does not know its own address.
    pub(crate) fn open<S: Service>(
        listeners: Vec<TcpListener>,
        protocol: Protocol,
        service: Arc<S>,
        limits: Limits,
    ) -> std::io::Result<Self> {
        let addresses: Vec<SocketAddr> = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<Result<_, _>>()?;
        let (phase, closing) = watch::channel(Phase::Open);
        let gate = Gate::of(listeners.len());
        let porter = Arc::new(Porter::new(service, protocol, limits, gate));
        for (listener, address) in listeners.into_iter().zip(&addresses) {
            let closing = Closing(closing.clone());
            let porter = Arc::clone(&porter);
            tokio::spawn(accept::accept_all(listener, *address, porter, closing));
        }
        Ok(Self { addresses, phase })
    }

    /// Closes the doors: nobody new is let in, answers under way have `grace` to finish, then every
    /// connection is cut. When this returns the ports are free.
    pub(crate) async fn close(self, grace: Duration) {
        self.phase.send_replace(Phase::Draining);
        // Every task holds a receiver: when the last is gone, so is the last connection.
        if timeout(grace, self.phase.closed()).await.is_err() {
            self.phase.send_replace(Phase::Cut);
            self.phase.closed().await;
        }
    }

    /// Where the doors are, in the order of the listeners.
    #[cfg(test)]
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Protocol {
    /// Plain HTTP, or TLS by this configuration.
    pub(crate) fn of(is_plain: bool, tls: Arc<rustls::ServerConfig>) -> Self {
        if is_plain {
            Self::Plain
        } else {
            Self::Tls(tls)
        }
    }
}

impl Limits {
    /// Why a request with this head is refused before its body is read, if it is.
    pub(crate) fn fault_of(&self, head: &Head) -> Option<RequestFault> {
        if head.size_bytes() > self.head_bytes {
            return Some(RequestFault::HeadTooLarge);
        }
        (!head.has_clear_host()).then_some(RequestFault::HostUnclear)
    }
}

impl<S> Porter<S> {
    /// A porter with nobody inside.
    fn new(service: Arc<S>, protocol: Protocol, limits: Limits, gate: Gate) -> Self {
        Self {
            service,
            tls: match protocol {
                Protocol::Plain => None,
                Protocol::Tls(config) => Some(TlsAcceptor::from(config)),
            },
            limits,
            http1: serve::http1(),
            http2: serve::http2(),
            places: Arc::new(Semaphore::new(limits.connections)),
            connections: AtomicU64::new(0),
            gate,
        }
    }
}

impl Closing {
    /// Returns when nobody new may come in, at once if that is so already.
    async fn draining(&mut self) {
        // An error means that `Doors` was dropped.
        let _ = self.0.wait_for(|phase| *phase >= Phase::Draining).await;
    }

    /// Returns when everybody must leave.
    async fn cut(&mut self) {
        let _ = self.0.wait_for(|phase| *phase >= Phase::Cut).await;
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The API contract, section 8: a body over 1 MiB is 413.
            body_bytes: 1024 * 1024,
            // A body within the limit takes half a minute at 35 kB/s, slower than any line in use.
            body_time: Duration::from_secs(30),
            // Forty times the busiest test suite we know of; at 25 kB each they come to 250 MB.
            connections: 10_000,
            // A handshake is two round trips; ten seconds suffice for a debugger's breakpoint too.
            handshake_time: Duration::from_secs(10),
            // Twice what a pushed request in a URL may reach; other servers take 8 to 64 KiB.
            head_bytes: 64 * 1024,
            // Longer than most clients' pools keep a connection they do not use, so that it is
            // rarely we who close one just as they take it up again.
            quiet_time: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests;
