//! Bad bodies, made from the tables of the bodies themselves: every member, in every way it can be wrong.

use http::Method;
use serde_json::{Map, Value, json};

use super::Desk;
use super::payment_bodies::whole_payment;
use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::rail::PaymentType;
use crate::consent::{ConsentType, FundsTerms, Terms};
use crate::id::ConsentId;
use crate::web::banking::shape::{Least, MONEY, Member, Shape, walk};
use crate::web::banking::{consents, funds_confirmations, payments};

/// One endpoint that takes a body, with a body that has every member there is.
struct Target {
    path: String,
    table: &'static [Member],
    whole: Value,
    token: String,
    consent: Option<ConsentId>,
}

/// A body with one mistake, and what is to be told of it.
#[derive(Debug)]
struct Mistake {
    body: Value,
    code: &'static str,
    at: String,
}

fn targets(desk: &Desk) -> Vec<Target> {
    let mut targets: Vec<_> = consents::TABLES
        .iter()
        .map(|(consent_type, table)| Target {
            path: format!("/consents/{}", consent_type.as_str()),
            table,
            whole: whole_consent(*consent_type),
            token: desk.credentials(),
            consent: None,
        })
        .collect();
    let account = Identifier::bare(Scheme::SortCodeAccountNumber, "608371-12345678");
    let terms = Terms::FundsConfirmation(FundsTerms {
        debtor_account: account,
    });
    let (consent, token) = desk.approved(terms, "openid fundsconfirmations");
    targets.push(Target {
        path: "/open-banking/v1/funds-confirmations".to_owned(),
        table: funds_confirmations::TABLE,
        whole: json!({
            "reference": "Purchase01",
            "instructed_amount": { "amount": "1.00", "currency": "GBP" },
            "consent_id": consent.as_str(),
        }),
        token,
        consent: Some(consent),
    });
    for payment_type in PaymentType::ALL {
        let consent = Target {
            path: "/consents/payment".to_owned(),
            table: consents::payment::table_of(payment_type),
            whole: whole_payment(payment_type),
            token: desk.credentials(),
            consent: None,
        };
        for of_path in [None, Some(payment_type)] {
            targets.push(payment(desk, &consent, (payment_type, of_path)));
        }
        targets.push(consent);
    }
    targets
}

/// The payment that a consent allows, with its customer's token; the path may name its type.
fn payment(
    desk: &Desk,
    consent: &Target,
    (payment_type, of_path): (PaymentType, Option<PaymentType>),
) -> Target {
    let (status, created) = post(desk, consent, &consent.whole);
    assert_eq!(status, 201, "{created}");
    let id = ConsentId::new(created["consent_id"].as_str().unwrap());
    let token = desk.approve(&id, "openid payments");
    Target {
        path: of_path.map_or("/open-banking/v1/payments".to_owned(), |of_path| {
            format!("/open-banking/v1/payments/{}", of_path.as_str())
        }),
        table: payments::table_of(payment_type, of_path),
        whole: json!({
            "payment_type": consent.whole["payment_type"],
            "instruction": consent.whole["instruction"],
            "risk": consent.whole["risk"],
            "consent_id": id.as_str(),
        }),
        token,
        consent: Some(id),
    }
}

fn whole_consent(consent_type: ConsentType) -> Value {
    match consent_type {
        ConsentType::AccountAccess => json!({
            "permissions": ["ReadAccounts"],
            "expiration_date": "2025-09-01T12:00:00Z",
            "transaction_from_date": "2024-01-01",
            "transaction_to_date": "2025-06-01T00:00:00+01:00",
            "consent_type": "account-access",
        }),
        ConsentType::FundsConfirmation => json!({
            "debtor_account": {
                "scheme": "SortCodeAccountNumber",
                "id": "608371-12345678",
                "name": "Hazel \u{1f439} Wheelwright",
                "secondary_id": "0002",
            },
            "expiration_date": "2025-09-01",
            "consent_type": "funds-confirmation",
        }),
        ConsentType::Payment => panic!("its two tables are told apart by payment_type"),
    }
}

/// Values that are never right for a shape, each with its word.
fn bad_values(shape: Shape) -> Vec<(Value, &'static str)> {
    let anything = [
        json!(null),
        json!(""),
        json!({}),
        json!([]),
        json!(7),
        json!(-0.5),
        json!(true),
        json!(["x"]),
    ];
    let is_wrong = |value: &Value| match shape {
        Shape::Boolean => !value.is_boolean(),
        Shape::List { .. } => *value != json!(["x"]),
        _ => true,
    };
    let wrong_type = anything.into_iter().filter(is_wrong);
    let wrong_type = wrong_type.map(|value| (value, "invalid_field"));
    let texts = bad_texts(shape)
        .into_iter()
        .map(|(text, code)| (json!(text), code));
    wrong_type.chain(texts).collect()
}

fn bad_texts(shape: Shape) -> Vec<(String, &'static str)> {
    let told: Vec<(String, &'static str)> = match shape {
        Shape::DateTime => [
            "soon",
            "2025-13-01",
            "2025-07-01T00:00:00",
            "1750000000",
            "\u{1f439}",
        ]
        .map(|text| (text.to_owned(), "invalid_date"))
        .into(),
        Shape::Currency => vec![
            ("XXX".to_owned(), "unsupported_currency"),
            ("gbp".to_owned(), "invalid_field"),
            ("\u{1f439}".to_owned(), "invalid_field"),
        ],
        Shape::Words(words) => ["nonsense", "\u{1f439}", &words.list[0].to_ascii_uppercase()]
            .into_iter()
            .filter(|word| !words.list.contains(word))
            .map(|word| (word.to_owned(), words.otherwise.code()))
            .collect(),
        Shape::Form(_) => BAD_AMOUNTS
            .map(|text| (text.to_owned(), "invalid_field"))
            .into(),
        Shape::Text { max } => vec![
            ("x".repeat(max + 1), "invalid_field"),
            ("\u{1f439}".repeat(max + 1), "invalid_field"),
        ],
        Shape::Boolean => vec![("true".to_owned(), "invalid_field")],
        Shape::List { .. } | Shape::Money(_) | Shape::Object(_) => {
            vec![("{}".to_owned(), "invalid_field")]
        }
    };
    let controls = ["\u{0}", "a\u{7}", "a\nb", "a\u{7f}", "a\u{85}"];
    let controls = controls.map(|text| (text.to_owned(), "invalid_field"));
    told.into_iter().chain(controls).collect()
}

/// Every body with one mistake.
fn mistakes(target: &Target) -> Vec<Mistake> {
    let mut found = Vec::new();
    visit(target.table, "", &target.whole, &mut found);
    found
}

fn visit(members: &[Member], at: &str, whole: &Value, found: &mut Vec<Mistake>) {
    let mut add = |body, code, at: &str| {
        found.push(Mistake {
            body,
            code,
            at: at.to_owned(),
        });
    };
    add(
        with(whole, &format!("{at}/stranger"), json!(1)),
        "unexpected_field",
        &format!("{at}/stranger"),
    );
    for member in members {
        let pointer = format!("{at}/{}", member.name);
        assert!(
            whole.pointer(&pointer).is_some(),
            "{pointer} is not in the whole body"
        );
        if member.is_required {
            add(without(whole, at, member.name), "missing_field", &pointer);
        }
        for (value, code) in bad_values(member.shape) {
            add(with(whole, &pointer, value), code, &pointer);
        }
    }
    for member in members {
        descend(member.shape, &format!("{at}/{}", member.name), whole, found);
    }
}

fn descend(shape: Shape, pointer: &str, whole: &Value, found: &mut Vec<Mistake>) {
    let mut add = |body, code, at: String| found.push(Mistake { body, code, at });
    match shape {
        Shape::Object(members) => visit(members, pointer, whole, found),
        Shape::List { of, max } => {
            let first = format!("{pointer}/0");
            for (value, code) in bad_values(*of) {
                add(with(whole, &first, value), code, first.clone());
            }
            let item = whole.pointer(&first).unwrap();
            let many = with(whole, pointer, json!(vec![item; max + 1]));
            add(many, "invalid_field", pointer.to_owned());
        }
        Shape::Money(least) => {
            let amount = format!("{pointer}/amount");
            // Too fine for pounds, and nothing at all where there must be something.
            let zero = (least == Least::AboveZero).then_some("0.00");
            for text in ["0.001", "1.000"].into_iter().chain(zero) {
                add(
                    with(whole, &amount, json!(text)),
                    "invalid_field",
                    amount.clone(),
                );
            }
            visit(MONEY, pointer, whole, found);
        }
        _ => {}
    }
}

/// The body with this value at a pointer.
fn with(whole: &Value, pointer: &str, value: Value) -> Value {
    let mut body = whole.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(object) => {
            object.insert(name.to_owned(), value);
        }
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no members"),
    }
    body
}

fn without(whole: &Value, parent: &str, name: &str) -> Value {
    let mut body = whole.clone();
    let object = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    object.shift_remove(name);
    body
}

fn told(answer: &Value) -> Vec<(&str, &str)> {
    let errors = answer["errors"].as_array().unwrap();
    let told = errors.iter().map(|fault| {
        (
            fault["code"].as_str().unwrap(),
            fault["pointer"].as_str().unwrap(),
        )
    });
    told.collect()
}

fn post(desk: &Desk, target: &Target, body: &Value) -> (u16, Value) {
    let credentials = (target.token.as_str(), target.consent.as_ref());
    desk.call((Method::POST, &target.path), credentials, Some(body))
}

#[test]
fn every_member_wrong_in_every_way_is_told_and_changes_nothing() {
    let desk = Desk::open();
    let targets = targets(&desk);
    let book = desk.state(|state| state.book.clone());
    let kept = || desk.state(|state| format!("{:?} {:?}", state.consents, state.oauth));
    let before = kept();
    let mut asked = 0;
    for target in &targets {
        for mistake in mistakes(target) {
            let (status, answer) = post(&desk, target, &mistake.body);
            let context = format!("{}: {mistake:?}: {answer}", target.path);
            assert_eq!(status, 400, "{context}");
            assert_eq!(answer["code"], mistake.code, "{context}");
            assert_eq!(
                told(&answer),
                [(mistake.code, mistake.at.as_str())],
                "{context}"
            );
            asked += 1;
        }
    }
    assert_eq!(kept(), before, "a refusal changed something");
    assert!(
        desk.state(|state| state.book == book),
        "a refusal moved money"
    );
    assert!(asked > 300, "{asked}");
    for target in &targets {
        let (status, answer) = post(&desk, target, &target.whole);
        assert_eq!(status, 201, "{}: {answer}", target.path);
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_document_order() {
    let desk = Desk::open();
    for target in targets(&desk) {
        let names = target.table.iter().map(|member| member.name);
        let mut names: Vec<_> = names.chain(["stranger"]).collect();
        for _ in 0..2 {
            names.reverse();
            let nulls = names.iter().map(|name| ((*name).to_owned(), Value::Null));
            let body = Value::Object(nulls.collect::<Map<_, _>>());
            let (status, answer) = post(&desk, &target, &body);
            assert_eq!(status, 400, "{answer}");
            let places: Vec<_> = told(&answer).into_iter().map(|(_, at)| &at[1..]).collect();
            assert_eq!(places, names, "{}", target.path);
        }
        let (_, answer) = post(&desk, &target, &json!({ "stranger": 1 }));
        let required = target.table.iter().filter(|member| member.is_required);
        let mut expected = vec!["stranger"];
        expected.extend(required.map(|member| member.name));
        let places: Vec<_> = told(&answer).into_iter().map(|(_, at)| &at[1..]).collect();
        assert_eq!(places, expected, "{}", target.path);
    }
}

#[test]
fn emoji_are_text_up_to_the_last_one_that_fits() {
    let desk = Desk::open();
    let mut texts = 0;
    for target in targets(&desk) {
        let mut check = |pointer: &str, max: usize| {
            let body = with(&target.whole, pointer, json!("\u{1f439}".repeat(max)));
            let faults = walk(target.table, body.as_object().unwrap());
            assert_eq!(faults, [], "{} {pointer}", target.path);
            texts += 1;
        };
        for_each_text(target.table, "", &mut check);
    }
    assert!(texts >= 5, "{texts}");
}

fn for_each_text(members: &[Member], at: &str, check: &mut impl FnMut(&str, usize)) {
    for member in members {
        let pointer = format!("{at}/{}", member.name);
        match member.shape {
            Shape::Text { max } => check(&pointer, max),
            Shape::Object(members) => for_each_text(members, &pointer, check),
            _ => {}
        }
    }
}

/// What is no amount, and no other closed form either.
const BAD_AMOUNTS: [&str; 12] = [
    "1e5",
    "-0",
    "-1",
    "+1",
    "10000000000000000",
    "1.",
    ".5",
    "1,00",
    " 1",
    "0x10",
    "NaN",
    "\u{1f439}",
];
