//! Listening: from `localhost:8443` to bound listeners, or one sentence why not.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, lookup_host};

/// Where to listen, as a user writes it: `localhost:8443`, `127.0.0.1:0`, `[::1]:8443`,
/// `bank.test:443`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ListenAddr {
    host: Host,
    port: u16,
}

/// A text that is no [`ListenAddr`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text:?} is not an address: expected HOST:PORT, such as localhost:8443 or [::1]:8443")]
pub(crate) struct NotAListenAddr {
    text: String,
}

/// What [`bind`] found.
#[derive(Debug)]
pub(crate) struct Bound {
    /// One listener, or for `localhost` one for each family on the same port.
    pub(crate) listeners: Vec<TcpListener>,
    /// `localhost` was asked for and this machine has no `::1`.
    pub(crate) lacks_ipv6: bool,
}

/// Why nobody can listen there.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", reason(source))]
pub(crate) struct BindError {
    /// The address, with the family that failed.
    pub(crate) address: String,
    /// What the system says.
    pub(crate) source: Error,
}

/// The first half of a [`ListenAddr`].
#[derive(Clone, Debug, Eq, PartialEq)]
enum Host {
    Ip(IpAddr),
    Localhost,
    Name(String),
}

impl ListenAddr {
    /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
    ///
    /// # Errors
    /// When the text is not that.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAListenAddr> {
        let refuse = || NotAListenAddr {
            text: text.to_owned(),
        };
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self {
                host: Host::Ip(address.ip()),
                port: address.port(),
            });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(refuse)?;
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || !is_host_name(host) {
            return Err(refuse());
        }
        let host = if host.eq_ignore_ascii_case("localhost") {
            Host::Localhost
        } else {
            Host::Name(host.to_ascii_lowercase())
        };
        let port = port.parse().map_err(|_| refuse())?;
        Ok(Self { host, port })
    }

    /// Loopback, in both families, on this port; 0 takes a free one.
    pub(crate) const fn localhost(port: u16) -> Self {
        Self {
            host: Host::Localhost,
            port,
        }
    }

    /// Whether only programs on this machine can call; a name is looked up only when it is bound,
    /// and counts as reachable from elsewhere.
    #[must_use]
    pub(crate) const fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Ip(ip) => ip.is_loopback(),
            Host::Localhost => true,
            Host::Name(_) => false,
        }
    }

    /// The same host with another port.
    #[must_use]
    pub(crate) fn with_port(&self, port: u16) -> Self {
        Self {
            host: self.host.clone(),
            port,
        }
    }
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match &self.host {
            Host::Ip(ip) => SocketAddr::new(*ip, port).fmt(f),
            Host::Localhost => write!(f, "localhost:{port}"),
            Host::Name(name) => write!(f, "{name}:{port}"),
        }
    }
}

/// Binds `address`: an IP address or a name once, `localhost` in both families on one port.
///
/// # Errors
/// When the address cannot be had; on `localhost` only a missing IPv6 is forgiven.
pub(crate) async fn bind(address: &ListenAddr) -> Result<Bound, BindError> {
    let one = match &address.host {
        Host::Localhost => return bind_localhost(address.port).await,
        Host::Ip(ip) => SocketAddr::new(*ip, address.port),
        Host::Name(name) => resolve(name, address.port).await.map_err(|source| {
            let address = address.to_string();
            BindError { address, source }
        })?,
    };
    Ok(Bound {
        listeners: vec![listen(one).await?],
        lacks_ipv6: false,
    })
}

/// Binds `127.0.0.1` and `::1` on one port. Port 0 takes what the system offers for IPv4 and tries
/// again where somebody has it for IPv6.
async fn bind_localhost(port: u16) -> Result<Bound, BindError> {
    let mut attempt = 1;
    loop {
        let ipv4 = listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)).await?;
        let chosen = ipv4.local_addr().map_or(port, |address| address.port());
        match listen(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), chosen)).await {
            Ok(ipv6) => {
                return Ok(Bound {
                    listeners: vec![ipv4, ipv6],
                    lacks_ipv6: false,
                });
            }
            Err(error) => match error.source.kind() {
                ErrorKind::AddrInUse if port == 0 && attempt < ATTEMPTS_MAX => attempt += 1,
                ErrorKind::AddrInUse | ErrorKind::PermissionDenied => return Err(error),
                // A system without IPv6 says so in several ways, and none means anything else here.
                _ => {
                    return Ok(Bound {
                        listeners: vec![ipv4],
                        lacks_ipv6: true,
                    });
                }
            },
        }
    }
}

/// A listener on exactly this address.
async fn listen(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| {
        let address = address.to_string();
        BindError { address, source }
    })
}

/// The first address of a name.
async fn resolve(name: &str, port: u16) -> Result<SocketAddr, Error> {
    let mut addresses = lookup_host((name, port)).await?;
    addresses
        .next()
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "the name has no address"))
}

/// The system's reason in words that say what to do.
fn reason(source: &Error) -> String {
    match source.kind() {
        ErrorKind::AddrInUse => "another program listens there already".to_owned(),
        ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        ErrorKind::PermissionDenied => "this user may not listen on that port".to_owned(),
        _ => source.to_string(),
    }
}

/// Whether `text` can be the name of a host (RFC 1123, section 2.1).
pub(crate) fn is_host_name(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(is_inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// How often port 0 is tried. Free ports are many, so even the second try is rare.
const ATTEMPTS_MAX: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_as_it_is_read() {
        for (text, is_loopback) in [
            ("localhost:8443", true),
            ("127.0.0.1:0", true),
            ("[::1]:65535", true),
            ("0.0.0.0:443", false),
            ("[::]:443", false),
            ("bank-1.test:443", false),
        ] {
            let address = ListenAddr::parse(text).unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(address.is_loopback(), is_loopback, "{text}");
        }
        let address = ListenAddr::parse("LocalHost:1").unwrap().with_port(2);
        assert_eq!(address.to_string(), "localhost:2");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            ":8443",
            "8443",
            "localhost",
            "localhost:",
            "localhost:+1",
            "localhost:65536",
            "localhost:8443 ",
            "local host:1",
            "::1:8443",
            "[::1]",
            "[localhost]:1",
            "https://localhost:8443",
            "user@localhost:1",
            "-x:1",
            "a..b:1",
            "bänk:1",
        ] {
            let error = ListenAddr::parse(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{text:?} is not an address")),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn localhost_is_one_port_in_both_families() {
        let bound = bind(&ListenAddr::parse("localhost:0").unwrap())
            .await
            .unwrap();
        let addresses: Vec<SocketAddr> = bound
            .listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap())
            .collect();
        let port = addresses[0].port();
        assert_ne!(port, 0);
        let mut expected = vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)];
        if !bound.lacks_ipv6 {
            expected.push(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port));
        }
        assert_eq!(addresses, expected);
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1"] {
            let address = ListenAddr::parse(&format!("{host}:{port}")).unwrap();
            let error = bind(&address).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("cannot listen on 127.0.0.1:{port}: another program listens there already")
            );
        }
    }

    #[tokio::test]
    async fn a_port_taken_in_one_family_is_taken() {
        let Ok(taken) = TcpListener::bind("[::1]:0").await else {
            return; // This machine has no IPv6.
        };
        let port = taken.local_addr().unwrap().port();
        let error = bind_localhost(port).await.unwrap_err().to_string();
        assert!(
            error.contains(&format!(":{port}: another program listens")),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_address_of_elsewhere_cannot_be_bound() {
        // 192.0.2.0/24 is kept for documentation (RFC 5737).
        let address = ListenAddr::parse("192.0.2.1:0").unwrap();
        let error = bind(&address).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot listen on 192.0.2.1:0: this machine does not have that address"
        );
        let address = ListenAddr::parse("no-such-host.invalid:0").unwrap();
        let error = bind(&address).await.unwrap_err().to_string();
        assert!(
            error.starts_with("cannot listen on no-such-host.invalid:0: "),
            "{error}"
        );
    }
}
