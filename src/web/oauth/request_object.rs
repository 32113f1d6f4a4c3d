//! From a signed request object to a request in good order; shared by PAR and the authorization endpoint.

use std::sync::Arc;

use crate::jose::{Jws, VerifiedClaims};
use crate::oauth::check::{Place, authorization, request_object, run};
use crate::oauth::client::Client;
use crate::oauth::client_auth::{bad_signature, malformed};
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::request::{Asked, AuthorizationRequest};
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::consented;
use crate::web::lint;

use super::hint;

/// The claims of a request object that `client` signed; nothing else is known of them.
///
/// # Errors
/// `invalid_request_object`.
pub(crate) fn verify(
    call: &mut Call<'_>,
    client: &Client,
    jwt: &str,
) -> Result<VerifiedClaims, Refusal> {
    let verified = Jws::parse(jwt)
        .map_err(|fault| malformed(&fault))
        .and_then(|jws| {
            jws.verify(&client.keys, &[client.request_object_signing_alg])
                .map_err(|fault| bad_signature(client, &fault))
        });
    call.trail
        .judge(&SIGNATURE, verified)
        .map_err(|finding| ErrorCode::InvalidRequestObject.because(finding))
}

/// What a client's signed request object asks for, judged whole.
///
/// # Errors
/// The first rule it breaks: `invalid_request_object` for the JWT, others for what it asks.
pub(crate) fn judge(
    call: &mut Call<'_>,
    client: &Arc<Client>,
    place: Place,
    claims: VerifiedClaims,
) -> Result<AuthorizationRequest, Refusal> {
    let settings = &call.bank.settings;
    let object = request_object::RequestObject {
        claims,
        client: Arc::clone(client),
        issuer: Arc::clone(&settings.endpoints.issuer),
        now: call.now,
    };
    let at = (place, &settings.policy);
    run(request_object::CHECKS, &object, at, &mut call.trail)?;
    lint::request::of_object(call, &object.claims);
    let asked = Asked {
        parameters: object.claims.into_map(),
        client: Arc::clone(client),
    };
    judge_parameters(call, &asked, place)
}

/// What parameters ask for, wherever they came from.
///
/// # Errors
/// The first rule they break.
pub(crate) fn judge_parameters(
    call: &mut Call<'_>,
    asked: &Asked,
    place: Place,
) -> Result<AuthorizationRequest, Refusal> {
    let at = (place, &call.bank.settings.policy);
    run(authorization::CHECKS, asked, at, &mut call.trail)?;
    let mut request = asked
        .read()
        .map_err(|mismatch| ErrorCode::InvalidRequest.because(mismatch.under(&READABLE)))?;
    request.hinted_subject = hint::subject(call, &asked.client, asked.text("id_token_hint"))?;
    call.entry.consent(request.consent.clone());
    let (now, trail) = (call.now.bank, &mut call.trail);
    let whose = (&*asked.client, &request);
    call.bank.state(|state| match place {
        Place::Par => consented::check_pushed_request(state, whose, now, trail),
        _ => consented::check_request(state, whose, now, trail).map(|_| ()),
    })?;
    lint::of_request(call, &asked.client, &request);
    Ok(request)
}

/// The refusal of a call that brings no request object where one must be.
pub(crate) fn missing() -> Refusal {
    let mismatch = Mismatch::new("a signed request object, by request or request_uri", "none");
    ErrorCode::InvalidRequest.because(mismatch.under(&PRESENT))
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&PRESENT, &SIGNATURE, &READABLE];

static PRESENT: Rule = Rule {
    name: "request_object.present",
    clause: "FAPI 1.0 Advanced, section 5.2.2, item 1",
    sentence: "An authorization request is a signed request object, by value or pushed.",
};
static SIGNATURE: Rule = Rule {
    name: "request_object.signature",
    clause: "FAPI 1.0 Advanced, sections 5.2.2, item 1, and 8.6; RFC 9101, section 6.2",
    sentence: "A request object is signed by the client, with the algorithm it registered.",
};
static READABLE: Rule = Rule {
    name: "authorize.readable",
    clause: "RFC 6749, section 4.1.1",
    sentence: "What is left of the request when checks are switched off can still be read.",
};
