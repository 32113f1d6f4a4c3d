//! What rules are asked about: a request as it arrived, with what it claims, or a connection before any.
//!
//! Nothing here is proved. A rule that names a client means whoever claims to be that client: a fault is no
//! permission, and the guards judge the call as ever.

use std::cell::OnceCell;

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use crate::clock::Now;
use crate::id::{AccountId, ClientId, ConsentId, CustomerId, PaymentId, RequestId};
use crate::json;
use crate::wire::form::Form;

/// What is known when faults are decided.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// When it arrived.
    pub(crate) now: Now,
    /// The number of its connection, counted by listener from 1.
    pub(crate) connection: u64,
    /// `x5t#S256` of the certificate the connection presented.
    pub(crate) certificate: Option<String>,
    /// The request; none for a connection that has not brought one.
    pub(crate) asked: Option<Asked<'a>>,
}

/// A request, as far as it is known.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The journal's id of it.
    pub(crate) id: RequestId,
    /// The dotted name of its route; none where there is no such path.
    pub(crate) route: Option<&'static str>,
    /// The method.
    pub(crate) method: &'a Method,
    /// The path, without what leads to one of several banks.
    pub(crate) path: &'a str,
    /// The query as sent.
    pub(crate) query: Option<&'a str>,
    /// The headers.
    pub(crate) headers: &'a HeaderMap,
    /// The body as sent.
    pub(crate) body: &'a [u8],
    /// Who calls, and about what.
    pub(crate) about: About,
    /// Body, query and form as they were read, if they were asked for.
    pub(crate) read: Read,
}

/// Who calls, and about what: claimed, or looked up by what is claimed.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    /// The client.
    pub(crate) client_id: Option<ClientId>,
    /// The customer.
    pub(crate) customer_id: Option<CustomerId>,
    /// The consent.
    pub(crate) consent_id: Option<ConsentId>,
    /// Its type, as the consents' own paths name it.
    pub(crate) consent_type: Option<&'static str>,
    /// The account.
    pub(crate) account_id: Option<AccountId>,
    /// The payment.
    pub(crate) payment_id: Option<PaymentId>,
    /// Claims of the JWTs in the request, unverified.
    pub(crate) claims: Vec<Map<String, Value>>,
    /// The authorization request behind the call.
    pub(crate) flow: Option<Flow>,
}

/// An authorization request, as far as faults of its answers care.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts of a request that do not depend on each other"
)]
pub(crate) struct Flow {
    /// Whether an ID token comes from the authorization endpoint.
    pub(crate) is_hybrid: bool,
    /// Whether the authorization response is a signed JWT.
    pub(crate) is_jwt: bool,
    /// Whether it has a state.
    pub(crate) has_state: bool,
    /// Whether it has a nonce.
    pub(crate) has_nonce: bool,
}

/// What is read of a request at most once, and only for a rule that asks.
#[derive(Debug, Default)]
pub(crate) struct Read {
    query: OnceCell<Option<Form>>,
    form: OnceCell<Option<Form>>,
    body: OnceCell<Option<Value>>,
}

impl About {
    /// It is about this consent.
    pub(crate) fn is_of(&mut self, consent: &ConsentId, consent_type: &'static str) {
        self.consent_id = Some(consent.clone());
        self.consent_type = Some(consent_type);
    }
}

impl Asked<'_> {
    /// A parameter of the query; none in a query that cannot be read.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let read = || Form::parse(self.query?.as_bytes()).ok();
        self.read.query.get_or_init(read).as_ref()?.get(name)
    }

    /// A field of a form-encoded body.
    pub(crate) fn form(&self, name: &str) -> Option<&str> {
        let read = || Form::parse(self.body).ok();
        self.read.form.get_or_init(read).as_ref()?.get(name)
    }

    /// A member of a JSON body (RFC 6901).
    pub(crate) fn body(&self, pointer: &str) -> Option<&Value> {
        let read = || json::read(self.body).ok();
        self.read.body.get_or_init(read).as_ref()?.pointer(pointer)
    }

    /// The first line of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A claim of any JWT of the request, by its name or by a pointer.
    pub(crate) fn claim(&self, name: &str) -> Option<&Value> {
        let mut found = self.about.claims.iter().filter_map(|claims| {
            let Some((first, rest)) = name.strip_prefix('/').map(split) else {
                return claims.get(name);
            };
            claims.get(&first)?.pointer(rest)
        });
        found.next()
    }

    /// Whether it is a call of the token endpoint with this grant type.
    pub(crate) fn is_grant(&self, grant_type: &str) -> bool {
        self.route == Some("oauth.token") && self.form("grant_type") == Some(grant_type)
    }
}

/// The first name of a pointer whose slash is off, and the pointer behind it.
fn split(path: &str) -> (String, &str) {
    let at = path.find('/').unwrap_or(path.len());
    let (first, rest) = path.split_at(at);
    (first.replace("~1", "/").replace("~0", "~"), rest)
}
