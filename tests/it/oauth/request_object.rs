//! Request objects and what they ask for, pushed and by value (RFC 9101, RFC 9126, RFC 7636; SECURITY 5.1
//! to 5.4 and 5.10).

mod asked;

use serde_json::json;

use crate::support::{Call, Form, Jwt, Request, START, TestBank, Way};

const NOW: i64 = START.unix_timestamp();
const MINUTE: i64 = 60;

struct Bad {
    name: &'static str,
    change: Change,
    code: &'static str,
    rule: &'static str,
}

const fn bad(
    name: &'static str,
    change: Change,
    (code, rule): (&'static str, &'static str),
) -> Bad {
    Bad {
        name,
        change,
        code,
        rule,
    }
}

const fn object(rule: &'static str) -> (&'static str, &'static str) {
    ("invalid_request_object", rule)
}

const fn request(rule: &'static str) -> (&'static str, &'static str) {
    ("invalid_request", rule)
}

const SIGNATURE: (&str, &str) = object("request_object.signature");

/// What is wrong with the JWT.
const BAD_OBJECTS: &[Bad] = &[
    bad(
        "RS256 (25)",
        |r| r.jwt(|jwt| jwt.header("alg", "RS256")),
        SIGNATURE,
    ),
    bad(
        "alg none (26)",
        |r| r.jwt(|jwt| jwt.header("alg", "none")),
        SIGNATURE,
    ),
    bad(
        "HS256 with the public key",
        |r| r.jwt(|jwt| jwt.header("alg", "HS256")),
        SIGNATURE,
    ),
    bad("a turned bit (27)", |r| r.jwt(Jwt::spoilt), SIGNATURE),
    bad(
        "another's key (28)",
        |r| r.jwt(|jwt| jwt.signed_by(&another())),
        SIGNATURE,
    ),
    bad(
        "an unknown kid",
        |r| r.jwt(|jwt| jwt.header("kid", "nobody")),
        SIGNATURE,
    ),
    bad(
        "a critical extension",
        |r| r.jwt(|jwt| jwt.header("crit", json!(["b64"]))),
        SIGNATURE,
    ),
    bad(
        "another iss",
        |r| r.claim("iss", "burrow-pay"),
        object("request_object.iss"),
    ),
    bad(
        "another client_id",
        |r| r.claim("client_id", "burrow-pay"),
        object("request_object.iss"),
    ),
    bad(
        "an iss that is null",
        |r| r.claim("iss", json!(null)),
        object("request_object.iss"),
    ),
    bad("no aud", |r| r.without("aud"), object("request_object.aud")),
    bad(
        "another aud (22)",
        |r| r.claim("aud", "https://other.example"),
        object("request_object.aud"),
    ),
    bad(
        "the PAR endpoint as aud (65)",
        |r| r.claim("aud", "https://localhost:8443/oauth/par"),
        object("request_object.aud"),
    ),
    bad(
        "no nbf (16)",
        |r| r.without("nbf"),
        object("request_object.nbf"),
    ),
    bad(
        "an nbf that is a text",
        |r| r.claim("nbf", "now"),
        object("request_object.nbf"),
    ),
    bad(
        "nbf 70 minutes ago (24)",
        |r| r.claim("nbf", NOW - 70 * MINUTE),
        object("request_object.nbf"),
    ),
    bad(
        "nbf in 5 minutes",
        |r| r.claim("nbf", NOW + 5 * MINUTE),
        object("request_object.nbf"),
    ),
    bad(
        "no exp (15)",
        |r| r.without("exp"),
        object("request_object.exp"),
    ),
    bad(
        "an exp that is a text",
        |r| r.claim("exp", "soon"),
        object("request_object.exp"),
    ),
    bad(
        "exp an hour ago (21)",
        |r| {
            r.claim("nbf", NOW - 60 * MINUTE)
                .claim("exp", NOW - 59 * MINUTE)
        },
        object("request_object.exp"),
    ),
    bad(
        "exp 70 minutes after nbf (23)",
        |r| r.claim("exp", NOW + 70 * MINUTE),
        object("request_object.exp"),
    ),
    bad(
        "the client as sub",
        |r| r.claim("sub", "acorn-budget"),
        object("request_object.sub"),
    ),
    bad(
        "a request inside",
        |r| r.claim("request", "e30.e30."),
        object("request_object.nested"),
    ),
    bad(
        "a request_uri inside (67)",
        |r| r.claim("request_uri", "urn:x"),
        object("request_object.nested"),
    ),
];

/// What is wrong with what is asked for.
const BAD_REQUESTS: &[Bad] = &[
    bad(
        "a state that is a number",
        |r| r.claim("state", 1),
        request("authorize.parameters"),
    ),
    bad(
        "a nonce beyond reason",
        |r| r.claim("nonce", "n".repeat(2049)),
        request("authorize.length"),
    ),
    bad(
        "an empty nonce",
        |r| r.claim("nonce", ""),
        request("authorize.parameters"),
    ),
    bad(
        "claims as a text",
        |r| r.claim("claims", "{}"),
        request("authorize.parameters"),
    ),
    bad(
        "max_age in words",
        |r| r.claim("max_age", "long"),
        request("authorize.parameters"),
    ),
    bad(
        "form_post",
        |r| r.claim("response_mode", "form_post"),
        request("authorize.response_mode"),
    ),
    bad(
        "scope only outside (17)",
        |r| r.without("scope"),
        request("authorize.scope.present"),
    ),
    bad(
        "no openid",
        |r| r.claim("scope", "accounts"),
        ("invalid_scope", "authorize.scope"),
    ),
    bad(
        "an unknown scope",
        |r| r.claim("scope", "openid profile"),
        ("invalid_scope", "authorize.scope"),
    ),
    bad(
        "a scope with two blanks",
        |r| r.claim("scope", "openid  accounts"),
        ("invalid_scope", "authorize.scope"),
    ),
    bad(
        "nonce only outside (19)",
        |r| {
            r.without("nonce")
                .outside(|form| form.with("nonce", "outside"))
        },
        request("authorize.nonce"),
    ),
    bad(
        "a plain challenge (64)",
        |r| r.claim("code_challenge_method", "plain"),
        request("pkce.method"),
    ),
    bad(
        "a challenge without a method",
        |r| r.without("code_challenge_method"),
        request("pkce.method"),
    ),
    bad(
        "a challenge too short",
        |r| r.claim("code_challenge", "abc"),
        request("pkce.method"),
    ),
    bad(
        "a challenge with padding",
        |r| r.claim("code_challenge", format!("{}=", "a".repeat(42))),
        request("pkce.method"),
    ),
    bad(
        "prompt none",
        |r| r.claim("prompt", "none"),
        ("login_required", "authorize.prompt"),
    ),
    bad(
        "no consent",
        |r| r.without("claims"),
        request("authorize.consent"),
    ),
    bad(
        "two consents",
        |r| r.claim("consent_id", "consent_ais_other"),
        request("authorize.consent"),
    ),
    bad(
        "a scope for payments",
        |r| r.claim("scope", "openid payments"),
        ("invalid_scope", "authorize.consent.scope"),
    ),
];

/// What asks for an answer in a way there is none; the copies beside the object then say how to refuse it.
const BAD_MODES: &[Bad] = &[
    bad(
        "a hybrid answer in the query (9)",
        |r| {
            r.claim("response_type", "code id_token")
                .claim("response_mode", "query")
        },
        request("authorize.response_mode"),
    ),
    bad(
        "a hybrid JWT in the query",
        |r| {
            r.claim("response_type", "code id_token")
                .claim("response_mode", "query.jwt")
        },
        request("authorize.response_mode"),
    ),
    bad(
        "no response_type",
        |r| r.without("response_type"),
        ("unsupported_response_type", "authorize.response_type"),
    ),
    bad(
        "response_type token",
        |r| r.claim("response_type", "token"),
        ("unsupported_response_type", "authorize.response_type"),
    ),
    bad(
        "response_type code token",
        |r| r.claim("response_type", "code token"),
        ("unsupported_response_type", "authorize.response_type"),
    ),
    bad(
        "a code without a mode (31)",
        |r| r.claim("response_type", "code").without("response_mode"),
        request("authorize.response_mode.jwt"),
    ),
    bad(
        "a code in the query (9)",
        |r| {
            r.claim("response_type", "code")
                .claim("response_mode", "query")
        },
        request("authorize.response_mode.jwt"),
    ),
];

/// What asks for an answer nowhere, or at an address that is not the client's.
const BAD_ADDRESS: &[Bad] = &[
    bad(
        "redirect_uri only outside (20)",
        |r| r.without("redirect_uri"),
        request("authorize.redirect_uri"),
    ),
    bad(
        "another redirect_uri (66)",
        |r| r.claim("redirect_uri", "https://evil.example/callback"),
        request("authorize.redirect_uri"),
    ),
];

/// A key of somebody else.
fn another() -> Jwt {
    let pem = include_str!("../../../seed-data/test-keys/rsa-2048-15.pem");
    Jwt::new("PS256", "none", pem, &json!({}))
}

/// What is answered in the way that was asked for.
fn ordinary() -> impl Iterator<Item = &'static Bad> {
    BAD_OBJECTS.iter().chain(BAD_REQUESTS).chain(BAD_MODES)
}

fn all() -> impl Iterator<Item = &'static Bad> {
    ordinary().chain(BAD_ADDRESS)
}

#[test]
fn a_bad_request_is_refused_where_it_is_pushed() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    for bad in all() {
        for way in [Way::PUSHED_JARM, Way::PUSHED_HYBRID] {
            println!("{} {way:?}", bad.name);
            let request = (bad.change)(acorn.request(way, &consent));
            acorn.push(&request).send().refused(400, bad.code, bad.rule);
        }
    }
}

#[test]
fn a_bad_request_by_value_comes_back_to_the_registered_address_with_its_state() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    for bad in ordinary() {
        println!("{}", bad.name);
        let request = (bad.change)(acorn.request(Way::BY_VALUE_HYBRID, &consent));
        let response = bank.customer("hazel").opens(&request.url());
        let landing = response.refused_by_redirect(bad.code, bad.rule);
        assert_eq!(landing.base, acorn.redirect_uri());
        assert_eq!(
            landing.query,
            Form::default(),
            "all of it is in the fragment"
        );
        assert_eq!(landing.fragment.get("state"), request.outside.get("state"));
        assert_eq!(landing.fragment.get("iss"), Some(bank.issuer()));
    }
}

#[test]
fn a_client_that_asks_for_jwt_answers_is_refused_in_a_jwt_even_when_its_object_cannot_be_read() {
    let bank = TestBank::open();
    let jwks = bank.jwks();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    for bad in ordinary() {
        println!("{}", bad.name);
        let request = (bad.change)(acorn.request(Way::BY_VALUE_JARM, &consent));
        let response = bank.customer("hazel").opens(&request.url());
        let claims = response.refused_by_jarm(&jwks, bad.code, bad.rule);
        assert_eq!(claims["aud"], acorn.id());
        assert_eq!(claims["iss"], bank.issuer());
        assert_eq!(claims["state"], request.outside.get("state").unwrap());
    }
}

#[test]
fn what_a_verified_object_asks_for_decides_where_its_refusal_goes() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    for way in [Way::BY_VALUE_HYBRID, Way::BY_VALUE_JARM] {
        for bad in BAD_ADDRESS {
            println!("{} {way:?}", bad.name);
            let request = (bad.change)(acorn.request(way, &consent));
            let response = bank.customer("hazel").opens(&request.url());
            response.refused_by_page(bad.code, bad.rule);
        }
    }
    // RFC 9101, section 5: nothing but client_id need stand beside the object.
    let alone = acorn
        .request(Way::BY_VALUE_HYBRID, &consent)
        .without("nonce");
    let alone = alone.outside(|_| Form::of([("client_id", "acorn-budget")]));
    let response = bank.customer("hazel").opens(&alone.url());
    let landing = response.refused_by_redirect("invalid_request", "authorize.nonce");
    assert_eq!(landing.fragment.get("state"), Some(alone.text("state")));
}

/// A change to a request in good order.
type Change = fn(Request) -> Request;

#[test]
fn a_request_must_be_signed_and_stand_in_one_place() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    let jwt = request.jwt.encoded();
    let present = "request_object.present";
    let plain = acorn.form([("response_type", "code"), ("scope", "openid accounts")]);
    let huge = acorn
        .request(Way::PUSHED_JARM, &consent)
        .claim("padding", "p".repeat(100_000));
    let cases: [(&str, Call<'_>, &str, &str); 6] = [
        (
            "100 kB",
            acorn.push(&huge),
            "invalid_request_object",
            "request_object.signature",
        ),
        (
            "nothing",
            acorn.post("/oauth/par", &acorn.form([])),
            "invalid_request",
            present,
        ),
        (
            "plain parameters",
            acorn.post("/oauth/par", &plain),
            "invalid_request",
            present,
        ),
        (
            "a request_uri (59)",
            acorn.post(
                "/oauth/par",
                &acorn.form([("request", jwt.as_str()), ("request_uri", "urn:x")]),
            ),
            "invalid_request",
            "par.request_uri",
        ),
        (
            "two objects",
            acorn.post(
                "/oauth/par",
                &acorn
                    .form([("request", jwt.as_str())])
                    .and("request", jwt.as_str()),
            ),
            "invalid_request",
            "request.form",
        ),
        (
            "no JWT",
            acorn.post("/oauth/par", &acorn.form([("request", "{}")])),
            "invalid_request_object",
            "request_object.signature",
        ),
    ];
    for (name, call, code, rule) in cases {
        println!("{name}");
        call.send().refused(400, code, rule);
    }
    // Module 60.
    let put = acorn.push(&request).method(http::Method::PUT).send();
    assert_eq!(put.header("allow"), Some("POST"));
    put.refused(405, "invalid_request", "request.method");
    // Parameters beside the object are not used (RFC 9126, section 3).
    let beside = acorn.form([
        ("request", jwt.as_str()),
        ("scope", "nonsense"),
        ("state", "x"),
    ]);
    acorn.post("/oauth/par", &beside).send().created();
}
