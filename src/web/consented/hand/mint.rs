//! A token under a consent, without a journey.

use std::sync::Arc;

use time::Duration;

use crate::bank::State;
use crate::clock::{Now, Timestamp};
use crate::consent::ConsentType;
use crate::id::{ConsentId, CustomerId};
use crate::oauth::client::Client;
use crate::oauth::error::Refusal;
use crate::oauth::grant::Grant;
use crate::oauth::scope::{Scope, ScopeToken};
use crate::oauth::token::{GrantType, TokenKind};
use crate::pki::Thumbprint;
use crate::web::consented::scopes;

/// A token to be made.
#[derive(Clone, Debug)]
pub(crate) struct Minting<'a> {
    /// For whom.
    pub(crate) client: &'a Arc<Client>,
    /// Under which consent.
    pub(crate) consent: &'a str,
    /// Who is to have approved it, if that is said.
    pub(crate) customer: Option<CustomerId>,
    /// What it is for.
    pub(crate) kind: TokenKind,
    /// What it opens; all that suits the consent when it is not said.
    pub(crate) scope: Option<Scope>,
    /// The certificate it is bound to.
    pub(crate) certificate: Thumbprint,
}

/// Why there is no such token. Nothing has changed then.
#[derive(Clone, Debug)]
pub(crate) enum NoToken {
    /// A member has a value it cannot have: where it stands, what would be right, what is wrong.
    Value(&'static str, String, String),
    /// The consent is not in force but so.
    State(&'static str),
    /// The client has too much outstanding.
    Room(Box<Refusal>),
}

/// Makes the token, with its life and scope, as if the customer had just authorized the consent.
///
/// # Errors
/// When no journey could lead to it.
pub(crate) fn mint(
    state: &mut State,
    minting: &Minting<'_>,
    now: Now,
) -> Result<(String, Duration, Scope), NoToken> {
    let client = &minting.client.id;
    let own = state.consents.find_own(minting.consent, client, now.bank);
    let consent = own.ok_or_else(|| {
        let expected = format!("a consent of {client}");
        NoToken::Value("/consent_id", expected, minting.consent.to_owned())
    })?;
    let approval = consent.approval();
    let approval = approval.ok_or_else(|| NoToken::State(consent.state.as_str()))?;
    let customer = approval.customer;
    if minting.customer.is_some_and(|named| named != customer) {
        let received = "she did not approve the consent".to_owned();
        return Err(NoToken::Value(
            "/customer_id",
            customer.to_string(),
            received,
        ));
    }
    let of_type = consent.consent_type();
    check_kind(minting, of_type)?;
    let scope = scope(minting, of_type)?;
    let grant = grant(minting, (customer, scope), (now.real, consent.expires_at));
    let bound = Some(minting.certificate);
    let made = match minting.kind {
        TokenKind::Access => {
            let opens = (scope, bound);
            (state.oauth).make_access_token(client, Some(grant), opens, now.bank)
        }
        TokenKind::Refresh => state.oauth.make_refresh_token(grant, bound, now.bank),
    };
    let (secret, life) = made.map_err(|full| NoToken::Room(Box::new(full)))?;
    Ok((secret, life, scope))
}

/// Whether a journey of this client's can end in such a token.
fn check_kind(minting: &Minting<'_>, of_type: ConsentType) -> Result<(), NoToken> {
    let needed = match minting.kind {
        // A payment is made once and soon: there is nothing to refresh.
        TokenKind::Refresh if of_type == ConsentType::Payment => {
            let received = "a payment has no refresh token".to_owned();
            return Err(NoToken::Value("/kind", "access".to_owned(), received));
        }
        TokenKind::Refresh => GrantType::RefreshToken,
        TokenKind::Access => GrantType::AuthorizationCode,
    };
    if minting.client.may_use(needed) {
        return Ok(());
    }
    let expected = format!("a kind that {} is registered for", minting.client.id);
    let received = format!("it needs the grant type {}", needed.as_str());
    Err(NoToken::Value("/kind", expected, received))
}

fn scope(minting: &Minting<'_>, of_type: ConsentType) -> Result<Scope, NoToken> {
    let suiting = scopes(of_type);
    let allowed = minting.client.scope_with_customer();
    let usual = suiting.iter().copied().chain([ScopeToken::Openid]);
    let usual = usual.collect::<Scope>().intersection(allowed);
    let scope = minting.scope.unwrap_or(usual);
    if scope.is_within(allowed) && scope.contains_any(suiting) {
        return Ok(scope);
    }
    let words: Vec<_> = suiting.iter().map(|scope| scope.as_str()).collect();
    let expected = format!("some of {allowed}, with {}", words.join(" or "));
    Err(NoToken::Value("/scope", expected, scope.to_string()))
}

fn grant(
    minting: &Minting<'_>,
    (customer, scope): (CustomerId, Scope),
    (authenticated_at, ends_at): (Timestamp, Timestamp),
) -> Grant {
    Grant {
        client: Arc::clone(minting.client),
        customer,
        consent: ConsentId::new(minting.consent),
        scope,
        nonce: None,
        state: None,
        authenticated_at,
        ends_at,
        is_refreshable: minting.kind == TokenKind::Refresh,
        revoked: None,
    }
}
