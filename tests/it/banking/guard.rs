//! The order in which a call of a resource is judged, and each refusal on the way (API contract, 1.1, 1.2).

use http::Method;

use crate::support::{Call, TestBank};

/// Every resource there is, below `/open-banking/v1`.
pub(super) const RESOURCES: &[&str] = &[
    "/accounts",
    "/accounts/acc_1234567890",
    "/accounts/acc_1234567890/balances",
    "/accounts/acc_1234567890/transactions",
    "/accounts/acc_1234567890/standing-orders",
    "/accounts/acc_1234567890/direct-debits",
    "/accounts/acc_1234567890/beneficiaries",
    "/balances",
    "/transactions",
    "/standing-orders",
    "/direct-debits",
    "/beneficiaries",
];

/// What opens all of them.
const EVERYTHING: &[&str] = &[
    "ReadAccounts",
    "ReadBalances",
    "ReadBeneficiaries",
    "ReadDirectDebits",
    "ReadStandingOrders",
    "ReadTransactions",
];

#[test]
fn the_consent_must_be_named_once_and_be_the_token_s() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(EVERYTHING);
    let other = acorn.create_consent(&["ReadAccounts"]);
    let foreign = bank.tpp("clover-check").create_consent(&["ReadAccounts"]);
    for path in RESOURCES {
        let call = || grant.get(path);
        let cases: [(&str, Call<'_>, u16, &str, &str); 7] = [
            (
                "not at all",
                call().without_header("x-consent-id"),
                400,
                "missing_consent",
                "consent.header",
            ),
            (
                "with nothing",
                call().consent(""),
                400,
                "missing_consent",
                "consent.header",
            ),
            (
                "twice",
                call().and_header("x-consent-id", &grant.consent),
                400,
                "invalid_header",
                "consent.header",
            ),
            (
                "not in ASCII",
                call().consent("consent_\u{e9}"),
                400,
                "invalid_header",
                "consent.header",
            ),
            (
                "one nobody knows",
                call().consent("consent_ais_none"),
                401,
                "invalid_consent",
                "consent.known",
            ),
            (
                "another client's",
                call().consent(&foreign),
                401,
                "invalid_consent",
                "consent.known",
            ),
            (
                "another one of the client's",
                call().consent(&other),
                403,
                "consent_mismatch",
                "consent.matches",
            ),
        ];
        for (name, call, status, code, rule) in cases {
            println!("{name} at {path}");
            let body = call.send().refused(status, code, rule);
            if rule == "consent.header" {
                assert_eq!(body["errors"][0]["header"], "X-Consent-ID");
            }
        }
        call().send().ok();
    }
}

#[test]
fn the_first_mistake_in_the_contract_s_order_decides() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let credentials = acorn.client_credentials("payments");
    let unscoped = acorn.token([
        ("grant_type", "refresh_token"),
        ("refresh_token", grant.refresh_token.as_str()),
        ("scope", "openid"),
    ]);
    let unscoped = unscoped.send().ok()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    // Everything is wrong with the call at first; each step mends the mistake that was told.
    let path = "/open-banking/v1/accounts/acc_0000000000/transactions";
    let call = acorn
        .call(Method::PATCH, path)
        .query("nonsense=1")
        .accept("text/csv");
    let call = call.without_certificate().bearer("nonsense");
    call.clone()
        .send()
        .refused(405, "method_not_allowed", "request.method");
    let call = call.method(Method::GET);
    call.clone()
        .send()
        .refused(401, "invalid_token", "certificate.present");
    let call = call.certificate(acorn.kit().transport_cert_pem());
    call.clone()
        .send()
        .refused(401, "invalid_token", "access_token.known");
    let call = call.bearer(&credentials);
    call.clone()
        .send()
        .refused(401, "invalid_token", "access_token.customer");
    let call = call.bearer(&unscoped);
    call.clone()
        .send()
        .refused(406, "not_acceptable", "request.accept");
    let call = call.accept("application/json");
    call.clone()
        .send()
        .refused(403, "insufficient_scope", "access_token.scope");
    let call = call.bearer(&grant.access_token);
    call.clone()
        .send()
        .refused(400, "missing_consent", "consent.header");
    let call = call.consent(&grant.consent);
    let refused = call.clone().send();
    let told = refused.entry()["expected"].to_string();
    assert_eq!(told, "\"ReadTransactions or ReadTransactionsBasic\"");
    refused.refused(403, "insufficient_permissions", "consent.permission");
    // From here on with a consent that allows it.
    let wider = acorn.grant(&["ReadAccounts", "ReadTransactions"]);
    let call = call.bearer(&wider.access_token).consent(&wider.consent);
    call.send().refused(404, "not_found", "account.known");
    let call = wider.get("/accounts/acc_1234567890/transactions");
    call.clone()
        .query("nonsense=1")
        .send()
        .refused(400, "invalid_request", "request.query");
    call.send().ok();
}

#[test]
fn a_client_s_own_token_opens_no_customer_s_data() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let credentials = acorn.client_credentials("accounts transactions");
    for path in RESOURCES {
        let refused = grant.get(path).bearer(&credentials).send();
        refused.refused(401, "invalid_token", "access_token.customer");
    }
}

#[test]
fn an_answer_comes_in_json_or_not_at_all() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let call = |accept: &str| grant.get("/accounts").accept(accept);
    for good in [
        "*/*",
        "application/*",
        "application/json",
        "application/json;charset=UTF-8",
        "application/json, application/*+json, */*",
        "text/html, application/json;q=0.1",
        "",
    ] {
        println!("{good:?}");
        call(good).header("accept-charset", "utf-8").send().ok();
    }
    grant.get("/accounts").send().ok();
    for bad in [
        "text/html",
        "application/xml",
        "application/json;q=0",
        "*/*, application/json;q=0",
        "json",
    ] {
        println!("{bad:?}");
        call(bad)
            .send()
            .refused(406, "not_acceptable", "request.accept");
    }
}

#[test]
fn the_interaction_id_is_echoed_if_it_is_a_uuid_and_made_up_if_not() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let call = || grant.get("/accounts");
    for uuid in [
        "93bac548-d2de-4546-b106-880a5018460d",
        "93BAC548-D2DE-4546-B106-880A5018460D",
    ] {
        let response = call().header("x-fapi-interaction-id", uuid).send();
        assert_eq!(response.header("x-fapi-interaction-id"), Some(uuid));
        assert_eq!(response.entry()["interaction_id"], uuid);
        let _ = response.ok();
    }
    // The harness holds every answer, also to what is sent wrongly, to a UUID.
    for bad in [
        "",
        "1",
        "93bac548d2de4546b106880a5018460d",
        "{93bac548-d2de-4546-b106-880a5018460d}",
    ] {
        call().header("x-fapi-interaction-id", bad).send().ok();
    }
    let twice = call().header(
        "x-fapi-interaction-id",
        "93bac548-d2de-4546-b106-880a5018460d",
    );
    let twice = twice.and_header(
        "x-fapi-interaction-id",
        "93bac548-d2de-4546-b106-880a5018460e",
    );
    twice.send().ok();
    let other = call().consent("x").header(
        "x-fapi-interaction-id",
        "93bac548-d2de-4546-b106-880a5018460d",
    );
    other
        .send()
        .refused(401, "invalid_consent", "consent.known");
}

#[test]
fn headers_about_the_customer_are_recorded_and_never_a_reason_to_refuse() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    for (name, value) in [
        ("x-fapi-auth-date", "Tue, 11 Sep 2012 19:43:31 GMT"),
        ("x-fapi-auth-date", "yesterday"),
        ("x-fapi-customer-ip-address", "192.0.2.1"),
        ("x-fapi-customer-ip-address", "2001:db8::1"),
        ("x-fapi-customer-ip-address", "home"),
        ("x-customer-user-agent", "Mozilla/5.0 \u{1f439}"),
    ] {
        println!("{name}: {value}");
        grant.get("/accounts").header(name, value).send().ok();
    }
}

#[test]
fn a_dialect_the_bank_does_not_speak_is_refused() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let call = |dialect: &str| {
        let call = grant.get("/accounts");
        call.header("x-open-banking-standard", dialect).send()
    };
    call("native").ok();
    for dialect in ["obie", "Native", "nonsense", ""] {
        println!("{dialect:?}");
        call(dialect).refused(406, "not_acceptable", "request.standard");
    }
    let twice = grant
        .get("/accounts")
        .header("x-open-banking-standard", "native");
    let twice = twice.and_header("x-open-banking-standard", "native").send();
    twice.refused(406, "not_acceptable", "request.standard");
}
