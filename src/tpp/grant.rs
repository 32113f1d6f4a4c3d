//! From a consent to tokens: the request, the customer's return, the exchange (RFC 9126, RFC 9101,
//! RFC 7636; hybrid flow and JARM).

use http::StatusCode;
use serde_json::{Map, Value, json};
use time::Duration;

use crate::entropy;
use crate::jose;
use crate::wire::form::{self, Form};

use super::call::{Answer, Call};
use super::judge::{Beside, Doubt, Expected, Judge};
use super::{Tpp, object};

/// How the answer comes back to the redirect URI.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flow {
    /// `code id_token` in the fragment; the ID token vouches for code and state.
    Hybrid,
    /// `code` inside a signed JWT in the query.
    Jarm,
}

/// One attempt to have a consent authorized: what the client must remember until the customer is
/// back.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    flow: Flow,
    consent_id: String,
    scope: String,
    state: String,
    nonce: String,
    verifier: String,
    login_hint: Option<String>,
}

impl Attempt {
    /// A new attempt, with secrets of its own.
    pub(crate) fn new(flow: Flow, consent_id: &str, scope: &str) -> Self {
        Self {
            flow,
            consent_id: consent_id.to_owned(),
            scope: scope.to_owned(),
            state: entropy::secret(),
            nonce: entropy::secret(),
            verifier: entropy::secret(),
            login_hint: None,
        }
    }

    /// The same attempt, for a customer whose name the TPP knows (OpenID Connect Core, section 3.1.2.1).
    pub(crate) fn hinting(mut self, login_hint: Option<String>) -> Self {
        self.login_hint = login_hint;
        self
    }

    /// Another attempt of the same kind for another consent.
    pub(crate) fn again(&self, consent_id: &str) -> Self {
        Self::new(self.flow, consent_id, &self.scope)
    }

    /// The consent it is for.
    pub(crate) fn consent_id(&self) -> &str {
        &self.consent_id
    }
}

/// What the customer brought back, verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Returned {
    /// The authorization code.
    pub(crate) code: String,
    /// Who she is, where an ID token said so.
    pub(crate) subject: Option<String>,
}

/// What a code was exchanged for, verified.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    /// For resources.
    pub(crate) access_token: String,
    /// For the next access token.
    pub(crate) refresh_token: Option<String>,
    /// Who the customer is.
    pub(crate) subject: String,
}

impl Tpp {
    /// Pushes the authorization request, as a signed request object. The object holds this long,
    /// and so does the client's own proof.
    pub(crate) fn push(&self, attempt: &Attempt, life: Duration) -> Call {
        let request = self.request_object(attempt, life);
        self.prove(&self.discovery().par, vec![("request", request)], life)
    }

    /// Where the customer's browser is sent: nothing but a reference to what was pushed.
    pub(crate) fn authorize(&self, request_uri: &str) -> Call {
        let pairs = [
            ("client_id", self.kit().client_id.as_str()),
            ("request_uri", request_uri),
        ];
        Call::get(&form::with_query(&self.discovery().authorize, pairs))
    }

    /// Reads the redirect that ends the customer's visit.
    ///
    /// # Errors
    /// When it is a refusal, or anything in it is not to be believed.
    pub(crate) fn read_return(
        &self,
        attempt: &Attempt,
        answer: &Answer,
    ) -> Result<Returned, Doubt> {
        if !matches!(answer.status, StatusCode::FOUND | StatusCode::SEE_OTHER) {
            let received = answer.status.to_string();
            return Err(Doubt::new(
                "the authorization endpoint",
                "a redirect",
                received,
            ));
        }
        let location = answer.header("location").unwrap_or_default();
        match attempt.flow {
            Flow::Hybrid => self.read_fragment(attempt, location),
            Flow::Jarm => self.read_jarm(attempt, location),
        }
    }

    /// Exchanges a code.
    pub(crate) fn exchange(&self, attempt: &Attempt, code: &str, life: Duration) -> Call {
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.kit().redirect_uri.clone()),
            ("code_verifier", attempt.verifier.clone()),
        ];
        self.prove(&self.discovery().token, form, life)
    }

    /// Reads the tokens a code was exchanged for.
    ///
    /// # Errors
    /// When anything is missing, or is not to be believed.
    pub(crate) fn read_tokens(
        &self,
        attempt: &Attempt,
        returned: &Returned,
        answer: &Answer,
    ) -> Result<Tokens, Doubt> {
        let access_token = read_access_token(answer)?;
        let id_token = answer.text_member("id_token")?;
        let expected = Expected {
            nonce: &attempt.nonce,
            consent_id: &attempt.consent_id,
            beside: Beside::AccessToken(&access_token),
        };
        let claims = self
            .judge()
            .id_token(&id_token, self.kit().id_token_alg, expected)?;
        let subject = claims.str("sub").unwrap_or_default().to_owned();
        // OpenID Connect Core, section 3.3.3.6: both ID tokens are about the same customer.
        if let Some(first) = returned.subject.as_ref().filter(|first| **first != subject) {
            return Err(Doubt::new(
                "the second ID token's sub",
                first.clone(),
                subject,
            ));
        }
        Ok(Tokens {
            access_token,
            refresh_token: answer.text_member("refresh_token").ok(),
            subject,
        })
    }

    /// Asks for a fresh access token.
    pub(crate) fn refresh(&self, refresh_token: &str, life: Duration) -> Call {
        let form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", refresh_token.to_owned()),
        ];
        self.prove(&self.discovery().token, form, life)
    }

    /// Asks what the bank thinks of a token.
    pub(crate) fn introspect(&self, token: &str, life: Duration) -> Call {
        self.prove(
            &self.discovery().introspect,
            vec![("token", token.to_owned())],
            life,
        )
    }

    /// Gives a token back.
    pub(crate) fn revoke(&self, token: &str, life: Duration) -> Call {
        self.prove(
            &self.discovery().revoke,
            vec![("token", token.to_owned())],
            life,
        )
    }

    fn judge(&self) -> Judge<'_> {
        Judge {
            issuer: &self.discovery().issuer,
            client_id: &self.kit().client_id,
            keys: &self.keys,
            now: self.now(),
        }
    }

    /// FAPI 1.0 Advanced, section 5.2.3: everything of the request is inside, signed, short-lived.
    fn request_object(&self, attempt: &Attempt, life: Duration) -> String {
        let now = self.now();
        let mut claims = object(json!({
            "iss": self.kit().client_id,
            "aud": self.discovery().issuer,
            "nbf": now.unix_seconds(),
            "exp": now.plus(life).unix_seconds(),
            "client_id": self.kit().client_id,
            "redirect_uri": self.kit().redirect_uri,
            "scope": attempt.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": jose::pkce_s256(&attempt.verifier),
            "code_challenge_method": "S256",
        }));
        if let Some(hint) = &attempt.login_hint {
            claims.insert("login_hint".to_owned(), hint.as_str().into());
        }
        claims.extend(match attempt.flow {
            // The two ways to name the consent, one for each flow.
            Flow::Hybrid => object(json!({
                "response_type": "code id_token",
                "claims": { "id_token": {
                    "openbanking_intent_id": { "value": attempt.consent_id, "essential": true },
                } },
            })),
            Flow::Jarm => object(json!({
                "response_type": "code",
                "response_mode": "jwt",
                "consent_id": attempt.consent_id,
            })),
        });
        self.kit()
            .signing
            .sign(Some("oauth-authz-req+jwt"), &claims)
    }

    fn read_fragment(&self, attempt: &Attempt, location: &str) -> Result<Returned, Doubt> {
        let home = self.kit().redirect_uri.as_str();
        let fragment = location
            .strip_prefix(home)
            .and_then(|rest| rest.strip_prefix('#'))
            .ok_or_else(|| Doubt::new("the redirect", format!("{home}#…"), location.to_owned()))?;
        let members = read_members(fragment)?;
        refuse_error(&members)?;
        self.check_sender(&members, attempt)?;
        let code = member(&members, "code")?;
        let expected = Expected {
            nonce: &attempt.nonce,
            consent_id: &attempt.consent_id,
            beside: Beside::Code {
                code: &code,
                state: &attempt.state,
            },
        };
        let id_token = member(&members, "id_token")?;
        let claims = self
            .judge()
            .id_token(&id_token, self.kit().id_token_alg, expected)?;
        Ok(Returned {
            code,
            subject: claims.str("sub").map(str::to_owned),
        })
    }

    fn read_jarm(&self, attempt: &Attempt, location: &str) -> Result<Returned, Doubt> {
        let home = self.kit().redirect_uri.as_str();
        let joint = if home.contains('?') { '&' } else { '?' };
        let query = location
            .strip_prefix(home)
            .and_then(|rest| rest.strip_prefix(joint))
            .ok_or_else(|| {
                Doubt::new(
                    "the redirect",
                    format!("{home}{joint}…"),
                    location.to_owned(),
                )
            })?;
        let outside = read_members(query)?;
        // JARM, section 2.3: nothing stands beside the JWT, where anybody could have put it.
        if let Some(name) = outside.keys().find(|name| *name != "response") {
            return Err(Doubt::new("the redirect", "response alone", name.clone()));
        }
        let claims = self.judge().jarm(&member(&outside, "response")?)?;
        let members = claims.into_map();
        refuse_error(&members)?;
        self.check_sender(&members, attempt)?;
        Ok(Returned {
            code: member(&members, "code")?,
            subject: None,
        })
    }

    /// The answer is to this attempt, and from this bank (RFC 9207).
    fn check_sender(&self, members: &Map<String, Value>, attempt: &Attempt) -> Result<(), Doubt> {
        let facts = [
            ("state", attempt.state.as_str()),
            ("iss", self.discovery().issuer.as_str()),
        ];
        for (name, fact) in facts {
            let received = members.get(name).and_then(Value::as_str);
            if received != Some(fact) {
                let received = received.unwrap_or("none").to_owned();
                return Err(Doubt::new(
                    format!("the authorization response's {name}"),
                    fact.to_owned(),
                    received,
                ));
            }
        }
        Ok(())
    }
}

/// The access token of a token endpoint's answer, which must be a bearer's.
///
/// # Errors
/// When there is none, or it is of another type.
pub(crate) fn read_access_token(answer: &Answer) -> Result<String, Doubt> {
    let kind = answer.text_member("token_type")?;
    // RFC 6749, section 5.1: the value is case-insensitive.
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(Doubt::new("the answer's token_type", "Bearer", kind));
    }
    answer.text_member("access_token")
}

fn read_members(encoded: &str) -> Result<Map<String, Value>, Doubt> {
    let form = Form::parse(encoded.as_bytes())
        .map_err(|error| Doubt::new("the redirect", "well-formed parameters", error.to_string()))?;
    let pairs = form.pairs();
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect())
}

fn member(members: &Map<String, Value>, name: &'static str) -> Result<String, Doubt> {
    let text = members.get(name).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| Doubt::new("the authorization response", format!("a {name}"), "none"))
}

fn refuse_error(members: &Map<String, Value>) -> Result<(), Doubt> {
    let Some(error) = members.get("error").and_then(Value::as_str) else {
        return Ok(());
    };
    let description = members.get("error_description").and_then(Value::as_str);
    let received = format!("{error}: {}", description.unwrap_or("no description"));
    Err(Doubt::new("the authorization response", "a code", received))
}

#[cfg(test)]
mod tests;
