//! What happens on the accounts of a scenario again and again.

mod bill;
mod card;
mod rare;
mod schedules;

use super::Checker;
use crate::banking::identifier::SortCodeAccountNumber;
use crate::money::Currency;
use crate::scenario::person::habit::{FriendsFile, SweepFile};
use crate::scenario::person::{AccountFile, PayeeFile};
use crate::scenario::plan::habit::{Cash, Fee, Friends, Habits, Payee, Spread, Sweep, Transfer};
use crate::scenario::text::Quoted;

/// The habits of one account; `names` are those of all accounts of its customer.
pub(super) fn habits(
    checker: &mut Checker<'_>,
    path: &str,
    file: &AccountFile,
    (currency, places): (Currency, &Places),
) -> Habits {
    let mut under = Under {
        checker,
        path: path.to_owned(),
        currency,
        places,
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
        bulk: under.each("bulk", file.bulk.as_ref(), Under::bulk),
        fees: under.each("fees", file.fees.as_ref(), |under, fee| Fee {
            information: fee.information.clone(),
            amount: under.amount("amount", &fee.amount),
            day: under.day_of_month(fee.day),
        }),
        interest_basis_points: (file.interest.as_ref())
            .map_or(0, |rate| under.scaled("interest", rate, 2)),
        sweep: file.sweep.as_ref().and_then(|sweep| under.sweep(sweep)),
        payments: under.each("payments", file.payments.as_ref(), Under::payment),
        instalments: under.each("instalments", file.instalments.as_ref(), Under::instalment),
        cheques: under.each("cheques", file.cheques.as_ref(), Under::cheque),
        once: under.each("once", file.once.as_ref(), Under::once),
        redirects: under.each("redirects", file.redirects.as_ref(), Under::redirect),
        loan: file.loan.as_ref().map(|loan| under.loan(loan)),
        paid_in_full: (file.paid_in_full.as_ref()).map(|paid| under.paid_in_full(paid)),
        has_edge_cases: file.edge_cases.unwrap_or(false),
    }
}

/// The accounts one customer may name, each with its place among all of the bank.
pub(super) type Places = [(String, usize)];

/// The checker, at a place in the file.
struct Under<'checker, 'source> {
    checker: &'checker mut Checker<'source>,
    path: String,
    currency: Currency,
    places: &'checker Places,
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

    /// The place of another account of the same customer, or of her partner.
    fn own_account(&mut self, key: &str, name: &str) -> usize {
        let place = self.places.iter().find(|(known, _)| known == name);
        if let Some((_, place)) = place {
            return *place;
        }
        let path = format!("{}.{key}", self.path);
        let known = self.places.iter().map(|(name, _)| name.as_str());
        self.checker
            .unknown(&path, "account of this customer", name, known);
        0
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

const PERCENT_MAX: u8 = 100;
const SPREADS: [(&str, Spread); 3] = [
    ("narrow", Spread::Narrow),
    ("usual", Spread::Usual),
    ("wide", Spread::Wide),
];
