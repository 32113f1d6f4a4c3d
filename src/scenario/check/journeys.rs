//! What customers do: scripts read step by step and tried, rules with every name in them resolved.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Checker;
use crate::banking::account::AccountStatus;
use crate::consent::ConsentType;
use crate::entropy::Seed;
use crate::fault;
use crate::fault::connections::Connections;
use crate::id::{AccountId, ClientId, CustomerId, Lengths};
use crate::journey::rulebook::{Plan, RULES_MAX, Rule, Threshold, When};
use crate::journey::script::{self, FAILURES, Script};
use crate::journey::{Illegal, Picked, SESSION, Step};
use crate::scenario::journeys::{
    JourneysFile, RuleFile, ScriptsFile, StepFile, ValueFile, WhenFile,
};
use crate::scenario::parse_duration;
use crate::scenario::people;
use crate::scenario::plan::CustomerPlan;
use crate::scenario::{ClientPlan, nearest};

/// Whom scripts and rules may name.
pub(super) struct Known<'a> {
    customers: &'a [CustomerPlan],
    clients: &'a [ClientPlan],
    /// What each customer may share.
    accounts: Vec<Vec<AccountId>>,
}

impl<'a> Known<'a> {
    /// These people and TPPs.
    pub(super) fn of(
        customers: &'a [CustomerPlan],
        clients: &'a [ClientPlan],
        ids: (Seed, Lengths),
    ) -> Self {
        let accounts = people::account_ids(customers, ids, |account| {
            account.status != AccountStatus::Deleted
        });
        Self {
            customers,
            clients,
            accounts,
        }
    }

    /// The customer with this username or id.
    pub(super) fn customer(
        &self,
        checker: &mut Checker<'_>,
        path: &str,
        name: &str,
    ) -> Option<CustomerId> {
        let mut ids = (0..self.customers.len()).map(people::customer_id);
        let named = self.customers.iter().position(|plan| plan.username == name);
        let found = match named {
            Some(index) => Some(people::customer_id(index)),
            None => ids.find(|id| id.to_string() == name),
        };
        if found.is_none() {
            let names = self.customers.iter().map(|plan| plan.username.as_str());
            checker.unknown(path, "customer", name, names);
        }
        found
    }

    /// Whether a TPP of the scenario has this id.
    pub(super) fn check_client(&self, checker: &mut Checker<'_>, path: &str, id: &str) {
        let ids = || self.clients.iter().map(|plan| plan.client_id.as_str());
        if !ids().any(|known| known == id) {
            checker.unknown(path, "client", id, ids());
        }
    }

    /// The same people and TPPs, for rules of faults.
    pub(super) fn for_faults(&self) -> fault::read::Known {
        let clients = self.clients.iter().map(|plan| plan.client_id.to_string());
        let people = self.customers.iter().enumerate();
        fault::read::Known {
            clients: clients.collect(),
            customers: people
                .map(|(index, plan)| (plan.username.clone(), people::customer_id(index)))
                .collect(),
            accounts: self.accounts.iter().flatten().copied().collect(),
            // How the bank will be reached is known when it opens, and asked then.
            connections: Connections::Tls,
        }
    }

    fn accounts_of(&self, customer: Option<CustomerId>) -> &[AccountId] {
        let index = customer.map_or(0, people::customer_index);
        self.accounts.get(index).map_or(&[], Vec::as_slice)
    }
}

/// Journeys and scripts, checked.
pub(super) fn plan(
    checker: &mut Checker<'_>,
    (journeys, scripts): (&JourneysFile, &ScriptsFile),
    known: &Known<'_>,
) -> Plan {
    default(checker, journeys.default.as_deref());
    let mut named = |path: &str, name: &str| known.customer(checker, path, name);
    let customer =
        (journeys.customer.as_ref()).and_then(|name| named("journeys.customer", &name.0));
    let names: Vec<_> = scripts.0.iter().map(|(name, _)| name.as_str()).collect();
    let scripts: Vec<_> = (scripts.0.iter())
        .filter_map(|(name, steps)| script(checker, (name, steps), (known, customer)))
        .collect();
    let count = u64::try_from(journeys.rules.len()).unwrap_or(u64::MAX);
    checker.within("journeys.rules", count, (0, RULES_MAX as u64));
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for (index, file) in journeys.rules.iter().enumerate() {
        let path = format!("journeys.rules[{index}]");
        if let Some(name) = file.name.as_deref()
            && (name.is_empty() || !seen.insert(name))
        {
            checker.expected(&format!("{path}.name"), "a name not used before", name);
        }
        let when = when(checker, &path, &file.when, known);
        rules.extend(rule(checker, (&path, file, when), (&names, &scripts)));
    }
    Plan {
        customer,
        rules,
        scripts,
    }
}

fn default(checker: &mut Checker<'_>, word: Option<&str>) {
    match word {
        None | Some(AUTO) => {}
        Some(PAGE) => {
            let message = "`page` needs pages for customers, which this bank does not serve; \
                           expected `auto`, or a rule that plays a script";
            checker.mistake("journeys.default", PAGE, message.to_owned());
        }
        Some(other) => checker.unknown("journeys.default", "default", other, [AUTO]),
    }
}

fn rule(
    checker: &mut Checker<'_>,
    (path, file, when): (&str, &RuleFile, When),
    (names, scripts): (&[&str], &[Arc<Script>]),
) -> Option<Rule> {
    let play = scripts.iter().find(|script| script.name() == file.play);
    // A script that is there and wrong has been complained of already.
    if play.is_none() && !names.contains(&file.play.as_str()) {
        let path = format!("{path}.play");
        checker.unknown(&path, "script", &file.play, names.iter().copied());
    }
    Some(Rule {
        name: file.name.as_deref().map(Into::into),
        when,
        play: Arc::clone(play?),
    })
}

fn when(checker: &mut Checker<'_>, path: &str, file: &WhenFile, known: &Known<'_>) -> When {
    let at = |key: &str| format!("{path}.when.{key}");
    let client_id = file.client_id.as_ref().map(|id| {
        known.check_client(checker, &at("client_id"), &id.0);
        ClientId::new(id.0.as_str())
    });
    let customer = file.customer.as_ref();
    let customer = customer.and_then(|name| known.customer(checker, &at("customer"), &name.0));
    let consent_types = ConsentType::ALL.map(|kind| (kind.as_str(), kind));
    let consent_type = file
        .consent_type
        .as_ref()
        .and_then(|word| checker.word(&at("consent_type"), "consent type", word, &consent_types));
    let amount_over = file.amount_over.as_ref().and_then(|text| {
        let threshold = Threshold::parse(&text.0);
        if threshold.is_none() {
            checker.expected(&at("amount_over"), "an amount such as \"100.00\"", &text.0);
        }
        threshold
    });
    for (key, number) in [("nth", file.nth), ("times", file.times)] {
        let number = number.map_or(1, u64::from);
        checker.within(&at(key), number, (1, u64::from(u32::MAX)));
    }
    When {
        client_id,
        customer,
        consent_type,
        amount_over,
        nth: file.nth,
        times: file.times,
    }
}

fn script(
    checker: &mut Checker<'_>,
    (name, written): (&str, &[StepFile]),
    (known, expected): (&Known<'_>, Option<CustomerId>),
) -> Option<Arc<Script>> {
    let path = format!("scripts.{name}");
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.bytes().all(is_name) {
        checker.expected(&path, "a name of 1 to 64 letters, digits, `-` or `_`", name);
    }
    let count = u64::try_from(written.len()).unwrap_or(u64::MAX);
    checker.within(&path, count, (1, STEPS_MAX));
    let mut customer = expected;
    let mut steps = Vec::new();
    for (index, file) in written.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let step = step(checker, &path, file, (known, customer));
        if let Some(Step::LogIn(id)) = step {
            customer = Some(id);
        }
        steps.extend(step);
    }
    if steps.len() < written.len() {
        return None;
    }
    match Script::new(name, steps) {
        Ok(script) => Some(Arc::new(script)),
        Err((index, illegal)) => {
            let found = written.get(index).map_or("", |step| step.word.as_str());
            let path = match illegal {
                Illegal::Endless => path,
                _ => format!("{path}[{index}]"),
            };
            checker.mistake(&path, found, format!("expected {illegal}"));
            None
        }
    }
}

fn step(
    checker: &mut Checker<'_>,
    path: &str,
    file: &StepFile,
    (known, customer): (&Known<'_>, Option<CustomerId>),
) -> Option<Step> {
    let at = format!("{path}.{}", file.word);
    let wrong = |checker: &mut Checker<'_>, expected: &str| {
        checker.expected(&at, expected, &file.value.to_string());
        None
    };
    match (file.word.as_str(), &file.value) {
        (script::LOGIN, ValueFile::Text(name)) => {
            known.customer(checker, &at, name).map(Step::LogIn)
        }
        (script::LOGIN, _) => wrong(checker, "a customer, as in `login: hazel`"),
        (script::OTP, ValueFile::Text(word)) => {
            let code = checker.word(&at, "code", word, &CODES);
            code.map(|is_right| Step::EnterCode { is_right })
        }
        (script::OTP, _) => wrong(checker, "`right` or `wrong`"),
        (script::ACCOUNTS, ValueFile::Text(word)) if word == script::ALL => {
            Some(Step::Pick(Picked::All))
        }
        (script::ACCOUNTS, ValueFile::List(ids)) if !ids.is_empty() => {
            let theirs = known.accounts_of(customer);
            let found: Vec<_> = (ids.iter())
                .filter_map(|id| account(checker, &at, &id.0, theirs))
                .collect();
            (found.len() == ids.len()).then(|| Step::Pick(Picked::These(found.into())))
        }
        (script::ACCOUNTS, _) => wrong(checker, "`all`, or a list of at least one account's id"),
        (script::WAIT, ValueFile::Text(text)) => match parse_duration(text) {
            Some(time) if time.is_positive() && time <= SESSION => Some(Step::Wait(time)),
            _ => wrong(
                checker,
                "a duration with its unit, such as 3s, to 10m at most",
            ),
        },
        (script::WAIT, _) => wrong(checker, "a duration with its unit, such as 3s"),
        (script::ERROR, ValueFile::Text(word)) => {
            let failures = FAILURES.map(|code| (code.as_str(), code));
            checker.word(&at, "error", word, &failures).map(Step::Fail)
        }
        (script::ERROR, _) => wrong(checker, "an error, such as `server_error`"),
        (script::APPROVE, ValueFile::Nothing) => Some(Step::Approve),
        (script::REJECT, ValueFile::Nothing) => Some(Step::Reject),
        (script::ABANDON, ValueFile::Nothing) => Some(Step::Abandon),
        (script::APPROVE | script::REJECT | script::ABANDON, _) => {
            wrong(checker, "nothing behind this step")
        }
        (other, _) => {
            checker.unknown(path, "step", other, script::WORDS);
            None
        }
    }
}

fn account(
    checker: &mut Checker<'_>,
    path: &str,
    id: &str,
    theirs: &[AccountId],
) -> Option<AccountId> {
    let found = AccountId::parse(id).filter(|id| theirs.contains(id));
    if found.is_none() {
        let ids: Vec<_> = theirs.iter().map(ToString::to_string).collect();
        let advice = match nearest(id, ids.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("hers are `{}`", ids.join("`, `")),
        };
        checker.mistake(
            path,
            id,
            format!("`{id}` is no account of this customer; {advice}"),
        );
    }
    found
}

const AUTO: &str = "auto";
const PAGE: &str = "page";
const CODES: [(&str, bool); 2] = [(script::RIGHT, true), (script::WRONG, false)];
/// A name is a word, not a story.
const NAME_LENGTH_MAX: usize = 64;
/// Nobody does more before a bank's page.
const STEPS_MAX: u64 = 50;

#[cfg(test)]
mod tests {
    use crate::id::{AccountId, CustomerId};
    use crate::journey::rulebook::Plan;
    use crate::journey::{Picked, Step};
    use crate::scenario::{Error, Scenario};

    /// The default scenario with this behind it; what it has of scripts of its own goes.
    fn parse(yaml: &str) -> Result<Plan, Vec<(String, String)>> {
        let default = include_str!("../../../scenarios/default.yaml");
        let (people, rest) = default.split_once("\nscripts:").unwrap();
        let (_, clients) = rest.split_once("\nclients:").unwrap();
        let source = format!("{people}\nclients:{clients}\n{yaml}");
        match Scenario::parse("x.yaml", &source) {
            Ok(scenario) => Ok(scenario.journeys),
            Err(Error::Wrong(mistakes)) => Err(mistakes
                .into_iter()
                .map(|mistake| (mistake.path, mistake.message))
                .collect()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn names_become_ids_and_words_become_steps() {
        let plan = parse(
            "journeys:\n  default: auto\n  customer: rowan\n  rules:\n    \
             - {name: twice, when: {client_id: acorn-budget, customer: hazel, nth: 2, \
             amount_over: \"100.00\", consent_type: account-access, times: 3}, play: late}\n    \
             - {play: late}\nscripts:\n  late:\n    - login: cus_0000000001\n    \
             - otp: wrong\n    - otp: right\n    - accounts: [acc_1234567890, acc_1087654321]\n    \
             - wait: 250ms\n    - approve\n  shared: [{login: rowan}, \
             {accounts: [acc_1087654321]}, approve]\n",
        )
        .unwrap();
        assert_eq!(plan.customer, Some(CustomerId::new(2)));
        assert_eq!(plan.rules.len(), 2);
        assert_eq!(plan.rules[0].name.as_deref(), Some("twice"));
        assert_eq!(plan.rules[0].when.customer, Some(CustomerId::new(1)));
        assert_eq!(
            (plan.rules[0].when.nth, plan.rules[0].when.times),
            (Some(2), Some(3))
        );
        assert!(plan.rules[0].when.amount_over.is_some());
        assert_eq!(
            plan.rules[1].when,
            crate::journey::rulebook::When::default()
        );
        let steps = plan.scripts[0].steps();
        assert_eq!(steps[0], Step::LogIn(CustomerId::new(1)));
        let ids = [1_234_567_890, 1_087_654_321].map(AccountId::new);
        assert_eq!(steps[3], Step::Pick(Picked::These(ids.into())));
        assert_eq!(steps.len(), 6);
    }

    #[test]
    #[expect(
        clippy::too_many_lines,
        reason = "a table of cases, one a line and more"
    )]
    fn every_mistake_is_told_with_its_place_and_what_would_be_right() {
        let script = |steps: &str| format!("scripts:\n  s:\n{steps}");
        let rule = |rule: &str| {
            format!("journeys:\n  rules:\n    - {rule}\nscripts:\n  refuse: [reject]\n")
        };
        for (yaml, path, words) in [
            (
                "journeys: {default: page}".to_owned(),
                "journeys.default",
                "`page` needs pages",
            ),
            (
                "journeys: {default: atuo}".to_owned(),
                "journeys.default",
                "did you mean `auto`",
            ),
            (
                "journeys: {customer: hasel}".to_owned(),
                "journeys.customer",
                "mean `hazel`",
            ),
            (
                rule("{play: refsue}"),
                "journeys.rules[0].play",
                "did you mean `refuse`",
            ),
            (
                rule("{when: {client_id: acorn-buget}, play: refuse}"),
                "journeys.rules[0].when.client_id",
                "did you mean `acorn-budget`",
            ),
            (
                rule("{when: {customer: nobody}, play: refuse}"),
                "journeys.rules[0].when.customer",
                "unknown customer",
            ),
            (
                rule("{when: {consent_type: account_access}, play: refuse}"),
                "journeys.rules[0].when.consent_type",
                "did you mean `account-access`",
            ),
            (
                rule("{when: {amount_over: \"1,5\"}, play: refuse}"),
                "journeys.rules[0].when.amount_over",
                "expected an amount",
            ),
            (
                rule("{when: {nth: 0}, play: refuse}"),
                "journeys.rules[0].when.nth",
                "a number from 1",
            ),
            (
                rule("{when: {times: 0}, play: refuse}"),
                "journeys.rules[0].when.times",
                "a number from 1",
            ),
            (
                rule("{name: a, play: refuse}\n    - {name: a, play: refuse}"),
                "journeys.rules[1].name",
                "not used before",
            ),
            (
                script("    - aprove\n"),
                "scripts.s[0]",
                "did you mean `approve`",
            ),
            (
                script("    - login: hasel\n"),
                "scripts.s[0].login",
                "did you mean `hazel`",
            ),
            (
                script("    - login\n"),
                "scripts.s[0].login",
                "expected a customer",
            ),
            (
                script("    - otp: rihgt\n"),
                "scripts.s[0].otp",
                "did you mean `right`",
            ),
            (
                script("    - otp: [right]\n"),
                "scripts.s[0].otp",
                "`right` or `wrong`",
            ),
            (
                script("    - accounts: []\n"),
                "scripts.s[0].accounts",
                "at least one",
            ),
            (
                script("    - accounts: some\n"),
                "scripts.s[0].accounts",
                "`all`, or a list",
            ),
            (
                script("    - accounts: [acc_1234567891]\n"),
                "scripts.s[0].accounts",
                "did you mean `acc_1234567890`",
            ),
            (
                script("    - login: rowan\n    - accounts: [acc_1234567890]\n    - approve\n"),
                "scripts.s[1].accounts",
                "no account of this customer",
            ),
            (
                script("    - wait: 3\n"),
                "scripts.s[0].wait",
                "expected a text",
            ),
            (
                script("    - wait: 11m\n"),
                "scripts.s[0].wait",
                "10m at most",
            ),
            (
                script("    - wait: 0s\n"),
                "scripts.s[0].wait",
                "a duration",
            ),
            (
                script("    - error: server_eror\n"),
                "scripts.s[0].error",
                "mean `server_error`",
            ),
            (
                script("    - error\n"),
                "scripts.s[0].error",
                "expected an error",
            ),
            (
                script("    - approve: now\n"),
                "scripts.s[0].approve",
                "nothing behind",
            ),
            (
                script("    - login: hazel\n"),
                "scripts.s",
                "expected an end",
            ),
            (
                script("    - approve\n    - reject\n"),
                "scripts.s[1]",
                "nothing after",
            ),
            (
                script("    - otp: wrong\n    - approve\n"),
                "scripts.s[1]",
                "`otp: right`",
            ),
            (
                script("    - {otp: right, approve: x}\n"),
                "scripts.s[0]",
                "expected one step, such as approve or otp: wrong",
            ),
            (script("    []\n"), "scripts.s", "a number from 1 to 50"),
            (
                "scripts:\n  \"a b\": [reject]\n".to_owned(),
                "scripts.a b",
                "a name of 1 to 64",
            ),
            (
                "scripts:\n  a: [reject]\n  a: [approve]\n".to_owned(),
                "scripts.a",
                "duplicate",
            ),
            (
                "journeys: {rulse: []}".to_owned(),
                "journeys.rulse",
                "unknown key `rulse`; did you mean `rules`?",
            ),
            (
                rule("{when: {cleint_id: x}, play: refuse}"),
                "journeys.rules[0].when.cleint_id",
                "unknown key `cleint_id`; did you mean `client_id`?",
            ),
        ] {
            let mistakes = parse(&yaml).unwrap_err();
            let (at, message) = &mistakes[0];
            assert_eq!(at, path, "{yaml}: {message}");
            assert!(message.contains(words), "{yaml}: {message}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let mistakes = parse(
            "journeys:\n  default: page\n  customer: nobody\n  rules: [{play: x}]\n\
             scripts:\n  s: [{otp: x}, {wait: x}, go]\n",
        );
        let paths: Vec<_> = mistakes
            .unwrap_err()
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        let expected = [
            "journeys.default",
            "journeys.customer",
            "scripts.s[0].otp",
            "scripts.s[1].wait",
            "scripts.s[2]",
            "journeys.rules[0].play",
        ];
        assert_eq!(paths, expected);
    }
}
