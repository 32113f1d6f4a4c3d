//! Every rule the bank enforces, in the order a call meets them: what `hamsterbank checks` prints and what
//! `lenient` may name.

use crate::oauth::check::{Check, Place, assertion, authorization, request_object};
use crate::oauth::error::ErrorCode;
use crate::oauth::profile::Reach;
use crate::oauth::registration::{self, metadata, organisation, signed, statement};
use crate::oauth::{access, client_auth, token};
use crate::rule::Rule;

use super::{banking, consented, directory, faults, guard, limits, oauth, unattended};

/// A rule as the list shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    /// The rule.
    pub(crate) rule: &'static Rule,
    /// Under which profiles, and whether it can be switched off.
    pub(crate) reach: Reach,
    /// Where it runs, when it is a row of a table.
    pub(crate) places: &'static [Place],
    /// The OAuth error code a broken one is answered with, when it is a row of a table.
    pub(crate) code: Option<&'static str>,
}

/// The list.
pub(crate) fn all() -> Vec<Listed> {
    let fixed = [
        super::RULES,
        faults::RULES,
        limits::RULES,
        unattended::RULES,
        guard::RULES,
        client_auth::RULES,
        oauth::par::RULES,
        oauth::request_object::RULES,
        oauth::hint::RULES,
        oauth::authorize::RULES,
        oauth::journey::RULES,
        crate::oauth::RULES,
        oauth::token::RULES,
        oauth::id_token::RULES,
        oauth::register::RULES,
        registration::RULES,
        statement::RULES,
        signed::RULES,
        access::RULES,
        oauth::userinfo::RULES,
        consented::RULES,
        directory::RULES,
        banking::consents::RULES,
        banking::consents::payment_rules(),
        banking::funds_confirmations::RULES,
        banking::query_rules(),
        banking::accounts::RULES,
    ];
    let fixed = fixed
        .into_iter()
        .flatten()
        .chain(banking::payments::rules());
    let fixed = fixed.map(|rule| Listed {
        rule,
        reach: reach_of(rule),
        places: &[],
        code: None,
    });
    let gates = token::SWITCHABLE.iter().map(|(rule, reach)| Listed {
        rule,
        reach: *reach,
        places: &[Place::Token],
        code: Some(ErrorCode::UnauthorizedClient.as_str()),
    });
    fixed
        .chain(rows(assertion::CHECKS))
        .chain(rows(request_object::CHECKS))
        .chain(rows(authorization::CHECKS))
        .chain(rows(statement::CHECKS))
        .chain(rows(signed::CHECKS))
        .chain(rows(metadata::CHECKS))
        .chain(rows(organisation::CERTIFICATE_CHECKS))
        .chain(rows(organisation::CHECKS))
        .chain(rows(token::CODE_CHECKS))
        .chain(rows(token::REFRESH_CHECKS))
        .chain(rows(token::CREDENTIALS_CHECKS))
        .chain(gates)
        .collect()
}

fn reach_of(rule: &Rule) -> Reach {
    let known = client_auth::SWITCHABLE
        .iter()
        .chain(token::SWITCHABLE)
        .find(|(switchable, _)| *switchable == rule);
    known.map_or(Reach::Always, |(_, reach)| *reach)
}

fn rows<S>(table: &'static [Check<S>]) -> impl Iterator<Item = Listed> {
    table.iter().map(|check| Listed {
        rule: &check.rule,
        reach: check.reach,
        places: check.places,
        code: Some(check.code.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::check::switchable;

    #[test]
    fn every_rule_has_a_name_of_its_own_a_source_and_a_sentence() {
        let rules = all();
        let mut names: Vec<_> = rules.iter().map(|listed| listed.rule.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "a name stands twice");
        for Listed { rule, .. } in rules {
            assert!(rule.name.contains('.'), "{}", rule.name);
            assert!(!rule.clause.is_empty(), "{}", rule.name);
            assert!(rule.sentence.ends_with('.'), "{}", rule.name);
        }
    }

    #[test]
    fn a_scenario_may_switch_off_what_the_list_says_and_nothing_else() {
        let listed = all().into_iter();
        let mut listed: Vec<_> = listed
            .filter(|listed| listed.reach != Reach::Always)
            .map(|listed| listed.rule.name)
            .collect();
        let mut switchable: Vec<_> = switchable().map(|rule| rule.name).collect();
        listed.sort_unstable();
        switchable.sort_unstable();
        assert_eq!(listed, switchable);
    }
}
