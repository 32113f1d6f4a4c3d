//! The control API: how tests and people steer a bank. Plain HTTP on a listener of its own.
//!
//! It never counts as bank traffic: no rate limit, no fault, no journal entry. What keeps a web page in a
//! developer's browser from steering the bank (DNS rebinding, cross-site requests) is in `door.rs`.

mod banks;
pub(crate) mod checks;
pub(crate) mod clients;
mod clock;
mod consents;
mod door;
pub(crate) mod error;
mod journeys;
mod keys;
mod members;
mod onboard;
mod page;
mod payments;
mod requests;
mod snapshots;
mod tokens;

use std::sync::Arc;

use http::Method;
use http::header::ALLOW;
use serde_json::Value;

use crate::bank::Bank;
use crate::bank::branch::Branch;
use crate::clock::Now;
use crate::web::banks::{Banks, Place};
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
    variables: Variables<'a>,
}

impl ControlCall<'_> {
    fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_default()
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
    /// When the journal holds what is waited for, or the wait is over.
    JournalWait,
    /// When a customer waits, or the wait is over.
    JourneyWait,
}

/// Every route of the control API.
static ROUTES: &[Route] = &[
    get("/health", "control.health", Handler::Show(show_health)),
    get("/ready", "control.ready", Handler::Show(show_ready)),
    Route {
        method: Method::POST,
        path: "/reset",
        name: RouteName::new("control.reset"),
        handler: Handler::Now(snapshots::reset),
    },
    Route {
        method: Method::POST,
        path: "/snapshots",
        name: RouteName::new("control.snapshots.create"),
        handler: Handler::Now(snapshots::make_snapshot),
    },
    Route {
        method: Method::POST,
        path: "/snapshots/{snapshot_id}/restore",
        name: RouteName::new("control.snapshots.restore"),
        handler: Handler::Now(snapshots::restore_snapshot),
    },
    Route {
        method: Method::DELETE,
        path: "/snapshots/{snapshot_id}",
        name: RouteName::new("control.snapshots.delete"),
        handler: Handler::Now(snapshots::delete_snapshot),
    },
    get(
        "/banks",
        "control.banks.list",
        Handler::Show(banks::list_banks),
    ),
    Route {
        method: Method::POST,
        path: "/banks",
        name: RouteName::new("control.banks.create"),
        handler: Handler::OpenBank,
    },
    Route {
        method: Method::DELETE,
        path: "/banks/{bank}",
        name: RouteName::new("control.banks.delete"),
        handler: Handler::CloseBank,
    },
    get(
        "/clock",
        "control.clock.get",
        Handler::Show(clock::show_clock),
    ),
    Route {
        method: Method::POST,
        path: "/clock",
        name: RouteName::new("control.clock.set"),
        handler: Handler::Now(clock::move_clock),
    },
    get(
        "/checks",
        "control.checks",
        Handler::Show(checks::list_checks),
    ),
    Route {
        method: Method::POST,
        path: "/keys/rotate",
        name: RouteName::new("control.keys.rotate"),
        handler: Handler::Now(keys::rotate_keys),
    },
    get(
        "/clients",
        "control.clients.list",
        Handler::Show(clients::list_clients),
    ),
    get(
        "/clients/{client_id}",
        "control.clients.get",
        Handler::Now(clients::show_client),
    ),
    Route {
        method: Method::POST,
        path: "/clients",
        name: RouteName::new("control.clients.create"),
        handler: Handler::Now(clients::entry::create_client),
    },
    Route {
        method: Method::PATCH,
        path: "/clients/{client_id}",
        name: RouteName::new("control.clients.change"),
        handler: Handler::Now(clients::entry::change_client),
    },
    Route {
        method: Method::DELETE,
        path: "/clients/{client_id}",
        name: RouteName::new("control.clients.delete"),
        handler: Handler::Now(clients::delete_client),
    },
    Route {
        method: Method::POST,
        path: "/onboard",
        name: RouteName::new("control.onboard"),
        handler: Handler::Now(onboard::onboard),
    },
    get(
        "/payments",
        "control.payments.list",
        Handler::Show(payments::list_payments),
    ),
    Route {
        method: Method::POST,
        path: "/payments/{payment_id}/status",
        name: RouteName::new("control.payments.move"),
        handler: Handler::Now(payments::move_payment),
    },
    get(
        "/journeys",
        "control.journeys.list",
        Handler::Show(journeys::list_rules),
    ),
    Route {
        method: Method::POST,
        path: "/journeys",
        name: RouteName::new("control.journeys.arm"),
        handler: Handler::Now(journeys::arm_rule),
    },
    Route {
        method: Method::DELETE,
        path: "/journeys",
        name: RouteName::new("control.journeys.clear"),
        handler: Handler::Show(journeys::disarm_rules),
    },
    Route {
        method: Method::DELETE,
        path: "/journeys/{rule_id}",
        name: RouteName::new("control.journeys.disarm"),
        handler: Handler::Now(journeys::disarm_rule),
    },
    get(
        "/journeys/pending",
        "control.journeys.pending",
        Handler::JourneyWait,
    ),
    Route {
        method: Method::POST,
        path: "/journeys/pending/{journey_id}/decision",
        name: RouteName::new("control.journeys.decide"),
        handler: Handler::Now(journeys::pending::decide),
    },
    get(
        "/consents",
        "control.consents.list",
        Handler::Now(consents::list_consents),
    ),
    post(
        "/consents",
        "control.consents.create",
        Handler::Now(consents::create_consent),
    ),
    post(
        "/consents/{consent_id}/decision",
        "control.consents.decide",
        Handler::Now(consents::decision::decide),
    ),
    post(
        "/consents/{consent_id}/age",
        "control.consents.age",
        Handler::Now(consents::decision::age),
    ),
    get(
        "/tokens",
        "control.tokens.list",
        Handler::Now(tokens::list_tokens),
    ),
    post(
        "/tokens",
        "control.tokens.create",
        Handler::Now(tokens::create_token),
    ),
    post(
        "/tokens/{token_id}/expire",
        "control.tokens.expire",
        Handler::Now(tokens::expire_token),
    ),
    post(
        "/tokens/{token_id}/revoke",
        "control.tokens.revoke",
        Handler::Now(tokens::revoke_token),
    ),
    get("/requests", "control.requests.list", Handler::JournalWait),
    get(
        "/requests/{request_id}",
        "control.requests.get",
        Handler::Now(requests::show_request),
    ),
    Route {
        method: Method::DELETE,
        path: "/requests",
        name: RouteName::new("control.requests.clear"),
        handler: Handler::Show(requests::clear_requests),
    },
];

const fn get(path: &'static str, name: &'static str, handler: Handler) -> Route {
    Route {
        method: Method::GET,
        path,
        name: RouteName::new(name),
        handler,
    }
}

const fn post(path: &'static str, name: &'static str, handler: Handler) -> Route {
    Route {
        method: Method::POST,
        path,
        name: RouteName::new(name),
        handler,
    }
}

/// The inner half of dispatch.
async fn answer(
    (banks, place): (&Arc<Banks>, &Place),
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
    let bank = place.branch.bank();
    bank.settle(bank.clock.now().bank);
    let call = ControlCall {
        banks,
        place,
        branch: &place.branch,
        bank: &bank,
        request,
        variables,
    };
    let answered = match route.handler {
        Handler::Now(run) => run(&call),
        Handler::Show(run) => return run(&call),
        Handler::CloseBank => banks::close_bank(&call).await,
        Handler::JournalWait => requests::list_requests(&call).await,
        Handler::JourneyWait => journeys::pending::list_pending(&call).await,
        Handler::OpenBank => banks::open_bank(&call).await,
    };
    answered.unwrap_or_else(|problem| problem.reply())
}

/// GET `/health`: 200 once ready; this door opens last.
fn show_health(_call: &ControlCall<'_>) -> Reply {
    Reply::json(http::StatusCode::OK, &serde_json::json!({ "status": "ok" }))
}

/// GET `/ready`: the ready document, with the clock as it stands.
fn show_ready(call: &ControlCall<'_>) -> Reply {
    Reply::json(http::StatusCode::OK, &ready_now(call.place))
}

/// A bank's ready document, with its clock as it stands.
fn ready_now(place: &Place) -> Value {
    let mut ready = place.ready.clone();
    if let Some(document) = ready.as_object_mut() {
        document.insert("clock".to_owned(), clock_json(&place.branch.bank()));
    }
    ready
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
