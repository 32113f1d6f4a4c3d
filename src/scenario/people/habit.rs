//! The recipe: each habit of an account, turned into rows.

pub(super) mod bank;
pub(super) mod bill;
mod bulk;
pub(super) mod card;
mod edge;
pub(super) mod money;
pub(super) mod own;
pub(super) mod rare;

use std::collections::BTreeMap;

use time::Date;

use super::chance::Chance;
use super::diary::Writer;
use super::identity::OWN_BIC;
use crate::banking::Book;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Scheme, SortCodeAccountNumber};
use crate::banking::schedule::PaidSoFar;
use crate::banking::transaction::{Counterparty, CounterpartyId, Entry};
use crate::money::Currency;
use crate::scenario::plan::habit::{Habits, Payee, Spending};
use crate::scenario::plan::{AccountPlan, CustomerPlan};

/// What every habit is given.
pub(super) struct Setting<'given> {
    pub(super) book: &'given mut Book,
    pub(super) writer: Writer<'given>,
    pub(super) plan: &'given AccountPlan,
    /// Whose account it is.
    pub(super) owner: &'given CustomerPlan,
    /// The accounts of this bank whose numbers are known beforehand.
    pub(super) neighbours: &'given BTreeMap<SortCodeAccountNumber, Neighbour>,
    /// What the account's arrangements have paid.
    pub(super) so_far: &'given mut SoFar,
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
            agent: Some(OWN_BIC.to_owned()),
            agent_name: None,
        });
        let credit = Entry {
            code: TransactionCode::FasterPayment,
            counterparty: Some(payer),
            ..row
        };
        self.writer.other_leg(neighbour.place, credit);
    }

    /// Somebody of whom the bank knows the name and the bank alone.
    fn known_by_name(&mut self, name: &str) -> CounterpartyId {
        self.book.counterparty(bank::named(name))
    }
}

/// This bank's own departments.
fn own_department(book: &mut Book, name: &str) -> CounterpartyId {
    book.counterparty(Counterparty {
        name: name.to_owned(),
        account: None,
        agent: Some(OWN_BIC.to_owned()),
        agent_name: None,
    })
}

/// Somebody who has an account elsewhere.
pub(super) fn known_payee(book: &mut Book, payee: &Payee) -> CounterpartyId {
    book.counterparty(bank::holder(&payee.name, payee.account))
}

/// Gives the stream of a habit by its name.
pub(super) type Chances<'a> = &'a dyn Fn(&str) -> Chance;

/// Keeps all habits of an account that need nobody else's.
pub(super) fn keep(setting: &mut Setting<'_>, chance: Chances<'_>) {
    keep_bills(setting, chance);
    keep_card(setting, chance);
    let habits = &setting.plan.habits;
    for (index, friends) in habits.friends.iter().enumerate() {
        own::friends(setting, friends, &mut chance(&format!("friends/{index}")));
    }
    for transfer in &habits.transfers {
        own::transfer(setting, transfer);
    }
    own::interest(setting, habits.interest_basis_points);
    keep_rare(setting, chance);
}

/// Pays what cards owe, once all has been spent.
pub(super) fn settle(setting: &mut Setting<'_>, _: Chances<'_>) {
    if let Some(paid) = &setting.plan.habits.paid_in_full {
        money::pay_in_full(setting, paid);
    }
}

/// Moves what all else has left over.
pub(super) fn sweep(setting: &mut Setting<'_>, _: Chances<'_>) {
    if let Some(sweep) = &setting.plan.habits.sweep {
        own::sweep(setting, sweep);
    }
}

fn keep_bills(setting: &mut Setting<'_>, chance: Chances<'_>) {
    let Habits {
        incomes,
        standing_orders,
        direct_debits,
        payments,
        fees,
        ..
    } = &setting.plan.habits;
    for (index, income) in incomes.iter().enumerate() {
        bill::income(setting, income, &mut chance(&format!("income/{index}")));
    }
    for order in standing_orders {
        let paid = bill::standing_order(setting, order);
        setting.so_far.standing_orders.push(paid);
    }
    for debit in direct_debits {
        let paid = bill::direct_debit(setting, debit);
        setting.so_far.direct_debits.push(paid);
    }
    for (index, payment) in payments.iter().enumerate() {
        bill::payment(setting, payment, &mut chance(&format!("payment/{index}")));
    }
    for fee in fees {
        bill::fee(setting, fee);
    }
}

fn keep_card(setting: &mut Setting<'_>, chance: Chances<'_>) {
    let Habits {
        subscriptions,
        spendings,
        cash,
        holds,
        bulk,
        instalments,
        ..
    } = &setting.plan.habits;
    for subscription in subscriptions {
        card::subscription(setting, subscription);
    }
    for instalment in instalments {
        card::instalment(setting, instalment);
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
    for (index, bulk) in bulk.iter().enumerate() {
        bulk::bulk(setting, bulk, &mut chance(&format!("bulk/{index}")));
    }
}

fn keep_rare(setting: &mut Setting<'_>, chance: Chances<'_>) {
    let Habits {
        cheques,
        once,
        redirects,
        loan,
        has_edge_cases,
        ..
    } = &setting.plan.habits;
    for cheque in cheques {
        rare::cheque(setting, cheque);
    }
    for (index, event) in once.iter().enumerate() {
        rare::once(setting, event, &mut chance(&format!("once/{index}")));
    }
    for (index, redirect) in redirects.iter().enumerate() {
        rare::redirect(setting, redirect, &mut chance(&format!("redirect/{index}")));
    }
    if let Some(loan) = loan {
        money::repay(setting, *loan);
    }
    if *has_edge_cases {
        edge::cases(setting);
    }
}

/// The name of the stream that a spending is drawn from.
pub(super) fn spending_stream(index: usize, spending: &Spending) -> String {
    format!("spending/{index}/{}", spending.merchants.len())
}
