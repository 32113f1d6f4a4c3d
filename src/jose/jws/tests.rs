//! Signed by us, bent by hand: what verifies, and the one reason why anything else does not.

use std::sync::LazyLock;

use serde_json::json;

use super::*;
use crate::entropy::Seed;
use crate::jose::{SigningKey, jwks};
use crate::pki::{TestKeys, fresh_p256_key};

struct Keys {
    rsa: SigningKey,
    p256: SigningKey,
    stranger: SigningKey,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let [rsa, stranger] = TestKeys::pick_distinct(Seed(42), "main", &["acorn", "stranger"])[..]
    else {
        panic!("two keys were asked for");
    };
    Keys {
        rsa: SigningKey::from_pem(rsa).unwrap(),
        p256: SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap(),
        stranger: SigningKey::from_pem(stranger).unwrap(),
    }
});

fn set() -> KeySet {
    KeySet::from_jwks(&jwks(&[&KEYS.rsa, &KEYS.p256])).unwrap()
}

fn claims() -> Map<String, Value> {
    let Value::Object(claims) = json!({"iss": "acorn", "exp": 1_700_000_000, "aud": ["a", "b"]})
    else {
        panic!("not an object");
    };
    claims
}

fn compact(header: &str, payload: &str, signature: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (header, payload) = (encode(header.as_bytes()), encode(payload.as_bytes()));
    format!("{header}.{payload}.{}", encode(signature))
}

fn verify(text: &str) -> Result<VerifiedClaims, SignatureFault> {
    Jws::parse(text).unwrap().verify(&set(), &Algorithm::ALL)
}

#[test]
fn what_we_sign_verifies_and_keeps_its_claims() {
    for key in [&KEYS.rsa, &KEYS.p256] {
        let text = key.sign(Some("JWT"), &claims());
        let unverified = Jws::parse(&text).unwrap();
        assert_eq!(unverified.claimed_kid(), Some(key.kid()));
        assert_eq!(unverified.claimed_typ(), Some("JWT"));
        assert_eq!(
            unverified.claimed_algorithm().known(),
            Some(key.algorithm())
        );
        assert_eq!(unverified.unverified_claims(), &claims());
        let verified = unverified.verify(&set(), &[key.algorithm()]).unwrap();
        assert_eq!((verified.map(), verified.typ()), (&claims(), Some("JWT")));
        assert_eq!(verified.str("iss"), Some("acorn"));
        assert_eq!(verified.number("exp"), Some(1_700_000_000));
        assert_eq!(verified.audience(), Some(vec!["a", "b"]));
    }
}

#[test]
fn what_is_no_compact_jwt_is_malformed() {
    let good = KEYS.p256.sign(None, &claims());
    let segments = |count| Malformed::Segments { count };
    let base64 = |part| Malformed::Base64 { part };
    for (case, text, fault) in [
        ("nothing", String::new(), segments(1)),
        ("two segments", "e30.e30".to_owned(), segments(2)),
        ("four segments", format!("{good}."), segments(4)),
        ("an encrypted JWT", "a.b.c.d.e".to_owned(), segments(5)),
        ("padding", "e30=.e30.".to_owned(), base64("header")),
        (
            "the other alphabet",
            "e30.e30+.".to_owned(),
            base64("payload"),
        ),
        ("a space before", format!(" {good}"), base64("header")),
        ("a line's end", format!("{good}\n"), base64("signature")),
        (
            "one stray character",
            "e30.e30.a".to_owned(),
            base64("signature"),
        ),
        ("stray bits", "e30.e30.AB".to_owned(), base64("signature")),
    ] {
        assert_eq!(Jws::parse(&text).err(), Some(fault), "{case}");
    }
    let long = "a".repeat(JWS_BYTES_MAX + 1);
    let bytes = long.len();
    assert_eq!(Jws::parse(&long).err(), Some(Malformed::TooLong { bytes }));
}

#[test]
fn headers_and_payloads_that_are_not_what_they_must_be_are_malformed() {
    for header in [
        "",
        "null",
        "[]",
        "{}",
        "{\"alg\":1}",
        "{\"alg\":null}",
        "{\"alg\":\"ES256\",\"alg\":\"none\"}",
        "{\"alg\":\"ES256\",\"kid\":1}",
        "{\"alg\":\"ES256\",\"typ\":[]}",
        "{\"alg\":\"ES256\"} ,",
    ] {
        let fault = Jws::parse(&compact(header, "{}", b"")).err();
        assert!(
            matches!(fault, Some(Malformed::Header(_))),
            "{header}: {fault:?}"
        );
    }
    for header in [
        "{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}",
        "{\"alg\":\"ES256\",\"crit\":[]}",
        "{\"alg\":\"ES256\",\"b64\":false}",
    ] {
        let fault = Jws::parse(&compact(header, "{}", b"")).err();
        assert!(
            matches!(fault, Some(Malformed::Extension(_))),
            "{header}: {fault:?}"
        );
    }
    for payload in [
        "",
        "[]",
        "null",
        "text",
        "{\"iss\":\"a\",\"iss\":\"b\"}",
        "{\"a\":{\"b\":1,\"b\":1}}",
    ] {
        let fault = Jws::parse(&compact("{\"alg\":\"ES256\"}", payload, b"")).err();
        assert!(
            matches!(fault, Some(Malformed::Claims(_))),
            "{payload}: {fault:?}"
        );
    }
}

#[test]
fn algorithms_that_are_not_allowed_are_named() {
    for name in [
        "none", "None", "RS256", "HS256", "ES384", "PS512", "EdDSA", "ps256", "",
    ] {
        let header = json!({"alg": name, "kid": KEYS.rsa.kid()}).to_string();
        let fault = verify(&compact(&header, "{}", b"")).err().unwrap();
        let SignatureFault::AlgorithmNotAllowed { claimed } = &fault else {
            panic!("{name}: {fault}");
        };
        assert_eq!(claimed.to_string(), name);
    }
    let text = KEYS.rsa.sign(None, &claims());
    for allowed in [&[][..], &[Algorithm::Es256]] {
        let fault = Jws::parse(&text).unwrap().verify(&set(), allowed).err();
        assert!(matches!(
            fault,
            Some(SignatureFault::AlgorithmNotAllowed { .. })
        ));
    }
}

#[test]
fn a_signature_proves_its_own_key_content_and_header_only() {
    let text = KEYS.rsa.sign(None, &claims());
    let signature = text.rsplit_once('.').unwrap().1;
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let header = |kid: Option<&str>, alg: &str| match kid {
        Some(kid) => json!({"alg": alg, "kid": kid}).to_string(),
        None => json!({ "alg": alg }).to_string(),
    };
    let payload = serde_json::to_string(&claims()).unwrap();
    let (rsa, p256) = (KEYS.rsa.kid(), KEYS.p256.kid());
    for (case, header, payload, expected) in [
        (
            "other claims",
            header(Some(rsa), "PS256"),
            "{}",
            SignatureFault::BadSignature,
        ),
        (
            "no kid, so another header",
            header(None, "PS256"),
            &payload,
            SignatureFault::BadSignature,
        ),
        (
            "a foreign kid",
            header(Some("x"), "PS256"),
            &payload,
            SignatureFault::UnknownKey {
                kid: Some("x".to_owned()),
            },
        ),
        (
            "the other key's kid",
            header(Some(p256), "PS256"),
            &payload,
            SignatureFault::KeyMismatch {
                kid: Some(p256.to_owned()),
                misfit: KeyMisfit::Kind {
                    algorithm: Algorithm::Ps256,
                },
            },
        ),
    ] {
        let fault = verify(&compact(&header, payload, &signature)).err();
        assert_eq!(fault, Some(expected), "{case}");
    }
}

#[test]
fn without_a_kid_the_fitting_keys_are_tried() {
    let header = "{\"alg\":\"PS256\"}";
    let payload = "{}";
    let unsigned = compact(header, payload, b"");
    let signed = unsigned.trim_end_matches('.');
    let jwk = |key: &SigningKey| josekit::jwk::Jwk::from_map(key.private_jwk()).unwrap();
    for (key, is_good) in [(&KEYS.rsa, true), (&KEYS.stranger, false)] {
        let signer = josekit::jws::PS256.signer_from_jwk(&jwk(key)).unwrap();
        let signature = josekit::jws::JwsSigner::sign(&signer, signed.as_bytes()).unwrap();
        let verified = verify(&compact(header, payload, &signature));
        assert_eq!(verified.is_ok(), is_good);
        if !is_good {
            assert_eq!(verified.err(), Some(SignatureFault::BadSignature));
        }
    }
    let nobody = KeySet::default();
    let fault = Jws::parse(&unsigned)
        .unwrap()
        .verify(&nobody, &Algorithm::ALL);
    assert_eq!(fault.err(), Some(SignatureFault::UnknownKey { kid: None }));
}

#[test]
fn a_stranger_under_a_known_kid_is_a_bad_signature() {
    let pem = TestKeys::pick_distinct(Seed(42), "main", &["acorn", "stranger"])[1];
    let impostor = SigningKey::from_pem(pem).unwrap().with_kid(KEYS.rsa.kid());
    let fault = verify(&impostor.sign(None, &claims())).err();
    assert_eq!(fault, Some(SignatureFault::BadSignature));
}

#[test]
fn keys_a_sender_brings_along_are_not_looked_at() {
    let own = Value::Object(KEYS.stranger.public_jwk());
    let header = json!({"alg": "PS256", "jwk": own, "jku": "https://evil.example/jwks"});
    let payload = serde_json::to_string(&claims()).unwrap();
    let unsigned = compact(&header.to_string(), &payload, b"");
    let signed = unsigned.trim_end_matches('.');
    let jwk = josekit::jwk::Jwk::from_map(KEYS.stranger.private_jwk()).unwrap();
    let signer = josekit::jws::PS256.signer_from_jwk(&jwk).unwrap();
    let signature = josekit::jws::JwsSigner::sign(&signer, signed.as_bytes()).unwrap();
    let text = compact(&header.to_string(), &payload, &signature);
    assert_eq!(verify(&text).err(), Some(SignatureFault::BadSignature));
}

#[test]
fn every_fault_says_what_it_is() {
    let claimed = ClaimedAlgorithm("RS256".to_owned());
    let kid = Some("k1".to_owned());
    let misfit = KeyMisfit::Use;
    for (fault, text) in [
        (
            SignatureFault::AlgorithmNotAllowed { claimed },
            "`alg` is `RS256`, which is not allowed here",
        ),
        (
            SignatureFault::KeyMismatch {
                kid: kid.clone(),
                misfit,
            },
            "the key `k1` is not registered for signatures (`use`, `key_ops`)",
        ),
        (
            SignatureFault::UnknownKey { kid },
            "no registered key fits `k1`",
        ),
        (
            SignatureFault::UnknownKey { kid: None },
            "no registered key fits",
        ),
    ] {
        assert_eq!(fault.to_string(), text);
    }
    let encrypted = Malformed::Segments { count: 5 }.to_string();
    assert!(
        encrypted.ends_with("received 5, as an encrypted JWT has"),
        "{encrypted}"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        ..proptest::test_runner::Config::with_cases(48)
    })]

    #[test]
    fn any_claims_survive_and_any_flipped_bit_is_refused(
        iss in "\\PC{0,12}", exp in proptest::num::i64::ANY, place in 0_usize..10_000, bit in 0_u8..8,
    ) {
        let Value::Object(claims) = json!({"iss": iss, "exp": exp}) else {
            panic!("not an object");
        };
        for key in [&KEYS.rsa, &KEYS.p256] {
            let text = key.sign(None, &claims);
            let verified = verify(&text);
            proptest::prop_assert_eq!(verified.unwrap().into_map(), claims.clone());
            let mut bytes = text.into_bytes();
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
            // A flipped bit may leave no text, no JWT, or a JWT whose signature is another's.
            let refused = String::from_utf8(bytes).ok().and_then(|bent| {
                let unverified = Jws::parse(&bent).ok()?;
                unverified.verify(&set(), &Algorithm::ALL).ok()
            });
            proptest::prop_assert!(refused.is_none());
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[A-Za-z0-9_=.\\-]{0,60}") {
        let _ = Jws::parse(&text);
    }
}
