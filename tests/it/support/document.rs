//! The OpenAPI documents of the bank and of its control API, held against every answer of every test: nothing
//! may be undocumented. The bank's tells clients to tolerate more; here it is read closed.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use hamsterbank::InMemoryBank;
use jsonschema::Validator;
use serde_json::{Value, json};

/// One documented operation: statuses, and what their bodies must be.
struct Operation {
    segments: Vec<String>,
    method: String,
    /// By status, or by `4XX` and `5XX`.
    answers: HashMap<String, Option<Validator>>,
}

/// Whether an answer of the bank is one its document speaks of.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, status: u16, body: Option<&Value>) {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    let operations = OPERATIONS.get_or_init(|| read(&document()));
    hold(operations, (method, path), (status, body));
}

/// Whether an answer of the control API is one its document speaks of.
#[track_caller]
pub(crate) fn check_control(method: &str, whole: &str, status: u16, body: Option<&Value>) {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    let operations = OPERATIONS.get_or_init(|| read(&control_document()));
    // Its second server is another bank, by name.
    let below = whole.strip_prefix("/banks/");
    let path = below.and_then(|below| Some(&below[below.find('/')?..]));
    let path = path.unwrap_or(whole);
    hold(operations, (method, path), (status, body));
}

#[track_caller]
fn hold(
    operations: &[Operation],
    (method, path): (&str, &str),
    (status, body): (u16, Option<&Value>),
) {
    let method = if method == "HEAD" { "GET" } else { method };
    let Some(operation) = find(operations, method, path) else {
        assert!(
            [401, 403, 404, 405, 408, 413, 431].contains(&status),
            "{method} {path} is not documented and answers {status}"
        );
        return;
    };
    let exactly = operation.answers.get(&status.to_string());
    let documented = exactly.or_else(|| operation.answers.get(&format!("{}XX", status / 100)));
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
fn find<'o>(operations: &'o [Operation], method: &str, path: &str) -> Option<&'o Operation> {
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
    operations.iter().filter(fits).max_by_key(literals)
}

fn control_document() -> Value {
    let bank = InMemoryBank::builder().in_memory().expect("a bank");
    bank.openapi().expect("a document")
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
                let content = response["content"].as_object();
                let schema = content.and_then(|content| {
                    let json = content.iter().find(|(name, _)| name.ends_with("json"))?;
                    json.1.get("schema")
                });
                let schema = schema.map(|schema| validator(document, schema));
                (status.clone(), schema)
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
