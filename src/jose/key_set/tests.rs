//! Which JWK Sets are taken, and which of their keys is tried.

use serde_json::json;

use super::*;
use crate::entropy::Seed;
use crate::jose::SigningKey;
use crate::pki::{TestKeys, fresh_p256_key};

fn rsa() -> Map<String, Value> {
    let pem = TestKeys::pick(Seed(42), "main", "signing");
    SigningKey::from_pem(pem)
        .unwrap()
        .with_kid("rsa")
        .public_jwk()
}

fn p256() -> Map<String, Value> {
    let key = SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap();
    key.with_kid("ec").public_jwk()
}

/// A key with one member set, or taken away.
fn with(mut key: Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    if value.is_null() {
        key.remove(name);
    } else {
        key.insert(name.to_owned(), value);
    }
    key
}

fn set(keys: &[Map<String, Value>]) -> Result<KeySet, KeySetFault> {
    KeySet::from_jwks(&json!({ "keys": keys }))
}

#[test]
fn what_is_no_jwks_is_refused() {
    for value in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "keys": {} }),
        json!({ "keys": "none" }),
        json!(rsa()),
    ] {
        assert_eq!(
            KeySet::from_jwks(&value).err(),
            Some(KeySetFault::NotAJwks),
            "{value}"
        );
    }
    let many = vec![rsa(); KEYS_MAX + 1];
    assert_eq!(set(&many).err(), Some(KeySetFault::TooMany { count: 33 }));
    assert!(set(&[]).unwrap().is_empty());
}

#[test]
fn secrets_among_public_keys_are_refused_by_their_place() {
    let secret = with(with(p256(), "kty", json!("oct")), "k", json!("AQ"));
    for (case, key) in [
        ("a private RSA key", with(rsa(), "d", json!("AQ"))),
        ("a prime", with(rsa(), "p", json!("AQ"))),
        ("a private EC key", with(p256(), "d", json!("AQ"))),
        ("a symmetric key", secret),
        ("its kind alone", with(p256(), "kty", json!("oct"))),
    ] {
        let fault = KeySetFault::NotPublic { index: 1 };
        assert_eq!(set(&[rsa(), key]).err(), Some(fault), "{case}");
    }
}

#[test]
fn what_makes_no_key_is_refused_by_its_place() {
    let huge = URL_SAFE_NO_PAD.encode([0xff; 1025]);
    for (case, key) in [
        ("no kind", with(rsa(), "kty", json!(null))),
        ("a kind that is no text", with(rsa(), "kty", json!(1))),
        ("no modulus", with(rsa(), "n", json!(null))),
        ("8200 bits", with(rsa(), "n", json!(huge))),
        ("padding", with(rsa(), "e", json!("AQAB=="))),
        ("an exponent of one", with(rsa(), "e", json!("AQ"))),
        ("an exponent of zero", with(rsa(), "e", json!("AA"))),
        ("no exponent", with(rsa(), "e", json!(""))),
        ("half a point", with(p256(), "y", json!(null))),
        ("a short point", with(p256(), "x", json!("AQ"))),
    ] {
        let fault = KeySetFault::NotAKey { index: 1 };
        assert_eq!(set(&[rsa(), key]).err(), Some(fault), "{case}");
    }
}

#[test]
fn an_rsa_key_of_1024_bits_is_weak_however_it_is_padded() {
    let short = [0xff; 128].to_vec();
    let padded = [&[0; 128][..], &short].concat();
    for modulus in [short, padded] {
        let key = with(rsa(), "n", json!(URL_SAFE_NO_PAD.encode(modulus)));
        let (index, bits) = (0, 1024);
        assert_eq!(set(&[key]).err(), Some(KeySetFault::Weak { index, bits }));
    }
}

#[test]
fn the_key_named_is_the_only_one_tried() {
    let keys = set(&[rsa(), p256(), with(rsa(), "kid", json!(null))]).unwrap();
    assert_eq!(keys.kids().collect::<Vec<_>>(), ["rsa", "ec"]);
    let count = |kid, algorithm| keys.candidates(kid, algorithm).map(|keys| keys.len());
    assert_eq!(count(Some("rsa"), Algorithm::Ps256), Ok(1));
    assert_eq!(count(Some("ec"), Algorithm::Es256), Ok(1));
    assert_eq!(count(None, Algorithm::Ps256), Ok(2));
    assert_eq!(count(None, Algorithm::Es256), Ok(1));
    for kid in ["", "RSA", "other"] {
        let unknown = SignatureFault::UnknownKey {
            kid: Some(kid.to_owned()),
        };
        assert_eq!(count(Some(kid), Algorithm::Ps256), Err(unknown));
    }
    let none = set(&[p256()]).unwrap();
    let unknown = SignatureFault::UnknownKey { kid: None };
    assert_eq!(none.candidates(None, Algorithm::Ps256).err(), Some(unknown));
}

#[test]
fn a_key_used_for_what_it_is_not_is_named_with_the_reason() {
    let ps256 = Algorithm::Ps256;
    for (case, key, misfit) in [
        (
            "EC",
            with(p256(), "kid", json!("rsa")),
            KeyMisfit::Kind { algorithm: ps256 },
        ),
        (
            "P-384",
            with(with(p256(), "kid", json!("rsa")), "crv", json!("P-384")),
            KeyMisfit::Kind { algorithm: ps256 },
        ),
        (
            "Ed25519",
            with(rsa(), "kty", json!("OKP")),
            KeyMisfit::Kind { algorithm: ps256 },
        ),
        (
            "RS256",
            with(rsa(), "alg", json!("RS256")),
            KeyMisfit::Algorithm {
                declared: "RS256".to_owned(),
            },
        ),
        (
            "encryption",
            with(rsa(), "use", json!("enc")),
            KeyMisfit::Use,
        ),
        (
            "key_ops",
            with(rsa(), "key_ops", json!(["encrypt"])),
            KeyMisfit::Use,
        ),
        (
            "key_ops of no kind",
            with(rsa(), "key_ops", json!("verify")),
            KeyMisfit::Use,
        ),
    ] {
        let keys = set(&[key]).unwrap();
        let kid = Some("rsa".to_owned());
        let fault = keys.candidates(Some("rsa"), ps256).err();
        assert_eq!(
            fault,
            Some(SignatureFault::KeyMismatch { kid, misfit }),
            "{case}"
        );
    }
    for (name, value) in [
        ("alg", json!(null)),
        ("use", json!(null)),
        ("key_ops", json!(["verify"])),
    ] {
        let keys = set(&[with(rsa(), name, value)]).unwrap();
        assert!(keys.candidates(Some("rsa"), ps256).is_ok(), "{name}");
    }
}

#[test]
fn a_point_that_is_not_on_the_curve_is_found_out_when_used() {
    let key = with(p256(), "x", json!(URL_SAFE_NO_PAD.encode([7; 32])));
    let keys = set(&[key]).unwrap();
    let candidates = keys.candidates(Some("ec"), Algorithm::Es256).unwrap();
    let fault = candidates[0].verifies(b"message", &[1; 64]);
    let misfit = KeyMisfit::Unusable;
    let kid = Some("ec".to_owned());
    assert_eq!(fault, Err(SignatureFault::KeyMismatch { kid, misfit }));
}

#[test]
fn signatures_of_a_strange_form_are_bad_and_nothing_worse() {
    let keys = set(&[p256(), rsa()]).unwrap();
    for algorithm in Algorithm::ALL {
        let key = keys.candidates(None, algorithm).unwrap()[0];
        let half = [[0; 32], [1; 32]].concat();
        let other = [[1; 32], [0; 32]].concat();
        for signature in [
            &[][..],
            &[0; 64],
            &half,
            &other,
            &[0xff; 64],
            &[1; 63],
            &[1; 256],
            &[0; 256],
        ] {
            assert_eq!(
                key.verifies(b"message", signature),
                Ok(false),
                "{algorithm}: {signature:?}"
            );
        }
    }
}
