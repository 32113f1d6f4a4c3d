//! What a row is: the bank's own transaction codes and the ISO 20022 pairs they stand for.
//!
//! Families and sub-families are those of the external code set "Bank Transaction Code", all of its domain
//! PMNT, as the API contract's table in section 4.3 pairs them. What that table leaves out was looked up in
//! the set: a cheque is CCHQ and an unpaid one UPCQ of the family RCHQ, and interest charged is INTR of MDOP.

use crate::money::Direction;

/// The bank's own kinds of transaction: `proprietary_bank_transaction_code.code` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub(crate) enum TransactionCode {
    Bacs,
    CardPurchase,
    CardRefund,
    CashWithdrawal,
    Chaps,
    Cheque,
    DirectDebit,
    FasterPayment,
    Fee,
    Interest,
    InternalTransfer,
    Salary,
    Sepa,
    StandingOrder,
    Swift,
}

impl TransactionCode {
    /// Every code.
    pub(crate) const ALL: [Self; 15] = [
        Self::Bacs,
        Self::CardPurchase,
        Self::CardRefund,
        Self::CashWithdrawal,
        Self::Chaps,
        Self::Cheque,
        Self::DirectDebit,
        Self::FasterPayment,
        Self::Fee,
        Self::Interest,
        Self::InternalTransfer,
        Self::Salary,
        Self::Sepa,
        Self::StandingOrder,
        Self::Swift,
    ];

    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Bacs => "bacs",
            Self::CardPurchase => "card_purchase",
            Self::CardRefund => "card_refund",
            Self::CashWithdrawal => "cash_withdrawal",
            Self::Chaps => "chaps",
            Self::Cheque => "cheque",
            Self::DirectDebit => "direct_debit",
            Self::FasterPayment => "faster_payment",
            Self::Fee => "fee",
            Self::Interest => "interest",
            Self::InternalTransfer => "internal_transfer",
            Self::Salary => "salary",
            Self::Sepa => "sepa",
            Self::StandingOrder => "standing_order",
            Self::Swift => "swift",
        }
    }

    /// The code with this word.
    #[cfg(test)]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// ISO 20022 family and sub-family: `bank_transaction_code` on the wire.
    #[must_use]
    pub(crate) const fn iso(self, direction: Direction) -> IsoCode {
        let (family, sub_family) = match (self, direction) {
            (Self::CardPurchase | Self::CardRefund, _) => ("CCRD", "POSD"),
            (Self::CashWithdrawal, _) => ("CCRD", "CWDL"),
            // A cheque paid in; as a debit, one that came back unpaid.
            (Self::Cheque, Direction::Credit) => ("RCHQ", "CCHQ"),
            (Self::Cheque, Direction::Debit) => ("RCHQ", "UPCQ"),
            (Self::DirectDebit, _) => ("RDDT", "PMDD"),
            (Self::Bacs | Self::Chaps | Self::FasterPayment, Direction::Credit) => ("RCDT", "DMCT"),
            (Self::Bacs | Self::Chaps | Self::FasterPayment, Direction::Debit) => ("ICDT", "DMCT"),
            (Self::Fee, _) => ("MDOP", "CHRG"),
            (Self::Interest, Direction::Credit) => ("MCOP", "INTR"),
            (Self::Interest, Direction::Debit) => ("MDOP", "INTR"),
            (Self::InternalTransfer, Direction::Credit) => ("RCDT", "BOOK"),
            (Self::InternalTransfer, Direction::Debit) => ("ICDT", "BOOK"),
            (Self::Salary, _) => ("RCDT", "SALA"),
            (Self::Sepa, Direction::Credit) => ("RCDT", "ESCT"),
            (Self::Sepa, Direction::Debit) => ("ICDT", "ESCT"),
            (Self::StandingOrder, _) => ("ICDT", "STDO"),
            (Self::Swift, Direction::Credit) => ("RCDT", "XBCT"),
            (Self::Swift, Direction::Debit) => ("ICDT", "XBCT"),
        };
        IsoCode { family, sub_family }
    }

    /// Where the other side of a row of this kind is booked.
    #[must_use]
    pub(crate) const fn contra(self) -> Contra {
        match self {
            Self::CardPurchase | Self::CardRefund => Contra::CardSchemes,
            Self::CashWithdrawal => Contra::Cash,
            Self::Chaps => Contra::Chaps,
            Self::Cheque => Contra::Cheques,
            Self::Bacs | Self::DirectDebit | Self::Salary => Contra::Bacs,
            Self::FasterPayment | Self::StandingOrder => Contra::FasterPayments,
            Self::Fee => Contra::Fees,
            Self::Interest => Contra::Interest,
            Self::InternalTransfer => Contra::Transfers,
            Self::Sepa | Self::Swift => Contra::Correspondents,
        }
    }
}

/// An ISO 20022 bank transaction code within its domain.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct IsoCode {
    /// `code` on the wire.
    pub(crate) family: &'static str,
    /// `sub_code` on the wire.
    pub(crate) sub_family: &'static str,
}

/// The bank's own accounts, one a class of counterparty: the second side of every entry.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Contra {
    Bacs,
    CardSchemes,
    Cash,
    Chaps,
    Cheques,
    Correspondents,
    FasterPayments,
    Fees,
    Interest,
    /// Where opening balances come from: the time before the book begins.
    Opening,
    /// Money between two accounts of this bank; zero whenever nothing is under way.
    Transfers,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_iso_pairs_are_those_of_the_contract() {
        use Direction::{Credit, Debit};
        for (word, direction, family, sub_family) in [
            ("faster_payment", Credit, "RCDT", "DMCT"),
            ("faster_payment", Debit, "ICDT", "DMCT"),
            ("bacs", Debit, "ICDT", "DMCT"),
            ("chaps", Debit, "ICDT", "DMCT"),
            ("chaps", Credit, "RCDT", "DMCT"),
            ("salary", Credit, "RCDT", "SALA"),
            ("direct_debit", Debit, "RDDT", "PMDD"),
            ("standing_order", Debit, "ICDT", "STDO"),
            ("internal_transfer", Debit, "ICDT", "BOOK"),
            ("internal_transfer", Credit, "RCDT", "BOOK"),
            ("card_purchase", Debit, "CCRD", "POSD"),
            ("cash_withdrawal", Debit, "CCRD", "CWDL"),
            ("card_refund", Credit, "CCRD", "POSD"),
            ("swift", Debit, "ICDT", "XBCT"),
            ("swift", Credit, "RCDT", "XBCT"),
            ("sepa", Debit, "ICDT", "ESCT"),
            ("sepa", Credit, "RCDT", "ESCT"),
            ("interest", Credit, "MCOP", "INTR"),
            ("interest", Debit, "MDOP", "INTR"),
            ("cheque", Credit, "RCHQ", "CCHQ"),
            ("cheque", Debit, "RCHQ", "UPCQ"),
            ("fee", Debit, "MDOP", "CHRG"),
        ] {
            let code = TransactionCode::parse(word).unwrap();
            assert_eq!(code.as_str(), word);
            assert_eq!(
                code.iso(direction),
                IsoCode { family, sub_family },
                "{word}"
            );
        }
    }

    #[test]
    fn a_word_that_is_no_code_is_refused() {
        for text in ["", "Salary", "card purchase", "salary "] {
            assert_eq!(TransactionCode::parse(text), None, "{text:?}");
        }
    }
}
