//! The control API: how tests and people steer a bank. Plain HTTP on a listener of its own.
//!
//! It never counts as bank traffic: no rate limit, no fault, no journal entry. What keeps a web page in a
//! developer's browser from steering the bank (DNS rebinding, cross-site requests) is in `door.rs`.

mod accounts;
mod asked;
mod banks;
pub(crate) mod checks;
pub(crate) mod clients;
mod clock;
mod consents;
mod door;
pub(crate) mod error;
mod events;
mod faults;
pub(crate) mod inside;
mod journeys;
mod keys;
mod members;
mod metrics;
mod onboard;
mod openapi;
pub(crate) mod operations;
mod page;
mod part;
mod payments;
mod requests;
mod routes;
mod scenario;
mod snapshots;
mod tokens;
mod transactions;
mod wait;

use std::sync::Arc;

use http::Method;
use http::header::ALLOW;
use serde_json::Value;

use crate::bank::Bank;
use crate::bank::branch::Branch;
use crate::clock::Now;
use crate::web::banks::{Banks, Place};
use crate::wire::form::Form;
use crate::wire::reply::Reply;
use crate::wire::request::Request;
use crate::wire::router::{Lookup, RouteName, Variables};

pub(crate) use door::ControlDoor;
use error::Problem;

/// One control call under way.
pub(crate) struct ControlCall<'a> {
    /// Every bank of the process.
    banks: &'a Arc<Banks>,
    /// Where the bank that is steered is found.
    place: &'a Place,
    /// Where it stands, for what replaces it.
    branch: &'a Branch,
    bank: &'a Bank,
    request: &'a Request,
    /// Its query, of which every parameter is known to the operation.
    query: Form,
    variables: Variables<'a>,
    /// What its path had before what the bank was asked.
    below: &'a str,
}

/// Whom a call steers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steered<'a> {
    /// Every bank of the process.
    pub(crate) banks: &'a Arc<Banks>,
    /// Where the bank is found.
    pub(crate) place: &'a Place,
    /// What stands before every path that is about it; nothing, for whoever was not asked by name.
    pub(crate) below: &'a str,
}

impl ControlCall<'_> {
    fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_default()
    }

    /// The same path with another query, as a relative URL.
    fn again(&self, query: &str) -> String {
        format!("{}{}?{query}", self.below, self.request.head.path)
    }
}

/// One line of the table.
#[derive(Debug)]
struct Route {
    method: Method,
    path: &'static str,
    name: RouteName,
    handler: Handler,
}

/// What answers.
#[derive(Clone, Copy, Debug)]
enum Handler {
    /// At once.
    Now(fn(&ControlCall<'_>) -> Result<Reply, Problem>),
    /// At once, and never refused.
    Show(fn(&ControlCall<'_>) -> Reply),
    /// Once a bank is closed.
    CloseBank,
    /// Once a bank is open.
    OpenBank,
    /// Once a bank plays its scenario as it is by now.
    ReloadScenario,
    /// Once a bank plays another scenario.
    ReplaceScenario,
    /// When the journal holds what is waited for, or the wait is over.
    JournalWait,
    /// When a customer waits, or the wait is over.
    JourneyWait,
}

/// The inner half of dispatch.
async fn answer(
    Steered {
        banks,
        place,
        below,
    }: Steered<'_>,
    request: &Request,
    found: Lookup<'_, &'static Route>,
) -> Reply {
    let (route, variables) = match found {
        Lookup::Found { value, variables } => (value, variables),
        Lookup::NotFound => return Problem::not_found(&request.head.path).reply(),
        Lookup::MethodNotAllowed { allow } => {
            let methods: Vec<_> = allow.iter().map(Method::as_str).collect();
            let methods = methods.join(", ");
            let problem = Problem::method_not_allowed(request.head.method.as_str(), &methods);
            return problem.reply().with_header(ALLOW, &methods);
        }
    };
    let query = match asked::read(route.name.as_str(), request) {
        Ok(query) => query,
        Err(problem) => return problem.reply(),
    };
    let bank = place.branch.bank();
    bank.settle(bank.clock.now().bank);
    let call = ControlCall {
        banks,
        place,
        branch: &place.branch,
        bank: &bank,
        request,
        query,
        variables,
        below,
    };
    let answered = match route.handler {
        Handler::Now(run) => run(&call),
        Handler::Show(run) => return run(&call),
        Handler::CloseBank => banks::close_bank(&call).await,
        Handler::JournalWait => requests::list_requests(&call).await,
        Handler::JourneyWait => journeys::pending::list_pending(&call).await,
        Handler::OpenBank => banks::open_bank(&call).await,
        Handler::ReloadScenario => scenario::reload_scenario(&call).await,
        Handler::ReplaceScenario => scenario::replace_scenario(&call).await,
    };
    answered.unwrap_or_else(|problem| problem.reply())
}

/// GET `/health`: 200 once ready; this door opens last.
fn show_health(_call: &ControlCall<'_>) -> Reply {
    Reply::json(http::StatusCode::OK, &serde_json::json!({ "status": "ok" }))
}

/// GET `/ready`: the ready document, with the clock and the scenario as they stand.
fn show_ready(call: &ControlCall<'_>) -> Reply {
    Reply::json(http::StatusCode::OK, &call.place.ready_now())
}

/// A bank's clock, as the ready document and `/clock` show it.
pub(crate) fn clock_json(bank: &Bank) -> Value {
    let Now { bank: time, real } = bank.clock.now();
    let (mode, rate) = match bank.clock.mode() {
        crate::clock::ClockMode::Follow => ("follow", None),
        crate::clock::ClockMode::Frozen => ("frozen", None),
        crate::clock::ClockMode::Rate(times) => ("rate", Some(times)),
    };
    let mut clock = serde_json::json!({
        "now": time.to_string(),
        "mode": mode,
        "offset_s": time.since(real).whole_seconds(),
    });
    if let (Some(rate), Some(clock)) = (rate, clock.as_object_mut()) {
        clock.insert("rate".to_owned(), rate.into());
    }
    clock
}
