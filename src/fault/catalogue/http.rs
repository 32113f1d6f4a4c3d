//! The family `http`: answers of which the status, a header or the body is wrong, and nothing else.

use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::fault::arguments::{Arguments, Kind, Lengths, Parameter};
use crate::fault::condition::Phase;
use crate::fault::routes::EVERYWHERE;
use crate::wire::header::X_FAPI_INTERACTION_ID;
use crate::wire::reply::Reply;

use super::{Acts, Clash, Entry, Given, Leaves, Nature, anywhere, together};

/// The family's faults.
pub(super) static FAULTS: &[Entry] = &[
    Entry {
        id: "http.status",
        summary: "The answer has another status, with a body and headers as they are given.",
        parameters: &[
            Parameter {
                name: "status",
                kind: Kind::Integer(200, 599),
                default: Some("503"),
                about: "The status.",
            },
            Parameter {
                name: "body",
                kind: Kind::Body,
                default: None,
                about: "The body: a text, or a document that is sent as JSON; none where nothing is said, and \
                        none of a 204, 205 or 304.",
            },
            Parameter {
                name: "headers",
                kind: Kind::Headers,
                default: None,
                about: "Headers beside those of every answer.",
            },
        ],
        clause: "RFC 9110, section 15",
        right_client: "Goes by the class of a status it does not know, and reads a body only where its type \
                       says what it is.",
        check: has_room,
        acts: Acts::Reply(status),
        ..BASE
    },
    Entry {
        id: "http.retry_after.seconds",
        summary: "The bank asks for patience, with a Retry-After in seconds.",
        parameters: &[OVERLOADED, PATIENCE],
        clause: "RFC 9110, section 10.2.3; RFC 6585, section 4",
        right_client: "Waits that long, or gives up, and does not call sooner; a wait beyond its own limit it \
                       does not wait.",
        acts: Acts::Reply(|reply, given| {
            let seconds = patience(given.arguments).whole_seconds();
            overloaded(reply, given.arguments, &seconds.to_string())
        }),
        ..BASE
    },
    Entry {
        id: "http.retry_after.http_date",
        summary: "The bank asks for patience, with a Retry-After that is a date.",
        parameters: &[OVERLOADED, PATIENCE],
        clause: "RFC 9110, sections 10.2.3 and 5.6.7",
        right_client: "Reads the date like the seconds, measured against the answer's own Date.",
        acts: Acts::Reply(|reply, given| {
            let until = given.now_real.plus(patience(given.arguments));
            overloaded(reply, given.arguments, &until.http_date())
        }),
        ..BASE
    },
    Entry {
        id: "http.html_error",
        summary: "A page of HTML comes instead of an answer, as from a gateway before the bank.",
        parameters: &[Parameter {
            name: "status",
            kind: Kind::Integer(500, 599),
            default: Some("502"),
            about: "Its status.",
        }],
        clause: "RFC 9110, sections 8.3 and 15.6",
        right_client: "Looks at status and Content-Type first, and does not parse the page as JSON.",
        acts: Acts::Reply(|reply, given| {
            let page = "<!DOCTYPE html>\n<html><head><title>Bad Gateway</title></head>\
                        <body><h1>Bad Gateway</h1></body></html>\n";
            *reply = Reply::html(status_of(given.arguments), page);
            reply.is_foreign = true;
            true
        }),
        ..BASE
    },
    Entry {
        id: "http.empty_200",
        summary: "The answer is 200 and has no body.",
        clause: "RFC 9110, section 15.3.1; Hamster Bank API, section 1.1",
        right_client: "Takes it for an error: nothing is not an empty list.",
        acts: Acts::Reply(|reply, _| {
            *reply = Reply::empty(StatusCode::OK);
            true
        }),
        ..BASE
    },
    Entry {
        id: "http.malformed_json.cut",
        summary: "The answer's JSON breaks off, and its Content-Length counts what is there.",
        parameters: &[Parameter {
            name: "after_bytes",
            kind: Kind::Integer(0, 1 << 30),
            default: None,
            about: "How much of it is left; half where nothing is said, and never all of it.",
        }],
        clause: "RFC 8259, section 2",
        right_client: "Takes it for an error, and uses nothing of what it could read.",
        nature: Nature::Modifier("body"),
        phases: &[],
        acts: Acts::Reply(cut),
        ..BASE
    },
    Entry {
        id: "http.wrong_content_type.html",
        summary: "The answer's JSON is said to be HTML.",
        clause: "RFC 9110, section 8.3",
        right_client: "Refuses it or reads it all the same, and crashes over neither.",
        nature: Nature::Modifier("content-type"),
        phases: &[],
        acts: Acts::Reply(|reply, _| {
            let is_json = is_json(reply);
            if is_json {
                let html = HeaderValue::from_static("text/html; charset=utf-8");
                reply.headers.insert(CONTENT_TYPE, html);
            }
            is_json
        }),
        ..BASE
    },
    Entry {
        id: "http.interaction_id.not_echoed",
        summary: "The answer has no x-fapi-interaction-id.",
        clause: "FAPI 1.0 Baseline, section 6.2.1, item 11",
        right_client: "Goes on, and logs the id that it sent itself.",
        nature: Nature::Modifier("x-fapi-interaction-id"),
        phases: &[],
        acts: Acts::Reply(|reply, _| reply.headers.remove(&X_FAPI_INTERACTION_ID).is_some()),
        ..BASE
    },
    Entry {
        id: "http.date_skew",
        summary: "The answer's Date is ahead or behind.",
        parameters: &[
            Parameter {
                name: "by",
                kind: Kind::Duration(Lengths::of_seconds(1)),
                default: Some("10m"),
                about: "By how much; as much as a time zone, or days.",
            },
            Parameter {
                name: "value",
                kind: Kind::Word(&["ahead", "behind"]),
                default: Some("ahead"),
                about: "Which way.",
            },
        ],
        clause: "RFC 9110, section 6.6.1",
        right_client: "Decides nothing of security by it: whether a token lives, its own clock says.",
        nature: Nature::Modifier("date"),
        phases: &[],
        acts: Acts::Reply(skew),
        ..BASE
    },
];

const BASE: Entry = Entry {
    id: "",
    summary: "",
    parameters: &[],
    clause: "",
    right_client: "",
    routes: EVERYWHERE,
    leaves: Leaves::Nothing,
    check: together,
    nature: Nature::Exclusive,
    phases: &[Phase::Before, Phase::After],
    fits: anywhere,
    acts: Acts::Reply(|_, _| false),
};

const OVERLOADED: Parameter = Parameter {
    name: "status",
    kind: Kind::Integer(400, 599),
    default: Some("429"),
    about: "The status: 429 of one client that calls too often, 503 of a bank that nobody reaches.",
};
const PATIENCE: Parameter = Parameter {
    name: "retry_after",
    kind: Kind::Duration(Lengths::of_seconds(0)),
    default: Some("5s"),
    about: "How long; the header knows no smaller unit than seconds.",
};

/// Whether a status may have the body that was given with it (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5).
fn has_room(arguments: &Arguments) -> Result<(), Clash> {
    let has_body = arguments.value("body").is_some();
    match status_of(arguments) {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
            if has_body =>
        {
            Err(Clash {
                parameter: "body",
                expected: "no body: an answer of 204, 205 or 304 has none",
            })
        }
        _ => Ok(()),
    }
}

fn status(reply: &mut Reply, given: &Given<'_>) -> bool {
    let status = status_of(given.arguments);
    let body = given.arguments.body("body");
    let is_text = given.arguments.text("body").is_some();
    *reply = match body {
        None => Reply::empty(status),
        Some(text) if is_text => Reply::text(status, text),
        Some(document) => Reply::with_body(status, "application/json; charset=utf-8", document),
    };
    for (name, value) in given.arguments.headers("headers") {
        reply.headers.insert(name, value);
    }
    true
}

fn overloaded(reply: &mut Reply, arguments: &Arguments, retry_after: &str) -> bool {
    *reply = Reply::empty(status_of(arguments)).with_header(RETRY_AFTER, retry_after);
    true
}

fn cut(reply: &mut Reply, given: &Given<'_>) -> bool {
    if !is_json(reply) {
        return false;
    }
    let length = reply.body.len();
    let said = given.arguments.integer("after_bytes");
    let said = said.and_then(|said| usize::try_from(said).ok());
    let mut end = said.unwrap_or(length / 2).min(length.saturating_sub(1));
    // Within a letter it would not be UTF-8 either: two mistakes.
    while std::str::from_utf8(reply.body.get(..end).unwrap_or_default()).is_err() {
        end -= 1;
    }
    reply.body = reply.body.slice(..end);
    true
}

fn skew(reply: &mut Reply, given: &Given<'_>) -> bool {
    let by = given.arguments.duration("by").unwrap_or_default();
    let by = match given.arguments.text("value") {
        Some("behind") => -by,
        _ => by,
    };
    let date = given.now_real.plus(by).http_date();
    match HeaderValue::from_str(&date) {
        Ok(date) => reply.headers.insert(DATE, date).is_some(),
        Err(_) => false,
    }
}

/// Whether there is an object or a list: what is left of either when it is cut is no JSON.
fn is_json(reply: &Reply) -> bool {
    let content_type = reply.headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let is_said =
        content_type.is_some_and(|text| text.starts_with("application/") && text.contains("json"));
    is_said && reply.body.len() > 1
}

fn status_of(arguments: &Arguments) -> StatusCode {
    let status = arguments.integer("status");
    let status = status.and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

fn patience(arguments: &Arguments) -> time::Duration {
    arguments.duration("retry_after").unwrap_or_default()
}
