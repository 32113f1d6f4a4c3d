//! What a careful client checks before it believes a signed answer (OpenID Connect Core, sections
//! 3.1.3.7 and 3.3.2.11; FAPI 1.0 Advanced, sections 5.2.3.1 and 5.2.3.2; JARM, section 2.4).

use std::borrow::Cow;

use time::Duration;

use crate::clock::Timestamp;
use crate::jose::{self, Algorithm, Jws, KeySet, VerifiedClaims};

/// Why something the bank sent is not believed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what}: expected {expected}, received {received}")]
pub(crate) struct Doubt {
    what: Cow<'static, str>,
    expected: Cow<'static, str>,
    received: Cow<'static, str>,
}

impl Doubt {
    /// `what` is not as `expected`.
    pub(crate) fn new(
        what: impl Into<Cow<'static, str>>,
        expected: impl Into<Cow<'static, str>>,
        received: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            what: what.into(),
            expected: expected.into(),
            received: received.into(),
        }
    }
}

/// Who judges, with whose keys and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) keys: &'a KeySet,
    pub(super) now: Timestamp,
}

/// What an ID token must say of the authorization it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) nonce: &'a str,
    pub(super) consent_id: &'a str,
    pub(super) beside: Beside<'a>,
}

/// What an ID token came with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beside<'a> {
    /// A code and a state, at the redirect URI: it must vouch for both.
    Code { code: &'a str, state: &'a str },
    /// An access token, from the token endpoint: what it says of it must be right.
    AccessToken(&'a str),
}

impl Judge<'_> {
    /// Verifies an ID token: its signature, and each claim.
    pub(super) fn id_token(
        &self,
        text: &str,
        algorithm: Algorithm,
        expected: Expected<'_>,
    ) -> Result<VerifiedClaims, Doubt> {
        let claims = self.signed("the ID token", text, &[algorithm])?;
        let told = |name: &str| claims.str(name).unwrap_or("none");
        let issued = claims.number("iat").map(Timestamp::from_unix_seconds);
        let is_recent = |at: Timestamp| {
            let age = self.now.since(at);
            -SKEW <= age && age <= ISSUED_AGE_MAX
        };
        if !issued.is_some_and(is_recent) {
            let received = issued.map_or_else(|| "none".to_owned(), |at| at.to_string());
            return Err(Doubt::new(
                "the ID token's iat",
                "one of the last minutes",
                received,
            ));
        }
        if claims.str("sub").is_none_or(str::is_empty) {
            return Err(Doubt::new("the ID token's sub", "a subject", "none"));
        }
        let mut facts = vec![
            ("nonce", expected.nonce.to_owned()),
            ("openbanking_intent_id", expected.consent_id.to_owned()),
        ];
        match expected.beside {
            Beside::Code { code, state } => {
                facts.push(("c_hash", jose::half_hash(code)));
                facts.push(("s_hash", jose::half_hash(state)));
            }
            // Optional here (OpenID Connect Core, section 3.1.3.6), but never wrong.
            Beside::AccessToken(token) if claims.map().contains_key("at_hash") => {
                facts.push(("at_hash", jose::half_hash(token)));
            }
            Beside::AccessToken(_) => {}
        }
        for (name, fact) in facts {
            if claims.str(name) != Some(fact.as_str()) {
                let received = told(name).to_owned();
                return Err(Doubt::new(format!("the ID token's {name}"), fact, received));
            }
        }
        Ok(claims)
    }

    /// Verifies a JWT of the authorization endpoint (JARM).
    pub(super) fn jarm(&self, text: &str) -> Result<VerifiedClaims, Doubt> {
        self.signed("the response JWT", text, &Algorithm::ALL)
    }

    /// What holds for everything the bank signs: the key, `iss`, `aud`, `exp`.
    fn signed(
        &self,
        what: &'static str,
        text: &str,
        allowed: &[Algorithm],
    ) -> Result<VerifiedClaims, Doubt> {
        let unread = |error: String| Doubt::new(what, "a JWT the bank signed", error);
        let jws = Jws::parse(text).map_err(|fault| unread(fault.to_string()))?;
        if jws.claimed_kid().is_none() {
            return Err(Doubt::new(what, "a kid in the header", "none"));
        }
        let claims = jws
            .verify(self.keys, allowed)
            .map_err(|fault| unread(fault.to_string()))?;
        if claims.str("iss") != Some(self.issuer) {
            let received = claims.str("iss").unwrap_or("none").to_owned();
            return Err(Doubt::new(
                format!("{what}'s iss"),
                self.issuer.to_owned(),
                received,
            ));
        }
        // OpenID Connect Core, section 3.1.3.7, item 3: an audience the client does not trust is
        // reason enough to stop, and it trusts nobody but itself.
        if claims.audience().is_none_or(|aud| aud != [self.client_id]) {
            let received = claims
                .map()
                .get("aud")
                .map_or_else(|| "none".to_owned(), ToString::to_string);
            return Err(Doubt::new(
                format!("{what}'s aud"),
                self.client_id.to_owned(),
                received,
            ));
        }
        let ends = claims.number("exp").map(Timestamp::from_unix_seconds);
        if ends.is_none_or(|ends| ends.plus(SKEW) <= self.now) {
            let received = ends.map_or_else(|| "none".to_owned(), |at| at.to_string());
            return Err(Doubt::new(
                format!("{what}'s exp"),
                "one in the future",
                received,
            ));
        }
        Ok(claims)
    }
}

/// Clocks on two machines differ by this at most.
const SKEW: Duration = Duration::seconds(10);
/// An ID token is read within a moment of being made.
const ISSUED_AGE_MAX: Duration = Duration::minutes(5);

#[cfg(test)]
mod tests;
