//! Disturbing: an answer that is late, slow, cut short or never comes.
//!
//! What has to happen after the head is a task of its own that feeds the body piece by piece. It ends
//! when the body is not wanted any more, and stops waiting when the doors close or whoever answered
//! has gone.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Closing;
use super::line::{Cord, Cut};
use super::payload::{Broken, Payload};
use super::serve::{Beat, into_response};
use crate::wire::disturbance::{Disturbance, Ending, Scope, Until};
use crate::wire::reply::Reply;

/// The way an answer takes to its caller.
pub(super) struct Way {
    /// Its connection.
    pub(super) cord: Arc<Cord>,
    /// Whether the doors close.
    pub(super) closing: Closing,
    /// Whether the connection has streams.
    pub(super) has_streams: bool,
    /// Whether the caller wants the body; none goes with an answer to `HEAD`.
    pub(super) wants_body: bool,
    /// Keeps the connection from being taken for silent.
    pub(super) _beat: Beat,
}

/// Performs what was attached to an answer; the error is the end of its stream.
pub(super) async fn disturb(mut reply: Reply, way: Way) -> Result<Response<Payload>, Broken> {
    let plan = Plan::of(std::mem::take(&mut reply.disturbances));
    let mut patience = Patience {
        closing: way.closing.clone(),
        until: reply.until.take(),
    };
    patience.wait(plan.wait).await;
    let (head, body) = into_response(reply).into_parts();
    let ends_before_head = |ending: &Ending| !ending.is_within_body();
    let has_body = way.wants_body && !body.is_empty();
    match plan.end {
        Some((ending, scope)) if !has_body || ends_before_head(&ending) => {
            if ending == Ending::BlackHole {
                patience.over().await;
            }
            Err(way.end(ending.cut(), scope).await)
        }
        None if !has_body || (plan.rate.is_none() && plan.stall.is_none()) => {
            Ok(Response::from_parts(head, Payload::whole(body)))
        }
        end => {
            let (pieces, payload) = Payload::in_pieces(body.len() as u64);
            let flow = Flow {
                body,
                rate: plan.rate,
                stall: plan.stall,
                end,
            };
            let base = way.cord.watch();
            tokio::spawn(flow.pour(pieces, way, patience, base));
            Ok(Response::from_parts(head, payload))
        }
    }
}

/// What a list of disturbances comes to.
struct Plan {
    wait: Duration,
    rate: Option<NonZeroU32>,
    stall: Option<(usize, Duration)>,
    end: Option<(Ending, Scope)>,
}

impl Plan {
    fn of(all: Vec<Disturbance>) -> Self {
        let mut plan = Self {
            wait: Duration::ZERO,
            rate: None,
            stall: None,
            end: None,
        };
        for disturbance in all {
            match disturbance {
                Disturbance::End(ending, scope) => {
                    plan.end.get_or_insert((ending, scope));
                }
                Disturbance::Stall { after_bytes, time } => {
                    plan.stall.get_or_insert((after_bytes, time));
                }
                Disturbance::Throttle {
                    bytes_per_second: rate,
                } => plan.rate = Some(plan.rate.map_or(rate, |lowest| lowest.min(rate))),
                Disturbance::Wait(time) => plan.wait = plan.wait.saturating_add(time),
            }
        }
        plan
    }
}

impl Ending {
    /// Whether the head goes out before it.
    const fn is_within_body(&self) -> bool {
        matches!(
            self,
            Self::Reset {
                after_bytes: Some(_)
            } | Self::Truncate { .. }
        )
    }

    /// What becomes of the connection.
    fn cut(self) -> Cut {
        match self {
            Self::BlackHole | Self::Close | Self::Truncate { .. } => Cut::Close,
            Self::Garbage(bytes) => Cut::Garbage(bytes),
            Self::Reset { .. } => Cut::Reset,
        }
    }
}

impl Way {
    /// Ends the stream, or else the connection: then this never returns, because what waits for it
    /// goes down with the connection.
    async fn end(&self, cut: Cut, scope: Scope) -> Broken {
        if self.ends_stream(scope) && !matches!(cut, Cut::Garbage(_)) {
            return Broken;
        }
        self.cord.pull(cut);
        std::future::pending().await
    }

    fn ends_stream(&self, scope: Scope) -> bool {
        self.has_streams && scope == Scope::Stream
    }
}

/// A body on its way out.
struct Flow {
    body: Bytes,
    rate: Option<NonZeroU32>,
    stall: Option<(usize, Duration)>,
    end: Option<(Ending, Scope)>,
}

type Pieces = mpsc::Sender<Result<Bytes, Broken>>;

impl Flow {
    /// Feeds the body until its end or until nobody wants it. `base` is what had been written before
    /// the head.
    async fn pour(mut self, pieces: Pieces, way: Way, patience: Patience, base: u64) {
        let Some((ending, scope)) = self.end.take() else {
            let length = self.body.len();
            self.feed(length, &pieces, patience).await;
            return;
        };
        let length = match ending {
            Ending::Truncate { after_bytes } => after_bytes.min(self.body.len().saturating_sub(1)),
            Ending::Reset { after_bytes } => after_bytes
                .unwrap_or(0)
                .min(self.body.len().saturating_sub(1)),
            Ending::BlackHole | Ending::Close | Ending::Garbage(_) => 0,
        };
        // The head first and alone, so that what leaves after it is the body's.
        let Some(head) = wanted(&pieces, way.cord.flushed_beyond(base)).await else {
            return;
        };
        if !self.feed(length, &pieces, patience).await {
            return;
        }
        if length > 0 {
            let all_but_one = head + length as u64 - 1;
            if wanted(&pieces, way.cord.flushed_beyond(all_but_one))
                .await
                .is_none()
            {
                return;
            }
        }
        if !way.ends_stream(scope) {
            way.cord.pull(ending.cut());
            // Held until the connection has gone: without it the body would end by itself.
            pieces.closed().await;
        } else if !matches!(ending, Ending::Truncate { .. }) {
            let _ = pieces.send(Err(Broken)).await;
        }
        // A stream that ends in an orderly way ends with the last sender: too early for its length.
    }

    /// Feeds so many bytes; false when nobody wants more.
    async fn feed(&self, length: usize, pieces: &Pieces, mut patience: Patience) -> bool {
        let (piece, pause) = self.rate.map_or((length, Duration::ZERO), pace);
        let (stall, stall_time) = self.stall.unwrap_or((length, Duration::ZERO));
        let mut at = 0;
        while at < length {
            if at == stall && wanted(pieces, patience.wait(stall_time)).await.is_none() {
                return false;
            }
            let next = at.saturating_add(piece).min(length);
            let next = if at < stall { next.min(stall) } else { next };
            if pieces.send(Ok(self.body.slice(at..next))).await.is_err() {
                return false;
            }
            at = next;
            if at < length && wanted(pieces, patience.wait(pause)).await.is_none() {
                return false;
            }
        }
        true
    }
}

/// The pieces and pauses of a rate: ten pieces a second, or one byte at a time where that is less.
fn pace(bytes_per_second: NonZeroU32) -> (usize, Duration) {
    let rate = bytes_per_second.get();
    let piece = (rate / 10).max(1);
    let pause = Duration::from_secs(u64::from(piece)) / rate;
    (usize::try_from(piece).unwrap_or(usize::MAX), pause)
}

/// What `future` comes to, unless the body is not wanted any more before.
async fn wanted<T>(pieces: &Pieces, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = pieces.closed() => None,
        found = future => Some(found),
    }
}

/// How long anything is waited for at all.
struct Patience {
    closing: Closing,
    until: Option<Until>,
}

impl Patience {
    /// Waits so long, or until it is over.
    async fn wait(&mut self, time: Duration) {
        if time.is_zero() {
            return;
        }
        tokio::select! {
            biased;
            () = self.over() => {}
            () = sleep(time) => {}
        }
    }

    /// Returns when the doors close, or whoever answered has gone.
    async fn over(&mut self) {
        tokio::select! {
            () = self.closing.draining() => {}
            () = gone(&mut self.until) => {}
        }
    }
}

async fn gone(until: &mut Option<Until>) {
    match until {
        Some(until) => until.over().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
