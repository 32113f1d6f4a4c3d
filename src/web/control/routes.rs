//! The table of the control API's routes. The router and the test that every route is tested read it.

use http::Method;

use super::Handler::{
    CloseBank, JournalWait, JourneyWait, Now, OpenBank, ReloadScenario, ReplaceScenario, Show,
};
use super::{Handler, Route};
use super::{
    accounts, banks, checks, clients, clock, consents, events, faults, journeys, keys, metrics,
    onboard, openapi, payments, requests, scenario, snapshots, tokens, transactions,
};
use crate::wire::router::RouteName;

/// Every route of the control API.
pub(super) static ROUTES: &[Route] = &[
    get("/health", "control.health", Show(super::show_health)),
    get("/ready", "control.ready", Show(super::show_ready)),
    get(
        "/openapi.json",
        "control.openapi",
        Show(openapi::show_document),
    ),
    post("/reset", "control.reset", Now(snapshots::reset)),
    post(
        "/snapshots",
        "control.snapshots.create",
        Now(snapshots::make_snapshot),
    ),
    post(
        "/snapshots/{snapshot_id}/restore",
        "control.snapshots.restore",
        Now(snapshots::restore_snapshot),
    ),
    delete(
        "/snapshots/{snapshot_id}",
        "control.snapshots.delete",
        Now(snapshots::delete_snapshot),
    ),
    get("/banks", "control.banks.list", Show(banks::list_banks)),
    post("/banks", "control.banks.create", OpenBank),
    delete("/banks/{bank}", "control.banks.delete", CloseBank),
    get(
        "/scenario",
        "control.scenario.get",
        Show(scenario::show_scenario),
    ),
    put("/scenario", "control.scenario.replace", ReplaceScenario),
    post(
        "/scenario/reload",
        "control.scenario.reload",
        ReloadScenario,
    ),
    get("/clock", "control.clock.get", Show(clock::show_clock)),
    post("/clock", "control.clock.set", Now(clock::move_clock)),
    get("/checks", "control.checks", Show(checks::list_checks)),
    post(
        "/keys/rotate",
        "control.keys.rotate",
        Now(keys::rotate_keys),
    ),
    get(
        "/clients",
        "control.clients.list",
        Show(clients::list_clients),
    ),
    get(
        "/clients/{client_id}",
        "control.clients.get",
        Now(clients::show_client),
    ),
    post(
        "/clients",
        "control.clients.create",
        Now(clients::entry::create_client),
    ),
    patch(
        "/clients/{client_id}",
        "control.clients.change",
        Now(clients::entry::change_client),
    ),
    delete(
        "/clients/{client_id}",
        "control.clients.delete",
        Now(clients::delete_client),
    ),
    get(
        "/clients/{client_id}/keys",
        "control.clients.keys.list",
        Now(clients::api_keys::list_keys),
    ),
    post(
        "/clients/{client_id}/keys",
        "control.clients.keys.create",
        Now(clients::api_keys::make_key),
    ),
    delete(
        "/clients/{client_id}/keys/{key_id}",
        "control.clients.keys.delete",
        Now(clients::api_keys::withdraw_key),
    ),
    post("/onboard", "control.onboard", Now(onboard::onboard)),
    get(
        "/customers",
        "control.customers.list",
        Now(accounts::list_customers),
    ),
    get(
        "/accounts",
        "control.accounts.list",
        Now(accounts::list_accounts),
    ),
    get(
        "/accounts/{account_id}/transactions",
        "control.transactions.list",
        Now(transactions::list_transactions),
    ),
    post(
        "/accounts/{account_id}/transactions",
        "control.transactions.create",
        Now(transactions::put_transaction),
    ),
    post(
        "/transactions/{transaction_id}/book",
        "control.transactions.book",
        Now(transactions::book_transaction),
    ),
    post(
        "/transactions/{transaction_id}/cancel",
        "control.transactions.cancel",
        Now(transactions::cancel_transaction),
    ),
    get(
        "/payments",
        "control.payments.list",
        Now(payments::list_payments),
    ),
    post(
        "/payments/{payment_id}/status",
        "control.payments.move",
        Now(payments::move_payment),
    ),
    get(
        "/journeys",
        "control.journeys.list",
        Show(journeys::list_rules),
    ),
    post("/journeys", "control.journeys.arm", Now(journeys::arm_rule)),
    delete(
        "/journeys",
        "control.journeys.clear",
        Show(journeys::disarm_rules),
    ),
    delete(
        "/journeys/{rule_id}",
        "control.journeys.disarm",
        Now(journeys::disarm_rule),
    ),
    get("/faults", "control.faults.list", Now(faults::list_faults)),
    post("/faults", "control.faults.arm", Now(faults::arm_fault)),
    Route {
        method: Method::PUT,
        path: "/faults",
        name: RouteName::new("control.faults.replace"),
        handler: Now(faults::replace_faults),
    },
    delete(
        "/faults",
        "control.faults.clear",
        Show(faults::disarm_faults),
    ),
    get(
        "/faults/catalogue",
        "control.faults.catalogue",
        Show(faults::show_catalogue),
    ),
    get(
        "/faults/{fault_id}",
        "control.faults.get",
        Now(faults::show_fault),
    ),
    delete(
        "/faults/{fault_id}",
        "control.faults.disarm",
        Now(faults::disarm_fault),
    ),
    post(
        "/faults/{fault_id}/release",
        "control.faults.release",
        Now(faults::release_fault),
    ),
    get("/journeys/pending", "control.journeys.pending", JourneyWait),
    post(
        "/journeys/pending/{journey_id}/decision",
        "control.journeys.decide",
        Now(journeys::pending::decide),
    ),
    get(
        "/consents",
        "control.consents.list",
        Now(consents::list_consents),
    ),
    post(
        "/consents",
        "control.consents.create",
        Now(consents::create_consent),
    ),
    post(
        "/consents/{consent_id}/decision",
        "control.consents.decide",
        Now(consents::decision::decide),
    ),
    post(
        "/consents/{consent_id}/age",
        "control.consents.age",
        Now(consents::decision::age),
    ),
    get("/tokens", "control.tokens.list", Now(tokens::list_tokens)),
    post(
        "/tokens",
        "control.tokens.create",
        Now(tokens::create_token),
    ),
    post(
        "/tokens/{token_id}/expire",
        "control.tokens.expire",
        Now(tokens::expire_token),
    ),
    post(
        "/tokens/{token_id}/revoke",
        "control.tokens.revoke",
        Now(tokens::revoke_token),
    ),
    get("/metrics", "control.metrics", Show(metrics::show_metrics)),
    get("/events", "control.events", Now(events::stream_events)),
    get("/requests", "control.requests.list", JournalWait),
    get(
        "/requests.har",
        "control.requests.archive",
        Now(requests::show_archive),
    ),
    post(
        "/requests/verify",
        "control.requests.verify",
        Now(requests::verify::verify_requests),
    ),
    get(
        "/requests/{request_id}",
        "control.requests.get",
        Now(requests::show_request),
    ),
    delete(
        "/requests",
        "control.requests.clear",
        Show(requests::clear_requests),
    ),
];

const fn get(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row(Method::GET, path, name, handler)
}

const fn post(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row(Method::POST, path, name, handler)
}

const fn patch(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row(Method::PATCH, path, name, handler)
}

const fn put(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row(Method::PUT, path, name, handler)
}

const fn delete(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row(Method::DELETE, path, name, handler)
}

const fn row(method: Method, path: &'static str, name: &'static str, handler: Handler) -> Route {
    Route {
        method,
        path,
        name: RouteName::new(name),
        handler,
    }
}
