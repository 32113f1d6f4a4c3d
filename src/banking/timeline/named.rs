//! The timelines that every bank knows by name, as the stories that users of sandboxes ask for.

use time::Duration;

use super::{Delay, Step};
use crate::banking::payment::{Reason, StatusCode};

pub(super) const fn step(status: StatusCode, seconds: i64) -> Step {
    Step {
        status,
        after: Delay::For(Duration::seconds(seconds)),
        reason: None,
    }
}

pub(super) const fn because(status: StatusCode, seconds: i64, reason: Reason) -> Step {
    Step {
        status,
        after: Delay::For(Duration::seconds(seconds)),
        reason: Some(reason),
    }
}

const fn on_next_working_day(status: StatusCode) -> Step {
    Step {
        status,
        after: Delay::NextWorkingDay,
        reason: None,
    }
}

/// The timeline of a payment that no rule is for.
pub(crate) const USUAL: &str = "usual";

pub(super) const USUAL_STEPS: &[Step] = &[
    step(StatusCode::Acsp, 5),
    step(StatusCode::Acsc, 5),
    step(StatusCode::Accc, 2),
];

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// The timelines that every bank knows.
pub(crate) static BUILT_IN: &[(&str, &[Step])] = {
    use Reason as R;
    use StatusCode as S;
    &[
        (USUAL, USUAL_STEPS),
        (
            "instant-success",
            &[step(S::Acsp, 0), step(S::Acsc, 0), step(S::Accc, 0)],
        ),
        (
            "slow-success",
            &[
                step(S::Actc, 30),
                step(S::Accp, 30),
                step(S::Acfc, 30),
                step(S::Acsp, MINUTE),
                step(S::Acsc, 10 * MINUTE),
                step(S::Acwp, MINUTE),
                step(S::Accc, 5 * MINUTE),
            ],
        ),
        (
            "next-working-day",
            &[
                step(S::Acsp, 5),
                step(S::Acwc, 5),
                on_next_working_day(S::Acsc),
                step(S::Accc, MINUTE),
            ],
        ),
        (
            "cut-off-missed",
            &[
                because(S::Pdng, 5, R::CutOffMissed),
                on_next_working_day(S::Actc),
                step(S::Acsp, 5),
                step(S::Acsc, 5),
                step(S::Accc, 2),
            ],
        ),
        (
            "held-then-released",
            &[
                step(S::Pdng, 5),
                step(S::Actc, 10 * MINUTE),
                step(S::Acsp, 5),
                step(S::Acsc, 5),
                step(S::Accc, 2),
            ],
        ),
        (
            "held-then-rejected",
            &[step(S::Pdng, 5), because(S::Rjct, 10 * MINUTE, R::Fraud)],
        ),
        ("stuck-pending", &[step(S::Pdng, 5)]),
        (
            "multi-auth-approved",
            &[
                step(S::Patc, 5),
                step(S::Accp, 10 * MINUTE),
                step(S::Acsp, 5),
                step(S::Acsc, 5),
                step(S::Accc, 2),
            ],
        ),
        (
            "multi-auth-declined",
            &[
                step(S::Patc, 5),
                because(S::Rjct, 10 * MINUTE, R::AuthorizationDeclined),
            ],
        ),
        (
            "multi-auth-expired",
            &[
                step(S::Patc, 5),
                because(S::Rjct, DAY, R::AuthorizationTimedOut),
            ],
        ),
        (
            "insufficient-funds",
            &[because(S::Rjct, 5, R::InsufficientFunds)],
        ),
        ("account-closed", &[because(S::Rjct, 5, R::AccountClosed)]),
        ("account-blocked", &[because(S::Rjct, 5, R::AccountBlocked)]),
        (
            "account-type-forbids",
            &[because(S::Rjct, 5, R::AccountTypeForbids)],
        ),
        ("over-limit", &[because(S::Rjct, 5, R::AmountOverLimit)]),
        ("duplicate", &[because(S::Rjct, 5, R::Duplicate)]),
        (
            "creditor-invalid",
            &[because(S::Rjct, 5, R::CreditorAccountInvalid)],
        ),
        (
            "scheme-rejects",
            &[
                step(S::Acsp, 5),
                because(S::Rjct, 5, R::ReceiverCannotApply),
            ],
        ),
        (
            "beneficiary-bank-reject",
            &[
                step(S::Acsp, 5),
                step(S::Acsc, 5),
                step(S::Acwp, 5),
                because(S::Blck, MINUTE, R::ReceiverRefuses),
            ],
        ),
        (
            "returned-after-settlement",
            &[
                step(S::Acsp, 5),
                step(S::Acsc, 5),
                because(S::Rjct, 2 * DAY, R::ReceiverCannotApply),
            ],
        ),
    ]
};
