//! Each habit goes on when time passes: what it has left a quarter later, on any day the bank may open.

use std::collections::BTreeSet;

use time::Duration;

use super::quarter::{Quarter, days_between, rows, says, told};
use crate::banking::account::AccountStatus;
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::schedule::ScheduleStatus;
use crate::banking::transaction::TransactionView;
use crate::money::Direction;
use crate::scenario::Scenario;
use crate::scenario::tests::{MOMENTS, at};

#[test]
fn what_a_business_pays_it_goes_on_paying() {
    for moment in MOMENTS {
        let quarter = Quarter::of("small-business", moment);
        let (book, start, end) = (&quarter.book, quarter.start, quarter.end);
        let rows: Vec<_> = (book.accounts().iter())
            .flat_map(|account| rows(book, account.id))
            .filter(|row| row.booked_at > start)
            .collect();
        let payroll = told(&rows, "PAYROLL 001");
        let last_days = days_between(start, end, |day| {
            calendar::last_working_day(day.year(), day.month())
        });
        let paid: Vec<_> = payroll.iter().map(|row| row.booked_at.date()).collect();
        assert_eq!(paid, last_days, "{moment}");
        assert!(payroll.iter().all(|row| row.amount.minor_units == -198_000));
        assert!(payroll.iter().all(|row| row.code == TransactionCode::Bacs));
        let flour = told(&rows, "BURDOCK ACCT 77");
        assert!(
            (11..=13).contains(&flour.len()),
            "{moment}: {}",
            flour.len()
        );
        for pair in flour.windows(2) {
            let apart = pair[1].booked_at.date() - pair[0].booked_at.date();
            assert!((1..=12).contains(&apart.whole_days()), "{moment}: {apart}");
        }
        let vat = told(&rows, "VAT 900112233");
        assert!((0..=1).contains(&vat.len()), "{moment}");
        for row in vat {
            let month = u8::from(row.booked_at.date().month());
            assert!([2, 5, 8, 11].contains(&month) || [3, 6, 9, 12].contains(&month));
        }
        let payee = payroll[0].counterparty.as_ref().unwrap();
        assert_eq!(payee.name, "Teasel Burdock");
    }
}

#[test]
fn what_is_paid_into_a_switched_account_is_sent_on_within_a_minute() {
    for moment in MOMENTS {
        let quarter = Quarter::of("switching", moment);
        let rows = quarter.since("Switched Account");
        assert!((24..=26).contains(&rows.len()), "{moment}: {}", rows.len());
        for pair in rows.chunks(2) {
            let [comes, goes] = pair else {
                panic!("{moment}: something stayed: {pair:?}");
            };
            assert!(says(comes, "ITEM SOLD") && says(goes, "REDIRECTED BY SWITCH SERVICE"));
            assert_eq!(comes.amount.minor_units, -goes.amount.minor_units);
            assert_eq!(goes.booked_at, comes.booked_at.plus(Duration::MINUTE));
            assert_eq!(goes.running_balance.unwrap().minor_units, 0, "{moment}");
        }
    }
}

/// Goal: an account that is given up or blocked has nothing else to tell: no order is tried in vain, and no
/// fee is taken.
#[test]
fn nothing_else_happens_on_an_account_that_is_not_in_use() {
    for moment in MOMENTS {
        for persona in ["closed-and-blocked", "switching"] {
            let quarter = Quarter::of(persona, moment);
            for account in quarter.book.accounts() {
                let is_in_use = account.status == AccountStatus::Enabled;
                let rows = rows(&quarter.book, account.id);
                let mut new = rows.iter().filter(|row| row.booked_at > quarter.start);
                let other = new.find(|row| row.code != TransactionCode::FasterPayment);
                assert!(
                    is_in_use || other.is_none(),
                    "{moment} {account:?}: {other:?}"
                );
                let ids = [account.id];
                let orders = quarter.book.standing_orders(&ids);
                let is_in_force = |status| status == ScheduleStatus::Active;
                let mut orders = orders.iter();
                assert!(is_in_use || !orders.any(|order| is_in_force(order.status)));
                let debits = quarter.book.direct_debits(&ids);
                assert!(is_in_use || !debits.iter().any(|debit| is_in_force(debit.status)));
            }
        }
    }
}

#[test]
fn friends_stay_the_same_few() {
    for moment in MOMENTS {
        let quarter = Quarter::of("in-difficulty", moment);
        let is_friendly = |row: &&TransactionView| {
            let reference = row.reference.as_deref().unwrap_or_default();
            row.code == TransactionCode::FasterPayment && reference.starts_with("FPS")
        };
        let names = |rows: &[TransactionView]| -> BTreeSet<String> {
            let friendly = rows.iter().filter(is_friendly);
            friendly
                .map(|row| row.counterparty.as_ref().unwrap().name.clone())
                .collect()
        };
        let accounts = quarter.book.accounts();
        let main = accounts[0].nickname.clone().unwrap();
        let since = quarter.since(&main);
        let known = names(&quarter.before(&main));
        assert!(known.len() <= 3, "{known:?}");
        assert!(names(&since).is_subset(&known), "{moment}");
        let count = since.iter().filter(is_friendly).count();
        assert!(count > 0, "{moment}");
        let is_round = |row: &TransactionView| row.amount.minor_units % 50 == 0;
        assert!(since.iter().filter(is_friendly).all(is_round));
        let references: BTreeSet<_> = (since.iter().filter(is_friendly))
            .map(|row| row.reference.clone())
            .collect();
        assert_eq!(references.len(), count);
    }
}

#[test]
fn no_money_moves_to_an_account_that_takes_none() {
    for status in ["disabled", "deleted", "pending"] {
        let source = format!(
            "version: 1
name: saving
customers:
  - id: hazel
    name: Hazel
    accounts:
      - name: main
        nickname: Main
        opening: '5000.00'
        history_months: 1
        income: [{{payer: Acorn, information: PAY, amount: '900.00', every: weekly, day: 2}}]
        transfers: [{{to: saver, amount: '50.00', day: 5}}]
        sweep: {{to: saver}}
      - {{name: saver, type: savings, nickname: Saver, status: {status}, history_months: 1}}
"
        );
        let scenario = Scenario::parse("saving.yaml", &source).unwrap();
        let now = at(MOMENTS[0]);
        let quarter = Quarter::lived((scenario.open(now), now.bank));
        assert_eq!(quarter.since("Saver"), [], "{status}");
        let main = quarter.since("Main");
        assert!(main.iter().all(|row| row.direction() == Direction::Credit));
        assert!(main.len() > 10, "{status}: her pay still comes");
    }
}
