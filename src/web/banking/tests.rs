//! What is generated from the tables themselves, so that no member, permission or resource is forgotten:
//! bad bodies from the shapes, and the truth table of permissions from the routes.
//!
//! These tests stand inside the crate because the tables do. They call the bank as a TPP would, save that
//! consents are approved and tokens made without a journey.

mod bad_input;
mod endings;
mod payment_bodies;
mod permissions;

use http::{Method, Request};
use serde_json::Value;
use time::macros::datetime;

use crate::bank::State;
use crate::clock::Timestamp;
use crate::consent::{Event, Terms};
use crate::fixture::InMemoryBank;
use crate::id::ConsentId;
use crate::oauth::scope::Scope;
use crate::web::consented::approval::approval;

/// A bank, and a TPP at its desk.
struct Desk {
    bank: InMemoryBank,
    certificate: String,
}

impl Desk {
    fn open() -> Self {
        let at = datetime!(2025-06-16 10:30:00 UTC);
        let bank = InMemoryBank::builder().clock_at(at).in_memory().unwrap();
        let certificate = bank.client(TPP).transport_cert_pem().to_owned();
        Self { bank, certificate }
    }

    /// Looks at the bank's state.
    fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        self.bank.bank().state(look)
    }

    fn now(&self) -> Timestamp {
        self.bank.bank().clock.now().bank
    }

    /// A token of the TPP's own.
    fn credentials(&self) -> String {
        let (scope, now) = (Scope::parse("consents").unwrap(), self.now());
        self.state(|state| state.oauth.mint(TPP, scope, None, now))
    }

    /// A token for a consent that the first customer has just approved.
    fn approved(&self, terms: Terms, scope: &str) -> (ConsentId, String) {
        let client = crate::id::ClientId::new(TPP);
        let created = self.state(|state| {
            state
                .consents
                .create(client, (terms, None), |_| false, self.now())
        });
        let id = created.unwrap().id;
        let token = self.approve(&id, scope);
        (id, token)
    }

    /// A token of this scope for a consent that the first customer approves.
    fn approve(&self, id: &ConsentId, scope: &str) -> String {
        let (scope, now) = (Scope::parse(scope).unwrap(), self.now());
        self.state(|state| {
            let customer = state.book.customers().remove(0).id;
            let consent = state.consents.find(id.as_str(), now).unwrap();
            let approval = approval(&state.book, consent, customer, None).unwrap();
            consent.apply(Event::Approve(approval), now).unwrap();
            state
                .oauth
                .mint(TPP, scope, Some((id.clone(), customer)), now)
        })
    }

    /// Calls the bank; the answer's status and body.
    fn call(
        &self,
        (method, path): (Method, &str),
        (token, consent): (&str, Option<&ConsentId>),
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:8443")
            .header("authorization", format!("Bearer {token}"));
        if let Some(consent) = consent {
            request = request.header("x-consent-id", consent.as_str());
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let request = request.body(bytes).unwrap();
        let answer = self.bank.send(request, Some(&self.certificate));
        let json = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), json)
    }
}

/// A client that may do everything.
const TPP: &str = "acorn-budget";
