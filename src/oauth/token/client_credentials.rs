//! The client credentials grant (RFC 6749, section 4.4): what a client may do without a customer.

use crate::clock::Timestamp;
use crate::oauth::AuthorizationServer;
use crate::oauth::check::{self, Check, Place};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::profile::{Policy, Reach};
use crate::oauth::scope::Scope;
use crate::rule::{Mismatch, Rule, Trail};

use super::{Issued, roles};

/// A client credentials grant about to be judged.
pub(crate) struct Credentials {
    who: AuthenticatedClient,
    scope: Option<String>,
}

impl AuthorizationServer {
    /// Makes an access token without a customer; an empty or absent scope means all the client may have.
    ///
    /// # Errors
    /// When the scope is not the client's to have.
    pub(crate) fn issue_for_client(
        &mut self,
        who: &AuthenticatedClient,
        scope: Option<&str>,
        (now, policy): (Timestamp, &Policy),
        trail: &mut Trail,
    ) -> Result<Issued, Refusal> {
        let credentials = Credentials {
            who: who.clone(),
            scope: scope.filter(|scope| !scope.is_empty()).map(str::to_owned),
        };
        check::run(
            CREDENTIALS_CHECKS,
            &credentials,
            (Place::Token, policy),
            trail,
        )?;
        let asked = credentials.scope.as_deref().map(Scope::parse);
        let allowed = who.client().scope_without_customer();
        let scope = asked.and_then(Result::ok).unwrap_or(allowed);
        roles::check(who, scope, policy, trail)?;
        let certificate = who
            .certificate()
            .map(|certificate| certificate.thumbprint());
        let (access_token, expires_in) = self.issue_access_token(
            &who.client().id,
            (None, Timestamp::MAX),
            (scope, certificate),
            now,
        )?;
        Ok(Issued {
            access_token,
            expires_in,
            scope,
            refresh_token: None,
            grant: None,
        })
    }
}

/// In the order they are asked.
pub(crate) static CREDENTIALS_CHECKS: &[Check<Credentials>] = &[Check {
    rule: Rule {
        name: "client_credentials.scope",
        clause: "RFC 6749, sections 3.3 and 4.4.2",
        sentence: "The scope is what the client registered, without openid.",
    },
    code: ErrorCode::InvalidScope,
    places: &[Place::Token],
    reach: Reach::Always,
    run: scope_is_allowed,
}];

fn scope_is_allowed(credentials: &Credentials) -> Result<(), Mismatch> {
    let Some(text) = &credentials.scope else {
        return Ok(());
    };
    let allowed = credentials.who.client().scope_without_customer();
    match Scope::parse(text) {
        Ok(scope) if scope.is_within(allowed) => Ok(()),
        Ok(scope) => Err(Mismatch::new(
            format!("some of {allowed}"),
            format!(
                "{text}, of which {} is not the client's to have",
                scope.without(allowed)
            ),
        )),
        Err(unknown) => Err(Mismatch::new(
            format!("some of {allowed}"),
            format!("{:?}", unknown.0),
        )),
    }
}
