//! The form of an authorization request's parameters, before any of them means something.

use serde_json::{Map, Value};

use crate::oauth::check::assertion::described;
use crate::oauth::request::Asked;
use crate::rule::Mismatch;

/// Every parameter has the type its standard gives it.
pub(super) fn parameters_are_well_typed(asked: &Asked) -> Result<(), Mismatch> {
    for name in TEXTS {
        if let Some(value) = asked.parameters.get(*name)
            && value.as_str().is_none_or(str::is_empty)
        {
            return Err(Mismatch::new(
                format!("{name} to be a text"),
                described(Some(value)),
            ));
        }
    }
    let claims = asked.parameters.get("claims");
    if let Some(claims) = claims {
        claims_are_well_formed(claims)?;
    }
    let max_age = asked.parameters.get("max_age");
    if let Some(value) = max_age.filter(|value| whole_number(value).is_none()) {
        return Err(Mismatch::new(
            "max_age in whole seconds",
            described(Some(value)),
        ));
    }
    Ok(())
}

/// `claims` has the form of OpenID Connect Core, section 5.5.
fn claims_are_well_formed(claims: &Value) -> Result<(), Mismatch> {
    let places = expect_object("claims", claims)?;
    for place in ["id_token", "userinfo"] {
        let Some(asked) = places.get(place) else {
            continue;
        };
        let place = format!("claims.{place}");
        for (claim, request) in expect_object(&place, asked)? {
            let shown: String = claim.chars().take(CLAIM_SHOWN_MAX).collect();
            let name = format!("{place}.{shown}");
            // Null asks for the claim in the default manner.
            if !request.is_null() {
                claim_request_is_well_formed((&name, claim), expect_object(&name, request)?)?;
            }
        }
    }
    Ok(())
}

fn claim_request_is_well_formed(
    (name, claim): (&str, &str),
    request: &Map<String, Value>,
) -> Result<(), Mismatch> {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let is_value = |value: &Value| !TEXT_CLAIMS.contains(&claim) || is_text(value);
    let is_list = |value: &Value| {
        let items = value.as_array().filter(|items| !items.is_empty());
        items.is_some_and(|items| items.iter().all(is_value))
    };
    expect_form(
        (name, "essential", "true or false"),
        request,
        Value::is_boolean,
    )?;
    expect_form((name, "value", "a text"), request, is_value)?;
    expect_form((name, "values", "a list of such values"), request, is_list)
}

fn expect_form(
    (name, member, form): (&str, &str, &str),
    request: &Map<String, Value>,
    fits: impl Fn(&Value) -> bool,
) -> Result<(), Mismatch> {
    match request.get(member).filter(|value| !fits(value)) {
        None => Ok(()),
        value => {
            let expected = format!("{name}.{member} to be {form}");
            Err(Mismatch::new(expected, described(value)))
        }
    }
}

fn expect_object<'v>(name: &str, value: &'v Value) -> Result<&'v Map<String, Value>, Mismatch> {
    let expected = || format!("{name} to be an object");
    let object = value.as_object();
    object.ok_or_else(|| Mismatch::new(expected(), described(Some(value))))
}

/// What is kept of a request is short.
pub(super) fn parameters_are_short(asked: &Asked) -> Result<(), Mismatch> {
    let named = asked.consents_named();
    let texts = TEXTS
        .iter()
        .filter_map(|name| Some((*name, asked.text(name)?)));
    let consents = named
        .iter()
        .map(|consent| ("openbanking_intent_id", *consent));
    let claims = [
        ("acr", "claims.id_token.acr"),
        ("sub", "claims.id_token.sub"),
    ];
    let claims = claims.map(|(claim, name)| Some((name, asked.claim_request(claim)?.to_string())));
    let claims = claims.iter().flatten();
    let claims = claims.map(|(name, text)| (*name, text.as_str()));
    match texts
        .chain(consents)
        .chain(claims)
        .find(|(_, text)| text.len() > TEXT_BYTES_MAX)
    {
        None => Ok(()),
        Some((name, text)) => Err(Mismatch::new(
            format!("{name} of at most {TEXT_BYTES_MAX} bytes"),
            format!("{} bytes", text.len()),
        )),
    }
}

/// A number of seconds, also as digits in a text.
fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// The parameters that are texts.
const TEXTS: &[&str] = &[
    "acr_values",
    "code_challenge",
    "code_challenge_method",
    "consent_id",
    "id_token_hint",
    "login_hint",
    "nonce",
    "prompt",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// The claims of an ID token that are texts, and mean something when they are asked for with a value.
const TEXT_CLAIMS: &[&str] = &["acr", "openbanking_intent_id", "sub"];

/// As much of a claim's name as a refusal repeats: the longest registered ones are half of it.
const CLAIM_SHOWN_MAX: usize = 60;

/// Twice what any client library makes; FAPI's own plan goes up to a state of a thousand characters.
const TEXT_BYTES_MAX: usize = 2048;
