//! The harness: a bank in memory, and the people around it.
//!
//! A test says who acts: `bank.tpp("acorn-budget")`, `bank.customer("hazel")`, `bank.operator()`,
//! `bank.stranger()`. Each role has the verbs of its trade and its defaults are right, so a test states
//! only what is unusual. Whatever a role sends goes through [`TestBank::send`], and whatever comes back
//! is a [`Response`], which holds every answer of every test to what must always be true.
//!
//! Nothing here uses the bank's own JOSE code: what TPPs sign, and how they verify, is OpenSSL alone.

mod bank;
mod call;
mod certificates;
mod document;
mod form;
mod jwt;
mod landing;
mod paste;
mod request;
mod response;
mod roles;
mod scenario;
mod strict;
mod tpp;

pub(crate) use bank::{START, TestBank};
pub(crate) use call::Call;
pub(crate) use certificates::{Certificates, Identity};
pub(crate) use document::check as documented;
pub(crate) use form::Form;
pub(crate) use jwt::{Jwt, half_hash, verified};
pub(crate) use landing::Landing;
pub(crate) use paste::can_paste;
pub(crate) use request::{Request, Way};
pub(crate) use response::Response;
pub(crate) use roles::{Customer, Operator, Stranger};
pub(crate) use scenario::Variant;
pub(crate) use strict::Strict;
pub(crate) use tpp::{Grant, Tpp};
