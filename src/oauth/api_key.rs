//! API keys: which client a call says it is from, and whether it is a trial or the real thing (API contract,
//! section 14, G8).
//!
//! A key is no credential: certificate and token prove who calls. It is kept by its hash and shown once.

use std::collections::{BTreeMap, HashMap};

use crate::clock::Timestamp;
use crate::entropy;
use crate::id::{ApiKeyId, ClientId};

use super::grant::TokenHash;

/// What a key is for, which decides how much it may ask.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Environment {
    Sandbox,
    Production,
}

impl Environment {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Sandbox, Self::Production];

    /// The word in settings and answers.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    /// What its keys begin with.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Sandbox => "sk_sandbox_",
            Self::Production => "sk_live_",
        }
    }

    /// What a key that somebody wrote down is for; none when it has not the form of one.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        Self::ALL.into_iter().find(|environment| {
            key.strip_prefix(environment.prefix()).is_some_and(|rest| {
                (KEY_LENGTH_MIN..=KEY_LENGTH_MAX).contains(&rest.len())
                    && rest.bytes().all(is_letter)
            })
        })
    }
}

/// A key, as far as it is remembered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ApiKey {
    pub(crate) id: ApiKeyId,
    /// Whose it is.
    pub(crate) client: ClientId,
    pub(crate) environment: Environment,
    /// Its beginning and its end: enough to find it in somebody's settings.
    pub(crate) hint: String,
    pub(crate) created_at: Timestamp,
    /// Since when it counts no more.
    pub(crate) withdrawn_at: Option<Timestamp>,
    hash: TokenHash,
}

/// All keys of a bank.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApiKeys {
    kept: BTreeMap<ApiKeyId, ApiKey>,
    by_hash: HashMap<TokenHash, ApiKeyId>,
    made: u64,
}

/// Why a key is not kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NotKept {
    /// There is such a key already.
    #[error("another client has this key, or had it")]
    Taken,
    /// The client has its fill.
    #[error("a client has at most {KEYS_PER_CLIENT} keys; delete one")]
    TooMany,
}

impl ApiKeys {
    /// Makes a key; the text is told this once.
    ///
    /// # Errors
    /// When the client has its fill.
    pub(crate) fn issue(
        &mut self,
        client: &ClientId,
        environment: Environment,
        now: Timestamp,
    ) -> Result<(ApiKey, String), NotKept> {
        let text = format!("{}{}", environment.prefix(), entropy::secret());
        let key = self.keep(client, (environment, &text), now)?;
        Ok((key, text))
    }

    /// The same keys and these, of [`Environment::of_key`]'s form, that somebody wrote down for a client.
    ///
    /// # Errors
    /// When one is known already, or they are too many.
    pub(crate) fn with(
        &self,
        client: &ClientId,
        texts: &[String],
        now: Timestamp,
    ) -> Result<Self, NotKept> {
        let mut keys = self.clone();
        for text in texts {
            let environment = Environment::of_key(text).unwrap_or(Environment::Sandbox);
            keys.keep(client, (environment, text), now)?;
        }
        Ok(keys)
    }

    fn keep(
        &mut self,
        client: &ClientId,
        (environment, text): (Environment, &str),
        now: Timestamp,
    ) -> Result<ApiKey, NotKept> {
        let hash = TokenHash::of(text);
        if self.by_hash.contains_key(&hash) {
            return Err(NotKept::Taken);
        }
        if self.of_client(client).count() >= KEYS_PER_CLIENT {
            return Err(NotKept::TooMany);
        }
        self.made += 1;
        let id = ApiKeyId::new(self.made);
        let end = text.len().saturating_sub(HINT_LENGTH);
        let key = ApiKey {
            id,
            client: client.clone(),
            environment,
            hint: format!(
                "{}…{}",
                environment.prefix(),
                text.get(end..).unwrap_or_default()
            ),
            created_at: now,
            withdrawn_at: None,
            hash,
        };
        self.by_hash.insert(key.hash, id);
        self.kept.insert(id, key.clone());
        Ok(key)
    }

    /// The key of this text, withdrawn or not.
    pub(crate) fn find(&self, text: &str) -> Option<&ApiKey> {
        self.kept.get(self.by_hash.get(&TokenHash::of(text))?)
    }

    /// A client's keys that count, in the order they were made.
    pub(crate) fn of_client<'a>(
        &'a self,
        client: &'a ClientId,
    ) -> impl Iterator<Item = &'a ApiKey> {
        let own = self.kept.values().filter(move |key| key.client == *client);
        own.filter(|key| key.withdrawn_at.is_none())
    }

    /// Withdraws a client's key; answers whether it had this one. The latest withdrawn ones are remembered,
    /// so that whoever still sends one is told what became of it.
    pub(crate) fn withdraw(&mut self, client: &ClientId, id: ApiKeyId, now: Timestamp) -> bool {
        let own = (self.kept.get_mut(&id)).filter(|key| key.client == *client);
        let Some(key) = own.filter(|key| key.withdrawn_at.is_none()) else {
            return false;
        };
        key.withdrawn_at = Some(now);
        let withdrawn =
            (self.kept.values()).filter(|key| key.client == *client && key.withdrawn_at.is_some());
        let withdrawn: Vec<_> = withdrawn.map(|key| key.id).collect();
        let too_many = withdrawn.len().saturating_sub(KEYS_PER_CLIENT);
        for id in withdrawn.into_iter().take(too_many) {
            self.forget(id);
        }
        true
    }

    /// Forgets a client that is gone.
    pub(crate) fn forget_client(&mut self, client: &ClientId) {
        let own = self.kept.values().filter(|key| key.client == *client);
        let own: Vec<_> = own.map(|key| key.id).collect();
        for id in own {
            self.forget(id);
        }
    }

    fn forget(&mut self, id: ApiKeyId) {
        if let Some(key) = self.kept.remove(&id) {
            self.by_hash.remove(&key.hash);
        }
    }
}

/// More than anybody rotates through, some 300 bytes each; withdrawn ones are as many again.
pub(crate) const KEYS_PER_CLIENT: usize = 20;

/// What stands behind the prefix: long enough not to be met by chance.
const KEY_LENGTH_MIN: usize = 8;
const KEY_LENGTH_MAX: usize = 128;
/// So many last characters are shown.
const HINT_LENGTH: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);

    fn acorn() -> ClientId {
        ClientId::new("acorn")
    }

    #[test]
    fn a_key_tells_its_environment_and_is_found_by_its_text_alone() {
        let mut keys = ApiKeys::default();
        for environment in Environment::ALL {
            let (key, text) = keys.issue(&acorn(), environment, NOON).unwrap();
            assert_eq!(Environment::of_key(&text), Some(environment));
            assert_eq!(keys.find(&text), Some(&key));
            assert!(text.ends_with(key.hint.rsplit('…').next().unwrap()));
            assert!(keys.find(&key.hint).is_none());
        }
        assert_eq!(keys.of_client(&acorn()).count(), 2);
        assert_eq!(keys.of_client(&ClientId::new("burrow")).count(), 0);
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_none() {
        for text in [
            "",
            "sk_sandbox_",
            "sk_sandbox_1234567",
            "sk_test_12345678",
            "SK_LIVE_12345678",
            "sk_live_1234 5678",
            "sk_live_1234567é",
        ] {
            assert_eq!(Environment::of_key(text), None, "{text:?}");
        }
        let live = Environment::of_key("sk_live_12345678");
        assert_eq!(live, Some(Environment::Production));
    }

    #[test]
    fn a_withdrawn_key_is_known_as_such_and_makes_room() {
        let mut keys = ApiKeys::default();
        let (first, text) = keys.issue(&acorn(), Environment::Sandbox, NOON).unwrap();
        for _ in 1..KEYS_PER_CLIENT {
            keys.issue(&acorn(), Environment::Sandbox, NOON).unwrap();
        }
        let refused = keys.issue(&acorn(), Environment::Sandbox, NOON);
        assert_eq!(refused, Err(NotKept::TooMany));
        assert!(!keys.withdraw(&ClientId::new("burrow"), first.id, NOON));
        assert!(keys.withdraw(&acorn(), first.id, NOON));
        assert!(!keys.withdraw(&acorn(), first.id, NOON));
        assert_eq!(keys.find(&text).unwrap().withdrawn_at, Some(NOON));
        keys.issue(&acorn(), Environment::Sandbox, NOON).unwrap();
    }

    #[test]
    fn no_more_than_the_latest_withdrawn_keys_are_remembered() {
        let mut keys = ApiKeys::default();
        let mut texts = Vec::new();
        for _ in 0..=KEYS_PER_CLIENT {
            let (key, text) = keys.issue(&acorn(), Environment::Production, NOON).unwrap();
            assert!(keys.withdraw(&acorn(), key.id, NOON));
            texts.push(text);
        }
        assert!(keys.find(&texts[0]).is_none());
        assert!(keys.find(&texts[1]).is_some());
        assert_eq!(keys.kept.len(), keys.by_hash.len());
    }

    #[test]
    fn a_key_that_was_written_down_is_kept_once() {
        let texts = ["sk_live_12345678".to_owned()];
        let mut keys = ApiKeys::default().with(&acorn(), &texts, NOON).unwrap();
        let other = ClientId::new("burrow");
        let refused = keys.with(&other, &texts, NOON);
        assert_eq!(refused.map(drop), Err(NotKept::Taken));
        keys.forget_client(&acorn());
        let keys = keys.with(&other, &texts, NOON).unwrap();
        assert_eq!(keys.find(&texts[0]).unwrap().client, other);
    }
}
