//! The family `banking`: account data that is not quite right.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::{arm, counts, operate};
use crate::support::{Grant, TestBank};

/// All pages from `path` on.
fn pages(grant: &Grant<'_>, path: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = grant.get(&path).send().ok();
        pages.push(page["data"].as_array().unwrap().clone());
        next = page["links"]["next"].as_str().map(str::to_owned);
        assert!(pages.len() < 1000, "pages without end");
    }
    pages
}

/// Goal: of all rows one comes twice, at the end of a page and at the beginning of the next; none is lost,
/// and nothing else has changed.
#[test]
fn one_row_comes_twice_and_none_is_lost() {
    let bank = TestBank::open();
    let grant =
        bank.tpp("acorn-budget")
            .grant(&["ReadAccounts", "ReadTransactions", "ReadBalances"]);
    for path in [
        "/transactions?page_size=100",
        "/transactions?page_size=7&order=asc&status=pending",
        "/accounts?page_size=3",
    ] {
        let right = pages(&grant, path).concat();
        let armed = arm(
            &bank,
            &json!({"when": {"times": 1}, "then": [{"fault": "banking.page.repeats_row"}]}),
        );
        let found = pages(&grant, path);
        let fired = counts(&bank, &armed).1;
        operate(&bank, Method::DELETE, "/faults");
        if found.len() == 1 {
            assert_eq!(fired, 0, "{path}: there is no next page");
            continue;
        }
        assert_eq!(fired, 1, "{path}");
        assert_eq!(found[0].last(), found[1].first(), "{path}");
        let mut seen = BTreeMap::new();
        for row in found.concat() {
            *seen.entry(row.to_string()).or_insert(0) += 1;
        }
        let twice: Vec<_> = seen.values().filter(|count| **count == 2).collect();
        assert_eq!((twice.len(), seen.len()), (1, right.len()), "{path}");
        let mut found = found.concat();
        found.dedup();
        assert_eq!(found, right, "{path}");
    }
}

#[test]
fn a_page_of_one_row_does_not_go_round_in_circles() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let right = pages(&grant, "/accounts?page_size=1");
    let armed = arm(
        &bank,
        &json!({"when": {"route": "banking"}, "then": [{"fault": "banking.page.repeats_row"}]}),
    );
    assert_eq!(pages(&grant, "/accounts?page_size=1"), right);
    assert_eq!(counts(&bank, &armed).1, 0);
}
