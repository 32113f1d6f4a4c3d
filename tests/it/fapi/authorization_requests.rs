//! Bad authorization requests (SECURITY contract, section 5.4).

use super::every;

// 29: however the client usually asks, these parameters came by nobody's signature.
#[test]
fn ensure_authorization_request_without_request_object_fails() {
    every(|combination| {
        let request = combination.request();
        let mut plain = request.outside.clone().with("state", "a-plain-state");
        for name in [
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "response_mode",
        ] {
            if let Some(value) = request.jwt.text(name) {
                plain = plain.with(name, value);
            }
        }
        let answer = combination.opens(&format!("/oauth/authorize?{}", plain.encoded()));
        let refusal = ("invalid_request", "request_object.present");
        combination.sent_back(&answer, refusal, Some("a-plain-state"));
    });
}

// 30
#[test]
fn ensure_redirect_uri_in_authorization_request() {
    every(|combination| {
        let request = combination
            .request()
            .without("redirect_uri")
            .outside(|form| form.without("redirect_uri"));
        combination.refused_on_a_page(&request, "invalid_request", "authorize.redirect_uri");
    });
}

// 31: with no response_mode the bank cannot know whether the client reads JWTs, so a page tells.
#[test]
fn ensure_response_type_code_fails() {
    every(|combination| {
        let request = combination
            .request()
            .claim("response_type", "code")
            .without("response_mode")
            .outside(|form| form.with("response_type", "code"));
        let rule = "authorize.response_mode.jwt";
        combination.refused_on_a_page(&request, "invalid_request", rule);
    });
}
