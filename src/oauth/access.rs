//! Honoring an access token at a resource: it is known, alive, and held by its owner (RFC 6750, RFC 8705).

use crate::clock::Timestamp;
use crate::id::{ClientId, ConsentId, CustomerId};
use crate::rule::{Mismatch, Rule, Trail};

use super::AuthorizationServer;
use super::client_auth::{
    CERTIFICATE_PRESENT, CERTIFICATE_TRUSTED, NoCertificate, PresentedCertificate, trusted,
};
use super::error::{ErrorCode, Refusal};
use super::grant::{AccessToken, TokenHash};
use super::profile::{Policy, Reach};
use super::scope::Scope;
use super::token::shown;

/// The proof that a call carries an access token of this bank, held by the client it was issued to.
#[derive(Clone, Debug)]
pub(crate) struct BoundToken {
    client: ClientId,
    scope: Scope,
    granted: Option<Granted>,
}

/// What a customer granted with the token.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// Who.
    pub(crate) customer: CustomerId,
    /// By which consent.
    pub(crate) consent: ConsentId,
}

impl BoundToken {
    /// The client that calls.
    pub(crate) const fn client(&self) -> &ClientId {
        &self.client
    }

    /// What the token opens.
    pub(crate) const fn scope(&self) -> Scope {
        self.scope
    }

    /// The customer behind it; client credentials have none.
    pub(crate) const fn granted(&self) -> Option<&Granted> {
        self.granted.as_ref()
    }
}

/// What can become of an access token on purpose, when it is brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// It ends here and now, whatever `expires_in` said.
    Expired,
}

/// Whether the certificate of a resource call may be looked at: there is one, and it is to be trusted.
///
/// # Errors
/// The rule it breaks.
pub(crate) fn check_certificate(
    certificate: Result<&PresentedCertificate, NoCertificate>,
    policy: &Policy,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let certificate = match certificate {
        Ok(certificate) => certificate,
        Err(_) if !policy.enforces(&CERTIFICATE_PRESENT, Reach::Fapi1Advanced) => {
            trail.skipped(&CERTIFICATE_PRESENT);
            return Ok(());
        }
        Err(missing) => return judge(trail, &CERTIFICATE_PRESENT, Err(missing.into())),
    };
    trail.passed(&CERTIFICATE_PRESENT);
    judge(trail, &CERTIFICATE_TRUSTED, trusted(certificate))
}

impl AuthorizationServer {
    /// Honors an access token.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub(crate) fn honor(
        &self,
        token: &str,
        certificate: Option<&PresentedCertificate>,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<BoundToken, Refusal> {
        let known = self
            .access_tokens
            .get(&TokenHash::of(token))
            .ok_or_else(|| Mismatch::new("an access token of this bank", "one it does not know"));
        let token = judge(trail, &TOKEN_KNOWN, known)?;
        judge(trail, &TOKEN_EXPIRY, fresh(token, now))?;
        judge(trail, &TOKEN_LIVE, self.live(token))?;
        judge(trail, &TOKEN_CERTIFICATE, bound(token, certificate))?;
        let grant = token.grant.and_then(|id| self.grants.get(&id));
        Ok(BoundToken {
            client: token.client.clone(),
            scope: self.scope_of_token(token),
            granted: grant.map(|grant| Granted {
                customer: grant.customer,
                consent: grant.consent.clone(),
            }),
        })
    }

    fn live(&self, token: &AccessToken) -> Result<(), Mismatch> {
        let ended = |why| Err(Mismatch::new("an access token in force", why));
        if let Some(why) = token.revoked {
            return ended(why.as_str());
        }
        let Some(id) = token.grant else {
            return Ok(());
        };
        match self.grants.get(&id) {
            None => ended("one whose grant is no longer kept"),
            Some(grant) => grant.revoked.map_or(Ok(()), |why| ended(why.as_str())),
        }
    }
}

fn fresh(token: &AccessToken, now: Timestamp) -> Result<(), Mismatch> {
    if now < token.expires_at {
        return Ok(());
    }
    let mismatch = Mismatch::new(
        format!("an access token still alive; it is {now}"),
        format!("one that expired {}", token.expires_at),
    );
    Err(mismatch.with_hint("refresh it"))
}

fn bound(token: &AccessToken, certificate: Option<&PresentedCertificate>) -> Result<(), Mismatch> {
    let presented = certificate.map(|presented| presented.certificate.thumbprint());
    if token.certificate.is_none() || token.certificate == presented {
        return Ok(());
    }
    let subject = certificate.map_or_else(String::new, |presented| {
        format!(" of {}", presented.certificate.subject())
    });
    Err(Mismatch::new(
        format!("{}, to which the token is bound", shown(token.certificate)),
        format!("{}{subject}", shown(presented)),
    ))
}

fn judge<T>(
    trail: &mut Trail,
    rule: &'static Rule,
    answer: Result<T, Mismatch>,
) -> Result<T, Refusal> {
    trail
        .judge(rule, answer)
        .map_err(|finding| ErrorCode::InvalidToken.because(finding))
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&TOKEN_KNOWN, &TOKEN_EXPIRY, &TOKEN_LIVE, &TOKEN_CERTIFICATE];

static TOKEN_KNOWN: Rule = Rule {
    name: "access_token.known",
    clause: "RFC 6750, section 3.1",
    sentence: "The access token is one this bank issued.",
};
static TOKEN_EXPIRY: Rule = Rule {
    name: "access_token.expiry",
    clause: "RFC 6750, section 3.1; Hamster Bank guide, token lifecycle",
    sentence: "An access token lives five minutes.",
};
static TOKEN_LIVE: Rule = Rule {
    name: "access_token.grant",
    clause: "RFC 6750, section 3.1; RFC 7009, section 2.1",
    sentence: "Neither the access token nor the grant behind it has been ended.",
};
static TOKEN_CERTIFICATE: Rule = Rule {
    name: "access_token.certificate",
    clause: "RFC 8705, section 3; FAPI 1.0 Advanced, section 5.2.2, item 5",
    sentence: "An access token is used with the certificate it was issued to.",
};
