//! The form of rules for faults as JSON Schema (2020-12): what may be written is what the catalogue and the list
//! of conditions have, told once to the scenario's schema and to the control API's document.
//!
//! Whether conditions and faults go together is more than a schema says; the reader of rules says it.

use serde_json::{Map, Value, json};

use super::arguments::Parameter;
use super::catalogue::{self, Entry};
use super::comparison::Operator;
use super::conditions::{self, CONDITIONS};
use super::read::{ACTS_MAX, ALWAYS, NAME_LENGTH_MAX};
use super::routes;

/// Every definition with its name; they refer to each other below `place`, such as `#/$defs`.
pub(crate) fn definitions(place: &str) -> Map<String, Value> {
    let defined = |name: &str| json!({ "$ref": format!("{place}/{name}") });
    let definitions = [
        (RULE, rule(defined)),
        (WHEN, when(defined)),
        (CONDITIONS_OF, all_conditions(defined)),
        (ACT, acts()),
        (
            conditions::ROUTE,
            json!({ "type": "string", "enum": routes::prefixes() }),
        ),
        (conditions::TEST, test(true)),
        (conditions::TEST_OF_TEXT, test(false)),
    ];
    let named = definitions.into_iter();
    named
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

fn rule(defined: impl Fn(&str) -> Value) -> Value {
    json!({
        "description": "What the bank does wrong, and when.",
        "type": "object",
        "properties": {
            "name": {
                "description": "What people call the rule; no other has the same name.",
                "type": "string",
                "minLength": 1,
                "maxLength": NAME_LENGTH_MAX,
            },
            "when": defined(WHEN),
            "then": {
                "description": "What goes wrong; nothing only where requests are held.",
                "type": "array",
                "maxItems": ACTS_MAX,
                "items": defined(ACT),
            },
        },
        "required": ["when", "then"],
        "additionalProperties": false,
    })
}

fn when(defined: impl Fn(&str) -> Value) -> Value {
    json!({
        "description": "Conditions, all of which must hold, or `always`.",
        "anyOf": [{ "const": ALWAYS }, defined(CONDITIONS_OF)],
    })
}

fn all_conditions(defined: impl Fn(&str) -> Value) -> Value {
    let properties: Map<_, _> = (CONDITIONS.iter())
        .map(|condition| {
            let schema = condition.form.schema(&defined);
            (
                condition.name.to_owned(),
                described(condition.about, schema),
            )
        })
        .collect();
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A value itself, or what is asked of it.
fn test(has_null: bool) -> Value {
    let properties: Map<_, _> = (Operator::ALL.iter())
        .map(|operator| {
            let schema = operator.schema(has_null);
            (
                operator.as_str().to_owned(),
                described(operator.about(), schema),
            )
        })
        .collect();
    json!({
        "description": "The value that is there, or comparisons, all of which must hold.",
        "anyOf": [
            Operator::Equals.schema(has_null),
            {
                "type": "object",
                "minProperties": 1,
                "properties": properties,
                "additionalProperties": false,
            },
        ],
    })
}

/// One branch for each fault.
fn acts() -> Value {
    json!({
        "description": "A fault of the catalogue; `hamsterbank faults ID` tells it whole.",
        "oneOf": catalogue::all().map(act).collect::<Vec<_>>(),
    })
}

fn act(entry: &Entry) -> Value {
    let id = json!({ "const": entry.id, "description": entry.summary });
    let parameters = entry.parameters.iter();
    let parameters = parameters.map(|parameter| (parameter.name.to_owned(), argument(parameter)));
    let properties: Map<_, _> = std::iter::once(("fault".to_owned(), id))
        .chain(parameters)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": ["fault"],
        "additionalProperties": false,
    })
}

fn argument(parameter: &Parameter) -> Value {
    let about = match parameter.kind.bounds() {
        Some(bounds) => format!("{} {bounds}.", parameter.about),
        None => parameter.about.to_owned(),
    };
    let mut schema = described(&about, parameter.kind.schema());
    if let (Some(members), Some(default)) = (schema.as_object_mut(), parameter.default_value()) {
        members.insert("default".to_owned(), default);
    }
    schema
}

/// A schema with what it is about in front.
fn described(about: &str, schema: Value) -> Value {
    let mut members = Map::from_iter([("description".to_owned(), about.into())]);
    if let Value::Object(schema) = schema {
        members.extend(schema);
    }
    Value::Object(members)
}

/// The definition of a rule.
pub(crate) const RULE: &str = "FaultRule";
/// The definition of what a rule says of when.
pub(crate) const WHEN: &str = "FaultWhen";
/// The definition of a fault with its parameters.
pub(crate) const ACT: &str = "Fault";
/// The definition of all conditions.
const CONDITIONS_OF: &str = "FaultConditions";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::read::{self, Known};

    fn validator() -> jsonschema::Validator {
        let mut schema = json!({ "$ref": "#/$defs/FaultRule" });
        schema["$defs"] = definitions("#/$defs").into();
        jsonschema::validator_for(&schema).unwrap()
    }

    /// Goal: no fault is in the catalogue and not in the schema, with each parameter as it stands by itself.
    #[test]
    fn every_fault_is_right_with_its_defaults_and_wrong_with_anything_else() {
        let validator = validator();
        for entry in catalogue::all() {
            let mut act = json!({ "fault": entry.id });
            let rule = |act: &Value| json!({ "when": { "times": 1 }, "then": [act] });
            assert!(validator.is_valid(&rule(&act)), "{}", entry.id);
            for parameter in entry.parameters {
                if let Some(default) = parameter.default_value() {
                    act[parameter.name] = default;
                }
            }
            assert!(validator.is_valid(&rule(&act)), "{act}");
            act["zzz"] = 1.into();
            assert!(!validator.is_valid(&rule(&act)), "{act}");
        }
    }

    /// Rules that are right for the reader, and for the schema.
    const RIGHT: &[&str] = &[
        r#"{"when": "always", "then": []}"#,
        r#"{"name": "n", "when": {"hold": true, "route": "oauth"}, "then": []}"#,
        r#"{"when": {"share": 0.5}, "then": T}"#,
        r#"{"when": {"share": "0.50"}, "then": T}"#,
        r#"{"when": {"share": 1}, "then": T}"#,
        r#"{"when": {"share": 0}, "then": T}"#,
        r#"{"when": {"ttl": "30s", "between": ["2026-11-20", "2026-11-20T10:00:00Z"]}, "then": T}"#,
        r#"{"when": {"ttl": "250ms"}, "then": T}"#,
        r#"{"when": {"route": "banking.accounts", "method": "HEAD", "path": "/open-banking/**"}, "then": T}"#,
        r#"{"when": {"path": "**"}, "then": T}"#,
        r#"{"when": {"header": {"x-a": 1, "x-b": true, "x-c": {"present": false}}}, "then": T}"#,
        r#"{"when": {"claim": {"sub": null, "/a/b": {"not": null}}}, "then": T}"#,
        r#"{"when": {"body": {"/data/amount": {"over": "100.00", "at_most": 500}}}, "then": T}"#,
        r#"{"when": {"form": {"grant_type": {"like": "*token"}}, "nth": 1}, "then": T}"#,
        r#"{"when": {"consent_type": "payment", "phase": "after"}, "then": [{"fault": "http.status"}]}"#,
        r#"{"when": {"payment_id": "pay_0000000001", "consent_id": "any"}, "then": T}"#,
        r#"{"when": {"certificate": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}, "then": T}"#,
        r#"{"when": "always", "then": [{"fault": "http.status", "body": {"a": []}, "status": 299}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.status", "body": "", "headers": {"x-a": ""}}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.retry_after.seconds", "retry_after": "0s"}]}"#,
        r#"{"when": "always", "then": [{"fault": "transport.latency"}, {"fault": "token.lifetime"}]}"#,
    ];

    /// Rules that are wrong for both.
    const WRONG: &[&str] = &[
        "[]",
        r#"{"then": T}"#,
        r#"{"when": "always"}"#,
        r#"{"when": {}, "then": T}"#,
        r#"{"when": "alwys", "then": T}"#,
        r#"{"when": ["always"], "then": T}"#,
        r#"{"when": "always", "then": T, "x": 1}"#,
        r#"{"name": "", "when": "always", "then": T}"#,
        r#"{"when": {"rout": "banking"}, "then": T}"#,
        r#"{"when": {"route": "bank.accounts"}, "then": T}"#,
        r#"{"when": {"method": "FETCH"}, "then": T}"#,
        r#"{"when": {"path": "no-slash"}, "then": T}"#,
        r#"{"when": {"path": "*"}, "then": T}"#,
        r#"{"when": {"account_id": "acc_1"}, "then": T}"#,
        r#"{"when": {"payment_id": "1"}, "then": T}"#,
        r#"{"when": {"consent_type": "ais"}, "then": T}"#,
        r#"{"when": {"certificate": "ff"}, "then": T}"#,
        r#"{"when": {"client_id": 7}, "then": T}"#,
        r#"{"when": {"nth": 0}, "then": T}"#,
        r#"{"when": {"times": 1.5}, "then": T}"#,
        r#"{"when": {"every": "2"}, "then": T}"#,
        r#"{"when": {"connection": -1}, "then": T}"#,
        r#"{"when": {"share": 1.5}, "then": T}"#,
        r#"{"when": {"share": "0,5"}, "then": T}"#,
        r#"{"when": {"hold": 1}, "then": T}"#,
        r#"{"when": {"ttl": "30"}, "then": T}"#,
        r#"{"when": {"ttl": "0s"}, "then": T}"#,
        r#"{"when": {"phase": "during"}, "then": T}"#,
        r#"{"when": {"between": ["2026-11-20T10:00:00Z"]}, "then": T}"#,
        r#"{"when": {"header": {}}, "then": T}"#,
        r#"{"when": {"header": {"x a": 1}}, "then": T}"#,
        r#"{"when": {"header": {"x": null}}, "then": T}"#,
        r#"{"when": {"query": {"x": {"not": null}}}, "then": T}"#,
        r#"{"when": {"claim": {"": 1}}, "then": T}"#,
        r#"{"when": {"claim": {"a": {}}}, "then": T}"#,
        r#"{"when": {"claim": {"a": [1]}}, "then": T}"#,
        r#"{"when": {"body": {"a": 1}}, "then": T}"#,
        r#"{"when": {"body": {"/a": {"above": 1}}}, "then": T}"#,
        r#"{"when": {"query": {"a": {"over": "x"}}}, "then": T}"#,
        r#"{"when": "always", "then": {"fault": "token.error"}}"#,
        r#"{"when": "always", "then": ["token.error"]}"#,
        r#"{"when": "always", "then": [{}]}"#,
        r#"{"when": "always", "then": [{"fault": "token.erorr"}]}"#,
        r#"{"when": "always", "then": [{"fault": "token"}]}"#,
        r#"{"when": "always", "then": [{"fault": "token.lifetime", "second": 1}]}"#,
        r#"{"when": "always", "then": [{"fault": "token.lifetime", "seconds": 0}]}"#,
        r#"{"when": "always", "then": [{"fault": "token.lifetime", "seconds": "5"}]}"#,
        r#"{"when": "always", "then": [{"fault": "token.error", "value": ""}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.date_skew", "by": "0s"}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.date_skew", "value": "sideways"}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.retry_after.seconds", "retry_after": "1500ms"}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.status", "headers": {"content-length": "1"}}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.status", "body": null}]}"#,
        r#"{"when": "always", "then": [{"fault": "http.empty_200", "status": 200}]}"#,
    ];

    fn written(text: &str) -> Value {
        let text = text.replace("\"then\": T", r#""then": [{"fault": "token.error"}]"#);
        serde_json::from_str(&text).unwrap()
    }

    /// Goal: what an editor marks is wrong, and what is right it does not mark.
    #[test]
    fn the_schema_and_the_reader_say_the_same() {
        let validator = validator();
        for text in RIGHT {
            let rule = written(text);
            assert!(validator.is_valid(&rule), "{text}");
            // The one that says nothing is wrong in a way that no schema tells.
            let is_right = read::rule(&rule, &Known::default()).is_ok();
            let says_nothing = rule == json!({"when": "always", "then": []});
            let is_elsewhere = text.contains("banking");
            assert!(is_right || says_nothing || is_elsewhere, "{text}");
        }
        for text in WRONG {
            let rule = written(text);
            assert!(!validator.is_valid(&rule), "{text}");
            assert!(read::rule(&rule, &Known::default()).is_err(), "{text}");
        }
    }
}
