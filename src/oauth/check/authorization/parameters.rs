//! The form of an authorization request's parameters, before any of them means something.

use serde_json::Value;

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
    if let Some(value) = claims.filter(|value| !value.is_object()) {
        return Err(Mismatch::new(
            "claims to be an object",
            described(Some(value)),
        ));
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

/// What is kept of a request is short.
pub(super) fn parameters_are_short(asked: &Asked) -> Result<(), Mismatch> {
    let named = asked.consents_named();
    let texts = TEXTS
        .iter()
        .filter_map(|name| Some((*name, asked.text(name)?)));
    let consents = named
        .iter()
        .map(|consent| ("openbanking_intent_id", *consent));
    let classes = asked.claim_request("acr").map(Value::to_string);
    let classes = classes
        .iter()
        .map(|text| ("claims.id_token.acr", text.as_str()));
    match texts
        .chain(consents)
        .chain(classes)
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
    "login_hint",
    "nonce",
    "prompt",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// Twice what any client library makes; FAPI's own plan goes up to a state of a thousand characters.
const TEXT_BYTES_MAX: usize = 2048;
