//! From pending to booked, in each way real banks have: a TPP polls before and after, and has to make out
//! what became of what it saw. Whatever the way, the sums are right and nothing is booked twice or lost.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Grant, TestBank, Variant};

const EVERYTHING: &[&str] = &["ReadAccounts", "ReadBalances", "ReadTransactions"];

/// From before all that was still pending when the bank opened: a TPP that reads two weeks again.
const LATELY: &str = "order=asc&from_booking_date_time=2025-06-01";

/// What a TPP holds after it has asked for everything; rows oldest first.
struct Poll {
    rows: Vec<Value>,
    balances: Vec<Value>,
}

impl Poll {
    /// Asks for all pages of all accounts' last weeks; what comes has to add up.
    fn of(grant: &Grant<'_>) -> Self {
        let mut rows = Vec::new();
        let mut next = Some(format!("/transactions?{LATELY}&page_size=1000"));
        while let Some(path) = next {
            let page = grant.get(&path).send().ok();
            rows.extend(page["data"].as_array().unwrap().clone());
            next = page["links"]["next"].as_str().map(str::to_owned);
        }
        let balances = grant.get("/balances?page_size=1000").send().ok();
        let balances = balances["data"].as_array().unwrap().clone();
        let poll = Self { rows, balances };
        poll.assert_adds_up();
        poll
    }

    fn with_status(&self, status: &str) -> Vec<&Value> {
        let rows = self.rows.iter();
        rows.filter(|row| row["status"] == status).collect()
    }

    fn with_id(&self, id: &Value) -> Vec<&Value> {
        let rows = self.rows.iter();
        rows.filter(|row| row["transaction_id"] == *id).collect()
    }

    /// Of one kind, by account.
    fn balance(&self, kind: &str) -> BTreeMap<&str, i64> {
        let balances = self.balances.iter();
        let balances = balances.filter(|balance| balance["type"] == kind);
        balances
            .map(|balance| (text(balance, "account_id"), signed(balance)))
            .collect()
    }

    /// What each account had before all that is asked for, as its first booked row tells.
    fn openings(&self) -> BTreeMap<&str, i64> {
        let mut openings = BTreeMap::new();
        for row in self.with_status("booked") {
            let opening = signed(&row["running_balance"]) - signed(row);
            openings.entry(text(row, "account_id")).or_insert(opening);
        }
        openings
    }

    #[track_caller]
    fn assert_adds_up(&self) {
        let mut running = self.openings();
        for row in self.with_status("booked") {
            let balance = running.get_mut(text(row, "account_id")).unwrap();
            *balance += signed(row);
            assert_eq!(*balance, signed(&row["running_balance"]), "{row:#}");
        }
        let booked = self.balance("interim_booked");
        for (account, balance) in &running {
            assert_eq!(booked[account], *balance, "{account}");
        }
        let mut expected = booked;
        for row in self.with_status("pending") {
            *expected.get_mut(text(row, "account_id")).unwrap() += signed(row);
            assert_eq!(row["mutability"], "mutable");
            assert!(row.get("running_balance").is_none());
        }
        assert_eq!(self.balance("expected"), expected);
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// In minor units, a debit below zero.
fn signed(of: &Value) -> i64 {
    let amount = text(&of["amount"], "amount").replace('.', "");
    let amount: i64 = amount.parse().unwrap();
    if of["credit_debit_indicator"] == "debit" {
        -amount
    } else {
        amount
    }
}

/// All that makes a row this row, but what `changing` names and what booking always changes.
fn essence(row: &Value, changing: &[&str]) -> Value {
    let mut row = row.clone();
    let members = row.as_object_mut().unwrap();
    for name in ["status", "mutability", "running_balance"]
        .iter()
        .chain(changing)
    {
        members.remove(*name);
    }
    row
}

/// What a TPP polls while rows are pending, and after the time they were expected to be booked, at a bank
/// that books in this way.
struct Story {
    before: Poll,
    after: Poll,
    fired: Vec<Value>,
}

impl Story {
    fn of(way: &str) -> Self {
        let bank = TestBank::varied(&Variant::default().bank(&format!("pending_to_booked: {way}")));
        let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
        let before = Poll::of(&grant);
        assert!(before.with_status("pending").len() > 3);
        let moved = bank.operator().advance_clock("4d");
        let after = Poll::of(&grant.renewed());
        let (began, begins) = (before.openings(), after.openings());
        assert_eq!(began, begins, "no row of before is lost or doubled");
        Self {
            before,
            after,
            fired: moved["fired"].as_array().unwrap().clone(),
        }
    }

    /// Each row that was pending, with the only booked row it can have become.
    fn booked(&self, changing: &[&str]) -> Vec<(&Value, &Value)> {
        let all = |row: &Value| essence(row, &[]).to_string();
        let known: BTreeSet<_> = self
            .before
            .with_status("booked")
            .into_iter()
            .map(all)
            .collect();
        let rows = self.after.with_status("booked").into_iter();
        let booked: Vec<_> = rows.filter(|row| !known.contains(&all(row))).collect();
        let pending = self.before.with_status("pending").into_iter();
        let find = |row| {
            let is_it = |other: &&&Value| essence(other, changing) == essence(row, changing);
            let same: Vec<_> = booked.iter().filter(is_it).collect();
            assert_eq!(same.len(), 1, "booked once: {row:#}");
            (row, *same[0])
        };
        pending.map(find).collect()
    }

    fn fired_for(&self, id: &Value) -> Vec<&str> {
        let fired = self.fired.iter().filter(|fired| fired["id"] == *id);
        fired.map(|fired| text(fired, "kind")).collect()
    }
}

#[test]
fn with_a_stable_id_a_row_stays_the_same_and_is_no_longer_pending() {
    let story = Story::of("stable_id");
    for (pending, booked) in story.booked(&[]) {
        let id = &pending["transaction_id"];
        assert_eq!(story.after.with_id(id), [booked]);
        assert_eq!(story.fired_for(id), ["transaction_booked"]);
        assert!(booked.get("mutability").is_none(), "{booked:#}");
    }
    let unsaid = TestBank::open();
    let grant = unsaid.tpp("burrow-pay").grant(EVERYTHING);
    unsaid.operator().advance_clock("4d");
    let usual = Poll::of(&grant.renewed());
    assert_eq!(usual.rows, story.after.rows, "it is what holds unsaid");
}

#[test]
fn with_a_new_id_the_pending_row_is_gone_and_another_has_come() {
    let story = Story::of("new_id");
    for (pending, booked) in story.booked(&["transaction_id"]) {
        let (old, new) = (&pending["transaction_id"], &booked["transaction_id"]);
        assert_ne!(old, new);
        assert!(story.after.with_id(old).is_empty(), "never both");
        assert_eq!(story.after.with_id(new).len(), 1);
        assert!(story.before.with_id(new).is_empty(), "a number never used");
        // Who steers the bank is told both ids, one after the other.
        let place = story.fired.iter().position(|fired| fired["id"] == *old);
        let pair = &story.fired[place.unwrap()..][..2];
        assert_eq!(pair[0]["kind"], "transaction_dropped");
        assert_eq!(pair[1]["kind"], "transaction_booked");
        assert_eq!(pair[1]["id"], *new);
    }
}

#[test]
fn with_a_changed_amount_a_row_is_booked_for_two_percent_more() {
    let story = Story::of("changed_amount");
    for (pending, booked) in story.booked(&["amount"]) {
        let (held, taken) = (signed(pending), signed(booked));
        assert_ne!(held, taken);
        assert!((taken - held - held / 50).abs() <= 1, "{held} {taken}");
        assert_eq!(story.after.with_id(&pending["transaction_id"]), [booked]);
    }
}

/// Goal: a TPP that keeps what was held, or the rate of that day, is wrong by what the market has moved.
#[test]
fn with_a_changed_amount_what_was_bought_abroad_is_booked_at_the_rate_of_that_day() {
    let abroad = [
        "number: \"66666666\"",
        "balance: \"9000.00\"",
        "spending: [{at: abroad_food, percent_a_day: 100, median: \"20.00\", from_hour: 1, to_hour: 4, \
            abroad: {currency: EUR, rate: \"1.2200\"}}]",
    ];
    let variant = Variant::default().account("abroad", &abroad);
    let bank = TestBank::varied(&variant.bank("pending_to_booked: changed_amount"));
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let before = Poll::of(&grant);
    bank.operator().advance_clock("4d");
    let after = Poll::of(&grant.renewed());
    let pending = before.with_status("pending").into_iter();
    let mut foreign = pending.filter(|row| row.get("currency_exchange").is_some());
    let held = foreign.next().expect("a purchase abroad under way");
    let booked = after.with_id(&held["transaction_id"]);
    let [booked] = booked.as_slice() else {
        panic!("booked once: {booked:#?}");
    };
    let (then, now) = (&held["currency_exchange"], &booked["currency_exchange"]);
    assert_eq!(then["instructed_amount"], now["instructed_amount"]);
    assert_ne!(then["exchange_rate"], now["exchange_rate"]);
    assert_eq!(now["quotation_date"], booked["booking_date_time"]);
    let millionths = |rate: &Value| {
        let (whole, fraction) = rate.as_str().unwrap().split_once('.').unwrap();
        format!("{whole}{fraction:0<6}").parse::<i64>().unwrap()
    };
    let euros: i64 = text(&now["instructed_amount"], "amount")
        .replace('.', "")
        .parse()
        .unwrap();
    let rate = millionths(&now["exchange_rate"]);
    assert!(
        (1_150_000..1_180_000).contains(&rate),
        "{rate}: near the market"
    );
    let pounds = (2 * euros * 1_000_000 + rate) / (2 * rate);
    assert_eq!(-signed(booked), pounds, "divided by the rate, half up");
    assert_ne!(signed(held), signed(booked));
}

#[test]
fn with_a_changed_narrative_a_row_is_booked_with_the_words_of_the_clearing() {
    let story = Story::of("changed_narrative");
    for (pending, booked) in story.booked(&["transaction_information"]) {
        let before = text(pending, "transaction_information");
        let after = text(booked, "transaction_information");
        let day = &text(booked, "value_date_time")[8..10];
        let card = &text(&booked["card_instrument"], "identification")[12..];
        assert_eq!(after, format!("{card} {day}JUN25 {before}"));
    }
}

#[test]
fn what_is_dropped_was_never_booked_and_its_money_is_back() {
    let story = Story::of("dropped");
    let pending = story.before.with_status("pending");
    for row in &pending {
        let id = &row["transaction_id"];
        assert!(story.after.with_id(id).is_empty(), "{row:#}");
        assert_eq!(story.fired_for(id), ["transaction_dropped"]);
    }
    let kinds: Vec<_> = story.fired.iter().map(|fired| &fired["kind"]).collect();
    assert!(!kinds.contains(&&json!("transaction_booked")), "{kinds:?}");
    let new_rows: Vec<_> = (story.after.with_status("booked").into_iter())
        .filter(|row| story.before.with_id(&row["transaction_id"]).is_empty())
        .collect();
    let mut booked = story.before.balance("interim_booked");
    for row in new_rows {
        assert_ne!(
            row["proprietary_bank_transaction_code"]["code"],
            "card_purchase"
        );
        *booked.get_mut(text(row, "account_id")).unwrap() += signed(row);
    }
    assert_eq!(story.after.balance("interim_booked"), booked);
}

#[test]
fn what_is_back_dated_comes_in_behind_rows_read_before() {
    let story = Story::of("back_dated");
    let newest = |rows: Vec<&Value>| text(rows.last().unwrap(), "booking_date_time").to_owned();
    let newest = newest(story.before.with_status("booked"));
    let mut late = 0;
    for (pending, booked) in story.booked(&["booking_date_time"]) {
        assert_eq!(booked["booking_date_time"], booked["value_date_time"]);
        assert!(text(booked, "booking_date_time") < text(pending, "booking_date_time"));
        late += usize::from(text(booked, "booking_date_time") < newest.as_str());
    }
    assert!(
        late > 0,
        "somebody who asks for what is newer never sees it"
    );
}

#[test]
fn what_is_future_dated_is_booked_on_the_first_of_next_month() {
    let story = Story::of("future_dated");
    for (_, booked) in story.booked(&["booking_date_time"]) {
        assert_eq!(booked["booking_date_time"], "2025-07-01T00:00:00Z");
        assert!(text(booked, "value_date_time") < "2025-06-21");
    }
}

#[test]
fn a_positional_reference_is_another_rows_after_the_next_booking_of_its_day() {
    let bank =
        TestBank::varied(&Variant::default().bank("pending_to_booked: positional_reference"));
    let mut grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let (mut known, mut shifted) = (BTreeMap::<String, Value>::new(), 0);
    for _ in 0..12 {
        let poll = Poll::of(&grant);
        let mut places = BTreeMap::<(&str, String), u32>::new();
        for row in poll.with_status("booked").into_iter().rev() {
            let day = text(row, "booking_date_time")[..10].replace('-', "");
            let place = places
                .entry((text(row, "account_id"), day.clone()))
                .or_default();
            *place += 1;
            let reference = format!("{day}-{place:04}");
            assert_eq!(row["transaction_reference"], reference.as_str());
            let key = format!("{} {reference}", text(row, "account_id"));
            let before = known.insert(key, row["transaction_id"].clone());
            shifted += usize::from(before.is_some_and(|before| before != row["transaction_id"]));
        }
        for row in poll.with_status("pending") {
            assert!(row.get("transaction_reference").is_none());
        }
        bank.operator().advance_clock("90m");
        grant = grant.renewed();
        bank.operator().advance_clock("10h");
        grant = grant.renewed();
    }
    assert!(shifted > 0, "no reference ever meant another row");
}

#[test]
fn a_reused_id_names_two_booked_rows_of_one_account() {
    let story = Story::of("reused_id");
    let mut twice = 0;
    for (pending, booked) in story.booked(&["transaction_id"]) {
        assert_ne!(pending["transaction_id"], booked["transaction_id"]);
        let same = story.after.with_id(&booked["transaction_id"]);
        let account = &booked["account_id"];
        assert!(same.iter().all(|row| row["account_id"] == *account));
        twice += usize::from(same.len() == 2);
    }
    assert!(twice > 0, "no id was ever used again");
}

/// Goal: cursors name rows by what no way of booking changes.
#[test]
fn pages_lose_nothing_whatever_a_row_is_called() {
    for way in ["new_id", "reused_id", "future_dated"] {
        let bank = TestBank::varied(&Variant::default().bank(&format!("pending_to_booked: {way}")));
        let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
        bank.operator().advance_clock("4d");
        let grant = grant.renewed();
        let whole = Poll::of(&grant).rows;
        let mut rows = Vec::new();
        let mut next = Some(format!("/transactions?{LATELY}&page_size=7"));
        while let Some(path) = next {
            let page = grant.get(&path).send().ok();
            rows.extend(page["data"].as_array().unwrap().clone());
            next = page["links"]["next"].as_str().map(str::to_owned);
        }
        assert_eq!(rows, whole, "{way}");
    }
}
