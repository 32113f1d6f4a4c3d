//! Authorization requests, and the ways there are to make one.

use serde_json::json;
use time::Duration;

use super::jwt::s256;
use super::{Form, Jwt, START, Tpp};

/// How a request travels and how its answer comes back: what FAPI 1.0 Advanced leaves to choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Way {
    /// Pushed beforehand; otherwise by value in the URL.
    pub(crate) is_pushed: bool,
    /// Answered with a JWT; otherwise in the hybrid flow.
    pub(crate) is_jarm: bool,
}

impl Way {
    /// Pushed, and answered with a JWT.
    pub(crate) const PUSHED_JARM: Self = Self::new(true, true);
    /// Pushed, and answered with a code and an ID token.
    pub(crate) const PUSHED_HYBRID: Self = Self::new(true, false);
    /// By value, and answered with a code and an ID token.
    pub(crate) const BY_VALUE_HYBRID: Self = Self::new(false, false);
    /// By value, and answered with a JWT.
    pub(crate) const BY_VALUE_JARM: Self = Self::new(false, true);
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [
        Self::PUSHED_JARM,
        Self::PUSHED_HYBRID,
        Self::BY_VALUE_HYBRID,
        Self::BY_VALUE_JARM,
    ];

    const fn new(is_pushed: bool, is_jarm: bool) -> Self {
        Self { is_pushed, is_jarm }
    }
}

/// A request object about to be signed, with what the TPP keeps to itself.
#[derive(Clone)]
#[must_use]
pub(crate) struct Request {
    /// The request object.
    pub(crate) jwt: Jwt,
    /// The PKCE verifier.
    pub(crate) verifier: String,
    /// What stands beside the object in the URL of a request by value.
    pub(crate) outside: Form,
}

impl Request {
    /// A request in good order for `consent`.
    pub(super) fn new(tpp: &Tpp<'_>, way: Way, consent: &str) -> Self {
        let bank = tpp.bank();
        let verifier = format!("verifier-{:0>40}", bank.draw());
        let state = format!("state-{}", bank.draw());
        let redirect_uri = tpp.redirect_uri();
        let response_type = if way.is_jarm { "code" } else { "code id_token" };
        let now = START.unix_timestamp();
        let jwt = tpp
            .jwt(&json!({
                "iss": tpp.id(),
                "aud": bank.issuer(),
                "client_id": tpp.id(),
                "nbf": now,
                "exp": now + Duration::minutes(5).whole_seconds(),
                "response_type": response_type,
                "redirect_uri": redirect_uri,
                "scope": "openid accounts",
                "state": state,
                "nonce": format!("nonce-{}", bank.draw()),
                "code_challenge": s256(&verifier),
                "code_challenge_method": "S256",
                "claims": { "id_token": {
                    "openbanking_intent_id": { "value": consent, "essential": true },
                    "acr": { "essential": true, "values": [
                        "urn:openbanking:psd2:sca", "urn:openbanking:psd2:ca",
                    ]},
                }},
            }))
            .header("typ", "oauth-authz-req+jwt");
        let mut outside = Form::of([
            ("client_id", tpp.id()),
            ("response_type", response_type),
            ("scope", "openid accounts"),
            ("redirect_uri", redirect_uri.as_str()),
            ("state", state.as_str()),
        ]);
        let mut request = Self {
            jwt,
            verifier,
            outside: Form::default(),
        };
        if way.is_jarm {
            request = request.claim("response_mode", "jwt");
            outside = outside.with("response_mode", "jwt");
        }
        Self { outside, ..request }
    }

    /// With this claim in the request object; what stands outside stays as it is.
    pub(crate) fn claim(self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        let jwt = self.jwt.claim(name, value);
        Self { jwt, ..self }
    }

    /// Without this claim.
    pub(crate) fn without(self, name: &str) -> Self {
        let jwt = self.jwt.without(name);
        Self { jwt, ..self }
    }

    /// With a change to what stands outside.
    pub(crate) fn outside(self, change: impl FnOnce(Form) -> Form) -> Self {
        let outside = change(self.outside);
        Self { outside, ..self }
    }

    /// With a change to the request object as a JWT.
    pub(crate) fn jwt(self, change: impl FnOnce(Jwt) -> Jwt) -> Self {
        let jwt = change(self.jwt);
        Self { jwt, ..self }
    }

    /// A claim that is a text.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.jwt.text(name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The URL that carries it by value.
    pub(crate) fn url(&self) -> String {
        let query = self.outside.clone().with("request", self.jwt.encoded());
        format!("/oauth/authorize?{}", query.encoded())
    }
}
