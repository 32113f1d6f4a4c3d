//! The token endpoint: codes, refresh tokens and credentials become access tokens, and how those are
//! honored (RFC 6749, sections 4 to 6; RFC 7636; RFC 8705, section 3; SECURITY 5.5, 5.7, 5.10).

use serde_json::Value;

use crate::support::{Call, Certificates, Request, TestBank, Tpp, Variant, Way};

const NOBODYS: &str = "a-token-that-this-bank-never-issued-to-anybody";

fn code_form(code: &str, request: &Request) -> [(&'static str, String); 4] {
    [
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", request.text("redirect_uri").to_owned()),
        ("code_verifier", request.verifier.clone()),
    ]
}

/// An exchange in which `name` holds `value` instead, or is missing.
fn exchange_with<'a>(
    tpp: &Tpp<'a>,
    (code, request): (&str, &Request),
    (name, value): (&str, Option<&str>),
) -> Call<'a> {
    let form = code_form(code, request);
    let form = tpp.form(form.iter().map(|(name, value)| (*name, value.as_str())));
    let form = match value {
        Some(value) => form.with(name, value),
        None => form.without(name),
    };
    tpp.post("/oauth/token", &form)
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn a_code_is_exchanged_with_its_own_verifier_and_address_alone() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (code, request) = acorn.code(Way::PUSHED_HYBRID);
    let other = format!("verifier-{}", "x".repeat(40));
    for (name, change, code_word, rule) in [
        (
            "no verifier (62)",
            ("code_verifier", None),
            "invalid_grant",
            "pkce.verifier",
        ),
        (
            "another verifier (63)",
            ("code_verifier", Some(other.as_str())),
            "invalid_grant",
            "pkce.verifier",
        ),
        (
            "the challenge as verifier",
            ("code_verifier", Some(request.text("code_challenge"))),
            "invalid_grant",
            "pkce.verifier",
        ),
        (
            "a verifier too short",
            ("code_verifier", Some("short")),
            "invalid_grant",
            "pkce.verifier",
        ),
        (
            "no redirect_uri",
            ("redirect_uri", None),
            "invalid_grant",
            "code.redirect_uri",
        ),
        (
            "another registered redirect_uri",
            ("redirect_uri", Some("http://localhost:9080/callback")),
            "invalid_grant",
            "code.redirect_uri",
        ),
        (
            "no code",
            ("code", None),
            "invalid_request",
            "request.parameter",
        ),
        (
            "an empty code",
            ("code", Some("")),
            "invalid_request",
            "request.parameter",
        ),
        (
            "nobody's code",
            ("code", Some(NOBODYS)),
            "invalid_grant",
            "code.known",
        ),
        (
            "no grant_type",
            ("grant_type", None),
            "invalid_request",
            "request.parameter",
        ),
        (
            "an unknown grant_type",
            ("grant_type", Some("password")),
            "unsupported_grant_type",
            "token.grant_type",
        ),
        (
            "implicit",
            ("grant_type", Some("implicit")),
            "unsupported_grant_type",
            "token.grant_type",
        ),
    ] {
        println!("{name}");
        let call = exchange_with(&acorn, (&code, &request), change);
        call.send().refused(400, code_word, rule);
    }
    // None of these used it up.
    acorn.exchange(&code, &request).send().ok();
}

#[test]
fn a_verifier_for_a_code_that_was_asked_for_without_a_challenge_is_refused() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::BY_VALUE_HYBRID, &consent);
    let request = request
        .without("code_challenge")
        .without("code_challenge_method");
    let code = acorn.code_for(Way::BY_VALUE_HYBRID, &request);
    let refused = acorn.exchange(&code, &request).send();
    refused.refused(400, "invalid_grant", "pkce.verifier");
    exchange_with(&acorn, (&code, &request), ("code_verifier", None))
        .send()
        .ok();
}

#[test]
fn a_code_belongs_to_the_client_it_was_issued_to() {
    // Module 34. The thief is told no more than that, and the owner is not shut out.
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (code, request) = acorn.code(Way::PUSHED_JARM);
    for thief in ["burrow-pay", "clover-check"] {
        let refused = bank.tpp(thief).exchange(&code, &request).send();
        refused.refused(400, "invalid_grant", "code.client");
    }
    let grant = acorn.exchange(&code, &request).send().ok();
    let refused = bank.tpp("clover-check").exchange(&code, &request).send();
    refused.refused(400, "invalid_grant", "code.client");
    let token = grant["access_token"].as_str().unwrap();
    assert_eq!(acorn.introspect(token)["active"], true);
}

#[test]
fn a_code_used_twice_ends_every_token_made_of_it() {
    // Module 35.
    for way in Way::ALL {
        let bank = TestBank::open();
        let acorn = bank.tpp("acorn-budget");
        let (code, request) = acorn.code(way);
        let tokens = acorn.exchange(&code, &request).send().ok();
        let (access, refresh) = (
            tokens["access_token"].as_str().unwrap(),
            tokens["refresh_token"].as_str().unwrap(),
        );
        let refreshed = acorn.refresh(refresh).send().ok();
        let second = refreshed["access_token"].as_str().unwrap();
        bank.operator().advance_clock("1s");
        acorn
            .exchange(&code, &request)
            .send()
            .refused(400, "invalid_grant", "code.unused");
        for token in [access, second] {
            let call = acorn
                .call(http::Method::GET, "/open-banking/v1/accounts")
                .bearer(token);
            call.send()
                .refused(401, "invalid_token", "access_token.grant");
        }
        acorn
            .refresh(refresh)
            .send()
            .refused(400, "invalid_grant", "refresh_token.grant");
        acorn
            .exchange(&code, &request)
            .send()
            .refused(400, "invalid_grant", "code.unused");
    }
}

#[test]
fn a_replay_with_a_mistake_in_it_ends_the_tokens_too() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (code, request) = acorn.code(Way::PUSHED_JARM);
    let tokens = acorn.exchange(&code, &request).send().ok();
    let replay = exchange_with(&acorn, (&code, &request), ("code_verifier", None));
    replay.send().refused(400, "invalid_grant", "code.unused");
    assert_eq!(
        acorn.introspect(tokens["access_token"].as_str().unwrap())["active"],
        false
    );
}

#[test]
fn a_code_lives_a_minute() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (code, request) = acorn.code(Way::PUSHED_JARM);
    bank.operator().advance_clock("59s");
    acorn.exchange(&code, &request).send().ok();
    let (code, request) = acorn.code(Way::PUSHED_JARM);
    bank.operator().advance_clock("60s");
    acorn
        .exchange(&code, &request)
        .send()
        .refused(400, "invalid_grant", "code.expiry");
}

#[test]
fn a_code_dies_with_its_consent() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    let code = acorn.code_for(Way::PUSHED_JARM, &request);
    let token = acorn.client_credentials("consents");
    let delete = acorn.call(http::Method::DELETE, &format!("/consents/{consent}"));
    delete.bearer(&token).send().empty(204);
    acorn
        .exchange(&code, &request)
        .send()
        .refused(400, "invalid_grant", "code.grant");
}

#[test]
fn a_refresh_gives_a_new_access_token_and_leaves_the_refresh_token_as_it_is() {
    let bank = TestBank::open();
    for client in ["acorn-budget", "burrow-pay", "clover-check"] {
        let tpp = bank.tpp(client);
        let grant = tpp.grant(&["ReadAccounts"]);
        let tokens = tpp.refresh(&grant.refresh_token).send().ok();
        assert_eq!(tokens["refresh_token"], grant.refresh_token.as_str());
        assert_ne!(tokens["access_token"], grant.access_token.as_str());
        assert_eq!(
            (&tokens["token_type"], &tokens["expires_in"]),
            (&"Bearer".into(), &300.into())
        );
        assert_eq!(tokens["scope"], "openid accounts");
        let both = [
            grant.access_token.as_str(),
            tokens["access_token"].as_str().unwrap(),
        ];
        for token in both {
            grant.get("/accounts").bearer(token).send().ok();
        }
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn a_refresh_asks_for_no_more_than_was_granted_by_its_own_client_with_its_own_certificate() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let with_scope = |scope: &str| {
        acorn.token([
            ("grant_type", "refresh_token"),
            ("refresh_token", grant.refresh_token.as_str()),
            ("scope", scope),
        ])
    };
    let renewed = bank.certificates().like(acorn.kit().transport_cert_pem());
    let refresh = || acorn.refresh(&grant.refresh_token);
    let cases: [(&str, Call<'_>, u16, &str, &str); 9] = [
        (
            "more scope",
            with_scope("openid accounts payments"),
            400,
            "invalid_scope",
            "refresh_token.scope",
        ),
        (
            "an unknown scope",
            with_scope("openid x"),
            400,
            "invalid_scope",
            "refresh_token.scope",
        ),
        (
            "nobody's token",
            acorn.refresh(NOBODYS),
            400,
            "invalid_grant",
            "refresh_token.known",
        ),
        (
            "an access token",
            acorn.refresh(&grant.access_token),
            400,
            "invalid_grant",
            "refresh_token.known",
        ),
        (
            "another client (44)",
            bank.tpp("burrow-pay").refresh(&grant.refresh_token),
            400,
            "invalid_grant",
            "refresh_token.client",
        ),
        (
            "another certificate of the same client",
            refresh().certificate(&renewed.cert_pem),
            400,
            "invalid_grant",
            "refresh_token.certificate",
        ),
        (
            "no certificate (44)",
            refresh().without_certificate(),
            401,
            "invalid_client",
            "certificate.present",
        ),
        (
            "no token",
            acorn.token([("grant_type", "refresh_token")]),
            400,
            "invalid_request",
            "request.parameter",
        ),
        (
            "an empty token",
            acorn.refresh(""),
            400,
            "invalid_request",
            "request.parameter",
        ),
    ];
    for (name, call, status, code, rule) in cases {
        println!("{name}");
        call.send().refused(status, code, rule);
    }
    let less = with_scope("accounts").send().ok();
    assert_eq!(less["scope"], "accounts");
}

#[test]
fn a_refresh_token_lives_ninety_days_and_no_longer_than_its_consent() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let long = acorn.grant(&["ReadAccounts"]);
    let body = serde_json::json!({
        "permissions": ["ReadAccounts"],
        "expiration_date": "2025-06-26T10:30:00Z",
    });
    let created = acorn.post_consent(&body).send().created();
    let consent = created["consent_id"].as_str().unwrap();
    let request = acorn.request(Way::PUSHED_JARM, consent);
    let short = acorn.grant_for(Way::PUSHED_JARM, &request, consent);
    bank.operator().advance_clock("9d");
    acorn.refresh(&short.refresh_token).send().ok();
    bank.operator().advance_clock("1d");
    acorn.refresh(&short.refresh_token).send().refused(
        400,
        "invalid_grant",
        "refresh_token.expiry",
    );
    bank.operator().advance_clock("79d");
    acorn.refresh(&long.refresh_token).send().ok();
    bank.operator().advance_clock("1d");
    acorn
        .refresh(&long.refresh_token)
        .send()
        .refused(400, "invalid_grant", "refresh_token.expiry");
}

#[test]
fn an_access_token_never_outlives_its_consent() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = serde_json::json!({
        "permissions": ["ReadAccounts"],
        "expiration_date": "2025-06-16T10:32:00Z",
    });
    let created = acorn.post_consent(&body).send().created();
    let consent = created["consent_id"].as_str().unwrap();
    let request = acorn.request(Way::PUSHED_JARM, consent);
    let code = acorn.code_for(Way::PUSHED_JARM, &request);
    let tokens = acorn.exchange(&code, &request).send().ok();
    assert_eq!(tokens["expires_in"], 120);
}

#[test]
fn the_lifetimes_of_a_scenario_are_the_lifetimes_of_its_tokens() {
    let tokens = "tokens: {access: 7s, refresh: 1h, code: 5s, request_uri: 6s, id: 11s}";
    let bank = TestBank::varied(&Variant::default().bank(tokens));
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    assert_eq!(acorn.push(&request).send().created()["expires_in"], 6);
    let code = acorn.code_for(Way::PUSHED_JARM, &request);
    let tokens = acorn.exchange(&code, &request).send().ok();
    assert_eq!(tokens["expires_in"], 7);
    let id_token = acorn.id_token(tokens["id_token"].as_str().unwrap());
    assert_eq!(
        id_token["exp"].as_i64().unwrap() - id_token["iat"].as_i64().unwrap(),
        11
    );
}

#[test]
fn an_access_token_lives_five_minutes_by_the_bank_s_clock() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(&["ReadAccounts"]);
    bank.operator().advance_clock("299s");
    grant.get("/accounts").send().ok();
    bank.operator().advance_clock("1s");
    let refused = grant.get("/accounts").send();
    let challenge = refused.header("www-authenticate").unwrap();
    assert_eq!(
        challenge,
        r#"Bearer realm="hamsterbank", error="invalid_token""#
    );
    refused.refused(401, "invalid_token", "access_token.expiry");
}

#[test]
fn an_access_token_is_good_only_with_the_certificate_it_was_issued_to() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let grant = burrow.grant(&["ReadAccounts"]);
    let own = burrow.kit().transport_cert_pem();
    let renewed = bank.certificates().like(own);
    let foreign = Certificates::foreign().like(own);
    let acorn = bank.tpp("acorn-budget");
    let call = || grant.get("/accounts");
    for (name, call, rule) in [
        (
            "no certificate",
            call().without_certificate(),
            "certificate.present",
        ),
        (
            "another client's certificate",
            call().certificate(acorn.kit().transport_cert_pem()),
            "access_token.certificate",
        ),
        (
            "a renewed certificate",
            call().certificate(&renewed.cert_pem),
            "access_token.certificate",
        ),
        (
            "the same name from another CA",
            call().certificate(&foreign.cert_pem),
            "certificate.trusted",
        ),
    ] {
        println!("{name}");
        call.send().refused(401, "invalid_token", rule);
    }
    call().send().ok();
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn a_token_comes_once_in_the_authorization_header() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let token = grant.access_token.clone();
    let call = || grant.get("/accounts");
    let bearer = |value: String| call().header("authorization", &value);
    let cases: [(&str, Call<'_>, &str); 11] = [
        (
            "in the query alone",
            call()
                .without_header("authorization")
                .query(&format!("access_token={token}")),
            "access_token.present",
        ),
        (
            "in the query as well",
            call().query(&format!("page_size=1&access_token={token}")),
            "access_token.present",
        ),
        (
            "in the body",
            call()
                .without_header("authorization")
                .body(format!("access_token={token}")),
            "access_token.present",
        ),
        (
            "twice",
            call().and_header("authorization", &format!("Bearer {token}")),
            "access_token.present",
        ),
        (
            "as Basic",
            bearer(format!("Basic {token}")),
            "access_token.present",
        ),
        (
            "without a scheme",
            bearer(token.clone()),
            "access_token.present",
        ),
        (
            "empty",
            bearer("Bearer ".to_owned()),
            "access_token.present",
        ),
        (
            "two in one header",
            bearer(format!("Bearer {token} {token}")),
            "access_token.present",
        ),
        (
            "nobody's",
            bearer(format!("Bearer {NOBODYS}")),
            "access_token.known",
        ),
        (
            "a refresh token",
            bearer(format!("Bearer {}", grant.refresh_token)),
            "access_token.known",
        ),
        (
            "in other letters",
            bearer(format!("Bearer {}", token.to_uppercase() + "x")),
            "access_token.known",
        ),
    ];
    for (name, call, rule) in cases {
        println!("{name}");
        call.send().refused(401, "invalid_token", rule);
    }
    // RFC 6750, section 3: whoever sends none learns no error code.
    let none = call().without_header("authorization").send();
    assert_eq!(
        none.header("www-authenticate"),
        Some(r#"Bearer realm="hamsterbank""#)
    );
    none.refused(401, "invalid_token", "access_token.present");
    // Module 8: the scheme's letters may be of any case.
    bearer(format!("bEARER {token}")).send().ok();
    bearer(format!("BEARER   {token}")).send().ok();
}

#[test]
fn credentials_give_what_was_registered_but_no_customer() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let credentials = |params: &[(&'static str, &'static str)]| {
        let all = [&[("grant_type", "client_credentials")], params].concat();
        acorn.token(all).send()
    };
    for (name, scope) in [
        ("openid", "openid accounts"),
        ("an unknown scope", "root"),
        ("two blanks", "accounts  consents"),
        ("a blank in front", " accounts"),
        ("a comma", "accounts,consents"),
    ] {
        println!("{name}");
        let refused = credentials(&[("scope", scope)]);
        refused.refused(400, "invalid_scope", "client_credentials.scope");
    }
    let all: Value = credentials(&[]).ok();
    assert_eq!(
        all["scope"],
        "accounts transactions payments fundsconfirmations consents"
    );
    assert_eq!(credentials(&[("scope", "")]).ok()["scope"], all["scope"]);
    let some = credentials(&[("scope", "consents accounts")]).ok();
    assert_eq!(some["scope"], "accounts consents");
    for absent in ["refresh_token", "id_token"] {
        assert!(some.get(absent).is_none(), "{absent}");
    }
    let clover = bank
        .tpp("clover-check")
        .token([("grant_type", "client_credentials"), ("scope", "payments")]);
    clover
        .send()
        .refused(400, "invalid_scope", "client_credentials.scope");
}

#[test]
fn authorizing_a_consent_again_ends_what_was_granted_before() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let first = acorn.grant(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &first.consent);
    let second = acorn.grant_for(Way::PUSHED_JARM, &request, &first.consent);
    first
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.grant");
    acorn
        .refresh(&first.refresh_token)
        .send()
        .refused(400, "invalid_grant", "refresh_token.grant");
    second.get("/accounts").send().ok();
}

#[test]
fn userinfo_tells_the_subject_of_the_id_token_to_whoever_holds_the_token() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    let code = acorn.code_for(Way::PUSHED_JARM, &request);
    let tokens = acorn.exchange(&code, &request).send().ok();
    let sub = acorn.id_token(tokens["id_token"].as_str().unwrap())["sub"].clone();
    let token = tokens["access_token"].as_str().unwrap();
    let own = |method| acorn.call(method, "/oauth/userinfo").bearer(token);
    assert_eq!(own(http::Method::GET).send().ok()["sub"], sub);
    assert_eq!(own(http::Method::POST).send().ok()["sub"], sub);
    own(http::Method::GET).without_certificate().send().refused(
        401,
        "invalid_token",
        "certificate.present",
    );
    let credentials = acorn.client_credentials("accounts");
    let refused = own(http::Method::GET).bearer(&credentials).send();
    refused.refused(403, "insufficient_scope", "access_token.scope");
}
