//! The truth table: every subset of the permissions against every resource of an account-access consent
//! (API contract, section 3).

use http::Method;
use serde_json::{Value, json};

use super::Desk;
use crate::consent::ConsentType;
use crate::consent::Permission;
use crate::id::ConsentId;
use crate::web::routes::{Handler, ROUTES};

/// What opens a resource, and what only the fuller of two permissions shows. By the route's name.
struct Opening {
    route: &'static str,
    any_of: &'static [&'static str],
    full: &'static str,
    hidden: &'static [&'static str],
}

/// The contract's table, written down once more.
const OPENINGS: &[Opening] = &[
    Opening {
        route: "banking.accounts",
        any_of: &["ReadAccounts", "ReadAccountsBasic"],
        full: "ReadAccounts",
        hidden: &["identifiers", "servicer"],
    },
    Opening {
        route: "banking.balances",
        any_of: &["ReadBalances"],
        full: "ReadBalances",
        hidden: &[],
    },
    Opening {
        route: "banking.transactions",
        any_of: &["ReadTransactions", "ReadTransactionsBasic"],
        full: "ReadTransactions",
        hidden: &[
            "transaction_information",
            "running_balance",
            "merchant",
            "creditor_agent",
            "creditor_account",
            "debtor_agent",
            "debtor_account",
            "ultimate_creditor",
            "ultimate_debtor",
        ],
    },
    Opening {
        route: "banking.standing_orders",
        any_of: &["ReadStandingOrders"],
        full: "ReadStandingOrders",
        hidden: &[],
    },
    Opening {
        route: "banking.direct_debits",
        any_of: &["ReadDirectDebits"],
        full: "ReadDirectDebits",
        hidden: &[],
    },
    Opening {
        route: "banking.beneficiaries",
        any_of: &["ReadBeneficiaries"],
        full: "ReadBeneficiaries",
        hidden: &[],
    },
];

/// Every resource of an account-access consent, of one account that has everything.
fn resources() -> Vec<(String, &'static Opening)> {
    let reads = |handler: &Handler| match handler {
        Handler::Consented(requirement, _) => {
            requirement.consent_type == ConsentType::AccountAccess
        }
        _ => false,
    };
    let routes = ROUTES.iter().filter(|route| reads(&route.handler));
    let found = routes.map(|route| {
        assert_eq!(route.method, Method::GET, "{}", route.path);
        let name = route.name.as_str();
        let opening = OPENINGS
            .iter()
            .find(|opening| name.starts_with(opening.route));
        let opening = opening.unwrap_or_else(|| panic!("{name} has no line in the table"));
        (
            route.path.replace("{account_id}", "acc_1234567890"),
            opening,
        )
    });
    found.collect()
}

/// The subset whose members are the bits of `number`.
fn subset(number: usize) -> Vec<&'static str> {
    let codes = Permission::CODES.into_iter().enumerate();
    let chosen = codes.filter(|(index, _)| number & (1 << index) != 0);
    chosen.map(|(_, code)| code).collect()
}

fn rows(body: &Value) -> Vec<&Value> {
    match &body["data"] {
        Value::Array(rows) => rows.iter().collect(),
        one => vec![one],
    }
}

#[test]
fn every_subset_of_permissions_opens_what_it_says_and_nothing_else() {
    let desk = Desk::open();
    let resources = resources();
    let own = desk.credentials();
    let mut judged = 0;
    for number in 0..1 << Permission::CODES.len() {
        let permissions = subset(number);
        let has = |wanted: &[&str]| wanted.iter().any(|one| permissions.contains(one));
        let body = json!({ "permissions": permissions });
        let create = (Method::POST, "/consents/account-access");
        let (status, answer) = desk.call(create, (&own, None), Some(&body));
        if !has(&["ReadAccounts", "ReadAccountsBasic"]) {
            let code = if permissions.is_empty() {
                "invalid_field"
            } else {
                "missing_field"
            };
            assert_eq!(
                (status, &answer["code"]),
                (400, &json!(code)),
                "{permissions:?}"
            );
            continue;
        }
        assert_eq!(status, 201, "{answer}");
        let id = ConsentId::new(answer["consent_id"].as_str().unwrap());
        let token = desk.approve(&id, "openid accounts");
        for (path, opening) in &resources {
            let context = format!("{permissions:?} at {path}");
            let get = (Method::GET, path.as_str());
            let (status, answer) = desk.call(get, (&token, Some(&id)), None);
            if !has(opening.any_of) {
                let refused = (403, &json!("insufficient_permissions"));
                assert_eq!((status, &answer["code"]), refused, "{context}");
                continue;
            }
            assert_eq!(status, 200, "{context}: {answer}");
            check_level(&answer, opening, has(&[opening.full]), &context);
            judged += 1;
        }
    }
    assert!(judged > 192 * 2, "{judged}");
}

fn check_level(answer: &Value, opening: &Opening, is_full: bool, context: &str) {
    let shown = |name: &&&str| rows(answer).iter().any(|row| row.get(**name).is_some());
    let seen: Vec<_> = opening.hidden.iter().filter(shown).collect();
    if is_full {
        assert_eq!(seen.is_empty(), opening.hidden.is_empty(), "{context}");
    } else {
        assert!(seen.is_empty(), "{context} shows {seen:?}");
    }
}
