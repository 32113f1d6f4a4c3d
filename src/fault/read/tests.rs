//! Tests of the reader of rules.

use serde_json::json;

use super::*;
use crate::consent::ConsentType;
use crate::fault::write;

fn known() -> Known {
    Known {
        clients: vec!["acorn-budget".to_owned()],
        customers: vec![("hazel".to_owned(), CustomerId::new(1))],
        accounts: vec![AccountId::new(1_234_567_890)],
        connections: Connections::Tls,
    }
}

#[test]
fn a_rule_with_everything_reads_and_writes_back_the_same() {
    let written = json!({
        "name": "all of it",
        "when": {
            "route": "oauth.authorize", "method": "GET", "path": "/oauth/*",
            "client_id": "acorn-budget", "customer_id": "hazel", "consent_id": "consent_ais_1",
            "consent_type": "account-access", "account_id": "acc_1234567890",
            "payment_id": "pay_0000000001",
            "certificate": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0",
            "claim": {"scope": {"contains": "openid"}}, "connection": 3,
            "between": ["2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"], "ttl": "30s",
            "header": {"X-Test": "1"}, "query": {"client_id": "acorn-budget"},
            "form": {"grant_type": {"not": "refresh_token"}},
            "body": {"/data/amount": {"over": "100.00", "under": 500}},
            "nth": 2, "after": 1, "every": 3, "times": 4, "share": 0.25, "hold": true
        },
        "then": [{"fault": "id_token.nonce.wrong", "at": "front"}, {"fault": "authorize.state.missing"}]
    });
    let read = rule(&written, &known()).unwrap();
    assert_eq!(read.when.customer_id, Some(CustomerId::new(1)));
    let told = write::rule(&read);
    assert_eq!(rule(&told, &known()).unwrap(), read, "{told}");
    assert_eq!(told["when"]["customer_id"], "cus_0000000001");
    assert_eq!(told["when"]["share"], "0.25");
    assert_eq!(told["then"], written["then"]);
    let always = json!({"when": "always", "then": [{"fault": "token.lifetime", "seconds": 9}]});
    let read = rule(&always, &known()).unwrap();
    assert_eq!(write::rule(&read), always);
    assert_eq!(read.then[0].arguments.integer("seconds"), Some(9));
}

/// What is wrong; where; and what is found there. `T` stands for a fault of resources.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("[]", "", "[]"),
    (r#"{"then": T}"#, "/when", "nothing"),
    (r#"{"when": "always"}"#, "/then", "nothing"),
    (r#"{"when": {}, "then": T}"#, "/when", "{}"),
    (r#"{"when": "never", "then": T}"#, "/when", "never"),
    (r#"{"when": "always", "then": []}"#, "/then", "[]"),
    (r#"{"when": "always", "then": T, "x": 1}"#, "/x", "x"),
    (r#"{"name": "", "when": "always", "then": T}"#, "/name", ""),
    (
        r#"{"when": {"rout": "banking"}, "then": T}"#,
        "/when/rout",
        "rout",
    ),
    (
        r#"{"when": {"route": "bank.accounts"}, "then": T}"#,
        "/when/route",
        "bank.accounts",
    ),
    (
        r#"{"when": {"route": "oauth.token"}, "then": T}"#,
        "/when/route",
        "oauth.token",
    ),
    (
        r#"{"when": {"client_id": "acorn"}, "then": T}"#,
        "/when/client_id",
        "acorn",
    ),
    (
        r#"{"when": {"customer_id": "hazle"}, "then": T}"#,
        "/when/customer_id",
        "hazle",
    ),
    (
        r#"{"when": {"account_id": "acc_1"}, "then": T}"#,
        "/when/account_id",
        "acc_1",
    ),
    (
        r#"{"when": {"payment_id": "pay_1"}, "then": T}"#,
        "/when/payment_id",
        "pay_1",
    ),
    (
        r#"{"when": {"consent_type": "ais"}, "then": T}"#,
        "/when/consent_type",
        "ais",
    ),
    (
        r#"{"when": {"certificate": "ff"}, "then": T}"#,
        "/when/certificate",
        "ff",
    ),
    (
        r#"{"when": {"method": "get"}, "then": T}"#,
        "/when/method",
        "get",
    ),
    (r#"{"when": {"nth": 0}, "then": T}"#, "/when/nth", "0"),
    (r#"{"when": {"times": -1}, "then": T}"#, "/when/times", "-1"),
    (r#"{"when": {"every": "2"}, "then": T}"#, "/when/every", "2"),
    (
        r#"{"when": {"share": 1.5}, "then": T}"#,
        "/when/share",
        "1.5",
    ),
    (r#"{"when": {"hold": 1}, "then": T}"#, "/when/hold", "1"),
    (r#"{"when": {"ttl": "30"}, "then": T}"#, "/when/ttl", "30"),
    (
        r#"{"when": {"phase": "during"}, "then": T}"#,
        "/when/phase",
        "during",
    ),
    (
        r#"{"when": {"phase": "after"}, "then": T}"#,
        "/when/phase",
        "after",
    ),
    (
        r#"{"when": {"between": ["2026-01-02", "2026-01-01"]}, "then": T}"#,
        "/when/between",
        r#"["2026-01-02","2026-01-01"]"#,
    ),
    (
        r#"{"when": {"header": {}}, "then": T}"#,
        "/when/header",
        "{}",
    ),
    (
        r#"{"when": {"header": {"a": []}}, "then": T}"#,
        "/when/header/a",
        "[]",
    ),
    (
        r#"{"when": {"body": {"a": 1}}, "then": T}"#,
        "/when/body",
        "a",
    ),
    (
        r#"{"when": {"body": {"/a/b": {"above": 1}}}, "then": T}"#,
        "/when/body/~1a~1b/above",
        "above",
    ),
    (
        r#"{"when": {"query": {"a": {"over": "x"}}}, "then": T}"#,
        "/when/query/a/over",
        "x",
    ),
    (r#"{"when": "always", "then": [7]}"#, "/then/0", "7"),
    (
        r#"{"when": "always", "then": [{}]}"#,
        "/then/0/fault",
        "nothing",
    ),
    (
        r#"{"when": "always", "then": [{"fault": "token.erorr"}]}"#,
        "/then/0/fault",
        "token.erorr",
    ),
    (
        r#"{"when": "always", "then": [{"fault": "token.lifetime", "second": 1}]}"#,
        "/then/0/second",
        "second",
    ),
    (
        r#"{"when": "always", "then": [{"fault": "token.lifetime", "seconds": 0}]}"#,
        "/then/0/seconds",
        "0",
    ),
    (
        r#"{"when": "always", "then": [{"fault": "token.error"}, {"fault": "authorize.error"}]}"#,
        "/then/1/fault",
        "authorize.error",
    ),
    (
        r#"{"when": "always", "then": [{"fault": "id_token.nonce.wrong"},
        {"fault": "id_token.nonce.missing"}]}"#,
        "/then/1/fault",
        "id_token.nonce.missing",
    ),
    (
        r#"{"when": {"route": "oauth.token"}, "then": [{"fault": "id_token.iss.wrong", "at": "front"}]}"#,
        "/when/route",
        "oauth.token",
    ),
];

#[test]
fn every_mistake_is_told_with_its_place() {
    for (text, pointer, found) in MISTAKES {
        let text = text.replace(
            "\"then\": T",
            r#""then": [{"fault": "token.expired_early"}]"#,
        );
        let written = serde_json::from_str(&text).unwrap();
        let complaints = rule(&written, &known()).unwrap_err();
        let first = &complaints[0];
        assert_eq!(
            (first.pointer.as_str(), first.found.as_str()),
            (*pointer, *found),
            "{text}"
        );
        assert!(!first.expected.is_empty(), "{text}");
    }
}

#[test]
fn a_hold_needs_no_fault_and_types_of_consents_are_the_bank_s() {
    let holds = json!({"when": {"route": "oauth.token", "hold": true}, "then": []});
    assert!(rule(&holds, &known()).unwrap().when.hold);
    assert_eq!(
        when::CONSENT_TYPES,
        ConsentType::ALL.map(ConsentType::as_str)
    );
}
