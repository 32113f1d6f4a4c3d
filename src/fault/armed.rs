//! The rules in force with their counters, and the decision for one request.
//!
//! A rule **matches** when its conditions hold and one of its faults can act; its counter moves then, once a
//! request. `nth`, `after`, `every` and `share` count matches, `times` counts firings: a rule that lost to a
//! newer one keeps its `times`. All of it happens under the state's lock, in the order in which requests are
//! complete: what a rule asks of a body is known no sooner.

use crate::clock::Timestamp;
use crate::id::{FaultRuleId, RequestId};

use super::condition::Lottery;
use super::decided::{Decided, Fired};
use super::facts::Facts;
use super::note::{HOLD, Note, Whose};
use super::rule::{Act, Rule};
use super::unfired::Unfired;

/// A rule that is armed, and what became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Armed {
    /// Its id.
    pub(crate) id: FaultRuleId,
    /// What it says.
    pub(crate) rule: Rule,
    /// Whether the scenario brought it; armed by hand otherwise.
    pub(crate) is_of_scenario: bool,
    /// When it was armed, by real time.
    pub(crate) since: Timestamp,
    /// How often its conditions held.
    pub(crate) matched: u64,
    /// How often it fired.
    pub(crate) fired: u64,
    /// The requests it fired on, the last ones; one of its connection has none.
    pub(crate) request_ids: Vec<RequestId>,
    /// Whether it fired before its counters began anew.
    pub(super) fired_before: bool,
}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(super) rules: Vec<Armed>,
    /// The last number that a rule was given.
    pub(super) armed: u64,
    /// What went without ever having fired.
    pub(super) gone_unfired: Vec<Unfired>,
}

/// What has to be known of a request for the rules in force.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Needs {
    /// Anything at all.
    pub(crate) any: bool,
    /// What may become known only under way.
    pub(crate) found_out: bool,
    /// Its body, read.
    pub(crate) bodies: bool,
}

/// A rule that may fire on a request, with what of it can act there.
struct Candidate {
    index: usize,
    acts: Vec<Act>,
}

impl Faults {
    /// The rules of a scenario.
    pub(crate) fn of(rules: &[Rule], now_real: Timestamp) -> Self {
        let mut faults = Self::default();
        for rule in rules {
            faults.push(rule.clone(), true, now_real);
        }
        faults
    }

    /// Arms one more, newer than all others.
    ///
    /// # Errors
    /// When [`RULES_MAX`] are armed.
    pub(crate) fn arm(&mut self, rule: Rule, now_real: Timestamp) -> Result<Armed, TooManyRules> {
        if self.rules.len() >= RULES_MAX {
            return Err(TooManyRules);
        }
        Ok(self.push(rule, false, now_real))
    }

    /// Puts these in the place of all there are; counters begin anew.
    ///
    /// # Errors
    /// When there are more than [`RULES_MAX`]; nothing has changed then.
    pub(crate) fn replace(
        &mut self,
        rules: Vec<Rule>,
        now_real: Timestamp,
    ) -> Result<(), TooManyRules> {
        if rules.len() > RULES_MAX {
            return Err(TooManyRules);
        }
        self.disarm_all();
        for rule in rules {
            self.push(rule, false, now_real);
        }
        Ok(())
    }

    /// Gives the scenario's rules the ids that they had in `former`, as far as the two lists begin alike, and to
    /// all others ids that nobody had: who holds an id never finds another rule behind it.
    pub(crate) fn keep_ids_of(&mut self, former: &Self) {
        let mut before = former.rules.iter().filter(|old| old.is_of_scenario);
        let mut is_alike = true;
        self.armed = former.armed;
        for armed in &mut self.rules {
            let same = before
                .next()
                .filter(|old| is_alike && old.rule == armed.rule);
            is_alike = same.is_some();
            armed.id = same.map_or_else(
                || {
                    self.armed += 1;
                    FaultRuleId::new(self.armed)
                },
                |old| old.id,
            );
        }
    }

    /// Takes over the counters of `former` rules of the same name and content: those of a scenario that is
    /// read again.
    pub(crate) fn keep_counters_of(&mut self, former: &Self) {
        for armed in &mut self.rules {
            let mut old = former.rules.iter();
            let same = old.find(|old| old.rule.name.is_some() && old.is_again(armed));
            if let Some(old) = same {
                armed.matched = old.matched;
                armed.fired = old.fired;
                armed.request_ids.clone_from(&old.request_ids);
            }
        }
    }

    /// Takes a rule out.
    pub(crate) fn disarm(&mut self, id: FaultRuleId) -> Option<Armed> {
        let at = self.rules.iter().position(|armed| armed.id == id)?;
        let gone = self.rules.remove(at);
        self.note_gone(&gone);
        Some(gone)
    }

    /// Takes every rule out, those of the scenario too.
    pub(crate) fn disarm_all(&mut self) {
        for gone in std::mem::take(&mut self.rules) {
            self.note_gone(&gone);
        }
    }

    /// Decides what happens to a request, or to a connection; asked again when more has become known, it
    /// looks only at what has not matched. A fault of the request's own header is in `decided` already.
    pub(crate) fn decide(
        &mut self,
        facts: &Facts<'_>,
        lottery: Lottery<'_>,
        decided: &mut Decided,
    ) {
        let mut candidates = Vec::new();
        for (index, armed) in self.rules.iter_mut().enumerate() {
            if decided.has_matched(armed.id) || !armed.rule.matches(facts, armed.since) {
                continue;
            }
            armed.matched += 1;
            decided.note_match(armed.id);
            let lots = armed.lots_name();
            let counts = (armed.matched, armed.fired);
            match armed.rule.when.may_fire(counts, (&lots, lottery)) {
                Ok(()) => {
                    let acts = armed.rule.then.iter().filter(|act| act.can_act_on(facts));
                    let acts = acts.cloned().collect();
                    candidates.push(Candidate { index, acts });
                }
                Err(why) => decided.hold_back(Note::held_back(armed, why)),
            }
        }
        self.fire(
            candidates,
            facts.asked.as_ref().map(|asked| asked.id),
            decided,
        );
    }

    /// Newest first, so that whoever comes later finds its place taken.
    fn fire(
        &mut self,
        candidates: Vec<Candidate>,
        request: Option<RequestId>,
        decided: &mut Decided,
    ) {
        for candidate in candidates.into_iter().rev() {
            let Some(armed) = self.rules.get_mut(candidate.index) else {
                continue;
            };
            let (mut fired, mut lost) = (Vec::new(), None);
            for act in candidate.acts {
                match decided.in_the_way_of(&act, armed.id) {
                    Some(why) => lost = Some(why),
                    None => fired.push(act),
                }
            }
            if fired.is_empty()
                && let Some(why) = lost
            {
                decided.hold_back(Note::held_back(armed, why));
                continue;
            }
            if let Some(why) = lost {
                // The rule fired all the same, with the rest of what it says.
                decided.hold_back(Note::held_back(armed, why));
            }
            armed.count_firing(request);
            decided.fire(armed, fired);
        }
        decided.sort();
    }

    /// Takes back that a rule fired on a request: there was nothing for its faults to act on.
    pub(crate) fn give_back(&mut self, id: FaultRuleId, request: RequestId) {
        let armed = self.rules.iter_mut().find(|armed| armed.id == id);
        if let Some(armed) = armed {
            armed.fired = armed.fired.saturating_sub(1);
            armed.request_ids.retain(|fired_on| *fired_on != request);
        }
    }

    /// What of a request has to be known for these rules.
    pub(crate) fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for armed in &self.rules {
            let when = &armed.rule.when;
            needs.any = true;
            needs.found_out |= when.asks_what_is_found_out();
            needs.bodies |= !(when.body.is_empty() && when.form.is_empty());
        }
        needs
    }

    /// Whether any rule could act on connections.
    pub(crate) fn has_any_of_connections(&self) -> bool {
        let mut acts = self.rules.iter().flat_map(|armed| &armed.rule.then);
        acts.any(|act| act.entry.is_of_connections())
    }

    /// The rules, oldest first.
    pub(crate) fn rules(&self) -> &[Armed] {
        &self.rules
    }

    /// The rule of this id.
    pub(crate) fn rule(&self, id: FaultRuleId) -> Option<&Armed> {
        self.rules.iter().find(|armed| armed.id == id)
    }

    fn push(&mut self, rule: Rule, is_of_scenario: bool, since: Timestamp) -> Armed {
        self.armed += 1;
        let armed = Armed {
            id: FaultRuleId::new(self.armed),
            rule,
            is_of_scenario,
            since,
            matched: 0,
            fired: 0,
            request_ids: Vec::new(),
            fired_before: false,
        };
        self.rules.push(armed.clone());
        armed
    }
}

impl Armed {
    /// How often it will still fire, when that is counted.
    pub(crate) fn remaining(&self) -> Option<u64> {
        let when = &self.rule.when;
        let by_times = when
            .times
            .map(|times| u64::from(times).saturating_sub(self.fired));
        let by_nth = when.nth.map(|nth| u64::from(u64::from(nth) > self.matched));
        by_times.into_iter().chain(by_nth).min()
    }

    /// How it is told to people: its name, else its id, with its faults.
    pub(crate) fn label(&self) -> String {
        format!("{} ({})", self.lots_name(), self.faults())
    }

    /// The ids of its faults.
    pub(super) fn faults(&self) -> String {
        let faults: Vec<_> = self.rule.then.iter().map(|act| act.entry.id).collect();
        if faults.is_empty() {
            return HOLD.to_owned();
        }
        faults.join(" and ")
    }

    /// What its lots are drawn under: its name, else its id.
    fn lots_name(&self) -> String {
        match &self.rule.name {
            Some(name) => name.to_string(),
            None => self.id.to_string(),
        }
    }

    fn count_firing(&mut self, request: Option<RequestId>) {
        self.fired += 1;
        if let Some(request) = request {
            if self.request_ids.len() >= REQUEST_IDS_MAX {
                self.request_ids.remove(0);
            }
            self.request_ids.push(request);
        }
    }
}

impl Fired {
    /// What an armed rule makes of one of its acts.
    pub(super) fn by(armed: &Armed, act: Act) -> Self {
        let phase = act.phase(armed.rule.when.phase);
        Self::new(Whose::rules(armed), act, phase)
    }
}

/// Why a rule cannot be armed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at most {RULES_MAX} rules for faults are armed at a time")]
pub(crate) struct TooManyRules;

/// Every request asks every rule: more would be felt, and no test needs them.
pub(crate) const RULES_MAX: usize = 1_000;
/// As many as a test looks at; a rule that fires on everything would keep every id there ever was.
const REQUEST_IDS_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use http::{HeaderMap, Method};
    use parking_lot::Mutex;
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::Now;
    use crate::entropy::Seed;
    use crate::fault::facts::{About, Asked, Read};
    use crate::fault::read::{self, Known};

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_705_320_000);
    const LOTTERY: Lottery<'_> = Lottery {
        seed: Seed(42),
        bank: "main",
    };

    fn rule(written: &Value) -> Rule {
        read::rule(written, &Known::default()).unwrap()
    }

    /// Decides one request for the discovery document; whether anything fired.
    fn decide(faults: &mut Faults, number: u64) -> Decided {
        let headers = HeaderMap::new();
        let facts = Facts {
            now: Now {
                bank: NOON,
                real: NOON,
            },
            connection: 1,
            certificate: None,
            asked: Some(Asked {
                id: RequestId::new(number),
                route: Some("oauth.discovery"),
                method: &Method::GET,
                path: "/.well-known/openid-configuration",
                query: None,
                headers: &headers,
                body: b"",
                about: About::default(),
                read: Read::default(),
            }),
        };
        let mut decided = Decided::default();
        faults.decide(&facts, LOTTERY, &mut decided);
        decided
    }

    fn has_fired(decided: &Decided) -> bool {
        decided.has(|_| true)
    }

    /// Goal: in a thousand runs, each of fifty requests at once, a rule that fires once fires once.
    #[test]
    fn once_is_once_in_a_thousand_runs_of_fifty_requests_at_once() {
        let then = json!([{"fault": "discovery.issuer_mismatch.suffix"}]);
        let once = rule(&json!({"when": {"times": 1}, "then": then}));
        let faults = Mutex::new(Faults::default());
        let fired = Mutex::new(0);
        let gate = Barrier::new(50);
        std::thread::scope(|scope| {
            for number in 0..50 {
                let (faults, fired, gate, once) = (&faults, &fired, &gate, &once);
                scope.spawn(move || {
                    for run in 0..1_000 {
                        if number == 0 {
                            let armed = faults.lock().replace(vec![once.clone()], NOON);
                            assert_eq!(armed, Ok(()));
                        }
                        gate.wait();
                        if has_fired(&decide(&mut faults.lock(), run * 50 + number)) {
                            *fired.lock() += 1;
                        }
                        gate.wait();
                        assert_eq!(*fired.lock(), run + 1, "run {run}");
                        gate.wait();
                    }
                });
            }
        });
        assert_eq!(*fired.lock(), 1_000);
    }

    #[test]
    fn a_rule_read_again_keeps_its_counters_if_it_says_the_same_under_its_name() {
        let written = |name: &str, times: u32| {
            rule(&json!({"name": name, "when": {"times": times},
                "then": [{"fault": "discovery.issuer_mismatch.suffix"}]}))
        };
        let mut former = Faults::of(&[written("same", 5), written("other", 5)], NOON);
        decide(&mut former, 1);
        decide(&mut former, 2);
        let mut anew = Faults::of(&[written("other", 6), written("same", 5)], NOON);
        anew.keep_counters_of(&former);
        let counts: Vec<_> = (anew.rules().iter())
            .map(|armed| (armed.matched, armed.request_ids.len()))
            .collect();
        assert_eq!(counts[0], (0, 0), "it says something else");
        assert_eq!(counts[1].0, 2);
    }

    #[test]
    fn a_rule_s_life_ends_in_real_time() {
        let then = json!([{"fault": "discovery.issuer_mismatch.suffix"}]);
        let rule = rule(&json!({"when": {"ttl": "30s"}, "then": then}));
        for (age, fires) in [(0, true), (29, true), (30, false), (3600, false)] {
            let since = NOON.plus(time::Duration::seconds(-age));
            let mut faults = Faults::default();
            faults.arm(rule.clone(), since).unwrap();
            assert_eq!(has_fired(&decide(&mut faults, 1)), fires, "{age}");
        }
    }

    #[test]
    fn rules_and_what_they_remember_have_a_limit() {
        let then = json!([{"fault": "discovery.issuer_mismatch.suffix"}]);
        let rule = rule(&json!({"when": "always", "then": then}));
        let mut faults = Faults::default();
        faults.arm(rule.clone(), NOON).unwrap();
        for number in 0..1_500 {
            decide(&mut faults, number);
        }
        let armed = &faults.rules()[0];
        assert_eq!(
            (armed.fired, armed.request_ids.len()),
            (1_500, REQUEST_IDS_MAX)
        );
        assert_eq!(armed.request_ids.last(), Some(&RequestId::new(1_499)));
        for _ in 1..RULES_MAX {
            faults.arm(rule.clone(), NOON).unwrap();
        }
        assert_eq!(faults.arm(rule.clone(), NOON), Err(TooManyRules));
        let many = vec![rule; RULES_MAX + 1];
        assert_eq!(faults.replace(many, NOON), Err(TooManyRules));
        assert_eq!(faults.rules().len(), RULES_MAX);
    }

    /// Goal: a rule has fired once on a call, whatever of it did nothing, so one firing goes back.
    #[test]
    fn what_did_nothing_is_given_back_once_for_each_rule() {
        let mut faults = Faults::default();
        for fault in ["http.date_skew", "http.interaction_id.not_echoed"] {
            let held = json!({"when": {"hold": true}, "then": [{"fault": fault}]});
            faults.arm(rule(&held), NOON).unwrap();
        }
        for number in 1..=2 {
            let decided = decide(&mut faults, number);
            if number == 2 {
                let account = decided.finish();
                assert_eq!(account.notes.len(), 4);
                assert_eq!(account.to_give_back, [1, 2].map(FaultRuleId::new));
                for rule in account.to_give_back {
                    faults.give_back(rule, RequestId::new(number));
                }
            }
        }
        assert!(faults.rules().iter().all(|armed| armed.fired == 1));
    }
}
