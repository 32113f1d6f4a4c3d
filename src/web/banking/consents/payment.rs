//! What a TPP asks for to make a payment: the payment to the letter, which the bank answers with its
//! price and times (API contract, sections 5.1, 6.1 and 6.4).

use std::sync::Arc;

use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Map, Value};
use time::Duration;

use crate::bank::idempotency::{Endpoint, Key};
use crate::bank::{Bank, State};
use crate::banking::exchange;
use crate::banking::payment::{Order, Quote, RateType, usual_course};
use crate::banking::rail::{CutOffPolicy, PaymentType};
use crate::clock::Timestamp;
use crate::consent::terms::{Authorization, AuthorizationType, Schedule};
use crate::consent::{Consent, ConsentType, PaymentTerms, Terms};
use crate::money::{Amount, Currency};
use crate::oauth::access::BoundToken;
use crate::rule::{Mismatch, Rule};
use crate::web::banking::body::{self, Body};
use crate::web::banking::error::{Error, Fault, Kind};
use crate::web::banking::idempotency::{self, Claim};
use crate::web::banking::instruction::{self, Instruction, tables};
use crate::web::banking::shape::{Member, Shape, Words, optional, required};
use crate::web::banking::{query, signature};
use crate::web::call::Call;
use crate::web::faults;
use crate::wire::reply::Reply;

use super::json::ConsentJson;
use super::{ROOM, check_creator, too_many};

/// Creates a payment consent, or answers with the one that the same call made before.
pub(super) fn create(call: &mut Call<'_>, token: &BoundToken) -> Result<Reply, Error> {
    check_creator(call, token, &[ConsentType::Payment])?;
    let claim = idempotency::claim(call, token.client(), Endpoint::PaymentConsents, "")?;
    let claimed = match claim {
        Claim::Replay(made) => return replay(call, token, &made),
        Claim::Fresh(claimed) => claimed,
    };
    query::read_none(call)?;
    idempotency::check_header(call)?;
    signature::check(call, token.client())?;
    let terms = read(call)?;
    check_limit(call, &terms.order)?;
    check_cut_off(call, terms.schedule)?;
    let (client, now) = (token.client().clone(), call.now.bank);
    let terms = (Terms::Payment(Box::new(terms)), None);
    let created = (call.bank).state(|state| {
        let consent = state.create_consent(client, terms, now)?;
        remember(state, claimed.key(), &consent, now);
        Ok(consent)
    });
    let consent = created.map_err(too_many)?;
    call.trail.passed(&ROOM);
    call.entry.effect(format!("consent {} created", consent.id));
    Ok(answer(call, &consent))
}

fn remember(state: &mut State, key: Option<&Key>, consent: &Consent, now: Timestamp) {
    if let Some(key) = key {
        state
            .idempotency
            .finish(key, (consent.id.as_str(), None), now);
    }
}

fn replay(call: &mut Call<'_>, token: &BoundToken, made: &str) -> Result<Reply, Error> {
    let now = call.now.bank;
    let own = call.bank.state(|state| {
        let own = state.consents.find_own(made, token.client(), now);
        own.map(|consent| consent.clone())
    });
    let consent = own.ok_or_else(|| {
        let mismatch = Mismatch::new("a consent that is kept", made.to_owned());
        Kind::ConsentNotFound.because(&super::OWN, mismatch)
    })?;
    Ok(idempotency::replayed(answer(call, &consent)))
}

fn answer(call: &mut Call<'_>, consent: &Consent) -> Reply {
    call.entry.consent(consent.id.clone());
    faults::found_out(call, |about| {
        about.is_of(&consent.id, consent.consent_type().as_str());
    });
    let location = format!("/consents/{}", consent.id);
    let json = ConsentJson::of(consent, call, false);
    Reply::json(StatusCode::CREATED, &json).with_header(LOCATION, &location)
}

fn read(call: &mut Call<'_>) -> Result<PaymentTerms, Error> {
    let payment_type = instruction::type_of(call, None);
    let mut body = Body::read(call, table_of(payment_type))?;
    let asked = Asked::read(call.bank, &mut body, (payment_type, call.now.bank));
    let members = body.judge(call)?;
    // Without a fault all that an order needs was there.
    asked
        .terms(&members, (call.bank, call.now.bank))
        .ok_or_else(body::unread)
}

/// What members ask for when the operator sends them: as from a TPP, in time and within the limit.
pub(super) fn read_by_hand(
    bank: &Bank,
    members: Map<String, Value>,
    now: Timestamp,
) -> Result<PaymentTerms, Vec<Fault>> {
    let payment_type = instruction::type_in(&members);
    let mut body = Body::of(members, table_of(payment_type));
    let asked = Asked::read(bank, &mut body, (payment_type, now));
    let members = body.finish()?;
    let terms = asked.terms(&members, (bank, now)).ok_or_else(Vec::new)?;
    let late = terms.schedule.is_over(now).then(|| {
        let message = format!("is past its cut-off on a working day; it is {now}");
        body::fault(Kind::AfterCutOff, "/instruction/local_instrument", message)
    });
    match above_limit(&terms.order).or(late) {
        Some(fault) => Err(vec![fault]),
        None => Ok(terms),
    }
}

/// What of a body has been read.
struct Asked {
    instruction: Option<Instruction>,
    authorization: Option<Authorization>,
    read_refund_account: Option<bool>,
    sca_support_data: Option<Value>,
}

impl Asked {
    fn read(bank: &Bank, body: &mut Body, (of, now): (PaymentType, Timestamp)) -> Self {
        Self {
            instruction: instruction::read(bank, body, of),
            authorization: read_authorization(body, now),
            read_refund_account: body.boolean("/read_refund_account"),
            sca_support_data: body.value("/sca_support_data").cloned(),
        }
    }

    fn terms(
        self,
        members: &Map<String, Value>,
        (bank, now): (&Bank, Timestamp),
    ) -> Option<PaymentTerms> {
        let mut instruction = self.instruction?;
        let debtor_account = instruction.debtor_account.take();
        let order = instruction.into_order(members);
        Some(PaymentTerms {
            quote: quote(&order, now),
            charges: (order.rail.charge(order.charge_bearer))
                .into_iter()
                .collect(),
            schedule: schedule(&order, now, bank.settings.cut_off),
            order: Arc::new(order),
            debtor_account,
            read_refund_account: self.read_refund_account,
            authorization: self.authorization,
            sca_support_data: self.sca_support_data,
        })
    }
}

fn read_authorization(body: &mut Body, now: Timestamp) -> Option<Authorization> {
    let pointer = "/authorization/completion_date_time";
    let completion_at = body.timestamp(pointer);
    if completion_at.is_some_and(|at| at <= now) {
        let message = format!("must be in the future; it is {now}");
        body.fault(Kind::InvalidDate, pointer, message);
    }
    Some(Authorization {
        kind: AuthorizationType::parse(body.text("/authorization/type")?)?,
        completion_at,
    })
}

/// What the bank answers to an instruction that speaks of a rate.
fn quote(order: &Order, now: Timestamp) -> Option<Quote> {
    let terms = order.exchange.as_ref()?;
    let market = || exchange::market(terms.unit, order.transfer_currency, now.date());
    let (rate, contract) = match &terms.agreed {
        Some((rate, contract)) => (*rate, Some(contract.clone())),
        None => (market(), None),
    };
    let is_actual = terms.rate_type == RateType::Actual;
    Some(Quote {
        unit: terms.unit,
        rate,
        rate_type: terms.rate_type,
        contract,
        expires_at: is_actual.then(|| now.plus(QUOTE_LIFE)),
    })
}

fn schedule(order: &Order, now: Timestamp, policy: CutOffPolicy) -> Schedule {
    let refuses_late = policy == CutOffPolicy::Reject;
    let departure = order.rail.departure(now);
    let (execution, settlement) = usual_course(order.rail, now);
    Schedule {
        // A bank that refuses what is late means today's cut-off, even when that has passed.
        cut_off: if refuses_late && departure.is_late {
            departure.cut_off.map(|_| now)
        } else {
            departure.cut_off
        },
        refuses_late,
        execution,
        settlement,
    }
}

fn check_limit(call: &mut Call<'_>, order: &Order) -> Result<(), Error> {
    if let Some(fault) = above_limit(order) {
        return Err(Error::of_fault(&LIMIT, fault));
    }
    call.trail.passed(&LIMIT);
    Ok(())
}

fn above_limit(order: &Order) -> Option<Fault> {
    let is_domestic = order.payment_type == PaymentType::Domestic;
    let is_above = is_domestic && order.instructed.minor_units > DOMESTIC_LIMIT.minor_units;
    is_above.then(|| {
        let pointer = "/instruction/instructed_amount/amount";
        let message = format!("must be at most {DOMESTIC_LIMIT} in one payment");
        body::fault(Kind::AmountExceedsLimit, pointer, message)
    })
}

/// Whether a payment still leaves in time, where the bank lets none wait.
///
/// # Errors
/// 400 `after_cut_off`.
pub(crate) fn check_cut_off(call: &mut Call<'_>, schedule: Schedule) -> Result<(), Error> {
    let now = call.now.bank;
    if schedule.is_over(now) {
        let expected = "a payment before its scheme's cut-off on a working day";
        let mismatch = Mismatch::new(expected, now.to_string());
        return Err(Kind::AfterCutOff.because(&CUT_OFF, mismatch));
    }
    call.trail.passed(&CUT_OFF);
    Ok(())
}

/// The body of a type.
pub(crate) const fn table_of(payment_type: PaymentType) -> &'static [Member] {
    match payment_type {
        PaymentType::Domestic => DOMESTIC,
        PaymentType::International => INTERNATIONAL,
    }
}

static DOMESTIC: &[Member] = &[
    TYPE,
    required("instruction", Shape::Object(tables::DOMESTIC)),
    RISK,
    REFUND,
    AUTHORIZATION,
    SCA,
    CONSENT_TYPE,
];

static INTERNATIONAL: &[Member] = &[
    TYPE,
    required("instruction", Shape::Object(tables::INTERNATIONAL)),
    RISK,
    REFUND,
    AUTHORIZATION,
    SCA,
    CONSENT_TYPE,
];

const TYPE: Member = required(
    "payment_type",
    Shape::Words(&Words::new(&PaymentType::WORDS)),
);
const RISK: Member = optional("risk", Shape::Object(tables::RISK));
const REFUND: Member = optional("read_refund_account", Shape::Boolean);
const AUTHORIZATION: Member = optional(
    "authorization",
    Shape::Object(&[
        required("type", Shape::Words(&Words::new(&AuthorizationType::WORDS))),
        optional("completion_date_time", Shape::DateTime),
    ]),
);
const SCA: Member = optional("sca_support_data", Shape::Object(SCA_MEMBERS));

static SCA_MEMBERS: &[Member] = &[
    optional("requested_sca_exemption_type", Shape::Words(&EXEMPTIONS)),
    optional("applied_authentication_approach", Shape::Words(&APPROACHES)),
    optional("reference_payment_order_id", Shape::Text { max: 40 }),
];

static APPROACHES: Words = Words::new(&["ca", "sca"]);
const CONSENT_TYPE: Member = optional(
    "consent_type",
    Shape::Words(&Words::new(&[ConsentType::Payment.as_str()])),
);

static EXEMPTIONS: Words = Words::new(&[
    "bill_payment",
    "contactless_travel",
    "ecommerce_goods",
    "ecommerce_services",
    "kiosk",
    "parking",
    "party_to_party",
]);

/// The contract's example, and long enough for a customer to say yes.
const QUOTE_LIFE: Duration = Duration::minutes(5);

/// What Faster Payments of most banks carried when the guides were written.
const DOMESTIC_LIMIT: Amount = Amount::new(2_500_000, Currency::Gbp);

/// Every rule of this file, for the list of checks.
pub(super) static RULES: &[&Rule] = &[&LIMIT, &CUT_OFF];

static LIMIT: Rule = Rule {
    name: "payment.limit",
    clause: "Hamster Bank API, sections 6.3 and 15",
    sentence: "A payment at home is 25,000.00 at most.",
};
static CUT_OFF: Rule = Rule {
    name: "payment.cut_off",
    clause: "Hamster Bank API, sections 6.3 and 15",
    sentence: "Where the bank lets no payment wait, it comes before its scheme's cut-off.",
};
