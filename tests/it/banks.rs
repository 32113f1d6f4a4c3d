//! Many banks in one process: opened and closed over the control API, each as if it were alone.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Operator, TestBank, Way};

/// Goal: an id of one bank means nothing at another of the same scenario, whatever kind of id it is.
#[test]
fn nothing_of_one_bank_is_known_at_another() {
    let main = TestBank::open();
    // Of one seed they would draw the same ids, and each would know its own.
    let one = main.beside(&json!({ "at": "path", "seed": 101 }));
    let other = main.beside(&json!({ "at": "path", "seed": 102, "name": "other" }));
    assert_eq!((one.name(), other.name()), ("bank-1", "other"));
    assert_eq!(other.issuer(), "https://localhost:8443/b/other");
    for (here, there) in [(&main, &one), (&one, &other), (&other, &main)] {
        let (tpp, stranger) = (here.tpp("acorn-budget"), there.tpp("acorn-budget"));
        let grant = tpp.grant(&["ReadAccounts"]);
        let consent = tpp.create_consent(&["ReadAccounts"]);
        let pushed = tpp
            .push(&tpp.request(Way::PUSHED_JARM, &consent))
            .send()
            .created();
        let (code, asked) = tpp.code(Way::PUSHED_JARM);
        let kept = here.operator().post("/snapshots", &json!({}));
        let kept: Value = serde_json::from_slice(kept.body()).unwrap();
        grant.get("/accounts").send().ok();

        let call = |path: &str| stranger.call(Method::GET, path);
        call("/open-banking/v1/accounts")
            .bearer(&grant.access_token)
            .consent(&grant.consent)
            .send()
            .refused(401, "invalid_token", "access_token.known");
        let own_token = stranger.client_credentials("consents");
        let path = format!("/consents/{consent}");
        let answer = call(&path).bearer(&own_token).send();
        assert_eq!(answer.status(), 404, "{consent}");
        stranger.refresh(&grant.refresh_token).send().refused(
            400,
            "invalid_grant",
            "refresh_token.known",
        );
        stranger
            .exchange(&code, &asked)
            .send()
            .refused(400, "invalid_grant", "code.known");
        let url = stranger.url_of(pushed["request_uri"].as_str().unwrap());
        let page = there.customer("hazel").opens(&url);
        page.refused_by_page("invalid_request_uri", "authorize.request_uri");
        assert_eq!(stranger.introspect(&grant.access_token)["active"], false);
        // The same client has another key at another bank, as a rule; where it has not, there is `aud`.
        let answer = stranger.token_with_assertion(&tpp.assertion()).send();
        assert_eq!(answer.status(), 401);
        let verdict = answer.entry()["verdict"].to_string();
        assert!(verdict.contains("client_assertion."), "{verdict}");
        let path = format!("/snapshots/{}/restore", kept["id"].as_str().unwrap());
        let answer = there.operator().post(&path, &json!({}));
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let path = format!("/snapshots/{}", kept["id"].as_str().unwrap());
        let delete = Operator::request(Method::DELETE, &path);
        assert_eq!(
            here.operator().send(delete).status(),
            StatusCode::NO_CONTENT
        );
    }
    let paths = one.operator().requests("route=oauth.token");
    assert!(
        paths.iter().all(|entry| entry["path"] == "/oauth/token"),
        "{paths:?}"
    );
}

#[test]
fn each_bank_has_its_own_time_and_its_own_journal() {
    let main = TestBank::open();
    let other = main.beside(&json!({ "at": "path", "seed": 7, "clock": "2030-01-31T00:00:00Z" }));
    let ready = other.operator().get("/ready");
    assert_eq!(
        (&ready["seed"], &ready["clock"]["now"]),
        (&json!(7), &json!("2030-01-31T00:00:00Z"))
    );
    other.operator().advance_clock("1d");
    assert_eq!(main.operator().get("/clock")["now"], "2025-06-16T10:30:00Z");
    main.operator().post("/reset", &json!({}));
    main.look_again();
    assert_eq!(
        other.operator().get("/clock")["now"],
        "2030-02-01T00:00:00Z"
    );
    other.tpp("burrow-pay").grant(&["ReadAccounts"]);
    assert_eq!(main.operator().requests(""), Vec::<Value>::new());
    assert!(!other.operator().requests("").is_empty());
}

/// OpenID Connect Discovery 1.0, section 4, and RFC 8414, section 3.
#[test]
fn a_bank_by_path_is_discovered_in_both_forms() {
    let main = TestBank::open();
    let other = main.beside(&json!({ "name": "other" }));
    let appended = other
        .stranger()
        .get("/.well-known/openid-configuration")
        .send()
        .ok();
    assert_eq!(appended["issuer"], "https://localhost:8443/b/other");
    assert_eq!(
        appended["token_endpoint"],
        "https://localhost:8443/b/other/oauth/token"
    );
    let inserted = "/.well-known/oauth-authorization-server/b/other";
    let call = main.stranger().get(inserted).send_raw();
    assert_eq!(
        serde_json::from_slice::<Value>(call.body()).unwrap(),
        appended
    );
    for path in [
        "/b/none/.well-known/openid-configuration",
        "/b/other",
        "/b/main/.well-known/openid-configuration/",
        "/b/",
        "/.well-known/oauth-authorization-server/b/none",
        "/.well-known/oauth-authorization-server/b/other/",
    ] {
        let answer = main.stranger().get(path).send_raw();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one a line and more"
)]
fn an_order_that_cannot_be_meant_is_refused_with_where_it_stands() {
    let bank = TestBank::open();
    bank.beside(&json!({ "name": "taken" }));
    for (order, status, code, pointer, told) in [
        (json!({ "nmae": "x" }), 422, "unknown_name", "/nmae", "name"),
        (json!({ "name": "taken" }), 409, "name_taken", "", "taken"),
        (json!({ "name": "main" }), 409, "name_taken", "", "main"),
        (
            json!({ "name": "../x" }),
            422,
            "invalid_value",
            "/name",
            "a to z",
        ),
        (
            json!({ "name": "-x" }),
            422,
            "invalid_value",
            "/name",
            "a to z",
        ),
        (
            json!({ "name": "x-" }),
            422,
            "invalid_value",
            "/name",
            "a to z",
        ),
        (
            json!({ "name": "" }),
            422,
            "invalid_value",
            "/name",
            "a to z",
        ),
        (
            json!({ "name": "a".repeat(33) }),
            422,
            "invalid_value",
            "/name",
            "32",
        ),
        (json!({ "at": "paht" }), 422, "unknown_name", "/at", "path"),
        (
            json!({ "at": "port" }),
            422,
            "invalid_value",
            "/at",
            "no listeners",
        ),
        (
            json!({ "at": "path", "port": 9 }),
            422,
            "invalid_value",
            "/port",
            "no port",
        ),
        (json!({ "port": 0 }), 422, "invalid_value", "/port", "65535"),
        (
            json!({ "port": 65536 }),
            422,
            "invalid_value",
            "/port",
            "65535",
        ),
        (
            json!({ "seed": -1 }),
            422,
            "invalid_value",
            "/seed",
            "whole",
        ),
        (
            json!({ "clock": "soon" }),
            422,
            "invalid_value",
            "/clock",
            "2199",
        ),
        (json!({ "ttl": "5" }), 422, "invalid_value", "/ttl", "5m"),
        (json!({ "ttl": "0s" }), 422, "invalid_value", "/ttl", "5m"),
        (
            json!({ "ttl": "32d" }),
            422,
            "invalid_value",
            "/ttl",
            "month",
        ),
        (
            json!({ "scenario": "defualt" }),
            422,
            "unknown_name",
            "/scenario",
            "default",
        ),
        (
            json!({ "scenario": 7 }),
            422,
            "invalid_value",
            "/scenario",
            "name",
        ),
        (
            json!({ "scenario": { "version": 1, "nmae": "x" } }),
            422,
            "unknown_name",
            "/scenario/nmae",
            "nmae",
        ),
    ] {
        let answer = bank.operator().post("/banks", &order);
        let problem: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer.status(), status, "{order}: {problem}");
        assert_eq!(problem["code"], code, "{order}: {problem}");
        assert_eq!(
            problem["pointer"].as_str().unwrap_or_default(),
            pointer,
            "{order}"
        );
        assert!(problem.to_string().contains(told), "{order}: {problem}");
    }
    assert_eq!(names(&bank), ["main", "taken"]);
}

fn names(bank: &TestBank) -> Vec<String> {
    let list = bank.operator().get("/banks");
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["bank"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_scenario_may_be_written_out_in_the_order() {
    let main = TestBank::open();
    let json = json!({ "version": 1, "name": "tiny", "bank": { "seed": 9 } });
    let yaml = "version: 1\nname: small\nbank: {clock: 2031-01-01T00:00:00Z}\n";
    for (scenario, name) in [
        (json, "tiny"),
        (json!(yaml), "small"),
        (json!("docs"), "docs"),
    ] {
        let other = main.beside(&json!({ "scenario": scenario, "at": "path" }));
        assert_eq!(other.operator().get("/ready")["scenario"], name);
    }
}

#[test]
fn a_closed_bank_is_gone_and_only_it() {
    let main = TestBank::open();
    let (one, other) = (main.beside(&json!({})), main.beside(&json!({})));
    let delete = |path: &str| {
        main.operator()
            .send(Operator::request(Method::DELETE, path))
            .status()
    };
    for (path, status) in [
        ("/banks/none", 404),
        ("/banks/main", 409),
        ("/banks/bank-1", 204),
        ("/banks/bank-1", 404),
        ("/banks/bank-2/banks/other", 404),
        ("/banks/none/clients/acorn-budget", 404),
    ] {
        assert_eq!(delete(path), status, "{path}");
    }
    assert_eq!(names(&main), ["main", "bank-2"]);
    let answer = one.stranger().get("/.well-known/jwks.json").send_raw();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    other.jwks();
    assert_eq!(
        main.beside(&json!({})).name(),
        "bank-3",
        "no number is given twice"
    );
    let nested = other.operator().post("/banks", &json!({}));
    assert_eq!(
        nested.status(),
        StatusCode::NOT_FOUND,
        "a bank opens no banks"
    );
}

/// Goal: two hundred banks at once, by port and by path, called all at the same time over real sockets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_banks_at_once_see_nothing_of_each_other() {
    let bank = hamsterbank::Bank::builder().start().unwrap();
    let http = client(&bank);
    let tiny = json!({ "version": 1, "name": "tiny" });
    let control = bank.control_url().to_owned();
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..200_u32 {
        let at = if number % 2 == 0 { "path" } else { "port" };
        let order =
            json!({ "scenario": tiny, "at": at, "seed": number, "name": format!("test-{number}") });
        let (http, url) = (http.clone(), format!("{control}/banks"));
        calls.spawn(async move { be_a_test_of_its_own(&http, &url, &order, number).await });
    }
    let ready = calls.join_all().await;
    let list: Value = http
        .get(format!("{control}/banks"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 201);
    for ready in &ready {
        let url = format!("{control}/banks/{}", ready["bank"].as_str().unwrap());
        let answer = http.delete(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    for ready in &ready {
        let discovery = ready["discovery_url"].as_str().unwrap();
        let answer = http.get(discovery).send().await;
        let is_gone = answer.is_ok_and(|answer| answer.status() == StatusCode::NOT_FOUND);
        assert_eq!(is_gone, discovery.contains("/b/"), "{discovery}");
    }
}

async fn be_a_test_of_its_own(
    http: &reqwest::Client,
    url: &str,
    order: &Value,
    number: u32,
) -> Value {
    let answer = http.post(url).json(order).send().await.unwrap();
    assert_eq!(
        answer.status(),
        StatusCode::CREATED,
        "{}",
        answer.text().await.unwrap()
    );
    let ready: Value = answer.json().await.unwrap();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let (issuer, control) = (text("issuer"), text("control_url"));
    let calls = number % 5 + 1;
    for _ in 0..calls {
        let answer = http
            .get(format!("{issuer}/.well-known/openid-configuration"))
            .send()
            .await
            .unwrap();
        let discovery: Value = answer.json().await.unwrap();
        assert_eq!(discovery["issuer"], issuer);
    }
    let moved = json!({ "set": format!("{}-01-01T00:00:00Z", 2030 + number % 100) });
    let moved = http
        .post(format!("{control}/clock"))
        .json(&moved)
        .send()
        .await
        .unwrap();
    let moved: Value = moved.json().await.unwrap();
    assert_eq!(
        moved["to"],
        format!("{}-01-01T00:00:00Z", 2030 + number % 100)
    );
    let count = http
        .get(format!("{control}/requests?count=true"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        count.json::<Value>().await.unwrap()["count"],
        calls,
        "{issuer}"
    );
    ready
}

fn client(bank: &hamsterbank::Bank) -> reqwest::Client {
    let tpp = bank.client("acorn-budget");
    let tls = (*tpp.rustls_config().unwrap()).clone();
    let builder = reqwest::Client::builder().use_preconfigured_tls(tls);
    builder.no_proxy().build().unwrap()
}

/// Goal: what a bank wrote goes with it, and so does a bank that was opened for a while.
#[tokio::test]
async fn a_bank_for_a_while_closes_by_itself_and_takes_its_files_along() {
    let bank = hamsterbank::Bank::builder().with_files().start().unwrap();
    let http = client(&bank);
    let banks = format!("{}/banks", bank.control_url());
    // The shortest while there is ends too.
    let short = json!({ "ttl": "1ms" });
    let answer = http.post(&banks).json(&short).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let order = json!({ "ttl": "300ms" });
    let answer = http.post(&banks).json(&order).send().await.unwrap();
    let ready: Value = answer.json().await.unwrap();
    let client = &ready["clients"][0];
    let file = client["transport_cert_file"].as_str().unwrap().to_owned();
    let own = bank.ready()["clients"][0]["transport_cert_file"]
        .as_str()
        .unwrap();
    assert_ne!(file, own);
    assert_eq!(ready["ca_file"], bank.ready()["ca_file"]);
    // Asked again and again, since a while is real time; only a failing test asks for a minute.
    let ends = async {
        loop {
            let list: Value = http.get(&banks).send().await.unwrap().json().await.unwrap();
            if list["items"].as_array().unwrap().len() == 1 && !std::fs::exists(&file).unwrap() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), ends)
        .await
        .unwrap();
    assert!(std::fs::exists(own).unwrap());
}

#[tokio::test]
async fn a_port_may_be_chosen_and_is_free_again_once_its_bank_is_closed() {
    let bank = hamsterbank::Bank::builder().start().unwrap();
    let http = client(&bank);
    let banks = format!("{}/banks", bank.control_url());
    let taken = port_of(bank.issuer());
    let answer = http
        .post(&banks)
        .json(&json!({ "port": taken }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(
        answer.json::<Value>().await.unwrap()["code"],
        "address_unavailable"
    );
    let first: Value = http
        .post(&banks)
        .json(&json!({}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let port = port_of(first["issuer"].as_str().unwrap());
    let close = async |name: &str| {
        let answer = http.delete(format!("{banks}/{name}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{name}");
    };
    close(first["bank"].as_str().unwrap()).await;
    for name in ["first", "second"] {
        assert!(!port_is_open(port));
        let order = json!({ "port": port, "name": name });
        let answer = http.post(&banks).json(&order).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert!(port_is_open(port));
        close(name).await;
    }
}

fn port_of(url: &str) -> u16 {
    url.rsplit_once(':').unwrap().1.parse().unwrap()
}

fn port_is_open(port: u16) -> bool {
    std::net::TcpStream::connect(("localhost", port)).is_ok()
}

/// RFC 3986, section 5: `next` is resolved against the address that was asked, and so has to say which bank.
#[test]
fn the_next_page_of_a_bank_is_a_page_of_that_bank() {
    let main = TestBank::open();
    let other = main.beside(&json!({ "name": "other", "seed": 7 }));
    other.stranger().get("/.well-known/jwks.json").send().ok();
    other
        .stranger()
        .get("/.well-known/openid-configuration")
        .send()
        .ok();
    let ids = |page: &Value, of: &str| page["items"][0][of].as_str().map(str::to_owned);
    for (asked, of) in [
        ("/accounts?limit=1", "account_id"),
        ("/customers?limit=1", "customer_id"),
        (
            "/accounts/acc_1234567890/transactions?limit=1&status=booked",
            "transaction_id",
        ),
        ("/requests?limit=1&kind=request", "id"),
    ] {
        let whole = other.operator().get(&asked.replace("limit=1", "limit=2"));
        for (prefix, bank) in [("/banks/other", &main), ("/banks/main", &main), ("", &main)] {
            let first = bank.operator().get(&format!("{prefix}{asked}"));
            let Some(next) = first["next"].as_str() else {
                assert!(asked.starts_with("/requests") && prefix != "/banks/other");
                continue;
            };
            let path = asked.split_once('?').unwrap().0;
            assert!(next.starts_with(&format!("{prefix}{path}?")), "{next}");
            let second = bank.operator().get(next);
            assert_ne!(ids(&second, of), ids(&first, of), "{next}");
            if prefix == "/banks/other" {
                assert_eq!(second["items"][0], whole["items"][1], "{next}");
            }
        }
    }
}
