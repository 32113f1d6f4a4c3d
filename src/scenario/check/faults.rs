//! What the bank does wrong: rules read as the control API reads them, every mistake with its place.

use super::Checker;
use super::journeys::Known;
use crate::fault::armed::RULES_MAX;
use crate::fault::read::{self, Complaint};
use crate::fault::rule::Rule;
use crate::json::Strict;
use crate::scenario::text::nearest;

/// The rules, oldest first.
pub(super) fn rules(checker: &mut Checker<'_>, written: &[Strict], known: &Known<'_>) -> Vec<Rule> {
    let count = u64::try_from(written.len()).unwrap_or(u64::MAX);
    checker.within("faults", count, (0, RULES_MAX as u64));
    let known = known.for_faults();
    let mut rules: Vec<Rule> = Vec::new();
    for (index, written) in written.iter().enumerate() {
        let path = format!("faults[{index}]");
        match read::rule(&written.0, &known) {
            Ok(rule) => {
                let is_taken = |other: &Rule| rule.name.is_some() && other.name == rule.name;
                if let Some(name) = rule.name.as_deref().filter(|_| rules.iter().any(is_taken)) {
                    checker.expected(&format!("{path}.name"), "a name not used before", name);
                }
                rules.push(rule);
            }
            Err(complaints) => {
                for complaint in complaints {
                    complain(checker, &path, &complaint);
                }
            }
        }
    }
    rules
}

fn complain(checker: &mut Checker<'_>, rule: &str, complaint: &Complaint) {
    let path = path_of(rule, &complaint.pointer);
    if complaint.known.is_empty() {
        checker.expected(&path, &complaint.expected, &complaint.found);
        return;
    }
    let Complaint {
        expected, found, ..
    } = complaint;
    let near = nearest(found, complaint.known.iter().map(String::as_str));
    let advice = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if expected.len() <= EXPECTED_LENGTH_MAX => format!("expected {expected}"),
        None => "there is none like it".to_owned(),
    };
    let message = format!("unknown name `{found}`; {advice}");
    checker.advised((&path, found), message, (expected, near));
}

/// A pointer in the words of a scenario's paths: `/then/0/fault` below `faults[1]` is
/// `faults[1].then[0].fault`.
fn path_of(rule: &str, pointer: &str) -> String {
    let mut path = rule.to_owned();
    for step in pointer.split('/').skip(1) {
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            path.extend(["[", step, "]"]);
        } else {
            path.push('.');
            path.push_str(&step.replace("~1", "/").replace("~0", "~"));
        }
    }
    path
}

/// About what two lines of a terminal hold.
const EXPECTED_LENGTH_MAX: usize = 160;

#[cfg(test)]
mod tests {
    use crate::fault::header::Permission;
    use crate::fault::write;
    use crate::scenario::{Error, Mistake, Scenario};

    fn parse(faults: &str) -> Result<Scenario, Vec<Mistake>> {
        let default = include_str!("../../../scenarios/default.yaml");
        match Scenario::parse("x.yaml", &format!("{default}\n{faults}")) {
            Ok(scenario) => Ok(scenario),
            Err(Error::Wrong(mistakes)) => Err(mistakes),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn rules_are_read_in_the_order_written() {
        let scenario = parse(
            "faults:\n  - name: early\n    when: {route: banking, client_id: acorn-budget, \
             customer_id: hazel, account_id: acc_1234567890, share: 0.5}\n    \
             then:\n      - {fault: token.expired_early}\n  \
             - {when: always, then: [{fault: token.lifetime, seconds: 9}]}\n",
        )
        .unwrap();
        assert_eq!(scenario.bank.fault_header, Permission::Allow);
        let told: Vec<_> = scenario.faults.iter().map(write::rule).collect();
        assert_eq!(told[0]["when"]["customer_id"], "cus_0000000001");
        assert_eq!(told[0]["when"]["share"], "0.5");
        assert_eq!(told[1]["then"][0]["seconds"], 9);
    }

    #[test]
    fn every_mistake_names_its_line_its_path_and_what_is_near() {
        let mistakes = parse(
            "faults:\n  - name: one\n    when:\n      route: banking.acounts\n      times: 0\n    \
             then:\n      - fault: token.expird_early\n  - name: one\n    when: always\n    \
             then:\n      - fault: token.lifetime\n        second: 3\n  - name: two\n    \
             when: {times: 1}\n    then: [{fault: token.error}]\n  - name: two\n    when: always\n    \
             then: [{fault: token.error}]\n",
        )
        .unwrap_err();
        let told: Vec<_> = (mistakes.iter())
            .map(|mistake| (mistake.path.as_str(), mistake.nearest.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("faults[0].when.route", Some("banking.accounts")),
                ("faults[0].when.times", None),
                ("faults[0].then[0].fault", Some("token.expired_early")),
                ("faults[1].then[0].second", Some("seconds")),
                ("faults[3].name", None),
            ]
        );
        assert!(
            mistakes[0].excerpt.contains("route: banking.acounts"),
            "{mistakes:?}"
        );
        assert!(
            mistakes[2].excerpt.contains("fault: token.expird_early"),
            "{mistakes:?}"
        );
        assert!(mistakes.iter().all(|mistake| mistake.line.is_some()));
    }

    #[test]
    fn a_member_written_twice_is_refused() {
        let mistakes = parse("faults:\n  - {when: always, when: always, then: []}\n").unwrap_err();
        assert!(mistakes[0].message.contains("when"), "{mistakes:?}");
    }
}
