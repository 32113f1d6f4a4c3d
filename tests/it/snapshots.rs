//! Back to the beginning, or to a moment that was kept: reset and snapshots, as a TPP and an operator see
//! them.

use http::{Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Call, Grant, Operator, TestBank, Way};

/// Goal: after a reset nobody can tell that there was a before, and a TPP need not be told anything new.
#[test]
fn a_reset_bank_answers_as_a_bank_that_was_just_opened() {
    let first = TestBank::open();
    let at_first = story(&first);
    let bank = TestBank::open();
    bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    bank.operator().advance_clock("91d");
    bank.operator().post("/clock", &json!({ "rate": 60 }));
    let onboarding =
        json!({ "name": "Late", "roles": ["AISP"], "redirect_uris": ["https://localhost/cb"] });
    bank.operator().post("/onboard", &onboarding);
    let keys = bank.jwks();

    let answer = bank.operator().post("/reset", &json!({}));
    assert_eq!(answer.status(), StatusCode::OK);
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        told["clock"],
        json!({ "now": "2025-06-16T10:30:00Z", "mode": "frozen", "offset_s": 0 })
    );
    bank.look_again();
    assert_eq!(bank.operator().get("/requests?count=true")["count"], 0);
    assert_eq!(story(&bank), at_first);
    assert_eq!(bank.jwks(), keys, "keys stay");
}

/// What a TPP is told on a short walk, secrets and signatures left out.
fn story(bank: &TestBank) -> Vec<Value> {
    let tpp = bank.tpp("burrow-pay");
    let grant = tpp.grant(&["ReadAccounts", "ReadTransactions"]);
    let mut told: Vec<_> = ["/accounts", "/transactions?page_size=5", "/balances"]
        .into_iter()
        .map(|path| plain(grant.get(path).send_raw()))
        .collect();
    bank.look_again();
    told.push(json!(grant.consent));
    told.push(bank.operator().get("/clock"));
    told
}

#[test]
fn what_a_reset_took_away_is_refused_politely() {
    let bank = TestBank::open();
    let tpp = bank.tpp("acorn-budget");
    let grant = tpp.grant(&["ReadAccounts"]);
    let consent = tpp.create_consent(&["ReadAccounts"]);
    let request = tpp.request(Way::PUSHED_JARM, &consent);
    let url = tpp.authorization_url(Way::PUSHED_JARM, &request);
    let (code, asked) = tpp.code(Way::PUSHED_JARM);
    bank.operator().post("/reset", &json!({}));
    bank.look_again();

    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.known");
    tpp.refresh(&grant.refresh_token)
        .send()
        .refused(400, "invalid_grant", "refresh_token.known");
    tpp.exchange(&code, &asked)
        .send()
        .refused(400, "invalid_grant", "code.known");
    let page = bank.customer("hazel").opens(&url);
    page.refused_by_page("invalid_request_uri", "authorize.request_uri");
}

#[test]
fn a_reset_takes_no_members_and_no_other_method() {
    let bank = TestBank::open();
    let operator = bank.operator();
    operator.advance_clock("1d");
    let before = operator.get("/clock");
    for (body, code) in [
        (json!({ "hard": true }), "unknown_name"),
        (json!([]), "invalid_json"),
    ] {
        let answer = operator.post("/reset", &body);
        assert_eq!(problem(&answer)["code"], code, "{body}");
    }
    let answer = operator.send(Operator::request(Method::GET, "/reset"));
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(operator.get("/clock"), before, "nothing was reset");
    let answer = operator.send(Operator::request(Method::POST, "/reset"));
    assert_eq!(
        answer.status(),
        StatusCode::OK,
        "an empty body is nothing, too"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// Goal: whatever was done before and after, a restored bank answers the same bytes to the same bytes:
    /// ids, times, cursors, numbers of the journal. Even an assertion is new to it again.
    #[test]
    fn a_restored_bank_answers_the_same_to_the_same(
        before in prop::collection::vec(0_u8..DEEDS, 0..8),
        after in prop::collection::vec(0_u8..DEEDS, 1..10),
    ) {
        let bank = TestBank::open();
        let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts", "ReadTransactions"]);
        let own_token = grant.tpp.client_credentials("consents");
        for deed in before {
            let _ = done(&bank, &prepared(&grant, &own_token, deed));
        }
        let deeds: Vec<_> = after.into_iter().map(|deed| prepared(&grant, &own_token, deed)).collect();
        let kept = bank.operator().post("/snapshots", &json!({}));
        prop_assert_eq!(kept.status(), StatusCode::CREATED);
        let kept: Value = serde_json::from_slice(kept.body()).unwrap();
        prop_assert_eq!(&kept["at"], &bank.operator().get("/clock")["now"]);
        let restore = format!("/snapshots/{}/restore", kept["id"].as_str().unwrap());

        let answers: Vec<_> = deeds.iter().map(|deed| done(&bank, deed)).collect();
        let journal = told_by(&bank);
        for _ in 0..2 {
            let answer = bank.operator().post(&restore, &json!({}));
            prop_assert_eq!(answer.status(), StatusCode::OK);
            let restored: Value = serde_json::from_slice(answer.body()).unwrap();
            prop_assert_eq!(&restored, &kept);
            let again: Vec<_> = deeds.iter().map(|deed| done(&bank, deed)).collect();
            prop_assert_eq!(&again, &answers);
            prop_assert_eq!(&told_by(&bank), &journal);
        }
    }
}

/// Something that can be done again, byte for byte.
enum Deed<'a> {
    Call(Box<Call<'a>>),
    Steer(&'static str, Value),
}

fn prepared<'a>(grant: &Grant<'a>, own_token: &str, deed: u8) -> Deed<'a> {
    let tpp = &grant.tpp;
    let call = match deed {
        0 => tpp
            .call(Method::POST, "/consents/account-access")
            .bearer(own_token)
            .json(&json!({ "permissions": ["ReadAccounts"] })),
        1 => grant.get("/accounts"),
        2 => grant.get("/transactions?page_size=3"),
        3 => grant.get("/accounts").without_certificate(),
        4 => tpp.token([("grant_type", "client_credentials"), ("scope", "consents")]),
        5 => tpp.refresh(&grant.refresh_token),
        6 => {
            let path = format!("/consents/{}", grant.consent);
            tpp.call(Method::DELETE, &path).bearer(own_token)
        }
        7 => return Deed::Steer("/clock", json!({ "advance": "70s" })),
        _ => {
            let onboarding = json!({
                "name": "Sorrel", "roles": ["AISP"], "redirect_uris": ["https://localhost/cb"],
            });
            return Deed::Steer("/onboard", onboarding);
        }
    };
    Deed::Call(Box::new(call))
}

const DEEDS: u8 = 9;

fn done(bank: &TestBank, deed: &Deed<'_>) -> Value {
    match deed {
        Deed::Call(call) => plain(call.as_ref().clone().send_raw()),
        Deed::Steer(path, body) => plain(bank.operator().post(path, body)),
    }
}

/// An answer without what is secret (drawn from the system) or signed.
fn plain(answer: http::Response<Vec<u8>>) -> Value {
    let (parts, body) = answer.into_parts();
    let headers: Vec<_> = parts
        .headers
        .iter()
        .filter(|(name, _)| *name != "content-length")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        if members.contains_key("software_statement") {
            // A kit: certificates and all that names them are signed anew.
            members.retain(|name, _| SEEDED.contains(&name.as_str()));
        }
        for secret in SECRETS {
            if let Some(value) = members.get_mut(*secret) {
                *value = json!("[secret]");
            }
        }
    }
    json!({ "status": parts.status.as_u16(), "headers": headers, "body": body })
}

const SECRETS: &[&str] = &["access_token", "refresh_token", "id_token"];

/// What of a kit is drawn from the seed.
const SEEDED: &[&str] = &[
    "name",
    "org_id",
    "software_id",
    "tls_client_auth_subject_dn",
];

/// What the journal says that repeats.
fn told_by(bank: &TestBank) -> Vec<Value> {
    let entries = bank.operator().requests("").into_iter();
    let told = entries.map(|entry| {
        json!([
            entry["id"],
            entry["route"],
            entry["status"],
            entry["verdict"]
        ])
    });
    told.collect()
}

#[test]
fn snapshots_are_named_counted_and_forgotten() {
    let bank = TestBank::open();
    let operator = bank.operator();
    let send = |method: Method, path: &str| operator.send(Operator::request(method, path));
    let make = || operator.post("/snapshots", &json!({}));
    assert_eq!(make().status(), StatusCode::CREATED);
    for (method, path, status) in [
        (Method::POST, "/snapshots/snap_2/restore", 404),
        (Method::POST, "/snapshots/snap_01/restore", 404),
        (Method::POST, "/snapshots/snap_+1/restore", 404),
        (Method::POST, "/snapshots/1/restore", 404),
        (Method::DELETE, "/snapshots/snap_2", 404),
        (Method::GET, "/snapshots/snap_1", 405),
        (Method::POST, "/snapshots/snap_1", 405),
        (Method::POST, "/snapshots/snap_1/restore", 200),
        (Method::POST, "/reset", 200),
        (Method::POST, "/snapshots/snap_1/restore", 200),
        (Method::DELETE, "/snapshots/snap_1", 204),
        (Method::POST, "/snapshots/snap_1/restore", 404),
        (Method::DELETE, "/snapshots/snap_1", 404),
    ] {
        assert_eq!(
            send(method.clone(), path).status(),
            status,
            "{method} {path}"
        );
    }
    let answer = operator.post("/snapshots", &json!({ "name": "x" }));
    assert_eq!(problem(&answer)["code"], "unknown_name");
    let made = (0..100)
        .map(|_| make())
        .find(|answer| answer.status() != StatusCode::CREATED);
    let refused = made.expect("there is a limit");
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert_eq!(problem(&refused)["code"], "too_many_snapshots");
    assert_eq!(send(Method::DELETE, "/snapshots/snap_5").status(), 204);
    assert_eq!(make().status(), StatusCode::CREATED);
}

fn problem(answer: &http::Response<Vec<u8>>) -> Value {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    serde_json::from_slice(answer.body()).unwrap()
}

/// Goal: who waits at a bank's journal, or for its customers, is not left waiting when they have gone.
#[tokio::test]
async fn a_reset_ends_a_wait() {
    for target in [
        "/requests?wait=60s&at_least=5",
        "/journeys/pending?wait=60s&at_least=5",
    ] {
        waits_no_longer_than_its_bank(target).await;
    }
}

async fn waits_no_longer_than_its_bank(target: &str) {
    let bank = hamsterbank::Bank::builder().start().unwrap();
    let provider = rustls::crypto::ring::default_provider();
    // Another test may have been first.
    let _ = provider.install_default();
    let url = format!("{}{target}", bank.control_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let wait = async { client.get(url).send().await.unwrap().json::<Value>().await };
    let mut wait = std::pin::pin!(wait);
    let patience = std::time::Duration::from_millis(5);
    let answer = loop {
        // Again and again, because nobody knows when the wait begins.
        match tokio::time::timeout(patience, wait.as_mut()).await {
            Ok(answer) => break answer.unwrap(),
            Err(_) => bank.reset().unwrap(),
        }
    };
    assert_eq!(answer["satisfied"], false);
    assert_eq!(answer["items"], json!([]));
}

#[test]
fn a_snapshot_of_the_fixture_is_one_of_the_control_api() {
    let bank = TestBank::open();
    let kept = bank.snapshot();
    bank.operator().advance_clock("91d");
    kept.restore().unwrap();
    assert_eq!(bank.operator().get("/clock")["now"], "2025-06-16T10:30:00Z");
    let path = format!("/snapshots/{}", kept.id());
    let deleted = bank
        .operator()
        .send(Operator::request(Method::DELETE, &path));
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        kept.restore().unwrap_err().to_string(),
        "404 not_found: snapshot \"snap_1\" is not known here"
    );
}
