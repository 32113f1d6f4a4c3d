//! What a client asks the authorization endpoint for, once every check has passed.
//!
//! [`Asked`] is the question as it came: the parameters of a verified request object (or, in the
//! `relaxed` profile, of the query). [`AuthorizationRequest`] is what it means; it can only be read from
//! parameters that the checks of `check/authorization.rs` let through.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::id::ConsentId;
use crate::rule::Mismatch;

use super::client::Client;
use super::scope::Scope;

/// An authorization request as it came, about to be judged.
pub(crate) struct Asked {
    /// The parameters; of a request object all of its claims.
    pub(crate) parameters: Map<String, Value>,
    /// Who asks.
    pub(crate) client: Arc<Client>,
}

impl Asked {
    /// A parameter that is a text; those of another type are refused before anybody asks.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str)
    }

    /// Every consent the request names: `consent_id`, and the claim `openbanking_intent_id`.
    pub(crate) fn consents_named(&self) -> Vec<&str> {
        let mut named: Vec<_> = self.text("consent_id").into_iter().collect();
        for intent in self.claim_values("openbanking_intent_id") {
            if !named.contains(&intent) {
                named.push(intent);
            }
        }
        named
    }

    /// The values any of which `claims.id_token` wants of a claim that is a text.
    fn claim_values(&self, claim: &str) -> Vec<&str> {
        let Some(asked) = self.claim_request(claim) else {
            return Vec::new();
        };
        let several = asked.get("values").and_then(Value::as_array);
        let values = several.into_iter().flatten().chain(asked.get("value"));
        values.filter_map(Value::as_str).collect()
    }

    /// What `claims.id_token` asks of one claim (OpenID Connect Core, section 5.5).
    pub(crate) fn claim_request(&self, claim: &str) -> Option<&Value> {
        self.parameters.get("claims")?.get("id_token")?.get(claim)
    }

    /// What the parameters mean. Call it when the checks have passed.
    ///
    /// # Errors
    /// When something without which there is no request is missing after all: a check was switched off.
    pub(crate) fn read(&self) -> Result<AuthorizationRequest, Mismatch> {
        let missing = |name: &str| Mismatch::new(format!("a {name}"), "none");
        let response_type = self
            .text("response_type")
            .and_then(ResponseType::parse)
            .ok_or_else(|| missing("response_type"))?;
        let redirect_uri = self
            .text("redirect_uri")
            .ok_or_else(|| missing("redirect_uri"))?;
        let consent = self.consents_named();
        let consent = consent.first().ok_or_else(|| missing("consent_id"))?;
        Ok(AuthorizationRequest {
            response_type,
            response_mode: ResponseMode::resolve(response_type, self.text("response_mode"))?,
            redirect_uri: redirect_uri.into(),
            scope: Scope::parse(self.text("scope").unwrap_or_default())
                .map_err(|unknown| Mismatch::new("known scopes", unknown.0))?,
            state: self.text("state").map(Into::into),
            nonce: self.text("nonce").map(Into::into),
            code_challenge: self.text("code_challenge").map(Into::into),
            consent: ConsentId::new(*consent),
            login_hint: self.text("login_hint").map(Into::into),
            essential_acr: self.essential_acr(),
            claimed_subjects: self.owned_values("sub"),
            hinted_subject: None,
        })
    }

    fn essential_acr(&self) -> Option<Vec<String>> {
        let asked = self.claim_request("acr")?;
        if asked.get("essential") != Some(&Value::Bool(true)) {
            return None;
        }
        self.owned_values("acr")
    }

    fn owned_values(&self, claim: &str) -> Option<Vec<String>> {
        let values = self.claim_values(claim).into_iter().map(str::to_owned);
        Some(values.collect()).filter(|values: &Vec<_>| !values.is_empty())
    }
}

/// An authorization request that is in order.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    /// What is to come back.
    pub(crate) response_type: ResponseType,
    /// How it is to come back.
    pub(crate) response_mode: ResponseMode,
    /// Where to; registered by the client, to the letter.
    pub(crate) redirect_uri: Arc<str>,
    /// What the client wants to be allowed.
    pub(crate) scope: Scope,
    /// Comes back unchanged.
    pub(crate) state: Option<Arc<str>>,
    /// Comes back in the ID token.
    pub(crate) nonce: Option<Arc<str>>,
    /// The S256 challenge the code exchange must answer (RFC 7636).
    pub(crate) code_challenge: Option<Arc<str>>,
    /// The consent the customer is to approve.
    pub(crate) consent: ConsentId,
    /// The customer the client thinks it has before it.
    pub(crate) login_hint: Option<Arc<str>>,
    /// The authentication context classes one of which the client insists on.
    pub(crate) essential_acr: Option<Vec<String>>,
    /// The customers one of whom the client insists on, by the claim `sub`: nobody else may decide.
    pub(crate) claimed_subjects: Option<Vec<String>>,
    /// The customer of whom the client showed an ID token (`id_token_hint`): nobody else may decide.
    pub(crate) hinted_subject: Option<Arc<str>>,
}

/// What comes back from the authorization endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ResponseType {
    /// A code alone.
    Code,
    /// A code, and an ID token as a detached signature over it (hybrid flow).
    CodeIdToken,
}

impl ResponseType {
    /// Every type the bank supports.
    pub(crate) const ALL: [Self; 2] = [Self::Code, Self::CodeIdToken];

    /// The registered word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::CodeIdToken => "code id_token",
        }
    }

    /// Reads it; the order of the words does not matter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "code" => Some(Self::Code),
            "code id_token" | "id_token code" => Some(Self::CodeIdToken),
            _ => None,
        }
    }
}

/// How an authorization response travels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ResponseMode {
    /// Plain parameters in the fragment.
    Fragment,
    /// One signed JWT in the fragment (JARM).
    FragmentJwt,
    /// Plain parameters in the query; no profile but `relaxed` allows it.
    Query,
    /// One signed JWT in the query (JARM).
    QueryJwt,
}

impl ResponseMode {
    /// The mode that `asked` means beside this response type.
    ///
    /// # Errors
    /// When the mode is unknown, or would put an ID token into the query.
    pub(crate) fn resolve(
        response_type: ResponseType,
        asked: Option<&str>,
    ) -> Result<Self, Mismatch> {
        match (response_type, asked) {
            (ResponseType::Code, None | Some("query")) => Ok(Self::Query),
            (ResponseType::Code, Some("jwt" | "query.jwt")) => Ok(Self::QueryJwt),
            (ResponseType::CodeIdToken, None | Some("fragment")) => Ok(Self::Fragment),
            (ResponseType::CodeIdToken, Some("jwt" | "fragment.jwt"))
            | (ResponseType::Code, Some("fragment.jwt")) => Ok(Self::FragmentJwt),
            (ResponseType::Code, Some(other)) => Err(Mismatch::new(
                "response_mode jwt, query.jwt or fragment.jwt",
                other.to_owned(),
            )),
            (ResponseType::CodeIdToken, Some(other)) => Err(Mismatch::new(
                "response_mode fragment, jwt or fragment.jwt",
                other.to_owned(),
            )),
        }
    }

    /// Whether the response is a signed JWT.
    pub(crate) const fn is_jwt(self) -> bool {
        matches!(self, Self::FragmentJwt | Self::QueryJwt)
    }

    /// Whether the response travels in the fragment.
    pub(crate) const fn is_fragment(self) -> bool {
        matches!(self, Self::Fragment | Self::FragmentJwt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_token_never_travels_in_a_query() {
        for mode in ["query", "query.jwt", "form_post", "", "JWT"] {
            let resolved = ResponseMode::resolve(ResponseType::CodeIdToken, Some(mode));
            assert!(resolved.is_err(), "{mode:?}");
        }
    }

    #[test]
    fn jwt_means_the_default_place_of_the_response_type() {
        let resolve = |kind| ResponseMode::resolve(kind, Some("jwt")).unwrap();
        assert_eq!(resolve(ResponseType::Code), ResponseMode::QueryJwt);
        assert_eq!(
            resolve(ResponseType::CodeIdToken),
            ResponseMode::FragmentJwt
        );
    }
}
