//! Payments on a book: what each status leaves in the ledger, and why payments fail.

use proptest::prelude::*;

use super::posting::{account_forbids, total_debit};
use super::*;
use crate::banking::Book;
use crate::banking::account::{Account, AccountKind, AccountStatus, CreditLine, CreditLineKind};
use crate::banking::agenda::FiredKind;
use crate::banking::balance::BalanceKind;
use crate::banking::customer::{Credential, Customer};
use crate::banking::exchange;
use crate::banking::identifier::Identifier;
use crate::banking::timeline::{BUILT_IN, PaymentMatch, Timeline, TimelineRule, Timelines};
use crate::banking::transaction::{TransactionStatus, TransactionView};

/// A Monday, ten o'clock in London.
const MONDAY: Timestamp = Timestamp::from_unix_seconds(1_705_312_800);
const HAZEL: CustomerId = CustomerId::new(1);
const MAIN: AccountId = AccountId::new(1);
const OTHER: AccountId = AccountId::new(2);
const EURO: AccountId = AccountId::new(3);
const ISA: AccountId = AccountId::new(4);
const CARD: AccountId = AccountId::new(5);
const CLOSED: AccountId = AccountId::new(6);
const BLOCKED: AccountId = AccountId::new(7);

fn account(id: AccountId, currency: Currency) -> Account {
    let number = format!("608371-{:08}", id.number());
    Account {
        id,
        holders: vec![HAZEL],
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
        identifiers: vec![Identifier {
            name: Some("Hazel Wheelwright".to_owned()),
            ..Identifier::bare(Scheme::SortCodeAccountNumber, number)
        }],
        servicer: None,
        credit_lines: vec![CreditLine {
            included: false,
            kind: CreditLineKind::PreAgreed,
            amount: Amount::new(5_000, currency),
        }],
        is_deposit_only: false,
    }
}

/// Each account opens with 1,000.00.
fn book() -> Book {
    let mut book = Book::default();
    let hazel = Customer {
        id: HAZEL,
        username: "hazel".to_owned(),
        name: "Hazel Wheelwright".to_owned(),
        password: Credential::new("hazelnut"),
        otp: Credential::new("123456"),
        email: "hazel@example.com".to_owned(),
        phone: "07700 900123".to_owned(),
        address: Vec::new(),
    };
    book.add_customer(hazel).unwrap();
    let (isa, card) = (account(ISA, Currency::Gbp), account(CARD, Currency::Gbp));
    let (closed, blocked) = (
        account(CLOSED, Currency::Gbp),
        account(BLOCKED, Currency::Gbp),
    );
    for account in [
        account(MAIN, Currency::Gbp),
        account(OTHER, Currency::Gbp),
        account(EURO, Currency::Eur),
        Account {
            is_deposit_only: true,
            ..isa
        },
        Account {
            kind: AccountKind::CreditCard,
            ..card
        },
        Account {
            status: AccountStatus::Deleted,
            ..closed
        },
        Account {
            status: AccountStatus::Disabled,
            ..blocked
        },
    ] {
        book.open_account(account, 100_000).unwrap();
    }
    book
}

fn order(rail: Rail, amount: Amount, creditor: &str) -> Order {
    let order = Order::sample(rail, amount);
    Order {
        creditor: Creditor {
            account: (Scheme::SortCodeAccountNumber, creditor.to_owned()),
            ..order.creditor.clone()
        },
        ..order
    }
}

fn submission(order: Order, debtor: AccountId) -> Submission {
    Submission {
        client_id: ClientId::new("acorn-budget"),
        consent_id: ConsentId::new("consent_pis_test"),
        customer: HAZEL,
        debtor,
        charges: (order.rail.charge(order.charge_bearer))
            .into_iter()
            .collect(),
        order: Arc::new(order),
        quote: None,
        shows_refund_account: false,
        completion: None,
        twist: None,
    }
}

fn pounds(pence: i64) -> Amount {
    Amount::new(pence, Currency::Gbp)
}

/// Ten pounds to a shop at another bank.
fn shop() -> Order {
    order(Rail::Fps, pounds(1_000), "202015-55555555")
}

fn play(book: &mut Book, name: &str) {
    let rule = TimelineRule {
        when: PaymentMatch::default(),
        play: Arc::new(Timeline::built_in(name).unwrap()),
        matched: 0,
    };
    book.timelines = Timelines::new(vec![rule]);
}

/// Lets time pass, and looks at a payment then.
fn run(book: &mut Book, id: PaymentId, until: Timestamp) -> Payment {
    for fired in book.settle(until) {
        // A payment that is rejected leaves its row for a week.
        assert!(matches!(
            fired.kind,
            FiredKind::PaymentStatus | FiredKind::TransactionDropped
        ));
    }
    assert_balanced(book);
    book.payment(id).unwrap().clone()
}

fn run_out(book: &mut Book, submission: Submission) -> Payment {
    let payment = book.submit_payment(submission, nobody, MONDAY).unwrap();
    run(book, payment.id, MONDAY.plus(Duration::days(30)))
}

fn assert_balanced(book: &Book) {
    assert!(book.trial_balance().values().all(|total| *total == 0));
}

fn codes(payment: &Payment) -> Vec<&'static str> {
    (payment.history().iter())
        .map(|change| change.status.as_str())
        .collect()
}

fn balance(book: &Book, id: AccountId, kind: BalanceKind) -> i64 {
    book.balance(id, kind, MONDAY).unwrap().minor_units
}

fn booked(book: &Book, id: AccountId) -> i64 {
    balance(book, id, BalanceKind::InterimBooked)
}

fn rows(book: &Book) -> Vec<TransactionView> {
    (1..=book.transaction_count() as u64)
        .filter_map(|number| book.transaction(TransactionId::new(number)))
        .collect()
}

#[test]
fn money_is_held_at_acsp_and_gone_at_acsc() {
    let mut book = book();
    let payment = book
        .submit_payment(submission(shop(), MAIN), nobody, MONDAY)
        .unwrap();
    assert_eq!(codes(&payment), ["RCVD"]);
    assert_eq!(
        payment.expected_execution,
        MONDAY.plus(Duration::seconds(5))
    );
    assert_eq!(
        payment.expected_settlement,
        MONDAY.plus(Duration::seconds(10))
    );
    assert_eq!(payment.scheme_payment_id(), None);
    assert_eq!(book.transaction_count(), 0);

    let payment = run(&mut book, payment.id, MONDAY.plus(Duration::seconds(5)));
    assert_eq!(codes(&payment), ["RCVD", "ACSP"]);
    assert_eq!(balance(&book, MAIN, BalanceKind::InterimAvailable), 99_000);
    assert_eq!(booked(&book, MAIN), 100_000);
    let row = rows(&book).remove(0);
    assert_eq!(row.status, TransactionStatus::Pending);
    assert_eq!(row.booked_at, payment.expected_settlement);
    assert_eq!(
        row.reference.as_deref(),
        payment.scheme_payment_id().as_deref()
    );
    assert_eq!(row.counterparty.unwrap().name, "Acorn Stores");

    let payment = run(&mut book, payment.id, MONDAY.plus(Duration::seconds(10)));
    assert_eq!(codes(&payment), ["RCVD", "ACSP", "ACSC"]);
    assert_eq!(booked(&book, MAIN), 99_000);
    let payment = run(&mut book, payment.id, MONDAY.plus(Duration::days(1)));
    assert_eq!(codes(&payment), ["RCVD", "ACSP", "ACSC", "ACCC"]);
    assert_eq!(book.transaction_count(), 1);
    assert_eq!(rows(&book)[0].status, TransactionStatus::Booked);
}

#[test]
fn both_sides_are_booked_when_the_creditor_banks_here() {
    for rail in [Rail::Fps, Rail::Book, Rail::Bacs, Rail::Chaps] {
        let mut book = book();
        let order = order(rail, pounds(1_000), "608371-00000002");
        let payment = run_out(&mut book, submission(order, MAIN));
        assert_eq!(payment.current().status, StatusCode::Accc);
        assert_eq!(booked(&book, OTHER), 101_000, "{rail:?}");
        assert_eq!(booked(&book, MAIN), 99_000 - payment.fee.minor_units);
        let credit = rows(&book).into_iter().find(|row| row.account_id == OTHER);
        let credit = credit.unwrap();
        assert_eq!(credit.counterparty.unwrap().name, "Hazel Wheelwright");
        assert_eq!(
            credit.reference.as_deref(),
            payment.scheme_payment_id().as_deref()
        );
        assert_eq!(book.in_transfer(Currency::Gbp), 0);
    }
}

/// What stands in the way is found at execution, whatever the timeline would like.
#[test]
fn a_payment_meets_its_obstacles() {
    let closed = order(Rail::Fps, pounds(1_000), "608371-00000006");
    let blocked = order(Rail::Fps, pounds(1_000), "608371-00000007");
    let nobody = order(Rail::Fps, pounds(1_000), "608371-99999999");
    let elsewhere = order(Rail::Book, pounds(1_000), "202015-55555555");
    let all = order(Rail::Fps, pounds(105_000), "202015-55555555");
    let more = order(Rail::Fps, pounds(105_001), "202015-55555555");
    let all_and_a_charge = order(Rail::Chaps, pounds(102_501), "202015-55555555");
    let nobody_s_iban = Order {
        creditor: Creditor {
            account: (Scheme::Iban, "GB98HMBK60837199999999".to_owned()),
            ..shop().creditor
        },
        ..shop()
    };
    for (why, order, debtor, reason) in [
        ("all that may be spent", all, MAIN, None),
        ("a penny more", more, MAIN, Some("AM04")),
        ("a charge beyond", all_and_a_charge, MAIN, Some("AM04")),
        ("a closed account", shop(), CLOSED, Some("AC04")),
        ("a blocked account", shop(), BLOCKED, Some("AC06")),
        ("a fixed term", shop(), ISA, Some("AG01")),
        ("a credit card", shop(), CARD, Some("AG01")),
        ("pounds from a euro account", shop(), EURO, Some("AG01")),
        ("a closed creditor", closed, MAIN, Some("1161")),
        ("a blocked creditor", blocked, MAIN, Some("1100")),
        ("no such creditor", nobody, MAIN, Some("AC03")),
        (
            "no such creditor, by IBAN",
            nobody_s_iban,
            MAIN,
            Some("AC03"),
        ),
        ("a book transfer elsewhere", elsewhere, MAIN, Some("AC03")),
    ] {
        let mut book = book();
        let payment = run_out(&mut book, submission(order, debtor));
        let found = payment.current().reason.map(Reason::code);
        assert_eq!(found, reason, "{why}");
        let end = if reason.is_some() { "RJCT" } else { "ACCC" };
        assert_eq!(payment.current().status.as_str(), end, "{why}");
        assert_eq!(
            book.transaction_count(),
            usize::from(reason.is_none()),
            "{why}"
        );
    }
}

#[test]
fn every_reason_comes_about_by_some_named_timeline() {
    for reason in Reason::ALL {
        let plays = |(name, _): &&(&str, _)| {
            let mut book = book();
            play(&mut book, name);
            let payment = run_out(&mut book, submission(shop(), MAIN));
            (payment.history().iter()).any(|change| change.reason == Some(reason))
        };
        assert!(BUILT_IN.iter().any(|named| plays(&named)), "{reason:?}");
    }
}

#[test]
fn named_timelines_go_through_their_statuses() {
    for (name, expected, left) in [
        ("usual", "RCVD ACSP ACSC ACCC", 99_000),
        ("instant-success", "RCVD ACSP ACSC ACCC", 99_000),
        (
            "slow-success",
            "RCVD ACTC ACCP ACFC ACSP ACSC ACWP ACCC",
            99_000,
        ),
        ("next-working-day", "RCVD ACSP ACWC ACSC ACCC", 99_000),
        ("cut-off-missed", "RCVD PDNG ACTC ACSP ACSC ACCC", 99_000),
        (
            "held-then-released",
            "RCVD PDNG ACTC ACSP ACSC ACCC",
            99_000,
        ),
        ("held-then-rejected", "RCVD PDNG RJCT", 100_000),
        ("stuck-pending", "RCVD PDNG", 100_000),
        (
            "multi-auth-approved",
            "RCVD PATC ACCP ACSP ACSC ACCC",
            99_000,
        ),
        ("multi-auth-declined", "RCVD PATC RJCT", 100_000),
        ("multi-auth-expired", "RCVD PATC RJCT", 100_000),
        ("insufficient-funds", "RCVD RJCT", 100_000),
        ("account-closed", "RCVD RJCT", 100_000),
        ("scheme-rejects", "RCVD ACSP RJCT", 100_000),
        (
            "beneficiary-bank-reject",
            "RCVD ACSP ACSC ACWP BLCK",
            100_000,
        ),
        ("returned-after-settlement", "RCVD ACSP ACSC RJCT", 100_000),
    ] {
        let mut book = book();
        play(&mut book, name);
        let payment = run_out(&mut book, submission(shop(), MAIN));
        assert_eq!(codes(&payment).join(" "), expected, "{name}");
        assert_eq!(booked(&book, MAIN), left, "{name}");
        let available = balance(&book, MAIN, BalanceKind::InterimAvailable);
        assert_eq!(available, left, "{name}");
        let times = payment.history().iter().map(|change| change.at);
        assert!(times.is_sorted(), "{name}");
    }
}

#[test]
fn money_that_was_settled_comes_back_in_a_row_of_its_own() {
    for (name, creditor) in [
        ("returned-after-settlement", "202015-55555555"),
        ("returned-after-settlement", "608371-00000002"),
        ("beneficiary-bank-reject", "608371-00000002"),
    ] {
        let mut book = book();
        play(&mut book, name);
        let order = order(Rail::Chaps, pounds(1_000), creditor);
        let payment = run_out(&mut book, submission(order, MAIN));
        assert!(payment.current().status.is_failure());
        // The charge for a payment that was made stays with the bank.
        assert_eq!(booked(&book, MAIN), 97_500, "{name}");
        assert_eq!(booked(&book, OTHER), 100_000, "{name} {creditor}");
        let back = rows(&book).into_iter().rfind(|row| row.account_id == MAIN);
        let back = back.unwrap();
        assert_eq!(back.amount, pounds(1_000));
        assert_eq!(back.information.as_deref(), Some("RETURNED ORDER1001"));
        assert_eq!(back.booked_at, payment.current().at);
    }
}

#[test]
fn what_the_scheme_rejects_leaves_rejected_rows_and_no_charge() {
    let mut book = book();
    play(&mut book, "scheme-rejects");
    let order = submission(order(Rail::Chaps, pounds(1_000), "202015-55555555"), MAIN);
    let payment = book.submit_payment(order, nobody, MONDAY).unwrap();
    run(&mut book, payment.id, MONDAY.plus(Duration::DAY));
    let statuses: Vec<_> = rows(&book).iter().map(|row| row.status).collect();
    assert_eq!(statuses, [TransactionStatus::Rejected; 2]);
    assert_eq!(book.spendable(MAIN, MONDAY), Some(pounds(105_000)));
}

#[test]
fn a_payment_abroad_is_converted_and_charged_beside() {
    let mut book = book();
    let terms = ExchangeTerms {
        unit: Currency::Gbp,
        rate_type: RateType::Actual,
        agreed: None,
    };
    let order = Order {
        exchange: Some(terms),
        ..order(Rail::Swift, Amount::new(10_000, Currency::Eur), "x")
    };
    let quote = Quote {
        unit: Currency::Gbp,
        rate: Rate::parse("1.1640").unwrap(),
        rate_type: RateType::Actual,
        contract: None,
        expires_at: None,
    };
    let total = total_debit(&order, Currency::Gbp, Some(&quote), MONDAY.date());
    assert_eq!(total, Some(pounds(8_591 + 500)));
    let submission = Submission {
        quote: Some(quote),
        ..submission(order, MAIN)
    };
    run_out(&mut book, submission);
    assert_eq!(booked(&book, MAIN), 100_000 - 8_591 - 500);
    let exchanged = rows(&book).remove(0).exchange.unwrap();
    assert_eq!(exchanged.rate_millionths, 1_164_000);
    assert_eq!(exchanged.instructed, Amount::new(10_000, Currency::Eur));
    assert_eq!(rows(&book)[1].code.as_str(), "fee");
}

#[test]
fn an_indicative_rate_gives_way_to_the_market_of_the_day() {
    let market = exchange::market(Currency::Gbp, Currency::Eur, MONDAY.date());
    for (rate_type, used) in [
        (RateType::Indicative, market),
        (RateType::Actual, Rate::parse("1.5").unwrap()),
        (RateType::Agreed, Rate::parse("1.5").unwrap()),
    ] {
        let mut book = book();
        let order = order(Rail::Swift, Amount::new(10_000, Currency::Eur), "x");
        let quote = Quote {
            unit: Currency::Gbp,
            rate: Rate::parse("1.5").unwrap(),
            rate_type,
            contract: None,
            expires_at: None,
        };
        let submission = Submission {
            quote: Some(quote),
            ..submission(order, MAIN)
        };
        let payment = book.submit_payment(submission, nobody, MONDAY).unwrap();
        let cost = used.cost(Amount::new(10_000, Currency::Eur), Currency::Gbp);
        assert_eq!(Some(payment.debit), cost, "{rate_type:?}");
        assert_eq!(payment.quote.unwrap().rate, used, "{rate_type:?}");
    }
}

#[test]
fn a_payment_that_misses_its_cut_off_is_held_for_the_next_working_day() {
    let friday_evening = Timestamp::parse("2024-01-19T18:00:00Z").unwrap();
    let monday_morning = Timestamp::parse("2024-01-22T06:00:00Z").unwrap();
    let mut book = book();
    let order = order(Rail::Chaps, pounds(1_000), "202015-55555555");
    let payment = book.submit_payment(submission(order, MAIN), nobody, friday_evening);
    let payment = payment.unwrap();
    let execution = monday_morning.plus(Duration::seconds(5));
    assert_eq!(payment.expected_execution, execution);
    let payment = run(&mut book, payment.id, friday_evening);
    assert_eq!(codes(&payment), ["RCVD", "PDNG"]);
    assert_eq!(payment.current().reason, Some(Reason::CutOffMissed));
    let payment = run(&mut book, payment.id, execution);
    assert_eq!(codes(&payment), ["RCVD", "PDNG", "ACTC", "ACSP"]);
}

#[test]
fn the_bank_s_hand_moves_a_payment_where_the_machine_allows_and_nowhere_else() {
    for from in StatusCode::ALL {
        for to in StatusCode::ALL {
            let mut book = book();
            let id = book
                .submit_payment(submission(shop(), MAIN), nobody, MONDAY)
                .unwrap()
                .id;
            let Some(way) = way_to(from) else { continue };
            for status in way {
                book.move_payment(id, (status, None), MONDAY).unwrap();
            }
            let before = book.clone();
            let moved = book.move_payment(id, (to, None), MONDAY);
            if from.may_become(to) {
                assert_eq!(moved.unwrap().unwrap().current().status, to);
            } else {
                assert_eq!(moved, Err(IllegalStep { from, to }));
                assert_eq!(book, before);
            }
            assert_balanced(&book);
        }
    }
    let nobody = PaymentId::new(7);
    let moved = book().move_payment(nobody, (StatusCode::Rjct, None), MONDAY);
    assert_eq!(moved, Ok(None));
}

/// The shortest legal way from RCVD, without RCVD itself.
fn way_to(status: StatusCode) -> Option<Vec<StatusCode>> {
    let mut ways = VecDeque::from([vec![StatusCode::Rcvd]]);
    while let Some(way) = ways.pop_front() {
        let last = *way.last().unwrap();
        if last == status {
            return Some(way[1..].to_vec());
        }
        ways.extend(
            last.next()
                .iter()
                .map(|next| [way.as_slice(), &[*next]].concat()),
        );
    }
    None
}

#[test]
fn a_payment_moved_by_hand_follows_its_timeline_no_longer() {
    let mut book = book();
    let id = book
        .submit_payment(submission(shop(), MAIN), nobody, MONDAY)
        .unwrap()
        .id;
    book.move_payment(id, (StatusCode::Pdng, None), MONDAY)
        .unwrap();
    let payment = run(&mut book, id, MONDAY.plus(Duration::days(30)));
    assert_eq!(codes(&payment), ["RCVD", "PDNG"]);
    assert_eq!(book.step_payment(id, MONDAY.plus(Duration::days(30))), None);
}

#[test]
fn approval_by_more_than_one_is_told_from_the_history() {
    use MultiAuthorizationStatus::{Authorized, Awaiting, Rejected};
    for (name, minutes, expected) in [
        ("usual", 60, None),
        ("multi-auth-approved", 1, Some((Awaiting, 1))),
        ("multi-auth-approved", 60, Some((Authorized, 2))),
        ("multi-auth-declined", 60, Some((Rejected, 1))),
    ] {
        let mut book = book();
        play(&mut book, name);
        let id = book
            .submit_payment(submission(shop(), MAIN), nobody, MONDAY)
            .unwrap()
            .id;
        let payment = run(&mut book, id, MONDAY.plus(Duration::minutes(minutes)));
        let found = payment.multi_authorization();
        let told = found.map(|multi| (multi.status, multi.received));
        assert_eq!(told, expected, "{name} after {minutes} minutes");
    }
}

#[test]
fn accounts_that_may_not_pay_say_why() {
    let book = book();
    for (id, reason) in [
        (MAIN, None),
        (EURO, Some(Reason::AccountTypeForbids)),
        (ISA, Some(Reason::AccountTypeForbids)),
        (CARD, Some(Reason::AccountTypeForbids)),
        (CLOSED, Some(Reason::AccountClosed)),
        (BLOCKED, Some(Reason::AccountBlocked)),
    ] {
        let account = book.account(id).unwrap();
        assert_eq!(account_forbids(&account, &shop()), reason, "{id}");
    }
}

fn nobody(_: PaymentId) -> bool {
    false
}

fn submit_as(book: &mut Book, client: &str) -> Result<PaymentId, NoRoom> {
    let submission = Submission {
        client_id: ClientId::new(client),
        ..submission(shop(), MAIN)
    };
    let payment = book.submit_payment(submission, nobody, MONDAY);
    payment.map(|payment| payment.id)
}

fn end(book: &mut Book, id: PaymentId) {
    let rejected = book.move_payment(id, (StatusCode::Rjct, None), MONDAY);
    assert!(rejected.unwrap().is_some());
}

#[test]
fn a_client_that_has_its_fill_makes_room_with_an_ended_payment_of_its_own() {
    let mut book = book().with_payments_kept(Some(3));
    let theirs = submit_as(&mut book, "burrow-pay").unwrap();
    end(&mut book, theirs);
    let own: Vec<_> = (0..3)
        .map(|_| submit_as(&mut book, "acorn-budget").unwrap())
        .collect();
    let acorn = ClientId::new("acorn-budget");
    let before = book.clone();
    let full = NoRoom::Payments(3);
    assert_eq!(book.check_room_for_payment(&acorn, nobody), Err(full));
    assert_eq!(submit_as(&mut book, "acorn-budget"), Err(full));
    assert_eq!(book, before, "a refusal changes nothing");
    assert!(submit_as(&mut book, "burrow-pay").is_ok());

    end(&mut book, own[1]);
    end(&mut book, own[2]);
    assert_eq!(book.check_room_for_payment(&acorn, nobody), Ok(()));
    // Whoever is still answered with one keeps it, and the next one goes.
    let both = |id: PaymentId| own[1..].contains(&id);
    assert_eq!(book.check_room_for_payment(&acorn, both), Err(full));
    let mut beside = book.clone();
    let submission = Submission {
        client_id: acorn.clone(),
        ..submission(shop(), MAIN)
    };
    let first = |id: PaymentId| id == own[1];
    beside.submit_payment(submission, first, MONDAY).unwrap();
    assert!(beside.payment(own[1]).is_some() && beside.payment(own[2]).is_none());
    assert!(book.payment(own[1]).is_some(), "a question lets nothing go");
    let next = submit_as(&mut book, "acorn-budget").unwrap();
    assert_eq!(book.payment(own[1]), None);
    for kept in [own[0], own[2], next, theirs] {
        assert!(book.payment(kept).is_some(), "{kept}");
    }
}

/// Goal: a client that has all its payments rejected after they were held fills no list.
#[test]
fn rejected_rows_leave_after_a_week_or_with_their_payment() {
    let mut book = book().with_payments_kept(Some(3));
    play(&mut book, "scheme-rejects");
    let mut now = MONDAY;
    for round in 0..20 {
        let chaps = order(Rail::Chaps, pounds(1_000), "202015-55555555");
        let payment = book
            .submit_payment(submission(chaps, MAIN), nobody, now)
            .unwrap();
        now = now.plus(Duration::MINUTE);
        assert_eq!(
            run(&mut book, payment.id, now).current().status,
            StatusCode::Rjct
        );
        let kept = book.payments().count();
        assert!(kept <= 3);
        assert_eq!(
            book.transaction_count(),
            2 * kept,
            "a debit and a charge each, {round}"
        );
    }
    assert_eq!(book.payments.rows(), 40);
    let week = now.plus(Duration::WEEK);
    let dropped = book.settle(week);
    assert_eq!(dropped.len(), 6);
    assert_eq!(book.transaction_count(), 0);
    assert_eq!(balance(&book, MAIN, BalanceKind::InterimAvailable), 100_000);
}

/// Goal: what payments leave in the book for good ends somewhere, and whoever brings one more is told.
#[test]
fn payments_leave_so_many_rows_and_no_more() {
    let mut book = book();
    let acorn = ClientId::new("acorn-budget");
    let before = book.payments.rows();
    run_out(&mut book, submission(shop(), MAIN));
    let home = order(Rail::Fps, pounds(1_000), "608371-00000002");
    run_out(&mut book, submission(home, MAIN));
    assert_eq!(book.payments.rows() - before, 3, "one away, two at home");
    let nearly = store::ROWS_MAX - 1;
    while book.payments.rows() < nearly {
        book.payments.count_row();
    }
    assert_eq!(book.check_room_for_payment(&acorn, nobody), Ok(()));
    run_out(&mut book, submission(shop(), MAIN));
    let full = NoRoom::Rows(store::ROWS_MAX);
    assert_eq!(book.check_room_for_payment(&acorn, nobody), Err(full));
    let before = book.clone();
    assert_eq!(submit_as(&mut book, "burrow-pay"), Err(full));
    assert_eq!(book, before, "a refusal changes nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_hands_and_timelines_do_the_ledger_adds_up(
        moves in prop::collection::vec((0..4_u64, 0..14_usize, 0..400_i64), 1..60),
        names in prop::collection::vec(0..BUILT_IN.len(), 4),
    ) {
        let mut book = book();
        let mut now = MONDAY;
        for (index, name) in names.into_iter().enumerate() {
            play(&mut book, BUILT_IN[name].0);
            let creditor = ["608371-00000002", "202015-55555555"][index % 2];
            let rail = [Rail::Fps, Rail::Chaps, Rail::Swift][index % 3];
            let amount = Amount::new(30_000, [Currency::Gbp, Currency::Eur][usize::from(rail == Rail::Swift)]);
            book.submit_payment(submission(order(rail, amount, creditor), MAIN), nobody, now).unwrap();
        }
        for (which, status, seconds) in moves {
            now = now.plus(Duration::seconds(seconds));
            let id = PaymentId::new(which + 1);
            run(&mut book, id, now);
            let _ = book.move_payment(id, (StatusCode::ALL[status], None), now);
            assert_balanced(&book);
            let payment = book.payment(id).unwrap();
            let pairs = payment.history().windows(2);
            for pair in pairs {
                prop_assert!(pair[0].status.may_become(pair[1].status));
                prop_assert!(pair[0].at <= pair[1].at);
            }
        }
        let net: i64 = rows(&book).iter()
            .filter(|row| row.status == TransactionStatus::Booked && row.account_id == MAIN)
            .map(|row| row.amount.minor_units)
            .sum();
        prop_assert_eq!(booked(&book, MAIN), 100_000 + net);
    }
}
