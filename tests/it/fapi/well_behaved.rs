//! Well-behaved clients (SECURITY contract, section 5.1; module 1 is `discovery`).

use serde_json::json;

use super::shared_flow::{self, Who};
use super::{every, every_where};

// 2: two clients, two logins, all of section 2.
#[test]
fn fapi1_advanced_final() {
    every(|combination| {
        let first = shared_flow::walk(combination, Who::First);
        let second = shared_flow::walk(&combination.second(), Who::Second);
        // A token is bound to its owner's certificate.
        second
            .get("/accounts")
            .certificate(first.tpp.kit().transport_cert_pem())
            .send()
            .refused(401, "invalid_token", "access_token.certificate");
        second.get("/accounts").send().ok();
    });
}

// 3: both clients, the second with a state of 128 characters; the redirect URI's own query is kept.
#[test]
fn user_rejects_authentication() {
    every(|first| {
        let long = format!("{:0>124}-._~", first.bank().draw());
        for (combination, state) in [(first, None), (&first.second(), Some(&long))] {
            combination.plays_once("reject");
            let request = combination.request();
            let request = match state {
                Some(state) => request.claim("state", state.as_str()),
                None => request,
            };
            let answer = combination.arrives(&request);
            let refusal = ("access_denied", "journey.approval");
            combination.sent_back(&answer, refusal, request.jwt.text("state"));
        }
    });
}

// 4: and after PAR nothing but client_id and request_uri.
#[test]
fn ensure_request_object_with_multiple_aud_succeeds() {
    every(|combination| {
        let audiences = json!([
            "https://one.example",
            combination.bank().issuer(),
            "urn:two"
        ]);
        let request = combination.request().claim("aud", audiences);
        let url = combination.tpp.authorization_url(combination.way, &request);
        let members = combination.members(&combination.opens(&url).landing());
        assert_eq!(members["state"], request.text("state"));
        let code = members["code"].as_str().expect("a code");
        combination.exchange(code, &request).send().ok();
    });
}

// 5
#[test]
fn ensure_authorization_request_without_state_success() {
    every(|combination| {
        let request = combination.request().without("state");
        shared_flow::succeeds_without_state(combination, &request);
    });
}

// 6: accepted and honoured, though nothing demands it by value.
#[test]
fn ensure_valid_pkce_succeeds() {
    every_where(
        |combination| !combination.way.is_pushed,
        |combination| {
            let tpp = &combination.tpp;
            let ask = || tpp.request(combination.way, &combination.consent());
            let request = ask();
            let code = combination.code(&request);
            combination.exchange(&code, &request).send().ok();

            let request = ask();
            let code = combination.code(&request);
            let form = combination.exchange_form(&code, &request);
            let other = ask().verifier;
            tpp.post("/oauth/token", &form.with("code_verifier", other))
                .send()
                .refused(400, "invalid_grant", "pkce.verifier");
        },
    );
}

// 7
#[test]
fn ensure_other_scope_order_succeeds() {
    every(|combination| {
        let scope = "accounts openid";
        let request = combination
            .request()
            .claim("scope", scope)
            .outside(|form| form.with("scope", scope));
        let tokens = combination.tokens(&request);
        let mut granted: Vec<_> = tokens["scope"]
            .as_str()
            .expect("scope")
            .split(' ')
            .collect();
        granted.sort_unstable();
        assert_eq!(granted, ["accounts", "openid"]);
    });
}

// 8
#[test]
fn access_token_type_header_case_sensitivity() {
    every(|combination| {
        let grant = shared_flow::grant(combination);
        let token = &grant.access_token;
        for scheme in ["bEARER", "bearer", "BEARER"] {
            grant
                .get("/accounts")
                .header("authorization", &format!("{scheme} {token}"))
                .send()
                .ok();
        }
        grant
            .get("/accounts")
            .header("authorization", &format!("Basic {token}"))
            .send()
            .refused(401, "invalid_token", "access_token.present");
    });
}
