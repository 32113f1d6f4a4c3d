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
            "nth": 4, "after": 1, "every": 3, "times": 4, "share": 0.25, "hold": true
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

/// Rules that could never match, never fire, or would do nothing or less than they say: where that is told, and
/// something of what would be right. `C` stands before conditions, `F` before one fault, `R` for any.
const USELESS: &[(&str, &str, &str)] = &[
    (
        r#"C{"method": "PUT"}, R"#,
        "/when/method",
        "token.expired_early can act there, DELETE or GET or HEAD or POST",
    ),
    (
        r#"C{"route": "banking.accounts", "method": "POST"}, R"#,
        "/when/method",
        "GET or HEAD",
    ),
    (
        r#"C{"method": "GET"}, "then": [{"fault": "token.error"}]"#,
        "/when/method",
        "a method with which token.error can act there, POST",
    ),
    (
        r#"C{"method": "FETCH"}, R"#,
        "/when/method",
        "DELETE, GET, HEAD, POST, PUT",
    ),
    (r#"C{"method": "PATCH"}, R"#, "/when/method", "one of"),
    (
        r#"C{"path": "no-slash"}, R"#,
        "/when/path",
        "begins with a slash",
    ),
    (r#"C{"path": "*"}, R"#, "/when/path", "begins with a slash"),
    (
        r#"C{"path": "*accounts"}, R"#,
        "/when/path",
        "begins with a slash",
    ),
    (
        r#"C{"header": {"x test": "1"}}, R"#,
        "/when/header",
        "a header's name",
    ),
    (
        r#"C{"header": {"": "1"}}, R"#,
        "/when/header",
        "a header's name",
    ),
    (
        r#"C{"header": {"x": null}}, R"#,
        "/when/header/x",
        "`present: false`",
    ),
    (
        r#"C{"header": {"x": {"not": null}}}, R"#,
        "/when/header/x/not",
        "a text",
    ),
    (
        r#"C{"query": {"x": {"equals": null}}}, R"#,
        "/when/query/x/equals",
        "a text",
    ),
    (r#"C{"form": {"x": null}}, R"#, "/when/form/x", "a text"),
    (r#"C{"claim": {"": 1}}, R"#, "/when/claim", "a name"),
    (r#"C{"query": {"": 1}}, R"#, "/when/query", "a name"),
    (r#"C{"nth": 2, "after": 2}, R"#, "/when/nth", "above 2"),
    (r#"C{"nth": 1, "after": 9}, R"#, "/when/nth", "above 9"),
    (r#"C{"nth": 3, "every": 2}, R"#, "/when/nth", "such as 2"),
    (
        r#"C{"nth": 4, "after": 1, "every": 2}, R"#,
        "/when/nth",
        "such as 3",
    ),
    (
        r#"F{"fault": "transport.latency", "by": "100ms"}"#,
        "/then/0/by",
        "uniform or normal",
    ),
    (
        r#"F{"fault": "transport.latency", "distribution": "log_normal", "by": "1s"}"#,
        "/then/0/by",
        "uniform or normal",
    ),
    (
        r#"F{"fault": "transport.latency", "distribution": "uniform"}"#,
        "/then/0/by",
        "how much it varies",
    ),
    (
        r#"F{"fault": "transport.latency", "distribution": "uniform", "delay": "1s", "by": "2s"}"#,
        "/then/0/by",
        "at most as much as `delay`",
    ),
    (
        r#"F{"fault": "transport.latency", "delay": "0s"}"#,
        "/then/0/delay",
        "from 1ms to 1h",
    ),
    (
        r#"F{"fault": "transport.refuse", "duration": "0s"}"#,
        "/then/0/duration",
        "from 1ms to 1h",
    ),
    (
        r#"F{"fault": "http.date_skew", "by": "0s"}"#,
        "/then/0/by",
        "whole seconds",
    ),
    (
        r#"F{"fault": "http.date_skew", "by": "500ms"}"#,
        "/then/0/by",
        "from 1s to 7d",
    ),
    (
        r#"F{"fault": "http.retry_after.seconds", "retry_after": "1500ms"}"#,
        "/then/0/retry_after",
        "whole seconds",
    ),
    (
        r#"F{"fault": "http.retry_after.http_date", "retry_after": "250ms"}"#,
        "/then/0/retry_after",
        "whole seconds",
    ),
    (
        r#"F{"fault": "payment.rejected", "delay": "366d"}"#,
        "/then/0/delay",
        "from 0s to 365d",
    ),
    (
        r#"F{"fault": "authorize.error", "value": ""}"#,
        "/then/0/value",
        "an error code",
    ),
    (
        r#"F{"fault": "token.error", "value": "a\"b"}"#,
        "/then/0/value",
        "an error code",
    ),
    (
        r#"F{"fault": "token.error", "value": "größe"}"#,
        "/then/0/value",
        "an error code",
    ),
    (
        r#"F{"fault": "http.status", "headers": {"Content-Length": "3"}, "body": "four"}"#,
        "/then/0/headers",
        "none that frames the answer",
    ),
    (
        r#"F{"fault": "http.status", "headers": {"transfer-encoding": "chunked"}}"#,
        "/then/0/headers",
        "transfer-encoding",
    ),
    (
        r#"F{"fault": "http.status", "headers": {"Date": "yesterday"}}"#,
        "/then/0/headers",
        "none that the bank sets itself",
    ),
    (
        r#"F{"fault": "http.status", "headers": {"x-hamster-request": "1"}}"#,
        "/then/0/headers",
        "x-hamster-*",
    ),
    (
        r#"F{"fault": "http.status", "status": 204, "body": "x"}"#,
        "/then/0/body",
        "no body",
    ),
    (
        r#"F{"fault": "http.status", "status": 205, "body": {}}"#,
        "/then/0/body",
        "no body",
    ),
    (
        r#"F{"fault": "http.status", "status": 304, "body": ""}"#,
        "/then/0/body",
        "no body",
    ),
    (
        r#"F{"fault": "tls.server_cert.expired"}, {"fault": "transport.latency"}"#,
        "/then/1/fault",
        "a fault of connections, as tls.server_cert.expired is",
    ),
    (
        r#"F{"fault": "transport.latency"}, {"fault": "transport.refuse"}"#,
        "/then/1/fault",
        "a fault of requests, as transport.latency is",
    ),
    (
        r#"C{"route": "oauth.authorize"}, "then": [{"fault": "id_token.iss.wrong", "at": "back"}]"#,
        "/when/route",
        "oauth.token, the only route",
    ),
];

/// What is wrong, and something of what would be right: no more is told than helps.
const WORDS: &[(&str, &str, &str, &str)] = &[
    (
        r#""when": 7, R"#,
        "/when",
        "\"always\", or an object of conditions",
        "",
    ),
    (
        r#""when": null, R"#,
        "/when",
        "\"always\", or an object of conditions",
        "",
    ),
    (
        r#"F{"fault": "jwks.kid_unknown", "a/b": 1}"#,
        "/then/0/a~1b",
        "no parameter: jwks.kid_unknown has none",
        "",
    ),
    (
        r#""when": "alwys", R"#,
        "/when",
        "\"always\", or an object of conditions",
        "always",
    ),
    (
        r#"F{"fault": "discovery.issuer_mismatch.suffix", "at": "front"}"#,
        "/then/0/at",
        "no parameter: discovery.issuer_mismatch.suffix has none",
        "",
    ),
    (
        r#"F{"fault": "token.erorr"}"#,
        "/then/0/fault",
        "the id of a fault; `hamsterbank faults token` lists those of its family",
        "token.error",
    ),
    (
        r#"F{"fault": "tokn.error"}"#,
        "/then/0/fault",
        "the id of a fault of transport, tls, http, discovery, jwks, authorize, jarm, token, id_token, consent, \
         payment, banking, grease; `hamsterbank faults` lists them",
        "token.error",
    ),
];

fn wrong(text: &str) -> Complaint {
    let text = text
        .replacen("C{", "\"when\": {", 1)
        .replacen("F{", "\"when\": \"always\", \"then\": [{", 1)
        .replace(", R", r#", "then": [{"fault": "token.expired_early"}]"#);
    let end = if text.ends_with(']') { "" } else { "]" };
    let written = serde_json::from_str(&format!("{{{text}{end}}}"));
    let written = written.unwrap_or_else(|error| panic!("{text}: {error}"));
    let complaints = rule(&written, &known()).expect_err(&text);
    complaints.into_iter().next().unwrap()
}

#[test]
fn a_rule_that_would_do_nothing_or_less_than_it_says_is_refused() {
    for (text, pointer, expected) in USELESS {
        let complaint = wrong(text);
        assert_eq!(complaint.pointer, *pointer, "{text}: {complaint:?}");
        assert!(
            complaint.expected.contains(expected),
            "{text}: {complaint:?}"
        );
    }
    for (text, pointer, expected, meant) in WORDS {
        let complaint = wrong(text);
        assert_eq!(complaint.pointer, *pointer, "{text}: {complaint:?}");
        assert_eq!(complaint.expected, *expected, "{text}");
        let is_known = complaint.known.iter().any(|known| known == meant);
        assert_eq!(is_known, !meant.is_empty(), "{text}: {complaint:?}");
    }
}

#[test]
fn a_rule_that_can_fire_in_the_end_is_not_refused() {
    for (when, then) in [
        (
            json!({"nth": 3, "after": 1, "every": 2}),
            json!({"fault": "token.error"}),
        ),
        (
            json!({"nth": 3, "after": 2}),
            json!({"fault": "token.error"}),
        ),
        (
            json!({"nth": 4, "every": 2}),
            json!({"fault": "token.error"}),
        ),
        (
            json!({"path": "**/accounts"}),
            json!({"fault": "token.expired_early"}),
        ),
        (
            json!({"path": "*/accounts"}),
            json!({"fault": "token.expired_early"}),
        ),
        (json!({"path": "?oauth/*"}), json!({"fault": "token.error"})),
        (
            json!({"header": {"x": {"present": false}}}),
            json!({"fault": "token.error"}),
        ),
        (
            json!({"claim": {"x": null}}),
            json!({"fault": "token.error"}),
        ),
        (
            json!({"method": "HEAD"}),
            json!({"fault": "discovery.issuer_mismatch.suffix"}),
        ),
        (
            json!({"route": "oauth.token"}),
            json!({"fault": "id_token.iss.wrong", "at": "back"}),
        ),
        (
            json!({"times": 1}),
            json!({"fault": "http.date_skew", "by": "14h", "value": "behind"}),
        ),
        (
            json!({"times": 1}),
            json!({"fault": "payment.rejected", "delay": "30d"}),
        ),
        (
            json!({"times": 1}),
            json!({"fault": "http.status", "status": 204}),
        ),
    ] {
        let written = json!({"when": when, "then": [then]});
        let read = rule(&written, &known());
        assert!(read.is_ok(), "{written}: {read:?}");
    }
}

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
        crate::fault::conditions::CONSENT_TYPES,
        ConsentType::ALL.map(ConsentType::as_str)
    );
}
