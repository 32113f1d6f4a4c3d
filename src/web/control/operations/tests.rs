//! The words against the table of routes, and against what the handlers know.

use std::collections::BTreeSet;

use http::{Request, Response};
use serde_json::{Value, json};

use crate::InMemoryBank;

use super::*;

#[test]
fn every_route_has_its_words_and_no_words_are_of_no_route() {
    let routes: Vec<_> = ROUTES.iter().map(|route| route.name.as_str()).collect();
    let told: Vec<_> = all().map(|(_, operation)| operation.route).collect();
    let (unique, known): (BTreeSet<_>, BTreeSet<_>) = (
        told.iter().copied().collect(),
        routes.iter().copied().collect(),
    );
    assert_eq!(unique, known);
    assert_eq!(told.len(), unique.len(), "an operation is told twice");
    for (_, operation) in all() {
        assert!(!operation.summary.ends_with('.'), "{}", operation.route);
        for member in operation.takes.members().iter().chain(operation.query) {
            assert!(
                member.about.ends_with('.'),
                "{} {}",
                operation.route,
                member.name
            );
        }
    }
}

#[test]
fn a_body_knows_the_members_it_is_said_to_know_and_no_others() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    for (_, operation) in all() {
        let (Takes::Members(members) | Takes::OneOf(members)) = operation.takes else {
            continue;
        };
        // The kinds of decisions know members of their own.
        if operation.route == "control.journeys.decide" {
            continue;
        }
        let told: BTreeSet<_> = members.iter().map(|member| member.name).collect();
        let problem = refusal(&bank, operation.route, None);
        assert_eq!(
            problem["code"], "unknown_name",
            "{}: {problem}",
            operation.route
        );
        assert_eq!(names(&problem), told, "{}", operation.route);
    }
}

#[test]
fn a_query_knows_the_parameters_it_is_said_to_know_and_no_others() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    for (_, operation) in all() {
        let told: BTreeSet<_> = operation.query.iter().map(|member| member.name).collect();
        let problem = refusal(&bank, operation.route, Some("zzz=1"));
        assert_eq!(
            (&problem["code"], &problem["pointer"], &problem["status"]),
            (&json!("unknown_name"), &json!("zzz"), &json!(422)),
            "{}",
            operation.route
        );
        if told.is_empty() {
            assert_eq!(problem["expected"], "none", "{}", operation.route);
        } else {
            assert_eq!(names(&problem), told, "{}", operation.route);
        }
        for member in operation.query {
            let (first, last) = member.name.split_at(member.name.len() - 1);
            let misspelt = refusal(&bank, operation.route, Some(&format!("{first}_{last}=1")));
            assert_eq!(
                (&misspelt["code"], &misspelt["nearest"]),
                (&json!("unknown_name"), &json!(member.name)),
                "{}",
                operation.route
            );
            let twice = format!("{0}=1&{0}=1", member.name);
            let twice = refusal(&bank, operation.route, Some(&twice));
            assert_eq!(twice["code"], "invalid_query", "{}", operation.route);
        }
        let odd = refusal(&bank, operation.route, Some("limit=%zz"));
        assert_eq!(
            (&odd["code"], &odd["status"]),
            (&json!("invalid_query"), &json!(400)),
            "{}",
            operation.route
        );
    }
}

#[test]
fn who_takes_no_body_takes_no_member() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    for (_, operation) in all().filter(|(_, it)| matches!(it.takes, Takes::Nothing)) {
        let problem = refusal(&bank, operation.route, None);
        assert_eq!(
            (&problem["code"], &problem["pointer"], &problem["expected"]),
            (&json!("unknown_name"), &json!("/zzz"), &json!("none")),
            "{}",
            operation.route
        );
    }
    for (body, status) in [
        ("", 200),
        ("{}", 200),
        (" null\n", 200),
        ("[]", 400),
        ("nul", 400),
        ("7", 400),
    ] {
        let mut request = posted("/reset", &json!({}));
        *request.body_mut() = body.as_bytes().to_vec();
        assert_eq!(control(&bank, request).status(), status, "{body:?}");
    }
}

/// Goal: a refused query changes nothing, even where the rest of the call would be done.
#[test]
fn a_misspelt_parameter_changes_nothing() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    bank.clock().freeze();
    let made = |path: &str, body: &Value| {
        let answer = control(&bank, posted(path, body));
        assert_eq!(answer.status(), 201, "{path}");
        serde_json::from_slice::<Value>(answer.body()).unwrap()
    };
    let fault = made(
        "/faults",
        &json!({ "when": "always", "then": [{ "fault": "token.error" }] }),
    );
    let rule = made("/journeys", &json!({ "play": "reject" }));
    made("/banks", &json!({ "name": "other", "at": "path" }));
    let key = made(
        "/clients/acorn-budget/keys",
        &json!({ "environment": "sandbox" }),
    );
    let token = made("/tokens", &json!({ "client_id": "acorn-budget" }));
    let snapshot = made("/snapshots", &json!({}));
    let row = json!({ "amount": { "amount": "1.00", "currency": "GBP" },
        "credit_debit_indicator": "credit", "status": "pending" });
    let row = made("/accounts/acc_1234567890/transactions", &row);
    let id = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
    let ids = [
        ("{fault_id}", id(&fault, "id")),
        ("{rule_id}", id(&rule, "id")),
        ("{bank}", "other".to_owned()),
        ("{key_id}", id(&key, "id")),
        ("{token_id}", id(&token, "token_id")),
        ("{snapshot_id}", id(&snapshot, "id")),
        ("{transaction_id}", id(&row, "transaction_id")),
        ("{consent_id}", consent(&bank)),
        ("{client_id}", "acorn-budget".to_owned()),
        ("{account_id}", "acc_1234567890".to_owned()),
    ];
    let state = || SHOWN.map(|path| shown(&bank, path));
    let before = state();
    for (_, operation) in all() {
        let (method, path) = address(operation);
        let path = ids
            .iter()
            .fold(path.to_owned(), |path, (name, id)| path.replace(name, id));
        let mut request = posted(&format!("{path}?dryrun=true"), &body_of(operation.route));
        if matches!(operation.takes, Takes::Nothing) {
            request.body_mut().clear();
        }
        *request.method_mut() = method;
        let answer = control(&bank, request);
        assert_eq!(answer.status(), 422, "{}", operation.route);
    }
    assert_eq!(state(), before);
    let restored = format!("/snapshots/{}/restore", id(&snapshot, "id"));
    assert_eq!(control(&bank, posted(&restored, &json!({}))).status(), 200);
}

/// What would be done, but for the query.
fn body_of(route: &str) -> Value {
    match route {
        "control.clock.set" => json!({ "advance": "91d" }),
        "control.consents.decide" => json!({ "decision": "revoke" }),
        "control.consents.age" => json!({ "by": "91d" }),
        "control.faults.replace" => json!({ "items": [] }),
        "control.clients.change" => json!({ "name": "Another" }),
        "control.scenario.replace" => json!("relaxed"),
        "control.banks.create" => json!({ "at": "path" }),
        "control.tokens.create" => json!({ "client_id": "acorn-budget" }),
        "control.clients.keys.create" => json!({ "environment": "sandbox" }),
        "control.journeys.arm" => json!({ "play": "reject" }),
        _ => json!({}),
    }
}

/// What shows that something was done.
const SHOWN: [&str; 11] = [
    "/accounts/acc_1234567890/transactions?limit=3",
    "/banks",
    "/clients",
    "/clients/acorn-budget/keys",
    "/clock",
    "/consents",
    "/faults",
    "/journeys",
    "/ready",
    "/scenario",
    "/tokens",
];

fn shown(bank: &InMemoryBank, path: &str) -> Value {
    let answer = control(bank, Request::get(path).body(Vec::new()).unwrap());
    assert_eq!(answer.status(), 200, "{path}");
    serde_json::from_slice(answer.body()).unwrap()
}

fn posted(path: &str, body: &Value) -> Request<Vec<u8>> {
    let request = Request::post(path).header("content-type", "application/json");
    request.body(body.to_string().into_bytes()).unwrap()
}

fn names(problem: &Value) -> BTreeSet<&str> {
    let expected = problem["expected"].as_str().unwrap_or_default();
    expected.trim_start_matches("one of ").split(", ").collect()
}

/// What the operation says to a member, or to a query, that nobody knows.
fn refusal(bank: &InMemoryBank, route: &str, query: Option<&str>) -> Value {
    let route = ROUTES
        .iter()
        .find(|row| row.name.as_str() == route)
        .unwrap();
    let mut path = route.path.to_owned();
    for (variable, id) in [
        ("{client_id}", "acorn-budget".to_owned()),
        ("{account_id}", "acc_1234567890".to_owned()),
        ("{consent_id}", consent(bank)),
        ("{payment_id}", "pay_0000000001".to_owned()),
    ] {
        path = path.replace(variable, &id);
    }
    if let Some(query) = query {
        path = format!("{path}?{query}");
    }
    let request = Request::builder().method(route.method.clone()).uri(path);
    let request = match query {
        Some(_) => request.body(Vec::new()),
        None => request
            .header("content-type", "application/json")
            .body(br#"{"zzz": 1}"#.to_vec()),
    };
    let answer = control(bank, request.unwrap());
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

fn consent(bank: &InMemoryBank) -> String {
    let made = bank.consents().create(json!({
        "client_id": "acorn-budget", "customer_id": "hazel", "consent_type": "account-access",
        "permissions": ["ReadAccounts"],
    }));
    made.unwrap()["consent_id"].as_str().unwrap().to_owned()
}

fn control(bank: &InMemoryBank, mut request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let host = "localhost:8444".parse().unwrap();
    request.headers_mut().insert("host", host);
    bank.control(request)
}
