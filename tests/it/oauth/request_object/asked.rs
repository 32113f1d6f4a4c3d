//! What a good request object may ask for, and what it is answered.

use serde_json::json;

use super::{Change, MINUTE, NOW};
use crate::support::{Request, Response, TestBank, Tpp, Variant, Way};

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
