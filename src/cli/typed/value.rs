//! Values of flags, read: each with one sentence of what was expected.

use http::Uri;
use time::Duration;

use crate::clock::Timestamp;
use crate::id::RequestId;
use crate::oauth::redirect_uri::may_be_registered;
use crate::scenario::{NotAStart, parse_duration, parse_start};
use crate::wire::server::listen::{ListenAddr, NotAListenAddr, is_host_name};

/// A length of time.
pub(in super::super) fn duration(text: &str) -> Result<Duration, &'static str> {
    parse_duration(text).ok_or("expected a duration with its unit, such as 10s or 500ms")
}

/// A journal entry's id.
pub(in super::super) fn request_id(text: &str) -> Result<RequestId, &'static str> {
    let expected = "expected an id as x-hamster-request tells it, such as req_0000000042";
    RequestId::parse(text).ok_or(expected)
}

/// A first and a last port.
pub(in super::super) fn port_range(text: &str) -> Result<(u16, u16), &'static str> {
    let expected = "expected two ports from 1 to 65535, such as 8500-8599";
    let (first, last) = text.split_once('-').ok_or(expected)?;
    let port = |text: &str| text.parse().ok().filter(|port| *port > 0).ok_or(expected);
    let range = (port(first)?, port(last)?);
    (range.0 <= range.1).then_some(range).ok_or(expected)
}

/// Where a client may be answered.
pub(in super::super) fn redirect_uri(text: &str) -> Result<String, &'static str> {
    let expected = "expected https, or http on loopback; absolute and without a fragment";
    may_be_registered(text)
        .then(|| text.to_owned())
        .ok_or(expected)
}

/// A name or an address of this machine.
pub(in super::super) fn hostname(text: &str) -> Result<String, &'static str> {
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    (is_address || is_host_name(text))
        .then(|| text.to_owned())
        .ok_or("expected a host name or an IP address")
}

/// An issuer has neither query nor fragment (OpenID Connect Discovery 1.0, section 3).
pub(in super::super) fn public_url(text: &str) -> Result<String, &'static str> {
    let expected = "expected https:// (with --plain-http also http://), a host, perhaps a port and a path, \
                    and nothing more";
    let url: Uri = text.parse().map_err(|_| expected)?;
    let is_plain = !text.contains(['?', '#', '@']);
    (matches!(url.scheme_str(), Some("https" | "http")) && url.host().is_some() && is_plain)
        .then(|| text.trim_end_matches('/').to_owned())
        .ok_or(expected)
}

/// A bank that is called with a certificate, and so over TLS.
pub(in super::super) fn bank_url(text: &str) -> Result<String, &'static str> {
    let url = public_url(text)?;
    (url.starts_with("https:").then_some(url))
        .ok_or("expected https://, since a kit's certificate is presented in TLS")
}

/// Where the control API listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) enum ControlListen {
    /// There.
    At(ListenAddr),
    /// Nowhere.
    Off,
}

impl ControlListen {
    pub(super) fn parse(text: &str) -> Result<Self, NotAListenAddr> {
        match text {
            "off" => Ok(Self::Off),
            text => ListenAddr::parse(text).map(Self::At),
        }
    }
}

/// When bank time begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Start {
    /// There.
    At(Timestamp),
    /// Now.
    Now,
}

impl Start {
    pub(super) fn parse(text: &str) -> Result<Self, NotAStart> {
        parse_start(text).map(|start| start.map_or(Self::Now, Self::At))
    }
}
