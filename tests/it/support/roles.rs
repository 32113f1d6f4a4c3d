//! The people around a bank who are not TPPs.

use http::header::{CONTENT_TYPE, HOST};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Call, Response, TestBank};

/// A customer with her browser, which knows nothing of certificates.
#[derive(Clone, Copy)]
pub(crate) struct Customer<'a> {
    bank: &'a TestBank,
    /// What she logs in with; a TPP that knows her may send it as `login_hint`.
    pub(crate) id: &'a str,
}

impl<'a> Customer<'a> {
    pub(super) const fn new(bank: &'a TestBank, id: &'a str) -> Self {
        Self { bank, id }
    }

    /// Follows a link to the bank.
    #[track_caller]
    pub(crate) fn opens(self, url: &str) -> Response {
        self.follows(url).send()
    }

    /// Follows a link, and while the bank waits for her somebody acts.
    #[track_caller]
    pub(crate) fn opens_meanwhile(self, url: &str, act: impl FnOnce()) -> Response {
        self.follows(url).send_meanwhile(act)
    }

    /// A link about to be followed.
    pub(crate) fn follows(self, url: &str) -> Call<'a> {
        let target = url.strip_prefix(self.bank.issuer()).unwrap_or(url);
        Call::new(self.bank, Method::GET, target)
            .accept("text/html,application/xhtml+xml,*/*;q=0.8")
    }
}

/// Whoever steers the bank: its control API.
#[derive(Clone, Copy)]
pub(crate) struct Operator<'a> {
    bank: &'a TestBank,
}

impl<'a> Operator<'a> {
    pub(super) const fn new(bank: &'a TestBank) -> Self {
        Self { bank }
    }

    /// Moves the bank's time forward.
    #[track_caller]
    pub(crate) fn advance_clock(self, by: &str) -> Value {
        let answer = self.post("/clock", &json!({ "advance": by }));
        assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
        parsed(&answer)
    }

    /// What the journal holds that meets `filter`, a query.
    #[track_caller]
    pub(crate) fn requests(self, filter: &str) -> Vec<Value> {
        let list = self.get(&format!("/requests?{filter}"));
        list["items"].as_array().expect("items").clone()
    }

    /// A GET that succeeds.
    #[track_caller]
    pub(crate) fn get(self, target: &str) -> Value {
        let answer = self.send(Self::request(Method::GET, target));
        assert_eq!(answer.status(), StatusCode::OK, "{target}: {answer:?}");
        parsed(&answer)
    }

    /// A POST, whatever comes of it.
    pub(crate) fn post(self, target: &str, body: &Value) -> http::Response<Vec<u8>> {
        self.call(Method::POST, target, body)
    }

    /// A call with a body, whatever comes of it.
    pub(crate) fn call(
        self,
        method: Method,
        target: &str,
        body: &Value,
    ) -> http::Response<Vec<u8>> {
        let mut request = Self::request(method, target);
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = body.to_string().into_bytes();
        self.send(request)
    }

    /// Any request at all.
    pub(crate) fn send(self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        self.bank.control(request)
    }

    /// A request with all that is usual.
    #[track_caller]
    pub(crate) fn request(method: Method, target: &str) -> http::Request<Vec<u8>> {
        let request = http::Request::builder().method(method).uri(target);
        let request = request.header(HOST, "localhost:8444").body(Vec::new());
        request.expect("a request")
    }
}

#[track_caller]
fn parsed(answer: &http::Response<Vec<u8>>) -> Value {
    serde_json::from_slice(answer.body()).expect("JSON")
}

/// Somebody without a certificate.
#[derive(Clone, Copy)]
pub(crate) struct Stranger<'a> {
    bank: &'a TestBank,
}

impl<'a> Stranger<'a> {
    pub(super) const fn new(bank: &'a TestBank) -> Self {
        Self { bank }
    }

    /// A GET.
    pub(crate) fn get(self, target: &str) -> Call<'a> {
        self.call(Method::GET, target)
    }

    /// Any call.
    pub(crate) fn call(self, method: Method, target: &str) -> Call<'a> {
        Call::new(self.bank, method, target)
    }
}
