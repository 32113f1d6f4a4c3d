//! POST `/consents/{consent_id}/decision` and `/age`: one consent moved, or made old.

use http::StatusCode;
use time::Duration;

use crate::consent::Consent;
use crate::id::CustomerId;
use crate::scenario::{is_in_calendar, parse_duration};
use crate::web::consented::approval::automatic_customer;
use crate::web::consented::hand::{self, Decision};
use crate::web::control::ControlCall;
use crate::web::control::error::Problem;
use crate::web::control::members::{check_members, customer, members, needed, picked, text};
use crate::wire::reply::Reply;

use super::{TrackedJson, debtor_pointer, problem};

/// The customer's or the bank's word on a consent.
pub(in crate::web::control) fn decide(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let found = find(call)?;
    let members = members(call)?;
    check_members("", &members, &["decision", "customer_id", "account_ids"])?;
    let word = text(&members, "", "decision")?;
    let word = needed(word, "/decision", &DECISIONS.join(", "))?;
    if !DECISIONS.contains(&word) {
        return Err(Problem::unknown_name("/decision", word, &DECISIONS));
    }
    let named = customer(call, &members, "", "customer_id")?;
    check_whose(&found, word, named)?;
    if word != APPROVE && members.contains_key("account_ids") {
        let detail = format!("{word} is about the whole consent");
        return Err(Problem::invalid("/account_ids", "none", detail));
    }
    let automatic = || call.bank.state(|state| automatic_customer(state));
    let her = named.or_else(automatic);
    let her = needed(her, "/customer_id", "a customer's id or username")?;
    let chosen = picked(call, &members, her)?;
    let decision = match word {
        APPROVE => Decision::Approve((her, chosen.as_deref())),
        REJECT => Decision::Reject,
        REVOKE => Decision::Revoke,
        _ => Decision::Expire,
    };
    let (id, now) = (found.id.as_str(), call.bank.clock.now().bank);
    let decided = (call.bank).state(|state| hand::decide(state, id, decision, now));
    let decided = decided.ok_or_else(|| unknown(call))?;
    let pointer = debtor_pointer(&found.terms);
    let consent = decided.map_err(|refused| problem(&refused, pointer))?;
    let json = TrackedJson::of(call, &consent);
    Ok(Reply::json(StatusCode::OK, &json))
}

/// As old as if it had come so much earlier; the clock stays where it is.
pub(in crate::web::control) fn age(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let found = find(call)?;
    let members = members(call)?;
    check_members("", &members, &["by"])?;
    let expected = "a duration such as 90s, 5m, 12h, 91d";
    let written = needed(text(&members, "", "by")?, "/by", expected)?;
    let by = parse_duration(written).filter(|by| by.is_positive() && *by <= LONGEST_AGE);
    let by = by.filter(|by| is_in_calendar(found.created_at.plus(-*by)));
    let by = by.ok_or_else(|| Problem::invalid("/by", expected, written.to_owned()))?;
    let (id, now) = (found.id.as_str(), call.bank.clock.now().bank);
    let aged = call.bank.state(|state| hand::age(state, id, by, now));
    let consent = aged.ok_or_else(|| unknown(call))?;
    let json = TrackedJson::of(call, &consent);
    Ok(Reply::json(StatusCode::OK, &json))
}

fn find(call: &ControlCall<'_>) -> Result<Consent, Problem> {
    let named = call.variable("consent_id");
    let now = call.bank.clock.now().bank;
    let found = (call.bank).state(|state| state.consents.find(named, now).cloned());
    found.ok_or_else(|| unknown(call))
}

fn unknown(call: &ControlCall<'_>) -> Problem {
    Problem::not_found(&format!("consent {:?}", call.variable("consent_id")))
}

/// Whether the customer who is named has a word in it: nobody ends what another approved, and time asks
/// no customer.
fn check_whose(consent: &Consent, word: &str, customer: Option<CustomerId>) -> Result<(), Problem> {
    let Some(customer) = customer else {
        return Ok(());
    };
    let expected = match (word, consent.approved()) {
        (EXPIRE, _) => "none: it is the bank's word".to_owned(),
        (REVOKE, Some(approval)) if customer != approval.customer => approval.customer.to_string(),
        _ => return Ok(()),
    };
    let detail = format!("{customer} has no word in it");
    Err(Problem::invalid("/customer_id", expected, detail))
}

const APPROVE: &str = "approve";
const REJECT: &str = "reject";
const REVOKE: &str = "revoke";
const EXPIRE: &str = "expire";
const DECISIONS: [&str; 4] = [APPROVE, REJECT, REVOKE, EXPIRE];
/// Forty times the life of a consent; what is older is no test of one.
const LONGEST_AGE: Duration = Duration::days(3_650);
