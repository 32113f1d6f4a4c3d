//! Software statements: what a directory says of a TPP's software (RFC 7591, section 2.3; the UK directory's
//! claims; API contract, section 10).
//!
//! A statement is believed when a directory the bank knows signed it lately. What it says is judged after.

mod checks;

use std::sync::Arc;

use serde_json::Value;

use crate::clock::Now;
use crate::jose::{Algorithm, Jws, KeySet, SignatureFault, VerifiedClaims};
use crate::oauth::check::assertion::described;
use crate::oauth::client_auth::malformed;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::scope::{Scope, ScopeToken};
use crate::pki::PspRole;
use crate::rule::{Mismatch, Rule, Trail};

pub(crate) use checks::CHECKS;

/// A directory whose word the bank takes.
#[derive(Clone, Debug)]
pub(crate) struct TrustedDirectory {
    /// `iss` of its statements.
    pub(crate) name: Arc<str>,
    /// What it signs them with.
    pub(crate) keys: KeySet,
    /// Whether it is the bank's built-in one, whose software the bank can look up.
    pub(crate) is_built_in: bool,
}

/// What the bank's own directory says of a software today.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// It is there.
    Active,
    /// It is another directory's, which is not asked.
    Elsewhere,
    /// It was, and no longer is.
    Revoked,
    /// It never was.
    Unknown,
}

/// A statement with a good signature, about to be judged.
pub(crate) struct Statement {
    /// What it claims.
    pub(crate) claims: VerifiedClaims,
    /// What its directory says today.
    pub(crate) standing: Standing,
    /// When it arrived.
    pub(crate) now: Now,
}

/// What a statement in good order says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Software {
    /// `software_id`.
    pub(crate) id: String,
    /// `software_client_name`.
    pub(crate) name: String,
    /// `org_id`.
    pub(crate) org_id: String,
    /// `software_roles`, of those that call a bank.
    pub(crate) roles: Vec<PspRole>,
    /// `software_redirect_uris`.
    pub(crate) redirect_uris: Vec<String>,
    /// `software_jwks_endpoint`.
    pub(crate) jwks_endpoint: String,
    /// `organisation_competent_authority_claims`.
    pub(crate) authority: Option<Authorisation>,
}

/// What the competent authority says of an organisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Authorisation {
    /// `authority_id`: the authority and its country, as `FCAGBR`.
    pub(crate) authority_id: Option<String>,
    /// `registration_id`.
    pub(crate) registration_id: String,
    /// `status`.
    pub(crate) status: String,
    /// The roles of every member state.
    pub(crate) roles: Vec<PspRole>,
}

/// Reads a statement and verifies its directory's signature; answers the directory too.
///
/// # Errors
/// `invalid_software_statement`.
pub(crate) fn verify<'d>(
    text: &str,
    directories: &'d [TrustedDirectory],
    trail: &mut Trail,
) -> Result<(VerifiedClaims, &'d TrustedDirectory), Refusal> {
    let invalid = |finding| ErrorCode::InvalidSoftwareStatement.because(finding);
    let read = if text.len() > STATEMENT_BYTES_MAX {
        Err(Mismatch::new(
            format!("at most {STATEMENT_BYTES_MAX} bytes"),
            format!("{} bytes", text.len()),
        ))
    } else {
        Jws::parse(text).map_err(|fault| malformed(&fault))
    };
    let jws = trail.judge(&READABLE, read).map_err(invalid)?;
    let issuer = jws.unverified_claims().get("iss");
    let known = directories
        .iter()
        .find(|known| issuer.and_then(Value::as_str) == Some(&*known.name));
    let known = known.ok_or_else(|| {
        let names: Vec<_> = directories.iter().map(|known| &*known.name).collect();
        Mismatch::new(
            format!(
                "iss to be a directory this bank knows: {}",
                names.join(", ")
            ),
            described(issuer),
        )
        .with_hint("have this bank's own directory make a kit: hamsterbank onboard --control URL")
    });
    let directory = trail.judge(&DIRECTORY, known).map_err(invalid)?;
    let verified = jws
        .verify(&directory.keys, &Algorithm::ALL)
        .map_err(|fault| not_signed(directory, &fault));
    let claims = trail.judge(&SIGNATURE, verified).map_err(invalid)?;
    Ok((claims, directory))
}

fn not_signed(directory: &TrustedDirectory, fault: &SignatureFault) -> Mismatch {
    let expected = format!("a signature by a key of the directory {}", directory.name);
    let mismatch = Mismatch::new(expected, fault.to_string());
    match fault {
        SignatureFault::UnknownKey { .. } if directory.is_built_in => mismatch.with_hint(
            "the kit comes from another bank's directory of the same name, which this bank does not \
             know: make one with hamsterbank onboard --control URL",
        ),
        _ => mismatch,
    }
}

impl Software {
    /// What the claims of a statement mean. Call it when the checks have passed: what they need is there.
    pub(crate) fn read(claims: &VerifiedClaims) -> Self {
        let text = |name: &str| claims.str(name).map(str::to_owned);
        let needed = |name: &str| text(name).unwrap_or_default();
        let software_roles = claims.map().get("software_roles");
        Self {
            id: needed("software_id"),
            name: text("software_client_name").unwrap_or_else(|| "a TPP without a name".to_owned()),
            org_id: needed("org_id"),
            roles: software_roles.map(roles_of).unwrap_or_default(),
            redirect_uris: texts(claims, "software_redirect_uris").unwrap_or_default(),
            jwks_endpoint: needed("software_jwks_endpoint"),
            authority: claims
                .map()
                .get("organisation_competent_authority_claims")
                .and_then(Authorisation::read),
        }
    }

    /// The widest scope its roles allow; `consents` is implicit, and not printed.
    pub(crate) fn scope(&self) -> Scope {
        let of_role = |role: &PspRole| match role {
            PspRole::AccountInformation => &[ScopeToken::Accounts, ScopeToken::Transactions][..],
            PspRole::PaymentInitiation => &[ScopeToken::Payments],
            PspRole::CardIssuing => &[ScopeToken::Fundsconfirmations],
            PspRole::AccountServicing => &[],
        };
        let of_roles = self.roles.iter().flat_map(of_role).copied();
        of_roles.chain([ScopeToken::Openid]).collect()
    }
}

impl Authorisation {
    fn read(claim: &Value) -> Option<Self> {
        let text = |name: &str| claim.get(name)?.as_str().map(str::to_owned);
        let states = claim.get("authorisations")?.as_array()?;
        let roles = states.iter().filter_map(|state| state.get("roles"));
        Some(Self {
            authority_id: text("authority_id"),
            registration_id: text("registration_id")?,
            status: text("status")?,
            roles: roles.flat_map(roles_of).collect(),
        })
    }
}

/// The role that a directory's word stands for; `None` for words that open nothing here.
pub(crate) fn role_of(word: &str) -> Option<PspRole> {
    let row = ROLES.iter().find(|(known, _)| *known == word);
    row.map(|(_, role)| *role)
}

/// The directory's word for a role.
pub(crate) fn word_of(role: PspRole) -> &'static str {
    let row = ROLES.iter().find(|(_, known)| *known == role);
    row.map_or("ASPSP", |(word, _)| word)
}

fn roles_of(words: &Value) -> Vec<PspRole> {
    let words = words.as_array().into_iter().flatten();
    words.filter_map(|word| role_of(word.as_str()?)).collect()
}

fn texts(claims: &VerifiedClaims, name: &str) -> Option<Vec<String>> {
    let items = claims.map().get(name)?.as_array()?;
    let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
    texts.collect()
}

/// The rules that are no rows of the table.
pub(crate) static RULES: &[&Rule] = &[&PRESENT, &READABLE, &DIRECTORY, &SIGNATURE];

/// Asked where the members are read.
pub(crate) static PRESENT: Rule = Rule {
    name: "software_statement.present",
    clause: "Hamster Bank guide, step 1; RFC 7591, section 2.3",
    sentence: "A registration brings a software statement.",
};
static READABLE: Rule = Rule {
    name: "software_statement.readable",
    clause: "RFC 7591, section 2.3",
    sentence: "A software statement is a signed JWT in compact form, of at most 16 KiB.",
};
static DIRECTORY: Rule = Rule {
    name: "software_statement.directory",
    clause: "Hamster Bank API, section 10; RFC 7591, section 2.3",
    sentence: "A software statement is issued by a directory the bank knows.",
};
static SIGNATURE: Rule = Rule {
    name: "software_statement.signature",
    clause: "RFC 7591, section 2.3; FAPI 1.0 Advanced, section 8.6",
    sentence: "A software statement is signed PS256 or ES256 by a key of its directory.",
};
const ROLES: [(&str, PspRole); 3] = [
    ("AISP", PspRole::AccountInformation),
    ("PISP", PspRole::PaymentInitiation),
    ("CBPII", PspRole::CardIssuing),
];

/// A statement of the UK directory has about 4 kB; the bank keeps one for each registration.
pub(crate) const STATEMENT_BYTES_MAX: usize = 16 * 1024;
