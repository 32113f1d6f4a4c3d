//! Whether a payment consent's account could pay for it now (API contract, section 6.4).

use http::StatusCode;
use serde_json::json;

use crate::bank::State;
use crate::banking::payment::{account_forbids, total_debit};
use crate::clock::Timestamp;
use crate::consent::{ConsentType, PaymentTerms};
use crate::id::AccountId;
use crate::oauth::scope::ScopeToken;
use crate::web::banking::error::Error;
use crate::web::banking::{body, query};
use crate::web::call::Call;
use crate::web::{consented, guard};
use crate::wire::reply::Reply;

use super::find_own;

/// GET `/consents/{consent_id}/funds-confirmation`, and below the path of the type.
pub(crate) fn check_funds(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_customer(call, &token)?;
    guard::check_accept(call)?;
    guard::check_scope(call, &token, &[ScopeToken::Payments])?;
    let consent = find_own(call, &token, Some(ConsentType::Payment))?;
    let consented = consented::enter(call, consent)?;
    query::read_none(call)?;
    let (consent, now) = (consented.consent(), call.now.bank);
    let available = (consent.terms.payment().zip(consented.accounts().first()))
        .map(|(terms, &account)| call.bank.state(|state| can_pay(state, terms, account, now)));
    // A payment consent in force has both; this is a second lock on the same door.
    let available = available.ok_or_else(body::unread)?;
    let json = json!({
        "data": {
            "funds_available": available,
            "funds_available_date_time": now.to_string(),
        },
        "links": { "self": format!("/consents/{}/funds-confirmation", consent.id) },
    });
    Ok(Reply::json(StatusCode::OK, &json))
}

fn can_pay(state: &State, terms: &PaymentTerms, id: AccountId, now: Timestamp) -> bool {
    let Some(account) = state.book.account(id) else {
        return false;
    };
    let order = &terms.order;
    let needed = total_debit(order, account.currency, terms.quote.as_ref(), now.date());
    let covers = (needed.zip(state.book.spendable(id, now)))
        .is_some_and(|(needed, spendable)| needed.minor_units <= spendable.minor_units);
    covers && account_forbids(&account, order).is_none()
}
