//! Reading a body: whole, within a limit and a deadline.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use super::Limits;
use crate::wire::request::RequestFault;

/// Reads the whole body.
///
/// A body over the limit is still taken off the line, up to [`DISCARDED_BYTES_MAX`]: most clients
/// read no answer before they have sent everything, and closing on them loses the answer to a
/// reset. A client that asks first (`Expect: 100-continue`) is spared the trouble.
///
/// # Errors
/// When the body is too large, too slow, or breaks off.
pub(super) async fn read(
    mut body: Incoming,
    asks_first: bool,
    limits: &Limits,
) -> Result<Bytes, RequestFault> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.body_bytes && asks_first {
        return Err(RequestFault::BodyTooLarge);
    }
    timeout(limits.body_time, collect(&mut body, announced, limits))
        .await
        .unwrap_or(Err(RequestFault::BodyTimedOut))
}

/// Gathers the pieces; a body of one piece is not copied.
async fn collect(
    body: &mut Incoming,
    announced: usize,
    limits: &Limits,
) -> Result<Bytes, RequestFault> {
    let first = next(body).await?.unwrap_or_default();
    if first.len() > limits.body_bytes || announced > limits.body_bytes {
        return discard(body, first.len()).await;
    }
    let Some(second) = next(body).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::with_capacity(announced.max(first.len() + second.len()));
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while whole.len() <= limits.body_bytes {
        match next(body).await? {
            Some(piece) => whole.extend_from_slice(&piece),
            None => return Ok(whole.freeze()),
        }
    }
    discard(body, whole.len()).await
}

/// Takes the rest off the line and says that it was too much.
async fn discard(body: &mut Incoming, read_bytes: usize) -> Result<Bytes, RequestFault> {
    let mut read_bytes = read_bytes;
    while read_bytes <= DISCARDED_BYTES_MAX {
        match next(body).await {
            Ok(Some(piece)) => read_bytes = read_bytes.saturating_add(piece.len()),
            Ok(None) | Err(_) => break,
        }
    }
    Err(RequestFault::BodyTooLarge)
}

/// The next piece of data; trailers are passed over.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, RequestFault> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| RequestFault::BodyBroken)?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Sixteen times the default limit: more than anybody sends by mistake, and a blink over loopback.
const DISCARDED_BYTES_MAX: usize = 16 * 1024 * 1024;
