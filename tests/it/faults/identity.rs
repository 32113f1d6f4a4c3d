//! The families `discovery`, `jwks`, `authorize`, `jarm` and `id_token`: each fault does exactly one wrong
//! thing, which a reader that forgives nothing finds, and finds nothing else.

use serde_json::{Value, json};

use super::{arm, counts};
use crate::support::{Strict, TestBank, Tpp, Way};

/// A fault; where its rule fires if it is said where; how the client asks; and what is then wrong.
type Case = (
    &'static str,
    Option<&'static str>,
    Way,
    &'static [&'static str],
);

const JARM: Way = Way::PUSHED_JARM;
const HYBRID: Way = Way::PUSHED_HYBRID;

const CASES: &[Case] = &[
    (
        "discovery.issuer_mismatch.suffix",
        None,
        JARM,
        &["discovery.issuer"],
    ),
    ("jwks.kid_unknown", None, JARM, &["jarm.kid unknown"]),
    ("jwks.kid_unknown", None, HYBRID, &["id_token.kid unknown"]),
    (
        "jwks.kid_unknown",
        Some("oauth.token"),
        JARM,
        &["id_token.kid unknown"],
    ),
    ("authorize.error", None, JARM, &["error access_denied"]),
    (
        "authorize.error.access_denied",
        None,
        HYBRID,
        &["error access_denied"],
    ),
    (
        "authorize.error.login_required",
        None,
        JARM,
        &["error login_required"],
    ),
    (
        "authorize.error.consent_required",
        None,
        JARM,
        &["error consent_required"],
    ),
    (
        "authorize.error.interaction_required",
        None,
        JARM,
        &["error interaction_required"],
    ),
    (
        "authorize.error.invalid_scope",
        None,
        JARM,
        &["error invalid_scope"],
    ),
    (
        "authorize.error.unauthorized_client",
        None,
        JARM,
        &["error unauthorized_client"],
    ),
    (
        "authorize.error.unsupported_response_type",
        None,
        JARM,
        &["error unsupported_response_type"],
    ),
    (
        "authorize.error.server_error",
        None,
        HYBRID,
        &["error server_error"],
    ),
    (
        "authorize.error.temporarily_unavailable",
        None,
        HYBRID,
        &["error temporarily_unavailable"],
    ),
    (
        "authorize.error.unmet_authentication_requirements",
        None,
        JARM,
        &["error unmet_authentication_requirements"],
    ),
    ("authorize.state.wrong", None, JARM, &["state wrong"]),
    ("authorize.state.wrong", None, HYBRID, &["state wrong"]),
    ("authorize.state.missing", None, JARM, &["state missing"]),
    ("authorize.state.missing", None, HYBRID, &["state missing"]),
    ("authorize.iss.wrong", None, HYBRID, &["iss wrong"]),
    (
        "authorize.iss.missing_though_advertised",
        None,
        HYBRID,
        &["iss missing"],
    ),
    ("jarm.iss.wrong", None, JARM, &["jarm.iss"]),
    ("jarm.aud.wrong", None, JARM, &["jarm.aud"]),
    ("jarm.exp.expired", None, JARM, &["jarm.exp"]),
    ("jarm.signature", None, JARM, &["jarm.signature"]),
    ("jarm.alg_none", None, JARM, &["jarm.alg none"]),
    ("id_token.iss.wrong", None, JARM, &["id_token.iss wrong"]),
    ("id_token.iss.wrong", None, HYBRID, &["id_token.iss wrong"]),
    ("id_token.aud.wrong", None, JARM, &["id_token.aud wrong"]),
    ("id_token.aud.wrong", None, HYBRID, &["id_token.aud wrong"]),
    (
        "id_token.nonce.wrong",
        None,
        JARM,
        &["id_token.nonce wrong"],
    ),
    (
        "id_token.nonce.wrong",
        None,
        HYBRID,
        &["id_token.nonce wrong"],
    ),
    (
        "id_token.nonce.missing",
        None,
        JARM,
        &["id_token.nonce missing"],
    ),
    (
        "id_token.nonce.missing",
        None,
        HYBRID,
        &["id_token.nonce missing"],
    ),
    (
        "id_token.s_hash.wrong",
        None,
        HYBRID,
        &["id_token.s_hash wrong"],
    ),
    (
        "id_token.s_hash.missing",
        None,
        HYBRID,
        &["id_token.s_hash missing"],
    ),
    (
        "id_token.c_hash.wrong",
        None,
        HYBRID,
        &["id_token.c_hash wrong"],
    ),
    ("id_token.exp.expired", None, JARM, &["id_token.exp"]),
    ("id_token.exp.expired", None, HYBRID, &["id_token.exp"]),
    (
        "id_token.signature.corrupt",
        None,
        JARM,
        &["id_token.signature"],
    ),
    (
        "id_token.signature.corrupt",
        None,
        HYBRID,
        &["id_token.signature"],
    ),
    ("id_token.alg.none", None, JARM, &["id_token.alg none"]),
    ("id_token.alg.none", None, HYBRID, &["id_token.alg none"]),
];

/// Everything that is wrong with what a client sees on the whole way to its tokens.
fn journey(tpp: &Tpp<'_>, way: Way, jwks: Value) -> Vec<String> {
    let bank = tpp.bank();
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(way, &consent);
    let mut strict = Strict::new(tpp, (way, &request), &consent, jwks);
    let discovery = bank.stranger().get("/.well-known/openid-configuration");
    strict.discovery(&discovery.send().ok());
    let url = tpp.authorization_url(way, &request);
    let landing = bank.customer("hazel").opens(&url).landing();
    let code = strict.response(&landing);
    if let Some(code) = code {
        strict.tokens(&tpp.exchange(&code, &request).send().json());
    }
    strict.defects()
}

/// Goal: with each fault armed once, exactly one thing is wrong on the whole way; without, nothing is.
#[test]
fn every_fault_does_exactly_one_wrong_thing() {
    let bank = TestBank::open();
    for client in ["acorn-budget", "burrow-pay"] {
        let tpp = bank.tpp(client);
        for way in Way::ALL {
            assert!(
                journey(&tpp, way, bank.jwks()).is_empty(),
                "{client} {way:?}"
            );
        }
    }
    let tpp = bank.tpp("acorn-budget");
    for (fault, route, way, defects) in CASES {
        let mut when = json!({"client_id": "acorn-budget", "times": 1});
        if fault.starts_with("discovery.") {
            // Nobody says who asks for it.
            when = json!({"times": 1});
        }
        if let Some(route) = route {
            when["route"] = json!(route);
        }
        let id = arm(&bank, &json!({"when": when, "then": [{"fault": fault}]}));
        assert_eq!(
            journey(&tpp, *way, bank.jwks()),
            *defects,
            "{fault} {way:?}"
        );
        assert_eq!(counts(&bank, &id).1, 1, "{fault} {way:?}");
        let again = journey(&tpp, *way, bank.jwks());
        assert!(again.is_empty(), "{fault} {way:?}: {again:?}");
    }
}

#[test]
fn the_faults_of_both_id_tokens_can_be_told_apart() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    for (at, route) in [("front", "oauth.authorize"), ("back", "oauth.token")] {
        let id = arm(
            &bank,
            &json!({"when": {"times": 1}, "then": [{"fault": "id_token.aud.wrong", "at": at}]}),
        );
        assert_eq!(journey(&tpp, HYBRID, bank.jwks()), ["id_token.aud wrong"]);
        let told = super::told(&bank, &id);
        let request = told["request_ids"][0].as_str().unwrap();
        let entry = bank.operator().get(&format!("/requests/{request}"));
        assert_eq!(entry["route"], route, "{at}");
    }
}

#[test]
fn a_new_key_is_published_before_it_signs() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let before = bank.jwks();
    let rule = json!({"when": {"times": 1}, "then": [{"fault": "jwks.rotated.before_signing"}]});
    arm(&bank, &rule);
    // A client that cached the keys meets one it does not know, whoever signed with it.
    let defects = journey(&tpp, JARM, before.clone());
    assert!(
        defects
            .iter()
            .all(|defect| defect.ends_with(".kid unknown") || defect.ends_with(".signature")),
        "{defects:?}"
    );
    assert!(!defects.is_empty());
    let after = bank.jwks();
    assert!(journey(&tpp, JARM, after.clone()).is_empty());
    let kids = |jwks: &Value| -> Vec<String> {
        let keys = jwks["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(kids(&before).iter().all(|kid| kids(&after).contains(kid)));
    assert_eq!(kids(&after).len(), kids(&before).len() + 1);
}

#[test]
fn the_key_set_cannot_be_had_and_nothing_else_fails() {
    let bank = TestBank::open();
    let rule = json!({"when": {"times": 1}, "then": [{"fault": "jwks.unavailable.500"}]});
    let id = arm(&bank, &rule);
    let jwks = || bank.stranger().get("/.well-known/jwks.json").send();
    bank.stranger()
        .get("/.well-known/openid-configuration")
        .send()
        .ok();
    let refused = jwks();
    assert_eq!(refused.status(), 500);
    refused.check_verdict("fault");
    assert_eq!(
        refused.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(jwks().ok()["keys"].is_array());
    assert_eq!(counts(&bank, &id), (2, 1));
}

#[test]
fn an_error_may_have_a_word_that_nobody_knows() {
    let bank = TestBank::open();
    let tpp = bank.tpp("burrow-pay");
    let then = json!([{"fault": "authorize.error", "value": "out_of_seeds"}]);
    arm(&bank, &json!({"when": {"times": 1}, "then": then}));
    assert_eq!(journey(&tpp, HYBRID, bank.jwks()), ["error out_of_seeds"]);
}
