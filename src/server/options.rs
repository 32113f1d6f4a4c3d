//! What a server is opened with.

use std::path::PathBuf;

use crate::clock::Clock;
use crate::journal::Listener;
use crate::web::banks::reload::Trouble;
use crate::wire::server::listen::ListenAddr;

/// What a server is opened with; by default on free ports of loopback, leaving nothing behind.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The bank's listener.
    pub(crate) listen: ListenAddr,
    /// The control API's listener; none closes it.
    pub(crate) control_listen: Option<ListenAddr>,
    /// Whether the bank's listener speaks no TLS, and a header says who called.
    pub(crate) plain_http: bool,
    /// The issuer, when it is not the listener's own address.
    pub(crate) public_url: Option<String>,
    /// More names in the server certificate, under which the control API may be called too.
    pub(crate) hostnames: Vec<String>,
    /// Where certificates are kept.
    pub(crate) certs: Certs,
    /// The bearer token of the control API.
    pub(crate) control_token: Option<String>,
    /// Whether published test keys may serve beyond loopback.
    pub(crate) allow_test_keys: bool,
    /// The clock, when it is not the scenario's.
    pub(crate) clock: Option<Clock>,
    /// Where further banks listen, when not on any free port.
    pub(crate) bank_ports: Option<(u16, u16)>,
    /// Where the ready document is written, when it is; whoever writes it also takes it away.
    pub(crate) ready_file: Option<PathBuf>,
    /// Who is told of each entry of the journal.
    pub(crate) listener: Option<Listener>,
    /// Who is told what goes wrong.
    pub(crate) trouble: Option<Trouble>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: ListenAddr::localhost(0),
            control_listen: Some(ListenAddr::localhost(0)),
            plain_http: false,
            public_url: None,
            hostnames: Vec::new(),
            certs: Certs::Temporary,
            control_token: None,
            allow_test_keys: false,
            clock: None,
            bank_ports: None,
            ready_file: None,
            listener: None,
            trouble: None,
        }
    }
}

/// Where certificates and the clients' kits are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Certs {
    /// In a directory that stays, and is reused at the next start.
    Directory(PathBuf),
    /// Nowhere: the kits are handed out in memory alone, and nothing has to be cleaned up.
    Memory,
    /// In a temporary directory that goes with the server.
    Temporary,
}
