//! Paging: cursors lose nothing, repeat nothing, and cannot be made up (API contract, sections 1 and 15).

use serde_json::Value;

use crate::support::{Form, Grant, TestBank, Variant};

const EVERYTHING: &[&str] = &["ReadAccounts", "ReadBalances", "ReadTransactions"];
const MAIN: &str = "/accounts/acc_1234567890/transactions";

/// The items of all pages from `path` on, and how many pages there were.
fn walk(grant: &Grant<'_>, path: &str) -> (Vec<Value>, usize) {
    let mut items = Vec::new();
    let mut next = Some(path.to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let page = grant.get(&path).send().ok();
        assert_eq!(page["links"]["self"], path.as_str());
        items.extend(page["data"].as_array().unwrap().clone());
        next = page["links"]["next"].as_str().map(str::to_owned);
        pages += 1;
        assert!(pages < 1000, "pages without end");
    }
    (items, pages)
}

fn cursor(grant: &Grant<'_>, path: &str) -> String {
    let page = grant.get(path).send().ok();
    let next = page["links"]["next"].as_str().expect("a next page");
    Form::read(next.split_once('?').unwrap().1)
        .get("cursor")
        .unwrap()
        .to_owned()
}

#[test]
fn pages_of_any_size_and_order_hold_every_row_once() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let (all, _) = walk(&grant, &format!("{MAIN}?page_size=1000"));
    assert!(
        all.len() > 300,
        "two years of an ordinary life: {}",
        all.len()
    );
    for size in [17, 100, 333, 1000] {
        let (rows, pages) = walk(&grant, &format!("{MAIN}?page_size={size}"));
        assert_eq!(rows, all, "{size}");
        assert_eq!(
            pages,
            all.len().div_ceil(size).max(1),
            "no empty page at the end: {size}"
        );
        let (mut rows, _) = walk(&grant, &format!("{MAIN}?order=asc&page_size={size}"));
        rows.reverse();
        assert_eq!(rows, all, "{size}");
    }
    let (page, _) = walk(&grant, MAIN);
    assert_eq!(page, all, "a hundred a page when nobody says");
}

#[test]
fn the_last_page_may_be_just_full() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let (all, _) = walk(&grant, "/transactions?page_size=1000&status=pending");
    assert!(all.len() >= 2);
    let path = format!("/transactions?status=pending&page_size={}", all.len());
    assert_eq!(walk(&grant, &path), (all.clone(), 1));
    for path in ["/accounts?page_size=8", "/balances?page_size=1000"] {
        assert!(
            grant.get(path).send().ok()["links"].get("next").is_none(),
            "{path}"
        );
    }
}

#[test]
fn short_lists_are_paged_too() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    for path in [
        "/accounts",
        "/balances",
        "/accounts/acc_1234567890/balances",
    ] {
        let (all, _) = walk(&grant, path);
        for size in 1..=all.len() {
            let (items, _) = walk(&grant, &format!("{path}?page_size={size}"));
            assert_eq!(items, all, "{path} {size}");
        }
    }
}

#[test]
fn a_cursor_goes_on_as_it_began_whatever_stands_beside_it() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let first = format!("{MAIN}?credit_debit_indicator=credit&order=asc&page_size=3");
    let (all, _) = walk(&grant, &first);
    let cursor = cursor(&grant, &first);
    let rest = grant
        .get(&format!("{MAIN}?cursor={cursor}&page_size=4"))
        .send()
        .ok();
    assert_eq!(rest["data"].as_array().unwrap()[..], all[3..7]);
    let same =
        format!("{MAIN}?cursor={cursor}&order=asc&credit_debit_indicator=credit&page_size=1");
    assert_eq!(grant.get(&same).send().ok()["data"][0], all[3]);
}

#[test]
fn a_cursor_is_good_for_its_own_list_consent_and_filters_alone() {
    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let grant = burrow.grant(EVERYTHING);
    let own = cursor(&grant, &format!("{MAIN}?status=booked&page_size=5"));
    let other_list = cursor(&grant, "/transactions?page_size=5");
    let accounts = cursor(&grant, "/accounts?page_size=1");
    let other_grant = burrow.grant(EVERYTHING);
    let other_consent = cursor(&other_grant, &format!("{MAIN}?page_size=5"));
    let other_bank = TestBank::varied(&Variant::default().bank("seed: 77"));
    let stranger = other_bank.tpp("burrow-pay").grant(EVERYTHING);
    let other_bank = cursor(&stranger, &format!("{MAIN}?page_size=5"));
    let mut altered = own.clone().into_bytes();
    altered[30] = if altered[30] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    for (name, query) in [
        ("of another list", format!("cursor={other_list}")),
        ("of another kind of list", format!("cursor={accounts}")),
        ("of another consent", format!("cursor={other_consent}")),
        ("of another bank", format!("cursor={other_bank}")),
        ("with a character changed", format!("cursor={altered}")),
        ("cut short", format!("cursor={}", &own[..own.len() - 4])),
        ("with more behind it", format!("cursor={own}AAAA")),
        ("made up", "cursor=b3BhcXVl".to_owned()),
        ("empty", "cursor=".to_owned()),
        ("not base64url", "cursor=%21%21".to_owned()),
        (
            "beside another status",
            format!("cursor={own}&status=pending"),
        ),
        (
            "beside one status more",
            format!("cursor={own}&status=booked&status=pending"),
        ),
        (
            "beside a filter it never had",
            format!("cursor={own}&order=asc"),
        ),
    ] {
        println!("{name}");
        let refused = grant.get(MAIN).query(&query).send();
        let body = refused.refused(400, "invalid_cursor", "request.cursor");
        assert_eq!(body["errors"][0]["parameter"], "cursor");
    }
    grant
        .get(MAIN)
        .query(&format!("cursor={own}&status=booked"))
        .send()
        .ok();
}

#[test]
fn a_page_has_one_to_a_thousand_rows() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    for path in ["/accounts", "/balances", MAIN, "/transactions"] {
        for size in [
            "0",
            "1001",
            "-1",
            "+1",
            "1.0",
            "ten",
            "",
            "%20",
            "99999999999999999999",
        ] {
            println!("{path} {size:?}");
            let refused = grant.get(path).query(&format!("page_size={size}")).send();
            let body = refused.refused(400, "invalid_request", "request.query");
            assert_eq!(body["errors"][0]["parameter"], "page_size");
        }
        for size in ["1", "1000", "007"] {
            grant
                .get(path)
                .query(&format!("page_size={size}"))
                .send()
                .ok();
        }
    }
    let smaller = TestBank::varied(&Variant::default().bank("page_size: 3"));
    let grant = smaller.tpp("burrow-pay").grant(EVERYTHING);
    assert_eq!(
        grant.get("/transactions").send().ok()["data"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn a_query_holds_only_what_the_list_knows_each_once() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    for (path, query, parameter) in [
        ("/accounts", "order=asc", "order"),
        ("/accounts", "status=booked", "status"),
        (
            "/balances",
            "from_booking_date_time=2025-01-01",
            "from_booking_date_time",
        ),
        (MAIN, "PAGE_SIZE=1", "PAGE_SIZE"),
        (
            MAIN,
            "fromBookingDateTime=2025-01-01",
            "fromBookingDateTime",
        ),
        (MAIN, "page_size=1&page_size=2", "page_size"),
        (MAIN, "order=asc&order=asc", "order"),
        (MAIN, "order=%zz", "order"),
        (MAIN, "order=%ff", "order"),
    ] {
        println!("{path}?{query}");
        let refused = grant.get(path).query(query).send();
        let body = refused.refused(400, "invalid_request", "request.query");
        assert_eq!(body["errors"][0]["parameter"], parameter);
    }
    let several = grant.get(MAIN).query("foo=1&page_size=0&bar=2").send();
    let body = several.refused(400, "invalid_request", "request.query");
    let told: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["parameter"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["foo", "bar", "page_size"]);
}

#[test]
fn a_query_without_end_is_refused_as_a_whole() {
    let bank = TestBank::open();
    let grant = bank.tpp("burrow-pay").grant(EVERYTHING);
    let query: Vec<_> = (0..1000).map(|number| format!("p{number}=1")).collect();
    let refused = grant.get("/accounts").query(&query.join("&")).send();
    let body = refused.refused(400, "invalid_request", "request.query");
    assert!(body["errors"][0].get("parameter").is_none(), "{body}");
}
