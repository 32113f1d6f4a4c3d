//! The first journey, whole: discovery to transactions, in every way FAPI 1.0 Advanced leaves open.
//!
//! This is the conformance suite's own main module 2 in our words, with PKCE by value too (module 6):
//! SECURITY contract, section 2.

use serde_json::{Map, Value, json};

use crate::support::{Request, START, TestBank, Tpp, Way, half_hash};

/// Every kind of client with every way to ask and to be answered: the eight combinations of the security
/// contract, and four more for the client that signs its assertions with ES256.
fn combinations() -> impl Iterator<Item = (&'static str, Way)> {
    let clients = ["acorn-budget", "burrow-pay", "clover-check"];
    clients
        .into_iter()
        .flat_map(|client| Way::ALL.map(|way| (client, way)))
}

#[test]
fn every_kind_of_client_reads_accounts_in_every_way_there_is() {
    for (client, way) in combinations() {
        let bank = TestBank::open();
        let tpp = bank.tpp(client);
        let consent = tpp.create_consent(&["ReadAccounts", "ReadBalances", "ReadTransactions"]);
        let request = tpp.request(way, &consent);
        let url = tpp.authorization_url(way, &request);
        let landing = bank.customer("hazel").opens(&url).landing();

        assert_eq!(
            Some(landing.base.as_str()),
            tpp.redirect_uri().split('?').next()
        );
        assert_eq!(landing.query.get("state"), None, "{client} {way:?}");
        assert_eq!(landing.query.get("code"), None, "{client} {way:?}");
        if tpp.redirect_uri().contains('?') {
            assert_eq!(
                landing.query.get("dummy1"),
                Some("lorem"),
                "{client} {way:?}"
            );
            assert_eq!(
                landing.query.get("dummy2"),
                Some("ipsum"),
                "{client} {way:?}"
            );
        }
        let answer = tpp.answer(&landing, way);
        let code = answer["code"].as_str().expect("a code");
        assert!(code.len() >= 16, "{code}");
        assert_eq!(answer["state"], request.text("state"));
        assert_eq!(answer["iss"], bank.issuer());
        if way.is_jarm {
            check_jarm(&tpp, &answer);
        } else {
            check_front_channel(&tpp, &request, &consent, &answer);
        }

        let tokens = tpp.exchange(code, &request).send().ok();
        check_tokens(&tpp, &request, &consent, &tokens);
        read_everything(&tpp, &consent, tokens["access_token"].as_str().unwrap());
    }
}

// SECURITY contract, section 2.6.
fn check_jarm(tpp: &Tpp<'_>, answer: &Map<String, Value>) {
    assert_eq!(answer["aud"], tpp.id());
    let left = answer["exp"].as_i64().unwrap() - START.unix_timestamp();
    assert!((10..=600).contains(&left), "{left}");
    let mut names: Vec<_> = answer.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "code", "exp", "iss", "state"]);
}

// SECURITY contract, sections 2.5 and 2.7.
fn check_front_channel(
    tpp: &Tpp<'_>,
    request: &Request,
    consent: &str,
    answer: &Map<String, Value>,
) {
    let mut names: Vec<_> = answer.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["code", "id_token", "iss", "state"]);
    let claims = tpp.id_token(answer["id_token"].as_str().unwrap());
    assert_eq!(
        claims["c_hash"],
        half_hash(answer["code"].as_str().unwrap())
    );
    assert_eq!(claims["s_hash"], half_hash(request.text("state")));
    assert!(!claims.contains_key("at_hash"));
    check_id_token(request, consent, &claims);
}

// SECURITY contract, sections 2.7 and 2.8.
fn check_tokens(tpp: &Tpp<'_>, request: &Request, consent: &str, tokens: &Value) {
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 300);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert!(access_token.len() >= 32, "{access_token}");
    assert_ne!(tokens["access_token"], tokens["refresh_token"]);
    let claims = tpp.id_token(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["at_hash"], half_hash(access_token));
    for stale in ["c_hash", "s_hash"] {
        assert!(!claims.contains_key(stale), "{stale}");
    }
    check_id_token(request, consent, &claims);
}

fn check_id_token(request: &Request, consent: &str, claims: &Map<String, Value>) {
    let now = START.unix_timestamp();
    assert_eq!(claims["nonce"], request.text("nonce"));
    assert_eq!(claims["acr"], "urn:openbanking:psd2:sca");
    assert_eq!(claims["openbanking_intent_id"], consent);
    assert_eq!(
        (&claims["iat"], &claims["auth_time"]),
        (&json!(now), &json!(now))
    );
    assert_eq!(claims["exp"], now + 300);
    let sub = claims["sub"].as_str().unwrap();
    assert!((1..=255).contains(&sub.len()) && sub.is_ascii(), "{sub}");
}

// SECURITY contract, section 2.9, and the API contract's first resources.
fn read_everything(tpp: &Tpp<'_>, consent: &str, access_token: &str) {
    let get = |path: &str| {
        let call = tpp.call(http::Method::GET, &format!("/open-banking/v1{path}"));
        call.bearer(access_token).consent(consent).send().ok()
    };
    let accounts = get("/accounts");
    assert_eq!(accounts["data"].as_array().unwrap().len(), 8);
    assert_eq!(get("/accounts/acc_1234567890")["data"], accounts["data"][0]);
    let balances = get("/accounts/acc_1234567890/balances");
    assert_eq!(balances["data"][0]["account_id"], "acc_1234567890");
    let transactions = get("/accounts/acc_1234567890/transactions?page_size=10");
    assert_eq!(transactions["data"].as_array().unwrap().len(), 10);
    for path in ["/balances", "/transactions"] {
        assert!(!get(path)["data"].as_array().unwrap().is_empty(), "{path}");
    }
}
