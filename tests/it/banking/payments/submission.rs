//! Handing a payment in: once, under a consent that says the same to the letter (section 6.2).

use http::Method;
use serde_json::{Value, json};

use super::{authorized, consent, domestic, faults, international, look, paid, pay, with, without};
use crate::support::TestBank;

#[test]
fn a_payment_is_received_and_can_be_looked_at() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let body = with(domestic(), "/read_refund_account", true);
    let grant = authorized(&acorn, &body);
    let made = grant.post("/payments", &domestic()).send();
    let location = made.header("location").unwrap().to_owned();
    assert_eq!(made.entry()["route"], "banking.payments.create");
    let made = made.created();
    insta::assert_json_snapshot!("payment", made, {
        ".data.consent_id" => "[the consent's]",
    });
    assert_eq!(made["data"]["consent_id"], grant.consent);
    let with_customer = acorn
        .call(Method::GET, &location)
        .bearer(&grant.access_token);
    let shown = with_customer.consent(&grant.consent).send();
    assert_eq!(shown.entry()["route"], "banking.payments.get");
    assert_eq!(shown.ok(), made);
    assert_eq!(look(&acorn, &made["data"]), made["data"]);
    let read = acorn.read_consent(&grant.consent).send().ok();
    assert_eq!(read["status"], "consumed");
    assert_eq!(grant.post("/payments", &domestic()).send().status(), 409);
    let deleted = acorn.delete_consent(&grant.consent);
    deleted.refused(409, "consent_not_revocable", "consent.revocable");
}

#[test]
fn the_type_may_stand_in_the_path() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for (path, body) in [
        ("/payments/domestic", domestic()),
        ("/payments/international", international()),
    ] {
        let bare = without(body.clone(), "/payment_type");
        authorized(&acorn, &body).post(path, &bare).send().created();
        authorized(&acorn, &body).post(path, &body).send().created();
    }
    let grant = authorized(&acorn, &international());
    let other = grant.post("/payments/domestic", &domestic()).send();
    let told = other.refused(400, "payment_mismatch", "payment.matches");
    assert_eq!(faults(&told)[0].1, "/payment_type");
    let wrong = grant.post(
        "/payments/international",
        &with(international(), "/payment_type", "domestic"),
    );
    wrong.send().refused(400, "invalid_field", "request.body");
    grant.post("/payments", &international()).send().created();
}

#[test]
fn every_difference_to_the_consent_is_told_and_uses_nothing_up() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    let amount = "/instruction/instructed_amount/amount";
    let reference = "/instruction/remittance_information/reference";
    for (why, body, pointers) in [
        (
            "10.0 is not 10.00",
            with(domestic(), amount, "10.0"),
            vec![amount],
        ),
        (
            "another reference",
            with(domestic(), reference, "ORDER1002"),
            vec![reference],
        ),
        (
            "no scheme where one was named",
            without(domestic(), "/instruction/local_instrument"),
            vec!["/instruction/local_instrument"],
        ),
        ("no risk", without(domestic(), "/risk"), vec!["/risk"]),
        (
            "a debtor account",
            with(
                domestic(),
                "/instruction/debtor_account",
                json!({"scheme": "SortCodeAccountNumber", "id": "608371-12345678"}),
            ),
            vec!["/instruction/debtor_account"],
        ),
        (
            "two at once",
            with(with(domestic(), amount, "10.01"), reference, "X"),
            vec![amount, reference],
        ),
    ] {
        let told = grant.post("/payments", &body).send();
        let told = told.refused(400, "payment_mismatch", "payment.matches");
        let expected: Vec<_> = (pointers.into_iter())
            .map(|pointer| ("payment_mismatch".to_owned(), pointer.to_owned()))
            .collect();
        assert_eq!(faults(&told), expected, "{why}");
    }
    let read = acorn.read_consent(&grant.consent).send().ok();
    assert_eq!(read["status"], "authorized");
    let turned = json!({
        "risk": domestic()["risk"], "instruction": domestic()["instruction"],
        "payment_type": "domestic", "consent_id": grant.consent,
    });
    pay(&grant, &turned);
}

#[test]
fn what_is_no_payment_is_refused_before_it_is_compared() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    for (body, code, pointer) in [
        (
            with(domestic(), "/consent_id", "consent_pis_x"),
            "invalid_field",
            "/consent_id",
        ),
        (
            with(domestic(), "/payment_type", "fps"),
            "invalid_field",
            "/payment_type",
        ),
        (with(domestic(), "/extra", 1), "unexpected_field", "/extra"),
        (
            without(domestic(), "/instruction"),
            "missing_field",
            "/instruction",
        ),
        (
            with(domestic(), "/instruction/instructed_amount/amount", "1e5"),
            "invalid_field",
            "/instruction/instructed_amount/amount",
        ),
    ] {
        let told = grant
            .post("/payments", &body)
            .send()
            .refused(400, code, "request.body");
        assert_eq!(faults(&told)[0].1, pointer);
    }
    let broken = grant.post("/payments", &json!({})).body("{").send();
    broken.refused(400, "invalid_format", "request.body");
    let queried = grant.post("/payments", &domestic()).query("x=1").send();
    queried.refused(400, "invalid_request", "request.query");
    pay(&grant, &domestic());
}

/// The order of section 1.2, from the token to the consent's state.
#[test]
fn who_may_not_pay_is_told_why() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    let call = || grant.post("/payments", &domestic());
    let own = acorn.client_credentials("payments");
    call()
        .bearer(&own)
        .send()
        .refused(401, "invalid_token", "access_token.customer");
    call()
        .accept("text/html")
        .send()
        .refused(406, "not_acceptable", "request.accept");
    let form = call().header("content-type", "text/plain").send();
    form.refused(415, "unsupported_media_type", "request.content_type");
    let bare = call().without_header("x-consent-id").send();
    bare.refused(400, "missing_consent", "consent.header");
    let unknown = call().consent("consent_pis_nobody").send();
    unknown.refused(401, "invalid_consent", "consent.known");
    let other = consent(&acorn, &domestic());
    let other = call().consent(other["consent_id"].as_str().unwrap()).send();
    other.refused(403, "consent_mismatch", "consent.matches");
    let reader = acorn.grant(&["ReadAccounts"]);
    let reading = reader.post("/payments", &domestic()).send();
    reading.refused(403, "insufficient_scope", "access_token.scope");
    assert_eq!(
        acorn.read_consent(&grant.consent).send().ok()["status"],
        "authorized"
    );
    bank.operator().advance_clock("61m");
    call()
        .send()
        .refused(401, "invalid_token", "access_token.expiry");
}

#[test]
fn a_payment_is_its_client_s_own() {
    let bank = TestBank::open();
    let (acorn, burrow) = (bank.tpp("acorn-budget"), bank.tpp("burrow-pay"));
    let grant = authorized(&acorn, &domestic());
    let payment = pay(&grant, &domestic());
    let path = format!(
        "/open-banking/v1/payments/{}",
        payment["payment_id"].as_str().unwrap()
    );
    let foreign = burrow.client_credentials("payments");
    let foreign = burrow.call(Method::GET, &path).bearer(&foreign).send();
    foreign.refused(404, "not_found", "payment.own");
    let second = authorized(&acorn, &domestic());
    let elsewhere = acorn.call(Method::GET, &path).bearer(&second.access_token);
    elsewhere
        .clone()
        .send()
        .refused(404, "not_found", "payment.own");
    let named = elsewhere.consent(&grant.consent).send();
    named.refused(403, "consent_mismatch", "payment.consent");
    let token = acorn.client_credentials("payments");
    let call = || acorn.call(Method::GET, &path).bearer(&token);
    call()
        .consent(&second.consent)
        .send()
        .refused(403, "consent_mismatch", "payment.consent");
    let twice = call()
        .consent(&grant.consent)
        .and_header("x-consent-id", &grant.consent);
    twice
        .send()
        .refused(400, "invalid_header", "consent.header");
    call().consent(&grant.consent).send().ok();
    for unknown in ["pay_0000009999", "pay_1", "nonsense"] {
        let path = format!("/open-banking/v1/payments/{unknown}");
        let call = acorn.call(Method::GET, &path).bearer(&token).send();
        call.refused(404, "not_found", "payment.own");
    }
    let reading = acorn.client_credentials("accounts");
    let reading = acorn.call(Method::GET, &path).bearer(&reading).send();
    reading.refused(403, "insufficient_scope", "access_token.scope");
}

#[test]
fn of_a_hundred_submissions_at_once_one_pays() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = authorized(&acorn, &domestic());
    let answers = grant.post("/payments", &domestic()).send_in_parallel(100);
    let count = |status: u16| answers.iter().filter(|(found, _)| *found == status).count();
    assert_eq!((count(201), count(409)), (1, 99));
    for (_, body) in answers.iter().filter(|(status, _)| *status == 409) {
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["code"], "consent_consumed");
    }
    // Whoever came too late found the consent used up, or lost the race for it.
    for entry in bank
        .operator()
        .requests("route=banking.payments.create&status=409&limit=100")
    {
        let verdict = entry["verdict"].as_str().unwrap();
        assert!(
            ["consent.in_force", "payment.once"].contains(&verdict),
            "{verdict}"
        );
    }
    let payments = bank.operator().get("/payments");
    assert_eq!(payments["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_payment_beyond_the_funds_is_taken_in_and_rejected_at_execution() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let too_much = with(
        domestic(),
        "/instruction/instructed_amount/amount",
        "24999.99",
    );
    let payment = paid(&acorn, &too_much);
    assert_eq!(payment["status_code"], "RCVD");
    bank.operator().advance_clock("5s");
    let payment = look(&acorn, &payment);
    assert_eq!(payment["status"], "failed");
    assert_eq!(payment["status_reason"][0]["code"], "AM04");
}
