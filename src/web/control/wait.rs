//! Waiting for what a call asks about: `wait` says how long, `at_least` for how many.

use std::time::Duration;

use crate::bank::Bank;
use crate::scenario::parse_duration;
use crate::wire::form::Form;

use super::error::Problem;

/// How long a call waits, and for how many.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Wait {
    patience: Duration,
    pub(super) at_least: u64,
}

impl Wait {
    /// What a query says of it. Whoever says for how many without saying how long would not wait at all, and
    /// take what is there for what was waited for.
    pub(super) fn read(query: &Form) -> Result<Option<Self>, Problem> {
        let at_least = query.get("at_least").map(|text| {
            let read = text.parse().ok();
            read.ok_or_else(|| Problem::invalid("at_least", "a number", text.to_owned()))
        });
        let at_least: Option<u64> = at_least.transpose()?;
        let Some(text) = query.get("wait") else {
            return match at_least {
                None => Ok(None),
                Some(_) => Err(Problem::invalid(
                    "at_least",
                    "wait beside it, such as wait=5s",
                    "nothing is waited for".to_owned(),
                )),
            };
        };
        let patience = parse_duration(text).filter(|patience| *patience <= PATIENCE_MAX);
        let patience = patience.ok_or_else(|| {
            let expected = "a duration such as 5s, five minutes at most";
            Problem::invalid("wait", expected, text.to_owned())
        })?;
        Ok(Some(Self {
            patience: patience.unsigned_abs(),
            at_least: at_least.unwrap_or(1),
        }))
    }

    /// What `arrived` says, if it does so before the wait is over; none otherwise. Nothing more arrives at a
    /// bank that was reset or closed.
    pub(super) async fn until<T>(self, bank: &Bank, arrived: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            // What is there already has arrived, whatever else is over.
            biased;
            arrived = arrived => Some(arrived),
            () = tokio::time::sleep(self.patience) => None,
            () = bank.retired() => None,
        }
    }
}

/// No test waits longer for one request, or for one browser.
const PATIENCE_MAX: time::Duration = time::Duration::minutes(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Option<Wait>, Problem> {
        Wait::read(&Form::parse(query.as_bytes()).unwrap())
    }

    #[test]
    fn what_could_not_be_waited_for_is_refused() {
        for query in [
            "wait=",
            "wait=long",
            "wait=5",
            "wait=-5s",
            "wait=301s",
            "wait=1d",
            "wait=1s&at_least=two",
            "wait=1s&at_least=-1",
            "wait=1s&at_least=",
            "at_least=1",
            "at_least=two",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn one_is_waited_for_unless_more_are_asked_for() {
        let wait = |seconds, at_least| Wait {
            patience: Duration::from_secs(seconds),
            at_least,
        };
        for (query, expected) in [
            ("", None),
            ("limit=1", None),
            ("wait=5s", Some(wait(5, 1))),
            ("wait=5m&at_least=3", Some(wait(300, 3))),
            ("at_least=0&wait=0s", Some(wait(0, 0))),
        ] {
            assert_eq!(read(query).unwrap(), expected, "{query}");
        }
    }
}
