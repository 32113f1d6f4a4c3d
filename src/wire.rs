//! The wire: bytes in, a request out; a reply in, bytes out.
//!
//! This is HTTP without a bank. `wire/server.rs` accepts connections, shakes hands and reads;
//! whoever answers is a [`Service`], and of the bank nothing is known here. The vocabulary that the
//! layers above share stands beside it: requests and replies, routes, forms, headers.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use connection::{Connection, ConnectionFailure, Greeting};
use reply::Reply;
use request::{Head, RequestFault};

pub(crate) mod client_cert;
pub(crate) mod connection;
pub(crate) mod disturbance;
pub(crate) mod fetch;
pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod router;
pub(crate) mod server;

/// Who answers the requests that a door lets in.
///
/// Every request is given to [`arrive`](Self::arrive) and then, unless its caller went away, to
/// [`answer`](Self::answer). Where the caller goes away first, what `arrive` returned is dropped,
/// at once or after an `answer` that was under way is given up: its destructor is the place to note
/// that.
pub(crate) trait Service: Send + Sync + 'static {
    /// A request of which the head is known: the journal's entry begins here.
    type Arrived: Send + 'static;

    /// Called with the head alone, before the body is read. Must not block.
    fn arrive(&self, head: Head, connection: &Arc<Connection>) -> Self::Arrived;

    /// Called when the body is there as a whole, or cannot be had. Every fault is answered too.
    fn answer(
        &self,
        arrived: Self::Arrived,
        body: Result<Bytes, RequestFault>,
    ) -> impl Future<Output = Reply> + Send;

    /// Called for a connection that was accepted, before anything is read from it: how it is
    /// received. Must not block.
    fn greet(&self, number: u64, remote: SocketAddr) -> Greeting {
        let _ = (number, remote);
        Greeting::Welcome
    }

    /// Called for a connection that ended without a request we could read.
    fn connection_failed(&self, failure: ConnectionFailure);
}
