//! Every lie a bank could sign, each told once.

use serde_json::{Map, Value, json};

use super::*;
use crate::jose::{SigningKey, jwks};
use crate::pki::fresh_p256_key;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);
const ISSUER: &str = "https://bank.test";
const CODE: &str = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
const STATE: &str = "state-of-the-customer";
const TOKEN: &str = "an-access-token";

fn key() -> SigningKey {
    SigningKey::from_pem(&fresh_p256_key().unwrap()).unwrap()
}

/// An honest ID token's claims, of either endpoint.
fn honest() -> Map<String, Value> {
    let claims = json!({
        "iss": ISSUER,
        "aud": "acorn-budget",
        "sub": "hazel",
        "iat": NOW.unix_seconds(),
        "exp": NOW.unix_seconds() + 300,
        "nonce": "the-nonce",
        "openbanking_intent_id": "consent_ais_1",
        "c_hash": jose::half_hash(CODE),
        "s_hash": jose::half_hash(STATE),
        "at_hash": jose::half_hash(TOKEN),
    });
    claims.as_object().unwrap().clone()
}

fn judge_with(keys: &KeySet) -> Judge<'_> {
    Judge {
        issuer: ISSUER,
        client_id: "acorn-budget",
        keys,
        now: NOW,
    }
}

fn expected(beside: Beside<'static>) -> Expected<'static> {
    Expected {
        nonce: "the-nonce",
        consent_id: "consent_ais_1",
        beside,
    }
}

const FRONT: Beside<'static> = Beside::Code {
    code: CODE,
    state: STATE,
};

#[test]
fn an_honest_id_token_is_believed_from_both_endpoints() {
    let key = key();
    let keys = KeySet::from_jwks(&jwks(&[&key])).unwrap();
    let judge = judge_with(&keys);
    for (what, name, value) in [
        ("as it is", "acr", json!("urn:openbanking:psd2:sca")),
        (
            "with a list of one audience",
            "aud",
            json!(["acorn-budget"]),
        ),
        ("a second old", "iat", json!(NOW.unix_seconds() - 1)),
        (
            "from a clock a little ahead",
            "iat",
            json!(NOW.unix_seconds() + 9),
        ),
    ] {
        let mut claims = honest();
        claims.insert(name.to_owned(), value);
        let token = key.sign(None, &claims);
        for beside in [FRONT, Beside::AccessToken(TOKEN)] {
            let judged = judge.id_token(&token, Algorithm::Es256, expected(beside));
            assert!(judged.is_ok(), "{what}: {judged:?}");
        }
    }
    let mut bare = honest();
    bare.remove("at_hash");
    let token = key.sign(None, &bare);
    let judged = judge.id_token(
        &token,
        Algorithm::Es256,
        expected(Beside::AccessToken(TOKEN)),
    );
    assert!(judged.is_ok(), "at_hash is optional");
}

#[test]
fn a_claim_that_is_wrong_or_missing_is_found_out_and_named() {
    let key = key();
    let keys = KeySet::from_jwks(&jwks(&[&key])).unwrap();
    let judge = judge_with(&keys);
    let now = NOW.unix_seconds();
    for (what, name, value) in [
        ("another issuer", "iss", Some(json!("https://bank.test/"))),
        ("no issuer", "iss", None),
        ("another audience", "aud", Some(json!("burrow-pay"))),
        (
            "a second, unknown audience",
            "aud",
            Some(json!(["acorn-budget", "other"])),
        ),
        ("an empty audience", "aud", Some(json!([]))),
        ("no audience", "aud", None),
        ("an end six minutes ago", "exp", Some(json!(now - 360))),
        ("no end", "exp", None),
        ("made a week ago", "iat", Some(json!(now - 604_800))),
        ("made in the future", "iat", Some(json!(now + 60))),
        ("no time of making", "iat", None),
        ("another nonce", "nonce", Some(json!("the-nonce1"))),
        ("no nonce", "nonce", None),
        ("no subject", "sub", None),
        ("an empty subject", "sub", Some(json!(""))),
        (
            "another consent",
            "openbanking_intent_id",
            Some(json!("consent_ais_2")),
        ),
        ("no consent", "openbanking_intent_id", None),
        (
            "another code's hash",
            "c_hash",
            Some(json!(jose::half_hash("another"))),
        ),
        ("no code's hash", "c_hash", None),
        (
            "another state's hash",
            "s_hash",
            Some(json!(jose::half_hash("another"))),
        ),
        ("no state's hash", "s_hash", None),
    ] {
        let mut claims = honest();
        match value {
            Some(value) => claims.insert(name.to_owned(), value),
            None => claims.remove(name),
        };
        let token = key.sign(None, &claims);
        let doubt = judge.id_token(&token, Algorithm::Es256, expected(FRONT));
        let doubt = doubt.expect_err(what).to_string();
        assert!(doubt.contains(name), "{what}: {doubt}");
    }
    let mut claims = honest();
    claims.insert("at_hash".to_owned(), json!(jose::half_hash("another")));
    let token = key.sign(None, &claims);
    let doubt = judge.id_token(
        &token,
        Algorithm::Es256,
        expected(Beside::AccessToken(TOKEN)),
    );
    assert!(doubt.unwrap_err().to_string().contains("at_hash"));
}

#[test]
fn a_signature_that_is_not_the_banks_is_found_out() {
    let (own, other) = (key(), key());
    let keys = KeySet::from_jwks(&jwks(&[&own])).unwrap();
    let judge = judge_with(&keys);
    let good = own.sign(None, &honest());
    let forged = other.sign(None, &honest());
    let posing = key().with_kid(own.kid()).sign(None, &honest());
    let (signed, _) = good.rsplit_once('.').unwrap();
    // {"alg":"none"} and no signature.
    let (_, claims) = signed.split_once('.').unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{claims}.");
    for (what, text) in [
        ("another's key", forged.as_str()),
        ("another's key under the bank's name", posing.as_str()),
        ("no signature", unsigned.as_str()),
        ("half a token", signed),
        ("nothing", ""),
    ] {
        let doubt = judge.id_token(text, Algorithm::Es256, expected(FRONT));
        assert!(doubt.is_err(), "{what}");
        assert!(judge.jarm(text).is_err(), "{what}");
    }
    let other_alg = judge.id_token(&good, Algorithm::Ps256, expected(FRONT));
    assert!(
        other_alg.is_err(),
        "not the algorithm the client registered"
    );
    assert!(judge.jarm(&good).is_ok());
}
