//! The chapters in which a customer is asked: pushed request, her visit at the bank, the code's
//! exchange.

use http::StatusCode;

use crate::tpp::TppDoubt;
use crate::tpp::grant::{Attempt, Flow, Returned, Tokens};

use super::walk::{Client, Party, Step, Walk, Wrong, consent_call};

/// What a customer granted.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) consent: String,
    pub(super) access_token: String,
    pub(super) refresh_token: String,
}

/// The hybrid flow: from a consent to tokens.
pub(super) async fn ask_her(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (consent, own_token): (&str, &str),
) -> Result<Granted, Wrong> {
    walk.page.heading("The customer is asked")?;
    walk.page.prose(
        "The authorization request is a signed object, pushed beforehand (PAR), with PKCE. It \
         asks for response_type code id_token and names the consent by the claim \
         openbanking_intent_id.",
    )?;
    let attempt = Attempt::new(Flow::Hybrid, consent, SCOPE);
    let request_uri = push(walk, client, (&attempt, own_token)).await?;
    walk.page.prose(
        "Her browser is sent to the bank with nothing but that reference. This bank approves by \
         itself; the answer is the redirect back, with code and ID token in the fragment. The \
         request_uri below is a second one, good for ninety seconds.",
    )?;
    let returned = visit(walk, client, (&attempt, own_token), &request_uri).await?;
    walk.page.prose(
        "Verified: the ID token's signature, iss, aud, exp, iat and nonce, that c_hash and s_hash \
         vouch for this very code and state, that it is about this consent, and that iss and \
         state are ours.",
    )?;
    walk.page.heading("The code becomes tokens")?;
    walk.page.prose(
        "With the PKCE verifier, and once: a code used twice ends every token made of it. The \
         code below is a second one, good for one minute.",
    )?;
    exchange(walk, client, (&attempt, own_token), &returned).await
}

/// Pushes an attempt; the answer is its reference.
pub(super) async fn push(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (attempt, own_token): (&Attempt, &str),
) -> Result<String, Wrong> {
    let spare = spare_attempt(walk, client, (attempt, own_token)).await?;
    let step = |attempt| Step::twice(|life| client.tpp.push(attempt, life), StatusCode::CREATED);
    let step = step(attempt).showing_that_of(step(&spare));
    let answer = walk.take(Party::Client(client), step).await?;
    Ok(answer.text_member("request_uri")?)
}

/// The customer's visit at the bank and her return.
pub(super) async fn visit(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (attempt, own_token): (&Attempt, &str),
    request_uri: &str,
) -> Result<Returned, Wrong> {
    let (_, spare) = spare_push(walk, client, (attempt, own_token)).await?;
    let step = Step::new(client.tpp.authorize(request_uri), StatusCode::FOUND)
        .showing(client.tpp.authorize(&spare));
    let answer = walk.take(Party::Stranger, step).await?;
    Ok(client.tpp.read_return(attempt, &answer)?)
}

/// The code's exchange.
pub(super) async fn exchange(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (attempt, own_token): (&Attempt, &str),
    returned: &Returned,
) -> Result<Granted, Wrong> {
    let tpp = &client.tpp;
    let (spare, brought) = spare_visit(walk, client, (attempt, own_token)).await?;
    let own = Step::twice(
        |life| tpp.exchange(attempt, &returned.code, life),
        StatusCode::OK,
    );
    let shown = Step::twice(
        |life| tpp.exchange(&spare, &brought.code, life),
        StatusCode::OK,
    );
    let step = own.showing_that_of(shown);
    let answer = walk.take(Party::Client(client), step).await?;
    let tokens = tpp.read_tokens(attempt, returned, &answer)?;
    walk.page.prose(&format!(
        "Verified: the second ID token, which names the same consent and says who she is: {}.",
        tokens.subject
    ))?;
    granted(attempt, tokens)
}

/// A second attempt of the same kind for a line that is shown: with a consent of its own, since
/// authorizing a consent again ends the tokens it gave before.
async fn spare_attempt(
    walk: &Walk<'_, '_>,
    client: &Client,
    (attempt, own_token): (&Attempt, &str),
) -> Result<Attempt, Wrong> {
    let call = consent_call(client, own_token);
    let answer = walk
        .prepare(Party::Client(client), &call, StatusCode::CREATED)
        .await?;
    Ok(attempt.again(&answer.text_member("consent_id")?))
}

/// The same, pushed.
async fn spare_push(
    walk: &Walk<'_, '_>,
    client: &Client,
    of: (&Attempt, &str),
) -> Result<(Attempt, String), Wrong> {
    let spare = spare_attempt(walk, client, of).await?;
    let request_uri = push_unseen(walk, client, &spare).await?;
    Ok((spare, request_uri))
}

/// The same, and the customer has been asked.
async fn spare_visit(
    walk: &Walk<'_, '_>,
    client: &Client,
    of: (&Attempt, &str),
) -> Result<(Attempt, Returned), Wrong> {
    let spare = spare_attempt(walk, client, of).await?;
    let returned = visit_unseen(walk, client, &spare).await?;
    Ok((spare, returned))
}

/// The same, and the code has been exchanged: for lines whose own grant will be gone when they are
/// pasted.
pub(super) async fn spare_grant(
    walk: &Walk<'_, '_>,
    client: &Client,
    of: (&Attempt, &str),
) -> Result<Granted, Wrong> {
    let spare = spare_attempt(walk, client, of).await?;
    granted(&spare, grant_unseen(walk, client, &spare).await?)
}

/// The whole way of an attempt, of which no line is shown.
pub(super) async fn grant_unseen(
    walk: &Walk<'_, '_>,
    client: &Client,
    attempt: &Attempt,
) -> Result<Tokens, Wrong> {
    let tpp = &client.tpp;
    let returned = visit_unseen(walk, client, attempt).await?;
    let call = tpp.exchange(attempt, &returned.code, time::Duration::MINUTE);
    let answer = walk
        .prepare(Party::Client(client), &call, StatusCode::OK)
        .await?;
    Ok(tpp.read_tokens(attempt, &returned, &answer)?)
}

async fn push_unseen(
    walk: &Walk<'_, '_>,
    client: &Client,
    attempt: &Attempt,
) -> Result<String, Wrong> {
    let pushed = client.tpp.push(attempt, time::Duration::MINUTE);
    let answer = walk
        .prepare(Party::Client(client), &pushed, StatusCode::CREATED)
        .await?;
    Ok(answer.text_member("request_uri")?)
}

async fn visit_unseen(
    walk: &Walk<'_, '_>,
    client: &Client,
    attempt: &Attempt,
) -> Result<Returned, Wrong> {
    let request_uri = push_unseen(walk, client, attempt).await?;
    let visit = client.tpp.authorize(&request_uri);
    let answer = walk
        .prepare(Party::Stranger, &visit, StatusCode::FOUND)
        .await?;
    Ok(client.tpp.read_return(attempt, &answer)?)
}

fn granted(attempt: &Attempt, tokens: Tokens) -> Result<Granted, Wrong> {
    let refresh_token = tokens
        .refresh_token
        .ok_or_else(|| TppDoubt::new("the answer", "a refresh_token", "none"))?;
    Ok(Granted {
        consent: attempt.consent_id().to_owned(),
        access_token: tokens.access_token,
        refresh_token,
    })
}

/// What each journey asks for.
pub(super) const SCOPE: &str = "openid accounts transactions";
