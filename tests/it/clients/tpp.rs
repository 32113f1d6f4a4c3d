//! A TPP built on the `openidconnect` crate.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreGenderClaim, CoreResponseType, CoreRevocableToken,
    CoreTokenIntrospectionResponse,
};
use openidconnect::url::Url;
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, Client, CsrfToken, EmptyAdditionalClaims, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    Scope, SubjectIdentifier, TokenUrl, UserInfoClaims, UserInfoUrl,
};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use hamsterbank::Bank;

use super::answer;
use super::kit::{Kit, Wishes};
use super::library::{Library, Metadata, TokenFailure, Tokens};
use super::registration::Registered;
use super::signer::Signer;
use super::transport::Transport;
use super::{text, unix_seconds};

/// How the answer is to come back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Hybrid,
    Jarm,
}

/// How the request object gets to the bank.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Carriage {
    /// Alone in the URL, as RFC 9101 has it.
    Bare,
    /// In the URL, beside the parameters it holds, as OpenID Connect has it.
    ByValue,
    Pushed,
}

/// One authorization request, and what the TPP keeps to judge its answer.
pub(crate) struct Asked {
    pub(crate) mode: Mode,
    pub(crate) consent: String,
    pub(crate) nonce: Nonce,
    pub(crate) verifier: PkceCodeVerifier,
    /// The claims of the request object: all that the library put into its URL, and FAPI's own.
    pub(crate) claims: Value,
    pub(crate) state: CsrfToken,
    url: Url,
}

/// A TPP that the bank did not know before it registered itself.
pub(crate) struct Tpp {
    pub(crate) metadata: Metadata,
    pub(crate) library: Library,
    kit: Kit,
    registered: Registered,
    signer: Signer,
    transport: Transport,
    browser: Transport,
    pub(crate) redirect_uri: RedirectUrl,
}

impl Tpp {
    /// Meets the bank as any TPP does: through the directory, its discovery document and its keys.
    pub(crate) async fn register(bank: &Bank, wishes: &Wishes) -> Self {
        let kit = Kit::onboard(bank, wishes).await;
        let transport = Transport::of_tpp(bank, &kit);
        let issuer = IssuerUrl::new(bank.issuer().to_owned()).unwrap();
        let metadata = Metadata::discover_async(issuer, &transport).await.unwrap();
        let extra = metadata.additional_metadata().clone();
        assert!(extra.authorization_response_iss_parameter_supported);
        assert!(extra.tls_client_certificate_bound_access_tokens);
        let registered = Registered::register(&kit, &metadata, &transport).await;
        // The last one: that is the address with a query of its own.
        let redirect_uri = kit.redirect_uris().pop().unwrap();
        let token_url: TokenUrl = metadata.token_endpoint().unwrap().clone();
        let userinfo_url: UserInfoUrl = metadata.userinfo_endpoint().unwrap().clone();
        let client_id = registered.client_id().clone();
        let library = Client::from_provider_metadata(metadata.clone(), client_id, None)
            .set_auth_type(AuthType::RequestBody)
            .set_redirect_uri(redirect_uri.clone())
            .set_token_uri(token_url)
            .set_user_info_url(userinfo_url)
            .set_introspection_url(extra.introspection_endpoint)
            .set_revocation_url(extra.revocation_endpoint);
        Self {
            metadata,
            library,
            signer: Signer::new(kit.text("signing_key_pem"), kit.signing_jwk()),
            kit,
            registered,
            transport,
            browser: Transport::of_browser(bank),
            redirect_uri,
        }
    }

    pub(crate) fn client_id(&self) -> &str {
        self.registered.client_id()
    }

    /// Ends the registration, and all that came of it.
    pub(crate) async fn unregister(&self) {
        self.registered.delete(&self.transport).await;
    }

    /// A token of the client's own.
    pub(crate) async fn client_credentials(&self) -> Result<Tokens, TokenFailure> {
        let mut request = self.library.exchange_client_credentials();
        for (name, value) in self.proof() {
            request = request.add_extra_param(name, value);
        }
        let request = request.add_scope(Scope::new("consents".to_owned()));
        request.request_async(&self.transport).await
    }

    /// A consent to read accounts, asked for with a token of the client's own.
    pub(crate) async fn create_consent(&self) -> String {
        let tokens = self.client_credentials().await.unwrap();
        let body = json!({ "permissions": ["ReadAccounts", "ReadBalances", "ReadTransactions"] });
        let answer = self
            .transport
            .http()
            .post(self.at("/consents/account-access"))
            .bearer_auth(tokens.access_token().secret())
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let consent: Value = answer.json().await.unwrap();
        text(&consent, "consent_id").to_owned()
    }

    /// Composes an authorization request: the library its parameters, the test what makes it FAPI's.
    pub(crate) fn ask(&self, mode: Mode, consent: &str) -> Asked {
        let flow = match mode {
            Mode::Hybrid => CoreAuthenticationFlow::Hybrid(vec![
                CoreResponseType::Code,
                CoreResponseType::IdToken,
            ]),
            Mode::Jarm => CoreAuthenticationFlow::AuthorizationCode,
        };
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = self
            .library
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("accounts".to_owned()))
            .set_pkce_challenge(challenge);
        if mode == Mode::Jarm {
            request = request.add_extra_param("response_mode", "jwt");
        }
        let (url, state, nonce) = request.url();
        Asked {
            mode,
            consent: consent.to_owned(),
            nonce,
            verifier,
            claims: self.request_object(&url, consent),
            state,
            url,
        }
    }

    // RFC 9101, section 4; FAPI 1.0 Advanced, section 5.2.2, items 13 and 17.
    fn request_object(&self, url: &Url, consent: &str) -> Value {
        let parameters = url.query_pairs();
        let mut claims: Map<String, Value> = parameters
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        let now = unix_seconds();
        claims.insert("iss".to_owned(), self.client_id().into());
        claims.insert("aud".to_owned(), self.metadata.issuer().as_str().into());
        claims.insert("nbf".to_owned(), now.into());
        claims.insert("exp".to_owned(), (now + 300).into());
        claims.insert(
            "claims".to_owned(),
            json!({ "id_token": {
                "acr": { "essential": true, "values": ["urn:openbanking:psd2:sca"] },
                "openbanking_intent_id": { "essential": true, "value": consent },
            }}),
        );
        Value::Object(claims)
    }

    /// Sends a browser to the bank; answers where the bank sends it back to.
    pub(crate) async fn authorize(&self, asked: &Asked, carriage: Carriage) -> String {
        let jwt = self.signer.sign("oauth-authz-req+jwt", &asked.claims);
        let url = match carriage {
            Carriage::ByValue => {
                let mut url = asked.url.clone();
                url.query_pairs_mut().append_pair("request", &jwt);
                url
            }
            Carriage::Bare => self.authorization_url("request", &jwt),
            Carriage::Pushed => self.push(&jwt).await,
        };
        let answer = self.browser.http().get(url).send().await.unwrap();
        assert!(answer.status().is_redirection(), "{}", answer.status());
        let location = answer.headers()["location"].to_str().unwrap();
        location.to_owned()
    }

    async fn push(&self, jwt: &str) -> Url {
        let extra = self.metadata.additional_metadata();
        let mut form = self.proof();
        form.push(("client_id", self.client_id().to_owned()));
        form.push(("request", jwt.to_owned()));
        let answer = self
            .transport
            .http()
            .post(extra.pushed_authorization_request_endpoint.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(answer::form(&form))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let pushed: Value = answer.json().await.unwrap();
        assert!((5..=600).contains(&pushed["expires_in"].as_u64().unwrap()));
        self.authorization_url("request_uri", text(&pushed, "request_uri"))
    }

    fn authorization_url(&self, name: &str, value: &str) -> Url {
        let mut url = self.metadata.authorization_endpoint().url().clone();
        url.query_pairs_mut()
            .append_pair("client_id", self.client_id())
            .append_pair(name, value);
        url
    }

    pub(crate) async fn exchange(&self, asked: &Asked, code: &str) -> Result<Tokens, TokenFailure> {
        let code = AuthorizationCode::new(code.to_owned());
        let verifier = PkceCodeVerifier::new(asked.verifier.secret().clone());
        let mut request = self.library.exchange_code(code).set_pkce_verifier(verifier);
        for (name, value) in self.proof() {
            request = request.add_extra_param(name, value);
        }
        request.request_async(&self.transport).await
    }

    pub(crate) async fn refresh(&self, token: &RefreshToken) -> Result<Tokens, TokenFailure> {
        let mut request = self.library.exchange_refresh_token(token);
        for (name, value) in self.proof() {
            request = request.add_extra_param(name, value);
        }
        request.request_async(&self.transport).await
    }

    pub(crate) async fn introspect(&self, token: &str) -> CoreTokenIntrospectionResponse {
        let token = AccessToken::new(token.to_owned());
        let mut request = self.library.introspect(&token);
        for (name, value) in self.proof() {
            request = request.add_extra_param(name, value);
        }
        request.request_async(&self.transport).await.unwrap()
    }

    pub(crate) async fn revoke(&self, token: CoreRevocableToken) {
        let mut request = self.library.revoke_token(token).unwrap();
        for (name, value) in self.proof() {
            request = request.add_extra_param(name, value);
        }
        request.request_async(&self.transport).await.unwrap();
    }

    pub(crate) async fn userinfo(
        &self,
        token: &AccessToken,
        subject: &SubjectIdentifier,
    ) -> UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> {
        let expected = Some(subject.clone());
        let request = self.library.user_info(token.clone(), expected);
        request.request_async(&self.transport).await.unwrap()
    }

    pub(crate) async fn accounts(&self, token: &AccessToken, consent: &str) -> (StatusCode, Value) {
        let answer = self
            .transport
            .http()
            .get(self.at("/open-banking/v1/accounts"))
            .bearer_auth(token.secret())
            .header("x-consent-id", consent)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.metadata.issuer().as_str())
    }

    /// What proves the client in a form: a fresh assertion, or nothing beside its certificate.
    fn proof(&self) -> Vec<(&'static str, String)> {
        if self.kit.text("token_endpoint_auth_method") != "private_key_jwt" {
            return Vec::new();
        }
        let now = unix_seconds();
        let claims = json!({
            "iss": self.client_id(),
            "sub": self.client_id(),
            "aud": self.metadata.token_endpoint().unwrap().as_str(),
            "jti": Nonce::new_random().secret(),
            "iat": now,
            "exp": now + 60,
        });
        let jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        vec![
            ("client_assertion_type", jwt_bearer.to_owned()),
            ("client_assertion", self.signer.sign("JWT", &claims)),
        ]
    }
}
