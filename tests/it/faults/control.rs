//! `/faults` of the control API: rules are armed, told, replaced and taken out; what is wrong is refused.

use http::Method;
use serde_json::{Value, json};

use super::{arm, arm_always, counts, operate, told};
use crate::support::{TestBank, Variant};

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn discover(bank: &TestBank) -> bool {
    let document = bank.stranger().get(DISCOVERY).send().ok();
    document["issuer"] == bank.issuer()
}

#[test]
fn a_rule_is_armed_told_and_taken_out() {
    let bank = TestBank::open();
    let rule = json!({
        "name": "mix-up", "when": {"route": "oauth", "times": 2},
        "then": [{"fault": "discovery.issuer_mismatch.suffix"}],
    });
    let id = arm(&bank, &rule);
    assert_eq!(id, "fault_0000000001");
    let fresh = told(&bank, &id);
    assert_eq!(
        fresh,
        json!({
            "id": id, "name": "mix-up", "when": rule["when"], "then": rule["then"],
            "source": "control", "matched": 0, "fired": 0, "remaining": 2, "request_ids": [],
        })
    );
    let unfired = bank.operator().get("/faults?state=unfired");
    assert_eq!(unfired["items"], json!([fresh]));
    let entry = bank.stranger().get(DISCOVERY).send();
    let request = entry.entry()["id"].clone();
    assert_eq!(entry.fired(), ["discovery.issuer_mismatch.suffix"]);
    let fired = told(&bank, &id);
    assert_eq!(
        (&fired["fired"], &fired["remaining"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(fired["request_ids"], json!([request]));
    assert_eq!(
        bank.operator().get("/faults?state=unfired")["items"],
        json!([])
    );
    assert!(!discover(&bank));
    assert!(discover(&bank), "twice, and no more");
    assert_eq!(counts(&bank, &id), (3, 2));
    let target = format!("/faults/{id}");
    assert_eq!(operate(&bank, Method::DELETE, &target).status(), 204);
    assert_eq!(operate(&bank, Method::DELETE, &target).status(), 404);
    assert_eq!(operate(&bank, Method::GET, &target).status(), 404);
    let release = format!("{target}/release");
    assert_eq!(operate(&bank, Method::POST, &release).status(), 404);
}

#[test]
fn a_reset_takes_rules_and_counters_back_to_the_scenario() {
    let yaml = "faults:\n  - name: once\n    when: {times: 1}\n    \
                then: [{fault: discovery.issuer_mismatch.suffix}]";
    let bank = TestBank::varied(&Variant::default().top(yaml));
    let id = "fault_0000000001";
    assert_eq!(told(&bank, id)["source"], "scenario");
    let other = arm_always(&bank, "token.error");
    assert!(!discover(&bank));
    assert_eq!(counts(&bank, id), (1, 1));
    assert_eq!(bank.operator().post("/reset", &json!({})).status(), 200);
    bank.look_again();
    assert_eq!(counts(&bank, id), (0, 0));
    assert_eq!(
        operate(&bank, Method::GET, &format!("/faults/{other}")).status(),
        404
    );
    assert_eq!(operate(&bank, Method::DELETE, "/faults").status(), 204);
    assert!(discover(&bank));
}

/// Goal: who holds a rule's id never finds another rule behind it: not after a reset, and not when another scenario
/// has another list.
#[test]
fn an_id_is_of_one_rule_for_good() {
    let faults = |names: &[&str]| {
        let rules = names.iter().map(
            |name| json!({"name": name, "when": "always", "then": [{"fault": "http.empty_200"}]}),
        );
        json!({"version": 1, "name": "x", "extends": "default", "faults": rules.collect::<Vec<_>>()})
    };
    let bank = TestBank::open();
    let put = |names: &[&str]| {
        let answer = bank
            .operator()
            .call(Method::PUT, "/scenario", &faults(names));
        assert_eq!(answer.status(), 200);
        bank.look_again();
        let told = bank.operator().get("/faults");
        let items = told["items"].as_array().unwrap().clone();
        let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        let pairs = items
            .iter()
            .map(|item| (text(item, "name"), text(item, "id")));
        pairs.collect::<Vec<_>>()
    };
    let pair = |name: &str, number: u64| (name.to_owned(), format!("fault_{number:010}"));
    assert_eq!(put(&["a", "b"]), [pair("a", 1), pair("b", 2)]);
    // The same beginning keeps its ids; from the first difference on all are new.
    assert_eq!(put(&["a", "c"]), [pair("a", 1), pair("c", 3)]);
    assert_eq!(put(&["z", "a"]), [pair("z", 4), pair("a", 5)]);
    let by_hand = arm_always(&bank, "token.error");
    assert_eq!(by_hand, "fault_0000000006");
    assert_eq!(bank.operator().post("/reset", &json!({})).status(), 200);
    bank.look_again();
    assert_eq!(told(&bank, "fault_0000000004")["name"], "z");
    assert_eq!(arm_always(&bank, "token.error"), "fault_0000000007");
}

#[test]
fn put_replaces_all_of_them_or_none() {
    let bank = TestBank::open();
    arm_always(&bank, "token.error");
    let put = |items: Value| {
        let body = json!({ "items": items });
        bank.operator().call(Method::PUT, "/faults", &body)
    };
    let good = json!({"when": "always", "then": [{"fault": "discovery.issuer_mismatch.suffix"}]});
    let answer = put(json!([good, {"when": "always", "then": []}]));
    assert_eq!(answer.status(), 422);
    let problem: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(problem["pointer"], "/items/1/then");
    assert!(discover(&bank));
    let named = json!({"name": "a", "when": "always", "then": good["then"]});
    let problem = put(json!([named, named]));
    assert_eq!(problem.status(), 422);
    assert_eq!(put(json!({})).status(), 422);
    assert_eq!(put(json!([good])).status(), 200);
    assert!(!discover(&bank));
    let items = bank.operator().get("/faults")["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!(items[0]["then"], good["then"]);
}

#[test]
fn a_rule_that_could_not_fire_is_refused_with_what_is_near() {
    let bank = TestBank::open();
    arm(
        &bank,
        &json!({"name": "taken", "when": "always", "then": [{"fault": "token.error"}]}),
    );
    let then = json!([{"fault": "token.expired_early"}]);
    for (rule, pointer, nearest) in [
        (
            json!({"when": "always", "then": [{"fault": "token.expird_early"}]}),
            "/then/0/fault",
            Some("token.expired_early"),
        ),
        (
            json!({"when": {"route": "banking.acounts"}, "then": then}),
            "/when/route",
            Some("banking.accounts"),
        ),
        (
            json!({"when": {"route": "oauth.token"}, "then": then}),
            "/when/route",
            None,
        ),
        (
            json!({"when": {"client": "x"}, "then": then}),
            "/when/client",
            Some("client_id"),
        ),
        (
            json!({"when": {"client_id": "acorn-budgt"}, "then": then}),
            "/when/client_id",
            Some("acorn-budget"),
        ),
        (
            json!({"when": {"customer_id": "hasel"}, "then": then}),
            "/when/customer_id",
            Some("hazel"),
        ),
        (json!({"when": {}, "then": then}), "/when", None),
        (
            json!({"name": "taken", "when": "always", "then": then}),
            "/name",
            None,
        ),
        (json!([]), "", None),
    ] {
        let answer = bank.operator().post("/faults", &rule);
        assert_eq!(answer.status(), 422, "{rule}");
        let problem: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(problem["pointer"], pointer, "{rule}");
        assert_eq!(problem["nearest"].as_str(), nearest, "{rule}: {problem}");
        assert!(problem["expected"].is_string(), "{rule}");
    }
    for target in ["/faults?state=fired", "/faults?stat=unfired"] {
        assert_eq!(
            operate(&bank, Method::GET, target).status(),
            422,
            "{target}"
        );
    }
    assert_eq!(
        bank.operator().get("/faults")["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn another_bank_has_rules_of_its_own() {
    let bank = TestBank::open();
    let beside = bank.beside(&json!({"at": "path"}));
    arm_always(&beside, "discovery.issuer_mismatch.suffix");
    assert!(discover(&bank));
    assert!(!discover(&beside));
}

#[test]
fn the_catalogue_tells_every_fault_whole() {
    let bank = TestBank::open();
    let catalogue = bank.operator().get("/faults/catalogue");
    let items = catalogue["items"].as_array().unwrap();
    let find = |id: &str| items.iter().find(|entry| entry["id"] == id).unwrap();
    assert_eq!(
        find("token.lifetime")["parameters"],
        json!([{
            "name": "seconds", "type": "integer", "default": 5,
            "about": "How long it lives; never longer than the consent.",
        }])
    );
    for entry in items {
        let told = entry
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>();
        let members = [
            "id",
            "family",
            "summary",
            "parameters",
            "clause",
            "right_client",
            "routes",
            "leaves_state",
        ];
        assert_eq!(told, members);
    }
}
