//! POST `/consents/{id}/decision` and `/age`: what the customer, the bank or time could do, by hand.

use http::Method;
use serde_json::{Value, json};

use super::{made, reading, refused, steer};
use crate::banking::payments::domestic;
use crate::support::{Grant, TestBank, Way};

#[track_caller]
fn decide(bank: &TestBank, consent: &str, body: &Value) -> Value {
    let target = format!("/consents/{consent}/decision");
    let (status, told) = steer(bank, (Method::POST, &target), body);
    assert_eq!(status, 200, "{told:#}");
    told
}

fn authorized(bank: &TestBank) -> String {
    let told = made(bank, "/consents", &reading());
    told["consent_id"].as_str().unwrap().to_owned()
}

/// What Acorn Budget reads with a token made now.
fn token(bank: &TestBank, consent: &str) -> String {
    let body = json!({ "client_id": "acorn-budget", "consent_id": consent });
    let told = made(bank, "/tokens", &body);
    told["access_token"].as_str().unwrap().to_owned()
}

#[track_caller]
fn refused_to(bank: &TestBank, consent: &str, token: &str, rule: &str) {
    let acorn = bank.tpp("acorn-budget");
    let call = acorn.call(Method::GET, "/open-banking/v1/accounts");
    let answer = call.bearer(token).consent(consent).send();
    answer.refused(401, "invalid_token", rule);
}

#[test]
fn a_consent_that_awaits_is_approved_as_by_automatic_approval_or_as_said() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (body, customer, accounts) in [
        (json!({ "decision": "approve" }), "cus_0000000001", 8),
        (
            json!({ "decision": "approve", "customer_id": "rowan", "account_ids": ["acc_1087654321"] }),
            "cus_0000000002",
            1,
        ),
    ] {
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let told = decide(&bank, &consent, &body);
        assert_eq!(
            (&told["status"], &told["customer_id"]),
            (&json!("authorized"), &json!(customer))
        );
        assert_eq!(told["account_ids"].as_array().unwrap().len(), accounts);
        let seen = acorn.read_consent(&consent).send().ok();
        assert_eq!(seen["account_ids"], told["account_ids"]);
    }
}

#[test]
fn a_consent_that_was_rejected_cannot_be_asked_for_again() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (word, reason) in [
        ("reject", "denied_by_customer"),
        ("expire", "not_authorized_in_time"),
    ] {
        let consent = acorn.create_consent(&["ReadAccounts"]);
        let told = decide(&bank, &consent, &json!({ "decision": word }));
        assert_eq!(told["status"], "rejected");
        let seen = acorn.read_consent(&consent).send().ok();
        assert_eq!(seen["status_reason"][0]["code"], reason);
        let request = acorn.request(Way::PUSHED_JARM, &consent);
        acorn
            .push(&request)
            .send()
            .refused(400, "invalid_request", "authorize.consent.state");
    }
}

#[test]
fn what_ends_takes_its_tokens_with_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (word, status, by) in [
        ("revoke", "revoked", json!("customer")),
        ("expire", "expired", Value::Null),
    ] {
        let consent = authorized(&bank);
        let token = token(&bank, &consent);
        decide(&bank, &consent, &json!({ "decision": word }));
        let seen = acorn.read_consent(&consent).send().ok();
        assert_eq!(
            (&seen["status"], &seen["revoked_by"]),
            (&json!(status), &by)
        );
        refused_to(&bank, &consent, &token, "access_token.grant");
        assert_eq!(acorn.introspect(&token), json!({ "active": false }));
    }
}

#[test]
fn an_approval_anew_voids_what_an_earlier_one_gave() {
    let bank = TestBank::open();
    let consent = authorized(&bank);
    let former = token(&bank, &consent);
    let one = json!({ "decision": "approve", "account_ids": ["acc_1234567890"] });
    assert_eq!(
        decide(&bank, &consent, &one)["account_ids"],
        json!(["acc_1234567890"])
    );
    refused_to(&bank, &consent, &former, "access_token.grant");
    let acorn = bank.tpp("acorn-budget");
    let call = acorn.call(Method::GET, "/open-banking/v1/accounts");
    let now = token(&bank, &consent);
    let accounts = call.bearer(&now).consent(&consent).send().ok();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 1);
    // She who revoked may change her mind; a TPP that deleted may not.
    decide(
        &bank,
        &consent,
        &json!({ "decision": "revoke", "customer_id": "hazel" }),
    );
    let target = format!("/consents/{consent}/decision");
    let others = json!({ "decision": "approve", "customer_id": "rowan" });
    let place = (Some("/customer_id"), None);
    refused((&bank, &target), &others, (422, "invalid_value"), place);
    decide(&bank, &consent, &json!({ "decision": "approve" }));
    refused((&bank, &target), &others, (422, "invalid_value"), place);
    acorn.delete_consent(&consent).empty(204);
    let body = json!({ "decision": "approve" });
    refused(
        (&bank, &target),
        &body,
        (409, "illegal_transition"),
        (None, None),
    );
}

#[test]
fn an_illegal_move_changes_nothing() {
    let bank = TestBank::open();
    let awaiting = bank.tpp("acorn-budget").create_consent(&["ReadAccounts"]);
    let in_force = authorized(&bank);
    let over = authorized(&bank);
    decide(&bank, &over, &json!({ "decision": "expire" }));
    let before = bank.operator().get("/consents");
    for (consent, words) in [
        (&awaiting, &["revoke"][..]),
        (&in_force, &["reject"]),
        (&over, &["approve", "reject", "revoke", "expire"]),
    ] {
        let target = format!("/consents/{consent}/decision");
        for word in words {
            let body = json!({ "decision": word });
            refused(
                (&bank, &target),
                &body,
                (409, "illegal_transition"),
                (None, None),
            );
        }
    }
    assert_eq!(bank.operator().get("/consents"), before);
}

#[test]
fn what_is_no_decision_is_refused_with_its_place() {
    let bank = TestBank::open();
    let consent = authorized(&bank);
    let target = format!("/consents/{consent}/decision");
    for (body, code, pointer, nearest) in [
        (json!({}), "invalid_value", "/decision", None),
        (
            json!({ "decision": true }),
            "invalid_value",
            "/decision",
            None,
        ),
        (
            json!({ "decision": "aprove" }),
            "unknown_name",
            "/decision",
            Some("approve"),
        ),
        (
            json!({ "decison": "approve" }),
            "unknown_name",
            "/decison",
            Some("decision"),
        ),
        (
            json!({ "decision": "approve", "customer_id": "hazle" }),
            "unknown_name",
            "/customer_id",
            Some("hazel"),
        ),
        (
            json!({ "decision": "approve", "account_ids": [] }),
            "invalid_value",
            "/account_ids",
            None,
        ),
        (
            json!({ "decision": "approve", "account_ids": ["none"] }),
            "unknown_name",
            "/account_ids/0",
            None,
        ),
        (
            json!({ "decision": "reject", "account_ids": ["acc_1234567890"] }),
            "invalid_value",
            "/account_ids",
            None,
        ),
        (
            json!({ "decision": "revoke", "customer_id": "rowan" }),
            "invalid_value",
            "/customer_id",
            None,
        ),
        (
            json!({ "decision": "expire", "customer_id": "hazel" }),
            "invalid_value",
            "/customer_id",
            None,
        ),
    ] {
        let place = (Some(pointer), nearest);
        refused((&bank, &target), &body, (422, code), place);
    }
    let unknown = "/consents/consent_ais_x/decision";
    let body = json!({ "decision": "approve" });
    refused((&bank, unknown), &body, (404, "not_found"), (None, None));
}

/// Goal: ninety days pass for one consent alone.
#[test]
fn a_consent_made_old_ends_as_by_time_and_the_clock_stays() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (old, young) = (authorized(&bank), authorized(&bank));
    let (gone, kept) = (token(&bank, &old), token(&bank, &young));
    let target = format!("/consents/{old}/age");
    let (status, told) = steer(&bank, (Method::POST, &target), &json!({ "by": "89d" }));
    assert_eq!((status, &told["status"]), (200, &json!("authorized")));
    assert_eq!(told["created_at"], "2025-03-19T10:30:00Z");
    assert_eq!(told["expiration_date"], "2025-06-17T10:30:00Z");
    let call = acorn.call(Method::GET, "/open-banking/v1/accounts");
    call.bearer(&gone).consent(&old).send().ok();
    let (_, told) = steer(&bank, (Method::POST, &target), &json!({ "by": "1d" }));
    assert_eq!(told["status"], "expired");
    assert_eq!(acorn.read_consent(&old).send().ok()["status"], "expired");
    refused_to(&bank, &old, &gone, "access_token.expiry");
    let call = acorn.call(Method::GET, "/open-banking/v1/accounts");
    call.bearer(&kept).consent(&young).send().ok();
    assert_eq!(bank.operator().get("/clock")["now"], "2025-06-16T10:30:00Z");
}

#[test]
fn a_consent_that_nobody_answers_lapses_when_made_a_day_old() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let target = format!("/consents/{consent}/age");
    for (by, status) in [("23h", "awaiting_authorization"), ("1h", "rejected")] {
        let (_, told) = steer(&bank, (Method::POST, &target), &json!({ "by": by }));
        assert_eq!(told["status"], status);
    }
    for (body, code, pointer) in [
        (json!({}), "invalid_value", "/by"),
        (json!({ "by": 1 }), "invalid_value", "/by"),
        (json!({ "by": "0s" }), "invalid_value", "/by"),
        (json!({ "by": "-1d" }), "invalid_value", "/by"),
        (json!({ "by": "90" }), "invalid_value", "/by"),
        (json!({ "by": "999999999d" }), "invalid_value", "/by"),
        (json!({ "bye": "1d" }), "unknown_name", "/bye"),
    ] {
        let nearest = (code == "unknown_name").then_some("by");
        refused(
            (&bank, &target),
            &body,
            (422, code),
            (Some(pointer), nearest),
        );
    }
    let unknown = "/consents/x/age";
    refused(
        (&bank, unknown),
        &json!({ "by": "1d" }),
        (404, "not_found"),
        (None, None),
    );
}

/// Goal: a payment needs no browser either; its consent is an order, and is used up by it.
#[test]
fn a_payment_approved_by_hand_is_made_once() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let asked = acorn
        .post_consent_of("payment", &domestic())
        .send()
        .created();
    let consent = asked["consent_id"].as_str().unwrap();
    let one = json!({ "decision": "approve", "account_ids": ["acc_1234567890"] });
    assert_eq!(
        decide(&bank, consent, &one)["account_ids"],
        json!(["acc_1234567890"])
    );
    let body = json!({ "client_id": "acorn-budget", "consent_id": consent, "kind": "refresh" });
    let place = (Some("/kind"), None);
    refused((&bank, "/tokens"), &body, (422, "invalid_value"), place);
    let grant = Grant {
        tpp: acorn,
        consent: consent.to_owned(),
        access_token: token(&bank, consent),
        refresh_token: String::new(),
    };
    let target = format!("/consents/{consent}/decision");
    for word in ["revoke", "reject", "approve"] {
        let body = json!({ "decision": word });
        refused(
            (&bank, &target),
            &body,
            (409, "illegal_transition"),
            (None, None),
        );
    }
    grant.post("/payments", &domestic()).send().created();
    let expire = json!({ "decision": "expire" });
    refused(
        (&bank, &target),
        &expire,
        (409, "illegal_transition"),
        (None, None),
    );
    let body = json!({ "client_id": "acorn-budget", "consent_id": consent });
    refused(
        (&bank, "/tokens"),
        &body,
        (409, "consent_not_authorized"),
        (None, None),
    );
}

#[test]
fn a_payment_nobody_submits_in_an_hour_is_over_when_made_that_old() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let asked = acorn
        .post_consent_of("payment", &domestic())
        .send()
        .created();
    let consent = asked["consent_id"].as_str().unwrap();
    decide(&bank, consent, &json!({ "decision": "approve" }));
    let token = token(&bank, consent);
    let target = format!("/consents/{consent}/age");
    let (_, told) = steer(&bank, (Method::POST, &target), &json!({ "by": "1h" }));
    assert_eq!(told["status"], "expired");
    let call = acorn.call(Method::POST, "/open-banking/v1/payments");
    let call = call.bearer(&token).consent(consent).json(&domestic());
    call.send()
        .refused(401, "invalid_token", "access_token.expiry");
}
