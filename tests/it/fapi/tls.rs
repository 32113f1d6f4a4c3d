//! What the plan's raw handshakes demand of every address (SECURITY contract, section 3; modules 2
//! and 33).
//!
//! OpenSSL dials, since it still speaks what must be refused. A refusal counts only when the bank
//! sent it: an alert that arrived, not a handshake that OpenSSL would not begin.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use hamsterbank::{Bank, TppKit};
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{
    HandshakeError, SslConnector, SslConnectorBuilder, SslMethod, SslStream, SslVersion,
};
use openssl::x509::X509;
use serde_json::Value;

use crate::support::Form;

/// A caller of a bank on real sockets, who trusts its CA.
struct Caller {
    bank: Bank,
}

impl Caller {
    fn open() -> Self {
        let bank = Bank::builder().start().expect("free loopback ports");
        Self { bank }
    }

    fn connector(&self) -> SslConnectorBuilder {
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        let ca = X509::from_pem(self.bank.ca_pem().as_bytes()).unwrap();
        connector.cert_store_mut().add_cert(ca).unwrap();
        connector
    }

    /// A connector that speaks one version alone, with anything OpenSSL has for it.
    fn speaking(&self, version: SslVersion) -> SslConnectorBuilder {
        let mut connector = self.connector();
        connector.set_min_proto_version(Some(version)).unwrap();
        connector.set_max_proto_version(Some(version)).unwrap();
        connector.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
        connector
    }

    /// The addresses of the plan's probes: of discovery, aliases first, and of the resources.
    fn hosts(&self) -> BTreeSet<String> {
        let document = self.get_json("/.well-known/openid-configuration");
        let aliases = &document["mtls_endpoint_aliases"];
        let endpoints = [
            "token_endpoint",
            "userinfo_endpoint",
            "registration_endpoint",
        ];
        let addresses = endpoints.iter().filter_map(|name| {
            let alias = aliases.get(*name);
            alias.or_else(|| document.get(*name))?.as_str()
        });
        let authorize = document["authorization_endpoint"].as_str();
        let all = addresses.chain(authorize).chain([self.bank.issuer()]);
        let hosts: BTreeSet<_> = all.map(host_of).collect();
        assert!(
            hosts.iter().all(|host| host.starts_with("localhost:")),
            "names, not numbers"
        );
        hosts
    }

    fn get_json(&self, path: &str) -> Value {
        let head = format!("GET {path} HTTP/1.1\r\nAccept: application/json\r\n");
        let stream = shake(&host_of(self.bank.issuer()), self.connector()).unwrap();
        let (status, body) = ask(stream, &head, "");
        assert_eq!(status, 200, "{body}");
        body
    }

    /// A client's own call of the token endpoint, with or without its certificate.
    fn token(&self, connector: SslConnectorBuilder, kit: &TppKit, shows: bool) -> (u16, Value) {
        let mut connector = connector;
        if shows {
            let cert = X509::from_pem(kit.transport_cert_pem().as_bytes()).unwrap();
            let key = PKey::private_key_from_pem(kit.transport_key_pem().as_bytes()).unwrap();
            connector.set_certificate(&cert).unwrap();
            connector.set_private_key(&key).unwrap();
        }
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", kit.client_id()),
        ];
        let head =
            "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        let stream = shake(&host_of(self.bank.issuer()), connector).unwrap();
        ask(stream, head, &Form::of(form).encoded())
    }
}

/// Host and port of an `https` address.
fn host_of(address: &str) -> String {
    let rest = address.strip_prefix("https://").expect("https");
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// One handshake with SNI, or how it failed.
fn shake(
    host: &str,
    connector: SslConnectorBuilder,
) -> Result<SslStream<TcpStream>, HandshakeError<TcpStream>> {
    let stream = TcpStream::connect(host).expect("an open port");
    // Nothing takes so long: a test that hangs should fail instead.
    stream
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    let name = host.split(':').next().unwrap_or_default();
    connector.build().connect(name, stream)
}

/// Asks over HTTP/1.1 and reads to the end.
fn ask(mut stream: SslStream<TcpStream>, head: &str, body: &str) -> (u16, Value) {
    let length = body.len();
    let request = format!(
        "{head}Host: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = serde_json::from_str(body).unwrap_or_else(|_| panic!("not JSON: {answer}"));
    (status.expect("a status"), body)
}

/// The bank itself ended the handshake, with one of the alerts the plan takes for a refusal.
#[track_caller]
fn assert_refused(what: &str, shaken: Result<SslStream<TcpStream>, HandshakeError<TcpStream>>) {
    let failure = match shaken {
        Ok(stream) => {
            let cipher = stream
                .ssl()
                .current_cipher()
                .map(openssl::ssl::SslCipherRef::name);
            panic!(
                "{what} was agreed on: {} {cipher:?}",
                stream.ssl().version_str()
            );
        }
        Err(HandshakeError::Failure(failure)) => failure,
        Err(other) => panic!("{what}: {other}"),
    };
    let stack = failure
        .error()
        .ssl_error()
        .map(ErrorStack::to_string)
        .unwrap_or_default();
    let alerts = ["alert protocol version", "alert handshake failure"];
    let refused = alerts.iter().any(|alert| stack.contains(alert));
    assert!(refused, "{what}: the bank sent no alert: {stack}");
}

// Without a certificate: it is asked for, and not demanded before the route is known.
#[test]
fn a_handshake_that_offers_fapi_s_suites_alone_succeeds() {
    let caller = Caller::open();
    for host in caller.hosts() {
        let mut connector = caller.connector();
        connector
            .set_max_proto_version(Some(SslVersion::TLS1_2))
            .unwrap();
        connector.set_cipher_list(&PERMITTED.join(":")).unwrap();
        let stream = shake(&host, connector).unwrap();
        assert_eq!(stream.ssl().version_str(), "TLSv1.2");
        for suite in ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"] {
            let mut connector = caller.speaking(SslVersion::TLS1_2);
            connector.set_cipher_list(suite).unwrap();
            let stream = shake(&host, connector).unwrap();
            assert_eq!(stream.ssl().current_cipher().unwrap().name(), suite);
        }
    }
}

#[test]
fn tls_1_3_is_offered_and_wins_over_1_2() {
    let caller = Caller::open();
    for host in caller.hosts() {
        let stream = shake(&host, caller.connector()).unwrap();
        assert_eq!(stream.ssl().version_str(), "TLSv1.3");
        let mut connector = caller.connector();
        connector.set_cipher_list(&PERMITTED.join(":")).unwrap();
        let stream = shake(&host, connector).unwrap();
        assert_eq!(stream.ssl().version_str(), "TLSv1.3");
        for suite in ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"] {
            let mut connector = caller.speaking(SslVersion::TLS1_3);
            connector.set_ciphersuites(suite).unwrap();
            let stream = shake(&host, connector).unwrap();
            assert_eq!(stream.ssl().current_cipher().unwrap().name(), suite);
        }
    }
}

#[test]
fn tls_1_0_and_1_1_are_refused() {
    let caller = Caller::open();
    for host in caller.hosts() {
        for (version, name) in [
            (SslVersion::TLS1, "TLS 1.0"),
            (SslVersion::TLS1_1, "TLS 1.1"),
        ] {
            assert_refused(name, shake(&host, caller.speaking(version)));
        }
    }
}

#[test]
fn every_other_suite_of_tls_1_2_is_refused() {
    let caller = Caller::open();
    let all_but_permitted = format!("ALL:!{}:@SECLEVEL=0", PERMITTED.join(":!"));
    for host in caller.hosts() {
        let mut connector = caller.speaking(SslVersion::TLS1_2);
        connector.set_cipher_list(&all_but_permitted).unwrap();
        assert_refused("all but the permitted suites", shake(&host, connector));
        for suite in TEMPTING {
            let mut connector = caller.speaking(SslVersion::TLS1_2);
            connector
                .set_cipher_list(&format!("{suite}:@SECLEVEL=0"))
                .unwrap();
            assert_refused(suite, shake(&host, connector));
        }
    }
}

// Module 33: the handshake lets anybody in, and HTTP does not.
#[test]
fn a_client_certificate_is_asked_for_in_the_handshake_and_demanded_by_the_token_endpoint() {
    let caller = Caller::open();
    let kit = caller.bank.client("burrow-pay");
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let (status, body) = caller.token(caller.speaking(version), &kit, false);
        assert_eq!(
            (status, &body["error"]),
            (401, &"invalid_client".into()),
            "{body}"
        );
        let why = body["error_description"].as_str().unwrap_or_default();
        assert!(why.contains("certificate.present"), "{why}");
        let (status, body) = caller.token(caller.speaking(version), &kit, true);
        assert_eq!(status, 200, "{body}");
    }
}

/// FAPI 1.0 Advanced, section 8.5; the bank has the latter two.
const PERMITTED: [&str; 4] = [
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
];

/// Suites a usual server has.
const TEMPTING: &[&str] = &[
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA",
    "AES128-GCM-SHA256",
    "AES128-SHA",
];
