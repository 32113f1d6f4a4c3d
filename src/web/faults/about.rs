//! What a call claims to be about: the client it names, what its token, code or pushed request stands for.
//!
//! Nothing is proved here, and nothing is refused: what cannot be read is not known.

use serde_json::{Map, Value};

use crate::bank::State;
use crate::consent::ConsentType;
use crate::fault::facts::{About, Flow};
use crate::id::{AccountId, ClientId, PaymentId};
use crate::jose::Jws;
use crate::json;
use crate::oauth::client_auth::claimed_client_id;
use crate::oauth::metadata::AUTHORIZE;
use crate::oauth::request::{Asked, AuthorizationRequest, ResponseType};
use crate::web::call::Call;
use crate::web::consented;
use crate::wire::form::Form;
use crate::wire::header;

/// What a call claims to be about.
pub(super) fn claimed(call: &Call<'_>) -> About {
    let claims = claims(call);
    let form = Form::parse(&call.request.body).unwrap_or_default();
    let query = call.request.head.query_form().unwrap_or_default();
    let mut about = About {
        client_id: client(call, (&form, &query)),
        account_id: AccountId::parse(call.variable("account_id")),
        payment_id: PaymentId::parse(call.variable("payment_id")),
        consent_type: asked_type(call),
        claims,
        ..About::default()
    };
    let parameters = authorization_parameters(call, &query, &about);
    call.bank.state(|state| {
        look_up(state, call, (&form, &mut about));
        if let Some(request) = authorization_request(state, (call, &query), parameters) {
            about.flow = Some(flow_of(&request));
            about.customer_id = consented::expected_customer(state, &request);
            about.consent_id = Some(request.consent);
        }
        consent_of(state, call, &mut about);
    });
    about
}

/// The type of the consent that is asked for: in the path, else in the body.
fn asked_type(call: &Call<'_>) -> Option<&'static str> {
    if call.route != Some("consents.create") {
        return None;
    }
    let of_type = |word: &str| ConsentType::parse(word).map(ConsentType::as_str);
    let (_, last) = call.request.head.path.rsplit_once('/')?;
    of_type(last).or_else(|| {
        let body = json::read_object(&call.request.body).ok()?;
        of_type(body.get("consent_type")?.as_str()?)
    })
}

/// What the consent behind a call tells of it. A payment takes the one account that was approved.
fn consent_of(state: &mut State, call: &Call<'_>, about: &mut About) {
    let Some(id) = &about.consent_id else { return };
    let Some(consent) = state.consents.find(id.as_str(), call.now.bank) else {
        return;
    };
    about.consent_type = Some(consent.consent_type().as_str());
    let Some(approval) = consent.approved() else {
        return;
    };
    about.customer_id = about.customer_id.or(Some(approval.customer));
    if call.route == Some("banking.payments.create")
        && let [debtor] = approval.accounts.as_slice()
    {
        about.account_id = Some(*debtor);
    }
}

fn client(call: &Call<'_>, (form, query): (&Form, &Form)) -> Option<ClientId> {
    let in_path = Some(call.variable("client_id")).filter(|id| !id.is_empty());
    let named = in_path.or_else(|| query.get("client_id"));
    named
        .map(ClientId::new)
        .or_else(|| claimed_client_id(form).ok())
}

/// What a bearer token, a code, a refresh token or a path stands for.
fn look_up(state: &State, call: &Call<'_>, (form, about): (&Form, &mut About)) {
    let headers = &call.request.head.headers;
    let bearer = header::bearer(headers).ok();
    let code = form.get("code");
    let secret = bearer.or(code).or_else(|| form.get("refresh_token"));
    if let Some(known) = secret.and_then(|secret| state.oauth.behind(secret)) {
        about.client_id = about.client_id.take().or(Some(known.client));
        if let Some(grant) = known.grant {
            about.customer_id = Some(grant.customer);
            about.consent_id = Some(grant.consent.clone());
            about.flow = code.map(|_| Flow {
                is_hybrid: known.is_hybrid,
                is_jwt: false,
                has_state: grant.state.is_some(),
                has_nonce: grant.nonce.is_some(),
            });
        }
    }
    let payment = about.payment_id.and_then(|id| state.book.payment(id));
    if let Some(payment) = payment {
        about.consent_id = Some(payment.consent_id.clone());
        about.account_id = Some(payment.debtor);
    }
    let named = header::single(headers, &header::X_CONSENT_ID)
        .ok()
        .flatten();
    let in_path = Some(call.variable("consent_id")).filter(|id| !id.is_empty());
    if let Some(named) = in_path.or(named) {
        about.consent_id = Some(crate::id::ConsentId::new(named));
    }
}

/// The parameters of an authorization request that came by value.
fn authorization_parameters(
    call: &Call<'_>,
    query: &Form,
    about: &About,
) -> Option<Map<String, Value>> {
    if call.request.head.path != AUTHORIZE || query.get("request_uri").is_some() {
        return None;
    }
    match query.get("request") {
        Some(_) => about.claims.first().cloned(),
        None => Some(
            (query.pairs())
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
        ),
    }
}

/// The authorization request that a browser brings, as far as it makes sense.
fn authorization_request(
    state: &State,
    (call, query): (&Call<'_>, &Form),
    parameters: Option<Map<String, Value>>,
) -> Option<AuthorizationRequest> {
    if call.request.head.path != AUTHORIZE {
        return None;
    }
    let client = state.oauth.client(query.get("client_id")?)?;
    if let Some(request_uri) = query.get("request_uri") {
        let pushed = state.oauth.pushed(request_uri, call.now.bank)?;
        return (pushed.client.id == client.id).then_some(pushed.request);
    }
    let asked = Asked {
        parameters: parameters?,
        client,
    };
    asked.read().ok()
}

fn flow_of(request: &AuthorizationRequest) -> Flow {
    Flow {
        is_hybrid: request.response_type == ResponseType::CodeIdToken,
        is_jwt: request.response_mode.is_jwt(),
        has_state: request.state.is_some(),
        has_nonce: request.nonce.is_some(),
    }
}

/// The claims of every JWT that came with the call: a request object first.
fn claims(call: &Call<'_>) -> Vec<Map<String, Value>> {
    let request = call.request;
    let query = request.head.query_form().unwrap_or_default();
    let form = Form::parse(&request.body).unwrap_or_default();
    let body = str::from_utf8(&request.body).ok().map(str::trim);
    let statement = json::read_object(&request.body).ok();
    let statement = statement
        .as_ref()
        .and_then(|body| body.get("software_statement")?.as_str());
    let told = [
        query.get("request"),
        form.get("request"),
        form.get("client_assertion"),
        statement,
        body.filter(|body| body.starts_with("ey")),
    ];
    let read = told
        .into_iter()
        .flatten()
        .filter_map(|jwt| Jws::parse(jwt).ok());
    read.map(|jws| jws.unverified_claims().clone()).collect()
}
