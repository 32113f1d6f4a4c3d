//! Transactions: filters, order, the consent's window (API contract, sections 2 and 4.3).

use serde_json::{Value, json};

use crate::support::{Grant, TestBank, Way};

const EVERYTHING: &[&str] = &["ReadAccounts", "ReadBalances", "ReadTransactions"];

fn rows(grant: &Grant<'_>, query: &str) -> Vec<Value> {
    let path = format!("/accounts/acc_1234567890/transactions?page_size=1000&{query}");
    let page = grant.get(path.trim_end_matches('&')).send().ok();
    assert!(
        page["links"].get("next").is_none(),
        "a test that needs more than a page"
    );
    page["data"].as_array().unwrap().clone()
}

fn booked_at(row: &Value) -> &str {
    row["booking_date_time"].as_str().unwrap()
}

#[test]
fn rows_come_newest_first_and_oldest_first_when_asked() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let window = "from_booking_date_time=2025-01-01";
    let newest = rows(&grant, window);
    assert!(
        newest
            .windows(2)
            .all(|pair| booked_at(&pair[0]) >= booked_at(&pair[1]))
    );
    let mut oldest = rows(&grant, &format!("{window}&order=asc"));
    oldest.reverse();
    assert_eq!(oldest, newest);
    assert_eq!(rows(&grant, &format!("{window}&order=desc")), newest);
    let mut ids: Vec<_> = newest
        .iter()
        .map(|row| row["transaction_id"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), newest.len(), "ids are unique");
}

#[test]
fn filters_keep_what_they_say_and_both_ends_of_a_window() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let all = rows(&grant, "from_booking_date_time=2025-01-01");
    let kept = |keep: &dyn Fn(&Value) -> bool| {
        all.iter()
            .filter(|row| keep(row))
            .cloned()
            .collect::<Vec<_>>()
    };
    let with = |query: &str| {
        rows(
            &grant,
            &format!("from_booking_date_time=2025-01-01&{query}"),
        )
    };
    for word in ["credit", "debit"] {
        let expected = kept(&|row| row["credit_debit_indicator"] == word);
        assert!(!expected.is_empty());
        assert_eq!(with(&format!("credit_debit_indicator={word}")), expected);
    }
    for word in ["booked", "pending", "rejected"] {
        assert_eq!(
            with(&format!("status={word}")),
            kept(&|row| row["status"] == word),
            "{word}"
        );
    }
    let both = kept(&|row| row["status"] != "booked");
    assert_eq!(with("status=pending&status=rejected"), both);
    let (newer, older) = (
        booked_at(&all[10]).to_owned(),
        booked_at(&all[20]).to_owned(),
    );
    let within = kept(&|row| (older.as_str()..=newer.as_str()).contains(&booked_at(row)));
    let query = format!("from_booking_date_time={older}&to_booking_date_time={newer}");
    assert_eq!(rows(&grant, &query), within);
    // The UK standard's filters know no offset, so one that is there is ignored.
    let (local_older, local_newer) = (older.trim_end_matches('Z'), newer.trim_end_matches('Z'));
    for offset in ["", "Z", "%2B05:00", "-11:30", ".000Z"] {
        let query = format!(
            "from_booking_date_time={local_older}{offset}&to_booking_date_time={local_newer}{offset}"
        );
        assert_eq!(rows(&grant, &query), within, "{offset}");
    }
    assert_eq!(
        rows(&grant, "from_booking_date_time=2031-01-01"),
        Vec::<Value>::new()
    );
}

#[test]
fn a_filter_with_a_value_it_cannot_have_is_refused_by_name() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    for (query, code, parameter) in [
        (
            "from_booking_date_time=yesterday",
            "invalid_date",
            "from_booking_date_time",
        ),
        (
            "from_booking_date_time=",
            "invalid_date",
            "from_booking_date_time",
        ),
        (
            "to_booking_date_time=2025-02-30",
            "invalid_date",
            "to_booking_date_time",
        ),
        (
            "to_booking_date_time=2025-01-01T25:00:00Z",
            "invalid_date",
            "to_booking_date_time",
        ),
        (
            "from_booking_date_time=2025-02-01&to_booking_date_time=2025-01-31",
            "invalid_date",
            "to_booking_date_time",
        ),
        ("status=BOOKED", "invalid_request", "status"),
        ("status=booked,pending", "invalid_request", "status"),
        ("status=booked&status=info", "invalid_request", "status"),
        (
            "credit_debit_indicator=both",
            "invalid_request",
            "credit_debit_indicator",
        ),
        ("order=ASC", "invalid_request", "order"),
        ("order=", "invalid_request", "order"),
    ] {
        for path in ["/transactions", "/accounts/acc_1234567890/transactions"] {
            println!("{path}?{query}");
            let refused = grant.get(path).query(query).send();
            let body = refused.refused(400, code, "request.filters");
            assert_eq!(body["errors"][0]["parameter"], parameter);
        }
    }
}

#[test]
fn a_consent_with_dates_shows_the_window_it_names_whatever_is_asked() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let body = json!({
        "permissions": EVERYTHING,
        "transaction_from_date": "2025-03-01",
        "transaction_to_date": "2025-04-30T23:59:59Z",
    });
    let created = burrow.post_consent(&body).send().created();
    let consent = created["consent_id"].as_str().unwrap();
    let request = burrow.request(Way::PUSHED_JARM, consent);
    let narrow = burrow.grant_for(Way::PUSHED_JARM, &request, consent);
    let wide = burrow.grant(EVERYTHING);
    let window = "from_booking_date_time=2025-03-01&to_booking_date_time=2025-04-30T23:59:59Z";
    let allowed = rows(&wide, window);
    assert!(!allowed.is_empty());
    for query in [
        "",
        "from_booking_date_time=2020-01-01",
        "to_booking_date_time=2030-01-01",
        window,
    ] {
        assert_eq!(rows(&narrow, query), allowed, "{query}");
    }
    let outside = "from_booking_date_time=2025-05-01";
    assert_eq!(rows(&narrow, outside), Vec::<Value>::new());
    let page = narrow
        .get("/accounts/acc_1234567890/transactions")
        .send()
        .ok();
    let meta = json!({
        "first_available_date_time": "2025-03-01T00:00:00Z",
        "last_available_date_time": "2025-04-30T23:59:59Z",
    });
    assert_eq!(page["meta"], meta);
}

#[test]
fn all_transactions_are_those_of_every_account_in_one_order() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let window = "from_booking_date_time=2025-06-01&page_size=1000";
    let all = grant.get(&format!("/transactions?{window}")).send().ok();
    let all = all["data"].as_array().unwrap();
    let accounts = grant.get("/accounts").send().ok();
    let mut count = 0;
    for account in accounts["data"].as_array().unwrap() {
        let id = account["account_id"].as_str().unwrap();
        let own = grant
            .get(&format!("/accounts/{id}/transactions?{window}"))
            .send()
            .ok();
        let own = own["data"].as_array().unwrap().clone();
        let picked: Vec<_> = all
            .iter()
            .filter(|row| row["account_id"] == id)
            .cloned()
            .collect();
        assert_eq!(picked, own, "{id}");
        count += own.len();
    }
    assert_eq!(count, all.len());
    assert!(
        all.windows(2)
            .all(|pair| booked_at(&pair[0]) >= booked_at(&pair[1]))
    );
}

#[test]
fn the_scope_for_transactions_is_enough_to_read_them() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let consent = burrow.create_consent(EVERYTHING);
    let request = burrow
        .request(Way::PUSHED_JARM, &consent)
        .claim("scope", "openid transactions");
    let grant = burrow.grant_for(Way::PUSHED_JARM, &request, &consent);
    grant.get("/transactions").send().ok();
    let refused = grant.get("/balances").send();
    assert_eq!(
        refused.header("www-authenticate"),
        Some(r#"Bearer realm="hamsterbank", error="insufficient_scope", scope="accounts""#)
    );
    refused.refused(403, "insufficient_scope", "access_token.scope");
}

#[test]
fn an_account_without_history_has_an_empty_list() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let accounts = grant.get("/accounts").send().ok();
    let zero = accounts["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["nickname"] == "Zero Balance");
    let id = zero.unwrap()["account_id"].as_str().unwrap().to_owned();
    let page = grant
        .get(&format!("/accounts/{id}/transactions"))
        .send()
        .ok();
    assert_eq!(page["data"], json!([]));
}

#[test]
fn the_same_seed_and_clock_give_the_same_history_to_the_last_byte() {
    let history = || {
        let bank = TestBank::open();
        let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
        let response = grant.get("/transactions?page_size=1000").send();
        response
            .text()
            .split("\"links\"")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(history(), history());
}
