//! What the bank says of a payment's price, in consents and payments alike.

use serde::Serialize;

use crate::banking::payment::Quote;
use crate::banking::rail::Charge;
use crate::money::Amount;

/// A charge.
#[derive(Serialize)]
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

/// Money without a direction.
#[derive(Serialize)]
struct AmountJson {
    amount: String,
    currency: &'static str,
}

impl From<Amount> for AmountJson {
    fn from(amount: Amount) -> Self {
        Self {
            amount: amount.to_string(),
            currency: amount.currency.code(),
        }
    }
}

/// A rate.
#[derive(Serialize)]
pub(crate) struct QuoteJson {
    unit_currency: &'static str,
    exchange_rate: String,
    rate_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_identification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
