//! Timelines of payments, and the rules that choose one, as a scenario writes them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::text::Quoted;

/// How payments go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentsFile {
    /// Timelines of the scenario's own, beside those every bank knows; none.
    #[serde(default)]
    pub(super) timelines: Vec<TimelineFile>,
    /// Which payment goes which way; the newest (last) that fits wins; none.
    #[serde(default)]
    pub(super) rules: Vec<RuleFile>,
}

/// A timeline.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TimelineFile {
    /// What rules call it.
    pub(super) name: String,
    /// What follows RCVD, in order; nothing when the payment is never moved.
    #[serde(default)]
    pub(super) steps: Vec<StepFile>,
}

/// A step of a timeline.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PaymentStepFile")]
pub(super) struct StepFile {
    /// The status code: `ACSP`.
    pub(super) status: String,
    /// How long after the step before: `5s`, `0s`, or `next_working_day`.
    pub(super) after: String,
    /// Why, of failures and of holds: `AM04`.
    pub(super) reason: Option<Quoted>,
}

/// When a timeline is played.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PaymentRuleFile")]
pub(super) struct RuleFile {
    /// Conditions, all of which must hold; without any, every payment is meant.
    #[serde(default)]
    pub(super) when: WhenFile,
    /// The name of a timeline.
    pub(super) play: String,
}

/// Conditions of a rule.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PaymentWhenFile")]
pub(super) struct WhenFile {
    /// Who pays in the customer's name.
    pub(super) client_id: Option<Quoted>,
    /// Who pays, by username or id.
    pub(super) customer: Option<Quoted>,
    /// `domestic` or `international`.
    pub(super) payment_type: Option<String>,
    /// `fps`, `chaps`, `swift` and so on.
    pub(super) local_instrument: Option<String>,
    /// Whom the payment goes to, as its instruction names the account.
    pub(super) creditor_account: Option<Quoted>,
    /// The account that pays, by its id.
    pub(super) debtor_account: Option<Quoted>,
    /// A part of the remittance reference.
    pub(super) reference: Option<Quoted>,
    /// Exactly so much, in the instruction's currency: `"66.66"`.
    pub(super) amount: Option<Quoted>,
    /// More than this: `"100.00"`.
    pub(super) amount_over: Option<Quoted>,
    /// Only the payment of this number, counted from 1.
    pub(super) nth: Option<u32>,
    /// How often it is played.
    pub(super) times: Option<u32>,
}
