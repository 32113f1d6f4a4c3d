//! An address a client registered, to which an authorization response may be sent.
//!
//! A [`Callback`] can only be made from a client and an address of its own, so that "never redirect to an
//! unchecked address" is a type: before there is one, a mistake ends on an error page; after, it is sent
//! to the client, signed when the client asked for that (JARM).

use std::sync::Arc;

use serde_json::{Map, Value};
use time::Duration;

use crate::clock::Now;
use crate::jose::{Flaw, SigningKey};
use crate::wire::form;

use super::client::Client;
use super::error::{self, Refusal};
use super::id_token::EXPIRED_SINCE;
use super::request::{AuthorizationRequest, ResponseMode};

/// Where and how an authorization response goes.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    client: Arc<Client>,
    redirect_uri: Arc<str>,
    state: Option<Arc<str>>,
    mode: ResponseMode,
}

/// What is needed of the bank to send a response.
pub(crate) struct Sender<'a> {
    /// The bank's issuer: `iss` of every response (RFC 9207).
    pub(crate) issuer: &'a str,
    /// The key JWT responses of this client are signed with.
    pub(crate) key: Arc<SigningKey>,
    /// When it is sent.
    pub(crate) now: Now,
    /// Whether descriptions hold the finding.
    pub(crate) explain: bool,
    /// What is to be wrong with it, on purpose.
    pub(crate) twists: Vec<Twist>,
}

/// What can be wrong with an authorization response on purpose; all else about it stays right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// There is no `iss` (RFC 9207), though the discovery document promises one.
    IssMissing,
    /// `iss` is another issuer.
    IssWrong,
    /// `aud` of the JWT is another client.
    ResponseAudWrong,
    /// `exp` of the JWT is past.
    ResponseExpired,
    /// `iss` of the JWT is another issuer.
    ResponseIssWrong,
    /// The JWT's seal is wrong.
    ResponseSeal(Flaw),
    /// There is no `state`.
    StateMissing,
    /// `state` is another request's.
    StateWrong,
}

impl Sender<'_> {
    fn is(&self, twist: Twist) -> bool {
        self.twists.contains(&twist)
    }

    fn flaw(&self) -> Option<Flaw> {
        self.twists.iter().find_map(|twist| match twist {
            Twist::ResponseSeal(flaw) => Some(*flaw),
            _ => None,
        })
    }
}

impl Callback {
    /// The callback to `redirect_uri`, if the client registered exactly that.
    pub(crate) fn new(
        client: &Arc<Client>,
        redirect_uri: &str,
        state: Option<&str>,
        mode: ResponseMode,
    ) -> Option<Self> {
        client.may_redirect_to(redirect_uri).then(|| Self {
            client: Arc::clone(client),
            redirect_uri: redirect_uri.into(),
            state: state.map(Into::into),
            mode,
        })
    }

    /// The callback a request in good order asks for.
    pub(crate) fn of(client: &Arc<Client>, request: &AuthorizationRequest) -> Option<Self> {
        let state = request.state.as_deref();
        Self::new(client, &request.redirect_uri, state, request.response_mode)
    }

    /// Whose callback it is.
    pub(crate) const fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Whether what goes there is a signed JWT.
    pub(crate) const fn is_signed(&self) -> bool {
        self.mode.is_jwt()
    }

    /// Whether a response that goes there could have this wrong with it.
    pub(crate) const fn can_show(&self, twist: Twist) -> bool {
        match twist {
            Twist::IssMissing | Twist::IssWrong => !self.mode.is_jwt(),
            Twist::ResponseAudWrong
            | Twist::ResponseExpired
            | Twist::ResponseIssWrong
            | Twist::ResponseSeal(_) => self.mode.is_jwt(),
            Twist::StateMissing | Twist::StateWrong => self.state.is_some(),
        }
    }

    /// The address that carries a success.
    pub(crate) fn success(&self, members: Vec<(&str, String)>, sender: &Sender<'_>) -> String {
        self.address(members, sender)
    }

    /// The address that carries a refusal, in the standard parameters and no other.
    pub(crate) fn refusal(&self, refusal: &Refusal, sender: &Sender<'_>) -> String {
        let description = refusal.description(sender.explain);
        let code = refusal.code.as_str().to_owned();
        self.address(
            vec![("error", code), ("error_description", description)],
            sender,
        )
    }

    /// The address that carries an error on purpose, whatever its word.
    pub(crate) fn error(&self, twist: &error::Twist, sender: &Sender<'_>) -> String {
        let code = twist.word.to_string();
        let description = error::Twist::DESCRIPTION.to_owned();
        self.address(
            vec![("error", code), ("error_description", description)],
            sender,
        )
    }

    fn address(&self, mut members: Vec<(&str, String)>, sender: &Sender<'_>) -> String {
        if let Some(state) = self
            .state
            .as_ref()
            .filter(|_| !sender.is(Twist::StateMissing))
        {
            let another = if sender.is(Twist::StateWrong) {
                "-of-another"
            } else {
                ""
            };
            members.push(("state", format!("{state}{another}")));
        }
        if self.mode.is_jwt() {
            let response = self.signed(members, sender);
            members = vec![("response", response)];
        } else if sender.is(Twist::IssWrong) {
            members.push(("iss", format!("{}/another", sender.issuer)));
        } else if !sender.is(Twist::IssMissing) {
            members.push(("iss", sender.issuer.to_owned()));
        }
        let encoded = form::encode(members.iter().map(|(name, value)| (*name, value.as_str())));
        // A redirect URI may have a query of its own, which stays where it is.
        let separator = match (self.mode.is_fragment(), self.redirect_uri.contains('?')) {
            (true, _) => '#',
            (false, true) => '&',
            (false, false) => '?',
        };
        format!("{}{separator}{encoded}", self.redirect_uri)
    }

    // JARM, section 2.1: iss, aud and exp beside the response's own parameters.
    fn signed(&self, members: Vec<(&str, String)>, sender: &Sender<'_>) -> String {
        let mut claims = Map::new();
        let (mut iss, mut aud) = (sender.issuer.to_owned(), self.client.id.to_string());
        let mut life = LIFETIME;
        for twist in &sender.twists {
            match twist {
                Twist::ResponseIssWrong => iss.push_str("/another"),
                Twist::ResponseAudWrong => aud.push_str("-of-another"),
                Twist::ResponseExpired => life = -EXPIRED_SINCE,
                _ => {}
            }
        }
        let expires_at = sender.now.real.plus(life).unix_seconds();
        claims.insert("iss".to_owned(), iss.into());
        claims.insert("aud".to_owned(), aud.into());
        claims.insert("exp".to_owned(), expires_at.into());
        for (name, value) in members {
            claims.insert(name.to_owned(), Value::String(value));
        }
        match sender.flaw() {
            Some(flaw) => sender.key.sign_wrongly(&claims, flaw),
            None => sender.key.sign(None, &claims),
        }
    }
}

/// JARM, section 2.1 recommends at most ten minutes; a redirect takes seconds.
const LIFETIME: Duration = Duration::minutes(5);
