//! The last chapters: the journey in JARM, its end by revocation, and two refusals.

use http::{Method, StatusCode};

use crate::tpp::call::Call;
use crate::tpp::grant::{Attempt, Flow};

use super::alone::{consent_url, expect_member};
use super::customer::{self, SCOPE};
use super::data::{list_accounts, resource_call};
use super::walk::{Client, Clients, Party, Step, Walk, Wrong, consent_call};

/// The same journey with a signed answer, and everything it gave taken back.
pub(super) async fn walk_again_in_jarm(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    own_token: &str,
) -> Result<(), Wrong> {
    walk.page.heading("The same journey in JARM")?;
    walk.page.prose(&format!(
        "{} asks for response_type code with response_mode jwt: the whole answer is one signed \
         JWT in the query. It names its consent by the member consent_id.",
        client.name
    ))?;
    let step = Step::new(consent_call(client, own_token), StatusCode::CREATED);
    let answer = walk.take(Party::Client(client), step).await?;
    let consent = answer.text_member("consent_id")?;
    let attempt = Attempt::new(Flow::Jarm, &consent, SCOPE);
    let request_uri = customer::push(walk, client, (&attempt, own_token)).await?;
    walk.page.prose(
        "Her visit. The request_uri below is a second one again, good for ninety seconds.",
    )?;
    let returned = customer::visit(walk, client, (&attempt, own_token), &request_uri).await?;
    walk.page.prose(
        "Verified: the JWT's signature, iss, aud and exp, and the state inside. The code below is \
         a second one too, good for one minute.",
    )?;
    let of = (&attempt, own_token);
    let granted = customer::exchange(walk, client, of, &returned).await?;
    walk.page.prose(
        "What it opens. The tour's own grant ends in the next chapter, so this line carries a \
         second one.",
    )?;
    let shown = customer::spare_grant(walk, client, of).await?;
    list_accounts(walk, client, (&granted, &shown)).await?;
    take_back(walk, client, (&consent, own_token), &granted.refresh_token).await
}

async fn take_back(
    walk: &mut Walk<'_, '_>,
    client: &Client,
    (consent, own_token): (&str, &str),
    refresh_token: &str,
) -> Result<(), Wrong> {
    walk.page.heading("Taking it back")?;
    walk.page.prose(&format!(
        "{} gives back its refresh token. It may do so as often as it likes,",
        client.name
    ))?;
    let step = Step::twice(
        |life| client.tpp.revoke(refresh_token, life),
        StatusCode::OK,
    );
    walk.take(Party::Client(client), step).await?;
    walk.page.prose("and the token is in force no more.")?;
    let make = |life| client.tpp.introspect(refresh_token, life);
    let step = Step::twice(make, StatusCode::OK);
    let answer = walk.take(Party::Client(client), step).await?;
    expect_member(&answer.json()?, "active", false)?;
    walk.page
        .prose("The consent ends by DELETE, and with it every token it gave.")?;
    let url = consent_url(client, consent);
    let call = Call::bearer(Method::DELETE, &url, own_token);
    let step = Step::new(call, StatusCode::NO_CONTENT);
    walk.take(Party::Client(client), step).await?;
    let call = Call::bearer(Method::GET, &url, own_token);
    let step = Step::new(call, StatusCode::OK);
    let answer = walk.take(Party::Client(client), step).await?;
    expect_member(&answer.json()?, "status", "revoked")
}

/// A good token without its certificate, and with another's.
pub(super) async fn be_refused(
    walk: &mut Walk<'_, '_>,
    clients: &Clients,
    (consent, token): (&str, &str),
) -> Result<(), Wrong> {
    let (first, second) = (&clients.first, &clients.second);
    walk.page.heading("Refused: no certificate")?;
    walk.page.prose(&format!(
        "The fresh token of {} is good, but it is bound to a certificate, and this call shows \
         none.",
        first.name
    ))?;
    let call = resource_call(walk, (consent, token), "/accounts");
    let refusal = (StatusCode::UNAUTHORIZED, "certificate.present");
    walk.be_refused(Party::Stranger, call.clone(), refusal)
        .await?;
    walk.page.heading("Refused: another client's certificate")?;
    walk.page.prose(&format!(
        "The same token in the hands of {}, which has a certificate of its own: a stolen token is \
         of no use.",
        second.name
    ))?;
    let refusal = (StatusCode::UNAUTHORIZED, "access_token.certificate");
    walk.be_refused(Party::Client(second), call, refusal).await
}
