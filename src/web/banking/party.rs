//! Accounts and banks as resources name them: by scheme and identification.

use schemars::JsonSchema;
use serde::Serialize;

use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::transaction::Counterparty;

/// A bank, by its BIC.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Agent")]
pub(super) struct AgentJson<'a> {
    scheme: &'static str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

/// The other side of a row, as far as the bank knows it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Party")]
pub(super) struct PartyJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: &'a str,
}

/// What an account is known by.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Identifier")]
pub(super) struct IdentifierJson<'a> {
    scheme: &'static str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secondary_id: Option<&'a str>,
}

impl<'a> AgentJson<'a> {
    /// The counterparty's bank, when it is known.
    pub(super) fn of(other: &'a Counterparty) -> Option<Self> {
        let named = |id| Self {
            name: other.agent_name.as_deref(),
            ..Self::bic(id)
        };
        other.agent.as_deref().map(named)
    }

    /// The bank with this BIC (ISO 9362).
    pub(super) const fn bic(id: &'a str) -> Self {
        Self {
            scheme: "BICFI",
            id,
            name: None,
        }
    }
}

impl<'a> PartyJson<'a> {
    /// The counterparty itself.
    pub(super) fn of(other: &'a Counterparty) -> Self {
        let account: Option<&(Scheme, String)> = other.account.as_ref();
        Self {
            scheme: account.map(|account| account.0.as_str()),
            id: account.map(|account| account.1.as_str()),
            name: &other.name,
        }
    }
}

impl<'a> IdentifierJson<'a> {
    /// One way to name an account.
    pub(super) fn of(identifier: &'a Identifier) -> Self {
        Self {
            scheme: identifier.scheme.as_str(),
            id: &identifier.id,
            name: identifier.name.as_deref(),
            secondary_id: identifier.secondary_id.as_deref(),
        }
    }
}
