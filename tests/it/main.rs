//! The bank from outside: one binary, so that it is linked once. Each module is a standard or a feature,
//! and each test's name is a sentence about what the bank does.
//!
//! Most tests run in memory, with a clock that stands still and a seed (`support::TestBank`). `wire`
//! opens real sockets. `tidy` reads the sources and holds the rules of the house that no lint knows.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it fails, and clippy.toml excepts only #[test] functions"
)]

mod api_keys;
mod archive;
mod banking;
mod banks;
mod cli;
mod clients;
mod clients_by_control;
mod contract;
mod control;
mod control_hand;
mod events;
mod fapi;
mod faults;
mod fixture;
mod guides;
mod id_lengths;
mod journal;
mod journey;
mod journeys;
mod keys;
mod limits;
mod lint;
mod metrics;
mod oauth;
mod openapi;
mod own_certificates;
mod readme;
mod registration;
mod scenarios;
mod snapshots;
mod support;
mod tidy;
mod time;
mod tour;
mod verify;
mod wire;
