//! The refresh token grant (RFC 6749, section 6). Refresh tokens are not rotated: FAPI advises against
//! it, and a lost answer would cost the customer's consent.

use crate::clock::Timestamp;
use crate::oauth::AuthorizationServer;
use crate::oauth::check::{self, Check, Place};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::grant::{Grant, RefreshToken, TokenHash};
use crate::oauth::profile::{Policy, Reach};
use crate::oauth::scope::Scope;
use crate::rule::{Mismatch, Rule, Trail};

use super::{Issued, bound_to, roles, shown};

/// What a client brings to the refresh.
#[derive(Clone, Debug)]
pub(crate) struct PresentedRefreshToken {
    /// `refresh_token`.
    pub(crate) refresh_token: String,
    /// `scope`: some of what was granted, or all when absent.
    pub(crate) scope: Option<String>,
}

/// A refresh about to be judged.
pub(crate) struct Refresh {
    token: Option<RefreshToken>,
    grant: Option<Grant>,
    /// What of the grant's scope the client is still registered for.
    left: Scope,
    scope: Option<String>,
    who: AuthenticatedClient,
    now: Timestamp,
}

impl AuthorizationServer {
    /// Makes a new access token; the refresh token stays as it is.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub(crate) fn refresh(
        &mut self,
        who: &AuthenticatedClient,
        presented: PresentedRefreshToken,
        (now, policy): (Timestamp, &Policy),
        trail: &mut Trail,
    ) -> Result<Issued, Refusal> {
        let key = TokenHash::of(&presented.refresh_token);
        let token = self.refresh_tokens.get(&key).cloned();
        let grant = token
            .as_ref()
            .and_then(|token| self.grants.get(&token.grant))
            .cloned();
        let left = grant.as_ref().map(|grant| self.scope_of_grant(grant));
        let refresh = Refresh {
            token,
            grant,
            left: left.unwrap_or_default(),
            scope: presented.scope,
            who: who.clone(),
            now,
        };
        check::run(REFRESH_CHECKS, &refresh, (Place::Token, policy), trail)?;
        let (Some(token), Some(grant)) = (refresh.token, refresh.grant) else {
            return Err(ErrorCode::InvalidGrant.because(unknown().under(&TOKEN_KNOWN)));
        };
        let asked = refresh.scope.as_deref().map(Scope::parse);
        let scope = asked.and_then(Result::ok).unwrap_or(refresh.left);
        roles::check(who, scope, policy, trail)?;
        let certificate = who
            .certificate()
            .map(|certificate| certificate.thumbprint());
        let (access_token, expires_in) = self.issue_access_token(
            &who.client().id,
            (Some(token.grant), grant.ends_at),
            (scope, certificate),
            now,
        )?;
        Ok(Issued {
            access_token,
            expires_in,
            scope,
            refresh_token: Some(presented.refresh_token),
            grant: None,
        })
    }
}

/// In the order they are asked.
pub(crate) static REFRESH_CHECKS: &[Check<Refresh>] = &[
    row(TOKEN_KNOWN, Reach::Always, token_is_known),
    row(
        Rule {
            name: "refresh_token.client",
            clause: "RFC 6749, section 6",
            sentence: "A refresh token is used by the client it was issued to.",
        },
        Reach::Always,
        token_is_own,
    ),
    row(
        Rule {
            name: "refresh_token.expiry",
            clause: "RFC 6749, section 5.2; Hamster Bank guide, token lifecycle",
            sentence: "A refresh token lives 90 days, and no longer than its consent.",
        },
        Reach::EveryProfile,
        token_is_fresh,
    ),
    row(
        Rule {
            name: "refresh_token.grant",
            clause: "RFC 6749, section 5.2; RFC 7009, section 2.1",
            sentence: "The grant behind a refresh token has not been ended.",
        },
        Reach::Always,
        grant_is_live,
    ),
    row(
        Rule {
            name: "refresh_token.certificate",
            clause: "RFC 8705, section 4; Hamster Bank security contract, section 6, rule 7",
            sentence: "A refresh token is used with the certificate it was issued to.",
        },
        Reach::Fapi1Advanced,
        certificate_is_the_same,
    ),
    // RFC 6749, section 5.2: the token is as good as it was, and will do when the scope is registered again.
    Check {
        code: ErrorCode::InvalidScope,
        ..row(
            Rule {
                name: "refresh_token.registered_scope",
                clause: "RFC 6749, sections 5.2 and 6; RFC 7592, section 2.2",
                sentence: "Of what was granted the client is still registered for something.",
            },
            Reach::Always,
            something_is_left,
        )
    },
    Check {
        code: ErrorCode::InvalidScope,
        ..row(
            Rule {
                name: "refresh_token.scope",
                clause: "RFC 6749, section 6; RFC 7592, section 2.2",
                sentence: "A refresh asks for nothing that was not granted, or was taken from the client since.",
            },
            Reach::Always,
            scope_was_granted,
        )
    },
];

const fn row(
    rule: Rule,
    reach: Reach,
    run: fn(&Refresh) -> Result<(), Mismatch>,
) -> Check<Refresh> {
    Check {
        rule,
        code: ErrorCode::InvalidGrant,
        places: &[Place::Token],
        reach,
        run,
    }
}

fn token_is_known(refresh: &Refresh) -> Result<(), Mismatch> {
    refresh.grant.as_ref().map(|_| ()).ok_or_else(unknown)
}

fn unknown() -> Mismatch {
    Mismatch::new("a refresh token of this bank", "one it does not know")
}

fn token_is_own(refresh: &Refresh) -> Result<(), Mismatch> {
    let own = &refresh.who.client().id;
    match super::owner_of(refresh.grant.as_ref()) {
        Some(owner) if owner.id != *own => Err(Mismatch::new(
            format!("a refresh token issued to {own}"),
            format!("one issued to {}", owner.id),
        )),
        _ => Ok(()),
    }
}

fn token_is_fresh(refresh: &Refresh) -> Result<(), Mismatch> {
    match &refresh.token {
        Some(token) if token.expires_at <= refresh.now => Err(Mismatch::new(
            format!("a refresh token still alive; it is {}", refresh.now),
            format!("one that expired {}", token.expires_at),
        )
        .with_hint("ask the customer to authorize anew")),
        _ => Ok(()),
    }
}

fn grant_is_live(refresh: &Refresh) -> Result<(), Mismatch> {
    match refresh.grant.as_ref().and_then(|grant| grant.revoked) {
        Some(why) => Err(Mismatch::new("a refresh token in force", why.as_str())),
        None => Ok(()),
    }
}

fn certificate_is_the_same(refresh: &Refresh) -> Result<(), Mismatch> {
    let presented = refresh
        .who
        .certificate()
        .map(|certificate| certificate.thumbprint());
    let bound = refresh.token.as_ref().and_then(|token| token.certificate);
    if bound_to(bound, presented) {
        return Ok(());
    }
    Err(Mismatch::new(shown(bound), shown(presented)))
}

fn scope_was_granted(refresh: &Refresh) -> Result<(), Mismatch> {
    let Some(text) = &refresh.scope else {
        return Ok(());
    };
    match Scope::parse(text) {
        Ok(scope) if scope.is_within(refresh.left) => Ok(()),
        _ => Err(Mismatch::new(
            format!("some of {}", refresh.left),
            text.clone(),
        )),
    }
}

fn something_is_left(refresh: &Refresh) -> Result<(), Mismatch> {
    match &refresh.grant {
        Some(grant) => super::something_is_left(grant, refresh.left, refresh.who.client()),
        None => Ok(()),
    }
}

/// Also told when there is nothing to judge.
const TOKEN_KNOWN: Rule = Rule {
    name: "refresh_token.known",
    clause: "RFC 6749, section 5.2",
    sentence: "The refresh token is one this bank issued.",
};
