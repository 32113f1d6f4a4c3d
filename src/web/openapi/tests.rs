//! What must hold of the document whatever the routes are.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let missing: Vec<_> = ROUTES
        .iter()
        .filter(|route| operations::of(route).is_none())
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert!(
        missing.is_empty(),
        "not described in src/web/openapi/operations/*.rs: {missing:#?}"
    );
    let served: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.method.as_str(), route.path))
        .collect();
    let idle: Vec<_> = operations::all()
        .filter(|operation| !served.contains(&operation.of))
        .map(|operation| operation.id)
        .collect();
    assert!(idle.is_empty(), "described, but not served: {idle:#?}");
}

#[test]
fn operation_ids_are_unique_and_each_operation_ends_well_somehow() {
    let mut ids = BTreeSet::new();
    for operation in operations::all() {
        assert!(ids.insert(operation.id), "{} stands twice", operation.id);
        assert!(!operation.answers.is_empty(), "{}", operation.id);
    }
}

#[test]
fn every_reference_leads_to_a_schema_and_none_allows_null() {
    let document = document("https://localhost:8443");
    let schemas = &document["components"]["schemas"];
    visit(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let name = reference.strip_prefix("#/components/schemas/").unwrap();
            assert!(schemas.get(name).is_some(), "{reference}");
        }
        assert_ne!(value.get("type"), Some(&json!("null")), "{value}");
        if let Some(Value::Array(types)) = value.get("type") {
            assert!(!types.contains(&json!("null")), "{value}");
        }
    });
}

fn visit(value: &Value, look: &mut impl FnMut(&Value)) {
    look(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, look)),
        Value::Object(members) => members.values().for_each(|member| visit(member, look)),
        _ => {}
    }
}
