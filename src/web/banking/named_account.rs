//! An account that a body names by scheme and identification.

use schemars::JsonSchema;
use serde::Serialize;

use crate::bank::Bank;
use crate::banking::identifier::{Identifier, Scheme};

use super::body::Body;
use super::error::Kind;

/// Reads the account at a pointer whose table is [`super::shape::pool::ACCOUNT`]; one whose
/// identification has not the form of its scheme is a fault.
///
/// The bank's own identifiers need not have it: the published guides print one whose check digits are
/// wrong, and who has it from the bank must be able to use it.
pub(super) fn read(bank: &Bank, body: &mut Body, pointer: &str) -> Option<Identifier> {
    body.value(pointer)?;
    let text = |name: &str| {
        let text = body.text(&format!("{pointer}/{name}"));
        text.map(str::to_owned)
    };
    let scheme = Scheme::parse(&text("scheme")?)?;
    let account = Identifier {
        scheme,
        id: text("id")?,
        name: text("name"),
        secondary_id: text("secondary_id"),
    };
    let is_own = || bank.state(|state| state.book.account_named(&account).is_some());
    if account.is_well_formed() || is_own() {
        return Some(account);
    }
    let message = format!("must be {}", form_of(scheme));
    body.fault(Kind::InvalidField, &format!("{pointer}/id"), message);
    None
}

const fn form_of(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Bban => "1 to 30 letters and digits",
        Scheme::Iban => "an IBAN without blanks, with the right check digits",
        Scheme::Pan => "a card number of 12 to 19 digits, or masked but for the last four",
        Scheme::SortCodeAccountNumber => "a sort code and an account number, NNNNNN-NNNNNNNN",
    }
}

/// An account named on the wire.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "NamedAccount")]
pub(super) struct NamedAccountJson {
    scheme: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secondary_id: Option<String>,
}

impl From<&Identifier> for NamedAccountJson {
    fn from(account: &Identifier) -> Self {
        Self {
            scheme: account.scheme.as_str(),
            id: account.id.clone(),
            name: account.name.clone(),
            secondary_id: account.secondary_id.clone(),
        }
    }
}
