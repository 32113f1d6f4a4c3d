//! What an authorization request may ask for (RFC 6749, section 4.1.1; FAPI 1.0; RFC 7636; JARM).

mod parameters;

use parameters::{parameters_are_short, parameters_are_well_typed};

use super::{Check, Place};
use crate::oauth::error::ErrorCode::{
    self, InvalidRequest, InvalidScope, LoginRequired, UnauthorizedClient, UnsupportedResponseType,
};
use crate::oauth::profile::Reach;
use crate::oauth::request::{Asked, ResponseMode, ResponseType};
use crate::oauth::scope::{Scope, ScopeToken};
use crate::oauth::token::GrantType;
use crate::rule::{Mismatch, Rule};

/// In the order they are asked.
pub(crate) static CHECKS: &[Check<Asked>] = &[
    row(
        Rule {
            name: "authorize.parameters",
            clause: "RFC 6749, section 3.1; OpenID Connect Core, sections 3.1.2.1 and 5.5",
            sentence: "Every parameter the bank knows has the type its standard gives it.",
        },
        (InvalidRequest, Reach::Always),
        parameters_are_well_typed,
    ),
    row(
        Rule {
            name: "authorize.length",
            clause: "Hamster Bank API, section 8",
            sentence: "No parameter is longer than a test could need: the bank keeps them.",
        },
        (InvalidRequest, Reach::Always),
        parameters_are_short,
    ),
    row(
        Rule {
            name: "authorize.redirect_uri",
            clause: "FAPI 1.0 Baseline, section 5.2.2, items 8 to 10; RFC 6749, section 3.1.2.3",
            sentence: "The redirect_uri is there and is registered, to the letter.",
        },
        (InvalidRequest, Reach::Always),
        redirect_uri_is_registered,
    ),
    row(
        Rule {
            name: "authorize.response_type",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 2; RFC 6749, section 3.1.1",
            sentence: "The response_type is code or code id_token.",
        },
        (UnsupportedResponseType, Reach::Always),
        response_type_is_supported,
    ),
    row(
        Rule {
            name: "authorize.response_type.registered",
            clause: "RFC 7591, section 2",
            sentence: "The client is registered for the response_type.",
        },
        (UnauthorizedClient, Reach::EveryProfile),
        response_type_is_registered,
    ),
    row(
        Rule {
            name: "authorize.grant_type.registered",
            clause: "RFC 6749, section 4.1.2.1; RFC 7591, section 2",
            sentence: "The client is registered for the grant that a code is exchanged by.",
        },
        (UnauthorizedClient, Reach::EveryProfile),
        code_grant_is_registered,
    ),
    row(
        Rule {
            name: "authorize.response_mode",
            clause: "JARM, section 2.3; OAuth 2.0 Multiple Response Types, section 2.1",
            sentence: "The response_mode is known and fits the response_type.",
        },
        (InvalidRequest, Reach::Always),
        response_mode_fits,
    ),
    row(
        Rule {
            name: "authorize.response_mode.jwt",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 2",
            sentence: "A code without an ID token comes back in a signed JWT.",
        },
        (InvalidRequest, Reach::Fapi1Advanced),
        a_bare_code_is_signed,
    ),
    row(
        Rule {
            name: "authorize.scope.present",
            clause: "RFC 6749, section 3.3; OpenID Connect Core, section 3.1.2.1",
            sentence: "The scope is there, inside the request object if there is one.",
        },
        (InvalidRequest, Reach::EveryProfile),
        scope_is_present,
    ),
    row(
        Rule {
            name: "authorize.scope",
            clause: "RFC 6749, section 3.3; OpenID Connect Core, section 3.1.2.1",
            sentence: "The scope holds openid and what the client registered, and nothing else.",
        },
        (InvalidScope, Reach::EveryProfile),
        scope_is_allowed,
    ),
    row(
        Rule {
            name: "authorize.nonce",
            clause: "FAPI 1.0 Baseline, section 5.2.2.2; OpenID Connect Core, section 3.3.2.11",
            sentence: "A nonce is there, inside the request object if there is one.",
        },
        (InvalidRequest, Reach::Fapi1Advanced),
        nonce_is_present,
    ),
    row(
        Rule {
            name: "authorize.nonce.hybrid",
            clause: "OpenID Connect Core, section 3.3.2.11",
            sentence: "Whoever wants an ID token from the authorization endpoint sends a nonce for it.",
        },
        (InvalidRequest, Reach::EveryProfile),
        nonce_of_an_id_token_is_present,
    ),
    Check {
        places: &[Place::Par],
        ..row(
            Rule {
                name: "pkce.required",
                clause: "FAPI 1.0 Advanced, section 5.2.2, item 18; RFC 7636, section 4.4.1",
                sentence: "A pushed request has a code_challenge.",
            },
            (InvalidRequest, Reach::Fapi1Advanced),
            challenge_is_present,
        )
    },
    row(
        Rule {
            name: "pkce.method",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 18; RFC 7636, section 4.3",
            sentence: "A code_challenge is an S256 hash, and says so.",
        },
        (InvalidRequest, Reach::EveryProfile),
        challenge_is_s256,
    ),
    row(
        Rule {
            name: "authorize.prompt",
            clause: "OpenID Connect Core, section 3.1.2.1",
            sentence: "The customer must be asked: prompt=none cannot be met.",
        },
        (LoginRequired, Reach::EveryProfile),
        customer_may_be_asked,
    ),
    row(
        Rule {
            name: "authorize.consent",
            clause: "Hamster Bank API, section 5.3",
            sentence: "The request names one consent: consent_id or openbanking_intent_id.",
        },
        (InvalidRequest, Reach::Always),
        one_consent_is_named,
    ),
];

const fn row(
    rule: Rule,
    (code, reach): (ErrorCode, Reach),
    run: fn(&Asked) -> Result<(), Mismatch>,
) -> Check<Asked> {
    Check {
        rule,
        code,
        places: &[Place::Par, Place::Authorize],
        reach,
        run,
    }
}

fn redirect_uri_is_registered(asked: &Asked) -> Result<(), Mismatch> {
    let presented = asked.text("redirect_uri");
    if presented.is_some_and(|uri| asked.client.may_redirect_to(uri)) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("one of {}", asked.client.redirect_uris.join(" ")),
        presented.unwrap_or("none").to_owned(),
    ))
}

fn response_type_is_supported(asked: &Asked) -> Result<(), Mismatch> {
    let presented = asked.text("response_type");
    match presented.and_then(ResponseType::parse) {
        Some(_) => Ok(()),
        None => Err(Mismatch::new(
            "response_type code or code id_token",
            presented.unwrap_or("none").to_owned(),
        )),
    }
}

fn response_type_is_registered(asked: &Asked) -> Result<(), Mismatch> {
    let registered = &asked.client.response_types;
    let Some(presented) = asked.text("response_type").and_then(ResponseType::parse) else {
        return Ok(());
    };
    if registered.contains(&presented) {
        return Ok(());
    }
    let words: Vec<_> = registered.iter().map(|kind| kind.as_str()).collect();
    Err(Mismatch::new(
        format!("a registered response_type: {}", words.join(", ")),
        presented.as_str(),
    ))
}

fn code_grant_is_registered(asked: &Asked) -> Result<(), Mismatch> {
    if asked.client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    let words: Vec<_> = asked
        .client
        .grant_types
        .iter()
        .map(|it| it.as_str())
        .collect();
    Err(Mismatch::new(
        "a client registered for authorization_code",
        format!("one registered for {}", words.join(", ")),
    ))
}

fn response_mode_fits(asked: &Asked) -> Result<(), Mismatch> {
    mode(asked).map(|_| ())
}

fn a_bare_code_is_signed(asked: &Asked) -> Result<(), Mismatch> {
    if mode(asked)? == ResponseMode::Query {
        return Err(Mismatch::new(
            "response_mode jwt beside response_type code",
            asked.text("response_mode").unwrap_or("none").to_owned(),
        )
        .with_hint("or response_type code id_token"));
    }
    Ok(())
}

fn mode(asked: &Asked) -> Result<ResponseMode, Mismatch> {
    let response_type = asked.text("response_type").and_then(ResponseType::parse);
    ResponseMode::resolve(
        response_type.unwrap_or(ResponseType::Code),
        asked.text("response_mode"),
    )
}

fn scope_is_present(asked: &Asked) -> Result<(), Mismatch> {
    match asked.text("scope") {
        Some(_) => Ok(()),
        None => Err(Mismatch::new("a scope", "none")),
    }
}

fn scope_is_allowed(asked: &Asked) -> Result<(), Mismatch> {
    let text = asked.text("scope").unwrap_or_default();
    let registered = asked.client.scope_with_customer();
    let scope = Scope::parse(text).map_err(|unknown| {
        Mismatch::new(format!("some of {registered}"), format!("{:?}", unknown.0))
    })?;
    if !scope.contains(ScopeToken::Openid) {
        return Err(Mismatch::new("openid among the scopes", text.to_owned()));
    }
    if !scope.is_within(registered) {
        return Err(Mismatch::new(
            format!("some of {registered}"),
            format!(
                "{text}, of which {} is not registered",
                scope.without(registered)
            ),
        ));
    }
    Ok(())
}

fn nonce_is_present(asked: &Asked) -> Result<(), Mismatch> {
    match asked.text("nonce") {
        Some(_) => Ok(()),
        None => Err(Mismatch::new("a nonce", "none")),
    }
}

fn nonce_of_an_id_token_is_present(asked: &Asked) -> Result<(), Mismatch> {
    match asked.text("response_type").and_then(ResponseType::parse) {
        Some(ResponseType::CodeIdToken) => nonce_is_present(asked),
        Some(ResponseType::Code) | None => Ok(()),
    }
}

fn challenge_is_present(asked: &Asked) -> Result<(), Mismatch> {
    match asked.text("code_challenge") {
        Some(_) => Ok(()),
        None => Err(Mismatch::new(
            "a code_challenge with code_challenge_method S256",
            "none",
        )),
    }
}

fn challenge_is_s256(asked: &Asked) -> Result<(), Mismatch> {
    let method = asked.text("code_challenge_method");
    let Some(challenge) = asked.text("code_challenge") else {
        return match method {
            None => Ok(()),
            Some(_) => Err(Mismatch::new("a code_challenge beside its method", "none")),
        };
    };
    if method != Some("S256") {
        // RFC 7636, section 4.3: a challenge without a method is a plain one.
        let received = method.unwrap_or("none, which means plain").to_owned();
        return Err(Mismatch::new("code_challenge_method S256", received));
    }
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if challenge.len() == S256_LENGTH && challenge.bytes().all(is_base64url) {
        return Ok(());
    }
    Err(Mismatch::new(
        "43 characters of base64url without padding",
        format!("{} bytes: {challenge}", challenge.len()),
    ))
}

fn customer_may_be_asked(asked: &Asked) -> Result<(), Mismatch> {
    let prompt = asked.text("prompt").unwrap_or_default();
    if prompt.split(' ').any(|word| word == "none") {
        return Err(Mismatch::new(
            "a prompt that lets the customer decide",
            prompt.to_owned(),
        ));
    }
    Ok(())
}

fn one_consent_is_named(asked: &Asked) -> Result<(), Mismatch> {
    let named = asked.consents_named();
    match named.as_slice() {
        [_] => Ok(()),
        [] => Err(Mismatch::new(
            "a consent_id, or the claim openbanking_intent_id under claims.id_token",
            "neither",
        )),
        several => Err(Mismatch::new("one consent", several.join(" and "))),
    }
}

/// SHA-256 in base64url.
const S256_LENGTH: usize = 43;

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row's words stand in lists and in `lenient`, so they must be there and differ.
    #[test]
    fn every_row_has_a_name_of_its_own_and_a_source() {
        let mut names: Vec<_> = CHECKS.iter().map(|check| check.rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
        for check in CHECKS {
            assert!(check.rule.clause.contains("section"), "{}", check.rule.name);
            assert!(check.rule.sentence.ends_with('.'), "{}", check.rule.name);
        }
    }
}
