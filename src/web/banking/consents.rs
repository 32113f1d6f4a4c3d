//! Consents over HTTP: a TPP creates, reads and deletes its own (API contract, section 5). What each type
//! asks for is a file below this one.

mod account_access;
pub(crate) mod funds_check;
mod funds_confirmation;
pub(crate) mod json;
pub(crate) mod payment;

use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Map, Value};

use crate::bank::Bank;
use crate::banking::rail::PaymentType;
use crate::clock::Timestamp;
use crate::consent::{
    Consent, ConsentType, Event, IllegalMove, LONGEST_LIFE, Terms, TooManyConsents,
};
use crate::oauth::access::BoundToken;
use crate::oauth::scope::ScopeToken;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::{consented, faults, guard};
use crate::wire::reply::Reply;

pub(crate) use json::ConsentJson;

use super::body::{BODY, Body, object};
use super::error::{Error, Fault, Kind};
use super::query;
use super::shape::{Member, Shape, Words, required};

/// POST `/consents`: the type is named in the body.
pub(crate) fn create_consent(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = begin(call)?;
    let named = object(call).ok();
    let named = named.as_ref().and_then(|body| body.get("consent_type"));
    let named = named.and_then(|word| ConsentType::parse(word.as_str()?));
    match named {
        Some(ConsentType::AccountAccess) => account_access::create(call, &token),
        Some(ConsentType::FundsConfirmation) => funds_confirmation::create(call, &token),
        Some(ConsentType::Payment) => payment::create(call, &token),
        None => Err(refuse_type(call, &token)),
    }
}

/// POST `/consents/account-access`.
pub(crate) fn create_account_access_consent(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = begin(call)?;
    account_access::create(call, &token)
}

/// POST `/consents/payment`.
pub(crate) fn create_payment_consent(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = begin(call)?;
    payment::create(call, &token)
}

/// POST `/consents/funds-confirmation`.
pub(crate) fn create_funds_confirmation_consent(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = begin(call)?;
    funds_confirmation::create(call, &token)
}

/// GET `/consents/{consent_id}`, and below the path of its type.
pub(crate) fn show_consent(
    call: &mut Call<'_>,
    of_type: Option<ConsentType>,
) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_accept(call)?;
    if token.granted().is_none() {
        guard::check_scope(
            call,
            &token,
            &[ScopeToken::Consents, scope_to_read(call, of_type)],
        )?;
    }
    let consent = find_own(call, &token, of_type)?;
    query::read_none(call)?;
    let json = ConsentJson::of(&consent, call, token.granted().is_none());
    Ok(Reply::json(StatusCode::OK, &json))
}

/// DELETE `/consents/{consent_id}`, and below the path of its type.
pub(crate) fn delete_consent(
    call: &mut Call<'_>,
    of_type: Option<ConsentType>,
) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_accept(call)?;
    guard::check_scope(call, &token, &[ScopeToken::Consents])?;
    let consent = find_own(call, &token, of_type)?;
    query::read_none(call)?;
    let now = call.now.bank;
    let ended = call.bank.state(|state| {
        let which = (consent.id.as_str(), token.client());
        consented::end(state, which, Event::Delete, now)
    });
    ended.map_err(not_revocable)?;
    call.trail.passed(&REVOCABLE);
    call.entry.effect(format!("consent {} deleted", consent.id));
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn not_revocable(illegal: IllegalMove) -> Error {
    let expected = "a consent that is not an authorized payment";
    let mismatch = Mismatch::new(expected, illegal.to_string());
    Kind::ConsentNotRevocable.because(&REVOCABLE, mismatch)
}

/// What a consent of a type asks for, and until when.
pub(crate) type Asked = (Terms, Option<Timestamp>);

/// The types that can be asked for, each with the members of its body.
pub(crate) fn bodies() -> impl Iterator<Item = (ConsentType, Vec<&'static str>)> {
    let names = |table: &[Member]| table.iter().map(|member| member.name).collect();
    // Payments at home and abroad differ within their instruction alone.
    let payment = payment::table_of(PaymentType::Domestic);
    let payment = [(ConsentType::Payment, payment)];
    let tables = TABLES.iter().copied().chain(payment);
    tables.map(move |(of_type, table)| (of_type, names(table)))
}

/// What a body asks for, read as from a TPP, without a call of one.
///
/// # Errors
/// Every fault, in document order.
pub(crate) fn read(
    bank: &Bank,
    (of_type, members): (ConsentType, Map<String, Value>),
    now: Timestamp,
) -> Result<Asked, Vec<Fault>> {
    if of_type == ConsentType::Payment {
        let terms = payment::read_by_hand(bank, members, now)?;
        return Ok((Terms::Payment(Box::new(terms)), None));
    }
    let table = TABLES.iter().find(|(known, _)| *known == of_type);
    let (_, table) = table.ok_or_else(Vec::new)?;
    let mut body = Body::of(members, table);
    let asked = match of_type {
        ConsentType::AccountAccess => Some(account_access::read(&mut body, now)),
        ConsentType::FundsConfirmation => funds_confirmation::read(bank, &mut body, now),
        ConsentType::Payment => None,
    };
    body.finish()?;
    asked.ok_or_else(Vec::new)
}

/// What is asked of every creation, whatever the body says.
fn begin(call: &mut Call<'_>) -> Result<BoundToken, Error> {
    let token = guard::honor_token(call)?;
    guard::check_accept(call)?;
    guard::check_json_body(call)?;
    Ok(token)
}

/// Whether a token may create consents of these types. A consent is the TPP's own business until a
/// customer sees it.
fn check_creator(
    call: &mut Call<'_>,
    token: &BoundToken,
    types: &[ConsentType],
) -> Result<(), Error> {
    let own = types.iter().map(|&of_type| scope_of(of_type));
    let scopes: Vec<_> = std::iter::once(ScopeToken::Consents).chain(own).collect();
    guard::check_scope(call, token, &scopes)?;
    if token.granted().is_none() {
        call.trail.passed(&WITHOUT_CUSTOMER);
        return Ok(());
    }
    let expected = ScopeToken::Consents.as_str();
    let mismatch = Mismatch::new(expected, "a token that a customer granted")
        .with_hint("create consents with a client_credentials token");
    Err(Kind::InsufficientScope.because(&WITHOUT_CUSTOMER, mismatch))
}

/// The scope that allows a client to do without `consents` (API contract, section 2).
const fn scope_of(of_type: ConsentType) -> ScopeToken {
    match of_type {
        ConsentType::AccountAccess => ScopeToken::Accounts,
        ConsentType::Payment => ScopeToken::Payments,
        ConsentType::FundsConfirmation => ScopeToken::Fundsconfirmations,
    }
}

// Scopes are judged before it is looked whether there is such a consent; its id tells its type.
fn scope_to_read(call: &Call<'_>, of_type: Option<ConsentType>) -> ScopeToken {
    let named = call.variable("consent_id");
    let by_id = |known: &ConsentType| named.starts_with(known.id_prefix());
    let by_id = || ConsentType::ALL.into_iter().find(by_id);
    scope_of(of_type.or_else(by_id).unwrap_or(ConsentType::AccountAccess))
}

/// The refusal of a body that names no type there is.
fn refuse_type(call: &mut Call<'_>, token: &BoundToken) -> Error {
    let judged = check_creator(call, token, &ConsentType::ALL);
    let judged = judged.and_then(|()| query::read_none(call));
    let mut members = match judged.and_then(|()| object(call)) {
        Ok(members) => members,
        Err(error) => return error,
    };
    // Of what type the other members are is unknown, so nothing can be said of them.
    members.retain(|name, _| name == "consent_type");
    let judged = Body::of(members, TYPE_ALONE).judge(call);
    judged.err().unwrap_or_else(|| {
        let mismatch = Mismatch::new("a consent_type of the list", "one beside it");
        Kind::UnsupportedConsentType.because(&BODY, mismatch)
    })
}

/// Keeps a new consent, and answers with it.
fn keep(call: &mut Call<'_>, token: &BoundToken, terms: Asked) -> Result<Reply, Error> {
    let (client, now) = (token.client().clone(), call.now.bank);
    let created = call
        .bank
        .state(|state| state.create_consent(client, terms, now));
    let consent = created.map_err(too_many)?;
    call.trail.passed(&ROOM);
    call.entry.consent(consent.id.clone());
    call.entry.effect(format!("consent {} created", consent.id));
    faults::found_out(call, |about| {
        about.is_of(&consent.id, consent.consent_type().as_str());
    });
    let location = format!("/consents/{}", consent.id);
    let json = ConsentJson::of(&consent, call, false);
    Ok(Reply::json(StatusCode::CREATED, &json).with_header(LOCATION, &location))
}

fn too_many(full: TooManyConsents) -> Error {
    let expected = format!("at most {} consents of one client", full.kept);
    let mismatch =
        Mismatch::new(expected, "one more").with_hint("DELETE those that are no longer needed");
    Kind::RateLimitExceeded.because(&ROOM, mismatch)
}

// Another client's consent, one that a customer's token is not bound to, and one of another type than
// the path's look unknown.
fn find_own(
    call: &mut Call<'_>,
    token: &BoundToken,
    of_type: Option<ConsentType>,
) -> Result<Consent, Error> {
    let named = call.variable("consent_id").to_owned();
    let now = call.now.bank;
    let own = call.bank.state(|state| {
        let own = state.consents.find_own(&named, token.client(), now);
        own.map(|consent| consent.clone())
    });
    let is_bound = |consent: &Consent| {
        let granted = token.granted();
        granted.is_none_or(|granted| granted.consent == consent.id)
    };
    let is_of_type =
        |consent: &Consent| of_type.is_none_or(|of_type| of_type == consent.consent_type());
    let found = own.filter(is_bound).filter(is_of_type);
    let consent = found.ok_or_else(|| {
        let mismatch = Mismatch::new("a consent of this client", named);
        Kind::ConsentNotFound.because(&OWN, mismatch)
    })?;
    call.trail.passed(&OWN);
    call.entry.consent(consent.id.clone());
    Ok(consent)
}

/// When a consent shall end by itself, if its TPP says so.
fn read_expiration(body: &mut Body, now: Timestamp) -> Option<Timestamp> {
    let pointer = "/expiration_date";
    let latest = now.plus(LONGEST_LIFE);
    let at = body.timestamp(pointer)?.whole_second();
    if at <= now {
        let message = format!("must be in the future; it is {now}");
        body.fault(Kind::InvalidDate, pointer, message);
    } else if at > latest {
        let message = format!("must be at most 90 days from now, {latest}");
        body.fault(Kind::ExpirationTooLong, pointer, message);
    }
    Some(at)
}

static TYPE_ALONE: &[Member] = &[required(
    "consent_type",
    Shape::Words(&Words {
        list: &[
            ConsentType::AccountAccess.as_str(),
            ConsentType::Payment.as_str(),
            ConsentType::FundsConfirmation.as_str(),
        ],
        otherwise: Kind::UnsupportedConsentType,
    }),
)];

/// Every table of this file and of those below it.
pub(crate) static TABLES: &[(ConsentType, &[Member])] = &[
    (ConsentType::AccountAccess, account_access::TABLE),
    (ConsentType::FundsConfirmation, funds_confirmation::TABLE),
];

/// Every rule of this file and of the body reader, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&BODY, &WITHOUT_CUSTOMER, &OWN, &REVOCABLE, &ROOM];

/// Every rule of payment consents alone.
pub(crate) const fn payment_rules() -> &'static [&'static Rule] {
    payment::RULES
}

static WITHOUT_CUSTOMER: Rule = Rule {
    name: "consent.without_customer",
    clause: "Hamster Bank API, section 2",
    sentence: "A consent is created with a token from client credentials.",
};
static OWN: Rule = Rule {
    name: "consent.own",
    clause: "Hamster Bank API, sections 2 and 5.2",
    sentence: "The consent is the client's own, of the path's type, and its customer's token's.",
};
static REVOCABLE: Rule = Rule {
    name: "consent.revocable",
    clause: "Hamster Bank API, section 5.2",
    sentence: "A payment that is authorized is an order: its consent is not deleted any more.",
};
static ROOM: Rule = Rule {
    name: "limit.consents",
    clause: "Hamster Bank, limits; RFC 6585, section 4",
    sentence: "A client keeps no more consents at the bank than a test could need.",
};
