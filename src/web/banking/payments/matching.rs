//! A payment must say what its consent says, to the letter (API contract, sections 6.2 and 15): objects in
//! any order, lists in order, texts character for character; what is absent is not its default.

use serde_json::{Map, Value};

use crate::banking::payment::Order;
use crate::rule::Rule;
use crate::web::banking::body;
use crate::web::banking::error::{Error, Fault, Kind};
use crate::web::call::Call;

/// Whether what was sent is what the consent allows.
///
/// # Errors
/// 400 with one `payment_mismatch` for each difference.
pub(super) fn check(
    call: &mut Call<'_>,
    sent: &Map<String, Value>,
    order: &Order,
) -> Result<(), Error> {
    let differences = differences(sent, &expected(order));
    if differences.is_empty() {
        call.trail.passed(&MATCHES);
        return Ok(());
    }
    Err(Error::of_faults(&MATCHES, differences))
}

/// The body that would match.
fn expected(order: &Order) -> Map<String, Value> {
    let mut expected = Map::new();
    let payment_type = order.payment_type.as_str();
    expected.insert("payment_type".to_owned(), payment_type.into());
    expected.insert("instruction".to_owned(), order.instruction.clone().into());
    if let Some(risk) = &order.risk {
        expected.insert("risk".to_owned(), risk.clone().into());
    }
    expected
}

fn differences(sent: &Map<String, Value>, expected: &Map<String, Value>) -> Vec<Fault> {
    let mut found = Vec::new();
    // Which consent it is for was looked at before.
    let mut sent = sent.clone();
    sent.shift_remove("consent_id");
    compare_objects(&sent, expected, "", &mut found);
    found.truncate(DIFFERENCES_MAX);
    found
}

fn compare(sent: &Value, expected: &Value, at: &str, found: &mut Vec<Fault>) {
    match (sent, expected) {
        (Value::Object(sent), Value::Object(expected)) => {
            compare_objects(sent, expected, at, found);
        }
        (Value::Array(sent), Value::Array(expected)) if sent.len() == expected.len() => {
            for (index, (sent, expected)) in sent.iter().zip(expected).enumerate() {
                compare(sent, expected, &format!("{at}/{index}"), found);
            }
        }
        _ if sent == expected => {}
        _ => found.push(difference(
            at,
            format!("must be {expected}, as in the consent"),
        )),
    }
}

/// What was sent in its order, then what is missing.
fn compare_objects(
    sent: &Map<String, Value>,
    expected: &Map<String, Value>,
    at: &str,
    found: &mut Vec<Fault>,
) {
    let pointer = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    for (name, value) in sent {
        match expected.get(name) {
            Some(expected) => compare(value, expected, &pointer(name), found),
            None => found.push(difference(
                &pointer(name),
                "is not in the consent".to_owned(),
            )),
        }
    }
    for (name, value) in expected
        .iter()
        .filter(|(name, _)| !sent.contains_key(*name))
    {
        let message = format!("is missing: must be {value}, as in the consent");
        found.push(difference(&pointer(name), message));
    }
}

fn difference(at: &str, message: String) -> Fault {
    body::fault(Kind::PaymentMismatch, at, message)
}

/// More than any payment has members.
const DIFFERENCES_MAX: usize = 200;

/// Every rule of this file, for the list of checks.
pub(super) static RULES: &[&Rule] = &[&MATCHES];

static MATCHES: Rule = Rule {
    name: "payment.matches",
    clause: "Hamster Bank API, sections 6.2 and 15",
    sentence: "A payment says exactly what its consent says.",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::banking::error::Place;
    use serde_json::json;

    fn places(sent: &Value, expected: &Value) -> Vec<String> {
        let object = |value: &Value| value.as_object().unwrap().clone();
        let found = differences(&object(sent), &object(expected));
        let place = |fault: Fault| match fault.place {
            Place::Pointer(pointer) => pointer,
            other => panic!("{other:?}"),
        };
        found.into_iter().map(place).collect()
    }

    #[test]
    fn every_difference_is_told_with_its_place() {
        let consent = json!({
            "payment_type": "domestic",
            "instruction": {
                "a": "1", "amount": {"amount": "10.00", "currency": "GBP"}, "lines": ["x", "y"],
            },
            "risk": {"b": true},
        });
        for (why, pointer, value, expected) in [
            ("the same", "/instruction/a", json!("1"), vec![]),
            (
                "another text",
                "/instruction/a",
                json!("2"),
                vec!["/instruction/a"],
            ),
            (
                "another type",
                "/instruction/a",
                json!(1),
                vec!["/instruction/a"],
            ),
            (
                "the same sum in other letters",
                "/instruction/amount/amount",
                json!("10.0"),
                vec!["/instruction/amount/amount"],
            ),
            (
                "a list in another order",
                "/instruction/lines",
                json!(["y", "x"]),
                vec!["/instruction/lines/0", "/instruction/lines/1"],
            ),
            (
                "a shorter list",
                "/instruction/lines",
                json!(["x"]),
                vec!["/instruction/lines"],
            ),
            ("another risk", "/risk/b", json!(false), vec!["/risk/b"]),
            (
                "a member more and one less",
                "/risk",
                json!({"c": 1}),
                vec!["/risk/c", "/risk/b"],
            ),
        ] {
            let mut sent = consent.clone();
            *sent.pointer_mut(pointer).unwrap() = value;
            assert_eq!(places(&sent, &consent), expected, "{why}");
        }
        let without_risk =
            json!({ "payment_type": "domestic", "instruction": consent["instruction"] });
        assert_eq!(places(&without_risk, &consent), ["/risk"]);
        assert_eq!(places(&consent, &without_risk), ["/risk"]);
        let turned = json!({
            "consent_id": "consent_pis_1",
            "risk": {"b": true},
            "instruction": {
                "lines": ["x", "y"], "amount": {"currency": "GBP", "amount": "10.00"}, "a": "1",
            },
            "payment_type": "domestic",
        });
        assert_eq!(places(&turned, &consent), Vec::<String>::new());
    }
}
