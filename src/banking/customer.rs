//! A customer of the bank: who she is and how she proves it.

use std::fmt;

use crate::id::CustomerId;

/// A person (or a firm) that holds accounts here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Customer {
    /// The bank's name for her.
    pub(crate) id: CustomerId,
    /// What she logs in with.
    pub(crate) username: String,
    /// Her full name.
    pub(crate) name: String,
    /// What she knows.
    pub(crate) password: Credential,
    /// What her phone would show her: the second factor, the same every time.
    pub(crate) otp: Credential,
    /// Where she gets mail, always in a domain reserved for examples.
    pub(crate) email: String,
    /// Her phone, always in the range kept free for drama.
    pub(crate) phone: String,
    /// Her address, line by line.
    pub(crate) address: Vec<String>,
}

/// Something only the customer should know. `Debug` does not print it.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Credential(String);

impl Credential {
    /// The credential with this text.
    #[must_use]
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: the ready document prints it, because a mock has no secrets from its tester.
    #[must_use]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_does_not_print() {
        let secret = Credential::new("123456");
        assert!(!format!("{secret:?}").contains("123456"));
    }
}
