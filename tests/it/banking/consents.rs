//! Account-access consents: created, read, deleted, and changed by time (API contract, section 5).

use http::Method;
use serde_json::{Value, json};

use crate::support::{Call, Response, TestBank, Tpp, Way};

fn read<'a>(tpp: &Tpp<'a>, consent: &str) -> Call<'a> {
    let token = tpp.client_credentials("consents");
    tpp.call(Method::GET, &format!("/consents/{consent}"))
        .bearer(&token)
}

fn delete(tpp: &Tpp<'_>, consent: &str) -> Response {
    let token = tpp.client_credentials("consents");
    tpp.call(Method::DELETE, &format!("/consents/{consent}"))
        .bearer(&token)
        .send()
}

#[test]
fn a_new_consent_tells_all_there_is_to_know_of_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = json!({
        "permissions": ["ReadTransactions", "ReadAccounts", "ReadTransactions", "ReadAccountsBasic"],
        "expiration_date": "2025-09-01T12:00:00.750+02:00",
        "transaction_from_date": "2024-12-24",
        "transaction_to_date": "2025-06-01T00:00:00Z",
        "consent_type": "account-access",
    });
    let response = acorn.post_consent(&body).send();
    let location = response.header("location").unwrap().to_owned();
    let consent = response.created();
    let id = consent["consent_id"].as_str().unwrap();
    assert_eq!(location, format!("/consents/{id}"));
    assert!(id.starts_with("consent_ais_") && id.len() <= 128, "{id}");
    assert_eq!(read(&acorn, id).send().ok(), consent);
    insta::assert_json_snapshot!("consent", consent);
}

#[test]
fn a_consent_without_dates_holds_for_ninety_days() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn
        .post_consent(&json!({ "permissions": ["ReadAccountsBasic"] }))
        .send()
        .created();
    assert_eq!(consent["expiration_date"], "2025-09-14T10:30:00Z");
    for absent in [
        "transaction_from_date",
        "transaction_to_date",
        "account_ids",
        "status_reason",
    ] {
        assert!(consent.get(absent).is_none(), "{absent}");
    }
    let longest =
        json!({ "permissions": ["ReadAccounts"], "expiration_date": "2025-09-14T10:30:00Z" });
    acorn.post_consent(&longest).send().created();
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn every_fault_of_a_body_is_told_with_its_place() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let good = || json!(["ReadAccounts"]);
    let cases: [(&str, Value, &str, &str); 33] = [
        ("nothing", json!({}), "missing_field", "/permissions"),
        (
            "no permissions",
            json!({ "consent_type": "account-access" }),
            "missing_field",
            "/permissions",
        ),
        (
            "permissions null",
            json!({ "permissions": null }),
            "invalid_field",
            "/permissions",
        ),
        (
            "permissions as a text",
            json!({ "permissions": "ReadAccounts" }),
            "invalid_field",
            "/permissions",
        ),
        (
            "permissions as an object",
            json!({ "permissions": {} }),
            "invalid_field",
            "/permissions",
        ),
        (
            "no permission in the list",
            json!({ "permissions": [] }),
            "invalid_field",
            "/permissions",
        ),
        (
            "an unknown permission",
            json!({ "permissions": ["ReadAccounts", "ReadPAN"] }),
            "invalid_field",
            "/permissions/1",
        ),
        (
            "a permission of another dialect",
            json!({ "permissions": ["ReadAccountsDetail"] }),
            "invalid_field",
            "/permissions/0",
        ),
        (
            "a permission in small letters",
            json!({ "permissions": ["readaccounts"] }),
            "invalid_field",
            "/permissions/0",
        ),
        (
            "a permission that is a number",
            json!({ "permissions": [7, "ReadAccounts"] }),
            "invalid_field",
            "/permissions/0",
        ),
        (
            "a permission that is null",
            json!({ "permissions": ["ReadAccounts", null] }),
            "invalid_field",
            "/permissions/1",
        ),
        (
            "nothing to list accounts with",
            json!({ "permissions": ["ReadBalances"] }),
            "missing_field",
            "/permissions",
        ),
        (
            "an end in the past",
            json!({ "permissions": good(), "expiration_date": "2025-06-16T10:29:59Z" }),
            "invalid_date",
            "/expiration_date",
        ),
        (
            "an end right now",
            json!({ "permissions": good(), "expiration_date": "2025-06-16T10:30:00Z" }),
            "invalid_date",
            "/expiration_date",
        ),
        (
            "an end right now by another clock",
            json!({ "permissions": good(), "expiration_date": "2025-06-16T11:30:00+01:00" }),
            "invalid_date",
            "/expiration_date",
        ),
        (
            "an end too far off",
            json!({ "permissions": good(), "expiration_date": "2025-09-14T10:30:01Z" }),
            "expiration_too_long",
            "/expiration_date",
        ),
        (
            "an end that is no date",
            json!({ "permissions": good(), "expiration_date": "tomorrow" }),
            "invalid_date",
            "/expiration_date",
        ),
        (
            "an end on a day that is not",
            json!({ "permissions": good(), "expiration_date": "2025-06-31" }),
            "invalid_date",
            "/expiration_date",
        ),
        (
            "an end without an offset",
            json!({ "permissions": good(), "expiration_date": "2025-07-01T00:00:00" }),
            "invalid_date",
            "/expiration_date",
        ),
        (
            "an end that is a number",
            json!({ "permissions": good(), "expiration_date": 1_750_000_000 }),
            "invalid_field",
            "/expiration_date",
        ),
        (
            "an end that is null",
            json!({ "permissions": good(), "expiration_date": null }),
            "invalid_field",
            "/expiration_date",
        ),
        (
            "an end that is empty",
            json!({ "permissions": good(), "expiration_date": "" }),
            "invalid_field",
            "/expiration_date",
        ),
        (
            "a beginning that is no date",
            json!({ "permissions": good(), "transaction_from_date": "then" }),
            "invalid_date",
            "/transaction_from_date",
        ),
        (
            "a beginning that is a list",
            json!({ "permissions": good(), "transaction_from_date": [] }),
            "invalid_field",
            "/transaction_from_date",
        ),
        (
            "an end of data that is no date",
            json!({ "permissions": good(), "transaction_to_date": "2025-13-01" }),
            "invalid_date",
            "/transaction_to_date",
        ),
        (
            "an end of data that is false",
            json!({ "permissions": good(), "transaction_to_date": false }),
            "invalid_field",
            "/transaction_to_date",
        ),
        (
            "data that end before they begin",
            json!({ "permissions": good(), "transaction_from_date": "2025-02-01", "transaction_to_date": "2025-01-31" }),
            "invalid_date",
            "/transaction_to_date",
        ),
        (
            "another type",
            json!({ "permissions": good(), "consent_type": "payment" }),
            "invalid_field",
            "/consent_type",
        ),
        (
            "a type with a control character",
            json!({ "permissions": good(), "consent_type": "account-access\n" }),
            "invalid_field",
            "/consent_type",
        ),
        (
            "a type that is a number",
            json!({ "permissions": good(), "consent_type": 1 }),
            "invalid_field",
            "/consent_type",
        ),
        (
            "a member nobody knows",
            json!({ "permissions": good(), "Permissions": good() }),
            "unexpected_field",
            "/Permissions",
        ),
        (
            "a member that must be escaped",
            json!({ "permissions": good(), "a/b~c": 1 }),
            "unexpected_field",
            "/a~1b~0c",
        ),
        (
            "a wrapper of another dialect",
            json!({ "Data": { "Permissions": good() }, "Risk": {} }),
            "unexpected_field",
            "/Data",
        ),
    ];
    for (name, body, code, pointer) in cases {
        println!("{name}");
        let refused = acorn.post_consent(&body).send();
        let body = refused.refused(400, code, "request.body");
        assert_eq!(body["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[test]
fn all_faults_of_a_body_are_told_at_once_in_document_order() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = json!({
        "zzz": 1,
        "expiration_date": "2020-01-01",
        "permissions": ["X", "ReadAccounts", "Y"],
        "transaction_from_date": 5,
        "consent_type": "",
    });
    let refused = acorn.post_consent(&body).send();
    let body = refused.refused(400, "unexpected_field", "request.body");
    let told: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "/zzz",
            "/expiration_date",
            "/permissions/0",
            "/permissions/2",
            "/transaction_from_date",
            "/consent_type"
        ]
    );
}

#[test]
fn a_body_must_be_one_json_object_in_utf_8() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let call = || acorn.post_consent(&json!({}));
    let cases: [(&str, &[u8]); 9] = [
        ("nothing", b""),
        ("a list", b"[]"),
        ("a text", b"\"ReadAccounts\""),
        ("null", b"null"),
        ("half an object", b"{\"permissions\":"),
        ("two objects", b"{\"permissions\":[\"ReadAccounts\"]}{}"),
        (
            "a member twice",
            b"{\"permissions\":[\"ReadAccounts\"],\"permissions\":[\"ReadBalances\"]}",
        ),
        ("not UTF-8", b"{\"permissions\":[\"\xff\"]}"),
        ("a form", b"permissions=ReadAccounts"),
    ];
    for (name, body) in cases {
        println!("{name}");
        call()
            .body(body)
            .send()
            .refused(400, "invalid_format", "request.body");
    }
    let deep = "[".repeat(200_000);
    call()
        .body(deep)
        .send()
        .refused(400, "invalid_format", "request.body");
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn who_may_create_a_consent_is_asked_before_what_it_says() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let bad = json!({ "permissions": 1 });
    let payments = acorn.client_credentials("payments");
    let call = || acorn.post_consent(&bad);
    let cases: [(&str, Call<'_>, u16, &str, &str); 9] = [
        (
            "no token",
            call().without_header("authorization"),
            401,
            "invalid_token",
            "access_token.present",
        ),
        (
            "no certificate",
            call().without_certificate(),
            401,
            "invalid_token",
            "certificate.present",
        ),
        (
            "another client's certificate",
            call().certificate(bank.tpp("burrow-pay").kit().transport_cert_pem()),
            401,
            "invalid_token",
            "access_token.certificate",
        ),
        (
            "only XML taken",
            call().accept("application/xml"),
            406,
            "not_acceptable",
            "request.accept",
        ),
        (
            "XML sent",
            call().header("content-type", "application/xml"),
            415,
            "unsupported_media_type",
            "request.content_type",
        ),
        (
            "no content type",
            call().without_header("content-type"),
            415,
            "unsupported_media_type",
            "request.content_type",
        ),
        (
            "JSON in Latin-1",
            call().header("content-type", "application/json; charset=iso-8859-1"),
            415,
            "unsupported_media_type",
            "request.content_type",
        ),
        (
            "a scope for payments",
            call().bearer(&payments),
            403,
            "insufficient_scope",
            "access_token.scope",
        ),
        (
            "a customer's token",
            call().bearer(&grant.access_token),
            403,
            "insufficient_scope",
            "consent.without_customer",
        ),
    ];
    for (name, call, status, code, rule) in cases {
        println!("{name}");
        call.send().refused(status, code, rule);
    }
    // Either scope will do (API contract, section 2, line 10).
    let accounts = acorn.client_credentials("accounts");
    let good = acorn.post_consent(&json!({ "permissions": ["ReadAccounts"] }));
    good.bearer(&accounts)
        .header("content-type", "application/json; charset=UTF-8")
        .send()
        .created();
}

#[test]
fn a_consent_is_its_client_s_own_business() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let other = acorn.create_consent(&["ReadAccounts"]);
    let clover = bank.tpp("clover-check");
    for (name, call) in [
        ("another client", read(&clover, &other)),
        ("an id nobody has", read(&acorn, "consent_ais_none")),
        ("markup as an id", read(&acorn, "%3Cscript%3E")),
        (
            "a token bound to another consent",
            read(&acorn, &other).bearer(&grant.access_token),
        ),
    ] {
        println!("{name}");
        call.send().refused(404, "consent_not_found", "consent.own");
    }
    delete(&clover, &other).refused(404, "consent_not_found", "consent.own");
    assert_eq!(
        read(&acorn, &other).send().ok()["status"],
        "awaiting_authorization"
    );
    let own = read(&acorn, &grant.consent)
        .bearer(&grant.access_token)
        .send()
        .ok();
    assert!(
        own.get("account_ids").is_none(),
        "a customer's token is told by the list of accounts"
    );
    let alias = acorn.call(
        Method::GET,
        &format!("/consents/account-access/{}", grant.consent),
    );
    let token = acorn.client_credentials("accounts");
    let shown = alias.bearer(&token).send().ok();
    assert_eq!(shown["account_ids"].as_array().unwrap().len(), 8);
    let payments = acorn.client_credentials("payments");
    let refused = read(&acorn, &other).bearer(&payments).send();
    refused.refused(403, "insufficient_scope", "access_token.scope");
    let refused = read(&acorn, &other).accept("text/html").send();
    refused.refused(406, "not_acceptable", "request.accept");
}

#[test]
fn a_deleted_consent_is_gone_for_good_and_its_tokens_with_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    bank.operator().advance_clock("1m");
    delete(&acorn, &grant.consent).empty(204);
    let shown = read(&acorn, &grant.consent).send().ok();
    assert_eq!(
        (&shown["status"], &shown["revoked_by"]),
        (&"revoked".into(), &"tpp".into())
    );
    assert_eq!(shown["status_updated_at"], "2025-06-16T10:31:00Z");
    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.grant");
    let refused = acorn.refresh(&grant.refresh_token).send();
    refused.refused(400, "invalid_grant", "refresh_token.grant");
    bank.operator().advance_clock("1m");
    delete(&acorn, &grant.consent).empty(204);
    assert_eq!(read(&acorn, &grant.consent).send().ok(), shown);
}

#[test]
fn deleting_needs_the_scope_for_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let path = format!("/consents/{}", grant.consent);
    for token in [
        acorn.client_credentials("accounts"),
        grant.access_token.clone(),
    ] {
        let refused = acorn.call(Method::DELETE, &path).bearer(&token).send();
        refused.refused(403, "insufficient_scope", "access_token.scope");
    }
    let alias = acorn.call(
        Method::DELETE,
        &format!("/consents/account-access/{}", grant.consent),
    );
    alias
        .bearer(&acorn.client_credentials("consents"))
        .send()
        .empty(204);
}

#[test]
fn a_consent_nobody_authorizes_in_a_day_is_rejected() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let plain = acorn.create_consent(&["ReadAccounts"]);
    let hurried =
        json!({ "permissions": ["ReadAccounts"], "expiration_date": "2025-06-16T11:00:00Z" });
    let hurried = acorn.post_consent(&hurried).send().created();
    let hurried = hurried["consent_id"].as_str().unwrap();
    bank.operator().advance_clock("23h");
    assert_eq!(
        read(&acorn, &plain).send().ok()["status"],
        "awaiting_authorization"
    );
    bank.operator().advance_clock("1h");
    for (consent, at) in [
        (plain.as_str(), "2025-06-17T10:30:00Z"),
        (hurried, "2025-06-16T11:00:00Z"),
    ] {
        let shown = read(&acorn, consent).send().ok();
        assert_eq!(shown["status"], "rejected");
        assert_eq!(shown["status_updated_at"], at);
        assert_eq!(shown["status_reason"][0]["code"], "not_authorized_in_time");
        delete(&acorn, consent).empty(204);
        assert_eq!(read(&acorn, consent).send().ok()["status"], "rejected");
    }
}

#[test]
fn an_authorized_consent_ends_on_its_day_and_takes_everything_along() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body =
        json!({ "permissions": ["ReadAccounts"], "expiration_date": "2025-06-16T10:33:00Z" });
    let created = acorn.post_consent(&body).send().created();
    let consent = created["consent_id"].as_str().unwrap();
    let request = acorn.request(Way::PUSHED_HYBRID, consent);
    let grant = acorn.grant_for(Way::PUSHED_HYBRID, &request, consent);
    bank.operator().advance_clock("179s");
    grant.get("/accounts").send().ok();
    let moved = bank.operator().advance_clock("1s");
    let fired = json!([{ "at": "2025-06-16T10:33:00Z", "kind": "consent_expired", "id": consent }]);
    assert_eq!((&moved["fired"], &moved["count"]), (&fired, &json!(1)));
    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.expiry");
    assert_eq!(read(&acorn, consent).send().ok()["status"], "expired");
    let request = acorn.request(Way::PUSHED_HYBRID, consent);
    acorn
        .push(&request)
        .send()
        .refused(400, "invalid_request", "authorize.consent.state");
    delete(&acorn, consent).empty(204);
    assert_eq!(read(&acorn, consent).send().ok()["status"], "expired");
}

/// Goal: a parameter nobody knows is named, and nothing has happened.
#[test]
fn no_call_about_consents_takes_a_parameter() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let token = acorn.client_credentials("consents");
    let pays = crate::banking::payments::authorized(&acorn, &crate::banking::payments::domestic());
    let access = acorn.create_consent(&["ReadAccounts"]);
    let named = |path: &str| acorn.call(Method::GET, path).bearer(&token);
    let posted = |path: &str| named(path).method(Method::POST);
    let asked = |path: &str| named(path).bearer(&pays.access_token);
    let of_access = json!({ "consent_type": "account-access", "permissions": ["ReadAccounts"] });
    let of_funds = json!({
        "debtor_account": { "scheme": "SortCodeAccountNumber", "id": "608371-12345678" },
    });
    let of_payment = crate::banking::payments::domestic();
    let by_id = format!("/consents/{access}");
    let by_type = format!("/consents/account-access/{access}");
    let check = format!("/consents/{}/funds-confirmation", pays.consent);
    let typed_check = format!("/consents/payment/{}/funds-confirmation", pays.consent);
    let before = bank.operator().get("/consents");
    for (what, call) in [
        ("asking by name", posted("/consents").json(&of_access)),
        ("asking for no type", posted("/consents").json(&json!({}))),
        (
            "asking for accounts",
            posted("/consents/account-access").json(&of_access),
        ),
        (
            "asking for a payment",
            posted("/consents/payment").json(&of_payment),
        ),
        (
            "asking for funds",
            posted("/consents/funds-confirmation").json(&of_funds),
        ),
        ("reading", named(&by_id)),
        ("reading by type", named(&by_type)),
        ("deleting", named(&by_id).method(Method::DELETE)),
        ("deleting by type", named(&by_type).method(Method::DELETE)),
        ("checking funds", asked(&check)),
        ("checking funds by type", asked(&typed_check)),
    ] {
        let refused = call.query("nonsense=1").send();
        let told = refused.refused(400, "invalid_request", "request.query");
        assert_eq!(told["errors"][0]["parameter"], "nonsense", "{what}");
        assert_eq!(told["errors"].as_array().unwrap().len(), 1, "{what}");
        assert_eq!(bank.operator().get("/consents"), before, "{what}");
    }
    assert_eq!(
        acorn.read_consent(&access).send().ok()["status"],
        "awaiting_authorization"
    );
}

#[test]
fn paths_beside_the_consents_are_not_there() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let token = acorn.client_credentials("consents");
    for path in [
        "/consents/enduring-payment/x",
        "/consents/%ff",
        "/consents/account-access/x/y",
        "/consents/",
    ] {
        let refused = acorn.call(Method::GET, path).bearer(&token).send();
        refused.refused(404, "not_found", "request.path");
    }
    let put = acorn
        .call(Method::PUT, "/consents/consent_ais_x")
        .bearer(&token)
        .send();
    assert_eq!(put.header("allow"), Some("DELETE, GET, HEAD"));
    put.refused(405, "method_not_allowed", "request.method");
}
