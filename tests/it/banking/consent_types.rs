//! What the types of consents have in common and what sets them apart (API contract, sections 2 and 5).

use http::Method;
use serde_json::{Value, json};

use crate::support::{Call, TestBank, Tpp, Way};

fn funds_body() -> Value {
    json!({ "debtor_account": { "scheme": "SortCodeAccountNumber", "id": "608371-12345678" } })
}

fn post_by_name<'a>(tpp: &Tpp<'a>, body: &Value) -> Call<'a> {
    let token = tpp.client_credentials("consents");
    tpp.call(Method::POST, "/consents")
        .bearer(&token)
        .json(body)
}

fn id_of(consent: &Value) -> String {
    consent["consent_id"]
        .as_str()
        .expect("consent_id")
        .to_owned()
}

#[test]
fn the_type_may_be_named_in_the_body_instead_of_the_path() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let mut funds = funds_body();
    funds["consent_type"] = json!("funds-confirmation");
    let access = json!({ "consent_type": "account-access", "permissions": ["ReadAccounts"] });
    for (body, consent_type) in [(access, "account-access"), (funds, "funds-confirmation")] {
        let created = post_by_name(&acorn, &body).send().created();
        assert_eq!(created["consent_type"], consent_type);
        let id = id_of(&created);
        assert_eq!(acorn.read_consent(&id).send().ok(), created);
        let alias = acorn.read_consent(&format!("{consent_type}/{id}"));
        assert_eq!(alias.send().ok(), created);
    }
}

#[test]
fn a_type_there_is_not_is_refused_by_its_name() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (body, code) in [
        (
            json!({ "consent_type": "enduring-payment" }),
            "unsupported_consent_type",
        ),
        (
            json!({ "consent_type": "Account-Access" }),
            "unsupported_consent_type",
        ),
        (json!({ "consent_type": "" }), "invalid_field"),
        (json!({ "consent_type": null }), "invalid_field"),
        (json!({ "consent_type": ["payment"] }), "invalid_field"),
        (json!({ "consent_type": "payment\u{7}" }), "invalid_field"),
        (json!({ "permissions": ["ReadAccounts"] }), "missing_field"),
        (json!({}), "missing_field"),
    ] {
        let refused = post_by_name(&acorn, &body).send();
        let told = refused.refused(400, code, "request.body");
        assert_eq!(told["errors"][0]["pointer"], "/consent_type", "{body}");
        assert_eq!(told["errors"].as_array().unwrap().len(), 1, "{body}");
    }
    let refused = post_by_name(&acorn, &json!({})).body("[]").send();
    refused.refused(400, "invalid_format", "request.body");
    let refused = post_by_name(&acorn, &json!({})).header("content-type", "text/plain");
    refused
        .send()
        .refused(415, "unsupported_media_type", "request.content_type");
    let openid = acorn.grant(&["ReadAccounts"]).access_token;
    let refused = post_by_name(&acorn, &json!({})).bearer(&openid).send();
    refused.refused(403, "insufficient_scope", "consent.without_customer");
}

#[test]
fn each_type_takes_the_scope_of_its_own_and_consents() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let access = json!({ "permissions": ["ReadAccounts"] });
    for (consent_type, body, own, others) in [
        (
            "account-access",
            access,
            "accounts",
            ["payments", "fundsconfirmations"],
        ),
        (
            "funds-confirmation",
            funds_body(),
            "fundsconfirmations",
            ["payments", "accounts"],
        ),
    ] {
        let call = || acorn.post_consent_of(consent_type, &body);
        call()
            .bearer(&acorn.client_credentials(own))
            .send()
            .created();
        let id = id_of(&call().send().created());
        let read = || acorn.read_consent(&id);
        read().bearer(&acorn.client_credentials(own)).send().ok();
        for other in others {
            let other = acorn.client_credentials(other);
            let refused = call().bearer(&other).send();
            refused.refused(403, "insufficient_scope", "access_token.scope");
            let refused = read().bearer(&other).send();
            refused.refused(403, "insufficient_scope", "access_token.scope");
        }
    }
}

#[test]
fn a_consent_is_not_found_below_another_type_s_path() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let access = acorn.create_consent(&["ReadAccounts"]);
    let funds = id_of(
        &acorn
            .post_consent_of("funds-confirmation", &funds_body())
            .send()
            .created(),
    );
    for (of_type, id) in [
        ("payment", &access),
        ("funds-confirmation", &access),
        ("payment", &funds),
        ("account-access", &funds),
    ] {
        for method in [Method::GET, Method::DELETE] {
            let call = acorn
                .read_consent(&format!("{of_type}/{id}"))
                .method(method);
            call.send().refused(404, "consent_not_found", "consent.own");
        }
    }
    for of_type in ["account-access", "funds-confirmation"] {
        let id = if of_type == "account-access" {
            &access
        } else {
            &funds
        };
        acorn.delete_consent(&format!("{of_type}/{id}")).empty(204);
        assert_eq!(acorn.read_consent(id).send().ok()["status"], "revoked");
    }
}

#[test]
fn a_request_s_scope_must_suit_what_its_consent_is_for() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let access = acorn.create_consent(&["ReadAccounts"]);
    let funds = id_of(
        &acorn
            .post_consent_of("funds-confirmation", &funds_body())
            .send()
            .created(),
    );
    for (consent, scope) in [
        (&access, "openid payments"),
        (&access, "openid fundsconfirmations"),
        (&funds, "openid accounts"),
        (&funds, "openid transactions payments"),
    ] {
        let request = acorn
            .request(Way::PUSHED_JARM, consent)
            .claim("scope", scope);
        let refused = acorn.push(&request).send();
        refused.refused(400, "invalid_scope", "authorize.consent.scope");
    }
}

#[test]
fn a_token_that_is_older_than_a_reauthentication_opens_nothing() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let access = acorn.create_consent(&["ReadAccounts"]);
    let funds = id_of(
        &acorn
            .post_consent_of("funds-confirmation", &funds_body())
            .send()
            .created(),
    );
    for (scope, consent, path) in [
        ("openid accounts", &access, "/accounts"),
        ("openid fundsconfirmations", &funds, "/funds-confirmations"),
    ] {
        let old = acorn.grant_of(scope, consent);
        let before = acorn.read_consent(consent).send().ok();
        bank.operator().advance_clock("1m");
        let new = acorn.grant_of(scope, consent);
        let after = acorn.read_consent(consent).send().ok();
        assert_eq!(before["expiration_date"], after["expiration_date"]);
        assert_eq!(after["status"], "authorized");
        let body = json!({
            "reference": "A",
            "instructed_amount": { "amount": "1.00", "currency": "GBP" },
        });
        let call = |grant: &crate::support::Grant<'_>| match path {
            "/accounts" => grant.get(path).send(),
            _ => grant.post(path, &body).send(),
        };
        call(&old).refused(401, "invalid_token", "access_token.grant");
        let refused = acorn.refresh(&old.refresh_token).send();
        refused.refused(400, "invalid_grant", "refresh_token.grant");
        for token in [&old.access_token, &old.refresh_token] {
            assert_eq!(acorn.introspect(token), json!({ "active": false }));
        }
        assert!(call(&new).status() < 300);
    }
}

#[test]
fn a_consent_that_ends_takes_its_tokens_with_it_at_once() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let soon = "2025-06-16T10:32:00Z";
    let access = json!({ "permissions": ["ReadAccounts"], "expiration_date": soon });
    let mut funds = funds_body();
    funds["expiration_date"] = json!(soon);
    let grants: Vec<_> = [
        ("account-access", access, "openid accounts"),
        ("funds-confirmation", funds, "openid fundsconfirmations"),
    ]
    .into_iter()
    .map(|(of_type, body, scope)| {
        let id = id_of(&acorn.post_consent_of(of_type, &body).send().created());
        acorn.grant_of(scope, &id)
    })
    .collect();
    bank.operator().advance_clock("119s");
    for grant in &grants {
        assert_eq!(acorn.introspect(&grant.access_token)["active"], true);
    }
    bank.operator().advance_clock("1s");
    for grant in &grants {
        for token in [&grant.access_token, &grant.refresh_token] {
            assert_eq!(acorn.introspect(token), json!({ "active": false }));
        }
        assert_eq!(
            acorn.read_consent(&grant.consent).send().ok()["status"],
            "expired"
        );
        // The token, bound to the consent, may not even read it any more.
        let refused = acorn
            .read_consent(&grant.consent)
            .bearer(&grant.access_token)
            .send();
        assert_eq!(refused.status(), 401);
        acorn.delete_consent(&grant.consent).empty(204);
        assert_eq!(
            acorn.read_consent(&grant.consent).send().ok()["status"],
            "expired"
        );
    }
}
