//! Introspection (RFC 7662) and revocation (RFC 7009): own tokens only, and no word about others.

use crate::clock::Timestamp;
use crate::id::{ClientId, ConsentId, CustomerId};
use crate::oauth::AuthorizationServer;
use crate::oauth::client::Client;
use crate::oauth::grant::{AccessToken, Grant, RefreshToken, Revocation, TokenHash};
use crate::oauth::scope::Scope;
use crate::pki::Thumbprint;

/// What the owner of an active token is told of it.
#[derive(Debug)]
pub(crate) struct Introspection {
    /// `Bearer`; a refresh token has none, for it is presented to no resource.
    pub(crate) token_type: Option<&'static str>,
    /// What it opens.
    pub(crate) scope: Scope,
    /// Who allowed it.
    pub(crate) customer: Option<CustomerId>,
    /// The consent behind it.
    pub(crate) consent: Option<ConsentId>,
    /// The certificate it is bound to.
    pub(crate) certificate: Option<Thumbprint>,
    /// When it was made.
    pub(crate) issued_at: Timestamp,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

impl AuthorizationServer {
    /// What `client` may know of one of its own tokens; `None` for any that is not active, or not its own.
    pub(crate) fn introspect(
        &self,
        client: &Client,
        token: &str,
        now: Timestamp,
    ) -> Option<Introspection> {
        let key = TokenHash::of(token);
        if let Some(token) = self.access_tokens.get(&key) {
            return self.introspect_access_token(client, token, now);
        }
        let token = self.refresh_tokens.get(&key)?;
        self.introspect_refresh_token(client, token, now)
    }

    fn introspect_access_token(
        &self,
        client: &Client,
        token: &AccessToken,
        now: Timestamp,
    ) -> Option<Introspection> {
        let grant = match token.grant {
            Some(id) => Some(self.grants.get(&id)?),
            None => None,
        };
        let ended = token.revoked.or_else(|| grant?.revoked).is_some();
        if token.client != client.id || token.expires_at <= now || ended {
            return None;
        }
        Some(Introspection {
            token_type: Some("Bearer"),
            scope: self.scope_of_token(token),
            customer: grant.map(|grant| grant.customer),
            consent: grant.map(|grant| grant.consent.clone()),
            certificate: token.certificate,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
        })
    }

    fn introspect_refresh_token(
        &self,
        client: &Client,
        token: &RefreshToken,
        now: Timestamp,
    ) -> Option<Introspection> {
        let grant = self.grants.get(&token.grant)?;
        let ended = grant.revoked.is_some() || token.expires_at <= now;
        if grant.client.id != client.id || ended {
            return None;
        }
        Some(Introspection {
            token_type: None,
            scope: self.scope_of_grant(grant),
            customer: Some(grant.customer),
            consent: Some(grant.consent.clone()),
            certificate: token.certificate,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
        })
    }

    /// Ends a token of `client`'s own; a refresh token takes its whole family with it.
    /// Answers what was ended, in a word for the journal.
    pub(crate) fn revoke(&mut self, client: &Client, token: &str) -> Option<&'static str> {
        let key = TokenHash::of(token);
        if let Some(token) = self.access_tokens.get_mut(&key) {
            if token.client != client.id {
                return None;
            }
            token.revoked.get_or_insert(Revocation::ByClient);
            return Some("access token");
        }
        let grant = self.refresh_tokens.get(&key)?.grant;
        let grant = self.grants.get_mut(&grant)?;
        if grant.client.id != client.id {
            return None;
        }
        grant.revoked.get_or_insert(Revocation::ByClient);
        Some("refresh token and every access token of its grant")
    }

    /// The consent behind a token, whoever asks; for settling it before the token is judged.
    pub(crate) fn consent_of(&self, token: &str) -> Option<ConsentId> {
        let key = TokenHash::of(token);
        let access = self.access_tokens.get(&key).and_then(|token| token.grant);
        let refresh = || self.refresh_tokens.get(&key).map(|token| token.grant);
        let code = || self.codes.get(&key).map(|code| code.grant);
        let grant: &Grant = self.grants.get(&access.or_else(refresh).or_else(code)?)?;
        Some(grant.consent.clone())
    }

    /// What a token or code stands for, whatever its state.
    pub(crate) fn behind(&self, secret: &str) -> Option<Behind<'_>> {
        let key = TokenHash::of(secret);
        let code = self.codes.get(&key);
        let access = self.access_tokens.get(&key);
        let refresh = self.refresh_tokens.get(&key).map(|token| token.grant);
        let id = (access.and_then(|token| token.grant))
            .or(refresh)
            .or(code.map(|code| code.grant));
        let grant = id.and_then(|id| self.grants.get(&id));
        let owner = access.map(|token| &token.client);
        let owner = owner.or_else(|| Some(&grant?.client.id))?;
        Some(Behind {
            client: owner.clone(),
            grant,
            is_hybrid: code.is_some_and(|code| code.is_hybrid),
        })
    }
}

/// What a token or code stands for.
#[derive(Clone, Debug)]
pub(crate) struct Behind<'a> {
    /// Whose it is.
    pub(crate) client: ClientId,
    /// What a customer granted, if one did.
    pub(crate) grant: Option<&'a Grant>,
    /// Whether it is a code that an ID token came with.
    pub(crate) is_hybrid: bool,
}
