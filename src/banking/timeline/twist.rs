//! Timelines of payments that go wrong on purpose.

use time::Duration;

use super::named::{because, step};
use super::{Delay, Step, Timeline};
use crate::banking::payment::{Reason, StatusCode};

/// What goes wrong with one payment, whatever timeline it would have had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Twist {
    /// It is rejected for this reason, so long after it was received.
    Rejected {
        /// Why.
        reason: Reason,
        /// How long after.
        after: Duration,
    },
    /// It goes as usual as far as this status, and no further.
    Stuck(StatusCode),
}

impl Twist {
    /// What the payment goes through.
    pub(in crate::banking) fn timeline(self) -> Timeline {
        let steps = match self {
            Self::Rejected { reason, after } => vec![Step {
                after: Delay::For(after),
                ..because(StatusCode::Rjct, 0, reason)
            }],
            Self::Stuck(status) => (way_to(status).into_iter())
                .map(|status| step(status, STEP_SECONDS))
                .collect(),
        };
        Timeline {
            name: TWISTED.to_owned(),
            steps,
        }
    }
}

/// The shortest legal way from receipt to a status; no way goes through a failure, which is an end.
fn way_to(status: StatusCode) -> Vec<StatusCode> {
    let mut ways = vec![vec![StatusCode::Rcvd]];
    // The machine has no circles, so the ways end by themselves.
    while !ways.is_empty() {
        if let Some(found) = ways.iter().find(|way| way.last() == Some(&status)) {
            return found.get(1..).unwrap_or_default().to_vec();
        }
        let longer = ways.iter().flat_map(|way| {
            let last = way.last().copied().unwrap_or(StatusCode::Rcvd);
            let next = last.next().iter();
            next.map(move |next| [way.as_slice(), &[*next]].concat())
        });
        ways = longer.collect();
    }
    Vec::new()
}

/// As long as the usual timeline takes for a step.
const STEP_SECONDS: i64 = 5;
/// No rule can choose it, so no other has its name.
const TWISTED: &str = "on purpose";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn a_payment_is_stuck_where_it_was_told_and_came_there_legally() {
        for status in StatusCode::ALL {
            let timeline = Twist::Stuck(status).timeline();
            assert_eq!(timeline.first_illegal_step(), None, "{status:?}");
            let last = timeline.steps.last().map(|step| step.status);
            match status {
                // It is there already, and nothing leads to a cancelled one.
                StatusCode::Rcvd | StatusCode::Canc => assert_eq!(last, None),
                _ => assert_eq!(last, Some(status)),
            }
        }
        let timeline = Twist::Stuck(StatusCode::Acwp).timeline();
        let way: Vec<_> = timeline.steps.iter().map(|step| step.status).collect();
        assert_eq!(way, [StatusCode::Acsp, StatusCode::Acsc, StatusCode::Acwp]);
    }

    #[test]
    fn a_payment_is_rejected_when_and_why_it_was_told() {
        let now = Timestamp::from_unix_seconds(0);
        for reason in Reason::ALL {
            let twist = Twist::Rejected {
                reason,
                after: Duration::milliseconds(1500),
            };
            let timeline = twist.timeline();
            assert_eq!(timeline.first_illegal_step(), None);
            let planned = timeline.plan(now);
            assert_eq!(planned.len(), 1);
            assert_eq!(planned[0].at, now.plus(Duration::milliseconds(1500)));
            assert_eq!(planned[0].status, StatusCode::Rjct);
            assert_eq!(planned[0].reason, Some(reason));
        }
    }
}
