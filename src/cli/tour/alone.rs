//! The chapters before a customer comes in: the bank is found, the client proves itself, a consent
//! waits.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::json;
use time::Duration;

use crate::clock::Timestamp;
use crate::jose::KeySet;
use crate::tpp::TppDoubt;
use crate::tpp::call::Call;
use crate::tpp::discovery::Discovery;
use crate::tpp::grant::read_access_token;

use super::walk::{Client, Clients, Party, Step, Walk, Wrong, consent_call};

/// What the client credentials of both clients gave.
#[derive(Debug)]
pub(super) struct OwnTokens {
    pub(super) first: String,
    pub(super) second: String,
}

/// Discovery and keys.
pub(super) async fn find_the_bank(
    walk: &mut Walk<'_, '_>,
) -> Result<(Arc<Discovery>, Arc<KeySet>), Wrong> {
    walk.page.heading("Finding the bank")?;
    walk.page.prose(
        "A TPP is given one address. Everything else stands in the discovery document, which \
         needs no certificate, and whose issuer must be the address itself.",
    )?;
    let url = walk.around.discovery_url.clone();
    let step = Step::new(Call::get(&url), StatusCode::OK);
    let answer = walk.take(Party::Stranger, step).await?;
    let discovery = Discovery::read(&answer.json()?, &url)?;
    walk.page
        .prose("The bank's public keys: whatever it signs from here on is verified with them.")?;
    let step = Step::new(Call::get(&discovery.jwks), StatusCode::OK);
    let answer = walk.take(Party::Stranger, step).await?;
    let keys = KeySet::from_jwks(&answer.json()?)
        .map_err(|fault| TppDoubt::new("the bank's keys", "a JWK Set", fault.to_string()))?;
    Ok((Arc::new(discovery), Arc::new(keys)))
}

/// A first token, and its end: refused, six minutes later.
pub(super) async fn ask_for_itself(
    walk: &mut Walk<'_, '_>,
    clients: &Clients,
) -> Result<(), Wrong> {
    walk.page.heading("A token for the client itself")?;
    let way = if walk.around.is_plain() {
        "with its certificate in Client-Cert"
    } else {
        "over mutual TLS"
    };
    walk.page.prose(&format!(
        "{} proves itself by private_key_jwt: an assertion signed with its key, {way}. The token \
         is bound to the certificate it was asked for with.",
        clients.first.name
    ))?;
    let (token, life) = own_token(walk, &clients.first).await?;
    let minutes = life.saturating_add(Duration::MINUTE).whole_minutes();
    walk.page.heading(&format!(
        "Refused: an expired token, {minutes} minutes later"
    ))?;
    walk.page.prose(
        "A bank's time can be moved. This comes early because it ends every token there is. A TPP \
         cannot do it; whoever runs the bank asks for the time,",
    )?;
    let step = Step::new(walk.around.control.get("/clock"), StatusCode::OK);
    let clock = walk.take(Party::Operator, step).await?;
    let now = clock.text_member("now")?;
    let now = Timestamp::parse(&now)
        .map_err(|error| TppDoubt::new("the bank's clock", "a time", error.to_string()))?;
    walk.page.prose(&format!(
        "and moves it {minutes} minutes on. Pasted again this line is refused, since time moves \
         forward only; {{\"advance\":\"{minutes}m\"}} would move it each time, and end what \
         tokens you have.",
    ))?;
    let later = now.plus(Duration::minutes(minutes)).to_string();
    let call = walk.around.control.post("/clock", json!({ "set": later }));
    walk.take(Party::Operator, Step::new(call, StatusCode::OK))
        .await?;
    walk.page.prose("The token is of no use any more:")?;
    let call = consent_call(&clients.first, &token);
    let party = Party::Client(&clients.first);
    walk.be_refused(
        party,
        call,
        (StatusCode::UNAUTHORIZED, "access_token.expiry"),
    )
    .await
}

/// Fresh tokens: one by assertion, one by certificate alone.
pub(super) async fn prove_in_two_ways(
    walk: &mut Walk<'_, '_>,
    clients: &Clients,
) -> Result<OwnTokens, Wrong> {
    walk.page.heading("Two ways to prove oneself")?;
    walk.page.prose(&format!(
        "{} asks again, with a fresh assertion: no assertion is taken twice.",
        clients.first.name
    ))?;
    let (first, _) = own_token(walk, &clients.first).await?;
    walk.page.prose(&format!(
        "{} is registered for tls_client_auth: the subject of its certificate is proof enough.",
        clients.second.name
    ))?;
    let (second, _) = own_token(walk, &clients.second).await?;
    Ok(OwnTokens { first, second })
}

/// A consent, made and read back.
pub(super) async fn make_a_consent(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    token: &str,
) -> Result<String, Wrong> {
    walk.page.heading("A consent that waits for its customer")?;
    walk.page
        .prose("What the client wants to read, said before any customer is asked.")?;
    let step = Step::new(consent_call(client, token), StatusCode::CREATED);
    let answer = walk.take(Party::Client(client), step).await?;
    let consent = answer.text_member("consent_id")?;
    walk.page
        .prose("It can be read back with the same token, and waits to be authorized.")?;
    let url = consent_url(client, &consent);
    let call = Call::bearer(Method::GET, &url, token);
    let step = Step::new(call, StatusCode::OK);
    let answer = walk.take(Party::Client(client), step).await?;
    expect_member(&answer.json()?, "status", "awaiting_authorization")?;
    Ok(consent)
}

/// Where a consent is.
pub(super) fn consent_url(client: &Client, consent: &str) -> String {
    format!("{}/consents/{consent}", client.tpp.discovery().issuer)
}

/// A member of an answer must be this.
///
/// # Errors
/// When it is not.
pub(super) fn expect_member(
    document: &serde_json::Value,
    name: &'static str,
    expected: impl Into<serde_json::Value>,
) -> Result<(), Wrong> {
    let expected = expected.into();
    let received = document.get(name).unwrap_or(&serde_json::Value::Null);
    if *received == expected {
        return Ok(());
    }
    let doubt = TppDoubt::new(
        format!("the answer's {name}"),
        expected.to_string(),
        received.to_string(),
    );
    Err(doubt.into())
}

/// Client credentials: the token and how long it lives.
async fn own_token(walk: &mut Walk<'_, '_>, client: &Client) -> Result<(String, Duration), Wrong> {
    let make = |life| client.tpp.client_credentials("consents", life);
    let step = Step::twice(make, StatusCode::OK);
    let answer = walk.take(Party::Client(client), step).await?;
    let body = answer.json()?;
    let seconds = body.get("expires_in").and_then(serde_json::Value::as_i64);
    let seconds =
        seconds.ok_or_else(|| TppDoubt::new("the answer's expires_in", "whole seconds", "none"))?;
    Ok((read_access_token(&answer)?, Duration::seconds(seconds)))
}
