//! Discovery and published keys: public, the same for everybody, made once.

use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};

use crate::fault::Twist;
use crate::web::call::Call;
use crate::wire::reply::Reply;

/// GET `/.well-known/openid-configuration`.
pub(crate) fn show_discovery_document(call: &mut Call<'_>) -> Reply {
    let settings = &call.bank.settings;
    let twists = call.faults.take(|twist| match twist {
        Twist::Discovery(twist) => Some(*twist),
        _ => None,
    });
    let (endpoints, profile) = (&settings.endpoints, settings.policy.profile);
    let document = match twists.last() {
        Some(twist) => endpoints.twisted_document(profile, *twist),
        None => endpoints.discovery_document(profile),
    };
    public(Reply::json(StatusCode::OK, &document))
}

/// GET `/.well-known/jwks.json`.
pub(crate) fn show_jwks(call: &mut Call<'_>) -> Reply {
    let keys = call.bank.keys();
    public(Reply::json(StatusCode::OK, &keys.jwks(call.now.real)))
}

// Browsers of any origin may read them; a minute is short enough for a key rotation to be noticed.
fn public(reply: Reply) -> Reply {
    reply
        .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with_header(CACHE_CONTROL, "public, max-age=60")
}
