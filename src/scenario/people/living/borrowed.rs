//! Borrowed money, a quarter later: loans shrink, and cards are paid in full.

use time::Duration;

use super::assert_adds_up;
use super::quarter::{Quarter, all_since, days_between, rows, says, told};
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::clock::Timestamp;
use crate::scenario::Scenario;
use crate::scenario::tests::{MOMENTS, at};

#[test]
fn loans_are_charged_for_and_paid_back() {
    for moment in MOMENTS {
        let quarter = Quarter::of("homeowner", moment);
        for (nickname, day, part, basis_points) in
            [("The House", 1, 90_540, 435), ("The Car", 15, 21_260, 790)]
        {
            let rows = quarter.since(nickname);
            let due = days_between(quarter.start, quarter.end, |month| {
                let day = calendar::day_of_month(month.year(), month.month(), day);
                calendar::working_day_on_or_after(day)
            });
            let charged = told(&rows, "INTEREST CHARGED");
            let on: Vec<_> = charged.iter().map(|row| row.booked_at.date()).collect();
            assert_eq!(on, due, "{moment} {nickname}");
            for row in &charged {
                assert_eq!(row.code, TransactionCode::Interest);
                let owed = row.amount.minor_units - row.running_balance.unwrap().minor_units;
                assert_eq!(-row.amount.minor_units, owed * basis_points / 120_000);
            }
            let paid = told(&rows, "LOAN PAYMENT");
            assert!(
                paid.len() + 1 >= due.len() && due.len() >= 2,
                "{moment} {nickname}"
            );
            assert!(paid.iter().all(|row| row.amount.minor_units == part));
            let owed = rows.last().unwrap().running_balance.unwrap().minor_units;
            let before = quarter.before(nickname);
            let before = before.last().unwrap().running_balance.unwrap().minor_units;
            assert!(
                before < owed && owed < 0,
                "{moment} {nickname}: {before} {owed}"
            );
        }
    }
}

#[test]
fn a_loan_is_paid_back_to_nothing_and_is_never_a_credit() {
    let source = "version: 1
name: nearly
customers:
  - id: hazel
    name: Hazel
    accounts:
      - {name: main, nickname: Main, opening: '900.00', history_months: 1}
      - {name: loan, type: loan, nickname: Loan, history_months: 1, balance: '-250.00',
         loan: {rate: '6.00', from: main, amount: '100.00', day: 10}}
";
    let scenario = Scenario::parse("nearly.yaml", source).unwrap();
    let now = at(MOMENTS[0]);
    let mut book = scenario.open(now);
    let end = now.bank.plus(Duration::days(200));
    book.settle(end);
    assert_adds_up(&book, end);
    let quarter = Quarter {
        book,
        start: now.bank,
        end,
    };
    let rows = quarter.since("Loan");
    let paid: Vec<_> = told(&rows, "LOAN PAYMENT")
        .iter()
        .map(|row| row.amount.minor_units)
        .collect();
    // 250.00 and its interest: 1.25, then 0.75, then 0.26.
    assert_eq!(paid, [10_000, 10_000, 5_226]);
    let left = rows.last().unwrap().running_balance.unwrap();
    assert_eq!(left.minor_units, 0);
}

#[test]
fn a_card_is_paid_in_full_two_weeks_after_each_statement() {
    for moment in MOMENTS {
        let quarter = Quarter::of("high-earner", moment);
        let all = rows(&quarter.book, quarter.account("Platinum Card"));
        let paid = told(
            &quarter.since("Platinum Card"),
            "PAYMENT RECEIVED THANK YOU",
        );
        assert!((2..=3).contains(&paid.len()), "{moment}: {}", paid.len());
        for row in &paid {
            // The statement of the twentieth, fourteen days and some before.
            let closed = (14..=19)
                .map(|days| row.booked_at.date() - Duration::days(days))
                .find(|day| day.day() == 20);
            let closed = Timestamp::from_date(closed.expect("a statement"));
            let on_statement = (all.iter().rev())
                .filter(|row| row.booked_at < closed)
                .find_map(|row| row.running_balance)
                .unwrap();
            assert_eq!(
                row.amount.minor_units, -on_statement.minor_units,
                "{moment}"
            );
            assert_eq!(row.reference.as_deref(), Some("HBC-4400812"));
        }
        let collected: Vec<_> = all_since(&quarter)
            .into_iter()
            .filter(|row| says(row, "HAMSTER BANK CARDS HBC-4400812"))
            .map(|row| (-row.amount.minor_units, row.booked_at))
            .collect();
        let paid: Vec<_> = (paid.iter())
            .map(|row| (row.amount.minor_units, row.booked_at))
            .collect();
        assert_eq!(collected, paid, "{moment}");
    }
}
