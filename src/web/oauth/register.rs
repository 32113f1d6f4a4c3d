//! `/register`: a TPP registers its software, and manages what it registered (RFC 7591, RFC 7592).
//!
//! Whoever manages a registration proves it by the registration access token, or by an access token that the
//! client got for itself, as the UK's tools do.

mod judge;

use std::sync::Arc;

use http::StatusCode;

use crate::oauth::check::{self, Place};
use crate::oauth::client_auth::{
    CERTIFICATE_PRESENT, CERTIFICATE_TRUSTED, PresentedCertificate, trusted,
};
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::profile::Reach;
use crate::oauth::registration::organisation::{CERTIFICATE_CHECKS, Caller};
use crate::oauth::registration::{Mode, Registration};
use crate::rule::{Mismatch, Rule};
use crate::web::banking::error::Error;
use crate::web::call::Call;
use crate::web::consented;
use crate::web::limits;
use crate::wire::header;
use crate::wire::reply::Reply;

use super::error::success;

/// A refusal at the registration endpoint, in RFC 7591's words or in HTTP's.
#[derive(Debug)]
pub(crate) enum Declined {
    /// What HTTP itself refuses: a body of another type.
    Http(Error),
    /// What the standards of registration refuse.
    OAuth(Refusal),
}

impl From<Error> for Declined {
    fn from(error: Error) -> Self {
        Self::Http(error)
    }
}

impl From<Refusal> for Declined {
    fn from(refusal: Refusal) -> Self {
        Self::OAuth(refusal)
    }
}

/// The proof that the caller may manage this registration.
struct Managed {
    registration: Arc<Registration>,
    certificate: Option<PresentedCertificate>,
    /// The registration access token, when that is what it brought.
    token: Option<String>,
}

/// POST `/register`.
pub(crate) fn create_registration(call: &mut Call<'_>) -> Result<Reply, Declined> {
    let certificate = check_certificate(call)?;
    let candidate = judge::candidate(call, certificate.as_ref(), None)?;
    let (now, trail) = (call.now, &mut call.trail);
    let (registration, token) = call
        .bank
        .state(|state| state.oauth.register(candidate, now, trail))?;
    let id = &registration.client.id;
    call.entry.client(id.clone());
    call.entry.effect(format!("client {id} registered"));
    Ok(answer(
        call,
        StatusCode::CREATED,
        &registration,
        Some(&token),
    ))
}

/// GET `/register/{client_id}`.
pub(crate) fn show_registration(call: &mut Call<'_>) -> Result<Reply, Declined> {
    let managed = manage(call)?;
    let token = managed.token.as_deref();
    Ok(answer(call, StatusCode::OK, &managed.registration, token))
}

/// PUT `/register/{client_id}`: the whole is replaced, or nothing changes.
pub(crate) fn update_registration(call: &mut Call<'_>) -> Result<Reply, Declined> {
    let managed = manage(call)?;
    let certificate = managed.certificate.as_ref();
    let candidate = judge::candidate(call, certificate, Some(&managed.registration))?;
    let id = managed.registration.client.id.clone();
    let replaced = call
        .bank
        .state(|state| state.oauth.replace_registration(&id, candidate));
    let registration = replaced.ok_or_else(|| gone(id.as_str()))?;
    call.entry.effect(format!("registration of {id} replaced"));
    let token = managed.token.as_deref();
    Ok(answer(call, StatusCode::OK, &registration, token))
}

/// DELETE `/register/{client_id}`.
pub(crate) fn delete_registration(call: &mut Call<'_>) -> Result<Reply, Declined> {
    let managed = manage(call)?;
    let id = &managed.registration.client.id;
    call.bank.state(|state| consented::remove_client(state, id));
    call.entry
        .effect(format!("client {id} deleted, with its tokens and consents"));
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn answer(
    call: &Call<'_>,
    status: StatusCode,
    registration: &Registration,
    token: Option<&str>,
) -> Reply {
    let settings = &call.bank.settings;
    let links = (&settings.endpoints, settings.links);
    success(status, &registration.document(token, links))
}

// Whoever registers has no client yet, so the certificate is judged by itself.
fn check_certificate(call: &mut Call<'_>) -> Result<Option<PresentedCertificate>, Refusal> {
    let invalid = |finding| ErrorCode::InvalidClient.because(finding);
    let presented = call.certificate();
    let policy = &call.bank.settings.policy;
    if !policy.enforces(&CERTIFICATE_PRESENT, Reach::Fapi1Advanced) {
        call.trail.skipped(&CERTIFICATE_PRESENT);
        return Ok((presented.ok()).filter(|presented| presented.judgement.is_ok()));
    }
    let certificate = call
        .trail
        .judge(&CERTIFICATE_PRESENT, presented.map_err(Mismatch::from))
        .map_err(invalid)?;
    call.trail
        .judge(&CERTIFICATE_TRUSTED, trusted(&certificate))
        .map_err(invalid)?;
    Ok(Some(certificate))
}

fn manage(call: &mut Call<'_>) -> Result<Managed, Declined> {
    let certificate = check_certificate(call)?;
    let presented = header::bearer(&call.request.head.headers).map(str::to_owned);
    let presented = presented.map_err(|fault| {
        let expected =
            "Authorization: Bearer with a registration access token, or the client's own";
        Mismatch::new(expected, fault.to_string())
    });
    let presented = call
        .trail
        .judge(&TOKEN_PRESENT, presented)
        .map_err(invalid_token)?;
    call.entry.secret(&presented);
    let named = call.variable("client_id").to_owned();
    let owner = call
        .bank
        .state(|state| state.oauth.registration_token_owner(&presented));
    let is_registration_token = owner.is_some();
    match owner {
        Some(owner) => check_own(call, owner.as_str(), (&named, &presented))?,
        None => check_access_token(call, certificate.as_ref(), (&named, &presented))?,
    }
    let registration = call.bank.state(|state| state.oauth.registration(&named));
    let registration = registration.ok_or_else(|| gone(&named))?;
    call.trail.passed(&REGISTERED);
    call.entry.client(registration.client.id.clone());
    limits::admit_client(call, &registration.client.id)?;
    check_organisation(call, &registration, certificate.as_ref())?;
    Ok(Managed {
        registration,
        certificate,
        token: is_registration_token.then_some(presented),
    })
}

// RFC 7592, section 2.1, and OBIE's rule: a token used on another's or a deleted client's record is ended.
fn check_own(
    call: &mut Call<'_>,
    owner: &str,
    (named, presented): (&str, &str),
) -> Result<(), Refusal> {
    if owner == named {
        call.trail.passed(&OWN);
        return Ok(());
    }
    call.bank.state(|state| {
        state.oauth.void_registration_token(presented);
        if let Some(client) = state.oauth.client(owner) {
            state.oauth.revoke(&client, presented);
        }
    });
    call.entry
        .effect("token voided: it was used on another client's record");
    let mismatch = Mismatch::new(format!("a token of {named}"), format!("one of {owner}"))
        .with_hint("the token is void from now on");
    Err(invalid_token(mismatch.under(&OWN)))
}

fn check_access_token(
    call: &mut Call<'_>,
    certificate: Option<&PresentedCertificate>,
    (named, presented): (&str, &str),
) -> Result<(), Refusal> {
    let (now, trail) = (call.now.bank, &mut call.trail);
    let token = call
        .bank
        .state(|state| state.oauth.honor(presented, certificate, now, trail))?;
    if token.granted().is_some() {
        let mismatch = Mismatch::new(
            "a registration access token, or a client_credentials token",
            "a token that a customer granted",
        );
        return Err(invalid_token(mismatch.under(&OWN)));
    }
    check_own(call, token.client().as_str(), (named, presented))
}

fn check_organisation(
    call: &mut Call<'_>,
    registration: &Registration,
    certificate: Option<&PresentedCertificate>,
) -> Result<(), Refusal> {
    let settings = &call.bank.settings;
    if settings.registration == Mode::Sandbox {
        return Ok(());
    }
    let caller = Caller {
        software: Arc::clone(&registration.candidate.software),
        certificate: certificate.map(|presented| Arc::clone(&presented.certificate)),
        scope: registration.client.scope,
    };
    let at = (Place::Register, &settings.policy);
    check::run(CERTIFICATE_CHECKS, &caller, at, &mut call.trail)
}

fn gone(named: &str) -> Refusal {
    let mismatch = Mismatch::new("a client that registered itself here", named.to_owned());
    invalid_token(mismatch.under(&REGISTERED))
}

const fn invalid_token(finding: crate::rule::Finding) -> Refusal {
    ErrorCode::InvalidToken.because(finding)
}

/// Every rule of this endpoint that is no row of a table, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[
    &judge::CONTENT_TYPE,
    &judge::READABLE,
    &judge::KEYS,
    &judge::ENCRYPTION_KEY,
    &judge::UNDERSTOOD,
    &judge::SAME_SOFTWARE,
    &TOKEN_PRESENT,
    &OWN,
    &REGISTERED,
];

static TOKEN_PRESENT: Rule = Rule {
    name: "registration.token",
    clause: "RFC 7592, section 2; RFC 6750, section 2.1",
    sentence: "A call on a registration carries one token, in the Authorization header.",
};
static OWN: Rule = Rule {
    name: "registration.own",
    clause: "RFC 7592, section 2.1; OBIE Dynamic Client Registration 3.3",
    sentence: "The token is of the client whose record is called, and not of a customer.",
};
static REGISTERED: Rule = Rule {
    name: "registration.known",
    clause: "RFC 7592, section 2.1",
    sentence: "The client in the path registered itself, and was not deleted.",
};
