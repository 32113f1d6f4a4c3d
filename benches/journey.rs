//! What the benches share: a TPP that makes the journey's requests, over whatever carries them.

use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use hamsterbank::TppKit;

#[path = "../tests/it/clients/signer.rs"]
mod signer;

use signer::Signer;

/// Carries one request to the bank.
pub(crate) type Send<'a> = &'a dyn Fn(Request<Vec<u8>>) -> Response<Vec<u8>>;

/// A TPP of the scenario.
pub(crate) struct Tpp {
    kit: TppKit,
    signer: Signer,
    issuer: String,
}

/// What a customer granted.
pub(crate) struct Grant {
    access_token: String,
    consent: String,
}

impl Tpp {
    pub(crate) fn new(kit: TppKit, issuer: &str) -> Self {
        let jwk = serde_json::from_str(kit.signing_jwk()).unwrap();
        Self {
            signer: Signer::new(kit.signing_key_pem(), &jwk),
            kit,
            issuer: issuer.to_owned(),
        }
    }

    /// A `client_credentials` request with a fresh assertion.
    pub(crate) fn client_credentials(&self) -> Request<Vec<u8>> {
        self.form(
            "/oauth/token",
            "grant_type=client_credentials&scope=consents",
        )
    }

    /// Consent, pushed request, automatic approval, code, tokens: the whole of a customer's journey.
    pub(crate) fn journey(&self, send: Send<'_>) -> Grant {
        let own = answered(&send(self.client_credentials()), StatusCode::OK);
        let body = json!({ "permissions": ["ReadAccounts", "ReadBalances", "ReadTransactions"] });
        let request = self
            .request("POST", "/consents/account-access")
            .header(
                AUTHORIZATION,
                format!("Bearer {}", text(&own, "access_token")),
            )
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string().into_bytes());
        let consent = answered(&send(request.unwrap()), StatusCode::CREATED);
        let consent = text(&consent, "consent_id").to_owned();
        let jwt = self
            .signer
            .sign("oauth-authz-req+jwt", &self.request_object(&consent));
        let pushed = send(self.form("/oauth/par", &format!("request={jwt}")));
        let pushed = answered(&pushed, StatusCode::CREATED);
        let query = format!(
            "/oauth/authorize?client_id={}&request_uri={}",
            self.kit.client_id(),
            text(&pushed, "request_uri").replace(':', "%3A"),
        );
        let arrived = send(self.request("GET", &query).body(Vec::new()).unwrap());
        let location = arrived.headers()[LOCATION].to_str().unwrap();
        let (_, code) = location
            .split_once("#code=")
            .expect("a code in the fragment");
        let (code, _) = code.split_once('&').unwrap();
        let redirect_uri = self.kit.redirect_uris()[0]
            .replace(':', "%3A")
            .replace('/', "%2F");
        let form = format!(
            "grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&redirect_uri={redirect_uri}"
        );
        let tokens = answered(&send(self.form("/oauth/token", &form)), StatusCode::OK);
        Grant {
            access_token: text(&tokens, "access_token").to_owned(),
            consent,
        }
    }

    /// A GET of what was granted.
    pub(crate) fn read(&self, grant: &Grant, path: &str) -> Request<Vec<u8>> {
        self.request("GET", path)
            .header(AUTHORIZATION, format!("Bearer {}", grant.access_token))
            .header("x-consent-id", &grant.consent)
            .header("x-fapi-interaction-id", INTERACTION_ID)
            .body(Vec::new())
            .unwrap()
    }

    fn request_object(&self, consent: &str) -> Value {
        let now = unix_seconds();
        json!({
            "iss": self.kit.client_id(), "aud": self.issuer, "nbf": now, "exp": now + 300,
            "client_id": self.kit.client_id(), "response_type": "code id_token",
            "redirect_uri": self.kit.redirect_uris()[0], "scope": "openid accounts",
            "state": "a-state", "nonce": "a-nonce", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", "consent_id": consent,
        })
    }

    fn form(&self, path: &str, form: &str) -> Request<Vec<u8>> {
        let now = unix_seconds();
        let claims = json!({
            "iss": self.kit.client_id(), "sub": self.kit.client_id(), "aud": self.issuer,
            "jti": openidconnect::Nonce::new_random().secret(), "iat": now, "exp": now + 600,
        });
        let assertion = self.signer.sign("JWT", &claims);
        let form =
            format!("{form}&client_assertion_type={JWT_BEARER}&client_assertion={assertion}");
        self.request("POST", path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .unwrap()
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let host = self.issuer.trim_start_matches("https://");
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", host)
    }
}

fn answered(response: &Response<Vec<u8>>, expected: StatusCode) -> Value {
    let body = String::from_utf8_lossy(response.body());
    assert_eq!(response.status(), expected, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {json}"))
}

/// A TPP signs by its own clock, and it is real.
#[expect(clippy::disallowed_methods, reason = "the bank's clock is the bank's")]
fn unix_seconds() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

const JWT_BEARER: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
const INTERACTION_ID: &str = "1d0f0d6c-50f2-4b5c-9a39-0cf6a2d7a9a4";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
