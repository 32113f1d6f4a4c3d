//! Software statements: what the directory signs of a software, in the claims of the UK's (API contract,
//! section 10).

use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::jose::SigningKey;
use crate::oauth::redirect_uri::scheme_and_host;
use crate::oauth::registration::statement::word_of;

use super::Directory;
use super::registry::Software;

impl Directory {
    /// A statement of `software`, made at `issued_at` of real time, signed PS256.
    pub(crate) fn statement(&self, software: &Software, issued_at: Timestamp) -> String {
        self.key
            .sign(Some("JWT"), &self.claims(software, issued_at))
    }

    /// The same, signed by a key that is not the directory's under its key's id.
    pub(super) fn forged_statement(
        &self,
        software: &Software,
        issued_at: Timestamp,
        forger: SigningKey,
    ) -> String {
        let forger = forger.with_kid(self.key.kid());
        forger.sign(Some("JWT"), &self.claims(software, issued_at))
    }

    fn claims(&self, software: &Software, issued_at: Timestamp) -> Map<String, Value> {
        let organisation = &software.organisation;
        let (org_id, id) = (organisation.id.as_str(), software.id.as_str());
        let roles: Vec<_> = software.roles.iter().map(|role| word_of(*role)).collect();
        let site = site_of(software);
        let claims = json!({
            "iss": self.name(),
            "iat": issued_at.unix_seconds(),
            "jti": self.statement_ids.uuid(),
            "software_environment": "sandbox",
            "software_mode": "Test",
            "software_id": id,
            "software_client_id": id,
            "software_client_name": software.name,
            "software_client_description": format!("{}, in a mock directory", software.name),
            "software_version": "1.0",
            "software_client_uri": site,
            "software_logo_uri": format!("{site}/logo.png"),
            "software_policy_uri": format!("{site}/policy"),
            "software_tos_uri": format!("{site}/terms"),
            "software_on_behalf_of_org": organisation.name,
            "software_redirect_uris": software.redirect_uris,
            "software_roles": roles,
            "software_jwks_endpoint": self.jwks_url(org_id, id),
            "software_jwks_revoked_endpoint": self.revoked_jwks_url(org_id, id),
            "org_id": org_id,
            "org_name": organisation.name,
            "org_status": "Active",
            "org_contacts": [{
                "name": "Technical",
                "type": "Technical",
                "email": "nobody@example.com",
                "phone": "+441632960000",
            }],
            "org_jwks_endpoint": self.jwks_url(org_id, org_id),
            "org_jwks_revoked_endpoint": self.revoked_jwks_url(org_id, org_id),
            "organisation_competent_authority_claims": {
                "authority_id": "FCAGBR",
                "registration_id": organisation.registration_id,
                "status": "Active",
                "authorisations": [{ "member_state": "GB", "roles": roles }],
            },
        });
        match claims {
            // A claim that has nothing to say is not made.
            Value::Object(mut claims) => {
                claims.retain(|_, value| !value.is_null());
                claims
            }
            _ => Map::new(),
        }
    }
}

/// The origin of the first redirect URI stands for the TPP's site.
fn site_of(software: &Software) -> String {
    let first = software.redirect_uris.first().map(String::as_str);
    let first = first.and_then(scheme_and_host);
    let (scheme, host) = first.unwrap_or(("https", "localhost"));
    format!("{scheme}://{host}")
}
