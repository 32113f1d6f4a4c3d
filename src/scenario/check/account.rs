//! The accounts of a scenario.

use std::collections::BTreeSet;

use super::Checker;
use super::habits::{self, Places};
use crate::banking::account::{
    AccountCategory, AccountKind, AccountStatus, CreditLine, CreditLineKind, SwitchStatus,
};
use crate::banking::identifier::SortCodeAccountNumber;
use crate::id::AccountId;
use crate::money::{Amount, Currency};
use crate::scenario::OWN_SORT_CODE;
use crate::scenario::person::{AccountFile, CreditLineFile};
use crate::scenario::plan::{AccountPlan, History};
use crate::scenario::text::Quoted;

/// Ids and numbers that are given already.
#[derive(Default)]
pub(super) struct Taken {
    ids: BTreeSet<AccountId>,
    numbers: BTreeSet<SortCodeAccountNumber>,
}

/// The accounts written under one customer.
pub(super) fn accounts(
    checker: &mut Checker<'_>,
    path: &str,
    written: Vec<AccountFile>,
    (usernames, places, taken): (&[String], &Places, &mut Taken),
) -> Vec<AccountPlan> {
    let names: Vec<String> = (written.iter())
        .map(|file| file.name.clone().unwrap_or_default())
        .collect();
    (written.into_iter().enumerate())
        .map(|(index, file)| {
            let path = format!("{path}.accounts[{index}]");
            let name = file.name.clone().unwrap_or_default();
            let is_repeated = names.iter().take(index).any(|before| *before == name);
            if name.is_empty() || is_repeated {
                checker.expected(&format!("{path}.name"), "a name not used before", &name);
            }
            check_holders(checker, &path, &file, usernames);
            let plan = account(checker, &path, file, places);
            check_taken(checker, &path, &plan, taken);
            plan
        })
        .collect()
}

fn account(
    checker: &mut Checker<'_>,
    path: &str,
    file: AccountFile,
    places: &Places,
) -> AccountPlan {
    let currency = currency(checker, path, file.currency.as_deref());
    let kinds = AccountKind::ALL.map(|kind| (kind.as_str(), kind));
    let categories = AccountCategory::ALL.map(|category| (category.as_str(), category));
    let statuses = AccountStatus::ALL.map(|status| (status.as_str(), status));
    let switches = SwitchStatus::ALL.map(|status| (status.as_str(), status));
    let kind = word(checker, path, ("type", file.r#type.as_ref()), &kinds);
    let category = word(
        checker,
        path,
        ("category", file.category.as_ref()),
        &categories,
    );
    let status = word(checker, path, ("status", file.status.as_ref()), &statuses);
    let switch = ("switch_status", file.switch_status.as_ref());
    let switch_status = word(checker, path, switch, &switches);
    if let (Some(balance), Some(_)) = (&file.balance, &file.paid_in_full) {
        let expected = "no balance of a card that is paid in full: it follows from its rows";
        checker.expected(&format!("{path}.balance"), expected, &balance.0);
    }
    let lines = file.credit_lines.as_deref().unwrap_or_default();
    let history = history(checker, path, &file);
    let roll_number = file.roll_number.clone().map(|number| number.0);
    AccountPlan {
        id: id(checker, path, file.id.as_ref()),
        number: number(checker, path, file.number.as_ref()),
        kind: kind.unwrap_or(AccountKind::Current),
        category: category.unwrap_or(AccountCategory::Personal),
        currency,
        status: status.unwrap_or(AccountStatus::Enabled),
        balance: signed(
            checker,
            &format!("{path}.balance"),
            file.balance.as_ref(),
            currency,
        ),
        opening: opening(checker, path, &file, currency),
        credit_lines: credit_lines(checker, path, lines, currency),
        habits: habits::habits(checker, path, &file, (currency, places)),
        iban: file.iban.map(|iban| iban.0),
        nickname: limited(checker, path, ("nickname", 70), file.nickname),
        description: limited(checker, path, ("description", 35), file.description),
        roll_number: limited(checker, path, ("roll_number", 34), roll_number),
        switch_status,
        is_as_published: file.as_published.unwrap_or(false),
        joint_with: file.joint_with.unwrap_or_default(),
        is_deposit_only: file.deposit_only.unwrap_or(false),
        history,
        matures_in_months: file.matures_in_months,
        name: file.name.unwrap_or_default(),
    }
}

fn history(checker: &mut Checker<'_>, path: &str, file: &AccountFile) -> History {
    let months = file.history_months.unwrap_or(HISTORY_MONTHS);
    let mut within = |key: &str, number: u64, bounds| {
        checker.within(&format!("{path}.{key}"), number, bounds);
    };
    within("history_months", u64::from(months), (0, 60));
    if let Some(days) = file.history_days {
        within("history_days", u64::from(days), (0, 366));
    }
    if let Some(ago) = file.ended_months_ago {
        within("ended_months_ago", u64::from(ago), (1, u64::from(months)));
    }
    History {
        months,
        days: file.history_days,
        ended_months_ago: file.ended_months_ago,
    }
}

fn currency(checker: &mut Checker<'_>, path: &str, written: Option<&str>) -> Currency {
    let known = Currency::ALL.map(|currency| (currency.code(), currency));
    let path = format!("{path}.currency");
    written
        .and_then(|code| checker.word(&path, "currency", code, &known))
        .unwrap_or(Currency::Gbp)
}

fn word<T: Copy>(
    checker: &mut Checker<'_>,
    path: &str,
    (key, written): (&str, Option<&String>),
    known: &[(&'static str, T)],
) -> Option<T> {
    checker.word(&format!("{path}.{key}"), key, written?, known)
}

fn id(checker: &mut Checker<'_>, path: &str, written: Option<&Quoted>) -> Option<AccountId> {
    let text = &written?.0;
    let id = AccountId::parse(text);
    if id.is_none() {
        checker.expected(&format!("{path}.id"), "`acc_` and ten digits", text);
    }
    id
}

fn number(
    checker: &mut Checker<'_>,
    path: &str,
    written: Option<&Quoted>,
) -> Option<SortCodeAccountNumber> {
    let text = &written?.0;
    let number = SortCodeAccountNumber::parse(&format!("{OWN_SORT_CODE:06}-{text}"));
    if number.is_none() {
        checker.expected(&format!("{path}.number"), "eight digits", text);
    }
    number
}

/// An amount that may have a minus sign.
fn signed(
    checker: &mut Checker<'_>,
    path: &str,
    written: Option<&Quoted>,
    currency: Currency,
) -> i64 {
    let Some(Quoted(text)) = written else {
        return 0;
    };
    match text.strip_prefix('-') {
        Some(debit) => -checker.amount(path, debit, currency),
        None => checker.amount(path, text, currency),
    }
}

/// What a history begins with, unless a balance says how it ends.
fn opening(
    checker: &mut Checker<'_>,
    path: &str,
    file: &AccountFile,
    currency: Currency,
) -> Option<i64> {
    let path = format!("{path}.opening");
    let written = signed(checker, &path, file.opening.as_ref(), currency);
    let begins = file.opening.is_some() || file.paid_in_full.is_some();
    (begins && file.balance.is_none()).then_some(written)
}

fn credit_lines(
    checker: &mut Checker<'_>,
    path: &str,
    written: &[CreditLineFile],
    currency: Currency,
) -> Vec<CreditLine> {
    let kinds = CreditLineKind::ALL.map(|kind| (kind.as_str(), kind));
    (written.iter().enumerate())
        .filter_map(|(index, line)| {
            let path = format!("{path}.credit_lines[{index}]");
            let minor_units = checker.amount(&format!("{path}.amount"), &line.amount.0, currency);
            Some(CreditLine {
                included: line.included,
                kind: checker.word(&format!("{path}.type"), "type", &line.r#type, &kinds)?,
                amount: Amount::new(minor_units, currency),
            })
        })
        .collect()
}

fn limited(
    checker: &mut Checker<'_>,
    path: &str,
    (key, length_max): (&str, usize),
    written: Option<String>,
) -> Option<String> {
    let text = written?;
    if text.is_empty() || text.chars().count() > length_max {
        let expected = format!("1 to {length_max} characters");
        checker.expected(&format!("{path}.{key}"), &expected, &text);
    }
    Some(text)
}

fn check_holders(checker: &mut Checker<'_>, path: &str, file: &AccountFile, usernames: &[String]) {
    for (index, holder) in file.joint_with.iter().flatten().enumerate() {
        if !usernames.contains(holder) {
            let path = format!("{path}.joint_with[{index}]");
            let known = usernames.iter().map(String::as_str);
            checker.unknown(&path, "customer", holder, known);
        }
    }
}

fn check_taken(checker: &mut Checker<'_>, path: &str, plan: &AccountPlan, taken: &mut Taken) {
    if let Some(id) = plan.id.filter(|id| !taken.ids.insert(*id)) {
        let path = format!("{path}.id");
        checker.expected(&path, "an id not used before", &id.to_string());
    }
    if let Some(number) = plan.number.filter(|number| !taken.numbers.insert(*number)) {
        let found = format!("{:08}", number.account_number());
        let path = format!("{path}.number");
        checker.expected(&path, "a number not used before", &found);
    }
}

/// Two years: what budgeting tools ask for.
const HISTORY_MONTHS: u16 = 24;
