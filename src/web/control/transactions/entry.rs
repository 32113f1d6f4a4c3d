//! The body of POST `/accounts/{id}/transactions`: members of a transaction as the bank's own API shows it
//! (API contract, section 4.3), less those that only the bank can know.

use serde_json::{Map, Value};

use crate::banking::account::Account;
use crate::banking::by_hand::NewRow;
use crate::banking::code::TransactionCode;
use crate::banking::exchange::Rate;
use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::transaction::{
    CardAuthorization, CardInstrument, CardScheme, Counterparty, CurrencyExchange,
    TransactionStatus,
};
use crate::clock::Timestamp;
use crate::money::{Amount, Currency, Direction};
use crate::web::control::error::Problem;
use crate::web::control::members::needed;
use crate::web::control::part::Part;

/// The row that a body describes, for this account.
pub(super) fn read(
    members: &Map<String, Value>,
    account: &Account,
    now: Timestamp,
) -> Result<NewRow, Problem> {
    let body = Part::whole(members, MEMBERS)?;
    check_bank_own(&body, account)?;
    let direction = body.word(
        "credit_debit_indicator",
        &Direction::ALL.map(|it| (it.as_str(), it)),
    )?;
    let direction = needed(direction, "/credit_debit_indicator", "credit or debit")?;
    let amount = body.money("amount", Some(account.currency))?;
    let amount = needed(amount, "/amount", "an amount and a currency")?;
    let booked_at = body.moment("booking_date_time")?.unwrap_or(now);
    Ok(NewRow {
        status: status(&body)?,
        booked_at,
        // A purchase is valued no later than it is told, unless somebody says so.
        value_at: (body.moment("value_date_time")?).unwrap_or_else(|| booked_at.min(now)),
        amount: signed(amount, direction),
        code: code(&body, direction)?,
        information: owned(body.text("transaction_information", 500)?),
        reference: owned(body.text("transaction_reference", 210)?),
        merchant: merchant(&body)?,
        counterparty: counterparty(&body, direction)?,
        card: card(&body)?,
        charge: body.money("charge_amount", None)?,
        exchange: exchange(&body, account.currency, now)?,
    })
}

/// What the bank gives a row itself is no member to send; the account may be repeated.
fn check_bank_own(body: &Part<'_>, account: &Account) -> Result<(), Problem> {
    if let Some(name) = BANKS_OWN.iter().find(|name| body.has(name)) {
        let detail = "the bank gives it".to_owned();
        return Err(Problem::invalid(&body.at(name), "no such member", detail));
    }
    let id = account.id.to_string();
    match body.text("account_id", 40)? {
        Some(named) if named != id => {
            let expected = format!("{id}, which the path names");
            Err(Problem::invalid("/account_id", expected, named.to_owned()))
        }
        _ => Ok(()),
    }
}

fn status(body: &Part<'_>) -> Result<TransactionStatus, Problem> {
    let known = [TransactionStatus::Booked, TransactionStatus::Pending];
    let status = body.word("status", &known.map(|status| (status.as_str(), status)))?;
    Ok(status.unwrap_or(TransactionStatus::Booked))
}

/// The bank's own code where it is said; else the first that the ISO pair fits; else by what there is.
fn code(body: &Part<'_>, direction: Direction) -> Result<TransactionCode, Problem> {
    let usual = usual_code(body, direction);
    let own = body.part("proprietary_bank_transaction_code", &["code", "issuer"])?;
    let own = match own {
        Some(own) => {
            own.word("issuer", &[("HamsterBank", ())])?;
            let codes = TransactionCode::ALL.map(|code| (code.as_str(), code));
            let code = own.word("code", &codes)?;
            Some(needed(code, &own.at("code"), "a code of this bank")?)
        }
        None => None,
    };
    let Some(pair) = body.part("bank_transaction_code", &["code", "sub_code"])? else {
        return Ok(own.unwrap_or(usual));
    };
    let (family, sub_family) = (pair.text("code", 4)?, pair.text("sub_code", 4)?);
    let is_it = |code: &TransactionCode| {
        let iso = code.iso(direction);
        (Some(iso.family), Some(iso.sub_family)) == (family, sub_family)
    };
    let mut candidates = match own {
        Some(own) => vec![own],
        None => [&[usual], TransactionCode::ALL.as_slice()].concat(),
    }
    .into_iter();
    candidates.find(is_it).ok_or_else(|| {
        let expected = match own {
            Some(own) => {
                let iso = own.iso(direction);
                format!(
                    "{} and {}, as of {}",
                    iso.family,
                    iso.sub_family,
                    own.as_str()
                )
            }
            None => format!("an ISO 20022 pair of a {} of this bank", direction.as_str()),
        };
        let shown = |text: Option<&str>| text.unwrap_or("nothing").to_owned();
        let detail = format!("{} and {} were sent", shown(family), shown(sub_family));
        Problem::invalid("/bank_transaction_code", expected, detail)
    })
}

fn usual_code(body: &Part<'_>, direction: Direction) -> TransactionCode {
    let is_shopping = body.has("merchant") || body.has("card_instrument");
    match direction {
        Direction::Debit if is_shopping => TransactionCode::CardPurchase,
        Direction::Credit if is_shopping => TransactionCode::CardRefund,
        Direction::Debit | Direction::Credit => TransactionCode::FasterPayment,
    }
}

fn merchant(body: &Part<'_>) -> Result<Option<(String, u16)>, Problem> {
    let Some(merchant) = body.part("merchant", &["name", "category_code"])? else {
        return Ok(None);
    };
    let name = merchant.text("name", NAME_MAX)?;
    let name = needed(name, &merchant.at("name"), "the merchant's name")?;
    let at = merchant.at("category_code");
    let expected = "3 or 4 digits (ISO 18245)";
    let digits = needed(merchant.text("category_code", 4)?, &at, expected)?;
    let is_code = digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let category = digits.parse().ok().filter(|_| is_code);
    let category = category.ok_or_else(|| Problem::invalid(&at, expected, digits.to_owned()))?;
    Ok(Some((name.to_owned(), category)))
}

/// The creditor of a debit, the debtor of a credit; the other one would be the customer herself.
fn counterparty(body: &Part<'_>, direction: Direction) -> Result<Option<Counterparty>, Problem> {
    let [ours, theirs] = match direction {
        Direction::Debit => ["debtor", "creditor"],
        Direction::Credit => ["creditor", "debtor"],
    };
    for part in ["account", "agent"] {
        let name = format!("{ours}_{part}");
        if body.has(&name) {
            let expected = format!("{theirs}_{part}, since it is a {}", direction.as_str());
            let detail = format!("{ours}_{part} was sent");
            return Err(Problem::invalid(&body.at(&name), expected, detail));
        }
    }
    let (named_account, named_agent) = (format!("{theirs}_account"), format!("{theirs}_agent"));
    let agent = body.part(&named_agent, &["scheme", "id", "name"])?;
    let Some(account) = body.part(&named_account, &["scheme", "id", "name"])? else {
        let expected = "the account of whom it is the bank";
        return match agent {
            Some(_) => needed(None, &body.at(&named_account), expected),
            None => Ok(None),
        };
    };
    let name = account.text("name", NAME_MAX)?;
    let name = needed(name, &account.at("name"), "a name")?;
    let (bic, bank) = match &agent {
        Some(agent) => {
            agent.word("scheme", &[("BICFI", ())])?;
            let id = needed(agent.text("id", 11)?, &agent.at("id"), "a BIC")?;
            (Some(id.to_owned()), owned(agent.text("name", NAME_MAX)?))
        }
        None => (None, None),
    };
    Ok(Some(Counterparty {
        name: name.to_owned(),
        account: account_number(&account)?,
        agent: bic,
        agent_name: bank,
    }))
}

fn account_number(account: &Part<'_>) -> Result<Option<(Scheme, String)>, Problem> {
    let scheme = account.word("scheme", &Scheme::ALL.map(|it| (it.as_str(), it)))?;
    let (scheme, id) = match (scheme, account.text("id", 256)?) {
        (None, None) => return Ok(None),
        (Some(scheme), Some(id)) => (scheme, id),
        (None, Some(_)) => return needed(None, &account.at("scheme"), "the scheme of the id"),
        (Some(_), None) => return needed(None, &account.at("id"), "an id of this scheme"),
    };
    let identifier = Identifier::bare(scheme, id);
    if !identifier.is_well_formed() {
        let expected = format!("an id of {}", scheme.as_str());
        return Err(Problem::invalid(&account.at("id"), expected, id.to_owned()));
    }
    Ok(Some((scheme, identifier.printed().into_owned())))
}

fn card(body: &Part<'_>) -> Result<Option<CardInstrument>, Problem> {
    let known = ["scheme_name", "authorization_type", "identification"];
    let Some(card) = body.part("card_instrument", &known)? else {
        return Ok(None);
    };
    let scheme = card.word("scheme_name", &CardScheme::ALL.map(|it| (it.as_str(), it)))?;
    let ways = CardAuthorization::ALL.map(|it| (it.as_str(), it));
    let at = card.at("identification");
    let expected = "a card number, masked to its last four digits: ************4242";
    let number = needed(card.text("identification", 19)?, &at, expected)?;
    let last = number.trim_start_matches('*');
    let is_masked = number.len() >= 12 && last.len() == 4;
    let last_four = last.parse().ok();
    let last_four = last_four.filter(|_| is_masked && last.bytes().all(|it| it.is_ascii_digit()));
    Ok(Some(CardInstrument {
        scheme: needed(scheme, &card.at("scheme_name"), "the card's scheme")?,
        authorization: (card.word("authorization_type", &ways)?).unwrap_or(CardAuthorization::None),
        last_four: last_four.ok_or_else(|| Problem::invalid(&at, expected, number.to_owned()))?,
    }))
}

fn exchange(
    body: &Part<'_>,
    own: Currency,
    now: Timestamp,
) -> Result<Option<CurrencyExchange>, Problem> {
    let Some(exchange) = body.part("currency_exchange", EXCHANGE)? else {
        return Ok(None);
    };
    let codes = Currency::ALL.map(|it| (it.code(), it));
    let instructed = exchange.money("instructed_amount", None)?;
    let at = exchange.at("instructed_amount");
    let instructed = needed(instructed, &at, "what it was in the other currency")?;
    let at = exchange.at("exchange_rate");
    let expected = "a rate above 0 of at most six decimals, such as \"1.17\"";
    let rate = needed(exchange.text("exchange_rate", 14)?, &at, expected)?;
    let rate = Rate::parse(rate).ok_or_else(|| Problem::invalid(&at, expected, rate.to_owned()))?;
    let contract = exchange.text("contract_identification", 256)?;
    let source_currency = exchange.word("source_currency", &codes)?.unwrap_or(own);
    let target = exchange.word("target_currency", &codes)?;
    Ok(Some(CurrencyExchange {
        source_currency,
        target_currency: target.unwrap_or(instructed.currency),
        unit_currency: exchange.word("unit_currency", &codes)?.unwrap_or(own),
        rate_millionths: rate.millionths(),
        instructed,
        contract: contract.map(Into::into),
        quoted_at: exchange
            .moment("quotation_date")?
            .unwrap_or(now)
            .whole_second(),
    }))
}

const fn signed(amount: Amount, direction: Direction) -> Amount {
    match direction {
        Direction::Credit => amount,
        Direction::Debit => Amount::new(-amount.minor_units, amount.currency),
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// What may be sent.
const MEMBERS: &[&str] = &[
    "account_id",
    "transaction_id",
    "transaction_reference",
    "status",
    "mutability",
    "credit_debit_indicator",
    "amount",
    "booking_date_time",
    "value_date_time",
    "charge_amount",
    "currency_exchange",
    "bank_transaction_code",
    "proprietary_bank_transaction_code",
    "card_instrument",
    "transaction_information",
    "merchant",
    "creditor_account",
    "creditor_agent",
    "debtor_account",
    "debtor_agent",
    "running_balance",
];
/// Members of a transaction that nobody else can know.
const BANKS_OWN: &[&str] = &["transaction_id", "mutability", "running_balance"];
const EXCHANGE: &[&str] = &[
    "source_currency",
    "target_currency",
    "unit_currency",
    "exchange_rate",
    "instructed_amount",
    "contract_identification",
    "quotation_date",
];
/// As of a payment's creditor.
const NAME_MAX: usize = 350;
