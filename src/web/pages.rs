//! What a customer sees in her browser.

pub(crate) mod trouble;
