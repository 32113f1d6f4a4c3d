//! The bank's own keys: rotated over the control API while TPPs go on (OpenID Connect Core, section
//! 10.1.1), and the list of what it enforces.

use serde_json::{Value, json};

use crate::support::{TestBank, Variant, Way};

fn kids(bank: &TestBank) -> Vec<String> {
    let set = bank.jwks();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn rotate(bank: &TestBank, body: &Value) -> Vec<String> {
    let answer = bank.operator().post("/keys/rotate", body);
    assert_eq!(answer.status(), 200);
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    serde_json::from_value(told["kids"].clone()).unwrap()
}

#[test]
fn every_published_key_comes_with_its_certificate() {
    let bank = TestBank::open();
    for key in bank.jwks()["keys"].as_array().unwrap() {
        assert_eq!(key["x5c"].as_array().unwrap().len(), 1, "{key}");
    }
}

#[test]
fn after_a_rotation_new_tokens_carry_the_new_key_and_old_ones_still_verify() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let (code, request) = acorn.code(Way::PUSHED_HYBRID);
    let before = kids(&bank);
    let fresh = rotate(&bank, &json!({}));
    assert_eq!(fresh.len(), 2);
    assert!(fresh.iter().all(|kid| !before.contains(kid)));
    assert!(before.iter().all(|kid| kids(&bank).contains(kid)));
    // The ID token is verified against the set as it stands now, by the kid in its header.
    let tokens = acorn.exchange(&code, &request).send().ok();
    acorn.id_token(tokens["id_token"].as_str().unwrap());
}

#[test]
fn an_old_key_that_is_not_kept_is_gone() {
    let bank = TestBank::open();
    let before = kids(&bank);
    let fresh = rotate(&bank, &json!({ "keep_old": false, "alg": "ES256" }));
    assert_eq!(fresh.len(), 1);
    let after = kids(&bank);
    assert_eq!(after.len(), 2);
    assert_eq!(before.iter().filter(|kid| after.contains(kid)).count(), 1);
}

#[test]
fn a_rotation_that_is_misspelt_changes_nothing() {
    let bank = TestBank::open();
    let before = kids(&bank);
    for body in [
        json!({ "keepold": true }),
        json!({ "keep_old": "yes" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": null }),
    ] {
        let answer = bank.operator().post("/keys/rotate", &body);
        assert_eq!(answer.status(), 422, "{body}");
    }
    assert_eq!(kids(&bank), before);
}

#[test]
fn the_list_of_checks_says_what_is_switched_off() {
    let enforced = |bank: &TestBank, name: &str| {
        let list = bank.operator().get("/checks");
        let items = list["items"].as_array().unwrap().clone();
        let row = items.into_iter().find(|row| row["name"] == name);
        row.expect(name)["enforced"].clone()
    };
    let strict = TestBank::open();
    let careless = TestBank::varied(&Variant::default().bank("lenient: [pkce]"));
    assert_eq!(enforced(&strict, "pkce.verifier"), true);
    assert_eq!(enforced(&careless, "pkce.verifier"), false);
    assert_eq!(enforced(&careless, "authorize.redirect_uri"), true);
}
