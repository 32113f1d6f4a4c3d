//! What happens on the accounts of a scenario again and again.

mod schedules;

use super::Checker;
use crate::banking::code::TransactionCode;
use crate::banking::identifier::SortCodeAccountNumber;
use crate::money::Currency;
use crate::scenario::merchants::Merchants;
use crate::scenario::person::{
    AbroadFile, AccountFile, BonusFile, FriendsFile, HoldFile, IncomeFile, PayeeFile, SpendingFile,
    SubscriptionFile, SweepFile,
};
use crate::scenario::plan::{
    Abroad, Cash, Days, Fee, Friends, Habits, Hold, Income, Merchant, Payee, Rhythm, Spending,
    Spread, Subscription, Sweep, Transfer,
};
use crate::scenario::text::Quoted;

/// The habits of one account; `names` are those of all accounts of its customer.
pub(super) fn habits(
    checker: &mut Checker<'_>,
    path: &str,
    file: &AccountFile,
    (currency, names): (Currency, &[String]),
) -> Habits {
    let mut under = Under {
        checker,
        path: path.to_owned(),
        currency,
        names,
    };
    Habits {
        incomes: under.each("income", file.income.as_ref(), Under::income),
        standing_orders: under.each(
            "standing_orders",
            file.standing_orders.as_ref(),
            Under::standing_order,
        ),
        direct_debits: under.each(
            "direct_debits",
            file.direct_debits.as_ref(),
            Under::direct_debit,
        ),
        beneficiaries: under.each(
            "beneficiaries",
            file.beneficiaries.as_ref(),
            Under::beneficiary,
        ),
        unpaid_fee: (file.unpaid_fee.as_ref()).map_or(0, |fee| under.amount("unpaid_fee", fee)),
        subscriptions: under.each(
            "subscriptions",
            file.subscriptions.as_ref(),
            Under::subscription,
        ),
        spendings: under.each("spending", file.spending.as_ref(), Under::spending),
        cash: under.each("cash", file.cash.as_ref(), |under, cash| {
            under.within("days_max", cash.days_max, (cash.days_min.max(1), 60));
            Cash {
                days_min: cash.days_min.max(1),
                days_max: cash.days_max.max(cash.days_min).max(1),
                most: under.amount("most", &cash.most),
            }
        }),
        friends: under.each("friends", file.friends.as_ref(), Under::friends),
        transfers: under.each("transfers", file.transfers.as_ref(), |under, transfer| {
            Transfer {
                to: under.own_account("to", &transfer.to),
                amount: under.amount("amount", &transfer.amount),
                day: under.day_of_month(transfer.day),
            }
        }),
        holds: under.each("holds", file.holds.as_ref(), Under::hold),
        fees: under.each("fees", file.fees.as_ref(), |under, fee| Fee {
            information: fee.information.clone(),
            amount: under.amount("amount", &fee.amount),
            day: under.day_of_month(fee.day),
        }),
        interest_basis_points: (file.interest.as_ref())
            .map_or(0, |rate| under.scaled("interest", rate, 2)),
        sweep: file.sweep.as_ref().and_then(|sweep| under.sweep(sweep)),
    }
}

/// The checker, at a place in the file.
struct Under<'checker, 'source> {
    checker: &'checker mut Checker<'source>,
    path: String,
    currency: Currency,
    names: &'checker [String],
}

impl Under<'_, '_> {
    /// Checks each entry of a list under the path of that entry.
    fn each<File, Plan>(
        &mut self,
        key: &str,
        written: Option<&Vec<File>>,
        check: impl Fn(&mut Self, &File) -> Plan,
    ) -> Vec<Plan> {
        let above = self.path.clone();
        let plans = (written.into_iter().flatten().enumerate())
            .map(|(index, entry)| {
                self.path = format!("{above}.{key}[{index}]");
                check(self, entry)
            })
            .collect();
        self.path = above;
        plans
    }

    fn income(&mut self, file: &IncomeFile) -> Income {
        let codes = [TransactionCode::Salary, TransactionCode::FasterPayment]
            .map(|code| (code.as_str(), code));
        let code = self.word("code", file.code.as_ref(), &codes);
        Income {
            payer: file.payer.clone(),
            information: (file.information.clone()).unwrap_or_else(|| file.payer.to_uppercase()),
            amount: self.amount("amount", &file.amount),
            every: self.rhythm(file),
            code: code.unwrap_or(TransactionCode::Salary),
            spread: self.word("spread", file.spread.as_ref(), &SPREADS),
            raise_percent: file.raise_percent.min(PERCENT_MAX),
            bonus: file.bonus.as_ref().map(|bonus| self.bonus(bonus)),
        }
    }

    fn bonus(&mut self, bonus: &BonusFile) -> (u8, i64) {
        self.within("bonus.month", bonus.month, (1, 12));
        (bonus.month, self.amount("bonus.amount", &bonus.amount))
    }

    fn rhythm(&mut self, file: &IncomeFile) -> Rhythm {
        let day = file.day.unwrap_or(1);
        match file.every.as_str() {
            "last_working_day" => Rhythm::LastWorkingDay,
            "monthly" => Rhythm::Monthly(self.day_of_month(day)),
            "four_weekly" | "weekly" => {
                self.within("day", day, (1, 7));
                match file.every.as_str() {
                    "weekly" => Rhythm::Weekly(day),
                    _ => Rhythm::FourWeekly(day),
                }
            }
            "irregular" => {
                let percent = file.percent_a_day.unwrap_or_default();
                self.within("percent_a_day", percent, (1, PERCENT_MAX));
                Rhythm::Irregular(percent)
            }
            unknown => {
                let path = format!("{}.every", self.path);
                self.checker.unknown(&path, "rhythm", unknown, RHYTHMS);
                Rhythm::LastWorkingDay
            }
        }
    }

    fn subscription(&mut self, file: &SubscriptionFile) -> Subscription {
        let amount = self.amount("amount", &file.amount);
        let before = (file.before.as_ref()).map(|before| self.amount("before", before));
        Subscription {
            merchant: self.merchant(&file.merchant),
            amount,
            day: self.day_of_month(file.day),
            since_months_ago: file.since_months_ago,
            rose: file.rose_months_ago.zip(before),
        }
    }

    fn spending(&mut self, file: &SpendingFile) -> Spending {
        let merchants = Merchants::builtin();
        let group = merchants.group(&file.at);
        if group.is_none() {
            let path = format!("{}.at", self.path);
            let known = merchants.group_names();
            self.checker
                .unknown(&path, "group of merchants", &file.at, known);
        }
        self.within("percent_a_day", file.percent_a_day, (1, PERCENT_MAX));
        let (from_hour, to_hour) = (file.from_hour.unwrap_or(8), file.to_hour.unwrap_or(20));
        self.within("to_hour", to_hour, (from_hour.saturating_add(1), 24));
        Spending {
            merchants: group.unwrap_or_default().to_vec(),
            favorites: file.favorites.unwrap_or(FAVORITES).max(1),
            days: self
                .word("days", file.days.as_ref(), &DAYS)
                .unwrap_or(Days::Any),
            percent_a_day: file.percent_a_day,
            median: self.amount("median", &file.median),
            spread: (self.word("spread", file.spread.as_ref(), &SPREADS)).unwrap_or(Spread::Usual),
            from_hour,
            to_hour: to_hour.clamp(from_hour.saturating_add(1), 24),
            december_percent: file.december_percent,
            refund_percent: file.refund_percent,
            abroad: file.abroad.as_ref().and_then(|abroad| self.abroad(abroad)),
        }
    }

    fn abroad(&mut self, file: &AbroadFile) -> Option<Abroad> {
        self.within("abroad.month", file.month, (1, 12));
        let rate_millionths = self.scaled("abroad.rate", &file.rate, 6);
        let currencies = Currency::ALL.map(|currency| (currency.code(), currency));
        let currency = self.word("abroad.currency", Some(&file.currency), &currencies)?;
        (rate_millionths > 0).then_some(Abroad {
            currency,
            rate_millionths,
            month: file.month,
        })
    }

    fn friends(&mut self, file: &FriendsFile) -> Friends {
        self.within("count", file.count, (1, 20));
        self.within("percent_a_day", file.percent_a_day, (1, PERCENT_MAX));
        Friends {
            count: file.count.max(1),
            percent_a_day: file.percent_a_day,
            median: self.amount("median", &file.median),
            received_percent: file.received_percent.unwrap_or(50),
        }
    }

    fn hold(&mut self, file: &HoldFile) -> Hold {
        if file.released == file.books_in_hours.is_some() {
            let expected = "either `books_in_hours` or `released: true`";
            self.checker
                .expected(&self.path.clone(), expected, &file.merchant);
        }
        Hold {
            merchant: self.merchant(&file.merchant),
            amount: self.amount("amount", &file.amount),
            hours_ago: file.hours_ago,
            books_in_hours: file.books_in_hours.map(|hours| hours.max(1)),
        }
    }

    fn sweep(&mut self, file: &SweepFile) -> Option<Sweep> {
        match (&file.to, &file.payee) {
            (Some(to), None) => Some(Sweep::Own(self.own_account("sweep.to", to))),
            (None, Some(payee)) => Some(Sweep::Payee(self.payee("sweep.payee", payee))),
            _ => {
                let path = format!("{}.sweep", self.path);
                self.checker
                    .expected(&path, "either `to` or `payee`", "sweep");
                None
            }
        }
    }

    fn payee(&mut self, key: &str, file: &PayeeFile) -> Payee {
        let text = format!("{}-{}", file.sort_code.0, file.number.0);
        let account = SortCodeAccountNumber::parse(&text);
        if account.is_none() {
            let path = format!("{}.{key}", self.path);
            let expected = "a sort code of six digits and a number of eight";
            self.checker.expected(&path, expected, &text);
        }
        Payee {
            name: file.name.clone(),
            account: account.unwrap_or_default(),
        }
    }

    /// The place of another account of the same customer.
    fn own_account(&mut self, key: &str, name: &str) -> usize {
        let place = self.names.iter().position(|known| known == name);
        place.unwrap_or_else(|| {
            let path = format!("{}.{key}", self.path);
            let known = self.names.iter().map(String::as_str);
            self.checker
                .unknown(&path, "account of this customer", name, known);
            0
        })
    }

    fn merchant(&mut self, name: &str) -> Merchant {
        let merchants = Merchants::builtin();
        let known = merchants.named(name).cloned();
        known.unwrap_or_else(|| {
            let path = format!("{}.merchant", self.path);
            self.checker
                .unknown(&path, "merchant", name, merchants.names());
            Merchant {
                name: name.to_owned(),
                information: name.to_uppercase(),
                category_code: 0,
            }
        })
    }

    fn word<T: Copy>(
        &mut self,
        key: &str,
        written: Option<&String>,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let path = format!("{}.{key}", self.path);
        self.checker.word(&path, key, written?, known)
    }

    fn amount(&mut self, key: &str, text: &Quoted) -> i64 {
        let path = format!("{}.{key}", self.path);
        self.checker.amount(&path, &text.0, self.currency)
    }

    fn day_of_month(&mut self, day: u8) -> u8 {
        self.within("day", day, (1, 31));
        day
    }

    fn within(&mut self, key: &str, number: u8, (least, most): (u8, u8)) {
        let path = format!("{}.{key}", self.path);
        let bounds = (u64::from(least), u64::from(most));
        self.checker.within(&path, u64::from(number), bounds);
    }

    /// A decimal number with at most `decimals` decimals, in units of the last of them.
    fn scaled(&mut self, key: &str, text: &Quoted, decimals: usize) -> i64 {
        let (whole, fraction) = text.0.split_once('.').unwrap_or((&text.0, ""));
        let is_number = (1..=6).contains(&whole.len())
            && fraction.len() <= decimals
            && (whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit());
        if !is_number {
            let path = format!("{}.{key}", self.path);
            let expected = format!("a number with at most {decimals} decimals");
            self.checker.expected(&path, &expected, &text.0);
            return 0;
        }
        format!("{whole}{fraction:0<decimals$}")
            .parse()
            .unwrap_or_default()
    }
}

/// How many shops of a kind somebody goes to.
const FAVORITES: usize = 5;
const PERCENT_MAX: u8 = 100;
const RHYTHMS: [&str; 5] = [
    "four_weekly",
    "irregular",
    "last_working_day",
    "monthly",
    "weekly",
];
const SPREADS: [(&str, Spread); 3] = [
    ("narrow", Spread::Narrow),
    ("usual", Spread::Usual),
    ("wide", Spread::Wide),
];
const DAYS: [(&str, Days); 4] = [
    ("any", Days::Any),
    ("friday_saturday", Days::FridaySaturday),
    ("weekend", Days::Weekend),
    ("working", Days::Working),
];
