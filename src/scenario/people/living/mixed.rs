//! Everything at once: payments home and abroad, refused and steered, orders and mandates, cards, fees and
//! rows by hand, while the clock moves. Whatever comes in whatever order, the books balance after each step.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use time::Duration;

use crate::banking::Book;
use crate::banking::account::{Account, AccountStatus};
use crate::banking::balance::BalanceKind;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::Scheme;
use crate::banking::payment::{Creditor, Order, StatusCode, Submission};
use crate::banking::pending_to_booked::PendingToBooked;
use crate::banking::rail::Rail;
use crate::banking::timeline::{BUILT_IN, PaymentMatch, Timeline, TimelineRule};
use crate::banking::transaction::{Entry, TransactionStatus, TransactionView};
use crate::clock::Timestamp;
use crate::id::{AccountId, ClientId, ConsentId, PaymentId, TransactionId};
use crate::money::{Amount, Currency, Direction};
use crate::scenario::Scenario;
use crate::scenario::tests::at;

use super::quarter::rows;

/// A person with a little of everything, and what her accounts brought along.
struct Base {
    book: Book,
    now: Timestamp,
    openings: BTreeMap<AccountId, i64>,
}

/// Made once, since a copy is cheap.
static BASE: LazyLock<Base> = LazyLock::new(|| {
    let scenario = Scenario::parse("small.yaml", SMALL).unwrap();
    let now = at("2025-06-16T10:30:00Z");
    let book = scenario.open(now);
    let opening = |account: &Account| {
        let booked = booked(&book, account.id, now.bank);
        booked
            - sum(&rows(&book, account.id), TransactionStatus::Booked, |_| {
                true
            })
    };
    let accounts = book.accounts();
    let openings = accounts
        .iter()
        .map(|account| (account.id, opening(account)));
    Base {
        openings: openings.collect(),
        now: now.bank,
        book,
    }
});

/// One thing that happens; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Pay {
        rail: usize,
        timeline: usize,
        debtor: usize,
        creditor: usize,
        minor_units: i64,
    },
    Steer {
        payment: u64,
        status: usize,
    },
    Card {
        account: usize,
        minor_units: i64,
        hours: i64,
    },
    Fee {
        account: usize,
        minor_units: i64,
    },
    Book(u64),
    Reject(u64),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pay = (
        0..Rail::ALL.len(),
        0..BUILT_IN.len(),
        0..6_usize,
        0..8_usize,
        1..60_000_i64,
    );
    let pay = pay.prop_map(
        |(rail, timeline, debtor, creditor, minor_units)| Step::Pay {
            rail,
            timeline,
            debtor,
            creditor,
            minor_units,
        },
    );
    let steer = (1..8_u64, 0..StatusCode::ALL.len());
    let steer = steer.prop_map(|(payment, status)| Step::Steer { payment, status });
    let card = (0..6_usize, -9_000..2_000_i64, 1..72_i64);
    let card = card.prop_map(|(account, minor_units, hours)| Step::Card {
        account,
        minor_units,
        hours,
    });
    let fee = (0..6_usize, 1..500_i64);
    let fee = fee.prop_map(|(account, minor_units)| Step::Fee {
        account,
        minor_units,
    });
    let step = prop_oneof![
        5 => pay,
        2 => steer,
        2 => card,
        1 => fee,
        1 => (1..90_u64).prop_map(Step::Book),
        1 => (1..90_u64).prop_map(Step::Reject),
        3 => (1..60_i64).prop_map(Step::Wait),
        2 => (60..20_000_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..14)
}

/// Does one step. A refusal is an answer too; what matters is that the books balance after it.
fn take(book: &mut Book, step: &Step, now: &mut Timestamp) {
    match *step {
        Step::Pay { .. } => pay(book, step, *now),
        Step::Steer { payment, status } => {
            let to = (StatusCode::ALL[status], None);
            let _ = book.move_payment(PaymentId::new(payment), to, *now);
        }
        Step::Card {
            account,
            minor_units,
            hours,
        } => {
            let booked_at = now.plus(Duration::hours(hours)).whole_second();
            let row = Entry {
                status: TransactionStatus::Pending,
                ..Entry::booked(TransactionCode::CardPurchase, minor_units, booked_at)
            };
            if let Ok(id) = book.post(account_at(book, account).id, row) {
                book.expect(id).unwrap();
            }
        }
        Step::Fee {
            account,
            minor_units,
        } => {
            let row = Entry::booked(TransactionCode::Fee, -minor_units, now.whole_second());
            let _ = book.post(account_at(book, account).id, row);
        }
        Step::Book(id) => {
            let _ = book.book_now(TransactionId::new(id), *now);
        }
        Step::Reject(id) => {
            let _ = book.call_off(TransactionId::new(id), *now);
        }
        Step::Wait(minutes) => *now = now.plus(Duration::minutes(minutes)),
    }
    let fired = book.settle(*now);
    assert!(fired.is_sorted_by_key(|fired| fired.at));
    assert_eq!(book.settle(*now), [], "everything due is done once");
}

fn account_at(book: &Book, place: usize) -> Account {
    let accounts = book.accounts();
    accounts[place % accounts.len()].clone()
}

/// A payment to another account here, of whatever currency and status, to nobody here, or elsewhere.
fn pay(book: &mut Book, step: &Step, now: Timestamp) {
    let Step::Pay {
        rail,
        timeline,
        debtor,
        creditor,
        minor_units,
    } = *step
    else {
        return;
    };
    let (rail, debtor) = (Rail::ALL[rail], account_at(book, debtor));
    let currency = match rail {
        Rail::Swift | Rail::SepaCreditTransfer => Currency::Eur,
        _ => Currency::Gbp,
    };
    let order = Order::sample(rail, Amount::new(minor_units, currency));
    let by_number = |number: &str| (Scheme::SortCodeAccountNumber, number.to_owned());
    let account = match creditor {
        6 => by_number("608371-99999999"),
        7 => by_number("202015-55555555"),
        place => {
            let account = account_at(book, place);
            let number = &account.identifiers[0];
            (number.scheme, number.id.clone())
        }
    };
    let order = Order {
        creditor: Creditor {
            account,
            ..order.creditor.clone()
        },
        ..order
    };
    let rule = TimelineRule {
        when: PaymentMatch::default(),
        play: Arc::new(Timeline::built_in(BUILT_IN[timeline].0).unwrap()),
        matched: 0,
    };
    *book = std::mem::take(book).with_timelines(vec![rule]);
    let submission = Submission {
        client_id: ClientId::new("acorn-budget"),
        consent_id: ConsentId::new("consent_pis_test"),
        customer: debtor.holders[0],
        debtor: debtor.id,
        charges: rail.charge(order.charge_bearer).into_iter().collect(),
        order: Arc::new(order),
        quote: None,
        shows_refund_account: false,
        completion: None,
        twist: None,
    };
    book.submit_payment(submission, |_| false, now).unwrap();
}

fn booked(book: &Book, id: AccountId, now: Timestamp) -> i64 {
    let booked = book.balance(id, BalanceKind::InterimBooked, now);
    booked.unwrap().minor_units
}

fn sum(
    rows: &[TransactionView],
    status: TransactionStatus,
    counts: impl Fn(&TransactionView) -> bool,
) -> i64 {
    let rows = rows.iter().filter(|row| row.status == status);
    let counted = rows.filter(|row| counts(row));
    counted.map(|row| row.amount.minor_units).sum()
}

/// The equations of the API contract, section 4.2, for each account; and nothing for the bank.
fn assert_balanced(book: &Book, base: &Base, now: Timestamp) {
    assert!(book.trial_balance().values().all(|total| *total == 0));
    for account in book.accounts() {
        let opening = base.openings[&account.id];
        let rows = rows(book, account.id);
        let balance = |kind| book.balance(account.id, kind, now).unwrap().minor_units;
        let booked = opening + sum(&rows, TransactionStatus::Booked, |_| true);
        assert_eq!(balance(BalanceKind::InterimBooked), booked);
        let held = |row: &TransactionView| row.direction() == Direction::Debit;
        let included = account.credit(|line| line.included).minor_units;
        assert_eq!(
            balance(BalanceKind::InterimAvailable),
            booked + sum(&rows, TransactionStatus::Pending, held) + included
        );
        assert_eq!(
            balance(BalanceKind::Expected),
            booked + sum(&rows, TransactionStatus::Pending, |_| true)
        );
        let midnight = Timestamp::from_date(now.date());
        let before = |row: &TransactionView| row.booked_at < midnight;
        assert_eq!(
            balance(BalanceKind::OpeningBooked),
            opening + sum(&rows, TransactionStatus::Booked, before)
        );
        let mut running = opening;
        for row in &rows {
            let is_booked = row.status == TransactionStatus::Booked;
            running += if is_booked { row.amount.minor_units } else { 0 };
            let expected = is_booked.then_some(Amount::new(running, account.currency));
            assert_eq!(row.running_balance, expected);
        }
    }
}

/// Whatever was under way has ended, save what waits for a hand.
fn assert_ended(book: &Book) {
    for payment in book.payments() {
        let is_under_way = payment.current().status == StatusCode::Acsp;
        assert!(!is_under_way || payment.next_step_at().is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_comes_in_whatever_order_the_books_balance_after_each_step(
        way in 0..PendingToBooked::WORDS.len(),
        steps in steps(),
    ) {
        let base = &*BASE;
        let (_, way) = PendingToBooked::WORDS[way];
        let mut book = base.book.clone().with_pending_to_booked(way);
        let mut now = base.now;
        for step in &steps {
            take(&mut book, step, &mut now);
            assert_balanced(&book, base, now);
        }
        now = now.plus(Duration::days(8));
        book.settle(now);
        assert_balanced(&book, base, now);
        assert_ended(&book);
    }
}

#[test]
fn the_person_of_these_tests_has_a_little_of_everything() {
    let base = &*BASE;
    let mut book = base.book.clone();
    let fired = book.settle(base.now.plus(Duration::days(45)));
    let kinds = fired.iter().map(|fired| fired.kind.as_str());
    let kinds: std::collections::BTreeSet<_> = kinds.collect();
    for kind in [
        "direct_debit",
        "fee",
        "interest",
        "scheduled",
        "standing_order",
        "transaction_booked",
    ] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let accounts = book.accounts();
    let closed = |account: &&Account| account.status == AccountStatus::Deleted;
    assert!(accounts.iter().any(|account| closed(&account)));
    let is = |code| move |row: &TransactionView| row.code == code;
    let all: Vec<_> = (accounts.iter())
        .flat_map(|account| rows(&book, account.id))
        .collect();
    for code in [
        TransactionCode::CardPurchase,
        TransactionCode::DirectDebit,
        TransactionCode::FasterPayment,
        TransactionCode::Fee,
        TransactionCode::Interest,
        TransactionCode::InternalTransfer,
        TransactionCode::StandingOrder,
    ] {
        assert!(all.iter().any(is(code)), "{code:?}");
    }
    assert_balanced(&book, base, base.now.plus(Duration::days(45)));
}

const SMALL: &str = "version: 1
name: small
customers:
  - id: hazel
    name: Hazel
    accounts:
      - name: main
        nickname: Main
        opening: '600.00'
        history_months: 0
        credit_lines: [{type: pre_agreed, amount: '200.00'}]
        unpaid_fee: '12.00'
        income: [{payer: Acorn, information: PAY, amount: '310.00', every: weekly, day: 3}]
        standing_orders:
          - {to: {name: Oak, sort_code: '004711', number: '20118834'}, reference: RENT, amount: '95.00', day: 20}
        direct_debits:
          - {originator: Warren Water, mandate: WW-1, amount: '31.20', day: 18}
          - {originator: Glow Energy, mandate: GE-1, amount: '400.00', day: 23}
        payments:
          - {to: {name: Elm, sort_code: '004712', number: '20118835'}, reference: CLUB, amount: '9.00', every: weekly, day: 5}
        friends: [{count: 2, percent_a_day: 30, median: '12.00'}]
        spending:
          - {at: groceries, percent_a_day: 60, median: '14.00', refund_percent: 30}
          - {at: abroad_food, percent_a_day: 40, median: '11.00', abroad: {currency: EUR, rate: '1.1640'}}
        transfers: [{to: saver, amount: '20.00', day: 19}]
        fees: [{information: ACCOUNT FEE, amount: '3.00', day: 24}]
      - {name: saver, type: savings, nickname: Saver, opening: '90.00', history_months: 0, interest: '3.60'}
      - name: card
        type: credit_card
        nickname: Card
        history_months: 0
        opening: '-70.00'
        credit_lines: [{type: credit, amount: '500.00', included: true}]
        paid_in_full: {from: main, mandate: HBC-1, statement_day: 5}
        spending: [{at: restaurants, percent_a_day: 30, median: '25.00'}]
      - name: loan
        type: loan
        nickname: Loan
        history_months: 0
        balance: '-900.00'
        loan: {rate: '7.90', from: main, amount: '40.00', day: 21}
      - {name: euro, currency: EUR, nickname: Euro, opening: '700.00', history_months: 0}
      - {name: closed, nickname: Closed, status: deleted, history_months: 0}
";
