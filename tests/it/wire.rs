//! On real sockets: TLS as FAPI wants it, and bad input that is answered or closed while the next request
//! is served (API contract, section 8; SECURITY contract, section 3).
//!
//! The callers here are plain and blocking: `rustls` and OpenSSL over a `TcpStream`, HTTP/1.1 by hand, so
//! that a test sends exactly the bytes it shows. HTTP/2 is spoken by a client of its own.

mod bad_input;
mod lost_reply;
mod tls;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use hamsterbank::{Bank, TppKit};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::support::{Form, Identity, Jwt, START};

/// A bank with its doors open.
struct OpenBank {
    bank: Bank,
}

/// An HTTP/1.1 answer as far as a test looks at it.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl OpenBank {
    fn open() -> Self {
        let bank = Bank::builder().clock_at(START).start();
        Self {
            bank: bank.expect("free loopback ports"),
        }
    }

    fn kit(&self, client_id: &str) -> TppKit {
        self.bank.client(client_id)
    }

    /// `localhost:port`.
    fn address(&self) -> &str {
        self.bank.issuer().strip_prefix("https://").unwrap()
    }

    fn dial(&self) -> TcpStream {
        dial(self.address())
    }

    /// A TLS connection of somebody who trusts the bank and shows this identity.
    fn config(&self, identity: Option<&Identity>) -> Arc<rustls::ClientConfig> {
        let mut roots = rustls::RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(self.bank.ca_pem().as_bytes()).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let chain = CertificateDer::from_pem_slice(identity.cert_pem.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap();
                builder.with_client_auth_cert(vec![chain], key).unwrap()
            }
        })
    }

    /// Sends bytes over TLS and reads until the bank closes.
    fn send(&self, config: &Arc<rustls::ClientConfig>, bytes: &[u8]) -> String {
        self.send_noting(config, bytes).0
    }

    /// The same, with the kind of handshake it was.
    fn send_noting(
        &self,
        config: &Arc<rustls::ClientConfig>,
        bytes: &[u8],
    ) -> (String, Option<rustls::HandshakeKind>) {
        let name = "localhost".try_into().unwrap();
        let session = rustls::ClientConnection::new(Arc::clone(config), name).unwrap();
        let mut stream = rustls::StreamOwned::new(session, self.dial());
        // The bank may answer and close before it has read it all; the answer is what counts.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let kind = stream.conn.handshake_kind();
        (String::from_utf8_lossy(&answer).into_owned(), kind)
    }

    /// A request of nobody in particular.
    fn request(&self, bytes: &[u8]) -> Answer {
        Answer::read(&self.send(&self.config(None), bytes))
    }

    /// A form posted by a kit's owner.
    fn post(&self, kit: &TppKit, path: &str, form: &Form) -> Answer {
        let body = form.encoded();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            self.address(),
            body.len()
        );
        let config = kit.rustls_config().unwrap();
        Answer::read(&self.send(&config, (head + &body).as_bytes()))
    }

    /// An access token of a client that proves itself by its certificate.
    fn burrow_token(&self) -> String {
        let form = Form::of([
            ("grant_type", "client_credentials"),
            ("client_id", "burrow-pay"),
        ]);
        let answer = self.post(&self.kit("burrow-pay"), "/oauth/token", &form);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Asks the control API.
    fn control(&self, target: &str) -> Value {
        let address = self.bank.control_url().strip_prefix("http://").unwrap();
        let mut stream = dial(address);
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let answer = Answer::read(&answer);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The next request is served, whatever came before.
    #[track_caller]
    fn still_serves(&self) {
        let get = self.head("GET /.well-known/jwks.json");
        let answer = self.request(format!("{get}\r\n").as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["keys"].as_array().unwrap().len(), 2);
    }

    /// The first lines of a request.
    fn head(&self, line: &str) -> String {
        format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.address()
        )
    }
}

fn dial(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("an open port");
    // Nothing here takes so long; a test that hangs should fail instead.
    let patience = Some(Duration::from_mins(1));
    stream.set_read_timeout(patience).unwrap();
    stream
}

#[test]
fn an_assertion_from_the_future_is_refused_and_one_of_now_is_not() {
    let bank = OpenBank::open();
    let kit = bank.kit("acorn-budget");
    let jwk: Value = serde_json::from_str(kit.signing_jwk()).unwrap();
    // By the bank's clock; the machine's is accepted as well.
    let now = START.unix_timestamp();
    let assertion = |jti: &str| {
        let claims = json!({
            "iss": "acorn-budget", "sub": "acorn-budget", "aud": bank.bank.issuer(),
            "jti": jti, "iat": now, "exp": now + 300,
        });
        Jwt::new(
            kit.signing_alg(),
            jwk["kid"].as_str().unwrap(),
            kit.signing_key_pem(),
            &claims,
        )
    };
    let post = |assertion: &Jwt| {
        let form = Form::of([
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion.encoded()),
        ]);
        bank.post(&kit, "/oauth/token", &form)
    };
    let years: i64 = 20 * 365 * 86_400;
    let refused = post(&assertion("one").claim("iat", now + years));
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (401, &"invalid_client".into())
    );
    assert!(refused.body.contains("client_assertion.nbf"), "{refused:?}");
    assert_eq!(post(&assertion("two")).status, 200);
}

/// A client of HTTP/2, or of HTTP/1.1, with a kit's certificate.
fn http_client(kit: &TppKit, protocol: &[u8]) -> reqwest::Client {
    let mut config = (*kit.rustls_config().unwrap()).clone();
    config.alpn_protocols = vec![protocol.to_vec()];
    let builder = reqwest::Client::builder().use_preconfigured_tls(config);
    builder.build().unwrap()
}

#[tokio::test]
async fn both_versions_of_http_are_served() {
    let bank = OpenBank::open();
    for (protocol, version) in [
        (&b"h2"[..], http::Version::HTTP_2),
        (b"http/1.1", http::Version::HTTP_11),
    ] {
        let client = http_client(&bank.kit("burrow-pay"), protocol);
        let at = |path: &str| format!("{}{path}", bank.bank.issuer());
        let form = "grant_type=client_credentials&client_id=burrow-pay";
        let post = client.post(at("/oauth/token")).body(form);
        let post = post.header("content-type", "application/x-www-form-urlencoded");
        let answer = post.send().await.unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (version, 200));
        let token: Value = answer.json().await.unwrap();
        let token = token["access_token"].as_str().unwrap();
        let calls = (0..30).map(|number| {
            let call = client
                .get(at(&format!("/consents/number-{number}")))
                .bearer_auth(token);
            tokio::spawn(call.send())
        });
        for call in calls.collect::<Vec<_>>() {
            let answer = call.await.unwrap().unwrap();
            assert_eq!((answer.version(), answer.status().as_u16()), (version, 404));
        }
    }
}

#[tokio::test]
async fn bad_input_over_http_2_is_answered_and_the_connection_lives_on() {
    let bank = OpenBank::open();
    let client = http_client(&bank.kit("burrow-pay"), b"h2");
    let at = |path: &str| format!("{}{path}", bank.bank.issuer());
    let long = client
        .get(at("/open-banking/v1/accounts"))
        .header("x-long", "h".repeat(66 * 1024));
    let answer = long.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 431);
    let huge = client
        .post(at("/oauth/token"))
        .body(vec![b'a'; 1024 * 1024 + 1])
        .send()
        .await;
    // The bank may stop reading before all is sent; then the client sees its stream end.
    if let Ok(answer) = huge {
        assert_eq!(answer.status().as_u16(), 413);
    }
    let answer = client
        .get(at("/.well-known/jwks.json"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[test]
fn closing_frees_the_ports_and_ends_connections() {
    let bank = OpenBank::open();
    let address = bank.address().to_owned();
    let control = bank
        .bank
        .control_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut idle = bank.dial();
    bank.still_serves();
    bank.bank.close();
    assert_eq!(
        idle.read(&mut [0]).unwrap_or(0),
        0,
        "whoever waited is let go"
    );
    for address in [address, control] {
        assert!(TcpStream::connect(&address).is_err(), "{address}");
        TcpListener::bind(&address).unwrap_or_else(|error| panic!("{address}: {error}"));
    }
}

#[test]
fn several_banks_in_one_process_share_nothing() {
    let (one, other) = (OpenBank::open(), OpenBank::open());
    assert_ne!(one.bank.issuer(), other.bank.issuer());
    assert_ne!(one.bank.ca_pem(), other.bank.ca_pem());
    one.burrow_token();
    assert_eq!(other.control("/requests?count=true")["count"], 0);
    one.bank.clock().advance(time::Duration::days(91));
    assert!(other.bank.clock().now() < START + time::Duration::days(1));
    drop(one);
    other.still_serves();
}

#[test]
fn control_speaks_plain_http_and_survives_what_it_cannot_read() {
    let bank = OpenBank::open();
    let address = bank
        .bank
        .control_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"nonsense\r\n\r\n",
        b"GET /clock HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ] {
        let mut stream = dial(&address);
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(
            answer.is_empty() || [400, 403].contains(&Answer::read(&answer).status),
            "{answer}"
        );
    }
    assert_eq!(bank.control("/health"), json!({ "status": "ok" }));
    assert_eq!(bank.control("/ready")["issuer"], bank.bank.issuer());
}
