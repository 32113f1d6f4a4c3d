//! A payment on the wire.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::banking::identifier::Identifier;
use crate::banking::payment::{
    AUTHORIZERS, MultiAuthorization, Payment, Reason, StatusChange, StatusCode,
};
use crate::web::banking::instruction::json::{ChargeJson, QuoteJson};
use crate::web::banking::named_account::NamedAccountJson;
use crate::web::openapi::schema::{self, words};

/// A payment with everything its TPP may know of it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Payment")]
pub(crate) struct PaymentJson<'a> {
    data: DataJson<'a>,
    links: LinksJson<'a>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PaymentData")]
struct DataJson<'a> {
    payment_id: String,
    consent_id: &'a str,
    payment_type: &'static str,
    status: &'static str,
    #[schemars(extend("enum" = words(StatusCode::ALL, StatusCode::as_str)))]
    status_code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status_reason: Vec<ReasonJson>,
    #[schemars(schema_with = "schema::date_time")]
    created_at: String,
    #[schemars(schema_with = "schema::date_time")]
    status_updated_at: String,
    #[schemars(schema_with = "schema::date_time")]
    expected_execution_date_time: String,
    #[schemars(schema_with = "schema::date_time")]
    expected_settlement_date_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme_payment_id: Option<String>,
    charges: Vec<ChargeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_rate_information: Option<QuoteJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debtor_account: Option<NamedAccountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_account: Option<NamedAccountJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_authorization: Option<MultiAuthorizationJson>,
    status_history: Vec<StatusJson>,
    #[schemars(schema_with = "schema::instruction")]
    instruction: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::risk")]
    risk: Option<&'a Map<String, Value>>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PaymentLinks")]
struct LinksJson<'a> {
    #[serde(rename = "self")]
    this: &'a str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PaymentReason")]
struct ReasonJson {
    code: &'static str,
    description: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PaymentStatus")]
struct StatusJson {
    status: &'static str,
    #[schemars(extend("enum" = words(StatusCode::ALL, StatusCode::as_str)))]
    status_code: &'static str,
    #[schemars(schema_with = "schema::date_time")]
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "MultiAuthorization")]
struct MultiAuthorizationJson {
    status: &'static str,
    required: u8,
    received: u8,
    last_updated_at: String,
    expires_at: String,
}

impl<'a> PaymentJson<'a> {
    /// The account that pays is told by number and name.
    pub(crate) fn of(payment: &'a Payment, debtor: Option<&Identifier>, this: &'a str) -> Self {
        let current = payment.current();
        let number = || debtor.map(NamedAccountJson::from);
        let data = DataJson {
            payment_id: payment.id.to_string(),
            consent_id: payment.consent_id.as_str(),
            payment_type: payment.order.payment_type.as_str(),
            status: current.status.word(),
            status_code: current.status.as_str(),
            status_reason: current.reason.into_iter().map(Into::into).collect(),
            created_at: payment.created_at().to_string(),
            status_updated_at: current.at.to_string(),
            expected_execution_date_time: payment.expected_execution.to_string(),
            expected_settlement_date_time: payment.expected_settlement.to_string(),
            scheme_payment_id: payment.scheme_payment_id(),
            charges: payment.charges.iter().map(Into::into).collect(),
            exchange_rate_information: payment.quote.as_ref().map(Into::into),
            debtor_account: number(),
            refund_account: number().filter(|_| payment.shows_refund_account),
            multi_authorization: payment.multi_authorization().map(Into::into),
            status_history: payment.history().iter().map(Into::into).collect(),
            instruction: &payment.order.instruction,
            risk: payment.order.risk.as_ref(),
        };
        Self {
            data,
            links: LinksJson { this },
        }
    }
}

/// A payment alone, for whoever steers the bank.
pub(crate) fn payment_json(payment: &Payment, debtor: Option<&Identifier>) -> Value {
    serde_json::to_value(PaymentJson::of(payment, debtor, "").data).unwrap_or_default()
}

impl From<Reason> for ReasonJson {
    fn from(reason: Reason) -> Self {
        Self {
            code: reason.code(),
            description: reason.description(),
        }
    }
}

impl From<&StatusChange> for StatusJson {
    fn from(change: &StatusChange) -> Self {
        Self {
            status: change.status.word(),
            status_code: change.status.as_str(),
            at: change.at.to_string(),
            reason: change.reason.map(Reason::code),
        }
    }
}

impl From<MultiAuthorization> for MultiAuthorizationJson {
    fn from(multi: MultiAuthorization) -> Self {
        Self {
            status: multi.status.as_str(),
            required: AUTHORIZERS,
            received: multi.received,
            last_updated_at: multi.last_updated_at.to_string(),
            expires_at: multi.expires_at.to_string(),
        }
    }
}
