//! A bank on real sockets, and callers who see how its answers end.

use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use hamsterbank::Bank;
use http_body_util::{BodyExt, Full};
use hyper::client::conn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::START;

/// A bank with its doors open.
pub(super) struct OpenBank {
    bank: Bank,
    runtime: tokio::runtime::Runtime,
}

/// What a caller speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Version {
    Http1,
    Http2,
}

/// What a caller got.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Got {
    /// Nothing where not even a head came.
    pub(super) status: Option<u16>,
    /// What the head announced.
    pub(super) announced: usize,
    /// What came.
    pub(super) body: Vec<u8>,
    /// How it ended.
    pub(super) end: End,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
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
    /// Nothing more came in time.
    Silent,
}

impl OpenBank {
    pub(super) fn open() -> Self {
        Self::of(Bank::builder())
    }

    pub(super) fn of(builder: hamsterbank::BankBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        Self {
            bank: builder.clock_at(START).start().expect("free ports"),
            runtime: runtime.unwrap(),
        }
    }

    /// `localhost:port`.
    pub(super) fn address(&self) -> &str {
        self.bank.issuer().strip_prefix("https://").unwrap()
    }

    /// Asks the control API; `{}` where nothing comes back.
    pub(super) fn control(&self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let address = self.bank.control_url().strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let body = body.to_string();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// Arms a rule; answers its id.
    #[track_caller]
    pub(super) fn arm(&self, rule: &Value) -> String {
        let (status, armed) = self.control("POST", "/faults", rule);
        assert_eq!(status, 201, "{armed:#}");
        armed["id"].as_str().unwrap().to_owned()
    }

    /// How often a rule matched and fired.
    pub(super) fn counts(&self, id: &str) -> (u64, u64) {
        let (_, rule) = self.control("GET", &format!("/faults/{id}"), &Value::Null);
        (
            rule["matched"].as_u64().unwrap(),
            rule["fired"].as_u64().unwrap(),
        )
    }

    /// What goes wrong when somebody who trusts the bank shakes hands with it.
    pub(super) fn shake(&self, version: Version) -> Result<(), String> {
        self.runtime
            .block_on(in_time(self.connect(version)))
            .map(drop)
    }

    /// The same without TLS: whether anybody listens.
    pub(super) fn knock(&self) -> Result<(), ErrorKind> {
        self.runtime.block_on(in_time(async {
            let connected = TcpStream::connect(self.address()).await;
            let mut stream = connected.map_err(|error| error.kind())?;
            // A byte of TLS, so that somebody has to read it; who is turned away is so at once.
            stream
                .write_all(&[22])
                .await
                .map_err(|error| error.kind())?;
            let read = tokio::time::timeout(Duration::from_millis(200), stream.read_u8());
            match read.await {
                Err(_) => Ok(()),
                Ok(read) => Err(read.unwrap_err().kind()),
            }
        }))
    }

    /// Knocks until somebody listens.
    pub(super) fn waits_for_somebody(&self) {
        self.runtime.block_on(in_time(async {
            while TcpStream::connect(self.address()).await.is_err() {
                tokio::task::yield_now().await;
            }
        }));
    }

    /// One GET on a connection of its own, with this fault asked for.
    pub(super) fn get(&self, version: Version, path: &str, fault: Option<&str>) -> Got {
        self.send(version, (path, fault), Duration::from_mins(1))
    }

    /// The same by somebody of less patience.
    pub(super) fn send(
        &self,
        version: Version,
        (path, fault): (&str, Option<&str>),
        patience: Duration,
    ) -> Got {
        self.runtime.block_on(async {
            let stream = in_time(self.connect(version)).await.unwrap();
            match version {
                Version::Http1 => http1(stream, (path, fault), patience).await,
                Version::Http2 => http2(stream, (path, fault), patience).await,
            }
        })
    }

    async fn connect(&self, version: Version) -> Result<TlsStream<TcpStream>, String> {
        let kit = self.bank.client("acorn-budget");
        let mut config = (*kit.rustls_config().unwrap()).clone();
        config.alpn_protocols = vec![match version {
            Version::Http1 => b"http/1.1".to_vec(),
            Version::Http2 => b"h2".to_vec(),
        }];
        let stream = TcpStream::connect(self.address()).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let name = "localhost".try_into().unwrap();
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
        shaken.await.map_err(|error| error.to_string())
    }
}

impl Version {
    pub(super) const BOTH: [Self; 2] = [Self::Http1, Self::Http2];
}

/// Speaks HTTP/1.1 by hand, so that every byte is seen.
async fn http1(
    mut stream: TlsStream<TcpStream>,
    (path, fault): (&str, Option<&str>),
    patience: Duration,
) -> Got {
    let fault = fault.map_or_else(String::new, |fault| format!("x-hamster-fault: {fault}\r\n"));
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fault}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    let end = loop {
        let (announced, body) = parts(&read);
        if announced.is_some_and(|announced| body.len() >= announced) {
            break End::Whole;
        }
        match tokio::time::timeout(patience, stream.read(&mut piece)).await {
            Err(_) => break End::Silent,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(count)) => read.extend_from_slice(&piece[..count]),
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => break End::Reset,
            Ok(Err(error)) => panic!("{error:?}"),
        }
    };
    let (announced, body) = parts(&read);
    let status = read.strip_prefix(b"HTTP/1.1 ").and_then(|rest| {
        let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
        digits.parse().ok()
    });
    Got {
        status,
        announced: announced.unwrap_or(0),
        body: body.to_vec(),
        end: match status {
            None if !read.is_empty() => End::Unreadable,
            _ => end,
        },
    }
}

/// The announced length once the head is there, and what came of the body.
fn parts(read: &[u8]) -> (Option<usize>, &[u8]) {
    let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        return (None, &[]);
    };
    let head = String::from_utf8_lossy(&read[..at]).to_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    (Some(length), &read[at + 4..])
}

async fn http2(
    stream: TlsStream<TcpStream>,
    (path, fault): (&str, Option<&str>),
    patience: Duration,
) -> Got {
    let io = TokioIo::new(stream);
    let (mut sender, connection) = conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::get(format!("https://localhost{path}"));
    if let Some(fault) = fault {
        request = request.header("x-hamster-fault", fault);
    }
    let request = request.body(Full::<bytes::Bytes>::default()).unwrap();
    let nothing = |end| Got {
        status: None,
        announced: 0,
        body: Vec::new(),
        end,
    };
    let response = match tokio::time::timeout(patience, sender.send_request(request)).await {
        Err(_) => return nothing(End::Silent),
        Ok(Err(error)) => return nothing(end_of(&error)),
        Ok(Ok(response)) => response,
    };
    let (parts, mut body) = response.into_parts();
    let length = parts.headers.get("content-length");
    let length = length.map_or(0, |length| length.to_str().unwrap().parse().unwrap());
    let mut read = Vec::new();
    let end = loop {
        match tokio::time::timeout(patience, body.frame()).await {
            Err(_) => break End::Silent,
            Ok(None) => break End::Whole,
            Ok(Some(Ok(frame))) => read.extend_from_slice(&frame.into_data().unwrap()),
            Ok(Some(Err(error))) => break end_of(&error),
        }
    };
    Got {
        status: Some(parts.status.as_u16()),
        announced: length,
        body: read,
        end,
    }
}

/// What hyper's client makes of an end.
fn end_of(error: &hyper::Error) -> End {
    let text = format!("{error:?}");
    if text.contains("INTERNAL_ERROR") {
        End::StreamReset
    } else if text.contains("ConnectionReset") {
        End::Reset
    } else if text.contains("PROTOCOL_ERROR") && text.contains("Reset(") {
        // Its own side counts: fewer bytes than the head announced.
        End::Closed
    } else if text.contains("FRAME_SIZE_ERROR") || text.contains("PROTOCOL_ERROR") {
        End::Unreadable
    } else {
        End::Closed
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), future)
        .await
        .expect("nothing here takes so long")
}
