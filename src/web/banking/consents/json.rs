//! A consent on the wire.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::bank::Bank;
use crate::consent::{
    AccountAccess, Consent, FundsTerms, Party, PaymentTerms, Permission, State, Terms,
};
use crate::oauth::metadata::AUTHORIZE;
use crate::web::banking::instruction::json::{ChargeJson, QuoteJson};
use crate::web::banking::named_account::NamedAccountJson;
use crate::web::call::Call;
use crate::web::consented;
use crate::web::openapi::schema;

/// A consent with everything its TPP may know of it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Consent")]
pub(crate) struct ConsentJson {
    consent_id: String,
    consent_type: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status_reason: Vec<ReasonJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_by: Option<&'static str>,
    #[serde(flatten)]
    terms: TermsJson,
    #[schemars(schema_with = "schema::date_time")]
    expiration_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_ids: Option<Vec<String>>,
    #[schemars(schema_with = "schema::date_time")]
    created_at: String,
    #[schemars(schema_with = "schema::date_time")]
    status_updated_at: String,
    authorization_url: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "StatusReason")]
struct ReasonJson {
    code: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'static str>,
}

/// What only consents of one type have.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
#[schemars(rename = "ConsentTerms")]
enum TermsJson {
    AccountAccess(AccountAccessJson),
    Payment(Box<PaymentJson>),
    FundsConfirmation(FundsJson),
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "AccountAccess")]
struct AccountAccessJson {
    permissions: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    transaction_from_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    transaction_to_date: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PaymentTerms")]
struct PaymentJson {
    payment_type: &'static str,
    #[schemars(schema_with = "schema::instruction")]
    instruction: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_refund_account: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization: Option<AuthorizationJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sca_support_data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debtor_account: Option<NamedAccountJson>,
    charges: Vec<ChargeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_rate_information: Option<QuoteJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    cut_off_date_time: Option<String>,
    #[schemars(schema_with = "schema::date_time")]
    expected_execution_date_time: String,
    #[schemars(schema_with = "schema::date_time")]
    expected_settlement_date_time: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PaymentAuthorization")]
struct AuthorizationJson {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    completion_date_time: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FundsConfirmationTerms")]
struct FundsJson {
    debtor_account: NamedAccountJson,
}

impl ConsentJson {
    /// The accounts are the TPP's to know once she picked them; a customer's token tells them otherwise.
    pub(super) fn of(consent: &Consent, call: &Call<'_>, with_accounts: bool) -> Self {
        Self::at(call.bank, consent, with_accounts)
    }

    /// The same, whoever asks the bank.
    pub(crate) fn at(bank: &Bank, consent: &Consent, with_accounts: bool) -> Self {
        let reads = consent.terms.account_access().is_some();
        let approval = consent.approval().filter(|_| with_accounts && reads);
        let accounts = approval.map(|approval| &approval.accounts);
        let endpoint = bank.settings.endpoints.at(AUTHORIZE);
        Self {
            consent_id: consent.id.to_string(),
            consent_type: consent.consent_type().as_str(),
            status: consent.state.as_str(),
            status_reason: reasons(consent),
            revoked_by: consented::revoked_by(&consent.state).map(Party::as_str),
            terms: TermsJson::of(consent, bank),
            expiration_date: consent.expires_at.to_string(),
            account_ids: accounts.map(|ids| ids.iter().map(ToString::to_string).collect()),
            created_at: consent.created_at.to_string(),
            status_updated_at: consent.status_updated_at.to_string(),
            authorization_url: format!("{endpoint}?consent_id={}", consent.id),
        }
    }
}

impl TermsJson {
    fn of(consent: &Consent, bank: &Bank) -> Self {
        match &*consent.terms {
            Terms::AccountAccess(terms) => Self::AccountAccess(terms.into()),
            Terms::Payment(terms) => {
                let debtor_account = debtor_account(consent, bank);
                Self::Payment(Box::new(PaymentJson::of(terms, debtor_account)))
            }
            Terms::FundsConfirmation(terms) => Self::FundsConfirmation(terms.into()),
        }
    }
}

impl From<&AccountAccess> for AccountAccessJson {
    fn from(terms: &AccountAccess) -> Self {
        Self {
            permissions: terms.permissions.iter().map(Permission::as_str).collect(),
            transaction_from_date: terms.transactions_from.map(|at| at.to_string()),
            transaction_to_date: terms.transactions_to.map(|at| at.to_string()),
        }
    }
}

impl PaymentJson {
    fn of(terms: &PaymentTerms, debtor_account: Option<NamedAccountJson>) -> Self {
        let (order, schedule) = (&terms.order, &terms.schedule);
        Self {
            payment_type: order.payment_type.as_str(),
            instruction: order.instruction.clone(),
            risk: order.risk.clone(),
            read_refund_account: terms.read_refund_account,
            authorization: terms.authorization.map(|authorization| AuthorizationJson {
                kind: authorization.kind.as_str(),
                completion_date_time: authorization.completion_at.map(|at| at.to_string()),
            }),
            sca_support_data: terms.sca_support_data.clone(),
            debtor_account,
            charges: terms.charges.iter().map(Into::into).collect(),
            exchange_rate_information: terms.quote.as_ref().map(Into::into),
            cut_off_date_time: schedule.cut_off.map(|at| at.to_string()),
            expected_execution_date_time: schedule.execution.to_string(),
            expected_settlement_date_time: schedule.settlement.to_string(),
        }
    }
}

impl From<&FundsTerms> for FundsJson {
    fn from(terms: &FundsTerms) -> Self {
        Self {
            debtor_account: (&terms.debtor_account).into(),
        }
    }
}

/// The account a payment is made from, once the customer has approved.
fn debtor_account(consent: &Consent, bank: &Bank) -> Option<NamedAccountJson> {
    let id = *consent.approved()?.accounts.first()?;
    let named = bank.state(|state| state.book.named(id))?;
    Some((&named).into())
}

fn reasons(consent: &Consent) -> Vec<ReasonJson> {
    match consent.state {
        State::Rejected(reason) => {
            let pointer = consent.terms.debtor_account_pointer();
            let names_account = consent.terms.debtor_account().is_some();
            let is_of_account = reason.is_of_debtor_account() && names_account;
            vec![ReasonJson {
                code: reason.as_str(),
                description: reason.description(),
                pointer: is_of_account.then_some(pointer),
            }]
        }
        _ => Vec::new(),
    }
}
