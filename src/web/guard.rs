//! Who may pass: each guard answers with a proof that a handler demands as an argument.

use http::Method;
use http::header::AUTHORIZATION;

use crate::consent::{Consent, ConsentType, Permission};
use crate::fault::Twist;
use crate::oauth::access::{self, BoundToken, Granted};
use crate::oauth::check::Place;
use crate::oauth::client_auth::{self, AuthenticatedClient, Presented};
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::grant::TokenHash;
use crate::oauth::scope::ScopeToken;
use crate::rule::{Mismatch, Rule, Trail};
use crate::wire::form::Form;
use crate::wire::header;

use super::banking::error::{Error, Fault, Kind, Place as FaultPlace};
use super::call::Call;
use super::consented::{self, Consented};
use super::limits;
use super::lint;

/// What a resource demands of the consent behind a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requirement {
    /// Any of these scopes.
    pub(crate) scopes: &'static [ScopeToken],
    /// A consent of this type.
    pub(crate) consent_type: ConsentType,
    /// Any of these permissions; none is needed where there are none.
    pub(crate) permissions: &'static [Permission],
}

/// The client that calls an OAuth endpoint, and the form it sent.
///
/// # Errors
/// The first rule of client authentication it breaks.
pub(crate) fn authenticate_client(
    call: &mut Call<'_>,
    place: Place,
) -> Result<(AuthenticatedClient, Form), Refusal> {
    let form = read_form(call)?;
    let claimed = client_auth::claimed_client_id(&form)?;
    call.entry.client(claimed.clone());
    let client = call
        .bank
        .state(|state| state.oauth.client(claimed.as_str()));
    let client = client.ok_or_else(|| client_auth::unknown_client(&claimed))?;
    let presented = Presented {
        form: &form,
        has_authorization_header: call.request.head.headers.contains_key(AUTHORIZATION),
        certificate: call.certificate(),
        place,
    };
    let settings = &call.bank.settings;
    let context = client_auth::Context {
        policy: &settings.policy,
        audiences: settings.endpoints.audiences.clone(),
        now: call.now,
    };
    let proven = client_auth::prove(client, presented, &context, &mut call.trail)?;
    let (now, trail) = (call.now, &mut call.trail);
    let who = call
        .bank
        .state(|state| state.oauth.admit(proven, now, trail))?;
    lint::request::of_assertion(call, &form);
    Ok((who, form))
}

fn read_form(call: &mut Call<'_>) -> Result<Form, Refusal> {
    let request = call.request;
    let refuse = |mismatch: Mismatch| ErrorCode::InvalidRequest.because(mismatch.under(&FORM));
    header::expect_content_type(&request.head.headers, "application/x-www-form-urlencoded")
        .map_err(|fault| {
            refuse(Mismatch::new(
                "application/x-www-form-urlencoded",
                fault.to_string(),
            ))
        })?;
    let form = Form::parse(&request.body)
        .map(Form::without_empty)
        .map_err(|error| refuse(Mismatch::new("a well-formed form", error.to_string())))?;
    if request
        .head
        .query
        .as_deref()
        .is_some_and(|query| !query.is_empty())
    {
        let mismatch = Mismatch::new("parameters in the body alone", "a query in the URL");
        return Err(refuse(mismatch));
    }
    call.trail.passed(&FORM);
    Ok(form)
}

/// The bearer token of a call, honored.
///
/// # Errors
/// 401 in the words of RFC 6750.
pub(crate) fn honor_token(call: &mut Call<'_>) -> Result<BoundToken, Error> {
    let token = presented_token(call)?;
    call.trail.passed(&TOKEN_PRESENT);
    let certificate = call.certificate();
    let policy = &call.bank.settings.policy;
    let presented = certificate.as_ref().map_err(|missing| *missing);
    access::check_certificate(presented, policy, &mut call.trail)?;
    let certificate = certificate.ok();
    let (now, trail) = (call.now.bank, &mut call.trail);
    let faults = &mut call.faults;
    let token = call.bank.state(|state| {
        consented::settle(state, token, now);
        let certificate = certificate.as_ref();
        // Whoever brings a token that is not good ends no token of anybody's.
        let good = if faults.is_empty() {
            None
        } else {
            let mut unseen = Trail::default();
            state.oauth.honor(token, certificate, now, &mut unseen).ok()
        };
        if let Some(good) = good {
            if faults.has(is_early_end) {
                faults.take(|twist| is_early_end(twist).then_some(()));
                state.oauth.expire_token(TokenHash::of(token), now);
            }
            if let Some(granted) = good.granted() {
                let what = (granted.consent.as_str(), good.client());
                consented::end_on_purpose(state, faults, what, now);
            }
        }
        state.oauth.honor(token, certificate, now, trail)
    })?;
    call.entry.client(token.client().clone());
    limits::admit_client(call, token.client())?;
    Ok(token)
}

fn is_early_end(twist: &Twist) -> bool {
    *twist == Twist::AccessToken(access::Twist::Expired)
}

// RFC 6750, section 2: a token in the query or in a form is refused even beside a header.
fn presented_token<'a>(call: &Call<'a>) -> Result<&'a str, Error> {
    let query = call.request.head.query.as_deref().unwrap_or_default();
    let in_query = query
        .split('&')
        .any(|pair| pair.starts_with("access_token="));
    // What a JSON body says between its quotes is no parameter.
    let headers = &call.request.head.headers;
    let in_body = header::expect_content_type(headers, "application/json").is_err()
        && (call.request.body.starts_with(b"access_token=")
            || (call.request.body.windows(14)).any(|window| window == b"&access_token="));
    if in_query || in_body {
        let place = if in_query { "the query" } else { "the body" };
        let mismatch = Mismatch::new("a token in the Authorization header", place);
        return Err(Kind::InvalidToken.because(&TOKEN_PRESENT, mismatch));
    }
    header::bearer(&call.request.head.headers).map_err(|fault| {
        let kind = match fault {
            header::BearerFault::Absent => Kind::MissingToken,
            _ => Kind::InvalidToken,
        };
        let expected = "Authorization: Bearer with one token";
        kind.because(&TOKEN_PRESENT, Mismatch::new(expected, fault.to_string()))
    })
}

/// Whether the caller takes JSON.
///
/// # Errors
/// 406.
pub(crate) fn check_accept(call: &mut Call<'_>) -> Result<(), Error> {
    if header::accepts(&call.request.head.headers, "application", "json") {
        call.trail.passed(&ACCEPT);
        return check_standard(call);
    }
    let accept = call.request.head.headers.get(http::header::ACCEPT);
    let received = String::from_utf8_lossy(accept.map_or(b"", |value| value.as_bytes()));
    let mismatch = Mismatch::new("Accept: application/json", received.into_owned());
    Err(Kind::NotAcceptable.because(&ACCEPT, mismatch))
}

// The one dialect there is; the UK's own may join it.
fn check_standard(call: &mut Call<'_>) -> Result<(), Error> {
    let asked = header::single(&call.request.head.headers, &header::X_OPEN_BANKING_STANDARD);
    let received = match asked {
        Ok(None | Some("native")) => {
            call.trail.passed(&STANDARD);
            return Ok(());
        }
        Ok(Some(other)) => format!("{other:?}"),
        Err(fault) => fault.to_string(),
    };
    let mismatch = Mismatch::new("X-Open-Banking-Standard: native, or none", received);
    Err(Kind::NotAcceptable.because(&STANDARD, mismatch))
}

/// Whether the body says that it is JSON.
///
/// # Errors
/// 415.
pub(crate) fn check_json_body(call: &mut Call<'_>) -> Result<(), Error> {
    match header::expect_content_type(&call.request.head.headers, "application/json") {
        Ok(()) => {
            call.trail.passed(&CONTENT_TYPE);
            Ok(())
        }
        Err(fault) => {
            let mismatch = Mismatch::new("Content-Type: application/json", fault.to_string());
            Err(Kind::UnsupportedMediaType.because(&CONTENT_TYPE, mismatch))
        }
    }
}

/// Whether the token has any of these scopes.
///
/// # Errors
/// 403 `insufficient_scope`.
pub(crate) fn check_scope(
    call: &mut Call<'_>,
    token: &BoundToken,
    scopes: &[ScopeToken],
) -> Result<(), Error> {
    if token.scope().contains_any(scopes) {
        call.trail.passed(&SCOPE);
        return Ok(());
    }
    let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    let mismatch = Mismatch::new(words.join(" "), token.scope().to_string());
    Err(Kind::InsufficientScope.because(&SCOPE, mismatch))
}

/// Everything between a bearer token and a resource (API contract, section 1.2).
///
/// # Errors
/// The first rule it breaks, in the contract's order.
pub(crate) fn check_consented(
    call: &mut Call<'_>,
    requirement: Requirement,
) -> Result<Consented, Error> {
    let consent = identify_consent(call, requirement)?;
    let consented = consented::enter(call, consent)?;
    if !requirement.permissions.is_empty() {
        check_permission(call, &consented, requirement.permissions)?;
    }
    Ok(consented)
}

/// The same as far as the consent is known to be the one meant, whatever its state.
///
/// # Errors
/// The first rule it breaks, in the contract's order.
pub(crate) fn identify_consent(
    call: &mut Call<'_>,
    requirement: Requirement,
) -> Result<Consent, Error> {
    let token = honor_token(call)?;
    let granted = check_customer(call, &token)?;
    check_accept(call)?;
    if call.request.head.method == Method::POST {
        check_json_body(call)?;
    }
    check_scope(call, &token, requirement.scopes)?;
    let named = named_consent(call)?;
    consented::identify(call, (&token, &granted), named, requirement.consent_type)
}

/// What a customer granted with a token.
///
/// # Errors
/// 401 for a token from client credentials: there is no customer behind it.
pub(crate) fn check_customer(call: &mut Call<'_>, token: &BoundToken) -> Result<Granted, Error> {
    let Some(granted) = token.granted().cloned() else {
        let mismatch = Mismatch::new(
            "an access token a customer granted, from an authorization code",
            "one from client credentials",
        );
        return Err(Kind::InvalidToken.because(&CUSTOMER, mismatch));
    };
    call.trail.passed(&CUSTOMER);
    Ok(granted)
}

fn named_consent<'a>(call: &mut Call<'a>) -> Result<&'a str, Error> {
    named_consent_if_any(call)?
        .ok_or_else(|| of_consent_header(Kind::MissingConsent, "the header is missing".to_owned()))
}

/// The consent that a call names where it need not.
///
/// # Errors
/// 400 when the header stands twice, or holds no text.
pub(crate) fn named_consent_if_any<'a>(call: &mut Call<'a>) -> Result<Option<&'a str>, Error> {
    let single = header::single(&call.request.head.headers, &header::X_CONSENT_ID);
    let named =
        single.map_err(|fault| of_consent_header(Kind::InvalidHeader, fault.to_string()))?;
    let named = named.filter(|named| !named.is_empty());
    if named.is_some() {
        call.trail.passed(&CONSENT_HEADER);
    }
    Ok(named)
}

fn of_consent_header(kind: Kind, message: String) -> Error {
    let fault = Fault {
        kind,
        message,
        place: FaultPlace::Header("X-Consent-ID"),
    };
    Error::of_fault(&CONSENT_HEADER, fault)
}

fn check_permission(
    call: &mut Call<'_>,
    consented: &Consented,
    any_of: &[Permission],
) -> Result<(), Error> {
    if consented.permissions().contains_any(any_of) {
        call.trail.passed(&PERMISSION);
        return Ok(());
    }
    let words = |permissions: &mut dyn Iterator<Item = Permission>, between| {
        permissions
            .map(Permission::as_str)
            .collect::<Vec<_>>()
            .join(between)
    };
    let mismatch = Mismatch::new(
        words(&mut any_of.iter().copied(), " or "),
        words(&mut consented.permissions().iter(), ", "),
    )
    .with_hint("permissions never change: create a new consent that asks for it");
    Err(Kind::InsufficientPermissions.because(&PERMISSION, mismatch))
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[
    &FORM,
    &TOKEN_PRESENT,
    &CUSTOMER,
    &ACCEPT,
    &STANDARD,
    &CONTENT_TYPE,
    &SCOPE,
    &CONSENT_HEADER,
    &PERMISSION,
];

// A body of another type is 400 here, not 415: RFC 6749, section 5.2 has no other status for a malformed
// request, and FAPI's test suite takes no other at the token and PAR endpoints.
static FORM: Rule = Rule {
    name: "request.form",
    clause: "RFC 6749, sections 3.1, 3.2 and 5.2; Appendix B; Hamster Bank security contract, section 2.10",
    sentence: "Parameters come form-encoded in the body, each once; anything else is invalid_request.",
};
static TOKEN_PRESENT: Rule = Rule {
    name: "access_token.present",
    clause: "RFC 6750, section 2.1; FAPI 1.0 Baseline, section 6.2.1, item 3",
    sentence: "A call carries one access token, in the Authorization header.",
};
static CUSTOMER: Rule = Rule {
    name: "access_token.customer",
    clause: "Hamster Bank API, section 1.2",
    sentence: "A customer's data needs a token that a customer granted.",
};
static ACCEPT: Rule = Rule {
    name: "request.accept",
    clause: "RFC 9110, section 12.5.1; Hamster Bank API, section 1.1",
    sentence: "The caller takes application/json.",
};
static STANDARD: Rule = Rule {
    name: "request.standard",
    clause: "Hamster Bank API, section 1.1",
    sentence: "The caller asks for a dialect the bank speaks.",
};
static CONTENT_TYPE: Rule = Rule {
    name: "request.content_type",
    clause: "RFC 9110, section 8.3; Hamster Bank API, section 1.1",
    sentence: "The body says that it is application/json in UTF-8.",
};
static SCOPE: Rule = Rule {
    name: "access_token.scope",
    clause: "RFC 6750, section 3.1; Hamster Bank API, section 2",
    sentence: "The access token has the scope the resource needs, and its client is still registered for it.",
};
static CONSENT_HEADER: Rule = Rule {
    name: "consent.header",
    clause: "Hamster Bank API, section 1.1",
    sentence: "X-Consent-ID names the consent, once.",
};
static PERMISSION: Rule = Rule {
    name: "consent.permission",
    clause: "Hamster Bank API, section 3",
    sentence: "The customer allowed what the call reads.",
};
