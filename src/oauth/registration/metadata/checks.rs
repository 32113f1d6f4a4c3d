//! The table of checks on what a client registers of itself; each is a question about its members alone.

use serde_json::{Value, json};

use crate::jose::{Algorithm, ContentEncryption, KeyManagement};
use crate::oauth::check::assertion::described;
use crate::oauth::check::{Check, Place};
use crate::oauth::error::ErrorCode;
use crate::oauth::profile::Reach;
use crate::oauth::redirect_uri::may_be_registered;
use crate::oauth::request::ResponseType;
use crate::oauth::token::GrantType;
use crate::rule::{Mismatch, Rule};

use super::{Asked, ENCRYPTION_ALG, ENCRYPTION_ENC, PRIVATE_KEY_JWT, TLS_CLIENT_AUTH};

/// In the order they are asked.
pub(crate) static CHECKS: &[Check<Asked>] = &[
    Check {
        reach: Reach::Always,
        ..row(
            Rule {
                name: "registration.types",
                clause: "RFC 7591, section 2; OpenID Connect Registration, section 2",
                sentence: "Every member has the type the standard gives it, and a size a person could mean.",
            },
            members_are_well_typed,
        )
    },
    uri_row(
        Rule {
            name: "registration.redirect_uri",
            clause: "RFC 6749, section 3.1.2; Hamster Bank API, section 10",
            sentence: "A redirect URI is https, or http on loopback, without fragment, of at most 256 characters.",
        },
        redirect_uris_are_safe,
    ),
    uri_row(
        Rule {
            name: "registration.redirect_uri_in_statement",
            clause: "OBIE Dynamic Client Registration 3.3; Hamster Bank API, section 10",
            sentence: "A redirect URI is one of the software statement's, to the letter.",
        },
        redirect_uris_are_the_statement_s,
    ),
    row(
        Rule {
            name: "registration.auth_method",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 14",
            sentence: "A client authenticates by private_key_jwt or tls_client_auth.",
        },
        auth_method_is_supported,
    ),
    row(
        Rule {
            name: "registration.subject_dn",
            clause: "RFC 8705, section 2.1.2",
            sentence: "A client of tls_client_auth says which subject its certificate has.",
        },
        subject_dn_is_given,
    ),
    row(
        Rule {
            name: "registration.grant_types",
            clause: "RFC 7591, section 2; Hamster Bank API, sections 10 and 15",
            sentence: "The grant types are authorization_code, refresh_token and client_credentials.",
        },
        grant_types_are_supported,
    ),
    row(
        Rule {
            name: "registration.response_types",
            clause: "FAPI 1.0 Advanced, section 5.2.2, item 2; Hamster Bank API, section 10",
            sentence: "The response types are code and code id_token.",
        },
        response_types_are_supported,
    ),
    row(
        Rule {
            name: "registration.scope",
            clause: "RFC 7591, section 2; Hamster Bank API, sections 10 and 11",
            sentence: "The scope is no more than the software's roles allow.",
        },
        scope_is_within_the_roles,
    ),
    row(
        Rule {
            name: "registration.signing_alg",
            clause: "FAPI 1.0 Advanced, section 8.6",
            sentence: "Everything is signed PS256 or ES256.",
        },
        signing_algorithms_are_allowed,
    ),
    row(
        Rule {
            name: "registration.encryption_alg",
            clause: "FAPI 1.0 Advanced, section 8.6.1; Hamster Bank API, section 15",
            sentence: "ID tokens are encrypted by RSA-OAEP, RSA-OAEP-256 or ECDH-ES, never by RSA1_5.",
        },
        encryption_is_allowed,
    ),
    row(
        Rule {
            name: "registration.application_type",
            clause: "OpenID Connect Registration, section 2",
            sentence: "The application is web or native.",
        },
        application_type_is_known,
    ),
    row(
        Rule {
            name: "registration.software_id",
            clause: "RFC 7591, sections 2 and 2.3",
            sentence: "The software_id is the software statement's.",
        },
        software_id_is_the_statement_s,
    ),
    row(
        Rule {
            name: "registration.jwks",
            clause: "Hamster Bank API, section 10",
            sentence: "The keys are those at the address the directory publishes, and no others.",
        },
        keys_are_the_directory_s,
    ),
    row(
        Rule {
            name: "registration.client_id",
            clause: "RFC 7592, section 2.2",
            sentence: "A changed registration is of the client in the path.",
        },
        client_id_is_the_path_s,
    ),
];

const fn row(rule: Rule, run: fn(&Asked) -> Result<(), Mismatch>) -> Check<Asked> {
    Check {
        rule,
        code: ErrorCode::InvalidClientMetadata,
        places: &[Place::Register],
        reach: Reach::EveryProfile,
        run,
    }
}

const fn uri_row(rule: Rule, run: fn(&Asked) -> Result<(), Mismatch>) -> Check<Asked> {
    Check {
        rule,
        code: ErrorCode::InvalidRedirectUri,
        places: &[Place::Register],
        reach: Reach::EveryProfile,
        run,
    }
}

fn members_are_well_typed(asked: &Asked) -> Result<(), Mismatch> {
    for (name, value) in &asked.members {
        let fits = match name.as_str() {
            name if TEXTS.contains(&name) => {
                let text = value.as_str();
                text.is_some_and(|text| is_text(text) && text.chars().count() <= TEXT_MAX)
            }
            name if LISTS.contains(&name) => value.as_array().is_some_and(|items| {
                let mut texts = items.iter().map(Value::as_str);
                items.len() <= ITEMS_MAX
                    && texts.all(|text| text.is_some_and(|text| text.chars().count() <= TEXT_MAX))
            }),
            "tls_client_certificate_bound_access_tokens" => value.is_boolean(),
            _ => true,
        };
        if !fits {
            let expected = if LISTS.contains(&name.as_str()) {
                format!("a list of at most {ITEMS_MAX} texts")
            } else if TEXTS.contains(&name.as_str()) {
                format!("a text of 1 to {TEXT_MAX} characters")
            } else {
                "true or false".to_owned()
            };
            return Err(Mismatch::new(
                format!("{name} to be {expected}"),
                described(Some(value)),
            ));
        }
    }
    Ok(())
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

fn redirect_uris_are_safe(asked: &Asked) -> Result<(), Mismatch> {
    let used = asked.texts("redirect_uris");
    let of_statement = || {
        asked
            .software
            .redirect_uris
            .iter()
            .map(String::as_str)
            .collect()
    };
    let used: Vec<_> = used.unwrap_or_else(of_statement);
    if used.is_empty() {
        return Err(Mismatch::new("at least one redirect URI", "none"));
    }
    let wrong = used
        .iter()
        .find(|uri| uri.chars().count() > URI_MAX || !may_be_registered(uri));
    wrong.map_or(Ok(()), |uri| {
        Err(Mismatch::new(
            "https://…, or http:// on localhost, 127.0.0.1 or [::1], no fragment, at most 256 characters",
            described(Some(&json!(uri))),
        ))
    })
}

fn redirect_uris_are_the_statement_s(asked: &Asked) -> Result<(), Mismatch> {
    let of_statement = &asked.software.redirect_uris;
    let used = asked.texts("redirect_uris").unwrap_or_default();
    let foreign = used
        .iter()
        .find(|uri| !of_statement.iter().any(|known| known == **uri));
    foreign.map_or(Ok(()), |uri| {
        Err(Mismatch::new(
            format!("some of {}", described(Some(&json!(of_statement)))),
            described(Some(&json!(uri))),
        ))
    })
}

fn auth_method_is_supported(asked: &Asked) -> Result<(), Mismatch> {
    one_of(
        asked,
        "token_endpoint_auth_method",
        &[PRIVATE_KEY_JWT, TLS_CLIENT_AUTH],
    )
}

fn subject_dn_is_given(asked: &Asked) -> Result<(), Mismatch> {
    let text = asked.text("tls_client_auth_subject_dn").unwrap_or_default();
    if text.chars().count() > SUBJECT_MAX {
        let expected = format!("tls_client_auth_subject_dn of at most {SUBJECT_MAX} characters");
        return Err(Mismatch::new(
            expected,
            format!("{} characters", text.chars().count()),
        ));
    }
    if asked.auth_method() != TLS_CLIENT_AUTH {
        return Ok(());
    }
    asked.subject_dn().map(|_| ())
}

fn grant_types_are_supported(asked: &Asked) -> Result<(), Mismatch> {
    let words = asked.texts("grant_types").unwrap_or_default();
    let known = |word: &str| GrantType::parse(word).is_some() || word == "implicit";
    match words.iter().find(|word| !known(word)) {
        None => Ok(()),
        Some(word) => {
            let known = GrantType::ALL.map(GrantType::as_str).join(", ");
            Err(Mismatch::new(
                format!("some of {known}"),
                described(Some(&json!(word))),
            ))
        }
    }
}

fn response_types_are_supported(asked: &Asked) -> Result<(), Mismatch> {
    let Some(words) = asked.texts("response_types") else {
        return Ok(());
    };
    let known = ResponseType::ALL.map(ResponseType::as_str).join(" or ");
    if words.is_empty() {
        return Err(Mismatch::new(format!("response_types with {known}"), "[]"));
    }
    match words
        .iter()
        .find(|word| ResponseType::parse(word).is_none())
    {
        None => Ok(()),
        Some(_) => Err(Mismatch::new(
            format!("response_types of {known}"),
            described(asked.members.get("response_types")),
        )),
    }
}

fn scope_is_within_the_roles(asked: &Asked) -> Result<(), Mismatch> {
    asked.scope().map(|_| ())
}

fn signing_algorithms_are_allowed(asked: &Asked) -> Result<(), Mismatch> {
    let allowed = Algorithm::ALL.map(Algorithm::as_str);
    let mut names = SIGNING_ALGORITHMS.iter();
    names.try_for_each(|name| one_of(asked, name, &allowed))
}

fn encryption_is_allowed(asked: &Asked) -> Result<(), Mismatch> {
    let algorithms = KeyManagement::ALL.map(KeyManagement::as_str);
    one_of(asked, ENCRYPTION_ALG, &algorithms)?;
    let contents = ContentEncryption::ALL.map(ContentEncryption::as_str);
    one_of(asked, ENCRYPTION_ENC, &contents)?;
    // OpenID Connect Registration, section 2: the content's algorithm has no meaning alone.
    if asked.text(ENCRYPTION_ENC).is_some() && asked.text(ENCRYPTION_ALG).is_none() {
        return Err(Mismatch::new(
            format!("{ENCRYPTION_ALG} beside {ENCRYPTION_ENC}"),
            "none",
        ));
    }
    Ok(())
}

fn application_type_is_known(asked: &Asked) -> Result<(), Mismatch> {
    one_of(asked, "application_type", &["web", "native"])
}

fn software_id_is_the_statement_s(asked: &Asked) -> Result<(), Mismatch> {
    one_of(asked, "software_id", &[&asked.software.id])
}

fn keys_are_the_directory_s(asked: &Asked) -> Result<(), Mismatch> {
    if asked.members.contains_key("jwks") {
        return Err(Mismatch::new(
            format!(
                "no jwks: the keys are those at {}",
                asked.software.jwks_endpoint
            ),
            "a jwks by value",
        ));
    }
    one_of(asked, "jwks_uri", &[&asked.software.jwks_endpoint])
}

fn client_id_is_the_path_s(asked: &Asked) -> Result<(), Mismatch> {
    match &asked.client_id {
        // RFC 7591, section 2: a client does not choose its id, so a new one's is passed over.
        None => Ok(()),
        Some(client_id) => one_of(asked, "client_id", &[client_id]),
    }
}

/// Whether a member, where it is given, has one of these values.
fn one_of(asked: &Asked, name: &str, known: &[&str]) -> Result<(), Mismatch> {
    let Some(member) = asked.members.get(name) else {
        return Ok(());
    };
    if member.as_str().is_some_and(|text| known.contains(&text)) {
        return Ok(());
    }
    let expected = format!("{name} to be {}", known.join(" or "));
    Err(Mismatch::new(expected, described(Some(member))))
}

const SIGNING_ALGORITHMS: &[&str] = &[
    "id_token_signed_response_alg",
    "authorization_signed_response_alg",
    "request_object_signing_alg",
    "token_endpoint_auth_signing_alg",
];

/// Members that are one text.
const TEXTS: &[&str] = &[
    "application_type",
    "authorization_signed_response_alg",
    "client_id",
    "client_name",
    "client_uri",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "id_token_signed_response_alg",
    "jwks_uri",
    "logo_uri",
    "policy_uri",
    "request_object_signing_alg",
    "scope",
    "software_id",
    "tls_client_auth_subject_dn",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "tos_uri",
];

/// Members that are texts.
const LISTS: &[&str] = &["contacts", "grant_types", "redirect_uris", "response_types"];

/// API contract, section 10.
const URI_MAX: usize = 256;
/// API contract, section 10.
const SUBJECT_MAX: usize = 128;
/// The longest URL that every browser takes; a client's record is kept for as long as the bank is open.
const TEXT_MAX: usize = 2048;
/// More redirect URIs than any honest software has.
const ITEMS_MAX: usize = 32;
