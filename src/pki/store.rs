//! The directory of certificates: what fits is reused, what does not is issued again.
//!
//! Two banks may share a directory. Each operation holds its lock, and a file is written aside and
//! then renamed, so that a reader never meets half a file. What the program did not make is never
//! overwritten.

mod folder;

use std::path::{Path, PathBuf};

use time::Duration;

use crate::clock::Timestamp;
use crate::entropy;

use super::authority::{
    Authority, AuthorityError, Credential, ServerIdentity, TppSubject, address, is_ours,
};
use super::certificate::CertificateFacts;
use super::key::{KeyKind, PrivateKey, fresh_p256_key, fresh_rsa_key};
use super::test_keys::TestKeys;

pub(crate) use folder::StoreError;
use folder::{Folder, Secrecy};

/// A directory of certificates.
#[derive(Debug)]
pub(crate) struct Store {
    folder: Folder,
}

/// Where a key comes from when a new one is needed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeySource {
    /// Made on the spot, within a millisecond.
    FreshP256,
    /// Made on the spot, in 40 to 500 ms.
    FreshRsa,
    /// A published RSA key of the pool.
    Pool(&'static str),
}

/// What the server's certificates must be.
#[derive(Clone, Debug)]
pub(crate) struct ServerSpec {
    /// DNS names and IP addresses; the first is the common name.
    pub(crate) names: Vec<String>,
    /// For the RSA certificate.
    pub(crate) rsa_key: KeySource,
}

/// What a client's kit must be.
#[derive(Clone, Debug)]
pub(crate) struct KitSpec {
    /// The client's id, which names its directory.
    pub(crate) id: String,
    /// Whom the certificates are about.
    pub(crate) subject: TppSubject,
    /// For TLS.
    pub(crate) transport_key: KeySource,
    /// For assertions and request objects.
    pub(crate) signing_key: KeySource,
}

/// Everything a TPP needs to call the bank.
#[derive(Debug)]
pub(crate) struct Kit {
    /// What it presents in TLS.
    pub(crate) transport: Credential,
    /// What it signs with, and the seal for it.
    pub(crate) signing: Credential,
    /// The signing key as a private JWK, if one was written for this very key. Otherwise the caller
    /// makes it and hands it to [`Store::write_signing_jwk`].
    pub(crate) signing_jwk: Option<String>,
    /// Where all of it lies; a kit in memory lies nowhere.
    pub(crate) files: Option<KitFiles>,
}

impl Kit {
    /// Issues a kit that is kept in memory alone.
    ///
    /// # Errors
    /// When a key cannot be made or a certificate cannot be issued.
    pub(crate) fn issue(
        authority: &Authority,
        spec: &KitSpec,
        now_real: Timestamp,
    ) -> Result<Self, StoreError> {
        let (transport, signing) = (spec.transport_key.make()?, spec.signing_key.make()?);
        Ok(Self {
            transport: authority.issue_transport(&spec.subject, &transport, now_real)?,
            signing: authority.issue_signing(&spec.subject, &signing, now_real)?,
            signing_jwk: None,
            files: None,
        })
    }
}

/// The absolute paths of a kit's files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct KitFiles {
    pub(crate) transport_pem: PathBuf,
    pub(crate) transport_key: PathBuf,
    pub(crate) signing_key: PathBuf,
    pub(crate) signing_jwk: Option<PathBuf>,
}

impl ServerSpec {
    /// Issues what is kept in memory alone.
    ///
    /// # Errors
    /// When a key cannot be made or a certificate cannot be issued.
    pub(crate) fn issue(
        &self,
        authority: &Authority,
        now_real: Timestamp,
    ) -> Result<ServerIdentity, StoreError> {
        let rsa_key = self.rsa_key.make()?;
        Ok(authority.issue_server(&self.names, &rsa_key, now_real)?)
    }
}

impl Store {
    /// Opens a directory, and makes it if there is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let folder = Folder::open(directory)?;
        Ok(Self { folder })
    }

    /// A fresh directory among the system's temporary files, gone when the store is dropped.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn ephemeral() -> Result<Self, StoreError> {
        let name = format!(
            "hamsterbank-{:032x}",
            u128::from_be_bytes(entropy::secret_bytes())
        );
        let folder = Folder::temporary(&std::env::temp_dir().join(name))?;
        Ok(Self { folder })
    }

    /// The directory, as an absolute path.
    pub(crate) fn root(&self) -> &Path {
        self.folder.root()
    }

    /// The CA's certificate.
    pub(crate) fn ca_pem_path(&self) -> PathBuf {
        self.root().join(CA_PEM)
    }

    /// The CA of this directory, or a new one when there is none or it nears its end.
    ///
    /// # Errors
    /// When files cannot be read or written, or are not ours.
    pub(crate) fn authority(&self, now_real: Timestamp) -> Result<Authority, StoreError> {
        let _lock = self.folder.lock()?;
        let (cert, key) = (self.folder.read(CA_PEM)?, self.folder.read(CA_KEY)?);
        if let Some(cert) = cert {
            let Some(key) = key else {
                return Err(self
                    .folder
                    .not_ours(CA_PEM, "its key, ca.key, is not beside it"));
            };
            let authority = Authority::from_pem(&cert, &key)
                .map_err(|error| self.folder.not_ours(CA_PEM, &error.to_string()))?;
            if is_current(authority.facts(), now_real) {
                return Ok(authority);
            }
        }
        let authority = Authority::mint(now_real)?;
        self.folder
            .write(CA_KEY, authority.key_pem(), Secrecy::Private)?;
        self.folder
            .write(CA_PEM, authority.cert_pem(), Secrecy::Public)?;
        Ok(authority)
    }

    /// The server's certificates, issued again when names, dates or issuer do not fit.
    ///
    /// # Errors
    /// When files cannot be read or written, or are not ours, or the names are none.
    pub(crate) fn server_identity(
        &self,
        authority: &Authority,
        spec: &ServerSpec,
        now_real: Timestamp,
    ) -> Result<ServerIdentity, StoreError> {
        let _lock = self.folder.lock()?;
        let serves = |facts: &CertificateFacts| {
            spec.names.iter().all(|name| {
                let plain =
                    address(name).map_or_else(|| name.to_ascii_lowercase(), |ip| ip.to_string());
                facts.names.contains(&plain)
            })
        };
        let ecdsa = self.read(SERVER, KeySource::FreshP256)?;
        let rsa = self.read(SERVER_RSA, spec.rsa_key)?;
        if let (Some(ecdsa), Some(rsa)) = (ecdsa, rsa)
            && [&ecdsa, &rsa]
                .iter()
                .all(|held| held.is_from(authority, now_real) && serves(&held.facts))
        {
            return Ok(ServerIdentity {
                ecdsa: ecdsa.credential,
                rsa: rsa.credential,
            });
        }
        let rsa_key = spec.rsa_key.make()?;
        let identity = authority.issue_server(&spec.names, &rsa_key, now_real)?;
        self.write(SERVER, &identity.ecdsa)?;
        self.write(SERVER_RSA, &identity.rsa)?;
        Ok(identity)
    }

    /// A client's kit, issued where it is missing or does not fit.
    ///
    /// # Errors
    /// When files cannot be read or written, or are not ours, or the id cannot name a directory.
    pub(crate) fn client_kit(
        &self,
        authority: &Authority,
        spec: &KitSpec,
        now_real: Timestamp,
    ) -> Result<Kit, StoreError> {
        let directory = client_directory(&spec.id)?;
        let _lock = self.folder.lock()?;
        self.folder.make(&directory)?;
        let fits =
            |held: &Held| held.is_from(authority, now_real) && spec.subject.fits(&held.facts);
        let at = |name: &str| format!("{directory}/{name}");

        let stem = at(TRANSPORT);
        let transport = match self.read(&stem, spec.transport_key)? {
            Some(held) if fits(&held) => held.credential,
            held => {
                let key = keep_or_make(held, spec.transport_key)?;
                let issued = authority.issue_transport(&spec.subject, &key, now_real)?;
                self.write(&stem, &issued)?;
                issued
            }
        };

        let stem = at(SIGNING);
        let held = self.read(&stem, spec.signing_key)?;
        // The JWK is of the key, not of the certificate: it outlives a renewal.
        let had_key = held.is_some();
        let signing = match held {
            Some(held) if fits(&held) => held.credential,
            held => {
                let key = keep_or_make(held, spec.signing_key)?;
                let issued = authority.issue_signing(&spec.subject, &key, now_real)?;
                self.write(&stem, &issued)?;
                issued
            }
        };
        let signing_jwk = if had_key {
            self.folder.read(&at(SIGNING_JWK))?
        } else {
            None
        };
        let path = |name: &str| self.root().join(at(name));
        Ok(Kit {
            transport,
            signing,
            signing_jwk,
            files: Some(KitFiles {
                transport_pem: path("transport.pem"),
                transport_key: path("transport.key"),
                signing_key: path("signing.key"),
                signing_jwk: Some(path(SIGNING_JWK)),
            }),
        })
    }

    /// Puts the private JWK of a client's signing key beside it.
    ///
    /// # Errors
    /// When it cannot be written, or the id cannot name a directory.
    pub(crate) fn write_signing_jwk(&self, id: &str, jwk: &str) -> Result<(), StoreError> {
        let directory = client_directory(id)?;
        let _lock = self.folder.lock()?;
        self.folder.make(&directory)?;
        self.folder
            .write(&format!("{directory}/{SIGNING_JWK}"), jwk, Secrecy::Private)
    }

    /// A certificate and its key that belong together, as this source might have given it; `None` when they are
    /// missing or must be replaced.
    fn read(&self, stem: &str, source: KeySource) -> Result<Option<Held>, StoreError> {
        let cert_name = format!("{stem}.pem");
        let cert_pem = self.folder.read(&cert_name)?;
        let key_pem = self.folder.read(&format!("{stem}.key"))?;
        let Some(cert_pem) = cert_pem else {
            return Ok(None);
        };
        let facts = CertificateFacts::from_pem(&cert_pem)
            .ok_or_else(|| self.folder.not_ours(&cert_name, "it is not a certificate"))?;
        if !is_ours(&facts.issuer) {
            let reason = format!("it was issued by `{}`", facts.issuer);
            return Err(self.folder.not_ours(&cert_name, &reason));
        }
        let held = key_pem.and_then(|key_pem| {
            let key = PrivateKey::from_pem(&key_pem).ok()?;
            let belongs = source.may_have_given(&key) && key.public_bits() == facts.public_bits;
            let credential = Credential { cert_pem, key_pem };
            belongs.then_some(Held { credential, facts })
        });
        Ok(held)
    }

    /// The key first: a certificate without its key would look like somebody else's.
    fn write(&self, stem: &str, credential: &Credential) -> Result<(), StoreError> {
        let (key, cert) = (format!("{stem}.key"), format!("{stem}.pem"));
        self.folder
            .write(&key, &credential.key_pem, Secrecy::Private)?;
        self.folder
            .write(&cert, &credential.cert_pem, Secrecy::Public)
    }
}

impl KeySource {
    /// Whether a key found may stay. A bank that must have keys of its own (its public URL is not
    /// loopback) does not keep a published one from an earlier run.
    fn may_have_given(self, key: &PrivateKey) -> bool {
        match self {
            Self::FreshP256 => key.kind() == KeyKind::P256,
            Self::FreshRsa => key.kind() == KeyKind::Rsa && !TestKeys::contains(key.pem()),
            Self::Pool(_) => key.kind() == KeyKind::Rsa,
        }
    }

    fn make(self) -> Result<String, StoreError> {
        let key = match self {
            Self::FreshP256 => fresh_p256_key(),
            Self::FreshRsa => fresh_rsa_key(),
            Self::Pool(pem) => Ok(pem.to_owned()),
        };
        key.map_err(|fault| StoreError::Authority(AuthorityError::Key(fault)))
    }
}

/// A certificate found on the disk with its key.
struct Held {
    credential: Credential,
    facts: CertificateFacts,
}

impl Held {
    /// A CA's name is unlike any other's, so the issuer's name alone says whose it is.
    fn is_from(&self, authority: &Authority, now_real: Timestamp) -> bool {
        self.facts.issuer.matches(&authority.facts().subject) && is_current(&self.facts, now_real)
    }
}

/// The key that is there, for a renewal changes no key; else one from the source.
fn keep_or_make(held: Option<Held>, source: KeySource) -> Result<String, StoreError> {
    held.map_or_else(|| source.make(), |held| Ok(held.credential.key_pem))
}

/// Whether it is valid and will be for a while: a bank may run for weeks.
fn is_current(facts: &CertificateFacts, now_real: Timestamp) -> bool {
    facts.is_current(now_real) && facts.is_current(now_real.plus(RENEWED_BEFORE_END))
}

/// `clients/<id>`, for ids that are harmless as a file's name on every system.
fn client_directory(id: &str) -> Result<String, StoreError> {
    let is_harmless = (1..=100).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && !id.starts_with('.')
        && !id.ends_with('.');
    is_harmless
        .then(|| format!("{CLIENTS}/{id}"))
        .ok_or_else(|| StoreError::ClientId(id.to_owned()))
}

/// What ends within this is renewed at the next start.
const RENEWED_BEFORE_END: Duration = Duration::days(30);
const CA_PEM: &str = "ca.pem";
const CA_KEY: &str = "ca.key";
const SERVER: &str = "server";
const SERVER_RSA: &str = "server-rsa";
const CLIENTS: &str = "clients";
const TRANSPORT: &str = "transport";
const SIGNING: &str = "signing";
const SIGNING_JWK: &str = "signing.jwk.json";

#[cfg(test)]
mod tests;
