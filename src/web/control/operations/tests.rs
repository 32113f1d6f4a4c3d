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
    for (_, operation) in all().filter(|(_, operation)| !operation.query.is_empty()) {
        let told: BTreeSet<_> = operation.query.iter().map(|member| member.name).collect();
        let problem = refusal(&bank, operation.route, Some("zzz=1"));
        assert_eq!(names(&problem), told, "{}", operation.route);
    }
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
