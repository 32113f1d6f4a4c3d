//! Direct debits over HTTP (API contract, section 4.5).

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::schedule::ScheduleStatus;
use crate::banking::schedule::direct_debit::DirectDebitView;
use crate::clock::Timestamp;
use crate::id::{AccountId, DirectDebitId};
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::web::openapi::schema::{self, words};
use crate::wire::reply::Reply;

use super::accounts::find_consented;
use super::balances::AmountJson;
use super::error::Error;
use super::list::Shown;
use super::standing_orders::FrequencyJson;
use super::{list, query};

/// GET `/open-banking/v1/accounts/{account_id}/direct-debits`.
pub(crate) fn list_account_direct_debits(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Reply, Error> {
    let account = find_consented(call, consented)?;
    answer(call, consented, &[account.id])
}

/// GET `/open-banking/v1/direct-debits`.
pub(crate) fn list_direct_debits(
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
    let query = query::read_list(call, consented, &[])?;
    let debits = call.bank.state(|state| state.book.direct_debits(accounts));
    let json: Vec<_> = debits.iter().map(DirectDebitJson::of).collect();
    Ok(list::page_of_all(call, (consented, &query), &json))
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DirectDebit")]
pub(crate) struct DirectDebitJson<'a> {
    account_id: Shown<AccountId>,
    direct_debit_id: Shown<DirectDebitId>,
    name: &'a str,
    #[schemars(extend("enum" = words(ScheduleStatus::ALL, ScheduleStatus::as_str)))]
    status: &'static str,
    mandate_identification: &'a str,
    frequency: FrequencyJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    previous_payment_date_time: Option<Shown<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_payment_amount: Option<AmountJson>,
}

impl<'a> DirectDebitJson<'a> {
    fn of(debit: &'a DirectDebitView) -> Self {
        Self {
            account_id: Shown(debit.account_id),
            direct_debit_id: Shown(debit.direct_debit_id),
            name: &debit.name,
            status: debit.status.as_str(),
            mandate_identification: &debit.mandate,
            frequency: debit.frequency.into(),
            previous_payment_date_time: debit.previous.map(|(at, _)| Shown(at)),
            previous_payment_amount: debit.previous.map(|(_, amount)| amount.into()),
        }
    }
}
