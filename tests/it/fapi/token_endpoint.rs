//! The token endpoint (SECURITY contract, section 5.5).

use super::shared_flow;
use super::{Combination, every};

// 32
#[test]
fn ensure_client_id_in_token_endpoint() {
    every(|combination| {
        let (tpp, second) = (&combination.tpp, combination.second());
        let request = combination.request();
        let code = combination.code(&request);
        let form = combination
            .exchange_form(&code, &request)
            .with("client_id", second.tpp.id());
        if tpp.has_assertions() {
            // What client 2 would claim, by the key of client 1.
            let own = tpp.assertion();
            let own = own
                .claim("iss", second.tpp.id())
                .claim("sub", second.tpp.id());
            let with_own = Combination::asserted(form, &own);
            tpp.post("/oauth/token", &with_own).send().refused(
                401,
                "invalid_client",
                "client_assertion.signature",
            );
        } else {
            let answer = tpp.post("/oauth/token", &form).send();
            answer.refused(401, "invalid_client", "certificate.subject");
        }
    });
}

// 33; its TLS checks are in `tls`.
#[test]
fn ensure_mtls_holder_of_key_required() {
    every(|combination| {
        let request = combination.request();
        let code = combination.code(&request);
        combination
            .exchange(&code, &request)
            .without_certificate()
            .send()
            .refused(401, "invalid_client", "certificate.present");
        // Nothing was used up by it.
        combination.exchange(&code, &request).send().ok();
    });
}

// 34
#[test]
fn ensure_authorization_code_is_bound_to_client() {
    every(|combination| {
        let request = combination.request();
        let code = combination.code(&request);
        combination
            .second()
            .exchange(&code, &request)
            .send()
            .refused(400, "invalid_grant", "code.client");
        // Nor can the thief shut its owner out.
        combination.exchange(&code, &request).send().ok();
    });
}

// 35
#[test]
fn attempt_reuse_authorisation_code_after_one_second() {
    every(|combination| {
        let consent = combination.consent();
        let request = combination.request_for(&consent);
        let code = combination.code(&request);
        let tokens = combination.exchange(&code, &request).send().ok();
        let grant = shared_flow::grant_of(combination, consent, &tokens);
        grant.get("/accounts").send().ok();

        combination.bank().operator().advance_clock("1s");
        combination
            .exchange(&code, &request)
            .send()
            .refused(400, "invalid_grant", "code.unused");
        let answer = grant.get("/accounts").send();
        answer.refused(401, "invalid_token", "access_token.grant");
        let answer = grant.tpp.refresh(&grant.refresh_token).send();
        answer.refused(400, "invalid_grant", "refresh_token.grant");
    });
}
