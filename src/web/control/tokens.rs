//! `/tokens`: by fingerprint, made without a journey, and ended.

use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde_json::{Map, Value};
use time::Duration;

use crate::clock::Timestamp;
use crate::oauth::client::Client;
use crate::oauth::grant::TokenHash;
use crate::oauth::scope::{Scope, ScopeToken};
use crate::oauth::token::{GrantType, Kept, TokenKind};
use crate::pki::Thumbprint;
use crate::web::consented::hand::{self, Minting, NoToken};
use crate::wire::reply::Reply;

use super::ControlCall;
use super::error::Problem;
use super::members::{check_members, client, customer, members, text};
use super::page::Page;

/// GET `/tokens`: every client's, oldest first; ended ones for as long as they are remembered.
pub(super) fn list_tokens(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let page = Page::read(call)?;
    let after = match page.after.as_deref() {
        Some(text) => Some(TokenHash::parse(text).ok_or_else(|| page.lost())?),
        None => None,
    };
    let client_id = call.query.get("client_id");
    let wanted = (after, page.wanted());
    let kept = (call.bank).state(|state| state.oauth.kept_tokens(client_id, wanted));
    let kept = kept.ok_or_else(|| page.lost())?;
    let now = call.bank.clock.now().bank;
    let items = kept.iter();
    let items = items.map(|token| (token.id.to_string(), token_json(token, now)));
    Ok(page.reply(call, items.collect()))
}

/// POST `/tokens`: one that works at the bank, with the certificate it is bound to.
pub(super) fn create_token(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let members = members(call)?;
    check_members("", &members, MEMBERS)?;
    let client = client(call, &members)?;
    let kind = kind(&members)?;
    let scope = scope(&members)?;
    let certificate = certificate(&client, &members)?;
    let consent = text(&members, "", "consent_id")?;
    let now = call.bank.clock.now();
    let made = if let Some(consent) = consent {
        let minting = Minting {
            client: &client,
            consent,
            customer: customer(call, &members, "", "customer_id")?,
            kind,
            scope,
            certificate,
        };
        call.bank.state(|state| hand::mint(state, &minting, now))
    } else {
        let scope = own_scope(&client, &members, (kind, scope))?;
        let opens = (scope, Some(certificate));
        let made = (call.bank)
            .state(|state| (state.oauth).make_access_token(&client.id, None, opens, now.bank));
        let made = made.map(|(secret, life)| (secret, life, scope));
        made.map_err(|full| NoToken::Room(Box::new(full)))
    };
    let (secret, life, scope) = made.map_err(|fault| problem(&fault))?;
    Ok(answer((&secret, life), (kind, scope), consent))
}

fn answer(
    (secret, life): (&str, Duration),
    (kind, scope): (TokenKind, Scope),
    consent: Option<&str>,
) -> Reply {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("token_id", TokenHash::of(secret).to_string().into());
    put(&format!("{}_token", kind.as_str()), secret.into());
    put("token_type", "Bearer".into());
    put("expires_in", life.whole_seconds().into());
    put("scope", scope.to_string().into());
    if let Some(consent) = consent {
        put("consent_id", consent.into());
    }
    Reply::json(StatusCode::CREATED, &body).with_header(CACHE_CONTROL, "no-store")
}

/// POST `/tokens/{token_id}/expire`: its life is over.
pub(super) fn expire_token(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    let now = call.bank.clock.now().bank;
    change(call, |id| {
        (call.bank).state(|state| state.oauth.expire_token(id, now));
    })
}

/// POST `/tokens/{token_id}/revoke`: the bank takes it back, a refresh token with its family.
pub(super) fn revoke_token(call: &ControlCall<'_>) -> Result<Reply, Problem> {
    change(call, |id| {
        (call.bank).state(|state| state.oauth.revoke_token(id));
    })
}

fn change(call: &ControlCall<'_>, end: impl FnOnce(TokenHash)) -> Result<Reply, Problem> {
    let named = call.variable("token_id");
    let find = |id| call.bank.state(|state| state.oauth.kept_token(id));
    let found = TokenHash::parse(named).and_then(find);
    let found = found.ok_or_else(|| Problem::not_found(&format!("token {named:?}")))?;
    end(found.id);
    let now = call.bank.clock.now().bank;
    let ended = find(found.id).unwrap_or(found);
    Ok(Reply::json(StatusCode::OK, &token_json(&ended, now)))
}

fn kind(members: &Map<String, Value>) -> Result<TokenKind, Problem> {
    let known = [TokenKind::Access, TokenKind::Refresh];
    let Some(word) = text(members, "", "kind")? else {
        return Ok(TokenKind::Access);
    };
    let kind = known.into_iter().find(|kind| kind.as_str() == word);
    kind.ok_or_else(|| Problem::unknown_name("/kind", word, &known.map(TokenKind::as_str)))
}

fn scope(members: &Map<String, Value>) -> Result<Option<Scope>, Problem> {
    let Some(written) = text(members, "", "scope")? else {
        return Ok(None);
    };
    Scope::parse(written).map(Some).map_err(|unknown| {
        let known = ScopeToken::ALL.map(ScopeToken::as_str);
        Problem::unknown_name("/scope", &unknown.0, &known)
    })
}

/// The one that is named, else the one the client was given or registered with.
fn certificate(client: &Client, members: &Map<String, Value>) -> Result<Thumbprint, Problem> {
    let pointer = "/certificate_sha256";
    let expected = "the x5t#S256 of a certificate: 43 characters of base64url";
    match text(members, "", "certificate_sha256")? {
        Some(written) => Thumbprint::parse(written)
            .ok_or_else(|| Problem::invalid(pointer, expected, written.to_owned())),
        None => client.certificate.ok_or_else(|| {
            let detail = format!("the bank knows no certificate of {}", client.id);
            Problem::invalid(pointer, expected, detail)
        }),
    }
}

/// What client credentials would give, and nothing that needs a customer.
fn own_scope(
    client: &Client,
    members: &Map<String, Value>,
    (kind, scope): (TokenKind, Option<Scope>),
) -> Result<Scope, Problem> {
    if members.contains_key("customer_id") {
        let detail = "a customer grants nothing without a consent_id".to_owned();
        return Err(Problem::invalid("/customer_id", "none", detail));
    }
    if kind == TokenKind::Refresh {
        let detail = "client credentials have no refresh token".to_owned();
        return Err(Problem::invalid("/kind", "access, or a consent_id", detail));
    }
    if !client.may_use(GrantType::ClientCredentials) {
        let detail = format!("{} is not registered for client_credentials", client.id);
        return Err(Problem::invalid("/client_id", "a client that is", detail));
    }
    let allowed = client.scope_without_customer();
    match scope {
        Some(scope) if !scope.is_within(allowed) => {
            let expected = format!("some of {allowed}");
            Err(Problem::invalid("/scope", expected, scope.to_string()))
        }
        scope => Ok(scope.unwrap_or(allowed)),
    }
}

fn problem(fault: &NoToken) -> Problem {
    match fault {
        NoToken::Value(pointer, expected, received) => {
            Problem::invalid(pointer, expected.as_str(), received.clone())
        }
        NoToken::State(state) => {
            let words = ("consent_not_authorized", "The consent is not in force");
            let detail = format!("the consent is {state}");
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
        NoToken::Room(refusal) => {
            let words = ("too_many_tokens", "No more tokens can be kept");
            let detail = refusal.finding.to_string();
            Problem::new(StatusCode::CONFLICT, words, detail)
        }
    }
}

fn token_json(token: &Kept, now: Timestamp) -> Map<String, Value> {
    let status = match token.revoked {
        Some(_) => "revoked",
        None if token.expires_at <= now => "expired",
        None => "active",
    };
    let id = token.id.to_string();
    let fingerprint = id.get(..FINGERPRINT_DIGITS).unwrap_or_default();
    let mut shown = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value.into());
        }
    };
    put("fingerprint", Some(format!("sha256:{fingerprint}")));
    put("token_id", Some(id));
    put("kind", Some(token.kind.as_str().to_owned()));
    put("status", Some(status.to_owned()));
    put("revoked", token.revoked.map(|why| why.as_str().to_owned()));
    put("client_id", Some(token.client.to_string()));
    put("customer_id", token.customer.map(|id| id.to_string()));
    put(
        "consent_id",
        token.consent.as_ref().map(ToString::to_string),
    );
    put("scope", Some(token.scope.to_string()));
    put(
        "certificate_sha256",
        token.certificate.map(|it| it.to_string()),
    );
    put("issued_at", Some(token.issued_at.to_string()));
    put("expires_at", Some(token.expires_at.to_string()));
    shown
}

const MEMBERS: &[&str] = &[
    "client_id",
    "customer_id",
    "consent_id",
    "scope",
    "kind",
    "certificate_sha256",
];
/// As many of an id's digits are the fingerprint that the journal prints.
const FINGERPRINT_DIGITS: usize = 12;
