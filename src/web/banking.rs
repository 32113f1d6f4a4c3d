//! The bank's own API: consents and what they open. One file a resource.

pub(crate) mod accounts;
pub(crate) mod balances;
pub(crate) mod beneficiaries;
mod body;
pub(crate) mod consents;
mod cursor;
pub(crate) mod direct_debits;
pub(crate) mod error;
pub(crate) mod funds_confirmations;
mod idempotency;
pub(crate) mod instruction;
pub(crate) mod list;
mod named_account;
mod party;
pub(crate) mod payments;
mod query;
pub(crate) mod shape;
pub(crate) mod signature;
pub(crate) mod standing_orders;
pub(crate) mod transactions;

#[cfg(test)]
mod tests;

use crate::rule::Rule;

/// The rules of reading queries, for the list of checks.
pub(crate) const fn query_rules() -> &'static [&'static Rule] {
    query::RULES
}
