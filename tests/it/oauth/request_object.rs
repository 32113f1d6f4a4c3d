//! Request objects and what they ask for, pushed and by value (RFC 9101, RFC 9126, RFC 7636; SECURITY 5.1
//! to 5.4 and 5.10).

use serde_json::json;

use crate::support::{Call, Form, Jwt, Request, Response, START, TestBank, Tpp, Variant, Way};

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

/// What a request may be all the same.
const GOOD: &[(&str, Change)] = &[
    ("a list as aud (4)", |r| {
        r.claim(
            "aud",
            json!([
                "https://other1.example",
                "https://localhost:8443",
                "https://other2.example"
            ]),
        )
    }),
    ("another order of scopes (7)", |r| {
        r.claim("scope", "accounts openid")
    }),
    ("both scopes that read", |r| {
        r.claim("scope", "openid accounts transactions")
    }),
    ("a nonce of 43 characters", |r| {
        r.claim("nonce", "n".repeat(43))
    }),
    ("a nonce of 64 characters (13)", |r| {
        r.claim("nonce", "n".repeat(64))
    }),
    ("a nonce of 384 characters (12)", |r| {
        r.claim("nonce", "n".repeat(384))
    }),
    ("a state of 1000 characters (14)", |r| {
        r.claim("state", "s".repeat(1000))
    }),
    ("a state of 128 characters that ends oddly", |r| {
        r.claim("state", format!("{}-._~", "s".repeat(124)))
    }),
    ("a state with everything a form must escape", |r| {
        r.claim("state", "a b&c=d#e%f+g\u{e9}\"")
    }),
    ("typ in odd letters", |r| {
        r.jwt(|jwt| jwt.header("typ", "OAuth-AUTHZ-req+JWT"))
    }),
    ("no typ", |r| r.jwt(|jwt| jwt.without_header("typ"))),
    ("an extra iat", |r| r.claim("iat", NOW)),
    ("no iss", |r| r.without("iss")),
    ("an nbf in half a minute", |r| r.claim("nbf", NOW + 30)),
    ("an exp an hour after nbf", |r| {
        r.claim("exp", NOW + 60 * MINUTE)
    }),
    ("an nbf an hour ago", |r| {
        r.claim("nbf", NOW - 60 * MINUTE).claim("exp", NOW)
    }),
    ("an unknown claim", |r| {
        r.claim("x_custom", json!({ "a": [1, null] }))
    }),
    ("another nonce outside (10)", |r| {
        r.outside(|form| form.with("nonce", "outside"))
    }),
    ("another state outside", |r| {
        r.outside(|form| form.with("state", "outside"))
    }),
    ("nothing asked about acr", |r| without_acr(&r)),
    ("a sub that is not the client", |r| {
        r.claim("sub", "somebody")
    }),
    ("max_age", |r| r.claim("max_age", 300)),
    ("prompt consent", |r| r.claim("prompt", "consent")),
];

fn without_acr(request: &Request) -> Request {
    let mut claims = request.jwt.value("claims").unwrap().clone();
    claims["id_token"].as_object_mut().unwrap().remove("acr");
    request.clone().claim("claims", claims)
}

#[test]
fn a_request_may_be_unusual_and_its_state_and_nonce_come_back_unchanged() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (name, change) in GOOD {
        for way in Way::ALL {
            println!("{name} {way:?}");
            let consent = acorn.create_consent(&["ReadAccounts"]);
            let request = change(acorn.request(way, &consent));
            let url = acorn.authorization_url(way, &request);
            let landing = bank.customer("hazel").opens(&url).landing();
            let answer = acorn.answer(&landing, way);
            assert_eq!(answer["state"], request.text("state"));
            let tokens = acorn
                .exchange(answer["code"].as_str().unwrap(), &request)
                .send()
                .ok();
            let id_token = acorn.id_token(tokens["id_token"].as_str().unwrap());
            assert_eq!(id_token["nonce"], request.text("nonce"));
        }
    }
}

#[test]
fn a_state_that_stands_only_outside_is_not_used() {
    for way in Way::ALL {
        let bank = TestBank::open();
        let acorn = bank.tpp("acorn-budget");
        let consent = acorn.create_consent(&["ReadAccounts"]);
        // Modules 5 (no state at all) and 18 (a state only outside).
        let request = acorn.request(way, &consent).without("state");
        let url = format!(
            "{}&state=outside",
            acorn.authorization_url(way, &request.outside(|form| form.without("state")))
        );
        let landing = bank.customer("hazel").opens(&url).landing();
        let answer = acorn.answer(&landing, way);
        assert!(!answer.contains_key("state"), "{way:?}");
        if let Some(id_token) = answer.get("id_token") {
            let claims = acorn.id_token(id_token.as_str().unwrap());
            assert!(!claims.contains_key("s_hash"), "{way:?}");
        }
    }
}

#[test]
fn a_pushed_request_needs_a_challenge_and_one_by_value_does_not() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let bare = |way| {
        let request = acorn.request(way, &consent);
        request
            .without("code_challenge")
            .without("code_challenge_method")
    };
    // Module 61: invalid_request exactly.
    let refused = acorn.push(&bare(Way::PUSHED_JARM)).send();
    refused.refused(400, "invalid_request", "pkce.required");
    let method_alone = acorn
        .request(Way::PUSHED_JARM, &consent)
        .without("code_challenge");
    acorn
        .push(&method_alone)
        .send()
        .refused(400, "invalid_request", "pkce.required");
    let request = bare(Way::BY_VALUE_HYBRID);
    let code = acorn.code_for(Way::BY_VALUE_HYBRID, &request);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", request.text("redirect_uri")),
    ];
    acorn.token(form).send().ok();
    let method_alone = acorn
        .request(Way::BY_VALUE_HYBRID, &consent)
        .without("code_challenge");
    let response = bank.customer("hazel").opens(&method_alone.url());
    response.refused_by_redirect("invalid_request", "pkce.method");
}

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

#[test]
fn a_pushed_request_is_answered_with_an_address_nobody_guesses_and_its_life() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    let first = acorn.push(&request).send().created();
    let second = acorn.push(&request).send().created();
    let prefix = "urn:ietf:params:oauth:request_uri:";
    let secret = first["request_uri"]
        .as_str()
        .unwrap()
        .strip_prefix(prefix)
        .unwrap();
    assert!(secret.len() >= 32, "{secret}");
    assert_ne!(first["request_uri"], second["request_uri"]);
    assert_eq!(first["expires_in"], 90);
}

#[test]
fn only_the_client_s_own_consent_in_a_state_to_be_authorized_can_be_asked_for() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let push = |tpp: &Tpp<'_>, consent: &str| -> Response {
        tpp.push(&tpp.request(Way::PUSHED_JARM, consent)).send()
    };
    // Module 45: created by one client, used by another. It is pushed, and refused when the customer comes.
    let foreign = bank.tpp("clover-check").create_consent(&["ReadAccounts"]);
    for consent in [foreign.as_str(), "consent_ais_other"] {
        let pushed = push(&acorn, consent).created();
        let url = acorn.url_of(pushed["request_uri"].as_str().unwrap());
        let response = bank.customer("hazel").opens(&url);
        response.refused_by_jarm(&bank.jwks(), "invalid_request", "authorize.consent.known");
    }
    let deleted = acorn.create_consent(&["ReadAccounts"]);
    let token = acorn.client_credentials("consents");
    let delete = acorn.call(http::Method::DELETE, &format!("/consents/{deleted}"));
    delete.bearer(&token).send().empty(204);
    push(&acorn, &deleted).refused(400, "invalid_request", "authorize.consent.state");
    let lapsed = acorn.create_consent(&["ReadAccounts"]);
    bank.operator().advance_clock("24h");
    push(&acorn, &lapsed).refused(400, "invalid_request", "authorize.consent.state");
    // What was authorized before can be authorized again.
    let grant = acorn.grant(&["ReadAccounts"]);
    let _ = push(&acorn, &grant.consent).created();
}

#[test]
fn a_client_gets_only_what_it_is_registered_for() {
    let variant = Variant::default().client(
        "hybrid-only",
        &[
            "responses: [hybrid]",
            "roles: [AISP]",
            "redirect_uris: [https://localhost:9443/callback]",
        ],
    );
    let bank = TestBank::varied(&variant);
    let tpp = bank.tpp("hybrid-only");
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let jarm = tpp.request(Way::PUSHED_JARM, &consent);
    let refused = tpp.push(&jarm).send();
    refused.refused(
        400,
        "unauthorized_client",
        "authorize.response_type.registered",
    );
    let payments = tpp
        .request(Way::PUSHED_HYBRID, &consent)
        .claim("scope", "openid payments");
    tpp.push(&payments)
        .send()
        .refused(400, "invalid_scope", "authorize.scope");
    tpp.push(&tpp.request(Way::PUSHED_HYBRID, &consent))
        .send()
        .created();
}

#[test]
fn a_lenient_bank_still_refuses_what_it_cannot_read() {
    let bank = TestBank::varied(&Variant::default().bank("lenient: [authorize.scope, pkce]"));
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn
        .request(Way::PUSHED_JARM, &consent)
        .claim("scope", "openid accounts profile");
    acorn
        .push(&request)
        .send()
        .refused(400, "invalid_request", "authorize.readable");
    let plain = acorn
        .request(Way::PUSHED_JARM, &consent)
        .claim("code_challenge_method", "plain");
    acorn.push(&plain).send().created();
}

#[test]
fn the_consent_may_be_named_by_its_own_parameter_or_twice_alike() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn
        .request(Way::PUSHED_JARM, &consent)
        .claim("consent_id", consent.as_str());
    acorn.push(&request).send().created();
    acorn.push(&request.without("claims")).send().created();
}
