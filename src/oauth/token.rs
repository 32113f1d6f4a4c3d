//! The token endpoint's work: a recipe for each grant type, and what they have in common.

mod authorization_code;
mod client_credentials;
mod hand;
mod in_force;
mod lifecycle;
mod refresh_token;
mod roles;
mod twist;

use std::sync::Arc;

use time::Duration;

use crate::clock::Timestamp;
use crate::entropy;
use crate::id::ClientId;
use crate::pki::Thumbprint;
use crate::rule::Mismatch;

use super::grant::{AccessToken, Grant, GrantId, TokenHash};
use super::room::too_much;
use super::scope::Scope;
use super::{AuthorizationServer, Refusal};

pub(crate) use authorization_code::{CODE_CHECKS, PresentedCode};
pub(crate) use client_credentials::CREDENTIALS_CHECKS;
pub(crate) use hand::{Kept, TokenKind};
pub(crate) use lifecycle::Introspection;
pub(crate) use refresh_token::{PresentedRefreshToken, REFRESH_CHECKS};
pub(crate) use roles::SWITCHABLE;
pub(crate) use twist::Twist;

/// What the token endpoint issued.
#[derive(Debug)]
pub(crate) struct Issued {
    /// The access token itself.
    pub(crate) access_token: String,
    /// Its life.
    pub(crate) expires_in: Duration,
    /// What it opens.
    pub(crate) scope: Scope,
    /// A refresh token, when the grant has one.
    pub(crate) refresh_token: Option<String>,
    /// The grant behind it, from which an ID token can be made; client credentials have none.
    pub(crate) grant: Option<Grant>,
}

/// The grant types of the token endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GrantType {
    /// RFC 6749, section 4.1.
    AuthorizationCode,
    /// RFC 6749, section 4.4.
    ClientCredentials,
    /// RFC 6749, section 6.
    RefreshToken,
}

impl GrantType {
    /// Every one.
    pub(crate) const ALL: [Self; 3] = [
        Self::AuthorizationCode,
        Self::ClientCredentials,
        Self::RefreshToken,
    ];

    /// The registered word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// Reads it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

impl AuthorizationServer {
    /// Makes an access token that ends with its grant, if it has one.
    fn issue_access_token(
        &mut self,
        client: &ClientId,
        (grant, ends_at): (Option<GrantId>, Timestamp),
        (scope, certificate): (Scope, Option<Thumbprint>),
        now: Timestamp,
    ) -> Result<(String, Duration), Refusal> {
        let secret = entropy::secret();
        let expires_at = now.plus(self.lifetimes.access_token).min(ends_at);
        let token = AccessToken {
            client: client.clone(),
            grant,
            scope,
            registered: self.clients.get(client).map_or(scope, |known| known.scope),
            certificate,
            issued_at: now,
            expires_at,
            revoked: None,
        };
        self.access_tokens
            .insert((TokenHash::of(&secret), token), client, expires_at, now)
            .map_err(too_much)?;
        Ok((secret, expires_at.since(now)))
    }
}

/// Whether two certificates are the same, as far as a token bound to one cares.
fn bound_to(bound: Option<Thumbprint>, presented: Option<Thumbprint>) -> bool {
    bound.is_none() || bound == presented
}

/// A thumbprint in a refusal's words.
pub(super) fn shown(thumbprint: Option<Thumbprint>) -> String {
    thumbprint.map_or_else(
        || "no certificate".to_owned(),
        |thumbprint| format!("the certificate {thumbprint}"),
    )
}

/// Whether anything is left of a grant that its client is still registered for.
fn something_is_left(grant: &Grant, left: Scope, client: &super::Client) -> Result<(), Mismatch> {
    if !left.is_empty() {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("a client registered for some of {}", grant.scope),
        format!("one registered for {}", client.scope_with_customer()),
    )
    .with_hint("register the scope again, or ask the customer for another"))
}

/// Whom a grant belongs to.
fn owner_of(grant: Option<&Grant>) -> Option<Arc<super::Client>> {
    grant.map(|grant| Arc::clone(&grant.client))
}

#[cfg(test)]
impl AuthorizationServer {
    /// An access token without a journey, bound to no certificate, for tests of what it opens.
    pub(crate) fn mint(
        &mut self,
        client: &str,
        scope: Scope,
        granted: Option<(crate::id::ConsentId, crate::id::CustomerId)>,
        now: Timestamp,
    ) -> String {
        let client = self.client(client).unwrap();
        let grant = granted.map(|(consent, customer)| {
            let grant = Grant {
                client: Arc::clone(&client),
                customer,
                consent,
                scope,
                nonce: None,
                state: None,
                authenticated_at: now,
                ends_at: Timestamp::MAX,
                is_refreshable: false,
                revoked: None,
            };
            self.grants_made += 1;
            let id = GrantId(self.grants_made);
            let entry = (id, grant);
            self.grants
                .insert(entry, &client.id, Timestamp::MAX, now)
                .unwrap();
            id
        });
        self.issue_access_token(&client.id, (grant, Timestamp::MAX), (scope, None), now)
            .unwrap()
            .0
    }
}
