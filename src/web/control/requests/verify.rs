//! POST `/requests/verify`: whether what was to happen has happened, and what came nearest where it has not.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::id::ClientId;
use crate::journal::{Entry, Filter, StatusFilter};
use crate::scenario::parse_duration;
use crate::wire::reply::Reply;

use super::super::ControlCall;
use super::super::error::Problem;
use super::super::members::{check_members, members, needed, text};
use super::{check_route, evicted};

/// Judges each expectation over the same entries.
pub(in crate::web::control) fn verify_requests(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let question = Question::read(call)?;
    let journal = &call.bank.journal;
    let from = (question.within).map(|within| call.bank.clock.now().bank.plus(-within));
    let entries = journal.later_than(question.since, from).map_err(evicted)?;
    let matches: Vec<Vec<&Entry>> = (question.expectations.iter())
        .map(|expectation| expectation.met_by(&entries))
        .collect();
    let counted = question.expectations.iter().zip(&matches);
    let mut results: Vec<Value> = counted
        .map(|(expectation, met)| expectation.result(met, &entries))
        .collect();
    let are_counted = results.iter().all(|result| result["ok"] == true);
    let late = (question.in_order)
        .then(|| first_out_of_order(&question.expectations, &matches))
        .flatten();
    if let Some(late) = late.and_then(|index| results.get_mut(index)) {
        late["ok"] = false.into();
        late["out_of_order"] = true.into();
    }
    let body = json!({ "ok": are_counted && late.is_none(), "results": results });
    Ok(Reply::json(StatusCode::OK, &body))
}

/// What is asked.
struct Question {
    expectations: Vec<Expectation>,
    in_order: bool,
    /// Only requests of the last so much bank time.
    within: Option<time::Duration>,
    /// Only requests later than the entry of this number.
    since: u64,
}

/// One thing that was to happen.
struct Expectation {
    /// As it was written, with the count that holds when none was.
    shown: Map<String, Value>,
    filter: Filter,
    least: u64,
    most: u64,
}

impl Question {
    fn read(call: &ControlCall<'_>) -> Result<Self, Problem> {
        let body = members(call)?;
        check_members("", &body, MEMBERS)?;
        let wrong = |detail: &Value| {
            let expected = format!("a list of 1 to {EXPECTATIONS_MAX} expectations");
            Problem::invalid("/expect", expected, detail.to_string())
        };
        let listed = body.get("expect").unwrap_or(&Value::Null);
        let items = listed.as_array().ok_or_else(|| wrong(listed))?;
        if items.is_empty() || items.len() > EXPECTATIONS_MAX {
            return Err(wrong(&items.len().into()));
        }
        let items = items.iter().enumerate();
        let expectations = items.map(|(index, item)| Expectation::read(index, item));
        let in_order = body.get("in_order").unwrap_or(&Value::Bool(false));
        let in_order = (in_order.as_bool())
            .ok_or_else(|| Problem::invalid("/in_order", "true or false", in_order.to_string()))?;
        let within = text(&body, "", "within")?.map(|text| {
            let within = parse_duration(text);
            let expected = "a duration of bank time such as 30s or 5m";
            within.ok_or_else(|| Problem::invalid("/within", expected, text.to_owned()))
        });
        Ok(Self {
            expectations: expectations.collect::<Result<_, _>>()?,
            in_order,
            within: within.transpose()?,
            since: number(&body, "", "since")?.unwrap_or(0),
        })
    }
}

impl Expectation {
    fn read(index: usize, item: &Value) -> Result<Self, Problem> {
        let pointer = format!("/expect/{index}");
        let written = item
            .as_object()
            .ok_or_else(|| Problem::invalid(&pointer, "an expectation", item.to_string()))?;
        check_members(&pointer, written, EXPECTATION_MEMBERS)?;
        let place = format!("{pointer}/route");
        let route = needed(text(written, &pointer, "route")?, &place, "a route's name")?;
        check_route(&place, route)?;
        let filter = Filter {
            route: Some(route.to_owned()),
            client_id: text(written, &pointer, "client_id")?.map(ClientId::new),
            status: status(written, &pointer)?,
            ..Filter::default()
        };
        let [count, at_least, at_most] =
            ["count", "at_least", "at_most"].map(|member| number(written, &pointer, member));
        let (count, at_least, at_most) = (count?, at_least?, at_most?);
        let (least, most) = match (count, at_least, at_most) {
            (Some(count), None, None) => (count, count),
            (Some(_), ..) => {
                let expected = "count alone, or at_least and at_most";
                return Err(Problem::invalid(&pointer, expected, item.to_string()));
            }
            (None, None, None) => (1, u64::MAX),
            (None, least, most) => (least.unwrap_or(0), most.unwrap_or(u64::MAX)),
        };
        if least > most {
            let expected = "at_least no more than at_most";
            return Err(Problem::invalid(&pointer, expected, item.to_string()));
        }
        let mut shown = written.clone();
        if (count, at_least, at_most) == (None, None, None) {
            shown.insert("at_least".to_owned(), 1.into());
        }
        Ok(Self {
            shown,
            filter,
            least,
            most,
        })
    }

    fn met_by<'e>(&self, entries: &'e [Entry]) -> Vec<&'e Entry> {
        let met = entries.iter().filter(|entry| self.filter.holds(entry));
        met.collect()
    }

    fn result(&self, met: &[&Entry], entries: &[Entry]) -> Value {
        let actual = u64::try_from(met.len()).unwrap_or(u64::MAX);
        let nearest = if actual < self.least {
            self.nearest(entries)
        } else {
            Vec::new()
        };
        let ids = met.iter().map(|entry| entry.id().to_string());
        json!({
            "ok": (self.least..=self.most).contains(&actual),
            "expected": self.shown,
            "actual": actual,
            "nearest": nearest,
            "request_ids": ids.take(IDS_MAX).collect::<Vec<_>>(),
        })
    }

    /// Requests that meet some of the conditions and not all: those that meet most, the latest first.
    fn nearest(&self, entries: &[Entry]) -> Vec<Value> {
        let mut near: Vec<_> = entries
            .iter()
            .filter_map(|entry| {
                let differs = self.differences(entry);
                let is_near = !differs.is_empty() && !differs.contains(&"family");
                is_near.then_some((differs.len(), entry, differs))
            })
            .collect();
        near.sort_by_key(|(count, entry, _)| (*count, std::cmp::Reverse(entry.id())));
        let near = near.into_iter().take(NEAREST_MAX);
        near.map(|(_, entry, differs)| {
            json!({
                "request_id": entry.id().to_string(),
                "route": entry.route(),
                "client_id": entry.client_id().map(ClientId::as_str),
                "status": entry.status(),
                "verdict": entry.verdict().map(|verdict| verdict.word),
                "differs": differs,
            })
        })
        .collect()
    }

    /// Which conditions a request does not meet; `family` when not even its route is of the same kind.
    fn differences(&self, entry: &Entry) -> Vec<&'static str> {
        let wanted = self.filter.route.as_deref().unwrap_or_default();
        let route = entry.route().unwrap_or_default();
        let family = |name: &str| name.split('.').next().map(str::to_owned);
        let holds = |filter: Filter| filter.holds(entry);
        let by_route = Filter {
            route: self.filter.route.clone(),
            ..Filter::default()
        };
        let by_client = Filter {
            client_id: self.filter.client_id.clone(),
            ..Filter::default()
        };
        let by_status = Filter {
            status: self.filter.status,
            ..Filter::default()
        };
        let mut differs = Vec::new();
        if !holds(by_route) {
            differs.push(if family(wanted) == family(route) {
                "route"
            } else {
                "family"
            });
        }
        if !holds(by_client) {
            differs.push("client_id");
        }
        if !holds(by_status) {
            differs.push("status");
        }
        differs
    }
}

/// The first expectation that has not as many requests as it needs after those of the one before it. Each
/// takes the earliest there are: whoever is late then is late whatever is taken.
fn first_out_of_order(expectations: &[Expectation], matches: &[Vec<&Entry>]) -> Option<usize> {
    let mut last = None;
    for (index, (expectation, met)) in expectations.iter().zip(matches).enumerate() {
        let Some(needed) = usize::try_from(expectation.least).ok().filter(|it| *it > 0) else {
            continue;
        };
        let later = met.iter().filter(|entry| Some(entry.id()) > last);
        match later.map(|entry| entry.id()).nth(needed - 1) {
            Some(taken) => last = Some(taken),
            None => return Some(index),
        }
    }
    None
}

fn status(members: &Map<String, Value>, pointer: &str) -> Result<Option<StatusFilter>, Problem> {
    let Some(value) = members.get("status") else {
        return Ok(None);
    };
    let written = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let status = StatusFilter::parse(&written);
    let expected = "a status such as 404, or 4xx";
    let place = format!("{pointer}/status");
    status
        .map(Some)
        .ok_or_else(|| Problem::invalid(&place, expected, value.to_string()))
}

fn number(
    members: &Map<String, Value>,
    pointer: &str,
    member: &str,
) -> Result<Option<u64>, Problem> {
    let Some(value) = members.get(member) else {
        return Ok(None);
    };
    let place = format!("{pointer}/{member}");
    let number = value.as_u64();
    number
        .map(Some)
        .ok_or_else(|| Problem::invalid(&place, "a number from 0", value.to_string()))
}

const MEMBERS: &[&str] = &["expect", "in_order", "since", "within"];
const EXPECTATION_MEMBERS: &[&str] = &[
    "at_least",
    "at_most",
    "client_id",
    "count",
    "route",
    "status",
];
/// More than a test says in one breath; each is a walk through the journal.
const EXPECTATIONS_MAX: usize = 100;
/// Enough to go on from; the rest is told by GET `/requests`.
const IDS_MAX: usize = 1000;
/// What fits on a screen beside the expectation.
const NEAREST_MAX: usize = 3;
