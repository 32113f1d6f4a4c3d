//! Which set of checks is in force: a profile, less what a scenario switched off by name.

use crate::rule::Rule;

use super::registration::Mode;

/// A named set of checks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Profile {
    /// FAPI 1.0 Advanced, Final.
    #[default]
    Fapi1Advanced,
    /// What the bank's two published guides print, and no more.
    Relaxed,
}

impl Profile {
    /// The word in scenarios and on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fapi1Advanced => "fapi1-advanced",
            Self::Relaxed => "relaxed",
        }
    }
}

/// What is enforced in one bank.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// The set of checks.
    pub(crate) profile: Profile,
    /// Names, or dotted prefixes of names, of checks that are switched off.
    pub(crate) lenient: Vec<String>,
    /// How much is asked of a TPP besides: strict, its roles too.
    pub(crate) registration: Mode,
}

impl Policy {
    /// Whether a rule of this reach is asked.
    pub(crate) fn enforces(&self, rule: &Rule, reach: Reach) -> bool {
        let in_profile = match reach {
            Reach::Always => return true,
            Reach::EveryProfile => true,
            Reach::Fapi1Advanced => self.profile == Profile::Fapi1Advanced,
            Reach::StrictRegistration => self.registration == Mode::Strict,
        };
        in_profile && !self.lenient.iter().any(|name| covers(name, rule.name))
    }
}

/// How far a rule reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reach {
    /// Cannot be switched off: without it there would be nothing to answer, or nobody to answer to.
    Always,
    /// Holds in every profile.
    EveryProfile,
    /// Holds in `fapi1-advanced` alone.
    Fapi1Advanced,
    /// Holds where TPPs are registered strictly, whatever the profile.
    StrictRegistration,
}

impl Reach {
    /// The word in lists.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::EveryProfile => "every profile",
            Self::Fapi1Advanced => "fapi1-advanced",
            Self::StrictRegistration => "strict registration",
        }
    }
}

/// Whether `name` is `rule` or a dotted prefix of it.
pub(crate) fn covers(name: &str, rule: &str) -> bool {
    rule.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    static VERIFIER: Rule = Rule {
        name: "pkce.verifier",
        clause: "RFC 7636, section 4.6",
        sentence: "The verifier must hash to the challenge.",
    };

    #[test]
    fn a_prefix_switches_off_what_is_below_it_and_nothing_beside_it() {
        for (lenient, enforced) in [
            (vec![], true),
            (vec!["pkce"], false),
            (vec!["pkce.verifier"], false),
            (vec!["pk"], true),
            (vec!["pkce.verifier.more"], true),
            (vec!["nonce", "pkce"], false),
        ] {
            let policy = Policy {
                profile: Profile::Fapi1Advanced,
                lenient: lenient.iter().map(|&name| name.into()).collect(),
                registration: Mode::Strict,
            };
            assert_eq!(
                policy.enforces(&VERIFIER, Reach::EveryProfile),
                enforced,
                "{lenient:?}"
            );
            assert!(policy.enforces(&VERIFIER, Reach::Always), "{lenient:?}");
        }
    }

    #[test]
    fn the_relaxed_profile_leaves_out_what_only_fapi_demands() {
        let policy = Policy {
            profile: Profile::Relaxed,
            lenient: vec![],
            registration: Mode::Strict,
        };
        assert!(!policy.enforces(&VERIFIER, Reach::Fapi1Advanced));
        assert!(policy.enforces(&VERIFIER, Reach::EveryProfile));
    }

    #[test]
    fn what_strict_registration_asks_for_holds_in_either_profile_and_not_in_the_sandbox() {
        for profile in [Profile::Fapi1Advanced, Profile::Relaxed] {
            let enforces = |registration| {
                let policy = Policy {
                    profile,
                    registration,
                    lenient: vec![],
                };
                policy.enforces(&VERIFIER, Reach::StrictRegistration)
            };
            assert!(enforces(Mode::Strict), "{profile:?}");
            assert!(!enforces(Mode::Sandbox), "{profile:?}");
        }
    }
}
