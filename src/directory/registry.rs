//! What the directory knows: organisations with one software each, as onboarding makes them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::entropy::{Seed, Stream};
use crate::id::ClientId;
use crate::jose::KeySet;
use crate::oauth::registration::statement::Standing;
use crate::pki::PspRole;

/// An organisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Organisation {
    /// The directory's id for it, eighteen characters.
    pub(crate) id: String,
    /// Its legal name.
    pub(crate) name: String,
    /// What the competent authority registered it under.
    pub(crate) registration_id: String,
}

/// A software, and the keys published for it.
#[derive(Clone, Debug)]
pub(crate) struct Software {
    /// Its id, up to twenty-two letters and digits.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) organisation: Organisation,
    /// What it may do.
    pub(crate) roles: Vec<PspRole>,
    /// Where answers may be sent.
    pub(crate) redirect_uris: Vec<String>,
    /// Its public keys as JWKs.
    pub(crate) jwks: Vec<Value>,
    /// The same, to verify with.
    pub(crate) keys: KeySet,
    /// Whether the directory took it out.
    pub(crate) is_revoked: bool,
}

/// Everything the directory knows.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    software: HashMap<String, Arc<Software>>,
    /// Which software the scenario's clients are.
    of_clients: HashMap<ClientId, String>,
    ids: Stream,
}

/// Ids for a new organisation and its software.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SoftwareIds {
    /// Of the organisation.
    pub(crate) organisation: String,
    /// Of the software.
    pub(crate) software: String,
    /// The authority's number.
    pub(crate) registration: String,
}

impl Registry {
    /// An empty one.
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            software: HashMap::new(),
            of_clients: HashMap::new(),
            ids: seed.stream("directory"),
        }
    }

    /// Ids that were not drawn before.
    pub(crate) fn draw_ids(&self) -> SoftwareIds {
        let organisation = base62(&self.ids.token());
        let tail: String = organisation.chars().take(ORG_ID_TAIL).collect();
        let number = organisation.bytes().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        });
        SoftwareIds {
            organisation: format!("{ORG_ID_HEAD}{tail}"),
            software: base62(&self.ids.token()),
            registration: format!("{:06}", number % 1_000_000),
        }
    }

    /// Takes a software in.
    ///
    /// # Errors
    /// When [`SOFTWARE_MAX`] are kept already.
    pub(crate) fn admit(&mut self, software: Software) -> Result<(), RegistryFull> {
        if self.software.len() >= SOFTWARE_MAX {
            return Err(RegistryFull);
        }
        let id = software.id.clone();
        self.software.insert(id, Arc::new(software));
        Ok(())
    }

    /// Takes in the software of a client that the scenario or the control API registered.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub(crate) fn admit_client(
        &mut self,
        client: &ClientId,
        software: Software,
    ) -> Result<(), RegistryFull> {
        // A client that was deleted and comes again is another software than it was.
        if let Some(former) = self.of_clients.remove(client) {
            self.software.remove(&former);
        }
        let id = software.id.clone();
        self.admit(software)?;
        self.of_clients.insert(client.clone(), id);
        Ok(())
    }

    /// The software that a scenario's client is.
    pub(crate) fn software_of(&self, client: &ClientId) -> Option<Arc<Software>> {
        self.software(self.of_clients.get(client)?)
    }

    /// The software of this id.
    pub(crate) fn software(&self, id: &str) -> Option<Arc<Software>> {
        self.software.get(id).cloned()
    }

    /// What is to be said of a software today.
    pub(crate) fn standing(&self, id: &str) -> Standing {
        match self.software.get(id) {
            None => Standing::Unknown,
            Some(software) if software.is_revoked => Standing::Revoked,
            Some(_) => Standing::Active,
        }
    }

    /// The keys published for an organisation (all of its software) or one software of it; `is_revoked`
    /// asks for those taken out of use. Nothing when neither is known.
    pub(crate) fn published(&self, org_id: &str, id: &str, is_revoked: bool) -> Option<Value> {
        let mut own = self
            .software
            .values()
            .filter(|software| software.organisation.id == org_id)
            .filter(|software| id == org_id || id == software.id)
            .peekable();
        own.peek()?;
        let keys = own.filter(|software| software.is_revoked == is_revoked);
        let keys: Vec<_> = keys.flat_map(|software| &software.jwks).collect();
        Some(json!({ "keys": keys }))
    }
}

/// No more software can be kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the directory keeps at most {SOFTWARE_MAX} pieces of software; reset the bank")]
pub(crate) struct RegistryFull;

/// base64url with its two marks turned to letters: an id needs no more than to be its own.
fn base62(token: &str) -> String {
    token.replace('-', "x").replace('_', "y")
}

/// How the ids of organisations begin in the directory that ours is modelled on.
const ORG_ID_HEAD: &str = "00158000";
/// An id has eighteen characters.
const ORG_ID_TAIL: usize = 10;
/// A kit for each test of a large suite; each is some 5 kB.
const SOFTWARE_MAX: usize = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn software(id: &str, org_id: &str, is_revoked: bool) -> Software {
        Software {
            id: id.to_owned(),
            name: "Acorn".to_owned(),
            organisation: Organisation {
                id: org_id.to_owned(),
                name: "Acorn Ltd".to_owned(),
                registration_id: "123456".to_owned(),
            },
            roles: vec![],
            redirect_uris: vec![],
            jwks: vec![json!({ "kid": id })],
            keys: KeySet::default(),
            is_revoked,
        }
    }

    #[test]
    fn ids_have_the_form_of_the_uk_directory_s_and_do_not_repeat() {
        let registry = Registry::new(Seed(42));
        let (one, two) = (registry.draw_ids(), registry.draw_ids());
        assert_ne!(one, two);
        for ids in [&one, &two] {
            assert_eq!(ids.organisation.len(), 18, "{ids:?}");
            assert_eq!(ids.software.len(), 22, "{ids:?}");
            let letters = format!("{}{}", ids.organisation, ids.software);
            assert!(letters.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_eq!(Registry::new(Seed(42)).draw_ids(), one);
    }

    #[test]
    fn keys_are_published_where_they_belong() {
        let mut registry = Registry::new(Seed(42));
        registry.admit(software("one", "org", false)).unwrap();
        registry.admit(software("two", "org", true)).unwrap();
        registry.admit(software("three", "other", false)).unwrap();
        for (org_id, id, is_revoked, kids) in [
            ("org", "one", false, Some(vec!["one"])),
            ("org", "one", true, Some(vec![])),
            ("org", "two", false, Some(vec![])),
            ("org", "two", true, Some(vec!["two"])),
            ("org", "org", false, Some(vec!["one"])),
            ("org", "org", true, Some(vec!["two"])),
            ("other", "one", false, None),
            ("org", "four", false, None),
            ("none", "none", false, None),
        ] {
            let published = registry.published(org_id, id, is_revoked);
            let expected = kids.map(|kids| {
                let keys: Vec<_> = kids.iter().map(|kid| json!({ "kid": kid })).collect();
                json!({ "keys": keys })
            });
            assert_eq!(published, expected, "{org_id}/{id} {is_revoked}");
        }
    }

    #[test]
    fn a_full_registry_takes_no_more() {
        let mut registry = Registry::new(Seed(42));
        for number in 0..SOFTWARE_MAX {
            let id = format!("software{number}");
            registry.admit(software(&id, "org", false)).unwrap();
        }
        assert_eq!(
            registry.admit(software("more", "org", false)),
            Err(RegistryFull)
        );
    }
}
