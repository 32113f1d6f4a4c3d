//! GET `/oauth/authorize`: where a customer's browser arrives, and leaves with a code or a refusal.
//!
//! Until there is a [`Callback`] a mistake ends on an error page; from then on it goes to the client. What
//! the customer does to a request in good order is told by `journey`.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Map, Value};

use crate::fault::Twist;
use crate::id::ClientId;
use crate::json;
use crate::oauth::callback::{self, Callback, Sender};
use crate::oauth::check::Place;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::profile::Profile;
use crate::oauth::request::{Asked, AuthorizationRequest, ResponseMode, ResponseType};
use crate::oauth::{REQUEST_URI, client_auth};
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::lint;
use crate::web::pages::trouble;
use crate::wire::form::Form;
use crate::wire::reply::Reply;

use super::journey::{self, Visit};
use super::{error, request_object, signing};

/// What stands between a browser and its redirect; boxed, for it is seldom there.
struct Stop(Box<Stopped>);

struct Stopped {
    refusal: Refusal,
    /// Where the client may be told; without it, the customer is.
    callback: Option<Callback>,
}

/// A request in good order, and where its answer goes.
pub(super) struct Ready {
    /// What it asks.
    pub(super) request: AuthorizationRequest,
    /// Where its answer goes.
    pub(super) callback: Callback,
    /// Set when the request was pushed: used up at the journey's end.
    pub(super) request_uri: Option<String>,
}

/// Reads the request, and lets the customer decide it.
pub(crate) fn authorize(call: &mut Call<'_>) -> Visit {
    let ready = match arrive(call) {
        Ok(ready) => ready,
        Err(stop) => return Visit::Answered(turn_away(call, &stop)),
    };
    // RFC 9110, section 9.2.1: a HEAD is safe. A link preview must not approve anything.
    if call.request.head.method == Method::HEAD {
        call.entry.lint(format!(
            "HEAD approves nothing; GET would, for {}",
            ready.request.consent
        ));
        return Visit::Answered(Reply::empty(StatusCode::OK));
    }
    if let Some(location) = refusal_on_purpose(call, &ready.callback) {
        return Visit::Answered(Reply::redirect(&location));
    }
    journey::begin(call, ready)
}

/// Where the browser goes when the bank was told to refuse, before the customer is asked anything.
fn refusal_on_purpose(call: &mut Call<'_>, callback: &Callback) -> Option<String> {
    let twist = call.faults.take(error::asked).pop()?;
    let sender = sender(call, callback);
    Some(callback.error(&twist, &sender))
}

fn turn_away(call: &mut Call<'_>, stop: &Stop) -> Reply {
    let Stopped { refusal, callback } = &*stop.0;
    if let Some(callback) = callback {
        return send_back(call, callback, refusal);
    }
    call.record(Some(&refusal.finding));
    trouble::page(refusal, call.bank.settings.explain)
}

/// Sends the browser back to the client with a refusal.
pub(super) fn send_back(call: &mut Call<'_>, callback: &Callback, refusal: &Refusal) -> Reply {
    call.record(Some(&refusal.finding));
    let sender = sender(call, callback);
    Reply::redirect(&callback.refusal(refusal, &sender))
}

fn arrive(call: &mut Call<'_>) -> Result<Ready, Stop> {
    let query = read_query(call)?;
    let client = client(call, &query)?;
    match (query.get("request_uri"), query.get("request")) {
        (Some(request_uri), None) => {
            lint::request::of_query_pushed(call, &query);
            pushed(call, &client, request_uri)
        }
        (None, Some(jwt)) => by_value(call, &client, &query, jwt),
        (None, None) => plain(call, &client, &query),
        (Some(_), Some(_)) => {
            let mismatch = Mismatch::new("request or request_uri", "both");
            let refusal = ErrorCode::InvalidRequest.because(mismatch.under(&ONE_SOURCE));
            Err(Stop::new(refusal, outside_callback(call, &client, &query)))
        }
    }
}

fn read_query(call: &mut Call<'_>) -> Result<Form, Stop> {
    let query = call.request.head.query.as_deref().unwrap_or_default();
    let read = Form::parse(query.as_bytes())
        .map(Form::without_empty)
        .map_err(|error| Mismatch::new("a well-formed query", error.to_string()));
    call.trail
        .judge(&QUERY, read)
        .map_err(|finding| page(ErrorCode::InvalidRequest.because(finding)))
}

fn client(call: &mut Call<'_>, query: &Form) -> Result<Arc<Client>, Stop> {
    let claimed = query.get("client_id").ok_or_else(|| {
        let mismatch = Mismatch::new("a client_id in the query", "none").with_hint(HOW_TO_BEGIN);
        page(ErrorCode::InvalidRequest.because(mismatch.under(&QUERY)))
    })?;
    let claimed = ClientId::new(claimed);
    call.entry.client(claimed.clone());
    let client = call
        .bank
        .state(|state| state.oauth.client(claimed.as_str()));
    client.ok_or_else(|| page(client_auth::unknown_client(&claimed)))
}

fn pushed(call: &mut Call<'_>, client: &Arc<Client>, request_uri: &str) -> Result<Ready, Stop> {
    let now = call.now.bank;
    let found = call
        .bank
        .state(|state| state.oauth.pushed(request_uri, now));
    let own = found
        .filter(|pushed| pushed.client.id == client.id)
        .ok_or_else(|| page(unknown_request_uri(client)))?;
    call.entry.consent(own.request.consent.clone());
    let callback = Callback::of(client, &own.request);
    if let Err(refusal) = own.standing {
        return Err(Stop::new(refusal, callback));
    }
    call.trail.passed(&REQUEST_URI);
    ready(own.request, callback, Some(request_uri))
}

/// The refusal of a `request_uri` that the client never pushed, or so long ago that nobody remembers.
pub(super) fn unknown_request_uri(client: &Client) -> Refusal {
    let mismatch = Mismatch::new(
        format!("a request_uri that {} pushed to this bank", client.id),
        "another one",
    );
    ErrorCode::InvalidRequestUri.because(mismatch.under(&REQUEST_URI))
}

fn by_value(
    call: &mut Call<'_>,
    client: &Arc<Client>,
    query: &Form,
    jwt: &str,
) -> Result<Ready, Stop> {
    let claims = request_object::verify(call, client, jwt)
        .map_err(|refusal| Stop::new(refusal, outside_callback(call, client, query)))?;
    lint::request::beside_object(call, &claims, query);
    lint::request::of_query_by_value(call, query);
    let callback = signed_callback(call, client, (claims.map(), query));
    let request = request_object::judge(call, client, Place::Authorize, claims);
    let request = request.map_err(|refusal| Stop::new(refusal, callback))?;
    let callback = Callback::of(client, &request);
    ready(request, callback, None)
}

// The relaxed profile takes the parameters as the published guide's first edition did: from the query.
fn plain(call: &mut Call<'_>, client: &Arc<Client>, query: &Form) -> Result<Ready, Stop> {
    let outside = outside_callback(call, client, query);
    let stop = |refusal| Stop::new(refusal, outside.clone());
    if call.bank.settings.policy.profile == Profile::Fapi1Advanced {
        return Err(stop(request_object::missing()));
    }
    let parameters = parameters_of(query)
        .map_err(|mismatch| stop(ErrorCode::InvalidRequest.because(mismatch.under(&QUERY))))?;
    let asked = Asked {
        parameters,
        client: Arc::clone(client),
    };
    let request = request_object::judge_parameters(call, &asked, Place::Authorize);
    let request = request.map_err(&stop)?;
    let callback = Callback::of(client, &request);
    ready(request, callback, None)
}

// OpenID Connect Core, section 5.5: in a query, `claims` is an object written as text.
fn parameters_of(query: &Form) -> Result<Map<String, Value>, Mismatch> {
    let mut parameters = Map::new();
    for (name, value) in query.pairs() {
        let value = if name == "claims" {
            let object = json::read_object(value.as_bytes())
                .map_err(|error| Mismatch::new("claims to be a JSON object", error.to_string()))?;
            Value::Object(object)
        } else {
            value.into()
        };
        parameters.insert(name.to_owned(), value);
    }
    Ok(parameters)
}

fn ready(
    request: AuthorizationRequest,
    callback: Option<Callback>,
    request_uri: Option<&str>,
) -> Result<Ready, Stop> {
    // The checks let no unregistered address through, so this is only a second lock on the same door.
    let callback = callback.ok_or_else(|| {
        let mismatch = Mismatch::new(
            "a registered redirect_uri",
            request.redirect_uri.to_string(),
        );
        page(ErrorCode::InvalidRequest.because(mismatch.under(&QUERY)))
    })?;
    Ok(Ready {
        request,
        callback,
        request_uri: request_uri.map(str::to_owned),
    })
}

/// Where a refusal goes when the client did sign the request object: the address and state inside it, and
/// no other (RFC 9101, section 5: nothing need stand beside it). The query is asked only for what the
/// object does not say intelligibly.
///
/// There is none for an address that is not registered, nor when a client that may have JWTs wants a bare
/// code without a word about how: nobody can tell then whether it reads plain refusals or signed ones.
fn signed_callback(
    call: &Call<'_>,
    client: &Arc<Client>,
    (claims, query): (&Map<String, Value>, &Form),
) -> Option<Callback> {
    let text = |name| claims.get(name).and_then(Value::as_str);
    let strict = call.bank.settings.policy.profile == Profile::Fapi1Advanced;
    let reads_jwts = client.response_types.contains(&ResponseType::Code);
    let resolve = |kind: Option<&str>, mode| {
        let mode = ResponseMode::resolve(ResponseType::parse(kind?)?, mode).ok()?;
        (mode != ResponseMode::Query || !strict || !reads_jwts).then_some(mode)
    };
    let inside = resolve(text("response_type"), text("response_mode"));
    let outside = || resolve(query.get("response_type"), query.get("response_mode"));
    let state = claims
        .get("state")
        .and_then(|state| state.as_str().or_else(|| query.get("state")));
    Callback::new(
        client,
        text("redirect_uri")?,
        state,
        inside.or_else(outside)?,
    )
}

/// Where a refusal goes when the request object cannot be trusted: the address and state beside it.
fn outside_callback(call: &Call<'_>, client: &Arc<Client>, query: &Form) -> Option<Callback> {
    let response_type = query.get("response_type").and_then(ResponseType::parse);
    let response_type = response_type.unwrap_or(ResponseType::Code);
    let asked = query.get("response_mode");
    let strict = call.bank.settings.policy.profile == Profile::Fapi1Advanced;
    // A mode that cannot be is answered in the default one, which is plain where plain codes are answered.
    let mode = ResponseMode::resolve(response_type, asked).unwrap_or(match response_type {
        ResponseType::Code if strict => ResponseMode::QueryJwt,
        ResponseType::Code => ResponseMode::Query,
        ResponseType::CodeIdToken => ResponseMode::Fragment,
    });
    // A client that may not have a plain code answered is not answered plainly either, if it reads JWTs.
    let reads_jwts = client.response_types.contains(&ResponseType::Code);
    let mode = if strict && reads_jwts && mode == ResponseMode::Query {
        ResponseMode::QueryJwt
    } else {
        mode
    };
    Callback::new(client, query.get("redirect_uri")?, query.get("state"), mode)
}

/// What an answer to this callback is sent with.
pub(super) fn sender<'a>(call: &mut Call<'a>, callback: &Callback) -> Sender<'a> {
    let bank = call.bank;
    let mut twists = call.faults.take(|twist| match twist {
        Twist::Callback(twist) => Some(*twist).filter(|twist| callback.can_show(*twist)),
        _ => None,
    });
    let algorithm = callback.client().authorization_signed_response_alg;
    let key = if callback.is_signed() {
        twists.extend(signing::flaw(call).map(callback::Twist::ResponseSeal));
        signing::key(call, algorithm)
    } else {
        bank.keys().for_algorithm(algorithm)
    };
    Sender {
        issuer: &bank.settings.endpoints.issuer,
        key,
        now: call.now,
        explain: bank.settings.explain,
        twists,
    }
}

impl Stop {
    fn new(refusal: Refusal, callback: Option<Callback>) -> Self {
        Self(Box::new(Stopped { refusal, callback }))
    }
}

fn page(refusal: Refusal) -> Stop {
    Stop::new(refusal, None)
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&QUERY, &ONE_SOURCE];

/// Also what a consent's `authorization_url` leads to, which names no request.
const HOW_TO_BEGIN: &str =
    "push the request to /oauth/par, then come with client_id and the request_uri it answered";

static QUERY: Rule = Rule {
    name: "authorize.query",
    clause: "RFC 6749, sections 3.1 and 4.1.1",
    sentence: "The query is well-formed, holds each parameter once, and names the client.",
};
static ONE_SOURCE: Rule = Rule {
    name: "authorize.source",
    clause: "RFC 9101, section 5",
    sentence: "A request comes by value or by reference, not both.",
};
