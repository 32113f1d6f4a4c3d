//! Consents and what they open, one file a resource (API contract, sections 1 to 5, 8 and 15).

mod accounts;
mod consent_types;
mod consents;
mod funds_confirmations;
mod guard;
mod heavy;
mod paging;
pub(crate) mod payments;
mod pending;
mod permissions;
mod schedules;
mod transactions;
mod unattended;
mod unpaid;
