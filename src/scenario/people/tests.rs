//! The people of the built-in scenarios: what they promise holds on any day, and none of the
//! anti-patterns other mock banks were found with is theirs.

mod facts;
mod lives;
mod noise;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use time::Duration;

use crate::banking::Book;
use crate::banking::account::Account;
use crate::banking::balance::BalanceKind;
use crate::banking::calendar;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::{Iban, Scheme};
use crate::banking::page::{Order, PageRequest, TransactionFilter};
use crate::banking::transaction::{TransactionStatus, TransactionView};
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::id::AccountId;
use crate::money::{Currency, Direction};
use crate::scenario::Scenario;
use crate::scenario::tests::{MOMENTS, at};

fn default_with_seed(seed: u64) -> Scenario {
    let mut scenario = Scenario::builtin("default").unwrap();
    scenario.bank.seed = Seed(seed);
    scenario
}

fn rows(book: &Book, account: AccountId) -> Vec<TransactionView> {
    let request = PageRequest {
        after: None,
        size: usize::MAX,
        order: Order::OldestFirst,
    };
    book.transactions(&[account], &TransactionFilter::default(), request)
        .rows
}

fn all_rows(book: &Book) -> Vec<TransactionView> {
    (book.accounts().iter())
        .flat_map(|account| rows(book, account.id))
        .collect()
}

/// Everything anybody can read in a book.
fn digest(book: &Book) -> String {
    let dump = format!(
        "{:?}{:?}{:?}",
        book.customers(),
        book.accounts(),
        all_rows(book)
    );
    format!("{:x}", Sha256::digest(dump))
}

fn by_nickname(book: &Book, nickname: &str) -> Account {
    (book.accounts().into_iter())
        .find(|account| account.nickname.as_deref() == Some(nickname))
        .unwrap()
}

#[test]
fn the_same_seed_and_clock_give_the_same_book_to_the_byte() {
    let now = at(MOMENTS[0]);
    let book = default_with_seed(42).open(now);
    let again = default_with_seed(42).open(now);
    assert_eq!(book, again);
    assert_eq!(format!("{book:?}"), format!("{again:?}"));
    let other_seed = default_with_seed(43).open(now);
    assert_ne!(digest(&book), digest(&other_seed));
    let other_clock = default_with_seed(42).open(at(MOMENTS[1]));
    assert_ne!(digest(&book), digest(&other_clock));
}

#[test]
fn every_account_begins_at_the_balance_written_to_the_penny() {
    for (moment, seed) in MOMENTS.iter().zip(1..) {
        let scenario = default_with_seed(seed);
        let now = at(moment);
        let book = scenario.open(now);
        let plans: Vec<_> = (scenario.customers.iter())
            .flat_map(|plan| &plan.accounts)
            .collect();
        assert_eq!(plans.len(), book.accounts().len());
        for (plan, account) in plans.into_iter().zip(book.accounts()) {
            let booked = book.balance(account.id, BalanceKind::InterimBooked, now.bank);
            assert_eq!(
                booked.unwrap().minor_units,
                plan.balance,
                "{moment} {}",
                plan.name
            );
        }
        assert!(book.trial_balance().values().all(|total| *total == 0));
        for currency in Currency::ALL {
            assert_eq!(
                book.in_transfer(currency),
                0,
                "every transfer has both legs"
            );
        }
    }
}

/// API contract, section 4.9: nickname, number, balance, currency, IBAN.
const FIXTURES: [(&str, &str, i64, &str, &str); 8] = [
    (
        "Main Account",
        "12345678",
        543_210,
        "GBP",
        "GB33BUKB60837112345678",
    ),
    (
        "Joint Account",
        "87654321",
        1_250_000,
        "GBP",
        "GB51HMBK60837187654321",
    ),
    (
        "Overdrawn",
        "11111111",
        -25_000,
        "GBP",
        "GB47HMBK60837111111111",
    ),
    (
        "Zero Balance",
        "00000000",
        0,
        "GBP",
        "GB93HMBK60837100000000",
    ),
    (
        "Easy Saver",
        "22222222",
        1_000_000,
        "GBP",
        "GB98HMBK60837122222222",
    ),
    (
        "Fixed Term ISA",
        "33333333",
        2_000_000,
        "GBP",
        "GB52HMBK60837133333333",
    ),
    (
        "Euro Account",
        "44444444",
        250_000,
        "EUR",
        "GB06HMBK60837144444444",
    ),
    (
        "USD Account",
        "55555555",
        800_000,
        "USD",
        "GB57HMBK60837155555555",
    ),
];

#[test]
fn the_documented_accounts_are_those_of_the_contract() {
    let now = at(MOMENTS[0]);
    let book = Scenario::builtin("default").unwrap().open(now);
    for (nickname, number, balance, currency, iban) in FIXTURES {
        let account = by_nickname(&book, nickname);
        let id = |scheme| account.identifier(scheme).unwrap().id.as_str();
        assert_eq!(
            id(Scheme::SortCodeAccountNumber),
            format!("608371-{number}")
        );
        assert_eq!(id(Scheme::Iban), iban);
        assert_eq!(account.currency.code(), currency);
        let booked = book.balance(account.id, BalanceKind::InterimBooked, now.bank);
        assert_eq!(booked.unwrap().minor_units, balance, "{nickname}");
    }
    let joint = by_nickname(&book, "Joint Account");
    assert_eq!(joint.holders.len(), 2);
    assert!(by_nickname(&book, "Fixed Term ISA").is_deposit_only);
}

/// Goal: the reply the guides print can be given value for value, with no member more.
#[test]
fn the_main_account_carries_the_published_members_alone() {
    for name in ["default", "docs"] {
        let book = Scenario::builtin(name).unwrap().open(at(MOMENTS[4]));
        let hazel = book.customer("hazel").unwrap();
        assert_eq!(hazel.password.reveal(), "hazelnut-wheel");
        assert_eq!(hazel.otp.reveal(), "123456");
        let main = book.accounts_of(hazel.id).remove(0);
        assert_eq!(main.id.to_string(), "acc_1234567890");
        assert_eq!(main.nickname.as_deref(), Some("Main Account"));
        assert_eq!(
            (main.kind.as_str(), main.status.as_str()),
            ("current", "enabled")
        );
        assert_eq!(
            (main.category, main.opened_on, main.matures_on),
            (None, None, None)
        );
        assert_eq!((&main.servicer, &main.description), (&None, &None));
        assert_eq!((main.switch_status, main.status_updated_at), (None, None));
        assert_eq!(main.identifiers.len(), 2);
        for identifier in &main.identifiers {
            assert_eq!((&identifier.name, &identifier.secondary_id), (&None, &None));
        }
    }
}

#[test]
fn everything_comes_from_ranges_nobody_has() {
    let book = Scenario::builtin("default").unwrap().open(at(MOMENTS[0]));
    for customer in book.customers() {
        assert!(customer.email.ends_with("@example.com"), "{customer:?}");
        assert!(customer.phone.starts_with("07700 900"), "{customer:?}");
        assert_eq!(customer.phone.len(), 12);
        assert!(
            customer.address.last().unwrap().starts_with("ZZ"),
            "{customer:?}"
        );
    }
    let mut ids = BTreeSet::new();
    for account in book.accounts() {
        let id = |scheme| account.identifier(scheme).unwrap().id.clone();
        assert!(id(Scheme::SortCodeAccountNumber).starts_with("608371-"));
        let iban = id(Scheme::Iban);
        let is_documented = iban == "GB33BUKB60837112345678";
        assert_eq!(
            Iban::as_written(iban.clone()).passes_mod_97(),
            !is_documented,
            "{iban}"
        );
        assert!(
            ids.insert(id(Scheme::SortCodeAccountNumber)),
            "numbers are unique"
        );
    }
}

#[test]
fn at_least_half_of_the_accounts_tell_booked_from_available() {
    let now = at(MOMENTS[0]);
    let book = Scenario::builtin("default").unwrap().open(now);
    for customer in book.customers() {
        let differs = |account: &Account| {
            let balance = |kind| book.balance(account.id, kind, now.bank);
            balance(BalanceKind::InterimBooked) != balance(BalanceKind::InterimAvailable)
        };
        let accounts = book.accounts_of(customer.id);
        let differing = accounts.iter().filter(|account| differs(account)).count();
        assert!(
            2 * differing >= accounts.len(),
            "{}: {differing}",
            customer.username
        );
    }
}

/// Goal: no account sinks below what its holder may spend, whatever the seed and the day.
#[test]
fn no_history_is_below_its_overdraft() {
    let mut below = Vec::new();
    for (moment, seed) in MOMENTS.iter().cycle().zip(1..=60) {
        let book = default_with_seed(seed).open(at(moment));
        for account in book.accounts() {
            let floor = -account.credit(|_| true).minor_units;
            let lowest = (rows(&book, account.id).iter())
                .filter_map(|row| Some((row.running_balance?.minor_units, row.booked_at)))
                .min();
            if let Some((lowest, when)) = lowest.filter(|(lowest, _)| *lowest < floor) {
                let nickname = account.nickname.unwrap();
                below.push(format!(
                    "seed {seed}, {moment}: {nickname} {lowest} at {when}"
                ));
            }
        }
    }
    assert!(below.is_empty(), "{}", below.join("\n"));
}

#[test]
fn salaries_fall_on_the_last_working_day_and_carry_one_bonus_a_year() {
    let book = Scenario::builtin("default").unwrap().open(at(MOMENTS[0]));
    let main = by_nickname(&book, "Main Account");
    let salaries: Vec<_> = (rows(&book, main.id).into_iter())
        .filter(|row| row.code == TransactionCode::Salary)
        .collect();
    assert_eq!(salaries.len(), 24);
    for salary in &salaries {
        let day = salary.booked_at.date();
        assert_eq!(day, calendar::last_working_day(day.year(), day.month()));
        assert_eq!(
            salary.counterparty, salaries[0].counterparty,
            "one payer, one spelling"
        );
    }
    let amounts: BTreeSet<_> = salaries.iter().map(|row| row.amount.minor_units).collect();
    assert_eq!(
        amounts.len(),
        4,
        "two years' salaries, and each with its bonus: {amounts:?}"
    );
}

fn assert_row_is_plausible(row: &TransactionView) {
    let text = row.information.as_deref();
    assert!(
        text.is_some_and(|text| !text.trim().is_empty()),
        "no empty narrative: {row:?}"
    );
    let is_shop = matches!(
        row.code,
        TransactionCode::CardPurchase
            | TransactionCode::CardRefund
            | TransactionCode::CashWithdrawal
    );
    assert_eq!(row.merchant.is_some(), is_shop, "{row:?}");
    assert_eq!(row.card.is_some(), is_shop, "{row:?}");
    assert!(
        row.merchant
            .as_ref()
            .is_none_or(|shop| shop.category_code >= 700)
    );
    let sign_fits = match row.code {
        TransactionCode::CardRefund | TransactionCode::Salary | TransactionCode::Interest => {
            row.direction() == Direction::Credit
        }
        TransactionCode::CardPurchase
        | TransactionCode::CashWithdrawal
        | TransactionCode::Fee
        | TransactionCode::StandingOrder => row.direction() == Direction::Debit,
        _ => true,
    };
    assert!(sign_fits, "{row:?}");
    assert!(row.amount.minor_units != 0 && row.amount.minor_units.abs() < 1_000_000);
}

/// Goal: none of the anti-patterns other mock banks were found with.
#[test]
fn histories_are_not_made_of_noise() {
    let now = at(MOMENTS[0]);
    let book = Scenario::builtin("default").unwrap().open(now);
    let rows = all_rows(&book);
    assert!(rows.len() > 4_000, "{}", rows.len());
    let mut identical = BTreeMap::new();
    for row in &rows {
        let particulars = format!(
            "{:?}{:?}{:?}{:?}",
            row.account_id, row.booked_at, row.amount, row.information
        );
        *identical.entry(particulars).or_insert(0) += 1;
        assert_row_is_plausible(row);
        let is_future = row.booked_at > now.bank;
        assert!(
            !is_future || row.status == TransactionStatus::Pending,
            "{row:?}"
        );
    }
    assert!(
        identical.values().all(|count| *count == 1),
        "no two rows are alike"
    );
}

#[test]
fn people_go_to_a_few_shops_again_and_again() {
    let book = Scenario::builtin("default").unwrap().open(at(MOMENTS[0]));
    let rows = all_rows(&book);
    let shops = |code| {
        let of_code = rows
            .iter()
            .filter_map(|row| row.merchant.as_ref())
            .filter(|shop| shop.category_code == code);
        of_code
            .map(|shop| shop.name.clone())
            .collect::<BTreeSet<_>>()
    };
    assert!(
        (4..=6).contains(&shops(5411).len()),
        "recurring grocers, not random names"
    );
    let weekend_groceries = (rows.iter())
        .filter(|row| {
            row.merchant
                .as_ref()
                .is_some_and(|shop| shop.category_code == 5411)
        })
        .filter(|row| row.account_id == by_nickname(&book, "Main Account").id)
        .filter(|row| is_weekend(row.value_at))
        .count();
    assert!(
        weekend_groceries > 60,
        "groceries peak on weekends: {weekend_groceries}"
    );
}

fn is_weekend(at: Timestamp) -> bool {
    at.date().weekday().number_days_from_monday() >= 5
}

#[test]
fn some_card_rows_are_pending_and_one_was_let_go() {
    for moment in MOMENTS {
        let now = at(moment);
        let book = Scenario::builtin("default").unwrap().open(now);
        let main = by_nickname(&book, "Main Account");
        let rows = rows(&book, main.id);
        let month = now.bank.plus(Duration::days(-31));
        let recent = (rows.iter()).filter(|row| row.card.is_some() && row.value_at > month);
        let (pending, recent): (Vec<_>, Vec<_>) =
            recent.partition(|row| row.status == TransactionStatus::Pending);
        assert!(!pending.is_empty(), "{moment}");
        assert!(
            pending.len() * 100 <= recent.len() * 12,
            "{moment}: {} of {}",
            pending.len(),
            recent.len()
        );
        assert!(
            pending
                .iter()
                .all(|row| row.running_balance.is_none() && row.is_mutable())
        );
        let rejected = rows
            .iter()
            .filter(|row| row.status == TransactionStatus::Rejected);
        assert_eq!(rejected.count(), 1, "{moment}");
        let refunds = rows
            .iter()
            .filter(|row| row.code == TransactionCode::CardRefund);
        assert!(refunds.count() > 0, "{moment}");
        let abroad = rows.iter().filter(|row| row.exchange.is_some());
        assert!(abroad.count() > 4, "{moment}");
    }
}

#[test]
fn two_people_of_one_persona_share_no_account() {
    let source = "version: 1
name: twins
customers:
  - {persona: salaried-renter, id: one, name: One}
  - {persona: salaried-renter, id: two, name: Two}
";
    let scenario = Scenario::parse("twins.yaml", source).unwrap();
    let book = scenario.open(at(MOMENTS[0]));
    let of = |name| book.accounts_of(book.customer(name).unwrap().id);
    let (one, two) = (of("one"), of("two"));
    assert_eq!((one.len(), two.len()), (2, 2));
    assert_ne!(one[0].identifiers, two[0].identifiers);
    let amounts = |account: &Account| -> Vec<_> {
        rows(&book, account.id)
            .iter()
            .map(|row| row.amount.minor_units)
            .collect()
    };
    assert_ne!(amounts(&one[0]), amounts(&two[0]), "two people, two lives");
}
