//! Time does things: what falls due is done once, in order, and before anybody looks (control contract,
//! sections 6, 9 and 11).

use serde_json::{Value, json};
use time::Duration;

use crate::banking::payments::{authorized, codes, domestic, look, pay};
use crate::support::{Grant, TestBank};

const PERMISSIONS: &[&str] = &["ReadAccounts", "ReadBalances", "ReadTransactions"];

fn rows(grant: &Grant<'_>, filter: &str) -> Vec<Value> {
    let path = format!("/transactions?page_size=1000&{filter}");
    let page = grant.get(&path).send().ok();
    page["data"].as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<String> {
    let id = |row: &Value| row["transaction_id"].as_str().unwrap().to_owned();
    rows.iter().map(id).collect()
}

fn fired(moved: &Value) -> Vec<Value> {
    let fired = moved["fired"].as_array().unwrap().clone();
    assert_eq!(moved["count"], fired.len());
    fired
}

#[test]
fn moving_the_clock_books_what_was_expected_and_tells_it_in_order() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    let pending = rows(&grant, "status=pending&order=asc");
    assert!(pending.len() > 3, "{pending:#?}");
    let moved = bank.operator().advance_clock("4d");
    let fired = fired(&moved);
    let grant = grant.renewed();
    let booked = ids(&rows(&grant, "status=booked"));
    for row in &pending {
        let id = &row["transaction_id"];
        let of_row: Vec<_> = fired.iter().filter(|fired| fired["id"] == *id).collect();
        assert_eq!(of_row.len(), 1, "{id} once: {fired:#?}");
        assert_eq!(of_row[0]["kind"], "transaction_booked");
        assert_eq!(of_row[0]["at"], row["booking_date_time"]);
        assert!(booked.contains(&id.as_str().unwrap().to_owned()));
    }
    let times: Vec<_> = fired.iter().map(|fired| fired["at"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(times.first().unwrap() > &moved["from"].as_str());
    assert!(times.last().unwrap() <= &moved["to"].as_str());
}

#[test]
fn what_was_let_go_leaves_the_list_after_a_week() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    let rejected = rows(&grant, "status=rejected");
    assert_eq!(rejected.len(), 1);
    // Held ninety hours ago, expected a day later: six days and six hours of the week after are left.
    bank.operator().advance_clock("101h");
    let grant = grant.renewed();
    assert_eq!(ids(&rows(&grant, "status=rejected")), ids(&rejected));
    let fired = fired(&bank.operator().advance_clock("1h"));
    let dropped = fired
        .iter()
        .find(|fired| fired["kind"] == "transaction_dropped");
    assert_eq!(dropped.unwrap()["id"], rejected[0]["transaction_id"]);
    let grant = grant.renewed();
    assert_eq!(rows(&grant, "status=rejected"), Vec::<Value>::new());
}

/// Goal: nobody has to touch the control API for a bank to live; and what happened by itself before the
/// clock is moved is not told as the move's.
#[test]
fn both_doors_settle_what_fell_due_while_the_clock_ran_by_itself() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    let pending = ids(&rows(&grant, "status=pending"));
    bank.time_passes(Duration::days(5));
    let grant = grant.renewed();
    let booked = ids(&rows(&grant, "status=booked"));
    assert!(pending.iter().all(|id| booked.contains(id)));

    let bank = TestBank::open();
    bank.time_passes(Duration::days(5));
    let moved = bank.operator().advance_clock("0s");
    assert_eq!(fired(&moved), Vec::<Value>::new());
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    let booked = ids(&rows(&grant, "status=booked"));
    assert!(pending.iter().all(|id| booked.contains(id)));
}

/// Choice: a consent's last moment is the one before its end, so it ends first.
#[test]
fn a_consent_ends_before_what_falls_due_in_the_same_instant() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let grant = tpp.grant(PERMISSIONS);
    let pending = rows(&grant, "status=pending&order=asc");
    let instant = pending[0]["booking_date_time"].clone();
    let body = serde_json::json!({ "permissions": PERMISSIONS, "expiration_date": instant });
    let ending = tpp.post_consent(&body).send().created();
    let consent = ending["consent_id"].as_str().unwrap();
    let request = tpp.request(crate::support::Way::PUSHED_JARM, consent);
    tpp.grant_for(crate::support::Way::PUSHED_JARM, &request, consent);
    let fired = fired(&bank.operator().advance_clock("4d"));
    let of_instant: Vec<_> = (fired.iter())
        .filter(|fired| fired["at"] == instant)
        .map(|fired| (fired["kind"].as_str().unwrap(), &fired["id"]))
        .collect();
    assert_eq!(
        of_instant,
        [
            ("consent_expired", &ending["consent_id"]),
            ("transaction_booked", &pending[0]["transaction_id"]),
        ]
    );
}

/// Goal: from consent to tokens, rows and a payment that is settled, while time passes where calendars and
/// counters have their corners.
#[test]
fn the_whole_journey_holds_where_time_is_odd() {
    let main = TestBank::open();
    for (corner, start, end) in [
        (
            "a leap day begins",
            "2028-02-28T23:59:30Z",
            "2028-02-29T00:00:30Z",
        ),
        (
            "a leap day ends",
            "2028-02-29T23:59:30Z",
            "2028-03-01T00:00:30Z",
        ),
        (
            "clocks go forward in London",
            "2026-03-29T00:59:30Z",
            "2026-03-29T01:00:30Z",
        ),
        (
            "clocks go back in London",
            "2026-10-25T00:59:30Z",
            "2026-10-25T01:00:30Z",
        ),
        (
            "32 bits of seconds are used up",
            "2038-01-19T03:13:57Z",
            "2038-01-19T03:14:57Z",
        ),
        (
            "a century ends",
            "2099-12-31T23:59:30Z",
            "2100-01-01T00:00:30Z",
        ),
    ] {
        let wish = json!({ "scenario": "default", "clock": start, "at": "path" });
        let bank = main.beside(&wish);
        let acorn = bank.tpp("acorn-budget");
        let grant = acorn.grant(PERMISSIONS);
        let of_order = |grant: &Grant<'_>| {
            let booked = rows(grant, "status=booked");
            let of_order = booked
                .iter()
                .filter(|row| row.to_string().contains("ORDER1001"));
            of_order.count()
        };
        assert_eq!(of_order(&grant), 0, "{corner}");
        let order = authorized(&acorn, &domestic());
        let paid = pay(&order, &domestic());
        let moved = bank.operator().advance_clock("60s");
        assert_eq!(moved["to"], end, "{corner}");
        let grant = grant.renewed();
        assert_eq!(of_order(&grant), 1, "{corner}");
        let settled = look(&acorn, &paid);
        assert_eq!(
            settled["status_code"],
            "ACCC",
            "{corner}: {}",
            codes(&settled)
        );
        bank.operator().advance_clock("91d");
        let dead = acorn.refresh(&grant.refresh_token).send();
        dead.refused(400, "invalid_grant", "refresh_token.expiry");
    }
}
