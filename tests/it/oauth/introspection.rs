//! Introspection and revocation: own tokens only, and no word about others (RFC 7662, RFC 7009).

use serde_json::json;

use crate::support::{START, TestBank};

#[test]
fn a_client_learns_all_about_its_own_tokens() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let now = START.unix_timestamp();
    let told = acorn.introspect(&grant.access_token);
    let sub = told["sub"].as_str().unwrap().to_owned();
    let thumbprint = told["cnf"]["x5t#S256"].as_str().unwrap().to_owned();
    assert_eq!(thumbprint.len(), 43);
    let mut expected = json!({
        "active": true,
        "scope": "openid accounts",
        "client_id": "acorn-budget",
        "token_type": "Bearer",
        "exp": now + 300,
        "iat": now,
        "iss": bank.issuer(),
        "sub": sub,
        "consent_id": grant.consent,
        "cnf": { "x5t#S256": thumbprint },
    });
    assert_eq!(told, expected);
    // A refresh token is presented to no resource, so it has no type.
    expected["exp"] = json!(now + 90 * 86_400);
    expected.as_object_mut().unwrap().remove("token_type");
    assert_eq!(acorn.introspect(&grant.refresh_token), expected);
    let credentials = acorn.introspect(&acorn.client_credentials("accounts"));
    assert_eq!(credentials["active"], true);
    for absent in ["sub", "consent_id"] {
        assert!(credentials.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn of_anything_else_it_learns_nothing() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let inactive = json!({ "active": false });
    let clover = bank.tpp("clover-check");
    for token in [grant.access_token.as_str(), &grant.refresh_token, "nobodys"] {
        assert_eq!(clover.introspect(token), inactive);
    }
    let form = acorn.form([]);
    let refused = acorn.post("/oauth/introspect", &form).send();
    refused.refused(400, "invalid_request", "request.parameter");
    bank.operator().advance_clock("5m");
    assert_eq!(acorn.introspect(&grant.access_token), inactive);
    assert_eq!(acorn.introspect(&grant.refresh_token)["active"], true);
    bank.operator().advance_clock("90d");
    assert_eq!(acorn.introspect(&grant.refresh_token), inactive);
}

#[test]
fn tokens_of_a_deleted_consent_are_inactive_at_once() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let token = acorn.client_credentials("consents");
    let delete = acorn.call(
        http::Method::DELETE,
        &format!("/consents/{}", grant.consent),
    );
    delete.bearer(&token).send().empty(204);
    for token in [&grant.access_token, &grant.refresh_token] {
        assert_eq!(acorn.introspect(token), json!({ "active": false }));
    }
}

#[test]
fn revoking_an_access_token_ends_it_alone() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    acorn.revoke(&grant.access_token).empty(200);
    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.grant");
    let tokens = acorn.refresh(&grant.refresh_token).send().ok();
    let fresh = tokens["access_token"].as_str().unwrap();
    grant.get("/accounts").bearer(fresh).send().ok();
}

#[test]
fn revoking_a_refresh_token_ends_its_whole_family() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    acorn.revoke(&grant.refresh_token).empty(200);
    grant
        .get("/accounts")
        .send()
        .refused(401, "invalid_token", "access_token.grant");
    let refused = acorn.refresh(&grant.refresh_token).send();
    refused.refused(400, "invalid_grant", "refresh_token.grant");
    // The consent itself stands: the customer need only be asked for tokens again.
    let token = acorn.client_credentials("consents");
    let shown = acorn.call(http::Method::GET, &format!("/consents/{}", grant.consent));
    assert_eq!(shown.bearer(&token).send().ok()["status"], "authorized");
}

#[test]
fn a_revocation_never_tells_whether_there_was_a_token_and_never_ends_another_s() {
    let bank = TestBank::open();
    let acorn = bank.tpp("acorn-budget");
    let grant = acorn.grant(&["ReadAccounts"]);
    let clover = bank.tpp("clover-check");
    for token in ["nobodys", grant.access_token.as_str(), &grant.refresh_token] {
        let response = clover.revoke(token);
        let lint = response.entry()["lint"].to_string();
        assert!(lint.contains("another client's"), "{lint}");
        response.empty(200);
    }
    grant.get("/accounts").send().ok();
    acorn.refresh(&grant.refresh_token).send().ok();
    let form = acorn.form([]);
    let refused = acorn.post("/oauth/revoke", &form).send();
    refused.refused(400, "invalid_request", "request.parameter");
}
