//! The line of one connection as hyper is given it: it can be watched, and cut from outside.
//!
//! hyper owns what it serves and has no word for a reset. So it is given a [`Line`], which hands the
//! stream back when it is dropped, and whoever dropped it ends the stream as it should end.

use std::io::{Error, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

/// A stream that comes back when it is dropped.
pub(super) struct Line<S> {
    stream: Option<S>,
    cord: Arc<Cord>,
    back: Back<S>,
}

/// Where the stream of a dropped line is found.
pub(super) type Back<S> = Arc<Mutex<Option<S>>>;

/// How a connection ends when it is cut.
#[derive(Debug)]
pub(super) enum Cut {
    /// In an orderly way.
    Close,
    /// With these bytes, then in an orderly way.
    Garbage(Bytes),
    /// With a reset.
    Reset,
}

/// What answers hold of their connection: they can learn what has left, and cut it.
pub(super) struct Cord {
    pull: Mutex<Option<oneshot::Sender<Cut>>>,
    /// Whether anybody wants to know what is written; else nothing is counted.
    is_watched: AtomicBool,
    written: AtomicU64,
    flushed: watch::Sender<u64>,
}

/// A stream over TCP, as it is or below TLS.
pub(super) trait OverTcp: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The socket.
    fn tcp(&self) -> &TcpStream;
}

impl Cord {
    /// A cord, and the end at which a pull is felt.
    pub(super) fn new() -> (Arc<Self>, oneshot::Receiver<Cut>) {
        let (pull, felt) = oneshot::channel();
        let cord = Self {
            pull: Mutex::new(Some(pull)),
            is_watched: AtomicBool::new(false),
            written: AtomicU64::new(0),
            flushed: watch::Sender::new(0),
        };
        (Arc::new(cord), felt)
    }

    /// Has the connection cut; the first pull counts.
    pub(super) fn pull(&self, cut: Cut) {
        if let Some(pull) = self.pull.lock().take() {
            // Nobody feels it where the connection has ended meanwhile.
            let _ = pull.send(cut);
        }
    }

    /// Counts from now on; answers how many bytes were counted so far.
    pub(super) fn watch(&self) -> u64 {
        self.is_watched.store(true, Ordering::Relaxed);
        self.written.load(Ordering::Relaxed)
    }

    /// Returns how much has left when more than `bytes` have.
    pub(super) async fn flushed_beyond(&self, bytes: u64) -> u64 {
        let mut flushed = self.flushed.subscribe();
        let found = flushed.wait_for(|flushed| *flushed > bytes).await;
        // The sender is the cord's own, so it cannot be gone.
        found.map_or(bytes, |flushed| *flushed)
    }

    fn count(&self, written: usize) {
        if self.is_watched.load(Ordering::Relaxed) {
            self.written.fetch_add(written as u64, Ordering::Relaxed);
        }
    }

    fn note_flush(&self) {
        if self.is_watched.load(Ordering::Relaxed) {
            let written = self.written.load(Ordering::Relaxed);
            self.flushed.send_replace(written);
        }
    }
}

impl<S> Line<S> {
    /// A line over a stream, and where the stream is found when the line was dropped.
    pub(super) fn new(stream: S, cord: Arc<Cord>) -> (Self, Back<S>) {
        let back = Back::default();
        let line = Self {
            stream: Some(stream),
            cord,
            back: Arc::clone(&back),
        };
        (line, back)
    }
}

impl<S: Unpin> Line<S> {
    fn parts(&mut self) -> Result<(Pin<&mut S>, &Cord), Error> {
        let stream = self.stream.as_mut();
        // It is only gone once this is dropped.
        let stream = stream.ok_or_else(|| Error::from(ErrorKind::NotConnected))?;
        Ok((Pin::new(stream), &self.cord))
    }
}

impl<S> Drop for Line<S> {
    fn drop(&mut self) {
        *self.back.lock() = self.stream.take();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        let (stream, _) = self.get_mut().parts()?;
        stream.poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        let (stream, cord) = self.get_mut().parts()?;
        let written = ready!(stream.poll_write(context, bytes))?;
        cord.count(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let (stream, cord) = self.get_mut().parts()?;
        ready!(stream.poll_flush(context))?;
        cord.note_flush();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let (stream, _) = self.get_mut().parts()?;
        stream.poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        let (stream, cord) = self.get_mut().parts()?;
        let written = ready!(stream.poll_write_vectored(context, slices))?;
        cord.count(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        let stream = self.stream.as_ref();
        stream.is_some_and(AsyncWrite::is_write_vectored)
    }
}

impl OverTcp for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl OverTcp for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Ends a stream as it was told.
pub(super) async fn sever(mut stream: impl OverTcp, cut: Cut) {
    let last_words = match cut {
        Cut::Reset => return reset(stream.tcp()),
        Cut::Close => Bytes::new(),
        Cut::Garbage(bytes) => bytes,
    };
    let farewell = async {
        stream.write_all(&last_words).await?;
        stream.shutdown().await
    };
    // Who does not take it in time, or has gone, is left without.
    let _ = timeout(FAREWELL, farewell).await;
}

/// Has the socket end with a reset when it is dropped: with no time to linger, the system forgets
/// what was not sent yet and says so. A socket that refuses is closed like any other.
pub(super) fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// How long a caller may take to read the last bytes.
const FAREWELL: Duration = Duration::from_secs(1);
