//! What the built-in directory publishes below the bank's own origin: its keys, and those of its software.

use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use serde_json::Value;

use crate::rule::{Mismatch, Rule};
use crate::wire::reply::Reply;

use super::banking::error::Kind;
use super::call::Call;

/// GET `/directory/jwks`: what software statements are signed with.
pub(crate) fn show_jwks(call: &mut Call<'_>) -> Reply {
    public(&call.bank.directory.jwks())
}

/// GET `/directory/{org_id}/{id}.jwks`: the keys of a software, or of all an organisation's software.
pub(crate) fn show_published_jwks(call: &mut Call<'_>) -> Reply {
    show(call, false)
}

/// GET `/directory/{org_id}/revoked/{id}.jwks`: those taken out of use.
pub(crate) fn show_revoked_jwks(call: &mut Call<'_>) -> Reply {
    show(call, true)
}

fn show(call: &mut Call<'_>, is_revoked: bool) -> Reply {
    let (org_id, file) = (call.variable("org_id"), call.variable("file"));
    let published = file.strip_suffix(".jwks").and_then(|id| {
        call.bank
            .state(|state| state.registry.published(org_id, id, is_revoked))
    });
    let Some(keys) = published else {
        let expected = "an organisation of this directory and its software";
        let mismatch = Mismatch::new(expected, format!("{org_id} and {file}"));
        let error = Kind::NotFound.because(&PUBLISHED, mismatch);
        call.record(Some(&error.finding));
        return error.reply(call);
    };
    call.trail.passed(&PUBLISHED);
    public(&keys)
}

// As the bank's own keys: for everybody, and fresh within a minute.
fn public(keys: &Value) -> Reply {
    Reply::json(StatusCode::OK, keys)
        .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with_header(CACHE_CONTROL, "public, max-age=60")
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&PUBLISHED];

static PUBLISHED: Rule = Rule {
    name: "directory.published",
    clause: "Hamster Bank, mock directory",
    sentence: "Keys are published for organisations and software that the directory knows.",
};
