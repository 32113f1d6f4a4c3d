//! ID tokens (OpenID Connect Core, sections 2 and 3.3.2.11; FAPI 1.0 Advanced, section 5.1.1).
//!
//! From the authorization endpoint an ID token is a detached signature: `c_hash` and `s_hash` bind the
//! code and the state it travels with. From the token endpoint it says who authenticated.

use serde_json::{Map, Value};
use time::Duration;

use crate::clock::Now;
use crate::jose::{self, Flaw};

use super::grant::Grant;

/// What an ID token travels with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beside<'a> {
    /// A code, from the authorization endpoint.
    Code(&'a str),
    /// An access token, from the token endpoint.
    AccessToken(&'a str),
}

/// The claims of an ID token. Its times are real ones: the TPP judges it by its own clock.
pub(crate) fn claims(
    grant: &Grant,
    beside: Beside<'_>,
    (issuer, life): (&str, Duration),
    now: Now,
) -> Map<String, Value> {
    let issued_at = now.real;
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    claim("iss", issuer.into());
    claim("sub", grant.customer.to_string().into());
    claim("aud", grant.client.id.as_str().into());
    claim("exp", issued_at.plus(life).unix_seconds().into());
    claim("iat", issued_at.unix_seconds().into());
    claim("auth_time", grant.authenticated_at.unix_seconds().into());
    if let Some(nonce) = &grant.nonce {
        claim("nonce", (&**nonce).into());
    }
    claim("acr", ACR_SCA.into());
    claim("openbanking_intent_id", grant.consent.as_str().into());
    match beside {
        Beside::Code(code) => {
            claim("c_hash", jose::half_hash(code).into());
            if let Some(state) = &grant.state {
                claim("s_hash", jose::half_hash(state).into());
            }
        }
        Beside::AccessToken(token) => {
            claim("at_hash", jose::half_hash(token).into());
        }
    }
    claims
}

/// What can be wrong with an ID token on purpose; all else about it stays right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// `aud` is another client.
    AudWrong,
    /// `c_hash` is of another code.
    CHashWrong,
    /// `exp` is past.
    Expired,
    /// `iss` is another issuer.
    IssWrong,
    /// There is no `nonce`.
    NonceMissing,
    /// `nonce` is another request's.
    NonceWrong,
    /// There is no `s_hash`.
    SHashMissing,
    /// `s_hash` is of another state.
    SHashWrong,
    /// The seal is wrong.
    Seal(Flaw),
}

impl Twist {
    /// Makes it wrong.
    pub(crate) fn perform(self, claims: &mut Map<String, Value>, now: Now) {
        let text = |claims: &Map<String, Value>, name: &str| {
            let value = claims.get(name).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let (name, value) = match self {
            Self::AudWrong => ("aud", format!("{}-of-another", text(claims, "aud")).into()),
            Self::CHashWrong => ("c_hash", jose::half_hash(&text(claims, "c_hash")).into()),
            Self::Expired => ("exp", now.real.plus(-EXPIRED_SINCE).unix_seconds().into()),
            Self::IssWrong => ("iss", format!("{}/another", text(claims, "iss")).into()),
            Self::NonceWrong => (
                "nonce",
                format!("{}-of-another", text(claims, "nonce")).into(),
            ),
            Self::SHashWrong => ("s_hash", jose::half_hash(&text(claims, "s_hash")).into()),
            Self::NonceMissing => {
                claims.remove("nonce");
                return;
            }
            Self::SHashMissing => {
                claims.remove("s_hash");
                return;
            }
            Self::Seal(_) => return,
        };
        claims.insert(name.to_owned(), value);
    }
}

/// Beyond the clock skew that a client may allow.
pub(super) const EXPIRED_SINCE: Duration = Duration::minutes(6);
/// Strong customer authentication, the only class the bank performs.
pub(crate) const ACR_SCA: &str = "urn:openbanking:psd2:sca";
