//! Who called: what a header says of it, and what the journal keeps.

use std::sync::Arc;

use crate::journal::ConnectionFacts;
use crate::wire::client_cert;
use crate::wire::connection::Connection;
use crate::wire::request::Head;

/// The connection, with the certificate that a request's head says was proved on it.
pub(super) fn as_told(head: &Head, connection: &Connection) -> Arc<Connection> {
    let told = client_cert::certificate(&head.headers);
    let (peer, unreadable) = told.unzip();
    Arc::new(connection.as_told(peer.map(Arc::new), unreadable.flatten()))
}

/// What the journal keeps of a connection, made once and shared by all its entries.
pub(super) fn facts_of(connection: &Connection) -> Arc<ConnectionFacts> {
    let known = connection
        .memo
        .get_or_init(|| Arc::new(new_facts(connection)));
    Arc::clone(known)
        .downcast()
        .unwrap_or_else(|_| Arc::new(new_facts(connection)))
}

/// The same, made anew.
pub(super) fn new_facts(connection: &Connection) -> ConnectionFacts {
    let (tls, peer) = (connection.tls.as_ref(), connection.peer.as_ref());
    ConnectionFacts {
        remote: connection.remote,
        tls_version: tls.map(|tls| tls.version.to_owned()),
        cipher: tls.map(|tls| tls.cipher.to_owned()),
        certificate_thumbprint: peer.map(|peer| peer.thumbprint().to_string()),
        certificate_subject: peer.map(|peer| peer.subject().to_string()),
    }
}
