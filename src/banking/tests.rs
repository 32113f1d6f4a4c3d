//! The book as a whole: equations that must hold after whatever happened to it.

use proptest::prelude::*;
use time::Duration;

use super::account::{AccountKind, AccountStatus, CreditLine, CreditLineKind};
use super::code::TransactionCode;
use super::customer::Credential;
use super::page::{Order, PageRequest, Position, Statuses, TransactionFilter};
use super::transaction::TransactionStatus;
use super::*;
use crate::money::Currency;
use crate::money::Direction;

const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);
const GBP: AccountId = AccountId::new(1);
const EUR: AccountId = AccountId::new(2);
const OPENING: i64 = 10_000;

/// Something that happens to a book; the numbers choose among what is there.
#[derive(Clone, Debug)]
enum Event {
    Post {
        account: AccountId,
        status: TransactionStatus,
        minutes: i64,
        minor_units: i64,
        code: TransactionCode,
    },
    Book {
        which: u64,
        minutes: i64,
        changed: Option<i64>,
    },
    Reject(u64),
    Drop(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let post = (
        prop_oneof![Just(GBP), Just(EUR)],
        prop::sample::select(&TransactionStatus::ALL[..]),
        -10_000_i64..100,
        -5_000_i64..5_000,
        prop::sample::select(&TransactionCode::ALL[..]),
    )
        .prop_map(
            |(account, status, minutes, minor_units, code)| Event::Post {
                account,
                status,
                minutes,
                minor_units,
                code,
            },
        );
    let book = (
        1_u64..60,
        -10_000_i64..100,
        prop::option::of(-5_000_i64..5_000),
    )
        .prop_map(|(which, minutes, changed)| Event::Book {
            which,
            minutes,
            changed,
        });
    let event = prop_oneof![
        6 => post,
        2 => book,
        1 => (1_u64..60).prop_map(Event::Reject),
        1 => (1_u64..60).prop_map(Event::Drop),
    ];
    prop::collection::vec(event, 0..80)
}

fn minutes_from_noon(minutes: i64) -> Timestamp {
    NOON.plus(Duration::minutes(minutes))
}

fn account(id: AccountId, currency: Currency) -> Account {
    Account {
        id,
        holders: vec![CustomerId::new(1)],
        status: AccountStatus::Enabled,
        status_updated_at: None,
        currency,
        kind: AccountKind::Current,
        category: None,
        nickname: None,
        description: None,
        opened_on: None,
        matures_on: None,
        switch_status: None,
        identifiers: Vec::new(),
        servicer: None,
        credit_lines: vec![
            CreditLine {
                included: true,
                kind: CreditLineKind::Temporary,
                amount: Amount::new(700, currency),
            },
            CreditLine {
                included: false,
                kind: CreditLineKind::PreAgreed,
                amount: Amount::new(50_000, currency),
            },
        ],
        is_deposit_only: false,
    }
}

fn empty_book() -> Book {
    let mut book = Book::default();
    let hazel = Customer {
        id: CustomerId::new(1),
        username: "hazel".to_owned(),
        name: "Hazel Wheelwright".to_owned(),
        password: Credential::new("hazelnut"),
        otp: Credential::new("123456"),
        email: "hazel@example.com".to_owned(),
        phone: "07700 900123".to_owned(),
        address: Vec::new(),
    };
    book.add_customer(hazel).unwrap();
    book.open_account(account(GBP, Currency::Gbp), OPENING)
        .unwrap();
    book.open_account(account(EUR, Currency::Eur), -OPENING)
        .unwrap();
    book
}

fn entry(status: TransactionStatus, minutes: i64, minor_units: i64) -> Entry {
    Entry {
        status,
        ..Entry::booked(
            TransactionCode::FasterPayment,
            minor_units,
            minutes_from_noon(minutes),
        )
    }
}

fn happen(book: &mut Book, event: &Event) {
    // A refusal is an answer too; what matters is that the equations hold after it.
    let _ = match event {
        Event::Post {
            account,
            status,
            minutes,
            minor_units,
            code,
        } => book
            .post(
                *account,
                Entry {
                    code: *code,
                    ..entry(*status, *minutes, *minor_units)
                },
            )
            .map(|_| ()),
        Event::Book {
            which,
            minutes,
            changed,
        } => book.book(
            TransactionId::new(*which),
            minutes_from_noon(*minutes),
            *changed,
        ),
        Event::Reject(which) => book.reject(TransactionId::new(*which)),
        Event::Drop(which) => book.drop_unbooked(TransactionId::new(*which)),
    };
}

/// All rows in pages of `size`.
fn read_all(
    book: &Book,
    accounts: &[AccountId],
    filter: &TransactionFilter,
    (size, order): (usize, Order),
) -> Vec<TransactionView> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = book.transactions(accounts, filter, PageRequest { after, size, order });
        assert!(page.rows.len() <= size);
        rows.extend(page.rows);
        let Some(next) = page.next else { return rows };
        after = Some(next);
    }
}

fn all_rows(book: &Book, account: AccountId) -> Vec<TransactionView> {
    let filter = TransactionFilter::default();
    read_all(book, &[account], &filter, (1000, Order::OldestFirst))
}

fn sum(rows: &[TransactionView], counts: impl Fn(&TransactionView) -> bool) -> i64 {
    (rows.iter().filter(|row| counts(row)))
        .map(|row| row.amount.minor_units)
        .sum()
}

fn assert_equations(book: &Book, id: AccountId, opening: i64) {
    let rows = all_rows(book, id);
    let booked = |row: &TransactionView| row.status == TransactionStatus::Booked;
    let pending = |row: &TransactionView| row.status == TransactionStatus::Pending;
    let balance = |kind| book.balance(id, kind, NOON).unwrap().minor_units;
    let interim_booked = balance(BalanceKind::InterimBooked);
    assert_eq!(interim_booked, opening + sum(&rows, booked));
    assert_eq!(
        balance(BalanceKind::InterimAvailable),
        interim_booked
            + sum(&rows, |row| pending(row)
                && row.direction() == Direction::Debit)
            + 700
    );
    assert_eq!(
        balance(BalanceKind::Expected),
        interim_booked + sum(&rows, pending)
    );
    let midnight = Timestamp::from_date(NOON.date());
    let before =
        |limit: Timestamp| opening + sum(&rows, |row| booked(row) && row.booked_at < limit);
    assert_eq!(balance(BalanceKind::OpeningBooked), before(midnight));
    assert_eq!(balance(BalanceKind::ClosingBooked), before(midnight));
    assert_eq!(
        balance(BalanceKind::PreviouslyClosedBooked),
        before(midnight.plus(-Duration::DAY))
    );
    assert_eq!(
        book.spendable(id, NOON).unwrap().minor_units,
        balance(BalanceKind::InterimAvailable) + 50_000
    );
    let mut running = opening;
    for row in &rows {
        if booked(row) {
            running += row.amount.minor_units;
        }
        let expected = booked(row).then_some(running);
        assert_eq!(row.running_balance.map(|sum| sum.minor_units), expected);
    }
    assert_eq!(running, interim_booked);
    let keys: Vec<_> = rows
        .iter()
        .map(|row| (row.booked_at, row.transaction_id))
        .collect();
    assert!(keys.is_sorted());
    for row in &rows {
        assert_eq!(book.transaction(row.transaction_id).as_ref(), Some(row));
    }
}

/// Goal: whoever puts rows in and calls them off again and again is told at the end, since what they named
/// stays.
#[test]
fn rows_that_are_gone_count_like_those_that_are_there() {
    let mut book = empty_book();
    let row = |name: &str| by_hand::NewRow {
        status: TransactionStatus::Pending,
        booked_at: NOON,
        value_at: NOON,
        amount: Amount::new(-100, Currency::Gbp),
        code: TransactionCode::FasterPayment,
        information: None,
        reference: None,
        merchant: Some((name.to_owned(), 5411)),
        counterparty: None,
        card: None,
        charge: None,
        exchange: None,
    };
    book.ledger.post_and_drop(by_hand::POSTINGS_MAX - 1);
    let last = book.put_in(GBP, row("Acorn Foods"), NOON).unwrap();
    book.call_off(last.transaction_id, NOON).unwrap();
    let later = NOON.plus(Duration::days(8));
    book.settle(later);
    assert_eq!(book.transaction(last.transaction_id), None);
    assert_eq!(book.transaction_count(), 0);
    let before = book.clone();
    let refused = book.put_in(GBP, row("Burrow Books"), later);
    assert_eq!(refused, Err(Error::BookFull));
    assert_eq!(book, before, "a refusal changes nothing");
}

#[test]
fn a_merchant_is_known_again_by_name_and_category() {
    let mut book = empty_book();
    let [acorn, burrow] = ["Acorn Foods", "Burrow Books"].map(|name| book.merchant(name, 5411));
    let other = book.merchant("Acorn Foods", 5942);
    assert!(acorn != burrow && acorn != other && burrow != other);
    assert_eq!(book.merchant("Burrow Books", 5411), burrow);
    assert_eq!(book.merchant("Acorn Foods", 5411), acorn);
    assert_eq!(book.merchants.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_equations_hold_after_any_sequence_of_events(events in events()) {
        let mut book = empty_book();
        for event in &events {
            happen(&mut book, event);
            let totals = book.trial_balance();
            prop_assert!(totals.values().all(|total| *total == 0), "{totals:?}");
        }
        assert_equations(&book, GBP, OPENING);
        assert_equations(&book, EUR, -OPENING);
    }

    #[test]
    fn pages_of_any_size_give_each_row_once_in_order(
        events in events(),
        size in 1_usize..7,
        from in prop::option::of(-10_000_i64..100),
        to in prop::option::of(-10_000_i64..100),
        states in 0_usize..8,
        direction in prop::option::of(prop_oneof![Just(Direction::Credit), Just(Direction::Debit)]),
    ) {
        let mut book = empty_book();
        for event in &events {
            happen(&mut book, event);
        }
        let statuses = (TransactionStatus::ALL.into_iter().enumerate())
            .filter(|(bit, _)| states & (1 << bit) != 0)
            .fold(Statuses::NONE, |set, (_, status)| set.with(status));
        let filter = TransactionFilter {
            from: from.map(minutes_from_noon),
            to: to.map(minutes_from_noon),
            statuses,
            direction,
        };
        // The plain way: everything, merged, sorted and filtered.
        let mut expected: Vec<_> = [GBP, EUR].into_iter().flat_map(|id| all_rows(&book, id)).collect();
        expected.retain(|row| {
            filter.from.is_none_or(|from| row.booked_at >= from)
                && filter.to.is_none_or(|to| row.booked_at <= to)
                && statuses.contains(row.status)
                && direction.is_none_or(|wanted| row.direction() == wanted)
        });
        expected.sort_by_key(|row| (row.booked_at, row.transaction_id));
        let paged = |order| read_all(&book, &[GBP, EUR], &filter, (size, order));
        prop_assert_eq!(&paged(Order::OldestFirst), &expected);
        expected.reverse();
        prop_assert_eq!(&paged(Order::NewestFirst), &expected);
    }
}

/// Goal: a TPP that pages newest first while rows are added sees each old row once.
#[test]
fn rows_added_meanwhile_neither_shift_nor_repeat_a_page() {
    let mut book = empty_book();
    for minute in 0..50 {
        book.post(GBP, entry(TransactionStatus::Booked, minute, -1))
            .unwrap();
    }
    let filter = TransactionFilter::default();
    let (mut seen, mut after, mut added) = (Vec::new(), None, 0);
    loop {
        let request = PageRequest {
            after,
            size: 7,
            order: Order::NewestFirst,
        };
        let page = book.transactions(&[GBP], &filter, request);
        seen.extend(page.rows.iter().map(|row| row.transaction_id.number()));
        book.post(GBP, entry(TransactionStatus::Booked, 100 + added, -1))
            .unwrap();
        added += 1;
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    let expected: Vec<u64> = (1..=50).rev().collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_full_last_page_has_no_next() {
    let mut book = empty_book();
    for minute in 0..6 {
        book.post(GBP, entry(TransactionStatus::Booked, minute, 1))
            .unwrap();
    }
    let filter = TransactionFilter::default();
    for (size, after, rows, has_next) in [
        (6, None, 6, false),
        (5, None, 5, true),
        (3, Some((3, 4)), 3, false),
        (0, None, 0, false),
        (3, Some((-1, 0)), 0, false),
    ] {
        let after = after.map(|(minutes, sequence)| Position {
            booked_at: minutes_from_noon(minutes),
            sequence,
        });
        let request = PageRequest {
            after,
            size,
            order: Order::NewestFirst,
        };
        let page = book.transactions(&[GBP], &filter, request);
        let found = (page.rows.len(), page.next.is_some());
        assert_eq!(found, (rows, has_next), "{size} after {after:?}");
    }
}

#[test]
fn filters_include_both_ends_and_know_whole_seconds() {
    let mut book = empty_book();
    book.post(GBP, entry(TransactionStatus::Booked, 0, 1))
        .unwrap();
    let half = Duration::milliseconds(500);
    for (from, to, found) in [
        (NOON, NOON, 1),
        (NOON.plus(-half), NOON.plus(half), 1),
        (NOON.plus(half), NOON.plus(Duration::DAY), 0),
        (NOON.plus(-Duration::DAY), NOON.plus(-half), 0),
        (NOON.plus(Duration::DAY), NOON.plus(-Duration::DAY), 0),
        (Timestamp::MIN, Timestamp::MAX, 1),
    ] {
        let filter = TransactionFilter {
            from: Some(from),
            to: Some(to),
            ..TransactionFilter::default()
        };
        let rows = read_all(&book, &[GBP], &filter, (10, Order::NewestFirst));
        assert_eq!(rows.len(), found, "{from:?} to {to:?}");
    }
}

#[test]
fn a_back_dated_row_changes_the_balances_after_it() {
    let mut book = empty_book();
    for minute in [1, 2] {
        book.post(GBP, entry(TransactionStatus::Booked, minute, 100))
            .unwrap();
    }
    let late = book.post(GBP, entry(TransactionStatus::Booked, 0, -1_000));
    let rows = all_rows(&book, GBP);
    assert_eq!(rows[0].transaction_id, late.unwrap());
    let running: Vec<_> = rows
        .iter()
        .map(|row| row.running_balance.unwrap().minor_units)
        .collect();
    assert_eq!(running, [9_000, 9_100, 9_200]);
}

#[test]
fn only_a_pending_row_changes_its_state() {
    let mut book = empty_book();
    let mut post = |status| book.post(GBP, entry(status, 0, -500)).unwrap();
    let booked = post(TransactionStatus::Booked);
    let pending = post(TransactionStatus::Pending);
    let rejected = post(TransactionStatus::Rejected);
    let unknown = TransactionId::new(99);
    let before = book.clone();
    for (why, result, refusal) in [
        (
            "booking twice",
            book.book(booked, NOON, None),
            Error::NotPending,
        ),
        (
            "booking a rejected row",
            book.book(rejected, NOON, None),
            Error::NotPending,
        ),
        (
            "booking nothing",
            book.book(unknown, NOON, None),
            Error::UnknownTransaction,
        ),
        (
            "rejecting a booked row",
            book.reject(booked),
            Error::NotPending,
        ),
        ("rejecting twice", book.reject(rejected), Error::NotPending),
        (
            "rejecting nothing",
            book.reject(TransactionId::new(0)),
            Error::UnknownTransaction,
        ),
        (
            "dropping a booked row",
            book.drop_unbooked(booked),
            Error::NotPending,
        ),
        (
            "dropping nothing",
            book.drop_unbooked(unknown),
            Error::UnknownTransaction,
        ),
    ] {
        assert_eq!(result, Err(refusal), "{why}");
    }
    assert_eq!(book, before, "a refusal changes nothing");
    book.book(pending, NOON, Some(-450)).unwrap();
    assert_eq!(book.transaction(pending).unwrap().amount.minor_units, -450);
    book.drop_unbooked(rejected).unwrap();
    assert_eq!(book.transaction(rejected), None);
    assert_eq!(book.drop_unbooked(rejected), Err(Error::UnknownTransaction));
}

#[test]
fn sums_that_would_not_fit_are_refused_and_change_nothing() {
    let mut book = empty_book();
    let huge = |minor_units| entry(TransactionStatus::Booked, 0, minor_units);
    book.post(GBP, huge(i64::MAX / 2)).unwrap();
    let before = book.clone();
    for minor_units in [i64::MAX, i64::MIN, i64::MAX / 2 + 1, -(i64::MAX / 2 + 1)] {
        let refused = book.post(GBP, huge(minor_units));
        assert_eq!(refused, Err(Error::AmountTooLarge), "{minor_units}");
    }
    assert_eq!(book, before);
}

#[test]
fn strangers_are_not_found_and_names_are_not_given_twice() {
    let mut book = empty_book();
    let nobody = AccountId::new(404);
    assert_eq!(
        book.post(nobody, entry(TransactionStatus::Booked, 0, 1)),
        Err(Error::UnknownAccount)
    );
    assert!(book.balances(nobody, NOON).is_empty());
    assert_eq!(book.account(nobody), None);
    let again = account(GBP, Currency::Gbp);
    assert_eq!(book.open_account(again, 0), Err(Error::Taken));
    let mut foreign = account(nobody, Currency::Gbp);
    foreign.holders = vec![CustomerId::new(404)];
    assert_eq!(book.open_account(foreign, 0), Err(Error::UnknownCustomer));
    let hazel = book.customer("hazel").unwrap();
    assert_eq!(book.customer("cus_0000000001"), Some(hazel.clone()));
    assert_eq!(book.add_customer(hazel), Err(Error::Taken));
    for name in ["", "Hazel", "hazel ", "cus_1", "cus_0000000002"] {
        assert_eq!(book.customer(name), None, "{name:?}");
    }
}
