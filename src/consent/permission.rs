//! What an account-access consent may open (API contract, section 3).

/// One permission code; the names are the published guide's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::enum_variant_names,
    reason = "the published codes all begin so"
)]
pub(crate) enum Permission {
    /// Account list and details.
    ReadAccounts,
    /// Account list without identifiers.
    ReadAccountsBasic,
    /// Balances.
    ReadBalances,
    /// Saved payees.
    ReadBeneficiaries,
    /// Direct debits.
    ReadDirectDebits,
    /// Standing orders.
    ReadStandingOrders,
    /// Transactions in full.
    ReadTransactions,
    /// Transactions without the parties and the narrative.
    ReadTransactionsBasic,
}

impl Permission {
    /// Every permission, by name.
    pub(crate) const ALL: [Self; 8] = [
        Self::ReadAccounts,
        Self::ReadAccountsBasic,
        Self::ReadBalances,
        Self::ReadBeneficiaries,
        Self::ReadDirectDebits,
        Self::ReadStandingOrders,
        Self::ReadTransactions,
        Self::ReadTransactionsBasic,
    ];

    /// Every code, in the same order.
    pub(crate) const CODES: [&'static str; 8] = [
        Self::ReadAccounts.as_str(),
        Self::ReadAccountsBasic.as_str(),
        Self::ReadBalances.as_str(),
        Self::ReadBeneficiaries.as_str(),
        Self::ReadDirectDebits.as_str(),
        Self::ReadStandingOrders.as_str(),
        Self::ReadTransactions.as_str(),
        Self::ReadTransactionsBasic.as_str(),
    ];

    /// The code on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ReadAccounts => "ReadAccounts",
            Self::ReadAccountsBasic => "ReadAccountsBasic",
            Self::ReadBalances => "ReadBalances",
            Self::ReadBeneficiaries => "ReadBeneficiaries",
            Self::ReadDirectDebits => "ReadDirectDebits",
            Self::ReadStandingOrders => "ReadStandingOrders",
            Self::ReadTransactions => "ReadTransactions",
            Self::ReadTransactionsBasic => "ReadTransactionsBasic",
        }
    }

    /// The permission with this code, in exactly this case.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == code)
    }
}

/// The permissions of one consent, in the order they were asked for, each once.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Permissions(Vec<Permission>);

impl Permissions {
    /// None at all.
    pub(crate) const NONE: Self = Self(Vec::new());

    /// Whether this very permission was asked for.
    pub(crate) fn contains(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Whether any of these was asked for.
    pub(crate) fn contains_any(&self, permissions: &[Permission]) -> bool {
        permissions
            .iter()
            .any(|&permission| self.contains(permission))
    }

    /// In the order they were asked for.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(asked: I) -> Self {
        let mut kept = Vec::new();
        for permission in asked {
            if !kept.contains(&permission) {
                kept.push(permission);
            }
        }
        Self(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_exactly_their_case() {
        assert_eq!(Permission::CODES, Permission::ALL.map(Permission::as_str));
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        for code in [
            "",
            "readaccounts",
            "ReadAccountsDetail",
            "ReadPAN",
            "ReadAccounts ",
        ] {
            assert_eq!(Permission::parse(code), None, "{code:?}");
        }
    }

    #[test]
    fn repeats_are_dropped_and_the_order_is_kept() {
        use Permission::{ReadAccounts, ReadAccountsBasic, ReadBalances};
        let asked = [ReadBalances, ReadAccounts, ReadBalances, ReadAccountsBasic];
        let kept: Vec<_> = Permissions::from_iter(asked).iter().collect();
        assert_eq!(kept, [ReadBalances, ReadAccounts, ReadAccountsBasic]);
    }
}
