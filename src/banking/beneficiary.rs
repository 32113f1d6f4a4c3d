//! Beneficiaries: payees a customer has saved (API contract, section 4.6).

use super::identifier::Identifier;
use super::{Book, Error};
use crate::id::{AccountId, BeneficiaryId};

/// A payee as a customer saves it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Payee {
    /// Paid without a second factor: `trusted` on the wire, otherwise `ordinary`.
    pub(crate) is_trusted: bool,
    /// What the payee reads.
    pub(crate) reference: Option<String>,
    /// Their account, with their name.
    pub(crate) creditor: Identifier,
    /// The BIC of their bank.
    pub(crate) agent: Option<String>,
}

/// A saved payee.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Beneficiary {
    /// Its id.
    pub(crate) id: BeneficiaryId,
    /// The account it was saved for.
    pub(crate) account: AccountId,
    /// Whom.
    pub(crate) payee: Payee,
}

impl Book {
    /// Saves a payee; one account of a payee is saved once, and the first saving holds.
    ///
    /// # Errors
    /// When there is no such account.
    pub(crate) fn add_beneficiary(
        &mut self,
        account: AccountId,
        payee: Payee,
    ) -> Result<(), Error> {
        self.check_account(account)?;
        let saved = &mut self.schedules.beneficiaries;
        let creditor = &payee.creditor;
        let is_saved = saved.iter().any(|known| {
            let other = &known.payee.creditor;
            let same = (other.scheme, &other.id, &other.secondary_id);
            known.account == account
                && same == (creditor.scheme, &creditor.id, &creditor.secondary_id)
        });
        if !is_saved {
            let id = BeneficiaryId::of(saved.len() as u64 + 1, self.lengths);
            saved.push(Beneficiary { id, account, payee });
        }
        Ok(())
    }

    /// The saved payees of some accounts, account by account.
    #[must_use]
    pub(crate) fn beneficiaries(&self, accounts: &[AccountId]) -> Vec<Beneficiary> {
        let all = &self.schedules.beneficiaries;
        (accounts.iter())
            .flat_map(|id| all.iter().filter(move |known| known.account == *id))
            .cloned()
            .collect()
    }
}
