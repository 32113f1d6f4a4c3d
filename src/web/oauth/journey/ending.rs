//! How a journey ends: what it does to consent and request, and whom it is told.

use std::sync::Arc;

use crate::bank::State;
use crate::clock::Timestamp;
use crate::consent::RejectionReason;
use crate::id::CustomerId;
use crate::journey::{CODES_MAX, Ending, Picked};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::grant::Grant;
use crate::oauth::id_token::Beside;
use crate::oauth::request::{AuthorizationRequest, ResponseType};
use crate::rule::{Mismatch, Rule, Trail};
use crate::web::call::Call;
use crate::web::consented;
use crate::web::oauth::authorize::{self, Ready};
use crate::web::oauth::id_token;
use crate::web::pages::away;
use crate::wire::reply::Reply;

use super::{Journey, check_unused};

/// Carries out how a journey ends, and tells whom it concerns.
pub(super) fn end(call: &mut Call<'_>, journey: &Journey, ending: &Ending) -> Reply {
    let outcome = match ending {
        Ending::Approved(picked) => approve(call, journey, picked),
        Ending::Abandoned => {
            let mismatch =
                Mismatch::new("a customer who stays to the end", journey.told("she left"));
            call.entry.effect("the customer went away; nobody is told");
            call.record(Some(&mismatch.under(&STAYS)));
            return away::page();
        }
        Ending::Rejected => deny(call, journey, RejectionReason::DeniedByCustomer).and_then(|()| {
            let mismatch = Mismatch::new("the customer's approval", journey.told("her rejection"));
            Err(ErrorCode::AccessDenied.because(mismatch.under(&APPROVES)))
        }),
        Ending::LockedOut => {
            deny(call, journey, RejectionReason::AuthenticationFailed).and_then(|()| {
                let expected = format!("the right one-time code within {CODES_MAX} tries");
                let received = journey.told(&format!("{CODES_MAX} wrong ones"));
                let mismatch = Mismatch::new(expected, received);
                Err(ErrorCode::AccessDenied.because(mismatch.under(&CODE)))
            })
        }
        Ending::Lapsed => {
            let expected = format!("an end by {}", journey.lapses_at());
            let received = journey.told(&format!("none by {}", call.now.bank));
            let mismatch = Mismatch::new(expected, received);
            Err(ErrorCode::AccessDenied.because(mismatch.under(&IN_TIME)))
        }
        Ending::Failed(code) => {
            let mismatch = Mismatch::new("a bank that goes on", journey.told(code.as_str()));
            Err(code.because(mismatch.under(&GOES_ON)))
        }
    };
    match outcome {
        Ok(location) => Reply::redirect(&location),
        Err(refusal) => authorize::send_back(call, &journey.ready.callback, &refusal),
    }
}

/// The consent and the grant are made, and the answer is signed.
fn approve(call: &mut Call<'_>, journey: &Journey, picked: &Picked) -> Result<String, Refusal> {
    let ready = &journey.ready;
    let client = ready.callback.client();
    let request = &ready.request;
    let (now, trail) = (call.now, &mut call.trail);
    let (code, grant) = call.bank.state(|state| {
        check_unused(state, ready, now)?;
        // The trail has these already; what matters is that they still hold.
        consented::check_request(state, (client, request), now.bank, &mut Trail::default())?;
        let (who, what) = (journey.customer, (&client.id, &request.consent));
        // Somebody else may have come to decide.
        consented::check_subject(who, request, &mut Trail::default())?;
        consented::check_picked(state, who, picked, trail)?;
        let approval = consented::decide(state, what, (who, picked.chosen()), now.bank, trail)?;
        let grant = new_grant(client, request, journey.customer, now.real);
        let granted = consented::grant(state, grant, (request, approval), now.bank)?;
        consume(state, ready);
        Ok::<_, Refusal>(granted)
    })?;
    call.entry
        .effect(format!("consent {} authorized", grant.consent));
    let mut members = Vec::with_capacity(2);
    if request.response_type == ResponseType::CodeIdToken {
        let token = id_token::make(call, (client, &grant), Beside::Code(&code))?;
        members.push(("id_token", token));
    }
    members.insert(0, ("code", code));
    let sender = authorize::sender(call, &ready.callback);
    Ok(ready.callback.success(members, &sender))
}

/// The customer's no is recorded; a consent in force that was to be confirmed stays in force.
fn deny(call: &mut Call<'_>, journey: &Journey, why: RejectionReason) -> Result<(), Refusal> {
    let ready = &journey.ready;
    let client = ready.callback.client();
    let now = call.now;
    let status = call.bank.state(|state| {
        check_unused(state, ready, now)?;
        let asked = (&**client, &ready.request);
        consented::check_request(state, asked, now.bank, &mut Trail::default())?;
        consume(state, ready);
        let what = (&client.id, &ready.request.consent);
        Ok(consented::deny(state, what, why, now.bank))
    })?;
    let id = &ready.request.consent;
    call.entry.effect(match status {
        Some(moved) => format!("consent {id} {moved}"),
        None => format!("consent {id} stays as it was"),
    });
    Ok(())
}

fn consume(state: &mut State, ready: &Ready) {
    if let Some(request_uri) = &ready.request_uri {
        state.oauth.consume_pushed(request_uri);
    }
}

fn new_grant(
    client: &Arc<Client>,
    request: &AuthorizationRequest,
    customer: CustomerId,
    authenticated_at: Timestamp,
) -> Grant {
    Grant {
        client: Arc::clone(client),
        customer,
        consent: request.consent.clone(),
        scope: request.scope,
        nonce: request.nonce.clone(),
        state: request.state.clone(),
        authenticated_at,
        ends_at: Timestamp::MAX,
        is_refreshable: false,
        revoked: None,
    }
}

pub(super) static IN_TIME: Rule = Rule {
    name: "journey.session",
    clause: "RFC 6749, section 4.1.2.1; Hamster Bank, control contract, section 11",
    sentence: "A customer comes to an end before her session does.",
};
pub(super) static CODE: Rule = Rule {
    name: "journey.code",
    clause: "RFC 6749, section 4.1.2.1; Hamster Bank, control contract, section 11",
    sentence: "A customer types the right code before the bank gives up on her.",
};
pub(super) static APPROVES: Rule = Rule {
    name: "journey.approval",
    clause: "RFC 6749, section 4.1.2.1",
    sentence: "The customer approves what she is asked.",
};
pub(super) static STAYS: Rule = Rule {
    name: "journey.abandoned",
    clause: "Hamster Bank, control contract, section 11",
    sentence: "A customer stays until she has decided; of one who does not, nobody is told.",
};
pub(super) static GOES_ON: Rule = Rule {
    name: "journey.failure",
    clause: "RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6",
    sentence: "The bank can go on with the request.",
};
