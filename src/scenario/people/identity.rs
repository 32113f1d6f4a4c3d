//! What accounts are known by: ids, numbers at the bank's sort code, IBANs.

use std::collections::BTreeSet;

use super::chance::Chance;
use super::window::Window;
use crate::banking::account::{Account, AccountKind, AccountStatus};
use crate::banking::identifier::{Iban, Identifier, Scheme, SortCodeAccountNumber};
use crate::banking::transaction::masked;
use crate::entropy::Seed;
use crate::id::{AccountId, CustomerId, Lengths};
use crate::scenario::OWN_SORT_CODE;
use crate::scenario::plan::{AccountPlan, CustomerPlan};

/// Numbers given so far.
pub(super) struct Numbers {
    seed: Seed,
    lengths: Lengths,
    taken: BTreeSet<u32>,
    ids: BTreeSet<AccountId>,
}

impl Numbers {
    /// The numbers and ids these people chose themselves.
    pub(super) fn given(plans: &[CustomerPlan], (seed, lengths): (Seed, Lengths)) -> Self {
        let accounts = || plans.iter().flat_map(|plan| &plan.accounts);
        Self {
            seed,
            lengths,
            taken: (accounts())
                .filter_map(|account| account.number)
                .map(SortCodeAccountNumber::account_number)
                .collect(),
            ids: accounts().filter_map(|account| account.id).collect(),
        }
    }

    /// The account of a plan, with a number and an id where the plan leaves them open.
    pub(super) fn account(
        &mut self,
        owner: &CustomerPlan,
        plan: &AccountPlan,
        (holders, window): (Vec<CustomerId>, Window),
    ) -> Account {
        let (number, id) = self.identify(owner, plan);
        let has_changed = !plan.is_as_published && plan.status != AccountStatus::Enabled;
        let name = (!plan.is_as_published).then_some(owner.name.as_str());
        Account {
            id,
            holders,
            status: plan.status,
            status_updated_at: has_changed.then_some(window.until),
            currency: plan.currency,
            kind: plan.kind,
            category: (!plan.is_as_published).then_some(plan.category),
            nickname: plan.nickname.clone(),
            description: plan.description.clone(),
            opened_on: (!plan.is_as_published).then_some(window.first),
            matures_on: plan
                .matures_in_months
                .map(|months| window.in_months(months)),
            switch_status: plan.switch_status,
            identifiers: match plan.kind {
                AccountKind::ChargeCard | AccountKind::CreditCard | AccountKind::PrepaidCard => {
                    vec![card(card_last_four(self.seed, owner, plan), name)]
                }
                _ => identifiers(plan, number, name),
            },
            servicer: (!plan.is_as_published).then(|| OWN_BIC.to_owned()),
            credit_lines: plan.credit_lines.clone(),
            is_deposit_only: plan.is_deposit_only,
        }
    }

    /// The number and id of a plan's account.
    pub(super) fn identify(
        &mut self,
        owner: &CustomerPlan,
        plan: &AccountPlan,
    ) -> (SortCodeAccountNumber, AccountId) {
        let number = plan.number.unwrap_or_else(|| self.draw(owner, plan));
        let id = plan.id.unwrap_or_else(|| self.id_of(number));
        (number, id)
    }

    /// A number nobody has, from a stream of this account's own.
    fn draw(&mut self, owner: &CustomerPlan, plan: &AccountPlan) -> SortCodeAccountNumber {
        let name = format!("people/{}/{}/number", owner.username, plan.name);
        let mut chance = Chance::new(self.seed, &name);
        let mut number = 10_000_000 + chance.below(90_000_000);
        while !self.taken.insert(number) {
            number = (number + 1) % 100_000_000;
        }
        SortCodeAccountNumber::new(OWN_SORT_CODE, number).unwrap_or_default()
    }

    /// An id that shows the number, unless somebody chose that id.
    fn id_of(&mut self, number: SortCodeAccountNumber) -> AccountId {
        let mut id = ID_BASE + u64::from(number.account_number());
        while !self.ids.insert(AccountId::of(id, self.lengths)) {
            id += ID_BASE;
        }
        AccountId::of(id, self.lengths)
    }
}

/// The last four digits of an account's card: a mask shows no more.
pub(super) fn card_last_four(seed: Seed, owner: &CustomerPlan, plan: &AccountPlan) -> u16 {
    let name = format!("people/{}/{}/card", owner.username, plan.name);
    u16::try_from(Chance::new(seed, &name).below(10_000)).unwrap_or(0)
}

/// A card account is known by its card, all but the last digits masked.
fn card(last_four: u16, name: Option<&str>) -> Identifier {
    Identifier {
        name: name.map(str::to_owned),
        ..Identifier::bare(Scheme::Pan, masked(last_four))
    }
}

fn identifiers(
    plan: &AccountPlan,
    number: SortCodeAccountNumber,
    name: Option<&str>,
) -> Vec<Identifier> {
    let iban = match &plan.iban {
        Some(text) => Iban::as_written(text.as_str()),
        None => Iban::of_own(number),
    };
    let named = |scheme, id: String| Identifier {
        name: name.map(str::to_owned),
        ..Identifier::bare(scheme, id)
    };
    vec![
        Identifier {
            secondary_id: plan.roll_number.clone(),
            ..named(Scheme::SortCodeAccountNumber, number.to_string())
        },
        named(Scheme::Iban, iban.to_string()),
    ]
}

/// Eight digits with a 10 before them: no account number begins an id the same way.
const ID_BASE: u64 = 1_000_000_000;
/// No bank has it: HMBK is nobody's.
pub(super) const OWN_BIC: &str = "HMBKGB2L";
