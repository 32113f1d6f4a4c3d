//! Payments: consents for them, handing them in once, and what becomes of them (API contract, section 6).

mod consents;
mod idempotency;
mod international;
mod lifecycle;
mod signatures;
mod steered;
mod submission;

use serde_json::{Value, json};

use crate::support::{Grant, Tpp};

/// Ten pounds to a shop at another bank, as the contract prints it.
pub(crate) fn domestic() -> Value {
    json!({
        "payment_type": "domestic",
        "instruction": {
            "instruction_identification": "ORDER-1001",
            "end_to_end_identification": "ORDER-1001-E2E",
            "local_instrument": "fps",
            "instructed_amount": {"amount": "10.00", "currency": "GBP"},
            "creditor_account": {
                "scheme": "SortCodeAccountNumber", "id": "202015-55555555", "name": "Acorn Stores",
            },
            "remittance_information": {"reference": "ORDER1001"},
        },
        "risk": {"payment_context_code": "ecommerce_merchant_initiated"},
    })
}

/// A hundred euros to Germany, as the contract prints it.
pub(crate) fn international() -> Value {
    json!({
        "payment_type": "international",
        "instruction": {
            "instruction_identification": "INV-77", "end_to_end_identification": "INV-77-E2E",
            "local_instrument": "swift", "instruction_priority": "normal", "charge_bearer": "shared",
            "currency_of_transfer": "EUR", "destination_country_code": "DE",
            "instructed_amount": {"amount": "100.00", "currency": "EUR"},
            "exchange_rate_information": {"unit_currency": "GBP", "rate_type": "actual"},
            "creditor": {"name": "Feldhamster GmbH"},
            "creditor_account": {
                "scheme": "IBAN", "id": "DE89370400440532013000", "name": "Feldhamster GmbH",
            },
            "creditor_agent": {"scheme": "BICFI", "id": "COBADEFFXXX"},
            "remittance_information": {"reference": "INV-77"},
        },
        "risk": {"payment_context_code": "billing_goods_and_services_in_arrears"},
    })
}

/// The same body with another value at a pointer, which may be new.
pub(crate) fn with(mut body: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value.into();
    body
}

/// The same body without what stands at a pointer.
pub(crate) fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.shift_remove(name).unwrap();
    body
}

/// Asks for a consent.
#[track_caller]
pub(crate) fn consent(tpp: &Tpp<'_>, body: &Value) -> Value {
    tpp.post_consent_of("payment", body).send().created()
}

/// A consent that Hazel has authorized.
#[track_caller]
pub(crate) fn authorized<'a>(tpp: &Tpp<'a>, body: &Value) -> Grant<'a> {
    let created = consent(tpp, body);
    tpp.grant_of("openid payments", created["consent_id"].as_str().unwrap())
}

/// Hands a payment in.
#[track_caller]
pub(crate) fn pay(grant: &Grant<'_>, body: &Value) -> Value {
    grant.post("/payments", body).send().created()["data"].clone()
}

/// The whole way.
#[track_caller]
pub(crate) fn paid(tpp: &Tpp<'_>, body: &Value) -> Value {
    pay(&authorized(tpp, body), body)
}

/// A payment as it stands, asked for with a token of the client's own.
#[track_caller]
pub(crate) fn look(tpp: &Tpp<'_>, payment: &Value) -> Value {
    let token = tpp.client_credentials("payments");
    let path = format!(
        "/open-banking/v1/payments/{}",
        payment["payment_id"].as_str().unwrap()
    );
    let call = tpp.call(http::Method::GET, &path).bearer(&token);
    call.send().ok()["data"].clone()
}

/// The codes a payment has had.
pub(crate) fn codes(payment: &Value) -> String {
    let history = payment["status_history"].as_array().unwrap();
    let codes: Vec<_> = history
        .iter()
        .map(|it| it["status_code"].as_str().unwrap())
        .collect();
    codes.join(" ")
}

/// The pointers of a refusal, with their words.
pub(crate) fn faults(body: &Value) -> Vec<(String, String)> {
    let errors = body["errors"].as_array().unwrap();
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
    errors
        .iter()
        .map(|fault| (text(fault, "code"), text(fault, "pointer")))
        .collect()
}
