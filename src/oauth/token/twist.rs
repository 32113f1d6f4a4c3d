//! What the token endpoint does wrong on purpose, in the step that issues or honors.

use time::Duration;

use crate::clock::Timestamp;
use crate::oauth::AuthorizationServer;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::grant::{Revocation, TokenHash};

use super::Issued;

/// What can be wrong with what the token endpoint issues, or with what it is brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// The access token lives so long, and says so.
    Lifetime(Duration),
    /// There is no refresh token where there should be one.
    NoRefreshToken,
    /// The refresh token that is brought ends here and now.
    RefreshExpired,
    /// The grant behind the refresh token that is brought ends here and now.
    RefreshRevoked,
}

impl AuthorizationServer {
    /// Whether a refresh token is one of the client's.
    pub(crate) fn has_refresh_token(&self, who: &AuthenticatedClient, refresh_token: &str) -> bool {
        let token = self.refresh_tokens.get(&TokenHash::of(refresh_token));
        let grant = token.and_then(|token| self.grants.get(&token.grant));
        grant.is_some_and(|grant| grant.client.id == who.client().id)
    }

    /// Does to a refresh token of the client's what was told.
    pub(crate) fn twist_refresh_token(
        &mut self,
        refresh_token: &str,
        twist: Twist,
        now: Timestamp,
    ) {
        let key = TokenHash::of(refresh_token);
        match twist {
            Twist::RefreshExpired => self.expire_token(key, now),
            Twist::RefreshRevoked => {
                let token = self.refresh_tokens.get(&key);
                if let Some(token) = token
                    && let Some(grant) = self.grants.get_mut(&token.grant)
                {
                    grant.revoked.get_or_insert(Revocation::ByBank);
                }
            }
            Twist::Lifetime(_) | Twist::NoRefreshToken => {}
        }
    }

    /// Does to what was just issued what was told: the bank keeps it as it says it is.
    pub(crate) fn twist_issued(&mut self, issued: &mut Issued, twist: Twist, now: Timestamp) {
        match twist {
            Twist::Lifetime(life) => {
                let key = TokenHash::of(&issued.access_token);
                if let Some(ends_at) = self.end_access_token_at(&key, now.plus(life)) {
                    issued.expires_in = ends_at.since(now);
                }
            }
            Twist::NoRefreshToken => {
                if let Some(token) = issued.refresh_token.take() {
                    self.expire_token(TokenHash::of(&token), now);
                }
            }
            Twist::RefreshExpired | Twist::RefreshRevoked => {}
        }
    }
}
