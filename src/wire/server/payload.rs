//! The body of an answer as hyper takes it: whole, or in pieces as they come.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// A body.
pub(super) enum Payload {
    /// All of it.
    Whole(Full<Bytes>),
    /// What is still to come.
    Pieces {
        /// How much that is by what the head said.
        left: u64,
        /// Where it comes from.
        pieces: mpsc::Receiver<Result<Bytes, Broken>>,
    },
    /// What comes as it is made; nobody knows how much.
    Open(mpsc::Receiver<Result<Bytes, Broken>>),
}

/// The end of an answer that was not whole, on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the answer was broken off on purpose")]
pub(super) struct Broken;

impl Payload {
    /// A body that is there.
    pub(super) fn whole(body: Bytes) -> Self {
        Self::Whole(Full::new(body))
    }

    /// A body of so many bytes, and where its pieces are put.
    pub(super) fn in_pieces(length: u64) -> (mpsc::Sender<Result<Bytes, Broken>>, Self) {
        let (sender, pieces) = mpsc::channel(1);
        let payload = Self::Pieces {
            left: length,
            pieces,
        };
        (sender, payload)
    }

    /// A body without a length, and where its pieces are put.
    pub(super) fn open_ended() -> (mpsc::Sender<Result<Bytes, Broken>>, Self) {
        let (sender, pieces) = mpsc::channel(1);
        (sender, Self::Open(pieces))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(never),
            Self::Pieces { left, pieces } => {
                let piece = ready!(pieces.poll_recv(context));
                if let Some(Ok(piece)) = &piece {
                    *left = left.saturating_sub(piece.len() as u64);
                }
                Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
            }
            Self::Open(pieces) => {
                let piece = ready!(pieces.poll_recv(context));
                Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Pieces { left, .. } => *left == 0,
            Self::Open(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Pieces { left, .. } => SizeHint::with_exact(*left),
            Self::Open(_) => SizeHint::default(),
        }
    }
}

fn never(error: Infallible) -> Broken {
    match error {}
}
