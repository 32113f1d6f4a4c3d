//! A script: a journey's moves, written down beforehand and known to be legal from the first to the last.

use std::fmt;
use std::sync::Arc;

use time::Duration;

use super::{Ending, Illegal, Journey, Picked, Step, Turn};
use crate::id::CustomerId;
use crate::oauth::error::ErrorCode;

/// Moves that lead to an end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Script {
    name: Box<str>,
    steps: Vec<Step>,
}

impl Script {
    /// A script of this name.
    ///
    /// # Errors
    /// The first move that is not legal, by its index; the index after the last when there is no end.
    pub(crate) fn new(
        name: impl Into<Box<str>>,
        steps: Vec<Step>,
    ) -> Result<Self, (usize, Illegal)> {
        let mut journey = Journey::begin();
        let mut is_over = false;
        for (index, step) in steps.iter().enumerate() {
            if is_over {
                return Err((index, Illegal::Over));
            }
            let turn = journey.take(step).map_err(|illegal| (index, illegal))?;
            is_over = matches!(turn, Turn::Ends(_));
        }
        if !is_over {
            return Err((steps.len(), Illegal::Endless));
        }
        let name = name.into();
        Ok(Self { name, steps })
    }

    /// What rules call it.
    pub(crate) const fn name(&self) -> &str {
        &self.name
    }

    /// Its moves.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Who logs in, when it says so.
    pub(crate) fn customer(&self) -> Option<CustomerId> {
        let mut logins = self.steps.iter().filter_map(|step| match step {
            Step::LogIn(customer) => Some(*customer),
            _ => None,
        });
        logins.next()
    }
}

/// A script under way.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    script: Arc<Script>,
    journey: Journey,
    next: usize,
}

impl Play {
    /// The script from its beginning.
    pub(crate) const fn of(script: Arc<Script>) -> Self {
        Self {
            script,
            journey: Journey::begin(),
            next: 0,
        }
    }

    /// Goes on to the next pause, or the end.
    pub(crate) fn go_on(&mut self) -> Pause {
        while let Some(step) = self.script.steps.get(self.next) {
            self.next += 1;
            match self.journey.take(step) {
                Ok(Turn::GoesOn) => {}
                Ok(Turn::Waits(time)) => return Pause::For(time),
                Ok(Turn::Ends(ending)) => return Pause::Over(ending),
                Err(_) => break,
            }
        }
        // A script is legal and has an end, or it is none.
        Pause::Over(Ending::Failed(ErrorCode::ServerError))
    }
}

/// Why a script does not go on by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Pause {
    /// It waits so long.
    For(Duration),
    /// It is over.
    Over(Ending),
}

/// As a scenario writes it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogIn(customer) => write!(f, "{LOGIN}: {customer}"),
            Self::EnterCode { is_right: true } => write!(f, "{OTP}: {RIGHT}"),
            Self::EnterCode { is_right: false } => write!(f, "{OTP}: {WRONG}"),
            Self::Pick(Picked::All) => write!(f, "{ACCOUNTS}: {ALL}"),
            Self::Pick(Picked::These(ids)) => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                write!(f, "{ACCOUNTS}: [{}]", ids.join(", "))
            }
            Self::Wait(time) => write!(f, "{WAIT}: {}ms", time.whole_milliseconds()),
            Self::Approve => f.write_str(APPROVE),
            Self::Reject => f.write_str(REJECT),
            Self::Abandon => f.write_str(ABANDON),
            Self::Fail(code) => write!(f, "{ERROR}: {}", code.as_str()),
        }
    }
}

/// What may stand behind `error`: what RFC 6749, section 4.1.2.1 and OpenID Connect Core, section 3.1.2.6
/// let an authorization server answer a request in good order with.
pub(crate) fn failure(word: &str) -> Option<ErrorCode> {
    FAILURES.into_iter().find(|code| code.as_str() == word)
}

/// The codes that [`failure`] knows.
pub(crate) const FAILURES: [ErrorCode; 10] = [
    ErrorCode::ServerError,
    ErrorCode::TemporarilyUnavailable,
    ErrorCode::AccessDenied,
    ErrorCode::UnauthorizedClient,
    ErrorCode::InvalidRequest,
    ErrorCode::InvalidScope,
    ErrorCode::LoginRequired,
    ErrorCode::InteractionRequired,
    ErrorCode::AccountSelectionRequired,
    ErrorCode::ConsentRequired,
];

/// Every step's word.
pub(crate) const WORDS: [&str; 8] = [LOGIN, OTP, ACCOUNTS, WAIT, APPROVE, REJECT, ABANDON, ERROR];

pub(crate) const LOGIN: &str = "login";
pub(crate) const OTP: &str = "otp";
pub(crate) const ACCOUNTS: &str = "accounts";
pub(crate) const WAIT: &str = "wait";
pub(crate) const APPROVE: &str = "approve";
pub(crate) const REJECT: &str = "reject";
pub(crate) const ABANDON: &str = "abandon";
pub(crate) const ERROR: &str = "error";

/// What stands behind `otp`.
pub(crate) const RIGHT: &str = "right";
pub(crate) const WRONG: &str = "wrong";

/// What may stand behind `accounts` instead of a list.
pub(crate) const ALL: &str = "all";

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG_CODE: Step = Step::EnterCode { is_right: false };

    fn wait(seconds: i64) -> Step {
        Step::Wait(Duration::seconds(seconds))
    }

    #[test]
    fn a_script_without_an_end_or_with_moves_after_it_is_none() {
        let new = |steps: &[Step]| Script::new("s", steps.to_vec()).map(|_| ());
        for (name, steps, refused) in [
            ("empty", vec![], (0, Illegal::Endless)),
            ("only a pause", vec![wait(1)], (1, Illegal::Endless)),
            (
                "two wrong codes",
                vec![WRONG_CODE, WRONG_CODE],
                (2, Illegal::Endless),
            ),
            (
                "two ends",
                vec![Step::Approve, Step::Reject],
                (1, Illegal::Over),
            ),
            (
                "a move after the third wrong code",
                vec![WRONG_CODE, WRONG_CODE, WRONG_CODE, Step::Approve],
                (3, Illegal::Over),
            ),
            (
                "an unproven yes",
                vec![WRONG_CODE, Step::Approve],
                (1, Illegal::NotProven),
            ),
        ] {
            assert_eq!(new(&steps), Err(refused), "{name}");
        }
        assert_eq!(new(&[Step::Abandon]), Ok(()));
    }

    #[test]
    fn a_script_plays_from_pause_to_pause() {
        let steps = vec![
            Step::LogIn(CustomerId::new(2)),
            wait(1),
            wait(2),
            Step::Reject,
        ];
        let script = Arc::new(Script::new("slow", steps).unwrap());
        assert_eq!(script.customer(), Some(CustomerId::new(2)));
        let mut play = Play::of(script);
        assert_eq!(play.go_on(), Pause::For(Duration::seconds(1)));
        assert_eq!(play.go_on(), Pause::For(Duration::seconds(2)));
        assert_eq!(play.go_on(), Pause::Over(Ending::Rejected));
    }

    #[test]
    fn every_failure_is_known_by_its_word_and_nothing_else_is() {
        for code in FAILURES {
            assert_eq!(failure(code.as_str()), Some(code));
        }
        for word in [
            "",
            "server-error",
            "invalid_client",
            "invalid_grant",
            "SERVER_ERROR",
        ] {
            assert_eq!(failure(word), None, "{word}");
        }
    }
}
