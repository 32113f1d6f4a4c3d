//! GET `/events` on a real socket: what happens as it happens, where somebody goes on who was away, and how
//! it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use hamsterbank::Bank;
use http::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::banking::payments::{domestic, paid};
use crate::support::{Operator, START, TestBank};

fn bank() -> Bank {
    let bank = Bank::builder().clock_at(START).start();
    bank.expect("free loopback ports")
}

/// Somebody who watches a bank.
struct Watcher {
    lines: BufReader<TcpStream>,
    head: String,
}

/// One event.
#[derive(Debug, PartialEq)]
struct Event {
    id: String,
    kind: String,
    data: Value,
}

impl Watcher {
    /// Asks for `target` with these header lines, and reads as far as the body.
    fn of(bank: &Bank, target: &str, headers: &str) -> Self {
        let address = bank.control_url().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&address).unwrap();
        let patience = std::time::Duration::from_secs(30);
        stream.set_read_timeout(Some(patience)).unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut watcher = Self {
            lines: BufReader::new(stream),
            head: String::new(),
        };
        while !watcher.head.ends_with("\r\n\r\n") {
            let mut head = std::mem::take(&mut watcher.head);
            let read = watcher.lines.read_line(&mut head).unwrap();
            assert_ne!(read, 0, "{head}");
            watcher.head = head.to_ascii_lowercase();
        }
        watcher
    }

    /// The next event; what is no event is passed over, sizes of chunks too. None at the end.
    fn next(&mut self) -> Option<Event> {
        let (mut id, mut kind, mut data) = (String::new(), String::new(), None);
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap_or_default() == 0 || line == "0\r\n" {
                return None;
            }
            let line = line.trim_end();
            match line.split_once(": ") {
                Some(("id", value)) => value.clone_into(&mut id),
                Some(("event", value)) => value.clone_into(&mut kind),
                Some(("data", value)) => data = Some(serde_json::from_str(value).unwrap()),
                _ => {}
            }
            if line.is_empty()
                && let Some(data) = data.take()
            {
                return Some(Event { id, kind, data });
            }
        }
    }

    fn take(&mut self, count: usize) -> Vec<Event> {
        (0..count).map(|_| self.next().expect("an event")).collect()
    }

    fn kinds(&mut self, count: usize) -> Vec<String> {
        let events = self.take(count).into_iter();
        events.map(|event| event.kind).collect()
    }
}

/// Goal: a whole grant is seen as it happens: the consent and its moves among the requests that made them,
/// then the clock, and what time did.
#[test]
fn requests_consents_payments_and_the_clock_are_told_in_order() {
    let bank = bank();
    let mut watcher = Watcher::of(&bank, "/events", "");
    assert!(watcher.head.starts_with("http/1.1 200"), "{}", watcher.head);
    assert!(
        watcher.head.contains("content-type: text/event-stream"),
        "{}",
        watcher.head
    );
    assert!(
        watcher.head.contains("cache-control: no-store"),
        "{}",
        watcher.head
    );
    let tokens = bank
        .client("acorn-budget")
        .grant()
        .customer("hazel")
        .accounts()
        .unwrap();
    // Discovery and keys come first.
    let told = watcher.take(9).split_off(2);
    let shown: Vec<_> = told
        .iter()
        .map(|event| match event.kind.as_str() {
            "request" => event.data["route"].as_str().unwrap(),
            "consent" => event.data["status"].as_str().unwrap(),
            other => other,
        })
        .collect();
    assert_eq!(
        shown,
        [
            "oauth.token",
            "awaiting_authorization",
            "consents.create",
            "oauth.par",
            "authorized",
            "oauth.authorize",
            "oauth.token"
        ]
    );
    assert_eq!(told[1].data["consent_id"], tokens.consent_id());
    assert_eq!(told[2].data["client_id"], "acorn-budget");
    assert_eq!(told[2].data["status"], 201);
    let ids: Vec<_> = told.iter().map(|event| event.id.as_str()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    bank.clock().advance(Duration::days(400));
    assert_eq!(watcher.kinds(2), ["clock", "consent"]);
}

#[test]
fn a_payment_is_told_with_each_status_it_takes() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let payment = paid(&acorn, &domestic());
    bank.operator().advance_clock("1m");
    let request = Operator::request(Method::GET, "/events?last_event_id=0");
    let answer = bank.operator().send(request);
    let stream = String::from_utf8(answer.into_body()).unwrap();
    let told: Vec<(&str, Value)> = stream
        .split("\n\n")
        .filter_map(|event| {
            let (_, kind) = event.split_once("event: ")?;
            let (kind, data) = kind.split_once("\ndata: ")?;
            Some((kind, serde_json::from_str(data).unwrap()))
        })
        .collect();
    let of = |kind: &str, member: &str| {
        let events = told.iter().filter(|(it, _)| *it == kind);
        let members = events.map(|(_, data)| data[member].as_str().unwrap().to_owned());
        members.collect::<Vec<_>>()
    };
    assert_eq!(
        of("payment", "status_code"),
        ["RCVD", "ACSP", "ACSC", "ACCC"],
        "{stream}"
    );
    assert!(
        of("payment", "payment_id")
            .iter()
            .all(|id| *id == payment["payment_id"])
    );
    let consents = of("consent", "status");
    assert_eq!(
        consents,
        ["awaiting_authorization", "authorized", "consumed"]
    );
    // The clock moves, and then what fell due happens.
    let kinds: Vec<_> = told.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(
        kinds.iter().position(|kind| *kind == "clock"),
        Some(kinds.len() - 4),
        "{kinds:?}"
    );
}

#[test]
fn whoever_comes_back_goes_on_where_it_was() {
    let bank = bank();
    let mut watcher = Watcher::of(&bank, "/events", "");
    for _ in 0..3 {
        bank.clock().advance(Duration::SECOND);
    }
    let told = watcher.take(3);
    drop(watcher);
    bank.clock().advance(Duration::SECOND);
    let header = format!("Last-Event-ID: {}\r\n", told[1].id);
    let mut again = Watcher::of(&bank, "/events", &header);
    assert_eq!(again.next().as_ref(), Some(&told[2]));
    let missed = again.next().unwrap();
    assert_eq!(missed.kind, "clock");
    let target = format!("/events?last_event_id={}", told[2].id);
    let mut by_address = Watcher::of(&bank, &target, "");
    assert_eq!(by_address.next(), Some(missed));
    let mut all = Watcher::of(&bank, "/events?last_event_id=0", "");
    assert_eq!(all.next().as_ref(), Some(&told[0]));
}

#[test]
fn an_id_that_is_gone_is_an_event_and_never_silence() {
    let bank = bank();
    bank.clock().advance(Duration::SECOND);
    let mut watcher = Watcher::of(&bank, "/events?last_event_id=0", "");
    let before = watcher.next().unwrap();
    bank.reset().unwrap();
    let closed = watcher.next().unwrap();
    assert_eq!((closed.kind.as_str(), closed.id.as_str()), ("closed", ""));
    assert_eq!(watcher.next(), None);
    bank.clock().advance(Duration::SECOND);
    for id in [before.id.as_str(), "nonsense"] {
        let mut again = Watcher::of(&bank, "/events", &format!("Last-Event-ID: {id}\r\n"));
        let evicted = again.next().unwrap();
        assert_eq!(
            (evicted.kind.as_str(), &evicted.data["missed"]),
            ("evicted", &Value::Null)
        );
        assert_eq!(again.next().unwrap().kind, "clock");
    }
    for target in ["/events?since=1", "/events?last_event_id=1&last_event_id=2"] {
        let refused = Watcher::of(&bank, target, "");
        assert!(refused.head.starts_with("http/1.1 4"), "{}", refused.head);
    }
}

#[test]
fn banks_are_watched_apart_and_a_stream_ends_with_its_bank() {
    let bank = bank();
    let other = bank.banks().open(json!({ "at": "path" })).unwrap();
    let mut main = Watcher::of(&bank, "/events", "");
    let target = format!("/banks/{}/events", other.name());
    let mut beside = Watcher::of(&bank, &target, "");
    other.clock().advance(Duration::SECOND);
    assert_eq!(beside.next().unwrap().kind, "clock");
    other.close().unwrap();
    assert_eq!(beside.next().unwrap().kind, "closed");
    assert_eq!(beside.next(), None);
    bank.clock().advance(Duration::HOUR);
    let first = main.next().unwrap();
    assert_eq!(first.data["to"], "2025-06-16T11:30:00Z");
    // Closing waits for answers under way: it would not end if this one did not.
    bank.close();
    assert_eq!(main.next(), None);
}

#[test]
fn head_has_no_stream() {
    let bank = bank();
    let address = bank.control_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!("HEAD /events HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
}
