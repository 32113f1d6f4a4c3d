//! What a customer sees in her browser.

pub(crate) mod away;
mod frame;
pub(crate) mod trouble;
