//! GET `/openapi.json`: the control API as an OpenAPI 3.1 document, made of its table of routes and of what
//! each operation takes and tells.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::fault::schema;
use crate::wire::reply::Reply;

use super::operations::{self, DEFINITIONS, GROUPS, Member, Operation, Takes, Tells};
use super::routes::ROUTES;
use super::{ControlCall, Route};

/// Answers the document.
pub(super) fn show_document(_call: &ControlCall<'_>) -> Reply {
    Reply::json(StatusCode::OK, &document())
}

/// The whole document. Every path acts on another bank too, below `/banks/{bank}`.
fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let Some((group, operation)) = operations::of(route.name.as_str()) else {
            continue;
        };
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            let method = route.method.as_str().to_ascii_lowercase();
            path.insert(method, described(route, (group, operation)));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hamster Bank control API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "How tests and people steer a mock bank.",
            "description": ABOUT,
        },
        "servers": [
            { "url": "/", "description": "The main bank." },
            {
                "url": "/banks/{bank}",
                "description": "Another bank of the process.",
                "variables": { "bank": { "default": "main" } },
            },
        ],
        "tags": GROUPS.iter().map(|(name, about, _)| json!({ "name": name, "description": about })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "controlToken": {
                "type": "http",
                "scheme": "bearer",
                "description": "The control token, asked for beyond loopback and where one was given.",
            } },
        },
        "security": [{}, { "controlToken": [] }],
    })
}

fn described(route: &Route, (group, operation): (&str, &Operation)) -> Value {
    let mut described = json!({
        "operationId": operation.route.trim_start_matches("control."),
        "summary": operation.summary,
        "tags": [group],
        "parameters": parameters(route, operation),
        "responses": responses(operation),
    });
    if let (Some(body), Some(members)) = (body(operation.takes), described.as_object_mut()) {
        members.insert("requestBody".to_owned(), body);
    }
    described
}

fn parameters(route: &Route, operation: &Operation) -> Vec<Value> {
    let segments = route.path.split('/');
    let variables = segments.filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }),
        )
    });
    let query = operation.query.iter().map(|member| {
        json!({
            "name": member.name,
            "in": "query",
            "required": member.is_required,
            "schema": member.schema(),
        })
    });
    variables.chain(query).collect()
}

fn body(takes: Takes) -> Option<Value> {
    let schema = match takes {
        Takes::Nothing => return None,
        Takes::Members(members) => closed(object(members)),
        Takes::OneOf(members) => {
            let mut schema = closed(object(members));
            put(&mut schema, "minProperties", 1.into());
            put(&mut schema, "maxProperties", 1.into());
            schema
        }
        Takes::And(members, others) => {
            let mut schema = object(members);
            put(
                &mut schema,
                "description",
                format!("Besides: {others}.").into(),
            );
            schema
        }
    };
    let is_required = takes.members().iter().any(|member| member.is_required);
    let content = json!({ "application/json": { "schema": schema } });
    Some(json!({ "required": is_required, "content": content }))
}

fn responses(operation: &Operation) -> Value {
    let json = |schema: Value| json!({ "application/json": { "schema": schema } });
    let (status, content) = match operation.tells {
        Tells::Nothing => ("204", None),
        Tells::Document(members) => ("200", Some(json(object(members)))),
        Tells::Made(members) => ("201", Some(json(object(members)))),
        Tells::Items(members) => ("200", Some(json(list(members)))),
        Tells::Text(media_type) => (
            "200",
            Some(json!({ media_type: { "schema": { "type": "string" } } })),
        ),
    };
    let mut done = json!({ "description": "Done." });
    if let Some(content) = content {
        put(&mut done, "content", content);
    }
    let refused = json!({
        "description": "Refused, with what was expected; nothing has changed.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    json!({ status: done, "4XX": refused.clone(), "5XX": refused })
}

fn list(members: &[Member]) -> Value {
    json!({
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": object(members) },
            "next": { "type": "string", "description": "The next page, a relative URL; absent on the last one." },
        },
    })
}

fn object(members: &[Member]) -> Value {
    let required: Vec<_> = (members.iter())
        .filter(|member| member.is_required)
        .map(|member| member.name)
        .collect();
    let properties: Map<_, _> = (members.iter())
        .map(|member| (member.name.to_owned(), member.schema()))
        .collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// What is said more than once, and rules for faults as the catalogue has them.
fn schemas() -> Map<String, Value> {
    let mut schemas = schema::definitions(DEFINITIONS);
    schemas.insert("Problem".to_owned(), problem());
    schemas
}

// Unknown members are errors.
fn closed(mut schema: Value) -> Value {
    put(&mut schema, "additionalProperties", false.into());
    schema
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// RFC 9457, with what helps to mend the call.
fn problem() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    json!({
        "type": "object",
        "required": ["status", "code", "title", "detail"],
        "properties": {
            "status": { "type": "integer" },
            "code": text("A word for programs."),
            "title": text("What kind of problem it is."),
            "detail": text("What is wrong here."),
            "pointer": text("Where it stands (RFC 6901), or which parameter."),
            "expected": text("What would have been right."),
            "nearest": text("The known name that is most like the unknown one."),
            "errors": { "type": "array", "items": { "type": "object" } },
        },
    })
}

const ABOUT: &str = "Hamster Bank is not a bank. This API steers it: its time, its state, its customers' decisions, \
its TPPs, its journal. It never counts as traffic of the bank.";

#[cfg(test)]
mod tests {
    use super::*;

    /// The schema of an operation's body, with what it refers to.
    fn body_of(path: &str, method: &str) -> jsonschema::Validator {
        let document = document();
        let at = format!(
            "/paths/{}/{method}/requestBody/content/application~1json/schema",
            path.replace('/', "~1")
        );
        let mut schema = document.pointer(&at).cloned().unwrap();
        schema["components"] = document["components"].clone();
        jsonschema::validator_for(&schema).unwrap()
    }

    /// Goal: whoever makes a client of the document knows every fault, every condition and every parameter.
    #[test]
    fn rules_for_faults_are_told_as_they_are_read() {
        let (arm, replace) = (body_of("/faults", "post"), body_of("/faults", "put"));
        for (rule, is_right) in [
            (
                json!({"when": "always", "then": [{"fault": "token.error"}]}),
                true,
            ),
            (
                json!({"name": "x", "when": {"share": 0.5, "route": "oauth"},
                    "then": [{"fault": "token.lifetime", "seconds": 9}]}),
                true,
            ),
            (
                json!({"when": "never", "then": [{"fault": "token.error"}]}),
                false,
            ),
            (
                json!({"when": {"rout": "oauth"}, "then": [{"fault": "token.error"}]}),
                false,
            ),
            (
                json!({"when": {"route": "oath"}, "then": [{"fault": "token.error"}]}),
                false,
            ),
            (
                json!({"when": "always", "then": [{"fault": "token.erorr"}]}),
                false,
            ),
            (
                json!({"when": "always", "then": [{"fault": "token.error", "x": 1}]}),
                false,
            ),
            (
                json!({"when": "always", "then": [{"fault": "token.lifetime", "seconds": 0}]}),
                false,
            ),
            (json!({"name": "x"}), false),
            (json!({"name": "x", "remove": true}), false),
        ] {
            assert_eq!(arm.is_valid(&rule), is_right, "{rule}");
            let rules = json!({ "items": [rule] });
            assert_eq!(replace.is_valid(&rules), is_right, "{rules}");
        }
    }

    #[test]
    fn whatever_the_document_refers_to_is_there() {
        let document = document();
        let mut open = vec![&document];
        let mut count = 0;
        while let Some(value) = open.pop() {
            if let Some(Value::String(reference)) = value.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
                count += 1;
            }
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => open.extend(members.values()),
                _ => {}
            }
        }
        assert!(count > 20, "{count}");
    }
}
