//! Handshakes in memory: rustls's own client for what it can do, OpenSSL for what it cannot.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use rustls::ClientConnection;

use super::*;
use crate::clock::Timestamp;
use crate::entropy::Seed;
use crate::pki::{Authority, PeerCertificate, TestKeys, TppSubject, TrustStore, fresh_p256_key};

struct Fixture {
    authority: Authority,
    server: Arc<ServerConfig>,
}

impl Fixture {
    fn new() -> Self {
        let authority = Authority::mint(now()).unwrap();
        let rsa = TestKeys::pick(Seed(1), "main", "server");
        let names = ["localhost".to_owned()];
        let identity = authority.issue_server(&names, rsa, now()).unwrap();
        let trust = TrustStore::new(&[authority.cert_der().clone()]).unwrap();
        let server = server_config(&identity, trust.subjects()).unwrap();
        Self { authority, server }
    }

    fn client(&self, identity: Option<&Credential>) -> Arc<ClientConfig> {
        Arc::new(client_config(self.authority.cert_der(), identity).unwrap())
    }

    fn credential(&self) -> Credential {
        let subject = TppSubject {
            country: "GB".to_owned(),
            organisation: "Acorn".to_owned(),
            organization_identifier: "PSDGB-FCA-1".to_owned(),
            common_name: "acorn".to_owned(),
            roles: vec![],
        };
        let key = TestKeys::pick(Seed(1), "main", "acorn");
        self.authority
            .issue_transport(&subject, key, now())
            .unwrap()
    }
}

/// rustls checks the server's dates by the machine's clock, so these certificates are of today.
fn now() -> Timestamp {
    crate::clock::Clock::system().now().real
}

/// A whole handshake and a byte each way, so that tickets arrive too.
fn handshake(
    server: &Arc<ServerConfig>,
    client: &Arc<ClientConfig>,
) -> Result<ServerConnection, rustls::Error> {
    let mut server = ServerConnection::new(Arc::clone(server))?;
    let name = "localhost".try_into().unwrap();
    let mut client = ClientConnection::new(Arc::clone(client), name)?;
    for _ in 0..6 {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    assert!(!server.is_handshaking() && !client.is_handshaking());
    Ok(server)
}

/// A client's provider that lists the suites of one version only, as nearly every client does.
fn provider_of(version: &rustls::SupportedProtocolVersion) -> Arc<CryptoProvider> {
    let mut provider = CryptoProvider::clone(&provider());
    provider
        .cipher_suites
        .retain(|suite| suite.version() == version);
    Arc::new(provider)
}

fn peer(connection: &ServerConnection) -> Option<PeerCertificate> {
    let chain = connection.peer_certificates()?;
    PeerCertificate::from_chain(chain.iter().map(|der| der.clone().into_owned()).collect())
}

#[test]
fn tls_1_3_is_preferred_and_a_client_may_come_without_certificate() {
    let fixture = Fixture::new();
    let connection = handshake(&fixture.server, &fixture.client(None)).unwrap();
    let facts = TlsFacts::of(&connection).unwrap();
    assert_eq!(facts.version, "TLSv1.3");
    assert!(facts.cipher.starts_with("TLS_AES_"), "{}", facts.cipher);
    assert!(peer(&connection).is_none());
}

#[test]
fn a_resumed_session_still_knows_its_client_in_both_versions() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let mut roots = RootCertStore::empty();
        roots.add(fixture.authority.cert_der().clone()).unwrap();
        let (chain, key) = read(&credential).unwrap();
        let client = ClientConfig::builder_with_provider(provider_of(version))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap();
        let client = Arc::new(client);
        let first = handshake(&fixture.server, &client).unwrap();
        assert!(!TlsFacts::of(&first).unwrap().is_resumed);
        let second = handshake(&fixture.server, &client).unwrap();
        assert!(TlsFacts::of(&second).unwrap().is_resumed, "{version:?}");
        let (first, second) = (peer(&first).unwrap(), peer(&second).unwrap());
        assert_eq!(first.thumbprint(), second.thumbprint());
        assert_eq!(second.subject().common_name(), Some("acorn"));
    }
}

#[test]
fn certificates_to_be_refused_later_pass_the_handshake() {
    let fixture = Fixture::new();
    let stranger = Fixture::new().credential();
    let long_ago = fixture.authority.issue_transport(
        &TppSubject {
            country: "GB".to_owned(),
            organisation: "Old".to_owned(),
            organization_identifier: "PSDGB-FCA-1".to_owned(),
            common_name: "old".to_owned(),
            roles: vec![],
        },
        &fresh_p256_key().unwrap(),
        Timestamp::from_unix_seconds(1_000_000_000),
    );
    for credential in [stranger, long_ago.unwrap()] {
        let client = fixture.client(Some(&credential));
        let config = server_without_hints(&fixture);
        let connection = handshake(&config, &client).unwrap();
        let expected = PeerCertificate::from_pem(&credential.cert_pem).unwrap();
        assert_eq!(
            peer(&connection).unwrap().thumbprint(),
            expected.thumbprint()
        );
    }
}

#[test]
fn a_certificate_whose_key_the_client_lacks_is_refused_in_tls() {
    let fixture = Fixture::new();
    let stolen = fixture.credential();
    let (chain, _) = read(&stolen).unwrap();
    let wrong_key =
        PrivateKeyDer::from_pem_slice(TestKeys::pick(Seed(99), "other", "thief").as_bytes())
            .unwrap();
    let key = provider().key_provider.load_private_key(wrong_key).unwrap();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let mut roots = RootCertStore::empty();
        roots.add(fixture.authority.cert_der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(provider_of(version))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(Thief(Arc::new(CertifiedKey::new(
                chain.clone(),
                Arc::clone(&key),
            )))));
        let refused = handshake(&fixture.server, &Arc::new(client)).err();
        let bad = rustls::Error::InvalidCertificate(CertificateError::BadSignature);
        assert_eq!(refused, Some(bad), "{version:?}");
    }
}

/// Presents another's certificate and signs with a key of its own.
#[derive(Debug)]
struct Thief(Arc<CertifiedKey>);

impl rustls::client::ResolvesClientCert for Thief {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn server_without_hints(fixture: &Fixture) -> Arc<ServerConfig> {
    let rsa = TestKeys::pick(Seed(1), "main", "server");
    let names = ["localhost".to_owned()];
    let identity = fixture.authority.issue_server(&names, rsa, now()).unwrap();
    server_config(&identity, Vec::new()).unwrap()
}

/// What OpenSSL's client and our server agree on: version, suite, and the server's kind of key.
fn openssl_client(
    fixture: &Fixture,
    set_up: impl FnOnce(&mut openssl::ssl::SslConnectorBuilder),
) -> Option<(String, String, openssl::pkey::Id)> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    set_up(&mut builder);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (far, _) = listener.accept().unwrap();
    let config = Arc::clone(&fixture.server);
    let server = std::thread::spawn(move || serve_one(config, far));
    let mut stream = builder.build().connect("localhost", near).ok()?;
    let ssl = stream.ssl();
    let key = ssl.peer_certificate().unwrap().public_key().unwrap().id();
    let facts = (
        ssl.version_str().to_owned(),
        ssl.current_cipher().unwrap().name().to_owned(),
        key,
    );
    stream.write_all(b"x").unwrap();
    drop(stream);
    server.join().unwrap();
    Some(facts)
}

fn serve_one(config: Arc<ServerConfig>, mut stream: TcpStream) {
    let mut connection = ServerConnection::new(config).unwrap();
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    // The client may be refused; the test looks at its side.
    let _ = tls.read(&mut [0; 1]);
}

#[test]
fn tls_1_2_has_exactly_the_two_suites_with_rsa() {
    let fixture = Fixture::new();
    let with = |list: &'static str| {
        openssl_client(&fixture, |builder| {
            builder
                .set_max_proto_version(Some(SslVersion::TLS1_2))
                .unwrap();
            builder.set_cipher_list(list).unwrap();
        })
    };
    for suite in ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"] {
        let (version, agreed, key) = with(suite).unwrap();
        assert_eq!((version.as_str(), agreed.as_str()), ("TLSv1.2", suite));
        assert_eq!(key, openssl::pkey::Id::RSA);
    }
    let others = "ALL:COMPLEMENTOFALL:!ECDHE-RSA-AES128-GCM-SHA256:!ECDHE-RSA-AES256-GCM-SHA384";
    assert_eq!(with(others), None);
    for suite in [
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-SHA256",
        "AES128-GCM-SHA256",
        "DHE-RSA-AES128-GCM-SHA256",
    ] {
        assert_eq!(with(suite), None, "{suite}");
    }
}

#[test]
fn tls_1_3_gets_the_ecdsa_certificate_unless_the_client_cannot_check_it() {
    let fixture = Fixture::new();
    let (version, _, key) = openssl_client(&fixture, |_| ()).unwrap();
    assert_eq!((version.as_str(), key), ("TLSv1.3", openssl::pkey::Id::EC));
    let rsa_only = openssl_client(&fixture, |builder| {
        builder.set_sigalgs_list("rsa_pss_rsae_sha256").unwrap();
    });
    let (version, _, key) = rsa_only.unwrap();
    assert_eq!((version.as_str(), key), ("TLSv1.3", openssl::pkey::Id::RSA));
}

#[test]
fn older_versions_are_refused() {
    let fixture = Fixture::new();
    for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
        let agreed = openssl_client(&fixture, |builder| {
            builder.set_security_level(0);
            builder.set_min_proto_version(Some(version)).unwrap();
            builder.set_max_proto_version(Some(version)).unwrap();
        });
        assert_eq!(agreed, None);
    }
}

#[test]
fn what_does_not_belong_together_is_no_configuration() {
    let fixture = Fixture::new();
    let one = fixture.credential();
    let none = Credential {
        cert_pem: String::new(),
        key_pem: String::new(),
    };
    let mixed = Credential {
        key_pem: fresh_p256_key().unwrap(),
        ..one.clone()
    };
    for (case, wrong) in [("nothing", none), ("another key", mixed)] {
        let identity = ServerIdentity {
            ecdsa: one.clone(),
            rsa: wrong.clone(),
        };
        assert!(server_config(&identity, Vec::new()).is_err(), "{case}");
        let der = fixture.authority.cert_der();
        assert!(client_config(der, Some(&wrong)).is_err(), "{case}");
    }
}
