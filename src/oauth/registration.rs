//! Dynamic client registration and its management (RFC 7591, RFC 7592; OBIE Dynamic Client Registration 3.3).
//!
//! A registration is a software statement ([`statement`]), what the client asks beside it ([`metadata`]), in
//! the signed form the JWT around both ([`signed`]), and in strict mode the caller's certificate
//! ([`organisation`]). What passed them all is a [`Candidate`]; the server keeps it as a [`Registration`].

mod document;
pub(crate) mod fetched;
pub(crate) mod metadata;
pub(crate) mod organisation;
pub(crate) mod signed;
pub(crate) mod statement;

use std::collections::HashMap;
use std::sync::Arc;

use crate::clock::{Now, Timestamp};
use crate::entropy::{self, Stream};
use crate::id::ClientId;
use crate::jose::KeySet;
use crate::pki::Thumbprint;
use crate::rule::{Mismatch, Rule, Trail};

use super::AuthorizationServer;
use super::client::Client;
use super::error::{ErrorCode, Refusal};
use super::expiring::{Expiring, Room};
use super::grant::{Revocation, TokenHash};
use super::room::too_much;
use super::scope::{Scope, ScopeToken};

use metadata::Metadata;
use statement::Software;

/// How much the bank asks of whoever registers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Mode {
    /// Signatures and dates.
    Sandbox,
    /// That the caller is the organisation, and authorised, besides.
    #[default]
    Strict,
}

/// In which form a client registered, and so in which form it is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// RFC 7591 as the bank's guide prints it: with a relative `registration_client_uri`.
    Json,
    /// The UK's signed form: with absolute links.
    Jose,
}

/// A registration that passed every check.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// What the client asked for.
    pub(crate) metadata: Metadata,
    /// Whose software it is.
    pub(crate) software: Arc<Software>,
    /// Whether the bank's own directory vouches for it, so that its keys need no fetching.
    pub(crate) is_built_in: bool,
    /// The software statement as it was presented.
    pub(crate) statement: Arc<str>,
    /// The keys that the statement points to.
    pub(crate) keys: KeySet,
    /// How it was sent.
    pub(crate) form: Form,
    /// The certificate it was sent with.
    pub(crate) certificate: Option<Thumbprint>,
    /// The identifier of the JWT around it, and that JWT's end.
    pub(crate) identifier: Option<(String, Timestamp)>,
}

/// A client that registered itself.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// The client it became.
    pub(crate) client: Arc<Client>,
    /// What it registered.
    pub(crate) candidate: Candidate,
    /// When, by the bank's time.
    pub(crate) issued_at: Timestamp,
    token: Option<TokenHash>,
}

/// What the authorization server remembers of registrations.
#[derive(Clone, Debug)]
pub(crate) struct Registrations {
    kept: HashMap<ClientId, Arc<Registration>>,
    tokens: HashMap<TokenHash, ClientId>,
    per_organisation: HashMap<String, usize>,
    identifiers: Expiring<TokenHash, ()>,
    ids: Stream,
}

impl Registrations {
    /// None, with ids to be drawn from `ids`, and room for identifiers of signed registrations.
    pub(super) fn new(ids: Stream, identifiers: Room) -> Self {
        Self {
            kept: HashMap::new(),
            tokens: HashMap::new(),
            per_organisation: HashMap::new(),
            identifiers: Expiring::new(identifiers),
            ids,
        }
    }

    fn check_room(&self, organisation: &str) -> Result<(), Mismatch> {
        let own = self.per_organisation.get(organisation).copied();
        if own.unwrap_or_default() >= CLIENTS_PER_ORGANISATION {
            return Err(Mismatch::new(
                format!("at most {CLIENTS_PER_ORGANISATION} clients of one organisation"),
                "one more",
            )
            .with_hint("DELETE those that are no longer used"));
        }
        if self.kept.len() >= CLIENTS_MAX {
            let expected = format!("at most {CLIENTS_MAX} registered clients");
            return Err(Mismatch::new(expected, "one more"));
        }
        Ok(())
    }
}

impl AuthorizationServer {
    /// Registers a new client; answers it with its registration access token.
    ///
    /// # Errors
    /// When the signed registration was used before, or the organisation or the bank has its fill.
    pub(crate) fn register(
        &mut self,
        candidate: Candidate,
        now: Now,
        trail: &mut Trail,
    ) -> Result<(Arc<Registration>, String), Refusal> {
        let organisation = candidate.software.org_id.clone();
        let room = self.registrations.check_room(&organisation);
        trail
            .judge(&ROOM, room)
            .map_err(|finding| ErrorCode::TemporarilyUnavailable.because(finding))?;
        self.remember_identifier(&candidate, now, trail)?;
        let id = ClientId::new(self.registrations.ids.uuid());
        let secret = format!("{TOKEN_PREFIX}{}", entropy::secret());
        let token = TokenHash::of(&secret);
        let registration = Arc::new(Registration {
            client: Arc::new(candidate.client(&id)),
            candidate,
            issued_at: now.bank,
            token: Some(token),
        });
        let registrations = &mut self.registrations;
        *registrations
            .per_organisation
            .entry(organisation)
            .or_default() += 1;
        registrations.tokens.insert(token, id.clone());
        registrations
            .kept
            .insert(id.clone(), Arc::clone(&registration));
        self.clients.insert(id, Arc::clone(&registration.client));
        Ok((registration, secret))
    }

    fn remember_identifier(
        &mut self,
        candidate: &Candidate,
        now: Now,
        trail: &mut Trail,
    ) -> Result<(), Refusal> {
        let Some((jti, until)) = &candidate.identifier else {
            return Ok(());
        };
        let software = &candidate.software;
        let owner = ClientId::new(format!("{}/{}", software.org_id, software.id));
        let key = TokenHash::of(&format!("{owner}\n{jti}"));
        let identifiers = &mut self.registrations.identifiers;
        let answer = match identifiers.get(&key) {
            None => Ok(()),
            Some(()) => Err(Mismatch::new("a jti not used before", jti.clone())
                .with_hint("sign a fresh registration")),
        };
        trail
            .judge(&signed::REPLAY, answer)
            .map_err(|finding| ErrorCode::InvalidClientMetadata.because(finding))?;
        identifiers
            .insert((key, ()), &owner, *until, now.earlier())
            .map_err(too_much)
    }

    /// The registration of a client, if it registered itself.
    pub(crate) fn registration(&self, client: &str) -> Option<Arc<Registration>> {
        self.registrations.kept.get(client).cloned()
    }

    /// Whose registration access token this is.
    pub(crate) fn registration_token_owner(&self, token: &str) -> Option<ClientId> {
        let owner = self.registrations.tokens.get(&TokenHash::of(token));
        owner.cloned()
    }

    /// Takes a registration access token out of use.
    pub(crate) fn void_registration_token(&mut self, token: &str) {
        self.registrations.tokens.remove(&TokenHash::of(token));
    }

    /// Replaces the whole of what a client registered; its id stays, its tokens too.
    /// Answers nothing when the client has gone in the meantime.
    pub(crate) fn replace_registration(
        &mut self,
        client: &ClientId,
        candidate: Candidate,
    ) -> Option<Arc<Registration>> {
        let kept = self.registrations.kept.get_mut(client)?;
        let moved = kept.candidate.software.org_id != candidate.software.org_id;
        debug_assert!(!moved, "a registration stays with its organisation");
        let registration = Arc::new(Registration {
            client: Arc::new(candidate.client(client)),
            candidate,
            issued_at: kept.issued_at,
            token: kept.token,
        });
        *kept = Arc::clone(&registration);
        let replaced = Arc::clone(&registration.client);
        self.clients.insert(client.clone(), replaced);
        Some(registration)
    }

    /// Takes a client out, whoever registered it, and ends everything it holds.
    pub(crate) fn remove_client(&mut self, client: &ClientId) -> Option<Arc<Client>> {
        let removed = self.clients.remove(client)?;
        if let Some(registration) = self.registrations.kept.remove(client) {
            let organisation = &registration.candidate.software.org_id;
            let counts = &mut self.registrations.per_organisation;
            if let Some(count) = counts.get_mut(organisation) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(organisation);
                }
            }
        }
        self.registrations.tokens.retain(|_, owner| owner != client);
        self.pushed.remove_owned(client);
        self.codes.remove_owned(client);
        self.refresh_tokens.remove_owned(client);
        self.grants.remove_owned(client);
        // Who holds an access token is told why it opens nothing any more, for its short life.
        for token in self.access_tokens.values_mut() {
            if token.client == *client {
                token.revoked.get_or_insert(Revocation::ClientDeleted);
            }
        }
        Some(removed)
    }

    /// Enters a client that nobody registered over the wire.
    pub(crate) fn enter_client(&mut self, client: Arc<Client>) {
        self.clients.insert(client.id.clone(), client);
    }

    /// Changes what a client is registered with, in its own record too if it has one.
    pub(crate) fn change_client(
        &mut self,
        client: &ClientId,
        change: impl FnOnce(&mut Client),
    ) -> Option<Arc<Client>> {
        let known = self.clients.get_mut(client)?;
        let mut changed = Client::clone(known);
        change(&mut changed);
        let changed = Arc::new(changed);
        *known = Arc::clone(&changed);
        if let Some(kept) = self.registrations.kept.get_mut(client) {
            let mut registration = Registration::clone(kept);
            let metadata = &mut registration.candidate.metadata;
            metadata.redirect_uris.clone_from(&changed.redirect_uris);
            metadata.response_types.clone_from(&changed.response_types);
            metadata.scope = changed
                .scope
                .without(Scope::from_iter([ScopeToken::Consents]));
            metadata.authorization_signed_response_alg = changed.authorization_signed_response_alg;
            metadata.id_token_signed_response_alg = changed.id_token_signed_response_alg;
            registration.client = Arc::clone(&changed);
            *kept = Arc::new(registration);
        }
        Some(changed)
    }

    /// Gives every client whose keys another directory keeps at this URL the ones that are there now.
    pub(crate) fn replace_keys(&mut self, url: &str, keys: &KeySet) {
        for (id, registration) in &self.registrations.kept {
            let candidate = &registration.candidate;
            if candidate.is_built_in || candidate.software.jwks_endpoint != url {
                continue;
            }
            if let Some(known) = self.clients.get_mut(id) {
                let mut changed = Client::clone(known);
                changed.keys = keys.clone();
                *known = Arc::new(changed);
            }
        }
    }

    /// Every client, scenario's and registered, in the order of their ids.
    pub(crate) fn all_clients(&self) -> Vec<Arc<Client>> {
        let mut clients: Vec<_> = self.clients.values().cloned().collect();
        clients.sort_by(|one, other| one.id.cmp(&other.id));
        clients
    }
}

impl Candidate {
    fn client(&self, id: &ClientId) -> Client {
        let metadata = &self.metadata;
        let implicit = [ScopeToken::Consents];
        let printed = ScopeToken::ALL.into_iter();
        let printed = printed.filter(|token| metadata.scope.contains(*token));
        Client {
            id: id.clone(),
            // The directory vouches for this name; `client_name` is the client's own word.
            name: self.software.name.as_str().into(),
            authentication: metadata.authentication.clone(),
            keys: self.keys.clone(),
            certificate: self.certificate,
            redirect_uris: metadata.redirect_uris.clone(),
            grant_types: metadata.grant_types.clone(),
            response_types: metadata.response_types.clone(),
            scope: printed.chain(implicit).collect::<Scope>(),
            id_token_signed_response_alg: metadata.id_token_signed_response_alg,
            id_token_encryption: metadata.id_token_encryption,
            authorization_signed_response_alg: metadata.authorization_signed_response_alg,
            request_object_signing_alg: metadata.request_object_signing_alg,
        }
    }
}

/// The rules that are no rows of a table.
pub(crate) static RULES: &[&Rule] = &[&ROOM];

static ROOM: Rule = Rule {
    name: "limit.clients",
    clause: "Hamster Bank, limits",
    sentence: "An organisation keeps no more clients at the bank than a test could need.",
};

/// The registration endpoint; a client's record is below it.
pub(crate) const REGISTER: &str = "/register";

/// What every registration access token begins with, as the guide prints it.
const TOKEN_PREFIX: &str = "reg_token_";

// A record has at most some 100 kB, nearly always five: all of them together are tens of megabytes.
const CLIENTS_MAX: usize = 5_000;
/// A test suite that registers for each of its tests, and never cleans up, runs a while.
const CLIENTS_PER_ORGANISATION: usize = 500;
