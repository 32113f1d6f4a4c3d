//! Which script plays when: rules, of the scenario and armed later, of which the newest that matches wins.
//!
//! A rule **matches** when all its conditions hold, and counts each match, played or not; then `nth` and
//! `times` decide whether it **plays**: `nth` counts matches, `times` counts plays, so that a rule that
//! lost to a newer one keeps its `times` (as faults do).

use std::fmt;
use std::sync::Arc;

use crate::consent::ConsentType;
use crate::id::{ClientId, CustomerId, JourneyRuleId};
use crate::money::Amount;

use super::script::Script;

/// What a scenario says about journeys.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Plan {
    /// Who is expected where nobody is named; the scenario's first customer otherwise.
    pub(crate) customer: Option<CustomerId>,
    /// The rules, oldest first.
    pub(crate) rules: Vec<Rule>,
    /// Every script a rule may play.
    pub(crate) scripts: Vec<Arc<Script>>,
}

/// When a script plays.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rule {
    /// What people call it.
    pub(crate) name: Option<Box<str>>,
    /// Its conditions.
    pub(crate) when: When,
    /// What it plays.
    pub(crate) play: Arc<Script>,
}

/// Conditions, all of which must hold; without any, every journey is meant.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct When {
    /// Who asks.
    pub(crate) client_id: Option<ClientId>,
    /// Who is expected to answer.
    pub(crate) customer: Option<CustomerId>,
    /// What is asked for.
    pub(crate) consent_type: Option<ConsentType>,
    /// More than this is to be paid, in the instruction's own currency.
    pub(crate) amount_over: Option<Threshold>,
    /// Only the match of this number, counted from one.
    pub(crate) nth: Option<u32>,
    /// How often it plays.
    pub(crate) times: Option<u32>,
}

/// A journey that begins, as rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion<'a> {
    /// Who asks.
    pub(crate) client_id: &'a ClientId,
    /// Who is expected to answer, if anybody is.
    pub(crate) customer: Option<CustomerId>,
    /// What is asked for.
    pub(crate) consent_type: ConsentType,
    /// What is to be paid.
    pub(crate) amount: Option<Amount>,
}

/// An amount of no currency: as many decimals as any has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Threshold {
    hundred_thousandths: i64,
}

/// A rule that is armed, and what became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Armed {
    /// Its id.
    pub(crate) id: JourneyRuleId,
    /// What it says.
    pub(crate) rule: Rule,
    /// Whether the scenario brought it; armed by hand otherwise.
    pub(crate) is_of_scenario: bool,
    /// How often its conditions held.
    pub(crate) matched: u64,
    /// How often it played.
    pub(crate) played: u64,
}

/// The rules in force, and the scripts there are.
#[derive(Clone, Debug)]
pub(crate) struct Rulebook {
    customer: Option<CustomerId>,
    scripts: Vec<Arc<Script>>,
    rules: Vec<Armed>,
    armed: u64,
}

impl Rulebook {
    /// The rules of a scenario.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut book = Self {
            customer: plan.customer,
            scripts: plan.scripts.clone(),
            rules: Vec::new(),
            armed: 0,
        };
        for rule in &plan.rules {
            book.push(rule.clone(), true);
        }
        book
    }

    /// Takes over the counts of rules of another scenario's book that have the same name and say the same.
    pub(crate) fn keep_counts(&mut self, former: &Self) {
        for armed in &mut self.rules {
            let is_same = |known: &&Armed| {
                known.is_of_scenario && known.rule.name.is_some() && known.rule == armed.rule
            };
            if let Some(known) = former.rules.iter().find(is_same) {
                armed.matched = known.matched;
                armed.played = known.played;
            }
        }
    }

    /// Arms one more, newer than all others.
    ///
    /// # Errors
    /// When [`RULES_MAX`] are armed.
    pub(crate) fn arm(&mut self, rule: Rule) -> Result<Armed, TooManyRules> {
        if self.rules.len() >= RULES_MAX {
            return Err(TooManyRules);
        }
        Ok(self.push(rule, false))
    }

    /// Takes a rule out.
    pub(crate) fn disarm(&mut self, id: JourneyRuleId) -> Option<Armed> {
        let at = self.rules.iter().position(|armed| armed.id == id)?;
        Some(self.rules.remove(at))
    }

    /// Takes every rule out, those of the scenario too.
    pub(crate) fn disarm_all(&mut self) {
        self.rules.clear();
    }

    /// Counts the rules that match, and answers the newest of them that plays.
    pub(crate) fn choose(&mut self, occasion: &Occasion<'_>) -> Option<Armed> {
        let mut chosen = None;
        for armed in &mut self.rules {
            if !armed.rule.when.holds(occasion) {
                continue;
            }
            armed.matched += 1;
            if armed.may_play() {
                chosen = Some(armed);
            }
        }
        let chosen = chosen?;
        chosen.played += 1;
        Some(chosen.clone())
    }

    /// Who is expected where nobody is named, when the scenario says.
    pub(crate) const fn customer(&self) -> Option<CustomerId> {
        self.customer
    }

    /// The rules, oldest first.
    pub(crate) fn rules(&self) -> &[Armed] {
        &self.rules
    }

    /// The scripts.
    pub(crate) fn scripts(&self) -> &[Arc<Script>] {
        &self.scripts
    }

    fn push(&mut self, rule: Rule, is_of_scenario: bool) -> Armed {
        self.armed += 1;
        let armed = Armed {
            id: JourneyRuleId::new(self.armed),
            rule,
            is_of_scenario,
            matched: 0,
            played: 0,
        };
        self.rules.push(armed.clone());
        armed
    }
}

impl Armed {
    /// How often it will still play, when that is counted.
    pub(crate) fn remaining(&self) -> Option<u64> {
        let when = &self.rule.when;
        let by_times = when
            .times
            .map(|times| u64::from(times).saturating_sub(self.played));
        let by_nth = when.nth.map(|nth| u64::from(u64::from(nth) > self.matched));
        by_times.into_iter().chain(by_nth).min()
    }

    fn may_play(&self) -> bool {
        let when = &self.rule.when;
        when.nth.is_none_or(|nth| u64::from(nth) == self.matched)
            && when
                .times
                .is_none_or(|times| self.played < u64::from(times))
    }
}

impl When {
    fn holds(&self, occasion: &Occasion<'_>) -> bool {
        let is_over =
            |threshold: Threshold| occasion.amount.is_some_and(|it| threshold.is_below(it));
        self.client_id
            .as_ref()
            .is_none_or(|id| id == occasion.client_id)
            && self.customer.is_none_or(|id| Some(id) == occasion.customer)
            && self
                .consent_type
                .is_none_or(|kind| kind == occasion.consent_type)
            && self.amount_over.is_none_or(is_over)
    }
}

impl Threshold {
    /// Reads decimal text as the API writes amounts: `100.00`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, WHOLE_DIGITS_MAX) || !is_number(fraction, DECIMALS) {
            return None;
        }
        let digits = format!("{whole}{fraction:0<DECIMALS$}");
        let hundred_thousandths = digits.parse().ok()?;
        Some(Self {
            hundred_thousandths,
        })
    }

    fn is_below(self, amount: Amount) -> bool {
        // DECIMALS is five, and no currency has more than three.
        let missing = 5_u32.saturating_sub(amount.currency.decimals());
        let paid = i128::from(amount.minor_units) * 10_i128.pow(missing);
        paid > i128::from(self.hundred_thousandths)
    }
}

/// As it could have been written, with as many decimals as it needs and two at least.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_i64.pow(5);
        let (whole, rest) = (
            self.hundred_thousandths / unit,
            self.hundred_thousandths % unit,
        );
        let decimals = format!("{rest:05}");
        let kept = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{whole}.{}", decimals.get(..kept).unwrap_or_default())
    }
}

/// Why a rule cannot be armed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at most {RULES_MAX} rules for journeys are armed at a time")]
pub(crate) struct TooManyRules;

/// Every journey asks every rule: more would be felt, and no test needs them.
pub(crate) const RULES_MAX: usize = 1_000;
/// As many digits as an amount may have (API contract, section 1).
const WHOLE_DIGITS_MAX: usize = 13;
const DECIMALS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::Step;
    use crate::money::Currency;

    fn script(name: &str) -> Arc<Script> {
        Arc::new(Script::new(name, vec![Step::Reject]).unwrap())
    }

    fn rule(play: &str, when: When) -> Rule {
        Rule {
            name: None,
            when,
            play: script(play),
        }
    }

    fn book(rules: Vec<Rule>) -> Rulebook {
        let plan = Plan {
            rules,
            ..Plan::default()
        };
        Rulebook::of(&plan)
    }

    fn chosen(book: &mut Rulebook, client: &str, amount: Option<Amount>) -> Option<String> {
        let client_id = ClientId::new(client);
        let occasion = Occasion {
            client_id: &client_id,
            customer: Some(CustomerId::new(1)),
            consent_type: ConsentType::AccountAccess,
            amount,
        };
        let chosen = book.choose(&occasion)?;
        Some(chosen.rule.play.name().to_owned())
    }

    #[test]
    fn the_newest_match_wins_and_without_any_nothing_plays() {
        let acorn = When {
            client_id: Some(ClientId::new("acorn")),
            ..When::default()
        };
        let mut book = book(vec![rule("old", When::default()), rule("acorn", acorn)]);
        assert_eq!(chosen(&mut book, "acorn", None).as_deref(), Some("acorn"));
        assert_eq!(chosen(&mut book, "burrow", None).as_deref(), Some("old"));
        let newest = book.arm(rule("newest", When::default())).unwrap();
        assert_eq!(chosen(&mut book, "acorn", None).as_deref(), Some("newest"));
        assert!(book.disarm(newest.id).is_some() && book.disarm(newest.id).is_none());
        assert_eq!(chosen(&mut book, "acorn", None).as_deref(), Some("acorn"));
        book.disarm_all();
        assert_eq!(chosen(&mut book, "acorn", None), None);
        let next = book.arm(rule("next", When::default())).unwrap();
        assert_ne!(next.id, newest.id, "an id is never given twice");
    }

    #[test]
    fn every_condition_must_hold() {
        let elsewhere = [
            When {
                client_id: Some(ClientId::new("burrow")),
                ..When::default()
            },
            When {
                customer: Some(CustomerId::new(2)),
                ..When::default()
            },
            When {
                amount_over: Threshold::parse("0"),
                ..When::default()
            },
            When {
                client_id: Some(ClientId::new("acorn")),
                customer: Some(CustomerId::new(2)),
                ..When::default()
            },
        ];
        for when in elsewhere {
            let mut book = book(vec![rule("never", when.clone())]);
            assert_eq!(chosen(&mut book, "acorn", None), None, "{when:?}");
            assert_eq!(book.rules()[0].matched, 0, "{when:?}");
        }
        let here = When {
            client_id: Some(ClientId::new("acorn")),
            customer: Some(CustomerId::new(1)),
            consent_type: Some(ConsentType::AccountAccess),
            ..When::default()
        };
        assert!(chosen(&mut book(vec![rule("here", here)]), "acorn", None).is_some());
    }

    #[test]
    fn nth_counts_matches_and_times_counts_plays() {
        let second = When {
            nth: Some(2),
            ..When::default()
        };
        let twice = When {
            times: Some(2),
            ..When::default()
        };
        let mut book = book(vec![rule("twice", twice), rule("second", second)]);
        let played: Vec<_> = (0..5).map(|_| chosen(&mut book, "acorn", None)).collect();
        let played: Vec<_> = played.iter().map(Option::as_deref).collect();
        // The older rule lost the second journey, and kept what it may play.
        assert_eq!(
            played,
            [Some("twice"), Some("second"), Some("twice"), None, None]
        );
        let remaining: Vec<_> = book.rules().iter().map(Armed::remaining).collect();
        assert_eq!(remaining, [Some(0), Some(0)]);
        assert_eq!(book.rules()[0].matched, 5);
    }

    #[test]
    fn more_means_strictly_more_in_any_currency() {
        for (threshold, minor_units, currency, is_over) in [
            ("100.00", 10_000, Currency::Gbp, false),
            ("100.00", 10_001, Currency::Gbp, true),
            ("100", 9_999, Currency::Gbp, false),
            ("100", 101, Currency::Jpy, true),
            ("100", 100, Currency::Jpy, false),
            ("0.001", 1, Currency::Bhd, false),
            ("0.00099", 1, Currency::Bhd, true),
            ("9999999999999", i64::MAX, Currency::Jpy, true),
        ] {
            let when = When {
                amount_over: Threshold::parse(threshold),
                ..When::default()
            };
            let amount = Some(Amount::new(minor_units, currency));
            let chosen = chosen(&mut book(vec![rule("over", when)]), "acorn", amount);
            assert_eq!(
                chosen.is_some(),
                is_over,
                "{minor_units} {currency} over {threshold}"
            );
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1,5",
            "1e3",
            "1.000001",
            "12345678901234",
        ] {
            assert_eq!(Threshold::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_threshold_prints_what_it_reads() {
        for (text, printed) in [("100", "100.00"), ("0.5", "0.50"), ("1.00001", "1.00001")] {
            assert_eq!(Threshold::parse(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn a_full_rulebook_takes_no_more() {
        let mut book = book(Vec::new());
        for _ in 0..RULES_MAX {
            book.arm(rule("one", When::default())).unwrap();
        }
        assert_eq!(book.arm(rule("more", When::default())), Err(TooManyRules));
    }
}
