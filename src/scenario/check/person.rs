//! The people of a scenario: personas found and overridden, names used once.

use std::collections::BTreeSet;

use super::habits::Places;
use super::{Checker, account, household};
use crate::money::{Amount, Currency};
use crate::scenario::builtin;
use crate::scenario::person::{FactsFile, PersonFile};
use crate::scenario::plan::{CustomerPlan, Facts};
use crate::scenario::text::Quoted;

/// All customers, each with the accounts written under her.
pub(super) fn customers(checker: &mut Checker<'_>, written: Vec<PersonFile>) -> Vec<CustomerPlan> {
    let people = household::all(written, |index, person| {
        with_persona(checker, &format!("customers[{index}]"), person)
    });
    let usernames: Vec<String> = (people.iter())
        .filter_map(|member| member.person.id.clone())
        .collect();
    let places = household::places(&people);
    let mut taken = account::Taken::default();
    let mut seen = BTreeSet::new();
    (people.into_iter().zip(places))
        .map(|(member, places)| {
            let names = (usernames.as_slice(), places.as_slice(), &mut taken);
            let customer = customer(checker, &member.path, member.person, names);
            if !customer.username.is_empty() && !seen.insert(customer.username.clone()) {
                let path = format!("{}.id", member.path);
                checker.expected(&path, "an id not used before", &customer.username);
            }
            customer
        })
        .collect()
}

/// The person on top of the persona she names, where it is known.
pub(in crate::scenario) fn on_persona(person: PersonFile) -> PersonFile {
    let mut unheard = Checker::new("", "");
    with_persona(&mut unheard, "", person)
}

/// The person on top of the persona she names.
fn with_persona(checker: &mut Checker<'_>, path: &str, person: PersonFile) -> PersonFile {
    let Some(name) = person.persona.clone() else {
        return person;
    };
    let Some(source) = builtin::persona(&name) else {
        let path = format!("{path}.persona");
        checker.unknown(&path, "persona", &name, builtin::persona_names());
        return person;
    };
    match serde_yaml::from_str::<PersonFile>(source) {
        Ok(persona) => person.based_on(persona),
        Err(error) => {
            let file = format!("seed-data/personas/{name}.yaml: {error}");
            checker.mistake(path, &name, file);
            person
        }
    }
}

fn customer(
    checker: &mut Checker<'_>,
    path: &str,
    person: PersonFile,
    names: (&[String], &Places, &mut account::Taken),
) -> CustomerPlan {
    let username = person.id.unwrap_or_default();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if username.is_empty() || !username.bytes().all(is_word) {
        let expected = "letters, digits, `-`, `_` or `.`";
        checker.expected(&format!("{path}.id"), expected, &username);
    }
    if person.name.is_none() {
        checker.expected(
            &format!("{path}.name"),
            "a name, or a persona that has one",
            "",
        );
    }
    let or = |text: Option<Quoted>, default: String| text.map_or(default, |text| text.0);
    let otp = or(person.otp, OTP.to_owned());
    if otp.len() != OTP.len() || !otp.bytes().all(|byte| byte.is_ascii_digit()) {
        checker.expected(&format!("{path}.otp"), "six digits", &otp);
    }
    let email = (person.email).unwrap_or_else(|| format!("{username}@example.com"));
    if !is_reserved_domain(&email) {
        let expected = "a mail address in example.com, example.org or example.net";
        checker.expected(&format!("{path}.email"), expected, &email);
    }
    let phone = person.phone.map(|phone| phone.0);
    if let Some(phone) = phone.as_ref().filter(|phone| !is_drama_phone(phone)) {
        let expected = "07700 900000 to 07700 900999, the range kept free for drama";
        checker.expected(&format!("{path}.phone"), expected, phone);
    }
    let accounts = person.accounts.unwrap_or_default();
    CustomerPlan {
        name: person.name.unwrap_or_default(),
        password: or(person.password, format!("{username}-password")),
        otp,
        email,
        phone,
        address: person.address.unwrap_or_default(),
        facts: facts(checker, path, person.facts.unwrap_or_default()),
        accounts: account::accounts(checker, path, accounts, names),
        username,
    }
}

fn facts(checker: &mut Checker<'_>, path: &str, written: FactsFile) -> Facts {
    let path = format!("{path}.facts");
    let pence = |checker: &mut Checker<'_>, key: &str, text: &Quoted| {
        checker.amount(&format!("{path}.{key}"), &text.0, Currency::Gbp)
    };
    let known = Currency::ALL.map(|currency| (currency.code(), currency));
    let codes = written.currencies.unwrap_or_else(|| vec!["GBP".to_owned()]);
    let currencies = (codes.iter().enumerate())
        .filter_map(|(index, code)| {
            let path = format!("{path}.currencies[{index}]");
            checker.word(&path, "currency", code, &known)
        })
        .collect();
    let mut amount = |key: &str, text: Option<Quoted>| text.map(|text| pence(checker, key, &text));
    Facts {
        accounts: written.accounts.unwrap_or_default(),
        joint_accounts: written.joint_accounts.unwrap_or_default(),
        closed_accounts: written.closed_accounts.unwrap_or_default(),
        currencies,
        employer: written.employer,
        monthly_income: amount("monthly_income", written.monthly_income)
            .map(|pence| Amount::new(pence, Currency::Gbp)),
        rent_day: written.rent_day,
        direct_debits: written.direct_debits.unwrap_or_default(),
        standing_orders: written.standing_orders.unwrap_or_default(),
        overdraft: amount("overdraft", written.overdraft).unwrap_or_default(),
        credit_limit: amount("credit_limit", written.credit_limit).unwrap_or_default(),
        returned_debits_90_days: written.returned_debits_90_days.unwrap_or_default(),
        gambles: written.gambles.unwrap_or(false),
        transactions: written.transactions,
    }
}

/// RFC 2606, section 3.
fn is_reserved_domain(email: &str) -> bool {
    let domain = email.rsplit_once('@').map(|(_, domain)| domain);
    matches!(domain, Some("example.com" | "example.org" | "example.net"))
}

/// Ofcom keeps 07700 900000 to 900999 free for television and films.
fn is_drama_phone(phone: &str) -> bool {
    let last = phone.strip_prefix("07700 900");
    last.is_some_and(|last| last.len() == 3 && last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The one-time code nobody chose.
const OTP: &str = "123456";
