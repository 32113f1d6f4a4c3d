//! The status machine of payments: which status may follow which (API contract, section 6.3; codes of
//! ISO 20022, external payment transaction status), and the reasons a payment fails for.

/// Where a payment stands: `status_code` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum StatusCode {
    Rcvd,
    Pdng,
    Patc,
    Actc,
    Accp,
    Acfc,
    Acsp,
    Acwc,
    Acsc,
    Acwp,
    Accc,
    Blck,
    Rjct,
    Canc,
}

impl StatusCode {
    /// Every status, in the order of a payment's life.
    pub(crate) const ALL: [Self; 14] = [
        Self::Rcvd,
        Self::Pdng,
        Self::Patc,
        Self::Actc,
        Self::Accp,
        Self::Acfc,
        Self::Acsp,
        Self::Acwc,
        Self::Acsc,
        Self::Acwp,
        Self::Accc,
        Self::Blck,
        Self::Rjct,
        Self::Canc,
    ];

    /// The code on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rcvd => "RCVD",
            Self::Pdng => "PDNG",
            Self::Patc => "PATC",
            Self::Actc => "ACTC",
            Self::Accp => "ACCP",
            Self::Acfc => "ACFC",
            Self::Acsp => "ACSP",
            Self::Acwc => "ACWC",
            Self::Acsc => "ACSC",
            Self::Acwp => "ACWP",
            Self::Accc => "ACCC",
            Self::Blck => "BLCK",
            Self::Rjct => "RJCT",
            Self::Canc => "CANC",
        }
    }

    /// The status with this code.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// The bank's own word for it: `status` on the wire.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Rcvd | Self::Pdng | Self::Patc => "pending",
            Self::Actc | Self::Accp | Self::Acfc | Self::Acsp | Self::Acwc => "processing",
            Self::Acsc | Self::Acwp | Self::Accc => "completed",
            Self::Blck | Self::Rjct => "failed",
            Self::Canc => "cancelled",
        }
    }

    /// What may follow. Nothing leads to CANC: only scheduled payments can be called off.
    #[must_use]
    pub(crate) const fn next(self) -> &'static [Self] {
        match self {
            Self::Rcvd => &[Self::Pdng, Self::Patc, Self::Actc, Self::Acsp, Self::Rjct],
            Self::Pdng => &[Self::Actc, Self::Rjct],
            Self::Patc | Self::Actc => &[Self::Accp, Self::Acsp, Self::Rjct],
            Self::Accp => &[Self::Acfc, Self::Acsp, Self::Rjct],
            Self::Acfc => &[Self::Acsp, Self::Rjct],
            Self::Acsp => &[Self::Acwc, Self::Acsc, Self::Rjct],
            Self::Acwc => &[Self::Acsc, Self::Rjct],
            Self::Acsc => &[Self::Accc, Self::Acwp, Self::Blck, Self::Rjct],
            Self::Acwp => &[Self::Accc, Self::Blck],
            Self::Accc | Self::Blck | Self::Rjct | Self::Canc => &[],
        }
    }

    /// Whether `next` may follow.
    #[must_use]
    pub(crate) fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }

    /// Whether nothing follows any more.
    #[must_use]
    pub(crate) const fn is_final(self) -> bool {
        self.next().is_empty()
    }

    /// Whether it is a failure, which wants a reason.
    #[must_use]
    pub(crate) const fn is_failure(self) -> bool {
        matches!(self, Self::Blck | Self::Rjct)
    }
}

/// Why a payment failed or waits: `status_reason[].code` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Reason {
    AccountBlocked,
    AccountClosed,
    AccountTypeForbids,
    AmountOverLimit,
    AuthorizationDeclined,
    AuthorizationTimedOut,
    CreditorAccountInvalid,
    CutOffMissed,
    Duplicate,
    Fraud,
    InsufficientFunds,
    ReceiverCannotApply,
    ReceiverRefuses,
}

impl Reason {
    /// Every reason.
    pub(crate) const ALL: [Self; 13] = [
        Self::AccountBlocked,
        Self::AccountClosed,
        Self::AccountTypeForbids,
        Self::AmountOverLimit,
        Self::AuthorizationDeclined,
        Self::AuthorizationTimedOut,
        Self::CreditorAccountInvalid,
        Self::CutOffMissed,
        Self::Duplicate,
        Self::Fraud,
        Self::InsufficientFunds,
        Self::ReceiverCannotApply,
        Self::ReceiverRefuses,
    ];

    /// The code on the wire: ISO 20022's external status reasons, Faster Payments' two of four digits,
    /// and the UK standard's for a missed cut-off.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::AccountBlocked => "AC06",
            Self::AccountClosed => "AC04",
            Self::AccountTypeForbids => "AG01",
            Self::AmountOverLimit => "AM14",
            Self::AuthorizationDeclined => "DS02",
            Self::AuthorizationTimedOut => "DS24",
            Self::CreditorAccountInvalid => "AC03",
            Self::CutOffMissed => "U012",
            Self::Duplicate => "DUPL",
            Self::Fraud => "FR01",
            Self::InsufficientFunds => "AM04",
            Self::ReceiverCannotApply => "1161",
            Self::ReceiverRefuses => "1100",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    /// The code's meaning: `status_reason[].description` on the wire.
    #[must_use]
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::AccountBlocked => "the debtor account is blocked",
            Self::AccountClosed => "the debtor account is closed",
            Self::AccountTypeForbids => "an account of this type cannot make the payment",
            Self::AmountOverLimit => "the amount is over the limit agreed with the customer",
            Self::AuthorizationDeclined => "another authorized user declined the payment",
            Self::AuthorizationTimedOut => "not every authorized user answered in time",
            Self::CreditorAccountInvalid => "the creditor account does not exist",
            Self::CutOffMissed => {
                "the cut-off has passed; the payment waits for the next working day"
            }
            Self::Duplicate => "the payment is a duplicate of another",
            Self::Fraud => "the payment is suspected of fraud",
            Self::InsufficientFunds => "the debtor account has not enough funds",
            Self::ReceiverCannotApply => {
                "the receiving bank cannot apply it to the creditor account"
            }
            Self::ReceiverRefuses => "the receiving bank refused the payment",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows are where a payment stands, columns what is tried, both in the order of [`StatusCode::ALL`].
    const TABLE: [(&str, &str); 14] = [
        //       RPPAAAAAAAABRC
        //       CDATCCCCCCCLJA
        //       VNTCCFSWSWCCCN
        //       DGCCPCPCCPCKTC
        ("RCVD", "-xxx--x-----x-"),
        ("PDNG", "---x--------x-"),
        ("PATC", "----x-x-----x-"),
        ("ACTC", "----x-x-----x-"),
        ("ACCP", "-----xx-----x-"),
        ("ACFC", "------x-----x-"),
        ("ACSP", "-------xx---x-"),
        ("ACWC", "--------x---x-"),
        ("ACSC", "---------xxxx-"),
        ("ACWP", "----------xx--"),
        ("ACCC", "--------------"),
        ("BLCK", "--------------"),
        ("RJCT", "--------------"),
        ("CANC", "--------------"),
    ];

    #[test]
    fn every_pair_of_statuses_is_legal_or_not_as_the_contract_says() {
        for (from, (code, row)) in StatusCode::ALL.into_iter().zip(TABLE) {
            assert_eq!(from.as_str(), code);
            for (to, legal) in StatusCode::ALL.into_iter().zip(row.chars()) {
                assert_eq!(from.may_become(to), legal == 'x', "{from:?} {to:?}");
            }
            assert_eq!(from.is_final(), !row.contains('x'), "{from:?}");
        }
    }

    #[test]
    fn no_life_visits_a_status_twice() {
        fn walk(seen: &mut Vec<StatusCode>) {
            let last = *seen.last().unwrap();
            for next in last.next() {
                assert!(!seen.contains(next), "{seen:?} {next:?}");
                seen.push(*next);
                walk(seen);
                seen.pop();
            }
        }
        walk(&mut vec![StatusCode::Rcvd]);
    }

    #[test]
    fn codes_are_known_to_the_letter() {
        for status in StatusCode::ALL {
            assert_eq!(StatusCode::parse(status.as_str()), Some(status));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.code()), Some(reason));
            assert!(!reason.description().is_empty());
        }
        for text in ["", "rcvd", "RCVD ", "AUTH", "pending"] {
            assert_eq!(StatusCode::parse(text), None, "{text:?}");
            assert_eq!(Reason::parse(text), None, "{text:?}");
        }
    }
}
