//! GET and POST `/oauth/userinfo`: who the customer is (OpenID Connect Core, section 5.3).

use http::StatusCode;
use serde_json::json;

use crate::oauth::scope::ScopeToken;
use crate::rule::{Mismatch, Rule};
use crate::web::banking::error::{Error, Kind};
use crate::web::call::Call;
use crate::web::guard;
use crate::wire::reply::Reply;

use super::error::success;

/// Tells the subject, and nothing that no scope was granted for.
pub(crate) fn show_userinfo(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_scope(call, &token, &[ScopeToken::Openid])?;
    let Some(granted) = token.granted() else {
        let mismatch = Mismatch::new("a token that a customer granted", "one without a customer");
        return Err(Kind::InvalidToken.because(&CUSTOMER, mismatch));
    };
    call.trail.passed(&CUSTOMER);
    let body = json!({ "sub": granted.customer.to_string() });
    Ok(success(StatusCode::OK, &body))
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&CUSTOMER];

static CUSTOMER: Rule = Rule {
    name: "userinfo.customer",
    clause: "OpenID Connect Core, section 5.3",
    sentence: "There is a customer to tell of.",
};
