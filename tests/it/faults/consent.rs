//! The family `consent`: consents that are rejected, revoked or over when nobody expects it.

use http::Method;
use serde_json::{Value, json};

use super::{arm, counts};
use crate::support::{Grant, TestBank, Tpp, Way};

fn shown(tpp: &Tpp<'_>, consent: &str) -> Value {
    tpp.read_consent(consent).send().ok()
}

/// What a resource says of the grant.
#[track_caller]
fn is_over(grant: &Grant<'_>) {
    let answer = grant.get("/accounts").send();
    answer.refused(401, "invalid_token", "access_token.grant");
}

#[test]
fn a_rejected_consent_is_access_denied_and_rejected_for_good() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let armed = arm(
        &bank,
        &json!({"when": {"times": 1}, "then": [{"fault": "consent.rejected"}]}),
    );
    for way in [Way::PUSHED_JARM, Way::BY_VALUE_HYBRID] {
        let consent = tpp.create_consent(&["ReadAccounts"]);
        let request = tpp.request(way, &consent);
        let url = tpp.authorization_url(way, &request);
        let answer = bank.customer("hazel").opens(&url);
        let fired = way == Way::PUSHED_JARM;
        let members = tpp.answer(&answer.landing(), way);
        assert_eq!(members.get("error").is_some(), fired);
        if fired {
            assert_eq!(members["error"], "access_denied");
            assert_eq!(members["state"], request.text("state"));
            answer.check_verdict("journey.approval");
        }
        let status = if fired { "rejected" } else { "authorized" };
        assert_eq!(shown(&tpp, &consent)["status"], status);
    }
    assert_eq!(counts(&bank, &armed).1, 1);
}

#[test]
fn a_consent_revoked_before_the_first_call_leaves_good_tokens_that_open_nothing() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let armed = arm(
        &bank,
        &json!({
            "when": {"times": 1},
            "then": [{"fault": "consent.revoked_before_first_call"}],
        }),
    );
    let grant = tpp.grant(&["ReadAccounts"]);
    let consent = shown(&tpp, &grant.consent);
    assert_eq!(
        (&consent["status"], &consent["revoked_by"]),
        (&json!("revoked"), &json!("customer"))
    );
    is_over(&grant);
    let refreshed = tpp.refresh(&grant.refresh_token).send();
    refreshed.refused(400, "invalid_grant", "refresh_token.grant");
    assert_eq!(counts(&bank, &armed).1, 1);
    // The next customer keeps hers.
    let other = tpp.grant(&["ReadAccounts"]);
    other.get("/accounts").send().ok();
}

#[test]
fn a_payment_once_authorized_is_not_taken_back() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let armed = arm(
        &bank,
        &json!({
            "when": {"client_id": "acorn-budget"},
            "then": [{"fault": "consent.revoked_before_first_call"}],
        }),
    );
    let body = crate::banking::payments::domestic();
    crate::banking::payments::paid(&tpp, &body);
    assert_eq!(counts(&bank, &armed).1, 0);
}

#[test]
fn a_consent_revoked_between_pages_ends_a_list_in_its_middle() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let armed = arm(
        &bank,
        &json!({"when": {"times": 1}, "then": [{"fault": "consent.revoked_between_pages"}]}),
    );
    let grant = tpp.grant(&["ReadAccounts", "ReadTransactions"]);
    let first = grant.get("/transactions?page_size=10").send().ok();
    let next = first["links"]["next"].as_str().unwrap();
    let answer = grant.get(next).send();
    answer.refused(401, "invalid_token", "access_token.grant");
    assert_eq!(shown(&tpp, &grant.consent)["revoked_by"], "customer");
    assert_eq!(counts(&bank, &armed).1, 1);
}

#[test]
fn a_consent_expires_although_its_date_has_not_come() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let grant = tpp.grant(&["ReadAccounts"]);
    grant.get("/accounts").send().ok();
    let call = grant.get("/accounts");
    let answer = call
        .header("x-hamster-fault", "consent.expired_early")
        .send();
    answer.refused(401, "invalid_token", "access_token.grant");
    let consent = shown(&tpp, &grant.consent);
    assert_eq!(consent["status"], "expired");
    let ends = consent["expiration_date_time"].as_str().unwrap_or("9999");
    assert!(ends > "2025-06-16T10:30:00Z", "{consent:#}");
    is_over(&grant);
}

#[test]
fn a_call_without_a_consent_in_force_has_none_to_lose() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let armed = arm(
        &bank,
        &json!({
            "when": {"route": "banking"},
            "then": [{"fault": "consent.expired_early"}],
        }),
    );
    let call = tpp.call(Method::GET, "/open-banking/v1/accounts");
    call.send()
        .refused(401, "invalid_token", "access_token.present");
    assert_eq!(counts(&bank, &armed), (1, 0));
}
