//! The recipe: each habit of an account, turned into rows.

mod bill;
mod card;
mod own;

use super::chance::Chance;
use super::diary::Writer;
use crate::banking::Book;
use crate::banking::identifier::Scheme;
use crate::banking::transaction::{Counterparty, CounterpartyId};
use crate::scenario::plan::{AccountPlan, Habits, Payee};

/// What every habit is given.
pub(super) struct Setting<'given> {
    pub(super) book: &'given mut Book,
    pub(super) writer: Writer<'given>,
    pub(super) plan: &'given AccountPlan,
    /// The place of the customer's first account among all of the bank.
    pub(super) first_account: usize,
}

impl Setting<'_> {
    /// Somebody who has an account elsewhere.
    fn payee(&mut self, payee: &Payee) -> CounterpartyId {
        self.book.counterparty(Counterparty {
            name: payee.name.clone(),
            account: Some((Scheme::SortCodeAccountNumber, payee.account.to_string())),
            agent: None,
        })
    }

    /// Somebody of whom the bank knows the name alone.
    fn known_by_name(&mut self, name: &str) -> CounterpartyId {
        self.book.counterparty(Counterparty {
            name: name.to_owned(),
            account: None,
            agent: None,
        })
    }
}

/// Keeps all habits of an account. `chance` gives the stream of a habit by its name.
pub(super) fn keep(setting: &mut Setting<'_>, chance: impl Fn(&str) -> Chance) {
    let plan = setting.plan;
    let Habits {
        incomes,
        standing_orders,
        direct_debits,
        subscriptions,
        spendings,
        cash,
        friends,
        transfers,
        holds,
        fees,
        interest_basis_points,
        sweep,
    } = &plan.habits;
    for (index, income) in incomes.iter().enumerate() {
        bill::income(setting, income, &mut chance(&format!("income/{index}")));
    }
    for order in standing_orders {
        bill::standing_order(setting, order);
    }
    for debit in direct_debits {
        bill::direct_debit(setting, debit);
    }
    for fee in fees {
        bill::fee(setting, fee);
    }
    for subscription in subscriptions {
        card::subscription(setting, subscription);
    }
    for (index, spending) in spendings.iter().enumerate() {
        let name = format!("spending/{index}/{}", spending.merchants.len());
        card::spending(setting, spending, &mut chance(&name));
    }
    for (index, cash) in cash.iter().enumerate() {
        card::cash(setting, cash, &mut chance(&format!("cash/{index}")));
    }
    for hold in holds {
        card::hold(setting, hold);
    }
    for (index, friends) in friends.iter().enumerate() {
        own::friends(setting, friends, &mut chance(&format!("friends/{index}")));
    }
    for transfer in transfers {
        own::transfer(setting, transfer);
    }
    own::interest(setting, *interest_basis_points);
    // Last, because it moves what the others have left over.
    if let Some(sweep) = sweep {
        own::sweep(setting, sweep);
    }
}
