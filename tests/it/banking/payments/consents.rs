//! Consents to pay: every member echoed, priced and timed; every rule of the instruction (sections 5.1,
//! 6.1 and 6.4).

use serde_json::json;

use super::{consent, domestic, faults, international, with, without};
use crate::support::{TestBank, Variant};

#[test]
fn a_consent_comes_back_as_it_was_asked_for_with_price_and_times() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = with(domestic(), "/read_refund_account", true);
    let body = with(
        body,
        "/authorization",
        json!({"type": "any", "completion_date_time": "2025-06-20T00:00:00Z"}),
    );
    let body = with(
        body,
        "/sca_support_data",
        json!({"applied_authentication_approach": "sca"}),
    );
    insta::assert_json_snapshot!("domestic_consent", consent(&acorn, &body));
    insta::assert_json_snapshot!("international_consent", consent(&acorn, &international()));
    let by_alias = with(domestic(), "/consent_type", "payment");
    let token = acorn.client_credentials("consents");
    let call = acorn.call(http::Method::POST, "/consents").bearer(&token);
    let created = call.json(&by_alias).send().created();
    assert_eq!(created["consent_type"], "payment");
}

#[test]
fn the_account_that_pays_is_told_after_authorization() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let created = consent(&acorn, &domestic());
    assert!(created.get("debtor_account").is_none());
    let id = created["consent_id"].as_str().unwrap();
    acorn.grant_of("openid payments", id);
    let read = acorn.read_consent(id).send().ok();
    assert_eq!(read["status"], "authorized");
    assert_eq!(read["debtor_account"]["id"], "608371-12345678");
}

/// What the tables cannot say, each with its word and place.
#[test]
#[expect(clippy::too_many_lines, reason = "one table, a case a row")]
fn an_instruction_is_held_to_its_rules() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let at = |pointer: &str, value: serde_json::Value| with(domestic(), pointer, value);
    let abroad = |pointer: &str, value: serde_json::Value| with(international(), pointer, value);
    let instruction = |name: &str| format!("/instruction/{name}");
    let bban = with(
        international(),
        "/instruction/creditor_account/scheme",
        "BBAN",
    );
    let rate = "/instruction/exchange_rate_information";
    let agreed = json!({"unit_currency": "GBP", "rate_type": "agreed", "exchange_rate": "1.1700",
        "contract_identification": "FX-HAMSTER-1"});
    for (why, body, code, pointer) in [
        (
            "no type",
            without(domestic(), "/payment_type"),
            "missing_field",
            "/payment_type".to_owned(),
        ),
        (
            "a scheme of abroad",
            at("/instruction/local_instrument", json!("swift")),
            "unsupported_local_instrument",
            instruction("local_instrument"),
        ),
        (
            "euros at home",
            at("/instruction/instructed_amount/currency", json!("EUR")),
            "unsupported_currency",
            instruction("instructed_amount/currency"),
        ),
        (
            "nothing at all",
            at("/instruction/instructed_amount/amount", json!("0.00")),
            "invalid_field",
            instruction("instructed_amount/amount"),
        ),
        (
            "a long reference on fps",
            at(
                "/instruction/remittance_information/reference",
                json!("A".repeat(19)),
            ),
            "invalid_field",
            instruction("remittance_information/reference"),
        ),
        (
            "the same by default",
            without(
                at(
                    "/instruction/remittance_information/reference",
                    json!("A".repeat(19)),
                ),
                "/instruction/local_instrument",
            ),
            "invalid_field",
            instruction("remittance_information/reference"),
        ),
        (
            "a nameless creditor",
            without(domestic(), "/instruction/creditor_account/name"),
            "missing_field",
            instruction("creditor_account/name"),
        ),
        (
            "a short number",
            at("/instruction/creditor_account/id", json!("202015-5555555")),
            "invalid_field",
            instruction("creditor_account/id"),
        ),
        (
            "a card as creditor",
            at(
                "/instruction/creditor_account",
                json!({"scheme": "PAN", "id": "4444333322221111", "name": "X"}),
            ),
            "unsupported_scheme",
            instruction("creditor_account/scheme"),
        ),
        (
            "a German IBAN at home",
            at(
                "/instruction/creditor_account",
                json!({"scheme": "IBAN", "id": "DE89370400440532013000", "name": "X"}),
            ),
            "unsupported_account_identifier",
            instruction("creditor_account/id"),
        ),
        (
            "wrong check digits",
            abroad(
                "/instruction/creditor_account/id",
                json!("DE89370400440532013001"),
            ),
            "invalid_field",
            instruction("creditor_account/id"),
        ),
        (
            "a sort code abroad",
            abroad(
                "/instruction/creditor_account",
                json!({"scheme": "SortCodeAccountNumber", "id": "202015-55555555", "name": "X"}),
            ),
            "unsupported_scheme",
            instruction("creditor_account/scheme"),
        ),
        (
            "a BBAN without a bank",
            without(bban, "/instruction/creditor_agent"),
            "expected_field",
            instruction("creditor_agent"),
        ),
        (
            "half a BIC pair",
            without(international(), "/instruction/creditor_agent/scheme"),
            "expected_field",
            instruction("creditor_agent/scheme"),
        ),
        (
            "a bank's name alone",
            abroad("/instruction/creditor_agent", json!({"name": "Some Bank"})),
            "expected_field",
            instruction("creditor_agent/postal_address"),
        ),
        (
            "charges SEPA does not know",
            with(
                abroad("/instruction/local_instrument", json!("sepa_instant")),
                "/instruction/charge_bearer",
                "borne_by_debtor",
            ),
            "invalid_field",
            instruction("charge_bearer"),
        ),
        (
            "dollars on TARGET2",
            with(
                abroad("/instruction/local_instrument", json!("target2")),
                "/instruction/currency_of_transfer",
                "USD",
            ),
            "unsupported_currency",
            instruction("currency_of_transfer"),
        ),
        (
            "a rate with an actual one",
            abroad(&format!("{rate}/exchange_rate"), json!("1.2")),
            "unexpected_field",
            instruction("exchange_rate_information/exchange_rate"),
        ),
        (
            "a contract with an indicative one",
            with(
                abroad(&format!("{rate}/rate_type"), json!("indicative")),
                &format!("{rate}/contract_identification"),
                "C",
            ),
            "unexpected_field",
            instruction("exchange_rate_information/contract_identification"),
        ),
        (
            "an agreed rate without its contract",
            abroad(
                rate,
                without(json!({"x": agreed}), "/x/contract_identification")["x"].clone(),
            ),
            "missing_field",
            instruction("exchange_rate_information/contract_identification"),
        ),
        (
            "an agreed rate without the rate",
            abroad(
                rate,
                without(json!({"x": agreed}), "/x/exchange_rate")["x"].clone(),
            ),
            "missing_field",
            instruction("exchange_rate_information/exchange_rate"),
        ),
        (
            "an unknown contract",
            with(
                abroad(rate, agreed.clone()),
                &format!("{rate}/contract_identification"),
                "FX-2",
            ),
            "invalid_contract",
            instruction("exchange_rate_information/contract_identification"),
        ),
        (
            "another rate than the contract's",
            with(
                abroad(rate, agreed.clone()),
                &format!("{rate}/exchange_rate"),
                "1.1701",
            ),
            "invalid_contract",
            instruction("exchange_rate_information/exchange_rate"),
        ),
        (
            "a completion in the past",
            at(
                "/authorization",
                json!({"type": "single", "completion_date_time": "2025-06-16"}),
            ),
            "invalid_date",
            "/authorization/completion_date_time".to_owned(),
        ),
        (
            "a type that is not the path's",
            at("/consent_type", json!("account-access")),
            "invalid_field",
            "/consent_type".to_owned(),
        ),
        (
            "what nobody knows",
            at("/instruction/priority", json!("high")),
            "unexpected_field",
            instruction("priority"),
        ),
    ] {
        let refused = acorn.post_consent_of("payment", &body).send();
        let told = refused.refused(400, code, "request.body");
        assert_eq!(faults(&told), [(code.to_owned(), pointer)], "{why}");
    }
    let accepted = with(
        abroad(rate, agreed),
        &format!("{rate}/exchange_rate"),
        "1.17",
    );
    let quoted = consent(&acorn, &accepted)["exchange_rate_information"].clone();
    assert_eq!(quoted["exchange_rate"], "1.1700");
    assert!(quoted.get("expiration_date_time").is_none());
}

#[test]
fn the_bank_s_own_accounts_are_looked_up_before_their_check_digits() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let printed =
        json!({"scheme": "IBAN", "id": "GB33BUKB60837112345678", "name": "Hazel Wheelwright"});
    consent(
        &acorn,
        &with(domestic(), "/instruction/creditor_account", printed.clone()),
    );
    consent(
        &acorn,
        &with(domestic(), "/instruction/debtor_account", printed),
    );
}

#[test]
fn twenty_five_thousand_is_the_most_at_home() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let amount = "/instruction/instructed_amount/amount";
    consent(&acorn, &with(domestic(), amount, "25000.00"));
    let refused = acorn.post_consent_of("payment", &with(domestic(), amount, "25000.01"));
    let told = refused
        .send()
        .refused(422, "amount_exceeds_limit", "payment.limit");
    assert_eq!(faults(&told)[0].1, amount);
}

#[test]
fn a_debtor_account_that_cannot_pay_has_the_consent_rejected() {
    let closed = [
        "number: \"66666666\"",
        "status: deleted",
        "balance: \"0.00\"",
    ];
    let blocked = [
        "number: \"77777777\"",
        "status: disabled",
        "balance: \"0.00\"",
    ];
    let bank = TestBank::varied(
        &Variant::default()
            .account("gone", &closed)
            .account("stopped", &blocked),
    );
    let acorn = bank.tpp("acorn-budget");
    for (number, code) in [
        ("608371-66666666", "AC04"),
        ("608371-77777777", "AC06"),
        ("608371-33333333", "AG01"),
        ("608371-44444444", "AG01"),
        ("202015-55555555", "debtor_account_not_held"),
    ] {
        let debtor = json!({"scheme": "SortCodeAccountNumber", "id": number});
        let created = consent(
            &acorn,
            &with(domestic(), "/instruction/debtor_account", debtor),
        );
        let id = created["consent_id"].as_str().unwrap();
        let visit = acorn.visit("openid payments", id);
        visit.refused_by_jarm(&bank.jwks(), "access_denied", "authorize.debtor_account");
        let read = acorn.read_consent(id).send().ok();
        assert_eq!(read["status"], "rejected", "{number}");
        assert_eq!(read["status_reason"][0]["code"], code, "{number}");
    }
}

/// Bank time is London's: in June 17:00 there is 16:00 UTC, and the clock begins at 10:30 UTC on a Monday.
#[test]
fn what_misses_its_cut_off_waits_or_is_refused_as_the_scenario_says() {
    let chaps = with(domestic(), "/instruction/local_instrument", "chaps");
    let waiting = TestBank::open();
    let acorn = waiting.tpp("acorn-budget");
    let early = consent(&acorn, &chaps);
    assert_eq!(early["cut_off_date_time"], "2025-06-16T16:00:00Z");
    assert_eq!(early["charges"][0]["amount"]["amount"], "25.00");
    waiting.operator().advance_clock("330m");
    let late = consent(&acorn, &chaps);
    assert_eq!(late["cut_off_date_time"], "2025-06-17T16:00:00Z");
    assert_eq!(late["expected_execution_date_time"], "2025-06-17T05:00:05Z");

    let strict = TestBank::varied(&Variant::default().bank("cut_off: reject"));
    let acorn = strict.tpp("acorn-budget");
    let held = consent(&acorn, &chaps);
    let grant = super::authorized(&acorn, &chaps);
    strict.operator().advance_clock("330m");
    let refused = acorn.post_consent_of("payment", &chaps).send();
    refused.refused(400, "after_cut_off", "payment.cut_off");
    consent(&acorn, &domestic());
    let id = held["consent_id"].as_str().unwrap();
    let visit = acorn.visit("openid payments", id);
    visit.refused_by_jarm(&strict.jwks(), "access_denied", "authorize.debtor_account");
    let read = acorn.read_consent(id).send().ok();
    assert_eq!(read["status_reason"][0]["code"], "after_cut_off");
    drop(grant);
}

#[test]
fn funds_are_checked_without_moving_anything() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let amount = "/instruction/instructed_amount/amount";
    for (pays, available) in [("5432.10", true), ("24999.99", false)] {
        let grant = super::authorized(&acorn, &with(domestic(), amount, pays));
        let path = format!("/consents/{}/funds-confirmation", grant.consent);
        let call = acorn
            .call(http::Method::GET, &path)
            .bearer(&grant.access_token);
        let answer = call.send();
        assert_eq!(answer.entry()["route"], "consents.funds");
        let answer = answer.ok();
        assert_eq!(answer["data"]["funds_available"], available, "{pays}");
        assert_eq!(
            answer["data"]["funds_available_date_time"],
            "2025-06-16T10:30:00Z"
        );
        let read = acorn.read_consent(&grant.consent).send().ok();
        assert_eq!(read["status"], "authorized");
    }
    let grant = super::authorized(&acorn, &domestic());
    let other = consent(&acorn, &domestic());
    let path = format!(
        "/consents/{}/funds-confirmation",
        other["consent_id"].as_str().unwrap()
    );
    let foreign = acorn
        .call(http::Method::GET, &path)
        .bearer(&grant.access_token)
        .send();
    foreign.refused(404, "consent_not_found", "consent.own");
    let path = format!("/consents/payment/{}/funds-confirmation", grant.consent);
    let token = acorn.client_credentials("payments");
    let own = acorn.call(http::Method::GET, &path).bearer(&token).send();
    own.refused(401, "invalid_token", "access_token.customer");
    super::pay(&grant, &domestic());
    let used = acorn
        .call(http::Method::GET, &path)
        .bearer(&grant.access_token)
        .send();
    used.refused(409, "consent_consumed", "consent.in_force");
}
