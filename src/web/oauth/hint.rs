//! `id_token_hint`: an ID token by which a client says whom it thinks it has before it (OpenID Connect Core,
//! section 3.1.2.1). Verifying takes its time, so it happens outside of the state.

use std::sync::Arc;

use crate::jose::{Algorithm, Jws, KeySet};
use crate::oauth::client::Client;
use crate::oauth::client_auth::malformed;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;

/// The subject of the ID token that a request shows, if it shows one.
///
/// # Errors
/// `invalid_request` when it is no ID token that this bank made for this client.
pub(super) fn subject(
    call: &mut Call<'_>,
    client: &Client,
    hint: Option<&str>,
) -> Result<Option<Arc<str>>, Refusal> {
    let Some(hint) = hint else { return Ok(None) };
    let read = read(call, client, hint);
    call.trail
        .judge(&HINT, read.map(Some))
        .map_err(|finding| ErrorCode::InvalidRequest.because(finding))
}

// Its times are nobody's business: the standard lets a hint be past its end.
fn read(call: &Call<'_>, client: &Client, hint: &str) -> Result<Arc<str>, Mismatch> {
    let jws = Jws::parse(hint).map_err(|fault| {
        malformed(&fault).with_hint("one that the bank encrypted is decrypted before it is shown")
    })?;
    let ours = |received: String| Mismatch::new("an ID token signed by this bank", received);
    let jwks = call.bank.keys().jwks(call.now.real);
    let keys = KeySet::from_jwks(&jwks).map_err(|fault| ours(fault.to_string()))?;
    let verified = jws.verify(&keys, &Algorithm::ALL);
    let claims = verified.map_err(|fault| ours(fault.to_string()))?;
    let issuer = &call.bank.settings.endpoints.issuer;
    if claims.str("iss") != Some(&**issuer) {
        let received = claims.str("iss").unwrap_or("none").to_owned();
        return Err(Mismatch::new(format!("iss {issuer}"), received));
    }
    let audience = claims.audience().unwrap_or_default();
    if !audience.contains(&client.id.as_str()) {
        return Err(Mismatch::new(
            format!("an ID token for {}", client.id),
            format!("one for {}", audience.join(" ")),
        ));
    }
    let subject = claims.str("sub").map(Arc::from);
    subject.ok_or_else(|| Mismatch::new("an ID token with a sub", "none"))
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&HINT];

static HINT: Rule = Rule {
    name: "authorize.id_token_hint",
    clause: "OpenID Connect Core, section 3.1.2.1",
    sentence: "An id_token_hint is an ID token that this bank made for this client, be it past its end.",
};
