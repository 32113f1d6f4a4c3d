//! The directory's life: made, reused, renewed, shared, and left alone where it is somebody else's.

use std::fs;

use super::*;
use crate::entropy::Seed;
use crate::pki::{Distrust, PeerCertificate, PspRole, TestKeys, TrustStore};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_165_200);

fn server_spec(names: &[&str]) -> ServerSpec {
    ServerSpec {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        rsa_key: KeySource::Pool(TestKeys::pick(Seed(1), "main", "server")),
    }
}

fn kit_spec(id: &str) -> KitSpec {
    KitSpec {
        id: id.to_owned(),
        subject: TppSubject {
            country: "GB".to_owned(),
            organisation: "Acorn Budget Ltd".to_owned(),
            organization_identifier: "PSDGB-FCA-123456".to_owned(),
            common_name: "acorn".to_owned(),
            roles: vec![PspRole::AccountInformation],
        },
        transport_key: KeySource::Pool(TestKeys::pick(Seed(1), "main", "transport")),
        signing_key: KeySource::FreshP256,
    }
}

fn open() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("certs")).unwrap();
    (directory, store)
}

fn files(store: &Store) -> Vec<String> {
    fn walk(directory: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                let name = path.strip_prefix(root).unwrap();
                found.push(name.display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    walk(store.root(), store.root(), &mut found);
    found.sort();
    found
}

#[test]
fn everything_is_made_once_and_found_again() {
    let (directory, store) = open();
    let authority = store.authority(NOW).unwrap();
    let server = store
        .server_identity(&authority, &server_spec(&["localhost", "::1"]), NOW)
        .unwrap();
    let kit = store
        .client_kit(&authority, &kit_spec("acorn"), NOW)
        .unwrap();
    assert_eq!(kit.signing_jwk, None);
    store.write_signing_jwk("acorn", "{}").unwrap();
    assert_eq!(
        files(&store),
        [
            ".gitignore",
            ".lock",
            "ca.key",
            "ca.pem",
            "clients/acorn/signing.jwk.json",
            "clients/acorn/signing.key",
            "clients/acorn/signing.pem",
            "clients/acorn/transport.key",
            "clients/acorn/transport.pem",
            "server-rsa.key",
            "server-rsa.pem",
            "server.key",
            "server.pem",
        ]
    );

    let store = Store::open(&directory.path().join("certs")).unwrap();
    let later = NOW.plus(Duration::days(200));
    let again = store.authority(later).unwrap();
    assert_eq!(again.sha256_hex(), authority.sha256_hex());
    let same = store
        .server_identity(&again, &server_spec(&["LOCALHOST"]), later)
        .unwrap();
    assert_eq!(same.ecdsa.cert_pem, server.ecdsa.cert_pem);
    assert_eq!(same.rsa.cert_pem, server.rsa.cert_pem);
    let same = store.client_kit(&again, &kit_spec("acorn"), later).unwrap();
    assert_eq!(same.transport.cert_pem, kit.transport.cert_pem);
    assert_eq!(same.signing.key_pem, kit.signing.key_pem);
    assert_eq!(same.signing_jwk.as_deref(), Some("{}"));
    assert_eq!(same.files, kit.files);
    let jwk = &same.files.as_ref().unwrap().signing_jwk;
    assert!(jwk.as_ref().unwrap().is_absolute());
}

#[cfg(unix)]
#[test]
fn private_keys_are_their_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_directory, store) = open();
    let authority = store.authority(NOW).unwrap();
    store
        .client_kit(&authority, &kit_spec("acorn"), NOW)
        .unwrap();
    store.write_signing_jwk("acorn", "{}").unwrap();
    for name in files(&store) {
        let mode = fs::metadata(store.root().join(&name))
            .unwrap()
            .permissions()
            .mode();
        let is_private = Path::new(&name)
            .extension()
            .is_some_and(|end| end == "key" || end == "json");
        assert!(
            !is_private || mode.trailing_zeros() >= 6,
            "{name}: {mode:o}"
        );
    }
    let temporary = Store::ephemeral().unwrap();
    let mode = fs::metadata(temporary.root()).unwrap().permissions().mode();
    assert!(mode.trailing_zeros() >= 6, "{mode:o}");
}

#[test]
fn what_no_longer_fits_is_issued_again_with_the_same_key() {
    let (_directory, store) = open();
    let authority = store.authority(NOW).unwrap();
    let kit = store
        .client_kit(&authority, &kit_spec("acorn"), NOW)
        .unwrap();
    store.write_signing_jwk("acorn", "{}").unwrap();

    let near_its_end = NOW.plus(Duration::days(370));
    let renewed = store
        .client_kit(&authority, &kit_spec("acorn"), near_its_end)
        .unwrap();
    assert_ne!(renewed.transport.cert_pem, kit.transport.cert_pem);
    assert_eq!(renewed.transport.key_pem, kit.transport.key_pem);
    assert_eq!(renewed.signing.key_pem, kit.signing.key_pem);
    assert_eq!(renewed.signing_jwk.as_deref(), Some("{}"));
    let trust = TrustStore::new(&[authority.cert_der().clone()]).unwrap();
    let judge = |kit: &Kit, now| {
        trust.judge(
            &PeerCertificate::from_pem(&kit.transport.cert_pem).unwrap(),
            now,
        )
    };
    let after = NOW.plus(Duration::days(400));
    assert!(matches!(judge(&kit, after), Err(Distrust::Expired { .. })));
    assert_eq!(judge(&renewed, after), Ok(()));

    let mut spec = kit_spec("acorn");
    spec.subject.roles = vec![PspRole::PaymentInitiation];
    let changed = store.client_kit(&authority, &spec, near_its_end).unwrap();
    assert_ne!(changed.transport.cert_pem, renewed.transport.cert_pem);

    spec.signing_key = KeySource::Pool(TestKeys::pick(Seed(1), "main", "signing"));
    let other_key = store.client_kit(&authority, &spec, near_its_end).unwrap();
    assert_ne!(other_key.signing.key_pem, renewed.signing.key_pem);
    assert_eq!(other_key.signing_jwk, None, "the JWK is of the old key");
}

#[test]
fn a_server_s_certificates_follow_its_names() {
    let (_directory, store) = open();
    let authority = store.authority(NOW).unwrap();
    let issue = |names: &[&str]| {
        let identity = store.server_identity(&authority, &server_spec(names), NOW);
        identity.unwrap().ecdsa.cert_pem
    };
    let first = issue(&["localhost", "bank.test", "127.0.0.1"]);
    assert_eq!(
        issue(&["bank.test"]),
        first,
        "all that is asked for is there"
    );
    let second = issue(&["other.test"]);
    assert_ne!(second, first);
    assert_ne!(issue(&["127.0.0.1"]), second);
}

#[test]
fn a_ca_near_its_end_or_not_yet_valid_is_minted_anew_and_with_it_all_others() {
    for days in [3_630, -5] {
        let (_directory, store) = open();
        let old = store.authority(NOW).unwrap();
        let kit = store.client_kit(&old, &kit_spec("acorn"), NOW).unwrap();
        let then = NOW.plus(Duration::days(days));
        let new = store.authority(then).unwrap();
        assert_ne!(new.sha256_hex(), old.sha256_hex());
        let again = store.client_kit(&new, &kit_spec("acorn"), then).unwrap();
        assert_ne!(again.transport.cert_pem, kit.transport.cert_pem);
        assert_eq!(again.transport.key_pem, kit.transport.key_pem);
    }
}

#[test]
fn files_of_others_are_left_alone() {
    let authority = Authority::mint(NOW).unwrap();
    let key = openssl::pkey::PKey::generate_ed25519().unwrap();
    let key = String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    for (case, name, text) in [
        ("a CA without its key", "ca.pem", authority.cert_pem()),
        ("prose for a CA", "ca.pem", "my notes"),
        ("an empty CA", "ca.pem", ""),
        ("prose for a server", "server.pem", "my notes"),
        ("a key for a server's certificate", "server-rsa.pem", &key),
    ] {
        let (_directory, store) = open();
        let path = store.root().join(name);
        fs::write(&path, text).unwrap();
        let made = store
            .authority(NOW)
            .and_then(|authority| store.server_identity(&authority, &server_spec(&["a"]), NOW));
        let error = made.expect_err(case);
        assert!(
            matches!(&error, StoreError::NotOurs { .. }),
            "{case}: {error}"
        );
        assert!(error.to_string().contains(name), "{case}: {error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{case}");
    }
}

#[test]
fn a_lost_or_swapped_key_costs_a_new_certificate_and_no_more() {
    let (_directory, store) = open();
    let authority = store.authority(NOW).unwrap();
    let kit = store
        .client_kit(&authority, &kit_spec("acorn"), NOW)
        .unwrap();
    for text in ["", "not a key", &fresh_p256_key().unwrap()] {
        fs::write(&kit.files.as_ref().unwrap().signing_key, text).unwrap();
        let again = store
            .client_kit(&authority, &kit_spec("acorn"), NOW)
            .unwrap();
        assert_ne!(again.signing.key_pem, text);
        assert_eq!(again.transport.cert_pem, kit.transport.cert_pem);
    }
    fs::remove_file(&kit.files.as_ref().unwrap().transport_pem).unwrap();
    let again = store
        .client_kit(&authority, &kit_spec("acorn"), NOW)
        .unwrap();
    assert_ne!(again.transport.cert_pem, kit.transport.cert_pem);
}

#[test]
fn a_published_key_does_not_stay_where_a_fresh_one_is_asked_for() {
    let (_directory, store) = open();
    let authority = store.authority(NOW).unwrap();
    let spec = |rsa_key| ServerSpec {
        rsa_key,
        ..server_spec(&["localhost"])
    };
    let pool = KeySource::Pool(TestKeys::pick(Seed(1), "main", "server"));
    let key = |source| {
        let identity = store.server_identity(&authority, &spec(source), NOW);
        identity.unwrap().rsa.key_pem
    };
    assert!(TestKeys::contains(&key(pool)));
    let fresh = key(KeySource::FreshRsa);
    assert!(!TestKeys::contains(&fresh));
    assert_eq!(key(KeySource::FreshRsa), fresh);
    assert_eq!(
        key(pool),
        fresh,
        "a secret key is better than a published one"
    );
}

#[test]
fn ids_that_would_leave_the_directory_are_refused() {
    let (_directory, store) = open();
    let authority = store.authority(NOW).unwrap();
    let long = "a".repeat(101);
    for id in [
        "", ".", "..", "../up", "a/b", "a\\b", "/etc", "a\0b", ".hidden", "a.", "é", &long,
    ] {
        let kit = store.client_kit(&authority, &kit_spec(id), NOW);
        assert!(matches!(kit, Err(StoreError::ClientId(_))), "{id:?}");
        assert!(store.write_signing_jwk(id, "{}").is_err(), "{id:?}");
    }
    assert_eq!(files(&store), [".gitignore", ".lock", "ca.key", "ca.pem"]);
}

#[test]
fn a_directory_that_cannot_be_is_an_error_with_a_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("certs")] {
        let error = Store::open(&path).unwrap_err().to_string();
        assert!(
            error.contains("--certs-dir") && error.contains("file"),
            "{error}"
        );
    }
}

#[test]
fn an_ephemeral_store_leaves_nothing_behind() {
    let store = Store::ephemeral().unwrap();
    let other = Store::ephemeral().unwrap();
    assert_ne!(store.root(), other.root());
    let authority = store.authority(NOW).unwrap();
    store
        .client_kit(&authority, &kit_spec("acorn"), NOW)
        .unwrap();
    let root = store.root().to_owned();
    assert!(root.join("ca.pem").exists());
    drop(store);
    assert!(!root.exists());
}

#[test]
fn many_at_once_agree_on_one_ca_and_leave_nothing_half_done() {
    let (_directory, store) = open();
    let root = store.root().to_owned();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let root = root.clone();
            std::thread::spawn(move || {
                let store = Store::open(&root).unwrap();
                let authority = store.authority(NOW).unwrap();
                let kit = store
                    .client_kit(&authority, &kit_spec("acorn"), NOW)
                    .unwrap();
                (authority.sha256_hex(), kit.transport.cert_pem)
            })
        })
        .collect();
    let mut seen: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    seen.dedup();
    assert_eq!(seen.len(), 1);
    assert!(!files(&store).iter().any(|name| name.contains(".tmp")));
}
