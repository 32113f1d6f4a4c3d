//! API keys and rate limits: who is held to what, what the answer says of it, and who never counts.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Call, Grant, Operator, Response, TestBank, Variant};

const SANDBOX: &str = "sk_sandbox_acorn_tries_things";
const LIVE: &str = "sk_live_acorn_means_it";

/// A key of this environment, made by the control API.
#[track_caller]
fn make_key(bank: &TestBank, client: &str, environment: &str) -> (String, String) {
    let path = format!("/clients/{client}/keys");
    let answer = bank
        .operator()
        .post(&path, &json!({ "environment": environment }));
    assert_eq!(answer.status(), 201, "{answer:?}");
    let made: Value = serde_json::from_slice(answer.body()).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("api_key"))
}

fn delete(bank: &TestBank, path: &str) -> u16 {
    let request = Operator::request(Method::DELETE, path);
    bank.operator().send(request).status().as_u16()
}

fn with_key<'a>(call: Call<'a>, key: &str) -> Call<'a> {
    call.header("x-api-key", key)
}

/// What an answer says of its minute: limit, remaining, reset.
fn minute(response: &Response) -> [Option<u32>; 3] {
    ["limit", "remaining", "reset"].map(|name| {
        let value = response.header(&format!("x-ratelimit-{name}"));
        value.map(|value| value.parse().expect("a number"))
    })
}

fn read<'a>(grant: &Grant<'a>) -> Call<'a> {
    grant.get("/accounts")
}

/// Goal: the scenario's story. A hundred calls a minute without a key or with one for sandbox, together; a
/// thousand with one for production; 429 says when to come again, and the bank's time makes it so.
#[test]
fn the_call_too_many_of_a_minute_is_told_when_to_come_again() {
    let bank = TestBank::scenario("rate-limited");
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    bank.operator().advance_clock("60s");
    let first = read(&grant).send();
    assert_eq!(minute(&first), [Some(100), Some(99), Some(60)]);
    first.ok();
    let second = with_key(read(&grant), SANDBOX).send();
    assert_eq!(minute(&second), [Some(100), Some(98), Some(60)]);
    second.ok();
    bank.operator().advance_clock("20500ms");
    for _ in 0..98 {
        assert_eq!(read(&grant).send_unwatched(), 200);
    }
    let refused = read(&grant).send();
    assert_eq!(minute(&refused), [Some(100), Some(0), Some(40)]);
    assert_eq!(refused.header("retry-after"), Some("40"));
    let entry = refused.entry().clone();
    assert_eq!(entry["expected"], "at most 100 calls a minute (sandbox)");
    refused.refused(429, "rate_limit_exceeded", "limit.requests");
    let refused = with_key(read(&grant), SANDBOX).send();
    refused.refused(429, "rate_limit_exceeded", "limit.requests");
    // Production is counted apart, and so is everybody else.
    let live = with_key(read(&grant), LIVE).send();
    assert_eq!(minute(&live), [Some(1000), Some(999), Some(60)]);
    live.ok();
    let other = bank
        .tpp("burrow-pay")
        .token([("grant_type", "client_credentials")]);
    assert_eq!(minute(&other.send()), [Some(100), Some(99), Some(60)]);
    bank.operator().advance_clock("39499ms");
    read(&grant)
        .send()
        .refused(429, "rate_limit_exceeded", "limit.requests");
    bank.operator().advance_clock("1ms");
    let again = read(&grant).send();
    assert_eq!(minute(&again), [Some(100), Some(99), Some(60)]);
    again.ok();
}

#[test]
fn an_oauth_endpoint_says_it_in_its_own_words() {
    let variant = Variant::default().bank("limits: {sandbox: 2}");
    let bank = TestBank::varied(&variant);
    let acorn = bank.tpp("acorn-budget");
    let ask = || acorn.token([("grant_type", "client_credentials")]);
    assert_eq!([ask().send_unwatched(), ask().send_unwatched()], [200, 200]);
    let refused = ask().send();
    assert_eq!(refused.header("retry-after"), Some("60"));
    let body = refused.refused(429, "temporarily_unavailable", "limit.requests");
    assert_eq!(body["code"], "rate_limit_exceeded");
    let unknown = with_key(ask(), "sk_sandbox_nobody_has_this").send();
    let body = unknown.refused(401, "invalid_client", "api_key.known");
    assert_eq!(body["code"], "invalid_api_key");
}

#[test]
fn what_is_no_call_of_a_client_is_not_counted() {
    let variant = Variant::default().bank("limits: {sandbox: 1}");
    let bank = TestBank::varied(&variant);
    let acorn = bank.tpp("acorn-budget");
    let ask = || acorn.token([("grant_type", "client_credentials")]);
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/openapi.json",
    ] {
        for _ in 0..3 {
            let response = with_key(bank.stranger().get(path), "nobody's").send();
            assert_eq!(minute(&response), [None; 3], "{path}");
            response.ok();
        }
    }
    bank.operator().get("/clients");
    // Nobody knows whose it is.
    let stranger = bank.stranger().get("/open-banking/v1/accounts").bearer("x");
    assert_eq!(minute(&stranger.send()), [None; 3]);
    assert_eq!(minute(&ask().send()), [Some(1), Some(0), Some(60)]);
}

#[test]
fn a_call_is_limited_by_its_key_alone_where_the_scenario_says_nothing() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let without = read(&grant).send();
    assert_eq!(minute(&without), [None; 3]);
    assert_eq!(without.header("retry-after"), None);
    without.ok();
    for (environment, limit) in [("sandbox", 100), ("production", 1000), ("live", 1000)] {
        let (_, key) = make_key(&bank, "acorn-budget", environment);
        let prefix = if limit == 100 {
            "sk_sandbox_"
        } else {
            "sk_live_"
        };
        assert!(key.starts_with(prefix), "{key}");
        let response = with_key(read(&grant), &key).send();
        assert_eq!(minute(&response)[0], Some(limit), "{environment}");
        let journal = response.entry().to_string();
        assert!(!journal.contains(&key), "{journal}");
        let passed = response.entry()["checks"].to_string();
        for rule in ["api_key.known", "api_key.own", "limit.requests"] {
            assert!(passed.contains(rule), "{passed}");
        }
        response.ok();
    }
    let off = TestBank::varied(&Variant::default().bank("limits: off"));
    let (_, key) = make_key(&off, "acorn-budget", "sandbox");
    let grant = off.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let response = with_key(read(&grant), &key).send();
    assert_eq!(minute(&response), [None; 3]);
    response.ok();
}

#[test]
fn a_key_that_does_not_count_is_refused_with_the_reason() {
    let bank = TestBank::open();
    let grant = bank.tpp("acorn-budget").grant(&["ReadAccounts"]);
    let (id, withdrawn) = make_key(&bank, "acorn-budget", "sandbox");
    assert_eq!(
        delete(&bank, &format!("/clients/acorn-budget/keys/{id}")),
        204
    );
    let (_, foreign) = make_key(&bank, "burrow-pay", "production");
    for (key, rule, received) in [
        (
            "sk_sandbox_nobody_has_this",
            "api_key.known",
            "one that is not known",
        ),
        ("", "api_key.known", "one that is not known"),
        (
            withdrawn.as_str(),
            "api_key.known",
            "key_0000000001, withdrawn 2025-06-16T10:30:00Z",
        ),
        (foreign.as_str(), "api_key.own", "one of burrow-pay"),
    ] {
        let refused = with_key(read(&grant), key).send();
        assert_eq!(refused.entry()["received"], received);
        assert!(refused.header("www-authenticate").is_some());
        refused.refused(401, "invalid_api_key", rule);
    }
    let twice = with_key(read(&grant), &foreign).and_header("x-api-key", &foreign);
    twice.send().refused(400, "invalid_header", "api_key.known");
    // First of all: before the token, after the path.
    let stranger = bank.stranger();
    let refused = with_key(stranger.get("/open-banking/v1/accounts"), "x").send();
    refused.refused(401, "invalid_api_key", "api_key.known");
    let lost = with_key(stranger.get("/open-banking/v2/accounts"), "x").send();
    lost.refused(404, "not_found", "request.path");
    let body = read(&grant).method(Method::POST).send();
    body.refused(405, "method_not_allowed", "request.method");
}

/// Goal: burrow has acorn's key. However often it is refused for it, at a resource and at an OAuth endpoint, acorn
/// has its whole minute, which its own first call begins; what acorn itself does is counted, refused or not.
#[test]
fn a_key_in_foreign_hands_uses_up_nothing_of_its_owners_minute() {
    let bank = TestBank::varied(&Variant::default().bank("limits: {sandbox: 5}"));
    let [acorn, burrow] = ["acorn-budget", "burrow-pay"].map(|client| bank.tpp(client));
    let (owns, thief) = (
        acorn.grant(&["ReadAccounts"]),
        burrow.grant(&["ReadAccounts"]),
    );
    let (_, key) = make_key(&bank, "acorn-budget", "sandbox");
    let credentials = [("grant_type", "client_credentials")];
    bank.operator().advance_clock("60s");
    let steals = || {
        for _ in 0..4 {
            let refused = with_key(read(&thief), &key).send();
            assert_eq!(minute(&refused), [None; 3]);
            assert_eq!(refused.entry()["client_id"], "burrow-pay");
            refused.refused(401, "invalid_api_key", "api_key.own");
            let refused = with_key(burrow.token(credentials), &key).send();
            assert_eq!(minute(&refused), [None; 3]);
            refused.refused(401, "invalid_client", "api_key.own");
        }
    };
    steals();
    bank.operator().advance_clock("30s");
    let first = with_key(read(&owns), &key).send();
    assert_eq!(minute(&first), [Some(5), Some(4), Some(60)]);
    first.ok();
    steals();
    // A call that nobody can be blamed for is the key's client's.
    let tokenless = bank.stranger().get("/open-banking/v1/accounts");
    let refused = with_key(tokenless, &key).send();
    assert_eq!(minute(&refused), [Some(5), Some(3), Some(60)]);
    refused.refused(401, "invalid_token", "access_token.present");
    for left in [2, 1, 0] {
        let own = with_key(read(&owns), &key).send();
        assert_eq!(minute(&own), [Some(5), Some(left), Some(60)]);
        own.ok();
    }
    // With nothing left, nobody is asked whose the call is.
    let refused = with_key(read(&thief), &key).send();
    refused.refused(429, "rate_limit_exceeded", "limit.requests");
    // What burrow does without it is counted as ever, and nothing else of its was.
    let own = read(&thief).send();
    assert_eq!(minute(&own), [Some(5), Some(4), Some(60)]);
    own.ok();
}

#[test]
fn a_scenario_may_demand_a_key_of_every_client() {
    let variant = Variant::default().bank("require_api_key: true").client(
        "willow",
        &[
            "token_endpoint_auth_method: tls_client_auth",
            "redirect_uris: [\"https://localhost:9443/callback\"]",
            "api_keys: [sk_sandbox_willow_1]",
        ],
    );
    let bank = TestBank::varied(&variant);
    let ask = || {
        bank.tpp("willow")
            .token([("grant_type", "client_credentials")])
    };
    let body = ask()
        .send()
        .refused(401, "invalid_client", "api_key.present");
    assert_eq!(body["code"], "invalid_api_key");
    with_key(ask(), "sk_sandbox_willow_1").send().ok();
    let accounts = bank.stranger().get("/open-banking/v1/accounts").send();
    accounts.refused(401, "invalid_api_key", "api_key.present");
    bank.jwks();
    let page = bank
        .customer("hazel")
        .opens("/oauth/authorize?client_id=willow");
    assert_ne!(page.entry()["verdict"], "api_key.present");
    // Whoever registers has none yet.
    let register = bank.stranger().call(Method::POST, "/register").send();
    assert_ne!(register.entry()["verdict"], "api_key.present");
}

#[test]
fn keys_are_listed_without_themselves_and_belong_to_their_client() {
    let bank = TestBank::open();
    let (id, key) = make_key(&bank, "acorn-budget", "sandbox");
    let path = "/clients/acorn-budget/keys";
    let list = bank.operator().get(path);
    assert!(!list.to_string().contains(&key));
    assert_eq!(
        list["items"],
        json!([{
            "id": id, "client_id": "acorn-budget", "environment": "sandbox",
            "hint": format!("sk_sandbox_…{}", &key[key.len() - 4..]),
            "created_at": "2025-06-16T10:30:00Z",
        }])
    );
    assert_eq!(
        delete(&bank, &format!("/clients/burrow-pay/keys/{id}")),
        404
    );
    assert_eq!(delete(&bank, &format!("{path}/key_1")), 404);
    assert_eq!(delete(&bank, &format!("{path}/{id}")), 204);
    assert_eq!(delete(&bank, &format!("{path}/{id}")), 404);
    assert_eq!(bank.operator().get(path)["items"], json!([]));
    for (body, status, code, pointer) in [
        (json!({}), 422, "invalid_value", "/environment"),
        (
            json!({ "environment": 7 }),
            422,
            "invalid_value",
            "/environment",
        ),
        (
            json!({ "environment": "sandbx" }),
            422,
            "unknown_name",
            "/environment",
        ),
        (json!({ "env": "sandbox" }), 422, "unknown_name", "/env"),
    ] {
        let answer = bank.operator().post(path, &body);
        let problem: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer.status(), status, "{problem}");
        assert_eq!(
            (&problem["code"], &problem["pointer"]),
            (&code.into(), &pointer.into())
        );
    }
    let nobody = bank.operator().post("/clients/nobody/keys", &json!({}));
    assert_eq!(nobody.status(), 404);
}

#[test]
fn a_client_has_a_limit_of_keys_and_loses_them_with_itself() {
    let bank = TestBank::open();
    let mut last = (String::new(), String::new());
    for _ in 0..20 {
        last = make_key(&bank, "acorn-budget", "sandbox");
    }
    let path = "/clients/acorn-budget/keys";
    let refused = bank
        .operator()
        .post(path, &json!({ "environment": "sandbox" }));
    let problem: Value = serde_json::from_slice(refused.body()).unwrap();
    assert_eq!(
        (refused.status().as_u16(), &problem["code"]),
        (409, &"too_many_keys".into())
    );
    let _ = make_key(&bank, "burrow-pay", "sandbox");
    assert_eq!(delete(&bank, &format!("{path}/{}", last.0)), 204);
    let (_, key) = make_key(&bank, "acorn-budget", "sandbox");
    let grant = bank.tpp("burrow-pay").grant(&["ReadAccounts"]);
    assert_eq!(delete(&bank, "/clients/acorn-budget"), 204);
    let refused = with_key(read(&grant), &key).send();
    assert_eq!(refused.entry()["received"], "one that is not known");
    refused.refused(401, "invalid_api_key", "api_key.known");
}

#[test]
fn a_reset_puts_keys_and_minutes_back() {
    let bank = TestBank::scenario("rate-limited");
    let (_, made) = make_key(&bank, "acorn-budget", "sandbox");
    let acorn = bank.tpp("acorn-budget");
    let ask = |key: &str| with_key(acorn.token([("grant_type", "client_credentials")]), key);
    ask(&made).send().ok();
    assert_eq!(minute(&ask(SANDBOX).send())[1], Some(98));
    let operator = bank.operator();
    assert_eq!(operator.post("/reset", &json!({})).status(), 200);
    bank.look_again();
    assert_eq!(minute(&ask(SANDBOX).send())[1], Some(99));
    ask(&made)
        .send()
        .refused(401, "invalid_client", "api_key.known");
}

#[test]
fn a_client_that_is_made_may_bring_its_keys() {
    let bank = TestBank::open();
    let entry = |id: &str, keys: &Value| {
        let uris = ["https://localhost:9443/callback"];
        let entry = json!({ "client_id": id, "redirect_uris": uris, "api_keys": keys });
        let answer = bank.operator().post("/clients", &entry);
        let problem: Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), problem)
    };
    assert_eq!(entry("willow", &json!(["sk_live_willow_1"])).0, 201);
    let list = bank.operator().get("/clients/willow/keys");
    assert_eq!(list["items"][0]["environment"], "production");
    let (status, problem) = entry("poplar", &json!(["sk_live_willow_1"]));
    assert_eq!((status, &problem["code"]), (409, &"already_exists".into()));
    let (status, problem) = entry("poplar", &json!(["sk_test_poplar_1"]));
    assert_eq!((status, &problem["pointer"]), (422, &"/api_keys/0".into()));
    assert_eq!(entry("poplar", &json!(["sk_live_poplar_1"])).0, 201);
}
