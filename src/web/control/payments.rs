//! GET `/payments`, POST `/payments/{id}/status`: payments as the bank sees them, and its hand on them.

use http::StatusCode as Http;
use serde_json::Value;

use crate::banking::identifier::Identifier;
use crate::banking::payment::{IllegalStep, Payment, Reason, StatusCode};
use crate::id::PaymentId;
use crate::json;
use crate::web::banking::payments::payment_json;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;
use super::page::Page;

/// GET `/payments`: those that are kept, newest first.
pub(super) fn list_payments(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let page = Page::read(call)?;
    let after = match page.after.as_deref() {
        Some(text) => Some(PaymentId::parse(text).ok_or_else(|| page.lost())?),
        None => None,
    };
    // There may be a hundred thousand of them: what is told is written once the bank goes on.
    let kept = (call.bank).state(|state| {
        let newest = state.book.payments_before(after)?.take(page.wanted());
        let named = newest.map(|payment| (payment.clone(), state.book.named(payment.debtor)));
        Some(named.collect::<Vec<_>>())
    });
    let kept = kept.ok_or_else(|| page.lost())?.into_iter();
    let items = kept.map(|(payment, debtor)| {
        let item = item(&payment, debtor.as_ref());
        (payment.id.to_string(), item)
    });
    Ok(page.reply(call, items.collect()))
}

/// POST `/payments/{payment_id}/status`: `{status_code, reason?}`, along a legal transition.
pub(super) fn move_payment(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let named = call.variable("payment_id");
    let unknown = || Problem::not_found(&format!("payment {named:?}"));
    let id = PaymentId::parse(named).ok_or_else(unknown)?;
    let to = read(call)?;
    let now = call.bank.clock.now().bank;
    let moved = call.bank.state(|state| {
        let moved = state.book.move_payment(id, to, now);
        let named = |payment: Payment| {
            let debtor = state.book.named(payment.debtor);
            (payment, debtor)
        };
        moved.map(|payment| payment.map(named))
    });
    let (payment, debtor) = moved.map_err(illegal)?.ok_or_else(unknown)?;
    Ok(Reply::json(Http::OK, &item(&payment, debtor.as_ref())))
}

fn read(call: &ControlCall<'_>) -> Result<(StatusCode, Option<Reason>), Problem> {
    let body = json::read_object(&call.request.body).map_err(|error| Problem::not_json(&error))?;
    if let Some(unknown) = body.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        let pointer = format!("/{unknown}");
        return Err(Problem::unknown_name(&pointer, unknown, MEMBERS));
    }
    let codes = StatusCode::ALL.map(StatusCode::as_str);
    let status = word(&body, "status_code", StatusCode::parse, &codes)?;
    let status = status.ok_or_else(|| {
        let expected = format!("one of {}", codes.join(", "));
        Problem::invalid("/status_code", expected, "nothing was sent".to_owned())
    })?;
    let codes = Reason::ALL.map(Reason::code);
    let reason = word(&body, "reason", Reason::parse, &codes)?;
    Ok((status, reason))
}

fn word<T>(
    body: &serde_json::Map<String, Value>,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
    known: &[&str],
) -> Result<Option<T>, Problem> {
    let Some(value) = body.get(name) else {
        return Ok(None);
    };
    let pointer = format!("/{name}");
    let Some(text) = value.as_str() else {
        let expected = format!("one of {}", known.join(", "));
        return Err(Problem::invalid(&pointer, expected, value.to_string()));
    };
    match parse(text) {
        Some(found) => Ok(Some(found)),
        None => Err(Problem::unknown_name(&pointer, text, known)),
    }
}

fn illegal(step: IllegalStep) -> Problem {
    let words = (
        "illegal_transition",
        "The move is none the status machine allows",
    );
    let next: Vec<_> = step.from.next().iter().map(|next| next.as_str()).collect();
    let (from, to) = (step.from.as_str(), step.to.as_str());
    let detail = match next.as_slice() {
        [] => format!("{from} is final: {to} cannot follow"),
        next => format!("{to} cannot follow {from}, only {}", next.join(", ")),
    };
    Problem::new(Http::CONFLICT, words, detail)
}

fn item(payment: &Payment, debtor: Option<&Identifier>) -> Value {
    let mut item = payment_json(payment, debtor);
    if let Some(item) = item.as_object_mut() {
        item.insert("client_id".to_owned(), payment.client_id.as_str().into());
        item.insert(
            "customer_id".to_owned(),
            payment.customer.to_string().into(),
        );
        item.insert("account_id".to_owned(), payment.debtor.to_string().into());
    }
    item
}

const MEMBERS: &[&str] = &["status_code", "reason"];
