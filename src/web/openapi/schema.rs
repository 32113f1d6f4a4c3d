//! The few schemas that many bodies share: money, times, words out of a closed list.

use schemars::transform::transform_subschemas;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::web::banking::instruction::tables;
use crate::web::banking::shape::{self, Member};

/// An amount in decimal text, as the API contract, section 1, has it.
pub(crate) fn money_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": MONEY })
}

/// A moment: RFC 3339 in UTC with whole seconds.
pub(crate) fn date_time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time", "pattern": DATE_TIME })
}

/// A calendar day.
pub(crate) fn date(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date" })
}

/// A currency of ISO 4217 that the bank knows.
pub(crate) fn currency(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": words(crate::money::Currency::ALL, crate::money::Currency::code) })
}

/// Which way money moves.
pub(crate) fn direction(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["credit", "debit"] })
}

/// A payment's instruction, which comes back as it was sent.
pub(crate) fn instruction(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [of_table(tables::DOMESTIC), of_table(tables::INTERNATIONAL)] })
}

/// A payment's circumstances, which come back as they were sent.
pub(crate) fn risk(_: &mut SchemaGenerator) -> Schema {
    of_table(tables::RISK)
}

/// What a body is held against.
pub(crate) fn of_table(members: &[Member]) -> Schema {
    Schema::try_from(shape::schema::schema(members)).unwrap_or_default()
}

/// A text that is printed from something else: never empty.
pub(crate) fn text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1 })
}

/// The words of a closed list.
pub(crate) fn words<T, const N: usize>(
    all: [T; N],
    word: impl Fn(T) -> &'static str,
) -> Vec<&'static str> {
    all.into_iter().map(word).collect()
}

/// Takes `null` out of a schema and all below it: an absent member is left out, never null.
pub(super) fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [only] = choices.as_mut_slice()
            && let Ok(only) = Schema::try_from(only.take())
        {
            *schema = only;
        }
    }
    transform_subschemas(&mut without_null, schema);
}

const MONEY: &str = r"^\d{1,13}(\.\d{1,5})?$";
const DATE_TIME: &str = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$";
