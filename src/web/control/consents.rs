//! `/consents`: the customer's and the bank's hand.

pub(super) mod decision;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::consent::{Consent, ConsentType, Terms};
use crate::oauth::client::Client;
use crate::web::banking::consents::{self, Asked, ConsentJson};
use crate::web::consented;
use crate::web::consented::hand::{self, Refused};
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;
use super::members::{check_members, client, customer, members, needed, picked, text};
use super::page::Page;

/// GET `/consents`: every client's, oldest first.
pub(super) fn list_consents(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let page = Page::read(call)?;
    let client_id = call.query.get("client_id");
    let now = call.bank.clock.now().bank;
    let listed = call.bank.state(|state| {
        let (after, limit) = (page.after.as_deref(), page.wanted());
        state.consents.list(client_id, (after, limit), now)
    });
    let listed = listed.ok_or_else(|| page.lost())?;
    let items = listed.iter();
    let items = items.map(|consent| (consent.id.to_string(), TrackedJson::of(call, consent)));
    Ok(page.reply(call, items.collect()))
}

/// POST `/consents`: one that is authorized without a journey.
pub(super) fn create_consent(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let mut members = members(call)?;
    let of_type = consent_type(&members)?;
    let client = client(call, &members)?;
    check_scope(&client, of_type)?;
    let her = customer(call, &members, "", "customer_id")?;
    let her = needed(her, "/customer_id", "a customer's id or username")?;
    let chosen = picked(call, &members, her)?;
    members.retain(|name, _| !OWN.contains(&name.as_str()));
    let now = call.bank.clock.now().bank;
    let asked: Asked = consents::read(call.bank, (of_type, members), now)
        .map_err(|faults| Problem::of_faults(&faults))?;
    let pointer = debtor_pointer(&asked.0);
    let created = call.bank.state(|state| {
        let approver = (her, chosen.as_deref());
        hand::create_authorized(state, client.id.clone(), asked, approver, now)
    });
    let consent = created.map_err(|refused| problem(&refused, pointer))?;
    let json = TrackedJson::of(call, &consent);
    Ok(Reply::json(StatusCode::CREATED, &json))
}

/// The type, once no member is one that its body does not know.
fn consent_type(members: &Map<String, Value>) -> Result<ConsentType, Problem> {
    let pointer = "/consent_type";
    let word = needed(
        text(members, "", "consent_type")?,
        pointer,
        "a type of consent",
    )?;
    let found = consents::bodies().find(|(of_type, _)| of_type.as_str() == word);
    let (of_type, mut known) = found.ok_or_else(|| {
        let words: Vec<_> = consents::bodies().map(|(it, _)| it.as_str()).collect();
        Problem::unknown_name(pointer, word, &words)
    })?;
    known.extend(OWN);
    check_members("", members, &known)?;
    Ok(of_type)
}

/// Whether a journey could have led there: its request needs a scope that suits the type.
fn check_scope(client: &Client, of_type: ConsentType) -> Result<(), Problem> {
    let suiting = consented::scopes(of_type);
    if client.scope.contains_any(suiting) {
        return Ok(());
    }
    let words: Vec<_> = suiting.iter().map(|scope| scope.as_str()).collect();
    let expected = format!("a type that the scope of {} allows", client.id);
    let detail = format!("{} needs {}", of_type.as_str(), words.join(" or "));
    Err(Problem::invalid("/consent_type", expected, detail))
}

/// Where the account stands that may be in the way of an approval.
fn debtor_pointer(terms: &Terms) -> &'static str {
    match terms.debtor_account() {
        Some(_) => terms.debtor_account_pointer(),
        None => "/customer_id",
    }
}

fn problem(refused: &Refused, debtor_pointer: &str) -> Problem {
    let detail = refused.to_string();
    match refused {
        Refused::Approval(_) => {
            let expected = "an account of the customer that may be used for it";
            Problem::invalid(debtor_pointer, expected, detail)
        }
        Refused::Customer(first) => {
            let expected = format!("{first}, who gave it");
            Problem::invalid("/customer_id", expected, detail)
        }
        Refused::Accounts(about) => {
            let about: Vec<_> = about.iter().map(ToString::to_string).collect();
            Problem::invalid("/account_ids", about.join(", "), detail)
        }
        Refused::Move(_) => {
            let words = ("illegal_transition", "The consent cannot move so");
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
        Refused::Room(_) => {
            let words = ("too_many_consents", "No more consents can be kept");
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
    }
}

/// A consent as its TPP sees it, with what only the bank knows.
#[derive(Serialize)]
struct TrackedJson {
    #[serde(flatten)]
    consent: ConsentJson,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_ids: Option<Vec<String>>,
}

impl TrackedJson {
    fn of(call: &ControlCall<'_>, consent: &Consent) -> Self {
        let approval = consent.approved();
        let ids = |accounts: &[_]| accounts.iter().map(ToString::to_string).collect();
        Self {
            consent: ConsentJson::at(call.bank, consent, false),
            client_id: consent.client_id.to_string(),
            customer_id: approval.map(|approval| approval.customer.to_string()),
            account_ids: approval.map(|approval| ids(&approval.accounts)),
        }
    }
}

/// What says whose it is; everything else is the body of the bank's own API.
const OWN: [&str; 3] = ["client_id", "customer_id", "account_ids"];
