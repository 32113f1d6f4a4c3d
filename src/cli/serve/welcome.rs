//! What a person reads when the bank is open: what it is, where everything is, and what to type next.

use std::fmt::Write as _;

use serde_json::Value;

use crate::oauth::profile::Profile;
use crate::scenario::Scenario;
use crate::server::Server;

use super::super::shell::quoted;

/// The page.
pub(super) fn page(server: &Server, scenario: &Scenario) -> String {
    let ready = server.ready();
    let ca_file = text(ready, "ca_file");
    let control_url = ready.get("control_url").and_then(Value::as_str);
    let mut page = format!(
        "Hamster Bank {} is open. It is a mock to build against: not a bank, and no money in it is real.\n\n",
        text(ready, "version")
    );
    let mut row = |name: &str, value: &str| {
        // Writing to a text does not fail.
        let _ = writeln!(page, "  {name:<11}{value}");
    };
    row("Bank", text(ready, "issuer"));
    row("Discovery", text(ready, "discovery_url"));
    row("API", text(ready, "api_url"));
    row("Control", control_url.unwrap_or("off"));
    if let Some(token) = server.control_token() {
        row("", &format!("Authorization: Bearer {token}"));
    }
    if server.lacks_ipv6() {
        row("", "localhost is 127.0.0.1 alone: this machine has no ::1");
    }
    row("Scenario", &in_force(ready, scenario));
    row("Clock", &clock(ready));
    row("Customers", &customers(ready));
    row("CA", ca_file);
    page.push_str(&first_client(ready));
    page.push_str("\nNow type, in another terminal:\n\n");
    let discovery = quoted(text(ready, "discovery_url"));
    let _ = writeln!(page, "  curl --cacert {} {discovery}", quoted(ca_file));
    // The tour shows a strict bank, over TLS; it would turn away from another.
    let is_strict = text(ready, "profile") == Profile::Fapi1Advanced.as_str();
    let is_shown = is_strict && text(ready, "issuer").starts_with("https:");
    if let Some(url) = control_url.filter(|_| is_shown) {
        let token = match server.control_token() {
            Some(token) => format!(" --control-token {}", quoted(token)),
            None => String::new(),
        };
        let program = program();
        let program = quoted(&program);
        let _ = writeln!(page, "  {program} tour --against {}{token}", quoted(url));
    }
    let _ = writeln!(
        page,
        "\nCtrl-C closes the bank. It opened in {} ms.",
        ready
            .get("started_in_ms")
            .and_then(Value::as_u64)
            .unwrap_or_default()
    );
    page
}

/// The program as it was called, so that the line works where the bank was started.
fn program() -> String {
    let called = std::env::args_os().next();
    called.map_or_else(
        || "hamsterbank".to_owned(),
        |called| called.to_string_lossy().into_owned(),
    )
}

fn in_force(ready: &Value, scenario: &Scenario) -> String {
    let seed = ready
        .get("seed")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let (name, profile) = (text(ready, "scenario"), text(ready, "profile"));
    let off = scenario.switched_off().count();
    let lenient = match off {
        0 => String::new(),
        1 => ", 1 check switched off".to_owned(),
        off => format!(", {off} checks switched off"),
    };
    format!("{name} (profile {profile}{lenient}, seed {seed})")
}

fn clock(ready: &Value) -> String {
    let clock = ready.get("clock").cloned().unwrap_or_default();
    let now = text(&clock, "now");
    let runs = match (
        text(&clock, "mode"),
        clock.get("rate").and_then(Value::as_u64),
    ) {
        ("frozen", _) => ", standing still".to_owned(),
        ("rate", Some(rate)) => format!(", running {rate} times as fast as real time"),
        _ => String::new(),
    };
    format!("{now}{runs}")
}

/// Who banks here, with what the login page asks of them.
fn customers(ready: &Value) -> String {
    let customers = items(ready, "customers");
    let names: Vec<_> = customers
        .iter()
        .map(|customer| {
            format!(
                "{} / {}",
                text(customer, "username"),
                text(customer, "password")
            )
        })
        .collect();
    names.join(", ")
}

/// The files of the first client, without which there is no second command.
fn first_client(ready: &Value) -> String {
    let clients = items(ready, "clients");
    let Some((client, others)) = clients.split_first() else {
        return String::new();
    };
    let mut rows = format!(
        "\n  Client     {} ({}, {})\n",
        text(client, "client_id"),
        text(client, "token_endpoint_auth_method"),
        text(client, "signing_alg")
    );
    for member in [
        "transport_cert_file",
        "transport_key_file",
        "signing_key_file",
    ] {
        let _ = writeln!(rows, "             {}", text(client, member));
    }
    let names: Vec<_> = others
        .iter()
        .map(|other| text(other, "client_id"))
        .collect();
    if !names.is_empty() {
        let _ = writeln!(rows, "             and beside it: {}", names.join(", "));
    }
    rows
}

fn items<'a>(document: &'a Value, member: &str) -> &'a [Value] {
    let items = document.get(member).and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
