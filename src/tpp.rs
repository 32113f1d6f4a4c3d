//! A TPP of our own: an ordinary outside client of a bank, strict in what it believes (FAPI 1.0
//! Advanced, sections 5.2.3 and 5.2.5; JARM, section 2.4).
//!
//! It knows what its kit and the bank's discovery document tell it, and nothing else: no module of
//! the bank is imported here, only the tools that any client needs. Making a call and sending it
//! are two steps, so that whoever drives it can show the call first.

pub(crate) mod call;
pub(crate) mod connection;
pub(crate) mod discovery;
pub(crate) mod grant;
mod judge;
pub(crate) mod kit;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::entropy;
use crate::jose::KeySet;
use crate::pki::TlsFault;

use call::{Answer, Call};
use connection::{CallError, Tls};
use discovery::Discovery;
use kit::{AuthMethod, Kit};

pub(crate) use judge::Doubt as TppDoubt;

/// One TPP at one bank.
#[derive(Debug)]
pub(crate) struct Tpp {
    kit: Kit,
    tls: Tls,
    discovery: Arc<Discovery>,
    keys: Arc<KeySet>,
    clock: Clock,
}

impl Tpp {
    /// A TPP that holds `kit` and has read the bank's discovery document and keys.
    ///
    /// # Errors
    /// When the kit's certificate and key cannot be used in TLS.
    pub(crate) fn new(
        kit: Kit,
        ca_pem: &str,
        (discovery, keys): (Arc<Discovery>, Arc<KeySet>),
    ) -> Result<Self, TlsFault> {
        let tls = Tls::new(ca_pem, Some(&kit.transport))?;
        Ok(Self {
            kit,
            tls,
            discovery,
            keys,
            clock: Clock::system(),
        })
    }

    /// What it holds.
    pub(crate) const fn kit(&self) -> &Kit {
        &self.kit
    }

    /// What the bank says of itself.
    pub(crate) fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    /// Sends a call over mutual TLS; to a bank in the clear, with the certificate in a header.
    ///
    /// # Errors
    /// When there is no answer.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, CallError> {
        connection::send(call, Some(&self.tls)).await
    }

    /// A form for an endpoint at which this client must prove itself: by a fresh assertion that
    /// lives this long, or by its certificate alone.
    pub(crate) fn prove(
        &self,
        url: &str,
        form: Vec<(&'static str, String)>,
        life: Duration,
    ) -> Call {
        let mut form = form;
        match self.kit.auth_method {
            AuthMethod::PrivateKeyJwt => {
                form.push(("client_assertion_type", JWT_BEARER.to_owned()));
                form.push(("client_assertion", self.assertion(life)));
            }
            AuthMethod::TlsClientAuth => form.push(("client_id", self.kit.client_id.clone())),
        }
        Call::form(url, form)
    }

    /// A request for a token of the client's own.
    pub(crate) fn client_credentials(&self, scope: &str, life: Duration) -> Call {
        let form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("scope", scope.to_owned()),
        ];
        self.prove(&self.discovery.token, form, life)
    }

    fn now(&self) -> Timestamp {
        // A TPP goes by its own clock, whatever time the bank plays.
        self.clock.now().real
    }

    /// RFC 7523, section 3; OpenID Connect Core, section 9. The audience is the issuer, which every
    /// endpoint accepts.
    fn assertion(&self, life: Duration) -> String {
        let now = self.now();
        let id = self.kit.client_id.as_str();
        self.kit.signing.sign(
            None,
            &object(json!({
                "iss": id,
                "sub": id,
                "aud": self.discovery.issuer,
                "jti": entropy::secret(),
                "iat": now.unix_seconds(),
                "nbf": now.unix_seconds(),
                "exp": now.plus(life).unix_seconds(),
            })),
        )
    }
}

/// The members of a literal object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// RFC 7523, section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
