//! Bad request objects (SECURITY contract, section 5.3).
//!
//! What is wrong with the JWT is `invalid_request_object`, what is wrong with what it asks is
//! `invalid_request`; the state comes back if the signature was good.

use super::shared_flow::succeeds_without_state;
use super::{Combination, every, every_where};
use crate::support::{Jwt, Request, START};

const NOW: i64 = START.unix_timestamp();
const MINUTE: i64 = 60;
const OBJECT: &str = "invalid_request_object";
const REQUEST: &str = "invalid_request";

// 15
#[test]
fn ensure_request_object_without_exp_fails() {
    every(|combination| {
        let request = combination.request().without("exp");
        combination.refused(&request, OBJECT, "request_object.exp");
    });
}

// 16
#[test]
fn ensure_request_object_without_nbf_fails() {
    every(|combination| {
        let request = combination.request().without("nbf");
        combination.refused(&request, OBJECT, "request_object.nbf");
    });
}

// 17: the scope outside is not used.
#[test]
fn ensure_request_object_without_scope_fails() {
    every(|combination| {
        let request = combination.request().without("scope");
        assert_eq!(request.outside.get("scope"), Some("openid accounts"));
        combination.refused(&request, REQUEST, "authorize.scope.present");
    });
}

// 18
#[test]
fn state_only_outside_request_object_not_used() {
    every(|combination| {
        let request = combination.request().without("state");
        let request = request.outside(|form| form.with("state", "outside"));
        succeeds_without_state(combination, &request);
    });
}

// 19
#[test]
fn ensure_request_object_without_nonce_fails() {
    every(|combination| {
        let request = combination.request().without("nonce");
        let request = request.outside(|form| form.with("nonce", "outside"));
        combination.refused(&request, REQUEST, "authorize.nonce");
    });
}

// 20
#[test]
fn ensure_request_object_without_redirect_uri_fails() {
    every(|combination| {
        let request = combination.request().without("redirect_uri");
        assert_eq!(
            request.outside.get("redirect_uri"),
            Some(&*combination.tpp.redirect_uri())
        );
        combination.refused_on_a_page(&request, REQUEST, "authorize.redirect_uri");
    });
}

// 21
#[test]
fn ensure_expired_request_object_fails() {
    every(|combination| {
        let request = combination.request().claim("exp", NOW - 60 * MINUTE);
        combination.refused(&request, OBJECT, "request_object.exp");
    });
}

// 22
#[test]
fn ensure_request_object_with_bad_aud_fails() {
    every(|combination| {
        let request = combination.request().claim("aud", "https://other.example/");
        combination.refused(&request, OBJECT, "request_object.aud");
    });
}

// 23
#[test]
fn ensure_request_object_with_exp_over_60_fails() {
    every(|combination| {
        let request = combination.request().claim("exp", NOW + 70 * MINUTE);
        combination.refused(&request, OBJECT, "request_object.exp");
    });
}

// 24
#[test]
fn ensure_request_object_with_nbf_over_60_fails() {
    every(|combination| {
        let request = combination.request().claim("nbf", NOW - 70 * MINUTE);
        combination.refused(&request, OBJECT, "request_object.nbf");
    });
}

// 25: the same RSA key, which an ES256 client has not.
#[test]
fn ensure_signed_request_object_with_rs256_fails() {
    every_where(
        |combination| combination.tpp.kit().signing_alg() == "PS256",
        |combination| {
            let request = combination.request().jwt(|jwt| jwt.header("alg", "RS256"));
            combination.refused_unread(&request, OBJECT, "request_object.signature");
        },
    );
}

// 26
#[test]
fn ensure_request_object_signature_algorithm_is_not_none() {
    every(|combination| {
        let request = combination.request().jwt(|jwt| jwt.header("alg", "none"));
        combination.refused_unread(&request, OBJECT, "request_object.signature");
        let bare = combination.request();
        let bare = bare.jwt(|jwt| jwt.header("alg", "none").without_header("kid"));
        combination.refused_unread(&bare, OBJECT, "request_object.signature");
    });
}

// 27
#[test]
fn ensure_request_object_with_invalid_signature_fails() {
    every(|combination| {
        let request = combination.request().jwt(Jwt::spoilt);
        combination.refused_unread(&request, OBJECT, "request_object.signature");
    });
}

// 28: client 2 signs as itself, and another client signs as if it were client 1.
#[test]
fn ensure_matching_key_in_authorization_request() {
    every(|combination| {
        let own = combination.request();
        let by_second = Request {
            jwt: signed_by_second(combination, &own),
            ..own
        };
        combination.refused_unread(&by_second, OBJECT, "request_object.signature");

        let stranger = combination.with_the_same_algorithm().request();
        let forged = combination
            .request()
            .jwt(|jwt| jwt.signed_by(&stranger.jwt));
        combination.refused_unread(&forged, OBJECT, "request_object.signature");
    });
}

/// The same claims under the header and signature of client 2.
fn signed_by_second(combination: &Combination<'_>, own: &Request) -> Jwt {
    let second = combination.second();
    let same = [
        "iss",
        "client_id",
        "redirect_uri",
        "state",
        "nonce",
        "claims",
    ];
    same.into_iter().fold(second.request().jwt, |jwt, name| {
        jwt.claim(name, own.jwt.value(name).expect("a claim").clone())
    })
}
