//! The form of a scenario as JSON Schema (2020-12), made from the types that read it, so that neither an
//! editor nor a list of mistakes can know other keys than the reader does.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::fault::armed::RULES_MAX;
use crate::fault::schema;

use super::file::{CallsFile, ClockFile, CourseFile, LimitsFile, ScenarioFile};
use super::journeys::{ScriptsFile, StepFile};
use super::text::Quoted;
use super::trust::{DirectoryFile, TrustFile};

/// What a whole scenario must look like, once what it extends is filled in.
pub(super) fn form() -> &'static Value {
    static FORM: OnceLock<Value> = OnceLock::new();
    FORM.get_or_init(|| {
        let mut settings = SchemaSettings::draft2020_12();
        settings.untagged_enum_variant_titles = false;
        let generator = settings.into_generator();
        let mut form = generator.into_root_schema_for::<ScenarioFile>().to_value();
        without_null(&mut form);
        form
    })
}

/// The same for editors: of what is written, where it may rest on another scenario.
pub(crate) fn published() -> Value {
    let mut schema = form().clone();
    let Some(whole) = schema.as_object_mut() else {
        return schema;
    };
    whole.insert("title".to_owned(), "A scenario of hamsterbank".into());
    whole.insert("required".to_owned(), json!(["version"]));
    whole.insert("patternProperties".to_owned(), json!({ "^x-": true }));
    tell_faults(whole);
    for (pointer, required) in [
        ("/$defs/ClientFile", json!(["client_id"])),
        ("/$defs/ContractFile", json!(["id"])),
    ] {
        if let Some(Value::Object(named)) = schema.pointer_mut(pointer) {
            named.insert("required".to_owned(), required);
        }
    }
    for named in NAMED {
        if let Some(Value::Object(members)) = schema.pointer_mut(&format!("{named}/properties")) {
            members.insert("remove".to_owned(), REMOVE.clone());
        }
    }
    if let Some(Value::Object(members)) = schema.pointer_mut("/properties") {
        let of_editors = json!({ "type": "string", "description": "This schema; for editors." });
        members.insert("$schema".to_owned(), of_editors);
    }
    schema
}

/// Tells rules for faults in full. One without a name is always whole; one that has a name may change the rule of
/// that name, where there is a scenario below.
fn tell_faults(whole: &mut Map<String, Value>) {
    if let Some(Value::Object(definitions)) = whole.get_mut("$defs") {
        let mut own = schema::definitions("#/$defs");
        if let Some(Value::Object(rule)) = own.get_mut(schema::RULE) {
            rule.shift_remove("required");
            let is_whole = json!([{ "required": ["when", "then"] }, { "required": ["name"] }]);
            rule.insert("anyOf".to_owned(), is_whole);
        }
        definitions.append(&mut own);
    }
    let rules = whole.get_mut("properties");
    let rules = rules.and_then(|properties| properties.get_mut("faults"));
    if let Some(Value::Object(rules)) = rules {
        let rule = json!({ "$ref": format!("#/$defs/{}", schema::RULE) });
        rules.insert("items".to_owned(), rule);
        rules.insert("maxItems".to_owned(), RULES_MAX.into());
    }
    whole.insert(
        "if".to_owned(),
        json!({ "not": { "required": ["extends"] } }),
    );
    let are_whole = json!({ "items": { "required": ["when", "then"] } });
    whole.insert(
        "then".to_owned(),
        json!({ "properties": { "faults": are_whole } }),
    );
}

/// Rules for faults, of which the check knows more than can be said here.
pub(super) fn faults(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "when": {
                    "description": "Conditions, all of which must hold, or `always`.",
                    "type": ["object", "string"],
                },
                "then": {
                    "description": "What goes wrong; `hamsterbank faults` lists what can.",
                    "type": "array",
                    "items": { "type": "object" },
                },
            },
        },
    })
}

/// The words of a table, for an `enum`.
pub(super) fn words<T>(table: &[(&'static str, T)]) -> Vec<&'static str> {
    table.iter().map(|(word, _)| *word).collect()
}

/// Nothing is ever written as null: what is not said is left out. Defaults are told in words.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.retain(|name, value| !(name == "default" && value.is_null()));
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                }
            }
            let mut alone = None;
            if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
                if let [Value::Object(only)] = choices.as_slice() {
                    alone = Some(only.clone());
                }
            }
            if let Some(only) = alone {
                members.shift_remove("anyOf");
                members.extend(only);
            }
            members.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

impl JsonSchema for Quoted {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Quoted".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl JsonSchema for ClockFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ClockFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let course = generator.subschema_for::<CourseFile>();
        json_schema!({
            "title": "now, an RFC 3339 instant, or {start, rate}",
            "anyOf": [{ "type": "string" }, course],
        })
    }
}

impl JsonSchema for LimitsFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LimitsFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let calls = generator.subschema_for::<CallsFile>();
        json_schema!({ "anyOf": [{ "type": "string", "enum": ["off"] }, calls] })
    }
}

impl JsonSchema for TrustFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TrustFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let directory = generator.subschema_for::<DirectoryFile>();
        json_schema!({ "anyOf": [{ "type": "string" }, directory] })
    }
}

impl JsonSchema for ScriptsFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScriptsFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let steps = generator.subschema_for::<Vec<StepFile>>();
        json_schema!({ "type": "object", "additionalProperties": steps })
    }
}

// Which words there are, and what stands behind each, is known to the check, which tells it better.
impl JsonSchema for StepFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StepFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "one step, such as approve or otp: wrong", "anyOf": [
            { "type": "string", "examples": ["approve", "reject", "abandon"] },
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {
                    "login": { "type": "string", "description": "By username or id." },
                    "otp": { "type": "string", "description": "`right` or `wrong`." },
                    "accounts": {
                        "type": ["string", "array"],
                        "description": "`all`, or a list of ids.",
                        "items": { "type": "string" },
                    },
                    "wait": { "type": "string", "description": "In real time: `3s`." },
                    "error": { "type": "string", "description": "A registered word: `server_error`." },
                },
            },
        ] })
    }
}

/// What lists of named things hold: each may be taken out of a scenario that this one extends.
const NAMED: &[&str] = &[
    "/$defs/PersonFile",
    "/$defs/AccountFile",
    "/$defs/ClientFile",
    "/$defs/ContractFile",
    "/$defs/FaultRule",
    "/$defs/RuleFile",
    "/$defs/TimelineFile",
    "/$defs/PaymentRuleFile",
];

static REMOVE: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| {
    json!({
        "const": true,
        "description": "Takes the thing of this name out of the scenario that this one extends.",
    })
});
