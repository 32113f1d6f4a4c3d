//! Certificates of a server in which one thing is wrong, for clients that should notice.

use time::{Duration, OffsetDateTime};

use crate::clock::Timestamp;
use crate::pki::certificate::CertificateFacts;

use super::{Authority, AuthorityError, ServerIdentity};

/// The one thing that is wrong with a server's certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ServerFlaw {
    /// Its life is over (RFC 5280, section 4.1.2.5).
    Expired,
    /// Nobody knows the CA that issued it.
    UntrustedIssuer,
    /// It is another server's (RFC 9525, section 6).
    WrongHost,
}

impl Authority {
    /// Issues what `right` is but for one thing, for the same keys.
    ///
    /// # Errors
    /// When `right` holds something else than a server's certificates.
    pub(crate) fn issue_flawed_server(
        &self,
        flaw: ServerFlaw,
        right: &ServerIdentity,
        now_real: Timestamp,
    ) -> Result<ServerIdentity, AuthorityError> {
        let facts = CertificateFacts::from_pem(&right.rsa.cert_pem);
        let names = facts.ok_or(AuthorityError::NotACertificate)?.names;
        let (stranger, elsewhere);
        let (authority, names) = match flaw {
            ServerFlaw::Expired => (self, &names),
            ServerFlaw::UntrustedIssuer => {
                stranger = Self::mint(now_real)?;
                (&stranger, &names)
            }
            ServerFlaw::WrongHost => {
                elsewhere = vec![ELSEWHERE.to_owned()];
                (self, &elsewhere)
            }
        };
        let mut params = authority.server(names, now_real)?;
        if flaw == ServerFlaw::Expired {
            // Within the life of the CA, which is dated back no further than its leaves.
            let yesterday = now_real.plus(-Duration::DAY).whole_second();
            params.not_after = OffsetDateTime::from(yesterday);
        }
        Ok(ServerIdentity {
            ecdsa: authority.sign(params.clone(), &right.ecdsa.key_pem)?,
            rsa: authority.sign(params, &right.rsa.key_pem)?,
        })
    }
}

/// A name that nobody can have (RFC 6761, section 6.4).
const ELSEWHERE: &str = "elsewhere.hamsterbank.invalid";
