//! One call over one connection: HTTP/1.1, over mutual TLS where the URL says https. Where it says http, the
//! bank's TLS is somebody else's, and the certificate is told as that somebody would tell it (RFC 9440).
//!
//! A connection a call is wasteful and on purpose: each call shows the certificate it came with,
//! and none depends on another.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::pki::{self, Credential, TlsFault};

use crate::wire::client_cert::{self, CLIENT_CERT};

use super::call::{Answer, Call};

/// Whom a client trusts and what it presents, for every connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
    /// The certificate as `Client-Cert` tells it.
    told: Option<Arc<str>>,
}

impl Tls {
    /// Trusts one CA, and presents `identity` to whoever asks.
    ///
    /// # Errors
    /// When a certificate or the key cannot be used.
    pub(crate) fn new(ca_pem: &str, identity: Option<&Credential>) -> Result<Self, TlsFault> {
        let ca = pki::certificate_der(ca_pem)?;
        let config = pki::client_config(&ca, identity)?;
        let told = identity.map(|identity| {
            let certificate = pki::certificate_der(&identity.cert_pem)?;
            Ok(client_cert::told(&certificate).into())
        });
        Ok(Self {
            config: Arc::new(config),
            told: told.transpose()?,
        })
    }
}

/// Sends a call and reads the whole answer. `tls` is what https needs; its certificate is what the
/// bank will see, in a header where there is no TLS.
///
/// # Errors
/// When there is no answer, or none within [`PATIENCE`].
pub(crate) async fn send(call: &Call, tls: Option<&Tls>) -> Result<Answer, CallError> {
    send_within(call, tls, Bounds::USUAL).await
}

/// The same, with other bounds.
///
/// # Errors
/// When there is no answer within them.
pub(crate) async fn send_within(
    call: &Call,
    tls: Option<&Tls>,
    bounds: Bounds,
) -> Result<Answer, CallError> {
    in_time(call, bounds.patience, async {
        begin(call, tls).await?.whole(bounds.bytes_max).await
    })
    .await
}

/// Sends a call and reads only the head of the answer, whose body may have no end.
///
/// # Errors
/// As [`send`].
pub(crate) async fn open(call: &Call, tls: Option<&Tls>) -> Result<Arriving, CallError> {
    in_time(call, PATIENCE, begin(call, tls)).await
}

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// How long.
    pub(crate) patience: Duration,
    /// How much of a body.
    pub(crate) bytes_max: usize,
}

impl Bounds {
    /// Those of a TPP.
    pub(crate) const USUAL: Self = Self {
        patience: PATIENCE,
        bytes_max: ANSWER_BYTES_MAX,
    };
}

/// An answer of which the head is there.
#[derive(Debug)]
pub(crate) struct Arriving {
    /// The status.
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Incoming,
    url: String,
}

impl Arriving {
    /// The next piece of its body; none at the end.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, CallError> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|error| CallError::Body {
                url: self.url.clone(),
                reason: error.to_string(),
            })?;
            // What is no data is a trailer.
            if let Ok(piece) = frame.into_data() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// The whole answer.
    ///
    /// # Errors
    /// When it breaks off, or its body has more than so many bytes.
    pub(crate) async fn whole(self, bytes_max: usize) -> Result<Answer, CallError> {
        let body = Limited::new(self.body, bytes_max).collect().await;
        let body = body.map_err(|error| CallError::Body {
            url: self.url,
            reason: error.to_string(),
        })?;
        Ok(Answer {
            status: self.status,
            headers: self.headers,
            body: body.to_bytes(),
        })
    }
}

async fn in_time<T>(
    call: &Call,
    patience: Duration,
    exchange: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let exchanged = tokio::time::timeout(patience, exchange).await;
    exchanged.unwrap_or_else(|_| {
        Err(CallError::TimedOut {
            url: call.url.clone(),
            seconds: patience.as_secs(),
        })
    })
}

async fn begin(call: &Call, tls: Option<&Tls>) -> Result<Arriving, CallError> {
    let target = Target::read(&call.url)?;
    let connect = |source| CallError::Connect {
        url: call.url.clone(),
        source,
    };
    let stream = TcpStream::connect((target.host.as_str(), target.port))
        .await
        .map_err(connect)?;
    let told = tls.filter(|_| !target.is_tls);
    let request = request(call, &target, told.and_then(|tls| tls.told.as_deref()))?;
    match tls {
        _ if !target.is_tls => talk(stream, request, call).await,
        Some(Tls { config, .. }) => {
            let name = ServerName::try_from(target.host.clone())
                .map_err(|_| CallError::Url(call.url.clone()))?;
            let connector = TlsConnector::from(Arc::clone(config));
            let stream = connector.connect(name, stream).await.map_err(connect)?;
            talk(stream, request, call).await
        }
        None => Err(CallError::Url(call.url.clone())),
    }
}

async fn talk<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    call: &Call,
) -> Result<Arriving, CallError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |source| CallError::Http {
        url: call.url.clone(),
        source,
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // It ends with the sender; what went wrong is told to the sender too.
    tokio::spawn(async { connection.await.is_ok() });
    let response = sender.send_request(request).await.map_err(broken)?;
    let (head, body) = response.into_parts();
    Ok(Arriving {
        status: head.status,
        headers: head.headers,
        body,
        url: call.url.clone(),
    })
}

fn request(
    call: &Call,
    target: &Target,
    certificate: Option<&str>,
) -> Result<Request<Full<Bytes>>, CallError> {
    let mut builder = Request::builder()
        .method(&call.method)
        .uri(&target.path)
        .header(HOST, &target.authority)
        .header(
            USER_AGENT,
            concat!("hamsterbank/", env!("CARGO_PKG_VERSION")),
        );
    for (name, value) in &call.headers {
        builder = builder.header(*name, value);
    }
    if let Some(certificate) = certificate {
        builder = builder.header(CLIENT_CERT, certificate);
    }
    let content = call.content();
    if let Some((media_type, _)) = &content {
        builder = builder.header(CONTENT_TYPE, *media_type);
    }
    let body = content.map(|(_, body)| body).unwrap_or_default();
    builder
        .body(Full::new(body))
        .map_err(|_| CallError::Url(call.url.clone()))
}

/// Where a URL leads.
#[derive(Debug)]
struct Target {
    is_tls: bool,
    host: String,
    port: u16,
    authority: String,
    path: String,
}

impl Target {
    fn read(url: &str) -> Result<Self, CallError> {
        let refuse = || CallError::Url(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| refuse())?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refuse()),
        };
        let authority = uri.authority().ok_or_else(refuse)?;
        let host = authority.host();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            is_tls,
            host: host.to_owned(),
            port: authority
                .port_u16()
                .unwrap_or(if is_tls { 443 } else { 80 }),
            authority: authority.to_string(),
            path: path.to_owned(),
        })
    }
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The answer broke off, or is too large.
    #[error("the answer of {url} cannot be read: {reason}")]
    Body {
        /// Who was called.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// Nobody there, or no TLS with them.
    #[error("cannot connect to {url}: {source}")]
    Connect {
        /// Who was called.
        url: String,
        /// What the system or TLS says.
        source: std::io::Error,
    },
    /// What came back is not HTTP.
    #[error("{url} does not answer in HTTP: {source}")]
    Http {
        /// Who was called.
        url: String,
        /// What hyper says.
        source: hyper::Error,
    },
    /// Too long a wait.
    #[error("{url} has not answered in {seconds} seconds")]
    TimedOut {
        /// Who was called.
        url: String,
        /// How long a wait that was.
        seconds: u64,
    },
    /// Not a URL we can call.
    #[error("{0:?} is not a URL that can be called here")]
    Url(String),
}

/// A bank on the same machine answers in milliseconds; one that stalls on purpose should be seen.
const PATIENCE: Duration = Duration::from_secs(10);
/// A page of a thousand transactions is half a megabyte.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_into_where_it_leads() {
        for (url, host, port, path) in [
            ("https://localhost:8443/a?b=c", "localhost", 8443, "/a?b=c"),
            ("http://[::1]:80", "::1", 80, "/"),
            ("https://bank.test/", "bank.test", 443, "/"),
            ("http://bank.test", "bank.test", 80, "/"),
        ] {
            let target = Target::read(url).unwrap();
            assert_eq!((target.host.as_str(), target.port), (host, port), "{url}");
            assert_eq!(target.path, path, "{url}");
            assert_eq!(target.is_tls, url.starts_with("https"), "{url}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_called_is_refused_before_anything_is_sent() {
        for (why, url) in [
            ("no URL", "not a url"),
            ("no scheme", "localhost:8443"),
            ("no host", "/oauth/token"),
            ("another scheme", "ftp://localhost/"),
        ] {
            let refused = send(&Call::get(url), None).await;
            assert!(matches!(refused, Err(CallError::Url(_))), "{why}");
        }
    }

    #[tokio::test]
    async fn nobody_listening_is_told_with_the_url() {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", free.local_addr().unwrap());
        drop(free);
        let error = send(&Call::get(&url), None).await.unwrap_err();
        assert!(matches!(error, CallError::Connect { .. }), "{error}");
        assert!(error.to_string().contains(&url), "{error}");
    }

    #[tokio::test]
    async fn https_without_a_configuration_is_never_sent_in_the_clear() {
        let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", door.local_addr().unwrap());
        let refused = send(&Call::get(&url), None).await;
        assert!(matches!(refused, Err(CallError::Url(_))));
    }
}
