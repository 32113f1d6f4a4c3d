//! Onboarding: from a few wishes to everything a TPP needs, or to a kit that is flawed in one wished-for way.

use time::Duration;

use crate::clock::{Now, Timestamp};
use crate::jose::{Algorithm, KeySet, KeySetFault, SigningKey};
use crate::oauth::redirect_uri::may_be_registered;
use crate::pki::{
    Authority, AuthorityError, Credential, KeyFault, PspRole, TestKeys, TppSubject, fresh_p256_key,
    fresh_rsa_key,
};

use super::kit::Kit;
use super::registry::{Organisation, RegistryFull, Software, SoftwareIds};
use super::{Directory, KitKeys};

/// What a TPP is to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Onboarding {
    /// Its name, and its organisation's.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) roles: Vec<PspRole>,
    /// Where answers may be sent.
    pub(crate) redirect_uris: Vec<String>,
    /// How it will authenticate.
    pub(crate) token_endpoint_auth_method: AuthMethod,
    /// What it will sign with.
    pub(crate) signing_alg: Algorithm,
    /// What is to be wrong with it.
    pub(crate) flaw: Option<Flaw>,
}

/// How a client authenticates.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum AuthMethod {
    #[default]
    PrivateKeyJwt,
    TlsClientAuth,
}

impl AuthMethod {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::PrivateKeyJwt, Self::TlsClientAuth];

    /// The registered word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
        }
    }

    /// What a word stands for.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// One thing that is wrong with a kit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    /// The transport certificate is past.
    ExpiredCertificate,
    /// The transport certificate is of a CA nobody here trusts.
    ForeignCa,
    /// The signing key is not the one that the directory publishes under its id.
    WrongKey,
    /// The directory took the software out again.
    RevokedSoftware,
    /// The software statement is a month old.
    ExpiredSsa,
    /// The software statement is signed by somebody else.
    BadSsaSignature,
}

impl Flaw {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::ExpiredCertificate,
        Self::ForeignCa,
        Self::WrongKey,
        Self::RevokedSoftware,
        Self::ExpiredSsa,
        Self::BadSsaSignature,
    ];

    /// The word in the control API and on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ExpiredCertificate => "expired_certificate",
            Self::ForeignCa => "foreign_ca",
            Self::WrongKey => "wrong_key",
            Self::RevokedSoftware => "revoked_software",
            Self::ExpiredSsa => "expired_ssa",
            Self::BadSsaSignature => "bad_ssa_signature",
        }
    }

    /// What a word stands for.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// The keys of one kit, as PEM.
struct Keys {
    transport: String,
    signing: String,
    /// For flaws that need a key of somebody else.
    foreign: String,
}

impl Directory {
    /// Makes a kit. Its software is known once the registry has admitted what stands in it.
    ///
    /// # Errors
    /// See [`OnboardingError`].
    pub(crate) fn onboard(
        &self,
        onboarding: &Onboarding,
        ids: SoftwareIds,
        now: Now,
    ) -> Result<Kit, OnboardingError> {
        onboarding.check()?;
        let keys = self.keys_for(onboarding.signing_alg, &ids.software)?;
        let subject = subject(onboarding, &ids);
        let published = SigningKey::from_pem(&keys.signing)?;
        let flaw = onboarding.flaw;
        let software = software(onboarding, ids, &published)?;
        let signing_pem = match flaw {
            Some(Flaw::WrongKey) => &keys.foreign,
            _ => &keys.signing,
        };
        let statement = self.flawed_statement(&software, flaw, (&keys, now.real))?;
        Ok(Kit {
            transport: self.transport(&subject, &keys.transport, flaw, now.real)?,
            signing: self
                .authority
                .issue_signing(&subject, signing_pem, now.real)?,
            signing_key: SigningKey::from_pem(signing_pem)?.with_kid(published.kid()),
            jwks_url: self.jwks_url(&software.organisation.id, &software.id),
            software,
            statement,
            auth_method: onboarding.token_endpoint_auth_method,
            signing_alg: onboarding.signing_alg,
            issuer: self.issuer.to_string(),
            ca_pem: self.authority.cert_pem().to_owned(),
            flaw,
        })
    }

    fn keys_for(&self, algorithm: Algorithm, id: &str) -> Result<Keys, OnboardingError> {
        let rsa = match &self.keys {
            KitKeys::Pool { seed, bank } => {
                let roles = ["transport", "signing", "foreign"].map(|part| format!("{part}/{id}"));
                let roles = roles.each_ref().map(String::as_str);
                let picked = TestKeys::pick_distinct(*seed, bank, &roles);
                picked.into_iter().map(str::to_owned).collect()
            }
            KitKeys::Fresh if algorithm == Algorithm::Es256 => vec![fresh_rsa_key()?],
            KitKeys::Fresh => vec![fresh_rsa_key()?, fresh_rsa_key()?, fresh_rsa_key()?],
            KitKeys::Refused if algorithm == Algorithm::Ps256 => {
                return Err(OnboardingError::NoRsaKeys);
            }
            KitKeys::Refused => vec![],
        };
        let mut rsa = rsa.into_iter();
        let mut next = || match rsa.next() {
            Some(pem) => Ok(pem),
            None => fresh_p256_key(),
        };
        let transport = next()?;
        let mut signing = || match algorithm {
            Algorithm::Ps256 => next(),
            Algorithm::Es256 => fresh_p256_key(),
        };
        Ok(Keys {
            transport,
            signing: signing()?,
            foreign: signing()?,
        })
    }

    fn transport(
        &self,
        subject: &TppSubject,
        key_pem: &str,
        flaw: Option<Flaw>,
        now_real: Timestamp,
    ) -> Result<Credential, AuthorityError> {
        match flaw {
            Some(Flaw::ExpiredCertificate) => {
                let long_ago = now_real.plus(-LONGER_THAN_A_LEAF_LIVES);
                self.authority.issue_transport(subject, key_pem, long_ago)
            }
            Some(Flaw::ForeignCa) => {
                Authority::mint(now_real)?.issue_transport(subject, key_pem, now_real)
            }
            _ => self.authority.issue_transport(subject, key_pem, now_real),
        }
    }

    fn flawed_statement(
        &self,
        software: &Software,
        flaw: Option<Flaw>,
        (keys, now_real): (&Keys, Timestamp),
    ) -> Result<String, KeyFault> {
        Ok(match flaw {
            Some(Flaw::ExpiredSsa) => self.statement(software, now_real.plus(-A_MONTH)),
            Some(Flaw::BadSsaSignature) => {
                let forger = self.forger(&keys.foreign)?;
                self.forged_statement(software, now_real, forger)
            }
            _ => self.statement(software, now_real),
        })
    }

    // The pool is small: a key of a kit may be the directory's own, and would forge nothing.
    fn forger(&self, foreign_pem: &str) -> Result<SigningKey, KeyFault> {
        let foreign = SigningKey::from_pem(foreign_pem)?;
        if foreign.kid() == self.key.kid() {
            return SigningKey::from_pem(&fresh_p256_key()?);
        }
        Ok(foreign)
    }
}

impl Onboarding {
    /// A TPP of this name, with the defaults of everything else.
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            roles: ROLES.to_vec(),
            redirect_uris: REDIRECT_URIS.map(str::to_owned).to_vec(),
            token_endpoint_auth_method: AuthMethod::default(),
            signing_alg: Algorithm::Ps256,
            flaw: None,
        }
    }

    fn check(&self) -> Result<(), OnboardingError> {
        let length = self.name.chars().count();
        if !(1..=NAME_MAX).contains(&length) || self.name.chars().any(char::is_control) {
            return Err(OnboardingError::Name);
        }
        if self.roles.is_empty() || self.roles.contains(&PspRole::AccountServicing) {
            return Err(OnboardingError::Roles);
        }
        let count = self.redirect_uris.len();
        if !(1..=REDIRECT_URIS_MAX).contains(&count) {
            return Err(OnboardingError::RedirectUris);
        }
        let wrong = self.redirect_uris.iter().position(|uri| {
            uri.chars().count() > REDIRECT_URI_LENGTH_MAX || !may_be_registered(uri)
        });
        wrong.map_or(Ok(()), |index| Err(OnboardingError::RedirectUri { index }))
    }
}

fn software(
    onboarding: &Onboarding,
    ids: SoftwareIds,
    key: &SigningKey,
) -> Result<Software, KeySetFault> {
    let jwks = crate::jose::jwks(&[key]);
    Ok(Software {
        id: ids.software,
        name: onboarding.name.clone(),
        organisation: Organisation {
            id: ids.organisation,
            name: legal_name(&onboarding.name),
            registration_id: ids.registration,
        },
        roles: onboarding.roles.clone(),
        redirect_uris: onboarding.redirect_uris.clone(),
        keys: KeySet::from_jwks(&jwks)?,
        jwks: vec![key.public_jwk().into()],
        is_revoked: onboarding.flaw == Some(Flaw::RevokedSoftware),
    })
}

fn subject(onboarding: &Onboarding, ids: &SoftwareIds) -> TppSubject {
    TppSubject {
        country: "GB".to_owned(),
        organisation: legal_name(&onboarding.name),
        organization_identifier: format!("PSDGB-FCA-{}", ids.registration),
        common_name: ids.organisation.clone(),
        roles: onboarding.roles.clone(),
    }
}

/// Says in every certificate that the organisation is invented.
fn legal_name(name: &str) -> String {
    format!("{name} (test)")
}

/// Why there is no kit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OnboardingError {
    /// No certificate.
    #[error("cannot issue a certificate: {0}")]
    Authority(#[from] AuthorityError),
    /// No key.
    #[error("cannot use a key: {0}")]
    Key(#[from] KeyFault),
    /// No key set.
    #[error("cannot publish a key: {0}")]
    KeySet(#[from] KeySetFault),
    /// A name that fits no certificate.
    #[error("a name has 1 to {NAME_MAX} characters, none of them a control character")]
    Name,
    /// RSA would take its time, and published keys are not allowed.
    #[error(
        "a bank beyond loopback has no RSA keys for others unless --allow-test-keys is given: \
         ask for signing_alg ES256"
    )]
    NoRsaKeys,
    /// An address nobody may be answered at.
    #[error(
        "redirect URI {index} is not https, or http on localhost, 127.0.0.1 or [::1], \
         without fragment, of at most {REDIRECT_URI_LENGTH_MAX} characters"
    )]
    RedirectUri {
        /// Which, from 0.
        index: usize,
    },
    /// No address, or too many.
    #[error("there are 1 to {REDIRECT_URIS_MAX} redirect URIs")]
    RedirectUris,
    /// No role that calls a bank.
    #[error("the roles are one or more of AISP, PISP, CBPII")]
    Roles,
    /// No room.
    #[error(transparent)]
    Full(#[from] RegistryFull),
}

/// What a TPP may be: all that calls a bank.
pub(crate) const ROLES: [PspRole; 3] = [
    PspRole::AccountInformation,
    PspRole::PaymentInitiation,
    PspRole::CardIssuing,
];
/// Where a developer's TPP listens, as the scenarios' own clients do.
const REDIRECT_URIS: [&str; 2] = [
    "https://localhost:9443/callback",
    "http://localhost:9080/callback",
];
/// With ` (test)` after it a name still fits an X.509 organisation name of 64 characters.
const NAME_MAX: usize = 57;
/// As many as a registration may have.
const REDIRECT_URIS_MAX: usize = 32;
/// As long as one may be registered (API contract, section 10).
const REDIRECT_URI_LENGTH_MAX: usize = 256;
/// A leaf lives 397 days, and is dated two days back.
const LONGER_THAN_A_LEAF_LIVES: Duration = Duration::days(400);
/// A statement is good for a day.
const A_MONTH: Duration = Duration::days(30);
