//! One type for each kind of id, each with its prefix on the wire.
//!
//! A mix-up does not compile, and an id in a log tells its kind. Ids are opaque to clients: at most 40
//! characters, consents at most 128 (API contract, section 1).

use std::fmt;
use std::sync::Arc;

/// How long a bank writes its ids. Nobody may rely on it, and a bank can make sure that nobody does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Lengths {
    /// As they are documented.
    #[default]
    Usual,
    /// Each longer by a little, by how much is drawn from this key.
    Odd(u64),
}

impl Lengths {
    /// By how many characters an id is longer than usual, at most [`LONGER_MAX`]: the same whenever it is asked.
    pub(crate) fn longer(self, kind: &str, number: u64) -> u8 {
        let Self::Odd(key) = self else {
            return 0;
        };
        let mixed = (kind.bytes().map(u64::from).chain([number])).fold(key, |sum, next| {
            let sum = (sum ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            sum ^ (sum >> 29)
        });
        u8::try_from((mixed >> 32) % u64::from(LONGER_MAX + 1)).unwrap_or(0)
    }
}

/// So much that no id has more than 40 characters, whatever its number.
const LONGER_MAX: u8 = 16;

/// An id that counts: its prefix and at least ten digits. Small, copied freely: beside the number it holds by how
/// many digits it is longer than it need be.
macro_rules! numbered_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub(crate) struct $name(u64);

        impl $name {
            /// What every id of this kind begins with.
            pub(crate) const PREFIX: &str = $prefix;

            /// The id with this number, as long as usual. No number comes near its limit, `2^59`.
            #[must_use]
            pub(crate) const fn new(number: u64) -> Self {
                Self(number << LONGER_BITS)
            }

            /// The number behind the prefix.
            #[must_use]
            pub(crate) const fn number(self) -> u64 {
                self.0 >> LONGER_BITS
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let longer = usize::try_from(self.0 & LONGER_MASK).unwrap_or(0);
                let zeros = "0".repeat(longer);
                write!(f, "{}{zeros}{:010}", Self::PREFIX, self.number())
            }
        }
    };
}

/// Ids that a bank may write longer than need be.
macro_rules! varied {
    ($($name:ident),*) => {$(
        impl $name {
            /// The id with this number in a bank that writes ids so long.
            #[must_use]
            pub(crate) fn of(number: u64, lengths: Lengths) -> Self {
                let longer = lengths.longer(Self::PREFIX, number);
                Self(Self::new(number).0 | u64::from(longer))
            }
        }
    )*};
}

/// Ids that are read from the wire.
macro_rules! readable {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads an id exactly as it is printed; anything else is `None`.
            #[must_use]
            pub(crate) fn parse(text: &str) -> Option<Self> {
                let digits = text.strip_prefix(Self::PREFIX)?;
                let usual = Self::new(digits.parse().ok()?);
                let longer = text.len().checked_sub(usual.to_string().len())?;
                let longer = u8::try_from(longer).ok().filter(|it| *it <= LONGER_MAX)?;
                let read = Self(usual.0 | u64::from(longer));
                (read.to_string() == text).then_some(read)
            }
        }
    )*};
}

/// How many bits of an id tell its length.
const LONGER_BITS: u32 = 5;
/// Those bits.
const LONGER_MASK: u64 = (1 << LONGER_BITS) - 1;

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

varied!(
    AccountId,
    TransactionId,
    StandingOrderId,
    DirectDebitId,
    BeneficiaryId,
    PaymentId,
    FundsConfirmationId
);
readable!(
    AccountId,
    TransactionId,
    CustomerId,
    PaymentId,
    JourneyId,
    JourneyRuleId,
    FaultRuleId,
    RequestId,
    ApiKeyId
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NUMBER_MAX: u64 = u64::MAX >> LONGER_BITS;

    #[test]
    fn an_id_reads_back_what_it_prints() {
        for number in [0, 42, 1_234_567_890, NUMBER_MAX] {
            let id = TransactionId::new(number);
            assert_eq!(TransactionId::parse(&id.to_string()), Some(id));
            assert_eq!(id.number(), number);
            for key in 0..64 {
                let id = TransactionId::of(number, Lengths::Odd(key));
                let text = id.to_string();
                assert_eq!(TransactionId::parse(&text), Some(id), "{text}");
                assert_eq!(id.number(), number, "{text}");
                assert!((14..=40).contains(&text.len()), "{text}");
            }
        }
        assert_eq!(AccountId::new(1_234_567_890).to_string(), "acc_1234567890");
    }

    #[test]
    fn odd_ids_are_of_every_length_and_in_order() {
        let key = Lengths::Odd(7);
        let ids: Vec<_> = (1..=200).map(|number| PaymentId::of(number, key)).collect();
        assert!(ids.is_sorted());
        let lengths: BTreeSet<_> = ids.iter().map(|id| id.to_string().len()).collect();
        assert_eq!(lengths, (14..=30).collect());
        let other = |number| PaymentId::of(number, Lengths::Odd(8));
        assert!((1..=200).map(other).ne(ids.iter().copied()));
        // Another bank's id of the same number is another id.
        let strange = (1..=200).map(PaymentId::new);
        assert!(strange.zip(&ids).any(|(usual, odd)| usual != *odd));
        let usual = (1..=200).map(|number| PaymentId::of(number, Lengths::Usual));
        assert!(usual.eq((1..=200).map(PaymentId::new)));
    }

    #[test]
    fn what_was_never_printed_is_no_id() {
        for text in [
            "",
            "acc_",
            "acc_1",
            "acc_+234567890",
            "acc_01234567890x",
            "acc_000000000000000001234567890",
            "acc_999999999999999999",
            "txn_1234567890",
            "ACC_1234567890",
            "acc_1234567890 ",
            "acc_99999999999999999999999",
        ] {
            assert_eq!(AccountId::parse(text), None, "{text:?}");
        }
    }
}
