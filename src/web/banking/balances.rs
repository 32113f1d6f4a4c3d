//! Balances over HTTP (API contract, section 4.2).

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::account::{CreditLine, CreditLineKind};
use crate::banking::balance::{Balance, BalanceKind};
use crate::id::AccountId;
use crate::money::Amount;
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::web::openapi::schema::{self, words};
use crate::wire::reply::Reply;

use super::accounts::find_consented;
use super::error::Error;
use super::list::Shown;
use super::{list, query};

/// GET `/open-banking/v1/accounts/{account_id}/balances`.
pub(crate) fn list_account_balances(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Reply, Error> {
    let account = find_consented(call, consented)?;
    answer(call, consented, &[account.id])
}

/// GET `/open-banking/v1/balances`.
pub(crate) fn list_balances(call: &mut Call<'_>, consented: &Consented) -> Result<Reply, Error> {
    answer(call, consented, consented.accounts())
}

fn answer(
    call: &mut Call<'_>,
    consented: &Consented,
    accounts: &[AccountId],
) -> Result<Reply, Error> {
    let query = query::read_list(call, consented, &[])?;
    let now = call.now.bank;
    let balances: Vec<_> = call.bank.state(|state| {
        let each = accounts.iter().map(|&id| state.book.balances(id, now));
        each.flatten().collect()
    });
    let json: Vec<_> = balances.iter().map(BalanceJson::of).collect();
    Ok(list::page_of_all(call, (consented, &query), &json))
}

/// Money on the wire: unsigned decimal text and a currency.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Amount")]
pub(super) struct AmountJson {
    #[schemars(schema_with = "schema::money_text")]
    amount: Shown<Amount>,
    #[schemars(schema_with = "schema::currency")]
    currency: &'static str,
}

impl From<Amount> for AmountJson {
    fn from(amount: Amount) -> Self {
        Self {
            amount: Shown(amount),
            currency: amount.currency.code(),
        }
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Balance")]
pub(crate) struct BalanceJson {
    account_id: String,
    #[serde(rename = "type")]
    #[schemars(extend("enum" = words(BalanceKind::ALL, BalanceKind::as_str)))]
    kind: &'static str,
    #[schemars(schema_with = "schema::direction")]
    credit_debit_indicator: &'static str,
    amount: AmountJson,
    #[schemars(schema_with = "schema::date_time")]
    date_time: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    credit_lines: Vec<CreditLineJson>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CreditLine")]
struct CreditLineJson {
    included: bool,
    #[serde(rename = "type")]
    #[schemars(extend("enum" = words(CreditLineKind::ALL, CreditLineKind::as_str)))]
    kind: &'static str,
    amount: AmountJson,
}

impl BalanceJson {
    /// A balance with the credit it counts.
    pub(crate) fn of(balance: &Balance) -> Self {
        Self {
            account_id: balance.account_id.to_string(),
            kind: balance.kind.as_str(),
            credit_debit_indicator: balance.amount.direction().as_str(),
            amount: balance.amount.into(),
            date_time: balance.at.to_string(),
            credit_lines: balance
                .credit_lines
                .iter()
                .map(CreditLineJson::of)
                .collect(),
        }
    }
}

impl CreditLineJson {
    fn of(line: &CreditLine) -> Self {
        Self {
            included: line.included,
            kind: line.kind.as_str(),
            amount: line.amount.into(),
        }
    }
}
