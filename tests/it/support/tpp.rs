//! A TPP of the scenario, with its kit.

use hamsterbank::TppKit;
use http::Method;
use serde_json::{Map, Value, json};

use super::{Call, Form, Jwt, Landing, Request, Response, START, TestBank, Way, verified};

/// A TPP.
#[derive(Clone)]
pub(crate) struct Tpp<'a> {
    bank: &'a TestBank,
    kit: TppKit,
}

/// What a customer allowed a TPP to do, with the tokens for it.
pub(crate) struct Grant<'a> {
    pub(crate) tpp: Tpp<'a>,
    pub(crate) consent: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl<'a> Tpp<'a> {
    pub(super) const fn new(bank: &'a TestBank, kit: TppKit) -> Self {
        Self { bank, kit }
    }

    pub(crate) const fn bank(&self) -> &'a TestBank {
        self.bank
    }

    pub(crate) fn id(&self) -> &str {
        self.kit.client_id()
    }

    pub(crate) const fn kit(&self) -> &TppKit {
        &self.kit
    }

    /// The redirect URI it uses; burrow's has a query of its own, as the conformance suite's client 2.
    pub(crate) fn redirect_uri(&self) -> String {
        let uris = self.kit.redirect_uris();
        let with_query = uris.iter().find(|uri| uri.contains('?'));
        with_query.unwrap_or(&uris[0]).clone()
    }

    pub(crate) fn has_assertions(&self) -> bool {
        self.kit.token_endpoint_auth_method() == "private_key_jwt"
    }

    // What it signs.

    /// A JWT of its own with these claims.
    pub(crate) fn jwt(&self, claims: &Value) -> Jwt {
        let jwk: Value = serde_json::from_str(self.kit.signing_jwk()).unwrap();
        let kid = jwk["kid"].as_str().unwrap();
        Jwt::new(
            self.kit.signing_alg(),
            kid,
            self.kit.signing_key_pem(),
            claims,
        )
    }

    /// A client assertion in good order, never used before.
    pub(crate) fn assertion(&self) -> Jwt {
        let now = START.unix_timestamp();
        self.jwt(&json!({
            "iss": self.id(),
            "sub": self.id(),
            "aud": format!("{}/oauth/token", self.bank.issuer()),
            "jti": format!("jti-{}", self.bank.draw()),
            "iat": now,
            "nbf": now,
            "exp": now + 60,
        }))
    }

    /// An authorization request in good order.
    pub(crate) fn request(&self, way: Way, consent: &str) -> Request {
        Request::new(self, way, consent)
    }

    // What it calls.

    /// A call with its certificate.
    pub(crate) fn call(&self, method: Method, target: &str) -> Call<'a> {
        Call::new(self.bank, method, target).certificate(self.kit.transport_cert_pem())
    }

    /// These parameters beside what proves who it is.
    pub(crate) fn form<'p>(&self, params: impl IntoIterator<Item = (&'p str, &'p str)>) -> Form {
        let form = Form::of(params).with("client_id", self.id());
        if self.has_assertions() {
            with_assertion(form, &self.assertion())
        } else {
            form
        }
    }

    /// A form posted with its certificate.
    pub(crate) fn post(&self, path: &str, form: &Form) -> Call<'a> {
        self.call(Method::POST, path).form(form)
    }

    /// A call of the token endpoint.
    pub(crate) fn token<'p>(
        &self,
        params: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Call<'a> {
        self.post("/oauth/token", &self.form(params))
    }

    /// The same, with an assertion that is unusual.
    pub(crate) fn token_with_assertion(&self, assertion: &Jwt) -> Call<'a> {
        let form = Form::of([
            ("grant_type", "client_credentials"),
            ("client_id", self.id()),
        ]);
        self.post("/oauth/token", &with_assertion(form, assertion))
    }

    /// An access token of its own.
    #[track_caller]
    pub(crate) fn client_credentials(&self, scope: &str) -> String {
        let params = [("grant_type", "client_credentials"), ("scope", scope)];
        let body = self.token(params).send().ok();
        body["access_token"]
            .as_str()
            .expect("access_token")
            .to_owned()
    }

    /// A consent with these permissions.
    #[track_caller]
    pub(crate) fn create_consent(&self, permissions: &[&str]) -> String {
        let body = self
            .post_consent(&json!({ "permissions": permissions }))
            .send()
            .created();
        body["consent_id"].as_str().expect("consent_id").to_owned()
    }

    /// A call that asks for a consent.
    #[track_caller]
    pub(crate) fn post_consent(&self, body: &Value) -> Call<'a> {
        let token = self.client_credentials("consents");
        let call = self.call(Method::POST, "/consents/account-access");
        call.bearer(&token).json(body)
    }

    /// A call that asks for a consent of any type.
    #[track_caller]
    pub(crate) fn post_consent_of(&self, consent_type: &str, body: &Value) -> Call<'a> {
        let path = format!("/consents/{consent_type}");
        let token = self.client_credentials("consents");
        self.call(Method::POST, &path).bearer(&token).json(body)
    }

    /// A consent as it is now, read with a token of the client's own.
    #[track_caller]
    pub(crate) fn read_consent(&self, id: &str) -> Call<'a> {
        let token = self.client_credentials("consents");
        let path = format!("/consents/{id}");
        self.call(Method::GET, &path).bearer(&token)
    }

    /// Deletes a consent.
    #[track_caller]
    pub(crate) fn delete_consent(&self, id: &str) -> Response {
        let token = self.client_credentials("consents");
        let path = format!("/consents/{id}");
        self.call(Method::DELETE, &path).bearer(&token).send()
    }

    /// Pushes a request.
    pub(crate) fn push(&self, request: &Request) -> Call<'a> {
        let jwt = request.jwt.encoded();
        self.post("/oauth/par", &self.form([("request", jwt.as_str())]))
    }

    /// The URL to send the customer to; a pushed request is pushed for it.
    #[track_caller]
    pub(crate) fn authorization_url(&self, way: Way, request: &Request) -> String {
        if !way.is_pushed {
            return request.url();
        }
        let pushed = self.push(request).send().created();
        self.url_of(pushed["request_uri"].as_str().expect("request_uri"))
    }

    /// The URL that names a pushed request, with nothing beside it (module 68).
    pub(crate) fn url_of(&self, request_uri: &str) -> String {
        let query = Form::of([("client_id", self.id()), ("request_uri", request_uri)]);
        format!("/oauth/authorize?{}", query.encoded())
    }

    /// Exchanges a code.
    pub(crate) fn exchange(&self, code: &str, request: &Request) -> Call<'a> {
        self.token([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", request.text("redirect_uri")),
            ("code_verifier", request.verifier.as_str()),
        ])
    }

    /// Refreshes.
    pub(crate) fn refresh(&self, refresh_token: &str) -> Call<'a> {
        self.token([
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ])
    }

    /// Asks what the bank knows of a token.
    #[track_caller]
    pub(crate) fn introspect(&self, token: &str) -> Value {
        let form = self.form([("token", token)]);
        self.post("/oauth/introspect", &form).send().ok()
    }

    /// Gives a token back.
    pub(crate) fn revoke(&self, token: &str) -> Response {
        self.post("/oauth/revoke", &self.form([("token", token)]))
            .send()
    }

    // The whole way.

    /// A code for a new consent, with the request that led to it.
    #[track_caller]
    pub(crate) fn code(&self, way: Way) -> (String, Request) {
        let consent = self.create_consent(ALL_PERMISSIONS);
        let request = self.request(way, &consent);
        (self.code_for(way, &request), request)
    }

    /// The code a customer's approval of `request` gives.
    #[track_caller]
    pub(crate) fn code_for(&self, way: Way, request: &Request) -> String {
        let url = self.authorization_url(way, request);
        let landing = self.bank.customer("hazel").opens(&url).landing();
        let answer = self.answer(&landing, way);
        answer["code"].as_str().expect("code").to_owned()
    }

    /// The members of an authorization response, wherever they stand, a JWT's verified.
    #[track_caller]
    pub(crate) fn answer(&self, landing: &Landing, way: Way) -> Map<String, Value> {
        if way.is_jarm {
            return landing.jarm(&self.bank.jwks());
        }
        let fragment = &landing.fragment;
        let names = fragment.names().into_iter();
        names
            .map(|name| (name.to_owned(), json!(fragment.get(name))))
            .collect()
    }

    /// Tokens under a new consent with these permissions, approved by the first customer.
    #[track_caller]
    pub(crate) fn grant(&self, permissions: &[&str]) -> Grant<'a> {
        let consent = self.create_consent(permissions);
        let request = self.request(Way::PUSHED_JARM, &consent);
        self.grant_for(Way::PUSHED_JARM, &request, &consent)
    }

    /// Tokens of this scope under `consent`, approved by the first customer.
    #[track_caller]
    pub(crate) fn grant_of(&self, scope: &str, consent: &str) -> Grant<'a> {
        let request = self
            .request(Way::PUSHED_JARM, consent)
            .claim("scope", scope);
        self.grant_for(Way::PUSHED_JARM, &request, consent)
    }

    /// The answer to a customer's visit under `consent`, for a request of this scope.
    #[track_caller]
    pub(crate) fn visit(&self, scope: &str, consent: &str) -> Response {
        let request = self
            .request(Way::PUSHED_JARM, consent)
            .claim("scope", scope);
        let url = self.authorization_url(Way::PUSHED_JARM, &request);
        self.bank.customer("hazel").opens(&url)
    }

    /// Tokens under `consent` by way of `request`.
    #[track_caller]
    pub(crate) fn grant_for(&self, way: Way, request: &Request, consent: &str) -> Grant<'a> {
        let code = self.code_for(way, request);
        let tokens = self.exchange(&code, request).send().ok();
        let token = |name: &str| tokens[name].as_str().map(str::to_owned);
        Grant {
            tpp: self.clone(),
            consent: consent.to_owned(),
            access_token: token("access_token").expect("a token"),
            // There is none for a payment.
            refresh_token: token("refresh_token").unwrap_or_default(),
        }
    }

    /// The claims of an ID token for this TPP, verified.
    #[track_caller]
    pub(crate) fn id_token(&self, jwt: &str) -> Map<String, Value> {
        let claims = verified(jwt, &self.bank.jwks());
        assert_eq!(claims["iss"], self.bank.issuer());
        assert_eq!(claims["aud"], self.id());
        claims
    }
}

impl<'a> Grant<'a> {
    /// The same grant with an access token of this moment: one lives five minutes.
    #[track_caller]
    pub(crate) fn renewed(&self) -> Self {
        let tokens = self.tpp.refresh(&self.refresh_token).send().ok();
        Self {
            tpp: self.tpp.clone(),
            consent: self.consent.clone(),
            access_token: tokens["access_token"].as_str().expect("a token").to_owned(),
            refresh_token: self.refresh_token.clone(),
        }
    }

    /// A POST under the consent; the path is below `/open-banking/v1`.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Call<'a> {
        self.get(path).method(Method::POST).json(body)
    }

    /// A call under the consent, with everything it needs; the path is below `/open-banking/v1`.
    pub(crate) fn get(&self, path: &str) -> Call<'a> {
        let target = format!("/open-banking/v1{path}");
        let call = self.tpp.call(Method::GET, &target);
        call.bearer(&self.access_token).consent(&self.consent)
    }
}

/// The form with an assertion in it.
fn with_assertion(form: Form, assertion: &Jwt) -> Form {
    form.with("client_assertion_type", JWT_BEARER)
        .with("client_assertion", assertion.encoded())
}

/// Everything there is to ask for.
pub(crate) const ALL_PERMISSIONS: &[&str] = &["ReadAccounts", "ReadBalances", "ReadTransactions"];

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
