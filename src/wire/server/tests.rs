//! The doors on real sockets: what a caller sees, and what the service is told.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::listen::{ListenAddr, bind};
use super::*;
use crate::wire::Service;
use crate::wire::connection::{Connection, ConnectionFailure, FailureReason};
use crate::wire::reply::Reply;
use crate::wire::request::{Head, RequestFault};

/// Answers with what it was given, and notes what happens.
#[derive(Default)]
struct Echo {
    notes: Mutex<Vec<String>>,
    changed: Notify,
    /// A request for `/wait` is answered when this is notified.
    release: Notify,
}

/// The head's summary; notes when it is dropped before it was answered.
struct Arrived {
    echo: Arc<Echo>,
    line: Option<String>,
}

impl Echo {
    fn note(&self, text: String) {
        self.notes.lock().push(text);
        self.changed.notify_waiters();
    }

    /// Waits until something noted contains `part`.
    async fn noted(&self, part: &str) -> String {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let found = self
                .notes
                .lock()
                .iter()
                .find(|note| note.contains(part))
                .cloned();
            match found {
                Some(note) => return note,
                None => changed.await,
            }
        }
    }

    fn count(&self, part: &str) -> usize {
        let notes = self.notes.lock();
        notes.iter().filter(|note| note.contains(part)).count()
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            self.echo.note(format!("dropped {line}"));
        }
    }
}

/// The service's share of an [`Echo`]; `Arrived` needs to hold one.
struct Desk(Arc<Echo>);

impl Service for Desk {
    type Arrived = Arrived;

    fn arrive(&self, head: Head, connection: &Arc<Connection>) -> Arrived {
        let tls = connection
            .tls
            .as_ref()
            .map_or("plain", |facts| facts.version);
        let peer = if connection.peer.is_some() {
            " peer"
        } else {
            ""
        };
        let Head {
            method,
            path,
            version,
            ..
        } = &head;
        let line = format!(
            "{method} {path} {version:?} on {} {tls}{peer}",
            connection.number
        );
        self.0.note(format!("arrived {line}"));
        Arrived {
            echo: Arc::clone(&self.0),
            line: Some(line),
        }
    }

    async fn answer(&self, mut arrived: Arrived, body: Result<Bytes, RequestFault>) -> Reply {
        if arrived
            .line
            .as_ref()
            .is_some_and(|line| line.contains(" /wait "))
        {
            self.0.note("waiting".to_owned());
            self.0.release.notified().await;
        }
        let line = arrived.line.take().unwrap_or_default();
        match body {
            Ok(body) => Reply::text(StatusCode::OK, format!("{line}: {} bytes", body.len())),
            Err(fault) => {
                self.0.note(format!("{fault:?}"));
                Reply::text(fault.status(), format!("{line}: {fault}"))
            }
        }
    }

    fn connection_failed(&self, failure: ConnectionFailure) {
        let number = failure.connection.number;
        self.0.note(format!("failed {number} {:?}", failure.reason));
    }
}

/// Doors with an echo behind them.
struct House {
    echo: Arc<Echo>,
    doors: Doors,
}

impl House {
    async fn open(protocol: Protocol, limits: Limits) -> Self {
        let bound = bind(&ListenAddr::parse("127.0.0.1:0").unwrap())
            .await
            .unwrap();
        let echo = Arc::new(Echo::default());
        let desk = Arc::new(Desk(Arc::clone(&echo)));
        let doors = Doors::open(bound.listeners, protocol, desk, limits).unwrap();
        Self { echo, doors }
    }

    async fn plain() -> Self {
        Self::open(Protocol::Plain, Limits::default()).await
    }

    async fn call(&self) -> TcpStream {
        TcpStream::connect(self.doors.addresses()[0]).await.unwrap()
    }
}

/// A server's and a client's configuration that trust each other; the client has a certificate.
pub(super) fn tls() -> (Protocol, TlsConnector) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let chain = vec![made.cert.der().clone()];
    let key = || PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let roots = Arc::new(roots);
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::clone(&roots),
        Arc::clone(&provider),
    )
    .allow_unauthenticated()
    .build()
    .unwrap();
    let mut server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.clone(), key())
        .unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key())
        .unwrap();
    (
        Protocol::Tls(Arc::new(server)),
        TlsConnector::from(Arc::new(client)),
    )
}

pub(super) async fn shake(connector: &TlsConnector, stream: TcpStream) -> TlsStream<TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    connector.connect(name, stream).await.unwrap()
}

/// Sends `text` and reads until the other side closes; a reset counts as its end.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// Reads until `end` has come.
async fn read_until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        answer.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(answer).unwrap()
}

/// Fails a test that hangs. The time is only spent when it does.
pub(super) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_mins(1), future).await.unwrap()
}

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let house = House::plain().await;
    let text = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\
                POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
                2\r\nab\r\n1\r\nc\r\n0\r\n\r\n\
                HEAD /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = in_time(exchange(house.call().await, text)).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    assert!(
        answer.contains("POST /a HTTP/1.1 on 1 plain: 3 bytes"),
        "{answer}"
    );
    assert!(
        answer.contains("POST /b HTTP/1.1 on 1 plain: 3 bytes"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n"), "HEAD has no body: {answer}");
    assert!(
        !answer.to_lowercase().contains("\r\ndate:"),
        "the bank dates: {answer}"
    );
    let mut stream = house.call().await;
    for turn in 0..2 {
        stream
            .write_all(b"GET /d HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        let answer = in_time(read_until(&mut stream, "0 bytes")).await;
        assert!(
            answer.contains("GET /d HTTP/1.1 on 2 plain"),
            "{turn}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_told_to_the_service() {
    let limits = Limits {
        body_bytes: 1000,
        ..Limits::default()
    };
    let house = House::open(Protocol::Plain, limits).await;
    let big = "x".repeat(2_000_000);
    let announced = format!(
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{big}",
        big.len()
    );
    let chunked = format!(
        "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{big}\r\n0\r\n\r\n",
        big.len()
    );
    let asking =
        "POST /c HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n"
            .to_owned();
    for (count, text) in [announced, chunked, asking].into_iter().enumerate() {
        let mut stream = house.call().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        let answer = in_time(read_until(&mut stream, "reads")).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert_eq!(house.echo.count("BodyTooLarge"), count + 1);
    }
    let fits = format!(
        "POST /d HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n{}",
        "x".repeat(1000)
    );
    let answer = in_time(exchange(house.call().await, &fits)).await;
    assert!(answer.ends_with(": 1000 bytes"), "{answer}");
}

#[tokio::test]
async fn a_body_that_stalls_or_breaks_off_is_told_to_the_service() {
    let limits = Limits {
        body_time: Duration::from_millis(20),
        ..Limits::default()
    };
    let house = House::open(Protocol::Plain, limits).await;
    let stalled = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na";
    let answer = in_time(exchange(house.call().await, stalled)).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let broken = "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let answer = in_time(exchange(house.call().await, broken)).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(house.echo.count("BodyTimedOut"), 1);
    assert_eq!(house.echo.count("BodyBroken"), 1);
}

#[tokio::test]
async fn a_caller_who_leaves_while_waiting_drops_what_arrived() {
    let house = House::plain().await;
    let mut stream = house.call().await;
    stream
        .write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    in_time(house.echo.noted("waiting")).await;
    drop(stream);
    let note = in_time(house.echo.noted("dropped")).await;
    assert_eq!(note, "dropped GET /wait HTTP/1.1 on 1 plain");
}

#[tokio::test]
async fn a_head_over_the_limit_is_431() {
    let house = House::plain().await;
    let head = |filler: usize| {
        format!(
            "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n",
            "x".repeat(filler)
        )
    };
    let answer = in_time(exchange(house.call().await, &head(60_000))).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let answer = in_time(exchange(house.call().await, &head(65_536))).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(
        house.echo.count("HeadTooLarge"),
        1,
        "the service explains this one"
    );
    let many = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "a: b\r\n".repeat(101)
    );
    let answer = in_time(exchange(house.call().await, &many)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    in_time(house.echo.noted("failed 3 BadHead")).await;
    // This one is still being sent when it is refused, so its answer may be lost to a reset.
    let mut stream = house.call().await;
    let _ = stream.write_all(head(1_000_000).as_bytes()).await;
    in_time(house.echo.noted("failed 4 BadHead")).await;
    let answer = in_time(exchange(house.call().await, &head(0))).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn what_is_not_http_is_answered_without_the_service() {
    let house = House::plain().await;
    for text in [
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{0}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n",
    ] {
        let answer = in_time(exchange(house.call().await, text)).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{text:?}: {answer}");
    }
    // HTTP/2 without TLS is not spoken; whoever sends its preface would not read HTTP/1.1.
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assert_eq!(in_time(exchange(house.call().await, preface)).await, "");
    in_time(house.echo.noted("failed 7 BadHead")).await;
    assert_eq!(house.echo.count("BadHead"), 7);
    assert_eq!(house.echo.count("arrived"), 0);
}

#[tokio::test]
async fn a_request_says_once_whom_it_means() {
    let house = House::plain().await;
    for host in [
        "",
        "Host: x\r\nHost: x\r\n",
        "Host: a b\r\n",
        "Host: u@x\r\n",
        "Host: x/y\r\n",
    ] {
        let text = format!("GET / HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        let answer = in_time(exchange(house.call().await, &text)).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{host:?}: {answer}");
    }
    assert_eq!(house.echo.count("HostUnclear"), 5);
    for head in [
        "1.1\r\nHost:",
        "1.1\r\nHost: [::1]:8443",
        "1.1\r\nHost: x:1",
        "1.0",
    ] {
        let text = format!("GET / HTTP/{head}\r\nConnection: close\r\n\r\n");
        let answer = in_time(exchange(house.call().await, &text)).await;
        assert!(answer.contains(" 200 OK"), "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let limits = Limits {
        quiet_time: Duration::from_millis(20),
        ..Limits::default()
    };
    let house = House::open(Protocol::Plain, limits).await;
    for head in ["", "GET / HTTP/1.1\r\nHost: x\r\nX: "] {
        let mut stream = house.call().await;
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = in_time(stream.read_to_end(&mut answer)).await;
        assert!(answer.is_empty(), "{head:?}");
    }
    in_time(house.echo.noted("failed 2 NoRequest")).await;
    assert_eq!(house.echo.count("NoRequest"), 2);
}

#[tokio::test]
async fn silence_ends_a_connection_but_not_an_answer_under_way() {
    let limits = Limits {
        quiet_time: Duration::from_millis(20),
        ..Limits::default()
    };
    let house = House::open(Protocol::Plain, limits).await;
    let mut busy = house.call().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    in_time(house.echo.noted("waiting")).await;
    // Another connection falls silent meanwhile, and is closed without being called a failure.
    let idle = exchange(house.call().await, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(in_time(idle).await.ends_with("0 bytes"));
    house.echo.release.notify_one();
    assert!(in_time(exchange(busy, "")).await.ends_with("0 bytes"));
    assert_eq!(house.echo.count("failed"), 0);
}

#[tokio::test]
async fn tls_names_its_peer_and_speaks_both_versions() {
    let (protocol, connector) = tls();
    let house = House::open(protocol, Limits::default()).await;
    let stream = shake(&connector, house.call().await).await;
    let answer = in_time(exchange(
        stream,
        "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ))
    .await;
    assert!(
        answer.ends_with("GET /a HTTP/1.1 on 1 TLSv1.3 peer: 0 bytes"),
        "{answer}"
    );

    let mut config = (**connector.config()).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let stream = TokioIo::new(shake(&connector, house.call().await).await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
    tokio::spawn(connection);
    for (body, status, end) in [
        (0, 200, "HTTP/2.0 on 2 TLSv1.3 peer: 0 bytes"),
        (100_000, 200, "peer: 100000 bytes"),
        (1_048_577, 413, "larger than the bank reads"),
        (1_048_576, 200, "peer: 1048576 bytes"),
    ] {
        let body = Full::new(Bytes::from(vec![b'x'; body]));
        let request = Request::post("https://localhost/b").body(body).unwrap();
        let answer = in_time(sender.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(!answer.headers().contains_key("date"));
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(text.ends_with(end.as_bytes()), "{text:?}");
    }
    let request = Request::get("https://localhost/c").header("x", "x".repeat(70_000));
    let request = request.body(Full::default()).unwrap();
    let answer = in_time(sender.send_request(request)).await.unwrap();
    assert_eq!(answer.status(), 431);
}

#[tokio::test]
async fn a_handshake_that_stalls_holds_up_nobody() {
    let (protocol, connector) = tls();
    let limits = Limits {
        handshake_time: Duration::from_millis(500),
        ..Limits::default()
    };
    let house = House::open(protocol, limits).await;
    let mut silent = house.call().await;
    let mut halved = house.call().await;
    halved.write_all(&[22, 3, 1, 0, 200, 1]).await.unwrap();
    let stream = shake(&connector, house.call().await).await;
    let answer = in_time(exchange(
        stream,
        "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ))
    .await;
    assert!(answer.contains("GET /a HTTP/1.1 on 3 "), "{answer}");
    for stalled in [&mut silent, &mut halved] {
        let mut rest = Vec::new();
        let _ = in_time(stalled.read_to_end(&mut rest)).await;
        assert!(rest.is_empty());
    }
    in_time(house.echo.noted("failed 1 HandshakeTimedOut")).await;
    in_time(house.echo.noted("failed 2 HandshakeTimedOut")).await;
}

#[tokio::test]
async fn what_is_not_tls_is_told_or_closed() {
    let (protocol, connector) = tls();
    let house = House::open(protocol, Limits::default()).await;
    let answer = in_time(exchange(
        house.call().await,
        "GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
    ))
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\nthis port speaks TLS: use https:// instead of http://\n"));
    assert_eq!(
        in_time(house.echo.noted("failed")).await,
        "failed 1 PlainHttp"
    );
    let garbage = in_time(exchange(
        house.call().await,
        "\u{1}\u{2}\u{3} no protocol at all",
    ))
    .await;
    assert!(!garbage.contains("HTTP"), "{garbage:?}");
    in_time(house.echo.noted("failed 2 Handshake {")).await;
    // A look whether the port is open is not worth a word.
    drop(house.call().await);
    let stream = shake(&connector, house.call().await).await;
    let answer = in_time(exchange(
        stream,
        "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ))
    .await;
    assert!(answer.contains(" on 4 TLSv1.3"), "{answer}");
    assert_eq!(house.echo.count("failed"), 2);
}

#[tokio::test]
async fn closing_lets_an_answer_under_way_finish() {
    let House { echo, doors } = House::plain().await;
    let address = doors.addresses()[0];
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    in_time(echo.noted("waiting")).await;
    let idle = TcpStream::connect(address).await.unwrap();
    let closing = tokio::spawn(doors.close(Duration::from_mins(1)));
    assert_eq!(
        in_time(exchange(idle, "")).await,
        "",
        "an idle connection is closed at once"
    );
    echo.release.notify_one();
    let answer = in_time(exchange(busy, "")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    in_time(closing).await.unwrap();
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the port is free"
    );
}

#[tokio::test]
async fn closing_cuts_what_takes_longer_than_its_grace() {
    let House { echo, doors } = House::plain().await;
    let address = doors.addresses()[0];
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    in_time(echo.noted("waiting")).await;
    in_time(doors.close(Duration::from_millis(5))).await;
    assert_eq!(echo.count("dropped GET /wait"), 1);
    assert_eq!(in_time(exchange(busy, "")).await, "");
}

#[tokio::test]
async fn dropping_the_doors_closes_them() {
    let House { echo, doors } = House::plain().await;
    let address = doors.addresses()[0];
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    in_time(echo.noted("waiting")).await;
    drop(doors);
    in_time(echo.noted("dropped GET /wait")).await;
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    in_time(refused).await;
}

#[tokio::test]
async fn callers_beyond_the_limit_wait_for_a_place() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let house = House::open(Protocol::Plain, limits).await;
    let mut first = house.call().await;
    first
        .write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    in_time(house.echo.noted("waiting")).await;
    let second = house.call().await;
    let second = tokio::spawn(exchange(
        second,
        "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ));
    house.echo.release.notify_one();
    assert!(in_time(exchange(first, "")).await.contains(" on 1 "));
    assert!(in_time(second).await.unwrap().contains(" on 2 "));
    let notes = house.echo.notes.lock();
    assert_eq!(
        notes[1], "waiting",
        "the second was let in too early: {notes:?}"
    );
}

#[test]
fn every_failure_is_a_sentence() {
    let message = || "x".to_owned();
    for reason in [
        FailureReason::BadHead { message: message() },
        FailureReason::Handshake { message: message() },
        FailureReason::HandshakeTimedOut,
        FailureReason::NoRequest,
        FailureReason::PlainHttp,
    ] {
        let text = reason.to_string();
        assert!(text.len() > 20 && !text.ends_with('.'), "{text}");
    }
}
