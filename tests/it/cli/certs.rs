//! `certs`: a CA and what it certifies, as files.

use openssl::pkcs12::Pkcs12;
use openssl::x509::X509;

use super::process::Place;

/// Goal: what is written in PEM is what a bank keeps, so that one opens with it and issues nothing anew.
#[test]
fn a_bank_opens_with_what_was_written() {
    let place = Place::new();
    let ended = place.run("certs --out mine --name willow --hostname bank.test");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let mine = place.path().join("mine");
    let read = |name: &str| std::fs::read_to_string(mine.join(name)).unwrap();
    let names = [
        "ca.pem",
        "ca.key",
        "server.pem",
        "server.key",
        "server-rsa.pem",
        "server-rsa.key",
    ];
    let below = [
        "transport.pem",
        "transport.key",
        "signing.pem",
        "signing.key",
        "signing.jwk.json",
    ];
    let below = below.map(|name| format!("clients/willow/{name}"));
    let written: Vec<_> = names
        .into_iter()
        .chain(below.iter().map(String::as_str))
        .collect();
    let before: Vec<_> = written.iter().map(|name| read(name)).collect();
    for name in &written {
        assert!(
            ended.stdout.contains(&format!("  {name} ")),
            "{name}: {}",
            ended.stdout
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(mine.join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777;
            assert_eq!(mode == 0o600, !is_certificate(name), "{name} {mode:o}");
        }
    }
    let bank = place.open("--certs-dir mine --hostname bank.test");
    assert!(bank.text("ca_file").ends_with("mine/ca.pem"));
    assert!(
        bank.get("/.well-known/openid-configuration")
            .starts_with("HTTP/1.1 200")
    );
    let after: Vec<_> = written.iter().map(|name| read(name)).collect();
    assert_eq!(after, before);
    let ca = X509::from_pem(read("ca.pem").as_bytes()).unwrap();
    for name in written.iter().filter(|name| is_certificate(name)) {
        let certificate = X509::from_pem(read(name).as_bytes()).unwrap();
        assert!(
            certificate.verify(&ca.public_key().unwrap()).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn a_p12_holds_certificate_key_and_ca_under_its_password() {
    let place = Place::new();
    let ended = place.run("certs --out mine --format p12 --password s3cret");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(!ended.stdout.contains("s3cret"), "{ended:?}");
    let mine = place.path().join("mine");
    let ca = X509::from_pem(&std::fs::read(mine.join("ca.pem")).unwrap()).unwrap();
    for name in [
        "server",
        "server-rsa",
        "clients/tpp/transport",
        "clients/tpp/signing",
    ] {
        let der = std::fs::read(mine.join(format!("{name}.p12"))).unwrap();
        let held = Pkcs12::from_der(&der).unwrap().parse2("s3cret").unwrap();
        let certificate = held.cert.unwrap();
        let key = held.pkey.unwrap();
        assert!(key.public_eq(&certificate.public_key().unwrap()), "{name}");
        assert!(
            certificate.verify(&ca.public_key().unwrap()).unwrap(),
            "{name}"
        );
        assert!(!mine.join(format!("{name}.key")).exists(), "{name}");
    }
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_is_left() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("theirs")).unwrap();
    std::fs::write(place.path().join("theirs/ca.key"), "theirs").unwrap();
    for (flags, code, told) in [
        ("", 2, "required arguments were not provided: --out <DIR>"),
        (
            "--out theirs",
            1,
            "is not empty, and nothing in it is overwritten",
        ),
        ("--out x --format der", 2, "invalid value 'der'"),
        ("--out x --name ../x", 2, "expected 1 to 57 of"),
        ("--out x --hostname a_b", 2, "expected a host name"),
    ] {
        let ended = place.run(&format!("certs {flags}"));
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(code), ""),
            "{flags}"
        );
        assert!(ended.stderr.contains(told), "{flags}: {}", ended.stderr);
        assert_eq!(place.names(), ["theirs"], "{flags}");
    }
}

fn is_certificate(name: &str) -> bool {
    name.rsplit('.').next() == Some("pem")
}
