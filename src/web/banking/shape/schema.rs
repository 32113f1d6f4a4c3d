//! The tables as JSON Schema (draft 2020-12, which `OpenAPI` 3.1 speaks).

use serde_json::{Map, Value, json};

use crate::money::Currency;

use super::pool::AMOUNT;
use super::{Least, Member, Shape};

/// The schema of an object with these members.
pub(crate) fn schema(members: &[Member]) -> Value {
    let properties: Map<_, _> = members
        .iter()
        .map(|member| (member.name.to_owned(), of(member.shape)))
        .collect();
    let required: Vec<_> = members
        .iter()
        .filter(|member| member.is_required)
        .map(|member| member.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
    });
    if let (false, Some(object)) = (required.is_empty(), schema.as_object_mut()) {
        object.insert("required".to_owned(), json!(required));
    }
    schema
}

fn of(shape: Shape) -> Value {
    match shape {
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Currency => {
            json!({ "type": "string", "enum": Currency::ALL.map(Currency::code) })
        }
        Shape::DateTime => json!({
            "type": "string",
            "anyOf": [{ "format": "date-time" }, { "format": "date" }],
        }),
        Shape::Form(form) => json!({
            "type": "string",
            "pattern": form.pattern(),
            "description": form.about,
        }),
        Shape::List { of: items, max } => json!({
            "type": "array", "items": of(*items), "minItems": 1, "maxItems": max,
        }),
        Shape::Money(least) => money(least),
        Shape::Object(members) => schema(members),
        Shape::Text { max } => json!({
            "type": "string", "minLength": 1, "maxLength": max, "pattern": NO_CONTROLS,
        }),
        Shape::Words(words) => json!({ "type": "string", "enum": words.list }),
    }
}

// A currency without a minor unit takes no decimals, and so on; which one, the text must tell.
fn money(least: Least) -> Value {
    let mut amount = json!({
        "type": "string",
        "pattern": AMOUNT.pattern(),
        "description": "exact decimal text, with no more decimals than the currency has",
    });
    if let (Least::AboveZero, Some(object)) = (least, amount.as_object_mut()) {
        object.insert("not".to_owned(), json!({ "pattern": "^[0.]*$" }));
    }
    json!({
        "type": "object",
        "properties": { "amount": amount, "currency": of(Shape::Currency) },
        "required": ["amount", "currency"],
        "additionalProperties": false,
    })
}

/// C0, DEL and C1.
const NO_CONTROLS: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$";

#[cfg(test)]
mod tests {
    use super::super::pool::ACCOUNT;
    use super::super::{optional, required};
    use super::*;

    #[test]
    fn a_table_prints_as_the_schema_of_what_it_takes() {
        let printed = schema(&[
            required("amount", Shape::Money(Least::AboveZero)),
            optional("account", ACCOUNT),
        ]);
        assert_eq!(printed["required"], json!(["amount"]));
        assert_eq!(printed["additionalProperties"], false);
        let amount = &printed["properties"]["amount"]["properties"]["amount"];
        assert_eq!(amount["pattern"], AMOUNT.pattern());
        let account = &printed["properties"]["account"];
        assert_eq!(account["required"], json!(["scheme", "id"]));
        assert_eq!(account["properties"]["name"]["maxLength"], 350);
    }
}
