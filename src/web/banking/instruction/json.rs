//! What the bank says of a payment's price, in consents and payments alike.

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::payment::Quote;
use crate::banking::rail::Charge;
use crate::web::banking::balances::AmountJson;
use crate::web::openapi::schema;

/// A charge.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Charge")]
pub(crate) struct ChargeJson {
    charge_bearer: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    amount: AmountJson,
}

impl From<&Charge> for ChargeJson {
    fn from(charge: &Charge) -> Self {
        Self {
            charge_bearer: charge.bearer.as_str(),
            kind: charge.kind.as_str(),
            amount: charge.amount.into(),
        }
    }
}

/// A rate.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ExchangeRate")]
pub(crate) struct QuoteJson {
    #[schemars(schema_with = "schema::currency")]
    unit_currency: &'static str,
    exchange_rate: String,
    rate_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_identification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    expiration_date_time: Option<String>,
}

impl From<&Quote> for QuoteJson {
    fn from(quote: &Quote) -> Self {
        Self {
            unit_currency: quote.unit.code(),
            exchange_rate: quote.rate.to_string(),
            rate_type: quote.rate_type.as_str(),
            contract_identification: quote.contract.clone(),
            expiration_date_time: quote.expires_at.map(|at| at.to_string()),
        }
    }
}
