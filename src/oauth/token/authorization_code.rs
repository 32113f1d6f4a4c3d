//! The authorization code grant (RFC 6749, section 4.1.3; RFC 7636, section 4.6).

use crate::clock::Timestamp;
use crate::entropy;
use crate::jose;
use crate::oauth::AuthorizationServer;
use crate::oauth::check::{self, Check, Place};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::grant::{AuthorizationCode, Grant, RefreshToken, Revocation, TokenHash};
use crate::oauth::profile::{Policy, Reach};
use crate::oauth::room::too_much;
use crate::oauth::scope::Scope;
use crate::rule::{Mismatch, Rule, Trail};

use super::{GrantType, Issued, roles};

/// What a client brings to the exchange.
#[derive(Clone, Debug)]
pub(crate) struct PresentedCode {
    /// `code`.
    pub(crate) code: String,
    /// `redirect_uri`.
    pub(crate) redirect_uri: Option<String>,
    /// `code_verifier`.
    pub(crate) code_verifier: Option<String>,
}

/// A code exchange about to be judged.
pub(crate) struct CodeExchange {
    code: Option<AuthorizationCode>,
    grant: Option<Grant>,
    /// What of the grant's scope the client is still registered for.
    left: Scope,
    presented: PresentedCode,
    who: AuthenticatedClient,
    now: Timestamp,
}

impl AuthorizationServer {
    /// Exchanges a code for tokens; a code presented twice ends all that was made of it.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub(crate) fn exchange_code(
        &mut self,
        who: &AuthenticatedClient,
        presented: PresentedCode,
        (now, policy): (Timestamp, &Policy),
        trail: &mut Trail,
    ) -> Result<Issued, Refusal> {
        let key = TokenHash::of(&presented.code);
        let code = self.codes.get(&key).cloned();
        let grant = code
            .as_ref()
            .and_then(|code| self.grants.get(&code.grant))
            .cloned();
        let left = grant.as_ref().map(|grant| self.scope_of_grant(grant));
        let exchange = CodeExchange {
            code,
            grant,
            left: left.unwrap_or_default(),
            presented,
            who: who.clone(),
            now,
        };
        let judged = check::run(CODE_CHECKS, &exchange, (Place::Token, policy), trail);
        if judged.is_err() {
            self.end_family_of_replayed(&exchange);
        }
        judged?;
        let (Some(code), Some(grant), left) = (exchange.code, exchange.grant, exchange.left) else {
            return Err(ErrorCode::InvalidGrant.because(unknown().under(&CODE_KNOWN)));
        };
        roles::check(who, left, policy, trail)?;
        self.issue_for_code((&code, left), grant, who, now)
            .inspect(|_| self.mark_used(key))
    }

    fn issue_for_code(
        &mut self,
        (code, scope): (&AuthorizationCode, Scope),
        grant: Grant,
        who: &AuthenticatedClient,
        now: Timestamp,
    ) -> Result<Issued, Refusal> {
        let client = &who.client().id;
        let certificate = who
            .certificate()
            .map(|certificate| certificate.thumbprint());
        let expires_at = now.plus(self.lifetimes.refresh_token).min(grant.ends_at);
        let refresh = RefreshToken {
            grant: code.grant,
            certificate,
            issued_at: now,
            expires_at,
        };
        // A client that did not register the grant has no use for its token.
        let refreshes = grant.is_refreshable && who.client().may_use(GrantType::RefreshToken);
        if refreshes {
            // Asked before anything is made: a refusal leaves nothing behind.
            let room = self.refresh_tokens.has_room(client, now);
            room.map_err(too_much)?;
        }
        let (access_token, expires_in) = self.issue_access_token(
            client,
            (Some(code.grant), grant.ends_at),
            (scope, certificate),
            now,
        )?;
        let refresh_token = refreshes.then(entropy::secret);
        if let Some(secret) = &refresh_token {
            let entry = (TokenHash::of(secret), refresh);
            self.refresh_tokens
                .insert(entry, client, expires_at, now)
                .map_err(too_much)?;
        }
        Ok(Issued {
            access_token,
            expires_in,
            scope,
            refresh_token,
            grant: Some(grant),
        })
    }

    fn mark_used(&mut self, key: TokenHash) {
        if let Some(code) = self.codes.get_mut(&key) {
            code.used = true;
        }
    }

    // RFC 6749, section 4.1.2: a code used twice takes every token made of it with it. Another client
    // that presents a stolen code ends nothing: it could otherwise shut its victim out.
    fn end_family_of_replayed(&mut self, exchange: &CodeExchange) {
        let own = code_is_own(exchange).is_ok();
        let Some(code) = exchange.code.as_ref().filter(|code| own && code.used) else {
            return;
        };
        if let Some(grant) = self.grants.get_mut(&code.grant) {
            grant.revoked.get_or_insert(Revocation::CodeReplayed);
        }
    }
}

/// In the order they are asked.
pub(crate) static CODE_CHECKS: &[Check<CodeExchange>] = &[
    row(CODE_KNOWN, Reach::Always, code_is_known),
    row(
        Rule {
            name: "code.client",
            clause: "RFC 6749, section 4.1.3",
            sentence: "A code is exchanged by the client it was issued to.",
        },
        Reach::Always,
        code_is_own,
    ),
    row(
        Rule {
            name: "code.unused",
            clause: "RFC 6749, section 4.1.2; FAPI 1.0 Baseline, section 5.2.2, item 13",
            sentence: "A code is used once; used twice, it ends every token made of it.",
        },
        Reach::Always,
        code_is_unused,
    ),
    row(
        Rule {
            name: "code.expiry",
            clause: "RFC 6749, section 4.1.2",
            sentence: "A code is exchanged before it expires.",
        },
        Reach::EveryProfile,
        code_is_fresh,
    ),
    row(
        Rule {
            name: "code.grant",
            clause: "Hamster Bank API, section 5.2",
            sentence: "The grant behind a code has not been ended.",
        },
        Reach::Always,
        grant_is_live,
    ),
    row(
        Rule {
            name: "code.redirect_uri",
            clause: "RFC 6749, section 4.1.3",
            sentence: "The redirect_uri is that of the authorization request.",
        },
        Reach::EveryProfile,
        redirect_uri_is_the_same,
    ),
    row(
        Rule {
            name: "pkce.verifier",
            clause: "RFC 7636, sections 4.5 and 4.6",
            sentence: "The code_verifier hashes to the code_challenge; without one there is none.",
        },
        Reach::EveryProfile,
        verifier_answers_the_challenge,
    ),
    Check {
        code: ErrorCode::InvalidScope,
        ..row(
            Rule {
                name: "code.registered_scope",
                clause: "RFC 6749, section 5.2; RFC 7592, section 2.2",
                sentence: "Of what was granted the client is still registered for something.",
            },
            Reach::Always,
            something_is_left,
        )
    },
];

const fn row(
    rule: Rule,
    reach: Reach,
    run: fn(&CodeExchange) -> Result<(), Mismatch>,
) -> Check<CodeExchange> {
    Check {
        rule,
        code: ErrorCode::InvalidGrant,
        places: &[Place::Token],
        reach,
        run,
    }
}

fn code_is_known(exchange: &CodeExchange) -> Result<(), Mismatch> {
    exchange.grant.as_ref().map(|_| ()).ok_or_else(unknown)
}

fn unknown() -> Mismatch {
    Mismatch::new("an authorization code of this bank", "one it does not know")
        .with_hint("codes live a minute; start a new authorization request")
}

fn code_is_own(exchange: &CodeExchange) -> Result<(), Mismatch> {
    let own = &exchange.who.client().id;
    match super::owner_of(exchange.grant.as_ref()) {
        Some(owner) if owner.id != *own => Err(Mismatch::new(
            format!("a code issued to {own}"),
            format!("one issued to {}", owner.id),
        )),
        _ => Ok(()),
    }
}

fn something_is_left(exchange: &CodeExchange) -> Result<(), Mismatch> {
    match &exchange.grant {
        Some(grant) => super::something_is_left(grant, exchange.left, exchange.who.client()),
        None => Ok(()),
    }
}

fn code_is_unused(exchange: &CodeExchange) -> Result<(), Mismatch> {
    match &exchange.code {
        Some(code) if code.used => Err(Mismatch::new("a code not used before", "one that was")
            .with_hint("every token made of it is revoked now")),
        _ => Ok(()),
    }
}

fn code_is_fresh(exchange: &CodeExchange) -> Result<(), Mismatch> {
    match &exchange.code {
        Some(code) if code.expires_at <= exchange.now => Err(Mismatch::new(
            format!("a code still alive; it is {}", exchange.now),
            format!("one that expired {}", code.expires_at),
        )),
        _ => Ok(()),
    }
}

fn grant_is_live(exchange: &CodeExchange) -> Result<(), Mismatch> {
    match exchange.grant.as_ref().and_then(|grant| grant.revoked) {
        Some(why) => Err(Mismatch::new(
            "a code whose grant is in force",
            why.as_str(),
        )),
        None => Ok(()),
    }
}

fn redirect_uri_is_the_same(exchange: &CodeExchange) -> Result<(), Mismatch> {
    let Some(code) = &exchange.code else {
        return Ok(());
    };
    let presented = exchange.presented.redirect_uri.as_deref();
    if presented == Some(&*code.redirect_uri) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("redirect_uri {}", code.redirect_uri),
        presented.unwrap_or("none").to_owned(),
    ))
}

fn verifier_answers_the_challenge(exchange: &CodeExchange) -> Result<(), Mismatch> {
    let challenge = exchange
        .code
        .as_ref()
        .and_then(|code| code.code_challenge.as_deref());
    match (challenge, exchange.presented.code_verifier.as_deref()) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Mismatch::new(
            "no code_verifier: the authorization request had no code_challenge",
            "one",
        )),
        (Some(_), None) => Err(Mismatch::new("a code_verifier", "none")),
        (Some(challenge), Some(verifier)) => {
            let hashed = jose::pkce_s256(verifier);
            if hashed == challenge {
                return Ok(());
            }
            Err(Mismatch::new(
                format!("a code_verifier whose S256 hash is {challenge}"),
                format!("one whose hash is {hashed}"),
            ))
        }
    }
}

/// Also told when there is nothing to judge.
const CODE_KNOWN: Rule = Rule {
    name: "code.known",
    clause: "RFC 6749, section 5.2",
    sentence: "The code is one this bank issued.",
};
