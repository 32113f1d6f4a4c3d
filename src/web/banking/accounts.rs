//! Accounts over HTTP (API contract, section 4.1).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::account::{Account, AccountCategory, AccountKind, AccountStatus, SwitchStatus};
use crate::consent::Permission;
use crate::id::AccountId;
use crate::rule::{Mismatch, Rule};
use crate::web::call::Call;
use crate::web::consented::Consented;
use crate::web::openapi::schema::{self, words};
use crate::wire::reply::Reply;

use super::error::{Error, Kind};
use super::party::{AgentJson, IdentifierJson};
use super::{list, query};

/// GET `/open-banking/v1/accounts`.
pub(crate) fn list_accounts(call: &mut Call<'_>, consented: &Consented) -> Result<Reply, Error> {
    let query = query::read_list(call, consented, &[])?;
    let accounts: Vec<_> = call.bank.state(|state| {
        let ids = consented.accounts().iter();
        ids.filter_map(|&id| state.book.account(id)).collect()
    });
    let level = Level::of(consented);
    let json: Vec<_> = accounts
        .iter()
        .map(|account| AccountJson::of(account, level))
        .collect();
    Ok(list::page_of_all(call, (consented, &query), &json))
}

/// GET `/open-banking/v1/accounts/{account_id}`.
pub(crate) fn show_account(call: &mut Call<'_>, consented: &Consented) -> Result<Reply, Error> {
    let account = find_consented(call, consented)?;
    query::read_none(call)?;
    let json = AccountJson::of(&account, Level::of(consented));
    Ok(list::resource(call, &json))
}

/// The account a path names, if the customer shares it.
///
/// # Errors
/// 404 for one the bank does not have, 403 for one she did not pick.
pub(super) fn find_consented(
    call: &mut Call<'_>,
    consented: &Consented,
) -> Result<Arc<Account>, Error> {
    let named = call.variable("account_id");
    let id = AccountId::parse(named);
    let account = id.and_then(|id| call.bank.state(|state| state.book.account(id)));
    let account = account.ok_or_else(|| {
        let mismatch = Mismatch::new("an account of this bank", named.to_owned());
        Kind::NotFound.because(&KNOWN, mismatch)
    })?;
    call.trail.passed(&KNOWN);
    if !consented.accounts().contains(&account.id) {
        let picked: Vec<_> = consented
            .accounts()
            .iter()
            .map(ToString::to_string)
            .collect();
        let mismatch = Mismatch::new(
            format!("one of {}", picked.join(", ")),
            account.id.to_string(),
        );
        return Err(Kind::AccountNotConsented.because(&CONSENTED, mismatch));
    }
    call.trail.passed(&CONSENTED);
    Ok(account)
}

/// How much of a resource a consent shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Level {
    Basic,
    Detail,
}

impl Level {
    fn of(consented: &Consented) -> Self {
        if consented.permissions().contains(Permission::ReadAccounts) {
            Self::Detail
        } else {
            Self::Basic
        }
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Account")]
pub(crate) struct AccountJson<'a> {
    account_id: String,
    #[schemars(extend("enum" = words(AccountStatus::ALL, AccountStatus::as_str)))]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date_time")]
    status_updated_at: Option<String>,
    #[schemars(schema_with = "schema::currency")]
    currency: &'static str,
    #[schemars(extend("enum" = words(AccountKind::ALL, AccountKind::as_str)))]
    account_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = words(AccountCategory::ALL, AccountCategory::as_str)))]
    account_category: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date")]
    opened_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::date")]
    matures_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = words(SwitchStatus::ALL, SwitchStatus::as_str)))]
    switch_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifiers: Option<Vec<IdentifierJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    servicer: Option<AgentJson<'a>>,
}

impl<'a> AccountJson<'a> {
    /// All there is to be said of an account.
    pub(crate) fn whole(account: &'a Account) -> Self {
        Self::of(account, Level::Detail)
    }

    fn of(account: &'a Account, level: Level) -> Self {
        let detail = level == Level::Detail;
        let identifiers = || account.identifiers.iter().map(IdentifierJson::of).collect();
        let servicer = account.servicer.as_deref().filter(|_| detail);
        Self {
            account_id: account.id.to_string(),
            status: account.status.as_str(),
            status_updated_at: account.status_updated_at.map(|at| at.to_string()),
            currency: account.currency.code(),
            account_type: account.kind.as_str(),
            account_category: account.category.map(AccountCategory::as_str),
            nickname: account.nickname.as_deref(),
            description: account.description.as_deref(),
            opened_on: account.opened_on.map(|date| date.to_string()),
            matures_on: account.matures_on.map(|date| date.to_string()),
            switch_status: account.switch_status.map(SwitchStatus::as_str),
            identifiers: detail.then(identifiers),
            servicer: servicer.map(AgentJson::bic),
        }
    }
}

/// Every rule of this file, for the list of checks.
pub(crate) static RULES: &[&Rule] = &[&KNOWN, &CONSENTED];

static KNOWN: Rule = Rule {
    name: "account.known",
    clause: "Hamster Bank API, section 8",
    sentence: "The account is one this bank has.",
};
static CONSENTED: Rule = Rule {
    name: "account.consented",
    clause: "Hamster Bank API, section 8",
    sentence: "The customer picked the account when she authorized the consent.",
};
