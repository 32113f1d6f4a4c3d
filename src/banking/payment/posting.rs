//! What a payment's moves do to the ledger, and what stands in their way.
//!
//! Accepted for execution (ACSP), the amount and the charge are pending rows and can be spent no more;
//! settled (ACSC), they are booked, and so is the creditor's side when the creditor banks here. Rejected
//! before that, the rows are rejected; afterwards the money comes back in a row of its own.

use time::{Date, Duration};

use super::{Order, Payment, PaymentRows, Quote, Reason, StatusCode};
use crate::banking::account::{Account, AccountKind, AccountStatus};
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Identifier, Scheme};
use crate::banking::rail::{PaymentType, Rail};
use crate::banking::transaction::{Counterparty, CurrencyExchange, Entry, Rare, TransactionStatus};
use crate::banking::{Book, Error, exchange};
use crate::clock::Timestamp;
use crate::id::{AccountId, TransactionId};
use crate::money::{Amount, Currency};

/// Why a step cannot be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Obstacle(pub(super) Reason);

/// Why an account cannot make a payment, apart from its funds.
#[must_use]
pub(crate) fn account_forbids(account: &Account, order: &Order) -> Option<Reason> {
    match account.status {
        AccountStatus::Deleted => return Some(Reason::AccountClosed),
        AccountStatus::Disabled | AccountStatus::Pending | AccountStatus::Proforma => {
            return Some(Reason::AccountBlocked);
        }
        AccountStatus::Enabled => {}
    }
    let is_kind_that_pays = matches!(
        account.kind,
        AccountKind::Current | AccountKind::EMoney | AccountKind::Savings
    );
    // Domestic schemes carry pounds alone, and a quoted rate is a price of one currency.
    let unit = match order.payment_type {
        PaymentType::Domestic => Some(Currency::Gbp),
        PaymentType::International => order.exchange.as_ref().map(|terms| terms.unit),
    };
    let suits = unit.is_none_or(|unit| unit == account.currency);
    let may_pay = is_kind_that_pays && !account.is_deposit_only && suits;
    (!may_pay).then_some(Reason::AccountTypeForbids)
}

/// Why an account of this bank cannot be credited.
#[must_use]
pub(in crate::banking) fn creditor_refuses(account: &Account) -> Option<Reason> {
    match account.status {
        AccountStatus::Enabled => None,
        AccountStatus::Deleted => Some(Reason::ReceiverCannotApply),
        AccountStatus::Disabled | AccountStatus::Pending | AccountStatus::Proforma => {
            Some(Reason::ReceiverRefuses)
        }
    }
}

/// What a payment would take from an account, charges included; `None` when it cannot be counted.
#[must_use]
pub(crate) fn total_debit(
    order: &Order,
    account: Currency,
    quote: Option<&Quote>,
    on: Date,
) -> Option<Amount> {
    let debit = debit_of(order, account, quote, on);
    match order.rail.charge(order.charge_bearer) {
        Some(charge) => debit.checked_add(exchange::convert(charge.amount, account, on)?),
        None => Some(debit),
    }
}

/// What a payment takes from an account, without charges. What cannot be counted is more than any
/// account holds.
pub(super) fn debit_of(
    order: &Order,
    account: Currency,
    quote: Option<&Quote>,
    on: Date,
) -> Amount {
    let instructed = order.instructed;
    let debit = match quote {
        _ if instructed.currency == account => Some(instructed),
        Some(quote) if quote.unit == account && instructed.currency == order.transfer_currency => {
            quote.rate.cost(instructed, account)
        }
        _ => exchange::convert(instructed, account, on),
    };
    debit.unwrap_or(Amount::new(i64::MAX, account))
}

/// When a payment that meets no obstacle is executed and settled.
#[must_use]
pub(crate) fn usual_course(rail: Rail, now: Timestamp) -> (Timestamp, Timestamp) {
    let starts_at = rail.departure(now).starts_at;
    (starts_at.plus(TO_EXECUTION), starts_at.plus(TO_SETTLEMENT))
}

impl Book {
    /// What keeps a payment from a status: its account, its funds, or the creditor's account.
    pub(super) fn obstacle(&self, payment: &Payment, next: StatusCode) -> Option<Obstacle> {
        let judges_account = matches!(
            next,
            StatusCode::Actc | StatusCode::Accp | StatusCode::Acfc | StatusCode::Acsp
        );
        let judges_funds = matches!(next, StatusCode::Acfc | StatusCode::Acsp);
        let order = &payment.order;
        let account = self.account(payment.debtor);
        let forbidden = || match account {
            Some(account) => account_forbids(&account, order),
            None => Some(Reason::AccountClosed),
        };
        let reason = (judges_account.then(forbidden).flatten())
            .or_else(|| {
                (judges_funds && !self.has_funds(payment)).then_some(Reason::InsufficientFunds)
            })
            .or_else(|| (next == StatusCode::Acsp).then(|| self.creditor_forbids(order))?);
        reason.map(Obstacle)
    }

    /// Makes the rows that a step leaves behind.
    pub(super) fn post_step(
        &mut self,
        payment: &mut Payment,
        next: StatusCode,
        at: Timestamp,
    ) -> Result<(), Error> {
        match next {
            StatusCode::Acsp => self.hold(payment, at),
            StatusCode::Acsc => {
                self.settle_debit(payment, at);
                // Where the creditor's bank is to take its time, so is the creditor.
                let waits = (payment.plan.front())
                    .is_some_and(|planned| planned.status == StatusCode::Acwp);
                if waits {
                    Ok(())
                } else {
                    self.credit(payment, at)
                }
            }
            StatusCode::Accc => self.credit(payment, at),
            StatusCode::Blck | StatusCode::Rjct => self.undo(payment, at),
            _ => Ok(()),
        }
    }

    /// The account of this bank that the creditor named, if it is here.
    #[must_use]
    pub(crate) fn creditor_account(&self, order: &Order) -> Option<AccountId> {
        let (scheme, id) = &order.creditor.account;
        self.account_by_identifier(*scheme, id)
    }

    fn has_funds(&self, payment: &Payment) -> bool {
        let needed = payment.debit.checked_add(payment.fee);
        let spendable = self.spendable(payment.debtor, payment.current().at);
        (needed.zip(spendable))
            .is_some_and(|(needed, spendable)| needed.minor_units <= spendable.minor_units)
    }

    /// What this bank knows against the creditor's account: nothing, when another bank keeps it.
    fn creditor_forbids(&self, order: &Order) -> Option<Reason> {
        let account = (self.creditor_account(order)).and_then(|id| self.account(id));
        let Some(account) = account else {
            let is_here = order.rail == Rail::Book || self.would_be_here(&order.creditor.account);
            return is_here.then_some(Reason::CreditorAccountInvalid);
        };
        creditor_refuses(&account)
    }

    /// Whether an account number that is none of this bank's has this bank's sort code all the same.
    fn would_be_here(&self, (scheme, id): &(Scheme, String)) -> bool {
        let sort_code = match scheme {
            Scheme::SortCodeAccountNumber => id.get(..6),
            Scheme::Iban if id.starts_with("GB") => id.get(8..14),
            _ => None,
        };
        let is_own = |account: &std::sync::Arc<Account>| {
            let number = account.identifier(Scheme::SortCodeAccountNumber);
            number.and_then(|number| number.id.get(..6)) == sort_code
        };
        sort_code.is_some() && self.accounts.iter().any(is_own)
    }

    fn hold(&mut self, payment: &mut Payment, at: Timestamp) -> Result<(), Error> {
        let expected = payment.expected_settlement.max(at);
        let debit = Entry {
            status: TransactionStatus::Pending,
            rare: exchange_of(payment),
            ..self.row(payment, -payment.debit.minor_units, expected)
        };
        let id = self.leave(payment.debtor, debit)?;
        payment.rows.debit = Some(id);
        if payment.fee.minor_units > 0 {
            let information = self.text(FEE);
            let fee = Entry {
                status: TransactionStatus::Pending,
                code: TransactionCode::Fee,
                information: Some(information),
                counterparty: None,
                ..self.row(payment, -payment.fee.minor_units, expected)
            };
            match self.leave(payment.debtor, fee) {
                Ok(id) => payment.rows.fee = Some(id),
                Err(error) => {
                    payment.rows.debit = None;
                    return self.drop_unbooked(id).and(Err(error));
                }
            }
        }
        Ok(())
    }

    /// Posts a row for a payment, and counts it: it stays when the payment is gone.
    fn leave(&mut self, account: AccountId, entry: Entry) -> Result<TransactionId, Error> {
        let id = self.post(account, entry)?;
        self.payments.count_row();
        Ok(id)
    }

    /// Takes the rows that nobody would wait for out of the lists.
    pub(super) fn drop_rejected(&mut self, rows: &PaymentRows) {
        for id in [rows.debit, rows.fee].into_iter().flatten() {
            let row = self.transaction(id);
            if row.is_some_and(|row| row.status == TransactionStatus::Rejected) {
                // It is there, and it is not booked.
                let _ = self.drop_unbooked(id);
            }
        }
    }

    // A row that somebody's hand has moved meanwhile stays where that hand put it.
    fn settle_debit(&mut self, payment: &Payment, at: Timestamp) {
        let at = at.whole_second();
        for id in [payment.rows.debit, payment.rows.fee].into_iter().flatten() {
            let _ = self.book(id, at, None);
        }
    }

    /// Books the creditor's side, once, when the creditor banks here.
    fn credit(&mut self, payment: &mut Payment, at: Timestamp) -> Result<(), Error> {
        let order = &payment.order;
        let account = (self.creditor_account(order)).and_then(|id| self.account(id));
        let Some(account) = account.filter(|_| payment.rows.credit.is_none()) else {
            return Ok(());
        };
        let amount = exchange::convert(order.instructed, account.currency, at.date());
        let amount = amount.ok_or(Error::AmountTooLarge)?;
        let debtor = self.debtor_party(payment);
        let counterparty = debtor.map(|debtor| self.counterparty(debtor));
        let entry = Entry {
            counterparty,
            ..self.row(payment, amount.minor_units, at)
        };
        payment.rows.credit = Some(self.leave(account.id, entry)?);
        Ok(())
    }

    /// Rejects what is pending and gives back what is booked. The charge for a payment that was made stays.
    fn undo(&mut self, payment: &Payment, at: Timestamp) -> Result<(), Error> {
        let status = |id| self.transaction(id).map(|row| row.status);
        let is_booked = |id: TransactionId| status(id) == Some(TransactionStatus::Booked);
        match payment.rows.debit {
            Some(id) if is_booked(id) => {
                let back = self.returned(payment, payment.debit.minor_units, at);
                self.leave(payment.debtor, back)?;
            }
            Some(_) => {
                for id in [payment.rows.debit, payment.rows.fee].into_iter().flatten() {
                    // A row that is no longer pending needs nothing more. One that is rejected leaves the
                    // list after a week; where the agenda is full, it leaves with the payment.
                    let _ = self.reject(id).and_then(|()| self.expect(id));
                }
            }
            None => {}
        }
        let credited = payment.rows.credit.and_then(|id| self.transaction(id));
        if let Some(row) = credited {
            let back = self.returned(payment, -row.amount.minor_units, at);
            self.leave(row.account_id, back)?;
        }
        Ok(())
    }

    fn returned(&mut self, payment: &Payment, minor_units: i64, at: Timestamp) -> Entry {
        let information = format!("RETURNED {}", narrative(&payment.order));
        let information = self.text(&information);
        Entry {
            information: Some(information),
            ..self.row(payment, minor_units, at)
        }
    }

    /// A booked row of a payment with the creditor on the other side.
    fn row(&mut self, payment: &Payment, minor_units: i64, at: Timestamp) -> Entry {
        let order = &payment.order;
        let counterparty = self.counterparty(Counterparty {
            name: order.creditor.name.clone(),
            account: Some(order.creditor.account.clone()),
            agent: order.creditor.agent.clone(),
            agent_name: None,
        });
        let information = self.text(narrative(order));
        let reference = self.text(&payment.scheme_reference());
        Entry {
            information: Some(information),
            reference: Some(reference),
            counterparty: Some(counterparty),
            ..Entry::booked(order.rail.code(), minor_units, at.whole_second())
        }
    }

    /// How an account of this bank is named to others: by its number, and by its first holder's name
    /// where it has none of its own.
    #[must_use]
    pub(crate) fn named(&self, id: AccountId) -> Option<Identifier> {
        let account = self.account(id)?;
        let number = (account.identifier(Scheme::SortCodeAccountNumber))
            .or_else(|| account.identifiers.first())?;
        let holder = (account.holders.first())
            .and_then(|holder| self.customer(&holder.to_string()))
            .map(|holder| holder.name);
        Some(Identifier {
            name: number.name.clone().or(holder),
            ..number.clone()
        })
    }

    fn debtor_party(&self, payment: &Payment) -> Option<Counterparty> {
        let debtor = self.named(payment.debtor)?;
        let account = self.account(payment.debtor)?;
        Some(Counterparty {
            name: debtor.name.unwrap_or_default(),
            account: Some((debtor.scheme, debtor.id)),
            agent: account.servicer.clone(),
            agent_name: None,
        })
    }
}

fn narrative(order: &Order) -> &str {
    order.reference.as_deref().unwrap_or(&order.creditor.name)
}

/// What the row was in another currency, when it was.
fn exchange_of(payment: &Payment) -> Option<Box<Rare>> {
    let order = &payment.order;
    let source = payment.debit.currency;
    if order.instructed.currency == source && order.transfer_currency == source {
        return None;
    }
    let market = || exchange::market(source, order.transfer_currency, payment.created_at().date());
    let rate = (payment.quote.as_ref()).map_or_else(market, |quote| quote.rate);
    let exchange = CurrencyExchange {
        source_currency: source,
        target_currency: order.transfer_currency,
        unit_currency: source,
        rate_millionths: rate.millionths(),
        instructed: order.instructed,
        contract: None,
        quoted_at: payment.created_at().whole_second(),
    };
    Some(Box::new(Rare {
        exchange: Some(exchange),
        ..Rare::default()
    }))
}

const FEE: &str = "PAYMENT CHARGE";

/// From setting out to execution and to settlement, as the contract's example has it.
const TO_EXECUTION: Duration = Duration::seconds(5);
const TO_SETTLEMENT: Duration = Duration::seconds(10);
