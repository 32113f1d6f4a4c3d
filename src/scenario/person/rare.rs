//! Habits that few accounts have, as personas and scenarios write them: business payments, instalments,
//! cheques, loans, cards. The comment on each field is its reference text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PayeeFile;
use crate::scenario::text::Quoted;

/// What goes out again and again because the customer said so each time.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct PaymentFile {
    /// To whom.
    pub(in crate::scenario) to: PayeeFile,
    /// What they read, up to 18 characters.
    pub(in crate::scenario) reference: String,
    /// How much; the median when `spread` is given.
    pub(in crate::scenario) amount: Quoted,
    /// As of income.
    pub(in crate::scenario) every: String,
    /// As of income.
    pub(in crate::scenario) day: Option<u8>,
    /// Chance in percent that some goes out on a day (`irregular`).
    pub(in crate::scenario) percent_a_day: Option<u8>,
    /// Only in these months, 1 to 12; in all.
    #[serde(default)]
    pub(in crate::scenario) months: Vec<u8>,
    /// How the amount varies; not at all when left out.
    pub(in crate::scenario) spread: Option<String>,
    /// `faster_payment` (the default) or `bacs`.
    pub(in crate::scenario) code: Option<String>,
}

/// A purchase paid in equal parts with the card on file.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct InstalmentFile {
    /// A merchant of `seed-data/merchants.yaml`.
    pub(in crate::scenario) merchant: String,
    /// Each part.
    pub(in crate::scenario) amount: Quoted,
    /// Day of the month.
    pub(in crate::scenario) day: u8,
    /// How many parts there are.
    pub(in crate::scenario) payments: u8,
    /// The first was paid so many months ago.
    pub(in crate::scenario) since_months_ago: u8,
}

/// A cheque paid in.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct ChequeFile {
    /// Who wrote it.
    pub(in crate::scenario) drawer: String,
    /// What is printed on it.
    pub(in crate::scenario) number: Quoted,
    /// How much.
    pub(in crate::scenario) amount: Quoted,
    /// Paid in so many days ago, or on the working day before.
    pub(in crate::scenario) days_ago: u16,
    /// Came back unpaid two working days later: false.
    #[serde(default)]
    pub(in crate::scenario) returned: bool,
}

/// What happened once: a payment received, or a purchase with the card.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct OnceFile {
    /// Who paid it; either this or `at`.
    pub(in crate::scenario) from: Option<String>,
    /// A merchant of `seed-data/merchants.yaml` it was spent at.
    pub(in crate::scenario) at: Option<String>,
    /// The narrative of a payment; the payer when left out.
    pub(in crate::scenario) information: Option<String>,
    /// How much.
    pub(in crate::scenario) amount: Quoted,
    /// So many days ago.
    pub(in crate::scenario) days_ago: u16,
}

/// What came in after an account was switched, and went on to the new bank the same minute.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct RedirectFile {
    /// Who pays.
    pub(in crate::scenario) payer: String,
    /// The narrative.
    pub(in crate::scenario) information: String,
    /// How much; the median when `spread` is given.
    pub(in crate::scenario) amount: Quoted,
    /// As of income.
    pub(in crate::scenario) every: String,
    /// As of income.
    pub(in crate::scenario) day: Option<u8>,
    /// How the amount varies; not at all when left out.
    pub(in crate::scenario) spread: Option<String>,
    /// The account at the new bank.
    pub(in crate::scenario) to: PayeeFile,
}

/// A loan that is paid back in equal parts, each with the interest on what was left.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct LoanFile {
    /// Interest as a percentage a year.
    pub(in crate::scenario) rate: Quoted,
    /// The `name` of the account it is paid back from.
    pub(in crate::scenario) from: String,
    /// How much each month.
    pub(in crate::scenario) amount: Quoted,
    /// Day of the month, or the next working day.
    pub(in crate::scenario) day: u8,
}

/// A card whose statement is paid in full, by direct debit from another account.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct PaidInFullFile {
    /// The `name` of that account.
    pub(in crate::scenario) from: String,
    /// The mandate.
    pub(in crate::scenario) mandate: Quoted,
    /// The day of the month the statement closes; it is paid two weeks later.
    pub(in crate::scenario) statement_day: u8,
}
