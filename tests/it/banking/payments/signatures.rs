//! Detached signatures: verified when sent, made when the scenario says so (API contract, 1.1, 8 and 15).

use serde_json::{Value, json};

use super::{authorized, domestic, pay};
use crate::support::{Jwt, START, TestBank, Tpp, Variant, verified};

const HEADER: &str = "x-jws-signature";
const IAT: &str = "http://openbanking.org.uk/iat";
const ISS: &str = "http://openbanking.org.uk/iss";
const TAN: &str = "http://openbanking.org.uk/tan";

/// A signature in good order over a body.
fn signature(tpp: &Tpp<'_>, body: &Value) -> Jwt {
    tpp.jwt(body)
        .header("typ", "JOSE")
        .header("cty", "application/json")
        .header(IAT, START.unix_timestamp())
        .header(ISS, tpp.id())
        .header(TAN, "openbanking.org.uk")
        .header("crit", json!([IAT, ISS, TAN]))
}

#[test]
fn a_signed_payment_and_its_signed_consent_are_taken() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = domestic();
    let signed = signature(&acorn, &body).detached();
    let created = acorn
        .post_consent_of("payment", &body)
        .header(HEADER, &signed);
    let created = created.send().created();
    let grant = acorn.grant_of("openid payments", created["consent_id"].as_str().unwrap());
    let bare = signature(&acorn, &body)
        .without_header("typ")
        .header("cty", "json");
    let payment = grant
        .post("/payments", &body)
        .header(HEADER, &bare.detached());
    assert_eq!(payment.send().status(), 201);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a case a row")]
fn each_flaw_of_a_signature_has_its_own_word() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = domestic();
    let grant = authorized(&acorn, &body);
    let good = || signature(&acorn, &body);
    let future = START.unix_timestamp() + 3600;
    let malformed = ("signature_malformed", "signature.form");
    let missing = ("signature_missing_claim", "signature.claims.present");
    let invalid = ("signature_invalid_claim", "signature.claims");
    let unverified = ("signature_invalid", "signature.verifies");
    for (why, sent, (code, rule)) in [
        ("empty", String::new(), malformed),
        ("no JWS", "nonsense".to_owned(), malformed),
        ("the body within", good().encoded(), malformed),
        (
            "another algorithm",
            good().header("alg", "PS384").detached(),
            malformed,
        ),
        (
            "no algorithm",
            good().header("alg", "none").detached(),
            malformed,
        ),
        (
            "an unencoded payload",
            good().header("b64", false).detached(),
            malformed,
        ),
        ("no kid", good().without_header("kid").detached(), missing),
        ("no crit", good().without_header("crit").detached(), missing),
        ("no iat", good().without_header(IAT).detached(), missing),
        ("no iss", good().without_header(ISS).detached(), missing),
        ("no tan", good().without_header(TAN).detached(), missing),
        (
            "another typ",
            good().header("typ", "JWT").detached(),
            invalid,
        ),
        (
            "another cty",
            good().header("cty", "text/plain").detached(),
            invalid,
        ),
        (
            "a crit too short",
            good().header("crit", json!([IAT, ISS])).detached(),
            invalid,
        ),
        (
            "a crit too long",
            good()
                .header("crit", json!([IAT, ISS, TAN, "b64"]))
                .detached(),
            invalid,
        ),
        (
            "iat in the future",
            good().header(IAT, future).detached(),
            invalid,
        ),
        (
            "iat as a text",
            good().header(IAT, "now").detached(),
            invalid,
        ),
        (
            "another's iss",
            good().header(ISS, "burrow-pay").detached(),
            invalid,
        ),
        (
            "another tan",
            good().header(TAN, "example.com").detached(),
            invalid,
        ),
        (
            "an unknown kid",
            good().header("kid", "nobody").detached(),
            ("signature_invalid_claim", "signature.verifies"),
        ),
        (
            "another body",
            signature(&acorn, &json!({"x": 1})).detached(),
            unverified,
        ),
        ("a spoilt signature", good().spoilt().detached(), unverified),
    ] {
        let told = grant.post("/payments", &body).header(HEADER, &sent).send();
        let told = told.refused(400, code, rule);
        assert_eq!(told["errors"][0]["header"], "x-jws-signature", "{why}");
        let told = acorn
            .post_consent_of("payment", &body)
            .header(HEADER, &sent)
            .send();
        told.refused(400, code, rule);
    }
    let numbered = good().header("kid", 7).detached();
    let told = grant
        .post("/payments", &body)
        .header(HEADER, &numbered)
        .send();
    told.refused(400, "signature_invalid_claim", "signature.claims");
    let twice = grant
        .post("/payments", &body)
        .header(HEADER, &good().detached());
    let twice = twice.and_header(HEADER, &good().detached()).send();
    twice.refused(400, "invalid_header", "signature.form");
    assert_eq!(pay(&grant, &body)["status_code"], "RCVD");
}

/// Goal: query, headers, body: who makes all three mistakes is told of them in this order.
#[test]
fn a_header_is_judged_before_the_body_and_after_the_query() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = domestic();
    let grant = authorized(&acorn, &body);
    let payment = grant.post("/payments", &body).body("no JSON");
    let consent = acorn.post_consent_of("payment", &body).body("no JSON");
    for call in [&payment, &consent] {
        let signed = || call.clone().header(HEADER, "nonsense");
        let keyed = || signed().header("x-idempotency-key", "");
        for (sent, code, rule) in [
            (
                keyed().query("nonsense=1"),
                "invalid_request",
                "request.query",
            ),
            (keyed(), "invalid_header", "idempotency.header"),
            (signed(), "signature_malformed", "signature.form"),
            (call.clone(), "invalid_format", "request.body"),
        ] {
            sent.send().refused(400, code, rule);
        }
    }
    // What is signed are bytes, whatever they say.
    let other = signature(&acorn, &body).detached();
    for call in [payment, consent] {
        let refused = call.header(HEADER, &other).send();
        refused.refused(400, "signature_invalid", "signature.verifies");
    }
    assert_eq!(pay(&grant, &body)["status_code"], "RCVD");
}

#[test]
fn answers_about_payments_are_signed_when_the_scenario_says_so() {
    let bank = TestBank::varied(&Variant::default().bank("sign_responses: true"));
    let acorn = bank.tpp("acorn-budget");
    let body = domestic();
    let holds = |response: &crate::support::Response| {
        let signature = response.header(HEADER).expect("a signature").to_owned();
        let (header, signed) = signature.split_once("..").unwrap();
        let jwt = format!("{header}.{}.{signed}", base64url(response.text()));
        verified(&jwt, &bank.jwks());
        header.to_owned()
    };
    let created = acorn.post_consent_of("payment", &body).send();
    let header = holds(&created);
    let id = created.created()["consent_id"].as_str().unwrap().to_owned();
    let header: Value = serde_json::from_slice(&decoded(&header)).unwrap();
    assert_eq!(header["crit"], json!([IAT, ISS, TAN]));
    assert_eq!(header[TAN], "openbanking.org.uk");
    assert_eq!(header["alg"], "PS256");
    holds(&acorn.read_consent(&id).send());
    let grant = acorn.grant_of("openid payments", &id);
    let refused = grant.post("/payments", &json!({})).send();
    holds(&refused);
    let made = grant.post("/payments", &body).send();
    holds(&made);
    let other = acorn.grant(&["ReadAccounts"]).get("/accounts").send();
    assert_eq!(other.header(HEADER), None);
    // What the bank answers it vouches for, wrong as it is; for a gateway before it, it does not.
    let made = made.created();
    let id = made["data"]["payment_id"].as_str().unwrap();
    let path = format!("/open-banking/v1/payments/{id}");
    let token = acorn.client_credentials("payments");
    let look = acorn.call(http::Method::GET, &path).bearer(&token);
    for (fault, is_signed) in [
        ("http.status", true),
        ("http.status; status=500; body=\"down\"", true),
        ("http.retry_after.seconds", true),
        ("http.empty_200", true),
        ("http.html_error", false),
    ] {
        let answer = look.clone().header("x-hamster-fault", fault).send();
        assert_eq!(answer.header(HEADER).is_some(), is_signed, "{fault}");
    }
    let plain = TestBank::open();
    let acorn = plain.tpp("acorn-budget");
    let created = acorn.post_consent_of("payment", &body).send();
    assert_eq!(created.header(HEADER), None);
}

fn base64url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}
