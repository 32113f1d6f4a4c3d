//! What the card pays, a quarter later: in parts, abroad, and with refunds.

use std::collections::BTreeSet;

use time::Duration;

use super::quarter::{Quarter, all_since, says};
use crate::banking::code::TransactionCode;
use crate::banking::pending_to_booked::PendingToBooked;
use crate::banking::transaction::{TransactionStatus, TransactionView};
use crate::money::{Currency, Direction};
use crate::scenario::tests::MOMENTS;

#[test]
fn instalments_go_on_to_the_last_and_no_further() {
    for moment in MOMENTS {
        let quarter = Quarter::of("homeowner", moment);
        let rows = all_since(&quarter);
        let parts: Vec<_> = (rows.iter())
            .filter_map(|row| row.information.as_deref()?.split_once(" OF 12"))
            .map(|(words, _)| words.rsplit(' ').next().unwrap().parse::<u8>().unwrap())
            .collect();
        // Nine months ago was the first: this month the tenth is paid, or has been.
        assert!((2..=3).contains(&parts.len()), "{moment}: {parts:?}");
        assert_eq!(parts.last(), Some(&12), "{moment}");
        assert!(parts.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        let over = rows.iter().filter_map(|row| row.information.as_deref());
        assert_eq!(over.filter(|words| words.contains(" OF 6")).count(), 0);
    }
}

#[test]
fn what_is_given_back_was_bought_in_the_week_before() {
    let mut refunds = 0;
    for moment in MOMENTS {
        for persona in ["salaried-renter", "couple", "homeowner"] {
            let quarter = Quarter::of(persona, moment);
            let rows = all_since(&quarter);
            let back = rows
                .iter()
                .filter(|row| row.code == TransactionCode::CardRefund);
            for refund in back.filter(|row| row.value_at > quarter.start.plus(Duration::WEEK)) {
                let is_of_it = |row: &&TransactionView| {
                    let apart = (refund.value_at.date() - row.value_at.date()).whole_days();
                    row.code == TransactionCode::CardPurchase
                        && row.account_id == refund.account_id
                        && row.amount.minor_units == -refund.amount.minor_units
                        && row.merchant == refund.merchant
                        && (3..=7).contains(&apart)
                };
                assert!(
                    rows.iter().any(|row| is_of_it(&row)),
                    "{moment}: {refund:?}"
                );
                refunds += 1;
            }
        }
    }
    assert!(refunds > 5, "{refunds}");
}

#[test]
fn what_was_never_booked_is_not_given_back_nor_charged_for() {
    for persona in ["freelancer-abroad", "salaried-renter"] {
        let (book, start) = Quarter::opened(persona, MOMENTS[0]);
        let quarter =
            Quarter::lived((book.with_pending_to_booked(PendingToBooked::Dropped), start));
        for row in all_since(&quarter) {
            let is_left_over = row.value_at < quarter.start.plus(Duration::WEEK);
            let from_nothing = row.code == TransactionCode::CardRefund
                || says(&row, "NON-STERLING TRANSACTION FEE");
            assert!(is_left_over || !from_nothing, "{row:?}");
        }
    }
}

#[test]
fn who_lives_abroad_goes_on_paying_there_and_is_charged_two_percent() {
    for moment in MOMENTS {
        let quarter = Quarter::of("freelancer-abroad", moment);
        let rows = all_since(&quarter);
        let bought: Vec<_> = (rows.iter())
            .filter(|row| row.code == TransactionCode::CardPurchase && row.exchange.is_some())
            .filter(|row| row.status == TransactionStatus::Booked)
            .filter(|row| row.value_at >= quarter.start)
            .collect();
        assert!(bought.len() > 30, "{moment}: {}", bought.len());
        for row in bought {
            let exchange = row.exchange.as_ref().unwrap();
            assert_eq!(exchange.source_currency, Currency::Gbp);
            let fee = -(row.amount.minor_units * 2 / 100).min(-1);
            let is_its_fee = |other: &&TransactionView| {
                says(other, "NON-STERLING TRANSACTION FEE")
                    && other.booked_at == row.booked_at
                    && -other.amount.minor_units == fee
            };
            assert!(rows.iter().any(|row| is_its_fee(&row)), "{moment}: {row:?}");
        }
        let abroad: BTreeSet<_> = (rows.iter())
            .filter(|row| row.direction() == Direction::Credit && row.exchange.is_some())
            .filter_map(|row| Some(row.exchange.as_ref()?.source_currency))
            .collect();
        assert_eq!(
            abroad,
            [Currency::Usd].into(),
            "{moment}: invoices in dollars"
        );
    }
}
