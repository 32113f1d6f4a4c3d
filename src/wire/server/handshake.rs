//! Shaking hands: TLS with a deadline, and a kind word to those who speak plain HTTP.
//!
//! The client's certificate is asked for and taken as it is. Whether it is any good is a question
//! for the route that is called, so that the answer can be explained.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::pki::{PeerCertificate, TlsFacts};
use crate::wire::connection::FailureReason;

/// Shakes hands within `time_max`. None where the caller left without a byte: a look whether the
/// port is open is no failure.
pub(super) async fn shake(
    acceptor: &TlsAcceptor,
    mut stream: TcpStream,
    time_max: Duration,
) -> Result<Option<TlsStream<TcpStream>>, FailureReason> {
    let shaken = timeout(time_max, async {
        let mut first = [0; 8];
        let count = stream.peek(&mut first).await.unwrap_or(0);
        let first = first.get(..count).unwrap_or_default();
        if first.is_empty() {
            return Ok(None);
        }
        if looks_like_http(first) {
            refuse_plain_http(&mut stream).await;
            return Err(FailureReason::PlainHttp);
        }
        match acceptor.accept(stream).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) => Err(FailureReason::Handshake {
                message: error.to_string(),
            }),
        }
    });
    shaken
        .await
        .unwrap_or(Err(FailureReason::HandshakeTimedOut))
}

/// What a finished handshake established.
pub(super) fn facts_of(
    session: &ServerConnection,
) -> (Option<TlsFacts>, Option<Arc<PeerCertificate>>) {
    let peer = session.peer_certificates().and_then(|chain| {
        let chain = chain.iter().map(|link| link.clone().into_owned()).collect();
        PeerCertificate::from_chain(chain)
    });
    (TlsFacts::of(session), peer.map(Arc::new))
}

/// Whether a first packet begins as an HTTP request does: letters of a method, then a blank. TLS
/// begins with the byte 22, and no other protocol is mistaken for HTTP at any cost but a misplaced
/// sentence.
fn looks_like_http(first: &[u8]) -> bool {
    let method = first.split(|byte| *byte == b' ').next();
    method.is_some_and(|method| !method.is_empty() && method.iter().all(u8::is_ascii_uppercase))
}

/// Answers in the clear, and lets the caller finish so that the answer is not lost to a reset.
async fn refuse_plain_http(stream: &mut TcpStream) {
    let body = "this port speaks TLS: use https:// instead of http://\n";
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    if stream.write_all(answer.as_bytes()).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut sink = [0; 1024];
    let linger = async {
        while let Ok(count) = stream.read(&mut sink).await {
            if count == 0 {
                break;
            }
        }
    };
    // A caller who sends on for longer does not want to know.
    let _ = timeout(LINGER, linger).await;
}

/// How long a caller may take to notice that it was answered.
const LINGER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_looks_like_http() {
        for first in [
            "GET / HT", "POST /a ", "OPTIONS ", "G", "PROPFIND", "PRI * HT",
        ] {
            assert!(looks_like_http(first.as_bytes()), "{first}");
        }
        let hello: &[u8] = &[22, 3, 1, 2, 0, 1, 0, 1];
        for first in [
            hello,
            b"",
            b" GET / ",
            b"get / HT",
            b"SSH-2.0-",
            b"\0\0\0\0",
            b"\x80ABC",
        ] {
            assert!(!looks_like_http(first), "{first:?}");
        }
    }
}
