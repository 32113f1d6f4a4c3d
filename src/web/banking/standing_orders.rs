//! Standing orders over HTTP (API contract, section 4.4).

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::schedule::standing_order::StandingOrderView;
use crate::banking::schedule::{
    Frequency, FrequencyDetail, FrequencyKind, Payment, ScheduleStatus,
};
use crate::clock::Timestamp;
use crate::id::{AccountId, StandingOrderId};
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::web::openapi::schema::{self, words};
use crate::wire::reply::Reply;

use super::accounts::find_consented;
use super::balances::AmountJson;
use super::error::Error;
use super::list::Shown;
use super::party::{AgentJson, PartyJson};
use super::{list, query};

/// GET `/open-banking/v1/accounts/{account_id}/standing-orders`.
pub(crate) fn list_account_standing_orders(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Reply, Error> {
    let account = find_consented(call, consented)?;
    answer(call, consented, &[account.id])
}

/// GET `/open-banking/v1/standing-orders`.
pub(crate) fn list_standing_orders(
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
    let orders = call
        .bank
        .state(|state| state.book.standing_orders(accounts));
    let json: Vec<_> = orders.iter().map(StandingOrderJson::of).collect();
    Ok(list::page_of_all(call, (consented, &query), &json))
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "StandingOrder")]
pub(crate) struct StandingOrderJson<'a> {
    account_id: Shown<AccountId>,
    standing_order_id: Shown<StandingOrderId>,
    #[schemars(extend("enum" = words(ScheduleStatus::ALL, ScheduleStatus::as_str)))]
    status: &'static str,
    frequency: FrequencyJson,
    reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    first_payment_date_time: Option<Shown<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_payment_amount: Option<AmountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    last_payment_date_time: Option<Shown<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_payment_amount: Option<AmountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    next_payment_date_time: Option<Shown<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_payment_amount: Option<AmountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    final_payment_date_time: Option<Shown<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    final_payment_amount: Option<AmountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_payments: Option<u32>,
    creditor_account: PartyJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creditor_agent: Option<AgentJson<'a>>,
}

/// How often: a point in time or a count, never both.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Frequency")]
pub(super) struct FrequencyJson {
    #[serde(rename = "type")]
    #[schemars(extend("enum" = words(FrequencyKind::ALL, FrequencyKind::as_str)))]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    point_in_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count_per_period: Option<u8>,
}

impl<'a> StandingOrderJson<'a> {
    fn of(order: &'a StandingOrderView) -> Self {
        let at = |payment: Option<Payment>| payment.map(|payment| Shown(payment.at));
        let amount = |payment: Option<Payment>| -> Option<AmountJson> {
            payment.map(|payment| order.amount(payment).into())
        };
        Self {
            account_id: Shown(order.account_id),
            standing_order_id: Shown(order.standing_order_id),
            status: order.status.as_str(),
            frequency: order.frequency.into(),
            reference: &order.reference,
            first_payment_date_time: at(order.first),
            first_payment_amount: amount(order.first),
            last_payment_date_time: at(order.last),
            last_payment_amount: amount(order.last),
            next_payment_date_time: at(order.next),
            next_payment_amount: amount(order.next),
            final_payment_date_time: at(order.last_of_all),
            final_payment_amount: amount(order.last_of_all),
            number_of_payments: order.number_of_payments,
            creditor_account: PartyJson::of(&order.creditor),
            creditor_agent: AgentJson::of(&order.creditor),
        }
    }
}

impl From<Frequency> for FrequencyJson {
    fn from(frequency: Frequency) -> Self {
        let (point_in_time, count_per_period) = match frequency.detail {
            FrequencyDetail::CountPerPeriod(count) => (None, Some(count)),
            FrequencyDetail::PointInTime(-1) => (Some("-1".to_owned()), None),
            FrequencyDetail::PointInTime(day) => (Some(format!("{day:02}")), None),
        };
        Self {
            kind: frequency.kind.as_str(),
            point_in_time,
            count_per_period,
        }
    }
}
