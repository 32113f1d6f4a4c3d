//! The journal: what it tells of a call, what it never tells, and what is told on the wire instead.

use http::header::ACCEPT;
use serde_json::Value;

use crate::support::{Operator, TestBank, Variant, Way};

#[test]
fn a_refusal_is_explained_with_its_clause_and_every_check_before_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn
        .request(Way::PUSHED_JARM, &consent)
        .claim("code_challenge_method", "plain");
    let response = acorn.push(&request).send();
    let entry = response.entry().clone();
    let body = response.refused(400, "invalid_request", "pkce.method");
    assert!(
        entry["clause"].as_str().unwrap().contains("RFC 7636"),
        "{entry}"
    );
    assert_eq!(entry["expected"], "code_challenge_method S256");
    assert_eq!(entry["received"], "plain");
    assert_eq!(
        (&entry["client_id"], &entry["route"]),
        (&"acorn-budget".into(), &"oauth.par".into())
    );
    let checks = entry["checks"].as_array().unwrap();
    let (last, before) = checks.split_last().unwrap();
    assert_eq!(last["outcome"], "failed");
    assert!(
        before.len() > 15 && before.iter().all(|check| check["outcome"] == "passed"),
        "{before:?}"
    );
    // The same hint stands in the answer.
    let description = body["error_description"].as_str().unwrap();
    for told in ["code_challenge_method S256", "plain", "pkce.method"] {
        assert!(description.contains(told), "{description}");
    }
}

#[test]
fn a_bank_that_does_not_explain_says_no_more_than_the_standard_and_tells_its_journal_all() {
    let bank = TestBank::varied(&Variant::default().bank("explain: false"));
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let grant = acorn.grant(&["ReadAccounts"]);
    let bad = acorn
        .request(Way::PUSHED_JARM, &consent)
        .claim("code_challenge_method", "plain");
    let pushed = acorn
        .push(&bad)
        .send()
        .refused(400, "invalid_request", "pkce.method");
    let other = grant.get("/accounts").consent(&consent).send();
    let other = other.refused(403, "consent_mismatch", "consent.matches");
    let field = acorn
        .post_consent(&serde_json::json!({ "permissions": 1 }))
        .send();
    let field = field.refused(400, "invalid_field", "request.body");
    for body in [&pushed, &other] {
        let text = body.to_string();
        for hint in [
            "pkce",
            "plain",
            "S256",
            "consent.matches",
            "consent_ais_",
            "RFC 7636",
        ] {
            assert!(!text.contains(hint), "{hint}: {text}");
        }
    }
    // Where a fault stands is the contract's own answer, not a hint.
    assert_eq!(field["errors"][0]["pointer"], "/permissions");
    let value = acorn
        .request(Way::BY_VALUE_HYBRID, &consent)
        .claim("nonce", "");
    let landing = bank.customer("hazel").opens(&value.url());
    let landing = landing.refused_by_redirect("invalid_request", "authorize.parameters");
    let description = landing.fragment.get("error_description").unwrap();
    assert!(!description.contains("nonce"), "{description}");
    let page = bank
        .customer("hazel")
        .opens("/oauth/authorize?client_id=nobody");
    let page = page.refused_by_page("invalid_client", "client.known");
    assert!(
        !page.contains("client.known") && !page.contains("nobody"),
        "{page}"
    );
}

#[test]
fn no_secret_of_a_journey_stands_in_the_journal() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let mut secrets = Vec::new();
    for way in Way::ALL {
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let request = acorn.request(way, &consent);
        let code = acorn.code_for(way, &request);
        let tokens = acorn.exchange(&code, &request).send().ok();
        for name in ["access_token", "refresh_token", "id_token"] {
            let token = tokens[name].as_str().unwrap();
            secrets.push(token.rsplit('.').next().unwrap().to_owned());
        }
        let access_token = tokens["access_token"].as_str().unwrap();
        let _ = acorn.introspect(access_token);
        acorn
            .call(http::Method::GET, "/oauth/userinfo")
            .bearer(access_token)
            .send()
            .ok();
        let _ = acorn.revoke(access_token);
        let signature = request.jwt.encoded().rsplit('.').next().unwrap().to_owned();
        secrets.extend([code, request.verifier.clone(), signature]);
    }
    let journal = Value::Array(bank.operator().requests("limit=1000")).to_string();
    for secret in &secrets {
        assert!(!journal.contains(secret.as_str()), "{secret}");
    }
    assert!(
        journal.contains("sha256:"),
        "what is hidden has a fingerprint instead"
    );
    for entry in bank.operator().requests("limit=1000") {
        let page = page_of(bank.operator(), entry["id"].as_str().unwrap());
        for secret in &secrets {
            assert!(!page.contains(secret.as_str()), "{page}");
        }
    }
}

fn page_of(operator: Operator<'_>, id: &str) -> String {
    let mut request = Operator::request(http::Method::GET, &format!("/requests/{id}"));
    let plain = http::HeaderValue::from_static("text/plain");
    request.headers_mut().insert(ACCEPT, plain);
    let answer = operator.send(request);
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    String::from_utf8(answer.into_body()).unwrap()
}

#[test]
fn an_entry_is_told_as_a_page_that_fits_a_ticket() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let response = grant.get("/accounts").without_certificate().send();
    let id = response.entry()["id"].as_str().unwrap().to_owned();
    response.refused(401, "invalid_token", "certificate.present");
    let page = page_of(bank.operator(), &id);
    for told in [
        id.as_str(),
        "GET /open-banking/v1/accounts",
        "401 Unauthorized",
        "certificate.present",
        "RFC 8705",
        "with curl: --cert and --key",
    ] {
        assert!(page.contains(told), "{told} is missing:\n{page}");
    }
}

#[test]
fn the_journal_finds_what_it_is_asked_for() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    grant
        .get("/balances")
        .send()
        .refused(403, "insufficient_permissions", "consent.permission");
    let operator = bank.operator();
    let count = |filter: &str| {
        operator.get(&format!("/requests?count=true&{filter}"))["count"]
            .as_u64()
            .unwrap()
    };
    for (filter, expected) in [
        ("route=oauth", 5),
        ("route=oauth.token", 2),
        ("route=banking.balances.list", 1),
        ("verdict=consent.permission", 1),
        ("verdict=consent", 1),
        ("status=403", 1),
        ("status=4xx", 1),
        ("client_id=clover-check", 0),
        ("method=post&path=/oauth/token", 2),
        ("path=/open-banking/*", 1),
        ("kind=connection", 0),
    ] {
        assert_eq!(count(filter), expected, "{filter}");
    }
    assert_eq!(
        count(&format!("consent_id={}&route=banking", grant.consent)),
        1
    );
    let first = operator.get("/requests?limit=2");
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let rest = operator.get(first["next"].as_str().unwrap());
    assert_eq!(rest["items"][0]["seq"], 3);
    let answer = operator.send(Operator::request(http::Method::DELETE, "/requests"));
    assert_eq!(answer.status(), 204);
    assert_eq!(count(""), 0);
}

#[test]
fn a_wait_ends_at_once_when_enough_has_happened_and_says_so() {
    let bank = TestBank::open();
    let _ = bank.jwks();
    let operator = bank.operator();
    let enough = operator.get("/requests?route=oauth.jwks&wait=1m");
    assert_eq!(
        (
            &enough["satisfied"],
            enough["items"].as_array().unwrap().len()
        ),
        (&true.into(), 1)
    );
    let missing = operator.get("/requests?route=oauth.jwks&wait=1ms&at_least=2");
    assert_eq!(missing["satisfied"], false);
}

#[test]
fn every_route_goes_by_its_name() {
    let bank = TestBank::open();
    for (name, method, path) in [
        (
            "oauth.discovery",
            "GET",
            "/.well-known/openid-configuration",
        ),
        ("oauth.jwks", "GET", "/.well-known/jwks.json"),
        ("oauth.par", "POST", "/oauth/par"),
        ("oauth.authorize", "GET", "/oauth/authorize"),
        ("oauth.token", "POST", "/oauth/token"),
        ("oauth.introspect", "POST", "/oauth/introspect"),
        ("oauth.revoke", "POST", "/oauth/revoke"),
        ("oauth.userinfo", "GET", "/oauth/userinfo"),
        ("oauth.userinfo", "POST", "/oauth/userinfo"),
        ("consents.create", "POST", "/consents/account-access"),
        ("consents.get", "GET", "/consents/x"),
        ("consents.create", "POST", "/consents"),
        ("consents.create", "POST", "/consents/funds-confirmation"),
        ("consents.get", "GET", "/consents/account-access/x"),
        ("consents.get", "GET", "/consents/payment/x"),
        ("consents.get", "GET", "/consents/funds-confirmation/x"),
        ("consents.delete", "DELETE", "/consents/x"),
        ("consents.delete", "DELETE", "/consents/account-access/x"),
        ("consents.delete", "DELETE", "/consents/payment/x"),
        (
            "consents.delete",
            "DELETE",
            "/consents/funds-confirmation/x",
        ),
        (
            "banking.funds_confirmations.create",
            "POST",
            "/open-banking/v1/funds-confirmations",
        ),
        ("banking.accounts.list", "GET", "/open-banking/v1/accounts"),
        ("banking.accounts.get", "GET", "/open-banking/v1/accounts/x"),
        ("banking.balances.list", "GET", "/open-banking/v1/balances"),
        (
            "banking.balances.list",
            "GET",
            "/open-banking/v1/accounts/x/balances",
        ),
        (
            "banking.transactions.list",
            "GET",
            "/open-banking/v1/transactions",
        ),
        (
            "banking.transactions.list",
            "HEAD",
            "/open-banking/v1/accounts/x/transactions",
        ),
    ] {
        let response = bank.stranger().call(method.parse().unwrap(), path).send();
        assert_eq!(response.entry()["route"], name, "{method} {path}");
    }
    let response = bank.stranger().get("/open-banking/v2/accounts").send();
    assert_eq!(response.entry()["route"], Value::Null);
}
