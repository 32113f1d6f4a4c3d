//! Reply: what goes back to a caller.
//!
//! A handler makes one of these and never touches a socket; only `wire/server.rs` turns it to
//! bytes. `Content-Length` and `Connection` are the server's business and are not set here.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use parking_lot::Mutex;
use serde::Serialize;

use super::disturbance::{Disturbance, Until};

/// An answer: status, headers, and a body that is there as a whole, unless it is a stream.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub(crate) struct Reply {
    /// The status of the answer.
    pub(crate) status: StatusCode,
    /// Its headers, without those the server itself adds.
    pub(crate) headers: HeaderMap,
    /// Its body, possibly empty.
    pub(crate) body: Bytes,
    /// What follows the body as it is made, where anything does.
    pub(crate) stream: Option<Stream>,
    /// What the server does to it on its way out: waits add up, and of rates, stalls and ends the
    /// lowest or first holds.
    pub(crate) disturbances: Vec<Disturbance>,
    /// When this says so, nothing is waited for any more on its way out.
    pub(crate) until: Option<Until>,
    /// Whether it only seems to come from somebody between the bank and its caller: the bank vouches for none of
    /// it.
    pub(crate) is_foreign: bool,
}

/// Makes a body piece by piece.
pub(crate) trait Source: Send {
    /// The next piece, when there is one; `None` at the end. May be given up at any time.
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Bytes>> + Send + '_>>;
}

/// A body that is made while it is read; whoever takes it first has it.
#[derive(Clone)]
pub(crate) struct Stream(Arc<Mutex<Option<Box<dyn Source>>>>);

impl Stream {
    /// What makes it, once.
    pub(crate) fn take(&self) -> Option<Box<dyn Source>> {
        self.0.lock().take()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

/// The same one, not one alike.
impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Stream {}

impl Reply {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::with_capacity(HEADERS_USUAL),
            body: Bytes::new(),
            stream: None,
            disturbances: Vec::new(),
            until: None,
            is_foreign: false,
        }
    }

    /// A page.
    pub(crate) fn html(status: StatusCode, page: impl Into<Bytes>) -> Self {
        Self::with_body(status, "text/html; charset=utf-8", page)
    }

    /// A JSON document.
    ///
    /// # Panics
    /// When `document` has a map whose keys are not texts: a bug of ours, not of a caller.
    pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Self {
        let mut body = Vec::with_capacity(JSON_BYTES_USUAL);
        #[expect(
            clippy::expect_used,
            reason = "our wire types have text keys; anything else is a bug that dispatch catches"
        )]
        serde_json::to_writer(&mut body, document).expect("a wire type becomes JSON");
        Self::with_body(status, "application/json; charset=utf-8", body)
    }

    /// Sends a browser on to `location` with 302.
    ///
    /// What may not stand in a URL (a line break above all) is escaped, so that nothing a caller
    /// gave us can open a new header line.
    pub(crate) fn redirect(location: &str) -> Self {
        let mut reply = Self::empty(StatusCode::FOUND);
        let mut escaped = String::with_capacity(location.len());
        for byte in location.bytes() {
            if byte.is_ascii_graphic() {
                escaped.push(char::from(byte));
            } else {
                super::form::push_escaped(&mut escaped, byte);
            }
        }
        reply.headers.insert(LOCATION, header_value(&escaped));
        reply
    }

    /// An answer with 200 whose body comes as `source` makes it.
    pub(crate) fn streamed(content_type: &'static str, source: impl Source + 'static) -> Self {
        let mut reply = Self::with_body(StatusCode::OK, content_type, Bytes::new());
        let source: Box<dyn Source> = Box::new(source);
        reply.stream = Some(Stream(Arc::new(Mutex::new(Some(source)))));
        reply
    }

    /// A plain text.
    pub(crate) fn text(status: StatusCode, text: impl Into<Bytes>) -> Self {
        Self::with_body(status, "text/plain; charset=utf-8", text)
    }

    /// An answer whose body has this `Content-Type`.
    pub(crate) fn with_body(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut reply = Self::empty(status);
        let content_type = HeaderValue::from_static(content_type);
        reply.headers.insert(CONTENT_TYPE, content_type);
        reply.body = body.into();
        reply
    }

    /// The same answer with this header, in place of the one it had.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.insert(name, header_value(value));
        self
    }
}

/// `text` as a header value; control characters, which no header may hold, become blanks.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| {
        let clean = text.replace(|character: char| character.is_ascii_control(), " ");
        HeaderValue::from_str(&clean).unwrap_or_else(|_| HeaderValue::from_static(""))
    })
}

/// Every answer carries its type, date and ids; with what the server adds that is about so many.
const HEADERS_USUAL: usize = 8;
/// Most answers fit; a long page grows from here in five steps instead of eight.
const JSON_BYTES_USUAL: usize = 1024;

#[cfg(test)]
mod tests {
    use http::header::WWW_AUTHENTICATE;

    use super::*;

    #[test]
    fn a_body_names_its_type() {
        let reply = Reply::json(StatusCode::CREATED, &serde_json::json!({"b": 1, "a": "é"}));
        assert_eq!(reply.status, StatusCode::CREATED);
        assert_eq!(
            reply.headers[CONTENT_TYPE],
            "application/json; charset=utf-8"
        );
        assert_eq!(reply.body, r#"{"b":1,"a":"é"}"#.as_bytes());
        for (reply, expected) in [
            (
                Reply::text(StatusCode::OK, "x"),
                "text/plain; charset=utf-8",
            ),
            (Reply::html(StatusCode::OK, "x"), "text/html; charset=utf-8"),
        ] {
            assert_eq!(reply.headers[CONTENT_TYPE], expected);
            assert_eq!(reply.body, "x");
        }
        assert!(Reply::empty(StatusCode::NO_CONTENT).headers.is_empty());
    }

    #[test]
    fn a_redirect_cannot_carry_a_second_header() {
        for (location, expected) in [
            (
                "https://tpp.test/cb?code=1&s=a%20b#x",
                "https://tpp.test/cb?code=1&s=a%20b#x",
            ),
            ("/a\r\nSet-Cookie: x=1", "/a%0D%0ASet-Cookie:%20x=1"),
            ("/é\u{0}\u{7f}", "/%C3%A9%00%7F"),
            ("", ""),
        ] {
            let reply = Reply::redirect(location);
            assert_eq!(reply.status, StatusCode::FOUND);
            assert_eq!(reply.headers[LOCATION], expected, "{location:?}");
        }
    }

    #[test]
    fn a_header_is_replaced_and_keeps_to_one_line() {
        let reply = Reply::empty(StatusCode::OK)
            .with_header(WWW_AUTHENTICATE, "first")
            .with_header(WWW_AUTHENTICATE, "Bearer error=\"a\r\nb\u{0}\"");
        assert_eq!(reply.headers[WWW_AUTHENTICATE], "Bearer error=\"a  b \"");
        assert_eq!(reply.headers.get_all(WWW_AUTHENTICATE).iter().count(), 1);
    }
}
