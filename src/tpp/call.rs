//! A call before it is sent, and the answer to it: values that can be shown.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use crate::entropy::{self, Seed};
use crate::json;
use crate::wire::form;

use super::judge::Doubt;

/// One HTTP request, not yet sent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The method.
    pub(crate) method: Method,
    /// The whole URL.
    pub(crate) url: String,
    /// Headers, without those that follow from the body.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What it carries.
    pub(crate) body: Body,
}

/// What a call carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// A form.
    Form(Vec<(&'static str, String)>),
    /// A JSON document.
    Json(Value),
}

impl Call {
    /// A call that carries nothing.
    pub(crate) fn new(method: Method, url: &str) -> Self {
        Self {
            method,
            url: url.to_owned(),
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// A call that reads.
    pub(crate) fn get(url: &str) -> Self {
        Self::new(Method::GET, url)
    }

    /// A form, posted.
    pub(crate) fn form(url: &str, form: Vec<(&'static str, String)>) -> Self {
        Self {
            body: Body::Form(form),
            ..Self::new(Method::POST, url)
        }
    }

    /// A call with an access token, and an id to find it by.
    pub(crate) fn bearer(method: Method, url: &str, token: &str) -> Self {
        Self::new(method, url)
            .with_header("Authorization", format!("Bearer {token}"))
            .with_header("x-fapi-interaction-id", interaction_id())
    }

    /// The same call with a header more.
    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same call with a JSON document.
    #[must_use]
    pub(crate) fn with_json(mut self, document: Value) -> Self {
        self.body = Body::Json(document);
        self
    }

    /// The body's type and bytes.
    pub(super) fn content(&self) -> Option<(&'static str, Bytes)> {
        match &self.body {
            Body::Empty => None,
            Body::Form(form) => {
                let pairs = form.iter().map(|(name, value)| (*name, value.as_str()));
                Some((FORM, form::encode(pairs).into()))
            }
            Body::Json(document) => Some((JSON, document.to_string().into())),
        }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The whole body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header, if it is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn json(&self) -> Result<Value, Doubt> {
        json::read(&self.body)
            .map_err(|error| Doubt::new("the answer's body", "JSON", error.to_string()))
    }

    /// A member of the JSON body that must be a text.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn text_member(&self, name: &'static str) -> Result<String, Doubt> {
        let body = self.json()?;
        let member = body.get(name).and_then(Value::as_str);
        member
            .map(str::to_owned)
            .ok_or_else(|| Doubt::new("the answer", format!("a text {name}"), "none"))
    }
}

/// A random UUID.
fn interaction_id() -> String {
    let seed = Seed(u64::from_be_bytes(entropy::secret_bytes()));
    seed.stream("interaction").uuid()
}

/// The media type of JSON, as bodies carry it.
pub(crate) const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
