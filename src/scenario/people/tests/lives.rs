//! What makes some lives different from others: shared accounts, cards, loans, closed accounts, edges.

use super::{by_nickname, rows};
use crate::banking::Book;
use crate::banking::account::{Account, AccountStatus};
use crate::banking::balance::BalanceKind;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::Scheme;
use crate::banking::transaction::{TransactionStatus, TransactionView};
use crate::money::Currency;
use crate::scenario::Scenario;
use crate::scenario::tests::{MOMENTS, at};

fn people() -> Book {
    Scenario::builtin("people").unwrap().open(at(MOMENTS[0]))
}

fn of(rows: &[TransactionView], code: TransactionCode) -> Vec<&TransactionView> {
    rows.iter().filter(|row| row.code == code).collect()
}

fn booked(book: &Book, account: &Account) -> i64 {
    let now = at(MOMENTS[0]).bank;
    let amount = book.balance(account.id, BalanceKind::InterimBooked, now);
    amount.unwrap().minor_units
}

/// Goal: whatever ids a scenario gives them, two people share one account and their transfers net out.
#[test]
fn a_couple_shares_an_account_and_its_transfers_net_out() {
    let source = "version: 1
name: two couples
customers:
  - {persona: couple}
  - {persona: couple, id: sam, name: Sam, partner: {id: kit, name: Kit}}
";
    let scenario = Scenario::parse("couples.yaml", source).unwrap();
    let book = scenario.open(at(MOMENTS[0]));
    assert_eq!(book.in_transfer(Currency::Gbp), 0);
    for (one, other) in [("ash", "ivy"), ("sam", "kit")] {
        let accounts = |name: &str| book.accounts_of(book.customer(name).unwrap().id);
        let (ones, others) = (accounts(one), accounts(other));
        assert_eq!((ones.len(), others.len()), (2, 2), "{one}");
        let shared: Vec<_> = (ones.iter())
            .filter(|account| others.contains(account))
            .collect();
        assert_eq!(shared.len(), 1, "{one}");
        assert_eq!(shared[0].nickname.as_deref(), Some("Our Burrow"));
        let of_both = rows(&book, shared[0].id);
        let transfers = of(&of_both, TransactionCode::InternalTransfer);
        assert!((46..=50).contains(&transfers.len()), "{}", transfers.len());
        let filled = |row: &TransactionView| [105_000, 112_000].contains(&row.amount.minor_units);
        assert!(transfers.iter().all(|row| filled(row)));
    }
}

#[test]
fn a_card_paid_in_full_is_paid_what_it_owed_when_the_statement_closed() {
    let book = people();
    let card = by_nickname(&book, "Platinum Card");
    assert!(booked(&book, &card) < 0, "credit cards show debit balances");
    let pan = card.identifier(Scheme::Pan).unwrap();
    assert_eq!(card.identifiers.len(), 1);
    assert!(pan.id.starts_with("************") && pan.id.len() == 16);
    let on_card = rows(&book, card.id);
    let made = on_card.iter().find_map(|row| row.card).unwrap();
    assert_eq!(
        made.masked(),
        pan.id,
        "the account is known by the card that pays"
    );
    let payments = of(&on_card, TransactionCode::DirectDebit);
    assert!((22..=24).contains(&payments.len()), "{}", payments.len());
    let paying = rows(&book, by_nickname(&book, "Premier Account").id);
    for payment in payments {
        assert!(payment.amount.minor_units > 0);
        let closed_at = payment.booked_at.plus(-time::Duration::days(14));
        let at_close = (on_card.iter())
            .filter(|row| row.booked_at < closed_at)
            .filter_map(|row| row.running_balance)
            .next_back();
        // The statement closes on the 20th; a due day that moved past a weekend is not two weeks later.
        if closed_at.date().day() == 20 {
            assert_eq!(at_close.unwrap().minor_units, -payment.amount.minor_units);
        }
        let is_other_leg = |row: &&TransactionView| {
            row.booked_at == payment.booked_at
                && row.amount.minor_units == -payment.amount.minor_units
                && row.code == TransactionCode::DirectDebit
        };
        assert_eq!(paying.iter().filter(is_other_leg).count(), 1);
    }
}

#[test]
fn a_loan_shrinks_by_what_is_paid_less_the_interest() {
    let book = people();
    for (nickname, payment) in [("The House", 90_540), ("The Car", 21_260)] {
        let account = by_nickname(&book, nickname);
        let rows = rows(&book, account.id);
        let interest = of(&rows, TransactionCode::Interest);
        let payments = of(&rows, TransactionCode::InternalTransfer);
        assert_eq!(interest.len(), payments.len(), "{nickname}");
        assert!(payments.len() >= 23, "{nickname}");
        assert!(payments.iter().all(|row| row.amount.minor_units == payment));
        let falls = (interest.windows(2))
            .all(|pair| pair[0].amount.minor_units < pair[1].amount.minor_units);
        assert!(falls, "{nickname}: less is owed, less interest is charged");
    }
    let house = by_nickname(&book, "The House");
    let number = house.identifier(Scheme::SortCodeAccountNumber).unwrap();
    assert_eq!(number.secondary_id.as_deref(), Some("HB/MTG-0091-77"));
    assert_eq!(book.in_transfer(Currency::Gbp), 0);
}

#[test]
fn what_is_closed_or_switched_has_stood_still_since() {
    let book = people();
    for (nickname, status) in [
        ("Switched Account", AccountStatus::Disabled),
        ("Blocked", AccountStatus::Disabled),
        ("Closed", AccountStatus::Deleted),
    ] {
        let account = by_nickname(&book, nickname);
        assert_eq!(account.status, status, "{nickname}");
        let since = account.status_updated_at.unwrap();
        let rows = rows(&book, account.id);
        assert!(rows.iter().any(|row| row.booked_at < since), "{nickname}");
        let after: i64 = (rows.iter())
            .filter(|row| row.value_at > since)
            .map(|row| row.amount.minor_units)
            .sum();
        assert_eq!(after, 0, "{nickname}: what came was sent on");
    }
    let switched = rows(&book, by_nickname(&book, "Switched Account").id);
    let sent_on = (switched.iter())
        .filter(|row| row.information.as_deref() == Some("REDIRECTED BY SWITCH SERVICE"));
    assert!(sent_on.count() > 4);
}

/// Goal: what goes on after the bank has opened keeps every sum, for everybody.
#[test]
fn a_quarter_later_the_sums_still_hold() {
    let mut book = people();
    let before = book.transaction_count();
    book.settle(at(MOMENTS[0]).bank.plus(time::Duration::days(90)));
    assert!(book.transaction_count() > before + 1_000);
    assert!(book.trial_balance().values().all(|total| *total == 0));
    for currency in Currency::ALL {
        assert_eq!(book.in_transfer(currency), 0, "{currency}");
    }
    let closed = by_nickname(&book, "Closed");
    assert_eq!(
        booked(&book, &closed),
        0,
        "what has ended does not begin again"
    );
}

#[test]
fn a_cheque_may_come_back() {
    let book = people();
    let rows = rows(&book, by_nickname(&book, "Day to Day").id);
    let amounts: Vec<_> = of(&rows, TransactionCode::Cheque)
        .iter()
        .map(|row| row.amount.minor_units)
        .collect();
    assert_eq!(amounts, [8_500, 4_250, -4_250]);
}

#[test]
fn instalments_are_counted_and_end() {
    let book = people();
    let rows = rows(&book, by_nickname(&book, "Household").id);
    let parts = |of: &str| {
        let words = rows.iter().filter_map(|row| row.information.as_deref());
        words.filter(|words| words.ends_with(of)).count()
    };
    assert_eq!(parts(" OF 6"), 6);
    assert!((9..=10).contains(&parts(" OF 12")), "{}", parts(" OF 12"));
}

#[test]
fn a_hold_is_let_go_and_another_amount_is_booked() {
    let book = people();
    let rows = rows(&book, by_nickname(&book, "Household").id);
    let hold = (rows.iter())
        .find(|row| row.status == TransactionStatus::Rejected)
        .unwrap();
    let shop = |row: &TransactionView| row.merchant.as_ref().unwrap().name.clone();
    let booked = (rows.iter())
        .find(|row| row.amount.minor_units == -5_704)
        .unwrap();
    assert_eq!((hold.amount.minor_units, shop(hold)), (-100, shop(booked)));
    assert_eq!(booked.status, TransactionStatus::Booked);
}

#[test]
fn payments_from_abroad_carry_rate_charge_and_the_payer_s_account() {
    let book = people();
    let pounds = rows(&book, by_nickname(&book, "Home Pounds").id);
    let swift = of(&pounds, TransactionCode::Swift);
    assert!(!swift.is_empty());
    for row in swift {
        let exchange = row.exchange.as_ref().unwrap();
        assert_eq!(exchange.instructed.currency, Currency::Usd);
        assert!(exchange.instructed.minor_units > row.amount.minor_units);
        assert_eq!(row.charge.unwrap().minor_units, 600);
    }
    let euros = rows(&book, by_nickname(&book, "Euro Account").id);
    for row in of(&euros, TransactionCode::Sepa) {
        let payer = row.counterparty.as_ref().unwrap();
        let (scheme, id) = payer.account.as_ref().unwrap();
        assert_eq!(*scheme, Scheme::Iban);
        assert_eq!(payer.agent.as_deref().unwrap().get(4..6), id.get(..2));
    }
}

/// Goal: the pack of edge cases is whole at any time of the year.
#[test]
fn the_edge_cases_are_all_there() {
    for moment in MOMENTS {
        let book = Scenario::builtin("people").unwrap().open(at(moment));
        let customer = book.customer("maximiliana").unwrap();
        let main = book.accounts_of(customer.id).remove(0);
        assert_eq!(
            main.nickname.as_ref().map(|it| it.chars().count() <= 70),
            Some(true)
        );
        let rows = rows(&book, main.id);
        let has = |minor_units: i64, time: &str| {
            (rows.iter()).any(|row| {
                row.amount.minor_units == minor_units && row.booked_at.to_string().contains(time)
            })
        };
        for (minor_units, time) in [
            (1, "T12:00:00Z"),
            (-1, "T12:00:01Z"),
            (999_999_999, "T12:00:00Z"),
            (-999_999_999, "T12:00:00Z"),
            (2_900, "-02-29T12:00:00Z"),
            (-2_900, "-02-29T23:59:59Z"),
            (100, "T00:59:59Z"),
            (-100, "T01:00:00Z"),
            (200, "T00:30:00Z"),
            (-200, "T01:30:00Z"),
            (3_100, "-12-31T23:59:59Z"),
            (-3_100, "-01-01T00:00:00Z"),
        ] {
            assert!(has(minor_units, time), "{moment}: {minor_units} {time}");
        }
    }
}
