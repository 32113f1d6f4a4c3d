//! The gate of FAPI 1.0 Advanced: what the certification's own test plan demands of a bank.
//!
//! One test for each of that plan's modules, named after it, so that a complaint of the plan is found
//! here by its name (SECURITY contract, section 5; the numbers in the comments are the contract's). Each
//! runs over every combination it applies to, on one bank, and says in which combinations it failed.
//!
//! A module leaves a bank several ways to refuse. These tests leave ours one: they hold what it really
//! answers, and the rule its journal names. `combination` has the ways of asking and being answered,
//! `shared_flow` is what runs inside every module, and the rest is a file for each part of the plan.
//!
//! Modules 47 and 48 are Brazil's and have no test.

mod authorization_requests;
mod client_assertions;
mod combination;
mod discovery;
mod openbanking_uk;
mod par;
mod possible_failures;
mod refresh;
mod request_objects;
mod shared_flow;
mod tls;
mod token_endpoint;
mod well_behaved;

use combination::{Combination, every, every_where};
