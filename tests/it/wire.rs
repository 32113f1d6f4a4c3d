//! On real sockets: TLS as FAPI wants it, and bad input that is answered or closed while the next request
//! is served (API contract, section 8; SECURITY contract, section 3).
//!
//! The callers here are plain and blocking: `rustls` and OpenSSL over a `TcpStream`, HTTP/1.1 by hand, so
//! that a test sends exactly the bytes it shows. HTTP/2 is spoken by a client of its own.

mod lost_reply;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use hamsterbank::{Bank, TppKit};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::support::{Certificates, Form, Identity, Jwt, START};

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

#[test]
fn a_certificate_of_another_ca_passes_the_handshake_and_is_refused_with_a_reason() {
    let bank = OpenBank::open();
    let own = bank.kit("burrow-pay");
    let foreign = Certificates::foreign().like(own.transport_cert_pem());
    let config = bank.config(Some(&foreign));
    let body = "grant_type=client_credentials&client_id=burrow-pay";
    let request = format!(
        "{}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        bank.head("POST /oauth/token"),
        body.len()
    );
    let refused = Answer::read(&bank.send(&config, request.as_bytes()));
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (401, &"invalid_client".into())
    );
    assert!(refused.body.contains("certificate.trusted"), "{refused:?}");
    let entry = &bank.control("/requests?verdict=certificate.trusted")["items"][0];
    assert!(
        entry["connection"]["certificate_subject"]
            .as_str()
            .unwrap()
            .contains("CN="),
        "{entry}"
    );
    // Public documents are for everybody, even for a stranger with a strange certificate.
    let get = format!("{}\r\n", bank.head("GET /.well-known/openid-configuration"));
    assert_eq!(
        Answer::read(&bank.send(&config, get.as_bytes())).status,
        200
    );
    bank.burrow_token();
}

#[test]
fn a_token_is_bound_to_the_certificate_of_a_real_handshake_also_when_it_is_resumed() {
    let bank = OpenBank::open();
    let token = bank.burrow_token();
    let request = format!(
        "{}Authorization: Bearer {token}\r\n\r\n",
        bank.head("GET /consents/none")
    );
    let call =
        |config: &Arc<rustls::ClientConfig>| Answer::read(&bank.send(config, request.as_bytes()));
    let own = bank.kit("burrow-pay").rustls_config().unwrap();
    let kinds = [(); 3].map(|()| {
        let (answer, kind) = bank.send_noting(&own, request.as_bytes());
        assert_eq!(Answer::read(&answer).json()["code"], "consent_not_found");
        kind
    });
    let (full, resumed) = (rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed);
    assert_eq!(kinds, [full, resumed, resumed].map(Some));
    let other = bank.kit("acorn-budget").rustls_config().unwrap();
    let refused = call(&other);
    assert_eq!(refused.status, 401);
    assert!(
        refused.body.contains("access_token.certificate"),
        "{refused:?}"
    );
    let refused = call(&bank.config(None));
    assert!(refused.body.contains("certificate.present"), "{refused:?}");
}

#[test]
fn http_in_clear_on_the_tls_port_is_told_so_in_clear() {
    let bank = OpenBank::open();
    let mut stream = bank.dial();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let answer = Answer::read(&answer);
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("https://"), "{answer:?}");
    let told = bank.control("/requests?kind=connection&wait=30s");
    assert_eq!(told["items"][0]["verdict"], "handshake_failed");
    bank.still_serves();
}

#[test]
fn a_handshake_that_stalls_holds_up_nobody() {
    let bank = OpenBank::open();
    let mut stalled: Vec<_> = (0..50).map(|_| bank.dial()).collect();
    // The first bytes of a ClientHello, and then nothing.
    for stream in stalled.iter_mut().step_by(2) {
        stream.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
    }
    bank.still_serves();
    bank.burrow_token();
    drop(stalled);
    bank.still_serves();
}

#[test]
fn a_failed_handshake_is_in_the_journal() {
    let bank = OpenBank::open();
    let mut stream = bank.dial();
    stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    let told = bank.control("/requests?kind=connection&wait=30s");
    let entry = &told["items"][0];
    assert_eq!(
        (&entry["kind"], &entry["verdict"]),
        (&"connection".into(), &"handshake_failed".into())
    );
    assert!(!entry["received"].as_str().unwrap().is_empty(), "{entry}");
    assert!(entry["connection"]["remote"].is_string(), "{entry}");
}

/// What OpenSSL and the bank agree on: version and cipher.
fn shake(
    bank: &OpenBank,
    versions: (SslVersion, SslVersion),
    ciphers: &str,
) -> Result<(String, String), String> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    // OpenSSL itself refuses old versions above level 0; here the bank is to refuse them.
    builder.set_security_level(0);
    builder.set_min_proto_version(Some(versions.0)).unwrap();
    builder.set_max_proto_version(Some(versions.1)).unwrap();
    builder
        .set_cipher_list(ciphers)
        .map_err(|error| format!("no such suite here: {error}"))?;
    let connector = builder.build();
    let stream = connector
        .connect("localhost", bank.dial())
        .map_err(|error| error.to_string())?;
    let session = stream.ssl();
    let cipher = session.current_cipher().unwrap().name().to_owned();
    Ok((session.version_str().to_owned(), cipher))
}

const TLS_1_2: (SslVersion, SslVersion) = (SslVersion::TLS1_2, SslVersion::TLS1_2);

#[test]
fn tls_1_2_has_fapi_s_suites_and_no_other() {
    let bank = OpenBank::open();
    for suite in ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"] {
        let agreed = shake(&bank, TLS_1_2, suite);
        assert_eq!(agreed, Ok(("TLSv1.2".to_owned(), suite.to_owned())));
    }
    let fapi = "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";
    shake(&bank, TLS_1_2, fapi).expect("the four suites FAPI allows");
    for suites in [
        "ALL:COMPLEMENTOFALL:!ECDHE-RSA-AES128-GCM-SHA256:!ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-SHA256",
        "AES128-GCM-SHA256",
    ] {
        let failure = shake(&bank, TLS_1_2, suites).expect_err(suites);
        assert!(failure.contains("alert"), "{suites}: {failure}");
    }
    bank.still_serves();
}

#[test]
fn tls_1_3_is_preferred_and_tls_1_1_is_no_more() {
    let bank = OpenBank::open();
    let both = (SslVersion::TLS1_2, SslVersion::TLS1_3);
    let agreed = shake(&bank, both, "ALL").unwrap();
    assert_eq!(agreed.0, "TLSv1.3");
    for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
        let failure = shake(&bank, (version, version), "ALL").expect_err("an old version");
        assert!(
            failure.contains("alert") || failure.contains("reset"),
            "{failure}"
        );
    }
    let told = bank.control("/requests?kind=connection&at_least=2&wait=30s");
    assert_eq!(told["satisfied"], true);
    bank.still_serves();
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
