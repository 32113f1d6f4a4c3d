//! Disturbed answers on real sockets: what a caller sees of each, over HTTP/1.1 in clear and in TLS,
//! and over HTTP/2.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::super::tests::{in_time, shake, tls};
use super::super::{Doors, Limits, Protocol};
use super::*;
use crate::clock::Stopwatch;
use crate::wire::Service;
use crate::wire::connection::{Connection, ConnectionFailure, Greeting};
use crate::wire::reply::Reply;
use crate::wire::request::{Head, RequestFault};
use crate::wire::server::listen::{ListenAddr, bind};

/// Answers `/plain` as it is, everything else disturbed.
struct Spoiler {
    disturbances: Vec<Disturbance>,
    over: watch::Sender<bool>,
    /// How one connection is received, and which.
    greeting: Mutex<Option<(u64, Greeting)>>,
    answered: AtomicU64,
}

impl Service for Spoiler {
    type Arrived = Head;

    fn arrive(&self, head: Head, _: &Arc<Connection>) -> Head {
        head
    }

    async fn answer(&self, head: Head, _: Result<Bytes, RequestFault>) -> Reply {
        self.answered.fetch_add(1, Ordering::Relaxed);
        let mut reply = match &*head.path {
            "/empty" => Reply::empty(StatusCode::NO_CONTENT),
            _ => Reply::text(StatusCode::OK, BODY),
        };
        if head.path != "/plain" {
            reply.disturbances.clone_from(&self.disturbances);
            reply.until = Some(Until::turns_true(self.over.subscribe()));
        }
        reply
    }

    fn connection_failed(&self, _: ConnectionFailure) {}

    fn greet(&self, number: u64, _: SocketAddr) -> Greeting {
        let mut greeting = self.greeting.lock();
        greeting
            .take_if(|(of, _)| *of == number)
            .map_or(Greeting::Welcome, |(_, greeting)| greeting)
    }
}

/// Doors with a spoiler behind them, and who may shake hands with it.
struct House {
    spoiler: Arc<Spoiler>,
    doors: Doors,
    connector: TlsConnector,
}

/// How a caller speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tongue {
    Plain,
    Tls,
    Http2,
}

/// What a caller got.
#[derive(Debug)]
struct Got {
    /// Nothing where not even a head came.
    head: Option<(StatusCode, HeaderMap)>,
    body: Vec<u8>,
    /// How it ended.
    end: End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// As long as it was announced.
    Whole,
    /// Closed early, in an orderly way.
    Closed,
    /// The connection was reset.
    Reset,
    /// The stream was reset.
    StreamReset,
    /// Not HTTP.
    Unreadable,
}

impl House {
    async fn open(tongue: Tongue, all: &[Disturbance]) -> Self {
        let (mut protocol, connector) = tls();
        if tongue == Tongue::Plain {
            protocol = Protocol::Plain;
        }
        let bound = bind(&ListenAddr::localhost(0)).await.unwrap();
        let spoiler = Arc::new(Spoiler {
            disturbances: all.to_vec(),
            over: watch::Sender::new(false),
            greeting: Mutex::default(),
            answered: AtomicU64::new(0),
        });
        let service = Arc::clone(&spoiler);
        let doors = Doors::open(bound.listeners, protocol, service, Limits::default()).unwrap();
        Self {
            spoiler,
            doors,
            connector,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.doors.addresses()[0]).await.unwrap()
    }

    /// A connection is made and reset, perhaps before its caller has noticed the former.
    async fn turns_away(&self) {
        let called = in_time(async {
            let mut stream = TcpStream::connect(self.doors.addresses()[0]).await?;
            stream.read_u8().await
        });
        let error = called.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }

    async fn shaken(&self, alpn: &[u8]) -> impl AsyncRead + AsyncWrite + Unpin + Send + 'static {
        let mut config = rustls::ClientConfig::clone(self.connector.config());
        config.alpn_protocols = vec![alpn.to_vec()];
        let connector = TlsConnector::from(Arc::new(config));
        shake(&connector, self.connect().await).await
    }

    /// One request on a connection of its own.
    async fn get(&self, tongue: Tongue, path: &str) -> Got {
        in_time(async {
            match tongue {
                Tongue::Plain => http1(self.connect().await, "GET", path).await,
                Tongue::Tls => http1(self.shaken(b"http/1.1").await, "GET", path).await,
                Tongue::Http2 => http2(&mut self.http2().await, path).await,
            }
        })
        .await
    }

    async fn http2(&self) -> conn::http2::SendRequest<Full<Bytes>> {
        let io = TokioIo::new(self.shaken(b"h2").await);
        let (sender, connection) = conn::http2::handshake(TokioExecutor::new(), io)
            .await
            .unwrap();
        tokio::spawn(connection);
        sender
    }
}

/// Speaks HTTP/1.1 by hand, so that every byte is seen.
async fn http1(mut stream: impl AsyncRead + AsyncWrite + Unpin, method: &str, path: &str) -> Got {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    let mut piece = [0; 512];
    let end = loop {
        let head_end = read.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(at) = head_end
            && method == "GET"
            && read.len() - at - 4 >= length_in(&read[..at])
        {
            break End::Whole;
        }
        match stream.read(&mut piece).await {
            Ok(0) => break End::Closed,
            Ok(count) => read.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break End::Reset,
            Err(error) => panic!("{error:?}"),
        }
    };
    if !read.is_empty() && !read.starts_with(b"HTTP/1.1 ") {
        return Got {
            head: None,
            body: read,
            end: End::Unreadable,
        };
    }
    let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        assert!(read.is_empty(), "half a head");
        return Got {
            head: None,
            body: read,
            end,
        };
    };
    let mut headers = HeaderMap::new();
    let length = length_in(&read[..at]);
    headers.insert("content-length", length.into());
    let status = std::str::from_utf8(&read[9..12]).unwrap().parse().unwrap();
    Got {
        head: Some((status, headers)),
        body: read[at + 4..].to_vec(),
        end,
    }
}

fn length_in(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap().to_lowercase();
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    line.map_or(0, |length| length.parse().unwrap())
}

async fn http2(sender: &mut conn::http2::SendRequest<Full<Bytes>>, path: &str) -> Got {
    let request = Request::get(format!("https://localhost{path}"));
    let request = request.body(Full::default()).unwrap();
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        Err(error) => {
            return Got {
                head: None,
                body: Vec::new(),
                end: end_of(&error),
            };
        }
    };
    let (parts, mut body) = response.into_parts();
    let mut read = Vec::new();
    let end = loop {
        match body.frame().await {
            None => break End::Whole,
            Some(Ok(frame)) => read.extend_from_slice(&frame.into_data().unwrap()),
            Some(Err(error)) => break end_of(&error),
        }
    };
    Got {
        head: Some((parts.status, parts.headers)),
        body: read,
        end,
    }
}

fn end_of(error: &hyper::Error) -> End {
    let text = format!("{error:?}");
    if text.contains("INTERNAL_ERROR") {
        End::StreamReset
    } else if text.contains("ConnectionReset") {
        End::Reset
    } else if text.contains("PROTOCOL_ERROR") && text.contains("Reset(") {
        // Our own side, which counts: fewer bytes than the head promised.
        End::Closed
    } else if text.contains("FRAME_SIZE_ERROR") || text.contains("PROTOCOL_ERROR") {
        End::Unreadable
    } else {
        End::Closed
    }
}

const TONGUES: [Tongue; 3] = [Tongue::Plain, Tongue::Tls, Tongue::Http2];
const BODY: &str = "the quick brown hamster hoards the lazy dog's sunflower seeds";

fn end(ending: Ending, scope: Scope) -> Disturbance {
    Disturbance::End(ending, scope)
}

/// Goal: each end looks to a caller as it should, in every tongue and scope, and what is not
/// disturbed is as it was.
#[tokio::test]
async fn every_end_is_seen_as_what_it_is() {
    let reset = |after_bytes| Ending::Reset { after_bytes };
    let truncated = |after_bytes| Ending::Truncate { after_bytes };
    let garbage = Ending::Garbage(Bytes::from_static(b"\xffgarbage\0 that is no frame"));
    let last = Some(BODY.len() - 1);
    let cases = [
        (Ending::Close, End::Closed, End::StreamReset, None),
        (reset(None), End::Reset, End::StreamReset, None),
        (reset(Some(7)), End::Reset, End::StreamReset, Some(7)),
        (reset(Some(0)), End::Reset, End::StreamReset, Some(0)),
        (reset(Some(4000)), End::Reset, End::StreamReset, last),
        (truncated(5), End::Closed, End::Closed, Some(5)),
        (truncated(4000), End::Closed, End::Closed, last),
        (garbage, End::Unreadable, End::Unreadable, None),
    ];
    for (ending, of_connection, of_stream, bytes) in cases {
        for (tongue, scope) in [
            (Tongue::Plain, Scope::Stream),
            (Tongue::Tls, Scope::Connection),
            (Tongue::Http2, Scope::Stream),
            (Tongue::Http2, Scope::Connection),
        ] {
            let case = format!("{ending:?} {tongue:?} {scope:?}");
            let house = House::open(tongue, &[end(ending.clone(), scope)]).await;
            let got = house.get(tongue, "/").await;
            let is_stream = tongue == Tongue::Http2 && scope == Scope::Stream;
            let expected = if is_stream { of_stream } else { of_connection };
            assert_eq!(got.end, expected, "{case}: {got:?}");
            if let Some(bytes) = bytes {
                let (status, headers) = got.head.unwrap();
                assert_eq!(status, 200, "{case}");
                assert_eq!(headers["content-length"], BODY.len().to_string(), "{case}");
                assert_eq!(got.body, &BODY.as_bytes()[..bytes], "{case}");
            } else {
                assert!(got.head.is_none(), "{case}");
            }
            let got = house.get(tongue, "/plain").await;
            assert_eq!((got.end, &*got.body), (End::Whole, BODY.as_bytes()));
            assert_eq!(house.spoiler.answered.load(Ordering::Relaxed), 2, "{case}");
        }
    }
}

#[tokio::test]
async fn an_end_within_a_body_is_an_end_before_the_head_where_there_is_none() {
    for tongue in TONGUES {
        let reset = Ending::Reset {
            after_bytes: Some(7),
        };
        for (ending, expected) in [
            (reset, End::Reset),
            (Ending::Truncate { after_bytes: 1 }, End::Closed),
        ] {
            let house = House::open(tongue, &[end(ending, Scope::Stream)]).await;
            let got = house.get(tongue, "/empty").await;
            assert!(got.head.is_none(), "{got:?}");
            let expected = match tongue {
                Tongue::Http2 => End::StreamReset,
                Tongue::Plain | Tongue::Tls => expected,
            };
            assert_eq!(got.end, expected, "{tongue:?}");
            if tongue == Tongue::Plain {
                let got = in_time(http1(house.connect().await, "HEAD", "/")).await;
                assert!(got.head.is_none() && got.end == expected, "{got:?}");
            }
        }
    }
}

#[tokio::test]
async fn head_over_http2_tells_the_length_and_sends_nothing() {
    let wait = Disturbance::Wait(Duration::from_millis(1));
    for all in [vec![], vec![wait]] {
        let house = House::open(Tongue::Http2, &all).await;
        let mut sender = in_time(house.http2()).await;
        let request = Request::head("https://localhost/").body(Full::default());
        let answer = in_time(sender.send_request(request.unwrap()))
            .await
            .unwrap();
        assert_eq!(
            answer.headers()["content-length"],
            BODY.len().to_string().as_str()
        );
        let body = in_time(answer.into_body().collect()).await.unwrap();
        assert!(body.to_bytes().is_empty());
    }
}

#[tokio::test]
async fn the_other_streams_go_on_when_one_ends() {
    let house = House::open(Tongue::Http2, &[end(Ending::Close, Scope::Stream)]).await;
    let mut sender = in_time(house.http2()).await;
    for (path, expected) in [
        ("/", End::StreamReset),
        ("/plain", End::Whole),
        ("/", End::StreamReset),
        ("/plain", End::Whole),
    ] {
        let got = in_time(http2(&mut sender, path)).await;
        assert_eq!(got.end, expected, "{path}");
    }
}

#[tokio::test]
async fn nothing_comes_out_of_a_black_hole_until_it_is_over() {
    for tongue in TONGUES {
        let hole = [end(Ending::BlackHole, Scope::Stream)];
        let house = House::open(tongue, &hole).await;
        let call = house.get(tongue, "/");
        tokio::pin!(call);
        let nothing = timeout(Duration::from_millis(50), &mut call).await;
        assert!(nothing.is_err(), "{tongue:?}");
        house.spoiler.over.send_replace(true);
        let got = call.await;
        let expected = match tongue {
            Tongue::Http2 => End::StreamReset,
            Tongue::Plain | Tongue::Tls => End::Closed,
        };
        assert!(got.head.is_none() && got.end == expected, "{got:?}");
    }
}

/// Goal: closing the doors ends every kind of wait at once, whatever its grace.
#[tokio::test]
async fn closing_the_doors_ends_every_wait() {
    let hour = Duration::from_hours(1);
    let stall = Disturbance::Stall {
        after_bytes: 3,
        time: hour,
    };
    let slow = Disturbance::Throttle {
        bytes_per_second: NonZeroU32::MIN,
    };
    for (disturbance, expected) in [
        (Disturbance::Wait(hour), End::Whole),
        (stall, End::Whole),
        (slow, End::Whole),
        (end(Ending::BlackHole, Scope::Stream), End::Closed),
    ] {
        let house = House::open(Tongue::Plain, std::slice::from_ref(&disturbance)).await;
        let stream = house.connect().await;
        let call = tokio::spawn(http1(stream, "GET", "/"));
        while house.spoiler.answered.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        in_time(house.doors.close(hour)).await;
        let got = in_time(call).await.unwrap();
        assert_eq!(got.end, expected, "{disturbance:?}: {got:?}");
    }
}

#[tokio::test]
async fn a_wait_a_stall_and_a_rate_delay_and_change_nothing_else() {
    let time = Duration::from_millis(40);
    let wait = Disturbance::Wait(time);
    let stall = |after_bytes| Disturbance::Stall { after_bytes, time };
    let rate = |bytes_per_second| Disturbance::Throttle {
        bytes_per_second: NonZeroU32::new(bytes_per_second).unwrap(),
    };
    for (all, at_least) in [
        (vec![wait.clone()], time),
        (vec![wait.clone(), wait.clone()], 2 * time),
        (vec![stall(0)], time),
        (vec![stall(5), stall(9)], time),
        (vec![wait, stall(5)], 2 * time),
        // Sixty-one bytes: the first piece at once, and five pauses.
        (vec![rate(1_000_000), rate(120)], Duration::from_millis(400)),
        (vec![stall(4000)], Duration::ZERO),
    ] {
        for tongue in TONGUES {
            let house = House::open(tongue, &all).await;
            let begun = Stopwatch::start();
            let got = house.get(tongue, "/").await;
            let took = Duration::from_micros(begun.elapsed_us());
            assert_eq!(got.end, End::Whole, "{all:?} {tongue:?}");
            assert_eq!(got.body, BODY.as_bytes(), "{all:?} {tongue:?}");
            assert!(took >= at_least, "{all:?} {tongue:?}: {took:?}");
        }
    }
}

#[tokio::test]
async fn what_comes_before_a_stall_is_there_during_it() {
    let stall = Disturbance::Stall {
        after_bytes: 9,
        time: Duration::from_hours(1),
    };
    let house = House::open(Tongue::Plain, &[stall]).await;
    let mut stream = house.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\nthe quick") {
        read.push(in_time(stream.read_u8()).await.unwrap());
    }
    let more = timeout(Duration::from_millis(30), stream.read_u8()).await;
    assert!(more.is_err());
    house.spoiler.over.send_replace(true);
    let mut rest = vec![0; BODY.len() - 9];
    in_time(stream.read_exact(&mut rest)).await.unwrap();
    assert_eq!(rest, &BODY.as_bytes()[9..]);
}

#[tokio::test]
async fn a_caller_who_leaves_ends_what_feeds_him() {
    let hour = Duration::from_hours(1);
    for disturbance in [
        Disturbance::Stall {
            after_bytes: 3,
            time: hour,
        },
        Disturbance::Wait(hour),
        end(Ending::BlackHole, Scope::Stream),
    ] {
        let house = House::open(Tongue::Plain, &[disturbance]).await;
        let mut stream = house.connect().await;
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        while house.spoiler.over.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
        drop(stream);
        in_time(async {
            while house.spoiler.over.receiver_count() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

/// Goal: a connection that finds nobody at home is reset, the next are refused in both families, and
/// when it is over the same port answers.
#[tokio::test]
async fn nobody_at_home_is_a_refused_connection() {
    let house = House::open(Tongue::Plain, &[]).await;
    let greeting = Greeting::NotAtHome {
        time: Duration::from_hours(1),
        until: Until::turns_true(house.spoiler.over.subscribe()),
    };
    *house.spoiler.greeting.lock() = Some((2, greeting));
    assert_eq!(house.get(Tongue::Plain, "/plain").await.end, End::Whole);
    house.turns_away().await;
    for address in house.doors.addresses() {
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{address}");
    }
    house.spoiler.over.send_replace(true);
    for address in house.doors.addresses() {
        let stream = in_time(async {
            loop {
                match TcpStream::connect(address).await {
                    Ok(stream) => break stream,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        });
        let got = in_time(http1(stream.await, "GET", "/plain")).await;
        assert_eq!(got.end, End::Whole, "{address}");
    }
    in_time(house.doors.close(Duration::ZERO)).await;
}

#[tokio::test]
async fn nobody_at_home_ends_by_itself_and_with_the_doors() {
    let house = House::open(Tongue::Plain, &[]).await;
    let not_at_home = |time| Greeting::NotAtHome {
        time,
        until: Until::turns_true(house.spoiler.over.subscribe()),
    };
    *house.spoiler.greeting.lock() = Some((1, not_at_home(Duration::from_millis(20))));
    house.turns_away().await;
    let stream = in_time(async {
        loop {
            if let Ok(stream) = TcpStream::connect(house.doors.addresses()[0]).await {
                break stream;
            }
            tokio::task::yield_now().await;
        }
    });
    *house.spoiler.greeting.lock() = Some((3, not_at_home(Duration::from_hours(1))));
    drop(stream.await);
    house.turns_away().await;
    in_time(house.doors.close(Duration::from_mins(1))).await;
}

#[tokio::test]
async fn a_disguise_is_worn_for_one_connection() {
    let house = House::open(Tongue::Tls, &[]).await;
    let (Protocol::Tls(other), _) = tls() else {
        unreachable!("these are TLS");
    };
    *house.spoiler.greeting.lock() = Some((1, Greeting::Disguised(other)));
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let refused = house.connector.connect(name, house.connect().await).await;
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
    assert_eq!(house.get(Tongue::Tls, "/plain").await.end, End::Whole);
}
