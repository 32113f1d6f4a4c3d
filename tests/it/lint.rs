//! What is legal but unwise is noted in the journal, and nothing else comes of it.

use serde_json::Value;

use crate::support::{Form, Jwt, Request, Response, START, TestBank, Way};

const ID: &str = "93bac548-d2de-4546-b106-880a5018460d";

/// The names of an entry's lints.
fn lints(response: &Response) -> Vec<String> {
    of_entry(response.entry())
}

fn of_entry(entry: &Value) -> Vec<String> {
    let lint = entry["lint"].as_array().unwrap();
    let name = |it: &Value| it.as_str().unwrap().split(": ").next().unwrap().to_owned();
    lint.iter().map(name).collect()
}

#[test]
fn a_call_to_a_resource_without_an_interaction_id_of_its_own_is_noted() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let read = || grant.get("/accounts");
    let none: [&str; 0] = [];
    assert_eq!(lints(&read().send()), ["interaction_id.missing"]);
    assert_eq!(
        lints(&read().header("x-fapi-interaction-id", ID).send()),
        none
    );
    let malformed = read().header("x-fapi-interaction-id", "7").send();
    assert_eq!(lints(&malformed), ["interaction_id.malformed"]);
    malformed.ok();
    assert_eq!(
        lints(&bank.stranger().get("/.well-known/jwks.json").send()),
        none
    );
}

#[test]
fn what_is_to_be_used_once_is_noted_the_second_time() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let first = acorn.request(Way::PUSHED_JARM, &consent);
    let none: [&str; 0] = [];
    assert_eq!(lints(&acorn.push(&first).send()), none);
    let second = acorn.request(Way::PUSHED_JARM, &consent);
    for (claim, name) in [
        ("nonce", "nonce.reused"),
        ("state", "state.reused"),
        ("code_challenge", "code_challenge.reused"),
    ] {
        let request = acorn.request(Way::PUSHED_JARM, &consent);
        let pushed = acorn.push(&request.claim(claim, first.text(claim))).send();
        assert_eq!(lints(&pushed), [name]);
        let _ = pushed.created();
    }
    // Another client's values are none of its own.
    let burrow = bank.tpp("burrow-pay");
    let own = burrow.create_consent(&["ReadAccounts"]);
    let request = burrow
        .request(Way::PUSHED_JARM, &own)
        .claim("nonce", first.text("nonce"));
    assert_eq!(lints(&burrow.push(&request).send()), none);
    let by_value = acorn
        .request(Way::BY_VALUE_HYBRID, &consent)
        .claim("nonce", second.text("nonce"));
    let _ = acorn.push(&second).send();
    assert_eq!(
        lints(&bank.customer("hazel").opens(&by_value.url())),
        ["nonce.reused"]
    );
}

#[test]
fn a_token_that_was_not_needed_yet_is_noted() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let ask = |scope: &str| {
        let params = [("grant_type", "client_credentials"), ("scope", scope)];
        lints(&acorn.token(params).send())
    };
    let none: [&str; 0] = [];
    assert_eq!(ask("consents"), none);
    assert_eq!(ask("accounts"), none);
    assert_eq!(ask("consents"), ["token.fresh"]);
    bank.operator().advance_clock("151s");
    assert_eq!(ask("consents"), none);
    let grant = acorn.grant(&["ReadAccounts"]);
    let refresh = || {
        let token = grant.refresh_token.as_str();
        lints(
            &acorn
                .token([("grant_type", "refresh_token"), ("refresh_token", token)])
                .send(),
        )
    };
    assert_eq!(refresh(), ["token.fresh"]);
    bank.operator().advance_clock("5m");
    assert_eq!(refresh(), none);
}

#[test]
fn a_verifier_that_was_not_drawn_by_lot_is_noted_and_a_page_tells_of_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    let code = acorn.code_for(Way::PUSHED_JARM, &request);
    let response = acorn.exchange(&code, &request).send();
    // The tests' own verifiers are numbers.
    assert_eq!(lints(&response), ["code_verifier.weak"]);
    let id = response.entry()["id"].as_str().unwrap().to_owned();
    response.ok();
    let mut asked =
        crate::support::Operator::request(http::Method::GET, &format!("/requests/{id}"));
    let plain = http::HeaderValue::from_static("text/plain");
    asked.headers_mut().insert(http::header::ACCEPT, plain);
    let page = String::from_utf8(bank.operator().send(asked).into_body()).unwrap();
    assert!(
        page.contains("Legal but unwise\n  code_verifier.weak: The code verifier"),
        "{page}"
    );
    assert!(!page.contains(&request.verifier), "{page}");
}

#[test]
fn a_request_object_that_a_stricter_bank_would_refuse_is_noted() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = || acorn.request(Way::PUSHED_JARM, &consent);
    let with = |change: fn(Jwt) -> Jwt| {
        let mut request = request();
        request.jwt = change(request.jwt);
        request
    };
    let old = START.unix_timestamp() - 86_401;
    for (request, name) in [
        (
            with(|jwt| jwt.header("typ", "at+jwt")),
            "request_object.typ",
        ),
        (with(|jwt| jwt.without("iss")), "request_object.iss_missing"),
        (request().claim("jti", 7), "request_object.jti"),
        (request().claim("iat", old), "request_object.iat"),
        (request().claim("max_age", "3600"), "request_object.max_age"),
    ] {
        let pushed = acorn.push(&request).send();
        assert_eq!(lints(&pushed), [name]);
        let _ = pushed.created();
    }
    let fine = with(|jwt| jwt.header("typ", "oauth-authz-req+jwt"));
    assert!(lints(&acorn.push(&fine.claim("max_age", 3600)).send()).is_empty());
}

#[test]
fn what_stands_beside_a_request_object_is_held_against_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let open = |request: &Request, way: Way| {
        let url = acorn.authorization_url(way, request);
        bank.customer("hazel").opens(&url)
    };
    let by_value = || acorn.request(Way::BY_VALUE_HYBRID, &consent);
    for (change, names) in [
        ((|form| form) as fn(Form) -> Form, vec![]),
        (
            |form| form.with("state", "other"),
            vec!["request.beside_differs"],
        ),
        (
            |form| form.with("scope", "accounts"),
            vec!["request.beside_differs", "request.beside_scope"],
        ),
        (|form| form.without("scope"), vec!["request.beside_scope"]),
    ] {
        let answer = open(&by_value().outside(change), Way::BY_VALUE_HYBRID);
        assert_eq!(lints(&answer), names);
    }
    let pushed = acorn.request(Way::PUSHED_JARM, &consent);
    let url = acorn.authorization_url(Way::PUSHED_JARM, &pushed);
    let more = bank.customer("hazel").opens(&format!("{url}&state=x"));
    assert_eq!(lints(&more), ["request.beside_request_uri"]);
}

#[test]
fn headers_that_say_nothing_sensible_are_noted() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    for (name, value, noted) in [
        (
            "x-fapi-auth-date",
            "2024-01-15T12:00:00Z",
            Some("auth_date.malformed"),
        ),
        ("x-fapi-auth-date", "Mon, 15 Jan 2024 12:00:00 GMT", None),
        (
            "x-fapi-customer-ip-address",
            "hazel's",
            Some("customer_ip_address.malformed"),
        ),
        (
            "x-fapi-customer-ip-address",
            "",
            Some("customer_ip_address.malformed"),
        ),
        ("x-fapi-customer-ip-address", "2001:db8::7", None),
    ] {
        let call = grant.get("/accounts").header("x-fapi-interaction-id", ID);
        let answer = call.and_header(name, value).send();
        assert_eq!(
            lints(&answer),
            noted.into_iter().collect::<Vec<_>>(),
            "{name}: {value}"
        );
        answer.ok();
    }
}

#[test]
fn an_assertion_that_does_not_say_when_it_was_made_is_noted() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let answer = acorn
        .token_with_assertion(&acorn.assertion().without("iat"))
        .send();
    assert_eq!(lints(&answer), ["client_assertion.iat_missing"]);
    answer.ok();
}
