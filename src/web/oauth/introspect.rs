//! POST `/oauth/introspect`: what a client may know of its own tokens (RFC 7662).

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::Refusal;
use crate::oauth::token::Introspection;
use crate::web::call::Call;
use crate::web::consented;
use crate::wire::form::Form;
use crate::wire::reply::Reply;

use super::error::success;
use super::token::required;

/// Answers `{"active": false}` for every token that is not the client's own, or not in force.
pub(crate) fn introspect_token(
    call: &mut Call<'_>,
    who: &AuthenticatedClient,
    form: &Form,
) -> Result<Reply, Refusal> {
    let token = required(call, form, "token")?;
    let now = call.now.bank;
    let found = call.bank.state(|state| {
        consented::settle(state, token, now);
        state.oauth.introspect(who.client(), token, now)
    });
    let body = match found {
        Some(introspection) => active(call, who, &introspection),
        None => json!({ "active": false }),
    };
    Ok(success(StatusCode::OK, &body))
}

fn active(call: &Call<'_>, who: &AuthenticatedClient, of: &Introspection) -> Value {
    let mut body = Map::new();
    let mut member = |name: &str, value: Value| body.insert(name.to_owned(), value);
    member("active", true.into());
    member("scope", of.scope.to_string().into());
    member("client_id", who.client().id.as_str().into());
    if let Some(token_type) = of.token_type {
        // RFC 7662, section 2.2: as in RFC 6749, section 5.1, not which of the two tokens it is.
        member("token_type", token_type.into());
    }
    member("exp", of.expires_at.unix_seconds().into());
    member("iat", of.issued_at.unix_seconds().into());
    member("iss", (&*call.bank.settings.endpoints.issuer).into());
    if let Some(customer) = of.customer {
        member("sub", customer.to_string().into());
    }
    if let Some(consent) = &of.consent {
        member("consent_id", consent.as_str().into());
    }
    if let Some(certificate) = of.certificate {
        // RFC 8705, section 3.2.
        member("cnf", json!({ "x5t#S256": certificate.to_string() }));
    }
    Value::Object(body)
}
