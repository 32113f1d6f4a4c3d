//! What happens on an account again and again, as personas and scenarios write it. The comment on each
//! field is its reference text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PayeeFile;
use crate::scenario::text::Quoted;

/// Money that comes in again and again from the same payer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct IncomeFile {
    /// Who pays, spelled the same way every time.
    pub(in crate::scenario) payer: String,
    /// The narrative; the payer when left out.
    pub(in crate::scenario) information: Option<String>,
    /// The latest amount; the median when `spread` is given.
    pub(in crate::scenario) amount: Quoted,
    /// `last_working_day`, `monthly`, `four_weekly`, `weekly`, `working_days`, or `irregular`.
    pub(in crate::scenario) every: String,
    /// Day of the month (`monthly`), or of the week from Monday, 1 (`weekly`, `four_weekly`).
    pub(in crate::scenario) day: Option<u8>,
    /// Of `irregular` income: chance in percent that some comes on a day.
    pub(in crate::scenario) percent_a_day: Option<u8>,
    /// `salary` (the default), `bacs`, `faster_payment`, `sepa` or `swift`.
    pub(in crate::scenario) code: Option<String>,
    /// How the amount varies: `narrow`, `usual`, `wide`; not at all when left out.
    pub(in crate::scenario) spread: Option<String>,
    /// By how much it grew with each year until the bank opened, and grows with each year after: 0. The amount is
    /// that of the opening.
    #[serde(default)]
    pub(in crate::scenario) raise_percent: u8,
    /// Something on top once a year.
    pub(in crate::scenario) bonus: Option<BonusFile>,
    /// The payer's account abroad; none.
    pub(in crate::scenario) iban: Option<Quoted>,
    /// What the banks on the way kept of each payment; nothing.
    pub(in crate::scenario) charge: Option<Quoted>,
    /// The currency it was sent in, and its rate; the account's own.
    pub(in crate::scenario) exchange: Option<ExchangeFile>,
}

/// A currency and its price.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct ExchangeFile {
    /// ISO 4217.
    pub(in crate::scenario) currency: String,
    /// Units of it for one of the account's currency, about: each day has its own rate.
    pub(in crate::scenario) rate: Quoted,
}

/// Something on top of a salary once a year.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct BonusFile {
    /// In which month, 1 to 12.
    pub(in crate::scenario) month: u8,
    /// How much.
    pub(in crate::scenario) amount: Quoted,
}

/// What the card on file pays on a fixed day.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct SubscriptionFile {
    /// A merchant of `seed-data/merchants.yaml`.
    pub(in crate::scenario) merchant: String,
    /// The latest price.
    pub(in crate::scenario) amount: Quoted,
    /// Day of the month.
    pub(in crate::scenario) day: u8,
    /// Begun so many months ago; before the history when left out.
    pub(in crate::scenario) since_months_ago: Option<u8>,
    /// The price rose so many months ago; never.
    pub(in crate::scenario) rose_months_ago: Option<u8>,
    /// The price before it rose.
    pub(in crate::scenario) before: Option<Quoted>,
}

/// What the card pays now and then, at a few favorite places.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct SpendingFile {
    /// A group of `seed-data/merchants.yaml`.
    pub(in crate::scenario) at: String,
    /// How many of its merchants she goes to: 5.
    pub(in crate::scenario) favorites: Option<usize>,
    /// `any` (the default), `working`, `weekend`, `friday_saturday`.
    pub(in crate::scenario) days: Option<String>,
    /// Chance in percent that she goes on such a day.
    pub(in crate::scenario) percent_a_day: u8,
    /// The middle amount.
    pub(in crate::scenario) median: Quoted,
    /// `narrow`, `usual` (the default), `wide`.
    pub(in crate::scenario) spread: Option<String>,
    /// From this hour of the day: 8.
    pub(in crate::scenario) from_hour: Option<u8>,
    /// Until this hour: 20.
    pub(in crate::scenario) to_hour: Option<u8>,
    /// How much more often in November and December: 0.
    #[serde(default)]
    pub(in crate::scenario) december_percent: u8,
    /// Chance in percent that a purchase is given back after three to seven days: 0.
    #[serde(default)]
    pub(in crate::scenario) refund_percent: u8,
    /// Only on a journey, in another currency.
    pub(in crate::scenario) abroad: Option<AbroadFile>,
}

/// A journey: purchases in another currency, each with its fee.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct AbroadFile {
    /// ISO 4217.
    pub(in crate::scenario) currency: String,
    /// Units of it for one of the account's currency, about: each day has its own rate.
    pub(in crate::scenario) rate: Quoted,
    /// In which month of each year, 1 to 12; all year when left out.
    pub(in crate::scenario) month: Option<u8>,
}

/// Cash from machines.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct CashFile {
    /// At least so many days apart.
    pub(in crate::scenario) days_min: u8,
    /// At most so many days apart.
    pub(in crate::scenario) days_max: u8,
    /// The most at once; always a multiple of ten.
    pub(in crate::scenario) most: Quoted,
}

/// Money to and from friends, by faster payment.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct FriendsFile {
    /// How many friends there are; their names are made up.
    pub(in crate::scenario) count: u8,
    /// Chance in percent that something is paid on a day.
    pub(in crate::scenario) percent_a_day: u8,
    /// The middle amount.
    pub(in crate::scenario) median: Quoted,
    /// How many of a hundred payments come in: 50.
    pub(in crate::scenario) received_percent: Option<u8>,
}

/// What is moved to another account of hers each month.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct TransferFile {
    /// The `name` of that account; `partner/<name>` for one of her partner's.
    pub(in crate::scenario) to: String,
    /// How much.
    pub(in crate::scenario) amount: Quoted,
    /// Day of the month.
    pub(in crate::scenario) day: u8,
}

/// A card payment that is under way at the scenario's start, or was let go before it.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct HoldFile {
    /// A merchant of `seed-data/merchants.yaml`.
    pub(in crate::scenario) merchant: String,
    /// How much is held.
    pub(in crate::scenario) amount: Quoted,
    /// Held since so many hours.
    pub(in crate::scenario) hours_ago: u16,
    /// Expected to be booked in so many hours.
    pub(in crate::scenario) books_in_hours: Option<u16>,
    /// Let go unbooked: it is listed as rejected. Either this or `books_in_hours`.
    #[serde(default)]
    pub(in crate::scenario) released: bool,
    /// What was booked in place of a hold that was let go; nothing.
    pub(in crate::scenario) booked_as: Option<Quoted>,
}

/// Many card payments, spread evenly over the history: for tests of volume.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct BulkFile {
    /// A group of `seed-data/merchants.yaml`.
    pub(in crate::scenario) at: String,
    /// How many, 1 to 1,000,000.
    pub(in crate::scenario) transactions: u32,
    /// The middle amount.
    pub(in crate::scenario) median: Quoted,
    /// How many of a hundred are refunds: 0.
    #[serde(default)]
    pub(in crate::scenario) refund_percent: u8,
}

/// What the bank takes each month.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct FeeFile {
    /// What for.
    pub(in crate::scenario) information: String,
    /// How much.
    pub(in crate::scenario) amount: Quoted,
    /// Day of the month.
    pub(in crate::scenario) day: u8,
}

/// Where what is left of a month goes.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct SweepFile {
    /// The `name` of another account of hers; when left out, `payee` is needed.
    pub(in crate::scenario) to: Option<String>,
    /// An account elsewhere.
    pub(in crate::scenario) payee: Option<PayeeFile>,
}
