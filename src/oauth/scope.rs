//! Scopes: a small set of known words (RFC 6749, section 3.3).

use std::fmt;

/// One scope token the bank knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum ScopeToken {
    /// OpenID Connect: an ID token.
    Openid = 1,
    /// Reading accounts.
    Accounts = 1 << 1,
    /// Reading transactions.
    Transactions = 1 << 2,
    /// Initiating payments.
    Payments = 1 << 3,
    /// Confirming funds.
    Fundsconfirmations = 1 << 4,
    /// Creating and managing consents, without a customer.
    Consents = 1 << 5,
}

impl ScopeToken {
    /// Every token, in the order lists are printed.
    pub(crate) const ALL: [Self; 6] = [
        Self::Openid,
        Self::Accounts,
        Self::Transactions,
        Self::Payments,
        Self::Fundsconfirmations,
        Self::Consents,
    ];

    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Accounts => "accounts",
            Self::Transactions => "transactions",
            Self::Payments => "payments",
            Self::Fundsconfirmations => "fundsconfirmations",
            Self::Consents => "consents",
        }
    }
}

/// A set of scope tokens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Scope(u8);

impl Scope {
    /// Reads a space-delimited list.
    ///
    /// # Errors
    /// The first token the bank does not know, or the empty text between two spaces.
    pub(crate) fn parse(text: &str) -> Result<Self, UnknownScope> {
        text.split(' ')
            .map(|word| {
                ScopeToken::ALL
                    .into_iter()
                    .find(|token| token.as_str() == word)
                    .ok_or_else(|| UnknownScope(word.to_owned()))
            })
            .collect()
    }

    /// Whether `token` is in the set.
    pub(crate) const fn contains(self, token: ScopeToken) -> bool {
        self.0 & token as u8 != 0
    }

    /// Whether any of `tokens` is in the set.
    pub(crate) fn contains_any(self, tokens: &[ScopeToken]) -> bool {
        tokens.iter().any(|&token| self.contains(token))
    }

    /// Whether every token of `self` is in `other`.
    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// What is in `self` and not in `other`.
    #[must_use]
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both.
    #[must_use]
    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing is in the set.
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<ScopeToken> for Scope {
    fn from_iter<I: IntoIterator<Item = ScopeToken>>(tokens: I) -> Self {
        Self(tokens.into_iter().fold(0, |bits, token| bits | token as u8))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for token in ScopeToken::ALL {
            if self.contains(token) {
                write!(f, "{separator}{}", token.as_str())?;
                separator = " ";
            }
        }
        Ok(())
    }
}

/// A word that is no scope of this bank.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UnknownScope(pub(crate) String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_scope_does_not_matter() {
        let one = Scope::parse("openid accounts").unwrap();
        assert_eq!(one, Scope::parse("accounts openid").unwrap());
        assert_eq!(one.to_string(), "openid accounts");
    }

    #[test]
    fn what_is_no_scope_is_named() {
        for (text, unknown) in [
            ("", ""),
            ("openid  accounts", ""),
            (" openid", ""),
            ("openid profile", "profile"),
            ("OpenID", "OpenID"),
            ("openid\taccounts", "openid\taccounts"),
        ] {
            let refused = Scope::parse(text).unwrap_err();
            assert_eq!(refused, UnknownScope(unknown.into()), "{text:?}");
        }
    }

    #[test]
    fn a_set_knows_what_is_beyond_another() {
        let registered = Scope::parse("openid accounts").unwrap();
        let asked = Scope::parse("openid payments").unwrap();
        assert!(!asked.is_within(registered));
        assert_eq!(asked.without(registered).to_string(), "payments");
        assert_eq!(asked.intersection(registered).to_string(), "openid");
    }
}
