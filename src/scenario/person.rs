//! A person as personas and scenarios write her: login, accounts, and the habits her history is made
//! from. The comment on each field is its reference text.
//!
//! A scenario's customer may name a persona and override parts of it: what is written wins, accounts
//! are matched by `name`, and lists within an account are replaced whole.

mod schedules;

use serde::Deserialize;

use super::text::Quoted;
pub(super) use schedules::{BeneficiaryFile, DirectDebitFile, PayeeFile, StandingOrderFile};

/// Defines a struct of optional fields with `or`: the fields of one where written, else the other's.
macro_rules! overridable {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name {
            $($(#[$field_doc])* pub(super) $field: Option<$type>,)*
        }

        impl $name {
            /// These fields where written, else those of `base`.
            pub(super) fn or(self, base: Self) -> Self {
                Self { $($field: self.$field.or(base.$field),)* }
            }
        }
    };
}

overridable! {
    /// A customer, written out or as a persona with changes.
    PersonFile {
        /// A persona of `seed-data/personas/` to start from; none.
        persona: String,
        /// What she logs in with.
        id: String,
        /// Her full name.
        name: String,
        /// Her password; `<id>-password` when left out.
        password: Quoted,
        /// Her one-time code: `123456`.
        otp: Quoted,
        /// Her mail, in a domain reserved for examples; `<id>@example.com`.
        email: String,
        /// Her phone, in the range kept free for drama; made up when left out.
        phone: Quoted,
        /// Her address, line by line; made up when left out.
        address: Vec<String>,
        /// What a test may rely on.
        facts: FactsFile,
        /// Her accounts.
        accounts: Vec<AccountFile>,
    }
}

overridable! {
    /// What a test may rely on; the bank itself does not read it.
    FactsFile {
        /// What comes in each month, by its latest amount; left out when it varies.
        monthly_income: Quoted,
        /// The day of the month her rent is due.
        rent_day: u8,
        /// How many direct debit mandates collect.
        direct_debits: usize,
    }
}

overridable! {
    /// One account and what happens on it.
    AccountFile {
        /// What this file calls it; other entries refer to it by this name.
        name: String,
        /// Its id, `acc_` and ten digits or more; made from its number when left out.
        id: Quoted,
        /// Account number of eight digits at the bank's sort code; drawn when left out.
        number: Quoted,
        /// An IBAN served exactly as written; computed when left out.
        iban: Quoted,
        /// `account_type` of the API: `current`.
        r#type: String,
        /// `personal` or `business`: `personal`.
        category: String,
        /// ISO 4217: `GBP`.
        currency: String,
        /// `enabled`, `disabled`, `deleted`, `proforma`, `pending`: `enabled`.
        status: String,
        /// What its holder calls it; none.
        nickname: String,
        /// What the bank calls its kind; none.
        description: String,
        /// `not_switched` or `switch_completed`; none.
        switch_status: String,
        /// Carries the members the published guides print and no others: false.
        as_published: bool,
        /// Ids of customers who hold it as well; none.
        joint_with: Vec<String>,
        /// Money may come in and not go out: false.
        deposit_only: bool,
        /// The booked balance at the scenario's start, signed: `"0.00"`.
        balance: Quoted,
        /// What may be spent beyond it; none.
        credit_lines: Vec<CreditLineFile>,
        /// Months of history behind it, 0 to 60: 24.
        history_months: u16,
        /// What comes in.
        income: Vec<IncomeFile>,
        /// What goes out on a fixed day, pushed.
        standing_orders: Vec<StandingOrderFile>,
        /// What goes out on a fixed day, pulled.
        direct_debits: Vec<DirectDebitFile>,
        /// Payees she has saved; those of her standing orders are saved anyway.
        beneficiaries: Vec<BeneficiaryFile>,
        /// What the bank takes for a direct debit or standing order it could not pay; nothing.
        unpaid_fee: Quoted,
        /// What the card on file pays each month.
        subscriptions: Vec<SubscriptionFile>,
        /// What the card pays now and then.
        spending: Vec<SpendingFile>,
        /// Cash from machines.
        cash: Vec<CashFile>,
        /// Money to and from friends.
        friends: Vec<FriendsFile>,
        /// What is moved to another account of hers each month.
        transfers: Vec<TransferFile>,
        /// Card payments that are under way at the scenario's start, or were let go before it.
        holds: Vec<HoldFile>,
        /// What the bank takes each month.
        fees: Vec<FeeFile>,
        /// What the bank pays each month, as a percentage a year of the balance; none.
        interest: Quoted,
        /// Where what is left of a month goes, so that the balance keeps its height; nowhere.
        sweep: SweepFile,
    }
}

/// What may be spent beyond a balance.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreditLineFile {
    /// `available`, `credit`, `emergency`, `pre_agreed`, `temporary`.
    pub(super) r#type: String,
    /// How much.
    pub(super) amount: Quoted,
    /// Whether the available balance counts it: false.
    #[serde(default)]
    pub(super) included: bool,
}

/// Money that comes in again and again from the same payer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IncomeFile {
    /// Who pays, spelled the same way every time.
    pub(super) payer: String,
    /// The narrative; the payer when left out.
    pub(super) information: Option<String>,
    /// The latest amount; the median when `spread` is given.
    pub(super) amount: Quoted,
    /// `last_working_day`, `monthly`, `four_weekly`, `weekly`, or `irregular`.
    pub(super) every: String,
    /// Day of the month (`monthly`), or of the week from Monday, 1 (`weekly`, `four_weekly`).
    pub(super) day: Option<u8>,
    /// Of `irregular` income: chance in percent that some comes on a day.
    pub(super) percent_a_day: Option<u8>,
    /// `salary` (the default) or `faster_payment`.
    pub(super) code: Option<String>,
    /// How the amount varies: `narrow`, `usual`, `wide`; not at all when left out.
    pub(super) spread: Option<String>,
    /// By how much it grew each year: 0.
    #[serde(default)]
    pub(super) raise_percent: u8,
    /// Something on top once a year.
    pub(super) bonus: Option<BonusFile>,
}

/// Something on top of a salary once a year.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BonusFile {
    /// In which month, 1 to 12.
    pub(super) month: u8,
    /// How much.
    pub(super) amount: Quoted,
}

/// What the card on file pays on a fixed day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionFile {
    /// A merchant of `seed-data/merchants.yaml`.
    pub(super) merchant: String,
    /// The latest price.
    pub(super) amount: Quoted,
    /// Day of the month.
    pub(super) day: u8,
    /// Begun so many months ago; before the history when left out.
    pub(super) since_months_ago: Option<u8>,
    /// The price rose so many months ago; never.
    pub(super) rose_months_ago: Option<u8>,
    /// The price before it rose.
    pub(super) before: Option<Quoted>,
}

/// What the card pays now and then, at a few favorite places.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpendingFile {
    /// A group of `seed-data/merchants.yaml`.
    pub(super) at: String,
    /// How many of its merchants she goes to: 5.
    pub(super) favorites: Option<usize>,
    /// `any` (the default), `working`, `weekend`, `friday_saturday`.
    pub(super) days: Option<String>,
    /// Chance in percent that she goes on such a day.
    pub(super) percent_a_day: u8,
    /// The middle amount.
    pub(super) median: Quoted,
    /// `narrow`, `usual` (the default), `wide`.
    pub(super) spread: Option<String>,
    /// From this hour of the day: 8.
    pub(super) from_hour: Option<u8>,
    /// Until this hour: 20.
    pub(super) to_hour: Option<u8>,
    /// How much more often in November and December: 0.
    #[serde(default)]
    pub(super) december_percent: u8,
    /// Chance in percent that a purchase is given back after three to seven days: 0.
    #[serde(default)]
    pub(super) refund_percent: u8,
    /// Only on a journey, in another currency.
    pub(super) abroad: Option<AbroadFile>,
}

/// A journey: purchases in another currency, each with its fee.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AbroadFile {
    /// ISO 4217.
    pub(super) currency: String,
    /// Units of it for one of the account's currency.
    pub(super) rate: Quoted,
    /// In which month of each year, 1 to 12.
    pub(super) month: u8,
}

/// Cash from machines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CashFile {
    /// At least so many days apart.
    pub(super) days_min: u8,
    /// At most so many days apart.
    pub(super) days_max: u8,
    /// The most at once; always a multiple of ten.
    pub(super) most: Quoted,
}

/// Money to and from friends, by faster payment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FriendsFile {
    /// How many friends there are; their names are made up.
    pub(super) count: u8,
    /// Chance in percent that something is paid on a day.
    pub(super) percent_a_day: u8,
    /// The middle amount.
    pub(super) median: Quoted,
    /// How many of a hundred payments come in: 50.
    pub(super) received_percent: Option<u8>,
}

/// What is moved to another account of hers each month.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferFile {
    /// The `name` of that account.
    pub(super) to: String,
    /// How much.
    pub(super) amount: Quoted,
    /// Day of the month.
    pub(super) day: u8,
}

/// A card payment that is under way at the scenario's start, or was let go before it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldFile {
    /// A merchant of `seed-data/merchants.yaml`.
    pub(super) merchant: String,
    /// How much is held.
    pub(super) amount: Quoted,
    /// Held since so many hours.
    pub(super) hours_ago: u16,
    /// Expected to be booked in so many hours.
    pub(super) books_in_hours: Option<u16>,
    /// Let go unbooked: it is listed as rejected. Either this or `books_in_hours`.
    #[serde(default)]
    pub(super) released: bool,
}

/// What the bank takes each month.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeeFile {
    /// What for.
    pub(super) information: String,
    /// How much.
    pub(super) amount: Quoted,
    /// Day of the month.
    pub(super) day: u8,
}

/// Where what is left of a month goes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SweepFile {
    /// The `name` of another account of hers; when left out, `payee` is needed.
    pub(super) to: Option<String>,
    /// An account elsewhere.
    pub(super) payee: Option<PayeeFile>,
}

impl PersonFile {
    /// This person where written, else her persona; accounts are matched by name, hers first.
    pub(super) fn based_on(mut self, mut persona: Self) -> Self {
        let hers = self.accounts.take();
        let mut inherited = persona.accounts.take().unwrap_or_default();
        let Some(hers) = hers else {
            let accounts = Some(inherited);
            return Self {
                accounts,
                ..self.or(persona)
            };
        };
        let mut accounts: Vec<AccountFile> = Vec::new();
        for account in hers {
            let same = |base: &AccountFile| base.name == account.name;
            let base = match inherited.iter().position(same) {
                Some(at) => inherited.remove(at),
                None => AccountFile::default(),
            };
            accounts.push(account.or(base));
        }
        accounts.append(&mut inherited);
        let accounts = Some(accounts);
        Self {
            accounts,
            ..self.or(persona)
        }
    }
}
