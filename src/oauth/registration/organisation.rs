//! Whether the caller is the organisation that a software statement speaks of: asked when the bank
//! registers strictly (API contract, sections 10 and 11).

use std::sync::Arc;

use crate::oauth::check::{Check, Place};
use crate::oauth::error::ErrorCode;
use crate::oauth::profile::Reach;
use crate::oauth::scope::{Scope, ScopeToken};
use crate::pki::{PeerCertificate, PspRole};
use crate::rule::{Mismatch, Rule};

use super::statement::{Software, word_of};

/// A caller, and the software it calls for.
pub(crate) struct Caller {
    /// What the statement says.
    pub(crate) software: Arc<Software>,
    /// What the caller presented.
    pub(crate) certificate: Option<Arc<PeerCertificate>>,
    /// What it wants to be registered for.
    pub(crate) scope: Scope,
}

/// In the order they are asked at every call of a strict registration endpoint.
pub(crate) static CERTIFICATE_CHECKS: &[Check<Caller>] = &[row(
    Rule {
        name: "registration.certificate",
        clause: "OBIE Dynamic Client Registration 3.3; Hamster Bank API, section 10",
        sentence: "The certificate is of the organisation that the software statement names.",
    },
    ErrorCode::InvalidClient,
    certificate_is_the_organisation_s,
)];

/// In the order they are asked when a statement is presented.
pub(crate) static CHECKS: &[Check<Caller>] = &[
    row(
        Rule {
            name: "registration.authority_status",
            clause: "Hamster Bank API, section 10",
            sentence: "The competent authority's record of the organisation is active.",
        },
        ErrorCode::UnapprovedSoftwareStatement,
        authority_is_active,
    ),
    row(
        Rule {
            name: "registration.authority_roles",
            clause: "Hamster Bank API, section 10",
            sentence: "The competent authority authorised the organisation for every role of the software.",
        },
        ErrorCode::UnapprovedSoftwareStatement,
        authority_covers_the_roles,
    ),
    row(
        Rule {
            name: "registration.authority_id",
            clause: "ETSI TS 119 495, section 5.2.1; Hamster Bank API, section 10",
            sentence: "The authority's registration number is the one in the certificate.",
        },
        ErrorCode::UnapprovedSoftwareStatement,
        registration_is_in_the_certificate,
    ),
    row(
        Rule {
            name: "registration.certificate_roles",
            clause: "ETSI TS 119 495, section 5.1; Hamster Bank API, section 11",
            sentence: "The certificate has the role that each scope needs.",
        },
        ErrorCode::UnapprovedSoftwareStatement,
        certificate_covers_the_scope,
    ),
];

const fn row(
    rule: Rule,
    code: ErrorCode,
    run: fn(&Caller) -> Result<(), Mismatch>,
) -> Check<Caller> {
    Check {
        rule,
        code,
        places: &[Place::Register],
        reach: Reach::EveryProfile,
        run,
    }
}

fn certificate_is_the_organisation_s(caller: &Caller) -> Result<(), Mismatch> {
    let software = &caller.software;
    let expected = || {
        let number = software.authority.as_ref();
        let number = number.map_or("…", |authority| &authority.registration_id);
        format!(
            "a certificate with organizationIdentifier PSD…-{number}, or CN {} or {}",
            software.org_id, software.id
        )
    };
    let Some(certificate) = &caller.certificate else {
        return Err(Mismatch::new(expected(), "no certificate"));
    };
    let subject = certificate.subject();
    let names_software = subject
        .common_name()
        .is_some_and(|name| name == software.org_id || name == software.id);
    if names_software || names_registration(caller) == Some(true) {
        return Ok(());
    }
    Err(Mismatch::new(expected(), subject.to_string()))
}

/// Whether the certificate's organizationIdentifier is that of the statement; `None` when it has none, as
/// the directory's certificates of old.
fn names_registration(caller: &Caller) -> Option<bool> {
    let identifier = caller.certificate.as_ref()?.organization_identifier()?;
    let authority = caller.software.authority.as_ref()?;
    // ETSI TS 119 495, section 5.2.1: `PSD`, country, `-`, authority, `-`, number.
    let mut parts = identifier.splitn(3, '-');
    let (_, named, number) = (parts.next()?, parts.next()?, parts.next()?);
    let unknown = format!("Unknown{}", caller.software.org_id);
    // Two authorities may have given the same number. A directory that names none leaves the number alone.
    let is_theirs = (authority.authority_id.as_ref()).is_none_or(|id| id.starts_with(named));
    Some((is_theirs && number == authority.registration_id) || number == unknown)
}

fn authority_is_active(caller: &Caller) -> Result<(), Mismatch> {
    let status = caller.software.authority.as_ref();
    match status.map(|authority| authority.status.as_str()) {
        Some("Active") => Ok(()),
        other => Err(Mismatch::new(
            "organisation_competent_authority_claims with status Active",
            other.unwrap_or("none").to_owned(),
        )),
    }
}

fn authority_covers_the_roles(caller: &Caller) -> Result<(), Mismatch> {
    let authorised = caller.software.authority.as_ref();
    let authorised = authorised.map_or(&[][..], |authority| &authority.roles);
    let roles = &caller.software.roles;
    if roles.iter().all(|role| authorised.contains(role)) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("an authorisation for {}", words(roles)),
        words(authorised),
    ))
}

fn registration_is_in_the_certificate(caller: &Caller) -> Result<(), Mismatch> {
    if names_registration(caller) != Some(false) {
        return Ok(());
    }
    let authority = caller.software.authority.as_ref();
    let number = authority.map_or("…", |authority| &authority.registration_id);
    let by = authority.and_then(|authority| authority.authority_id.as_deref());
    let certificate = caller.certificate.as_ref();
    let identifier = certificate.and_then(|certificate| certificate.organization_identifier());
    Err(Mismatch::new(
        format!(
            "organizationIdentifier PSD…-{number}, given by {}",
            by.unwrap_or("anybody")
        ),
        identifier.unwrap_or("none").to_owned(),
    ))
}

fn certificate_covers_the_scope(caller: &Caller) -> Result<(), Mismatch> {
    roles_cover(caller.certificate.as_deref(), caller.scope)
}

/// Whether a certificate has the role that each scope needs. The directory's certificates of old have no
/// QCStatements: then the statement's roles, by which the client's scope was registered, stand alone.
pub(crate) fn roles_cover(
    certificate: Option<&PeerCertificate>,
    scope: Scope,
) -> Result<(), Mismatch> {
    let facts = certificate.and_then(PeerCertificate::facts);
    let Some(statements) = facts.and_then(|facts| facts.qc.as_ref()) else {
        return Ok(());
    };
    for token in ScopeToken::ALL {
        let Some(role) = role_for(token).filter(|_| scope.contains(token)) else {
            continue;
        };
        if !statements.roles.contains(&role) {
            return Err(Mismatch::new(
                format!("a certificate with the role {role} for {}", token.as_str()),
                words(&statements.roles),
            ));
        }
    }
    Ok(())
}

/// The role that a scope needs.
pub(crate) const fn role_for(token: ScopeToken) -> Option<PspRole> {
    match token {
        ScopeToken::Accounts | ScopeToken::Transactions => Some(PspRole::AccountInformation),
        ScopeToken::Fundsconfirmations => Some(PspRole::CardIssuing),
        ScopeToken::Payments => Some(PspRole::PaymentInitiation),
        ScopeToken::Consents | ScopeToken::Openid => None,
    }
}

fn words(roles: &[PspRole]) -> String {
    if roles.is_empty() {
        return "no role".to_owned();
    }
    let words: Vec<_> = roles.iter().map(|role| word_of(*role)).collect();
    words.join(", ")
}
