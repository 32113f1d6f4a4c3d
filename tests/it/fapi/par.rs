//! Pushed authorization requests (SECURITY contract, section 5.10).

use http::Method;
use serde_json::json;

use super::{Combination, every_where};
use crate::support::{Form, Jwt, Request};

/// Runs a module in every combination that pushes.
fn every_pushed(run: impl Fn(&Combination<'_>)) {
    every_where(|combination| combination.way.is_pushed, run);
}

/// Runs a module in every combination that pushes and authenticates by assertion.
fn every_pushed_with_assertion(run: impl Fn(&Combination<'_>)) {
    let applies = |combination: &Combination<'_>| {
        combination.way.is_pushed && combination.tpp.has_assertions()
    };
    every_where(applies, run);
}

#[track_caller]
fn pushed(combination: &Combination<'_>, request: &Request) -> String {
    let body = combination.tpp.push(request).send().created();
    body["request_uri"]
        .as_str()
        .expect("request_uri")
        .to_owned()
}

/// The form of a push, with this assertion.
fn push_form(combination: &Combination<'_>, request: &Request, assertion: &Jwt) -> Form {
    let jwt = request.jwt.encoded();
    let form = combination.tpp.form([("request", jwt.as_str())]);
    Combination::asserted(form, assertion)
}

// 49: whatever stops a visit before its end leaves the request_uri as it was; the end uses it up.
#[test]
fn par_ensure_reused_request_uri_prior_to_auth_completion_succeeds() {
    every_pushed(|combination| {
        let lost = combination
            .request()
            .claim("login_hint", "nobody-of-this-bank");
        let request_uri = pushed(combination, &lost);
        for _ in 0..2 {
            let answer = combination.opens_with_duplicates(&lost, &request_uri);
            let refusal = ("login_required", "authorize.customer");
            combination.sent_back(&answer, refusal, lost.jwt.text("state"));
        }
        let request = combination.request();
        let request_uri = pushed(combination, &request);
        combination.plays_once("abandon");
        let page = combination.opens_with_duplicates(&request, &request_uri);
        assert_eq!((page.status(), page.header("location")), (200, None));
        page.check_verdict("journey.abandoned");
        let stranger = combination.second().tpp.url_of(&request_uri);
        let rule = "authorize.request_uri";
        combination
            .opens(&stranger)
            .refused_by_page("invalid_request_uri", rule);
        let answer = combination.opens_with_duplicates(&request, &request_uri);
        assert!(combination.members(&answer.landing()).contains_key("code"));
    });
}

// 50
#[test]
fn par_attempt_reuse_request_uri() {
    every_pushed(|combination| {
        let request = combination.request();
        let request_uri = pushed(combination, &request);
        let answer = combination.opens_with_duplicates(&request, &request_uri);
        let code = combination.members(&answer.landing())["code"].clone();
        let again = combination.opens_with_duplicates(&request, &request_uri);
        let refusal = ("invalid_request_uri", "authorize.request_uri");
        combination.sent_back(&again, refusal, request.jwt.text("state"));
        // What was granted stays so.
        combination
            .exchange(code.as_str().expect("a code"), &request)
            .send()
            .ok();
    });
}

// 51
#[test]
fn par_attempt_to_use_expired_request_uri() {
    every_pushed(|combination| {
        let request = combination.request();
        let body = combination.tpp.push(&request).send().created();
        let life = body["expires_in"].as_i64().expect("whole seconds");
        let request_uri = body["request_uri"].as_str().expect("request_uri");
        combination
            .bank()
            .operator()
            .advance_clock(&format!("{life}s"));
        let answer = combination.opens_with_duplicates(&request, request_uri);
        let refusal = ("invalid_request_uri", "authorize.request_uri");
        combination.sent_back(&answer, refusal, request.jwt.text("state"));
    });
}

// 52
#[test]
fn par_test_pushed_authorization_url_as_audience_for_client_jwt_assertion() {
    every_pushed_with_assertion(|combination| pushes_with_aud(combination, "/oauth/par"));
}

// 53
#[test]
fn par_token_endpoint_url_as_audience_for_client_jwt_assertion() {
    every_pushed_with_assertion(|combination| pushes_with_aud(combination, "/oauth/token"));
}

#[track_caller]
fn pushes_with_aud(combination: &Combination<'_>, path: &str) {
    let request = combination.request();
    let assertion = combination
        .tpp
        .assertion()
        .claim("aud", combination.at(path));
    let form = push_form(combination, &request, &assertion);
    let body = combination.tpp.post("/oauth/par", &form).send().created();
    let request_uri = body["request_uri"].as_str().expect("request_uri");
    let answer = combination.opens_with_duplicates(&request, request_uri);
    assert!(combination.members(&answer.landing()).contains_key("code"));
}

// 54: by value too, where only the token endpoint is asked.
#[test]
fn test_array_as_audience_for_client_jwt_assertion() {
    let applies = |combination: &Combination<'_>| combination.tpp.has_assertions();
    every_where(applies, |combination| {
        let audiences = json!(["https://other.example", combination.at("/oauth/token")]);
        let assertion = || combination.tpp.assertion().claim("aud", audiences.clone());
        let request = combination.request();
        if combination.way.is_pushed {
            let form = push_form(combination, &request, &assertion());
            combination.tpp.post("/oauth/par", &form).send().created();
        }
        let code = combination.code(&request);
        let form = combination.exchange_form(&code, &request);
        let form = Combination::asserted(form, &assertion());
        combination.tpp.post("/oauth/token", &form).send().ok();
    });
}

#[track_caller]
fn refused_with_assertion(
    combination: &Combination<'_>,
    change: impl FnOnce(Jwt) -> Jwt,
    rule: &str,
) {
    let request = combination.request();
    let form = push_form(combination, &request, &change(combination.tpp.assertion()));
    let answer = combination.tpp.post("/oauth/par", &form).send();
    answer.refused(401, "invalid_client", rule);
}

// 55
#[test]
fn par_ensure_client_assertion_with_wrong_aud_fails() {
    every_pushed_with_assertion(|combination| {
        let change = |jwt: Jwt| jwt.claim("aud", "https://other.example/par");
        refused_with_assertion(combination, change, "client_assertion.aud");
    });
}

// 56
#[test]
fn par_ensure_client_assertion_with_wrong_iss_fails() {
    every_pushed_with_assertion(|combination| {
        let other = combination.second();
        let change = |jwt: Jwt| jwt.claim("iss", other.tpp.id());
        refused_with_assertion(combination, change, "client_assertion.iss");
    });
}

// 57
#[test]
fn par_ensure_client_assertion_with_wrong_sub_fails() {
    every_pushed_with_assertion(|combination| {
        let other = combination.second();
        let change = |jwt: Jwt| jwt.claim("sub", other.tpp.id());
        refused_with_assertion(combination, change, "client_assertion.sub");
    });
}

// 58
#[test]
fn par_attempt_to_use_request_uri_for_different_client() {
    every_pushed(|combination| {
        let request_uri = pushed(combination, &combination.request());
        let url = combination.second().tpp.url_of(&request_uri);
        let answer = combination.opens(&url);
        answer.refused_by_page("invalid_request_uri", "authorize.request_uri");
    });
}

// 59
#[test]
fn par_authorization_request_containing_request_uri_form_param() {
    every_pushed(|combination| {
        let request = combination.request();
        let before = pushed(combination, &request);
        let jwt = request.jwt.encoded();
        for params in [
            vec![("request", jwt.as_str()), ("request_uri", &before)],
            vec![("request_uri", &before)],
            vec![
                ("request", &jwt),
                ("request_uri", "https://client.example/object"),
            ],
        ] {
            let form = combination.tpp.form(params);
            let answer = combination.tpp.post("/oauth/par", &form).send();
            answer.refused(400, "invalid_request", "par.request_uri");
        }
    });
}

// 60
#[test]
fn par_attempt_invalid_http_method() {
    every_pushed(|combination| {
        let put = combination
            .tpp
            .push(&combination.request())
            .method(Method::PUT)
            .send();
        assert_eq!(put.header("allow"), Some("POST"));
        assert_eq!(put.status(), 405);
        put.check_verdict("request.method");
    });
}

// 61
#[test]
fn par_ensure_pkce_required() {
    every_pushed(|combination| {
        let request = combination.request().without("code_challenge");
        let request = request.without("code_challenge_method");
        combination.refused(&request, "invalid_request", "pkce.required");
    });
}

// 62
#[test]
fn ensure_pkce_code_verifier_required() {
    every_pushed(|combination| {
        let request = combination.request();
        let code = combination.code(&request);
        let form = combination
            .exchange_form(&code, &request)
            .without("code_verifier");
        let answer = combination.tpp.post("/oauth/token", &form).send();
        answer.refused(400, "invalid_grant", "pkce.verifier");
    });
}

// 63
#[test]
fn incorrect_pkce_code_verifier_rejected() {
    every_pushed(|combination| {
        let request = combination.request();
        let code = combination.code(&request);
        let form = combination.exchange_form(&code, &request);
        let other = combination.request().verifier;
        let answer = combination
            .tpp
            .post("/oauth/token", &form.with("code_verifier", other));
        answer.send().refused(400, "invalid_grant", "pkce.verifier");
    });
}

// 64: said out loud, and by saying nothing.
#[test]
fn par_plain_pkce_rejected() {
    every_pushed(|combination| {
        let request = combination.request();
        let verifier = request.verifier.clone();
        let plain = request.claim("code_challenge", verifier);
        let said = plain.clone().claim("code_challenge_method", "plain");
        combination.refused(&said, "invalid_request", "pkce.method");
        let unsaid = plain.without("code_challenge_method");
        combination.refused(&unsaid, "invalid_request", "pkce.method");
    });
}

// 65: a fine audience for the assertion, and none for the object.
#[test]
fn par_pushed_authorization_url_as_audience_in_request_object() {
    every_pushed(|combination| {
        let request = combination
            .request()
            .claim("aud", combination.at("/oauth/par"));
        combination.refused(&request, "invalid_request_object", "request_object.aud");
    });
}

// 66
#[test]
fn par_attempt_invalid_redirect_uri() {
    every_pushed(|combination| {
        let redirect_uri = format!("{}/invalid", combination.tpp.redirect_uri());
        let request = combination.request().claim("redirect_uri", redirect_uri);
        combination.refused(&request, "invalid_request", "authorize.redirect_uri");
    });
}

// 67
#[test]
fn par_authorization_request_containing_request_uri() {
    every_pushed(|combination| {
        let request_uri = pushed(combination, &combination.request());
        let request = combination.request().claim("request_uri", request_uri);
        combination.refused(&request, "invalid_request_object", "request_object.nested");
    });
}

// 68
#[test]
fn par_without_duplicate_parameters() {
    every_pushed(|combination| {
        let request = combination.request();
        let url = combination.tpp.url_of(&pushed(combination, &request));
        let members = combination.members(&combination.opens(&url).landing());
        let code = members["code"].as_str().expect("a code");
        combination.exchange(code, &request).send().ok();
    });
}
