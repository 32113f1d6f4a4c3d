//! The journal over HTTP: lists, counts, waits, archives, and one entry told in full.

pub(super) mod verify;

use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::json;

use crate::fault::routes;
use crate::id::{ClientId, ConsentId, RequestId};
use crate::journal::{Evicted, Filter, Kind, StatusFilter};
use crate::web::rules;
use crate::wire::form::{self, Form};
use crate::wire::header;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;
use super::wait::Wait;

/// GET `/requests/{request_id}`: JSON, or a page of text for a ticket when the caller wants `text/plain`.
pub(super) fn show_request(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let named = call.variable("request_id");
    let entry = RequestId::parse(named).and_then(|id| call.bank.journal.get(id));
    let entry = entry.ok_or_else(|| Problem::not_found(&format!("request {named:?}")))?;
    let headers = &call.request.head.headers;
    let wants_text = header::accepts(headers, "text", "plain")
        && !header::accepts(headers, "application", "json");
    if wants_text {
        let page = entry.explain();
        return Ok(Reply::text(StatusCode::OK, page)
            .with_header(CONTENT_TYPE, "text/plain; charset=utf-8"));
    }
    Ok(Reply::json(StatusCode::OK, &entry.to_json()))
}

/// GET `/requests.har`: what a browser's developer tools open.
pub(super) fn show_archive(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let entries = call.bank.journal.list(&filter_of(&call.query)?);
    let origin = &call.bank.settings.endpoints.issuer;
    let archive = crate::journal::archive(&entries, origin);
    Ok(Reply::json(StatusCode::OK, &archive).with_header(
        CONTENT_DISPOSITION,
        r#"attachment; filename="requests.har""#,
    ))
}

/// DELETE `/requests`.
pub(super) fn clear_requests(call: &ControlCall<'_>) -> Reply {
    call.bank.journal.clear();
    Reply::empty(StatusCode::NO_CONTENT)
}

/// GET `/requests`: a list, a count, or the end of a wait for them.
pub(super) async fn list_requests(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let question = Question::read(call)?;
    let Some(wait) = question.wait else {
        return question.answer(call, None);
    };
    let journal = &call.bank.journal;
    let arrived = async {
        loop {
            // Listening begins before counting, so that nothing comes in between unheard.
            let changed = journal.changed();
            if journal.count(&question.filter).map_err(evicted)? >= wait.at_least {
                return Ok(());
            }
            changed.await;
        }
    };
    let arrived = wait.until(call.bank, arrived).await.transpose()?;
    question.answer(call, Some(arrived.is_some()))
}

/// What is asked of the journal.
struct Question {
    filter: Filter,
    only_count: bool,
    wait: Option<Wait>,
}

impl Question {
    fn read(call: &ControlCall<'_>) -> Result<Self, Problem> {
        let form = &call.query;
        let filter = filter_of(form)?;
        Ok(Self {
            filter,
            only_count: parsed(form, "count", "true or false", |text| text.parse().ok())?
                .unwrap_or(false),
            wait: Wait::read(form)?,
        })
    }

    fn answer(&self, call: &ControlCall<'_>, satisfied: Option<bool>) -> Result<Reply, Problem> {
        let journal = &call.bank.journal;
        if self.only_count {
            let count = journal.count(&self.filter).map_err(evicted)?;
            let body = json!({ "count": count, "dropped": journal.dropped() });
            return Ok(Reply::json(StatusCode::OK, &body));
        }
        let limit = self.filter.limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX);
        let filter = Filter {
            limit: Some(limit + 1),
            ..self.filter.clone()
        };
        let mut entries = journal.list(&filter);
        let more = entries.len() > limit;
        entries.truncate(limit);
        let items: Vec<_> = entries.iter().map(crate::journal::Entry::to_json).collect();
        let mut body = json!({ "items": items, "dropped": journal.dropped() });
        if let Some(document) = body.as_object_mut() {
            if let Some(satisfied) = satisfied {
                document.insert("satisfied".to_owned(), satisfied.into());
            }
            if let Some(last) = entries.last().filter(|_| more) {
                document.insert("next".to_owned(), next_page(call, last.id()).into());
            }
        }
        Ok(Reply::json(StatusCode::OK, &body))
    }
}

fn filter_of(form: &Form) -> Result<Filter, Problem> {
    let owned = |name: &str| form.get(name).map(str::to_owned);
    let status = "a status such as 404, or 4xx";
    Ok(Filter {
        kind: parsed(form, "kind", "request or connection", read_kind)?,
        client_id: owned("client_id").map(ClientId::new),
        route: known_route(form)?,
        method: owned("method"),
        path: owned("path"),
        status: parsed(form, "status", status, StatusFilter::parse)?,
        interaction_id: owned("interaction_id"),
        consent_id: owned("consent_id").map(ConsentId::new),
        verdict: known_verdict(form)?,
        since: parsed(form, "since", "a sequence number", read_number)?.unwrap_or(0),
        limit: parsed(form, "limit", "a number from 1", |text| {
            text.parse().ok().filter(|limit| *limit > 0)
        })?,
    })
}

// The same question, later than the last entry told, and without waiting again.
fn next_page(call: &ControlCall<'_>, last: RequestId) -> String {
    let since = last.number().to_string();
    let kept = call
        .query
        .pairs()
        .filter(|(name, _)| !["since", "wait", "at_least"].contains(name));
    let pairs: Vec<_> = kept.chain([("since", since.as_str())]).collect();
    call.again(&form::encode(pairs))
}

fn parsed<T>(
    form: &Form,
    name: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = form.get(name) else {
        return Ok(None);
    };
    let value = read(text);
    value
        .map(Some)
        .ok_or_else(|| Problem::invalid(name, expected, format!("{name}={text}")))
}

// A misspelt route would count nothing and pass for a proof that nothing happened.
fn known_route(form: &Form) -> Result<Option<String>, Problem> {
    let Some(text) = form.get("route") else {
        return Ok(None);
    };
    check_route("route", text)?;
    Ok(Some(text.to_owned()))
}

fn check_route(pointer: &str, text: &str) -> Result<(), Problem> {
    if routes::is_known(text) {
        return Ok(());
    }
    Err(Problem::unknown_name(pointer, text, &routes::prefixes()))
}

// So would a misspelt verdict.
fn known_verdict(form: &Form) -> Result<Option<String>, Problem> {
    let Some(text) = form.get("verdict") else {
        return Ok(None);
    };
    let rules = rules::all();
    let names = rules.iter().map(|listed| listed.rule.name);
    let known: Vec<_> = names.chain(VERDICTS.iter().copied()).collect();
    let is_below = |name: &&str| {
        name.strip_prefix(text)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if known.iter().any(is_below) {
        return Ok(Some(text.to_owned()));
    }
    Err(Problem::unknown_name("verdict", text, &known))
}

fn read_kind(text: &str) -> Option<Kind> {
    match text {
        "request" => Some(Kind::Request),
        "connection" => Some(Kind::Connection),
        _ => None,
    }
}

fn read_number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn evicted(evicted: Evicted) -> Problem {
    let words = ("evicted", "The journal no longer knows");
    Problem::new(StatusCode::CONFLICT, words, evicted.to_string())
}

/// The verdicts that are no rule's name.
const VERDICTS: &[&str] = &[
    "aborted",
    "bug",
    "fault",
    "handshake_failed",
    "ok",
    "unexplained",
];

/// A page that a person can still scroll through.
const LIMIT_DEFAULT: usize = 100;
/// Entries are a few kilobytes each in JSON.
const LIMIT_MAX: usize = 1000;
