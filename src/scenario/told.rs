//! A checked scenario told as a document again, with all that was left out filled in: what is in force, in
//! a form that loads to the same scenario.
//!
//! What has a meaning of its own is written from what is meant. What has not (how money comes and goes, which
//! rules choose) is written as its author wrote it, and so is every key this file knows nothing of.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::check::{client, person, words};
use super::person::{AccountFile, PersonFile};
use super::plan::{AccountPlan, CustomerPlan};
use super::text::{Quoted, duration_text};
use super::{BankSettings, ClientPlan, ClockStart, Scenario};
use crate::banking::account::{AccountCategory, AccountKind};
use crate::clock::Timestamp;
use crate::money::Amount;

impl Scenario {
    /// The scenario with everything filled in.
    pub(crate) fn document(&self) -> Value {
        self.told(self.bank.clock)
    }

    /// The same, of a bank whose time began there, whatever the scenario says.
    pub(crate) fn document_of(&self, began: Timestamp) -> Value {
        self.told(self.bank.clock.beginning(Some(began.whole_second())))
    }

    fn told(&self, clock: ClockStart) -> Value {
        let written = |name: &str| self.written.get(name).cloned().unwrap_or_default();
        let mut told = Map::new();
        let mut put = |name: &str, value: Value| told.insert(name.to_owned(), value);
        put("version", 1.into());
        put("name", self.name.as_str().into());
        put("about", self.about.as_str().into());
        put("bank", over(written("bank"), bank(&self.bank, clock)));
        put("customers", people(&written("customers"), &self.customers));
        put("clients", clients(&written("clients"), &self.clients));
        let journeys = json!({ "default": "auto", "rules": [] });
        put("journeys", over(journeys, written("journeys")));
        put("scripts", over(json!({}), written("scripts")));
        let payments = json!({ "timelines": [], "rules": [] });
        put("payments", over(payments, written("payments")));
        put(
            "faults",
            self.written
                .get("faults")
                .cloned()
                .unwrap_or_else(|| json!([])),
        );
        if let Some(written) = self.written.as_object() {
            for (name, value) in written {
                told.entry(name.as_str()).or_insert_with(|| value.clone());
            }
        }
        Value::Object(told)
    }
}

/// The members of `upper`, and those of `lower` that it does not have.
fn over(lower: Value, upper: Value) -> Value {
    let Value::Object(mut members) = upper else {
        return lower;
    };
    if let Value::Object(lower) = lower {
        for (name, value) in lower {
            members.entry(name).or_insert(value);
        }
    }
    Value::Object(members)
}

fn bank(settings: &BankSettings, clock: ClockStart) -> Value {
    let lives = &settings.lifetimes;
    let contracts = settings.contracts.iter().map(|contract| {
        json!({
            "id": contract.id,
            "unit_currency": contract.unit_currency.code(),
            "currency": contract.currency.code(),
            "rate": contract.rate.to_string(),
        })
    });
    json!({
        "name": settings.name,
        "profile": settings.profile.as_str(),
        "lenient": settings.lenient,
        "explain": settings.explain,
        "seed": settings.seed.0,
        "clock": clock_value(clock),
        "tokens": {
            "access": duration_text(lives.access_token),
            "refresh": duration_text(lives.refresh_token),
            "id": duration_text(lives.id_token),
            "code": duration_text(lives.code),
            "request_uri": duration_text(lives.request_uri),
        },
        "registration": words::of(&words::REGISTRATION, &settings.registration),
        "fault_header": words::of(&words::FAULT_HEADER, &settings.fault_header),
        "links": words::of(&words::LINKS, &settings.links),
        "id_lengths": words::of(&words::ID_LENGTHS, &settings.has_odd_ids),
        "page_size": settings.page_size,
        "response_headers": settings.response_headers,
        "client_ca_hints": words::of(&words::CLIENT_CA_HINTS, &settings.hints_client_cas),
        "cut_off": words::of(&words::CUT_OFF, &settings.cut_off),
        "contracts": contracts.collect::<Vec<_>>(),
        "pending_to_booked": words::of(&words::WAYS, &settings.pending_to_booked),
        "sign_responses": settings.sign_responses,
        "require_api_key": settings.require_api_key,
    })
}

fn clock_value(clock: ClockStart) -> Value {
    match clock {
        ClockStart::Now => "now".into(),
        ClockStart::At(at) => at.to_string().into(),
        ClockStart::AtRate { start, rate } => {
            let start = start.map_or_else(|| "now".to_owned(), |start| start.to_string());
            json!({ "start": start, "rate": rate })
        }
    }
}

fn clients(written: &Value, plans: &[ClientPlan]) -> Value {
    let entry = |plan: &ClientPlan| {
        let is_its = |entry: &&Value| entry["client_id"] == plan.client_id.as_str();
        let entries = written.as_array().into_iter().flatten();
        let written = entries.clone().find(is_its).cloned().unwrap_or_default();
        let roles = plan
            .roles
            .iter()
            .map(|role| words::of(&client::ROLES, role));
        let responses = plan.response_types.iter();
        let responses = responses.map(|it| words::of(&client::RESPONSES, it));
        over(
            written,
            json!({
                "client_id": plan.client_id.as_str(),
                "name": plan.name,
                "token_endpoint_auth_method": plan.auth_method.as_str(),
                "signing_alg": plan.signing_alg.as_str(),
                "id_token_signed_response_alg": plan.id_token_alg.as_str(),
                "roles": roles.collect::<Vec<_>>(),
                "redirect_uris": plan.redirect_uris,
                "responses": responses.collect::<Vec<_>>(),
                "scope": plan.scope.to_string(),
                "api_keys": plan.api_keys,
            }),
        )
    };
    plans.iter().map(entry).collect()
}

/// The people as they are written, each with her persona and what both leave out.
fn people(written: &Value, plans: &[CustomerPlan]) -> Value {
    let mut plans: VecDeque<_> = plans.iter().collect();
    let people = written.as_array().into_iter().flatten();
    let people = people.filter_map(|person| {
        // It was read once, or there would be no scenario.
        let written: PersonFile = serde_json::from_value(person.clone()).ok()?;
        let mut person = PersonFile {
            persona: None,
            ..person::on_persona(written)
        };
        fill(&mut person, &mut plans);
        let mut told = serde_json::to_value(person).ok()?;
        without_null(&mut told);
        Some(told)
    });
    people.collect()
}

/// Who brings a partner stands before him.
fn fill(person: &mut PersonFile, plans: &mut VecDeque<&CustomerPlan>) {
    let Some(plan) = plans.pop_front() else {
        return;
    };
    person.password = Some(Quoted(plan.password.clone()));
    person.otp = Some(Quoted(plan.otp.clone()));
    person.email = Some(plan.email.clone());
    let accounts = person.accounts.get_or_insert_default();
    for (account, plan) in accounts.iter_mut().zip(&plan.accounts) {
        fill_account(account, plan);
    }
    if let Some(partner) = &mut person.partner {
        fill(partner, plans);
    }
}

fn fill_account(account: &mut AccountFile, plan: &AccountPlan) {
    let kind = AccountKind::as_str(plan.kind);
    let category = AccountCategory::as_str(plan.category);
    account.r#type = Some(kind.to_owned());
    account.category = Some(category.to_owned());
    account.currency = Some(plan.currency.code().to_owned());
    account.status = Some(plan.status.as_str().to_owned());
    account.as_published = Some(plan.is_as_published);
    account.deposit_only = Some(plan.is_deposit_only);
    account.history_months = Some(plan.history.months);
    let follows = account.opening.is_some() || account.paid_in_full.is_some();
    if account.balance.is_none() && !follows {
        account.balance = Some(Quoted(Amount::zero(plan.currency).to_string()));
    }
}

fn without_null(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tests::{MOMENTS, at};

    fn text(document: &Value) -> String {
        serde_json::to_string_pretty(document).unwrap()
    }

    /// Goal: what is told of a scenario loads to the same scenario, and is told the same once more.
    #[test]
    fn what_is_told_loads_to_the_same_scenario_byte_for_byte() {
        for name in Scenario::builtin_names() {
            let scenario = Scenario::builtin(name).unwrap();
            let told = text(&scenario.document());
            let again = Scenario::parse("told.json", &told).unwrap();
            assert_eq!(text(&again.document()), told, "{name}");
            assert_eq!(again.bank, scenario.bank, "{name}");
            assert_eq!(again.clients, scenario.clients, "{name}");
            assert_eq!(again.customers, scenario.customers, "{name}");
            assert_eq!(again.payments, scenario.payments, "{name}");
            assert_eq!(again.journeys, scenario.journeys, "{name}");
            if name != "heavy" {
                assert_eq!(again.open(at(MOMENTS[0])), scenario.open(at(MOMENTS[0])));
            }
            // YAML, as the command line prints it, says the same.
            let yaml = serde_yaml::to_string(&scenario.document()).unwrap();
            let again = Scenario::parse("told.yaml", &yaml).unwrap();
            assert_eq!(text(&again.document()), told, "{name}");
        }
    }

    #[test]
    fn a_bank_is_told_with_its_beginning() {
        let began = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
        for (written, told) in [
            ("now", json!("2026-11-20T09:00:00Z")),
            ("2024-01-15T10:30:00Z", json!("2026-11-20T09:00:00Z")),
            (
                "{rate: 60}",
                json!({"start": "2026-11-20T09:00:00Z", "rate": 60}),
            ),
        ] {
            let source = format!("version: 1\nname: x\nbank: {{clock: {written}}}\n");
            let scenario = Scenario::parse("x.yaml", &source).unwrap();
            assert_eq!(
                scenario.document_of(began)["bank"]["clock"],
                told,
                "{written}"
            );
        }
    }

    #[test]
    fn what_is_written_without_a_meaning_here_is_told_as_it_is_written() {
        let source = "version: 1\nname: x\nx-note: gone\n\
                      bank: {limits: {sandbox: 7}, seed: 18446744073709551615}\n";
        let told = Scenario::parse("x.yaml", source).unwrap().document();
        assert_eq!(told["bank"]["limits"], json!({"sandbox": 7}));
        assert_eq!(told["bank"]["seed"], json!(u64::MAX));
        assert_eq!(told["bank"]["page_size"], json!(100));
        assert!(told.get("x-note").is_none());
    }
}
