//! One request about to be sent; whoever makes it has filled in what is usual.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::{Form, Response, TestBank};

/// A request under way to the bank.
#[derive(Clone)]
#[must_use]
pub(crate) struct Call<'a> {
    bank: &'a TestBank,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    certificate: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn new(bank: &'a TestBank, method: Method, target: &str) -> Self {
        Self {
            bank,
            method,
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            certificate: None,
        }
    }

    /// Presents this certificate in the handshake.
    pub(crate) fn certificate(mut self, pem: &str) -> Self {
        self.certificate = Some(pem.to_owned());
        self
    }

    /// Presents no certificate.
    pub(crate) fn without_certificate(mut self) -> Self {
        self.certificate = None;
        self
    }

    /// Carries this access token.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Names this consent.
    pub(crate) fn consent(self, id: &str) -> Self {
        self.header("x-consent-id", id)
    }

    /// Takes only this type of answer.
    pub(crate) fn accept(self, types: &str) -> Self {
        self.header(ACCEPT.as_str(), types)
    }

    /// Has this header, once.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let (name, value) = parsed(name, value);
        self.headers.insert(name, value);
        self
    }

    /// Has this header once more.
    pub(crate) fn and_header(mut self, name: &str, value: &str) -> Self {
        let (name, value) = parsed(name, value);
        self.headers.append(name, value);
        self
    }

    /// Has no such header.
    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Has this method instead.
    pub(crate) fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Has this query.
    pub(crate) fn query(mut self, query: &str) -> Self {
        let path = self.target.split('?').next().unwrap_or_default();
        self.target = format!("{path}?{query}");
        self
    }

    /// Carries a form.
    pub(crate) fn form(self, form: &Form) -> Self {
        self.header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")
            .body(form.encoded())
    }

    /// Carries JSON.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.header(CONTENT_TYPE.as_str(), "application/json")
            .body(body.to_string())
    }

    /// Carries these bytes; the content type stays as it is.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Off it goes.
    #[track_caller]
    pub(crate) fn send(self) -> Response {
        let (bank, certificate) = (self.bank, self.certificate.clone());
        bank.send(self.request(), certificate.as_deref())
    }

    /// Off it goes, and while its answer is awaited somebody acts.
    #[track_caller]
    pub(crate) fn send_meanwhile(self, act: impl FnOnce()) -> Response {
        let (bank, certificate) = (self.bank, self.certificate.clone());
        bank.send_meanwhile(self.request(), certificate.as_deref(), act)
    }

    /// The same, when the journal goes meanwhile.
    #[track_caller]
    pub(crate) fn send_unseen(self, act: impl FnOnce()) -> http::Response<Vec<u8>> {
        let (bank, certificate) = (self.bank, self.certificate.clone());
        bank.send_unseen(self.request(), certificate.as_deref(), act)
    }

    /// Off it goes, one of very many: only its status is looked at, and the journal is not.
    #[track_caller]
    pub(crate) fn send_unwatched(self) -> u16 {
        let (bank, certificate) = (self.bank, self.certificate.clone());
        bank.send_unwatched(self.request(), certificate.as_deref())
    }

    /// Off it goes, and nobody looks at the journal: the answer as it is.
    pub(crate) fn send_raw(self) -> http::Response<Vec<u8>> {
        let (bank, certificate) = (self.bank, self.certificate.clone());
        bank.send_raw(self.request(), certificate.as_deref())
    }

    /// Off it goes, so many times at once, each on a thread of its own: statuses and bodies.
    pub(crate) fn send_in_parallel(self, count: usize) -> Vec<(u16, Vec<u8>)> {
        let (bank, certificate) = (self.bank, self.certificate.clone());
        let requests = (0..count).map(|_| self.clone().request()).collect();
        bank.send_in_parallel(requests, certificate.as_deref())
    }

    fn request(self) -> http::Request<Vec<u8>> {
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(self.target)
            .body(self.body)
            .expect("a request");
        *request.headers_mut() = self.headers;
        let host = self.bank.issuer().trim_start_matches("https://");
        let host = host.split('/').next().unwrap_or(host);
        request
            .headers_mut()
            .entry("host")
            .or_insert(HeaderValue::from_static(host));
        request
    }
}

fn parsed(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
    (name.parse().expect("a header's name"), value)
}
