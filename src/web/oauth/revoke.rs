//! POST `/oauth/revoke`: a client gives a token back (RFC 7009). The answer never tells whether there was one.

use http::StatusCode;
use http::header::CACHE_CONTROL;

use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::Refusal;
use crate::web::call::Call;
use crate::wire::form::Form;
use crate::wire::reply::Reply;

use super::token::required;

/// Ends a token of the client's own.
pub(crate) fn revoke_token(
    call: &mut Call<'_>,
    who: &AuthenticatedClient,
    form: &Form,
) -> Result<Reply, Refusal> {
    let token = required(call, form, "token")?;
    let ended = call
        .bank
        .state(|state| state.oauth.revoke(who.client(), token));
    match ended {
        Some(what) => call.entry.effect(format!("revoked: {what}")),
        None => call
            .entry
            .lint("revoked a token that is unknown, or another client's"),
    }
    Ok(Reply::empty(StatusCode::OK).with_header(CACHE_CONTROL, "no-store"))
}
