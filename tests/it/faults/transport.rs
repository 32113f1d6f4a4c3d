//! The family `transport` on real sockets, over HTTP/1.1 and HTTP/2: how an answer comes, and how it ends.

use std::io::ErrorKind;
use std::time::Duration;

use http::Method;
use serde_json::json;

use super::line::{End, Got, OpenBank, Version};
use super::{arm_always, counts};
use crate::support::TestBank;

const JWKS: &str = "/.well-known/jwks.json";

/// The answer as it should be.
fn right(bank: &OpenBank, version: Version) -> Got {
    let got = bank.get(version, JWKS, None);
    assert_eq!((got.status, got.end), (Some(200), End::Whole), "{got:?}");
    assert_eq!(got.body.len(), got.announced);
    got
}

/// How an answer ends over HTTP/1.1 and with a connection, how with a stream, and how much of the body comes:
/// half of it, so many bytes, all but the last one, or not even a head.
const ENDS: &[(&str, End, End, Came)] = &[
    (
        "transport.reset.mid_body",
        End::Reset,
        End::StreamReset,
        Came::Half,
    ),
    (
        "transport.reset.mid_body; after_bytes=10",
        End::Reset,
        End::StreamReset,
        Came::Bytes(10),
    ),
    (
        "transport.reset.mid_body; after_bytes=1000000",
        End::Reset,
        End::StreamReset,
        Came::AllButOne,
    ),
    (
        "transport.reset.before_headers",
        End::Reset,
        End::StreamReset,
        Came::Nothing,
    ),
    (
        "transport.close.no_response",
        End::Closed,
        End::StreamReset,
        Came::Nothing,
    ),
    (
        "transport.close_after_effect",
        End::Closed,
        End::StreamReset,
        Came::Nothing,
    ),
    ("transport.truncate", End::Closed, End::Closed, Came::Half),
    (
        "transport.truncate; after_bytes=0",
        End::Closed,
        End::Closed,
        Came::Bytes(0),
    ),
    (
        "transport.garbage",
        End::Unreadable,
        End::Unreadable,
        Came::Nothing,
    ),
];

/// How much of a body came.
#[derive(Clone, Copy, Debug)]
enum Came {
    AllButOne,
    Bytes(usize),
    Half,
    Nothing,
}

/// Goal: each end is what it says in either version, and the next call finds nothing wrong.
#[test]
fn each_fault_ends_an_answer_in_its_own_way() {
    let bank = OpenBank::open();
    let whole = right(&bank, Version::Http1).body;
    for (fault, of_connection, of_stream, came) in ENDS {
        for (version, scope) in [
            (Version::Http1, "stream"),
            (Version::Http2, "stream"),
            (Version::Http2, "connection"),
        ] {
            let told = match scope {
                "connection" if *fault != "transport.garbage" => {
                    format!("{fault}; scope=connection")
                }
                _ => (*fault).to_owned(),
            };
            let got = bank.get(version, JWKS, Some(&told));
            let is_stream = version == Version::Http2 && scope == "stream";
            let expected = if is_stream { of_stream } else { of_connection };
            assert_eq!(got.end, *expected, "{told} {version:?}: {got:?}");
            let bytes = match came {
                Came::Nothing => None,
                Came::Half => Some(whole.len() / 2),
                Came::AllButOne => Some(whole.len() - 1),
                Came::Bytes(bytes) => Some(*bytes),
            };
            assert_eq!(got.status, bytes.map(|_| 200), "{told} {version:?}");
            assert_eq!(got.body, &whole[..bytes.unwrap_or(0)], "{told} {version:?}");
            if bytes.is_some() {
                assert_eq!(got.announced, whole.len(), "{told} {version:?}");
            }
            assert_eq!(right(&bank, version).body, whole);
        }
    }
}

/// Goal: a status without a body breaks no line, and a header that was given no frame.
#[test]
fn a_stand_in_is_whole_in_either_version() {
    let bank = OpenBank::open();
    for version in Version::BOTH {
        for (status, fault) in [
            (204, "http.status; status=204"),
            (205, "http.status; status=205"),
            (304, "http.status; status=304"),
            (599, "http.status; status=599; body=down"),
            (
                418,
                "http.status; status=418; headers={\"x-a\":\"1\",\"location\":\"/\"}",
            ),
            (200, "http.empty_200"),
            (502, "http.html_error"),
        ] {
            let got = bank.get(version, JWKS, Some(fault));
            assert_eq!((got.status, got.end), (Some(status), End::Whole), "{fault}");
            assert_eq!(got.body.len(), got.announced, "{fault}");
        }
        right(&bank, version);
    }
}

#[test]
fn a_black_hole_swallows_a_call_and_nothing_else() {
    let bank = OpenBank::open();
    for version in Version::BOTH {
        let call = (JWKS, Some("transport.black_hole"));
        let got = bank.send(version, call, Duration::from_millis(100));
        assert_eq!((got.status, got.end), (None, End::Silent), "{version:?}");
        right(&bank, version);
    }
}

/// Goal: what only delays an answer changes nothing in it, and is noticed by whoever has less patience.
#[test]
fn a_late_or_slow_answer_is_a_whole_one() {
    let bank = OpenBank::open();
    let whole = right(&bank, Version::Http1).body;
    let middle = whole.len() / 2;
    for (fault, patience_ms, before) in [
        ("transport.latency; delay=300ms", 200, 0),
        (
            "transport.latency; delay=300ms; distribution=uniform; by=50ms",
            200,
            0,
        ),
        (
            "transport.latency; delay=300ms; distribution=normal; by=5ms",
            200,
            0,
        ),
        (
            "transport.latency; delay=1500ms; distribution=log_normal",
            200,
            0,
        ),
        ("transport.stall.before_headers; duration=300ms", 200, 0),
        ("transport.stall.after_bytes; duration=300ms", 200, middle),
        (
            "transport.stall.after_bytes; duration=300ms; after_bytes=0",
            200,
            0,
        ),
        ("transport.throttle; bytes_per_second=4000", 60, 400),
    ] {
        for version in Version::BOTH {
            let call = (JWKS, Some(fault));
            let got = bank.send(version, call, Duration::from_millis(patience_ms));
            assert_eq!(got.end, End::Silent, "{fault} {version:?}: {got:?}");
            // On a machine that is busy even that may not have come yet.
            let came = got.body.len() <= before && whole.starts_with(&got.body);
            assert!(came, "{fault} {version:?}: {got:?}");
            let got = bank.get(version, JWKS, Some(fault));
            assert_eq!(got.end, End::Whole, "{fault} {version:?}: {got:?}");
            assert_eq!(got.body, whole, "{fault} {version:?}");
        }
    }
}

/// Goal: the bank did what was asked, and its caller cannot know.
#[test]
fn a_call_takes_effect_before_the_connection_is_closed_or_not_at_all() {
    let bank = OpenBank::open();
    for (fault, phase, effect) in [
        ("transport.close.no_response", None, 0),
        ("transport.close.no_response", Some("after"), 1),
    ] {
        let mut when = json!({"route": "oauth.authorize", "times": 1});
        if let Some(phase) = phase {
            when["phase"] = phase.into();
        }
        bank.arm(&json!({"when": when, "then": [{"fault": fault}]}));
        let called = || {
            let (_, list) = bank.control("GET", "/requests?route=oauth.authorize", &json!(null));
            let items = list["items"].as_array().unwrap().clone();
            let told = |item: &&serde_json::Value| item["verdict"] == "fault";
            assert_eq!(items.iter().filter(told).count(), items.len(), "{items:#?}");
            let judged = |item: &&serde_json::Value| item["checks"] != json!([]);
            items.iter().filter(judged).count()
        };
        // A request without parameters is refused by the handler, if it comes so far.
        let before = called();
        let got = bank.get(Version::Http1, "/oauth/authorize", None);
        assert_eq!(got.end, End::Closed, "{fault} {phase:?}");
        assert_eq!(called() - before, effect, "{fault} {phase:?}");
    }
}

#[test]
fn what_was_refused_had_no_effect_to_close_after() {
    let bank = OpenBank::open();
    let close = json!([{"fault": "transport.close_after_effect"}]);
    let refused = json!({"when": {"route": "oauth.userinfo", "times": 1}, "then": close});
    let refused = bank.arm(&refused);
    let done = json!({"when": {"route": "oauth.jwks", "times": 1}, "then": close});
    let done = bank.arm(&done);
    let got = bank.get(Version::Http1, "/oauth/userinfo", None);
    assert_eq!(got.end, End::Whole);
    let got = bank.get(Version::Http1, JWKS, None);
    assert_eq!(got.end, End::Closed);
    assert_eq!(bank.counts(&refused).1, 0);
    assert_eq!(bank.counts(&done).1, 1);
}

/// Goal: the n-th connection is reset, the next are refused, and after that all is well again.
#[test]
fn nobody_listens_for_a_while() {
    let bank = OpenBank::open();
    let id = bank.arm(&json!({
        "when": {"nth": 2},
        "then": [{"fault": "transport.refuse", "duration": "1h"}],
    }));
    assert_eq!(bank.knock(), Ok(()));
    assert_eq!(bank.knock(), Err(ErrorKind::ConnectionReset));
    for _ in 0..3 {
        assert_eq!(bank.knock(), Err(ErrorKind::ConnectionRefused));
    }
    assert_eq!(bank.counts(&id), (2, 1));
    // A reset opens the door at once.
    assert_eq!(bank.control("POST", "/reset", &json!({})).0, 200);
    bank.waits_for_somebody();
    right(&bank, Version::Http1);
}

#[test]
fn a_door_that_was_shut_for_a_moment_opens_by_itself() {
    let bank = OpenBank::open();
    bank.arm(&json!({
        "when": {"times": 1},
        "then": [{"fault": "transport.refuse", "duration": "50ms"}],
    }));
    assert_eq!(bank.knock(), Err(ErrorKind::ConnectionReset));
    bank.waits_for_somebody();
    right(&bank, Version::Http2);
}

/// Goal: what happens to a body does not happen where there is none, and is not said to have.
#[test]
fn no_body_is_slow_or_broken_off_where_there_is_none() {
    for fault in [
        "transport.throttle",
        "transport.stall.after_bytes",
        "transport.reset.mid_body",
        "transport.truncate",
    ] {
        let bank = TestBank::open();
        let tpp = bank.tpp("acorn-budget");
        let consent = tpp.create_consent(&["ReadAccounts"]);
        let token = tpp.client_credentials("consents");
        let id = arm_always(&bank, fault);
        let head = bank.stranger().call(Method::HEAD, JWKS).send();
        assert_eq!(counts(&bank, &id), (0, 0), "{fault}");
        let path = format!("/consents/{consent}");
        let deleted = tpp.call(Method::DELETE, &path).bearer(&token).send();
        assert_eq!((head.status(), deleted.status()), (200, 204), "{fault}");
        assert_eq!(counts(&bank, &id), (1, 0), "{fault}");
        assert!(head.fired().is_empty() && deleted.fired().is_empty());
        let told = &deleted.entry()["faults"][0];
        assert_eq!(
            told["held_back"],
            "the call came to no point where it could act"
        );
    }
}
