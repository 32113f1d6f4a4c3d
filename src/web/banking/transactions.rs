//! Transactions over HTTP (API contract, section 4.3).

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::page::{Page, PageRequest, Position};
use crate::banking::transaction::{
    CardAuthorization, CardInstrument, CardScheme, CurrencyExchange, MerchantView,
    TransactionStatus, TransactionView,
};
use crate::clock::Timestamp;
use crate::consent::Permission;
use crate::id::{AccountId, TransactionId};
use crate::money::{Amount, Direction};
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::web::openapi::schema::{self, words};
use crate::wire::reply::Reply;

use super::accounts::find_consented;
use super::balances::AmountJson;
use super::error::Error;
use super::list::{MetaJson, Shown};
use super::party::{AgentJson, PartyJson};
use super::{list, query};

/// GET `/open-banking/v1/accounts/{account_id}/transactions`.
pub(crate) fn list_account_transactions(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Reply, Error> {
    let account = find_consented(call, consented)?;
    answer(call, consented, &[account.id])
}

/// GET `/open-banking/v1/transactions`.
pub(crate) fn list_transactions(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Reply, Error> {
    answer(call, consented, consented.accounts())
}

fn answer(
    call: &mut Call<'_>,
    consented: &Consented,
    accounts: &[AccountId],
) -> Result<Reply, Error> {
    let query = query::read_list(call, consented, query::TRANSACTION_FILTERS)?;
    let (filter, order) = query::read_transaction_filters(call, &query.filters)?;
    let terms = consented.account_access();
    let filter = filter.within(terms.transactions_from, terms.transactions_to);
    let request = PageRequest {
        after: query.after.map(position),
        size: query.page_size,
        order,
    };
    let (page, span) = call.bank.state(|state| {
        let page = state.book.transactions(accounts, &filter, request);
        (page, state.book.span(accounts))
    });
    let is_detailed = consented
        .permissions()
        .contains(Permission::ReadTransactions);
    let Page {
        rows,
        mut next,
        before_last,
    } = page;
    if next.is_some() && before_last.is_some() && list::repeats_row(call) {
        next = before_last;
    }
    let json: Vec<_> = rows
        .iter()
        .map(|row| TransactionJson::of(row, is_detailed))
        .collect();
    let window = (terms.transactions_from, terms.transactions_to);
    let meta = span.and_then(|span| available(span, window));
    Ok(list::page(
        call,
        (consented, &query),
        (&json, next.map(key)),
        meta,
    ))
}

// What the consent holds back is not available; where nothing is, there is nothing to tell.
fn available(
    (first, last): (Timestamp, Timestamp),
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Option<MetaJson> {
    let first = first.max(from.unwrap_or(first));
    let last = last.min(to.unwrap_or(last));
    (first <= last).then(|| MetaJson {
        first_available_date_time: first.to_string(),
        last_available_date_time: last.to_string(),
    })
}

const fn key(position: Position) -> (i64, u64) {
    (position.booked_at.unix_seconds(), position.sequence)
}

const fn position((seconds, sequence): (i64, u64)) -> Position {
    Position {
        booked_at: Timestamp::from_unix_seconds(seconds),
        sequence,
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Transaction")]
pub(crate) struct TransactionJson<'a> {
    account_id: Shown<AccountId>,
    transaction_id: Shown<TransactionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_reference: Option<&'a str>,
    #[schemars(extend("enum" = words(TransactionStatus::ALL, TransactionStatus::as_str)))]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["mutable"]))]
    mutability: Option<&'static str>,
    #[schemars(schema_with = "schema::direction")]
    credit_debit_indicator: &'static str,
    amount: AmountJson,
    #[schemars(schema_with = "schema::date_time")]
    booking_date_time: Shown<Timestamp>,
    #[schemars(schema_with = "schema::date_time")]
    value_date_time: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_amount: Option<AmountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_exchange: Option<CurrencyExchangeJson<'a>>,
    bank_transaction_code: CodeJson,
    proprietary_bank_transaction_code: ProprietaryCodeJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_instrument: Option<CardJson>,
    // What a Basic permission hides.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_information: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<MerchantJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creditor_agent: Option<AgentJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creditor_account: Option<PartyJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debtor_agent: Option<AgentJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debtor_account: Option<PartyJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running_balance: Option<RunningBalanceJson>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Code")]
struct CodeJson {
    code: &'static str,
    sub_code: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ProprietaryCode")]
struct ProprietaryCodeJson {
    code: &'static str,
    issuer: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Card")]
struct CardJson {
    #[schemars(extend("enum" = words(CardScheme::ALL, CardScheme::as_str)))]
    scheme_name: &'static str,
    #[schemars(extend("enum" = words(CardAuthorization::ALL, CardAuthorization::as_str)))]
    authorization_type: &'static str,
    identification: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Merchant")]
struct MerchantJson<'a> {
    name: &'a str,
    category_code: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RunningBalance")]
struct RunningBalanceJson {
    #[schemars(schema_with = "schema::direction")]
    credit_debit_indicator: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    amount: AmountJson,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CurrencyExchange")]
struct CurrencyExchangeJson<'a> {
    #[schemars(schema_with = "schema::currency")]
    source_currency: &'static str,
    #[schemars(schema_with = "schema::currency")]
    target_currency: &'static str,
    #[schemars(schema_with = "schema::currency")]
    unit_currency: &'static str,
    exchange_rate: String,
    instructed_amount: AmountJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_identification: Option<&'a str>,
    #[schemars(schema_with = "schema::date_time")]
    quotation_date: String,
}

impl<'a> TransactionJson<'a> {
    /// All there is to be said of a row.
    pub(crate) fn whole(row: &'a TransactionView) -> Self {
        Self::of(row, true)
    }

    fn of(row: &'a TransactionView, is_detailed: bool) -> Self {
        let direction = row.direction();
        let iso = row.code.iso(direction);
        let other = row.counterparty.as_deref().filter(|_| is_detailed);
        let (creditor, debtor) = match direction {
            Direction::Debit => (other, None),
            Direction::Credit => (None, other),
        };
        Self {
            account_id: Shown(row.account_id),
            transaction_id: Shown(row.transaction_id),
            transaction_reference: row.reference.as_deref(),
            status: row.status.as_str(),
            mutability: row.is_mutable().then_some("mutable"),
            credit_debit_indicator: direction.as_str(),
            amount: row.amount.into(),
            booking_date_time: Shown(row.booked_at),
            value_date_time: Shown(row.value_at),
            charge_amount: row.charge.map(Into::into),
            currency_exchange: row.exchange.as_ref().map(CurrencyExchangeJson::of),
            bank_transaction_code: CodeJson {
                code: iso.family,
                sub_code: iso.sub_family,
            },
            proprietary_bank_transaction_code: ProprietaryCodeJson {
                code: row.code.as_str(),
                issuer: "HamsterBank",
            },
            card_instrument: row.card.map(CardJson::of),
            transaction_information: row.information.as_deref().filter(|_| is_detailed),
            merchant: row
                .merchant
                .as_ref()
                .filter(|_| is_detailed)
                .map(MerchantJson::of),
            creditor_agent: creditor.and_then(AgentJson::of),
            creditor_account: creditor.map(PartyJson::of),
            debtor_agent: debtor.and_then(AgentJson::of),
            debtor_account: debtor.map(PartyJson::of),
            running_balance: row
                .running_balance
                .filter(|_| is_detailed)
                .map(RunningBalanceJson::of),
        }
    }
}

impl CardJson {
    fn of(card: CardInstrument) -> Self {
        Self {
            scheme_name: card.scheme.as_str(),
            authorization_type: card.authorization.as_str(),
            identification: card.masked(),
        }
    }
}

impl<'a> MerchantJson<'a> {
    fn of(merchant: &'a MerchantView) -> Self {
        Self {
            name: &merchant.name,
            category_code: format!("{:04}", merchant.category_code),
        }
    }
}

impl RunningBalanceJson {
    fn of(balance: Amount) -> Self {
        Self {
            credit_debit_indicator: balance.direction().as_str(),
            kind: "interim_booked",
            amount: balance.into(),
        }
    }
}

impl<'a> CurrencyExchangeJson<'a> {
    fn of(exchange: &'a CurrencyExchange) -> Self {
        Self {
            source_currency: exchange.source_currency.code(),
            target_currency: exchange.target_currency.code(),
            unit_currency: exchange.unit_currency.code(),
            exchange_rate: exchange.rate(),
            instructed_amount: exchange.instructed.into(),
            contract_identification: exchange.contract.as_deref(),
            quotation_date: exchange.quoted_at.to_string(),
        }
    }
}
