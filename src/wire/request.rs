//! Requests: the head as it was sent, and the whole with its body.
//!
//! A request is owned and complete, so that everything after it is a plain function.
//!
//! Its header values and its body may be slices of the connection's read buffer. Let them go with
//! the request: one header value kept keeps some 7 kB alive. Whoever keeps a part, as the journal
//! does, copies it.

use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode, Version};

use super::connection::Connection;
use super::form::{Form, FormError};
use super::header;
use crate::id::RequestId;

/// A request that is there as a whole.
pub(crate) struct Request {
    /// Its number, and its journal entry's.
    pub(crate) id: RequestId,
    /// Method, path, query, headers.
    pub(crate) head: Head,
    /// The body, empty where none was sent.
    pub(crate) body: Bytes,
    /// The connection it came on.
    pub(crate) connection: Arc<Connection>,
}

/// What a request says before its body.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// Whom the caller meant: the `:authority` of HTTP/2 or an absolute URL, else the one `Host`
    /// header.
    pub(crate) authority: Option<String>,
    /// The headers; names in lower case, values as sent.
    pub(crate) headers: HeaderMap,
    /// The method, in the case it was sent in.
    pub(crate) method: Method,
    /// The path, escapes and all; `*` of `OPTIONS *`, empty for `CONNECT`.
    pub(crate) path: String,
    /// What follows the question mark, escapes and all.
    pub(crate) query: Option<String>,
    /// The version of HTTP.
    pub(crate) version: Version,
}

/// Why the bank has to answer a request without having read it whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RequestFault {
    /// The body broke off, or its framing is wrong.
    #[error("the body broke off before its end")]
    BodyBroken,
    /// The body did not come in time.
    #[error("the body did not come in time")]
    BodyTimedOut,
    /// The body is larger than we read.
    #[error("the body is larger than the bank reads")]
    BodyTooLarge,
    /// The head is larger than we take; the body was not read.
    #[error("the headers are larger than the bank takes")]
    HeadTooLarge,
    /// HTTP/1.1 without `Host`, or with several or one that names no host; the body was not read.
    #[error("HTTP/1.1 demands exactly one Host header that names a host")]
    HostUnclear,
}

impl Head {
    /// The head of a request that hyper, or a test, has read.
    pub(crate) fn from_parts(parts: http::request::Parts) -> Self {
        let authority = match parts.uri.authority() {
            Some(authority) => Some(authority.to_string()),
            None => header::single(&parts.headers, &HOST)
                .ok()
                .flatten()
                .map(str::to_owned),
        };
        Self {
            authority,
            headers: parts.headers,
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            version: parts.version,
        }
    }

    /// Whether the head says clearly whom it means.
    ///
    /// RFC 9112, section 3.2: "A server MUST respond with a 400 (Bad Request) status code to any
    /// HTTP/1.1 request message that lacks a Host header field and to any request message that
    /// contains more than one Host header field line or a Host header field with an invalid field
    /// value."
    #[must_use]
    pub(crate) fn has_clear_host(&self) -> bool {
        match header::single(&self.headers, &HOST) {
            Ok(None) => self.version != Version::HTTP_11,
            Ok(Some("")) => true,
            Ok(Some(host)) => !host.contains('@') && host.parse::<Authority>().is_ok(),
            Err(_) => false,
        }
    }

    /// The query's parameters, each name once.
    ///
    /// # Errors
    /// When the query is not a well-formed form, or a name stands twice.
    pub(crate) fn query_form(&self) -> Result<Form, FormError> {
        Form::parse(self.query.as_deref().unwrap_or_default().as_bytes())
    }

    /// How much the caller wrote: method, path, query, names and values, and what parts them in
    /// HTTP/1.1.
    #[must_use]
    pub(crate) fn size_bytes(&self) -> usize {
        let line = self.method.as_str().len()
            + self.path.len()
            + self.query.as_ref().map_or(0, |query| query.len() + 1)
            + "  HTTP/1.1\r\n".len();
        let headers = self.headers.iter();
        line + headers
            .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
            .sum::<usize>()
    }
}

impl RequestFault {
    /// The status of the answer (RFC 9110, section 15.5; RFC 6585, section 5).
    #[must_use]
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::BodyBroken | Self::HostUnclear => StatusCode::BAD_REQUEST,
            Self::BodyTimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(uri: &str, hosts: &[&str]) -> Head {
        let mut request = http::Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        Head::from_parts(request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_head_keeps_path_and_query_as_they_were_sent() {
        let head = head("/a%2Fb/%zz?x=%20+&y", &["bank.test:8443"]);
        assert_eq!(head.path, "/a%2Fb/%zz");
        assert_eq!(head.query.as_deref(), Some("x=%20+&y"));
        assert_eq!(head.query_form().unwrap().get("x"), Some("  "));
        assert_eq!(
            head.size_bytes(),
            "GET /a%2Fb/%zz?x=%20+&y HTTP/1.1\r\nhost: bank.test:8443\r\n".len()
        );
    }

    #[test]
    fn the_authority_is_said_once_or_not_at_all() {
        for (uri, hosts, expected) in [
            ("/", &["bank.test"][..], Some("bank.test")),
            ("https://bank.test:1/x", &[], Some("bank.test:1")),
            ("https://bank.test/x", &["other.test"], Some("bank.test")),
            ("/", &[], None),
            ("/", &["a.test", "b.test"], None),
            ("/", &["é"], None),
        ] {
            assert_eq!(
                head(uri, hosts).authority.as_deref(),
                expected,
                "{uri} {hosts:?}"
            );
        }
        assert_eq!(head("/", &[]).query_form(), Ok(Form::default()));
    }

    #[test]
    fn every_fault_has_a_client_error() {
        for (fault, status) in [
            (RequestFault::BodyBroken, 400),
            (RequestFault::BodyTimedOut, 408),
            (RequestFault::BodyTooLarge, 413),
            (RequestFault::HeadTooLarge, 431),
            (RequestFault::HostUnclear, 400),
        ] {
            assert_eq!(fault.status().as_u16(), status, "{fault}");
        }
    }
}
