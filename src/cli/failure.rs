//! How a command fails: an exit code, a word for programs, and one sentence for people.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::scenario;
use crate::server::StartError;

/// Why a command did not do what it was asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Failure {
    exit: Exit,
    code: &'static str,
    flag: Option<&'static str>,
    message: String,
}

/// Who is to blame, as exit codes tell it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Exit {
    /// The machine, or a bank that does not answer.
    Failed = 1,
    /// Who typed.
    Usage = 2,
    /// The scenario's author.
    Scenario = 3,
    /// Any of the above, before the command of a run could begin.
    Run = 125,
    /// The command of a run: it cannot be executed.
    NotExecutable = 126,
    /// The command of a run: it is not there.
    NotFound = 127,
}

impl Failure {
    /// It was tried, and failed.
    pub(super) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            code,
            flag: None,
            message: message.into(),
        }
    }

    /// It was typed wrongly.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::failed("usage", message)
        }
    }

    /// The command of a run is there, and cannot be executed.
    pub(super) fn command_not_executable(message: String) -> Self {
        Self {
            exit: Exit::NotExecutable,
            ..Self::failed("command_not_executable", message)
        }
    }

    /// The command of a run is not there.
    pub(super) fn command_not_found(message: String) -> Self {
        Self {
            exit: Exit::NotFound,
            ..Self::failed("command_not_found", message)
        }
    }

    /// The same, where small codes are those of the command that was to be run.
    pub(super) fn of_a_run(self) -> Self {
        let exit = match self.exit {
            Exit::Failed | Exit::Usage | Exit::Scenario => Exit::Run,
            other => other,
        };
        Self { exit, ..self }
    }

    /// The same, with the flag to look at.
    pub(super) fn about(self, flag: &'static str) -> Self {
        Self {
            flag: Some(flag),
            ..self
        }
    }

    /// What people are told.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// What the program exits with.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }

    /// The line that stands where the ready document would have stood.
    pub(super) fn document(&self) -> Value {
        json!({
            "event": "failed",
            "code": self.code,
            "flag": self.flag,
            "message": self.message,
        })
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self {
            exit: if error.is_of_scenario() {
                Exit::Scenario
            } else {
                Exit::Failed
            },
            code: error.code(),
            flag: error.flag(),
            message: error.to_string(),
        }
    }
}

impl From<scenario::Error> for Failure {
    fn from(error: scenario::Error) -> Self {
        StartError::from(error).into()
    }
}
