//! What the bank sends back through the browser, taken apart.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::url::form_urlencoded;
use openidconnect::{JsonWebKey, JsonWebKeyId, RedirectUrl, SubjectIdentifier};
use serde_json::Value;

use super::{text, unix_seconds};

/// A verified answer that carries a code.
pub(crate) struct Answer {
    pub(crate) code: String,
    /// Whom the front-channel ID token speaks of; only a hybrid answer has one.
    pub(crate) subject: Option<SubjectIdentifier>,
}

/// A verified answer that carries none.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: String,
    pub(crate) description: String,
}

/// The parameters of an answer, by name.
pub(crate) type Parameters = BTreeMap<String, String>;

/// The parameters behind the redirect URI's `#`; its own query stays before it, untouched.
pub(crate) fn fragment(redirect_uri: &RedirectUrl, location: &str) -> Parameters {
    let rest = location.strip_prefix(redirect_uri.as_str());
    let fragment = rest.and_then(|rest| rest.strip_prefix('#'));
    parameters(fragment.unwrap_or_else(|| panic!("{location} has its answer in the fragment")))
}

/// The parameters that the answer put into the query, after those of the redirect URI's own.
pub(crate) fn query(redirect_uri: &RedirectUrl, location: &str) -> Parameters {
    let separator = match redirect_uri.url().query() {
        Some(_) => '&',
        None => '?',
    };
    let rest = location.strip_prefix(redirect_uri.as_str());
    let query = rest.and_then(|rest| rest.strip_prefix(separator));
    let query = query.unwrap_or_else(|| panic!("{location} has its answer in the query"));
    assert!(!query.contains('#'), "no fragment: {location}");
    parameters(query)
}

fn parameters(encoded: &str) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
        let before = parameters.insert(name.to_string(), value.into_owned());
        assert_eq!(before, None, "{name} comes once");
    }
    parameters
}

/// A form's body.
pub(crate) fn form(members: &[(&str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(members)
        .finish()
}

/// The parameters in a JARM response whose signature one of the library's `keys` verified, and which is
/// meant for `client_id`, now (JARM, section 2.4).
pub(crate) fn verified_claims(jwt: &str, client_id: &str, keys: &CoreJsonWebKeySet) -> Parameters {
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let header = decoded(header);
    let kid = JsonWebKeyId::new(text(&header, "kid").to_owned());
    let algorithm: CoreJwsSigningAlgorithm = serde_json::from_value(header["alg"].clone()).unwrap();
    let mut named = keys.keys().iter().filter(|key| key.key_id() == Some(&kid));
    let key = named.next().expect("the key that the header names");
    assert!(named.next().is_none(), "a kid names one key");
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify_signature(&algorithm, input.as_bytes(), &signature)
        .unwrap();
    let claims = decoded(payload);
    assert_eq!(text(&claims, "aud"), client_id);
    let left = claims["exp"].as_i64().unwrap() - unix_seconds();
    assert!((10..=600).contains(&left), "{left} seconds are left");
    let members = claims.as_object().unwrap().iter();
    members
        .filter(|(name, _)| !["aud", "exp"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect()
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
