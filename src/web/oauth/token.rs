//! POST `/oauth/token`: codes, refresh tokens and credentials become access tokens (RFC 6749, section 3.2).

use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::bank::State;
use crate::clock::Timestamp;
use crate::fault::{Decided, Twist};
use crate::oauth::client::Client;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::id_token::Beside;
use crate::oauth::token::{self, GrantType, Issued, PresentedCode, PresentedRefreshToken};
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::consented;
use crate::web::lint;
use crate::wire::form::Form;
use crate::wire::reply::Reply;

use super::error::{self, success};
use super::id_token;

/// Finds the grant type's recipe and follows it.
pub(crate) fn issue_tokens(
    call: &mut Call<'_>,
    who: &AuthenticatedClient,
    form: &Form,
) -> Result<Reply, Refusal> {
    if let Some(twist) = call.faults.take(error::asked).pop() {
        return Ok(error::reply_on_purpose(&twist, call));
    }
    let grant_type = grant_type(call, form)?;
    check_registered(call, who, grant_type)?;
    let issued = match grant_type {
        GrantType::AuthorizationCode => exchange_code(call, who, form)?,
        GrantType::ClientCredentials => issue_for_client(call, who, form)?,
        GrantType::RefreshToken => refresh(call, who, form)?,
    };
    let presented = match grant_type {
        GrantType::RefreshToken => form.get("refresh_token"),
        GrantType::AuthorizationCode | GrantType::ClientCredentials => None,
    };
    lint::of_issued(call, who.client(), (presented, &issued));
    answer(call, who.client(), &issued)
}

fn grant_type(call: &mut Call<'_>, form: &Form) -> Result<GrantType, Refusal> {
    let presented = required(call, form, "grant_type")?;
    let known = GrantType::parse(presented).ok_or_else(|| {
        let words = GrantType::ALL.map(GrantType::as_str).join(", ");
        Mismatch::new(format!("one of {words}"), presented.to_owned())
    });
    call.trail
        .judge(&GRANT_TYPE, known)
        .map_err(|finding| ErrorCode::UnsupportedGrantType.because(finding))
}

fn check_registered(
    call: &mut Call<'_>,
    who: &AuthenticatedClient,
    grant_type: GrantType,
) -> Result<(), Refusal> {
    let registered = &who.client().grant_types;
    let answer = if registered.contains(&grant_type) {
        Ok(())
    } else {
        let words: Vec<_> = registered.iter().map(|known| known.as_str()).collect();
        Err(Mismatch::new(words.join(", "), grant_type.as_str()))
    };
    call.trail
        .judge(&GRANT_TYPE_REGISTERED, answer)
        .map_err(|finding| ErrorCode::UnauthorizedClient.because(finding))
}

fn exchange_code(
    call: &mut Call<'_>,
    who: &AuthenticatedClient,
    form: &Form,
) -> Result<Issued, Refusal> {
    id_token::check(call, who.client())?;
    let presented = PresentedCode {
        code: required(call, form, "code")?.to_owned(),
        redirect_uri: form.get("redirect_uri").map(str::to_owned),
        code_verifier: form.get("code_verifier").map(str::to_owned),
    };
    let (bank, trail, now) = (call.bank, &mut call.trail, call.now.bank);
    let faults = &mut call.faults;
    let issued = bank.state(|state| {
        consented::settle(state, &presented.code, now);
        let at = (now, &bank.settings.policy);
        let mut issued = state.oauth.exchange_code(who, presented, at, trail)?;
        twist_issued(state, faults, &mut issued, now);
        if let Some(grant) = &issued.grant {
            let what = (grant.consent.as_str(), &grant.client.id);
            consented::end_on_purpose(state, faults, what, now);
        }
        Ok::<_, Refusal>(issued)
    })?;
    if let Some(grant) = &issued.grant {
        call.entry.consent(grant.consent.clone());
    }
    if let Some(verifier) = form.get("code_verifier") {
        lint::of_verifier(call, verifier);
    }
    call.entry.effect("authorization code exchanged for tokens");
    Ok(issued)
}

fn refresh(call: &mut Call<'_>, who: &AuthenticatedClient, form: &Form) -> Result<Issued, Refusal> {
    let presented = PresentedRefreshToken {
        refresh_token: required(call, form, "refresh_token")?.to_owned(),
        scope: form.get("scope").map(str::to_owned),
    };
    let (bank, trail, now) = (call.bank, &mut call.trail, call.now.bank);
    let faults = &mut call.faults;
    let issued = bank.state(|state| {
        let token = &presented.refresh_token;
        consented::settle(state, token, now);
        if state.oauth.has_refresh_token(who, token) {
            for twist in faults.take(of_what_is_brought) {
                state.oauth.twist_refresh_token(token, twist, now);
            }
        }
        let at = (now, &bank.settings.policy);
        let mut issued = state.oauth.refresh(who, presented, at, trail)?;
        twist_issued(state, faults, &mut issued, now);
        Ok::<_, Refusal>(issued)
    })?;
    call.entry.effect("access token refreshed");
    Ok(issued)
}

fn issue_for_client(
    call: &mut Call<'_>,
    who: &AuthenticatedClient,
    form: &Form,
) -> Result<Issued, Refusal> {
    let (bank, trail, now) = (call.bank, &mut call.trail, call.now.bank);
    let faults = &mut call.faults;
    let issued = bank.state(|state| {
        let at = (now, &bank.settings.policy);
        let scope = form.get("scope");
        let mut issued = state.oauth.issue_for_client(who, scope, at, trail)?;
        twist_issued(state, faults, &mut issued, now);
        Ok::<_, Refusal>(issued)
    })?;
    call.entry
        .effect("access token issued to the client itself");
    Ok(issued)
}

fn twist_issued(state: &mut State, faults: &mut Decided, issued: &mut Issued, now: Timestamp) {
    let has_refresh_token = issued.refresh_token.is_some();
    let twists = faults.take(|twist| match twist {
        Twist::Token(twist @ token::Twist::Lifetime(_)) => Some(*twist),
        Twist::Token(twist @ token::Twist::NoRefreshToken) => has_refresh_token.then_some(*twist),
        _ => None,
    });
    for twist in twists {
        state.oauth.twist_issued(issued, twist, now);
    }
}

fn of_what_is_brought(twist: &Twist) -> Option<token::Twist> {
    use token::Twist::{RefreshExpired, RefreshRevoked};
    match twist {
        Twist::Token(twist @ (RefreshExpired | RefreshRevoked)) => Some(*twist),
        _ => None,
    }
}

/// A parameter without which the endpoint cannot go on.
///
/// # Errors
/// `invalid_request` naming it.
pub(super) fn required<'a>(
    call: &mut Call<'_>,
    form: &'a Form,
    name: &str,
) -> Result<&'a str, Refusal> {
    let present = form.get(name).filter(|value| !value.is_empty());
    let present = present.ok_or_else(|| Mismatch::new(format!("the parameter {name}"), "none"));
    call.trail
        .judge(&REQUIRED, present)
        .map_err(|finding| ErrorCode::InvalidRequest.because(finding))
}

fn answer(call: &mut Call<'_>, client: &Client, issued: &Issued) -> Result<Reply, Refusal> {
    let beside = Beside::AccessToken(&issued.access_token);
    let grant = issued.grant.as_ref();
    let id_token = grant
        .map(|grant| id_token::make(call, (client, grant), beside))
        .transpose()?;
    let body = TokenJson {
        access_token: &issued.access_token,
        token_type: "Bearer",
        expires_in: issued.expires_in.whole_seconds(),
        refresh_token: issued.refresh_token.as_deref(),
        scope: issued.scope.to_string(),
        id_token,
    };
    Ok(success(StatusCode::OK, &body))
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Token")]
pub(crate) struct TokenJson<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&REQUIRED, &GRANT_TYPE, &GRANT_TYPE_REGISTERED];

static REQUIRED: Rule = Rule {
    name: "request.parameter",
    clause: "RFC 6749, sections 4.1.3, 4.4.2 and 6",
    sentence: "A parameter the endpoint cannot do without is there.",
};
static GRANT_TYPE: Rule = Rule {
    name: "token.grant_type",
    clause: "RFC 6749, section 5.2",
    sentence: "The grant type is one the bank supports.",
};
static GRANT_TYPE_REGISTERED: Rule = Rule {
    name: "token.grant_type_registered",
    clause: "RFC 6749, section 5.2; RFC 7591, section 2",
    sentence: "The grant type is one the client registered.",
};
