//! What runs inside every module of the plan (SECURITY contract, section 2), for either client.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Combination;
use crate::support::{Form, Grant, Request, START, half_hash};

/// Which of the plan's two clients, which differ in what they send.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Who {
    First,
    Second,
}

/// From discovery to accounts, with every check on the way.
#[track_caller]
pub(super) fn walk<'a>(combination: &Combination<'a>, who: Who) -> Grant<'a> {
    check_keys(&combination.bank().jwks());
    let consent = pre_authorization(combination, who);
    let request = request_of(combination, who, &consent);
    let url = link(combination, who, &request);
    let members = combination.members(&combination.opens(&url).landing());
    check_authorization_response(combination, &request, &members);
    let front = members.get("id_token").map(|token| {
        let claims = combination
            .tpp
            .id_token(token.as_str().expect("an ID token"));
        check_front_channel(&request, &members, &claims);
        check_id_token(who, &request, &consent, &claims);
        claims
    });

    let code = members["code"].as_str().expect("a code");
    let answer = combination.exchange(code, &request).send();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let tokens = answer.ok();
    let claims = check_tokens(combination, &request, &tokens);
    check_id_token(who, &request, &consent, &claims);
    if let Some(front) = front {
        assert_eq!(front["sub"], claims["sub"], "one subject in both ID tokens");
    }
    let grant = grant_of(combination, consent, &tokens);
    check_resource(&grant, who);
    grant
}

/// Tokens, without looking at how they were come by.
#[track_caller]
pub(super) fn grant<'a>(combination: &Combination<'a>) -> Grant<'a> {
    let consent = combination.consent();
    let tokens = combination.tokens(&combination.request_for(&consent));
    grant_of(combination, consent, &tokens)
}

/// A request without a state in its object succeeds, and neither state nor `s_hash` comes back.
#[track_caller]
pub(super) fn succeeds_without_state(combination: &Combination<'_>, request: &Request) {
    let members = combination.succeeds(request);
    assert!(!members.contains_key("state"), "{members:#?}");
    let code = members["code"].as_str().expect("a code");
    let tokens = combination.exchange(code, request).send().ok();
    let both = [members.get("id_token"), tokens.get("id_token")];
    for token in both.into_iter().flatten() {
        let claims = combination
            .tpp
            .id_token(token.as_str().expect("an ID token"));
        assert!(!claims.contains_key("s_hash"), "{claims:#?}");
    }
}

// 2.1
#[track_caller]
fn check_keys(jwks: &Value) {
    let keys = jwks["keys"].as_array().expect("keys");
    let kids: BTreeSet<_> = keys
        .iter()
        .map(|key| key["kid"].as_str().expect("kid"))
        .collect();
    assert_eq!(kids.len(), keys.len(), "each key has a kid of its own");
    for key in keys {
        for secret in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(secret).is_none(), "{secret} is published: {key:#}");
        }
        match key["kty"].as_str() {
            Some("RSA") => assert!(key["n"].as_str().expect("n").len() >= 342, "2048 bit"),
            Some("EC") => assert_eq!(key["crv"], "P-256"),
            other => panic!("a key of type {other:?}"),
        }
    }
}

// 2.2: with no interaction id, of which the harness checks that the bank then makes one.
#[track_caller]
fn pre_authorization(combination: &Combination<'_>, who: Who) -> String {
    let params = [("grant_type", "client_credentials"), ("scope", "consents")];
    let tokens = combination.tpp.token(params).send().ok();
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(
        tokens["expires_in"].as_i64().is_some_and(|life| life > 0),
        "{tokens}"
    );
    let mut body = json!({ "permissions": ["ReadAccounts"] });
    if who == Who::Second {
        body["expiration_date"] = json!("2025-09-01T10:00:00Z");
        body["transaction_from_date"] = json!("2025-01-01T00:00:00Z");
        body["transaction_to_date"] = json!("2025-06-01T00:00:00Z");
    }
    let call = combination
        .tpp
        .call(http::Method::POST, "/consents/account-access");
    let made = call
        .bearer(tokens["access_token"].as_str().expect("a token"))
        .header("x-fapi-auth-date", AUTH_DATE)
        .json(&body)
        .send()
        .created();
    made["consent_id"].as_str().expect("consent_id").to_owned()
}

// 2.3
fn request_of(combination: &Combination<'_>, who: Who, consent: &str) -> Request {
    let request = combination.request_for(consent);
    let drawn = combination.bank().draw();
    if who == Who::First {
        return request
            .claim("state", format!("s{drawn:0>9}"))
            .claim("nonce", format!("n{drawn:0>9}"));
    }
    request
        .claim("state", format!("{drawn:0>124}-._~"))
        .claim("nonce", format!("{drawn:0>43}"))
        .claim("iat", START.unix_timestamp())
        .claim(
            "claims",
            json!({ "id_token": {
                "openbanking_intent_id": { "value": consent, "essential": true },
            }}),
        )
        .jwt(|jwt| jwt.header("typ", "oAUTh-aUthZ-rEQ+JwT"))
}

#[track_caller]
fn link(combination: &Combination<'_>, who: Who, request: &Request) -> String {
    let outside = request.outside.clone();
    let query = if combination.way.is_pushed {
        // A private_key_jwt client need not show a certificate here; the first one does not.
        let push = combination.tpp.push(request);
        let bare = combination.tpp.has_assertions() && who == Who::First;
        let push = if bare {
            push.without_certificate()
        } else {
            push
        };
        let pushed = push.send().created();
        outside.with("request_uri", check_pushed(&pushed))
    } else {
        outside.with("request", request.jwt.encoded())
    };
    let query = if who == Who::Second {
        reversed(&query)
    } else {
        query
    };
    format!("/oauth/authorize?{}", query.encoded())
}

/// In reverse alphabetical order.
fn reversed(form: &Form) -> Form {
    let mut names = form.names();
    names.sort_unstable_by(|one, other| other.cmp(one));
    Form::of(
        names
            .into_iter()
            .map(|name| (name, form.get(name).unwrap_or_default())),
    )
}

// 2.4
#[track_caller]
fn check_pushed(pushed: &Value) -> &str {
    let request_uri = pushed["request_uri"].as_str().expect("request_uri");
    assert_hard_to_guess(request_uri);
    let life = pushed["expires_in"].as_i64().expect("whole seconds");
    assert!((5..=1800).contains(&life), "{life}");
    request_uri
}

// 2.5 and 2.6; `Combination::members` looked at where it came.
#[track_caller]
fn check_authorization_response(
    combination: &Combination<'_>,
    request: &Request,
    members: &Map<String, Value>,
) {
    let mut names: Vec<_> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    if combination.way.is_jarm {
        assert_eq!(names, ["aud", "code", "exp", "iss", "state"]);
    } else {
        assert_eq!(names, ["code", "id_token", "iss", "state"]);
    }
    assert_eq!(members["state"], request.text("state"));
    assert_hard_to_guess(members["code"].as_str().expect("a code"));
}

// 2.5
#[track_caller]
fn check_front_channel(
    request: &Request,
    members: &Map<String, Value>,
    claims: &Map<String, Value>,
) {
    let code = members["code"].as_str().expect("a code");
    assert_eq!(claims["c_hash"], half_hash(code));
    assert_eq!(claims["s_hash"], half_hash(request.text("state")));
    assert!(
        !claims.contains_key("at_hash"),
        "there is no access token yet"
    );
}

// 2.7; the harness verified it by the one key that its kid names, PS256 or ES256.
#[track_caller]
fn check_id_token(who: Who, request: &Request, consent: &str, claims: &Map<String, Value>) {
    let now = START.unix_timestamp();
    let number = |name: &str| claims[name].as_i64().expect("whole seconds");
    assert!(
        (now + 1..=now + 3600).contains(&number("exp")),
        "{claims:#?}"
    );
    assert!((now - 300..=now).contains(&number("iat")), "{claims:#?}");
    assert!(
        (now - 3600..=now).contains(&number("auth_time")),
        "{claims:#?}"
    );
    assert_eq!(claims["nonce"], request.text("nonce"));
    assert_eq!(claims["openbanking_intent_id"], consent);
    let acr = claims["acr"].as_str().expect("acr");
    assert!(!acr.is_empty());
    if who == Who::First {
        assert_eq!(
            acr, "urn:openbanking:psd2:sca",
            "one of the values that were essential"
        );
    }
    let sub = claims["sub"].as_str().expect("sub");
    assert!((1..=255).contains(&sub.len()), "{sub}");
    assert!(sub.chars().all(|c| c.is_ascii_graphic()), "{sub}");
    for name in claims.keys() {
        assert!(
            USUAL_CLAIMS.contains(&name.as_str()),
            "{name} was not asked for"
        );
    }
}

// 2.8
#[track_caller]
fn check_tokens(
    combination: &Combination<'_>,
    request: &Request,
    tokens: &Value,
) -> Map<String, Value> {
    assert_eq!(tokens["token_type"], "Bearer");
    let life = tokens["expires_in"].as_i64().expect("a JSON number");
    assert!((1..=31_536_000).contains(&life), "{life}");
    let text = |name: &str| tokens[name].as_str().expect("a text");
    for name in ["access_token", "refresh_token"] {
        assert_hard_to_guess(text(name));
    }
    assert_ne!(text("access_token"), text("refresh_token"));
    let claims = combination.tpp.id_token(text("id_token"));
    assert_eq!(claims["at_hash"], half_hash(text("access_token")));
    if let Some(hash) = claims.get("s_hash") {
        assert_eq!(hash, &json!(half_hash(request.text("state"))));
    }
    assert!(!claims.contains_key("c_hash"), "the code is used up");
    claims
}

// 2.9; the harness checks Date, JSON and that an interaction id is there and the one that was sent.
#[track_caller]
fn check_resource(grant: &Grant<'_>, who: Who) {
    let accounts = || {
        grant
            .get("/accounts")
            .header("x-fapi-interaction-id", INTERACTION_ID)
    };
    if who == Who::First {
        for address in ["203.0.113.7", "2001:db8::1893:25c8:1946"] {
            let call = accounts().header("x-fapi-auth-date", AUTH_DATE);
            call.header("x-fapi-customer-ip-address", address)
                .send()
                .ok();
        }
    }
    let answer = accounts().send();
    assert_eq!(answer.header("x-fapi-interaction-id"), Some(INTERACTION_ID));
    assert!(!answer.ok()["data"].as_array().expect("data").is_empty());
    let utf8 = accounts().accept("application/json;charset=UTF-8");
    utf8.header("accept-charset", "UTF-8").send().ok();
    accounts()
        .accept("application/json, application/*+json, */*")
        .send()
        .ok();
    let in_query = accounts().without_header("authorization");
    in_query
        .query(&format!("access_token={}", grant.access_token))
        .send()
        .refused(401, "invalid_token", "access_token.present");
}

/// The grant behind these tokens.
pub(super) fn grant_of<'a>(
    combination: &Combination<'a>,
    consent: String,
    tokens: &Value,
) -> Grant<'a> {
    let token = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    Grant {
        tpp: combination.tpp.clone(),
        consent,
        access_token: token("access_token"),
        refresh_token: token("refresh_token"),
    }
}

/// At least 16 characters, and more than 96 bits by Shannon's measure, which is the plan's.
#[track_caller]
#[expect(clippy::float_arithmetic, reason = "entropy is a sum of logarithms")]
fn assert_hard_to_guess(secret: &str) {
    let mut counts = BTreeMap::new();
    for character in secret.chars() {
        *counts.entry(character).or_insert(0_u32) += 1;
    }
    let length: u32 = counts.values().sum();
    assert!(length >= 16, "{secret}");
    let bits_of = |count: &u32| f64::from(*count) * (f64::from(length) / f64::from(*count)).log2();
    let bits: f64 = counts.values().map(bits_of).sum();
    assert!(bits > 96.0, "{secret} has {bits} bits");
}

/// What an ID token of a bank may hold unasked.
const USUAL_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "c_hash",
    "s_hash",
    "at_hash",
    "openbanking_intent_id",
];

const AUTH_DATE: &str = "Mon, 16 Jun 2025 10:29:00 GMT";
const INTERACTION_ID: &str = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a";
