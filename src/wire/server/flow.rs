//! Flowing: an answer whose body comes as it is made, for as long as somebody makes and somebody wants it.

use tokio::sync::mpsc;

use super::Closing;
use super::payload::Payload;
use super::serve::Beat;
use crate::wire::reply::Source;

/// The body that `source` makes. It ends with the source, when the doors close, or when nobody reads it.
pub(super) fn flow(mut source: Box<dyn Source>, mut closing: Closing, beat: Beat) -> Payload {
    let (sender, payload) = Payload::open_ended();
    tokio::spawn(async move {
        // Keeps the connection from being taken for silent.
        let _beat = beat;
        loop {
            let piece = tokio::select! {
                piece = source.next() => piece,
                () = closing.draining() => None,
                () = sender.closed() => None,
            };
            let Some(piece) = piece else { return };
            if !give(&sender, piece, &mut closing).await {
                return;
            }
        }
    });
    payload
}

/// Hands a piece over; false when nobody takes it any more.
async fn give(sender: &mpsc::Sender<Piece>, piece: bytes::Bytes, closing: &mut Closing) -> bool {
    tokio::select! {
        given = sender.send(Ok(piece)) => given.is_ok(),
        () = closing.draining() => false,
    }
}

/// What a body is handed.
type Piece = Result<bytes::Bytes, super::payload::Broken>;
