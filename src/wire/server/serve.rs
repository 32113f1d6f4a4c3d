//! Serving: one connection, from the first request to the last reply.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, EXPECT};
use http::{Method, Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::time::{sleep, timeout};

use super::disturb::{Way, disturb};
use super::flow::flow;
use super::line::{Cord, Line, OverTcp, sever};
use super::payload::{Broken, Payload};
use super::{Closing, Limits, Porter, body};
use crate::wire::Service;
use crate::wire::connection::{Connection, ConnectionFailure, FailureReason};
use crate::wire::reply::Reply;
use crate::wire::request::Head;

/// Serves one connection until its caller, its silence, an answer that cuts it or the closing of the
/// doors ends it.
pub(super) async fn serve<S: Service>(
    porter: &Porter<S>,
    builder: &auto::Builder<TokioExecutor>,
    stream: impl OverTcp,
    connection: Arc<Connection>,
    mut closing: Closing,
) {
    let (cord, mut pulled) = Cord::new();
    let (line, back) = Line::new(stream, Arc::clone(&cord));
    let desk = Arc::new(Desk {
        service: Arc::clone(&porter.service),
        limits: porter.limits,
        connection: Arc::clone(&connection),
        cord,
        closing: closing.clone(),
    });
    let pulse = Arc::new(Pulse::default());
    let handle = {
        let (desk, pulse) = (Arc::clone(&desk), Arc::clone(&pulse));
        service_fn(move |request| {
            let beat = pulse.begin();
            let desk = Arc::clone(&desk);
            async move { desk.handle(request, beat).await }
        })
    };
    let (failure, cut) = {
        let mut running = pin!(builder.serve_connection(TokioIo::new(line), handle));
        tokio::select! {
            Ok(cut) = &mut pulled => (None, Some(cut)),
            ended = running.as_mut() => (ended.err().and_then(|error| unreadable(&*error)), None),
            () = closing.draining() => {
                running.as_mut().graceful_shutdown();
                tokio::select! {
                    Ok(cut) = &mut pulled => (None, Some(cut)),
                    _ = running => (None, None),
                    () = closing.cut() => (None, None),
                }
            }
            () = pulse.falls_silent(porter.limits.quiet_time) => {
                // HTTP/2 says goodbye; a half-sent head has no polite end.
                running.as_mut().graceful_shutdown();
                tokio::select! {
                    _ = timeout(FAREWELL, running) => {}
                    () = closing.cut() => {}
                }
                let failure = (!pulse.has_beaten()).then_some(FailureReason::NoRequest);
                (failure, None)
            }
        }
    };
    let stream = back.lock().take();
    if let (Some(cut), Some(stream)) = (cut, stream) {
        sever(stream, cut).await;
    }
    if let Some(reason) = failure {
        porter
            .service
            .connection_failed(ConnectionFailure { connection, reason });
    }
}

/// How HTTP/1.1 is spoken.
pub(super) fn http1() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        // The bank dates its answers by its own clock.
        .auto_date_header(false)
        // Our own watch over silence also covers the time between requests, and HTTP/2.
        .header_read_timeout(None)
        .max_buf_size(READ_BUFFER_BYTES_MAX);
    builder
}

/// How HTTP/2 is spoken.
pub(super) fn http2() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http2_only();
    builder
        .http2()
        .auto_date_header(false)
        // Pings would be a timer that ticks.
        .keep_alive_interval(None)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADER_LIST_BYTES_MAX);
    builder
}

/// What all requests of one connection share.
struct Desk<S> {
    service: Arc<S>,
    limits: Limits,
    connection: Arc<Connection>,
    cord: Arc<Cord>,
    closing: Closing,
}

impl<S: Service> Desk<S> {
    /// One request: the head to the service, then the body, then the answer.
    async fn handle(
        &self,
        request: Request<Incoming>,
        beat: Beat,
    ) -> Result<Response<Payload>, Broken> {
        let (parts, body) = request.into_parts();
        // RFC 9110, section 10.1.1: only this one expectation exists.
        let asks_first = parts.headers.contains_key(EXPECT);
        let is_head = parts.method == Method::HEAD;
        let has_streams = parts.version == Version::HTTP_2;
        let head = Head::from_parts(parts);
        let fault = self.limits.fault_of(&head);
        let arrived = self.service.arrive(head, &self.connection);
        let body = match fault {
            Some(fault) => Err(fault),
            None => body::read(body, asks_first, &self.limits).await,
        };
        let mut reply = self.service.answer(arrived, body).await;
        if is_head {
            leave_out_body(&mut reply);
        }
        let source = reply.stream.take().and_then(|stream| stream.take());
        if let Some(source) = source.filter(|_| !is_head) {
            let body = flow(source, self.closing.clone(), beat);
            return Ok(into_response(reply).map(|_| body));
        }
        if reply.disturbances.is_empty() {
            return Ok(into_response(reply).map(Payload::whole));
        }
        let way = Way {
            cord: Arc::clone(&self.cord),
            closing: self.closing.clone(),
            has_streams,
            wants_body: !is_head,
            _beat: beat,
        };
        disturb(reply, way).await
    }
}

/// RFC 9110, section 9.3.2: the answer to HEAD has the head of the one to GET and no body. Over HTTP/1.1 hyper
/// leaves it out by itself, over HTTP/2 it does not.
fn leave_out_body(reply: &mut Reply) {
    let body = std::mem::take(&mut reply.body);
    if !body.is_empty() {
        reply.headers.insert(CONTENT_LENGTH, body.len().into());
    }
}

/// A reply as hyper wants it; hyper adds `Content-Length`.
pub(super) fn into_response(reply: Reply) -> Response<Bytes> {
    let mut response = Response::new(reply.body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

/// What hyper found unreadable, if that is why the connection ended; other ends are everyday.
fn unreadable(error: &(dyn std::error::Error + 'static)) -> Option<FailureReason> {
    let error = error.downcast_ref::<hyper::Error>()?;
    error.is_parse().then(|| FailureReason::BadHead {
        message: error.to_string(),
    })
}

/// Whether a connection lives: how many requests began and ended on it.
#[derive(Default)]
struct Pulse {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request under way.
pub(super) struct Beat(Arc<Pulse>);

impl Pulse {
    /// A request begins; it ends when the beat is dropped, whatever became of it.
    fn begin(self: &Arc<Self>) -> Beat {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Beat(Arc::clone(self))
    }

    /// Returns when no request was under way for all of `time` or longer. Looking once in a while
    /// is cheaper than setting a timer back at every request.
    async fn falls_silent(&self, time: Duration) {
        let mut before = self.counts();
        loop {
            sleep(time).await;
            let now = self.counts();
            if now == before && now.0 == now.1 {
                return;
            }
            before = now;
        }
    }

    /// Whether there was ever a request.
    fn has_beaten(&self) -> bool {
        self.counts().0 > 0
    }

    /// Requests begun and ended.
    fn counts(&self) -> (u64, u64) {
        let begun = self.begun.load(Ordering::Relaxed);
        (begun, self.ended.load(Ordering::Relaxed))
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// How long a caller may take to hear that a silent connection is closed.
const FAREWELL: Duration = Duration::from_secs(1);

/// Four times the head we take by default, so that hyper reads nearly every oversized head whole
/// and the bank can refuse it with an explained 431; beyond, hyper answers a bare one.
const READ_BUFFER_BYTES_MAX: usize = 256 * 1024;

/// The same for HTTP/2, which counts 32 bytes more for each header (RFC 9113, section 6.5.2).
const HEADER_LIST_BYTES_MAX: u32 = 256 * 1024;

/// Requests side by side on one HTTP/2 connection: above the hundred that RFC 9113 recommends,
/// below what would let one connection take all the memory of unfinished bodies (256 of 1 MiB).
const STREAMS_MAX: u32 = 256;
