//! Beneficiaries over HTTP (API contract, section 4.6).

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::beneficiary::Beneficiary;
use crate::id::{AccountId, BeneficiaryId};
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::wire::reply::Reply;

use super::accounts::find_consented;
use super::error::Error;
use super::list::Shown;
use super::party::{AgentJson, IdentifierJson};
use super::{list, query};

/// GET `/open-banking/v1/accounts/{account_id}/beneficiaries`.
pub(crate) fn list_account_beneficiaries(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Reply, Error> {
    let account = find_consented(call, consented)?;
    answer(call, consented, &[account.id])
}

/// GET `/open-banking/v1/beneficiaries`.
pub(crate) fn list_beneficiaries(
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
    let saved = call.bank.state(|state| state.book.beneficiaries(accounts));
    let json: Vec<_> = saved.iter().map(BeneficiaryJson::of).collect();
    Ok(list::page_of_all(call, (consented, &query), &json))
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Beneficiary")]
pub(crate) struct BeneficiaryJson<'a> {
    account_id: Shown<AccountId>,
    beneficiary_id: Shown<BeneficiaryId>,
    #[schemars(extend("enum" = ["trusted", "ordinary"]))]
    beneficiary_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    creditor_account: IdentifierJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creditor_agent: Option<AgentJson<'a>>,
}

impl<'a> BeneficiaryJson<'a> {
    fn of(saved: &'a Beneficiary) -> Self {
        let payee = &saved.payee;
        Self {
            account_id: Shown(saved.account),
            beneficiary_id: Shown(saved.id),
            beneficiary_type: if payee.is_trusted {
                "trusted"
            } else {
                "ordinary"
            },
            reference: payee.reference.as_deref(),
            creditor_account: IdentifierJson::of(&payee.creditor),
            creditor_agent: payee.agent.as_deref().map(AgentJson::bic),
        }
    }
}
