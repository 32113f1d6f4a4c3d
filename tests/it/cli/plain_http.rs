//! `serve --plain-http`: TLS is somebody else's, and the client certificate is what a header says.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::process::{FREE_PORTS, Open, Place};

/// An answer.
struct Answer {
    status: u16,
    body: Value,
}

/// A call with these header lines, and a form where one is given.
fn call(bank: &Open, path: &str, headers: &str, form: Option<&str>) -> Answer {
    let issuer = bank.ready["issuer"].as_str().unwrap();
    let address = issuer.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).unwrap();
    let method = if form.is_some() { "POST" } else { "GET" };
    let body = form.unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    }
}

/// The header that tells burrow's certificate, in a member of the ready document.
fn client_cert(bank: &Open, client_id: &str) -> String {
    let clients = bank.ready["clients"].as_array().unwrap();
    let client = clients
        .iter()
        .find(|it| it["client_id"] == client_id)
        .unwrap();
    let pem = std::fs::read_to_string(client["transport_cert_file"].as_str().unwrap()).unwrap();
    let pem = openssl::x509::X509::from_pem(pem.as_bytes()).unwrap();
    let encoded = STANDARD.encode(pem.to_der().unwrap());
    format!("Client-Cert: :{encoded}:\r\n")
}

const CREDENTIALS: &str = "grant_type=client_credentials&client_id=burrow-pay";

#[test]
fn a_certificate_in_the_header_is_judged_like_a_handshakes() {
    let place = Place::new();
    let bank = place.open("--ephemeral --plain-http");
    let discovery = call(&bank, "/.well-known/openid-configuration", "", None);
    assert_eq!(discovery.status, 200);
    let issuer = bank.ready["issuer"].as_str().unwrap();
    assert_eq!(discovery.body["issuer"], issuer);
    for name in ["token_endpoint", "jwks_uri", "authorization_endpoint"] {
        assert!(
            discovery.body[name].as_str().unwrap().starts_with(issuer),
            "{name}"
        );
    }
    let own = client_cert(&bank, "burrow-pay");
    let good = call(&bank, "/oauth/token", &own, Some(CREDENTIALS));
    assert_eq!(good.status, 200, "{}", good.body);
    let bearer = format!(
        "Authorization: Bearer {}\r\n",
        good.body["access_token"].as_str().unwrap()
    );
    let consent = |headers: &str| call(&bank, "/consents/consent_ais_x", headers, None);
    let found = consent(&format!("{own}{bearer}"));
    assert_eq!(
        (found.status, &found.body["code"]),
        (404, &"consent_not_found".into())
    );
    let foreign = client_cert(&bank, "acorn-budget");
    for (headers, received) in [
        (bearer.clone(), "none"),
        (format!("{foreign}{bearer}"), "is not bound"),
        (format!("Client-Cert: :aGk=:\r\n{bearer}"), ""),
        (format!("Client-Cert: nonsense\r\n{bearer}"), ""),
        (format!("{own}{own}{bearer}"), ""),
    ] {
        let refused = consent(&headers);
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (401, &"invalid_token".into()),
            "{received}"
        );
    }
    let none = call(&bank, "/oauth/token", "", Some(CREDENTIALS));
    assert_eq!(
        (none.status, &none.body["error"]),
        (401, &"invalid_client".into())
    );
}

#[test]
fn without_the_flag_the_header_is_not_read() {
    use crate::support::TestBank;

    let bank = TestBank::open();
    let burrow = bank.tpp("burrow-pay");
    let pem = openssl::x509::X509::from_pem(burrow.kit().transport_cert_pem().as_bytes()).unwrap();
    let header = format!(":{}:", STANDARD.encode(pem.to_der().unwrap()));
    let call = burrow
        .token([("grant_type", "client_credentials")])
        .header("client-cert", &header);
    call.clone().send().ok();
    let refused = call.without_certificate().send();
    refused.refused(401, "invalid_client", "certificate.present");
}

#[test]
fn whoever_starts_it_is_warned_and_tls_is_not_spoken() {
    let place = Place::new();
    let mut command = place.command(&format!(
        "serve {FREE_PORTS} --output json --ephemeral --plain-http"
    ));
    command.env("HAMSTERBANK_SEED", "7");
    let bank = Open::start(command);
    let issuer = bank.ready["issuer"].as_str().unwrap();
    assert!(issuer.starts_with("http://localhost:"), "{issuer}");
    bank.signal("TERM");
    let (_, _, log) = bank.end();
    let log = log.join("\n");
    assert!(
        log.contains("Client-Cert") && log.contains("anybody"),
        "{}",
        log
    );
    let refused = place.run("serve --public-url http://bank.test --ephemeral");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--plain-http"), "{refused:?}");
}
