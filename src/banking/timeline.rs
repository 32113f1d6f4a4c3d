//! Timelines: through which statuses a payment goes, how long each step takes, and why it fails.
//!
//! The bank knows the named timelines of [`BUILT_IN`]; a scenario may write its own, and rules that choose
//! one for a payment. Of several rules that fit, the newest wins; where none fits, it is [`USUAL`].

mod named;
mod twist;

use std::sync::Arc;

use time::Duration;

use super::london;
use super::payment::{Order, Reason, StatusCode};
use super::rail::{PaymentType, Rail};
use crate::clock::Timestamp;
use crate::id::{AccountId, ClientId, CustomerId};
use crate::money::Amount;

pub(crate) use self::named::{BUILT_IN, USUAL};
pub(crate) use self::twist::Twist;

/// A named sequence of steps after RCVD.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Timeline {
    /// What rules call it.
    pub(crate) name: String,
    /// What happens, in order; nothing when the payment never moves.
    pub(crate) steps: Vec<Step>,
}

/// One step of a timeline.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Step {
    /// Where the payment goes.
    pub(crate) status: StatusCode,
    /// How long after the step before.
    pub(crate) after: Delay,
    /// Why, of failures and of holds.
    pub(crate) reason: Option<Reason>,
}

/// How long a step takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Delay {
    /// So long.
    For(Duration),
    /// Until the bank opens on its next working day.
    NextWorkingDay,
}

/// A step with its moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Planned {
    /// When.
    pub(crate) at: Timestamp,
    /// Where the payment goes.
    pub(crate) status: StatusCode,
    /// Why.
    pub(crate) reason: Option<Reason>,
}

impl Timeline {
    /// The timeline of this name that every bank knows.
    #[must_use]
    pub(crate) fn built_in(name: &str) -> Option<Self> {
        let (name, steps) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Some(Self {
            name: (*name).to_owned(),
            steps: steps.to_vec(),
        })
    }

    /// The first step that the status machine does not allow, by its index.
    #[must_use]
    pub(crate) fn first_illegal_step(&self) -> Option<usize> {
        let mut status = StatusCode::Rcvd;
        for (index, step) in self.steps.iter().enumerate() {
            if !status.may_become(step.status) {
                return Some(index);
            }
            status = step.status;
        }
        None
    }

    /// The steps with their moments, of a payment that sets out at `starts_at`.
    #[must_use]
    pub(crate) fn plan(&self, starts_at: Timestamp) -> Vec<Planned> {
        let mut at = starts_at;
        let planned = self.steps.iter().map(|step| {
            at = match step.after {
                Delay::For(duration) => at.plus(duration),
                Delay::NextWorkingDay => london::next_opening(at),
            };
            Planned {
                at,
                status: step.status,
                reason: step.reason,
            }
        });
        planned.collect()
    }

    /// The same for a payment that missed its scheme's cut-off: it is held until the scheme opens.
    #[must_use]
    pub(crate) fn plan_held(&self, created_at: Timestamp, opens_at: Timestamp) -> Vec<Planned> {
        let mut planned = self.plan(opens_at);
        let follows_a_hold = |first: &Planned| StatusCode::Actc.may_become(first.status);
        if planned.first().is_some_and(follows_a_hold) {
            let hold = |at, status, reason| Planned { at, status, reason };
            let held = [
                hold(created_at, StatusCode::Pdng, Some(Reason::CutOffMissed)),
                hold(opens_at, StatusCode::Actc, None),
            ];
            planned.splice(0..0, held);
        }
        planned
    }
}

/// Which timeline a payment follows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Timelines {
    rules: Vec<TimelineRule>,
}

/// A rule that chooses a timeline.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TimelineRule {
    /// Which payments it is for.
    pub(crate) when: PaymentMatch,
    /// What they go through.
    pub(crate) play: Arc<Timeline>,
    /// How many payments it fitted so far.
    pub(crate) matched: u32,
}

/// What a payment must be like for a rule to fit; what is `None` is not asked.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct PaymentMatch {
    pub(crate) client_id: Option<ClientId>,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) payment_type: Option<PaymentType>,
    pub(crate) local_instrument: Option<Rail>,
    /// The creditor account's identification, as instructed.
    pub(crate) creditor_account: Option<String>,
    /// The account that pays.
    pub(crate) debtor_account: Option<AccountId>,
    /// A part of the remittance reference.
    pub(crate) reference: Option<String>,
    /// Exactly so much, in the instruction's currency, whatever that is.
    pub(crate) amount: Option<String>,
    /// Strictly more, in the same.
    pub(crate) amount_over: Option<String>,
    /// Only the n-th payment that fits otherwise.
    pub(crate) nth: Option<u32>,
    /// Only the first so many.
    pub(crate) times: Option<u32>,
}

/// What rules look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    /// Who sent it.
    pub(crate) client_id: &'a ClientId,
    /// Who authorized it.
    pub(crate) customer: CustomerId,
    /// What pays.
    pub(crate) debtor: AccountId,
    /// What is to be done.
    pub(crate) order: &'a Order,
}

impl Timelines {
    /// Those of a scenario, in the order written.
    #[must_use]
    pub(crate) const fn new(rules: Vec<TimelineRule>) -> Self {
        Self { rules }
    }

    /// The timeline of a payment; counts the matches of every rule that fits.
    pub(crate) fn choose(&mut self, candidate: &Candidate<'_>) -> Arc<Timeline> {
        let mut chosen = None;
        for rule in self.rules.iter_mut().rev() {
            if !rule.when.fits(candidate) {
                continue;
            }
            rule.matched = rule.matched.saturating_add(1);
            let nth_holds = rule.when.nth.is_none_or(|nth| nth == rule.matched);
            let times_hold = rule.when.times.is_none_or(|times| rule.matched <= times);
            if chosen.is_none() && nth_holds && times_hold {
                chosen = Some(Arc::clone(&rule.play));
            }
        }
        chosen.unwrap_or_else(|| {
            Arc::new(Timeline {
                name: USUAL.to_owned(),
                steps: named::USUAL_STEPS.to_vec(),
            })
        })
    }
}

impl PaymentMatch {
    fn fits(&self, candidate: &Candidate<'_>) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        let order = candidate.order;
        let Amount {
            minor_units,
            currency,
        } = order.instructed;
        let in_minor_units = |text: &String| Amount::parse(text, currency).map(|it| it.minor_units);
        let (_, creditor) = &order.creditor.account;
        is(self.client_id.as_ref(), candidate.client_id)
            && is(self.customer.as_ref(), &candidate.customer)
            && is(self.debtor_account.as_ref(), &candidate.debtor)
            && is(self.payment_type.as_ref(), &order.payment_type)
            && is(self.local_instrument.as_ref(), &order.rail)
            && is(self.creditor_account.as_ref(), creditor)
            && (self.reference.as_ref()).is_none_or(|part| {
                (order.reference.as_ref()).is_some_and(|reference| reference.contains(part))
            })
            && (self.amount.as_ref().map(in_minor_units))
                .is_none_or(|exactly| exactly == Ok(minor_units))
            && (self.amount_over.as_ref().map(in_minor_units))
                .is_none_or(|over| over.is_ok_and(|over| minor_units > over))
    }
}

#[cfg(test)]
mod tests {
    use super::named::step;
    use super::*;
    use crate::money::Currency;

    #[test]
    fn every_built_in_timeline_is_legal_and_says_why_it_fails() {
        for (name, steps) in BUILT_IN {
            let timeline = Timeline::built_in(name).unwrap();
            assert_eq!(timeline.first_illegal_step(), None, "{name}");
            for step in *steps {
                let is_reasoned = !step.status.is_failure() || step.reason.is_some();
                assert!(is_reasoned, "{name} {:?}", step.status);
            }
        }
        assert_eq!(Timeline::built_in("no-such"), None);
    }

    #[test]
    fn a_timeline_the_machine_does_not_allow_is_found_out() {
        for (steps, index) in [
            (vec![step(StatusCode::Acsc, 0)], Some(0)),
            (vec![step(StatusCode::Rcvd, 0)], Some(0)),
            (
                vec![step(StatusCode::Acsp, 0), step(StatusCode::Pdng, 0)],
                Some(1),
            ),
            (
                vec![step(StatusCode::Rjct, 0), step(StatusCode::Acsp, 0)],
                Some(1),
            ),
            (Vec::new(), None),
        ] {
            let timeline = Timeline {
                name: "own".to_owned(),
                steps,
            };
            assert_eq!(timeline.first_illegal_step(), index);
        }
    }

    fn order() -> Order {
        Order {
            reference: Some("HOLD ME".to_owned()),
            ..Order::sample(Rail::Fps, Amount::new(10_000, Currency::Gbp))
        }
    }

    fn rule(name: &str, when: PaymentMatch) -> TimelineRule {
        TimelineRule {
            when,
            play: Arc::new(Timeline {
                name: name.to_owned(),
                steps: Vec::new(),
            }),
            matched: 0,
        }
    }

    fn chosen(timelines: &mut Timelines) -> String {
        let order = order();
        let candidate = Candidate {
            client_id: &ClientId::new("acorn-budget"),
            customer: CustomerId::new(1),
            debtor: AccountId::new(1),
            order: &order,
        };
        timelines.choose(&candidate).name.clone()
    }

    /// A condition, and whether [`order`] meets it.
    type Condition = (fn(&mut PaymentMatch), bool);

    const CONDITIONS: [Condition; 18] = [
        (|_| (), true),
        (
            |when| when.client_id = Some(ClientId::new("acorn-budget")),
            true,
        ),
        (
            |when| when.client_id = Some(ClientId::new("burrow-pay")),
            false,
        ),
        (|when| when.customer = Some(CustomerId::new(1)), true),
        (|when| when.customer = Some(CustomerId::new(2)), false),
        (
            |when| when.payment_type = Some(PaymentType::International),
            false,
        ),
        (|when| when.local_instrument = Some(Rail::Fps), true),
        (|when| when.local_instrument = Some(Rail::Bacs), false),
        (
            |when| when.creditor_account = Some(text("202015-55555555")),
            true,
        ),
        (
            |when| when.creditor_account = Some(text("202015-55555556")),
            false,
        ),
        (|when| when.debtor_account = Some(AccountId::new(2)), false),
        (|when| when.reference = Some(text("HOLD")), true),
        (|when| when.reference = Some(text("hold")), false),
        (|when| when.amount = Some(text("100")), true),
        (|when| when.amount = Some(text("100.01")), false),
        (|when| when.amount = Some(text("100.001")), false),
        (|when| when.amount_over = Some(text("99.99")), true),
        (|when| when.amount_over = Some(text("100.00")), false),
    ];

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn each_condition_of_a_rule_must_hold() {
        for (set, fits) in CONDITIONS {
            let mut when = PaymentMatch::default();
            set(&mut when);
            let told = format!("{when:?}");
            let expected = if fits { "own" } else { USUAL };
            let mut timelines = Timelines::new(vec![rule("own", when)]);
            assert_eq!(chosen(&mut timelines), expected, "{told}");
        }
    }

    #[test]
    fn the_newest_rule_wins_and_counts_decide() {
        let nth = PaymentMatch {
            nth: Some(2),
            ..PaymentMatch::default()
        };
        let times = PaymentMatch {
            times: Some(3),
            ..PaymentMatch::default()
        };
        let mut timelines = Timelines::new(vec![
            rule("oldest", PaymentMatch::default()),
            rule("first-three", times),
            rule("second-only", nth),
        ]);
        let played: Vec<_> = (0..5).map(|_| chosen(&mut timelines)).collect();
        assert_eq!(
            played,
            [
                "first-three",
                "second-only",
                "first-three",
                "oldest",
                "oldest"
            ]
        );
    }
}
