//! Disguises: a listener's configuration with a server certificate in which one thing is wrong.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::{DistinguishedName, ServerConfig};

use crate::clock::Timestamp;

use super::authority::{Authority, AuthorityError, ServerFlaw, ServerIdentity};
use super::tls::{TlsFault, server_config};

/// What one server can disguise itself as, each made when it is first worn and then kept: the keys
/// are the server's own, so making one is two signatures.
pub(crate) struct Disguises {
    authority: Arc<Authority>,
    identity: ServerIdentity,
    hints: Vec<DistinguishedName>,
    made: [OnceLock<Arc<ServerConfig>>; 3],
}

/// Why there is no disguise.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoDisguise {
    /// The certificate cannot be issued.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// It cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsFault),
}

impl Disguises {
    /// What a server with this identity and these hints is configured as, and its disguises.
    ///
    /// # Errors
    /// When a certificate or key of the server cannot be used.
    pub(crate) fn of_server(
        authority: &Arc<Authority>,
        identity: &ServerIdentity,
        hints: Vec<DistinguishedName>,
    ) -> Result<(Arc<ServerConfig>, Self), TlsFault> {
        let config = server_config(identity, hints.clone())?;
        let disguises = Self {
            authority: Arc::clone(authority),
            identity: identity.clone(),
            hints,
            made: Default::default(),
        };
        Ok((config, disguises))
    }

    /// The configuration with this flaw.
    ///
    /// # Errors
    /// When the server's own identity is not one that can be issued again.
    pub(crate) fn config(
        &self,
        flaw: ServerFlaw,
        now_real: Timestamp,
    ) -> Result<Arc<ServerConfig>, NoDisguise> {
        let [expired, untrusted, elsewhere] = &self.made;
        let place = match flaw {
            ServerFlaw::Expired => expired,
            ServerFlaw::UntrustedIssuer => untrusted,
            ServerFlaw::WrongHost => elsewhere,
        };
        if let Some(made) = place.get() {
            return Ok(Arc::clone(made));
        }
        let flawed = self
            .authority
            .issue_flawed_server(flaw, &self.identity, now_real)?;
        let made = server_config(&flawed, self.hints.clone())?;
        Ok(Arc::clone(place.get_or_init(|| made)))
    }
}

/// Prints no secret.
impl fmt::Debug for Disguises {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disguises(..)")
    }
}

#[cfg(test)]
mod tests {
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{CertificateError, Error, RootCertStore};

    use super::*;
    use crate::clock::Timestamp;
    use crate::entropy::Seed;
    use crate::pki::TestKeys;
    use crate::pki::tls::provider;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_767_225_600);

    /// What a client that trusts `authority` says of the certificate.
    fn judged(authority: &Authority, pem: &str, at: Timestamp) -> Result<(), CertificateError> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.cert_der().clone()).unwrap();
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let seconds = u64::try_from(at.unix_seconds()).unwrap();
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        match verifier
            .unwrap()
            .verify_server_cert(&certificate, &[], &name, &[], at)
        {
            Ok(_) => Ok(()),
            Err(Error::InvalidCertificate(why)) => Err(why),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Goal: each flaw is found, and where that one thing is put right nothing else is wrong.
    #[test]
    fn a_disguise_has_one_flaw() {
        let authority = Authority::mint(NOW).unwrap();
        let rsa = TestKeys::pick(Seed(1), "main", "server");
        let names = ["localhost".to_owned(), "::1".to_owned()];
        let right = authority.issue_server(&names, rsa, NOW).unwrap();
        let flawed = |flaw| authority.issue_flawed_server(flaw, &right, NOW).unwrap();

        let expired = flawed(ServerFlaw::Expired);
        let then = NOW.plus(-time::Duration::hours(30));
        for pem in [&expired.ecdsa.cert_pem, &expired.rsa.cert_pem] {
            let why = judged(&authority, pem, NOW).unwrap_err();
            assert!(
                matches!(why, CertificateError::ExpiredContext { .. }),
                "{why:?}"
            );
            assert_eq!(judged(&authority, pem, then), Ok(()));
        }
        let elsewhere = flawed(ServerFlaw::WrongHost).rsa.cert_pem;
        let why = judged(&authority, &elsewhere, NOW).unwrap_err();
        assert!(
            matches!(why, CertificateError::NotValidForNameContext { .. }),
            "{why:?}"
        );
        let untrusted = flawed(ServerFlaw::UntrustedIssuer).rsa.cert_pem;
        let why = judged(&authority, &untrusted, NOW).unwrap_err();
        assert_eq!(why, CertificateError::UnknownIssuer);
        assert_eq!(judged(&authority, &right.rsa.cert_pem, NOW), Ok(()));
    }

    #[test]
    fn a_disguise_is_made_once() {
        let authority = Arc::new(Authority::mint(NOW).unwrap());
        let rsa = TestKeys::pick(Seed(1), "main", "server");
        let names = ["localhost".to_owned()];
        let identity = authority.issue_server(&names, rsa, NOW).unwrap();
        let (usual, disguises) = Disguises::of_server(&authority, &identity, Vec::new()).unwrap();
        let flaws = [
            ServerFlaw::Expired,
            ServerFlaw::UntrustedIssuer,
            ServerFlaw::WrongHost,
        ];
        let worn = flaws.map(|flaw| disguises.config(flaw, NOW).unwrap());
        let again = flaws.map(|flaw| disguises.config(flaw, NOW).unwrap());
        for (one, other) in worn.iter().zip(&again) {
            assert!(Arc::ptr_eq(one, other));
        }
        assert!(!Arc::ptr_eq(&usual, &worn[0]));
        assert!(!Arc::ptr_eq(&worn[0], &worn[1]) && !Arc::ptr_eq(&worn[1], &worn[2]));
    }
}
