//! Certificates as others read them: OpenSSL for the profile, the trust store for the judgement.

use openssl::nid::Nid;
use openssl::x509::X509;

use super::*;
use crate::entropy::Seed;
use crate::pki::{Distrust, PeerCertificate, PspRole, TestKeys, TrustStore};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_165_200);

fn acorn() -> TppSubject {
    TppSubject {
        country: "GB".to_owned(),
        organisation: "Acorn Budget Ltd".to_owned(),
        organization_identifier: "PSDGB-FCA-123456".to_owned(),
        common_name: "0015800000jfQ9aAAE".to_owned(),
        roles: vec![PspRole::PaymentInitiation, PspRole::AccountInformation],
    }
}

fn pool_key() -> &'static str {
    TestKeys::pick(Seed(42), "main", "acorn-budget/transport")
}

fn transport(authority: &Authority) -> Credential {
    authority
        .issue_transport(&acorn(), pool_key(), NOW)
        .unwrap()
}

fn openssl_reads(pem: &str) -> X509 {
    X509::from_pem(pem.as_bytes()).unwrap()
}

fn text(certificate: &X509) -> String {
    String::from_utf8(certificate.to_text().unwrap()).unwrap()
}

fn judge(authority: &Authority, pem: &str, now: Timestamp) -> Result<(), Distrust> {
    let trust = TrustStore::new(&[authority.cert_der().clone()]).unwrap();
    trust.judge(&PeerCertificate::from_pem(pem).unwrap(), now)
}

#[test]
fn every_mint_is_another_ca_and_says_what_it_is() {
    let (one, two) = (Authority::mint(NOW).unwrap(), Authority::mint(NOW).unwrap());
    assert!(!one.facts().subject.matches(&two.facts().subject));
    assert_ne!(one.sha256_hex(), two.sha256_hex());
    let name = one.facts().subject.common_name().unwrap();
    assert!(
        name.contains("not a real bank") && name.len() <= 64,
        "{name}"
    );
    let printed = text(&openssl_reads(one.cert_pem()));
    assert!(printed.contains("CA:TRUE, pathlen:0"), "{printed}");
    assert_eq!(one.facts().not_before, NOW.plus(Duration::days(-2)));
}

#[test]
fn a_ca_is_taken_up_again_from_its_pem() {
    let minted = Authority::mint(NOW).unwrap();
    let again = Authority::from_pem(minted.cert_pem(), minted.key_pem()).unwrap();
    let leaf = transport(&again).cert_pem;
    assert_eq!(judge(&minted, &leaf, NOW), Ok(()));
}

#[test]
fn a_ca_that_is_not_ours_or_not_whole_is_refused() {
    let (one, two) = (Authority::mint(NOW).unwrap(), Authority::mint(NOW).unwrap());
    let key = KeyPair::generate().unwrap();
    let mut foreign = params(NOW, CA_LIFE);
    foreign.distinguished_name = name(&[(DnType::CommonName, "Company Root CA".into())]);
    let foreign = foreign.self_signed(&key).unwrap().pem();
    for (case, cert, key) in [
        ("another CA's key", one.cert_pem(), two.key_pem()),
        ("no certificate", "", one.key_pem()),
        ("the key twice", one.key_pem(), one.key_pem()),
        ("no key", one.cert_pem(), ""),
        ("the certificate twice", one.cert_pem(), one.cert_pem()),
        ("a company's own CA", foreign.as_str(), &key.serialize_pem()),
    ] {
        assert!(Authority::from_pem(cert, key).is_err(), "{case}");
    }
}

#[test]
fn a_transport_certificate_has_the_profile_of_an_obwac() {
    let authority = Authority::mint(NOW).unwrap();
    let certificate = openssl_reads(&transport(&authority).cert_pem);
    let order: Vec<String> = certificate
        .subject_name()
        .entries()
        .map(|entry| entry.object().to_string())
        .collect();
    let names = [
        "countryName",
        "organizationName",
        "organizationIdentifier",
        "commonName",
    ];
    assert_eq!(order, names);
    let printed = text(&certificate);
    assert!(printed.contains("X509v3 Key Usage: critical\n                Digital Signature\n"));
    assert!(printed.contains("TLS Web Client Authentication, TLS Web Server Authentication"));
    assert!(printed.contains("qcStatements"), "{printed}");
    assert_eq!(certificate.public_key().unwrap().rsa().unwrap().size(), 256);
    let ca = openssl_reads(authority.cert_pem());
    assert!(certificate.verify(&ca.public_key().unwrap()).unwrap());
    assert_eq!(ca.issued(&certificate), openssl::x509::X509VerifyResult::OK);
}

#[test]
fn a_seal_may_sign_data_and_has_no_extended_usage() {
    let authority = Authority::mint(NOW).unwrap();
    let seal = authority.issue_signing(&acorn(), pool_key(), NOW).unwrap();
    let printed = text(&openssl_reads(&seal.cert_pem));
    assert!(
        printed.contains("Digital Signature, Non Repudiation"),
        "{printed}"
    );
    assert!(!printed.contains("Extended Key Usage"), "{printed}");
    assert_eq!(
        judge(&authority, &seal.cert_pem, NOW),
        Err(Distrust::WrongUsage)
    );
}

#[test]
fn what_a_certificate_says_is_read_back() {
    let authority = Authority::mint(NOW).unwrap();
    let peer = PeerCertificate::from_pem(&transport(&authority).cert_pem).unwrap();
    assert_eq!(
        peer.subject().to_string(),
        "CN=0015800000jfQ9aAAE,organizationIdentifier=PSDGB-FCA-123456,O=Acorn Budget Ltd,C=GB"
    );
    assert_eq!(peer.organization_identifier(), Some("PSDGB-FCA-123456"));
    assert_eq!(peer.roles(), acorn().roles);
    assert!(peer.issuer().unwrap().matches(&authority.facts().subject));
    let qc = peer.facts().unwrap().qc.clone().unwrap();
    assert_eq!(qc.authority_name, "Financial Conduct Authority");
    assert_eq!(
        (qc.authority_id.as_str(), qc.qc_type),
        ("GB-FCA", Some(QcType::Web))
    );
    assert!(acorn().fits(peer.facts().unwrap()));
    for other in [
        TppSubject {
            common_name: "x".to_owned(),
            ..acorn()
        },
        TppSubject {
            organisation: "x".to_owned(),
            ..acorn()
        },
        TppSubject {
            country: "DE".to_owned(),
            ..acorn()
        },
        TppSubject {
            roles: vec![],
            ..acorn()
        },
    ] {
        assert!(!other.fits(peer.facts().unwrap()), "{other:?}");
    }
}

#[test]
fn a_certificate_is_judged_by_its_dates() {
    let authority = Authority::mint(NOW).unwrap();
    let pem = transport(&authority).cert_pem;
    let facts = CertificateFacts::from_pem(&pem).unwrap();
    let (not_before, not_after) = (facts.not_before, facts.not_after);
    assert_eq!(not_after.since(not_before), Duration::days(397));
    let second = Duration::SECOND;
    assert_eq!(judge(&authority, &pem, not_before), Ok(()));
    assert_eq!(judge(&authority, &pem, not_after), Ok(()));
    assert_eq!(
        judge(&authority, &pem, not_before.plus(-second)),
        Err(Distrust::NotYetValid { not_before })
    );
    assert_eq!(
        judge(&authority, &pem, not_after.plus(second)),
        Err(Distrust::Expired { not_after })
    );
}

#[test]
fn dates_are_judged_again_after_the_chain_has_passed() {
    let authority = Authority::mint(NOW).unwrap();
    let other = Authority::mint(NOW).unwrap();
    let trust = TrustStore::new(&[authority.cert_der().clone()]).unwrap();
    let peer = PeerCertificate::from_pem(&transport(&authority).cert_pem).unwrap();
    let not_after = peer.not_after().unwrap();
    assert_eq!(trust.judge(&peer, NOW), Ok(()));
    assert_eq!(trust.judge(&peer, NOW), Ok(()));
    let late = not_after.plus(Duration::SECOND);
    assert_eq!(
        trust.judge(&peer, late),
        Err(Distrust::Expired { not_after })
    );
    // Nor does one bank's belief bind another.
    let elsewhere = TrustStore::new(&[other.cert_der().clone()]).unwrap();
    assert_eq!(elsewhere.judge(&peer, NOW), Err(Distrust::UnknownIssuer));
}

#[test]
fn certificates_nobody_believes_are_told_apart() {
    let authority = Authority::mint(NOW).unwrap();
    let other = Authority::mint(NOW).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut own = params(NOW, LEAF_LIFE);
    own.distinguished_name = name(&[(DnType::CommonName, "self".into())]);
    let self_signed = own.self_signed(&key).unwrap().pem();
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let self_signed_ca = own.self_signed(&key).unwrap().pem();
    // The right issuer's name over the wrong issuer's signature.
    let mut forger_params = params(NOW, CA_LIFE);
    let common_name = authority.facts().subject.common_name().unwrap().to_owned();
    forger_params.distinguished_name = name(&[
        (DnType::OrganizationName, MOCK_BANK.into()),
        (DnType::CommonName, common_name.into()),
    ]);
    own.is_ca = IsCa::ExplicitNoCa;
    let forger = Issuer::new(forger_params, KeyPair::generate().unwrap());
    let forged = own.signed_by(&key, &forger).unwrap().pem();
    let rsa = TestKeys::pick(Seed(1), "main", "server");
    let server = authority
        .issue_server(&["localhost".to_owned()], rsa, NOW)
        .unwrap();
    for (case, pem, distrust) in [
        (
            "another test CA's",
            transport(&other).cert_pem,
            Distrust::UnknownIssuer,
        ),
        ("self-signed", self_signed, Distrust::UnknownIssuer),
        (
            "self-signed as a CA",
            self_signed_ca,
            Distrust::UnknownIssuer,
        ),
        ("forged", forged, Distrust::BadSignature),
        ("the server's", server.ecdsa.cert_pem, Distrust::WrongUsage),
        (
            "the CA itself",
            authority.cert_pem().to_owned(),
            Distrust::WrongUsage,
        ),
    ] {
        let judged = judge(&authority, &pem, NOW);
        if case == "the CA itself" {
            assert!(judged.is_err(), "{case}");
        } else {
            assert_eq!(judged, Err(distrust), "{case}");
        }
    }
    let garbage = PeerCertificate::from_chain(vec![CertificateDer::from(vec![1, 2, 3])]).unwrap();
    let trust = TrustStore::new(&[authority.cert_der().clone()]).unwrap();
    assert_eq!(trust.judge(&garbage, NOW), Err(Distrust::Malformed));
}

#[test]
fn several_cas_may_be_believed_and_none_cannot() {
    let (one, two) = (Authority::mint(NOW).unwrap(), Authority::mint(NOW).unwrap());
    let anchors = [one.cert_der().clone(), two.cert_der().clone()];
    let trust = TrustStore::new(&anchors).unwrap();
    for authority in [&one, &two] {
        let peer = PeerCertificate::from_pem(&transport(authority).cert_pem).unwrap();
        assert_eq!(trust.judge(&peer, NOW), Ok(()));
    }
    assert_eq!(trust.subjects().len(), 2);
    assert!(TrustStore::new(&[]).is_err());
    assert!(TrustStore::new(&[CertificateDer::from(vec![0])]).is_err());
}

#[test]
fn subjects_that_cannot_stand_in_a_certificate_are_refused() {
    let authority = Authority::mint(NOW).unwrap();
    for country in ["", "G", "gb", "GBR", "G1", "ÄÖ"] {
        let subject = TppSubject {
            country: country.to_owned(),
            ..acorn()
        };
        let issued = authority.issue_transport(&subject, pool_key(), NOW);
        assert!(
            matches!(issued, Err(AuthorityError::Country(_))),
            "{country:?}"
        );
    }
    for identifier in [
        "",
        "PSD",
        "GB-FCA-123456",
        "PSDGB-FCA",
        "PSDGB-FCA-",
        "PSDGB--1",
        "PSDGBR-FCA-1",
        "PSDGB-F-1",
        "PSDGB-FINANCIAL-1",
        "PSDgb-FCA-1",
        "psdGB-FCA-1",
        "PSDGB-FC4-1",
    ] {
        let subject = TppSubject {
            organization_identifier: identifier.to_owned(),
            ..acorn()
        };
        let issued = authority.issue_signing(&subject, pool_key(), NOW);
        let refused = matches!(issued, Err(AuthorityError::OrganizationIdentifier(_)));
        assert!(refused, "{identifier:?}");
    }
    for identifier in ["PSDGB-OB-Unknown0015800001041REAAY", "PSDDE-BAFIN-12-34"] {
        let subject = TppSubject {
            organization_identifier: identifier.to_owned(),
            ..acorn()
        };
        assert!(
            authority.issue_signing(&subject, pool_key(), NOW).is_ok(),
            "{identifier}"
        );
    }
}

#[test]
fn a_server_is_certified_under_all_its_names_and_no_strange_ones() {
    let authority = Authority::mint(NOW).unwrap();
    let rsa = TestKeys::pick(Seed(1), "main", "server");
    let issue = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        authority.issue_server(&names, rsa, NOW)
    };
    let identity = issue(&["localhost", "Bank.Example", "127.0.0.1", "[::1]"]).unwrap();
    for credential in [&identity.ecdsa, &identity.rsa] {
        let facts = CertificateFacts::from_pem(&credential.cert_pem).unwrap();
        assert_eq!(
            facts.names,
            ["localhost", "bank.example", "127.0.0.1", "::1"]
        );
        let text = text(&openssl_reads(&credential.cert_pem));
        assert!(
            text.contains("DNS:localhost, DNS:bank.example, IP Address:127.0.0.1"),
            "{text}"
        );
    }
    assert!(issue(&[]).is_err());
    for name in [
        "",
        ".",
        "a..b",
        "a b",
        "bänk",
        "https://bank",
        "bank:8443",
        &"a".repeat(64),
    ] {
        assert!(issue(&[name]).is_err(), "{name:?}");
    }
}

#[test]
fn a_key_certified_again_gets_another_serial_number() {
    let authority = Authority::mint(NOW).unwrap();
    let serial = || {
        let number = openssl_reads(&transport(&authority).cert_pem);
        number.serial_number().to_bn().unwrap()
    };
    let (one, two) = (serial(), serial());
    assert_ne!(one, two);
    assert!(!one.is_negative() && one.num_bits() == 127, "{one}");
}

#[test]
fn no_leaf_outlives_its_ca() {
    let authority = Authority::mint(NOW).unwrap();
    let late = authority.facts().not_after.plus(Duration::days(-100));
    let leaf = authority
        .issue_transport(&acorn(), pool_key(), late)
        .unwrap();
    let facts = CertificateFacts::from_pem(&leaf.cert_pem).unwrap();
    assert_eq!(facts.not_after, authority.facts().not_after);
}

#[test]
fn go_s_subject_without_the_identifier_is_another() {
    let authority = Authority::mint(NOW).unwrap();
    let peer = PeerCertificate::from_pem(&transport(&authority).cert_pem).unwrap();
    let go = crate::pki::DistinguishedName::parse("CN=0015800000jfQ9aAAE,O=Acorn Budget Ltd,C=GB");
    assert!(!peer.subject().matches(&go.unwrap()));
    assert_eq!(
        Nid::from_raw(1089).short_name().unwrap(),
        "organizationIdentifier"
    );
}
