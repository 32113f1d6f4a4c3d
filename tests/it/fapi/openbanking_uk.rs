//! What the profile of Open Banking UK adds (SECURITY contract, section 5.8).

use serde_json::{Value, json};

use super::every;

const SCA: &str = "urn:openbanking:psd2:sca";

// 45: the plan wants a pushed request accepted, and refused when the customer arrives with it.
#[test]
fn ensure_server_handles_non_matching_intent_id() {
    every(|combination| {
        let consent = combination.second().consent();
        let request = combination.request_for(&consent);
        let answer = combination.arrives(&request);
        let refusal = ("invalid_request", "authorize.consent.known");
        combination.sent_back(&answer, refusal, request.jwt.text("state"));
        // It still awaits its own client.
        let second = combination.second();
        second.tokens(&second.request_for(&consent));
    });
}

// 46
#[test]
fn test_essential_acr_sca_claim() {
    every(|combination| {
        let consent = combination.consent();
        let insisting_on = |acr: Value| {
            let intent = json!({ "value": consent, "essential": true });
            let claims = json!({ "id_token": { "openbanking_intent_id": intent, "acr": acr } });
            combination.request_for(&consent).claim("claims", claims)
        };
        let other = "urn:openbanking:psd2:ca";
        let unmet = insisting_on(json!({ "value": other, "essential": true }));
        let answer = combination.arrives(&unmet);
        let state = unmet.jwt.text("state");
        combination.sent_back(&answer, ("access_denied", "authorize.acr"), state);

        let met = insisting_on(json!({ "value": SCA, "essential": true }));
        let members = combination.succeeds(&met);
        let code = members["code"].as_str().expect("a code");
        let tokens = combination.exchange(code, &met).send().ok();
        for token in [members.get("id_token"), tokens.get("id_token")]
            .into_iter()
            .flatten()
        {
            let claims = combination
                .tpp
                .id_token(token.as_str().expect("an ID token"));
            assert_eq!(claims["acr"], SCA);
        }
    });
}
