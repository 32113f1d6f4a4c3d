//! The command of a run: started with its environment, sent every signal, awaited.

use std::ffi::OsString;
use std::io::{Error, ErrorKind};
use std::process::ExitStatus;

use tokio::process::{self, Command};

use super::super::failure::Failure;
use signals::Signals;

/// A command to be run.
#[derive(Debug)]
pub(super) struct Child {
    /// The program.
    pub(super) program: OsString,
    /// Its arguments.
    pub(super) words: Vec<OsString>,
    /// Variables it does not inherit.
    pub(super) forgotten: Vec<String>,
    /// Variables it is given.
    pub(super) given: Vec<(&'static str, String)>,
}

impl Child {
    /// Runs it to its end.
    ///
    /// # Errors
    /// When it cannot be started, with 126 or 127 as a shell would.
    pub(super) async fn run(&mut self) -> Result<u8, Failure> {
        // From before it starts, so that no signal ends us and leaves it alone.
        let mut signals = Signals::listen().map_err(|error| {
            let message = format!("cannot listen for signals: {error}");
            Failure::failed("runtime_unavailable", message)
        })?;
        let mut command = Command::new(&self.program);
        command.args(&self.words).kill_on_drop(true);
        for name in &self.forgotten {
            command.env_remove(name);
        }
        command.envs(self.given.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        loop {
            tokio::select! {
                ended = child.wait() => return ended.map(exit_code).map_err(|error| {
                    Failure::failed("command_lost", format!("cannot wait for the command: {error}"))
                }),
                signal = signals.next() => signals::send(&child, signal),
            }
        }
    }

    fn not_started(&self, error: &Error) -> Failure {
        let program = self.program.to_string_lossy();
        if error.kind() == ErrorKind::NotFound {
            return Failure::command_not_found(format!("cannot find {program}"));
        }
        Failure::command_not_executable(format!("cannot execute {program}: {error}"))
    }
}

/// The code of a command that ended, as a shell tells it.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| signals::code(status));
    let code = code.and_then(|code| u8::try_from(code & 0xff).ok());
    code.unwrap_or(1)
}

#[cfg(unix)]
mod signals {
    use std::io::{self, IsTerminal as _};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{self, SignalKind};

    use super::process::Child;

    /// The signals that are for the command.
    #[derive(Debug)]
    pub(super) struct Signals {
        hangup: unix::Signal,
        interrupt: unix::Signal,
        quit: unix::Signal,
        terminate: unix::Signal,
        user_1: unix::Signal,
        user_2: unix::Signal,
        /// Whether a key on a terminal has reached the command already: it signals all of the foreground.
        has_terminal: bool,
    }

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self {
                hangup: unix::signal(SignalKind::hangup())?,
                interrupt: unix::signal(SignalKind::interrupt())?,
                quit: unix::signal(SignalKind::quit())?,
                terminate: unix::signal(SignalKind::terminate())?,
                user_1: unix::signal(SignalKind::user_defined1())?,
                user_2: unix::signal(SignalKind::user_defined2())?,
                has_terminal: io::stdin().is_terminal(),
            })
        }

        /// The next one to pass on.
        pub(super) async fn next(&mut self) -> Signal {
            loop {
                let signal = tokio::select! {
                    _ = self.hangup.recv() => Signal::HUP,
                    _ = self.interrupt.recv() => Signal::INT,
                    _ = self.quit.recv() => Signal::QUIT,
                    _ = self.terminate.recv() => Signal::TERM,
                    _ = self.user_1.recv() => Signal::USR1,
                    _ = self.user_2.recv() => Signal::USR2,
                };
                // Many a test runner takes the second interrupt for impatience.
                if !(self.has_terminal && [Signal::INT, Signal::QUIT].contains(&signal)) {
                    return signal;
                }
            }
        }
    }

    /// Passes a signal on; a command that has just ended does not miss it.
    pub(super) fn send(child: &Child, signal: Signal) {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }

    /// What a shell makes of an end by signal.
    pub(super) fn code(status: ExitStatus) -> Option<i32> {
        status.signal().map(|signal| 128 + signal)
    }
}

#[cfg(windows)]
mod signals {
    use std::io;
    use std::process::ExitStatus;

    use tokio::signal::windows::{CtrlC, ctrl_c};

    use super::process::Child;

    /// A console tells all its programs, so the command has heard it too.
    #[derive(Debug)]
    pub(super) struct Signals(CtrlC);

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            ctrl_c().map(Self)
        }

        pub(super) async fn next(&mut self) {
            let _ = self.0.recv().await;
        }
    }

    /// Nothing is to be passed on.
    pub(super) const fn send(_child: &Child, _signal: ()) {}

    /// There are no ends by signal.
    pub(super) const fn code(_status: ExitStatus) -> Option<i32> {
        None
    }
}
