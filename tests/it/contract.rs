//! The error contract: how each surface refuses, to the letter.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Operator, Response, TestBank, Way};

/// An answer as a reviewer wants to read it; the request ids and interaction ids are seeded.
fn shown(response: &Response) -> Value {
    let headers = [
        "content-type",
        "cache-control",
        "www-authenticate",
        "allow",
        "location",
    ];
    let headers: BTreeMap<_, _> = headers
        .into_iter()
        .filter_map(|name| Some((name, response.header(name)?.to_owned())))
        .collect();
    let body = serde_json::from_str(response.text()).unwrap_or_else(|_| json!(response.text()));
    json!({ "status": response.status(), "headers": headers, "body": body })
}

#[test]
fn the_token_endpoint_refuses_in_the_words_of_rfc_6749() {
    let bank = TestBank::open();
    let response = bank
        .tpp("acorn-budget")
        .token([("grant_type", "password")])
        .send();
    insta::assert_json_snapshot!("refusal_oauth", shown(&response));
}

#[test]
fn the_authorization_endpoint_refuses_by_redirect() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn
        .request(Way::BY_VALUE_HYBRID, &consent)
        .without("nonce");
    let response = bank.customer("hazel").opens(&request.url());
    insta::assert_json_snapshot!("refusal_redirect", shown(&response));
}

#[test]
fn the_authorization_endpoint_refuses_by_jwt() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::BY_VALUE_JARM, &consent).without("nonce");
    let response = bank.customer("hazel").opens(&request.url());
    insta::assert_json_snapshot!("refusal_jarm", response.landing().jarm(&bank.jwks()));
}

#[test]
fn the_authorization_endpoint_refuses_by_page() {
    let bank = TestBank::open();
    let response = bank
        .customer("hazel")
        .opens("/oauth/authorize?client_id=nobody");
    assert!(
        response
            .header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'")
    );
    insta::assert_snapshot!("refusal_page", response.text());
}

#[test]
fn a_resource_refuses_a_token_in_the_words_of_rfc_6750() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    bank.operator().advance_clock("5m");
    let response = grant.get("/accounts").send();
    insta::assert_json_snapshot!("refusal_token", shown(&response));
}

#[test]
fn a_resource_refuses_a_query_with_every_fault_in_it() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let response = grant.get("/accounts").query("page_size=0&order=asc").send();
    insta::assert_json_snapshot!("refusal_query", shown(&response));
}

#[test]
fn consents_refuse_a_body_with_every_fault_in_it() {
    let bank = TestBank::open();
    let body = json!({ "expiration_date": "2020-01-01", "permissions": ["ReadPAN"], "x": 1 });
    let response = bank.tpp("acorn-budget").post_consent(&body).send();
    insta::assert_json_snapshot!("refusal_body", shown(&response));
}

#[test]
fn the_control_api_refuses_with_a_problem() {
    let bank = TestBank::open();
    let answer = bank.operator().post("/clock", &json!({ "advnace": "1s" }));
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    insta::assert_json_snapshot!("refusal_control", body);
    let nowhere = Operator::request(http::Method::GET, "/nowhere");
    let answer = bank.operator().send(nowhere);
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    insta::assert_json_snapshot!("refusal_control_path", body);
}

#[test]
fn the_journal_tells_a_refusal_whole() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let response = grant.get("/accounts").without_certificate().send();
    let mut entry = response.entry().clone();
    // Times of the machine, and what the redactor hides behind a fingerprint of a random token.
    entry["duration_us"].as_u64().expect("a duration");
    entry["duration_us"] = json!("[duration]");
    for header in entry["request"]["headers"].as_array_mut().unwrap() {
        if header["name"] == "authorization" {
            let told = header["value"].as_str().unwrap();
            assert!(
                told.starts_with("Bearer ") && told.contains("sha256:"),
                "{told}"
            );
            header["value"] = json!("Bearer [fingerprint]");
        }
    }
    insta::assert_json_snapshot!("journal_entry", entry);
}
