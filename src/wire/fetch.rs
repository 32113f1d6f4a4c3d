//! Reading a small document from somebody else's server, under limits of time, size and redirects.
//!
//! It knows nothing of what it reads. Plain HTTP is for whoever asks to allow or not; a redirect never
//! changes the scheme, so that nothing asked for over TLS is answered without it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Reads documents over HTTP/1.1.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    tls: Arc<ClientConfig>,
}

/// Why a document could not be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum FetchFault {
    /// No URL to begin with.
    #[error("{0:?} is not an http or https URL")]
    NotAUrl(String),
    /// Nobody is there, or TLS fails.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server does not speak HTTP, or broke off.
    #[error("the server's answer cannot be read: {0}")]
    Unreadable(String),
    /// Not 200.
    #[error("the server answered {0}")]
    Status(u16),
    /// A redirect to elsewhere than we go.
    #[error("the server redirects to {0:?}, where we do not follow")]
    Redirect(String),
    /// Round and round.
    #[error("the server redirects more than {REDIRECTS_MAX} times")]
    TooManyRedirects,
    /// Slow.
    #[error("the server did not answer within {} seconds", TIME_MAX.as_secs())]
    TooSlow,
}

enum Answer {
    Document(Bytes),
    Elsewhere(String),
}

impl Fetcher {
    /// A fetcher that believes the servers this configuration believes.
    pub(crate) const fn new(tls: Arc<ClientConfig>) -> Self {
        Self { tls }
    }

    /// Reads the document at `url`.
    ///
    /// # Errors
    /// See [`FetchFault`].
    pub(crate) async fn fetch(&self, url: &str) -> Result<Bytes, FetchFault> {
        let read = timeout(TIME_MAX, self.follow(url)).await;
        read.unwrap_or(Err(FetchFault::TooSlow))
    }

    async fn follow(&self, url: &str) -> Result<Bytes, FetchFault> {
        let mut url = parse(url)?;
        for _ in 0..=REDIRECTS_MAX {
            match self.get(&url).await? {
                Answer::Document(bytes) => return Ok(bytes),
                Answer::Elsewhere(location) => url = redirected(&url, &location)?,
            }
        }
        Err(FetchFault::TooManyRedirects)
    }

    async fn get(&self, url: &Uri) -> Result<Answer, FetchFault> {
        let unreachable =
            |error: &dyn std::error::Error| FetchFault::Unreachable(error.to_string());
        let host = url.host().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let is_tls = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = TcpStream::connect((literal, port)).await;
        let stream = stream.map_err(|error| unreachable(&error))?;
        if !is_tls {
            return exchange(stream, url).await;
        }
        let name = ServerName::try_from(literal.to_owned()).map_err(|error| unreachable(&error))?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await;
        exchange(stream.map_err(|error| unreachable(&error))?, url).await
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Uri,
) -> Result<Answer, FetchFault> {
    let unreadable = |error: &dyn std::error::Error| FetchFault::Unreadable(error.to_string());
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| unreadable(&error))?;
    let running = Running(tokio::spawn(async move {
        // What goes wrong with the connection goes wrong with the answer, and is told there.
        let _ = connection.await;
    }));
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(HOST, authority)
        .header(ACCEPT, "application/jwk-set+json, application/json, */*")
        .header(
            USER_AGENT,
            concat!("hamsterbank/", env!("CARGO_PKG_VERSION")),
        )
        .body(Empty::<Bytes>::new())
        .map_err(|error| unreadable(&error))?;
    let response = sender.send_request(request).await;
    let response = response.map_err(|error| unreadable(&error))?;
    let status = response.status();
    if status.is_redirection() {
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let location = location.ok_or(FetchFault::Status(status.as_u16()))?;
        return Ok(Answer::Elsewhere(location.to_owned()));
    }
    if status != http::StatusCode::OK {
        return Err(FetchFault::Status(status.as_u16()));
    }
    let body = Limited::new(response.into_body(), BYTES_MAX);
    let body = body.collect().await;
    let body = body.map_err(|error| FetchFault::Unreadable(error.to_string()))?;
    drop(running);
    Ok(Answer::Document(body.to_bytes()))
}

/// A connection under way, cut when nobody waits for it any more.
struct Running(tokio::task::JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn parse(url: &str) -> Result<Uri, FetchFault> {
    let parsed = url.parse::<Uri>().ok().filter(|parsed| {
        let is_http = matches!(parsed.scheme_str(), Some("http" | "https"));
        is_http && parsed.host().is_some_and(|host| !host.is_empty())
    });
    parsed.ok_or_else(|| FetchFault::NotAUrl(url.to_owned()))
}

fn redirected(from: &Uri, location: &str) -> Result<Uri, FetchFault> {
    let refused = || FetchFault::Redirect(location.to_owned());
    let scheme = from.scheme_str().unwrap_or_default();
    let is_below = location.starts_with('/') && !location.starts_with("//");
    let authority = from.authority().map_or("", |authority| authority.as_str());
    let absolute = if is_below {
        format!("{scheme}://{authority}{location}")
    } else {
        location.to_owned()
    };
    let url = parse(&absolute).map_err(|_| refused())?;
    // Over plain HTTP whoever redirects could be anybody, so the host must stay too.
    let stays =
        url.scheme_str() == Some(scheme) && (scheme == "https" || url.host() == from.host());
    stays.then_some(url).ok_or_else(refused)
}

/// A caller waits for it.
const TIME_MAX: Duration = Duration::from_secs(2);
/// A JWK Set of thirty-two RSA keys with certificates fits.
const BYTES_MAX: usize = 64 * 1024;
/// More are a mistake of the server's.
const REDIRECTS_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::clock::Timestamp;
    use crate::pki::{Authority, trusting_config};

    fn fetcher() -> Fetcher {
        let authority = Authority::mint(Timestamp::from_unix_seconds(1_705_314_600)).unwrap();
        let config = trusting_config(&[authority.cert_der().clone()]).unwrap();
        Fetcher::new(Arc::new(config))
    }

    /// A server that answers each connection with the next of these texts.
    async fn server(answers: Vec<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = [0; 1024];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        format!("http://{address}/keys")
    }

    fn ok(body: &str) -> String {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn redirect(location: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
    }

    #[tokio::test]
    async fn a_document_is_read_after_a_few_redirects() {
        let elsewhere = redirect("/elsewhere");
        let url = server(vec![
            elsewhere.clone(),
            elsewhere.clone(),
            elsewhere,
            ok("{}"),
        ])
        .await;
        assert_eq!(fetcher().fetch(&url).await.unwrap(), "{}");
    }

    #[tokio::test]
    async fn what_is_no_small_document_at_once_is_refused() {
        let cases = [
            (vec![redirect("/again"); 4], "redirects more than 3 times"),
            (
                vec![redirect("https://127.0.0.1/x")],
                "where we do not follow",
            ),
            (
                vec![redirect("http://example.com/x")],
                "where we do not follow",
            ),
            (vec![redirect("//example.com/x")], "where we do not follow"),
            (vec![ok(&"x".repeat(BYTES_MAX + 1))], "length limit"),
            (
                vec!["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned()],
                "404",
            ),
            (
                vec!["SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned()],
                "cannot be read",
            ),
            (vec![String::new()], "cannot be read"),
        ];
        for (answers, told) in cases {
            let url = server(answers).await;
            let fault = fetcher().fetch(&url).await.unwrap_err().to_string();
            assert!(fault.contains(told), "{fault}");
        }
        for url in ["", "keys", "ftp://localhost/keys", "/keys", "http://"] {
            let fault = fetcher().fetch(url).await.unwrap_err();
            assert!(matches!(fault, FetchFault::NotAUrl(_)), "{url}: {fault}");
        }
    }

    #[tokio::test]
    async fn a_server_that_does_not_speak_tls_is_unreachable_over_it() {
        let url = server(vec!["nothing of the kind".to_owned()]).await;
        let url = url.replace("http:", "https:");
        let fault = fetcher().fetch(&url).await.unwrap_err();
        assert!(matches!(fault, FetchFault::Unreachable(_)), "{fault}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        assert_eq!(fetcher().fetch(&url).await, Err(FetchFault::TooSlow));
    }
}
