//! Bad input over HTTP/1.1: what is answered, what is closed, and the next request.

use serde_json::json;

use super::{Answer, OpenBank};
use crate::support::Form;

/// Requests that no honest caller sends, with status and code of the answer.
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn bad_requests(bank: &OpenBank, token: &str) -> Vec<(&'static str, Vec<u8>, u16, &'static str)> {
    const MEBIBYTE: usize = 1024 * 1024;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let post = |path: &str, kind: &str, body: &[u8]| {
        let head = bank.head(&format!("POST {path}"));
        let length = body.len();
        let head = format!("{head}{kind}Content-Length: {length}\r\n\r\n");
        [head.as_bytes(), body].concat()
    };
    let get = |path: &str, headers: &str| {
        format!("{}{headers}\r\n", bank.head(&format!("GET {path}"))).into_bytes()
    };
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let consent = format!("{bearer}Content-Type: application/json\r\n");
    let huge = vec![b'a'; MEBIBYTE + 1];
    let chunk = format!(
        "{:x}\r\n{}\r\n0\r\n\r\n",
        huge.len(),
        "a".repeat(huge.len())
    );
    let chunked = format!(
        "{}{form}Transfer-Encoding: chunked\r\n\r\n{chunk}",
        bank.head("POST /oauth/token")
    );
    let long = format!("X-Long: {}\r\n", "h".repeat(66 * 1024));
    let object = Form::of([
        ("client_id", "burrow-pay"),
        ("request", &"e".repeat(100_000)),
    ]);
    let members = json!({ "permissions": ["ReadAccounts"], "nonsense": true }).to_string();
    vec![
        (
            "a body over 1 MiB",
            post("/oauth/token", form, &huge),
            413,
            "payload_too_large",
        ),
        (
            "a body over 1 MiB for a resource",
            post("/consents/account-access", &consent, &huge),
            413,
            "payload_too_large",
        ),
        (
            "chunks over 1 MiB",
            chunked.into_bytes(),
            413,
            "payload_too_large",
        ),
        (
            "headers over 64 KiB",
            get("/open-banking/v1/accounts", &long),
            431,
            "headers_too_large",
        ),
        (
            "a parameter twice",
            post(
                "/oauth/token",
                form,
                b"client_id=burrow-pay&grant_type=x&grant_type=y",
            ),
            400,
            "invalid_request",
        ),
        (
            "a body not in UTF-8",
            post("/oauth/token", form, b"client_id=burrow-pay&grant_type=%FF"),
            400,
            "invalid_request",
        ),
        (
            "a body of raw bytes",
            post("/oauth/token", form, b"client_id=burrow-pay&x=\xff\xfe"),
            400,
            "invalid_request",
        ),
        (
            "a header not in UTF-8",
            get(
                "/open-banking/v1/accounts",
                "Authorization: Bearer caf\u{e9}\r\n",
            ),
            401,
            "invalid_token",
        ),
        (
            "unknown JSON members",
            post("/consents/account-access", &consent, members.as_bytes()),
            400,
            "unexpected_field",
        ),
        (
            "JSON not in UTF-8",
            post(
                "/consents/account-access",
                &consent,
                b"{\"permissions\":[\"\xff\"]}",
            ),
            400,
            "invalid_format",
        ),
        (
            "a request object of 100 kB",
            post("/oauth/par", form, object.encoded().as_bytes()),
            400,
            "invalid_request_object",
        ),
        (
            "two Host headers",
            get("/.well-known/jwks.json", "Host: evil.example\r\n"),
            400,
            "invalid_request",
        ),
        (
            "a path nobody serves",
            get("/wp-login.php", ""),
            404,
            "not_found",
        ),
        (
            "a method nobody knows",
            format!("{}\r\n", bank.head("BREW /oauth/token")).into_bytes(),
            405,
            "method_not_allowed",
        ),
    ]
}

#[test]
fn bad_input_is_answered_as_the_contract_says_and_the_next_request_is_served() {
    let bank = OpenBank::open();
    let token = bank.burrow_token();
    let config = bank.kit("burrow-pay").rustls_config().unwrap();
    for (name, bytes, status, code) in bad_requests(&bank, &token) {
        let answer = Answer::read(&bank.send(&config, &bytes));
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert_eq!(answer.json()["code"], code, "{name}");
        for header in [
            "\r\ndate: ",
            "\r\nx-fapi-interaction-id: ",
            "\r\nx-hamster-request: ",
        ] {
            assert!(
                answer.head.contains(header),
                "{name}: {header:?} is missing: {answer:?}"
            );
        }
        let id = answer
            .head
            .split("x-hamster-request: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap();
        let entry = bank.control(&format!("/requests/{id}"));
        assert_eq!(entry["status"], status, "{name}");
        assert!(
            !["unexplained", "bug", "ok"].contains(&entry["verdict"].as_str().unwrap()),
            "{name}: {entry}"
        );
        bank.still_serves();
    }
}

#[test]
fn what_is_hardly_http_is_refused_or_closed_and_the_next_request_is_served() {
    let bank = OpenBank::open();
    let config = bank.config(None);
    let long_url = format!(
        "/oauth/authorize?client_id=acorn-budget&request={}",
        "e".repeat(100_000)
    );
    let cases: [(&str, Vec<u8>, &[u16]); 6] = [
        ("a request object of 100 kB in the URL", format!("{}\r\n", bank.head(&format!("GET {long_url}"))).into_bytes(), &[414, 431]),
        ("a head without end", format!("GET / HTTP/1.1\r\nX: {}", "h".repeat(2_000_000)).into_bytes(), &[431]),
        ("no HTTP at all", b"\x00\x01\x02\x03\r\n\r\n".to_vec(), &[400]),
        ("two lengths", b"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec(), &[400]),
        ("a length and chunks", b"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n".to_vec(), &[400]),
        ("a header that is none", b"GET / HTTP/1.1\r\nno colon here\r\n\r\n".to_vec(), &[400]),
    ];
    for (name, bytes, statuses) in cases {
        let answer = bank.send(&config, &bytes);
        if !answer.is_empty() {
            let status = Answer::read(&answer).status;
            assert!(statuses.contains(&status), "{name}: {answer}");
        }
        bank.still_serves();
    }
    // What never became a request is told as a connection that failed.
    let told = bank.control("/requests?kind=connection&at_least=5&wait=30s");
    assert_eq!(told["satisfied"], true, "{told}");
}
