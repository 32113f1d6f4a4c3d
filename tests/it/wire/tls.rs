//! TLS as FAPI wants it: certificates, versions, suites, and handshakes that fail.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};

use super::{Answer, OpenBank};
use crate::support::Certificates;

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
