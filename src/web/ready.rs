//! The ready document: all that a program needs to know of an open bank.

use std::path::Path;

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::bank::opening::ClientKit;
use crate::entropy;
use crate::pki::Authority;
use crate::scenario::plan::CustomerPlan;
use crate::web::control::{clients, clock_json};

/// What the document is made of.
pub(crate) struct Facts<'a> {
    /// The bank, and with it its scenario and its clients' kits.
    pub(crate) bank: &'a Bank,
    /// Its CA.
    pub(crate) authority: &'a Authority,
    /// Where the CA's certificate lies, when it does.
    pub(crate) ca_file: Option<&'a Path>,
    /// Where it is steered, if it can be.
    pub(crate) control_url: Option<String>,
    /// With which token, if one is needed.
    pub(crate) control_token: Option<&'a str>,
    /// Where the document is written, when it is.
    pub(crate) ready_file: Option<&'a Path>,
    /// How long opening took.
    pub(crate) started_in_ms: u64,
}

/// The document.
pub(crate) fn document(facts: &Facts<'_>) -> Value {
    let settings = &facts.bank.settings;
    let endpoints = &settings.endpoints;
    let mut ready = json!({
        "event": "ready",
        "schema": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "instance": entropy::secret(),
        "started_in_ms": facts.started_in_ms,
        "bank": settings.name,
        "scenario": settings.scenario,
        "profile": settings.policy.profile.as_str(),
        "seed": settings.seed.0,
        "clock": clock_json(facts.bank),
        "issuer": &*endpoints.issuer,
        "discovery_url": endpoints.at(crate::oauth::metadata::DISCOVERY),
        "api_url": endpoints.at("/open-banking/v1"),
    });
    let Some(document) = ready.as_object_mut() else {
        return ready;
    };
    let mut member = |name: &str, value: Value| document.insert(name.to_owned(), value);
    if let Some(url) = &facts.control_url {
        member("control_url", url.as_str().into());
    }
    if let Some(token) = facts.control_token {
        member("control_token", token.into());
    }
    if let Some(path) = facts.ready_file {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        member("ready_file", path.display().to_string().into());
    }
    if let Some(path) = facts.ca_file {
        member("ca_file", path.display().to_string().into());
    }
    member("ca_sha256", facts.authority.sha256_hex().into());
    member(
        "clients",
        facts.bank.origin.kits.iter().map(client).collect(),
    );
    let customers = facts.bank.origin.scenario.customers.iter();
    member(
        "customers",
        customers.map(|plan| customer(facts.bank, plan)).collect(),
    );
    ready
}

/// A document that was made when its bank opened, with what may have changed since.
pub(crate) fn refreshed(ready: &Value, bank: &Bank) -> Value {
    let settings = &bank.settings;
    let mut ready = ready.clone();
    if let Some(document) = ready.as_object_mut() {
        let customers = bank.origin.scenario.customers.iter();
        for (name, value) in [
            ("scenario", settings.scenario.as_str().into()),
            ("profile", settings.policy.profile.as_str().into()),
            ("seed", settings.seed.0.into()),
            ("clock", clock_json(bank)),
            ("clients", bank.origin.kits.iter().map(client).collect()),
            (
                "customers",
                customers.map(|plan| customer(bank, plan)).collect(),
            ),
        ] {
            document.insert(name.to_owned(), value);
        }
    }
    ready
}

fn client(kit: &ClientKit) -> Value {
    let mut document = clients::listed(kit);
    if let Some(files) = &kit.files {
        for (name, path) in [
            ("transport_cert_file", Some(&files.transport_pem)),
            ("transport_key_file", Some(&files.transport_key)),
            ("signing_key_file", Some(&files.signing_key)),
            ("signing_jwk_file", files.signing_jwk.as_ref()),
        ] {
            let shown = path.map(|path| path.display().to_string());
            document.extend(shown.map(|path| (name.to_owned(), path.into())));
        }
    }
    document.into()
}

fn customer(bank: &Bank, plan: &CustomerPlan) -> Value {
    let known = bank.state(|state| state.book.customer(&plan.username));
    json!({
        "customer_id": known.map(|customer| customer.id.to_string()),
        "name": plan.name,
        "username": plan.username,
        "password": plan.password,
        "otp": plan.otp,
    })
}
