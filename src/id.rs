//! One type for each kind of id, each with its prefix on the wire.
//!
//! A mix-up does not compile, and an id in a log tells its kind. Ids are opaque to clients: at most 40
//! characters, consents at most 128 (API contract, section 1).

use std::fmt;
use std::sync::Arc;

/// An id that counts: its prefix and at least ten digits. Small, copied freely.
macro_rules! numbered_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub(crate) struct $name(u64);

        impl $name {
            /// What every id of this kind begins with.
            pub(crate) const PREFIX: &str = $prefix;

            /// The id with this number.
            #[must_use]
            pub(crate) const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number behind the prefix.
            #[must_use]
            pub(crate) const fn number(self) -> u64 {
                self.0
            }

            /// Reads an id exactly as it is printed; anything else is `None`.
            #[must_use]
            pub(crate) fn parse(text: &str) -> Option<Self> {
                let digits = text.strip_prefix(Self::PREFIX)?;
                let number = Self(digits.parse().ok()?);
                (number.to_string() == text).then_some(number)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{:010}", Self::PREFIX, self.0)
            }
        }
    };
}

/// An id that is a text somebody chose. Cheap to clone.
macro_rules! named_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub(crate) struct $name(Arc<str>);

        impl $name {
            /// The id with this text.
            #[must_use]
            pub(crate) fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        // So that a map keyed by this id can be asked with a text from the wire.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

numbered_id! {
    /// A bank account: `acc_1234567890`.
    AccountId, "acc_"
}
numbered_id! {
    /// A row of an account's ledger: `txn_0000000042`.
    TransactionId, "txn_"
}
numbered_id! {
    /// A customer of the bank: `cus_0000000001`.
    CustomerId, "cus_"
}
numbered_id! {
    /// A standing order: `so_0000000001`.
    StandingOrderId, "so_"
}
numbered_id! {
    /// A direct debit: `dd_0000000001`.
    DirectDebitId, "dd_"
}
numbered_id! {
    /// A saved payee: `ben_0000000001`.
    BeneficiaryId, "ben_"
}
numbered_id! {
    /// A payment: `pay_0000000001`.
    PaymentId, "pay_"
}
numbered_id! {
    /// A customer under way at the authorization endpoint, by the number of the request that brought her:
    /// `journey_0000000042`.
    JourneyId, "journey_"
}
numbered_id! {
    /// A rule for journeys: `rule_0000000001`.
    JourneyRuleId, "rule_"
}
numbered_id! {
    /// A rule for faults: `fault_0000000001`.
    FaultRuleId, "fault_"
}
numbered_id! {
    /// A journal entry, and the request it tells of: `req_0000000001`.
    RequestId, "req_"
}
numbered_id! {
    /// An API key of a client, which is not the key itself: `key_0000000001`.
    ApiKeyId, "key_"
}
numbered_id! {
    /// A confirmation of funds: `cof_0000000001`.
    FundsConfirmationId, "cof_"
}
named_id! {
    /// A registered TPP application: its name in a scenario, a UUID when it registered itself.
    ClientId
}
named_id! {
    /// A consent: `consent_ais_…`, `consent_pis_…` or `consent_cof_…`.
    ConsentId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_prints() {
        for number in [0, 42, 1_234_567_890, u64::MAX] {
            let id = TransactionId::new(number);
            assert_eq!(TransactionId::parse(&id.to_string()), Some(id));
        }
        assert_eq!(AccountId::new(1_234_567_890).to_string(), "acc_1234567890");
        assert!(TransactionId::new(u64::MAX).to_string().len() <= 40);
    }

    #[test]
    fn what_was_never_printed_is_no_id() {
        for text in [
            "",
            "acc_",
            "acc_1",
            "acc_+234567890",
            "acc_01234567890",
            "txn_1234567890",
            "ACC_1234567890",
            "acc_1234567890 ",
            "acc_99999999999999999999999",
        ] {
            assert_eq!(AccountId::parse(text), None, "{text:?}");
        }
    }
}
