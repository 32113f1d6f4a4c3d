//! Payments over HTTP: handed in once under a consent that says the same, and looked at afterwards (API
//! contract, sections 2 and 6).

pub(crate) mod json;
mod matching;

use http::StatusCode;
use http::header::LOCATION;

use crate::bank::State;
use crate::bank::idempotency::{Endpoint, Key};
use crate::banking::payment::{NoRoom, Payment, Submission};
use crate::banking::rail::PaymentType;
use crate::banking::timeline;
use crate::clock::Timestamp;
use crate::consent::{ConsentType, Event, PaymentTerms};
use crate::fault::{Decided, Twist};
use crate::id::{ConsentId, PaymentId};
use crate::oauth::access::BoundToken;
use crate::oauth::scope::ScopeToken;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::consented::{self, Consented};
use crate::web::faults;
use crate::web::guard::{self, Requirement};
use crate::wire::reply::Reply;

use super::body::{self, Body};
use super::consents::payment::check_cut_off;
use super::error::{Error, Kind};
use super::idempotency::{self, Claim};
use super::instruction::{self, tables};
use super::shape::pool::CONSENT_ID;
use super::shape::{Member, Shape, Words, optional, required};
use super::{list, query, signature};

use json::PaymentJson;
pub(crate) use json::payment_json;

/// POST `/open-banking/v1/payments`, and below it where the path names the type.
pub(crate) fn create_payment(
    call: &mut Call<'_>,
    of_path: Option<PaymentType>,
) -> Result<Reply, Error> {
    let consent = guard::identify_consent(call, PAYMENT)?;
    let client = consent.client_id.clone();
    let claim = idempotency::claim(call, &client, Endpoint::Payments, consent.id.as_str())?;
    let claimed = match claim {
        Claim::Replay(made) => return replay(call, &made),
        Claim::Fresh(claimed) => claimed,
    };
    let consented = consented::enter(call, consent)?;
    query::read_none(call)?;
    idempotency::check_header(call)?;
    signature::check(call, &client)?;
    let mut body = Body::read(call, table_of(instruction::type_of(call, of_path), of_path))?;
    body.expect_consent(&consented.consent().id);
    let mut members = body.judge(call)?;
    let terms = consented
        .consent()
        .terms
        .payment()
        .ok_or_else(body::unread)?;
    if let Some(implied) = of_path {
        members.insert("payment_type".to_owned(), implied.as_str().into());
    }
    matching::check(call, &members, &terms.order)?;
    check_cut_off(call, terms.schedule)?;
    check_quote(call, terms)?;
    let now = call.now.bank;
    let faults = &mut call.faults;
    let made = (call.bank).state(|state| submit(state, &consented, (claimed.key(), faults), now));
    let payment = settled(call, made?);
    call.trail.passed(&ONCE);
    call.trail.passed(&ROOM);
    call.entry
        .effect(format!("consent {} consumed", payment.consent_id));
    call.entry.effect(format!("payment {} created", payment.id));
    faults::found_out(call, |about| {
        about.payment_id = Some(payment.id);
        about.account_id = Some(payment.debtor);
    });
    Ok(answer(call, &payment, StatusCode::CREATED))
}

/// GET `/open-banking/v1/payments/{payment_id}`.
pub(crate) fn show_payment(call: &mut Call<'_>) -> Result<Reply, Error> {
    let token = guard::honor_token(call)?;
    guard::check_accept(call)?;
    guard::check_scope(call, &token, &[ScopeToken::Payments])?;
    let named = guard::named_consent_if_any(call)?.map(ConsentId::new);
    if let (Some(granted), Some(named)) = (token.granted(), &named) {
        check_consent(call, named, &granted.consent)?;
    }
    let payment = find_own(call, &token)?;
    if let Some(named) = &named {
        check_consent(call, named, &payment.consent_id)?;
    }
    call.entry.consent(payment.consent_id.clone());
    query::read_none(call)?;
    Ok(answer(call, &payment, StatusCode::OK))
}

/// Uses the consent up and makes the payment, in one step: of many calls at once one gets here.
fn submit(
    state: &mut State,
    consented: &Consented,
    (key, faults): (Option<&Key>, &mut Decided),
    now: Timestamp,
) -> Result<Payment, Error> {
    let (id, client) = (&consented.consent().id, &consented.consent().client_id);
    let room = state.check_room_for_payment(client, now);
    room.map_err(no_room)?;
    let consent = state.consents.find_own(id.as_str(), client, now);
    let consent = consent.ok_or_else(|| {
        let mismatch = Mismatch::new("a consent of this client", id.to_string());
        Kind::InvalidConsent.because(&ONCE, mismatch)
    })?;
    let (Some(terms), Some(&debtor)) = (
        consent.terms.payment().cloned(),
        consented.accounts().first(),
    ) else {
        return Err(body::unread());
    };
    consent.apply(Event::Consume, now).map_err(|illegal| {
        let mismatch = Mismatch::new("a consent not used before", illegal.to_string());
        Kind::ConsentConsumed.because(&ONCE, mismatch)
    })?;
    let submission = Submission {
        client_id: client.clone(),
        consent_id: id.clone(),
        customer: consented.customer(),
        debtor,
        order: terms.order,
        quote: terms.quote,
        charges: terms.charges,
        shows_refund_account: terms.read_refund_account == Some(true),
        completion: (terms.authorization).and_then(|authorization| authorization.completion_at),
        twist: faults.take(twist_of).pop(),
    };
    // There is room: that was asked before the consent was used up. What goes for it goes only now.
    let payment = state.submit_payment(submission, now);
    let payment = payment.map_err(no_room)?;
    if let Some(key) = key {
        let made = (&*payment.id.to_string(), Some(id.as_str()));
        state.idempotency.finish(key, made, now);
    }
    Ok(payment)
}

/// What a client keeps is its own doing: like every other limit it answers 429, and not as the bank's
/// trouble.
fn no_room(why: NoRoom) -> Error {
    let (expected, hint) = match why {
        NoRoom::Account => ("an account that pays".into(), "create a new consent"),
        NoRoom::Agenda => (
            "room among what is under way in the bank".into(),
            "let the bank's clock pass the payments under way",
        ),
        NoRoom::Payments(kept) => (
            format!(
                "a payment that has ended, and whose idempotency key is a day old, among the {kept} of the client"
            ),
            "let the bank's clock pass the payments under way",
        ),
        NoRoom::Rows(max) => (
            format!("less than {max} rows that payments left in the bank's accounts"),
            "put the bank back, or open another",
        ),
    };
    let mismatch = Mismatch::new(expected, "one more").with_hint(hint);
    Kind::RateLimitExceeded.because(&ROOM, mismatch)
}

fn twist_of(twist: &Twist) -> Option<timeline::Twist> {
    match twist {
        Twist::Payment(twist) => Some(*twist),
        _ => None,
    }
}

/// A payment with the steps that it takes at once, when it goes wrong on purpose; any other is answered as it
/// was received.
fn settled(call: &Call<'_>, payment: Payment) -> Payment {
    if call.faults.is_empty() {
        return payment;
    }
    (call.bank).state(|state| {
        state.book.settle(call.now.bank);
        state.book.payment(payment.id).cloned().unwrap_or(payment)
    })
}

fn replay(call: &mut Call<'_>, made: &str) -> Result<Reply, Error> {
    let payment = find(call, made).ok_or_else(|| unknown(made))?;
    let reply = answer(call, &payment, StatusCode::CREATED);
    Ok(idempotency::replayed(reply))
}

fn answer(call: &Call<'_>, payment: &Payment, status: StatusCode) -> Reply {
    let debtor = (call.bank).state(|state| state.book.named(payment.debtor));
    let location = format!("/open-banking/v1/payments/{}", payment.id);
    let this = list::printed(call, &location);
    let json = PaymentJson::of(payment, debtor.as_ref(), &this);
    let reply = Reply::json(status, &json);
    match status {
        StatusCode::CREATED => reply.with_header(LOCATION, &location),
        _ => reply,
    }
}

// Another client's payment, and one under another consent than a customer's token is for, look unknown.
fn find_own(call: &mut Call<'_>, token: &BoundToken) -> Result<Payment, Error> {
    let named = call.variable("payment_id").to_owned();
    let is_own = |payment: &Payment| {
        let granted = token.granted();
        payment.client_id == *token.client()
            && granted.is_none_or(|granted| granted.consent == payment.consent_id)
    };
    let payment = find(call, &named).filter(is_own);
    let payment = payment.ok_or_else(|| unknown(&named))?;
    call.trail.passed(&OWN);
    Ok(payment)
}

fn find(call: &Call<'_>, named: &str) -> Option<Payment> {
    let id = PaymentId::parse(named)?;
    (call.bank).state(|state| state.book.payment(id).cloned())
}

fn unknown(named: &str) -> Error {
    let mismatch = Mismatch::new("a payment of this client", named.to_owned());
    Kind::NotFound.because(&OWN, mismatch)
}

fn check_consent(
    call: &mut Call<'_>,
    named: &ConsentId,
    expected: &ConsentId,
) -> Result<(), Error> {
    if named == expected {
        call.trail.passed(&CONSENT);
        return Ok(());
    }
    let mismatch = Mismatch::new(expected.to_string(), named.to_string());
    Err(Kind::ConsentMismatch.because(&CONSENT, mismatch))
}

fn check_quote(call: &mut Call<'_>, terms: &PaymentTerms) -> Result<(), Error> {
    let now = call.now.bank;
    let expired = (terms.quote.as_ref()).and_then(|quote| quote.expires_at);
    if let Some(at) = expired.filter(|at| *at <= now) {
        let mismatch = Mismatch::new(format!("a payment before {at}"), now.to_string())
            .with_hint("create a new consent, which is quoted anew");
        return Err(Kind::ExchangeRateExpired.because(&QUOTE, mismatch));
    }
    call.trail.passed(&QUOTE);
    Ok(())
}

/// The body of a type; where the path names the type, the body need not.
pub(crate) const fn table_of(
    payment_type: PaymentType,
    of_path: Option<PaymentType>,
) -> &'static [Member] {
    match (of_path, payment_type) {
        (None, PaymentType::Domestic) => DOMESTIC,
        (None, PaymentType::International) => INTERNATIONAL,
        (Some(PaymentType::Domestic), _) => DOMESTIC_BY_PATH,
        (Some(PaymentType::International), _) => INTERNATIONAL_BY_PATH,
    }
}

static DOMESTIC: &[Member] = &[
    required("payment_type", ANY_TYPE),
    required("instruction", Shape::Object(tables::DOMESTIC)),
    RISK,
    CONSENT_ID,
];

static INTERNATIONAL: &[Member] = &[
    required("payment_type", ANY_TYPE),
    required("instruction", Shape::Object(tables::INTERNATIONAL)),
    RISK,
    CONSENT_ID,
];

static DOMESTIC_BY_PATH: &[Member] = &[
    optional(
        "payment_type",
        Shape::Words(&Words::new(&[PaymentType::Domestic.as_str()])),
    ),
    required("instruction", Shape::Object(tables::DOMESTIC)),
    RISK,
    CONSENT_ID,
];

static INTERNATIONAL_BY_PATH: &[Member] = &[
    optional(
        "payment_type",
        Shape::Words(&Words::new(&[PaymentType::International.as_str()])),
    ),
    required("instruction", Shape::Object(tables::INTERNATIONAL)),
    RISK,
    CONSENT_ID,
];

const ANY_TYPE: Shape = Shape::Words(&Words::new(&PaymentType::WORDS));
const RISK: Member = optional("risk", Shape::Object(tables::RISK));

const PAYMENT: Requirement = Requirement {
    scopes: &[ScopeToken::Payments],
    consent_type: ConsentType::Payment,
    permissions: &[],
};

/// Every rule of this file and of those about payments beside it, for the list of checks.
pub(crate) fn rules() -> impl Iterator<Item = &'static &'static Rule> {
    let beside = [RULES, matching::RULES, idempotency::RULES, signature::RULES];
    beside.into_iter().flatten()
}

static RULES: &[&Rule] = &[&CONSENT, &ONCE, &OWN, &QUOTE, &ROOM];

static CONSENT: Rule = Rule {
    name: "payment.consent",
    clause: "Hamster Bank API, section 15",
    sentence: "X-Consent-ID, where it is sent with a payment's id, names that payment's consent.",
};
static ONCE: Rule = Rule {
    name: "payment.once",
    clause: "Hamster Bank API, section 6.2",
    sentence: "A consent is used for one payment.",
};
static OWN: Rule = Rule {
    name: "payment.own",
    clause: "Hamster Bank API, sections 2 and 8",
    sentence: "The payment is the client's own, and made under its customer's token's consent.",
};
static QUOTE: Rule = Rule {
    name: "payment.quote",
    clause: "Hamster Bank API, section 6.4",
    sentence: "A payment at a quoted rate comes while the quote holds.",
};
static ROOM: Rule = Rule {
    name: "limit.payments",
    clause: "Hamster Bank, limits; RFC 6585, section 4",
    sentence: "A client keeps no more payments at the bank than a test could need.",
};
