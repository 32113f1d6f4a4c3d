//! Holding a body against its table: every fault, with its pointer (RFC 6901), in document order; what
//! is missing comes last at its object (API contract, sections 1, 8 and 15).

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::json;
use crate::money::{Amount, Currency};
use crate::web::banking::error::{Fault, Kind, Place};

use super::pool::AMOUNT;
use super::{Class, Form, Least, Member, Run, Shape, Words, required};

/// Every fault of a body.
pub(crate) fn walk(members: &[Member], body: &Map<String, Value>) -> Vec<Fault> {
    let mut walk = Walk::default();
    walk.members(members, body, "");
    walk.faults
}

/// A member's pointer below another's.
fn pointer_to(at: &str, member: &str) -> String {
    format!("{at}/{}", member.replace('~', "~0").replace('/', "~1"))
}

/// One pass over a body.
#[derive(Default)]
struct Walk {
    faults: Vec<Fault>,
}

impl Walk {
    fn value(&mut self, shape: Shape, value: &Value, at: &str) {
        match shape {
            Shape::Boolean if value.is_boolean() => {}
            Shape::Boolean => self.wrong_type(value, at, "true or false"),
            Shape::List { of, max } => self.list((*of, max), value, at),
            Shape::Money(least) => self.money(least, value, at),
            Shape::Object(members) => {
                self.object(members, value, at);
            }
            Shape::Currency
            | Shape::DateTime
            | Shape::Form(_)
            | Shape::Text { .. }
            | Shape::Words(_) => self.text(shape, value, at),
        }
    }

    /// Whether it is an object without faults.
    fn object(&mut self, members: &[Member], value: &Value, at: &str) -> bool {
        let before = self.faults.len();
        match value {
            Value::Object(object) if object.is_empty() => {
                self.add(Kind::InvalidField, at, "must not be empty");
            }
            Value::Object(object) => self.members(members, object, at),
            other => self.wrong_type(other, at, "an object"),
        }
        self.faults.len() == before
    }

    fn members(&mut self, members: &[Member], object: &Map<String, Value>, at: &str) {
        for (name, value) in object {
            let pointer = pointer_to(at, name);
            match members.iter().find(|member| member.name == name) {
                Some(member) => self.value(member.shape, value, &pointer),
                None => self.add(
                    Kind::UnexpectedField,
                    &pointer,
                    "is not a member of this request",
                ),
            }
        }
        let missing = members
            .iter()
            .filter(|member| member.is_required && !object.contains_key(member.name));
        for member in missing {
            self.add(
                Kind::MissingField,
                &pointer_to(at, member.name),
                "is required",
            );
        }
    }

    fn list(&mut self, (of, max): (Shape, usize), value: &Value, at: &str) {
        match value {
            Value::Array(items) if items.is_empty() => {
                self.add(Kind::InvalidField, at, "must hold at least one item");
            }
            Value::Array(items) if items.len() > max => {
                self.add(
                    Kind::InvalidField,
                    at,
                    format!("must hold {max} items at most"),
                );
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(of, item, &format!("{at}/{index}"));
                }
            }
            other => self.wrong_type(other, at, "a list"),
        }
    }

    fn money(&mut self, least: Least, value: &Value, at: &str) {
        if !self.object(MONEY, value, at) {
            return;
        }
        let pointer = pointer_to(at, "amount");
        match read_money(value) {
            Some(Ok(amount)) if least == Least::AboveZero && amount.minor_units == 0 => {
                self.add(Kind::InvalidField, &pointer, "must be more than zero");
            }
            Some(Err(error)) => self.add(Kind::InvalidField, &pointer, error.to_string()),
            Some(Ok(_)) | None => {}
        }
    }

    fn text(&mut self, shape: Shape, value: &Value, at: &str) {
        let Value::String(text) = value else {
            return self.wrong_type(value, at, "a string");
        };
        if text.is_empty() {
            return self.add(Kind::InvalidField, at, "must not be empty");
        }
        if text.chars().any(char::is_control) {
            return self.add(Kind::InvalidField, at, "must hold no control characters");
        }
        if let Err((kind, message)) = check_text(shape, text) {
            self.add(kind, at, message);
        }
    }

    fn wrong_type(&mut self, value: &Value, at: &str, expected: &str) {
        let message = format!("must be {expected}, not {}", json::kind(value));
        self.add(Kind::InvalidField, at, message);
    }

    fn add(&mut self, kind: Kind, at: &str, message: impl Into<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault {
                kind,
                message: message.into(),
                place: Place::Pointer(at.to_owned()),
            });
        }
    }
}

/// What a text must be beyond a text.
fn check_text(shape: Shape, text: &str) -> Result<(), (Kind, String)> {
    match shape {
        Shape::Currency => check_currency(text),
        Shape::DateTime => Timestamp::parse(text)
            .map(|_| ())
            .map_err(|error| (Kind::InvalidDate, error.to_string())),
        Shape::Form(form) if !form.fits(text) => {
            Err((Kind::InvalidField, format!("must be {}", form.about)))
        }
        Shape::Text { max } if text.chars().count() > max => Err((
            Kind::InvalidField,
            format!("must have {max} characters at most"),
        )),
        Shape::Words(words) => check_word(words, text),
        _ => Ok(()),
    }
}

fn check_word(words: &Words, text: &str) -> Result<(), (Kind, String)> {
    if words.list.contains(&text) {
        return Ok(());
    }
    let message = match words.list {
        [only] => format!("must be {only}"),
        several => format!("must be one of {}", several.join(", ")),
    };
    Err((words.otherwise, message))
}

fn check_currency(text: &str) -> Result<(), (Kind, String)> {
    if Currency::parse(text).is_some() {
        return Ok(());
    }
    if CURRENCY.fits(text) {
        let known = Currency::ALL.map(Currency::code).join(", ");
        return Err((Kind::UnsupportedCurrency, format!("must be one of {known}")));
    }
    Err((Kind::InvalidField, format!("must be {}", CURRENCY.about)))
}

/// The money of a well-formed object; `None` of any other value.
pub(crate) fn read_money(value: &Value) -> Option<Result<Amount, crate::money::NotAnAmount>> {
    let currency = Currency::parse(value.get("currency")?.as_str()?)?;
    Some(Amount::parse(value.get("amount")?.as_str()?, currency))
}

/// The members of money.
pub(crate) static MONEY: &[Member] = &[
    required("amount", Shape::Form(&AMOUNT)),
    required("currency", Shape::Currency),
];

static CURRENCY: Form = Form {
    about: "a currency code of 3 capital letters",
    either: &[&[Run::new(Class::Upper, 3, 3)]],
};

/// More faults than a developer reads, and an answer that stays far below the size of the worst request.
const FAULTS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::super::optional;
    use super::super::pool::ACCOUNT;
    use super::*;

    static ORDER: &[Member] = &[
        required("reference", Shape::Text { max: 3 }),
        required("amount", Shape::Money(Least::AboveZero)),
        optional("account", ACCOUNT),
        optional("at", Shape::DateTime),
        optional("urgent", Shape::Boolean),
        optional(
            "codes",
            Shape::List {
                of: &Shape::Text { max: 2 },
                max: 2,
            },
        ),
    ];

    fn told(body: &str) -> Vec<(&'static str, String)> {
        let body = json::read_object(body.as_bytes()).unwrap();
        let pointer = |fault: Fault| match fault.place {
            Place::Pointer(pointer) => (fault.kind.code(), pointer),
            other => panic!("{other:?}"),
        };
        walk(ORDER, &body).into_iter().map(pointer).collect()
    }

    #[test]
    fn each_fault_has_its_word_and_its_place() {
        let rest = r#""amount":{"amount":"1.00","currency":"GBP"}"#;
        let cases = [
            (r#""reference":"abc""#, None),
            (r#""reference":"🐹🐹🐹""#, None),
            (
                r#""reference":"🐹🐹🐹🐹""#,
                Some(("invalid_field", "/reference")),
            ),
            (
                r#""reference":"a\u0007""#,
                Some(("invalid_field", "/reference")),
            ),
            (
                r#""reference":"a\u0085""#,
                Some(("invalid_field", "/reference")),
            ),
            (r#""reference":"""#, Some(("invalid_field", "/reference"))),
            (r#""reference":null"#, Some(("invalid_field", "/reference"))),
            (r#""reference":{}"#, Some(("invalid_field", "/reference"))),
            (
                r#""reference":"a","urgent":"true""#,
                Some(("invalid_field", "/urgent")),
            ),
            (
                r#""reference":"a","at":"soon""#,
                Some(("invalid_date", "/at")),
            ),
            (r#""reference":"a","at":7"#, Some(("invalid_field", "/at"))),
            (
                r#""reference":"a","codes":[]"#,
                Some(("invalid_field", "/codes")),
            ),
            (
                r#""reference":"a","codes":["a","b","c"]"#,
                Some(("invalid_field", "/codes")),
            ),
            (
                r#""reference":"a","codes":["a","bcd"]"#,
                Some(("invalid_field", "/codes/1")),
            ),
            (
                r#""reference":"a","account":{}"#,
                Some(("invalid_field", "/account")),
            ),
            (
                r#""reference":"a","account":[]"#,
                Some(("invalid_field", "/account")),
            ),
            (
                r#""reference":"a","account":{"scheme":"IBAN"}"#,
                Some(("missing_field", "/account/id")),
            ),
            (
                r#""reference":"a","account":{"scheme":"iban","id":"x"}"#,
                Some(("unsupported_scheme", "/account/scheme")),
            ),
            (
                r#""reference":"a","account":{"scheme":"IBAN","id":"x","a/b~c":1}"#,
                Some(("unexpected_field", "/account/a~1b~0c")),
            ),
        ];
        for (body, expected) in cases {
            let expected = expected.map(|(code, at)| (code, at.to_owned()));
            let found = told(&format!("{{{body},{rest}}}"));
            assert_eq!(found, Vec::from_iter(expected), "{body}");
        }
    }

    #[test]
    fn money_is_exact_or_refused() {
        for (amount, currency, at, code) in [
            (r#""1e5""#, "GBP", "amount", "invalid_field"),
            (r#""-0""#, "GBP", "amount", "invalid_field"),
            (r#""0""#, "GBP", "amount", "invalid_field"),
            (r#""0.00""#, "GBP", "amount", "invalid_field"),
            (r#""0.001""#, "GBP", "amount", "invalid_field"),
            (r#""10000000000000000""#, "GBP", "amount", "invalid_field"),
            ("1.5", "GBP", "amount", "invalid_field"),
            (r#""1.0""#, "JPY", "amount", "invalid_field"),
            (r#""1.00""#, "XXX", "currency", "unsupported_currency"),
            (r#""1.00""#, "gbp", "currency", "invalid_field"),
            (r#""1.00""#, "POUNDS", "currency", "invalid_field"),
        ] {
            let body = format!(
                r#"{{"reference":"a","amount":{{"amount":{amount},"currency":"{currency}"}}}}"#
            );
            assert_eq!(told(&body), [(code, format!("/amount/{at}"))], "{body}");
        }
    }

    #[test]
    fn faults_come_in_document_order_and_what_is_missing_last_at_its_object() {
        let body = r#"{"zzz":1,"account":{"x":1,"scheme":"IBAN"},"at":"","codes":[1,2]}"#;
        let places: Vec<_> = told(body).into_iter().map(|(_, at)| at).collect();
        assert_eq!(
            places,
            [
                "/zzz",
                "/account/x",
                "/account/id",
                "/at",
                "/codes/0",
                "/codes/1",
                "/reference",
                "/amount"
            ]
        );
    }

    #[test]
    fn a_body_full_of_mistakes_is_not_answered_with_all_of_them() {
        let many: Vec<_> = (0..5_000).map(|index| format!(r#""m{index}":0"#)).collect();
        assert_eq!(told(&format!("{{{}}}", many.join(","))).len(), FAULTS_MAX);
    }
}
