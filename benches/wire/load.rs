//! A closed loop: so many connections, each asking again as soon as it was answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A server to be asked.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Arc<ClientConfig>,
    /// The name of the server's thread.
    pub(crate) thread: &'static str,
}

/// One keep-alive connection.
pub(crate) type Line = SendRequest<Full<Bytes>>;

/// What a round of the loop came to.
pub(crate) struct Round {
    pub(crate) per_second: f64,
    /// Processor time of the server's thread for one request.
    pub(crate) server_us: f64,
}

impl Target {
    pub(crate) async fn connect(&self) -> Line {
        let socket = TcpStream::connect(self.address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let name = "localhost".try_into().unwrap();
        let stream = connector.connect(name, socket).await.unwrap();
        let (line, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        line
    }
}

/// Asks once.
pub(crate) async fn ask(line: &mut Line, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    line.ready().await.unwrap();
    let request = request.map(|body| Full::new(Bytes::from(body)));
    let (parts, body) = line.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, body.into())
}

/// Keeps all `lines` busy for `span`.
pub(crate) async fn keep_asking(
    target: &Target,
    lines: Vec<Line>,
    request: &Request<Vec<u8>>,
    span: Duration,
) -> (Round, Vec<Line>) {
    let before = processor_time_ns(target.thread);
    let started = now();
    let asking = lines.into_iter().map(|mut line| {
        let request = request.clone();
        tokio::spawn(async move {
            let mut answered = 0_u32;
            while started.elapsed() < span {
                let response = ask(&mut line, request.clone()).await;
                assert_eq!(response.status(), 200);
                answered += 1;
            }
            (answered, line)
        })
    });
    let mut answered = 0;
    let mut lines = Vec::new();
    for asking in asking.collect::<Vec<_>>() {
        let (count, line) = asking.await.unwrap();
        answered += count;
        lines.push(line);
    }
    let elapsed = started.elapsed();
    let spent = processor_time_ns(target.thread) - before;
    (round(answered, elapsed, spent), lines)
}

/// Meets the server anew for every request, for `span`.
pub(crate) async fn keep_meeting(
    target: &Target,
    request: &Request<Vec<u8>>,
    span: Duration,
) -> Round {
    let before = processor_time_ns(target.thread);
    let started = now();
    let mut answered = 0;
    while started.elapsed() < span {
        let mut line = target.connect().await;
        let response = ask(&mut line, request.clone()).await;
        assert_eq!(response.status(), 200);
        answered += 1;
    }
    let elapsed = started.elapsed();
    let spent = processor_time_ns(target.thread) - before;
    round(answered, elapsed, spent)
}

#[expect(clippy::float_arithmetic, reason = "rates are no money")]
#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds of some minutes fit"
)]
fn round(answered: u32, elapsed: Duration, spent_ns: u64) -> Round {
    let answered = f64::from(answered);
    Round {
        per_second: answered / elapsed.as_secs_f64(),
        server_us: spent_ns as f64 / 1000.0 / answered,
    }
}

/// Linux tells how long each thread has run; elsewhere this is zero.
fn processor_time_ns(thread: &str) -> u64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return 0;
    };
    let named = |task: &std::fs::DirEntry| {
        let name = std::fs::read_to_string(task.path().join("comm"));
        name.is_ok_and(|name| name.trim_end() == thread)
    };
    let of_task = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    };
    let tasks = tasks.flatten().filter(named);
    tasks.filter_map(of_task).sum()
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}
