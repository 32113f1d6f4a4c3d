//! The authorization server: clients, pushed requests, grants and tokens (RFC 6749, OpenID Connect Core,
//! FAPI 1.0 Advanced).
//!
//! Reading order: `error` (what a refusal is), `profile` and `check` (what is asked, and whether),
//! `client` and `client_auth` (who calls), `request` and `callback` (what is asked for, where answers
//! go), `token` and `access` (what is issued, and how it is honored), `id_token` and `metadata`.
//!
//! Everything here is a plain function of values; [`AuthorizationServer`] is the part that remembers.
//! It knows nothing of accounts or consents but their ids.

pub(crate) mod access;
pub(crate) mod api_key;
mod by_consent;
pub(crate) mod callback;
pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod client_auth;
pub(crate) mod error;
pub(crate) mod expiring;
pub(crate) mod grant;
pub(crate) mod id_token;
pub(crate) mod metadata;
pub(crate) mod profile;
pub(crate) mod rate;
pub(crate) mod recent;
pub(crate) mod redirect_uri;
pub(crate) mod registration;
pub(crate) mod request;
pub(crate) mod room;
pub(crate) mod scope;
pub(crate) mod token;

use std::collections::HashMap;
use std::sync::Arc;

use time::Duration;

use crate::clock::{Now, Timestamp};
use crate::entropy::{self, Stream};
use crate::id::{ClientId, ConsentId};
use crate::rule::{Mismatch, Rule, Trail};

use by_consent::ByConsent;
use client::Client;
use client_auth::{ASSERTION_REPLAY, AuthenticatedClient, ProvenClient};
use error::{ErrorCode, Refusal};
use expiring::Expiring;
use grant::{AccessToken, AuthorizationCode, Grant, GrantId, RefreshToken, Revocation, TokenHash};
use registration::Registrations;
use request::AuthorizationRequest;
use room::{Rooms, too_much};

/// How long things live, in bank time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Lifetimes {
    /// Access tokens.
    pub(crate) access_token: Duration,
    /// Refresh tokens, never beyond their consent.
    pub(crate) refresh_token: Duration,
    /// ID tokens.
    pub(crate) id_token: Duration,
    /// Authorization codes.
    pub(crate) code: Duration,
    /// Pushed authorization requests.
    pub(crate) request_uri: Duration,
}

/// As published: 5 minutes, 90 days, 5 minutes; codes 60 s and `request_uris` 90 s (API contract, 5.3).
impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: Duration::minutes(5),
            refresh_token: Duration::days(90),
            id_token: Duration::minutes(5),
            code: Duration::seconds(60),
            request_uri: Duration::seconds(90),
        }
    }
}

/// What the authorization server remembers.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationServer {
    lifetimes: Lifetimes,
    clients: HashMap<ClientId, Arc<Client>>,
    registrations: Registrations,
    identifiers: Expiring<TokenHash, ()>,
    pushed: Expiring<TokenHash, Pushed>,
    grants: Expiring<GrantId, Grant, ByConsent>,
    grants_made: u64,
    codes: Expiring<TokenHash, AuthorizationCode>,
    refresh_tokens: Expiring<TokenHash, RefreshToken>,
    access_tokens: Expiring<TokenHash, AccessToken>,
}

/// A request a client pushed (RFC 9126).
#[derive(Clone, Debug)]
struct Pushed {
    client: Arc<Client>,
    request: AuthorizationRequest,
    expires_at: Timestamp,
    used: bool,
}

/// A `request_uri` that a browser brought, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct PushedRequest {
    /// Who pushed it.
    pub(crate) client: Arc<Client>,
    /// What it asks for.
    pub(crate) request: AuthorizationRequest,
    /// Whether it may be acted on, and why not.
    pub(crate) standing: Result<(), Refusal>,
    /// Whether that is because it was used up.
    pub(crate) is_used: bool,
}

impl AuthorizationServer {
    /// A server with these clients and nothing issued; ids of further ones are drawn from `client_ids`.
    pub(crate) fn new(
        clients: Vec<Arc<Client>>,
        (lifetimes, rooms): (Lifetimes, Rooms),
        client_ids: Stream,
    ) -> Self {
        let clients = clients
            .into_iter()
            .map(|client| (client.id.clone(), client));
        Self {
            lifetimes,
            clients: clients.collect(),
            registrations: Registrations::new(client_ids, rooms.registrations),
            identifiers: Expiring::new(rooms.identifiers),
            pushed: Expiring::new(rooms.pushed),
            grants: Expiring::new(rooms.grants),
            grants_made: 0,
            codes: Expiring::new(rooms.codes),
            refresh_tokens: Expiring::new(rooms.grants),
            access_tokens: Expiring::new(rooms.access_tokens),
        }
    }

    /// The client registered under this id.
    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        self.clients.get(id).cloned()
    }

    /// Admits a client that proved itself, unless its assertion was used before.
    ///
    /// # Errors
    /// On a replay, or when the client has more assertions outstanding than are remembered.
    pub(crate) fn admit(
        &mut self,
        proven: ProvenClient,
        now: Now,
        trail: &mut Trail,
    ) -> Result<AuthenticatedClient, Refusal> {
        if let Some((jti, until)) = &proven.identifier {
            let key = TokenHash::of(&format!("{}\n{jti}", proven.client.id));
            if self.identifiers.get(&key).is_some() {
                let mismatch = Mismatch::new("a jti not used before", jti.clone())
                    .with_hint("make a fresh assertion for each call");
                return Err(ErrorCode::InvalidClient.because(mismatch.under(&ASSERTION_REPLAY)));
            }
            // Remembered until it is past by both clocks: the sweep goes by the earlier one.
            self.identifiers
                .insert((key, ()), &proven.client.id, *until, now.earlier())
                .map_err(too_much)?;
            trail.passed(&ASSERTION_REPLAY);
        }
        Ok(AuthenticatedClient::new(proven))
    }

    /// Keeps a request that passed every check; answers its `request_uri` and life.
    ///
    /// # Errors
    /// When the client has too many outstanding.
    pub(crate) fn push(
        &mut self,
        who: &AuthenticatedClient,
        request: AuthorizationRequest,
        now: Timestamp,
    ) -> Result<(String, Duration), Refusal> {
        let request_uri = format!("{REQUEST_URI_PREFIX}{}", entropy::secret());
        let life = self.lifetimes.request_uri;
        let pushed = Pushed {
            client: Arc::clone(who.client()),
            request,
            expires_at: now.plus(life),
            used: false,
        };
        let entry = (TokenHash::of(&request_uri), pushed);
        self.pushed
            .insert(entry, &who.client().id, now.plus(life), now)
            .map_err(too_much)?;
        Ok((request_uri, life))
    }

    /// The request behind a `request_uri`, if any was ever pushed under it.
    pub(crate) fn pushed(&self, request_uri: &str, now: Timestamp) -> Option<PushedRequest> {
        let pushed = self.pushed.get(&TokenHash::of(request_uri))?;
        let mismatch = if pushed.used {
            Some(
                Mismatch::new("a request_uri not used before", "one that was")
                    .with_hint("push the request again"),
            )
        } else if pushed.expires_at <= now {
            Some(Mismatch::new(
                format!("a request_uri still alive; it is {now}"),
                format!("one that expired {}", pushed.expires_at),
            ))
        } else {
            None
        };
        let standing = mismatch.map_or(Ok(()), |mismatch| {
            Err(ErrorCode::InvalidRequestUri.because(mismatch.under(&REQUEST_URI)))
        });
        let mut request = pushed.request.clone();
        let was = (request.scope, pushed.client.scope);
        request.scope = self.scope_left(was, &pushed.client.id);
        Some(PushedRequest {
            client: Arc::clone(&pushed.client),
            request,
            standing,
            is_used: pushed.used,
        })
    }

    /// Marks a pushed request as used: at the journey's end, not at the first visit.
    pub(crate) fn consume_pushed(&mut self, request_uri: &str) {
        if let Some(pushed) = self.pushed.get_mut(&TokenHash::of(request_uri)) {
            pushed.used = true;
        }
    }

    /// How many access tokens and how many refresh tokens are kept, ended or not.
    pub(crate) fn tokens_kept(&self) -> (usize, usize) {
        (self.access_tokens.len(), self.refresh_tokens.len())
    }

    /// Whether the client may be granted one more thing.
    ///
    /// # Errors
    /// When it has too many grants or codes outstanding.
    pub(crate) fn check_room(&mut self, client: &ClientId, now: Timestamp) -> Result<(), Refusal> {
        self.grants.has_room(client, now).map_err(too_much)?;
        self.codes.has_room(client, now).map_err(too_much)
    }

    /// Remembers what a customer allowed, and issues the code for it.
    ///
    /// # Errors
    /// When the client has too many grants or codes outstanding, or was deleted in the meantime.
    pub(crate) fn grant(
        &mut self,
        grant: Grant,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let owner = grant.client.id.clone();
        if !self.clients.contains_key(&owner) {
            return Err(client_auth::unknown_client(&owner));
        }
        self.check_room(&owner, now)?;
        let id = self.keep_grant(grant, now)?;
        let code = entropy::secret();
        let expires_at = now.plus(self.lifetimes.code);
        let entry = AuthorizationCode {
            grant: id,
            redirect_uri: Arc::clone(&request.redirect_uri),
            code_challenge: request.code_challenge.clone(),
            is_hybrid: request.response_type == request::ResponseType::CodeIdToken,
            expires_at,
            used: false,
        };
        self.codes
            .insert((TokenHash::of(&code), entry), &owner, expires_at, now)
            .map_err(too_much)?;
        Ok(code)
    }

    fn keep_grant(&mut self, grant: Grant, now: Timestamp) -> Result<GrantId, Refusal> {
        let (owner, ends_at) = (grant.client.id.clone(), grant.ends_at);
        self.grants_made += 1;
        let id = GrantId(self.grants_made);
        self.grants
            .insert((id, grant), &owner, ends_at, now)
            .map_err(too_much)?;
        Ok(id)
    }

    /// Ends every grant of a consent.
    pub(crate) fn revoke_consent(&mut self, consent: &ConsentId, why: Revocation) {
        for id in self.grants.index().of(consent) {
            if let Some(grant) = self.grants.get_mut(&id) {
                grant.revoked.get_or_insert(why);
            }
        }
    }
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&REQUEST_URI, &room::OUTSTANDING];

/// Also asked when the `request_uri` is unknown.
pub(crate) static REQUEST_URI: Rule = Rule {
    name: "authorize.request_uri",
    clause: "RFC 9126, sections 2.2 and 4; RFC 9101, section 5.2",
    sentence: "The request_uri is known, the client's own, alive, and used once.",
};

/// RFC 9126, section 2.2.
const REQUEST_URI_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
