//! The real binary, as people and programs meet it: what it prints, where, and how it ends.

mod asking;
mod certs;
mod onboarding;
mod plain_http;
pub(crate) mod process;
mod reloading;
#[cfg(unix)]
mod running;
mod serving;
