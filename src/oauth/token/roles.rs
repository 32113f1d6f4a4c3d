//! The role gate: a token opens nothing that its certificate has not the role for (API contract, section 11).
//!
//! A client is registered for what its certificate of that day allowed, but it may call with another one
//! of its organisation's. So the gate is asked again wherever a token is made; resources need not ask,
//! because a token is bound to the certificate it was made for (RFC 8705, section 3).

use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::error::{ErrorCode, Refusal};
use crate::oauth::profile::{Policy, Reach};
use crate::oauth::registration::organisation;
use crate::oauth::scope::Scope;
use crate::rule::{Rule, Trail};

/// Whether the certificate of the call has the role that each scope of a token to be made needs.
///
/// # Errors
/// `unauthorized_client`, with the role that is missing.
pub(super) fn check(
    who: &AuthenticatedClient,
    scope: Scope,
    policy: &Policy,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    if !policy.enforces(&CERTIFICATE_ROLES, Reach::StrictRegistration) {
        trail.skipped(&CERTIFICATE_ROLES);
        return Ok(());
    }
    let certificate = who.certificate().map(|certificate| &**certificate);
    trail
        .judge(
            &CERTIFICATE_ROLES,
            organisation::roles_cover(certificate, scope),
        )
        .map_err(|finding| ErrorCode::UnauthorizedClient.because(finding))
}

/// Every rule of this file, for the list of checks; a scenario may leave it out.
pub(crate) static SWITCHABLE: &[(&Rule, Reach)] =
    &[(&CERTIFICATE_ROLES, Reach::StrictRegistration)];

static CERTIFICATE_ROLES: Rule = Rule {
    name: "token.certificate_roles",
    clause: "ETSI TS 119 495, section 5.1; Hamster Bank API, section 11",
    sentence: "The certificate a token is made for has the role that each of its scopes needs.",
};
