//! The shipped scenarios that are made of faults, each played as its comment tells it.

use serde_json::{Value, json};

use crate::support::{Grant, TestBank, Way};

/// The faults that fired, as the journal tells it, of all calls that meet a filter.
fn fired(bank: &TestBank, filter: &str) -> Vec<String> {
    let entries = bank.operator().requests(filter);
    let notes = entries
        .iter()
        .filter_map(|entry| entry["faults"].as_array());
    let fired = notes.flatten().filter(|note| note["fired"] == true);
    fired
        .map(|note| note["fault"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn in_expired_tokens_a_refresh_helps_until_only_the_customer_can() {
    let bank = TestBank::scenario("expired-tokens");
    let mut grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let mut refreshes = 0;
    let refused = loop {
        for call in 1..=3 {
            let answer = grant.get("/accounts").send();
            if call < 3 {
                answer.ok();
            } else {
                answer.refused(401, "invalid_token", "access_token.expiry");
            }
        }
        refreshes += 1;
        let answer = grant.tpp.refresh(&grant.refresh_token).send();
        if answer.status() != 200 {
            break answer;
        }
        let tokens = answer.ok();
        grant = Grant {
            access_token: tokens["access_token"].as_str().unwrap().to_owned(),
            ..grant
        };
    };
    assert_eq!(refreshes, 3);
    refused.refused(400, "invalid_grant", "refresh_token.expiry");
    // The consent is as good as ever: what is asked for is a new authorization of it.
    let consent = grant.tpp.read_consent(&grant.consent).send().ok();
    assert_eq!(consent["status"], "authorized");
}

#[test]
fn in_revoked_midway_half_a_list_is_all_there_is() {
    let bank = TestBank::scenario("revoked-midway");
    let tpp = bank.tpp("burrow-pay");
    for _ in 0..2 {
        let grant = tpp.grant(&["ReadAccounts", "ReadTransactions"]);
        let first = grant.get("/transactions").send().ok();
        assert_eq!(first["data"].as_array().unwrap().len(), 25);
        let second = first["links"]["next"].as_str().unwrap();
        let second = grant.get(second).send().ok();
        let third = second["links"]["next"].as_str().unwrap();
        let answer = grant.get(third).send();
        answer.refused(401, "invalid_token", "access_token.grant");
        let refreshed = tpp.refresh(&grant.refresh_token).send();
        refreshed.refused(400, "invalid_grant", "refresh_token.grant");
        let consent = tpp.read_consent(&grant.consent).send().ok();
        assert_eq!(consent["revoked_by"], "customer");
    }
}

/// Goal: everything the comment names happens about as often as it says, to the same calls each time, and what
/// gets through is right.
#[test]
fn flaky_is_the_same_bad_day_each_time_and_otherwise_right() {
    let played = || {
        let bank = TestBank::scenario("flaky");
        let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
        let right = grant.get("/accounts");
        let statuses: Vec<_> = (0..300)
            .map(|_| {
                let answer = right.clone().send_raw();
                let status = answer.status().as_u16();
                let waits = answer.headers().contains_key("retry-after");
                assert_eq!(waits, status != 200, "{answer:?}");
                if status == 200 {
                    let body: Value = serde_json::from_slice(answer.body()).unwrap();
                    assert!(!body["data"].as_array().unwrap().is_empty());
                }
                status
            })
            .collect();
        let faults = fired(&bank, "route=banking&limit=500");
        (statuses, faults)
    };
    let (statuses, faults) = played();
    let (again, _) = played();
    assert_eq!(statuses, again);
    let count = |status| statuses.iter().filter(|it| **it == status).count();
    assert!((15..=45).contains(&count(429)), "{}", count(429));
    assert!((15..=45).contains(&count(503)), "{}", count(503));
    let told = |id: &str| faults.iter().filter(|told| *told == id).count();
    let slow = told("transport.latency");
    assert!((110..=190).contains(&slow), "{slow} of {}", faults.len());
    let reset = told("transport.reset.mid_body");
    assert!((3..=30).contains(&reset), "{reset}");
}

#[test]
fn in_hostile_a_client_that_looks_finds_the_nonce_of_another_session() {
    let bank = TestBank::scenario("hostile");
    for client in ["acorn-budget", "burrow-pay"] {
        let tpp = bank.tpp(client);
        let (code, request) = tpp.code(Way::PUSHED_JARM);
        let tokens = tpp.exchange(&code, &request).send().ok();
        let claims = tpp.id_token(tokens["id_token"].as_str().unwrap());
        assert_ne!(claims["nonce"], request.text("nonce"));
    }
}

/// Goal: the one line takes every identity attack there is.
#[test]
fn in_hostile_one_line_arms_any_identity_attack() {
    let yaml = include_str!("../../../scenarios/hostile.yaml");
    let line = "  - {name: attack, when: always, then: [{fault: id_token.nonce.wrong}]}\n";
    assert_eq!(yaml.matches(line).count(), 1);
    let shipped = TestBank::scenario("hostile");
    let catalogue = shipped.operator().get("/faults/catalogue");
    let families = ["discovery", "jwks", "authorize", "jarm", "id_token"];
    let ids = catalogue["items"].as_array().unwrap().iter();
    let ids: Vec<_> = ids
        .filter(|entry| families.iter().any(|family| entry["family"] == *family))
        .map(|entry| entry["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids.len() >= 20, "{ids:?}");
    for id in ids {
        let armed = yaml.replace("fault: id_token.nonce.wrong", &format!("fault: {id}"));
        let bank = TestBank::of_text(&armed);
        let rules = bank.operator().get("/faults");
        assert_eq!(rules["items"][0]["name"], "attack");
        assert_eq!(rules["items"][0]["then"], json!([{"fault": id}]));
    }
}

/// Goal: who knows the standards notices nothing: a strict TPP of our own walks through, and sees oddities
/// alone.
#[test]
fn in_grease_everything_is_odd_and_right() {
    let bank = hamsterbank::Bank::builder()
        .scenario("grease")
        .start()
        .unwrap();
    for client_id in ["acorn-budget", "burrow-pay"] {
        let grant = || bank.client(client_id).grant().customer("hazel");
        grant().accounts().unwrap();
        grant().hybrid().accounts().unwrap();
    }
    let bank = TestBank::scenario("grease");
    let plain = TestBank::open();
    let permissions = &["ReadAccounts", "ReadTransactions"];
    let of = |bank: &TestBank| {
        bank.tpp("acorn-budget")
            .grant(permissions)
            .get("/transactions")
            .send()
    };
    let odd = of(&bank);
    assert_eq!(odd.header("x-grease"), Some("ignore me"));
    let odd = odd.ok();
    let usual = of(&plain).ok();
    let rows = odd["data"].as_array().unwrap();
    assert_eq!(rows.len(), 7);
    let mut known = 0;
    for (row, usual) in rows.iter().zip(usual["data"].as_array().unwrap()) {
        let (row, usual) = (row.as_object().unwrap(), usual.as_object().unwrap());
        let more: Vec<_> = row
            .keys()
            .filter(|name| !usual.contains_key(*name))
            .collect();
        assert_eq!(more.len(), 1, "{row:?}");
        assert!(more[0].starts_with("x_grease_"), "{row:?}");
        assert!(usual.keys().all(|name| row.contains_key(name)), "{row:?}");
        known += usize::from(
            row.keys()
                .zip(usual.keys())
                .all(|(one, other)| one == other),
        );
    }
    assert!(known < rows.len(), "some are in another order");
    let token = bank.tpp("acorn-budget");
    let form = [("grant_type", "client_credentials"), ("scope", "accounts")];
    let words: Vec<_> = (0..8)
        .map(|_| {
            token.token(form).send().ok()["token_type"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(
        words.iter().all(|word| word.eq_ignore_ascii_case("bearer")),
        "{words:?}"
    );
    assert!(words.iter().any(|word| word != "Bearer"), "{words:?}");
}
