//! An instruction read from a body: what is to be paid, and the faults that no table can know of (API
//! contract, sections 6.1, 6.4 and 15).

pub(super) mod json;
pub(crate) mod tables;

use serde_json::{Map, Value};

use crate::bank::Bank;
use crate::banking::exchange::{Contract, Rate};
use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::payment::{Creditor, ExchangeTerms, Order, RateType};
use crate::banking::rail::{ChargeBearer, PaymentType, Rail};
use crate::money::{Amount, Currency};
use crate::web::call::Call;

use super::body::Body;
use super::error::Kind;
use super::named_account;

/// Everything of a body that says what is to be paid.
pub(super) struct Instruction {
    /// The order, without the members as they were sent: those are known when the body is judged.
    order: Order,
    /// The account to pay from, if one is named.
    pub(super) debtor_account: Option<Identifier>,
}

impl Instruction {
    /// The order with its members to the letter.
    pub(super) fn into_order(self, members: &Map<String, Value>) -> Order {
        let object = |name: &str| members.get(name).and_then(Value::as_object).cloned();
        Order {
            instruction: object("instruction").unwrap_or_default(),
            risk: object("risk"),
            ..self.order
        }
    }
}

/// The type a body is of: the path's, else the one it names, else what its members look like.
pub(super) fn type_of(call: &Call<'_>, of_path: Option<PaymentType>) -> PaymentType {
    of_path.unwrap_or_else(|| type_in(&super::body::object(call).unwrap_or_default()))
}

/// The type that members name, or look like.
pub(super) fn type_in(body: &Map<String, Value>) -> PaymentType {
    let named = body.get("payment_type").and_then(Value::as_str);
    let looks_foreign = (body.get("instruction"))
        .is_some_and(|instruction| instruction.get("currency_of_transfer").is_some());
    named
        .and_then(PaymentType::parse)
        .unwrap_or(if looks_foreign {
            PaymentType::International
        } else {
            PaymentType::Domestic
        })
}

/// Reads what is well-formed, and adds the faults that no table can know of; `None` when so much is
/// missing that there is no order.
pub(super) fn read(bank: &Bank, body: &mut Body, payment_type: PaymentType) -> Option<Instruction> {
    let rail = body.text("/instruction/local_instrument");
    let rail = rail.map_or(Some(payment_type.usual_rail()), Rail::parse);
    let debtor_account = read_debtor(bank, body);
    let creditor = read_creditor(bank, body, payment_type);
    let reference = read_reference(body, rail);
    let amount = read_amount(body, payment_type);
    let agent = read_agent(body, creditor.as_ref());
    let charge_bearer = read_charge_bearer(body, rail);
    let transfer = read_transfer_currency(body, rail, amount);
    let exchange = read_exchange(bank, body, transfer);
    let (creditor, instructed) = (creditor?, amount?);
    let order = Order {
        payment_type,
        rail: rail?,
        instructed,
        creditor: Creditor {
            account: (creditor.scheme, creditor.printed().into_owned()),
            name: creditor.name?,
            agent,
        },
        reference,
        charge_bearer,
        transfer_currency: transfer.unwrap_or(instructed.currency),
        exchange,
        instruction: Map::new(),
        risk: None,
    };
    Some(Instruction {
        order,
        debtor_account,
    })
}

fn read_debtor(bank: &Bank, body: &mut Body) -> Option<Identifier> {
    let pointer = "/instruction/debtor_account";
    let account = named_account::read(bank, body, pointer)?;
    if account.scheme == Scheme::Pan {
        let message = "must be SortCodeAccountNumber, IBAN or BBAN: a card pays nobody here";
        let pointer = format!("{pointer}/scheme");
        body.fault(Kind::UnsupportedScheme, &pointer, message);
    }
    Some(account)
}

fn read_creditor(bank: &Bank, body: &mut Body, payment_type: PaymentType) -> Option<Identifier> {
    let pointer = "/instruction/creditor_account";
    let account = named_account::read(bank, body, pointer)?;
    let (takes, expected): (&[Scheme], _) = match payment_type {
        PaymentType::Domestic => (
            &[Scheme::SortCodeAccountNumber, Scheme::Iban],
            "must be SortCodeAccountNumber or IBAN in a domestic payment",
        ),
        PaymentType::International => (
            &[Scheme::Iban, Scheme::Bban],
            "must be IBAN or BBAN in an international payment",
        ),
    };
    if !takes.contains(&account.scheme) {
        let pointer = format!("{pointer}/scheme");
        body.fault(Kind::UnsupportedScheme, &pointer, expected);
    }
    let is_foreign = account.scheme == Scheme::Iban && !account.id.starts_with("GB");
    if payment_type == PaymentType::Domestic && is_foreign {
        let message = "must be a British IBAN in a domestic payment";
        let pointer = format!("{pointer}/id");
        body.fault(Kind::UnsupportedAccountIdentifier, &pointer, message);
    }
    Some(account)
}

fn read_reference(body: &mut Body, rail: Option<Rail>) -> Option<String> {
    let pointer = "/instruction/remittance_information/reference";
    let reference = body.text(pointer)?.to_owned();
    // The only part of a remittance that Faster Payments carries is this short.
    if rail == Some(Rail::Fps) && reference.chars().count() > FPS_REFERENCE_MAX {
        let message = format!("must have {FPS_REFERENCE_MAX} characters at most on fps");
        body.fault(Kind::InvalidField, pointer, message);
    }
    Some(reference)
}

fn read_amount(body: &mut Body, payment_type: PaymentType) -> Option<Amount> {
    let pointer = "/instruction/instructed_amount";
    let amount = body.money(pointer)?;
    if payment_type == PaymentType::Domestic && amount.currency != Currency::Gbp {
        let pointer = format!("{pointer}/currency");
        let message = "must be GBP in a domestic payment";
        body.fault(Kind::UnsupportedCurrency, &pointer, message);
    }
    Some(amount)
}

/// The creditor's bank: a BIC with its scheme, or a name with an address; with an IBAN it may be absent.
fn read_agent(body: &mut Body, creditor: Option<&Identifier>) -> Option<String> {
    let pointer = "/instruction/creditor_agent";
    let needs_agent = creditor.is_some_and(|creditor| creditor.scheme == Scheme::Bban);
    if body.value(pointer).is_none() {
        if needs_agent && !body.has(pointer) {
            let message = "is required beside a BBAN, which names no bank";
            body.fault(Kind::ExpectedField, pointer, message);
        }
        return None;
    }
    let has = |name: &str| body.has(&format!("{pointer}/{name}"));
    let missing = match (has("scheme"), has("id")) {
        (true, false) => Some("id"),
        (false, true) => Some("scheme"),
        (false, false) if !has("name") => Some("name"),
        (false, false) if !has("postal_address") => Some("postal_address"),
        _ => None,
    };
    let bic = body.text(&format!("{pointer}/id")).map(str::to_owned);
    if let Some(missing) = missing {
        let message =
            "is required: a bank is named by scheme and id, or by name and postal_address";
        body.fault(
            Kind::ExpectedField,
            &format!("{pointer}/{missing}"),
            message,
        );
    }
    bic
}

fn read_charge_bearer(body: &mut Body, rail: Option<Rail>) -> ChargeBearer {
    let pointer = "/instruction/charge_bearer";
    let usual = match rail.map(Rail::payment_type) {
        // At home whoever pays pays for it, too.
        Some(PaymentType::Domestic) => ChargeBearer::BorneByDebtor,
        _ => ChargeBearer::Shared,
    };
    let Some(bearer) = body.text(pointer).and_then(ChargeBearer::parse) else {
        return usual;
    };
    let is_shared = matches!(
        bearer,
        ChargeBearer::Shared | ChargeBearer::FollowingServiceLevel
    );
    if rail.is_some_and(Rail::is_sepa) && !is_shared {
        let message = "must be shared or following_service_level on SEPA";
        body.fault(Kind::InvalidField, pointer, message);
    }
    bearer
}

fn read_transfer_currency(
    body: &mut Body,
    rail: Option<Rail>,
    amount: Option<Amount>,
) -> Option<Currency> {
    let pointer = "/instruction/currency_of_transfer";
    let Some(currency) = body.text(pointer).and_then(Currency::parse) else {
        return amount.map(|amount| amount.currency);
    };
    // SEPA and TARGET2 carry euros and nothing else.
    let is_euro_only = rail.is_some_and(|rail| rail.is_sepa() || rail == Rail::Target2);
    if is_euro_only && currency != Currency::Eur {
        let message = "must be EUR on SEPA and TARGET2";
        body.fault(Kind::UnsupportedCurrency, pointer, message);
    }
    Some(currency)
}

fn read_exchange(
    bank: &Bank,
    body: &mut Body,
    transfer: Option<Currency>,
) -> Option<ExchangeTerms> {
    let pointer = "/instruction/exchange_rate_information";
    let at = |name: &str| format!("{pointer}/{name}");
    let rate_type = body.text(&at("rate_type")).and_then(RateType::parse)?;
    let unit = body.text(&at("unit_currency")).and_then(Currency::parse)?;
    let (rate_at, contract_at) = (at("exchange_rate"), at("contract_identification"));
    let terms = |agreed| ExchangeTerms {
        unit,
        rate_type,
        agreed,
    };
    if rate_type != RateType::Agreed {
        for pointer in [&rate_at, &contract_at] {
            if body.has(pointer) {
                let message = format!(
                    "goes with an agreed rate, not an {} one",
                    rate_type.as_str()
                );
                body.fault(Kind::UnexpectedField, pointer, message);
            }
        }
        return Some(terms(None));
    }
    for pointer in [&rate_at, &contract_at] {
        if !body.has(pointer) {
            body.fault(
                Kind::MissingField,
                pointer,
                "is required with an agreed rate",
            );
        }
    }
    let rate = body.text(&rate_at).map(Rate::parse)?;
    let contract = body.text(&contract_at)?.to_owned();
    let is_it = |known: &&Contract| {
        known.id == contract && known.unit_currency == unit && Some(known.currency) == transfer
    };
    let Some(known) = bank.settings.contracts.iter().find(is_it) else {
        let message = "must be a contract with the bank about these two currencies";
        body.fault(Kind::InvalidContract, &contract_at, message);
        return None;
    };
    if rate != Some(known.rate) {
        let message = format!("must be the contract's, {}", known.rate);
        body.fault(Kind::InvalidContract, &rate_at, message);
    }
    Some(terms(Some((known.rate, contract))))
}

/// What Faster Payments carries of a reference.
const FPS_REFERENCE_MAX: usize = 18;
