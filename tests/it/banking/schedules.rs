//! Standing orders, direct debits and beneficiaries, and that they act (API contract, sections 4.4 to 4.8
//! and 15).

use serde_json::{Value, json};

use crate::support::{Grant, TestBank};

const PERMISSIONS: &[&str] = &[
    "ReadAccounts",
    "ReadBalances",
    "ReadBeneficiaries",
    "ReadDirectDebits",
    "ReadStandingOrders",
    "ReadTransactions",
];
const LISTS: [&str; 3] = ["standing-orders", "direct-debits", "beneficiaries"];

fn data(grant: &Grant<'_>, path: &str) -> Vec<Value> {
    let page = grant.get(path).send().ok();
    page["data"].as_array().unwrap().clone()
}

/// Booked rows of a kind, newest first.
fn booked(grant: &Grant<'_>, account: &Value, code: &str) -> Vec<Value> {
    let account = account.as_str().unwrap();
    let path = format!("/accounts/{account}/transactions?page_size=1000&status=booked");
    let mut rows = data(grant, &path);
    rows.retain(|row| row["proprietary_bank_transaction_code"]["code"] == code);
    rows
}

#[test]
fn the_lists_of_an_account_have_the_members_of_the_contract() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    for list in LISTS {
        let path = format!("/accounts/acc_1234567890/{list}?page_size=2");
        insta::assert_json_snapshot!(list, grant.get(&path).send().ok(), {
            ".links.next" => "[next]",
        });
    }
}

#[test]
fn bulk_lists_hold_what_the_lists_of_all_accounts_hold_in_pages_of_any_size() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    for list in LISTS {
        let all = data(&grant, &format!("/{list}"));
        assert!(all.len() > 1, "{list}");
        let mut of_accounts = Vec::new();
        for account in data(&grant, "/accounts") {
            let id = account["account_id"].as_str().unwrap().to_owned();
            of_accounts.extend(data(&grant, &format!("/accounts/{id}/{list}")));
        }
        assert_eq!(all, of_accounts, "{list}");
        let (mut paged, mut path) = (Vec::new(), format!("/{list}?page_size=1"));
        loop {
            let page = grant.get(&path).send().ok();
            paged.extend(page["data"].as_array().unwrap().clone());
            let Some(next) = page["links"].get("next") else {
                break;
            };
            path = next.as_str().unwrap().to_owned();
        }
        assert_eq!(paged, all, "{list}");
    }
}

#[test]
fn the_journal_tells_each_list_by_its_name() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    for (list, name) in LISTS.into_iter().zip([
        "banking.standing_orders.list",
        "banking.direct_debits.list",
        "banking.beneficiaries.list",
    ]) {
        for path in [
            format!("/{list}"),
            format!("/accounts/acc_1234567890/{list}"),
        ] {
            assert_eq!(grant.get(&path).send().entry()["route"], name);
        }
    }
}

#[test]
fn a_list_of_arrangements_has_no_filters() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    for list in LISTS {
        for query in [
            "status=active",
            "order=asc",
            "from_booking_date_time=2025-01-01",
        ] {
            let refused = grant.get(&format!("/{list}?{query}")).send();
            refused.refused(400, "invalid_request", "request.query");
        }
    }
}

/// API contract, section 4.8.
#[track_caller]
fn assert_linked(grant: &Grant<'_>) {
    for order in data(grant, "/standing-orders") {
        let rows = booked(grant, &order["account_id"], "standing_order");
        let reference = &order["reference"];
        let newest = (rows.iter()).find(|row| row["transaction_information"] == *reference);
        let Some(newest) = newest else {
            assert_eq!(order.get("last_payment_date_time"), None);
            continue;
        };
        assert_eq!(order["last_payment_date_time"], newest["booking_date_time"]);
        assert_eq!(order["last_payment_amount"], newest["amount"]);
        assert_eq!(order["creditor_account"], newest["creditor_account"]);
    }
    for debit in data(grant, "/direct-debits") {
        let mut rows = booked(grant, &debit["account_id"], "direct_debit");
        rows.retain(|row| row["transaction_reference"] == debit["mandate_identification"]);
        let is_unpaid = |row: &Value| row["transaction_information"] == "UNPAID";
        let returned: Vec<_> = rows.iter().filter(|row| is_unpaid(row)).cloned().collect();
        let day = |row: &Value| row["booking_date_time"].as_str().unwrap()[..10].to_owned();
        rows.retain(|row| !returned.iter().any(|unpaid| day(unpaid) == day(row)));
        let newest = &rows[0];
        assert_eq!(
            debit["previous_payment_date_time"], newest["booking_date_time"],
            "{debit:#}"
        );
        assert_eq!(debit["previous_payment_amount"], newest["amount"]);
    }
}

#[test]
fn the_newest_payment_of_each_arrangement_is_a_transaction_today_and_in_a_quarter() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    assert_linked(&grant);
    bank.operator().advance_clock("80d");
    let grant = grant.renewed();
    assert_linked(&grant);
}

#[test]
fn a_standing_order_falls_due_on_its_day_and_says_when_it_comes_next() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    let rent = data(&grant, "/accounts/acc_1234567890/standing-orders").remove(0);
    assert_eq!(rent["next_payment_date_time"], "2025-07-01T00:00:00Z");
    let moved = bank.operator().advance_clock("20d");
    let fired: Vec<_> = (moved["fired"].as_array().unwrap().iter())
        .filter(|fired| fired["id"] == rent["standing_order_id"])
        .collect();
    assert_eq!(fired.len(), 1);
    assert_eq!(
        fired[0],
        &json!({ "at": "2025-07-01T00:00:00Z", "kind": "standing_order", "id": rent["standing_order_id"] })
    );
    let grant = grant.renewed();
    let rent = data(&grant, "/accounts/acc_1234567890/standing-orders").remove(0);
    assert_eq!(rent["last_payment_date_time"], "2025-07-01T00:00:00Z");
    assert_eq!(rent["next_payment_date_time"], "2025-08-01T00:00:00Z");
}

#[test]
fn a_collection_is_announced_the_evening_before() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(PERMISSIONS);
    let pending = |grant: &Grant<'_>| {
        let path = "/accounts/acc_1234567890/transactions?status=pending";
        let mut rows = data(grant, path);
        rows.retain(|row| row["proprietary_bank_transaction_code"]["code"] == "direct_debit");
        rows
    };
    // The 18th, a Wednesday; from 10:30 on the 16th that evening is 31 hours and a half away.
    bank.operator().advance_clock("31h");
    assert_eq!(pending(&grant.renewed()), Vec::<Value>::new());
    bank.operator().advance_clock("1h");
    let announced = pending(&grant.renewed());
    assert_eq!(announced.len(), 1);
    assert_eq!(announced[0]["booking_date_time"], "2025-06-18T00:00:00Z");
    bank.operator().advance_clock("6h");
    let grant = grant.renewed();
    assert_eq!(pending(&grant), Vec::<Value>::new());
    let rows = booked(&grant, &announced[0]["account_id"], "direct_debit");
    assert_eq!(rows[0]["transaction_id"], announced[0]["transaction_id"]);
}
