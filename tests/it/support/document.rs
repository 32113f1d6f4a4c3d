//! The bank's own OpenAPI document, held against every answer of every test: nothing the bank says may be
//! undocumented. The document tells clients to tolerate more; here it is read closed.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use hamsterbank::InMemoryBank;
use jsonschema::Validator;
use serde_json::{Value, json};

/// One documented operation: statuses, and what their bodies must be.
struct Operation {
    segments: Vec<String>,
    method: String,
    answers: HashMap<u16, Option<Validator>>,
}

/// Whether an answer is one the document speaks of.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, status: u16, body: Option<&Value>) {
    let method = if method == "HEAD" { "GET" } else { method };
    let Some(operation) = find(method, path) else {
        assert!(
            [404, 405, 408, 413, 431].contains(&status),
            "{method} {path} is not documented and answers {status}"
        );
        return;
    };
    let documented = operation.answers.get(&status);
    let documented = documented
        .unwrap_or_else(|| panic!("{method} {path} answers {status}, which is not documented"));
    if let (Some(validator), Some(body)) = (documented, body) {
        let faults: Vec<_> = validator
            .iter_errors(body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(
            faults.is_empty(),
            "{method} {path} {status} is not as documented: {faults:#?}\n{body:#}"
        );
    }
}

// A literal segment is preferred to a variable, as the router does.
fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let path: Vec<_> = path.split('/').collect();
    let fits = |operation: &&Operation| {
        operation.method == method
            && operation.segments.len() == path.len()
            && (operation.segments.iter().zip(&path))
                .all(|(segment, part)| segment.starts_with('{') || segment == part)
    };
    let literals = |operation: &&Operation| {
        let names = operation.segments.iter();
        names.filter(|segment| !segment.starts_with('{')).count()
    };
    operations().iter().filter(fits).max_by_key(literals)
}

fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| read(&document()))
}

fn document() -> Value {
    let bank = InMemoryBank::builder().in_memory().expect("a bank");
    let issuer = bank.issuer();
    let request = http::Request::get(format!("{issuer}/openapi.json"))
        .header("host", issuer.trim_start_matches("https://"))
        .body(Vec::new());
    let answer = bank.send(request.expect("a request"), None);
    assert_eq!(answer.status(), http::StatusCode::OK);
    let mut document = serde_json::from_slice(answer.body()).expect("JSON");
    close(&mut document);
    document
}

/// Lets no object have members that its schema does not name. What is a part of another schema stays open:
/// the whole knows all members.
fn close(document: &mut Value) {
    let mut parts = HashSet::new();
    collect_parts(document, &mut parts);
    for (name, schema) in document["components"]["schemas"]
        .as_object_mut()
        .expect("schemas")
    {
        if !parts.contains(&format!("#/components/schemas/{name}")) {
            close_one(schema);
        }
        close_below(schema);
    }
    close_below(&mut document["paths"]);
}

fn close_below(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(close_below),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if name == "properties" {
                    let properties = member.as_object_mut().expect("properties");
                    properties.values_mut().for_each(close_one);
                } else if name == "items" || name == "schema" {
                    close_one(member);
                }
                close_below(member);
            }
        }
        _ => {}
    }
}

fn close_one(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if members.contains_key("properties") && !members.contains_key("additionalProperties") {
        members.insert("unevaluatedProperties".to_owned(), false.into());
    }
}

fn collect_parts(value: &Value, parts: &mut HashSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_parts(item, parts)),
        Value::Object(members) => {
            for (name, member) in members {
                if let ("anyOf" | "allOf" | "oneOf", Value::Array(choices)) =
                    (name.as_str(), member)
                {
                    let references = choices.iter().filter_map(|choice| choice["$ref"].as_str());
                    parts.extend(references.map(str::to_owned));
                }
                collect_parts(member, parts);
            }
        }
        _ => {}
    }
}

fn read(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let responses = operation["responses"].as_object().expect("responses");
            let answers = responses.iter().map(|(status, response)| {
                let schema = response.pointer("/content/application~1json/schema");
                let status = status.parse().expect("a status");
                (status, schema.map(|schema| validator(document, schema)))
            });
            operations.push(Operation {
                segments: path.split('/').map(str::to_owned).collect(),
                method: method.to_ascii_uppercase(),
                answers: answers.collect(),
            });
        }
    }
    operations
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let schema = json!({ "allOf": [schema], "components": document["components"] });
    jsonschema::validator_for(&schema).expect("a schema of the document")
}
