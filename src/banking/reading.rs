//! Reading transactions: rows projected to values, and pages merged from several accounts.

use std::iter::Peekable;
use std::sync::Arc;

use super::Book;
use super::account::Account;
use super::page::{Order, Page, PageRequest, TransactionFilter};
use super::rows::{Row, Scan};
use super::transaction::{
    CardInstrument, MerchantId, MerchantView, TransactionStatus, TransactionView,
};
use crate::clock::Timestamp;
use crate::id::AccountId;
use crate::money::Amount;

impl Book {
    /// A page of the rows of some accounts, merged in the order of booking.
    #[must_use]
    pub(crate) fn transactions(
        &self,
        accounts: &[AccountId],
        filter: &TransactionFilter,
        request: PageRequest,
    ) -> Page {
        let mut sources: Vec<Source<'_>> = (accounts.iter())
            .filter_map(|id| {
                let (account, slot) = self.place(*id)?;
                let rows = self.ledger.rows(slot)?;
                let rows = rows.scan(filter, request.after, request.order);
                Some((account.as_ref(), rows.peekable()))
            })
            .collect();
        let mut rows = Vec::with_capacity(request.size.min(ROOM_FOR_ROWS_MAX));
        let (mut last, mut before_last) = (None, None);
        while let Some((account, row)) = next_of(&mut sources, request.order) {
            if rows.len() == request.size {
                return Page {
                    rows,
                    next: last,
                    before_last,
                };
            }
            rows.push(self.view(account, row));
            before_last = last.replace(row.position());
        }
        Page {
            rows,
            next: None,
            before_last,
        }
    }

    /// A row with everything it names.
    pub(super) fn view(&self, account: &Account, row: &Row) -> TransactionView {
        let amount = |minor_units| Amount::new(minor_units, account.currency);
        let rare = row.rare.and_then(|rare| self.ledger.rare(rare));
        let is_booked = row.status == TransactionStatus::Booked;
        TransactionView {
            account_id: account.id,
            transaction_id: self.lineage.shown(self.ledger.id(row.sequence)),
            reference: self.reference_of(account, row),
            status: row.status,
            amount: amount(row.minor_units),
            booked_at: Timestamp::from_unix_seconds(row.booked_at_seconds),
            value_at: Timestamp::from_unix_seconds(row.value_at_seconds),
            charge: rare.and_then(|rare| rare.charge),
            exchange: rare.and_then(|rare| rare.exchange.clone()),
            code: row.code,
            card: row.card_scheme.map(|scheme| CardInstrument {
                scheme,
                authorization: row.card_authorization,
                last_four: row.card_last_four,
            }),
            information: row.information.map(|text| self.texts.text(text)),
            merchant: row.merchant.and_then(|id| self.merchant_view(id)),
            counterparty: row.counterparty.and_then(|id| {
                let index = id.0.get() as usize - 1;
                self.counterparties.get(index).map(Arc::clone)
            }),
            running_balance: is_booked.then(|| amount(row.running)),
        }
    }

    fn merchant_view(&self, id: MerchantId) -> Option<MerchantView> {
        let (name, category_code) = *self.merchants.get(id.0.get() as usize - 1)?;
        Some(MerchantView {
            name: self.texts.text(name),
            category_code,
        })
    }
}

/// The rows of one account under way to a page.
type Source<'book> = (&'book Account, Peekable<Scan<'book>>);

/// The next row of all sources in the given order.
fn next_of<'book>(
    sources: &mut [Source<'book>],
    order: Order,
) -> Option<(&'book Account, &'book Row)> {
    let heads = sources.iter_mut().enumerate();
    let heads = heads.filter_map(|(index, (_, rows))| Some((rows.peek()?.position(), index)));
    let (_, index) = match order {
        Order::NewestFirst => heads.max()?,
        Order::OldestFirst => heads.min()?,
    };
    let (account, rows) = sources.get_mut(index)?;
    Some((*account, rows.next()?))
}

/// Room made for a page before its rows are known; a larger page grows into it.
const ROOM_FOR_ROWS_MAX: usize = 128;
