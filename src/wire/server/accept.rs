//! Accepting: from a listener to a task for each connection.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::{Closing, Porter, handshake, serve};
use crate::wire::Service;
use crate::wire::connection::{Connection, ConnectionFailure};

/// Accepts until the doors close. Whatever goes wrong with one connection, the next is accepted.
pub(super) async fn accept_all<S: Service>(
    listener: TcpListener,
    porter: Arc<Porter<S>>,
    mut closing: Closing,
) {
    loop {
        let place = tokio::select! {
            biased;
            () = closing.draining() => return,
            place = Arc::clone(&porter.places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            biased;
            () = closing.draining() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, remote)) => {
                let (porter, closing) = (Arc::clone(&porter), closing.clone());
                tokio::spawn(async move {
                    receive(&porter, stream, remote, closing).await;
                    drop(place);
                });
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(_) => tokio::select! {
                () = closing.draining() => return,
                () = sleep(PAUSE) => {}
            },
        }
    }
}

/// Everything that happens on one connection.
async fn receive<S: Service>(
    porter: &Porter<S>,
    stream: TcpStream,
    remote: SocketAddr,
    mut closing: Closing,
) {
    let mut connection = Connection {
        number: porter.connections.fetch_add(1, Ordering::Relaxed) + 1,
        peer: None,
        remote: Some(remote),
        tls: None,
        memo: OnceLock::new(),
    };
    // Answers are written whole, so waiting to fill a packet only adds delay. A socket that refuses
    // is slower, not broken.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = &porter.tls else {
        let builder = &porter.http1;
        return serve::serve(porter, builder, stream, Arc::new(connection), closing).await;
    };
    let shaken = tokio::select! {
        biased;
        () = closing.draining() => return,
        shaken = handshake::shake(acceptor, stream, porter.limits.handshake_time) => shaken,
    };
    match shaken {
        Ok(None) => {}
        Ok(Some(stream)) => {
            let session = stream.get_ref().1;
            let builder = match session.alpn_protocol() {
                Some(b"h2") => &porter.http2,
                _ => &porter.http1,
            };
            (connection.tls, connection.peer) = handshake::facts_of(session);
            serve::serve(porter, builder, stream, Arc::new(connection), closing).await;
        }
        Err(reason) => porter.service.connection_failed(ConnectionFailure {
            connection: Arc::new(connection),
            reason,
        }),
    }
}

/// Whether an error of `accept` is about a caller who left while waiting, so that the next may be
/// well. All others are about us: above all, no file handles left.
fn concerns_one_connection(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}

/// How long to wait for file handles: long enough not to spin, short enough not to be noticed.
const PAUSE: Duration = Duration::from_millis(100);
