//! The TPPs of a scenario.

use std::collections::BTreeSet;

use super::Checker;
use crate::id::ClientId;
use crate::jose::Algorithm;
use crate::oauth::api_key::{Environment, KEYS_PER_CLIENT};
use crate::oauth::redirect_uri::may_be_registered;
use crate::oauth::request::ResponseType;
use crate::oauth::scope::{Scope, ScopeToken};
use crate::pki::PspRole;
use crate::scenario::file::ClientFile;
use crate::scenario::{AuthMethod, ClientPlan, OwnKit};

/// All clients, each id once.
pub(super) fn clients(checker: &mut Checker<'_>, written: &[ClientFile]) -> Vec<ClientPlan> {
    let (mut seen, mut keys) = (BTreeSet::new(), BTreeSet::new());
    (written.iter().enumerate())
        .map(|(index, file)| {
            let path = format!("clients[{index}]");
            let id = &file.client_id.0;
            if !seen.insert(id) {
                checker.expected(&format!("{path}.client_id"), "an id not used before", id);
            }
            for (index, key) in file.api_keys.iter().flatten().enumerate() {
                if !keys.insert(key) {
                    let path = format!("{path}.api_keys[{index}]");
                    checker.expected(&path, "a key not used before", key);
                }
            }
            client(checker, &path, file)
        })
        .collect()
}

/// One client, at `path` of what is written.
pub(super) fn client(checker: &mut Checker<'_>, path: &str, file: &ClientFile) -> ClientPlan {
    let id = &file.client_id.0;
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    // It becomes a folder's name too: no path may hide in it.
    if id.is_empty() || id.len() > ID_LENGTH_MAX || !id.bytes().all(is_id) || id.starts_with('.') {
        let expected = "1 to 64 letters, digits, `-`, `_` or `.`, not beginning with a dot";
        checker.expected(&format!("{path}.client_id"), expected, id);
    }
    let mut algorithm = |key: &str, text: &Option<String>, default: Algorithm| {
        let Some(text) = text else { return default };
        let path = format!("{path}.{key}");
        (checker.word(&path, "algorithm", text, &ALGORITHMS)).unwrap_or(default)
    };
    let signing_alg = algorithm("signing_alg", &file.signing_alg, Algorithm::Ps256);
    let id_token_alg = algorithm(
        "id_token_signed_response_alg",
        &file.id_token_signed_response_alg,
        signing_alg,
    );
    let roles = words(
        checker,
        &format!("{path}.roles"),
        file.roles.as_ref(),
        &ROLES,
    );
    ClientPlan {
        client_id: ClientId::new(id.as_str()),
        name: file.name.clone().unwrap_or_else(|| id.clone()),
        auth_method: auth_method(checker, path, file),
        signing_alg,
        id_token_alg,
        redirect_uris: redirect_uris(checker, path, &file.redirect_uris),
        response_types: words(
            checker,
            &format!("{path}.responses"),
            file.responses.as_ref(),
            &RESPONSES,
        ),
        scope: scope(checker, path, file.scope.as_deref(), &roles),
        api_keys: api_keys(checker, path, file.api_keys.as_deref()),
        own: own_kit(checker, path, file),
        roles,
    }
}

fn auth_method(checker: &mut Checker<'_>, path: &str, file: &ClientFile) -> AuthMethod {
    let Some(word) = &file.token_endpoint_auth_method else {
        return AuthMethod::PrivateKeyJwt;
    };
    let path = format!("{path}.token_endpoint_auth_method");
    (checker.word(&path, "method", word, &AUTH_METHODS)).unwrap_or(AuthMethod::PrivateKeyJwt)
}

/// The values of some words, each once; all there are when nothing is written.
fn words<T: Copy + PartialEq>(
    checker: &mut Checker<'_>,
    path: &str,
    written: Option<&Vec<String>>,
    known: &[(&'static str, T)],
) -> Vec<T> {
    let Some(written) = written else {
        return known.iter().map(|(_, value)| *value).collect();
    };
    if written.is_empty() {
        checker.expected(path, "at least one", "[]");
    }
    let mut values = Vec::new();
    for (index, word) in written.iter().enumerate() {
        let value = checker.word(&format!("{path}[{index}]"), "word", word, known);
        values.extend(value.filter(|value| !values.contains(value)));
    }
    values
}

/// Addresses an answer may go to: https, or http on this machine; no fragment, no blanks.
fn redirect_uris(checker: &mut Checker<'_>, path: &str, written: &[String]) -> Vec<String> {
    if written.is_empty() {
        checker.expected(&format!("{path}.redirect_uris"), "at least one", "[]");
    }
    for (index, uri) in written.iter().enumerate() {
        if !may_be_registered(uri) {
            let expected = "https://…, or http:// on localhost, 127.0.0.1 or [::1], no fragment";
            checker.expected(&format!("{path}.redirect_uris[{index}]"), expected, uri);
        }
    }
    written.to_vec()
}

/// API keys: their beginning says what they are for.
fn api_keys(checker: &mut Checker<'_>, path: &str, written: Option<&[String]>) -> Vec<String> {
    let written = written.unwrap_or_default();
    for (index, key) in written.iter().enumerate() {
        if Environment::of_key(key).is_none() {
            let expected = "sk_sandbox_ or sk_live_ and 8 to 128 letters, digits, `-` or `_`";
            checker.expected(&format!("{path}.api_keys[{index}]"), expected, key);
        }
    }
    if written.len() > KEYS_PER_CLIENT {
        let expected = format!("at most {KEYS_PER_CLIENT} keys");
        let found = written.len().to_string();
        checker.expected(&format!("{path}.api_keys"), &expected, &found);
    }
    written.to_vec()
}

/// Certificate and keys of its own: all of them, or none.
fn own_kit(checker: &mut Checker<'_>, path: &str, file: &ClientFile) -> Option<OwnKit> {
    let members = [
        ("transport_cert", &file.transport_cert),
        ("transport_key", &file.transport_key),
        ("signing_key", &file.signing_key),
    ];
    if members.iter().all(|(_, written)| written.is_none()) {
        return None;
    }
    for (name, _) in members.iter().filter(|(_, written)| written.is_none()) {
        let expected =
            "PEM or a file, as transport_cert, transport_key and signing_key go together";
        checker.expected(&format!("{path}.{name}"), expected, "nothing");
    }
    Some(OwnKit {
        transport_cert: file.transport_cert.clone()?,
        transport_key: file.transport_key.clone()?,
        signing_key: file.signing_key.clone()?,
    })
}

/// The registered scope: as written, of known words within the roles; else all the roles allow.
fn scope(checker: &mut Checker<'_>, path: &str, written: Option<&str>, roles: &[PspRole]) -> Scope {
    let allowed = || {
        ScopeToken::ALL
            .into_iter()
            .filter(|token| role_of(*token).is_none_or(|role| roles.contains(&role)))
    };
    let Some(written) = written else {
        return allowed().collect();
    };
    let mut scope = Vec::new();
    for word in written.split(' ') {
        if let Some(token) = allowed().find(|token| token.as_str() == word) {
            scope.push(token);
        } else {
            let path = format!("{path}.scope");
            let known = allowed().map(ScopeToken::as_str);
            checker.unknown(&path, "scope for these roles", word, known);
        }
    }
    scope.into_iter().collect()
}

/// The role that a scope needs.
const fn role_of(token: ScopeToken) -> Option<PspRole> {
    match token {
        ScopeToken::Accounts | ScopeToken::Transactions => Some(PspRole::AccountInformation),
        ScopeToken::Fundsconfirmations => Some(PspRole::CardIssuing),
        ScopeToken::Payments => Some(PspRole::PaymentInitiation),
        ScopeToken::Consents | ScopeToken::Openid => None,
    }
}

/// Folder names stay short.
const ID_LENGTH_MAX: usize = 64;
/// Words of algorithms.
pub(in crate::scenario) const ALGORITHMS: [(&str, Algorithm); 2] =
    [("PS256", Algorithm::Ps256), ("ES256", Algorithm::Es256)];
/// Words of ways to prove oneself.
pub(in crate::scenario) const AUTH_METHODS: [(&str, AuthMethod); 2] = [
    ("private_key_jwt", AuthMethod::PrivateKeyJwt),
    ("tls_client_auth", AuthMethod::TlsClientAuth),
];
/// Words of roles.
pub(in crate::scenario) const ROLES: [(&str, PspRole); 3] = [
    ("AISP", PspRole::AccountInformation),
    ("PISP", PspRole::PaymentInitiation),
    ("CBPII", PspRole::CardIssuing),
];
/// Words of ways to be answered.
pub(in crate::scenario) const RESPONSES: [(&str, ResponseType); 2] = [
    ("jarm", ResponseType::Code),
    ("hybrid", ResponseType::CodeIdToken),
];
