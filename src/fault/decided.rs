//! What was decided for one call: the faults that fired, until somebody performs them.
//!
//! A fault that nobody performed by the end of the call (an ID token with a wrong nonce where the customer
//! said no) did not fire after all: [`Decided::finish`] names its rule, which gets its firing back.

use crate::clock::Timestamp;
use crate::id::FaultRuleId;
use crate::wire::reply::Reply;

use super::Twist;
use super::armed::Armed;
use super::catalogue::{Acts, Chance, Given, OfConnection};
use super::condition::Phase;
use super::rule::Act;

/// What was decided for one call. Empty, and without any memory of its own, where nothing is armed.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// Oldest rule first; a fault of the header last.
    fired: Vec<Fired>,
    held_back: Vec<HeldBack>,
    matched: Vec<FaultRuleId>,
    holds: Vec<Hold>,
    /// Those of the holds that the call came to.
    held: Vec<FaultRuleId>,
}

/// A fault that fired.
#[derive(Debug)]
pub(crate) struct Fired {
    /// Its rule; none of the header.
    pub(crate) rule: Option<FaultRuleId>,
    /// The fault.
    pub(crate) act: Act,
    /// When it acts.
    pub(crate) phase: Phase,
    is_performed: bool,
}

/// A rule that matched and did not fire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HeldBack {
    /// Its name, or its id.
    pub(crate) rule: Box<str>,
    /// Why.
    pub(crate) why: Box<str>,
}

/// A rule that has a request wait until it is released.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Hold {
    /// The rule.
    pub(crate) rule: FaultRuleId,
    /// Before or after the effect of the call.
    pub(crate) phase: Phase,
}

/// What became of a call's faults.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The ids of faults that were performed.
    pub(crate) performed: Vec<&'static str>,
    /// The ids of those whom the request's own header named.
    pub(crate) of_header: Vec<&'static str>,
    /// Rules that matched and did nothing, and why.
    pub(crate) held_back: Vec<HeldBack>,
    /// Rules that get their firing back.
    pub(crate) to_give_back: Vec<FaultRuleId>,
}

impl Fired {
    /// A fault that fires.
    pub(super) const fn new(rule: Option<FaultRuleId>, act: Act, phase: Phase) -> Self {
        Self {
            rule,
            act,
            phase,
            is_performed: false,
        }
    }

    /// Changes a reply, if it is of replies and finds what it acts on.
    fn change(&mut self, reply: &mut Reply, by: (Timestamp, Chance)) {
        if let Acts::Reply(run) = self.act.entry.acts {
            let given = Given::new(self.act.entry, &self.act.arguments, by);
            self.is_performed = run(reply, &given);
        }
    }

    fn stands_in(&self, phase: Phase) -> bool {
        let is_of_reply = matches!(self.act.entry.acts, Acts::Reply(_));
        is_of_reply && self.act.is_exclusive() && self.phase == phase
    }
}

impl HeldBack {
    /// Of this rule, for that reason.
    pub(super) fn of(armed: &Armed, why: impl Into<Box<str>>) -> Self {
        Self {
            rule: armed.label().into(),
            why: why.into(),
        }
    }
}

impl Decided {
    /// Adds a fault that the request's own header names.
    pub(crate) fn ask(&mut self, act: Act) {
        let phase = act.phase(None);
        self.fired.push(Fired::new(None, act, phase));
    }

    /// Has the domain perform what `wanted` picks, oldest first; whoever takes it does it.
    pub(crate) fn take<T>(&mut self, wanted: impl Fn(&Twist) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        for fired in self.fired.iter_mut().filter(|fired| !fired.is_performed) {
            let Acts::Twist(make) = fired.act.entry.acts else {
                continue;
            };
            if let Some(twist) = wanted(&make(&fired.act.arguments)) {
                fired.is_performed = true;
                taken.push(twist);
            }
        }
        taken
    }

    /// Whether there is something to perform that `wanted` picks.
    pub(crate) fn has(&self, wanted: impl Fn(&Twist) -> bool) -> bool {
        let mut open = self.fired.iter().filter(|fired| !fired.is_performed);
        open.any(|fired| match fired.act.entry.acts {
            Acts::Twist(make) => wanted(&make(&fired.act.arguments)),
            Acts::Connection(_) | Acts::Reply(_) => false,
        })
    }

    /// Whether an exclusive fault of the reply stands in for the answer in this phase.
    pub(crate) fn stands_in(&self, phase: Phase) -> bool {
        self.fired.iter().any(|fired| fired.stands_in(phase))
    }

    /// The answer that such a fault makes of a reply; without one, the reply.
    pub(crate) fn replace(
        &mut self,
        phase: Phase,
        mut reply: Reply,
        by: (Timestamp, Chance),
    ) -> Reply {
        let fired = self.fired.iter_mut().find(|fired| fired.stands_in(phase));
        if let Some(fired) = fired {
            fired.change(&mut reply, by);
        }
        reply
    }

    /// The finished reply with what modifiers make of it, oldest first.
    pub(crate) fn edit(&mut self, mut reply: Reply, by: (Timestamp, Chance)) -> Reply {
        for fired in &mut self.fired {
            if !fired.act.is_exclusive() {
                fired.change(&mut reply, by);
            }
        }
        reply
    }

    /// What is wrong with a connection, and the fault's id, when anything is.
    pub(crate) fn of_connection(&mut self) -> Option<(&'static str, OfConnection)> {
        self.fired.iter_mut().find_map(|fired| {
            let Acts::Connection(make) = fired.act.entry.acts else {
                return None;
            };
            fired.is_performed = true;
            Some((fired.act.entry.id, make(&fired.act.arguments)))
        })
    }

    /// The rules that have the call wait, oldest first.
    pub(crate) fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The call came to where this rule holds it.
    pub(crate) fn note_held(&mut self, rule: FaultRuleId) {
        self.held.push(rule);
    }

    /// Whether nothing matched, and nothing was asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.fired.is_empty() && self.matched.is_empty()
    }

    /// What became of it all.
    pub(crate) fn finish(self) -> Account {
        let mut account = Account {
            held_back: self.held_back,
            ..Account::default()
        };
        let performed = self.fired.iter().filter(|fired| fired.is_performed);
        let spent: Vec<_> = performed
            .filter_map(|fired| fired.rule)
            .chain(self.held.iter().copied())
            .collect();
        let mut give_back = |rule: FaultRuleId| {
            if !spent.contains(&rule) && !account.to_give_back.contains(&rule) {
                account.to_give_back.push(rule);
            }
        };
        for hold in &self.holds {
            if !self.held.contains(&hold.rule) {
                account.held_back.push(HeldBack {
                    rule: hold.rule.to_string().into(),
                    why: NOWHERE_TO_HOLD.into(),
                });
                give_back(hold.rule);
            }
        }
        for fired in &self.fired {
            let id = fired.act.entry.id;
            if fired.is_performed {
                account.performed.push(id);
                if fired.rule.is_none() {
                    account.of_header.push(id);
                }
                continue;
            }
            account.held_back.push(HeldBack {
                rule: id.into(),
                why: NOTHING_TO_BREAK.into(),
            });
            if let Some(rule) = fired.rule {
                give_back(rule);
            }
        }
        account
    }

    pub(super) fn has_matched(&self, rule: FaultRuleId) -> bool {
        self.matched.contains(&rule)
    }

    pub(super) fn note_match(&mut self, rule: FaultRuleId) {
        self.matched.push(rule);
    }

    pub(super) fn hold_back(&mut self, held_back: HeldBack) {
        self.held_back.push(held_back);
    }

    /// Why an act of a rule cannot fire beside those that did. They are of newer rules, or of older ones that
    /// were decided before this one could be.
    pub(super) fn in_the_way_of(&self, act: &Act, rule: FaultRuleId) -> Option<String> {
        let mut others = self.fired.iter();
        let other = if act.is_exclusive() {
            others.find(|fired| fired.act.is_exclusive())
        } else {
            let edits = act.edits()?;
            others.find(|fired| fired.act.edits() == Some(edits))
        }?;
        let id = other.act.entry.id;
        let first = match other.rule {
            Some(older) if older < rule => "the one that was decided first",
            _ => "the newest rule's",
        };
        Some(if act.is_exclusive() {
            format!("one fault answers, {first}, and that is {id}")
        } else {
            format!("of two that change one thing {first} does, and that is {id}")
        })
    }

    pub(super) fn fire(&mut self, armed: &Armed, acts: Vec<Act>) {
        if armed.rule.when.hold {
            let phase = armed.rule.when.phase.unwrap_or(Phase::Before);
            let rule = armed.id;
            self.holds.push(Hold { rule, phase });
        }
        let fired = acts.into_iter().map(|act| Fired::by(armed, act));
        self.fired.extend(fired);
    }

    /// Oldest rule first again; the header's fault is the newest of all.
    pub(super) fn sort(&mut self) {
        let age = |fired: &Fired| fired.rule.map_or(u64::MAX, FaultRuleId::number);
        self.fired.sort_by_key(age);
        self.holds.sort_by_key(|hold| hold.rule);
    }
}

/// Why a fault that was decided did nothing.
const NOTHING_TO_BREAK: &str = "the call came to no point where it could act";

/// Why a rule that holds calls did not.
const NOWHERE_TO_HOLD: &str = "the call came to no point where it could be held";
