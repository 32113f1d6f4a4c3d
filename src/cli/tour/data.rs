//! The chapters in which a grant is used: accounts, balances, transactions; refreshed and looked
//! into.

use http::{Method, StatusCode};
use serde_json::Value;

use crate::tpp::TppDoubt;
use crate::tpp::call::{Answer, Call};
use crate::tpp::grant::read_access_token;

use super::alone::expect_member;
use super::customer::Granted;
use super::walk::{Client, Party, Step, Walk, Wrong};

/// Accounts, one account, its balances, a page of its transactions.
pub(super) async fn read_accounts(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    granted: &Granted,
) -> Result<(), Wrong> {
    walk.page.heading("Her accounts")?;
    walk.page.prose(
        "Every call to a resource carries the token, the certificate the token is bound to, and \
         the consent in X-Consent-ID.",
    )?;
    let first = list_accounts(walk, client, (granted, granted)).await?;
    walk.page.prose("One of them,")?;
    read(walk, client, granted, &format!("/accounts/{first}")).await?;
    walk.page.prose("what is on it,")?;
    let path = format!("/accounts/{first}/balances");
    let answer = read(walk, client, granted, &path).await?;
    rows(&answer)?;
    walk.page
        .prose("and the newest of what happened on it; links.next leads to the page after.")?;
    let path = format!("/accounts/{first}/transactions?page_size=2");
    let answer = read(walk, client, granted, &path).await?;
    rows(&answer)?;
    Ok(())
}

/// The list of accounts by one grant, shown as by another; answers the first one's id.
pub(super) async fn list_accounts(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (own, shown): (&Granted, &Granted),
) -> Result<String, Wrong> {
    let call = |of: &Granted| {
        let of = (of.consent.as_str(), of.access_token.as_str());
        resource_call(walk, of, "/accounts")
    };
    let step = Step::new(call(own), StatusCode::OK).showing(call(shown));
    let answer = walk.take(Party::Client(client), step).await?;
    let rows = rows(&answer)?;
    let first = rows.first().and_then(|row| row.get("account_id"));
    let first = first.and_then(Value::as_str).map(str::to_owned);
    Ok(first.ok_or_else(|| TppDoubt::new("the list of accounts", "an account", "none"))?)
}

/// A fresh access token, and what the bank thinks of it.
pub(super) async fn refresh(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    granted: &Granted,
) -> Result<String, Wrong> {
    walk.page.heading("The token's life")?;
    walk.page.prose(
        "An access token lives minutes, a refresh token as long as the consent. It is not rotated.",
    )?;
    let make = |life| client.tpp.refresh(&granted.refresh_token, life);
    let step = Step::twice(make, StatusCode::OK);
    let answer = walk.take(Party::Client(client), step).await?;
    let fresh = read_access_token(&answer)?;
    walk.page
        .prose("The bank tells a client about its own tokens, the bound certificate included.")?;
    let step = Step::twice(|life| client.tpp.introspect(&fresh, life), StatusCode::OK);
    let answer = walk.take(Party::Client(client), step).await?;
    expect_member(&answer.json()?, "active", true)?;
    Ok(fresh)
}

/// A call to a resource.
pub(super) fn resource_call(
    walk: &Walk<'_, '_>,
    (consent, token): (&str, &str),
    path: &str,
) -> Call {
    let url = format!("{}{path}", walk.around.api_url);
    Call::bearer(Method::GET, &url, token).with_header("X-Consent-ID", consent)
}

async fn read(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    granted: &Granted,
    path: &str,
) -> Result<Answer, Wrong> {
    let of = (granted.consent.as_str(), granted.access_token.as_str());
    let call = resource_call(walk, of, path);
    let step = Step::new(call, StatusCode::OK);
    walk.take(Party::Client(client), step).await
}

/// The rows of a list.
fn rows(answer: &Answer) -> Result<Vec<Value>, Wrong> {
    match answer.json()?.get("data") {
        Some(Value::Array(rows)) => Ok(rows.clone()),
        other => {
            let received = if other.is_some() {
                "something else"
            } else {
                "none"
            };
            Err(TppDoubt::new("the answer's data", "a list", received).into())
        }
    }
}
