//! What was decided for one call: the faults that fired, until somebody performs them.
//!
//! A fault that nobody performed by the end of the call (an ID token with a wrong nonce where the customer
//! said no) did not fire after all: [`Decided::finish`] names its rule, which gets its firing back.

use crate::clock::Timestamp;
use crate::id::FaultRuleId;
use crate::wire::disturbance::Disturbance;
use crate::wire::reply::Reply;

use super::Twist;
use super::armed::Armed;
use super::catalogue::{Acts, Chance, Given, Leaves, OfConnection};
use super::condition::Phase;
use super::note::{Note, Whose};
use super::rule::Act;

/// What was decided for one call. Empty, and without any memory of its own, where nothing is armed.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// Oldest rule first; a fault of the header last.
    fired: Vec<Fired>,
    held_back: Vec<Note>,
    matched: Vec<FaultRuleId>,
    holds: Vec<Hold>,
    /// Those of the holds that the call came to.
    held: Vec<FaultRuleId>,
}

/// A fault that fired.
#[derive(Debug)]
pub(crate) struct Fired {
    whose: Whose,
    /// The fault.
    pub(crate) act: Act,
    /// When it acts.
    pub(crate) phase: Phase,
    outcome: Outcome,
}

/// What became of a fault that fired.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    /// Nothing yet.
    Open,
    /// It was done.
    Performed,
    /// It was done to an answer that nobody saw: another fault stood in for it, or ended it.
    Unseen,
}

/// A rule that has a request wait until it is released.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Hold {
    /// The rule.
    pub(crate) rule: FaultRuleId,
    name: Option<Box<str>>,
    /// Before or after the effect of the call.
    pub(crate) phase: Phase,
}

/// What became of a call's faults.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// What fired, and behind it what matched and did nothing, with why.
    pub(crate) notes: Vec<Note>,
    /// The ids of those whom the request's own header named.
    pub(crate) of_header: Vec<&'static str>,
    /// Rules that get their firing back.
    pub(crate) to_give_back: Vec<FaultRuleId>,
}

impl Fired {
    /// A fault that fires.
    pub(super) const fn new(whose: Whose, act: Act, phase: Phase) -> Self {
        Self {
            whose,
            act,
            phase,
            outcome: Outcome::Open,
        }
    }

    /// Changes a reply, if it is of replies and finds what it acts on.
    fn change(&mut self, reply: &mut Reply, by: (Timestamp, Chance)) {
        if let Acts::Reply(run) = self.act.entry.acts {
            let given = Given::new(self.act.entry, &self.act.arguments, by);
            if run(reply, &given) {
                self.outcome = Outcome::Performed;
            }
        }
    }

    /// Has an answer that nobody will see wait, if that is what it does; all else finds nothing to act on.
    fn delay(&mut self, reply: &mut Reply, by: (Timestamp, Chance)) {
        let mut unseen = Reply::empty(reply.status);
        self.change(&mut unseen, by);
        unseen.disturbances.retain(Disturbance::is_wait);
        if unseen.disturbances.is_empty() && self.outcome == Outcome::Performed {
            self.outcome = Outcome::Unseen;
        }
        reply.disturbances.append(&mut unseen.disturbances);
    }

    const fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::Open)
    }

    fn stands_in(&self, phase: Phase) -> bool {
        let is_of_reply = matches!(self.act.entry.acts, Acts::Reply(_));
        is_of_reply && self.act.is_exclusive() && self.phase == phase
    }
}

impl Hold {
    fn whose(&self) -> Whose {
        Whose {
            rule: Some(self.rule),
            name: self.name.clone(),
        }
    }
}

impl Decided {
    /// Adds a fault that the request's own header names.
    pub(crate) fn ask(&mut self, act: Act) {
        let phase = act.phase(None);
        self.fired.push(Fired::new(Whose::default(), act, phase));
    }

    /// Has the domain perform what `wanted` picks, oldest first; whoever takes it does it.
    pub(crate) fn take<T>(&mut self, wanted: impl Fn(&Twist) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        for fired in self.fired.iter_mut().filter(|fired| fired.is_open()) {
            let Acts::Twist(make) = fired.act.entry.acts else {
                continue;
            };
            if let Some(twist) = wanted(&make(&fired.act.arguments)) {
                fired.outcome = Outcome::Performed;
                taken.push(twist);
            }
        }
        taken
    }

    /// Whether there is something to perform that `wanted` picks.
    pub(crate) fn has(&self, wanted: impl Fn(&Twist) -> bool) -> bool {
        let mut open = self.fired.iter().filter(|fired| fired.is_open());
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
            if fired.outcome == Outcome::Performed {
                self.lose_twists();
            }
        }
        reply
    }

    /// The answer that was twisted is not the one that is sent. What a twist did to the bank itself is done.
    fn lose_twists(&mut self) {
        for fired in &mut self.fired {
            let is_twist = matches!(fired.act.entry.acts, Acts::Twist(_));
            let is_done = fired.outcome == Outcome::Performed;
            if is_twist && is_done && fired.act.entry.leaves == Leaves::Nothing {
                fired.outcome = Outcome::Unseen;
            }
        }
    }

    /// The finished reply with what modifiers make of it, oldest first. Of an answer that never comes nothing but
    /// the wait before it can be told.
    pub(crate) fn edit(&mut self, mut reply: Reply, by: (Timestamp, Chance)) -> Reply {
        let mut disturbances = reply.disturbances.iter();
        let is_swallowed = disturbances.any(Disturbance::swallows_answer);
        let modifiers = (self.fired.iter_mut()).filter(|fired| !fired.act.is_exclusive());
        for fired in modifiers {
            if is_swallowed {
                fired.delay(&mut reply, by);
            } else {
                fired.change(&mut reply, by);
            }
        }
        reply
    }

    /// What is wrong with a connection, when anything is.
    pub(crate) fn of_connection(&self) -> Option<(Note, OfConnection)> {
        self.fired.iter().find_map(|fired| {
            let Acts::Connection(make) = fired.act.entry.acts else {
                return None;
            };
            let note = Note::act((fired.whose.clone(), &fired.act), None);
            Some((note, make(&fired.act.arguments)))
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
        let mut account = Account::default();
        let mut idle: Vec<Note> = Vec::new();
        let mut note = |is_done: bool, note: Note| {
            let list = if is_done {
                &mut account.notes
            } else {
                &mut idle
            };
            list.push(note);
        };
        for hold in &self.holds {
            let is_done = self.held.contains(&hold.rule);
            let why = (!is_done).then_some(NOWHERE_TO_HOLD);
            note(is_done, Note::hold(hold.whose(), why));
        }
        for fired in &self.fired {
            let why = match fired.outcome {
                Outcome::Open => Some(NOTHING_TO_BREAK),
                Outcome::Performed => None,
                Outcome::Unseen => Some(NOBODY_TO_SEE),
            };
            let whose = fired.whose.clone();
            note(why.is_none(), Note::act((whose, &fired.act), why));
        }
        let rules = |notes: &[Note]| -> Vec<_> {
            let rules = notes.iter().filter_map(|note| note.whose.rule);
            rules.collect()
        };
        let (spent, mut unspent) = (rules(&account.notes), rules(&idle));
        unspent.retain(|rule| !spent.contains(rule));
        unspent.sort_unstable();
        unspent.dedup();
        account.to_give_back = unspent;
        let of_header = self
            .fired
            .iter()
            .filter(|fired| fired.whose.rule.is_none() && fired.outcome == Outcome::Performed);
        account.of_header = of_header.map(|fired| fired.act.entry.id).collect();
        account.notes.extend(self.held_back);
        account.notes.append(&mut idle);
        account
    }

    pub(super) fn has_matched(&self, rule: FaultRuleId) -> bool {
        self.matched.contains(&rule)
    }

    pub(super) fn note_match(&mut self, rule: FaultRuleId) {
        self.matched.push(rule);
    }

    pub(super) fn hold_back(&mut self, held_back: Note) {
        self.held_back.push(held_back);
    }

    /// Why an act of a rule cannot fire beside those that did. They are of newer rules, or of older ones that
    /// were decided before this one could be.
    pub(super) fn in_the_way_of(&self, act: &Act, rule: FaultRuleId) -> Option<String> {
        let mut others = self.fired.iter();
        let other = others.find(|fired| act.is_in_the_way_of(&fired.act))?;
        let first = match other.whose.rule {
            Some(older) if older < rule => "the one that was decided first",
            Some(_) => "the newest rule's",
            None => "the request's own",
        };
        let id = format!("{} of {}", other.act.entry.id, other.whose.label());
        Some(if act.is_exclusive() {
            format!("one fault answers, {first}, and that is {id}")
        } else {
            format!("of two that change one thing {first} does, and that is {id}")
        })
    }

    pub(super) fn fire(&mut self, armed: &Armed, acts: Vec<Act>) {
        if armed.rule.when.hold {
            let phase = armed.rule.when.phase.unwrap_or(Phase::Before);
            let (rule, name) = (armed.id, armed.rule.name.clone());
            self.holds.push(Hold { rule, name, phase });
        }
        let fired = acts.into_iter().map(|act| Fired::by(armed, act));
        self.fired.extend(fired);
    }

    /// Oldest rule first again; the header's fault is the newest of all.
    pub(super) fn sort(&mut self) {
        let age = |fired: &Fired| fired.whose.rule.map_or(u64::MAX, FaultRuleId::number);
        self.fired.sort_by_key(age);
        self.holds.sort_by_key(|hold| hold.rule);
    }
}

/// Why a fault that was decided did nothing.
const NOTHING_TO_BREAK: &str = "the call came to no point where it could act";

/// Why a rule that holds calls did not.
const NOWHERE_TO_HOLD: &str = "the call came to no point where it could be held";

/// Why a fault that was done did not count.
const NOBODY_TO_SEE: &str = "another fault took the place of the answer, or ended it";
