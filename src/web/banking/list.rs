//! The shape every resource answer has: `data`, `links`, and `meta` where a list is paged by time.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::banking::page;
use crate::fault::Twist;
use crate::oauth::metadata::Links;
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::web::openapi::schema;
use crate::wire::form;
use crate::wire::reply::Reply;

use super::cursor::Cursor;
use super::query::ListQuery;

/// A page of a list on the wire.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "{T}Page")]
pub(crate) struct PageJson<'a, T> {
    data: &'a [T],
    links: LinksJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<MetaJson>,
}

/// One resource on the wire.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "{T}Resource")]
pub(crate) struct ResourceJson<'a, T> {
    data: &'a T,
    links: LinksJson,
}

/// A value that goes into JSON as it prints, without a text of its own in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<T>(pub(super) T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<T> JsonSchema for Shown<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema::text(generator)
    }
}

/// Relative to `/open-banking/v1`, as the published guide prints them, or absolute.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Links")]
struct LinksJson {
    #[serde(rename = "self")]
    own: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What time a list covers at all.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Meta")]
pub(super) struct MetaJson {
    pub(super) first_available_date_time: String,
    pub(super) last_available_date_time: String,
}

/// The answer of one resource.
pub(super) fn resource<T: Serialize>(call: &Call<'_>, data: &T) -> Reply {
    let links = LinksJson {
        own: own_link(call),
        next: None,
    };
    Reply::json(StatusCode::OK, &ResourceJson { data, links })
}

/// The answer of a page; `next` is the key of its last item when there are more.
pub(super) fn page<T: Serialize>(
    call: &Call<'_>,
    (consented, query): (&Consented, &ListQuery),
    (data, next): (&[T], Option<(i64, u64)>),
    meta: Option<MetaJson>,
) -> Reply {
    let links = LinksJson {
        own: own_link(call),
        next: next.map(|after| next_link(call, consented, query, after)),
    };
    Reply::json(StatusCode::OK, &PageJson { data, links, meta })
}

/// The page of a short list that is held whole: its items are numbered from one.
pub(super) fn page_of_all<T: Serialize>(
    call: &mut Call<'_>,
    (consented, query): (&Consented, &ListQuery),
    all: &[T],
) -> Reply {
    let told = query
        .after
        .map_or(0, |(_, told)| usize::try_from(told).unwrap_or(usize::MAX));
    let rest = all.get(told..).unwrap_or_default();
    let data = rest.get(..query.page_size).unwrap_or(rest);
    let mut next = (data.len() < rest.len()).then_some((0, (told + data.len()) as u64));
    if let Some((_, told)) = &mut next
        && data.len() > 1
        && repeats_row(call)
    {
        *told -= 1;
    }
    page(call, (consented, query), (data, next), None)
}

/// Whether the next page is to begin with this page's last row. Asked where there is a next page, and this one
/// has another row, or the next would be this one again.
pub(super) fn repeats_row(call: &mut Call<'_>) -> bool {
    let wanted = Twist::Page(page::Twist::RepeatsRow);
    let taken = call.faults.take(|twist| (*twist == wanted).then_some(()));
    !taken.is_empty()
}

fn own_link(call: &Call<'_>) -> String {
    let path = printed_path(call);
    match &call.request.head.query {
        Some(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.into_owned(),
    }
}

fn next_link(
    call: &Call<'_>,
    consented: &Consented,
    query: &ListQuery,
    after: (i64, u64),
) -> String {
    let filters = form::encode(query.filters.pairs());
    let cursor = Cursor {
        list: call.request.head.path.clone(),
        consent: consented.consent().id.to_string(),
        filters,
        after,
    };
    let size = query.page_size.to_string();
    let cursor = cursor.seal(call.bank);
    let paging = [("page_size", size.as_str()), ("cursor", cursor.as_str())];
    let pairs = query.filters.pairs().chain(paging);
    format!("{}?{}", printed_path(call), form::encode(pairs))
}

fn printed_path<'a>(call: &Call<'a>) -> Cow<'a, str> {
    printed(call, call.request.head.path.as_str())
}

/// A path of a resource as links print it.
pub(super) fn printed<'a>(call: &Call<'_>, path: &'a str) -> Cow<'a, str> {
    let settings = &call.bank.settings;
    match settings.links {
        Links::AsDocumented => path.strip_prefix(BASE).unwrap_or(path).into(),
        Links::Absolute => settings.endpoints.at(path).into(),
    }
}

/// Where resources live.
pub(crate) const BASE: &str = "/open-banking/v1";
