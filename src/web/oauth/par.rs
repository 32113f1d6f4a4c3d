//! POST `/oauth/par`: a client pushes its authorization request beforehand (RFC 9126).

use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::oauth::check::Place;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::lint;
use crate::wire::form::Form;
use crate::wire::reply::Reply;

use super::error::success;
use super::request_object;

/// Judges the request whole, keeps it, and answers the `request_uri` it is kept under.
pub(crate) fn push_authorization_request(
    call: &mut Call<'_>,
    who: &AuthenticatedClient,
    form: &Form,
) -> Result<Reply, Refusal> {
    if form.get("request_uri").is_some() {
        let mismatch = Mismatch::new("no request_uri in a pushed request", "one");
        return Err(ErrorCode::InvalidRequest.because(mismatch.under(&NO_REQUEST_URI)));
    }
    call.trail.passed(&NO_REQUEST_URI);
    let jwt = form.get("request").ok_or_else(request_object::missing)?;
    // Parameters beside the request object are not used (RFC 9126, section 3), so they may stand there.
    let claims = request_object::verify(call, who.client(), jwt)?;
    lint::request::beside_object(call, &claims, form);
    let request = request_object::judge(call, who.client(), Place::Par, claims)?;
    let now = call.now.bank;
    let (request_uri, life) = call
        .bank
        .state(|state| state.oauth.push(who, request, now))?;
    call.entry.effect("authorization request pushed");
    let body = PushedJson {
        request_uri,
        expires_in: life.whole_seconds(),
    };
    Ok(success(StatusCode::CREATED, &body))
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Pushed")]
pub(crate) struct PushedJson {
    request_uri: String,
    expires_in: i64,
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&NO_REQUEST_URI];

static NO_REQUEST_URI: Rule = Rule {
    name: "par.request_uri",
    clause: "RFC 9126, section 2.1, step 2",
    sentence: "A pushed request does not point to another one.",
};
