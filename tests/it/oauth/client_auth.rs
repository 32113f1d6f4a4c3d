//! Client authentication at every endpoint a client calls directly (RFC 7523, RFC 8705; SECURITY 5.5, 5.6).

use serde_json::json;

use crate::support::{Call, Certificates, Form, Jwt, START, TestBank, Tpp, Variant, Way};

/// The endpoints, each with a parameter it cannot do without.
const ENDPOINTS: &[(&str, (&str, &str))] = &[
    ("/oauth/par", ("request", "none")),
    ("/oauth/token", ("grant_type", "client_credentials")),
    ("/oauth/introspect", ("token", "none")),
    ("/oauth/revoke", ("token", "none")),
];

const NOW: i64 = START.unix_timestamp();

/// An RSA key that no client of the scenario has.
const ANOTHER_RSA_KEY: &str = include_str!("../../../seed-data/test-keys/rsa-2048-15.pem");

fn another_rsa_key() -> Jwt {
    Jwt::new("PS256", "none", ANOTHER_RSA_KEY, &json!({}))
}

struct BadAssertion {
    name: &'static str,
    change: fn(Jwt) -> Jwt,
    rule: &'static str,
}

const fn bad(name: &'static str, change: fn(Jwt) -> Jwt, rule: &'static str) -> BadAssertion {
    BadAssertion { name, change, rule }
}

const SIGNATURE: &str = "client_assertion.signature";

const BAD_ASSERTIONS: &[BadAssertion] = &[
    bad("RS256 (36)", |jwt| jwt.header("alg", "RS256"), SIGNATURE),
    bad("PS384", |jwt| jwt.header("alg", "PS384"), SIGNATURE),
    bad("alg none", |jwt| jwt.header("alg", "none"), SIGNATURE),
    bad(
        "HS256 with the public key",
        |jwt| jwt.header("alg", "HS256"),
        SIGNATURE,
    ),
    bad("no alg", |jwt| jwt.without_header("alg"), SIGNATURE),
    bad(
        "an unknown kid",
        |jwt| jwt.header("kid", "nobody"),
        SIGNATURE,
    ),
    bad(
        "a kid that is a number",
        |jwt| jwt.header("kid", 1),
        SIGNATURE,
    ),
    bad(
        "a critical extension",
        |jwt| jwt.header("crit", json!(["exp"])),
        SIGNATURE,
    ),
    bad("a turned bit", Jwt::spoilt, SIGNATURE),
    bad(
        "the key of a stranger",
        |jwt| jwt.signed_by(&another_rsa_key()),
        SIGNATURE,
    ),
    bad("no iss", |jwt| jwt.without("iss"), "client_assertion.iss"),
    bad(
        "another iss (41, 56)",
        |jwt| jwt.claim("iss", "burrow-pay"),
        "client_assertion.iss",
    ),
    bad(
        "an iss that is a list",
        |jwt| jwt.claim("iss", json!(["acorn-budget"])),
        "client_assertion.iss",
    ),
    bad(
        "no sub, as a request object (40)",
        |jwt| jwt.without("sub"),
        "client_assertion.sub",
    ),
    bad(
        "another sub (42, 57)",
        |jwt| jwt.claim("sub", "burrow-pay"),
        "client_assertion.sub",
    ),
    bad("no aud", |jwt| jwt.without("aud"), "client_assertion.aud"),
    bad(
        "another aud (39, 55)",
        |jwt| jwt.claim("aud", "https://other.example/token"),
        "client_assertion.aud",
    ),
    bad(
        "the authorization endpoint as aud",
        |jwt| jwt.claim("aud", "https://localhost:8443/oauth/authorize"),
        "client_assertion.aud",
    ),
    bad(
        "the issuer with a slash as aud",
        |jwt| jwt.claim("aud", "https://localhost:8443/"),
        "client_assertion.aud",
    ),
    bad(
        "an empty list as aud",
        |jwt| jwt.claim("aud", json!([])),
        "client_assertion.aud",
    ),
    bad("no exp", |jwt| jwt.without("exp"), "client_assertion.exp"),
    bad(
        "an exp that is a text",
        |jwt| jwt.claim("exp", "soon"),
        "client_assertion.exp",
    ),
    bad(
        "exp 5 minutes ago (38)",
        |jwt| jwt.claim("exp", NOW - 300),
        "client_assertion.exp",
    ),
    bad(
        "exp just past the skew",
        |jwt| jwt.claim("exp", NOW - 10),
        "client_assertion.exp",
    ),
    bad(
        "exp in two hours",
        |jwt| jwt.claim("exp", NOW + 7200),
        "client_assertion.exp",
    ),
    bad(
        "nbf in 5 minutes",
        |jwt| jwt.claim("nbf", NOW + 300),
        "client_assertion.nbf",
    ),
    bad(
        "iat in 5 minutes",
        |jwt| jwt.claim("iat", NOW + 300),
        "client_assertion.nbf",
    ),
    bad(
        "an iat that is a text",
        |jwt| jwt.claim("iat", "now"),
        "client_assertion.nbf",
    ),
    bad("no jti", |jwt| jwt.without("jti"), "client_assertion.jti"),
    bad(
        "an empty jti",
        |jwt| jwt.claim("jti", ""),
        "client_assertion.jti",
    ),
    bad(
        "a jti that is a number",
        |jwt| jwt.claim("jti", 1),
        "client_assertion.jti",
    ),
    bad(
        "a jti without end",
        |jwt| jwt.claim("jti", "j".repeat(257)),
        "client_assertion.jti",
    ),
];

#[test]
fn an_assertion_with_any_mistake_is_refused_wherever_a_client_calls() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for BadAssertion { name, change, rule } in BAD_ASSERTIONS {
        for (path, (parameter, value)) in ENDPOINTS {
            let assertion = change(acorn.assertion());
            let form = acorn.form([(*parameter, *value)]);
            let form = form.with("client_assertion", assertion.encoded());
            println!("{name} at {path}");
            acorn
                .post(path, &form)
                .send()
                .refused(401, "invalid_client", rule);
        }
    }
}

#[test]
fn an_assertion_may_name_the_bank_by_any_of_its_addresses_and_lives_within_the_skew() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let issuer = bank.issuer();
    let at = |path: &str| json!(format!("{issuer}{path}"));
    let several = json!(["https://other1.example", issuer, "https://other2.example"]);
    let good: [(&str, Jwt); 11] = [
        ("the issuer (43)", acorn.assertion().claim("aud", issuer)),
        (
            "the token endpoint (53)",
            acorn.assertion().claim("aud", at("/oauth/token")),
        ),
        (
            "the PAR endpoint (52)",
            acorn.assertion().claim("aud", at("/oauth/par")),
        ),
        ("a list (54)", acorn.assertion().claim("aud", several)),
        ("no kid", acorn.assertion().without_header("kid")),
        ("a typ", acorn.assertion().header("typ", "JWT")),
        (
            "an unknown claim",
            acorn.assertion().claim("x", json!({ "y": [1] })),
        ),
        (
            "no iat and no nbf",
            acorn.assertion().without("iat").without("nbf"),
        ),
        (
            "an iat in half a minute",
            acorn.assertion().claim("iat", NOW + 30),
        ),
        (
            "an exp a moment ago",
            acorn.assertion().claim("exp", NOW - 9),
        ),
        (
            "an exp in an hour",
            acorn.assertion().claim("exp", NOW + 3600),
        ),
    ];
    for (name, assertion) in good {
        println!("{name}");
        acorn.token_with_assertion(&assertion).send().ok();
    }
}

#[test]
fn an_es256_client_signs_with_es256_by_its_own_key_alone() {
    let bank = TestBank::open();
    let clover = bank.tpp("clover-check");
    clover.token_with_assertion(&clover.assertion()).send().ok();
    let stolen = clover
        .assertion()
        .signed_by(&bank.tpp("burrow-pay").assertion());
    let mixed = bank.tpp("acorn-budget").assertion();
    let mixed = mixed
        .claim("iss", "clover-check")
        .claim("sub", "clover-check");
    for (name, assertion) in [
        ("burrow's key under clover's kid", stolen),
        ("a PS256 assertion of acorn's", mixed),
        ("a turned bit", clover.assertion().spoilt()),
    ] {
        println!("{name}");
        let call = clover.token_with_assertion(&assertion);
        call.send().refused(401, "invalid_client", SIGNATURE);
    }
}

#[test]
fn an_assertion_is_good_once() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let assertion = acorn.assertion();
    acorn.token_with_assertion(&assertion).send().ok();
    for (path, parameter) in ENDPOINTS {
        let form = acorn
            .form([*parameter])
            .with("client_assertion", assertion.encoded());
        let response = acorn.post(path, &form).send();
        response.refused(401, "invalid_client", "client_assertion.replay");
    }
    // The same identifier in another assertion is a replay too; another client's is its own affair.
    let jti = assertion.text("jti").unwrap();
    let again = acorn.assertion().claim("jti", jti);
    let refused = acorn.token_with_assertion(&again).send();
    refused.refused(401, "invalid_client", "client_assertion.replay");
    let clover = bank.tpp("clover-check");
    let own = clover.assertion().claim("jti", jti);
    clover.token_with_assertion(&own).send().ok();
}

#[test]
fn an_assertion_that_was_refused_may_be_sent_again_once_it_is_right() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let assertion = acorn.assertion();
    let call = || acorn.token_with_assertion(&assertion);
    call()
        .without_certificate()
        .send()
        .refused(401, "invalid_client", "certificate.present");
    call().send().ok();
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn who_calls_must_be_said_and_proved_by_the_registered_method() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let burrow = bank.tpp("burrow-pay");
    let good = || acorn.form([("grant_type", "client_credentials")]);
    let of_burrow = || burrow.form([("grant_type", "client_credentials")]);
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    let cases: [(&str, &Tpp<'_>, Form, &str); 12] = [
        (
            "no assertion (37)",
            &acorn,
            good()
                .without("client_assertion")
                .without("client_assertion_type"),
            "client_assertion.type",
        ),
        (
            "a SAML assertion",
            &acorn,
            good().with("client_assertion_type", saml),
            "client_assertion.type",
        ),
        (
            "an assertion without its type",
            &acorn,
            good().without("client_assertion_type"),
            "client_assertion.type",
        ),
        (
            "a type without its assertion",
            &acorn,
            good().without("client_assertion"),
            SIGNATURE,
        ),
        (
            "something that is no JWT",
            &acorn,
            good().with("client_assertion", "a.b"),
            SIGNATURE,
        ),
        (
            "100 kB of assertion",
            &acorn,
            good().with("client_assertion", "a".repeat(100_000)),
            SIGNATURE,
        ),
        (
            "a JWT with padding",
            &acorn,
            good().with("client_assertion", "e30=.e30=.e30="),
            SIGNATURE,
        ),
        (
            "nobody's name",
            &acorn,
            good().with("client_id", "nobody"),
            "client.known",
        ),
        (
            "no name at all",
            &acorn,
            Form::of([("grant_type", "client_credentials")]),
            "client.known",
        ),
        (
            "acorn's assertion under burrow's name (32)",
            &burrow,
            good().with("client_id", "burrow-pay"),
            "client.auth_method",
        ),
        (
            "a secret",
            &acorn,
            good().with("client_secret", "hunter2"),
            "client.auth_method",
        ),
        (
            "a secret of a certificate's client",
            &burrow,
            of_burrow().with("client_secret", "hunter2"),
            "client.auth_method",
        ),
    ];
    for (name, tpp, form, rule) in cases {
        println!("{name}");
        tpp.post("/oauth/token", &form)
            .send()
            .refused(401, "invalid_client", rule);
    }
    let basic = burrow
        .post("/oauth/token", &of_burrow())
        .header("authorization", "Basic YTpi");
    let basic = basic.send();
    assert_eq!(
        basic.header("www-authenticate"),
        Some(r#"Basic realm="hamsterbank""#)
    );
    basic.refused(401, "invalid_client", "client.auth_method");
    // What the assertion says is enough; client_id may be left out.
    acorn
        .post("/oauth/token", &good().without("client_id"))
        .send()
        .ok();
}

#[test]
fn a_certificate_must_be_there_trusted_in_date_and_the_registered_one() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let own = burrow.kit().transport_cert_pem();
    let call = || burrow.token([("grant_type", "client_credentials")]);
    let certificates = bank.certificates();
    let (yesterday, long_ago) = (
        START - time::Duration::days(1),
        START - time::Duration::days(9),
    );
    let tomorrow = START + time::Duration::days(1);
    let late = START + time::Duration::days(9);
    let cases: [(&str, Call<'_>, &str); 6] = [
        ("none", call().without_certificate(), "certificate.present"),
        (
            "of another CA",
            call().certificate(&Certificates::foreign().like(own).cert_pem),
            "certificate.trusted",
        ),
        (
            "expired yesterday",
            call().certificate(&certificates.like_between(own, long_ago, yesterday).cert_pem),
            "certificate.trusted",
        ),
        (
            "good from tomorrow",
            call().certificate(&certificates.like_between(own, tomorrow, late).cert_pem),
            "certificate.trusted",
        ),
        (
            "acorn's",
            call().certificate(bank.tpp("acorn-budget").kit().transport_cert_pem()),
            "certificate.subject",
        ),
        (
            "of somebody new",
            call().certificate(&certificates.issue("burrow-pay").cert_pem),
            "certificate.subject",
        ),
    ];
    for (name, call, rule) in cases {
        println!("{name}");
        call.send().refused(401, "invalid_client", rule);
    }
    // A renewed certificate with the same subject is the same client.
    call()
        .certificate(&certificates.like(own).cert_pem)
        .send()
        .ok();
}

#[test]
fn a_client_with_assertions_needs_its_certificate_everywhere_but_where_it_pushes() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (path, parameter) in &ENDPOINTS[1..] {
        let call = acorn
            .post(path, &acorn.form([*parameter]))
            .without_certificate();
        println!("{path} (33)");
        call.send()
            .refused(401, "invalid_client", "certificate.present");
    }
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    acorn.push(&request).without_certificate().send().created();
    // One that is shown must be good all the same.
    let foreign = Certificates::foreign().like(acorn.kit().transport_cert_pem());
    let refused = acorn.push(&request).certificate(&foreign.cert_pem).send();
    refused.refused(401, "invalid_client", "certificate.trusted");
}

#[test]
fn a_form_that_two_readers_could_read_differently_is_refused() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (path, parameter) in ENDPOINTS {
        let form = || acorn.form([*parameter]);
        let call = || acorn.post(path, &form());
        let encoded = form().encoded();
        let cases: [(&str, Call<'_>); 8] = [
            ("JSON", call().header("content-type", "application/json")),
            ("no content type", call().without_header("content-type")),
            (
                "another charset",
                call().header(
                    "content-type",
                    "application/x-www-form-urlencoded; charset=latin1",
                ),
            ),
            (
                "a parameter twice",
                acorn.post(path, &form().and(parameter.0, "again")),
            ),
            (
                "the client twice",
                acorn.post(path, &form().and("client_id", "acorn-budget")),
            ),
            ("a bad escape", call().body(format!("{encoded}&x=%zz"))),
            ("not UTF-8", call().body(format!("{encoded}&x=%ff"))),
            ("a query", call().query("client_id=acorn-budget")),
        ];
        for (name, call) in cases {
            println!("{name} at {path}");
            call.send().refused(400, "invalid_request", "request.form");
        }
    }
}

#[test]
fn a_lenient_bank_skips_what_it_was_told_to_skip_and_says_so() {
    let variant = Variant::default().bank("lenient: [client_assertion.exp]");
    let bank = TestBank::varied(&variant);
    let acorn = bank.tpp("acorn-budget");
    let stale = acorn.assertion().claim("exp", NOW - 600);
    let response = acorn.token_with_assertion(&stale).send();
    let checks = response.entry()["checks"].as_array().unwrap().clone();
    let skipped = checks
        .iter()
        .find(|check| check["name"] == "client_assertion.exp");
    assert_eq!(skipped.unwrap()["outcome"], "skipped");
    response.ok();
    let other = acorn.assertion().claim("nbf", NOW + 600);
    let response = acorn.token_with_assertion(&other).send();
    response.refused(401, "invalid_client", "client_assertion.nbf");
}

#[test]
fn a_careless_bank_that_asks_for_no_certificate_still_judges_the_one_it_gets() {
    let careless = Variant::default().bank("lenient: [certificate.present]");
    let bank = TestBank::varied(&careless);
    let acorn = bank.tpp("acorn-budget");
    let form = || acorn.form([("grant_type", "client_credentials")]);
    let call = || acorn.post("/oauth/token", &form());
    call().without_certificate().send().ok();
    let foreign = Certificates::foreign().like(acorn.kit().transport_cert_pem());
    call().certificate(&foreign.cert_pem).send().refused(
        401,
        "invalid_client",
        "certificate.trusted",
    );
}

#[test]
fn a_careless_bank_that_asks_for_no_identifier_takes_two_assertions_without_one() {
    let careless = Variant::default().bank("lenient: [client_assertion.jti]");
    let bank = TestBank::varied(&careless);
    let acorn = bank.tpp("acorn-budget");
    for _ in 0..2 {
        let assertion = acorn.assertion().without("jti");
        acorn.token_with_assertion(&assertion).send().ok();
    }
}

#[test]
fn a_parameter_without_a_value_counts_as_left_out() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let form = acorn.form([("grant_type", "client_credentials"), ("scope", "")]);
    acorn.post("/oauth/token", &form).send().ok();
    let (code, request) = acorn.code(Way::PUSHED_JARM);
    let tokens = acorn.exchange(&code, &request).send().ok();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let form = acorn.form([
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("scope", ""),
    ]);
    acorn.post("/oauth/token", &form).send().ok();
}
