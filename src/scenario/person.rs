//! A person as personas and scenarios write her: login, accounts, and the habits her history is made
//! from. The comment on each field is its reference text.
//!
//! A scenario's customer may name a persona and override parts of it: what is written wins, accounts
//! are matched by `name`, and lists within an account are replaced whole.

pub(super) mod habit;
pub(super) mod rare;
mod schedules;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::habit::{
    BulkFile, CashFile, FeeFile, FriendsFile, HoldFile, IncomeFile, SpendingFile, SubscriptionFile,
    SweepFile, TransferFile,
};
use self::rare::{
    ChequeFile, InstalmentFile, LoanFile, OnceFile, PaidInFullFile, PaymentFile, RedirectFile,
};
use super::text::Quoted;
pub(super) use schedules::{BeneficiaryFile, DirectDebitFile, PayeeFile, StandingOrderFile};

/// Defines a struct of optional fields with `or`: the fields of one where written, else the other's.
macro_rules! overridable {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
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
        /// Somebody she shares accounts with, who banks here too wherever she does; none.
        partner: Box<PersonFile>,
    }
}

/// What a test may rely on, all of her accounts together; the bank itself does not read it. What is
/// left out is none.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FactsFile {
    /// How many accounts she holds.
    pub(super) accounts: Option<usize>,
    /// How many of them she shares.
    pub(super) joint_accounts: Option<usize>,
    /// How many of them are disabled or deleted.
    pub(super) closed_accounts: Option<usize>,
    /// Their currencies by code; GBP alone when left out.
    pub(super) currencies: Option<Vec<String>>,
    /// Who paid the first salary.
    pub(super) employer: Option<String>,
    /// What that employer pays each month, by its latest amount; left out when it varies.
    pub(super) monthly_income: Option<Quoted>,
    /// The day of the month her rent is due.
    pub(super) rent_day: Option<u8>,
    /// How many direct debit mandates have collected.
    pub(super) direct_debits: Option<usize>,
    /// How many standing orders have been paid.
    pub(super) standing_orders: Option<usize>,
    /// What has been agreed that she may overdraw.
    pub(super) overdraft: Option<Quoted>,
    /// The limit of her credit cards.
    pub(super) credit_limit: Option<Quoted>,
    /// How many direct debits were returned in the last 90 days.
    pub(super) returned_debits_90_days: Option<usize>,
    /// Whether she pays at betting shops and the like.
    pub(super) gambles: Option<bool>,
    /// How many transactions there are, where they can be counted on one hand.
    pub(super) transactions: Option<usize>,
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
        /// The roll number of a building society; none.
        roll_number: Quoted,
        /// `not_switched` or `switch_completed`; none.
        switch_status: String,
        /// Carries the members the published guides print and no others: false.
        as_published: bool,
        /// Ids of customers who hold it as well, or `partner`; none.
        joint_with: Vec<String>,
        /// Money may come in and not go out: false.
        deposit_only: bool,
        /// The booked balance at the scenario's start, signed: `"0.00"`.
        balance: Quoted,
        /// The balance its history begins with, signed; `balance` goes before it. For an account whose
        /// balance today is to follow from what happened.
        opening: Quoted,
        /// What may be spent beyond it; none.
        credit_lines: Vec<CreditLineFile>,
        /// Months of history behind it, 0 to 60: 24.
        history_months: u16,
        /// Days of history behind it instead, for an account that is new.
        history_days: u16,
        /// Its fixed term ends in so many months; it has none.
        matures_in_months: u8,
        /// Nothing has happened on it for so many months; something happens still.
        ended_months_ago: u8,
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
        /// Rows for their number's sake, all of them before the scenario's start.
        bulk: Vec<BulkFile>,
        /// What the bank takes each month.
        fees: Vec<FeeFile>,
        /// What the bank pays each month, as a percentage a year of the balance; none.
        interest: Quoted,
        /// Where what is left of a month goes, so that the balance keeps its height; nowhere.
        sweep: SweepFile,
        /// What goes out again and again, pushed: payroll, suppliers, taxes.
        payments: Vec<PaymentFile>,
        /// Purchases paid in instalments.
        instalments: Vec<InstalmentFile>,
        /// Cheques paid in.
        cheques: Vec<ChequeFile>,
        /// What happened once.
        once: Vec<OnceFile>,
        /// What came in after the account was switched to another bank.
        redirects: Vec<RedirectFile>,
        /// It is a loan that is paid back each month.
        loan: LoanFile,
        /// It is a card whose statement is paid in full each month, from an opening of nothing.
        paid_in_full: PaidInFullFile,
        /// The rows that break careless readers: extreme amounts, leap day, clock change: false.
        edge_cases: bool,
    }
}

/// What may be spent beyond a balance.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
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

impl PersonFile {
    /// This person where written, else her persona; accounts are matched by name, hers first.
    pub(super) fn based_on(mut self, mut persona: Self) -> Self {
        let inherited = persona.partner.take();
        self.partner = match (self.partner.take(), inherited) {
            (Some(partner), Some(base)) => Some(Box::new(partner.based_on(*base))),
            (partner, base) => partner.or(base),
        };
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
