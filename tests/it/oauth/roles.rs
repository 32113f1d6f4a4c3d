//! The role gate: what the certificate's QCStatements allow, a token may open, and no more (API contract,
//! section 11; ETSI TS 119 495).

use crate::support::{Response, TestBank, Tpp, Variant, Way};

const GATE: &str = "token.certificate_roles";

/// Client credentials for this scope, over a certificate of the client's with these roles.
fn credentials(bank: &TestBank, scope: &str, roles: &[&str]) -> Response {
    let acorn = bank.tpp("acorn-budget");
    let params = [("grant_type", "client_credentials"), ("scope", scope)];
    let call = acorn.token(params).certificate(&certificate(&acorn, roles));
    call.send()
}

fn certificate(tpp: &Tpp<'_>, roles: &[&str]) -> String {
    let own = tpp.kit().transport_cert_pem();
    let certificates = tpp.bank().certificates();
    certificates.like_with_roles(own, roles).cert_pem
}

#[test]
fn each_scope_needs_its_role_in_the_certificate() {
    let bank = TestBank::open();
    for (scope, role, others) in [
        ("payments", "PSP_PI", ["PSP_AI", "PSP_IC"]),
        ("accounts", "PSP_AI", ["PSP_PI", "PSP_IC"]),
        ("transactions", "PSP_AI", ["PSP_PI", "PSP_IC"]),
        ("fundsconfirmations", "PSP_IC", ["PSP_PI", "PSP_AI"]),
    ] {
        println!("{scope}");
        assert_eq!(credentials(&bank, scope, &[role]).ok()["scope"], scope);
        let body = credentials(&bank, scope, &others).refused(400, "unauthorized_client", GATE);
        let told = body["error_description"].as_str().unwrap();
        assert!(told.contains(role) && told.contains(scope), "{told}");
        let none = credentials(&bank, scope, &[]);
        none.refused(400, "unauthorized_client", GATE);
    }
    // Managing consents is every TPP's business.
    let _ = credentials(&bank, "consents", &[]).ok();
    // Without a scope the client asks for all it registered.
    let _ = credentials(&bank, "", &["PSP_PI", "PSP_AI", "PSP_IC"]).ok();
    let all = credentials(&bank, "", &["PSP_AI"]);
    all.refused(400, "unauthorized_client", GATE);
}

#[test]
fn a_certificate_without_statements_leaves_it_to_the_registration() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let old = bank.certificates();
    let old = old.like(acorn.kit().transport_cert_pem());
    let params = [("grant_type", "client_credentials"), ("scope", "payments")];
    let call = acorn.token(params).certificate(&old.cert_pem);
    assert_eq!(call.send().ok()["scope"], "payments");
}

/// Goal: a code is refused to the wrong certificate, and not used up by the attempt.
#[test]
fn a_code_is_exchanged_with_a_certificate_of_the_right_role() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    for way in Way::ALL {
        let (code, request) = acorn.code(way);
        let wrong = certificate(&acorn, &["PSP_PI", "PSP_IC"]);
        let refused = acorn.exchange(&code, &request).certificate(&wrong).send();
        refused.refused(400, "unauthorized_client", GATE);
        let right = certificate(&acorn, &["PSP_AI"]);
        let exchanged = acorn.exchange(&code, &request).certificate(&right).send();
        let tokens = exchanged.ok();
        let token = tokens["refresh_token"].as_str().unwrap();
        let refreshed = acorn.refresh(token).certificate(&right).send();
        let _ = refreshed.ok();
    }
}

#[test]
fn a_refresh_with_a_certificate_of_another_role_is_refused_even_where_any_certificate_will_do() {
    let variant = Variant::default().bank("lenient: [refresh_token.certificate]");
    let bank = TestBank::varied(&variant);
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let wrong = certificate(&acorn, &["PSP_PI"]);
    let refused = acorn.refresh(&grant.refresh_token).certificate(&wrong);
    refused.send().refused(400, "unauthorized_client", GATE);
    let _ = acorn.refresh(&grant.refresh_token).send().ok();
}

#[test]
fn the_sandbox_and_a_lenient_bank_ask_for_no_role() {
    for line in [
        "registration: sandbox",
        "lenient: [token.certificate_roles]",
    ] {
        let bank = TestBank::varied(&Variant::default().bank(line));
        let tokens = credentials(&bank, "payments", &["PSP_AI"]).ok();
        assert_eq!(tokens["scope"], "payments", "{line}");
    }
}
