//! `serve --plain-http`: TLS is somebody else's, and the client certificate is what a header says.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::process::{FREE_PORTS, Open, Place};

/// An answer.
struct Answer {
    status: u16,
    body: Value,
    /// Its entry in the journal, where it has one.
    request_id: String,
}

/// A call with these header lines, and a form where one is given.
fn call(bank: &Open, path: &str, headers: &str, form: Option<&str>) -> Answer {
    call_at(bank.text("issuer"), path, headers, form)
}

fn call_at(url: &str, path: &str, headers: &str, form: Option<&str>) -> Answer {
    let address = url.strip_prefix("http://").expect("plain HTTP");
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
    let line = |line: &str| Some(line.strip_prefix("x-hamster-request: ")?.to_owned());
    Answer {
        request_id: head.lines().find_map(line).unwrap_or_default(),
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

/// The same refusal as the client was told and as the journal tells it: the rule, and what to do.
#[track_caller]
fn is_refused(bank: &Open, answer: &Answer, (rule, hint): (&str, Option<&str>)) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    let path = format!("/requests/{}", answer.request_id);
    let entry = call_at(bank.text("control_url"), &path, "", None).body;
    assert_eq!(entry["verdict"], rule, "{entry}");
    assert_eq!(entry["hint"].as_str(), hint, "{entry}");
    let told = answer.body.to_string();
    assert!(told.contains(rule), "{told}");
    assert!(hint.is_none_or(|hint| told.contains(hint)), "{told}");
    assert!(!told.contains("handshake"), "{told}");
}

#[test]
fn whoever_sends_no_certificate_that_can_be_read_is_told_how_this_bank_is_sent_one() {
    let place = Place::new();
    let bank = place.open("--ephemeral --plain-http");
    let own = client_cert(&bank, "burrow-pay");
    let encoded = own.trim_start_matches("Client-Cert: :").trim_end();
    let encoded = encoded.trim_end_matches(':');
    let header = |value: &str| format!("Client-Cert: {value}\r\n");
    let how = "this bank speaks plain HTTP: send the certificate's DER in base64 between colons (RFC 9440), or \
               have the proxy that ends TLS do so";
    let pem = "Client-Cert holds PEM: send its base64 alone, without BEGIN, END, line ends and escapes, between \
               colons: Client-Cert: :MII...:";
    let (missing, distrusted) = ("certificate.present", "certificate.trusted");
    let cases = [
        (String::new(), missing, Some(how)),
        (
            header(encoded),
            distrusted,
            Some("Client-Cert lacks the colons around its base64: send Client-Cert: :MII...:"),
        ),
        (
            header(&format!(
                "-----BEGIN%20CERTIFICATE-----%0A{encoded}%0A-----END%20CERTIFICATE-----%0A"
            )),
            distrusted,
            Some(pem),
        ),
        (
            format!("{own}{own}"),
            distrusted,
            Some("send Client-Cert once; further certificates go into Client-Cert-Chain"),
        ),
        (
            header("nonsense!"),
            distrusted,
            Some(
                "Client-Cert is the certificate's DER in base64 between colons: Client-Cert: :MII...:",
            ),
        ),
        // It is written as it should be, and is no certificate.
        (header(":aGk=:"), distrusted, None),
    ];
    let bearer = "Authorization: Bearer x\r\n";
    for (headers, rule, hint) in cases {
        for answer in [
            call(&bank, "/oauth/token", &headers, Some(CREDENTIALS)),
            call(&bank, "/register", &headers, Some("x=1")),
            call(&bank, "/consents/x", &format!("{headers}{bearer}"), None),
        ] {
            is_refused(&bank, &answer, (rule, hint));
        }
    }
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

/// Goal: a fault of TLS could never be seen where none is spoken, so it is refused by the scenario and by hand.
#[test]
fn a_plain_bank_takes_no_faults_of_tls() {
    let place = Place::new();
    let rule = json!({"when": "always", "then": [{"fault": "tls.server_cert.expired"}]});
    let scenario = json!({"version": 1, "name": "spoiled", "faults": [rule]});
    let file = place.path().join("spoiled.json");
    std::fs::write(&file, scenario.to_string()).unwrap();
    let flags = format!("--ephemeral --plain-http --scenario {}", file.display());
    let refused = place.run(&format!("serve {FREE_PORTS} {flags} --output json"));
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let expected = "faults[0].then[0].fault: expected a fault that needs no TLS: this bank speaks none, \
                    found tls.server_cert.expired";
    let failed: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!(failed["code"], "scenario_invalid", "{failed:#}");
    assert_eq!(failed["flag"], "--scenario");
    assert_eq!(failed["message"], expected);
}
