//! Payments whose reply is lost: the connection ends before the TPP has read it, or before it has sent all.
//! With an idempotency key it asks again, and there is one payment (API contract, section 6.2).

use std::io::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, OpenBank, dial};
use crate::banking::payments::domestic;

/// An authorized payment, as its TPP would hand it in.
struct Order {
    token: String,
    consent: String,
    key: &'static str,
}

impl OpenBank {
    /// What Hazel has authorized Burrow Pay to pay.
    fn order(&self, key: &'static str) -> Order {
        let body = domestic().to_string();
        let request = format!(
            "{}Authorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.head("POST /consents/payment"),
            self.burrow_token(),
            body.len()
        );
        let config = self.kit("burrow-pay").rustls_config().unwrap();
        let created = Answer::read(&self.send(&config, request.as_bytes()));
        assert_eq!(created.status, 201, "{created:?}");
        let consent = created.json()["consent_id"].as_str().unwrap().to_owned();
        let approve = format!("/consents/{consent}/decision");
        self.steer(&approve, &json!({ "decision": "approve" }));
        let token = json!({ "client_id": "burrow-pay", "consent_id": consent });
        let token = self.steer("/tokens", &token);
        Order {
            token: token["access_token"].as_str().unwrap().to_owned(),
            consent,
            key,
        }
    }

    /// The request of an order, to the byte.
    fn request_of(&self, order: &Order) -> Vec<u8> {
        let body = domestic().to_string();
        let request = format!(
            "{}Authorization: Bearer {}\r\nX-Consent-ID: {}\r\nX-Idempotency-Key: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.head("POST /open-banking/v1/payments"),
            order.token,
            order.consent,
            order.key,
            body.len()
        );
        request.into_bytes()
    }

    /// Sends an order again, until its first request is no longer under way.
    fn repeat(&self, order: &Order) -> Answer {
        let config = self.kit("burrow-pay").rustls_config().unwrap();
        let request = self.request_of(order);
        loop {
            let answer = Answer::read(&self.send(&config, &request));
            let is_under_way =
                answer.status == 409 && answer.body.contains("idempotency_in_progress");
            if !is_under_way {
                assert_eq!(answer.status, 201, "{answer:?}");
                return answer;
            }
        }
    }

    /// Tells the control API.
    fn steer(&self, target: &str, body: &Value) -> Value {
        let address = self.bank.control_url().strip_prefix("http://").unwrap();
        let body = body.to_string();
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = dial(address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        let answer = Answer::read(&answer);
        assert!((200..300).contains(&answer.status), "{target}: {answer:?}");
        answer.json()
    }

    /// The ids of all payments in the book.
    fn payments(&self) -> Vec<String> {
        let told = self.control("/payments");
        let items = told["items"].as_array().unwrap().iter();
        let ids = items.map(|payment| payment["payment_id"].as_str().unwrap().to_owned());
        ids.collect()
    }
}

/// Sends a part of a request, waits for what is to be seen, and goes without reading a byte.
fn send_and_leave(bank: &OpenBank, part: &[u8], wait: impl FnOnce()) {
    let config = bank.kit("burrow-pay").rustls_config().unwrap();
    let name = "localhost".try_into().unwrap();
    let session = rustls::ClientConnection::new(Arc::clone(&config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, bank.dial());
    stream.write_all(part).unwrap();
    stream.flush().unwrap();
    wait();
}

fn id_of(answer: &Answer) -> String {
    let id = answer.json()["data"]["payment_id"].clone();
    id.as_str().unwrap().to_owned()
}

#[test]
fn a_reply_that_nobody_read_is_given_again_and_there_is_one_payment() {
    let bank = OpenBank::open();
    let order = bank.order("lost-1");
    let handled = "/requests?path=/open-banking/v1/payments&at_least=1&wait=30s";
    send_and_leave(&bank, &bank.request_of(&order), || {
        assert_eq!(bank.control(handled)["satisfied"], true);
    });
    let made = bank.payments();
    assert_eq!(made.len(), 1, "it was made though nobody read the reply");
    for _ in 0..3 {
        let again = bank.repeat(&order);
        assert!(
            again.head.contains("x-idempotency-replayed: true"),
            "{again:?}"
        );
        assert_eq!(again.json()["data"]["consent_id"], order.consent);
        assert_eq!([id_of(&again)], made[..]);
    }
    assert_eq!(bank.payments(), made);
    // Under another key it is another payment, and the consent is used up.
    let other = Order {
        key: "lost-2",
        ..order
    };
    let config = bank.kit("burrow-pay").rustls_config().unwrap();
    let refused = Answer::read(&bank.send(&config, &bank.request_of(&other)));
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(refused.json()["code"], "consent_consumed");
    assert_eq!(bank.payments(), made);
}

/// Goal: wherever the line is cut, whoever asks again gets a payment, and there is no second one.
#[test]
fn a_line_cut_anywhere_leaves_one_payment_for_whoever_asks_again() {
    let bank = OpenBank::open();
    for (round, (key, place)) in CUTS.into_iter().enumerate() {
        let order = bank.order(key);
        let request = bank.request_of(&order);
        let head = request.windows(4).position(|four| four == b"\r\n\r\n");
        let cut = place(head.unwrap() + 4, request.len());
        send_and_leave(&bank, &request[..cut], || {});
        let answer = bank.repeat(&order);
        assert_eq!(id_of(&bank.repeat(&order)), id_of(&answer), "{key}");
        assert_eq!(bank.payments().len(), round + 1, "{key}");
    }
    bank.still_serves();
}

/// A key for each place, since it stands for one request; and where the line is cut, by the lengths of the
/// head and of the whole.
type Cut = (&'static str, fn(usize, usize) -> usize);

const CUTS: [Cut; 7] = [
    ("before all", |_, _| 0),
    ("after a byte", |_, _| 1),
    ("within the end of the head", |head, _| head - 2),
    ("after the head", |head, _| head),
    ("within the body", |head, whole| {
        usize::midpoint(head, whole)
    }),
    ("before the last byte", |_, whole| whole - 1),
    ("after all", |_, whole| whole),
];
