//! What a customer does at the authorization endpoint: logs in, proves who she is, picks accounts, and says
//! yes or no, or goes away.
//!
//! A [`Journey`] is where one customer stands in one request. Its moves are [`Step`]s; which one is legal
//! from where is one function, [`Journey::take`], whoever makes it. A [`script::Script`] is moves written
//! down beforehand, and can only be made when they are legal from the first to the last. The
//! [`rulebook::Rulebook`] says which script plays when; where none does, the customer approves at once.
//!
//! This module knows nothing of requests and consents: what an [`Ending`] does to them is the web's
//! business. Steps and words are those of the control contract, sections 5 and 11.

pub(crate) mod rulebook;
pub(crate) mod script;

use std::sync::Arc;

use time::Duration;

use crate::id::{AccountId, CustomerId};
use crate::oauth::error::ErrorCode;

/// One move of a customer, or of the bank on her behalf.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// She logs in; in a script without this step, whoever is expected does.
    LogIn(CustomerId),
    /// She types a one-time code; in a script without this step, the right one.
    EnterCode {
        /// Whether it is the one she was sent.
        is_right: bool,
    },
    /// She chooses what to share; in a script without this step, all there is.
    Pick(Picked),
    /// She takes her time, on the machine's clock.
    Wait(Duration),
    /// She says yes.
    Approve,
    /// She says no.
    Reject,
    /// She closes the window.
    Abandon,
    /// The bank breaks down, or gives up, with this error.
    Fail(ErrorCode),
}

/// What she shares.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Picked {
    /// Every account she has.
    All,
    /// These, which are checked against hers when she approves.
    These(Arc<[AccountId]>),
}

impl Picked {
    /// The accounts, when not all are meant.
    pub(crate) fn chosen(&self) -> Option<&[AccountId]> {
        match self {
            Self::All => None,
            Self::These(ids) => Some(ids),
        }
    }
}

/// Where one customer stands in one request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Journey {
    stage: Stage,
    picked: Option<Picked>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// Nobody has said who she is yet.
    Arrived,
    /// Her name and password are right.
    LoggedIn,
    /// So many codes were wrong.
    Mistyped(u8),
    /// Her code was right.
    Proven,
}

/// What comes of a move.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Turn {
    /// The next move may come.
    GoesOn,
    /// The next move comes after so much real time.
    Waits(Duration),
    /// No move comes any more.
    Ends(Ending),
}

/// How a journey ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Ending {
    /// She went away: nobody is told.
    Abandoned,
    /// She said yes to sharing this.
    Approved(Picked),
    /// The bank could not go on.
    Failed(ErrorCode),
    /// She took longer than [`SESSION`].
    Lapsed,
    /// The last of [`CODES_MAX`] codes was wrong.
    LockedOut,
    /// She said no.
    Rejected,
}

/// A move that cannot be made from where she stands, in words that complete "expected … first".
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Illegal {
    /// A second login.
    #[error("`login` once, before any code and any choice")]
    LoginTooLate,
    /// A code after the right one.
    #[error("no code after the right one")]
    CodeTooMany,
    /// A second choice.
    #[error("`accounts` once")]
    PickedTwice,
    /// A yes after a wrong code alone.
    #[error("`otp: right` after a wrong one, before `approve`")]
    NotProven,
    /// A move after the end.
    #[error("nothing after the journey's end")]
    Over,
    /// No end.
    #[error("an end: `approve`, `reject`, `abandon`, `error` or a third wrong code")]
    Endless,
}

impl Journey {
    /// A customer who has just arrived.
    pub(crate) const fn begin() -> Self {
        Self {
            stage: Stage::Arrived,
            picked: None,
        }
    }

    /// Makes a move, or says why it cannot be made.
    ///
    /// # Errors
    /// [`Illegal`]; nothing has changed then.
    pub(crate) fn take(&mut self, step: &Step) -> Result<Turn, Illegal> {
        match step {
            Step::LogIn(_) => self.log_in(),
            Step::EnterCode { is_right } => self.enter_code(*is_right),
            Step::Pick(_) if self.picked.is_some() => Err(Illegal::PickedTwice),
            Step::Pick(picked) => {
                self.picked = Some(picked.clone());
                Ok(Turn::GoesOn)
            }
            Step::Wait(time) => Ok(Turn::Waits(*time)),
            Step::Approve if matches!(self.stage, Stage::Mistyped(_)) => Err(Illegal::NotProven),
            Step::Approve => {
                let picked = self.picked.take().unwrap_or(Picked::All);
                Ok(Turn::Ends(Ending::Approved(picked)))
            }
            Step::Reject => Ok(Turn::Ends(Ending::Rejected)),
            Step::Abandon => Ok(Turn::Ends(Ending::Abandoned)),
            Step::Fail(code) => Ok(Turn::Ends(Ending::Failed(*code))),
        }
    }

    fn log_in(&mut self) -> Result<Turn, Illegal> {
        if self.stage != Stage::Arrived || self.picked.is_some() {
            return Err(Illegal::LoginTooLate);
        }
        self.stage = Stage::LoggedIn;
        Ok(Turn::GoesOn)
    }

    fn enter_code(&mut self, is_right: bool) -> Result<Turn, Illegal> {
        let wrong = match self.stage {
            Stage::Proven => return Err(Illegal::CodeTooMany),
            Stage::Mistyped(wrong) => wrong,
            Stage::Arrived | Stage::LoggedIn => 0,
        };
        if is_right {
            self.stage = Stage::Proven;
        } else if wrong + 1 == CODES_MAX {
            return Ok(Turn::Ends(Ending::LockedOut));
        } else {
            self.stage = Stage::Mistyped(wrong + 1);
        }
        Ok(Turn::GoesOn)
    }
}

/// How many codes may be wrong before the bank gives up on her (control contract, section 11).
pub(crate) const CODES_MAX: u8 = 3;

/// How long a journey may take, in bank time (control contract, section 11).
pub(crate) const SESSION: Duration = Duration::minutes(10);

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: Step = Step::EnterCode { is_right: true };
    const WRONG: Step = Step::EnterCode { is_right: false };
    const HAZEL: Step = Step::LogIn(CustomerId::new(1));

    fn one() -> Picked {
        Picked::These([AccountId::new(1)].into())
    }

    /// What the last of these moves comes to; those before it must be legal and end nothing.
    fn last(steps: &[Step]) -> Result<Turn, Illegal> {
        let (last, before) = steps.split_last().unwrap();
        let mut journey = Journey::begin();
        for step in before {
            let turn = journey.take(step).unwrap();
            assert!(!matches!(turn, Turn::Ends(_)), "{step:?}");
        }
        let stood = journey.clone();
        let turn = journey.take(last);
        if turn.is_err() {
            assert_eq!(journey, stood, "a refused move changes nothing");
        }
        turn
    }

    #[test]
    fn every_way_to_an_end() {
        let all = || Ok(Turn::Ends(Ending::Approved(Picked::All)));
        let locked = || Ok(Turn::Ends(Ending::LockedOut));
        for (name, steps, turn) in [
            ("yes at once", vec![Step::Approve], all()),
            (
                "in full",
                vec![HAZEL, RIGHT, Step::Pick(Picked::All), Step::Approve],
                all(),
            ),
            (
                "wrong, then right",
                vec![HAZEL, WRONG, WRONG, RIGHT, Step::Approve],
                all(),
            ),
            (
                "some accounts",
                vec![HAZEL, Step::Pick(one()), RIGHT, Step::Approve],
                Ok(Turn::Ends(Ending::Approved(one()))),
            ),
            ("three wrong codes", vec![WRONG, WRONG, WRONG], locked()),
            (
                "with a pause",
                vec![WRONG, WRONG, Step::Wait(SESSION), WRONG],
                locked(),
            ),
            ("no", vec![Step::Reject], Ok(Turn::Ends(Ending::Rejected))),
            (
                "no after a wrong code",
                vec![WRONG, Step::Reject],
                Ok(Turn::Ends(Ending::Rejected)),
            ),
            (
                "away",
                vec![HAZEL, Step::Abandon],
                Ok(Turn::Ends(Ending::Abandoned)),
            ),
            (
                "a breakdown",
                vec![Step::Fail(ErrorCode::ServerError)],
                Ok(Turn::Ends(Ending::Failed(ErrorCode::ServerError))),
            ),
            (
                "a pause",
                vec![Step::Wait(SESSION)],
                Ok(Turn::Waits(SESSION)),
            ),
        ] {
            assert_eq!(last(&steps), turn, "{name}");
        }
    }

    #[test]
    fn a_move_that_makes_no_sense_is_refused() {
        let all = || Step::Pick(Picked::All);
        for (name, steps, why) in [
            ("two logins", vec![HAZEL, HAZEL], Illegal::LoginTooLate),
            (
                "a login after a code",
                vec![RIGHT, HAZEL],
                Illegal::LoginTooLate,
            ),
            (
                "a login after a wrong code",
                vec![WRONG, HAZEL],
                Illegal::LoginTooLate,
            ),
            (
                "a login after a choice",
                vec![all(), HAZEL],
                Illegal::LoginTooLate,
            ),
            ("two right codes", vec![RIGHT, RIGHT], Illegal::CodeTooMany),
            (
                "a wrong code after a right one",
                vec![RIGHT, WRONG],
                Illegal::CodeTooMany,
            ),
            ("two choices", vec![all(), all()], Illegal::PickedTwice),
            (
                "yes after a wrong code",
                vec![WRONG, Step::Approve],
                Illegal::NotProven,
            ),
        ] {
            assert_eq!(last(&steps), Err(why), "{name}");
        }
    }
}
