//! POST `/onboard`: a TPP's kit in one call, good or flawed on request. Nothing is registered yet.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::directory::{AuthMethod, Flaw, Onboarding, OnboardingError, ROLES};
use crate::jose::Algorithm;
use crate::json;
use crate::oauth::registration::statement::{role_of, word_of};
use crate::pki::PspRole;
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;

/// POST `/onboard`.
pub(super) fn onboard(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let onboarding = read(&call.request.body)?;
    let kit = call
        .bank
        .onboard(&onboarding)
        .map_err(|error| problem(&error))?;
    Ok(Reply::json(StatusCode::CREATED, &kit.document()))
}

/// Reads the wishes; everything but the name has a default.
fn read(body: &[u8]) -> Result<Onboarding, Problem> {
    let members = json::read_object(body).map_err(|error| {
        let words = ("invalid_json", "The body is not a JSON object");
        Problem::new(StatusCode::BAD_REQUEST, words, error.to_string())
    })?;
    if let Some(unknown) = members
        .keys()
        .find(|name| !MEMBERS.contains(&name.as_str()))
    {
        return Err(Problem::unknown_name(
            &format!("/{unknown}"),
            unknown,
            MEMBERS,
        ));
    }
    let Some(name) = members.get("name") else {
        let detail = "the member name is missing".to_owned();
        return Err(Problem::invalid("/name", "the TPP's name", detail));
    };
    let auth_methods = AuthMethod::ALL.map(|method| (method.as_str(), method));
    let algorithms = [Algorithm::Ps256, Algorithm::Es256].map(|known| (known.as_str(), known));
    let flaws = Flaw::ALL.map(|flaw| (flaw.as_str(), flaw));
    let default = Onboarding::named(text("/name", name)?);
    Ok(Onboarding {
        roles: roles(&members)?.unwrap_or(default.roles),
        redirect_uris: redirect_uris(&members)?.unwrap_or(default.redirect_uris),
        token_endpoint_auth_method: word(&members, "token_endpoint_auth_method", &auth_methods)?
            .unwrap_or(default.token_endpoint_auth_method),
        signing_alg: word(&members, "signing_alg", &algorithms)?.unwrap_or(default.signing_alg),
        flaw: word(&members, "flaw", &flaws)?,
        name: default.name,
    })
}

fn roles(members: &Map<String, Value>) -> Result<Option<Vec<PspRole>>, Problem> {
    let Some(written) = members.get("roles") else {
        return Ok(None);
    };
    let words = ROLES.map(word_of);
    let mut roles = Vec::new();
    for (index, item) in list("/roles", written)?.iter().enumerate() {
        let pointer = format!("/roles/{index}");
        let word = text(&pointer, item)?;
        let role = role_of(word).ok_or_else(|| Problem::unknown_name(&pointer, word, &words))?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(Some(roles))
}

fn redirect_uris(members: &Map<String, Value>) -> Result<Option<Vec<String>>, Problem> {
    let Some(written) = members.get("redirect_uris") else {
        return Ok(None);
    };
    let items = list("/redirect_uris", written)?.iter().enumerate();
    let uris = items
        .map(|(index, item)| text(&format!("/redirect_uris/{index}"), item).map(str::to_owned));
    uris.collect::<Result<_, _>>().map(Some)
}

fn word<T: Copy>(
    members: &Map<String, Value>,
    name: &str,
    known: &[(&'static str, T)],
) -> Result<Option<T>, Problem> {
    let Some(written) = members.get(name) else {
        return Ok(None);
    };
    let pointer = format!("/{name}");
    let written = text(&pointer, written)?;
    let row = known.iter().find(|(word, _)| *word == written);
    row.map(|(_, value)| Some(*value)).ok_or_else(|| {
        let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
        Problem::unknown_name(&pointer, written, &words)
    })
}

fn text<'v>(pointer: &str, value: &'v Value) -> Result<&'v str, Problem> {
    let expected = || Problem::invalid(pointer, "a text", value.to_string());
    value.as_str().ok_or_else(expected)
}

fn list<'v>(pointer: &str, value: &'v Value) -> Result<&'v [Value], Problem> {
    let expected = || Problem::invalid(pointer, "a list of texts", value.to_string());
    value.as_array().map(Vec::as_slice).ok_or_else(expected)
}

fn problem(error: &OnboardingError) -> Problem {
    let told = error.to_string();
    match error {
        OnboardingError::Name => Problem::invalid("/name", "a name that fits a certificate", told),
        OnboardingError::Roles => Problem::invalid("/roles", "AISP, PISP, CBPII", told),
        OnboardingError::RedirectUris => Problem::invalid("/redirect_uris", "1 to 32 URIs", told),
        OnboardingError::RedirectUri { index } => {
            let pointer = format!("/redirect_uris/{index}");
            Problem::invalid(&pointer, "https://…, or http:// on loopback", told)
        }
        OnboardingError::NoRsaKeys => Problem::invalid("/signing_alg", "ES256", told),
        OnboardingError::Full(_) => {
            let words = ("directory_full", "The directory keeps no more software");
            Problem::new(StatusCode::CONFLICT, words, told)
        }
        OnboardingError::Authority(_) | OnboardingError::Key(_) | OnboardingError::KeySet(_) => {
            let words = ("kit_failed", "The kit could not be made");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, words, told)
        }
    }
}

const MEMBERS: &[&str] = &[
    "name",
    "roles",
    "redirect_uris",
    "token_endpoint_auth_method",
    "signing_alg",
    "flaw",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough() {
        let onboarding = read(br#"{"name": "Willow"}"#).unwrap();
        assert_eq!(onboarding, Onboarding::named("Willow"));
        assert_eq!(onboarding.roles, ROLES);
        assert_eq!(
            onboarding.token_endpoint_auth_method,
            AuthMethod::PrivateKeyJwt
        );
        assert_eq!(onboarding.signing_alg, Algorithm::Ps256);
        assert_eq!(onboarding.flaw, None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_where_it_stands_and_what_was_near() {
        for (body, pointer, nearest) in [
            (r#"{"nmae": "W"}"#, "/nmae", Some("name")),
            ("{}", "/name", None),
            (r#"{"name": 7}"#, "/name", None),
            (
                r#"{"name": "W", "roles": ["AIPS"]}"#,
                "/roles/0",
                Some("AISP"),
            ),
            (r#"{"name": "W", "roles": "AISP"}"#, "/roles", None),
            (
                r#"{"name": "W", "signing_alg": "PS265"}"#,
                "/signing_alg",
                Some("PS256"),
            ),
            (
                r#"{"name": "W", "flaw": "expired_sssa"}"#,
                "/flaw",
                Some("expired_ssa"),
            ),
            (
                r#"{"name": "W", "token_endpoint_auth_method": "private_key"}"#,
                "/token_endpoint_auth_method",
                Some("private_key_jwt"),
            ),
        ] {
            let problem = read(body.as_bytes()).unwrap_err().reply();
            let problem: Value = serde_json::from_slice(&problem.body).unwrap();
            assert_eq!(problem["status"], 422, "{body}");
            assert_eq!(problem["pointer"], pointer, "{body}");
            assert_eq!(problem["nearest"].as_str(), nearest, "{body}");
        }
        assert_eq!(
            read(b"[").unwrap_err().reply().status,
            StatusCode::BAD_REQUEST
        );
    }
}
