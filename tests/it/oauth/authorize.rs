//! The authorization endpoint: pages until the client is known and its address checked, redirects from
//! then on (RFC 6749, section 4.1.2.1; RFC 9126, section 4; JARM).

use serde_json::json;

use crate::support::{Form, Request, TestBank, Tpp, Variant, Way, half_hash};

const EVIL: &[(&str, &str)] = &[
    (
        "a registered address with a path appended (11)",
        "https://localhost:9443/callback/more",
    ),
    (
        "a registered address with a query appended",
        "https://localhost:9443/callback?x=1",
    ),
    (
        "a registered address with a fragment",
        "https://localhost:9443/callback#x",
    ),
    (
        "a registered address with a slash",
        "https://localhost:9443/callback/",
    ),
    (
        "a registered address in capitals",
        "https://LOCALHOST:9443/callback",
    ),
    (
        "a registered host as a user",
        "https://localhost:9443@evil.example/callback",
    ),
    (
        "a path that climbs",
        "https://localhost:9443/callback/../callback",
    ),
    ("another port", "https://localhost:9444/callback"),
    ("a script", "javascript:alert(1)"),
    ("somebody else", "https://evil.example/callback"),
];

#[test]
fn nobody_is_ever_sent_to_an_address_that_is_not_registered_to_the_letter() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    for (name, uri) in EVIL {
        for way in [Way::BY_VALUE_HYBRID, Way::BY_VALUE_JARM] {
            println!("{name} {way:?}");
            let request = acorn.request(way, &consent).claim("redirect_uri", *uri);
            let request = request.outside(|form| form.with("redirect_uri", *uri));
            let response = bank.customer("hazel").opens(&request.url());
            let page = response.refused_by_page("invalid_request", "authorize.redirect_uri");
            assert!(
                !page.contains("<script") && !page.contains("href"),
                "{page}"
            );
        }
        let request = acorn
            .request(Way::PUSHED_JARM, &consent)
            .claim("redirect_uri", *uri);
        acorn
            .push(&request)
            .send()
            .refused(400, "invalid_request", "authorize.redirect_uri");
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn a_mistake_before_the_client_and_its_address_are_known_ends_on_a_page() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let good = || acorn.request(Way::BY_VALUE_HYBRID, &consent);
    let url = |change: fn(Form) -> Form| good().outside(change).url();
    let nowhere = good()
        .outside(|form| form.without("redirect_uri"))
        .without("redirect_uri");
    let cases: [(&str, String, &str, &str); 11] = [
        (
            "nothing at all",
            "/oauth/authorize".to_owned(),
            "invalid_request",
            "authorize.query",
        ),
        (
            "no client",
            url(|form| form.without("client_id")),
            "invalid_request",
            "authorize.query",
        ),
        (
            "a client nobody knows",
            url(|form| form.with("client_id", "nobody")),
            "invalid_client",
            "client.known",
        ),
        (
            "two clients",
            url(|form| form.and("client_id", "burrow-pay")),
            "invalid_request",
            "authorize.query",
        ),
        (
            "a bad escape",
            format!("{}&x=%zz", good().url()),
            "invalid_request",
            "authorize.query",
        ),
        (
            "not UTF-8",
            format!("{}&x=%ff", good().url()),
            "invalid_request",
            "authorize.query",
        ),
        (
            "no redirect_uri anywhere (30)",
            nowhere.url(),
            "invalid_request",
            "authorize.redirect_uri",
        ),
        (
            "an unknown request_uri",
            acorn.url_of("urn:ietf:params:oauth:request_uri:none"),
            "invalid_request_uri",
            "authorize.request_uri",
        ),
        (
            "a request_uri of the web",
            acorn.url_of("https://localhost:9443/request.jwt"),
            "invalid_request_uri",
            "authorize.request_uri",
        ),
        (
            "only a consent_id",
            format!("/oauth/authorize?client_id=acorn-budget&consent_id={consent}"),
            "invalid_request",
            "request_object.present",
        ),
        (
            "markup as a name",
            "/oauth/authorize?client_id=%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
            "invalid_client",
            "client.known",
        ),
    ];
    for (name, url, code, rule) in cases {
        println!("{name}");
        let page = bank
            .customer("hazel")
            .opens(&url)
            .refused_by_page(code, rule);
        assert!(!page.contains("<script"), "{page}");
    }
}

#[test]
fn a_mistake_after_that_goes_back_to_the_client() {
    let bank = TestBank::open();
    let jwks = bank.jwks();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let good = acorn.request(Way::BY_VALUE_HYBRID, &consent);
    // Module 29: plain parameters.
    let plain = format!("/oauth/authorize?{}", good.outside.encoded());
    let landing = bank.customer("hazel").opens(&plain);
    let landing = landing.refused_by_redirect("invalid_request", "request_object.present");
    assert_eq!(landing.fragment.get("state"), Some(good.text("state")));
    let jarm = acorn.request(Way::BY_VALUE_JARM, &consent);
    let plain = format!("/oauth/authorize?{}", jarm.outside.encoded());
    let refused = bank.customer("hazel").opens(&plain);
    refused.refused_by_jarm(&jwks, "invalid_request", "request_object.present");
    let both = format!("{}&request_uri=urn:x", good.url());
    let refused = bank.customer("hazel").opens(&both);
    refused.refused_by_redirect("invalid_request", "authorize.source");
}

#[test]
fn an_essential_acr_the_bank_does_not_perform_is_denied_in_every_way() {
    let bank = TestBank::open();
    let jwks = bank.jwks();
    let only = |value: &str| json!({ "essential": true, "value": value });
    for way in Way::ALL {
        let acorn = bank.tpp("acorn-budget");
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let request = acorn.request(way, &consent);
        let with = |acr: serde_json::Value| {
            let mut claims = request.jwt.value("claims").unwrap().clone();
            claims["id_token"]["acr"] = acr;
            request.clone().claim("claims", claims)
        };
        let url = acorn.authorization_url(way, &with(only("urn:openbanking:psd2:ca")));
        let response = bank.customer("hazel").opens(&url);
        if way.is_jarm {
            let claims = response.refused_by_jarm(&jwks, "access_denied", "authorize.acr");
            assert_eq!(claims["state"], request.text("state"));
        } else {
            response.refused_by_redirect("access_denied", "authorize.acr");
        }
        // Module 46.
        let _ = acorn.code_for(way, &with(only("urn:openbanking:psd2:sca")));
    }
}

#[test]
fn the_customer_the_client_names_approves_and_no_other() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for id in ["hazel", "rowan", "clementine"] {
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let customer = bank.customer(id);
        let request = acorn
            .request(Way::PUSHED_HYBRID, &consent)
            .claim("login_hint", customer.id);
        let grant = acorn.grant_for(Way::PUSHED_HYBRID, &request, &consent);
        let accounts = grant.get("/accounts").send().ok();
        let names = accounts["data"].to_string().to_lowercase();
        assert!(names.contains(id), "{id}: {names}");
    }
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn
        .request(Way::BY_VALUE_HYBRID, &consent)
        .claim("login_hint", "nobody");
    let refused = bank.customer("hazel").opens(&request.url());
    refused.refused_by_redirect("login_required", "authorize.customer");
    let token = acorn.client_credentials("consents");
    let shown = acorn
        .call(http::Method::GET, &format!("/consents/{consent}"))
        .bearer(&token);
    assert_eq!(shown.send().ok()["status"], "awaiting_authorization");
}

#[test]
fn an_address_with_a_query_of_its_own_keeps_it_in_success_and_refusal() {
    let bank = TestBank::open();
    let jwks = bank.jwks();
    let burrow = bank.tpp("burrow-pay");
    assert!(
        burrow
            .redirect_uri()
            .ends_with("?dummy1=lorem&dummy2=ipsum")
    );
    for way in [Way::BY_VALUE_HYBRID, Way::BY_VALUE_JARM] {
        let consent = burrow.create_consent(&["ReadAccounts"]);
        let request = burrow
            .request(way, &consent)
            .claim("scope", "openid profile");
        let response = bank.customer("hazel").opens(&request.url());
        let landing = response.landing();
        assert_eq!(landing.query.get("dummy1"), Some("lorem"), "{way:?}");
        assert_eq!(landing.query.get("dummy2"), Some("ipsum"), "{way:?}");
        if way.is_jarm {
            response.refused_by_jarm(&jwks, "invalid_scope", "authorize.scope");
        } else {
            assert_eq!(landing.query.names(), ["dummy1", "dummy2"]);
            response.refused_by_redirect("invalid_scope", "authorize.scope");
        }
    }
}

#[test]
fn a_client_that_never_reads_jwts_is_not_refused_in_one() {
    // Module 31 in the hybrid variant: response_type=code, and the error is readable where it lands.
    let variant = Variant::default().client(
        "hybrid-only",
        &[
            "responses: [hybrid]",
            "redirect_uris: [https://localhost:9443/callback]",
        ],
    );
    let bank = TestBank::varied(&variant);
    let tpp = bank.tpp("hybrid-only");
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(Way::BY_VALUE_HYBRID, &consent);
    let request = request
        .claim("response_type", "code")
        .outside(|form| form.with("response_type", "code"));
    let response = bank.customer("hazel").opens(&request.url());
    let rule = "authorize.response_type.registered";
    let landing = response.refused_by_redirect("unauthorized_client", rule);
    assert_eq!(landing.query.get("state"), Some(request.text("state")));
    assert_eq!(landing.query.get("code"), None);
}

fn pushed(tpp: &Tpp<'_>) -> (Request, String) {
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(Way::PUSHED_HYBRID, &consent);
    let answer = tpp.push(&request).send().created();
    (request, answer["request_uri"].as_str().unwrap().to_owned())
}

#[test]
fn a_request_uri_is_used_up_by_the_customer_s_approval() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (request, request_uri) = pushed(&acorn);
    let customer = bank.customer("hazel");
    let landing = customer.opens(&acorn.url_of(&request_uri)).landing();
    assert!(landing.fragment.get("code").is_some());
    // Module 50.
    let again = customer.opens(&acorn.url_of(&request_uri));
    let landing = again.refused_by_redirect("invalid_request_uri", "authorize.request_uri");
    assert_eq!(landing.fragment.get("state"), Some(request.text("state")));
}

#[test]
fn a_visit_that_ends_in_a_refusal_does_not_use_up_the_request_uri() {
    // Module 49: consumed at completion, not at the first visit.
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (_, request_uri) = pushed(&acorn);
    let stray = format!("{}&request=e30.e30.", acorn.url_of(&request_uri));
    bank.customer("hazel")
        .opens(&stray)
        .refused_by_page("invalid_request", "authorize.source");
    let landing = bank
        .customer("hazel")
        .opens(&acorn.url_of(&request_uri))
        .landing();
    assert!(landing.fragment.get("code").is_some());
}

#[test]
fn a_request_uri_lives_ninety_seconds() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (_, in_time) = pushed(&acorn);
    bank.operator().advance_clock("89s");
    let landing = bank
        .customer("hazel")
        .opens(&acorn.url_of(&in_time))
        .landing();
    assert!(landing.fragment.get("code").is_some());
    let (_, late) = pushed(&acorn);
    bank.operator().advance_clock("90s");
    // Module 51.
    let refused = bank.customer("hazel").opens(&acorn.url_of(&late));
    refused.refused_by_redirect("invalid_request_uri", "authorize.request_uri");
    bank.operator().advance_clock("30d");
    let (_, _) = pushed(&acorn);
    let refused = bank.customer("hazel").opens(&acorn.url_of(&late));
    refused.refused_by_page("invalid_request_uri", "authorize.request_uri");
}

#[test]
fn a_request_uri_belongs_to_the_client_that_pushed_it() {
    // Module 58. Nobody is told where the other client would have been sent.
    let bank = TestBank::open();
    let (_, request_uri) = pushed(&bank.tpp("acorn-budget"));
    for thief in ["burrow-pay", "clover-check"] {
        let url = bank.tpp(thief).url_of(&request_uri);
        let page = bank.customer("hazel").opens(&url);
        page.refused_by_page("invalid_request_uri", "authorize.request_uri");
    }
}

#[test]
fn the_id_token_beside_a_code_is_bound_to_the_code_and_the_state_by_whatever_algorithm() {
    let bank = TestBank::open();
    for (client, algorithm) in [
        ("acorn-budget", "PS256"),
        ("burrow-pay", "PS256"),
        ("clover-check", "ES256"),
    ] {
        let tpp = bank.tpp(client);
        let (request, request_uri) = pushed(&tpp);
        let landing = bank
            .customer("hazel")
            .opens(&tpp.url_of(&request_uri))
            .landing();
        let id_token = landing.fragment.get("id_token").unwrap();
        let header: Vec<u8> = {
            use base64::Engine as _;
            let header = id_token.split('.').next().unwrap();
            base64::engine::general_purpose::URL_SAFE_NO_PAD
                .decode(header)
                .unwrap()
        };
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["alg"], algorithm, "{client}");
        let claims = tpp.id_token(id_token);
        assert_eq!(
            claims["c_hash"],
            half_hash(landing.fragment.get("code").unwrap())
        );
        assert_eq!(claims["s_hash"], half_hash(request.text("state")));
    }
}

#[test]
fn a_relaxed_bank_takes_plain_parameters_and_answers_in_the_query() {
    let bank = TestBank::varied(&Variant::default().bank("profile: relaxed"));
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let redirect_uri = acorn.redirect_uri();
    let query = Form::of([
        ("client_id", "acorn-budget"),
        ("response_type", "code"),
        ("scope", "openid accounts"),
        ("redirect_uri", redirect_uri.as_str()),
        ("consent_id", consent.as_str()),
        ("state", "s"),
        ("claims", r#"{"id_token":{"acr":null}}"#),
    ]);
    let open = |query: &Form| {
        bank.customer("hazel")
            .opens(&format!("/oauth/authorize?{}", query.encoded()))
    };
    let landing = open(&query).landing();
    assert_eq!(landing.query.get("state"), Some("s"));
    assert!(landing.query.get("code").is_some());
    let broken = query.clone().with("claims", "{");
    open(&broken).refused_by_redirect("invalid_request", "authorize.query");
    let nobody = query.clone().with("consent_id", "consent_ais_x");
    open(&nobody).refused_by_redirect("invalid_request", "authorize.consent.known");
    for mode in ["fragment", "form_post", "JWT"] {
        let elsewhere = query.clone().with("response_mode", mode);
        let landing =
            open(&elsewhere).refused_by_redirect("invalid_request", "authorize.response_mode");
        assert_eq!(landing.query.get("response"), None, "{mode}");
        assert_eq!(
            landing.query.get("error"),
            Some("invalid_request"),
            "{mode}"
        );
    }
    let hybrid = query.with("response_type", "code id_token");
    let refused = open(&hybrid);
    refused.refused_by_redirect("invalid_request", "authorize.nonce.hybrid");
    assert!(
        open(&hybrid.with("nonce", "n"))
            .landing()
            .fragment
            .get("id_token")
            .is_some()
    );
}

#[test]
fn a_head_request_looks_and_approves_nothing() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    let url = acorn.authorization_url(Way::PUSHED_JARM, &request);
    let path = url.strip_prefix(bank.issuer()).unwrap_or(&url);
    let looked = bank.stranger().call(http::Method::HEAD, path).send();
    assert_eq!(looked.status(), 200);
    assert_eq!(looked.header("location"), None);
    // The customer still arrives at a request nobody has used.
    let landing = bank.customer("hazel").opens(&url).landing();
    assert!(
        acorn
            .answer(&landing, Way::PUSHED_JARM)
            .contains_key("code")
    );
}
