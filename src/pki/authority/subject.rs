//! Whom a TPP's certificates are about, in the profile of OBWAC and `OBSeal`.

use rcgen::{DistinguishedName as RcgenName, DnType, DnValue};

use crate::pki::certificate::CertificateFacts;
use crate::pki::qc::{PspRole, QcStatements, QcType};

use super::{AuthorityError, name};

/// Whom a TPP's certificates are about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TppSubject {
    /// ISO 3166 code, two capitals.
    pub(crate) country: String,
    /// Legal name.
    pub(crate) organisation: String,
    /// For example `PSDGB-FCA-123456`.
    pub(crate) organization_identifier: String,
    /// The directory's id for the organisation.
    pub(crate) common_name: String,
    /// What it may do.
    pub(crate) roles: Vec<PspRole>,
}

impl TppSubject {
    /// The attributes in the order of OBWAC and `OBSeal`: C, O, organizationIdentifier, CN.
    pub(super) fn name(&self) -> Result<RcgenName, AuthorityError> {
        let country = self.country.as_str();
        let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        // RFC 5280, appendix A.1: a country is a PrintableString of two characters.
        let printable = country.try_into().ok().filter(|_| is_code);
        let country = printable.ok_or_else(|| AuthorityError::Country(country.to_owned()))?;
        Ok(name(&[
            (DnType::CountryName, DnValue::PrintableString(country)),
            (DnType::OrganizationName, self.organisation.as_str().into()),
            (
                DnType::CustomDnType(ORGANIZATION_IDENTIFIER.to_vec()),
                self.organization_identifier.as_str().into(),
            ),
            (DnType::CommonName, self.common_name.as_str().into()),
        ]))
    }

    /// ETSI TS 119 495, section 5.2.1: `PSD`, country, `-`, authority of 2 to 8 letters, `-`, number.
    pub(super) fn statements(&self, qc_type: QcType) -> Result<QcStatements, AuthorityError> {
        let identifier = self.organization_identifier.as_str();
        let parts = identifier.strip_prefix("PSD").and_then(|rest| {
            let (country, rest) = rest.split_once('-')?;
            let (authority, number) = rest.split_once('-')?;
            let fits = country.len() == 2
                && (2..=8).contains(&authority.len())
                && format!("{country}{authority}")
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase())
                && !number.is_empty();
            fits.then_some((country, authority))
        });
        let (country, authority) =
            parts.ok_or_else(|| AuthorityError::OrganizationIdentifier(identifier.to_owned()))?;
        let authority_id = format!("{country}-{authority}");
        let authority_name = match authority_id.as_str() {
            "GB-FCA" => "Financial Conduct Authority",
            "GB-OB" => "Open Banking",
            other => other,
        };
        Ok(QcStatements {
            qc_type: Some(qc_type),
            roles: self.roles.clone(),
            authority_name: authority_name.to_owned(),
            authority_id,
        })
    }

    /// Whether a certificate is about this very TPP, with these roles.
    pub(in crate::pki) fn fits(&self, facts: &CertificateFacts) -> bool {
        let expected = [
            Some(self.country.as_str()),
            Some(self.organisation.as_str()),
            Some(self.organization_identifier.as_str()),
            Some(self.common_name.as_str()),
        ];
        let subject = &facts.subject;
        let found = ["2.5.4.6", "2.5.4.10", "2.5.4.97", "2.5.4.3"].map(|oid| subject.only(oid));
        let roles = facts.qc.as_ref().map(|qc| qc.roles.as_slice());
        expected == found && roles == Some(&self.roles)
    }
}

/// 2.5.4.97
const ORGANIZATION_IDENTIFIER: &[u64] = &[2, 5, 4, 97];
