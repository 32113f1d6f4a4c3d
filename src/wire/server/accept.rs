//! Accepting: from a listener to a task for each connection.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use super::gate::Absence;
use super::{Closing, Porter, handshake, serve};
use crate::wire::Service;
use crate::wire::connection::{Connection, ConnectionFailure, Greeting, Teller};

/// Accepts until the doors close. Whatever goes wrong with one connection, the next is accepted.
pub(super) async fn accept_all<S: Service>(
    listener: TcpListener,
    address: SocketAddr,
    porter: Arc<Porter<S>>,
    mut closing: Closing,
) {
    let mut present = Some(listener);
    let mut absences = 0;
    while let Some(listener) = present {
        let sent_away = accept_while_open(&listener, &porter, &mut closing, absences).await;
        // The port is free from here on.
        drop(listener);
        let Some((absence, caller)) = sent_away else {
            return;
        };
        absences = absence.number();
        present = porter
            .gate
            .pass(absence, caller, address, &mut closing)
            .await;
    }
}

/// Accepts until the doors close, and then answers none, or until nobody is to listen for a while;
/// then there may be a caller who was the reason.
async fn accept_while_open<S: Service>(
    listener: &TcpListener,
    porter: &Arc<Porter<S>>,
    closing: &mut Closing,
    absences: u64,
) -> Option<(Absence, Option<TcpStream>)> {
    let mut gate_closes = pin!(porter.gate.closes(absences));
    loop {
        let place = tokio::select! {
            biased;
            () = closing.draining() => return None,
            absence = &mut gate_closes => return Some((absence, None)),
            place = Arc::clone(&porter.places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            biased;
            () = closing.draining() => return None,
            absence = &mut gate_closes => return Some((absence, None)),
            accepted = listener.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if concerns_one_connection(&error) => continue,
            Err(_) => tokio::select! {
                () = closing.draining() => return None,
                () = sleep(PAUSE) => continue,
            },
        };
        let number = porter.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let disguise = match porter.service.greet(number, remote) {
            Greeting::Welcome => None,
            Greeting::Disguised(config) => Some(TlsAcceptor::from(config)),
            Greeting::NotAtHome { time, until } => {
                porter.gate.close(time, until);
                return Some((gate_closes.await, Some(stream)));
            }
        };
        let caller = Caller {
            stream,
            remote,
            number,
            disguise,
        };
        let (porter, closing) = (Arc::clone(porter), closing.clone());
        tokio::spawn(async move {
            receive(&porter, caller, closing).await;
            drop(place);
        });
    }
}

/// Somebody who was let in.
struct Caller {
    stream: TcpStream,
    remote: SocketAddr,
    number: u64,
    /// How TLS is spoken with him, if not as usual.
    disguise: Option<TlsAcceptor>,
}

/// Everything that happens on one connection.
async fn receive<S: Service>(porter: &Porter<S>, caller: Caller, mut closing: Closing) {
    let Caller {
        stream,
        remote,
        number,
        disguise,
    } = caller;
    let mut connection = Connection {
        number,
        peer: None,
        teller: Teller::Handshake,
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
    let acceptor = disguise.as_ref().unwrap_or(acceptor);
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
