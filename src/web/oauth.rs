//! The OAuth endpoints: one file each.

pub(crate) mod authorize;
pub(crate) mod error;
pub(crate) mod hint;
pub(crate) mod id_token;
pub(crate) mod introspect;
pub(crate) mod journey;
pub(crate) mod metadata;
pub(crate) mod par;
pub(crate) mod register;
pub(crate) mod request_object;
pub(crate) mod revoke;
mod signing;
pub(crate) mod token;
pub(crate) mod userinfo;
