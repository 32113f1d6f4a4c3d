//! POST `/tokens` makes tokens that work and end as those of a journey do; GET `/tokens` tells of them all.

use http::Method;
use serde_json::{Value, json};

use super::{made, reading, refused, steer, with};
use crate::registration::tpp;
use crate::support::{Grant, TestBank};

/// A consent of hazel's for Acorn Budget, made by hand.
fn consent(bank: &TestBank) -> String {
    let told = made(bank, "/consents", &reading());
    told["consent_id"].as_str().unwrap().to_owned()
}

/// A token under that consent; `changes` say what is unusual of it.
fn token(bank: &TestBank, consent: &str, changes: &Value) -> Value {
    let body = json!({ "client_id": "acorn-budget", "consent_id": consent });
    made(bank, "/tokens", &with(&body, changes))
}

/// What Acorn Budget does with a token of an answer.
fn grant<'a>(bank: &'a TestBank, consent: &str, token: &Value) -> Grant<'a> {
    let text = |name: &str| token[name].as_str().unwrap_or_default().to_owned();
    Grant {
        tpp: bank.tpp("acorn-budget"),
        consent: consent.to_owned(),
        access_token: text("access_token"),
        refresh_token: text("refresh_token"),
    }
}

fn end(bank: &TestBank, token: &Value, how: &str) -> Value {
    let id = token["token_id"].as_str().unwrap();
    let (status, told) = steer(
        bank,
        (Method::POST, &format!("/tokens/{id}/{how}")),
        &json!({}),
    );
    assert_eq!(status, 200, "{told:#}");
    told
}

#[test]
fn an_access_token_opens_what_the_consent_allows_and_no_more() {
    let bank = TestBank::open();
    let consent = consent(&bank);
    let told = token(&bank, &consent, &json!({}));
    assert_eq!(told["token_type"], "Bearer");
    assert_eq!(told["expires_in"], 300);
    assert_eq!(told["scope"], "openid accounts transactions");
    assert_eq!(told["consent_id"], consent.as_str());
    let grant = grant(&bank, &consent, &told);
    let accounts = grant.get("/accounts").send().ok();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 8);
    grant
        .get("/accounts/acc_1234567890/transactions")
        .send()
        .refused(403, "insufficient_permissions", "consent.permission");
    bank.operator().advance_clock("5m");
    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.expiry");
}

#[test]
fn a_token_is_bound_to_the_client_s_certificate_or_to_the_one_that_is_named() {
    let bank = TestBank::open();
    let consent = consent(&bank);
    let burrow = bank.tpp("burrow-pay");
    let own = grant(&bank, &consent, &token(&bank, &consent, &json!({})));
    own.get("/accounts")
        .certificate(burrow.kit().transport_cert_pem())
        .send()
        .refused(401, "invalid_token", "access_token.certificate");
    let named = json!({ "certificate_sha256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
    let other = grant(&bank, &consent, &token(&bank, &consent, &named));
    other
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.certificate");
}

/// Goal: a TPP that registered itself came with a certificate, and its tokens are bound to that one.
#[test]
fn a_registered_tpp_s_token_is_bound_to_the_certificate_it_registered_with() {
    let (bank, kit) = tpp::bank_and_kit(&json!({}));
    let client_id = tpp::register(&bank, &kit).text("client_id");
    let post = |path: &str, body: &Value| {
        let (status, told) = tpp::control(&bank, "POST", path, &body.to_string());
        assert_eq!(status, 201, "{told:#}");
        told
    };
    let body = with(&reading(), &json!({ "client_id": client_id }));
    let consent = post("/consents", &body)["consent_id"].clone();
    let body = json!({ "client_id": client_id, "consent_id": consent });
    let token = post("/tokens", &body)["access_token"].clone();
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-consent-id", consent.as_str().unwrap()),
    ];
    let read = |cert| tpp::send(&bank, ("GET", tpp::ACCOUNTS), &headers, "", cert);
    assert_eq!(read(tpp::cert(&kit)).status, 200);
    let other = tpp::onboard(&bank, &json!({ "name": "Elm" }));
    let answer = read(tpp::cert(&other));
    assert_eq!(
        (answer.status, answer.verdict.as_str()),
        (401, "access_token.certificate")
    );
}

#[test]
fn a_refresh_token_brings_access_tokens_and_takes_them_with_it() {
    let bank = TestBank::open();
    let consent = consent(&bank);
    let told = token(&bank, &consent, &json!({ "kind": "refresh" }));
    assert_eq!(told["access_token"], Value::Null);
    assert_eq!(told["expires_in"], 90 * 86_400);
    let renewed = grant(&bank, &consent, &told).renewed();
    renewed.get("/accounts").send().ok();
    assert_eq!(
        end(&bank, &told, "revoke")["revoked"],
        "revoked by the bank"
    );
    renewed
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.grant");
    let acorn = bank.tpp("acorn-budget");
    acorn.refresh(&renewed.refresh_token).send().refused(
        400,
        "invalid_grant",
        "refresh_token.grant",
    );
}

#[test]
fn one_token_can_be_made_old_without_the_clock() {
    let bank = TestBank::open();
    let consent = consent(&bank);
    let refresh = token(&bank, &consent, &json!({ "kind": "refresh" }));
    let renewed = grant(&bank, &consent, &refresh).renewed();
    assert_eq!(end(&bank, &refresh, "expire")["status"], "expired");
    // What was made of it lives on, as after ninety days.
    renewed.get("/accounts").send().ok();
    let acorn = bank.tpp("acorn-budget");
    acorn.refresh(&renewed.refresh_token).send().refused(
        400,
        "invalid_grant",
        "refresh_token.expiry",
    );
    let access = token(&bank, &consent, &json!({}));
    assert_eq!(end(&bank, &access, "expire")["status"], "expired");
    grant(&bank, &consent, &access)
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.expiry");
    let told = acorn.introspect(access["access_token"].as_str().unwrap());
    assert_eq!(told, json!({ "active": false }));
    assert_eq!(bank.operator().get("/clock")["now"], "2025-06-16T10:30:00Z");
}

#[test]
fn a_token_ends_with_its_consent() {
    let bank = TestBank::open();
    let consent = consent(&bank);
    let grant = grant(&bank, &consent, &token(&bank, &consent, &json!({})));
    grant.get("/accounts").send().ok();
    bank.tpp("acorn-budget").delete_consent(&consent).empty(204);
    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.grant");
}

#[test]
fn without_a_consent_it_is_what_client_credentials_would_give() {
    let bank = TestBank::open();
    let body = json!({ "client_id": "acorn-budget", "scope": "consents" });
    let told = made(&bank, "/tokens", &body);
    assert_eq!(
        (&told["scope"], &told["consent_id"]),
        (&json!("consents"), &Value::Null)
    );
    let own = told["access_token"].as_str().unwrap();
    let acorn = bank.tpp("acorn-budget");
    acorn
        .call(Method::POST, "/consents/account-access")
        .bearer(own)
        .json(&json!({ "permissions": ["ReadAccounts"] }))
        .send()
        .created();
    acorn
        .call(Method::GET, "/open-banking/v1/accounts")
        .bearer(own)
        .send()
        .refused(401, "invalid_token", "access_token.customer");
    assert_eq!(end(&bank, &told, "revoke")["status"], "revoked");
    acorn
        .call(Method::POST, "/consents/account-access")
        .bearer(own)
        .json(&json!({ "permissions": ["ReadAccounts"] }))
        .send()
        .refused(401, "invalid_token", "access_token.grant");
}

#[test]
fn what_no_journey_could_lead_to_is_refused_and_nothing_is_kept() {
    let bank = TestBank::open();
    let consent = consent(&bank);
    let right = json!({ "client_id": "acorn-budget", "consent_id": consent });
    for (changes, code, pointer, nearest) in REFUSED {
        let changes = serde_json::from_str(changes).unwrap();
        let place = (Some(*pointer), *nearest);
        refused(
            (&bank, "/tokens"),
            &with(&right, &changes),
            (422, code),
            place,
        );
    }
    refused(
        (&bank, "/tokens"),
        &json!([]),
        (400, "invalid_json"),
        (None, None),
    );
    let awaiting = bank.tpp("clover-check").create_consent(&["ReadAccounts"]);
    let body = json!({ "client_id": "clover-check", "consent_id": awaiting });
    let awaits = (409, "consent_not_authorized");
    refused((&bank, "/tokens"), &body, awaits, (None, None));
    // Clover Check made itself one to ask for that consent.
    let kept = bank.operator().get("/tokens?client_id=acorn-budget");
    assert_eq!(kept, json!({ "items": [] }));
    for (target, status) in [
        ("/tokens/x/expire", 404),
        ("/tokens/00000000000000000000000000000000/revoke", 404),
    ] {
        let (answered, told) = steer(&bank, (Method::POST, target), &json!({}));
        assert_eq!((answered, &told["code"]), (status, &json!("not_found")));
    }
}

/// Changes of a right body, where null takes a member out: code, where, and what was near.
type Refused = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const REFUSED: &[Refused] = &[
    (
        r#"{"client_id": null}"#,
        "invalid_value",
        "/client_id",
        None,
    ),
    (
        r#"{"client_id": "acorn"}"#,
        "unknown_name",
        "/client_id",
        Some("acorn-budget"),
    ),
    // It is another client's.
    (
        r#"{"client_id": "burrow-pay"}"#,
        "invalid_value",
        "/consent_id",
        None,
    ),
    (
        r#"{"consent_id": "consent_ais_x"}"#,
        "invalid_value",
        "/consent_id",
        None,
    ),
    (r#"{"consent_id": 7}"#, "invalid_value", "/consent_id", None),
    (
        r#"{"customer_id": "hazle"}"#,
        "unknown_name",
        "/customer_id",
        Some("hazel"),
    ),
    (
        r#"{"customer_id": "rowan"}"#,
        "invalid_value",
        "/customer_id",
        None,
    ),
    (
        r#"{"kind": "refersh"}"#,
        "unknown_name",
        "/kind",
        Some("refresh"),
    ),
    (
        r#"{"scope": "openid acounts"}"#,
        "unknown_name",
        "/scope",
        Some("accounts"),
    ),
    (r#"{"scope": "openid"}"#, "invalid_value", "/scope", None),
    (r#"{"scope": "payments"}"#, "invalid_value", "/scope", None),
    (
        r#"{"scope": "accounts consents"}"#,
        "invalid_value",
        "/scope",
        None,
    ),
    (
        r#"{"certificate_sha256": "abc"}"#,
        "invalid_value",
        "/certificate_sha256",
        None,
    ),
    (
        r#"{"certificate": "abc"}"#,
        "unknown_name",
        "/certificate",
        Some("certificate_sha256"),
    ),
    (
        r#"{"consent_id": null, "customer_id": "hazel"}"#,
        "invalid_value",
        "/customer_id",
        None,
    ),
    (
        r#"{"consent_id": null, "kind": "refresh"}"#,
        "invalid_value",
        "/kind",
        None,
    ),
    (
        r#"{"consent_id": null, "scope": "openid"}"#,
        "invalid_value",
        "/scope",
        None,
    ),
];

#[test]
fn a_client_that_keeps_its_fill_gets_no_more() {
    let bank = TestBank::keeping(2);
    let consent = consent(&bank);
    for _ in 0..2 {
        token(&bank, &consent, &json!({}));
    }
    let body = json!({ "client_id": "acorn-budget", "consent_id": consent });
    let full = (409, "too_many_tokens");
    refused((&bank, "/tokens"), &body, full, (None, None));
}

/// Goal: the list never says a token, only what the journal calls it.
#[test]
fn the_list_tells_of_every_token_by_its_fingerprint_a_page_at_a_time() {
    let bank = TestBank::open();
    let consent = consent(&bank);
    let mut secrets = Vec::new();
    for kind in ["access", "refresh", "access"] {
        bank.operator().advance_clock("1s");
        let told = token(&bank, &consent, &json!({ "kind": kind }));
        let secret = told[format!("{kind}_token")].as_str().unwrap().to_owned();
        secrets.push((told["token_id"].clone(), secret));
    }
    let all = bank.operator().get("/tokens");
    let items = all["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for (item, (id, secret)) in items.iter().zip(&secrets) {
        assert_eq!((&item["token_id"], &item["status"]), (id, &json!("active")));
        assert!(!all.to_string().contains(secret.as_str()));
        assert_eq!(item["customer_id"], "cus_0000000001");
    }
    let used = grant(&bank, &consent, &json!({ "access_token": secrets[2].1 }));
    let answer = used.get("/accounts").send();
    let fingerprint = items[2]["fingerprint"].as_str().unwrap();
    assert!(answer.entry().to_string().contains(fingerprint));
    let first = bank.operator().get("/tokens?limit=2");
    assert_eq!(first["items"].as_array().unwrap()[..], items[..2]);
    let next = bank.operator().get(first["next"].as_str().unwrap());
    assert_eq!(next, json!({ "items": [items[2]] }));
    for (query, pointer) in [
        ("after=x", "after"),
        ("kind=access", "kind"),
        ("limit=0", "limit"),
    ] {
        let target = format!("/tokens?{query}");
        let (status, told) = steer(&bank, (Method::GET, &target), &json!({}));
        assert_eq!(
            (status, told["pointer"].as_str()),
            (422, Some(pointer)),
            "{query}"
        );
    }
}
