//! What the bank does wrong: rules read as the control API reads them, every mistake with its place.

use super::Checker;
use super::journeys::Known;
use crate::fault::armed::RULES_MAX;
use crate::fault::read::{self, Complaint};
use crate::fault::rule::Rule;
use crate::json::Strict;

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
    } else {
        let known = complaint.known.iter().map(String::as_str);
        checker.unknown(&path, "name", &complaint.found, known);
    }
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
