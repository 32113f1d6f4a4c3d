//! Consents over HTTP: a TPP creates, reads and deletes its own (API contract, section 5).

use http::StatusCode;
use http::header::LOCATION;
use serde::Serialize;

use crate::clock::Timestamp;
use crate::consent::{
    AccountAccess, Consent, ConsentType, Event, LONGEST_LIFE, Permission, Permissions, State,
};
use crate::oauth::access::BoundToken;
use crate::oauth::metadata::AUTHORIZE;
use crate::oauth::scope::ScopeToken;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::{consented, guard};
use crate::wire::reply::Reply;

use super::body::{BODY, Body};
use super::error::{Error, Kind};
use super::shape::{Member, Shape, Words, optional, required};

/// POST `/consents/account-access`.
pub(crate) fn create_account_access_consent(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_accept(call)?;
    guard::check_json_body(call)?;
    guard::check_scope(call, &token, &[ScopeToken::Consents, ScopeToken::Accounts])?;
    check_without_customer(call, &token)?;
    let mut body = Body::read(call, ACCOUNT_ACCESS)?;
    let now = call.now.bank;
    let terms = read_account_access(&mut body, now);
    body.judge(call)?;
    let client = token.client().clone();
    let created = call
        .bank
        .state(|state| state.consents.create(client, terms, now));
    let consent = created.map_err(|_| {
        let mismatch = Mismatch::new("room for a consent", "as many as the bank keeps");
        Kind::ServiceUnavailable.because(&ROOM, mismatch)
    })?;
    call.entry.consent(consent.id.clone());
    call.entry.effect(format!("consent {} created", consent.id));
    let location = format!("/consents/{}", consent.id);
    let json = ConsentJson::of(&consent, call, false);
    Ok(Reply::json(StatusCode::CREATED, &json).with_header(LOCATION, &location))
}

/// GET `/consents/{consent_id}` and `/consents/account-access/{consent_id}`.
pub(crate) fn show_consent(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_accept(call)?;
    if token.granted().is_none() {
        guard::check_scope(call, &token, &[ScopeToken::Consents, ScopeToken::Accounts])?;
    }
    let consent = find_own(call, &token)?;
    let json = ConsentJson::of(&consent, call, token.granted().is_none());
    Ok(Reply::json(StatusCode::OK, &json))
}

/// DELETE `/consents/{consent_id}` and `/consents/account-access/{consent_id}`.
pub(crate) fn delete_consent(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_accept(call)?;
    guard::check_scope(call, &token, &[ScopeToken::Consents])?;
    let consent = find_own(call, &token)?;
    let now = call.now.bank;
    call.bank.state(|state| {
        let which = (consent.id.as_str(), token.client());
        consented::end(state, which, Event::Delete, now)
    });
    call.entry.effect(format!("consent {} deleted", consent.id));
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

// A consent is the TPP's own business until a customer sees it.
fn check_without_customer(call: &mut Call<'_>, token: &BoundToken) -> Result<(), Error> {
    if token.granted().is_none() {
        call.trail.passed(&WITHOUT_CUSTOMER);
        return Ok(());
    }
    let expected = ScopeToken::Consents.as_str();
    let mismatch = Mismatch::new(expected, "a token that a customer granted")
        .with_hint("create consents with a client_credentials token");
    Err(Kind::InsufficientScope.because(&WITHOUT_CUSTOMER, mismatch))
}

// Another client's consent, and one that a customer's token is not bound to, look unknown.
fn find_own(call: &mut Call<'_>, token: &BoundToken) -> Result<Consent, Error> {
    let named = call.variable("consent_id").to_owned();
    let now = call.now.bank;
    let own = call.bank.state(|state| {
        let own = state.consents.find_own(&named, token.client(), now);
        own.map(|consent| consent.clone())
    });
    let bound = |consent: &Consent| {
        token
            .granted()
            .is_none_or(|granted| granted.consent == consent.id)
    };
    let consent = own.filter(bound).ok_or_else(|| {
        let mismatch = Mismatch::new("a consent of this client", named);
        Kind::ConsentNotFound.because(&OWN, mismatch)
    })?;
    call.trail.passed(&OWN);
    call.entry.consent(consent.id.clone());
    Ok(consent)
}

/// Reads what is well-formed, and adds the faults that no table can know of.
fn read_account_access(body: &mut Body, now: Timestamp) -> AccountAccess {
    let terms = AccountAccess {
        permissions: read_permissions(body),
        expires_at: read_expiration(body, now),
        transactions_from: body.timestamp("/transaction_from_date"),
        transactions_to: body.timestamp("/transaction_to_date"),
    };
    if let (Some(from), Some(to)) = (terms.transactions_from, terms.transactions_to)
        && from > to
    {
        let message = "must not be before transaction_from_date";
        body.fault(Kind::InvalidDate, "/transaction_to_date", message);
    }
    terms
}

fn read_permissions(body: &mut Body) -> Permissions {
    let pointer = "/permissions";
    let Some(codes) = body.texts(pointer) else {
        return Permissions::default();
    };
    let permissions: Permissions = codes.filter_map(Permission::parse).collect();
    let reads_accounts = [Permission::ReadAccounts, Permission::ReadAccountsBasic];
    if !permissions.contains_any(&reads_accounts) {
        let message = "must hold ReadAccounts or ReadAccountsBasic";
        body.fault(Kind::MissingField, pointer, message);
    }
    permissions
}

/// When a consent ends by itself: as its `expiration_date` says, or after its longest life.
fn read_expiration(body: &mut Body, now: Timestamp) -> Timestamp {
    let pointer = "/expiration_date";
    let latest = now.plus(LONGEST_LIFE);
    let Some(at) = body.timestamp(pointer).map(Timestamp::whole_second) else {
        return latest;
    };
    if at <= now {
        let message = format!("must be in the future; it is {now}");
        body.fault(Kind::InvalidDate, pointer, message);
    } else if at > latest {
        let message = format!("must be at most 90 days from now, {latest}");
        body.fault(Kind::ExpirationTooLong, pointer, message);
    }
    at
}

/// The body that asks for an account-access consent.
static ACCOUNT_ACCESS: &[Member] = &[
    required(
        "permissions",
        Shape::List {
            of: &Shape::Words(&Words::new(&Permission::CODES)),
            max: PERMISSIONS_MAX,
        },
    ),
    optional("expiration_date", Shape::DateTime),
    optional("transaction_from_date", Shape::DateTime),
    optional("transaction_to_date", Shape::DateTime),
    optional(
        "consent_type",
        Shape::Words(&Words::new(&[ConsentType::AccountAccess.as_str()])),
    ),
];

/// There are eight permissions; repeats are allowed, a list without end is not.
const PERMISSIONS_MAX: usize = 100;

/// A consent on the wire.
#[derive(Serialize)]
struct ConsentJson {
    consent_id: String,
    consent_type: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status_reason: Vec<ReasonJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_by: Option<&'static str>,
    permissions: Vec<&'static str>,
    expiration_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_from_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_to_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_ids: Option<Vec<String>>,
    created_at: String,
    status_updated_at: String,
    authorization_url: String,
}

#[derive(Serialize)]
struct ReasonJson {
    code: &'static str,
    description: &'static str,
}

impl ConsentJson {
    /// The accounts are the TPP's to know once she picked them; a customer's token tells them otherwise.
    fn of(consent: &Consent, call: &Call<'_>, with_accounts: bool) -> Self {
        let terms = &consent.terms;
        let approval = consent.approval().filter(|_| with_accounts);
        let accounts = approval.map(|approval| &approval.accounts);
        let endpoint = call.bank.settings.endpoints.at(AUTHORIZE);
        Self {
            consent_id: consent.id.to_string(),
            consent_type: consent.consent_type().as_str(),
            status: consent.state.as_str(),
            status_reason: reasons(&consent.state),
            revoked_by: consented::revoked_by(&consent.state).map(crate::consent::Party::as_str),
            permissions: terms.permissions.iter().map(Permission::as_str).collect(),
            expiration_date: terms.expires_at.to_string(),
            transaction_from_date: terms.transactions_from.map(|at| at.to_string()),
            transaction_to_date: terms.transactions_to.map(|at| at.to_string()),
            account_ids: accounts.map(|ids| ids.iter().map(ToString::to_string).collect()),
            created_at: consent.created_at.to_string(),
            status_updated_at: consent.status_updated_at.to_string(),
            authorization_url: format!("{endpoint}?consent_id={}", consent.id),
        }
    }
}

fn reasons(state: &State) -> Vec<ReasonJson> {
    match state {
        State::Rejected(reason) => vec![ReasonJson {
            code: reason.as_str(),
            description: reason.description(),
        }],
        _ => Vec::new(),
    }
}

/// Every rule of this file and of the body reader, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&BODY, &WITHOUT_CUSTOMER, &OWN, &ROOM];

static WITHOUT_CUSTOMER: Rule = Rule {
    name: "consent.without_customer",
    clause: "Hamster Bank API, section 2",
    sentence: "A consent is created with a token from client credentials.",
};
static OWN: Rule = Rule {
    name: "consent.own",
    clause: "Hamster Bank API, sections 2 and 5.2",
    sentence: "The consent is the client's own, and the one its customer's token is bound to.",
};
static ROOM: Rule = Rule {
    name: "limit.consents",
    clause: "Hamster Bank, limits",
    sentence: "The bank keeps no more consents than a test could need.",
};
