//! What the authorization server remembers of a permission: the grant, and the credentials made of it.
//!
//! A grant is what one customer allowed one client in one journey. Code, refresh token and access tokens
//! carry its number, so that ending the grant ends the whole family at once.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::id::{ClientId, ConsentId, CustomerId};
use crate::pki::Thumbprint;

use super::client::Client;
use super::scope::Scope;

/// The number of a grant.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct GrantId(pub(super) u64);

/// What one customer allowed one client in one journey.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// Whom she allowed it, as it was registered then.
    pub(crate) client: Arc<Client>,
    /// Who allowed it: `sub`.
    pub(crate) customer: CustomerId,
    /// The consent she approved: `openbanking_intent_id`.
    pub(crate) consent: ConsentId,
    /// What it allows.
    pub(crate) scope: Scope,
    /// The authorization request's nonce, for the ID token.
    pub(crate) nonce: Option<Arc<str>>,
    /// The authorization request's state, for `s_hash`.
    pub(crate) state: Option<Arc<str>>,
    /// When she authenticated, by real time.
    pub(crate) authenticated_at: Timestamp,
    /// When the consent ends, and everything made of the grant with it.
    pub(crate) ends_at: Timestamp,
    /// Whether its code brings a refresh token.
    pub(crate) is_refreshable: bool,
    /// Why it ended early, if it did.
    pub(crate) revoked: Option<Revocation>,
}

/// Why a grant or token ended early.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Revocation {
    /// The bank took it back.
    ByBank,
    /// The client revoked it (RFC 7009).
    ByClient,
    /// The client it was issued to is no longer registered.
    ClientDeleted,
    /// Its authorization code was presented twice (RFC 6749, section 4.1.2).
    CodeReplayed,
    /// The consent behind it ended.
    ConsentEnded,
    /// The customer authorized the same consent anew.
    Reauthorized,
}

impl Revocation {
    /// The reason in a refusal's words.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ByBank => "revoked by the bank",
            Self::ByClient => "revoked by the client",
            Self::ClientDeleted => "revoked because its client was deleted",
            Self::CodeReplayed => "revoked because its authorization code was used twice",
            Self::ConsentEnded => "revoked because its consent ended",
            Self::Reauthorized => "revoked because the consent was authorized anew",
        }
    }
}

/// An authorization code.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationCode {
    pub(crate) grant: GrantId,
    pub(crate) redirect_uri: Arc<str>,
    pub(crate) code_challenge: Option<Arc<str>>,
    /// Whether an ID token came with it.
    pub(crate) is_hybrid: bool,
    pub(crate) expires_at: Timestamp,
    pub(crate) used: bool,
}

/// A refresh token.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant: GrantId,
    pub(crate) certificate: Option<Thumbprint>,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// An access token.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    /// Whose it is.
    pub(crate) client: ClientId,
    /// The grant behind it; client credentials have none.
    pub(crate) grant: Option<GrantId>,
    /// What it opens, as long as the client stays registered for it.
    pub(crate) scope: Scope,
    /// What the client was registered for when it was made.
    pub(crate) registered: Scope,
    /// The certificate it is bound to (RFC 8705, section 3).
    pub(crate) certificate: Option<Thumbprint>,
    /// When it was made.
    pub(crate) issued_at: Timestamp,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// Why it ended early, if it did and not with its grant.
    pub(crate) revoked: Option<Revocation>,
}

/// What the bank keeps of a secret: enough to know it again, too little to use it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct TokenHash([u8; 16]);

impl TokenHash {
    /// Half of the SHA-256 of a secret.
    pub(crate) fn of(secret: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(half)
    }

    /// Reads what `Display` prints, and nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = u128::from_str_radix(text, 16).ok()?;
        let read = Self(number.to_be_bytes());
        (read.to_string() == text).then_some(read)
    }
}

/// Prints hexadecimal digits, the first twelve of which are the secret's fingerprint in the journal.
impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}
