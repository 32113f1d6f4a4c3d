//! The bank in a Rust test: a customer's grant in a line, and the control API as methods.

mod asynchronous;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hamsterbank::{Bank, InMemoryBank};
use serde_json::{Value, json};
use time::Duration;

fn bank() -> Bank {
    Bank::builder().start().expect("free loopback ports")
}

/// What a test that fails in `run` is told.
fn failure(run: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("a failing test");
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.expect("a message").to_owned()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
}

#[test]
fn every_client_gets_tokens_in_both_flows_and_the_journal_knows_each_step() {
    let bank = bank();
    for client_id in ["acorn-budget", "burrow-pay", "clover-check"] {
        let tpp = bank.client(client_id);
        let asked = || tpp.grant().customer("hazel");
        for tokens in [
            asked().accounts().unwrap(),
            asked().hybrid().accounts().unwrap(),
        ] {
            assert!(tokens.refresh_token().is_some());
            let consents = bank.consents().list().unwrap();
            let consent = consents
                .iter()
                .find(|it| it["consent_id"] == tokens.consent_id());
            assert_eq!(consent.unwrap()["status"], "authorized");
        }
        for (route, count) in [("oauth.par", 2), ("oauth.authorize", 2), ("oauth.token", 4)] {
            let asked = bank.requests().client_id(client_id).route(route);
            assert_eq!(asked.verdict("ok").count(), count, "{client_id} {route}");
        }
    }
}

#[test]
fn a_payment_and_a_look_at_funds_are_granted_as_accounts_are() {
    let bank = bank();
    let tpp = bank.client("burrow-pay");
    let debtor = json!({ "scheme": "SortCodeAccountNumber", "id": "608371-12345678" });
    let funds = tpp.grant().customer("hazel").funds(debtor).unwrap();
    let payment = tpp.grant().customer("hazel").payment(json!({
        "payment_type": "domestic",
        "instruction": {
            "instruction_identification": "ORDER-1",
            "end_to_end_identification": "E2E-1",
            "local_instrument": "fps",
            "instructed_amount": { "amount": "10.00", "currency": "GBP" },
            "creditor_account": { "scheme": "SortCodeAccountNumber", "id": "202015-55555555", "name": "Acorn Stores" },
        },
    }));
    assert_eq!(payment.unwrap().subject(), funds.subject());
}

#[test]
fn a_grant_that_ends_early_says_at_which_step_and_why() {
    let bank = bank();
    let tpp = bank.client("acorn-budget");
    let rejecting = Bank::builder()
        .scenario("rejected-consent")
        .start()
        .unwrap();
    let rejected = rejecting.client("acorn-budget");
    for (step, reason, ended) in [
        (
            "the customer's visit",
            "login_hint",
            tpp.grant().customer("nobody").accounts(),
        ),
        (
            "the customer's visit",
            "access_denied",
            rejected.grant().accounts(),
        ),
        (
            "the consent",
            "permissions/0",
            tpp.grant().permissions(&["ReadEverything"]).accounts(),
        ),
        (
            "the consent",
            "debtor_account",
            tpp.grant().funds(json!("mine")),
        ),
        (
            "the pushed authorization request",
            "redirect_uri",
            tpp.grant().redirect_uri("https://evil.test/").accounts(),
        ),
    ] {
        let error = ended.unwrap_err();
        assert_eq!(error.step(), step);
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn a_grant_can_be_asked_for_inside_of_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let bank = bank();
    runtime.block_on(async {
        assert!(bank.client("acorn-budget").grant().accounts().is_ok());
        assert_eq!(bank.requests().route("oauth.authorize").count(), 1);
    });
}

#[test]
fn a_bank_in_memory_has_nobody_to_grant_anything() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    let error = bank.client("acorn-budget").grant().accounts().unwrap_err();
    assert_eq!(error.step(), "discovery");
    assert!(error.to_string().contains("in memory"), "{error}");
}

#[test]
fn what_a_test_misspells_ends_it_with_what_would_have_been_right() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    let told = failure(|| drop(bank.client("acorn")));
    assert!(
        told.contains("\"acorn\"") && told.contains("acorn-budget"),
        "{told}"
    );
    let told = failure(|| assert_eq!(bank.requests().route("oauth.tokens").count(), 0));
    assert!(told.ends_with("did you mean oauth.token?"), "{told}");
    let told = failure(|| drop(bank.clock().advance(Duration::days(-1))));
    assert!(told.contains("/advance"), "{told}");
    let told = failure(|| drop(bank.requests().wait(1, Duration::ZERO)));
    assert!(
        told.contains("0 entries that fit, expected at least 1"),
        "{told}"
    );
}

#[test]
fn a_refusal_is_the_control_apis_own() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    let refused = [
        (bank.clients().get("acorn").unwrap_err(), 404, "not_found"),
        (
            bank.clients().create(json!({ "nmae": "x" })).unwrap_err(),
            422,
            "unknown_name",
        ),
        (
            bank.consents().create(json!({})).unwrap_err(),
            422,
            "invalid_value",
        ),
        (
            bank.consents()
                .decide("nope", json!({ "decision": "approve" }))
                .unwrap_err(),
            404,
            "not_found",
        ),
        (bank.tokens().expire("a/b?c").unwrap_err(), 404, "not_found"),
        (
            bank.payments().status("nope", json!({})).unwrap_err(),
            404,
            "not_found",
        ),
        (
            bank.journeys()
                .arm(json!({ "play": "nothing" }))
                .unwrap_err(),
            422,
            "unknown_name",
        ),
        (
            bank.onboard(json!({ "name": 7 })).unwrap_err(),
            422,
            "invalid_value",
        ),
        (
            bank.rotate_keys(json!({ "alg": "none" })).unwrap_err(),
            422,
            "invalid_value",
        ),
        (bank.clock().rate(0).unwrap_err(), 422, "invalid_value"),
        (
            bank.clock()
                .set(bank.clock().now() - Duration::DAY)
                .unwrap_err(),
            422,
            "invalid_value",
        ),
        (
            bank.banks()
                .open(json!({ "scenario": "defualt" }))
                .unwrap_err(),
            422,
            "unknown_name",
        ),
    ];
    for (refused, status, code) in refused {
        assert_eq!(
            (refused.status(), refused.code()),
            (status, code),
            "{refused}"
        );
    }
}

#[test]
fn a_refusal_tells_the_nearest_name() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    let misspelt = bank.clients().create(json!({ "nmae": "x" })).unwrap_err();
    assert_eq!(misspelt.problem()["nearest"], "name");
    assert!(
        misspelt.to_string().ends_with("did you mean name?"),
        "{misspelt}"
    );
}

#[test]
fn further_banks_are_steered_like_the_main_one_and_see_nothing_of_each_other() {
    let main = bank();
    let open = |at| main.banks().open(json!({ "at": at })).unwrap();
    for bank in [open("port"), open("path")] {
        bank.health().unwrap();
        assert!(bank.client("acorn-budget").grant().accounts().is_ok());
        let moved = bank.clock().advance(Duration::days(31));
        assert_eq!((moved.to() - moved.from()).whole_days(), 31);
        assert!(!moved.fired().is_empty());
        assert_eq!(bank.requests().route("oauth").count(), 6);
        bank.close().unwrap();
    }
    assert_eq!(main.requests().count(), 0);
    assert_eq!(main.banks().list().unwrap().len(), 1);
    let main = main.banks().get("main").unwrap();
    assert_eq!(main.close().unwrap_err().code(), "main_bank");
}

/// Goal: whoever watches the bank sees its clock stopped and let go by a test as by anybody.
#[test]
fn a_clock_that_is_stopped_and_let_go_tells_of_it() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    let told = || {
        let events = bank.events("0").unwrap();
        events.matches("event: clock\n").count()
    };
    let stopped = bank.clock().freeze();
    assert_eq!((told(), stopped.from()), (1, stopped.to()));
    let fast = bank.clock().rate(1_000_000).unwrap();
    assert_eq!((told(), fast.from()), (2, stopped.to()));
    let slow = bank.clock().follow();
    assert_eq!(told(), 3);
    assert!(slow.from() >= fast.to() && slow.to() >= slow.from());
    assert_eq!(bank.clock().get().unwrap()["mode"], "follow");
}

#[test]
fn a_list_is_whole_whatever_the_size_of_its_pages() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    for _ in 0..201 {
        bank.tokens()
            .create(json!({ "client_id": "acorn-budget" }))
            .unwrap();
    }
    assert_eq!(bank.tokens().list().unwrap().len(), 201);
}

#[test]
fn everything_the_operator_does_is_a_method_too() {
    let bank = InMemoryBank::builder().in_memory().unwrap();
    bank.health().unwrap();
    let before = bank.snapshot().unwrap();
    let consent = bank.consents().create(json!({
        "client_id": "acorn-budget", "customer_id": "hazel", "consent_type": "account-access",
        "permissions": ["ReadAccounts"],
    }));
    let consent = consent.unwrap();
    let id = text(&consent, "consent_id");
    let token = bank
        .tokens()
        .create(json!({ "client_id": "acorn-budget", "consent_id": id }))
        .unwrap();
    bank.tokens().revoke(text(&token, "token_id")).unwrap();
    bank.consents().age(id, Duration::days(91)).unwrap();
    let rule = bank.journeys().list().unwrap();
    assert!(rule.is_empty() && bank.journeys().pending().unwrap().is_empty());
    bank.journeys().clear().unwrap();
    assert!(!bank.checks().unwrap().is_empty());
    assert!(bank.payments().list().unwrap().is_empty());
    assert_eq!(bank.clock().get().unwrap()["mode"], "follow");
    bank.clock().freeze();
    assert_eq!(bank.clock().get().unwrap()["mode"], "frozen");
    bank.clock().follow();
    bank.clock().rate(60).unwrap();
    bank.clients().delete("clover-check").unwrap();
    before.restore().unwrap();
    assert!(bank.consents().list().unwrap().is_empty());
    assert!(bank.clients().get("clover-check").is_ok());
    let id = before.id().to_owned();
    before.delete();
    bank.reset().unwrap();
    bank.requests().clear().unwrap();
    assert!(bank.requests().get(&id).is_err());
    assert!(bank.requests().list().unwrap().is_empty());
}
