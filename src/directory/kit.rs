//! A TPP's kit: what onboarding hands out, as one document and as files.

use serde_json::{Map, Value, json};

use crate::jose::{Algorithm, SigningKey};
use crate::oauth::registration::REGISTER;
use crate::oauth::registration::statement::word_of;
use crate::pki::{Credential, PeerCertificate};

use super::onboarding::{AuthMethod, Flaw};
use super::registry::Software;

/// Everything a TPP needs to register with the bank, and to call it afterwards.
#[derive(Debug)]
pub(crate) struct Kit {
    /// What the directory knows of it.
    pub(crate) software: Software,
    /// What it presents in TLS.
    pub(crate) transport: Credential,
    /// What it signs with, and the seal for it.
    pub(crate) signing: Credential,
    /// The signing key under the id it is published by.
    pub(crate) signing_key: SigningKey,
    /// Where its public keys are.
    pub(crate) jwks_url: String,
    /// What the directory says of it, signed.
    pub(crate) statement: String,
    /// How it will authenticate.
    pub(crate) auth_method: AuthMethod,
    /// What it will sign with.
    pub(crate) signing_alg: Algorithm,
    /// The bank it is for.
    pub(crate) issuer: String,
    /// The CA of the bank.
    pub(crate) ca_pem: String,
    /// What is wrong with it, if anything.
    pub(crate) flaw: Option<Flaw>,
}

impl Kit {
    /// The kit as the control API answers it, PEM texts inline.
    pub(crate) fn document(&self) -> Map<String, Value> {
        let software = &self.software;
        let roles: Vec<_> = software.roles.iter().map(|role| word_of(*role)).collect();
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
        put("name", software.name.as_str().into());
        put("org_id", software.organisation.id.as_str().into());
        put("software_id", software.id.as_str().into());
        put("roles", json!(roles));
        put("redirect_uris", json!(software.redirect_uris));
        put(
            "token_endpoint_auth_method",
            self.auth_method.as_str().into(),
        );
        put("tls_client_auth_subject_dn", self.subject().into());
        put("signing_alg", self.signing_alg.as_str().into());
        put("signing_kid", self.signing_key.kid().into());
        put(
            "transport_cert_pem",
            self.transport.cert_pem.as_str().into(),
        );
        put("transport_key_pem", self.transport.key_pem.as_str().into());
        put("signing_cert_pem", self.signing.cert_pem.as_str().into());
        put("signing_key_pem", self.signing.key_pem.as_str().into());
        put("signing_jwk", self.signing_key.private_jwk().into());
        put("jwks", json!({ "keys": software.jwks }));
        put("software_jwks_endpoint", self.jwks_url.as_str().into());
        put("software_statement", self.statement.as_str().into());
        put("issuer", self.issuer.as_str().into());
        put(
            "registration_endpoint",
            format!("{}{REGISTER}", self.issuer).into(),
        );
        put("registration", self.registration().into());
        put("ca_pem", self.ca_pem.as_str().into());
        if let Some(flaw) = self.flaw {
            put("flaw", flaw.as_str().into());
        }
        document
    }

    /// What to send to the registration endpoint, as `application/json`.
    pub(crate) fn registration(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("software_statement", self.statement.as_str().into());
        put("redirect_uris", json!(self.software.redirect_uris));
        put(
            "token_endpoint_auth_method",
            self.auth_method.as_str().into(),
        );
        if self.auth_method == AuthMethod::TlsClientAuth {
            put("tls_client_auth_subject_dn", self.subject().into());
        }
        put(
            "grant_types",
            json!(["authorization_code", "refresh_token", "client_credentials"]),
        );
        put("response_types", json!(["code", "code id_token"]));
        let algorithm = self.signing_alg.as_str();
        put("token_endpoint_auth_signing_alg", algorithm.into());
        put("request_object_signing_alg", algorithm.into());
        put("id_token_signed_response_alg", algorithm.into());
        put("authorization_signed_response_alg", algorithm.into());
        body
    }

    /// The transport certificate's subject in RFC 4514 form.
    fn subject(&self) -> String {
        let certificate = PeerCertificate::from_pem(&self.transport.cert_pem);
        certificate.map_or_else(String::new, |it| it.subject().to_string())
    }
}

/// A file of a kit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct KitFile {
    /// Its name, without a folder.
    pub(crate) name: &'static str,
    /// The member of the kit's document that it holds.
    pub(crate) member: &'static str,
    /// What it is, in a few words.
    pub(crate) about: &'static str,
    /// What it holds.
    pub(crate) contents: String,
    /// Whether nobody else may read it.
    pub(crate) is_private: bool,
}

/// The files of a kit, from its document: the same whether this process made it or a running bank did.
pub(crate) fn kit_files(document: &Map<String, Value>) -> Vec<KitFile> {
    let rows = KIT_FILES.iter();
    rows.filter_map(|&(name, member, is_private, about)| {
        let contents = match document.get(member)? {
            Value::String(text) => text.clone(),
            other => format!(
                "{}\n",
                serde_json::to_string_pretty(other).unwrap_or_default()
            ),
        };
        Some(KitFile {
            name,
            member,
            about,
            contents,
            is_private,
        })
    })
    .collect()
}

impl KitFile {
    /// What the ready document would call its path: `transport_cert_file` for `transport_cert_pem`.
    pub(crate) fn path_member(&self) -> String {
        let stem = self.member.strip_suffix("_pem").unwrap_or(self.member);
        format!("{stem}_file")
    }
}

/// File, member of the document, whether it is a secret, and what it is.
pub(crate) const KIT_FILES: &[(&str, &str, bool, &str)] = &[
    (
        "ca.pem",
        "ca_pem",
        false,
        "the bank's CA, to be trusted in TLS",
    ),
    (
        "tpp-ca.pem",
        "tpp_ca_pem",
        false,
        "the CA of this kit, for the bank to trust",
    ),
    (
        "directory.jwks.json",
        "directory_jwks",
        false,
        "the directory's public keys, for the bank to trust",
    ),
    (
        "transport.pem",
        "transport_cert_pem",
        false,
        "what the TPP presents in TLS: an OBWAC look-alike",
    ),
    (
        "transport.key",
        "transport_key_pem",
        true,
        "its private key",
    ),
    (
        "signing.pem",
        "signing_cert_pem",
        false,
        "the certificate of the signing key: an OBSeal look-alike",
    ),
    (
        "signing.key",
        "signing_key_pem",
        true,
        "what assertions and request objects are signed with",
    ),
    (
        "signing.jwk.json",
        "signing_jwk",
        true,
        "the same private key as a JWK, with kid and alg",
    ),
    (
        "jwks.json",
        "jwks",
        false,
        "the TPP's public keys, as its directory publishes them",
    ),
    (
        "software_statement.jwt",
        "software_statement",
        false,
        "the SSA: what the directory says of the TPP, signed",
    ),
    (
        "registration.json",
        "registration",
        false,
        "what to post to the registration endpoint",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_s_files_are_its_members_and_only_keys_are_private() {
        let document = json!({
            "transport_cert_pem": "CERT", "transport_key_pem": "KEY",
            "registration": { "software_statement": "ssa" }, "name": "Acorn",
        });
        let files = kit_files(document.as_object().unwrap());
        let members: Vec<_> = files.iter().map(KitFile::path_member).collect();
        assert_eq!(
            members,
            [
                "transport_cert_file",
                "transport_key_file",
                "registration_file"
            ]
        );
        let told: Vec<_> = files
            .iter()
            .map(|file| (file.name, file.contents.as_str(), file.is_private))
            .collect();
        assert_eq!(
            told,
            [
                ("transport.pem", "CERT", false),
                ("transport.key", "KEY", true),
                (
                    "registration.json",
                    "{\n  \"software_statement\": \"ssa\"\n}\n",
                    false
                ),
            ]
        );
    }
}
