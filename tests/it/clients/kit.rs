//! What the bank's mock directory hands a TPP that nobody has registered yet.

use openidconnect::RedirectUrl;
use reqwest::StatusCode;
use serde_json::{Value, json};

use hamsterbank::Bank;

use super::text;
use super::transport::Transport;

/// What a TPP wants to be, and so what the directory makes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    pub(crate) name: &'static str,
    pub(crate) token_endpoint_auth_method: &'static str,
    pub(crate) signing_alg: &'static str,
}

/// The document that POST /onboard answers.
pub(crate) struct Kit(Value);

impl Kit {
    /// One call of the control API; the bank knows no client by it yet.
    pub(crate) async fn onboard(bank: &Bank, wishes: &Wishes) -> Self {
        let wishes = json!({
            "name": wishes.name,
            "token_endpoint_auth_method": wishes.token_endpoint_auth_method,
            "signing_alg": wishes.signing_alg,
            "redirect_uris": [
                "https://localhost:9443/callback",
                "https://localhost:9443/callback?dummy1=lorem&dummy2=ipsum",
            ],
        });
        let answer = Transport::of_browser(bank)
            .http()
            .post(format!("{}/onboard", bank.control_url()))
            .json(&wishes)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        Self(answer.json().await.unwrap())
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        text(&self.0, name)
    }

    pub(crate) fn signing_jwk(&self) -> &Value {
        &self.0["signing_jwk"]
    }

    pub(crate) fn redirect_uris(&self) -> Vec<RedirectUrl> {
        let uris = self.0["redirect_uris"].as_array().unwrap().iter();
        uris.map(|uri| RedirectUrl::new(uri.as_str().unwrap().to_owned()).unwrap())
            .collect()
    }
}
