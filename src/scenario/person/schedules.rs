//! What personas and scenarios write of standing orders, direct debits and saved payees. The comment on
//! each field is its reference text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::text::Quoted;

/// An account elsewhere, or of this bank: then both sides are booked.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct PayeeFile {
    /// Whose.
    pub(in crate::scenario) name: String,
    /// Six digits.
    pub(in crate::scenario) sort_code: Quoted,
    /// Eight digits.
    pub(in crate::scenario) number: Quoted,
}

/// What goes out because the customer said so; moves to the next working day.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct StandingOrderFile {
    /// To whom.
    pub(in crate::scenario) to: PayeeFile,
    /// What they read, up to 18 characters.
    pub(in crate::scenario) reference: String,
    /// The latest amount.
    pub(in crate::scenario) amount: Quoted,
    /// How often, in the words of the API: `daily`, `working_day`, `weekly`, `fortnightly`,
    /// `four_weekly`, `monthly`, `alternate_month`, `quarterly`, `four_monthly`, `five_monthly`,
    /// `semi_annual`, `annual`; of one that is not active also `ad_hoc`, `intra_day`, `none`. `monthly`.
    pub(in crate::scenario) every: Option<String>,
    /// Day of the month, 1 to 31, or -1 for its last; or of the week from Monday, 1 to 7. Not of what
    /// comes daily or when nobody said.
    pub(in crate::scenario) day: Option<i8>,
    /// A month in which it comes, 1 to 12, when it comes less often than monthly: 1.
    pub(in crate::scenario) month: Option<u8>,
    /// `active` (the default), `suspended`, `cancelled`, `expired`.
    pub(in crate::scenario) status: Option<String>,
    /// Begun so many months ago; with the account when left out.
    pub(in crate::scenario) since_months_ago: Option<u8>,
    /// Of one that is not active: last paid so many months ago, 1 or more: 1.
    pub(in crate::scenario) ended_months_ago: Option<u8>,
    /// How much the first time, when that was something else.
    pub(in crate::scenario) first_amount: Option<Quoted>,
    /// How much the last time, when that will be something else; needs `payments_left`.
    pub(in crate::scenario) final_amount: Option<Quoted>,
    /// How many more times, 1 to 1000; for ever when left out.
    pub(in crate::scenario) payments_left: Option<u32>,
    /// By how much it grew with each year until the bank opened, and grows with each year after: 0. The amount is
    /// that of the opening.
    #[serde(default)]
    pub(in crate::scenario) raise_percent: u8,
}

/// What goes out because somebody collects it; moves to the next working day.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct DirectDebitFile {
    /// Who collects.
    pub(in crate::scenario) originator: String,
    /// The mandate, the same every time.
    pub(in crate::scenario) mandate: Quoted,
    /// How much in an ordinary month.
    pub(in crate::scenario) amount: Quoted,
    /// How often, as of a standing order; `ad_hoc`, `intra_day` and `none` are never collected by
    /// themselves. `monthly`.
    pub(in crate::scenario) every: Option<String>,
    /// Day, as of a standing order.
    pub(in crate::scenario) day: Option<i8>,
    /// A month, as of a standing order: 1.
    pub(in crate::scenario) month: Option<u8>,
    /// `active` (the default), `suspended`, `cancelled`, `expired`.
    pub(in crate::scenario) status: Option<String>,
    /// Begun so many months ago; with the account when left out.
    pub(in crate::scenario) since_months_ago: Option<u8>,
    /// Of one that is not active: last collected so many months ago, 1 or more: 1.
    pub(in crate::scenario) ended_months_ago: Option<u8>,
    /// Set up, and nothing collected so far; the next time will be the first: false.
    #[serde(default)]
    pub(in crate::scenario) never_collected: bool,
    /// Months without a collection, 1 to 12; none.
    #[serde(default)]
    pub(in crate::scenario) skip_months: Vec<u8>,
    /// How much more from November to February: 0.
    #[serde(default)]
    pub(in crate::scenario) winter_percent: u8,
    /// So many months ago it was returned for lack of funds; never.
    #[serde(default)]
    pub(in crate::scenario) returned_months_ago: Vec<u8>,
}

/// A payee she has saved: `sort_code` and `number`, or `iban`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct BeneficiaryFile {
    /// Whose account it is.
    pub(in crate::scenario) name: String,
    /// Six digits.
    pub(in crate::scenario) sort_code: Option<Quoted>,
    /// Eight digits.
    pub(in crate::scenario) number: Option<Quoted>,
    /// A building society's roll number, up to 34 characters, beside sort code and number; none.
    pub(in crate::scenario) roll_number: Option<Quoted>,
    /// An IBAN that passes its check.
    pub(in crate::scenario) iban: Option<Quoted>,
    /// The BIC of their bank; none.
    pub(in crate::scenario) agent: Option<String>,
    /// What they read, up to 35 characters; none.
    pub(in crate::scenario) reference: Option<String>,
    /// Paid without a second factor: false.
    #[serde(default)]
    pub(in crate::scenario) trusted: bool,
}
