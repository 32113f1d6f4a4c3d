//! `/accounts/{id}/transactions` and `/transactions/{id}`: rows by the operator's hand.

mod entry;

use http::StatusCode;
use serde_json::json;

use crate::banking::Error;
use crate::banking::by_hand::{Moved, Unmoved};
use crate::banking::page::{Order, PageRequest, Position, Statuses, TransactionFilter};
use crate::banking::transaction::{TransactionStatus, TransactionView};
use crate::clock::Timestamp;
use crate::id::TransactionId;
use crate::web::banking::transactions::TransactionJson;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::accounts::named_account;
use super::error::Problem;
use super::members::members;
use super::page::Page;

/// GET `/accounts/{account_id}/transactions`: every row in full, newest first.
pub(super) fn list_transactions(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let account = named_account(call)?;
    let page = Page::read(call)?;
    let after = match page.after.as_deref() {
        Some(text) => Some(place(text).ok_or_else(|| page.lost())?),
        None => None,
    };
    let statuses = match call.query.get("status") {
        Some(word) => Statuses::NONE.with(status(word)?),
        None => Statuses::ALL,
    };
    let filter = TransactionFilter {
        statuses,
        ..TransactionFilter::default()
    };
    let request = PageRequest {
        after,
        size: page.limit,
        order: Order::NewestFirst,
    };
    let listed =
        (call.bank).state(|state| state.book.transactions(&[account.id], &filter, request));
    let items: Vec<_> = listed.rows.iter().map(TransactionJson::whole).collect();
    Ok(Page::answer(call, &items, listed.next.map(told).as_deref()))
}

/// POST `/accounts/{account_id}/transactions`: booked or pending, with its other side in the ledger.
pub(super) fn put_transaction(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let account = named_account(call)?;
    let now = call.bank.clock.now().bank;
    let row = entry::read(&members(call)?, &account, now)?;
    let put = (call.bank).state(|state| state.book.put_in(account.id, row, now));
    let row = put.map_err(refused)?;
    Ok(Reply::json(
        StatusCode::CREATED,
        &TransactionJson::whole(&row),
    ))
}

/// POST `/transactions/{transaction_id}/book`: a pending row is booked, in the way of the scenario's
/// `bank.pending_to_booked`.
pub(super) fn book_transaction(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let now = call.bank.clock.now().bank;
    move_pending(call, |id| {
        call.bank.state(|state| state.book.book_now(id, now))
    })
}

/// POST `/transactions/{transaction_id}/cancel`: a pending row is rejected.
pub(super) fn cancel_transaction(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let now = call.bank.clock.now().bank;
    move_pending(call, |id| {
        call.bank.state(|state| state.book.call_off(id, now))
    })
}

fn move_pending(
    call: &ControlCall<'_>,
    change: impl FnOnce(TransactionId) -> Result<Moved, Unmoved>,
) -> Result<Reply, Problem> {
    let named = call.variable("transaction_id");
    let unknown = || Problem::not_found(&format!("transaction {named:?}"));
    let id = TransactionId::parse(named).ok_or_else(unknown)?;
    let moved = change(id).map_err(|unmoved| match unmoved {
        Unmoved::Final(row) => is_final(named, &row),
        Unmoved::Refused(error) => refused(error),
        Unmoved::Unknown => unknown(),
    })?;
    let mut answer = json!({
        "pending_id": moved.pending.to_string(),
        "booked_id": moved.booked().map(|id| id.to_string()),
    });
    if let (Some(row), Some(answer)) = (&moved.row, answer.as_object_mut()) {
        answer.insert("transaction".to_owned(), json!(TransactionJson::whole(row)));
    }
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn is_final(named: &str, row: &TransactionView) -> Problem {
    let words = (
        "illegal_transition",
        "Only a pending transaction can be moved",
    );
    let detail = format!("{named} is {}", row.status.as_str());
    Problem::new(StatusCode::CONFLICT, words, detail).expecting("a pending transaction")
}

fn refused(error: Error) -> Problem {
    let words = match error {
        Error::AmountTooLarge => ("amount_too_large", "The account cannot hold the amount"),
        _ => ("book_full", "The book has no room for it"),
    };
    Problem::new(StatusCode::CONFLICT, words, error.to_string())
}

fn status(word: &str) -> Result<TransactionStatus, Problem> {
    TransactionStatus::parse(word).ok_or_else(|| {
        let words = TransactionStatus::ALL.map(TransactionStatus::as_str);
        Problem::unknown_name("status", word, &words)
    })
}

// An id would not do: a bank may use one twice, and a row may be gone when the next page is asked for.
fn told(position: Position) -> String {
    format!(
        "{}.{}",
        position.booked_at.unix_seconds(),
        position.sequence
    )
}

fn place(text: &str) -> Option<Position> {
    let (seconds, sequence) = text.split_once('.')?;
    let position = Position {
        booked_at: Timestamp::from_unix_seconds(seconds.parse().ok()?),
        sequence: sequence.parse().ok()?,
    };
    (told(position) == text).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_list_is_read_exactly_as_it_was_told() {
        for text in ["1705314600.42", "-1.1", "0.0"] {
            assert_eq!(place(text).map(told).as_deref(), Some(text));
        }
        for text in [
            "", ".", "1", "1.", ".1", "+1.1", "1.01", "1.1.1", "1.-1", "a.b",
        ] {
            assert_eq!(place(text), None, "{text:?}");
        }
    }
}
