//! Who decides is whom the client insists on, or nobody: claim `sub` and `id_token_hint` (OpenID Connect
//! Core, sections 3.1.2.1, 3.1.2.2 and 5.5.1).

use serde_json::{Value, json};

use crate::support::{Request, TestBank, Tpp, Way};

const WAYS: [Way; 3] = [Way::PUSHED_HYBRID, Way::PUSHED_JARM, Way::BY_VALUE_HYBRID];

/// A request that asks for `sub`, or shows a hint.
fn asking(tpp: &Tpp<'_>, way: Way, member: (&str, Value)) -> (Request, String) {
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let mut request = tpp.request(way, &consent);
    let (name, value) = member;
    if name == "sub" {
        let claims = json!({ "openbanking_intent_id": { "value": consent }, "sub": value });
        request = request.claim("claims", json!({ "id_token": claims }));
    } else {
        request = request.claim(name, value);
    }
    (request, consent)
}

/// An ID token that tells of `customer`.
fn id_token(tpp: &Tpp<'_>, customer: &str) -> String {
    let way = Way::PUSHED_HYBRID;
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(way, &consent).claim("login_hint", customer);
    let code = tpp.code_for(way, &request);
    let tokens = tpp.exchange(&code, &request).send().ok();
    tokens["id_token"].as_str().unwrap().to_owned()
}

fn subject(tpp: &Tpp<'_>, customer: &str) -> Value {
    tpp.id_token(&id_token(tpp, customer))["sub"].clone()
}

/// Hazel decides, and the client is told that she is not the one, whatever form it reads.
#[track_caller]
fn refused(bank: &TestBank, tpp: &Tpp<'_>, way: Way, (request, consent): &(Request, String)) {
    let answer = bank
        .customer("hazel")
        .opens(&tpp.authorization_url(way, request));
    if way.is_jarm {
        answer.refused_by_jarm(&bank.jwks(), "login_required", "authorize.subject");
    } else {
        answer.refused_by_redirect("login_required", "authorize.subject");
    }
    let shown = tpp.read_consent(consent).send().ok();
    assert_eq!(shown["status"], "awaiting_authorization");
}

#[test]
fn nobody_decides_but_the_customer_the_claim_sub_asks_for() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (hazel, rowan) = (subject(&acorn, "hazel"), subject(&acorn, "rowan"));
    for way in WAYS {
        for (name, sub) in [
            ("hers", json!({ "value": hazel })),
            (
                "hers, and essential",
                json!({ "value": hazel, "essential": true }),
            ),
            (
                "one of hers and another's",
                json!({ "values": [rowan, hazel] }),
            ),
            ("whoever decides", json!({ "essential": true })),
            ("whoever decides, in the default manner", Value::Null),
        ] {
            println!("{name} {way:?}");
            let (request, _) = asking(&acorn, way, ("sub", sub));
            let _ = acorn.code_for(way, &request);
        }
        for (name, sub) in [
            ("another customer's", json!({ "value": rowan })),
            ("nobody's", json!({ "value": "nobody" })),
            (
                "several, none of them hers",
                json!({ "values": [rowan, "nobody"] }),
            ),
        ] {
            println!("{name} {way:?}");
            refused(&bank, &acorn, way, &asking(&acorn, way, ("sub", sub)));
        }
        let (request, _) = asking(&acorn, way, ("sub", json!({ "value": rowan })));
        let _ = acorn.code_for(way, &request.claim("login_hint", "rowan"));
    }
}

#[test]
fn nobody_decides_but_the_customer_the_hint_tells_of() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (hazel, rowan) = (id_token(&acorn, "hazel"), id_token(&acorn, "rowan"));
    for way in WAYS {
        let (request, _) = asking(&acorn, way, ("id_token_hint", json!(hazel)));
        let _ = acorn.code_for(way, &request);
        let asked = asking(&acorn, way, ("id_token_hint", json!(rowan)));
        refused(&bank, &acorn, way, &asked);
    }
}

#[test]
fn a_hint_is_an_id_token_of_this_bank_for_this_client() {
    let bank = TestBank::open();
    let (acorn, burrow) = (bank.tpp("acorn-budget"), bank.tpp("burrow-pay"));
    let (own, others) = (id_token(&acorn, "hazel"), id_token(&burrow, "hazel"));
    // The bank signs it too, for the same client.
    let (request, _) = asking(&acorn, Way::PUSHED_JARM, ("max_age", json!(60)));
    let url = acorn.authorization_url(Way::PUSHED_JARM, &request);
    let landing = bank.customer("hazel").opens(&url).landing();
    let response = landing.query.get("response").unwrap();
    let (claims, _) = own.rsplit_once('.').unwrap();
    let (_, signature) = others.rsplit_once('.').unwrap();
    for (name, hint) in [
        ("no JWT", json!("hazel")),
        ("nothing", json!("")),
        ("a number", json!(7)),
        ("another client's", json!(others)),
        ("an authorization response", json!(response)),
        (
            "another token's signature",
            json!(format!("{claims}.{signature}")),
        ),
        ("no signature", json!(format!("{claims}."))),
        ("encrypted", json!("e30.a.b.c.d")),
        ("one it signed itself", json!(acorn.assertion().encoded())),
    ] {
        println!("{name}");
        let is_text = hint.as_str().is_some_and(|text| !text.is_empty());
        let rule = if is_text {
            "authorize.id_token_hint"
        } else {
            "authorize.parameters"
        };
        let way = Way::PUSHED_JARM;
        let (request, _) = asking(&acorn, way, ("id_token_hint", hint.clone()));
        acorn
            .push(&request)
            .send()
            .refused(400, "invalid_request", rule);
        let (request, _) = asking(&acorn, Way::BY_VALUE_HYBRID, ("id_token_hint", hint));
        let answer = bank.customer("hazel").opens(&request.url());
        answer.refused_by_redirect("invalid_request", rule);
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn what_claims_asks_for_has_the_form_of_its_standard() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let intent = json!({ "value": consent });
    let form = "authorize.parameters";
    for (name, member, rule) in [
        (
            "a class as a text",
            json!({ "acr": { "essential": true, "values": "urn:nope" } }),
            form,
        ),
        (
            "essential as a text",
            json!({ "acr": { "essential": "true" } }),
            form,
        ),
        (
            "essential as null",
            json!({ "acr": { "essential": null } }),
            form,
        ),
        (
            "a class as a number",
            json!({ "acr": { "value": 7 } }),
            form,
        ),
        (
            "classes, one a number",
            json!({ "acr": { "values": ["a", 7] } }),
            form,
        ),
        ("no class at all", json!({ "acr": { "values": [] } }), form),
        ("a claim as a text", json!({ "acr": "urn:nope" }), form),
        ("a claim as a list", json!({ "acr": ["urn:nope"] }), form),
        (
            "a subject as a number",
            json!({ "sub": { "value": 7 } }),
            form,
        ),
        (
            "essential of a claim nobody knows",
            json!({ "x": { "essential": 1 } }),
            form,
        ),
        (
            "a consent as a number",
            json!({ "openbanking_intent_id": { "value": 7 } }),
            form,
        ),
        (
            "a consent as nothing",
            json!({ "openbanking_intent_id": { "value": "" } }),
            form,
        ),
        (
            "consents as a text",
            json!({ "openbanking_intent_id": { "values": "x" } }),
            form,
        ),
        (
            "another consent",
            json!({ "openbanking_intent_id": { "value": "x" } }),
            "authorize.consent",
        ),
        (
            "others",
            json!({ "openbanking_intent_id": { "values": ["x"] } }),
            "authorize.consent",
        ),
        (
            "the same and another",
            json!({ "openbanking_intent_id": { "values": [consent, "x"] } }),
            "authorize.consent",
        ),
        (
            "another, and the same again",
            json!({ "openbanking_intent_id": { "value": consent, "values": ["x", consent] } }),
            "authorize.consent",
        ),
    ] {
        println!("{name}");
        let request = acorn.request(Way::PUSHED_JARM, &consent);
        let request = request.claim("consent_id", consent.as_str());
        let request = request.claim("claims", json!({ "id_token": member }));
        acorn
            .push(&request)
            .send()
            .refused(400, "invalid_request", rule);
    }
    for (name, claims) in [
        ("a text", json!("acr")),
        ("an ID token as a list", json!({ "id_token": [] })),
        (
            "userinfo as a text",
            json!({ "userinfo": "sub", "id_token": { "x": null } }),
        ),
        (
            "a claim of userinfo as a text",
            json!({ "userinfo": { "sub": "x" } }),
        ),
    ] {
        println!("{name}");
        let request = acorn.request(Way::PUSHED_JARM, &consent);
        let request = request
            .claim("consent_id", consent.as_str())
            .claim("claims", claims);
        acorn
            .push(&request)
            .send()
            .refused(400, "invalid_request", form);
    }
    for (name, claims) in [
        (
            "the same consent twice",
            json!({ "id_token": { "openbanking_intent_id": intent } }),
        ),
        (
            "the same consent in a list",
            json!({ "id_token": { "openbanking_intent_id": { "values": [consent] } } }),
        ),
        (
            "claims in the default manner",
            json!({ "userinfo": { "sub": null }, "id_token": {} }),
        ),
        (
            "a claim that nobody knows",
            json!({ "id_token": { "x": { "values": [7] } } }),
        ),
    ] {
        println!("{name}");
        let request = acorn.request(Way::PUSHED_JARM, &consent);
        let request = request
            .claim("consent_id", consent.as_str())
            .claim("claims", claims);
        assert_eq!(acorn.push(&request).send().status(), 201);
    }
}
