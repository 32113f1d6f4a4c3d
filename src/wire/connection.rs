//! Connections: what a handshake proved, and why some never carry a request.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::client_cert::Unreadable;
use super::disturbance::Until;
use crate::pki::{PeerCertificate, TlsFacts};

/// What is known of a caller before the first byte of a request; shared by all requests it carries.
pub(crate) struct Connection {
    /// Counts the connections of one [`Doors`](super::server::Doors), from 1.
    pub(crate) number: u64,
    /// The certificate whose key the caller proved to have. Nobody has judged it yet.
    pub(crate) peer: Option<Arc<PeerCertificate>>,
    /// What says that it has that certificate, or has none.
    pub(crate) teller: Teller,
    /// The address the caller has; none in tests without sockets.
    pub(crate) remote: Option<SocketAddr>,
    /// What TLS agreed on; none on a plain connection and before the handshake is done.
    pub(crate) tls: Option<TlsFacts>,
    /// What whoever answers derives from the connection once, for all its requests.
    pub(crate) memo: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// What says which certificate a caller has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Teller {
    /// The handshake, which proves it.
    Handshake,
    /// The header `Client-Cert`, which is believed; with what is wrong with it, if it cannot be read.
    Header(Option<Unreadable>),
}

/// How a connection is received.
#[derive(Debug)]
pub(crate) enum Greeting {
    /// TLS is spoken with it, but by this configuration. A door without TLS has no use for it, and
    /// receives the connection as usual.
    Disguised(Arc<rustls::ServerConfig>),
    /// It is reset, and for so long nobody listens, so that whoever calls is refused by the system.
    NotAtHome {
        /// How long.
        time: Duration,
        /// When this says so, the door is open again.
        until: Until,
    },
    /// As usual.
    Welcome,
}

impl Connection {
    /// The same connection, of which a header says who called.
    pub(crate) fn as_told(
        &self,
        peer: Option<Arc<PeerCertificate>>,
        unreadable: Option<Unreadable>,
    ) -> Self {
        Self {
            number: self.number,
            peer,
            teller: Teller::Header(unreadable),
            remote: self.remote,
            tls: None,
            memo: OnceLock::new(),
        }
    }

    /// None at all: a call from inside the process, by whoever is said to have proved a certificate.
    pub(crate) const fn inside(peer: Option<Arc<PeerCertificate>>) -> Self {
        Self {
            number: 0,
            peer,
            teller: Teller::Handshake,
            remote: None,
            tls: None,
            memo: OnceLock::new(),
        }
    }
}

/// A connection that ended without a request we could read.
pub(crate) struct ConnectionFailure {
    /// The connection, as far as it got.
    pub(crate) connection: Arc<Connection>,
    /// Why.
    pub(crate) reason: FailureReason,
}

/// Why a connection carried no request, or could carry no more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum FailureReason {
    /// HTTP/1 that cannot be read; the caller was answered 400, 414 or 431 without a word of the
    /// bank's.
    BadHead {
        /// What is wrong with it.
        message: String,
    },
    /// The TLS handshake failed.
    Handshake {
        /// What TLS says of it.
        message: String,
    },
    /// The TLS handshake was not done in time.
    HandshakeTimedOut,
    /// Nothing, or no whole head, came in time.
    NoRequest,
    /// HTTP without TLS on a port that speaks TLS; answered with one 400 in plain words.
    PlainHttp,
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadHead { message } => write!(f, "the head of a request is not HTTP: {message}"),
            Self::Handshake { message } => write!(f, "the TLS handshake failed: {message}"),
            Self::HandshakeTimedOut => f.write_str("the TLS handshake was not done in time"),
            Self::NoRequest => f.write_str("no whole request came in time"),
            Self::PlainHttp => f.write_str("plain HTTP was sent to a port that speaks TLS"),
        }
    }
}
