//! Confirmations of funds over HTTP (API contract, section 7): yes or no, to the penny, and nothing more.

use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::bank::State;
use crate::banking::account::{Account, AccountStatus};
use crate::clock::Timestamp;
use crate::id::FundsConfirmationId;
use crate::money::Amount;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::wire::reply::Reply;

use super::body::{self, Body};
use super::error::{Error, Kind};
use super::query;
use super::shape::pool::CONSENT_ID;
use super::shape::{Least, Member, Shape, required};

/// POST `/open-banking/v1/funds-confirmations`.
pub(crate) fn create_funds_confirmation(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Reply, Error> {
    query::read_none(call)?;
    let mut body = Body::read(call, TABLE)?;
    body.expect_consent(&consented.consent().id);
    let reference = body.text("/reference").map(str::to_owned);
    let amount = read_amount(call, &mut body, consented);
    let members = body.judge(call)?;
    let (Some(reference), Some(amount)) = (reference, amount) else {
        return Err(body::unread());
    };
    let now = call.now.bank;
    let confirmed = call
        .bank
        .state(|state| confirm(state, consented, (&reference, amount), now));
    let (id, funds_available) = confirmed?;
    call.trail.passed(&REFERENCE);
    call.entry
        .effect(format!("{id} answered {funds_available}"));
    let json = ConfirmationJson::of(&members, (id, funds_available), consented, now);
    Ok(Reply::json(StatusCode::CREATED, &json))
}

/// The amount, if it is of the account's currency. An account that is gone has none, and no funds.
fn read_amount(call: &Call<'_>, body: &mut Body, consented: &Consented) -> Option<Amount> {
    let pointer = "/instructed_amount";
    let amount = body.money(pointer)?;
    let account = call.bank.state(|state| {
        let id = *consented.accounts().first()?;
        state.book.account(id)
    });
    if let Some(account) = account.filter(|account| account.currency != amount.currency) {
        let message = format!("must be {}, the account's currency", account.currency);
        let pointer = format!("{pointer}/currency");
        body.fault(Kind::UnsupportedCurrency, &pointer, message);
    }
    Some(amount)
}

/// Takes the question down and answers it; nothing is reserved.
fn confirm(
    state: &mut State,
    consented: &Consented,
    (reference, amount): (&str, Amount),
    now: Timestamp,
) -> Result<(FundsConfirmationId, bool), Error> {
    let consent = consented.consent();
    let taken = state.consents.confirm_funds(consent, reference);
    let taken = taken.map_err(|full| {
        let expected = format!("at most {} references of one client", full.kept);
        let mismatch = Mismatch::new(expected, "one more")
            .with_hint("DELETE consents that are no longer needed");
        Kind::RateLimitExceeded.because(&ROOM, mismatch)
    })?;
    let id = taken.ok_or_else(|| {
        let mismatch = Mismatch::new("a reference not used before", reference.to_owned());
        Kind::DuplicateReference.because(&REFERENCE, mismatch)
    })?;
    let available = consented.accounts().first().is_some_and(|&account| {
        let open = state
            .book
            .account(account)
            .filter(|account| is_open(account));
        let spendable = open.and_then(|account| state.book.spendable(account.id, now));
        spendable.is_some_and(|spendable| amount.minor_units <= spendable.minor_units)
    });
    Ok((id, available))
}

fn is_open(account: &Account) -> bool {
    account.status == AccountStatus::Enabled
}

/// The body.
pub(crate) static TABLE: &[Member] = &[
    required("reference", Shape::Text { max: 35 }),
    required("instructed_amount", Shape::Money(Least::Zero)),
    CONSENT_ID,
];

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FundsConfirmation")]
pub(crate) struct ConfirmationJson<'a> {
    data: DataJson<'a>,
    links: LinksJson,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FundsConfirmationData")]
struct DataJson<'a> {
    funds_confirmation_id: String,
    consent_id: String,
    created_at: String,
    funds_available: bool,
    reference: Option<&'a Value>,
    instructed_amount: Option<&'a Value>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "SelfLink")]
struct LinksJson {
    #[serde(rename = "self")]
    this: String,
}

impl<'a> ConfirmationJson<'a> {
    /// What was asked comes back as it was sent.
    fn of(
        asked: &'a Map<String, Value>,
        (id, funds_available): (FundsConfirmationId, bool),
        consented: &Consented,
        now: Timestamp,
    ) -> Self {
        Self {
            data: DataJson {
                funds_confirmation_id: id.to_string(),
                consent_id: consented.consent().id.to_string(),
                created_at: now.whole_second().to_string(),
                funds_available,
                reference: asked.get("reference"),
                instructed_amount: asked.get("instructed_amount"),
            },
            links: LinksJson {
                this: format!("/funds-confirmations/{id}"),
            },
        }
    }
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&REFERENCE, &ROOM];

static REFERENCE: Rule = Rule {
    name: "funds_confirmation.reference",
    clause: "Hamster Bank API, section 7",
    sentence: "A reference is used once under a consent.",
};
static ROOM: Rule = Rule {
    name: "limit.funds_confirmations",
    clause: "Hamster Bank, limits; RFC 6585, section 4",
    sentence: "A client uses no more references than a test could need.",
};
