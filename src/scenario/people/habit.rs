//! The recipe: each habit of an account, turned into rows.

pub(super) mod bill;
pub(super) mod card;
mod own;

use std::collections::BTreeMap;

use time::Date;

use super::chance::Chance;
use super::diary::Writer;
use crate::banking::Book;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Scheme, SortCodeAccountNumber};
use crate::banking::schedule::PaidSoFar;
use crate::banking::transaction::{Counterparty, CounterpartyId, Entry};
use crate::money::Currency;
use crate::scenario::plan::{AccountPlan, CustomerPlan, Habits, Payee, Spending};

/// What every habit is given.
pub(super) struct Setting<'given> {
    pub(super) book: &'given mut Book,
    pub(super) writer: Writer<'given>,
    pub(super) plan: &'given AccountPlan,
    /// The place of the customer's first account among all of the bank.
    pub(super) first_account: usize,
    /// Whose account it is.
    pub(super) owner: &'given CustomerPlan,
    /// The accounts of this bank whose numbers are known beforehand.
    pub(super) neighbours: &'given BTreeMap<SortCodeAccountNumber, Neighbour>,
}

/// An account of this bank that others may pay into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    /// Its place among all of the bank.
    pub(super) place: usize,
    pub(super) currency: Currency,
    /// Its first day of business.
    pub(super) first: Date,
}

/// What an account's arrangements have paid, in the order of the plan.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    pub(super) standing_orders: Vec<PaidSoFar>,
    pub(super) direct_debits: Vec<PaidSoFar>,
}

impl Setting<'_> {
    /// Somebody who has an account elsewhere.
    fn payee(&mut self, payee: &Payee) -> CounterpartyId {
        known_payee(self.book, payee)
    }

    /// The other side of what `row` took, when the payee banks here.
    fn credit_neighbour(&mut self, payee: &Payee, row: Entry) {
        let Some(neighbour) = self.neighbours.get(&payee.account).copied() else {
            return;
        };
        let has_begun = row.booked_at.date() >= neighbour.first;
        if neighbour.currency != self.plan.currency || !has_begun {
            return;
        }
        let number = self.plan.number.map(|number| number.to_string());
        let payer = self.book.counterparty(Counterparty {
            name: self.owner.name.clone(),
            account: number.map(|number| (Scheme::SortCodeAccountNumber, number)),
            agent: None,
        });
        let credit = Entry {
            code: TransactionCode::FasterPayment,
            counterparty: Some(payer),
            ..row
        };
        self.writer.other_leg(neighbour.place, credit);
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

/// Somebody who has an account elsewhere.
pub(super) fn known_payee(book: &mut Book, payee: &Payee) -> CounterpartyId {
    book.counterparty(Counterparty {
        name: payee.name.clone(),
        account: Some((Scheme::SortCodeAccountNumber, payee.account.to_string())),
        agent: None,
    })
}

/// Keeps all habits of an account, and answers what its arrangements have paid. `chance` gives the stream of a habit by its name.
pub(super) fn keep(setting: &mut Setting<'_>, chance: impl Fn(&str) -> Chance) -> SoFar {
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
        beneficiaries: _,
        unpaid_fee: _,
    } = &plan.habits;
    let mut so_far = SoFar::default();
    for (index, income) in incomes.iter().enumerate() {
        bill::income(setting, income, &mut chance(&format!("income/{index}")));
    }
    for order in standing_orders {
        let paid = bill::standing_order(setting, order);
        so_far.standing_orders.push(paid);
    }
    for debit in direct_debits {
        let paid = bill::direct_debit(setting, debit);
        so_far.direct_debits.push(paid);
    }
    for fee in fees {
        bill::fee(setting, fee);
    }
    for subscription in subscriptions {
        card::subscription(setting, subscription);
    }
    for (index, spending) in spendings.iter().enumerate() {
        let name = spending_stream(index, spending);
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
    so_far
}

/// The name of the stream that a spending is drawn from.
pub(super) fn spending_stream(index: usize, spending: &Spending) -> String {
    format!("spending/{index}/{}", spending.merchants.len())
}
