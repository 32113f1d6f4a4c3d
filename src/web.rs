//! Dispatch: one request of the bank's own API, from arrival to reply.
//!
//! The outer half ([`BankDoor`]) does what must happen for every request whatever its fate: the journal's
//! entry, the timing, catching our own mistakes, the headers every answer has. The inner half
//! ([`answer`]) finds the route, passes the guard and calls the handler; it is free to use `?`.

pub(crate) mod banking;
pub(crate) mod banks;
pub(crate) mod call;
mod caught;
pub(crate) mod consented;
#[cfg(test)]
mod contract;
pub(crate) mod control;
mod directory;
mod door;
pub(crate) mod faults;
pub(crate) mod guard;
mod keys;
mod limits;
mod lint;
pub(crate) mod oauth;
pub(crate) mod openapi;
pub(crate) mod pages;
pub(crate) mod ready;
pub(crate) mod routes;
pub(crate) mod rules;
mod unattended;

use http::header::ALLOW;

use crate::rule::{Mismatch, Rule};
use crate::wire::reply::Reply;
use crate::wire::request::RequestFault;
use crate::wire::router::Lookup;

use banking::error::{Error, Kind};
use call::Call;
use oauth::journey::Visit;
use oauth::register::Declined;
use routes::{Handler, Route};

pub(crate) use door::BankDoor;

/// The inner half: what one call is answered, or whom it waits for.
fn answer(
    call: &mut Call<'_>,
    found: &Lookup<'_, &'static Route>,
    fault: Option<RequestFault>,
) -> Visit {
    let route = match found {
        Lookup::Found { value, .. } => value,
        Lookup::NotFound => return refuse(call, &not_found(call)).into(),
        Lookup::MethodNotAllowed { allow } => {
            let methods: Vec<_> = allow.iter().map(http::Method::as_str).collect();
            let methods = methods.join(", ");
            let mismatch = Mismatch::new(methods.clone(), call.request.head.method.to_string());
            let error = Kind::MethodNotAllowed.because(&METHOD, mismatch);
            let reply = refuse(call, &error).with_header(ALLOW, &methods);
            return reply.into();
        }
    };
    if let Err(error) = limits::admit(call, route) {
        return refuse(call, &error).into();
    }
    if let Some(fault) = fault {
        return refuse(call, &unreadable(fault)).into();
    }
    lint::of_head(call, route);
    let reply = match route.handler {
        Handler::Browser(run) => return run(call),
        Handler::Public(run) => run(call),
        Handler::Client(place, run) => {
            let answered = guard::authenticate_client(call, place)
                .map_err(Declined::OAuth)
                .and_then(|(who, form)| {
                    limits::admit_client(call, &who.client().id)?;
                    Ok(run(call, &who, &form)?)
                });
            answered.unwrap_or_else(|declined| decline(call, &declined))
        }
        Handler::Consented(requirement, run) => {
            let answered = guard::check_consented(call, requirement).and_then(|consented| {
                unattended::admit(call, &consented)?;
                run(call, &consented)
            });
            answered.unwrap_or_else(|error| refuse(call, &error))
        }
        Handler::Registration(run) => run(call).unwrap_or_else(|declined| decline(call, &declined)),
        Handler::Token(run) => run(call).unwrap_or_else(|error| refuse(call, &error)),
    };
    banking::signature::sign(call, reply).into()
}

/// Notes what failed, and answers in the words of the standard that refuses it.
fn decline(call: &mut Call<'_>, declined: &Declined) -> Reply {
    match declined {
        Declined::Http(error) => refuse(call, error),
        Declined::OAuth(refusal) => {
            call.record(Some(&refusal.finding));
            oauth::error::reply(refusal, call)
        }
    }
}

/// Notes what failed, and answers in the words of the surface the path belongs to.
fn refuse(call: &mut Call<'_>, error: &Error) -> Reply {
    call.record(Some(&error.finding));
    if is_oauth(&call.request.head.path) {
        oauth::error::reply_as_oauth(error, call)
    } else {
        error.reply(call)
    }
}

fn is_oauth(path: &str) -> bool {
    ["/oauth/", "/register"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

fn not_found(call: &Call<'_>) -> Error {
    let mismatch = Mismatch::new("a path of this bank", call.request.head.path.clone());
    Kind::NotFound.because(&PATH, mismatch)
}

fn unreadable(fault: RequestFault) -> Error {
    let kind = match fault {
        RequestFault::HostUnclear => {
            let mismatch = Mismatch::new("one Host header, with a host in it", fault.to_string());
            return Kind::InvalidRequest.because(&HOST, mismatch);
        }
        RequestFault::BodyBroken => Kind::InvalidRequest,
        RequestFault::BodyTimedOut => Kind::RequestTimeout,
        RequestFault::BodyTooLarge => Kind::PayloadTooLarge,
        RequestFault::HeadTooLarge => Kind::HeadersTooLarge,
    };
    let expected = "at most 64 KiB of headers and 1 MiB of body, whole and in time";
    kind.because(&SIZE, Mismatch::new(expected, fault.to_string()))
}

/// Every rule of this file, for the list of checks.
static RULES: &[&Rule] = &[&PATH, &METHOD, &HOST, &SIZE];

static PATH: Rule = Rule {
    name: "request.path",
    clause: "Hamster Bank API, section 2",
    sentence: "The path is one the bank serves.",
};
static METHOD: Rule = Rule {
    name: "request.method",
    clause: "RFC 9110, section 15.5.6",
    sentence: "The method is one the path knows.",
};
static HOST: Rule = Rule {
    name: "request.host",
    clause: "RFC 9112, section 3.2",
    sentence: "A request names the host it is for, once.",
};
static SIZE: Rule = Rule {
    name: "request.size",
    clause: "RFC 9110, section 15.5; Hamster Bank API, section 8",
    sentence: "A request is not larger than the bank reads, and arrives whole and in time.",
};
