//! Refresh tokens (SECURITY contract, section 5.7).

use serde_json::Value;

use super::{Combination, every, shared_flow};
use crate::support::Grant;

// 44: client 1 asks for its scope again, client 2 for none.
#[test]
fn refresh_token() {
    every(|combination| {
        let second = combination.second();
        let (grant, other) = (shared_flow::grant(combination), shared_flow::grant(&second));
        check_refresh(combination, &grant, Some("openid accounts"));
        check_refresh(&second, &other, None);

        let refresh = combination
            .tpp
            .refresh(&grant.refresh_token)
            .without_certificate();
        refresh
            .send()
            .refused(401, "invalid_client", "certificate.present");
        let stolen = combination.tpp.refresh(&other.refresh_token).send();
        stolen.refused(400, "invalid_grant", "refresh_token.client");
        other
            .get("/accounts")
            .certificate(grant.tpp.kit().transport_cert_pem())
            .send()
            .refused(401, "invalid_token", "access_token.certificate");
        // Neither attempt ended anything.
        combination.tpp.refresh(&grant.refresh_token).send().ok();
        second.tpp.refresh(&other.refresh_token).send().ok();
    });
}

#[track_caller]
fn check_refresh(combination: &Combination<'_>, grant: &Grant<'_>, scope: Option<&str>) {
    let tpp = &combination.tpp;
    let mut params = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", grant.refresh_token.as_str()),
    ];
    params.extend(scope.map(|scope| ("scope", scope)));
    let answer = tpp.token(params).send();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.ok();
    let text = |name: &str| tokens.get(name).and_then(Value::as_str);
    assert!(
        text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")),
        "{tokens}"
    );
    assert_ne!(text("access_token"), Some(&*grant.access_token));
    assert_eq!(
        text("refresh_token"),
        Some(&*grant.refresh_token),
        "FAPI advises against rotation"
    );
    assert_eq!(text("id_token"), None, "nobody authenticated anew");

    let fresh = text("access_token").expect("an access token");
    grant.get("/accounts").bearer(fresh).send().ok();
    grant.get("/accounts").send().ok();
}
