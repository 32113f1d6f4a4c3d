//! Rules and calls for the journal's tests.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::{Answered, Arrival, FaultNote, Journal, Limits, Open};
use crate::clock::{Now, Timestamp};
use crate::id::{FaultRuleId, RequestId};
use crate::rule::Rule;

pub(super) const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);

pub(super) static CERTIFICATE: Rule = Rule {
    name: "client_auth.certificate",
    clause: "RFC 8705, section 2.1",
    sentence: "The certificate must be the one the client registered.",
};

pub(super) static PKCE: Rule = Rule {
    name: "pkce.code_verifier",
    clause: "RFC 7636, section 4.6",
    sentence: "The verifier's SHA-256 must be the challenge of the authorization request.",
};

pub(super) static TLS: Rule = Rule {
    name: "tls.cipher",
    clause: "FAPI 1.0 Advanced, section 8.5",
    sentence: "Only four cipher suites may be used.",
};

pub(super) fn limits(entries: usize, bytes: usize) -> Limits {
    Limits {
        entries,
        bytes,
        body_bytes: 1000,
    }
}

pub(super) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// Opens an entry for a request at noon.
pub(super) fn arrive(
    journal: &Arc<Journal>,
    route: Option<&'static str>,
    target: &str,
    pairs: &[(&'static str, &str)],
) -> Open {
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    journal.arrive(Arrival {
        at: Now {
            bank: NOON,
            real: NOON,
        },
        route,
        version: http::Version::HTTP_11,
        method: if query.is_none() {
            &Method::GET
        } else {
            &Method::POST
        },
        path,
        query,
        headers: &headers(pairs),
        connection: Arc::default(),
    })
}

pub(super) fn answer(
    open: Open,
    status: u16,
    pairs: &[(&'static str, &str)],
    body: &str,
) -> RequestId {
    let id = open.id();
    open.finish(Answered {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers(pairs),
        body: body.as_bytes(),
        duration_us: 1234,
    });
    id
}

pub(super) fn get_json(journal: &Journal, id: RequestId) -> Value {
    journal.get(id).unwrap().to_json()
}

/// Whole requests, one after the other.
pub(super) fn fill(journal: &Arc<Journal>, count: usize) {
    for _ in 0..count {
        answer(
            arrive(journal, Some("banking.accounts.list"), "/accounts", &[]),
            200,
            &[],
            "{}",
        );
    }
}

/// A fault of the first rule, which has no name, and why it did not fire.
pub(super) fn fault(id: &str, held_back: Option<&str>) -> FaultNote {
    FaultNote {
        fault: id.into(),
        rule: Some(FaultRuleId::new(1)),
        name: None,
        parameters: None,
        held_back: held_back.map(Into::into),
    }
}
