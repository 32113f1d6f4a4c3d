//! Entries as an HTTP archive (HAR 1.2), which a browser's developer tools open.
//!
//! Secrets are masked in it as they are everywhere. A connection that carried no request has no place there.

use http::Version;
use serde_json::{Number, Value, json};

use super::block::Fields;
use super::entry::{Answer, Asked, Body, Entry};
use super::project::{header_pairs, reason};
use crate::wire::form::Form;

/// The archive of these entries; the addresses in it begin with `origin`.
#[must_use]
pub(crate) fn archive(entries: &[Entry], origin: &str) -> Value {
    let entries: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.to_har(origin))
        .collect();
    json!({
        "log": {
            "version": "1.2",
            "creator": { "name": "hamsterbank", "version": env!("CARGO_PKG_VERSION") },
            "pages": [],
            "entries": entries,
        }
    })
}

impl Entry {
    fn to_har(&self, origin: &str) -> Option<Value> {
        let asked = self.asked()?;
        let tail = self.tail.as_deref();
        let body = tail.and_then(|tail| tail.request_body.as_ref());
        let answer = self.answer();
        let time = answer.map_or_else(|| Number::from(0), |answer| ms(answer.duration_us));
        let mut entry = json!({
            "startedDateTime": self.head.at.real.to_string(),
            "time": time,
            "request": request(asked, body, origin),
            "response": response(answer, asked.version),
            "cache": {},
            "timings": { "send": 0, "wait": time, "receive": 0 },
            "comment": self.comment(),
        });
        if let Some(members) = entry.as_object_mut() {
            if let Some(remote) = self.head.connection.remote {
                members.insert("connection".to_owned(), remote.port().to_string().into());
            }
            members.insert("_request_id".to_owned(), self.id().to_string().into());
        }
        Some(entry)
    }

    /// What the bank makes of it, beside the archive's own members.
    fn comment(&self) -> String {
        match self.verdict() {
            None => format!("{}: in flight", self.id()),
            Some(verdict) => match verdict.finding {
                None => format!("{}: {}", self.id(), verdict.word),
                Some(finding) => format!("{}: {finding}", self.id()),
            },
        }
    }
}

fn request(asked: &Asked, body: Option<&Body>, origin: &str) -> Value {
    let query = asked.query();
    let url = match &query {
        Some(query) => format!("{origin}{}?{query}", asked.path()),
        None => format!("{origin}{}", asked.path()),
    };
    let mut request = json!({
        "method": asked.method.as_str(),
        "url": url,
        "httpVersion": format!("{:?}", asked.version),
        "cookies": [],
        "headers": headers(asked.header_fields()),
        "queryString": query.as_deref().map_or_else(Vec::new, pairs),
        "headersSize": -1,
        "bodySize": body.map_or(0, |body| body.length),
    });
    if let (Some(body), Some(request)) = (body, request.as_object_mut()) {
        let mime_type = content_type(asked.header_fields());
        let text = body.text().unwrap_or_default();
        let is_form = mime_type.starts_with("application/x-www-form-urlencoded");
        let params = if is_form { pairs(&text) } else { Vec::new() };
        let post_data = json!({
            "mimeType": mime_type,
            "params": params,
            "text": text,
            "comment": left_out(body),
        });
        request.insert("postData".to_owned(), post_data);
    }
    request
}

/// An answer that never came has the status 0, as browsers write it.
fn response(answer: Option<&Answer>, version: Version) -> Value {
    let Some(answer) = answer else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
            "content": { "size": 0, "mimeType": "x-unknown" },
            "redirectURL": "", "headersSize": -1, "bodySize": -1,
        });
    };
    let fields = || answer.headers.fields();
    let body = answer.body.as_ref();
    let length = body.map_or(0, |body| body.length);
    json!({
        "status": answer.status,
        "statusText": reason(answer.status),
        "httpVersion": format!("{version:?}"),
        "cookies": [],
        "headers": headers(fields()),
        "content": {
            "size": length,
            "mimeType": content_type(fields()),
            "text": body.and_then(Body::text).unwrap_or_default(),
            "comment": body.map(left_out).unwrap_or_default(),
        },
        "redirectURL": value_of(fields(), "location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": length,
    })
}

fn left_out(body: &Body) -> String {
    match body.digest_text() {
        None => String::new(),
        Some(digest) => format!("not whole: {} bytes with SHA-256 {digest}", body.length),
    }
}

fn headers(fields: Fields<'_>) -> Vec<Value> {
    let pairs = header_pairs(fields);
    pairs
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn value_of(fields: Fields<'_>, wanted: &str) -> Option<String> {
    let mut pairs = header_pairs(fields);
    let found = pairs.find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.into_owned())
}

fn content_type(fields: Fields<'_>) -> String {
    value_of(fields, "content-type").unwrap_or_default()
}

/// Names and values of a query or a form; none of one that cannot be read.
fn pairs(text: &str) -> Vec<Value> {
    let form = Form::parse(text.as_bytes()).unwrap_or_default();
    let pairs = form.pairs();
    pairs
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

/// Milliseconds with their fraction, without arithmetic in floating point.
fn ms(us: u64) -> Number {
    let text = format!("{}.{:03}", us / 1000, us % 1000);
    text.parse().unwrap_or_else(|_| Number::from(us / 1000))
}
