//! Keys, certificates and TLS: what makes the test CA, and what reads whatever a TPP presents.
//!
//! It holds no opinion on who may call the bank: TLS takes any certificate whose key the client
//! proves, and [`TrustStore::judge`] says afterwards what is wrong with it, so that a refusal can be
//! explained. Certificates follow RFC 5280, with the PSD2 profile of ETSI TS 119 495.

mod authority;
mod certificate;
mod der;
mod disguise;
mod key;
mod name;
mod peer;
mod pkcs12;
mod qc;
mod store;
mod test_keys;
mod tls;
mod trust;

pub(crate) use authority::{
    Authority, AuthorityError, Credential, ServerFlaw, ServerIdentity, TppSubject,
};
pub(crate) use disguise::Disguises;
pub(crate) use key::{KeyFault, KeyKind, KeyNumbers, PrivateKey, fresh_p256_key, fresh_rsa_key};
pub(crate) use name::DistinguishedName;
pub(crate) use peer::{PeerCertificate, Thumbprint};
pub(crate) use pkcs12::pkcs12;
pub(crate) use qc::PspRole;
pub(crate) use store::{KeySource, Kit, KitFiles, KitSpec, ServerSpec, Store, StoreError};
pub(crate) use test_keys::TestKeys;
pub(crate) use tls::{
    TlsFacts, TlsFault, certificate_der, certificates, client_config, trusting_config,
};
pub(crate) use trust::{Distrust, TrustStore};
