//! GET `/requests.har`: an HTTP archive as developer tools read it, without secrets.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Operator, TestBank, Way};

/// HAR 1.2, as far as its description demands something of a member.
fn schema() -> Value {
    let pairs = json!({ "type": "array", "items": {
        "type": "object", "required": ["name", "value"],
        "properties": { "name": { "type": "string" }, "value": { "type": "string" } },
    } });
    let time = json!({ "type": "number", "minimum": 0 });
    let text = json!({ "type": "string" });
    let whole = json!({ "type": "integer", "minimum": -1 });
    json!({
        "type": "object", "required": ["log"],
        "properties": { "log": {
            "type": "object", "required": ["version", "creator", "entries"],
            "properties": {
                "version": { "const": "1.2" },
                "creator": { "required": ["name", "version"] },
                "entries": { "type": "array", "items": {
                    "type": "object",
                    "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
                    "properties": {
                        "startedDateTime": { "type": "string", "format": "date-time" },
                        "time": time,
                        "request": {
                            "type": "object",
                            "required": ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"],
                            "properties": {
                                "method": text, "url": { "type": "string", "pattern": "^https?://" },
                                "httpVersion": { "type": "string", "pattern": "^HTTP/" },
                                "cookies": pairs, "headers": pairs, "queryString": pairs,
                                "headersSize": whole, "bodySize": whole,
                                "postData": {
                                    "type": "object", "required": ["mimeType", "params", "text"],
                                    "properties": { "mimeType": text, "params": pairs, "text": text },
                                },
                            },
                        },
                        "response": {
                            "type": "object",
                            "required": ["status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"],
                            "properties": {
                                "status": { "type": "integer", "minimum": 0 }, "statusText": text,
                                "httpVersion": text, "cookies": pairs, "headers": pairs,
                                "content": {
                                    "type": "object", "required": ["size", "mimeType"],
                                    "properties": { "size": whole, "mimeType": text, "text": text },
                                },
                                "redirectURL": text, "headersSize": whole, "bodySize": whole,
                            },
                        },
                        "cache": { "type": "object" },
                        "timings": {
                            "type": "object", "required": ["send", "wait", "receive"],
                            "properties": { "send": time, "wait": time, "receive": time },
                        },
                    },
                } },
            },
        } },
    })
}

fn entries(bank: &TestBank, filter: &str) -> Vec<Value> {
    let archive = bank.operator().get(&format!("/requests.har?{filter}"));
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let faults: Vec<_> = validator
        .iter_errors(&archive)
        .map(|error| error.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    archive["log"]["entries"].as_array().unwrap().clone()
}

#[test]
fn an_archive_is_what_developer_tools_read() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    grant.get("/accounts?page_size=5").send().ok();
    let _ = bank.stranger().get("/nowhere").send();
    let all = entries(&bank, "");
    assert_eq!(all.len(), bank.operator().requests("").len());
    let accounts = entries(&bank, "route=banking");
    let [accounts] = accounts.as_slice() else {
        panic!("{accounts:#?}")
    };
    let url = format!("{}/open-banking/v1/accounts?page_size=5", bank.issuer());
    assert_eq!(accounts["request"]["url"], url);
    assert_eq!(
        accounts["request"]["queryString"],
        json!([{ "name": "page_size", "value": "5" }])
    );
    assert_eq!(accounts["response"]["status"], 200);
    let text = accounts["response"]["content"]["text"].as_str().unwrap();
    assert!(text.contains("account_id"), "{text}");
    let token = &entries(&bank, "route=oauth.token&limit=1")[0];
    let params = token["request"]["postData"]["params"].to_string();
    assert!(params.contains("client_credentials"), "{params}");
    let redirect = &entries(&bank, "route=oauth.authorize")[0];
    let to = redirect["response"]["redirectURL"].as_str().unwrap();
    assert!(to.starts_with("https://localhost:9443/callback"), "{to}");
    let lost = &entries(&bank, "status=404")[0];
    assert!(
        lost["comment"].as_str().unwrap().contains("request.path"),
        "{lost}"
    );
}

#[test]
fn no_secret_leaves_in_an_archive() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let consent = acorn.create_consent(&["ReadAccounts"]);
    let request = acorn.request(Way::PUSHED_JARM, &consent);
    let code = acorn.code_for(Way::PUSHED_JARM, &request);
    let tokens = acorn.exchange(&code, &request).send().ok();
    let archive = bank.operator().get("/requests.har").to_string();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    for secret in [
        text("access_token"),
        text("refresh_token"),
        code,
        request.verifier,
    ] {
        assert!(!archive.contains(&secret), "{secret}");
    }
    assert!(archive.contains("sha256:"));
}

#[test]
fn an_archive_has_the_filters_of_the_list_and_no_others() {
    let bank = TestBank::open();
    let send = |target: &str| {
        let answer = bank.operator().send(Operator::request(Method::GET, target));
        answer.status().as_u16()
    };
    assert_eq!(
        send("/requests.har?client_id=acorn-budget&since=0&limit=5"),
        200
    );
    for target in [
        "/requests.har?wait=1s",
        "/requests.har?count=true",
        "/requests.har?route=oauth.tokn",
    ] {
        assert_eq!(send(target), 422, "{target}");
    }
}
