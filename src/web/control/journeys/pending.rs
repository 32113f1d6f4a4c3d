//! `/journeys/pending`: customers who wait, to be decided for by hand.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::bank::waiting::{Decision, Waiting};
use crate::id::JourneyId;
use crate::journey::script::{self, FAILURES};
use crate::journey::{Ending, Picked};
use crate::json;
use crate::oauth::error::ErrorCode;
use crate::web::control::ControlCall;
use crate::web::control::error::Problem;
use crate::web::control::members::{check_members, customer, picked, text};
use crate::web::control::wait::Wait;
use crate::wire::reply::Reply;

/// GET `/journeys/pending`: who waits; with `wait`, as soon as `at_least` do.
pub(in crate::web::control) async fn list_pending(
    call: &ControlCall<'_>,
) -> Result<Reply, Problem> {
    let room = &call.bank.waiting;
    let mut body = Map::new();
    if let Some(wait) = Wait::read(&call.query)? {
        let arrived = async {
            loop {
                // Listening begins before counting, so that nobody comes in between unheard.
                let changed = room.changed();
                if room.list().len() as u64 >= wait.at_least {
                    return;
                }
                changed.await;
            }
        };
        let arrived = wait.until(call.bank, arrived).await;
        body.insert("satisfied".to_owned(), arrived.is_some().into());
    }
    let items: Vec<_> = room.list().iter().map(|it| waiting_json(it)).collect();
    body.insert("items".to_owned(), items.into());
    Ok(Reply::json(StatusCode::OK, &body))
}

/// POST `/journeys/pending/{journey_id}/decision`: the journey ends so, instead of as its script says.
pub(in crate::web::control) fn decide(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let named = call.variable("journey_id");
    let not_waiting = || Problem::not_found(&format!("waiting journey {named:?}"));
    let room = &call.bank.waiting;
    // The clock also runs by itself.
    room.lapse(call.bank.clock.now().bank);
    let waiting = JourneyId::parse(named).and_then(|id| room.find(id));
    let waiting = waiting.ok_or_else(not_waiting)?;
    let body = json::read_object(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    let decision = decision(call, &body, &waiting)?;
    if !room.decide(waiting.id, decision) {
        return Err(not_waiting());
    }
    let mut shown = waiting_json(&waiting);
    if let (Some(shown), Some(word)) = (shown.as_object_mut(), body.get("decision")) {
        shown.insert("decision".to_owned(), word.clone());
    }
    Ok(Reply::json(StatusCode::OK, &shown))
}

fn decision(
    call: &ControlCall<'_>,
    body: &Map<String, Value>,
    waiting: &Waiting,
) -> Result<Decision, Problem> {
    let word = text(body, "", "decision")?.unwrap_or_default();
    let own: &[&str] = match word {
        script::APPROVE => &["decision", "customer_id", "account_ids"],
        script::ERROR => &["decision", "error"],
        script::REJECT | script::ABANDON => &["decision"],
        "" => {
            return Err(Problem::invalid(
                "/decision",
                DECISIONS.join(", "),
                "none".to_owned(),
            ));
        }
        other => return Err(Problem::unknown_name("/decision", other, DECISIONS)),
    };
    check_members("", body, own)?;
    let customer = customer(call, body, "", "customer_id")?;
    let ending = match word {
        script::APPROVE => {
            let picked = picked(call, body, customer.unwrap_or(waiting.customer))?;
            Ending::Approved(picked.map_or(Picked::All, |ids| Picked::These(ids.into())))
        }
        script::REJECT => Ending::Rejected,
        script::ABANDON => Ending::Abandoned,
        _ => {
            let named = text(body, "", "error")?.unwrap_or("server_error");
            let known = FAILURES.map(ErrorCode::as_str);
            let code = script::failure(named)
                .ok_or_else(|| Problem::unknown_name("/error", named, &known))?;
            Ending::Failed(code)
        }
    };
    Ok(Decision { ending, customer })
}

fn waiting_json(waiting: &Waiting) -> Value {
    json!({
        "id": waiting.id.to_string(),
        "request_id": waiting.request_id.to_string(),
        "client_id": waiting.client_id.as_str(),
        "consent_id": waiting.consent_id.as_str(),
        "consent_type": waiting.consent_type.as_str(),
        "customer_id": waiting.customer.to_string(),
        "script": waiting.script,
        "rule": waiting.rule,
        "began_at": waiting.began_at.to_string(),
        "lapses_at": waiting.lapses_at.to_string(),
        "resumes_at": waiting.resumes_at.to_string(),
    })
}

const DECISIONS: &[&str] = &[
    script::APPROVE,
    script::REJECT,
    script::ABANDON,
    script::ERROR,
];
