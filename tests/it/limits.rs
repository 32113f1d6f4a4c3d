//! Limits: whoever asks for too much is told so, and nobody else loses anything by it.

use http::Method;
use serde_json::{Value, json};

use crate::banking::payments::{authorized, domestic};
use crate::support::{Call, Grant, Landing, Response, TestBank, Tpp, Way};

/// What each client may keep in these tests; how much it is otherwise, the stores' own tests tell.
const KEPT_MAX: usize = 20;

/// One thing a client can have too much of.
struct Flood {
    what: &'static str,
    /// One more of it; none is refused before the limit is reached.
    one_more: fn(&Tpp<'_>) -> u16,
    /// One more, looked at: it is refused.
    refused: fn(&Tpp<'_>) -> Response,
    /// After so much time there is room again.
    room_after: Option<&'static str>,
}

const OUTSTANDING: (&str, &str) = ("temporarily_unavailable", "limit.outstanding");

/// Consents and codes are refused in other words; they have tests of their own.
const FLOODS: [Flood; 3] = [
    Flood {
        what: "pushed requests",
        one_more: |tpp| push(tpp).send_unwatched(),
        refused: |tpp| push(tpp).send(),
        room_after: Some("91s"),
    },
    Flood {
        what: "access tokens",
        one_more: |tpp| credentials(tpp).send_unwatched(),
        refused: |tpp| credentials(tpp).send(),
        room_after: Some("301s"),
    },
    Flood {
        what: "identifiers of client assertions",
        one_more: |tpp| introspect(tpp).send_unwatched(),
        refused: |tpp| introspect(tpp).send(),
        room_after: None,
    },
];

fn push<'a>(tpp: &Tpp<'a>) -> Call<'a> {
    tpp.push(&tpp.request(Way::PUSHED_HYBRID, "consent_ais_any"))
}

fn credentials<'a>(tpp: &Tpp<'a>) -> Call<'a> {
    tpp.token([("grant_type", "client_credentials")])
}

fn introspect<'a>(tpp: &Tpp<'a>) -> Call<'a> {
    tpp.post("/oauth/introspect", &tpp.form([("token", "any")]))
}

/// Goal: for each kind, the first client is refused at its limit and told when to come back; the second
/// still goes all the way from a consent to accounts, and what it had before is still there.
#[test]
fn a_client_s_flood_takes_nothing_from_another() {
    for flood in FLOODS {
        println!("{}", flood.what);
        let bank = TestBank::keeping(KEPT_MAX);
        // One client signs assertions, the other has none to be remembered.
        let (first, second) = match flood.what {
            "identifiers of client assertions" => ("acorn-budget", "clover-check"),
            _ => ("burrow-pay", "acorn-budget"),
        };
        let (first, second) = (bank.tpp(first), bank.tpp(second));
        let before = second.grant(&["ReadAccounts"]);
        for _ in 0..KEPT_MAX {
            assert!((flood.one_more)(&first) < 300, "{}", flood.what);
        }
        let refused = (flood.refused)(&first);
        assert_eq!(refused.header("retry-after"), Some("60"));
        let (code, rule) = OUTSTANDING;
        refused.refused(429, code, rule);
        before.get("/accounts").send().ok();
        second.grant(&["ReadAccounts"]).get("/accounts").send().ok();
        if let Some(life) = flood.room_after {
            bank.operator().advance_clock(life);
            assert!((flood.one_more)(&first) < 300, "{}", flood.what);
        }
    }
}

/// Goal: the same for consents, of which the ended ones make room.
#[test]
fn a_client_s_flood_of_consents_takes_nothing_from_another() {
    let bank = TestBank::keeping(KEPT_MAX);
    let (burrow, acorn) = (bank.tpp("burrow-pay"), bank.tpp("acorn-budget"));
    let before = acorn.grant(&["ReadAccounts"]);
    let token = burrow.client_credentials("consents");
    let create = |token: &str| {
        let call = burrow.call(Method::POST, "/consents/account-access");
        let body = json!({ "permissions": ["ReadAccounts"] });
        call.bearer(token).json(&body).send()
    };
    let first = create(&token).created()["consent_id"].clone();
    for _ in 1..KEPT_MAX {
        let _ = create(&token).created();
    }
    let refused = create(&token);
    assert_eq!(refused.header("retry-after"), Some("60"));
    refused.refused(429, "rate_limit_exceeded", "limit.consents");
    // Whatever the type.
    let funds = json!({
        "debtor_account": { "scheme": "SortCodeAccountNumber", "id": "608371-12345678" },
    });
    let payment = domestic();
    for (consent_type, body) in [("funds-confirmation", funds), ("payment", payment)] {
        let call = burrow.post_consent_of(consent_type, &body).bearer(&token);
        let refused = call.send();
        assert_eq!(refused.header("retry-after"), Some("60"), "{consent_type}");
        refused.refused(429, "rate_limit_exceeded", "limit.consents");
    }
    before.get("/accounts").send().ok();
    acorn.grant(&["ReadAccounts"]).get("/accounts").send().ok();
    let path = format!("/consents/{}", first.as_str().unwrap());
    let deleted = burrow.call(Method::DELETE, &path).bearer(&token).send();
    deleted.empty(204);
    let _ = create(&token).created();
    let _ = create(&token).refused(429, "rate_limit_exceeded", "limit.consents");
    // Nobody approved the others in time.
    bank.operator().advance_clock("25h");
    let _ = create(&burrow.client_credentials("consents")).created();
}

/// Goal: the same for payments, of which the ended ones make room. Consents that were used up make room for
/// others, so it is the payments that are too many.
#[test]
fn a_client_s_flood_of_payments_takes_nothing_from_another() {
    let bank = TestBank::keeping(KEPT_MAX);
    let (burrow, acorn) = (bank.tpp("burrow-pay"), bank.tpp("acorn-budget"));
    let body = domestic();
    let pay = |tpp: &Tpp<'_>| authorized(tpp, &body).post("/payments", &body).send();
    let move_to = |id: &Value, status: &str| {
        let path = format!("/payments/{}/status", id.as_str().unwrap());
        let moved = bank
            .operator()
            .post(&path, &json!({ "status_code": status }));
        assert_eq!(moved.status(), 200, "{status}");
    };
    let before = pay(&acorn).created()["data"]["payment_id"].clone();
    let mut first = None;
    for _ in 0..KEPT_MAX {
        let id = pay(&burrow).created()["data"]["payment_id"].clone();
        // It goes no further by itself.
        move_to(&id, "ACTC");
        first.get_or_insert(id);
        // The tokens of this journey are gone by then.
        bank.operator().advance_clock("6m");
    }
    let refused = pay(&burrow);
    assert_eq!(refused.header("retry-after"), Some("60"));
    refused.refused(429, "rate_limit_exceeded", "limit.payments");
    let _ = pay(&acorn).created();
    let grant = acorn.client_credentials("payments");
    let path = format!("/open-banking/v1/payments/{}", before.as_str().unwrap());
    acorn.call(Method::GET, &path).bearer(&grant).send().ok();
    move_to(&first.unwrap(), "RJCT");
    bank.operator().advance_clock("6m");
    let _ = pay(&burrow).created();
}

/// Goal: whoever has its fill gets room by what is over, but never by what a request that comes again is answered
/// with: a key holds its payment and the consent it used up for a day, and then holds nothing.
#[test]
fn what_an_idempotency_key_stands_for_is_kept_as_long_as_the_key() {
    let bank = TestBank::keeping(KEPT_MAX);
    let burrow = bank.tpp("burrow-pay");
    let body = domestic();
    let operator = bank.operator();
    let pay = |key: Option<&str>| {
        let grant = authorized(&burrow, &body);
        let call = grant.post("/payments", &body);
        let paid = match key {
            Some(key) => call.header("x-idempotency-key", key).send().created(),
            None => call.send().created(),
        };
        // By then it has ended, and the tokens of this journey are gone.
        operator.advance_clock("6m");
        paid["data"]["payment_id"].clone()
    };
    // Newest first.
    let kept = || {
        let items = operator.get("/payments")["items"].clone();
        let ids = items.as_array().unwrap().iter();
        ids.map(|payment| payment["payment_id"].clone())
            .collect::<Vec<_>>()
    };
    let keyed = pay(Some("key-1"));
    let others: Vec<_> = (0..KEPT_MAX).map(|_| pay(None)).collect();
    let now_kept = kept();
    assert_eq!(now_kept.len(), KEPT_MAX);
    assert!(now_kept.contains(&keyed), "its key is two hours old");
    assert!(!now_kept.contains(&others[0]), "the next oldest went");
    let consents = operator.get("/consents?limit=100")["items"].clone();
    let consents = consents.as_array().unwrap().iter();
    let consents: Vec<_> = consents.map(|it| &it["consent_id"]).collect();
    assert_eq!(consents.len(), KEPT_MAX);
    let path = format!("/open-banking/v1/payments/{}", keyed.as_str().unwrap());
    let token = burrow.client_credentials("payments");
    let shown = burrow.call(Method::GET, &path).bearer(&token).send().ok();
    assert!(
        consents.contains(&&shown["data"]["consent_id"]),
        "without its consent nobody could ask again"
    );
    // A key that is a day old holds nothing.
    operator.advance_clock("24h");
    pay(None);
    assert!(!kept().contains(&keyed));
}

/// Goal: what is kept for keys alone fills a client's room, and it is told so; a day later there is room again.
#[test]
fn a_client_whose_keys_hold_all_it_may_keep_waits_until_they_are_forgotten() {
    let bank = TestBank::keeping(KEPT_MAX);
    let burrow = bank.tpp("burrow-pay");
    let ask = |key: &str| {
        let call = burrow.post_consent_of("payment", &domestic());
        call.header("x-idempotency-key", key).send()
    };
    let first = ask("0").created()["consent_id"].clone();
    for number in 1..KEPT_MAX {
        let _ = ask(&number.to_string()).created();
        // So that its tokens are not what fills the room.
        bank.operator().advance_clock("6m");
    }
    let end = |id: &Value| {
        let path = format!("/consents/{}", id.as_str().unwrap());
        let token = burrow.client_credentials("consents");
        let ended = burrow.call(Method::DELETE, &path).bearer(&token).send();
        ended.empty(204);
    };
    end(&first);
    let refused = ask("one more");
    assert_eq!(refused.header("retry-after"), Some("60"));
    refused.refused(429, "rate_limit_exceeded", "limit.consents");
    let replay = ask("0").created();
    assert_eq!(replay["consent_id"], first);
    assert_eq!(replay["status"], "revoked");
    bank.operator().advance_clock("24h");
    let _ = ask("one more").created();
}

/// Goal: the same for codes and the grants behind them, which are refused by redirect.
#[test]
fn a_client_s_flood_of_codes_takes_nothing_from_another() {
    let bank = TestBank::keeping(KEPT_MAX);
    let (burrow, acorn) = (bank.tpp("burrow-pay"), bank.tpp("acorn-budget"));
    let before: Grant<'_> = acorn.grant(&["ReadAccounts"]);
    let consent = burrow.create_consent(&["ReadAccounts"]);
    let visit = || {
        let url = burrow.request(Way::BY_VALUE_HYBRID, &consent).url();
        bank.customer("hazel").opens(&url)
    };
    for _ in 0..KEPT_MAX {
        let landing: Landing = visit().landing();
        assert!(landing.fragment.get("code").is_some());
    }
    let (code, rule) = OUTSTANDING;
    visit().refused_by_redirect(code, rule);
    before.get("/accounts").send().ok();
    acorn.grant(&["ReadAccounts"]).get("/accounts").send().ok();
}

/// Goal: a request that does not say whom it is for is told so, and not that it is too large.
#[test]
fn a_request_names_its_host_once() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let params = [("grant_type", "client_credentials"), ("scope", "consents")];
    let call = acorn.token(params);
    let twice = call.clone().header("host", "a").and_header("host", "b");
    let body = twice.send().refused(400, "invalid_request", "request.host");
    let told = body["message"].as_str().unwrap();
    assert!(told.contains("one Host header"), "{body:#}");
    call.send().ok();
}

#[test]
fn a_body_over_a_mebibyte_and_headers_over_64_kib_are_not_read() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let body = vec![b'a'; 1024 * 1024 + 1];
    let big = acorn.post_consent(&json!({})).body(body.clone()).send();
    big.refused(413, "payload_too_large", "request.size");
    let form = acorn
        .token([("grant_type", "client_credentials")])
        .body(body)
        .send();
    let body = form.refused(413, "invalid_request", "request.size");
    assert_eq!(body["code"], "payload_too_large");
    let long = "h".repeat(66 * 1024);
    let headers = grant
        .get("/accounts")
        .header("x-customer-user-agent", &long)
        .send();
    headers.refused(431, "headers_too_large", "request.size");
    let just = vec![b' '; 1024 * 1024];
    let just = acorn.post_consent(&json!({})).body(just).send();
    just.refused(400, "invalid_format", "request.body");
}
