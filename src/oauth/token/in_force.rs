//! What a grant and its tokens open by now: what they were made for, less what was taken from their client's
//! registration since (RFC 7592, section 2.2).
//!
//! Nothing is taken from what is kept, so that a scope that is registered again is there again. What a client
//! never had registered was given to it on purpose, and stays.

use crate::id::ClientId;
use crate::oauth::AuthorizationServer;
use crate::oauth::grant::{AccessToken, Grant};
use crate::oauth::scope::Scope;

impl AuthorizationServer {
    /// What an access token opens by now.
    pub(in crate::oauth) fn scope_of_token(&self, token: &AccessToken) -> Scope {
        self.scope_left((token.scope, token.registered), &token.client)
    }

    /// What tokens can be made for of a grant by now.
    pub(in crate::oauth) fn scope_of_grant(&self, grant: &Grant) -> Scope {
        self.scope_left((grant.scope, grant.client.scope), &grant.client.id)
    }

    /// What is left of a scope of the client's, of the time when it was registered for `registered`.
    pub(in crate::oauth) fn scope_left(
        &self,
        (scope, registered): (Scope, Scope),
        client: &ClientId,
    ) -> Scope {
        let known = self.clients.get(client);
        let now = known.map_or(registered, |client| client.scope);
        scope.without(registered.without(now))
    }
}
