//! Tokens that the bank makes and ends by its operator's hand, and all that it keeps.
//!
//! One made so has a grant of its own, as if a journey had just led to it, and follows every rule of one.

use time::Duration;

use crate::clock::Timestamp;
use crate::entropy;
use crate::id::{ClientId, ConsentId, CustomerId};
use crate::oauth::AuthorizationServer;
use crate::oauth::error::Refusal;
use crate::oauth::grant::{AccessToken, Grant, RefreshToken, Revocation, TokenHash};
use crate::oauth::room::too_much;
use crate::oauth::scope::Scope;
use crate::pki::Thumbprint;

/// What a token is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenKind {
    /// Calls of resources.
    Access,
    /// Further access tokens.
    Refresh,
}

impl TokenKind {
    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// A token as the bank keeps it: everything but the token itself.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) id: TokenHash,
    pub(crate) kind: TokenKind,
    pub(crate) client: ClientId,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) consent: Option<ConsentId>,
    pub(crate) scope: Scope,
    pub(crate) certificate: Option<Thumbprint>,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) revoked: Option<Revocation>,
}

impl AuthorizationServer {
    /// An access token of a new grant, or of the client's own without one; with its life.
    ///
    /// # Errors
    /// When the client has too much outstanding.
    pub(crate) fn make_access_token(
        &mut self,
        client: &ClientId,
        grant: Option<Grant>,
        (scope, certificate): (Scope, Option<Thumbprint>),
        now: Timestamp,
    ) -> Result<(String, Duration), Refusal> {
        // Asked before anything is made: a refusal leaves nothing behind.
        let room = self.access_tokens.has_room(client, now);
        room.map_err(too_much)?;
        let (grant, ends_at) = match grant {
            Some(grant) => {
                let ends_at = grant.ends_at;
                (Some(self.keep_grant(grant, now)?), ends_at)
            }
            None => (None, Timestamp::MAX),
        };
        self.issue_access_token(client, (grant, ends_at), (scope, certificate), now)
    }

    /// A refresh token of a new grant, with its life.
    ///
    /// # Errors
    /// When the client has too much outstanding.
    pub(crate) fn make_refresh_token(
        &mut self,
        grant: Grant,
        certificate: Option<Thumbprint>,
        now: Timestamp,
    ) -> Result<(String, Duration), Refusal> {
        let client = grant.client.id.clone();
        let room = self.refresh_tokens.has_room(&client, now);
        room.map_err(too_much)?;
        let expires_at = now.plus(self.lifetimes.refresh_token).min(grant.ends_at);
        let refresh = RefreshToken {
            grant: self.keep_grant(grant, now)?,
            certificate,
            issued_at: now,
            expires_at,
        };
        let secret = entropy::secret();
        self.refresh_tokens
            .insert((TokenHash::of(&secret), refresh), &client, expires_at, now)
            .map_err(too_much)?;
        Ok((secret, expires_at.since(now)))
    }

    /// A page of the tokens of every client, or of one, oldest first: so many after the one with that id;
    /// `None` when there is no such one.
    pub(crate) fn kept_tokens(
        &self,
        client_id: Option<&str>,
        (after, limit): (Option<TokenHash>, usize),
    ) -> Option<Vec<Kept>> {
        let after = match after {
            Some(id) => Some((self.kept_token(id)?.issued_at, id)),
            None => None,
        };
        let is_own = |client: &ClientId| client_id.is_none_or(|id| id == client.as_str());
        let access = self.access_tokens.iter();
        let access = access.filter(|(_, token)| is_own(&token.client));
        let access = access.map(|(id, token)| (token.issued_at, *id));
        let refresh = self.refresh_tokens.iter().filter(|(_, token)| {
            let grant = self.grants.get(&token.grant);
            grant.is_some_and(|grant| is_own(&grant.client.id))
        });
        let refresh = refresh.map(|(id, token)| (token.issued_at, *id));
        let is_later = |place: &(Timestamp, TokenHash)| after.is_none_or(|after| *place > after);
        let mut places: Vec<_> = access.chain(refresh).filter(is_later).collect();
        // There may be a million of them, and a page holds few.
        if places.len() > limit {
            places.select_nth_unstable(limit);
            places.truncate(limit);
        }
        places.sort_unstable();
        let kept = places.into_iter();
        Some(kept.filter_map(|(_, id)| self.kept_token(id)).collect())
    }

    /// A token under its id.
    pub(crate) fn kept_token(&self, id: TokenHash) -> Option<Kept> {
        if let Some(token) = self.access_tokens.get(&id) {
            return Some(self.kept_access_token(id, token));
        }
        let token = self.refresh_tokens.get(&id)?;
        let grant = self.grants.get(&token.grant)?;
        Some(Kept {
            id,
            kind: TokenKind::Refresh,
            client: grant.client.id.clone(),
            customer: Some(grant.customer),
            consent: Some(grant.consent.clone()),
            scope: self.scope_of_grant(grant),
            certificate: token.certificate,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            revoked: grant.revoked,
        })
    }

    fn kept_access_token(&self, id: TokenHash, token: &AccessToken) -> Kept {
        let grant = token.grant.and_then(|id| self.grants.get(&id));
        Kept {
            id,
            kind: TokenKind::Access,
            client: token.client.clone(),
            customer: grant.map(|grant| grant.customer),
            consent: grant.map(|grant| grant.consent.clone()),
            scope: self.scope_of_token(token),
            certificate: token.certificate,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            revoked: token.revoked.or_else(|| grant?.revoked),
        }
    }

    /// Makes a token as old as if its life were over; a refresh token leaves what was made of it alone.
    pub(crate) fn expire_token(&mut self, id: TokenHash, now: Timestamp) {
        if let Some(token) = self.access_tokens.get_mut(&id) {
            token.expires_at = token.expires_at.min(now);
            let ends_at = token.expires_at;
            self.access_tokens.end_at(&id, ends_at);
        } else if let Some(token) = self.refresh_tokens.get_mut(&id) {
            token.expires_at = token.expires_at.min(now);
            let ends_at = token.expires_at;
            self.refresh_tokens.end_at(&id, ends_at);
        }
    }

    /// Gives an access token another end of life, though never one beyond its consent's; that end.
    pub(super) fn end_access_token_at(
        &mut self,
        id: &TokenHash,
        end: Timestamp,
    ) -> Option<Timestamp> {
        let token = self.access_tokens.get_mut(id)?;
        let grant = token.grant.and_then(|grant| self.grants.get(&grant));
        token.expires_at = grant.map_or(end, |grant| end.min(grant.ends_at));
        let ends_at = token.expires_at;
        self.access_tokens.end_at(id, ends_at);
        Some(ends_at)
    }

    /// Ends a token; a refresh token takes its whole family with it.
    pub(crate) fn revoke_token(&mut self, id: TokenHash) {
        if let Some(token) = self.access_tokens.get_mut(&id) {
            token.revoked.get_or_insert(Revocation::ByBank);
        } else if let Some(token) = self.refresh_tokens.get(&id)
            && let Some(grant) = self.grants.get_mut(&token.grant)
        {
            grant.revoked.get_or_insert(Revocation::ByBank);
        }
    }

    /// Lets nothing made of a consent live beyond its end, which has come nearer.
    pub(crate) fn end_consent_by(&mut self, consent: &ConsentId, end: Timestamp) {
        let grants = self.grants.index().of(consent);
        for id in &grants {
            if let Some(grant) = self.grants.get_mut(id) {
                grant.ends_at = grant.ends_at.min(end);
            }
        }
        for token in self.access_tokens.values_mut() {
            if token.grant.is_some_and(|id| grants.contains(&id)) {
                token.expires_at = token.expires_at.min(end);
            }
        }
        for token in self.refresh_tokens.values_mut() {
            if grants.contains(&token.grant) {
                token.expires_at = token.expires_at.min(end);
            }
        }
    }
}
