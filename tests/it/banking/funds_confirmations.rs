//! Confirmations of funds: the consent for them, and the question itself (API contract, sections 5 and 7).

use http::Method;
use serde_json::{Value, json};

use crate::support::{Call, Grant, TestBank, Tpp, Variant};

const MAIN: &str = "608371-12345678";

/// What each client may keep in a test of its limit: as many assertions as its two journeys take, too.
const KEPT_MAX: usize = 8;

fn consent_for(tpp: &Tpp<'_>, scheme: &str, id: &str) -> String {
    let body = json!({ "debtor_account": { "scheme": scheme, "id": id } });
    let created = tpp.post_consent_of("funds-confirmation", &body).send();
    let created = created.created();
    created["consent_id"].as_str().unwrap().to_owned()
}

fn grant_for<'a>(tpp: &Tpp<'a>, id: &str) -> Grant<'a> {
    let consent = consent_for(tpp, "SortCodeAccountNumber", id);
    tpp.grant_of("openid fundsconfirmations", &consent)
}

fn ask<'a>(grant: &Grant<'a>, reference: &str, amount: &str, currency: &str) -> Call<'a> {
    let body = json!({
        "reference": reference,
        "instructed_amount": { "amount": amount, "currency": currency },
    });
    grant.post("/funds-confirmations", &body)
}

fn is_available(answer: &Value) -> bool {
    answer["data"]["funds_available"].as_bool().unwrap()
}

/// Whole pence, cents and so on as decimal text.
fn decimal(minor_units: i64) -> String {
    format!("{}.{:02}", minor_units / 100, minor_units % 100)
}

fn minor_units(money: &Value) -> i64 {
    let text = money["amount"].as_str().unwrap();
    text.replace('.', "").parse().unwrap()
}

/// What the account's balances say may be spent.
fn spendable(balances: &[Value], account: &str) -> i64 {
    let of_account = |balance: &&Value| {
        balance["account_id"] == account && balance["type"] == "interim_available"
    };
    let balance = balances.iter().find(of_account).unwrap();
    let sign = if balance["credit_debit_indicator"] == "debit" {
        -1
    } else {
        1
    };
    let lines = balance["credit_lines"].as_array();
    let beyond = lines
        .into_iter()
        .flatten()
        .filter(|line| line["type"] == "pre_agreed" && line["included"] == false);
    let beyond: i64 = beyond.map(|line| minor_units(&line["amount"])).sum();
    sign * minor_units(&balance["amount"]) + beyond
}

#[test]
fn a_consent_names_the_account_and_nothing_else_is_chosen() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = json!({ "debtor_account": {
        "scheme": "SortCodeAccountNumber", "id": "60837112345678",
        "name": "Hazel Wheelwright", "secondary_id": "0002",
    }});
    let response = acorn.post_consent_of("funds-confirmation", &body).send();
    let consent = response.created();
    insta::assert_json_snapshot!("funds_consent", consent);
    let id = consent["consent_id"].as_str().unwrap();
    let grant = acorn.grant_of("openid fundsconfirmations", id);
    let read = acorn.read_consent(id).send().ok();
    assert_eq!(read["status"], "authorized");
    assert!(read.get("account_ids").is_none());
    assert!(!grant.refresh_token.is_empty());
}

#[test]
fn the_answer_is_right_to_the_penny_on_every_account() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let reader = acorn.grant(&["ReadAccounts", "ReadBalances"]);
    let accounts = reader.get("/accounts").send().ok();
    let balances = reader.get("/balances").query("page_size=1000").send().ok();
    let balances = balances["data"].as_array().unwrap();
    let mut asked = 0;
    for account in accounts["data"].as_array().unwrap() {
        let named = &account["identifiers"][0];
        let currency = account["currency"].as_str().unwrap();
        let grant = grant_for(&acorn, named["id"].as_str().unwrap());
        let limit = spendable(balances, account["account_id"].as_str().unwrap());
        for (reference, by, expected) in [("less", -1, true), ("all", 0, true), ("more", 1, false)]
        {
            if limit + by < 0 {
                continue;
            }
            let amount = decimal(limit + by);
            let answer = ask(&grant, reference, &amount, currency).send().created();
            assert_eq!(is_available(&answer), expected, "{amount} of {account}");
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
    let after = reader.get("/balances").query("page_size=1000").send().ok();
    assert_eq!(
        after["data"].as_array().unwrap(),
        balances,
        "nothing is reserved"
    );
}

#[test]
fn the_answer_says_yes_or_no_and_repeats_the_question() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = grant_for(&acorn, MAIN);
    let answer = ask(&grant, "Purchase\u{1f439}", "1.5", "GBP")
        .send()
        .created();
    let data = &answer["data"];
    assert_eq!(data["consent_id"], grant.consent.as_str());
    assert_eq!(data["created_at"], "2025-06-16T10:30:00Z");
    assert_eq!(data["reference"], "Purchase\u{1f439}");
    assert_eq!(
        data["instructed_amount"],
        json!({ "amount": "1.5", "currency": "GBP" })
    );
    let id = data["funds_confirmation_id"].as_str().unwrap();
    assert!(id.starts_with("cof_") && id.len() <= 40, "{id}");
    assert_eq!(
        answer["links"],
        json!({ "self": format!("/funds-confirmations/{id}") })
    );
    assert_eq!(data.as_object().unwrap().len(), 6, "{data}");
    let next = ask(&grant, "Purchase02", "0", "GBP").send().created();
    assert_ne!(next["data"]["funds_confirmation_id"], id);
}

#[test]
fn a_reference_is_used_once_under_a_consent_and_a_refusal_does_not_use_it() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (grant, other) = (grant_for(&acorn, MAIN), grant_for(&acorn, MAIN));
    let refused = ask(&grant, "Purchase01", "1.00", "EUR").send();
    let told = refused.refused(400, "unsupported_currency", "request.body");
    assert_eq!(told["errors"][0]["pointer"], "/instructed_amount/currency");
    ask(&grant, "Purchase01", "1.00", "GBP").send().created();
    for amount in ["1.00", "2.00"] {
        let refused = ask(&grant, "Purchase01", amount, "GBP").send();
        refused.refused(409, "duplicate_reference", "funds_confirmation.reference");
    }
    ask(&grant, "purchase01", "1.00", "GBP").send().created();
    ask(&other, "Purchase01", "1.00", "GBP").send().created();
}

#[test]
fn an_account_that_is_closed_or_blocked_has_no_funds() {
    let variant = ["deleted", "disabled", "pending", "proforma"]
        .into_iter()
        .zip(1..)
        .fold(Variant::default(), |variant, (status, number)| {
            let (number, status) = (
                format!("number: \"9000000{number}\""),
                format!("status: {status}"),
            );
            variant.account(
                &status.replace("status: ", "extra-"),
                &[&number, &status, "balance: \"100.00\"", "history_months: 0"],
            )
        });
    let bank = TestBank::varied(&variant);
    let acorn = bank.tpp("acorn-budget");
    for number in 1..=4 {
        let grant = grant_for(&acorn, &format!("608371-9000000{number}"));
        for amount in ["0.00", "0.01", "50.00"] {
            let answer = ask(&grant, &format!("for {amount}"), amount, "GBP")
                .send()
                .created();
            assert!(!is_available(&answer), "{number}: {amount}");
        }
    }
}

#[test]
fn the_account_may_be_named_by_each_of_its_identifiers() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (scheme, id) in [
        ("SortCodeAccountNumber", "608371-12345678"),
        ("SortCodeAccountNumber", "60837112345678"),
        // As the guides print it; the bank's own identifiers are not judged by their check digits.
        ("IBAN", "GB33BUKB60837112345678"),
        ("IBAN", "GB51HMBK60837187654321"),
    ] {
        let consent = consent_for(&acorn, scheme, id);
        let grant = acorn.grant_of("openid fundsconfirmations", &consent);
        let answer = ask(&grant, "A", "0.01", "GBP").send().created();
        assert!(is_available(&answer), "{scheme} {id}");
    }
}

#[test]
fn an_identification_without_its_scheme_s_form_is_refused() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (scheme, id, code, at) in [
        ("SortCodeAccountNumber", "608371", "invalid_field", "id"),
        (
            "SortCodeAccountNumber",
            "60-83-71-12345678",
            "invalid_field",
            "id",
        ),
        ("IBAN", "GB33BUKB60837112345679", "invalid_field", "id"),
        ("IBAN", "GB33 BUKB 6083 7112 3456 78", "invalid_field", "id"),
        ("BBAN", "1-2", "invalid_field", "id"),
        ("PAN", "1234", "invalid_field", "id"),
        (
            "UK.OBIE.IBAN",
            "DE89370400440532013000",
            "unsupported_scheme",
            "scheme",
        ),
    ] {
        let body = json!({ "debtor_account": { "scheme": scheme, "id": id } });
        let refused = acorn.post_consent_of("funds-confirmation", &body).send();
        let told = refused.refused(400, code, "request.body");
        assert_eq!(
            told["errors"][0]["pointer"],
            format!("/debtor_account/{at}"),
            "{id}"
        );
    }
}

#[test]
fn an_account_the_customer_does_not_hold_rejects_the_consent() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    // Nobody's, another bank's, and a card's that is nobody's.
    for (scheme, id) in [
        ("SortCodeAccountNumber", "608371-99999999"),
        ("IBAN", "DE89370400440532013000"),
        ("PAN", "************0000"),
    ] {
        let consent = consent_for(&acorn, scheme, id);
        let landed = acorn.visit("openid fundsconfirmations", &consent);
        landed.refused_by_jarm(&bank.jwks(), "access_denied", "authorize.debtor_account");
        let read = acorn.read_consent(&consent).send().ok();
        assert_eq!(read["status"], "rejected");
        let reason = &read["status_reason"][0];
        assert_eq!(reason["code"], "debtor_account_not_held");
        assert_eq!(reason["pointer"], "/debtor_account");
        let request = acorn.request(crate::support::Way::PUSHED_JARM, &consent);
        let request = request.claim("scope", "openid fundsconfirmations");
        let refused = acorn.push(&request).send();
        refused.refused(400, "invalid_request", "authorize.consent.state");
    }
}

#[test]
fn a_consent_of_another_type_opens_nothing_here_and_this_one_nothing_else() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let access = acorn.create_consent(&["ReadAccounts", "ReadBalances", "ReadTransactions"]);
    let both = "openid accounts fundsconfirmations";
    let reader = acorn.grant_of(both, &access);
    let refused = ask(&reader, "A", "1.00", "GBP").send();
    refused.refused(403, "wrong_consent_type", "consent.type");
    let funds = consent_for(&acorn, "SortCodeAccountNumber", MAIN);
    let asker = acorn.grant_of(both, &funds);
    for path in super::guard::RESOURCES {
        let refused = asker.get(path).send();
        refused.refused(403, "wrong_consent_type", "consent.type");
    }
    ask(&asker, "A", "1.00", "GBP").send().created();
}

#[test]
fn the_question_is_judged_in_the_contract_s_order() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = grant_for(&acorn, MAIN);
    let path = "/open-banking/v1/funds-confirmations";
    let other = consent_for(&acorn, "SortCodeAccountNumber", MAIN);
    let reader = acorn.grant(&["ReadAccounts"]);
    let body = json!({ "reference": 1, "consent_id": other });
    // Everything is wrong with the call at first; each step mends the mistake that was told.
    let call = acorn
        .call(Method::GET, path)
        .query("a=b")
        .accept("text/csv");
    call.clone()
        .send()
        .refused(405, "method_not_allowed", "request.method");
    let call = call.method(Method::POST).body(body.to_string());
    let credentials = acorn.client_credentials("fundsconfirmations");
    let call = call.bearer(&credentials);
    call.clone()
        .send()
        .refused(401, "invalid_token", "access_token.customer");
    let call = call.bearer(&reader.access_token);
    call.clone()
        .send()
        .refused(406, "not_acceptable", "request.accept");
    let call = call.accept("application/json");
    call.clone()
        .send()
        .refused(415, "unsupported_media_type", "request.content_type");
    let call = call.header("content-type", "application/json");
    call.clone()
        .send()
        .refused(403, "insufficient_scope", "access_token.scope");
    let call = call.bearer(&grant.access_token);
    call.clone()
        .send()
        .refused(400, "missing_consent", "consent.header");
    let call = call.consent("consent_cof_none");
    call.clone()
        .send()
        .refused(401, "invalid_consent", "consent.known");
    let call = call.consent(&other);
    call.clone()
        .send()
        .refused(403, "consent_mismatch", "consent.matches");
    let call = call.consent(&grant.consent);
    call.clone()
        .send()
        .refused(400, "invalid_request", "request.query");
    let call = call.query("");
    let told = call
        .clone()
        .send()
        .refused(400, "invalid_field", "request.body");
    let places: Vec<_> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| &fault["pointer"])
        .collect();
    assert_eq!(places, ["/reference", "/consent_id", "/instructed_amount"]);
    let whole = json!({
        "consent_id": grant.consent,
        "reference": "Purchase01",
        "instructed_amount": { "amount": "1.00", "currency": "GBP" },
    });
    call.json(&whole).send().created();
}

#[test]
fn a_client_that_asks_too_much_makes_room_by_ending_a_consent() {
    let bank = TestBank::keeping(KEPT_MAX);
    let acorn = bank.tpp("acorn-budget");
    let grant = grant_for(&acorn, MAIN);
    for number in 0..KEPT_MAX {
        ask(&grant, &format!("Purchase{number}"), "1.00", "GBP")
            .send()
            .created();
    }
    let refused = ask(&grant, "one more", "1.00", "GBP").send();
    assert_eq!(refused.header("retry-after"), Some("60"));
    refused.refused(429, "rate_limit_exceeded", "limit.funds_confirmations");
    acorn.delete_consent(&grant.consent).empty(204);
    let grant = grant_for(&acorn, MAIN);
    ask(&grant, "one more", "1.00", "GBP").send().created();
}
