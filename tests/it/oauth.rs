//! The authorization server, one file a standard or endpoint.
//!
//! Numbers in the names of cases are those of the FAPI 1.0 Advanced modules in the security contract,
//! section 5, so that each can be found again.

mod authorize;
mod client_auth;
mod discovery;
mod introspection;
mod request_object;
mod roles;
mod subject;
mod token;
