//! Requests that a bank may refuse, and what it must never do with them (SECURITY contract,
//! section 5.2).

use super::{Combination, every};
use crate::support::Request;

// 9: never a code in the query. A bare code has no place that both sides know, so a page tells.
#[test]
fn ensure_response_mode_query() {
    every(|combination| {
        let request = combination.request().claim("response_mode", "query");
        if combination.way.is_jarm {
            let rule = "authorize.response_mode.jwt";
            combination.refused_on_a_page(&request, "invalid_request", rule);
        } else {
            combination.refused(&request, "invalid_request", "authorize.response_mode");
        }
    });
}

// 10
#[test]
fn ensure_different_nonce_inside_and_outside_request_object() {
    every(|combination| {
        let request = combination.request();
        let request = request.outside(|form| form.with("nonce", "another-nonce"));
        nonce_comes_back(combination, &request);
    });
}

// 11: no prefix matching, and no redirect anywhere.
#[test]
fn ensure_registered_redirect_uri() {
    every(|combination| {
        let registered = combination.tpp.redirect_uri();
        let (base, query) = registered.split_once('?').unwrap_or((&registered, ""));
        for unregistered in [
            format!("{base}/segment?{query}"),
            format!("{registered}/segment"),
            format!("{registered}#fragment"),
            registered.replace("localhost:9443", "localhost:9444"),
        ] {
            let request = combination
                .request()
                .claim("redirect_uri", unregistered.as_str())
                .outside(|form| form.with("redirect_uri", unregistered));
            combination.refused_on_a_page(&request, "invalid_request", "authorize.redirect_uri");
        }
    });
}

// 12
#[test]
fn ensure_request_object_with_long_nonce() {
    every(|combination| {
        let request = combination.request().claim("nonce", "n".repeat(384));
        nonce_comes_back(combination, &request);
    });
}

// 13
#[test]
fn ensure_request_object_with_64_char_nonce_success() {
    every(|combination| {
        let request = combination.request().claim("nonce", "n".repeat(64));
        nonce_comes_back(combination, &request);
    });
}

// 14
#[test]
fn ensure_request_object_with_long_state() {
    every(|combination| {
        let request = combination.request().claim("state", "s".repeat(1000));
        let members = combination.succeeds(&request);
        assert_eq!(members["state"], request.text("state"));
        let code = members["code"].as_str().expect("a code");
        combination.exchange(code, &request).send().ok();
    });
}

/// The signed nonce comes back unchanged, in every ID token there is.
#[track_caller]
fn nonce_comes_back(combination: &Combination<'_>, request: &Request) {
    let members = combination.succeeds(request);
    let code = members["code"].as_str().expect("a code");
    let tokens = combination.exchange(code, request).send().ok();
    let both = [members.get("id_token"), tokens.get("id_token")];
    assert_eq!(
        both.iter().flatten().count(),
        if combination.way.is_jarm { 1 } else { 2 }
    );
    for token in both.into_iter().flatten() {
        let claims = combination
            .tpp
            .id_token(token.as_str().expect("an ID token"));
        assert_eq!(claims["nonce"], request.text("nonce"));
    }
}
