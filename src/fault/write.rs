//! Rules and the catalogue as JSON: what is written reads back to the same rule.

use serde_json::{Map, Value, json};
use time::Duration;

use super::arguments::Arguments;
use super::armed::Armed;
use super::catalogue::{Entry, Leaves};
use super::comparison::{Operator, Test};
use super::condition::{Tests, When};
use super::rule::Act;

/// A rule, as it could have been written.
#[cfg(test)]
pub(crate) fn rule(rule: &super::rule::Rule) -> Value {
    let mut members = Map::new();
    if let Some(name) = &rule.name {
        members.insert("name".to_owned(), (**name).into());
    }
    members.insert("when".to_owned(), when(&rule.when));
    members.insert("then".to_owned(), rule.then.iter().map(act).collect());
    Value::Object(members)
}

/// A rule that is armed, with what became of it.
pub(crate) fn armed(armed: &Armed) -> Value {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("id", armed.id.to_string().into());
    put("name", json!(armed.rule.name));
    put("when", when(&armed.rule.when));
    put("then", armed.rule.then.iter().map(act).collect());
    let source = if armed.is_of_scenario {
        "scenario"
    } else {
        "control"
    };
    put("source", source.into());
    put("matched", armed.matched.into());
    put("fired", armed.fired.into());
    put("remaining", json!(armed.remaining()));
    let ids = armed.request_ids.iter().map(ToString::to_string);
    put("request_ids", ids.collect());
    Value::Object(members)
}

/// An entry of the catalogue.
pub(crate) fn entry(entry: &Entry) -> Value {
    let parameters = entry.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "type": parameter.kind.as_str(),
            "default": parameter.default_value(),
            "about": parameter.about,
        })
    });
    json!({
        "id": entry.id,
        "family": entry.family(),
        "summary": entry.summary,
        "parameters": parameters.collect::<Vec<_>>(),
        "clause": entry.clause,
        "right_client": entry.right_client,
        "routes": entry.routes,
        "leaves_state": entry.leaves != Leaves::Nothing,
    })
}

fn act(act: &Act) -> Value {
    let mut members = Map::new();
    members.insert("fault".to_owned(), act.entry.id.into());
    members.extend(said(&act.arguments));
    Value::Object(members)
}

/// What was said about a fault, without defaults.
pub(super) fn said(arguments: &Arguments) -> Map<String, Value> {
    let said = arguments.said();
    said.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn when(when: &When) -> Value {
    if *when == When::default() {
        return super::read::ALWAYS.into();
    }
    let text = |text: &Option<Box<str>>| text.as_deref().map(Value::from);
    let number = |number: Option<u32>| number.map(Value::from);
    let between = (when.between).map(|(from, to)| json!([from.to_string(), to.to_string()]));
    let conditions = [
        ("route", text(&when.route)),
        ("method", text(&when.method)),
        ("path", when.path.as_ref().map(|glob| glob.as_str().into())),
        (
            "client_id",
            when.client_id.as_ref().map(|id| id.as_str().into()),
        ),
        (
            "customer_id",
            when.customer_id.map(|id| id.to_string().into()),
        ),
        ("consent_id", text(&when.consent_id)),
        ("consent_type", text(&when.consent_type)),
        (
            "account_id",
            when.account_id.map(|id| id.to_string().into()),
        ),
        (
            "payment_id",
            when.payment_id.map(|id| id.to_string().into()),
        ),
        ("certificate", text(&when.certificate)),
        ("claim", tests(&when.claim)),
        ("connection", when.connection.map(Value::from)),
        ("between", between),
        ("ttl", when.ttl.map(|ttl| duration(ttl).into())),
        ("header", tests(&when.header)),
        ("query", tests(&when.query)),
        ("form", tests(&when.form)),
        ("body", tests(&when.body)),
        ("phase", when.phase.map(|phase| phase.as_str().into())),
        ("nth", number(when.nth)),
        ("after", number(when.after)),
        ("every", number(when.every)),
        ("times", number(when.times)),
        ("share", when.share.map(|share| share.to_string().into())),
        ("hold", when.hold.then_some(Value::Bool(true))),
    ];
    let told = conditions.into_iter();
    told.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

fn tests(tests: &Tests) -> Option<Value> {
    let told = tests.iter();
    let told: Map<_, _> = told
        .map(|(name, test)| (name.to_string(), comparison(test)))
        .collect();
    (!told.is_empty()).then_some(Value::Object(told))
}

fn comparison(test: &Test) -> Value {
    match test.0.as_slice() {
        [(Operator::Equals, value)] => value.clone(),
        several => {
            let told = several.iter();
            told.map(|(operator, value)| (operator.as_str().to_owned(), value.clone()))
                .collect()
        }
    }
}

/// A duration in the largest unit that says it whole.
pub(super) fn duration(duration: Duration) -> String {
    let ms = duration.whole_milliseconds();
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
    ];
    let unit = units.iter().find(|(length, _)| ms % length == 0);
    match unit {
        Some(_) if ms == 0 => "0s".to_owned(),
        Some((length, word)) => format!("{}{word}", ms / length),
        None => format!("{ms}ms"),
    }
}
