//! Disturbances: what the server does to an answer on its way out, on purpose.
//!
//! They say what happens on the line and nothing of why. Whoever answers attaches them to a reply;
//! `wire/server` alone performs them. All times are real ones.

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

/// One thing that is done to an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Disturbance {
    /// The answer ends before it is whole.
    End(Ending, Scope),
    /// The body stops for so long after so many bytes, if it has more, and then goes on.
    Stall {
        /// How much of the body comes before.
        after_bytes: usize,
        /// How long nothing comes.
        time: Duration,
    },
    /// So much of the body comes in a second.
    Throttle {
        /// The rate.
        bytes_per_second: NonZeroU32,
    },
    /// Nothing is sent for so long, not even the head.
    Wait(Duration),
}

/// How an answer ends before it is whole. What would end within a body ends before the head where
/// there is no body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Ending {
    /// Nothing is ever sent, and nothing closed.
    BlackHole,
    /// The connection is closed in an orderly way instead of an answer.
    Close,
    /// These bytes instead of an answer, then an orderly close. Always of the whole connection.
    Garbage(Bytes),
    /// A reset, within the body after so many bytes of it, or before the head.
    Reset {
        /// How much of the body comes before; none for before the head.
        after_bytes: Option<usize>,
    },
    /// The head promises the whole body, so many bytes of it come, then an orderly close.
    Truncate {
        /// How much of the body comes; at most all but its last byte.
        after_bytes: usize,
    },
}

/// What an end is the end of. HTTP/1.1 has no streams, so there it is the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// The connection with all that is under way on it.
    Connection,
    /// The one stream of HTTP/2.
    Stream,
}

/// Tells when whoever answered has gone, so that no answer of his needs to be held back.
#[derive(Clone, Debug)]
pub(crate) struct Until(watch::Receiver<bool>);

impl Disturbance {
    /// Whether it is a wait before anything comes.
    pub(crate) const fn is_wait(&self) -> bool {
        matches!(self, Self::Wait(_))
    }

    /// Whether nothing of an answer ever comes.
    pub(crate) const fn swallows_answer(&self) -> bool {
        matches!(
            self,
            Self::End(
                Ending::BlackHole
                    | Ending::Close
                    | Ending::Garbage(_)
                    | Ending::Reset { after_bytes: None },
                _
            )
        )
    }
}

impl Until {
    /// Until this turns true, or its sender is dropped.
    pub(crate) const fn turns_true(switch: watch::Receiver<bool>) -> Self {
        Self(switch)
    }

    /// Returns when it is over.
    pub(crate) async fn over(&mut self) {
        // An error means that the sender was dropped.
        let _ = self.0.wait_for(|is_over| *is_over).await;
    }
}

impl PartialEq for Until {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}

impl Eq for Until {}
