//! What a scenario brings besides the bank's own: CAs of clients, directories of TPPs, and what a TPP holds.
//!
//! Each stands in a file of its own, or is written into the scenario itself.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

/// An entry of `bank.trust` as it is written.
#[derive(Clone, Debug)]
pub(super) enum TrustFile {
    /// Certificates in PEM, or the file they are in.
    Authorities(String),
    /// A directory.
    Directory(DirectoryFile),
}

/// A directory of TPPs whose software statements are believed.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectoryFile {
    /// `iss` of its statements.
    pub(crate) directory: String,
    /// Its JWK Set in JSON, or the file it is in.
    pub(crate) jwks: String,
}

/// What a client of a scenario holds instead of what the bank would make for it: PEM, or files of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OwnKit {
    /// What it presents in TLS, the leaf first.
    pub(crate) transport_cert: String,
    /// The key of that, in PKCS#8.
    pub(crate) transport_key: String,
    /// What it signs with, in PKCS#8.
    pub(crate) signing_key: String,
}

impl<'de> Deserialize<'de> for TrustFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TrustVisitor)
    }
}

struct TrustVisitor;

impl<'de> Visitor<'de> for TrustVisitor {
    type Value = TrustFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file of CA certificates, or {directory, jwks}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TrustFile, E> {
        Ok(TrustFile::Authorities(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TrustFile, A::Error> {
        DirectoryFile::deserialize(MapAccessDeserializer::new(map)).map(TrustFile::Directory)
    }
}

/// The text of an entry: itself where it is PEM or JSON, else that of the file it names.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn text_of(written: &str) -> io::Result<Cow<'_, str>> {
    match path_of(written) {
        Some(path) => std::fs::read_to_string(path).map(Cow::Owned),
        None => Ok(Cow::Borrowed(written)),
    }
}

/// The file an entry names, unless it is PEM or JSON itself.
pub(crate) fn path_of(written: &str) -> Option<&Path> {
    let begins = written.trim_start();
    let is_text = begins.starts_with("-----BEGIN ") || begins.starts_with('{');
    (!is_text).then(|| Path::new(written))
}
