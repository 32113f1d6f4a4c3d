//! Hamster Bank: a mock open-banking bank for the people who build against banks.
#![expect(
    dead_code,
    unused_imports,
    reason = "the house is built from the ground up; this line goes when the faces stand"
)]

pub(crate) mod clock;
pub(crate) mod entropy;
pub(crate) mod id;
pub(crate) mod json;
pub(crate) mod money;
pub(crate) mod rule;

pub(crate) mod jose;
pub(crate) mod pki;
pub(crate) mod wire;

pub(crate) mod banking;
pub(crate) mod consent;
pub(crate) mod journal;
pub(crate) mod oauth;

pub(crate) mod bank;
mod fixture;
pub(crate) mod scenario;
pub(crate) mod server;
pub(crate) mod web;

pub use fixture::{Bank, BankBuilder, ClockHandle, InMemoryBank, OpenError, TppKit};
